package reports_test

import (
	"io"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// waivedRun is a run with one failure, which has a waiver that came to standing.
func waivedRun(t *testing.T, state record.State, standing string) record.Run {
	t.Helper()
	run := passedRun(t)
	run.Outcomes = append(run.Outcomes, record.Outcome{
		ID: "tls-hsts", Area: "http", Level: record.Should, State: state, Title: "Strict-Transport-Security on https",
		Findings: []record.Finding{{Requirement: "HSTS", Expected: "the header", Actual: "no header"}},
		Waiver:   &record.Waiver{Reason: "the gateway sets it in June", Owner: "ann@shop.example", Expires: "2026-12-31", Standing: standing},
	})
	return run
}

// TestAWaiverIsToldWhereverItsCheckIs: who, why, until when, and what became of it.
func TestAWaiverIsToldWhereverItsCheckIs(t *testing.T) {
	for standing, c := range map[string]struct {
		state record.State
		word  string
	}{
		record.WaiverHolds: {record.Waived, "Waived by"}, record.WaiverExpired: {record.Failed, "Expired waiver"}, record.WaiverUnneeded: {record.Failed, "remove the entry tls-hsts"},
	} {
		run := waivedRun(t, c.state, standing)
		told := map[string]string{
			"html":     text(parsedHTML(t, run)),
			"markdown": render(t, reports.Markdown, run),
			"junit":    render(t, reports.JUnit, run),
			"sarif":    render(t, reports.SARIF, run),
			"terminal": render(t, func(w io.Writer, r record.Run) error { return reports.Terminal(w, r, reports.Screen{Width: 200}) }, run),
		}
		for name, report := range told {
			for _, want := range []string{c.word, "the gateway sets it in June", "2026-12-31"} {
				if !strings.Contains(report, want) {
					t.Errorf("%s, %s: does not say %q", standing, name, want)
				}
			}
		}
	}
}

func TestARunInWhichAllThatFailedIsWaivedSaysSo(t *testing.T) {
	run := waivedRun(t, record.Waived, record.WaiverHolds)
	for name, report := range map[string]string{
		"html":     text(parsedHTML(t, run)),
		"markdown": render(t, reports.Markdown, run),
		"terminal": render(t, func(w io.Writer, r record.Run) error { return reports.Terminal(w, r, reports.Screen{}) }, run),
	} {
		if !strings.Contains(strings.Join(strings.Fields(report), " "), "all that failed is waived") {
			t.Errorf("%s does not say so", name)
		}
	}
}
