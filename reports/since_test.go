package reports_test

import (
	"io"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// TestTheBaselineIsToldInEveryReportForPeople compares a run that fails with one
// that did not.
func TestTheBaselineIsToldInEveryReportForPeople(t *testing.T) {
	run := sampleRun(t)
	run.Baseline = record.NewBaseline("main/run.json", passedRun(t))
	for name, told := range map[string]string{
		"terminal": render(t, func(w io.Writer, r record.Run) error { return reports.Terminal(w, r, reports.Screen{}) }, run),
		"markdown": render(t, reports.Markdown, run),
		"html":     text(byID(t, parsedHTML(t, run), "since")),
	} {
		for _, want := range []string{"Since main/run.json", "Newly failed", "exp-present", "Failed, before: Passed"} {
			if !strings.Contains(told, want) {
				t.Errorf("%s does not say %q:\n%s", name, want, told)
			}
		}
	}
}

// TestWhatWasNotAskedForIsNoChange: a run of the tokens alone says nothing about
// the page of a baseline that had it.
func TestWhatWasNotAskedForIsNoChange(t *testing.T) {
	run := passedRun(t)
	run.Baseline = record.NewBaseline("run.json", passedRun(t))
	for i := range run.Outcomes {
		if run.Outcomes[i].Area == "page" {
			run.Outcomes[i].State, run.Outcomes[i].Reason = record.NotRun, "the page part was not asked for"
		}
	}
	if told := text(byID(t, parsedHTML(t, run), "since")); strings.Contains(told, "page-") {
		t.Errorf("the report tells a change where there is none: %s", told)
	}
}

func TestADiffThatCannotTellSaysSo(t *testing.T) {
	older := passedRun(t)
	cases := map[string]struct {
		change    func(*record.Run)
		undecided bool
	}{
		"the same":       {func(*record.Run) {}, false},
		"a MUST is lost": {func(r *record.Run) { r.Outcomes[0].State = record.Inconclusive }, true},
		"a MAY is lost":  {func(r *record.Run) { r.Outcomes[0].State, r.Outcomes[0].Level = record.Inconclusive, record.May }, false},
		"interrupted":    {func(r *record.Run) { r.Interrupted = true; r.Outcomes[0].State = record.NotRun }, true},
		"nothing shared": {func(r *record.Run) { r.Outcomes = nil }, true},
	}
	for name, c := range cases {
		newer := passedRun(t)
		c.change(&newer)
		if got := reports.Compare(older, newer).Undecided(); got != c.undecided {
			t.Errorf("%s: undecided is %v", name, got)
		}
	}
}
