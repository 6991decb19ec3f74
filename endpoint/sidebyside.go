package endpoint

import (
	"sync"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// helpersFor is how many parts of probes go on beside the probes themselves, on a site that
// has so many requests in flight: more would only have those wait that ask one by one.
func helpersFor(concurrency int) chan struct{} { return make(chan struct{}, (concurrency+1)/2) }

// each does something for every item: for one after the other where answers come fast, and
// for several at a time on a slow site, or the probes would wait for minutes on end. How
// many requests are on their way together is still for the pace to say.
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

// jobs are parts of a probe of which none waits for what another one finds.
func (g *gathering) jobs(parts ...func()) {
	each(g, parts, func(part func()) { part() })
}
