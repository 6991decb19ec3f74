package reports_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// bigRun is a run of the size that the thorough ones have: two thousand tokens, an
// hour of load, a hundred findings of each check that failed.
func bigRun(t testing.TB) record.Run {
	t.Helper()
	run := sampleRun(t)
	for i := range 2000 {
		token := run.Evidence.Tokens[i%2]
		token.Exchange = fmt.Sprintf("e%d", i)
		run.Evidence.Tokens = append(run.Evidence.Tokens, token)
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: token.Exchange, StartedAt: sampleStart, Seconds: 0.004,
			Request: record.Request{Method: "GET", URL: "https://shop.example/createJWT", Header: map[string][]string{"Cookie": {strings.Repeat("c", 900)}}},
		})
	}
	load := &run.Load[0]
	second := load.Series[0]
	for i := len(load.Series); i < 3600; i++ {
		second.Second = i
		load.Series = append(load.Series, second)
	}
	for i := range run.Outcomes {
		o := &run.Outcomes[i]
		for len(o.Findings) > 0 && len(o.Findings) < 100 {
			o.Findings = append(o.Findings, o.Findings[0])
		}
	}
	for i := range 120 {
		o := run.Outcomes[i%len(run.Outcomes)]
		o.ID = fmt.Sprintf("%s-%d", o.ID, i)
		run.Outcomes = append(run.Outcomes, o)
	}
	for len(run.Evidence.Page.Screenshots) < 12 {
		run.Evidence.Page.Screenshots = append(run.Evidence.Page.Screenshots, run.Evidence.Page.Screenshots[0])
	}
	return run
}

// The page of a big run is made within a second, of 5 MB at most, and with 100 MB
// of memory at most. Size and memory are tested, the time is told:
//
//	go test -run '^$' -bench HTML -benchtime 5x ./reports
const (
	mostBytes  = 5 << 20
	mostMemory = 100 << 20
)

func BenchmarkHTML(b *testing.B) {
	run := bigRun(b)
	var size int
	b.ReportAllocs()
	for b.Loop() {
		size = len(render(b, reports.HTML, run))
	}
	b.ReportMetric(float64(size)/(1<<20), "MB-page")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s-page")
}

func TestTheBigPageIsSmall(t *testing.T) {
	run := bigRun(t)
	var before, after runtime.MemStats
	var b bytes.Buffer
	b.Grow(mostBytes)
	runtime.ReadMemStats(&before)
	if err := reports.HTML(&b, run); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if b.Len() > mostBytes {
		t.Errorf("the page has %d bytes", b.Len())
	}
	// All that was taken, also what was given back meanwhile: more than there ever was at once.
	if taken := after.TotalAlloc - before.TotalAlloc; taken > mostMemory {
		t.Errorf("%d MB of memory were taken for it", taken>>20)
	}
}
