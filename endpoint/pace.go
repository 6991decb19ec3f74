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

// pace decides when a request is sent. It bounds the rate and the number in flight, and
// adapts both to what the endpoint can take. Requests are sent one after the other, so
// that a site that mixes up visitors who ask at once is found by the probes for that
// and by no others.
type pace struct {
	limiter *rate.Limiter
	slots   *semaphore.Weighted // one for each request in flight
	most    int64               // how many slots there are
	turn    chan struct{}       // held by the request that the others wait for

	mu     sync.Mutex
	width  float64       // how many requests may be in flight now
	closed int64         // slots that no request may take, so that it is no more
	best   time.Duration // the fastest answer
	long   time.Duration // an answer that took longer is slow, unless all take about as long
	narrow time.Time     // when the width was last halved
	resume time.Time     // nothing is sent before this instant
	failed time.Time     // when the last failure was counted
	class  string        // of the last failure
	inARow int           // how many failures of that class in a row

	settled   bool          // the rate was taken from the answers
	burst     int           // how many requests may be sent at the same instant
	allowed   rate.Limit    // the highest rate, at which the gathering begins
	throttled int           // how many answers said "too often"
	served    int           // good answers since the endpoint last recovered from throttling
	since     time.Time     // when that was
	refused   rate.Limit    // the rate at which it last said "too often"
	adapted   time.Time     // when the rate was last changed
	waited    time.Duration // how long was waited after such answers, in all
	ended     string        // why they have ended the gathering, or ""
}

// patience is how long a request keeps the others waiting for its answer. After that the
// next one is sent, up to the concurrency allowed. Where even the fastest answer took
// longer, waiting for it is pointless, and shortPatience applies.
const (
	patience      = 250 * time.Millisecond
	shortPatience = 20 * time.Millisecond
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

// isSlow says whether no answer has come fast.
func (p *pace) isSlow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.best > patience
}

// crowd is how many requests may be sent at the same instant: where the endpoint has said
// "too often" those of a third of a second, and a few.
func (p *pace) crowd() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.crowdLocked()
}

func (p *pace) crowdLocked() int {
	if p.throttled == 0 {
		return p.burst
	}
	return min(p.burst, max(fewAtOnce, int(p.limiter.Limit()/3)))
}

// crowd is how many requests may be sent at the same instant when no rate is configured.
const crowd = 50

// narrowest is how many requests may be in flight when the gathering begins.
const narrowest = 2

func newPace(perSecond float64, burst, concurrency int, timeout time.Duration) *pace {
	p := &pace{
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst),
		burst:   burst,
		allowed: rate.Limit(perSecond),
		slots:   semaphore.NewWeighted(int64(concurrency)),
		most:    int64(concurrency),
		width:   float64(min(narrowest, concurrency)),
		long:    timeout / 4,
		turn:    make(chan struct{}, 1),
		since:   time.Now(),
	}
	p.resizeLocked()
	return p
}

// enter waits until one request may be sent. Leave is to be called after its answer.
func (p *pace) enter(ctx context.Context) (leave func(), err error) {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	release, err := p.exclusive(ctx)
	if err != nil {
		p.free()
		return nil, err
	}
	if err := p.wait(ctx, 1); err != nil {
		release()
		p.free()
		return nil, err
	}
	early := time.AfterFunc(p.patient(), release)
	return func() {
		early.Stop()
		release()
		p.free()
	}, nil
}

// free gives back the slot of a request, or closes it where fewer may be in flight now.
func (p *pace) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most-p.closed > int64(p.width) {
		p.closed++
		return
	}
	p.slots.Release(1)
}

// resizeLocked closes or opens slots until as many requests may be in flight as the width
// says; those in flight keep theirs.
func (p *pace) resizeLocked() {
	for open := int64(p.width); p.most-p.closed > open && p.slots.TryAcquire(1); {
		p.closed++
	}
	if opened := p.closed - (p.most - int64(p.width)); opened > 0 {
		p.slots.Release(opened)
		p.closed -= opened
	}
}

const (
	// slowAnswer and slowFactor say how much slower than the fastest answer a slow one
	// is. After a slow answer fewer requests may be in flight.
	slowAnswer = 200 * time.Millisecond
	slowFactor = 4
)

// took notes how long an answer took, and adapts the width. An endpoint that is short of
// processor time gets slower with each request in flight, and would seem to fail when
// it is only asked too much at once.
func (p *pace) took(answer time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.best == 0 || answer < p.best {
		p.best = answer
	}
	defer p.resizeLocked()
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

// tolerable is how long an answer may take at most without being slow. An endpoint whose
// fastest answer is close to the bound may take twice as long as that, one that is beyond
// it half as long again; more would come near the time limit.
func (p *pace) tolerable() time.Duration {
	if p.best < p.long {
		return max(p.long, 2*p.best)
	}
	return min(p.best*3/2, 2*p.long)
}

// exclusive waits for the turn: until no other request is still expected to be answered
// soon.
func (p *pace) exclusive(ctx context.Context) (release func(), err error) {
	if err := acquire(ctx, p.turn); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { <-p.turn }), nil
}

// wait waits until the rate allows n requests and the pause after throttling is over.
func (p *pace) wait(ctx context.Context, n int) error {
	for range n { // one by one: together they may be more than a burst
		if err := p.limiter.Wait(ctx); err != nil {
			return err
		}
	}
	return sleep.For(ctx, p.pause())
}

// pause is how long nothing may be sent from now on.
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
	// afterTimeout is the pause after a request that was not answered in time.
	afterTimeout = 2 * time.Second
	// afterThrottling is the pause after an answer that says "too often" without
	// Retry-After. It doubles each time in a row.
	afterThrottling = time.Second
	// longestPause is the longest pause, and mostPauses that of all pauses together. An
	// endpoint that asks for more is not asked again: to ask sooner would be pointless,
	// and users take a run that waits for long for one that hangs.
	longestPause = 10 * time.Second
	mostPauses   = 30 * time.Second
	// slowest is the lowest rate, in requests a second.
	slowest = rate.Limit(1)
)

// maxInARow is how many failures of a class in a row end the gathering: to go on would
// only burden the endpoint, or take for ever.
var maxInARow = map[string]int{
	record.FailureThrottled: 8,
	record.FailureTimeout:   3,
	record.FailureTooLarge:  12,
}

// note adapts the rate after an answer or a failure. It says why the gathering should end,
// or "". Requests in flight at the same time fail together: one that was sent before the
// last failure was noted does not count again.
func (p *pace) note(failure *record.Failure, header http.Header, sent time.Time) (enough string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if failure == nil {
		p.served++
		if p.class == record.FailureThrottled {
			if sent.Before(p.failed) || sent.Before(p.resume) {
				return "" // it was sent before the refusal was known, and shows no recovery
			}
			p.settleLocked()
		}
		p.class, p.inARow = "", 0
		p.recoverLocked()
		return ""
	}
	if failure.Class != p.class {
		p.class, p.inARow = failure.Class, 0
	} else if sent.Before(p.failed) && failure.Class != record.FailureTooLarge || sent.Before(p.resume) && failure.Class == record.FailureThrottled {
		return ""
	}
	p.failed = time.Now()
	p.inARow++
	switch failure.Class {
	case record.FailureThrottled:
		if enough = p.throttleLocked(header); enough != "" {
			return enough
		}
	case record.FailureTimeout: // the endpoint may still be working on the request
		p.resume = time.Now().Add(afterTimeout)
	}
	if limit := maxInARow[failure.Class]; limit > 0 && p.inARow >= limit {
		return "too many requests before had failed"
	}
	return ""
}

// throttleLocked lowers the rate, to the half at first, and begins the pause for which the
// answer asks. It says why that is too long, or "".
func (p *pace) throttleLocked(header http.Header) (tooLong string) {
	share := rate.Limit(0.7)
	if p.throttled == 0 {
		share = 0.5
	}
	p.throttled++
	p.spendLocked()
	p.refused, p.adapted = p.limiter.Limit(), time.Now()
	p.setLocked(p.refused * share)
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

// setLocked sets the rate, and with it how many may be sent at the same instant.
func (p *pace) setLocked(limit rate.Limit) {
	p.limiter.SetLimit(max(limit, slowest))
	p.limiter.SetBurst(p.crowdLocked())
}

// settleLocked sets the rate to the one that the endpoint has proved to bear, when it
// answers again for the first time: the number of good answers since the beginning, divided
// by the time, pauses included. That is right for limits by time window and for token
// buckets alike. Later it has been asked for less than it bears, and its answers do not tell
// how much that is. Those that take a handful at once, and refuse after each, are counted
// over several handfuls.
func (p *pace) settleLocked() {
	const (
		few   = 10  // so many answers are needed to speak of a rate
		share = 0.9 // of that rate, to stay clear of the limit
	)
	p.spendLocked()
	p.adapted = time.Now()
	if p.settled || p.served < few {
		return
	}
	p.settled = true
	if borne := rate.Limit(share * float64(p.served) / max(time.Since(p.since).Seconds(), 0.1)); borne < p.refused {
		p.setLocked(borne)
	}
}

// spendLocked drops the requests that the limiter would let go at once. Otherwise a lower
// rate would begin with a crowd.
func (p *pace) spendLocked() {
	now := time.Now()
	p.limiter.AllowN(now, max(0, int(p.limiter.TokensAt(now))))
}

// calm is how long the endpoint must not throttle until the rate is raised a little.
const calm = 3 * time.Second

// recoverLocked raises the rate again when the endpoint has not throttled for a while, up to
// nearly the rate at which it did, and from there slowly. Without it, one burst that was
// refused several times would slow the run down far more than the endpoint needs.
func (p *pace) recoverLocked() {
	if p.throttled == 0 || time.Since(p.adapted) < calm {
		return
	}
	const near = 0.9 // of the rate that was refused
	p.adapted = time.Now()
	limit := p.limiter.Limit()
	p.setLocked(min(max(min(limit*5/4, p.refused*near), limit*103/100), p.allowed))
}

// RetryAfter returns how long an answer asks to wait (RFC 9110 §10.2.3). Said is false
// when it does not ask.
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

// told describes how throttling has changed the pace, or is nil when there was none.
func (p *pace) told(began float64) *record.Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.throttled == 0 {
		return nil
	}
	return &record.Pace{Throttled: p.throttled, Rate: began, LoweredTo: float64(p.limiter.Limit()), Waited: p.waited.Seconds(), Ended: p.ended}
}
