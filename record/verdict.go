package record

import (
	"fmt"
	"slices"
)

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
	if r.TimeUp {
		all = append(all, Shortfall{"time", FailureTimeUp, "the time for the run was up before its end"})
	}
	if r.RequestsUp {
		all = append(all, Shortfall{"requests", FailureRequestsUp, "the limit of requests was reached before the run's end"})
	}
	for _, part := range r.Parts {
		if part.Failure != nil {
			all = append(all, Shortfall{part.Name + " part", part.Failure.Class, part.Failure.Message})
		}
	}
	if len(all) == 0 && r.IsShard() {
		return append(all, Shortfall{"shard of a load", FailureShard, r.shardText()})
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

// FailureShard is the class of a run that is one shard of a load and was done: the
// verdict is that of all shards together.
const FailureShard = "shard"

// IsShard says whether the run is one of the shards of a load.
func (r Run) IsShard() bool {
	return slices.ContainsFunc(r.Load, func(l Load) bool { return l.Shard != nil })
}

// RanAsShard says whether the run is a shard that was done to its end.
// It has no verdict by itself and has not gone wrong either: a job engine must not
// start it again, or the load is sent twice.
func (r Run) RanAsShard() bool {
	all := r.Shortfalls()
	return len(all) == 1 && all[0].Class == FailureShard
}

// shardText says which shard of a load the run is.
func (r Run) shardText() string {
	for _, l := range r.Load {
		if l.Shard != nil {
			return fmt.Sprintf("this is shard %d of %d; 'webchatspec merge' judges all of them together", l.Shard.Index+1, l.Shard.Count)
		}
	}
	return ""
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
	return slices.ContainsFunc(r.Parts, func(s Part) bool {
		return s.Failure != nil && s.Failure.Class != FailureOther
	})
}

// EndedEarly says whether the run ended before all was gathered that was to be.
func (r Run) EndedEarly() bool { return r.Interrupted || r.TimeUp || r.RequestsUp }
