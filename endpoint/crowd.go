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

	// mostCrowdTime bounds the probes with very many requests, which would take too long on
	// a slow endpoint.
	mostCrowdTime = 30 * time.Second
	// throttledCrowdTime bounds the time that they spend asking an endpoint that throttles:
	// it does not want crowds, and at the rate that it allows a thousand requests would take
	// minutes. On a slow one it bounds those who ask at the same instant, for whom all others
	// wait.
	throttledCrowdTime = 10 * time.Second
)

// crowdTime is the time that a crowd has: since it began, and spent with asking.
type crowdTime struct {
	*gathering
	probe string
	began time.Time
	spent time.Duration
}

func (g *gathering) crowdTimeOf(probe string) *crowdTime {
	return &crowdTime{gathering: g, probe: probe, began: time.Now()}
}

// spend adds to the time spent, and says what the crowd will have sent at its end.
func (t *crowdTime) spend(took time.Duration) {
	t.spent += took
	used, most := time.Since(t.began), t.mostCrowdTime
	if t.spent > 0 && t.hastens() {
		used, most = t.spent, throttledCrowdTime
	}
	t.notes.through(t.probe, int(used.Milliseconds()), int(most.Milliseconds()))
}

// hastens says whether the crowd has less time than usual.
func (t *crowdTime) hastens() bool { return t.pace.isThrottled() || t.pace.isSlow() }

// over says whether the time is over.
func (t *crowdTime) over() bool {
	over := time.Since(t.began) > t.mostCrowdTime || t.spent > throttledCrowdTime && t.hastens()
	if over {
		t.notes.shortened(t.probe, t.whyShort())
	}
	return over
}

// whyShort says why a crowd has taken its time before all of it had asked.
func (g *gathering) whyShort() string {
	if g.pace.isThrottled() {
		return `it said "too many"`
	}
	return "an answer took " + record.Span(g.firstAnswer.exchange.Seconds)
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
// it, ids of other visitors would be drawn between theirs. On a slower endpoint it lasts
// until so many ids stand in a row that generators with a large state show in them.
const (
	stretch        = 2 * time.Second
	longestStretch = 10 * time.Second
	idsInARow      = 200 // the Mersenne Twister has 624 words, and most ids four
)

// gatherAnonymous asks once for each of very many fresh visitors, one after the other, so
// that their ids are in the order in which the site has made them.
func gatherAnonymous(ctx context.Context, g *gathering) string {
	if reason := g.noCrowd(); reason != "" {
		return reason
	}
	left := g.crowdTimeOf(record.ProbeAnonymous)
	going := func() bool { return ctx.Err() == nil && !left.over() && g.halted.Load() == nil }
	alone := len(g.config.Visit) == 0 && g.firstAnswer.exchange.Seconds < patience.Seconds()
	for i := 0; i < anonymousVisitors && going(); {
		if !alone {
			g.send(ctx, ask{probe: record.ProbeAnonymous, visitor: g.crowdVisitor(ctx, crowdName(i), i)})
			left.spend(0)
			i++
			continue
		}
		release, err := g.pace.exclusive(ctx)
		if err != nil {
			break
		}
		began := time.Now()
		for first := i; i < anonymousVisitors && going() && stretches(time.Since(began), i-first) && g.pace.wait(ctx, 1) == nil; i++ {
			g.sendNow(ctx, ask{probe: record.ProbeAnonymous, visitor: g.crowdVisitor(ctx, crowdName(i), i)})
		}
		left.spend(time.Since(began))
		release()
	}
	return ""
}

// stretches says whether the visitors ask on, without the other probes.
func stretches(since time.Duration, inARow int) bool {
	return since < stretch || inARow < idsInARow && since < longestStretch
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
	visitors := g.crowdOf(ctx, "p", parallelVisitors)
	left := g.crowdTimeOf(record.ProbeParallel)
	alone := time.Duration(g.firstAnswer.exchange.Seconds * float64(time.Second))
	width := bearable(1, alone, alone)
	for range parallelRounds {
		for rest := g.inRound(visitors); len(rest) > 0; {
			now := rest[:min(width, g.pace.crowd(), len(rest))]
			rest = rest[len(now):]
			took, turn := g.atOnce(ctx, now, ask{probe: record.ProbeParallel, timeout: busyPatience * g.config.Timeout})
			width = bearable(len(now), took, alone)
			left.spend(turn)
			if left.over() || ctx.Err() != nil || g.halted.Load() != nil {
				return ""
			}
		}
	}
	return ""
}

// inRound are those of the visitors who take part in a round: all, unless so few may ask at
// the same instant that they would never come round again.
func (g *gathering) inRound(visitors []*visitor) []*visitor {
	if !g.pace.isThrottled() {
		return visitors
	}
	return visitors[:min(len(visitors), 2*g.pace.crowd())]
}

// bearable is how many visitors may ask at once after that many had to wait that long, and
// one alone so long: a site that answers as slowly however few ask bears more of them.
func bearable(visitors int, took, alone time.Duration) int {
	fitting := float64(visitors) * float64(max(atOnceTime, 2*alone)) / float64(max(took, time.Millisecond))
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
	measured := ask{probe: record.ProbeBusy, timeout: busyPatience * g.config.Timeout}
	if took, _ := g.atOnce(ctx, g.crowdOf(ctx, "f", min(fewAtOnce, g.pace.crowd())), measured); took > slowFew {
		g.noteContention(took) // a few are too many already: twenty would only wait for each other
		return ""
	}
	visitors := g.crowdOf(ctx, "b", min(busyVisitors, g.pace.crowd()))
	end := time.Now().Add(busyTime)
	for range busyRounds {
		// All are waited for, so that nothing is still being signed when the next round begins.
		took, _ := g.atOnce(ctx, visitors, measured)
		g.noteContention(took)
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

// crowdOf returns so many of them.
func (g *gathering) crowdOf(ctx context.Context, name string, many int) []*visitor {
	visitors, numbers := make([]*visitor, many), make([]int, many)
	for i := range numbers {
		numbers[i] = i
	}
	each(g, numbers, func(i int) { visitors[i] = g.crowdVisitor(ctx, fmt.Sprintf("%s%d", name, i+1), i) })
	return visitors
}

// atOnce sends one request for each visitor at the same instant, with no other
// request under way, and returns how long it took until all were answered, and how long
// their turn was, the waiting for the rate included.
func (g *gathering) atOnce(ctx context.Context, visitors []*visitor, a ask) (took, turn time.Duration) {
	release, err := g.pace.exclusive(ctx)
	if err != nil {
		return 0, 0
	}
	defer release()
	began := time.Now()
	if g.pace.wait(ctx, len(visitors)) != nil {
		return 0, time.Since(began)
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
	return time.Since(started), time.Since(began)
}
