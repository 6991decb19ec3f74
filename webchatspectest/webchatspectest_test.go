package webchatspectest

import (
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/runs"
	"github.com/webchatspec/webchatspec/record"
)

// subtest notes how a subtest ended.
type subtest struct {
	testing.TB
	failed, skipped, logged bool
}

func (s *subtest) Helper()              {}
func (s *subtest) Error(...any)         { s.failed = true }
func (s *subtest) Log(...any)           { s.logged = true }
func (s *subtest) Skipf(string, ...any) { s.skipped = true }

func TestSubtestsEndAsTheRunDoes(t *testing.T) {
	for run := range runs.All(runs.Outcomes()) {
		for _, outcome := range run.Outcomes {
			effect := run.Effect(outcome)
			ended := &subtest{TB: t}
			conclude(ended, effect, outcome)
			if want := effect == record.Fails || effect == record.Undecides; ended.failed != want {
				t.Errorf("%s %s (%s) failed: %t", outcome.Level, outcome.State, effect, ended.failed)
			}
			if green := !ended.failed && !ended.skipped && !ended.logged; green != (outcome.State == record.Passed) {
				t.Errorf("%s %s is green: %t", outcome.Level, outcome.State, green)
			}
		}
	}
}
