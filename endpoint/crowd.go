package endpoint

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

const (
	anonymousVisitors = 1000

	parallelVisitors = 50
	parallelRounds   = 20
	// atOnceTime is how long visitors who ask at once should wait for their answers. On a
	// slower endpoint fewer ask at once: more would only wait for each other.
	atOnceTime = time.Second
	fewAtOnce  = 4

	busyVisitors = 20
	busyRounds   = 5
	busyTime     = 5 * time.Second
	busyPatience = 3 // times as long as usual
	// slowFew is the time within which a few who ask at once must be answered, before
	// twenty ask at once.
	slowFew = 2 * time.Second

	// crowdTime bounds the probes with very many requests, which would take too long on
	// a slow endpoint.
	crowdTime = 30 * time.Second
	// throttledCrowdTime bounds them on an endpoint that throttles: it does not want
	// crowds, and at the rate that it allows a thousand requests would take minutes.
	throttledCrowdTime = 5 * time.Second
)

// crowded returns a function that says whether a crowd that begins now has used up its
// time.
func (g *gathering) crowded() (over func() bool) {
	began := time.Now()
	return func() bool {
		took := time.Since(began)
		return took > g.crowdTime || took > throttledCrowdTime && g.pace.isThrottled()
	}
}

// asCrowd are the addresses that very many visitors ask, those of the requests before
// each visitor's first token included.
func (c *Client) asCrowd() []*url.URL {
	all := append([]*url.URL{c.endpoint}, c.addressesOf(c.config.Visit)...)
	if !*c.config.Anonymous {
		for _, user := range c.config.Users {
			all = append(all, c.addressesOf(user.Login)...)
		}
	}
	return all
}

// noToken is why probes that need a token are skipped.
const noToken = "no token was served"

// maxCrowdToken is the size of the largest answer, in bytes, that is asked for a thousand
// times.
const maxCrowdToken = 64 << 10

// noCrowd says why the probes with very many requests are skipped, or "".
func (g *gathering) noCrowd() string {
	switch {
	case !g.firstAnswer.ok():
		return noToken
	case len(g.firstAnswer.body) > maxCrowdToken:
		return fmt.Sprintf("an answer has %d bytes, too many to ask for it thousands of times", len(g.firstAnswer.body))
	}
	return ""
}

var anonymousProbe = probe{
	name:      record.ProbeAnonymous,
	requests:  func(*Client) int { return anonymousVisitors },
	skip:      onlyAnonymous,
	intrusive: true,
	asks:      (*Client).asCrowd,
	gather:    gatherAnonymous,
}

// stretch is how long the thousand visitors keep the other probes from asking. Without
// it, ids of other visitors would be drawn between theirs.
const stretch = 2 * time.Second

// gatherAnonymous asks once for each of very many fresh visitors, one after the other, so
// that their ids are in the order in which the site has made them.
func gatherAnonymous(ctx context.Context, g *gathering) string {
	if reason := g.noCrowd(); reason != "" {
		return reason
	}
	over := g.crowded()
	going := func() bool { return ctx.Err() == nil && !over() && g.halted.Load() == nil }
	alone := len(g.config.Visit) == 0 && g.firstAnswer.exchange.Seconds < patience.Seconds()
	for i := 0; i < anonymousVisitors && going(); {
		if !alone {
			g.send(ctx, ask{probe: record.ProbeAnonymous, visitor: g.crowdVisitor(ctx, crowdName(i), i)})
			i++
			continue
		}
		release, err := g.pace.exclusive(ctx)
		if err != nil {
			break
		}
		for until := time.Now().Add(stretch); i < anonymousVisitors && going() && time.Now().Before(until) && g.pace.wait(ctx, 1) == nil; i++ {
			g.sendNow(ctx, ask{probe: record.ProbeAnonymous, visitor: g.crowdVisitor(ctx, crowdName(i), i)})
		}
		release()
	}
	return ""
}

func crowdName(i int) string { return fmt.Sprintf("a%d", i+1) }

var parallelProbe = probe{
	name:      record.ProbeParallel,
	requests:  func(*Client) int { return parallelVisitors * parallelRounds },
	intrusive: true,
	asks:      (*Client).asCrowd,
	gather:    gatherParallel,
}

// gatherParallel lets all visitors ask at the same instant, round after round.
func gatherParallel(ctx context.Context, g *gathering) string {
	if reason := g.noCrowd(); reason != "" {
		return reason
	}
	visitors := make([]*visitor, parallelVisitors)
	for i := range visitors {
		visitors[i] = g.crowdVisitor(ctx, fmt.Sprintf("p%d", i+1), i)
	}
	over := g.crowded()
	width := bearable(1, time.Duration(g.firstAnswer.exchange.Seconds*float64(time.Second)))
	for range parallelRounds {
		for rest := visitors; len(rest) > 0; {
			now := rest[:min(width, g.together(), len(rest))]
			rest = rest[len(now):]
			took := g.atOnce(ctx, now, ask{probe: record.ProbeParallel, timeout: busyPatience * g.config.Timeout})
			width = bearable(len(now), took)
			if ctx.Err() != nil || over() || g.halted.Load() != nil {
				return ""
			}
		}
	}
	return ""
}

// bearable is how many visitors may ask at once after that many had to wait that long.
func bearable(visitors int, took time.Duration) int {
	fitting := float64(visitors) * float64(atOnceTime) / float64(max(took, time.Millisecond))
	return max(fewAtOnce, int(min(fitting, parallelVisitors)))
}

var busyProbe = probe{
	name:      record.ProbeBusy,
	requests:  func(*Client) int { return fewAtOnce + busyVisitors*busyRounds },
	intrusive: true,
	asks:      (*Client).asCrowd,
	gather:    gatherBusy,
}

// gatherBusy keeps twenty requests in flight and measures how long they take.
func gatherBusy(ctx context.Context, g *gathering) string {
	if reason := g.noCrowd(); reason != "" {
		return reason
	}
	visitors := make([]*visitor, min(busyVisitors, g.together()))
	for i := range visitors {
		visitors[i] = g.crowdVisitor(ctx, fmt.Sprintf("b%d", i+1), i)
	}
	end := time.Now().Add(busyTime)
	measured := ask{probe: record.ProbeBusy, timeout: busyPatience * g.config.Timeout}
	if took := g.atOnce(ctx, visitors[:min(fewAtOnce, len(visitors))], measured); took > slowFew {
		g.noteContention(took) // a few are too many already: twenty would only wait for each other
		return ""
	}
	for range busyRounds {
		// All are waited for, so that nothing is still being signed when the next round begins.
		g.noteContention(g.atOnce(ctx, visitors, measured))
		if ctx.Err() != nil || time.Now().After(end) || g.halted.Load() != nil {
			break
		}
	}
	return ""
}

// noteContention notes how busy this machine is when a site on it has answered slowly. It
// is measured while the site signs nothing.
func (g *gathering) noteContention(took time.Duration) {
	if g.loopback && took > slowFew {
		g.notes.contended(record.ProbeBusy, contention())
	}
}

// crowdVisitor returns one of very many visitors. Where only users are served, the
// visitors log in as the configured users by turns.
func (g *gathering) crowdVisitor(ctx context.Context, name string, i int) *visitor {
	v := newVisitor(name)
	v.inCrowd = true
	g.begin(ctx, v, i)
	return v
}

// together is how many may ask at the same instant: few where the endpoint has said "too
// often", for some take no more than a handful.
func (g *gathering) together() int {
	if g.pace.isThrottled() {
		return min(g.burst, fewAtOnce)
	}
	return g.burst
}

// atOnce sends one request for each visitor at the same instant, with no other
// request under way, and returns how long it took until all were answered.
func (g *gathering) atOnce(ctx context.Context, visitors []*visitor, a ask) time.Duration {
	release, err := g.pace.exclusive(ctx)
	if err != nil {
		return 0
	}
	defer release()
	if g.pace.wait(ctx, len(visitors)) != nil {
		return 0
	}
	started := time.Now()
	var asking sync.WaitGroup
	for _, v := range visitors {
		asking.Go(func() {
			defer panics.Tell()
			own := a
			own.visitor = v
			g.sendNow(ctx, own)
		})
	}
	asking.Wait()
	return time.Since(started)
}
