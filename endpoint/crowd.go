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
	// atOnceTime is how long visitors who ask at once should wait together: on a
	// slower endpoint fewer ask at once, or they would only wait for each other.
	atOnceTime = time.Second
	fewAtOnce  = 4

	busyVisitors = 20
	busyRounds   = 5
	busyTime     = 5 * time.Second
	busyPatience = 3 // times as long as usual
	// slowFew is how long a few who ask at once may wait before twenty do.
	slowFew = 2 * time.Second

	// crowdTime ends the probes with very many requests on an endpoint so slow
	// that they would not.
	crowdTime = 30 * time.Second
	// throttledCrowdTime ends them on one that has said "too often": a crowd is what
	// it does not want, and at its rate a thousand would take minutes.
	throttledCrowdTime = 5 * time.Second
)

// crowded returns whether a crowd that begins now has taken its time.
func (g *gathering) crowded() (over func() bool) {
	began := time.Now()
	return func() bool {
		took := time.Since(began)
		return took > g.crowdTime || took > throttledCrowdTime && g.pace.isThrottled()
	}
}

// asCrowd are the addresses that very many visitors ask: what each does before its
// first token is done as often.
func (c *Client) asCrowd() []*url.URL {
	all := append([]*url.URL{c.endpoint}, c.addressesOf(c.config.Visit)...)
	if !*c.config.Anonymous {
		for _, user := range c.config.Users {
			all = append(all, c.addressesOf(user.Login)...)
		}
	}
	return all
}

// noToken is the reason of probes that make no sense without one.
const noToken = "no token was served"

// maxCrowdToken is the size of a token from which it is not asked for by the
// thousand.
const maxCrowdToken = 64 << 10

// noCrowd says why the probes with very many requests make no sense, or "".
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

// stretch is how long the thousand visitors keep others from asking, so that the
// ids of the others are not drawn between theirs.
const stretch = 2 * time.Second

// gatherAnonymous asks once for each of very many fresh visitors, one after the
// other, so that the order of the ids is that of their making.
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
			now := rest[:min(width, g.burst, len(rest))]
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

// bearable is how many visitors may ask at once where so many waited so long.
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
	visitors := make([]*visitor, min(busyVisitors, g.burst))
	for i := range visitors {
		visitors[i] = g.crowdVisitor(ctx, fmt.Sprintf("b%d", i+1), i)
	}
	end := time.Now().Add(busyTime)
	measured := ask{probe: record.ProbeBusy, timeout: busyPatience * g.config.Timeout}
	if took := g.atOnce(ctx, visitors[:min(fewAtOnce, len(visitors))], measured); took > slowFew {
		g.noteContention(took) // twenty at once would only wait for each other: that few are too many
		return ""
	}
	for range busyRounds {
		// Waited out, so that nothing is still being signed when the others go on.
		g.noteContention(g.atOnce(ctx, visitors, measured))
		if ctx.Err() != nil || time.Now().After(end) || g.halted.Load() != nil {
			break
		}
	}
	return ""
}

// noteContention notes how busy this machine is, where the site is on it and the
// answers took so long that one asks why, while the site signs nothing.
func (g *gathering) noteContention(took time.Duration) {
	if g.loopback && took > slowFew {
		g.notes.contended(record.ProbeBusy, contention())
	}
}

// crowdVisitor returns one of very many visitors; where only users are served,
// they take turns at being one of them.
func (g *gathering) crowdVisitor(ctx context.Context, name string, i int) *visitor {
	v := newVisitor(name)
	v.inCrowd = true
	g.begin(ctx, v, i)
	return v
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
