package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

func sampleHistory(t *testing.T) *reports.History {
	t.Helper()
	var history reports.History
	for i := range 5 {
		run := passedRun(t)
		if i == 1 || i == 4 {
			run = sampleRun(t)
		}
		run.StartedAt = sampleStart.Add(time.Duration(i) * 24 * time.Hour)
		run.Load[0].Latency.P99 *= float64(i + 1)
		history.Add(fmt.Sprintf("%d/run.json", i), run)
	}
	return &history
}

func TestTheHistoryShowsTrends(t *testing.T) {
	var b bytes.Buffer
	if err := sampleHistory(t).HTML(&b); err != nil {
		t.Fatal(err)
	}
	document, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	checkInert(t, document)
	checkHeadings(t, document)
	told := text(document)
	for _, want := range []string{"https://shop.example/createJWT", "Failed in the latest of 5 runs", "exp-present", "Latency of the load", "Failed checks", "4/run.json"} {
		if !strings.Contains(told, want) {
			t.Errorf("the history does not tell %q", want)
		}
	}
	if n := len(elements(document, "svg")); n != 2 { // the page of the sample does not renew
		t.Errorf("%d charts are drawn, want those of the failures and the latency", n)
	}
}

func TestTheHistoryInTheTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := sampleHistory(t).Terminal(&b, reports.Screen{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(b.String(), "\n"); rows < 7 || !strings.Contains(b.String(), "2026-11-26") {
		t.Errorf("the terminal shows\n%s", b.String())
	}
}

func TestAnEmptyHistoryIsShown(t *testing.T) {
	var history reports.History
	history.Add("x", record.Run{})
	var b bytes.Buffer
	if err := history.HTML(&b); err != nil || !strings.Contains(b.String(), "no target") {
		t.Errorf("%v", err)
	}
}
