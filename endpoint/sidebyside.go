package endpoint

import (
	"sync"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// helpersFor limits how many goroutines help the probes, for that many requests in flight.
// More of them would only keep those probes waiting that ask one by one.
func helpersFor(concurrency int) chan struct{} { return make(chan struct{}, (concurrency+1)/2) }

// each calls do for every item: one after the other where answers come fast, and for several
// at a time on a slow site, on which a probe would take minutes otherwise. The pace still
// limits how many requests are in flight.
func each[T any](g *gathering, items []T, do func(T)) {
	if !g.pace.isSlow() {
		for _, item := range items {
			do(item)
		}
		return
	}
	waiting := make(chan T, len(items))
	for _, item := range items {
		waiting <- item
	}
	close(waiting)
	var working sync.WaitGroup
	taken := make(chan struct{}) // closed when nothing is left that a helper could do
	for range min(len(items)-1, cap(g.helpers)) {
		working.Go(func() {
			defer panics.Tell()
			for left := true; left; {
				select {
				case <-taken:
					return
				case g.helpers <- struct{}{}:
				}
				var item T
				if item, left = <-waiting; left {
					do(item)
				}
				<-g.helpers
			}
		})
	}
	for item := range waiting {
		do(item)
	}
	close(taken)
	working.Wait()
}

// jobs runs parts of a probe that do not depend on each other.
func (g *gathering) jobs(parts ...func()) {
	each(g, parts, func(part func()) { part() })
}
