package webchatspec

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// Test verifies the site of the configuration inside a Go test: one subtest for
// each check of the catalogue, named by its id. A failed MUST fails its subtest,
// and so does a SHOULD when FailOn says so; other failures are logged; a check
// that was not judged is skipped, with the reason.
func Test(t *testing.T, config Config) {
	t.Helper()
	run, err := Verify(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range run.Stages {
		if stage.Failure != nil {
			t.Errorf("%s part: %s", stage.Name, stage.Failure.Message)
		}
	}
	for _, outcome := range run.Outcomes {
		t.Run(outcome.ID, func(t *testing.T) { report(t, outcome, config.FailOn) })
	}
}

// report ends a subtest as the outcome wants it.
func report(t *testing.T, outcome record.Outcome, failOn record.Level) {
	t.Helper()
	switch {
	case outcome.State == record.Failed && (outcome.Level == record.Must || outcome.Level == record.Should && failOn == record.Should):
		t.Error(suites.Details(outcome))
	case outcome.State == record.Failed:
		t.Log(suites.Details(outcome))
	case outcome.State == record.Inconclusive && outcome.Level == record.Must && !outcome.Warning, outcome.Wanted:
		t.Errorf("%s: %s: %s", outcome.Level, outcome.State, outcome.Reason)
	case outcome.State != record.Passed:
		t.Skipf("%s: %s", outcome.State, outcome.Reason)
	}
}
