package record

import (
	"cmp"
	"fmt"
	"slices"
)

// Capacity is the answer of a search for the highest rate that meets the
// objective. What was measured beside the steps is evidence; the rest is judged
// from the loads of the steps, and can be judged again: see [Capacity.Judged].
type Capacity struct {
	// Signing is what a signature costs here; nil where that was not measured.
	Signing *Signing `json:"signing,omitempty"`
	// Cheapest is how long the cheapest answer of the same host takes, in
	// seconds, 0 where none came: what is left when nothing is signed.
	Cheapest float64 `json:"cheapest,omitempty"`
	// Limit is the highest rate that would have been tried, per second.
	Limit float64 `json:"limit"`
	// Loopback is set when the endpoint shares this machine's processors.
	Loopback bool `json:"loopback,omitempty"`

	// Objective is what each step was held to.
	Objective Objective `json:"objective"`
	// Points are the rates that were tried, the lowest first.
	Points []CapacityPoint `json:"points"`
	// Verdict is one of the Capacity constants.
	Verdict string `json:"verdict"`
	// Holds is the highest rate that was held, per second; 0 is none.
	Holds float64 `json:"holds"`
	// Misses is the lowest rate above it that was not; 0 where there is none.
	Misses float64 `json:"misses,omitempty"`
	// Bound is what bounds the rate, one of the Bound constants; BoundBy says it
	// in words. Both are empty where that cannot be told.
	Bound   string `json:"bound,omitempty"`
	BoundBy string `json:"boundBy,omitempty"`
}

// Signing is what one signature costs on this processor, measured in the run
// while there was no load.
type Signing struct {
	Bits    int     `json:"bits"`    // of the key
	Seconds float64 `json:"seconds"` // for one signature, on one core
	Cores   int     `json:"cores"`
}

// Rate is how many signatures a second all cores can make.
func (s Signing) Rate() float64 { return float64(s.Cores) / s.Seconds }

// CapacityPoint is one rate of a search, tried once or several times.
type CapacityPoint struct {
	Rate     float64 `json:"rate"`     // asked, per second
	Achieved float64 `json:"achieved"` // the best of the tries
	Latency  float64 `json:"latency"`  // at the objective's percentile, the best of the tries, in seconds
	// Tries counts the steps at this rate; Met and Missed those that met and
	// missed the objective. The rest said nothing.
	Tries  int `json:"tries"`
	Met    int `json:"met"`
	Missed int `json:"missed"`
	// Verdict is LoadMeets when at least a third of the tries that said something
	// met, for a machine is slow by accident and never fast; it is LoadInconclusive
	// when none met and most said nothing.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"` // of the last try that did not meet
	// Refused is set when the last try that missed was refused (429) more often
	// than the objective allows.
	Refused bool `json:"refused,omitempty"`
}

// Verdicts of a search.
const (
	CapacityFound        = "found"        // between two rates near each other
	CapacityAtLeast      = "at-least"     // the highest rate that was to be tried is held
	CapacityNone         = "none"         // not even the lowest rate is held
	CapacityInconclusive = "inconclusive" // stopped, or limited by the generator
)

// What bounds the rate of an endpoint.
const (
	BoundSigning     = "signing"     // the processor makes no more signatures
	BoundTransport   = "transport"   // an answer without a signature takes nearly as long
	BoundConcurrency = "concurrency" // the endpoint answers only so many at once
	BoundRefusals    = "refusals"    // the endpoint refuses more (429)
	BoundGenerator   = "generator"   // this machine cannot ask faster
)

// Near says whether the rates are near enough to be an answer: within a twelfth.
func Near(holds, misses float64) bool { return misses <= holds*(1+1.0/12)+1 }

// Judged returns the capacity with its answer, made anew from the steps among
// the loads.
func (c Capacity) Judged(loads []Load) Capacity {
	c.Points, c.Holds, c.Misses, c.Bound, c.BoundBy = CapacityPoints(loads), 0, 0, "", ""
	interrupted := false
	for _, l := range loads {
		if l.Role == RoleSearch {
			c.Objective, interrupted = l.Objective, interrupted || l.Interrupted
		}
	}
	above := c.bracket()
	switch {
	case len(c.Points) == 0 || interrupted:
		c.Verdict = CapacityInconclusive
	case c.Holds > 0 && above == nil && c.Holds >= c.Limit:
		c.Verdict = CapacityAtLeast
	case c.Holds == 0 && above != nil && above.Verdict == LoadMisses:
		c.Verdict = CapacityNone
	case c.Misses > 0 && Near(c.Holds, c.Misses):
		c.Verdict = CapacityFound
	default:
		c.Verdict = CapacityInconclusive
	}
	c.Bound, c.BoundBy = c.bound(loads, above)
	return c
}

// bracket finds the highest rate that is held, and returns the next point above.
func (c *Capacity) bracket() (above *CapacityPoint) {
	for _, p := range c.Points {
		if p.Verdict == LoadMeets {
			c.Holds = p.Rate
		}
	}
	for i, p := range c.Points {
		if p.Rate > c.Holds {
			if above == nil {
				above = &c.Points[i]
			}
			if p.Verdict == LoadMisses && c.Misses == 0 {
				c.Misses = p.Rate
			}
		}
	}
	return above
}

// CapacityPoints sums up the steps of a search by their rate, the lowest first.
func CapacityPoints(loads []Load) []CapacityPoint {
	byRate, unsure := map[float64]*CapacityPoint{}, map[float64]string{}
	for _, l := range loads {
		if l.Role != RoleSearch {
			continue
		}
		p := byRate[l.Requested]
		if p == nil {
			p = &CapacityPoint{Rate: l.Requested, Latency: l.AtObjective}
			byRate[l.Requested] = p
		}
		p.Tries++
		p.Achieved, p.Latency = max(p.Achieved, l.Achieved), min(p.Latency, l.AtObjective)
		switch judged := l.Judged(); judged.Verdict {
		case LoadMeets:
			p.Met++
		case LoadMisses:
			p.Missed, p.Reason, p.Refused = p.Missed+1, judged.Reason, l.Refuses()
		default:
			unsure[p.Rate], p.Reason = judged.Reason, cmp.Or(p.Reason, judged.Reason)
		}
	}
	points := []CapacityPoint{}
	for _, p := range byRate {
		if p.Verdict = p.verdict(); p.Verdict == LoadInconclusive {
			p.Reason = cmp.Or(unsure[p.Rate], p.Reason)
		}
		points = append(points, *p)
	}
	slices.SortFunc(points, func(a, b CapacityPoint) int { return cmp.Compare(a.Rate, b.Rate) })
	return points
}

func (p CapacityPoint) verdict() string {
	switch {
	case p.Met == 0 && 2*p.Missed < p.Tries, p.Tries == 0:
		return LoadInconclusive
	case 2*p.Met >= p.Missed:
		return LoadMeets
	}
	return LoadMisses
}

// bound says what bounds the rate. It goes by what each cause would show: a
// generator that could not ask, refusals, a processor that is busy signing, an
// answer that takes as long without a token, a number of answers at once.
func (c Capacity) bound(loads []Load, above *CapacityPoint) (bound, words string) {
	usual := c.usual(loads)
	switch {
	case above == nil || c.Holds == 0:
		return "", ""
	case above.Verdict == LoadInconclusive:
		return BoundGenerator, "this machine: " + above.Reason
	case above.Refused:
		return BoundRefusals, "the endpoint's own limit: it refuses what comes faster (status 429)"
	case c.signsHere() && c.Holds >= 0.6*c.Signing.Rate():
		return BoundSigning, fmt.Sprintf("signing: it signs %.0f %% of what the %d cores of this machine can (%s for one signature of a %d-bit key)",
			100*c.Holds/c.Signing.Rate(), c.Signing.Cores, Span(c.Signing.Seconds), c.Signing.Bits)
	case c.signsHere() && c.Holds >= 0.6/c.Signing.Seconds && c.Holds <= 1.1/c.Signing.Seconds:
		return BoundSigning, fmt.Sprintf("signing on one core: it signs %.0f %% of what one core can, and %.0f %% of what the %d cores of this machine can",
			100*c.Holds*c.Signing.Seconds, 100*c.Holds/c.Signing.Rate(), c.Signing.Cores)
	case c.Cheapest > 0 && usual > 0 && c.Cheapest >= usual/2:
		return BoundTransport, fmt.Sprintf("transport: the cheapest answer of the same host takes %s, one with a token %s", Span(c.Cheapest), Span(usual))
	case usual > 0 && c.Holds*usual >= 0.5:
		return BoundConcurrency, fmt.Sprintf("the endpoint's concurrency: with %s for an answer when it is idle, it works on about %.0f at a time%s",
			Span(usual), max(1, c.Holds*usual), c.signed())
	}
	return "", ""
}

// signsHere says whether the endpoint may sign each token with this machine's
// processor: it does not where more tokens come than that can sign.
func (c Capacity) signsHere() bool {
	return c.Signing != nil && c.Loopback && c.Holds <= 1.1*c.Signing.Rate()
}

// signed tells what share of this processor's signatures the endpoint makes.
func (c Capacity) signed() string {
	if !c.signsHere() {
		return ""
	}
	return fmt.Sprintf("; it signs %.0f %% of what this processor can", 100*c.Holds/c.Signing.Rate())
}

// usual is what an answer takes at the lowest rate, in seconds.
func (c Capacity) usual(loads []Load) float64 {
	lowest := Load{}
	for _, l := range loads {
		if l.Role == RoleSearch && (lowest.Requested == 0 || l.Requested < lowest.Requested) {
			lowest = l
		}
	}
	return lowest.Service.P50
}

// Sentence is the answer in one sentence.
func (c Capacity) Sentence() string {
	objective := fmt.Sprintf("p%g ≤ %s", c.Objective.Percentile, Span(c.Objective.Latency))
	var text string
	switch c.Verdict {
	case CapacityFound:
		text = fmt.Sprintf("holds %s, misses %s, %s; %s", PerSecond(c.Holds), PerSecond(c.Misses), objective, c.Confidence())
	case CapacityAtLeast:
		text = fmt.Sprintf("holds %s, the highest rate that was to be tried, %s; %s", PerSecond(c.Holds), objective, c.Confidence())
	case CapacityNone:
		text = fmt.Sprintf("holds not even %s, %s: %s", PerSecond(c.Points[0].Rate), objective, c.Points[0].Reason)
	default:
		text = "no answer"
		if c.Holds > 0 {
			text = fmt.Sprintf("no answer: it holds at least %s, %s", PerSecond(c.Holds), objective)
		}
	}
	if c.BoundBy != "" {
		text += ". What bounds it is " + c.BoundBy
	}
	return text
}

// Confidence tells how often the two rates of the bracket said the same: "4 of 4 repeats".
func (c Capacity) Confidence() string {
	agreed, of := 0, 0
	for _, p := range c.Points {
		switch p.Rate {
		case c.Holds:
			agreed, of = agreed+p.Met, of+p.Tries
		case c.Misses:
			agreed, of = agreed+p.Missed, of+p.Tries
		}
	}
	return fmt.Sprintf("%d of %d repeats", agreed, of)
}
