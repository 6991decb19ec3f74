package endpoint

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Bounds limit how much a run asks of a site: the number of requests in all, whichever
// part of the run sends them, and the rate. A nil *Bounds limits nothing. They are safe
// for concurrent use.
type Bounds struct {
	most    int64 // requests; 0 is without end
	sent    atomic.Int64
	limiter *rate.Limiter
	reached func()
}

// NewBounds returns bounds of most requests in all and of perSecond requests a second; 0 is
// no limit. Reached is called once, when the limit of requests has kept one from being
// sent; it may be nil.
func NewBounds(most int, perSecond float64, reached func()) *Bounds {
	b := &Bounds{most: int64(most), limiter: rate.NewLimiter(rate.Inf, 0), reached: func() {}}
	if perSecond > 0 {
		b.limiter = rate.NewLimiter(rate.Limit(perSecond), burstOf(perSecond))
	}
	if reached != nil {
		b.reached = sync.OnceFunc(reached)
	}
	return b
}

// burstOf is how many requests may be sent at the same instant at the given rate: those
// of one second, but at least two, because some probes need two at once.
func burstOf(perSecond float64) int { return int(max(2, min(crowd, perSecond))) }

// Take counts a request that is about to be sent. It returns an error when the limit of
// requests is reached.
func (b *Bounds) Take() error {
	if b == nil || b.most == 0 || b.sent.Add(1) <= b.most {
		return nil
	}
	b.reached()
	return fmt.Errorf("not sent: the limit of %d requests was reached (--max-requests)", b.most)
}

// Wait waits until the rate allows one more request, then calls Take. It is for requests
// that no schedule sends.
func (b *Bounds) Wait(ctx context.Context) error {
	if b == nil {
		return nil
	}
	if err := b.limiter.Wait(ctx); err != nil {
		return err
	}
	return b.Take()
}
