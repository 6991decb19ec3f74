package record

import (
	"slices"
	"testing"
)

func TestEffect(t *testing.T) {
	waiver := &Waiver{Reason: "ticket 7", Owner: "ann", Expires: "2026-01-01"}
	for name, test := range map[string]struct {
		outcome Outcome
		failOn  Level
		want    Effect
	}{
		"passed":                       {Outcome{Level: Must, State: Passed}, "", Holds},
		"waived":                       {Outcome{Level: Must, State: Waived, Waiver: waiver}, "", Tolerated},
		"a MUST failed":                {Outcome{Level: Must, State: Failed}, "", Fails},
		"a SHOULD failed":              {Outcome{Level: Should, State: Failed}, "", Warns},
		"a SHOULD failed, and counts":  {Outcome{Level: Should, State: Failed}, Should, Fails},
		"a MAY never counts":           {Outcome{Level: May, State: Failed}, Should, Warns},
		"the waiver of a MAY is over":  {Outcome{Level: May, State: Failed, Waiver: waiver}, "", Fails},
		"a MUST is inconclusive":       {Outcome{Level: Must, State: Inconclusive}, "", Undecides},
		"a MUST is a warning":          {Outcome{Level: Must, State: Inconclusive, Warning: true}, "", Warns},
		"a SHOULD is inconclusive":     {Outcome{Level: Should, State: Inconclusive}, Should, Warns},
		"a MUST that was wanted":       {Outcome{Level: Must, State: NotRun, Wanted: true}, "", Undecides},
		"a SHOULD that was wanted":     {Outcome{Level: Should, State: NotRun, Wanted: true}, "", Warns},
		"a MUST that nobody asked for": {Outcome{Level: Must, State: NotRun}, "", Silent},
		"not applicable":               {Outcome{Level: Must, State: NotApplicable}, "", Silent},
		"blocked":                      {Outcome{Level: Must, State: Blocked, BlockedBy: "x"}, "", Silent},
		"a state of another version":   {Outcome{Level: Must, State: "splendid"}, "", Undecides},
	} {
		if got := (Run{FailOn: test.failOn}).Effect(test.outcome); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestDecide(t *testing.T) {
	must := func(state State) Outcome { return Outcome{Level: Must, State: state} }
	down := []Part{{Name: "page", Failure: &Failure{Class: FailureNoBrowser, Message: "no browser"}}}
	for name, test := range map[string]struct {
		run       Run
		want      Verdict
		shortfall string
	}{
		"nothing asserted":              {Run{Outcomes: []Outcome{must(NotRun)}}, VerdictInconclusive, FailureNothingAsserted},
		"all is waived":                 {Run{Outcomes: []Outcome{must(Waived), must(NotRun)}}, VerdictInconclusive, FailureNothingAsserted},
		"waived beside passed":          {Run{Outcomes: []Outcome{must(Waived), must(Passed)}}, VerdictPassed, ""},
		"a MUST failed":                 {Run{Outcomes: []Outcome{must(Passed), must(Failed)}}, VerdictFailed, ""},
		"undecided":                     {Run{Outcomes: []Outcome{must(Passed), must(Inconclusive)}}, VerdictInconclusive, ""},
		"failed weighs more than vague": {Run{Outcomes: []Outcome{must(Inconclusive), must(Failed)}}, VerdictFailed, ""},
		"a part could not be done":      {Run{Outcomes: []Outcome{must(Passed)}, Parts: down}, VerdictInconclusive, FailureNoBrowser},
		"failed, and a part not done":   {Run{Outcomes: []Outcome{must(Failed)}, Parts: down}, VerdictFailed, FailureNoBrowser},
		"interrupted":                   {Run{Interrupted: true, Outcomes: []Outcome{must(Failed)}}, VerdictInterrupted, FailureInterrupted},
		"passed":                        {Run{Outcomes: []Outcome{must(Passed), must(NotRun)}}, VerdictPassed, ""},
	} {
		if got := test.run.Decide(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		var classes []string
		for _, shortfall := range test.run.Shortfalls() {
			classes = append(classes, shortfall.Class)
		}
		if want := slices.DeleteFunc([]string{test.shortfall}, func(c string) bool { return c == "" }); !slices.Equal(classes, want) {
			t.Errorf("%s: falls short by %v, want %v", name, classes, want)
		}
	}
}
