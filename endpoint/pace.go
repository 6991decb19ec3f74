package endpoint

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// pace keeps requests polite: so many a second, so many in flight. Requests that
// tell whose token is whose go one after the other, so that a site that mixes up
// visitors who ask at once is found by the probe for that and by no other.
type pace struct {
	limiter *rate.Limiter
	slots   *semaphore.Weighted // of all, as many at once as the endpoint was seen to take
	most    int64               // of slots
	turn    chan struct{}

	mu     sync.Mutex
	width  float64       // how many may be on their way now, at most
	best   time.Duration // the fastest answer
	long   time.Duration // an answer that took longer is slow, unless all take about as long
	narrow time.Time     // when the width was last halved
	resume time.Time     // nothing is sent before
	failed time.Time     // when the last failure was counted
	class  string        // of the last failure
	inARow int           // how many failures of that class came without a success between

	served    int           // answers since the last time, and
	since     time.Time     // when that was
	refused   rate.Limit    // the rate at which it last said so
	adapted   time.Time     // when the rate was last changed for it
	throttled int           // how many answers said "too often"
	waited    time.Duration // for what they asked for, in all
	ended     string        // why asking on made no sense after them, "" where it did
}

// patience is how long a request keeps the others waiting for its answer. A slow
// site is then asked by several at once, up to the concurrency allowed: where no answer
// has come within that time, shortPatience does.
const (
	patience      = 250 * time.Millisecond
	shortPatience = 100 * time.Millisecond
)

// patient is how long the next request keeps the others waiting.
func (p *pace) patient() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.best > patience {
		return shortPatience
	}
	return patience
}

// crowd is how many requests may be let go at the same instant, where nobody has said
// how many a second the site bears.
const crowd = 50

// narrowest is with how many requests at once the gathering begins.
const narrowest = 2

func newPace(perSecond float64, burst, concurrency int, timeout time.Duration) *pace {
	return &pace{
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst),
		slots:   semaphore.NewWeighted(int64(concurrency)),
		most:    int64(concurrency),
		width:   float64(min(narrowest, concurrency)),
		long:    timeout / 4,
		turn:    make(chan struct{}, 1),
		since:   time.Now(),
	}
}

// enter waits until one request may go, and returns what to call after it.
func (p *pace) enter(ctx context.Context) (leave func(), err error) {
	weight := p.weight()
	if err := p.slots.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	release, err := p.exclusive(ctx)
	if err != nil {
		p.slots.Release(weight)
		return nil, err
	}
	if err := p.wait(ctx, 1); err != nil {
		release()
		p.slots.Release(weight)
		return nil, err
	}
	early := time.AfterFunc(p.patient(), release)
	return func() {
		early.Stop()
		release()
		p.slots.Release(weight)
	}, nil
}

// weight is the share of all slots that one request takes: the whole of them
// where the endpoint takes one at a time.
func (p *pace) weight() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, p.most/max(1, int64(p.width)))
}

const (
	// slowAnswer and slowFactor say which answers are slow beside the fastest one:
	// those make the endpoint be asked less at once.
	slowAnswer = 200 * time.Millisecond
	slowFactor = 4
)

// took notes how long an answer took. An endpoint that needs its processor for
// each token gets slower with each request that is under way, and would seem to
// fail in the end where it is only asked too much at once.
func (p *pace) took(answer time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.best == 0 || answer < p.best {
		p.best = answer
	}
	switch slow := answer > min(slowFactor*p.best+slowAnswer, p.tolerable()); {
	case slow && time.Since(p.narrow) > answer:
		p.width, p.narrow = max(1, p.width/2), time.Now()
	case slow:
	case p.narrow.IsZero(): // none was slow yet
		p.width = min(float64(p.most), p.width+1)
	default:
		p.width = min(float64(p.most), p.width+0.1)
	}
}

// tolerable is how long an answer may take at most that is not slow: where the fastest is
// near the bound, as long again.
func (p *pace) tolerable() time.Duration {
	if p.best < p.long {
		return max(p.long, 2*p.best)
	}
	return p.long
}

// exclusive waits until no other request is expected to be answered soon.
func (p *pace) exclusive(ctx context.Context) (release func(), err error) {
	if err := acquire(ctx, p.turn); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { <-p.turn }), nil
}

// wait waits for the rate to allow n requests, and for throttling to pass.
func (p *pace) wait(ctx context.Context, n int) error {
	if err := p.limiter.WaitN(ctx, n); err != nil {
		return err
	}
	return sleep.For(ctx, p.pause())
}

// pause is for how long nothing is sent.
func (p *pace) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.resume)
}

func acquire(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	// afterTimeout is how long an endpoint is left alone that did not answer in time.
	afterTimeout = 2 * time.Second
	// afterThrottling is how long an endpoint is left alone that says "too often"
	// and not for how long, and twice as long each time that it says so again.
	afterThrottling = time.Second
	// longestPause is the longest Retry-After that is waited out, and mostPauses how
	// long such pauses last together. Whoever wants more is not asked again: to ask
	// sooner is pointless, and nobody knows what a run waits for that stands still.
	longestPause = 10 * time.Second
	mostPauses   = 30 * time.Second
	slowest      = rate.Limit(1)
)

// maxInARow is how many failures of a class, one after the other, end the
// gathering: asking on would only burden the endpoint, or take for ever.
var maxInARow = map[string]int{
	record.FailureThrottled: 8,
	record.FailureTimeout:   3,
	record.FailureTooLarge:  12,
}

// note slows the sender down after a throttled answer. It says why asking on makes
// no sense, or "". Requests that were under way together fail together: those that
// were sent before the last failure came do not count again.
func (p *pace) note(failure *record.Failure, header http.Header, sent time.Time) (enough string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if failure == nil {
		p.served++
		if p.class == record.FailureThrottled {
			if sent.Before(p.failed) {
				return "" // it was on its way already
			}
			p.settleLocked()
		}
		p.class, p.inARow = "", 0
		p.recoverLocked()
		return ""
	}
	if failure.Class != p.class {
		p.class, p.inARow = failure.Class, 0
	} else if sent.Before(p.failed) && failure.Class != record.FailureTooLarge {
		return ""
	}
	p.failed = time.Now()
	p.inARow++
	switch failure.Class {
	case record.FailureThrottled:
		if enough = p.throttleLocked(header); enough != "" {
			return enough
		}
	case record.FailureTimeout: // it may still be working on what nobody waits for any more
		p.resume = time.Now().Add(afterTimeout)
	}
	if limit := maxInARow[failure.Class]; limit > 0 && p.inARow >= limit {
		return "too many requests before had failed"
	}
	return ""
}

// throttleLocked halves the rate and waits as long as the answer asks for. It says
// why that is too long, or "".
func (p *pace) throttleLocked(header http.Header) (tooLong string) {
	p.throttled++
	p.refused, p.adapted = p.limiter.Limit(), time.Now()
	p.limiter.SetLimit(max(p.refused/2, slowest))
	pause := min(afterThrottling<<min(p.inARow-1, 8), longestPause)
	if asked, said := RetryAfter(header); said {
		pause = asked
	}
	switch {
	case pause > longestPause:
		p.ended = fmt.Sprintf("the endpoint wants to be left alone for %s (Retry-After), and longer than %s is not waited", record.Span(pause.Seconds()), record.Span(longestPause.Seconds()))
	case p.waited+pause > mostPauses:
		p.ended = fmt.Sprintf("the endpoint said \"too often\" %d times, and longer than %s in all is not waited", p.throttled, record.Span(mostPauses.Seconds()))
	default:
		p.waited += pause
		p.resume = time.Now().Add(pause)
	}
	return p.ended
}

// settleLocked takes the rate that the endpoint bears from what it has answered, now that
// it answers again: so many since the last time, the waiting included. That is right for
// those that count in windows as for those that let requests drip. From there it rises as
// after any refusal. Those that take a handful at once, and refuse after each, are counted
// over several handfuls.
func (p *pace) settleLocked() {
	const (
		few   = 10  // answers say nothing of a rate
		share = 0.9 // of it, or the next window would be too short
	)
	p.adapted = time.Now()
	if p.served < few {
		return
	}
	if borne := rate.Limit(share * float64(p.served) / max(time.Since(p.since).Seconds(), 0.1)); borne < p.refused {
		p.limiter.SetLimit(max(borne, slowest))
	}
	p.served, p.since = 0, time.Now()
}

// calm is after how long without a word the rate is raised again, a little.
const calm = 3 * time.Second

// recoverLocked raises the rate of an endpoint that has said "too often" a while ago,
// and not up to the rate at which it did: of answers to requests that came in a burst
// several say so, and one would be asked far less than it takes.
func (p *pace) recoverLocked() {
	if p.throttled == 0 || time.Since(p.adapted) < calm {
		return
	}
	p.adapted = time.Now()
	p.limiter.SetLimit(max(p.limiter.Limit(), min(p.limiter.Limit()*5/4, p.refused*3/4)))
}

// RetryAfter is how long an answer asks to wait (RFC 9110 §10.2.3): in seconds or
// until a date.
func RetryAfter(header http.Header) (pause time.Duration, said bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(date)), true
	}
	return 0, false
}

// isThrottled says whether the endpoint has said "too often".
func (p *pace) isThrottled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.throttled > 0
}

// told is what became of the pace, or nil when nobody asked for less.
func (p *pace) told(began float64) *record.Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.throttled == 0 {
		return nil
	}
	return &record.Pace{Throttled: p.throttled, Rate: began, LoweredTo: float64(p.limiter.Limit()), Waited: p.waited.Seconds(), Ended: p.ended}
}
