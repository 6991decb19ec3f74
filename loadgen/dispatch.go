package loadgen

import (
	"context"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
)

// dispatcher sends the requests of a schedule when they are due. One of its
// workers leads: it waits for the next request, hands the lead on, and sends that
// request itself. So a request needs no queue, and there are hardly more workers
// than requests were ever on their way at once.
type dispatcher struct {
	schedule *schedule
	most     int // workers
	work     func() (send func(k int64, held time.Duration), done func())

	lead chan struct{} // holds the lead while nobody has it
	wg   sync.WaitGroup

	// The leader's:
	next int64         // the number of the next request
	full bool          // no worker was left when the lead was handed on, and none may be started
	free time.Time     // when that was
	held time.Duration // how far behind the schedule is for want of workers

	mu      sync.Mutex
	workers int // started
	waiting int // of them without a request, the leader among them
	growth  int // how many workers are started when the next is wanted
	growing bool
}

// run sends until the schedule ends, or the context. What could not be sent stays
// unsent: it tries for the schedule's patience.
func (d *dispatcher) run(ctx context.Context) {
	d.lead, d.growth = make(chan struct{}, 1), 1
	d.schedule.began = time.Now()
	d.mu.Lock()
	d.startLocked(ctx)
	d.mu.Unlock()
	d.lead <- struct{}{}
	d.wg.Wait()
}

// startLocked starts one more worker.
func (d *dispatcher) startLocked(ctx context.Context) {
	d.workers++
	d.waiting++
	d.wg.Go(func() {
		defer panics.Tell()
		send, done := d.work()
		defer done()
		for {
			<-d.lead
			d.resume()
			k := d.next
			if !d.await(ctx, k) {
				d.lead <- struct{}{} // for the others, who end as well
				return
			}
			d.next++
			d.taken(ctx)
			held := d.held
			d.free = time.Now()
			d.lead <- struct{}{}
			send(k, held)
			d.mu.Lock()
			d.waiting++
			d.mu.Unlock()
		}
	})
}

// resume notes how long nobody led because every worker waited for an answer: that
// is the endpoint's time, not this machine's.
func (d *dispatcher) resume() {
	if d.full {
		d.held += time.Since(d.free)
	}
}

// pause is how long a request waits for a worker to come free before there are
// more: a moment's rush must not open a connection for each of its requests.
const pause = time.Millisecond

// taken notes that a worker has a request, and sees to it that another can lead.
// Where the next comes free too late, more are started, twice as many each time.
func (d *dispatcher) taken(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting--
	d.full = d.waiting == 0 && d.workers >= d.most
	if d.waiting > 0 || d.growing || d.workers >= d.most {
		return
	}
	d.growing = true
	d.wg.Go(func() {
		defer panics.Tell()
		time.Sleep(pause)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.growing = false
		if d.waiting > 0 {
			d.growth = 1
			return
		}
		for range min(d.growth, d.most-d.workers) {
			d.startLocked(ctx)
		}
		d.growth *= 2
	})
}

// shortSleep is up to when a sleep need not be one that can be interrupted.
const shortSleep = 20 * time.Millisecond

// await waits until request k is due; it is false when nothing more is to be sent.
func (d *dispatcher) await(ctx context.Context, k int64) bool {
	elapsed := time.Since(d.schedule.began)
	if k >= d.schedule.total || elapsed > d.schedule.length+d.schedule.patience || ctx.Err() != nil {
		return false
	}
	wait := d.schedule.due(k) - elapsed
	if wait > 0 {
		d.held = 0 // the schedule has caught up
	}
	switch {
	case wait > shortSleep:
		return sleep.For(ctx, wait) == nil
	case wait > 0:
		time.Sleep(wait)
	}
	return true
}
