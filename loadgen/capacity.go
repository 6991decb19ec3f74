package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// Search bounds the search for the highest rate that meets the objective.
type Search struct {
	From float64 // the first rate; 0 is 50 a second
	To   float64 // no higher rate is tried; 0 is 10,000 a second
	// Step is how long one rate is tried; 0 is 4 s. Once a rate has missed it is twice
	// that: a longer step tells nearer rates apart.
	Step time.Duration
	// Rest is the time without load between two steps; 0 is 300 ms.
	Rest time.Duration
	// Repeats is how often the rate that is held is tried in the end, and the one
	// that is not once more; 0 is 2.
	Repeats int
}

// SearchTo is the highest rate that a search tries when nothing else is said, per second.
const SearchTo = 10_000

const (
	searchFrom    = 50
	searchStep    = 4 * time.Second
	searchRest    = 300 * time.Millisecond
	searchRepeats = 2

	// mostTries is how often a rate is tried at most before it counts as what it is.
	mostTries = 6
	// longestRest is how many times longer than usual the search rests while this
	// machine is too busy for an answer: what keeps it busy mostly passes.
	longestRest = 16
	// mostSteps ends a search on a machine on which nothing can be told.
	mostSteps = 40
	// stride is how much higher the next rate is where the answer is believed near.
	stride = 1.07
)

// Capacity looks for the highest rate that meets the objective: it doubles the
// rate until a load does not, then narrows the bracket. What does not meet is
// tried again before it counts, for a machine is slow by accident and never fast
// by accident; both edges of the answer are tried several times. It returns the
// loads of all steps, and what it measured beside them: signing and the cheapest
// answer of the host, while there was no load. [record.Capacity.Judged] reads the
// answer. Errors are as for [Run], with the loads so far.
func Capacity(ctx context.Context, client *endpoint.Client, config Config, search Search, progress func(Progress)) ([]record.Load, record.Capacity, error) {
	measured := record.Capacity{Limit: cmp.Or(search.To, SearchTo), Loopback: client.IsLocal()}
	if progress != nil {
		progress(Progress{Stage: "measuring a signature and the cheapest answer"})
	}
	measured.Signing = measureSigning(ctx, client.Keys())
	var err error
	if measured.Cheapest, err = measureCheapest(ctx, client, config); err != nil {
		return nil, measured, err
	}
	var loads []record.Load
	usual := cmp.Or(search.Rest, searchRest)
	rest := usual
	failed := search.steps(func(rate float64, times int) (record.Load, error) {
		config.Name, config.Role = record.PerSecond(rate), record.RoleSearch
		config.Rate, config.Stages, config.Duration = rate, nil, time.Duration(times)*cmp.Or(search.Step, searchStep)
		load, err := Run(ctx, client, config, progress)
		if err != nil {
			return load, err
		}
		loads = append(loads, load)
		if load.Judged().Verdict == record.LoadInconclusive {
			rest = min(2*rest, longestRest*usual)
		} else {
			rest = usual
		}
		if load.Interrupted || sleep.For(ctx, rest) != nil {
			return load, context.Cause(ctx)
		}
		return load, nil
	})
	if ctx.Err() != nil {
		failed = nil // the loads say that they were stopped
	}
	return loads, measured, failed
}

// steps tries rates until the highest that is held lies in a narrow bracket.
func (s Search) steps(try func(rate float64, times int) (record.Load, error)) error {
	b := &bracket{try: try, limit: cmp.Or(s.To, SearchTo), repeats: cmp.Or(s.Repeats, searchRepeats), times: 1, stride: stride}
	b.next = min(b.limit, cmp.Or(s.From, searchFrom))
	for b.steps < mostSteps {
		if !b.settle(b.next, 1) {
			return b.failed
		}
		holds, misses := b.answer()
		done := misses == 0 && holds >= b.limit || misses > 0 && record.Near(holds, misses) || holds == 0 && misses > 0 && misses <= 2
		if !done {
			b.next = b.choose(holds, misses)
			continue
		}
		if !b.settle(misses, b.repeats+1) || !b.settle(holds, b.repeats) {
			return b.failed
		}
		if again, above := b.answer(); again == holds && above == misses {
			return nil
		}
		b.next = b.choose(b.answer())
	}
	return nil
}

// bracket is what a search knows.
type bracket struct {
	try     func(rate float64, times int) (record.Load, error) // for so many times a step
	limit   float64
	repeats int
	steps   int
	failed  error
	loads   []record.Load

	times  int // how many times a step a rate is tried for
	next   float64
	stride float64
	hinted float64 // the rate whose answers the last hint came from
}

// settle tries a rate until it is decided and was tried so often. A rate of 0 is
// settled. It is false when the search cannot go on.
func (b *bracket) settle(rate float64, repeats int) bool {
	for rate > 0 {
		p := b.point(rate)
		if b.decided(p) && p.Tries >= repeats {
			return true
		}
		load, err := b.try(rate, b.times)
		if err != nil {
			b.failed = err
			return false
		}
		load.Requested = rate
		b.loads, b.steps = append(b.loads, load), b.steps+1
	}
	return true
}

// decided says whether a rate was tried often enough. A miss counts when it is
// seen twice; where more was answered at a higher rate, which belies it, four times.
func (b *bracket) decided(p record.CapacityPoint) bool {
	enough := 2
	for _, load := range b.loads {
		if load.Requested > p.Rate && load.Achieved > 1.02*p.Rate {
			enough = 4
		}
	}
	return p.Verdict == record.LoadMeets || p.Met == 0 && p.Missed >= enough || p.Tries >= mostTries
}

// point is what is known of a rate.
func (b *bracket) point(rate float64) record.CapacityPoint {
	for _, p := range record.CapacityPoints(b.loads) {
		if p.Rate == rate {
			return p
		}
	}
	return record.CapacityPoint{}
}

// answer is the highest rate that is held, and the next one that is not, by a
// miss or for want of a generator; each is 0 where there is none.
func (b *bracket) answer() (holds, misses float64) {
	for _, p := range record.CapacityPoints(b.loads) {
		switch {
		case p.Verdict == record.LoadMeets:
			holds, misses = p.Rate, 0
		case misses == 0:
			misses = p.Rate
		}
	}
	return holds, misses
}

// choose picks the next rate. An endpoint that gets too much still answers about
// as much as it can, which is where its capacity is looked for first; from there
// it goes up in strides that grow.
func (b *bracket) choose(holds, misses float64) float64 {
	if misses == 0 {
		return min(b.limit, tidy(2*holds))
	}
	b.times = 2
	middle := tidy(math.Sqrt(max(holds, misses/8) * misses))
	if b.hinted != misses {
		b.hinted = misses
		if hint := tidy(0.97 * b.point(misses).Achieved); hint > max(1, holds) && hint < misses/stride {
			b.stride = stride
			return hint
		}
	}
	if up := tidy(holds * b.stride); holds > 0 && up > holds && up < middle {
		b.stride *= b.stride
		return up
	}
	if middle <= holds || middle >= misses {
		return (holds + misses) / 2
	}
	return middle
}

// tidy rounds a rate to three digits, which is more than it can be told to.
func tidy(rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(rate))-2)
	return math.Round(rate/unit) * unit
}

// measureCheapest is how long the host takes for an answer that needs no token:
// a page that is not there. It is the median of some, in seconds, 0 where none came.
func measureCheapest(ctx context.Context, client *endpoint.Client, config Config) (float64, error) {
	config, err := config.complete()
	if err != nil {
		return 0, err
	}
	transport, err := config.transport(client)
	if err != nil {
		return 0, err
	}
	defer transport.CloseIdleConnections()
	address := client.Endpoint()
	address.Path, address.RawQuery = "/webchatspec-not-there", ""
	times := newHistogram(fine)
	limited, cancel := context.WithTimeout(ctx, config.Timeout)
	defer cancel()
	for range 20 {
		request, err := http.NewRequestWithContext(limited, http.MethodGet, address.String(), nil)
		if err != nil {
			return 0, fmt.Errorf("the cheapest answer: %w", err)
		}
		if client.Bounds().Wait(ctx) != nil {
			return 0, nil
		}
		began := time.Now()
		response, err := transport.RoundTrip(request)
		if err != nil {
			return 0, nil // the load will tell what is wrong
		}
		if response.StatusCode == http.StatusSwitchingProtocols { // the body is the connection itself, whose end nothing bounds
			return 0, response.Body.Close()
		}
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
		if response.Body.Close(); err != nil {
			return 0, nil
		}
		note(times, time.Since(began))
	}
	return at(times, 50), nil
}
