package record

import "fmt"

// Recovery is how an endpoint recovered from an overload, as the seconds after it
// tell. A second is as before when nothing in it failed and its median latency is
// at most twice the former one, or a tenth of a second more.
type Recovery struct {
	Rate, Former float64 // requests a second: in the overload, and before and after it
	Lasted       float64 // seconds of overload
	Before       float64 // the median latency before it, in seconds
	Worst        float64 // the highest median of a second on the way, in seconds
	// Took is how many seconds after the overload were not as before, up to the
	// last such one. Back is false when that was the last of all.
	Took int
	Back bool
}

// Recovery returns how the endpoint recovered from the overload of the run; ok is
// false when there was none, or it was not followed up.
func (r Run) Recovery() (back Recovery, ok bool) {
	before, overload := r.lastInRole(RoleBaseline), r.lastInRole(RoleOverload)
	after := append(r.lastInRole(RoleReturn), r.lastInRole(RoleRecovery)...)
	if len(before) == 0 || len(overload) == 0 || len(after) == 0 || before[0].Requests == 0 {
		return Recovery{}, false
	}
	back = Recovery{
		Rate: overload[0].Requested, Former: before[0].Requested, Lasted: overload[0].Seconds,
		Before: before[0].Latency.P50, Back: true,
	}
	allowed := max(2*back.Before, back.Before+0.1)
	begin := 0
	for _, load := range after {
		for _, second := range load.Series {
			back.Worst = max(back.Worst, second.P50)
			back.Back = second.Failures == 0 && second.P50 <= allowed
			if !back.Back {
				back.Took = begin + second.Second + load.RowSeconds()
			}
		}
		begin += int(load.Seconds)
	}
	return back, true
}

// lastInRole returns the last load with the role, none when there is none.
func (r Run) lastInRole(role string) []Load {
	for i := len(r.Load) - 1; i >= 0; i-- {
		if r.Load[i].Role == role {
			return r.Load[i : i+1 : i+1]
		}
	}
	return nil
}

// Sentence tells the recovery, to stand after "the endpoint".
func (b Recovery) Sentence() string {
	rush := fmt.Sprintf("after %s at %s, %.2g times the usual rate", Span(b.Lasted), PerSecond(b.Rate), b.Rate/b.Former)
	switch {
	case !b.Back:
		return fmt.Sprintf("was not back to its former latency %d s %s: the median was %s before, and up to %s since", b.Took, rush, Span(b.Before), Span(b.Worst))
	case b.Took == 0:
		return fmt.Sprintf("was back to its former latency at once %s: the median was %s before, and at most %s since", rush, Span(b.Before), Span(b.Worst))
	}
	return fmt.Sprintf("was back to its former latency %d s %s: the median was %s before, and up to %s on the way", b.Took, rush, Span(b.Before), Span(b.Worst))
}
