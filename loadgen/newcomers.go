package loadgen

import (
	"slices"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// newcomersAt is when, in shares of a load, visitors come who were not there before it,
// and atOnce how many do at a time. The users of a load may have tokens that are kept
// for them, so that it takes somebody new to see that a clock stands still, or that two
// who come at one time are taken for one.
var newcomersAt = []float64{0.4, 0.7, 0.95}

const (
	atOnce = 2
	// leastRate is the rate, in requests a second, beside which a few more at once make
	// no difference to anybody's latency.
	leastRate = 20
	// leastLength is how long a load must be for times to fall behind in it.
	leastLength = 2 * time.Second
)

// receive has newcomers begin their sessions while there is load. They are beside its
// schedule and not in its figures, as those who came before it; only what is amiss with
// what they get is noted. Gone waits for them. Where requests are numbered or few, where
// people must log in, in parts of a search and while all that may be in flight are, there
// are none.
func (r *run) receive() (gone func()) {
	var wg sync.WaitGroup
	config := r.config
	bounded := config.MaxRate > 0 || config.MaxRequests < DefaultMaxRequests
	short := r.schedule.length < leastLength || config.mean() < leastRate
	if bounded || short || len(config.Accounts) > 0 || config.Role != "" || len(r.phases) > 1 {
		return wg.Wait
	}
	for i, u := range newUsers(len(newcomersAt)*atOnce, config.Users+1, nil) {
		u.newcomer = true
		after := time.Duration(newcomersAt[i/atOnce] * float64(r.schedule.length))
		wg.Go(func() {
			defer panics.Tell()
			if sleep.For(r.sender.ctx, after) == nil && r.sender.inFlight.Load()+atOnce <= int64(config.MaxInFlight) {
				w := r.sender.newPacedWorker()
				defer w.close()
				if a := w.open(u); r.sender.ctx.Err() == nil {
					r.phases[0].figures.newcomer(a, max(0, (after-config.WarmUp).Seconds()))
				}
			}
		})
	}
	return wg.Wait
}

// notTheirs are failures that say nothing of how newcomers fare: as many sessions as one
// address may begin were begun by us.
var notTheirs = []string{record.FailureThrottled, record.FailureGenerator, record.FailureRepeated, record.FailureNotAllowed, record.FailureBadConfig}

// countNewcomersLocked adds those who were turned away to the failures, where all others
// were served: else they only had the same fate.
func (f *figures) countNewcomersLocked() {
	if len(f.failures) > 0 {
		return
	}
	for _, class := range f.turnedAway {
		f.failures[class]++
	}
	f.beside = int64(len(f.turnedAway))
	f.requests += f.beside
	f.turnedAway = nil
}

// newcomer notes what was amiss with the answer to somebody who came under load: no
// token, or what belongs to another.
func (f *figures) newcomer(a answer, at float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case a.failure != "" && !slices.Contains(notTheirs, a.failure):
		f.turnedAway = append(f.turnedAway, a.failure)
		f.example(record.ExampleFailure, at, func() string { return "for somebody new, " + a.failure + ": " + a.detail })
	case a.failure == "" && a.shared != nil:
		f.tokens.Shared++
		f.example(record.ExampleShared, at, func() string { return a.user.describe(a.shared, a.facts) + ", who had just come" })
	}
}
