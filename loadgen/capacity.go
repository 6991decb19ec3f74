package loadgen

import (
	"context"
	"fmt"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

// Search bounds the search for the highest rate that meets the objective.
type Search struct {
	From float64 // the first rate; 0 is 50 a second
	To   float64 // no higher rate is tried; 0 is 10,000 a second
	// Precision is how near the found rate is to one that does not meet the
	// objective, as a share of it; 0 is 0.1.
	Precision float64
	// Rest is the time without load between two steps; 0 is 500 ms.
	Rest time.Duration
}

const (
	searchFrom      = 50
	searchTo        = 10_000
	searchPrecision = 0.1
	searchRest      = 500 * time.Millisecond
)

// Capacity looks for the highest rate that meets the objective: it doubles the
// rate until a load does not, then halves the distance. It returns the loads of
// all steps; [record.Capacity] reads the answer from them. The search ends early
// where the generator is the bottleneck. Errors are as for [Run], with the loads
// so far.
func Capacity(ctx context.Context, client *endpoint.Client, config Config, search Search, progress func(Progress)) ([]record.Load, error) {
	var loads []record.Load
	var failed error
	search.steps(func(rate float64) (verdict string) {
		config.Name, config.Role = fmt.Sprintf("%.4g a second", rate), record.RoleSearch
		config.Rate, config.Stages = rate, nil
		load, err := Run(ctx, client, config, progress)
		if failed = err; err != nil {
			return record.LoadInconclusive
		}
		loads = append(loads, load)
		if load.Interrupted || !sleep(ctx, orDefault(search.Rest, searchRest)) {
			return record.LoadInconclusive
		}
		return load.Judged().Verdict
	})
	return loads, failed
}

// steps tries rates until the highest that meets is known to the precision, or
// one is inconclusive.
func (s Search) steps(try func(rate float64) (verdict string)) {
	var meets, misses float64
	limit := orDefault(s.To, searchTo)
	for rate := min(limit, orDefault(s.From, searchFrom)); ; {
		switch try(rate) {
		case record.LoadMeets:
			meets = rate
		case record.LoadMisses:
			misses = rate
		default:
			return
		}
		switch {
		case misses == 0 && meets == limit:
			return
		case misses == 0:
			rate = min(limit, 2*meets)
		case misses-meets <= misses*orDefault(s.Precision, searchPrecision) || misses < 1:
			return
		default:
			rate = (meets + misses) / 2
		}
	}
}
