package record

import "slices"

// Effect is what an outcome does to the verdict of its run. It is the one answer
// to "does this fail the run": the exit code, the adapters for test frameworks
// and every report ask [Run.Effect], [Run.Shortfalls] and [Run.Decide], and decide
// nothing themselves.
type Effect string

// The effects of outcomes. A run passes when none of its outcomes fails it or
// leaves it undecided and nothing of it fell short.
const (
	Fails     Effect = "fails"     // the run has failed
	Undecides Effect = "undecides" // a MUST that was asked for could not be decided: the run is inconclusive
	Warns     Effect = "warns"     // something is wrong or unsure, and the run stands
	Holds     Effect = "holds"     // the check passed
	Tolerated Effect = "tolerated" // the failure is waived
	Silent    Effect = "silent"    // the check was not judged, and says nothing
)

// Effect returns what the outcome does to the verdict of the run. FailOn says
// from which level on a failure counts; one whose waiver has expired or is no
// longer needed counts at any level.
func (r Run) Effect(o Outcome) Effect {
	switch o.State {
	case Passed:
		return Holds
	case Waived:
		return Tolerated
	case Failed:
		if o.Level == Must || o.Level == Should && r.FailOn == Should || o.Waiver != nil {
			return Fails
		}
		return Warns
	case Blocked, NotApplicable, NotRun:
		switch {
		case !o.Wanted:
			return Silent
		case o.Level == Must:
			return Undecides
		}
		return Warns
	}
	// Inconclusive, and what only another version knows: never green.
	if o.Level != Must || o.Warning {
		return Warns
	}
	return Undecides
}

// With returns the outcomes that have one of the effects, in order.
func (r Run) With(effects ...Effect) []Outcome {
	var chosen []Outcome
	for _, o := range r.Outcomes {
		if slices.Contains(effects, r.Effect(o)) {
			chosen = append(chosen, o)
		}
	}
	return chosen
}

// Shortfall is why a run as a whole is less than what was asked for.
type Shortfall struct {
	Name    string // "token part", "interrupted", "nothing asserted"
	Class   string // one of the Failure constants
	Message string
}

// FailureNothingAsserted is the class of a run in which no check passed or failed.
const FailureNothingAsserted = "nothing-asserted"

// Shortfalls returns what keeps the run as a whole from passing, its outcomes
// apart: an interruption, parts that could not be done, and that nothing was asserted.
func (r Run) Shortfalls() []Shortfall {
	var all []Shortfall
	if r.Interrupted {
		all = append(all, Shortfall{"interrupted", FailureInterrupted, "the run was stopped before its end"})
	}
	for _, stage := range r.Stages {
		if stage.Failure != nil {
			all = append(all, Shortfall{stage.Name + " part", stage.Failure.Class, stage.Failure.Message})
		}
	}
	if len(all) == 0 && !r.asserted() {
		message := "no check was judged: nothing was asserted"
		if len(r.With(Tolerated)) > 0 {
			message = "all that was judged is waived: nothing was asserted"
		}
		all = append(all, Shortfall{"nothing asserted", FailureNothingAsserted, message})
	}
	return all
}

// asserted says whether any check passed or failed.
func (r Run) asserted() bool {
	return slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return o.State == Passed || o.State == Failed })
}

// Decide returns the verdict that the outcomes, the parts and an interruption add up to.
func (r Run) Decide() Verdict {
	switch {
	case r.Interrupted:
		return VerdictInterrupted
	case len(r.With(Fails)) > 0:
		return VerdictFailed
	case len(r.With(Undecides)) > 0, len(r.Shortfalls()) > 0:
		return VerdictInconclusive
	}
	return VerdictPassed
}

// Unreachable says whether something that the run was to test was not there: an
// endpoint, a page or a browser. An error of the run itself is none.
func (r Run) Unreachable() bool {
	return slices.ContainsFunc(r.Stages, func(s Stage) bool {
		return s.Failure != nil && s.Failure.Class != FailureOther
	})
}
