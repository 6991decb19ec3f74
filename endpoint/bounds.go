package endpoint

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Bounds are what a site was said to bear: so many requests of a whole run, whichever
// part of it sends them, and so many a second. Nil is without bounds. They are safe for
// concurrent use.
type Bounds struct {
	most    int64 // requests; 0 is without end
	sent    atomic.Int64
	limiter *rate.Limiter
	reached func()
}

// NewBounds returns bounds of so many requests and of so many a second, each without
// end where it is 0. Reached is called once, when one request more was wanted than
// there may be; it may be nil.
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

// burstOf is how many requests may be let go at the same instant at a rate that a
// site was said to bear: as many as in a second, and two, or nobody would ask at once.
func burstOf(perSecond float64) int { return int(max(2, min(crowd, perSecond))) }

// Take counts a request that is about to be sent. The error says that there may be no
// more.
func (b *Bounds) Take() error {
	if b == nil || b.most == 0 || b.sent.Add(1) <= b.most {
		return nil
	}
	b.reached()
	return fmt.Errorf("not sent: the limit of %d requests was reached (--max-requests)", b.most)
}

// Wait is Take when the rate allows the request: for those that no schedule sends.
func (b *Bounds) Wait(ctx context.Context) error {
	if b == nil {
		return nil
	}
	if err := b.limiter.Wait(ctx); err != nil {
		return err
	}
	return b.Take()
}
