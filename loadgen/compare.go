package loadgen

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

// Contender is one of several endpoints that are compared.
type Contender struct {
	Name   string
	Client *endpoint.Client
}

// Race says how endpoints are compared: in rounds, in each of which every one is
// asked for a slice of time, as fast as it answers.
type Race struct {
	Rounds   int           // 0 is 8
	Slice    time.Duration // 0 is 1 s
	InFlight int           // requests on their way at a time; 0 is 4
}

const (
	raceRounds   = 8
	raceSlice    = time.Second
	raceInFlight = 4
)

// Compare asks the contenders in turn, round after round, each as fast as it
// answers, with every token verified. A round before the first warms them up and
// does not count. It returns the comparison, and a load for each contender with
// what was found in its answers. The error is as for [Run]; when ctx ends, it
// returns what there is.
func Compare(ctx context.Context, contenders []Contender, config Config, race Race, progress func(Progress)) ([]record.Load, record.Comparison, error) {
	race.Rounds, race.Slice, race.InFlight = cmp.Or(race.Rounds, raceRounds), cmp.Or(race.Slice, raceSlice), cmp.Or(race.InFlight, raceInFlight)
	comparison := record.Comparison{InFlight: race.InFlight, Slice: race.Slice.Seconds()}
	if progress == nil {
		progress = func(Progress) {}
	}
	var racers []*racer
	for _, c := range contenders {
		r, err := newRacer(ctx, c, config, race)
		if err != nil {
			return nil, comparison, err
		}
		defer r.close()
		racers = append(racers, r)
	}
	for round := range race.Rounds + 1 {
		for i, r := range racers {
			progress(Progress{Stage: fmt.Sprintf("comparing %s, round %d of %d", r.name, round, race.Rounds), Requests: int64(round*len(racers) + i), Planned: int64((race.Rounds + 1) * len(racers))})
			rate := r.slice(race.Slice)
			if ctx.Err() != nil {
				break
			}
			if round > 0 {
				r.rates = append(r.rates, rate)
			}
		}
	}
	comparison.Interrupted = ctx.Err() != nil
	var loads []record.Load
	for _, r := range racers {
		load := r.load()
		loads = append(loads, load)
		entry := record.ComparisonEntry{
			Name: r.name, Endpoint: r.run.sender.client.Endpoint().Redacted(), Rates: r.rates,
			Latency: load.Service, Requests: load.Requests, Failures: load.Failures, Tokens: load.Tokens,
		}
		if keys := r.run.sender.client.Keys(); len(keys) == 1 {
			entry.KeyBits = keys[0].Bits()
		}
		comparison.Entries = append(comparison.Entries, entry)
	}
	return loads, comparison, nil
}

// racer is a contender on its way.
type racer struct {
	name    string
	run     *run
	workers []*worker
	close   func()
	rates   []float64
	asked   time.Duration // for how long, over all rounds
}

func newRacer(ctx context.Context, c Contender, config Config, race Race) (*racer, error) {
	config.Name, config.Role, config.Users = c.Name, record.RoleCompared, race.InFlight
	config.Stages, config.Rate, config.Duration, config.WarmUp = nil, 0, 0, 0
	r := &racer{name: c.Name}
	var err error
	if r.run, r.close, err = prepare(ctx, c.Client, config); err != nil {
		return nil, err
	}
	r.run.phases[0].figures.end = longestStage
	if err := r.run.openSessions(); err != nil {
		r.close()
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	r.run.schedule.began = time.Now()
	r.run.started, r.run.cpu = r.run.schedule.began, processorTime()
	for range race.InFlight {
		r.workers = append(r.workers, r.run.sender.newWorker())
	}
	return r, nil
}

// slice has all workers ask, each as soon as it has an answer, and returns the
// accepted tokens a second.
func (r *racer) slice(length time.Duration) float64 {
	var accepted atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for i, w := range r.workers {
		u := r.run.sender.users.all[i]
		wg.Go(func() {
			defer panics.Tell()
			for time.Since(began) < length && !r.run.interrupted() {
				a := w.send(u)
				if r.run.interrupted() {
					return
				}
				a.due = a.sent
				r.run.note(a)
				if a.failure == "" && a.facts.invalid == "" {
					accepted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	r.asked += took
	return round(float64(accepted.Load()) / took.Seconds())
}

// load is what was found in the answers of a contender.
func (r *racer) load() record.Load {
	r.run.sender.inspector.settle()
	for _, w := range r.workers {
		w.close()
	}
	load := r.run.phases[0].figures.load(r.run.config, r.asked)
	load.StartedAt, load.Interrupted = r.run.started, r.run.interrupted()
	load.Requested = load.Achieved
	return load
}
