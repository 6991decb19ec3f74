package webchatspec_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/runs"
	"github.com/webchatspec/webchatspec/internal/cli"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// TestAllSurfacesAgree shows every surface each kind of outcome in each kind of
// run, alone and beside a check that passed: what is red on one is red on all.
// The adapters for Go and Ginkgo tests have the same test in their packages.
func TestAllSurfacesAgree(t *testing.T) {
	passed := record.Outcome{ID: "other", Area: "token", Level: record.Must, Title: "Water is wet", State: record.Passed}
	n := 0
	for _, outcome := range runs.Outcomes() {
		for _, outcomes := range [][]record.Outcome{{outcome}, {passed, outcome}} {
			for run := range runs.All(outcomes) {
				n++
				want := run.Decide() != record.VerdictPassed
				for surface, red := range redOn(t, run) {
					if red != want {
						t.Errorf("%s is red: %t, the run is %s\n%s", surface, red, run.Decide(), describe(run, outcome))
					}
				}
				before := record.Run{Outcomes: []record.Outcome{passed, {ID: outcome.ID, Level: outcome.Level, State: record.Passed}}}
				if got := reports.Compare(before, run).Regressed(); got != (run.Effect(outcome) == record.Fails) {
					t.Errorf("diff calls it a regression: %t\n%s", got, describe(run, outcome))
				}
			}
		}
	}
	if n == 0 {
		t.Error("no run was looked at")
	}
}

func describe(run record.Run, o record.Outcome) string {
	return fmt.Sprintf("%s %s, wanted %t, warning %t, waiver %t; fail on %s, %d outcomes, %d stages, interrupted %t",
		o.Level, o.State, o.Wanted, o.Warning, o.Waiver != nil, run.FailOn, len(run.Outcomes), len(run.Parts), run.Interrupted)
}

// red is how each report shows that a run has not passed.
var red = map[string]struct {
	write func(io.Writer, record.Run) error
	sign  *regexp.Regexp
}{
	"JUnit":       {reports.JUnit, regexp.MustCompile(`<(failure|error)\b`)},
	"annotations": {reports.Annotations, regexp.MustCompile(`(?m)^::error `)},
	"Markdown":    {reports.Markdown, regexp.MustCompile(`^## (❌|⚠️) webchatspec: (failed|inconclusive|interrupted)`)},
	"SARIF":       {reports.SARIF, regexp.MustCompile(`"level": "error",?\s+"message"|"executionSuccessful": false`)},
	"badge":       {reports.BadgeJSON, regexp.MustCompile(`"isError":true`)},
	"HTML":        {reports.HTML, regexp.MustCompile(`<header class="banner (failed|open)">`)},
	"terminal": {func(w io.Writer, run record.Run) error { return reports.Terminal(w, run, reports.Screen{}) },
		regexp.MustCompile(`(?m)^(FAILED|INCONCLUSIVE|INTERRUPTED)  `)},
	"brief terminal": {func(w io.Writer, run record.Run) error { return reports.TerminalBrief(w, run, reports.Screen{}) },
		regexp.MustCompile(`(?m)^(FAILED|INCONCLUSIVE|INTERRUPTED)  `)},
}

func redOn(t *testing.T, run record.Run) map[string]bool {
	t.Helper()
	seen := map[string]bool{"exit code": cli.ExitCode(run) != cli.ExitOK, "verdict": run.Verdict != record.VerdictPassed}
	for name, report := range red {
		var b bytes.Buffer
		if err := report.write(&b, run); err != nil {
			t.Fatal(err)
		}
		seen[name] = report.sign.MatchString(b.String())
		if name == "JUnit" && strings.Contains(b.String(), "<failure") != (len(run.With(record.Fails)) > 0) {
			t.Errorf("JUnit holds a failure: %t\n%s", strings.Contains(b.String(), "<failure"), b.String())
		}
	}
	return seen
}
