package endpoint

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

// noAddress lets the system choose the address to send from.
var noAddress netip.Addr

// gathering is one run of the probes, and what they learn from each other.
type gathering struct {
	*sender
	mu       sync.Mutex
	visitors int

	// starters are the first visitors; first is the one of the very first
	// request, whose cookies all probes may know.
	starters    []*visitor
	first       *visitor
	firstAnswer *answer
	anonymous   bool // visitors without a login are served
	tokenless   bool // none of the first answers held anything like a token
	login       loginLesson
	// accounts is held by probes that log in, one at a time: a login may end the
	// session that another one has begun for the same user.
	accounts sync.Mutex
	// several is set when a user was seen to have several sessions at a time: then none
	// waits. Sessions is closed when that is known.
	several  bool
	sessions chan struct{}
	// helpers are taken by parts of probes that go on side by side.
	helpers chan struct{}
	// logins has a [sync.Mutex] for each user, held while a login of the user is under way.
	logins sync.Map
	// held has the one session of each user, where a second login ends the first; nil
	// where users may have several.
	held *heldSessions
}

// Gather sends the named probes and returns what was seen. It always returns
// what there is. The error is an [*Unreachable] when the endpoint could not be
// asked at all, or that of the context. Progress is called after every request
// with how many are done and planned and what is under way; it may be nil.
func (c *Client) Gather(ctx context.Context, probes []string, progress func(done, planned int, probe string)) (record.Evidence, error) {
	examine := &examiner{Client: c, tokens: map[string]struct{}{}}
	g := &gathering{
		sender: &sender{
			Client: c, examine: examine, pace: newPace(c.config.Rate, c.burst, c.config.Concurrency, c.config.Timeout),
			notes: newNotebook(c.describeKeys(), c.Plan(probes), progress),
		},
		anonymous: *c.config.Anonymous,
		helpers:   helpersFor(c.config.Concurrency),
		sessions:  make(chan struct{}),
		login:     loginLesson{learnt: make(chan struct{})},
	}
	defer c.transports.closeIdle()
	if len(g.notes.probes) == 0 {
		return g.notes.evidence, nil
	}
	if err := g.reach(ctx); err != nil {
		return g.finish(ctx), err
	}
	if why := g.onlyUsers(ctx); why != "" {
		evidence, err := c.forUsersOnly().Gather(ctx, probes, progress)
		evidence.UsersOnly = why
		return evidence, err
	}
	g.runProbes(ctx)
	return g.finish(ctx), ctx.Err()
}

// forUsersOnly is a client for the same endpoint that knows that only users are
// served.
func (c *Client) forUsersOnly() *Client {
	no, knowing := false, *c
	knowing.config.Anonymous, knowing.guesses = &no, false
	return &knowing
}

// onlyUsers says why the endpoint is taken for one that serves users only, where
// the configuration does not say: nobody gets a token, and a user does.
func (g *gathering) onlyUsers(ctx context.Context) string {
	if !g.guesses || g.firstAnswer.status == 0 || g.firstAnswer.ok() {
		return ""
	}
	user := &g.config.Users[0]
	v := g.visiting(ctx)
	if !g.logIn(ctx, v, user) || !g.send(ctx, ask{probe: record.ProbeVisitors, visitor: v}).ok() {
		return ""
	}
	return fmt.Sprintf("a visitor without a login got status %d and no token, the user %s got one", g.firstAnswer.status, user.Name)
}

// finish hands over the notes.
func (g *gathering) finish(ctx context.Context) record.Evidence {
	if ctx.Err() != nil {
		g.notes.cutShort()
	}
	sub := ""
	if g.firstAnswer != nil {
		sub = g.firstAnswer.sub
	}
	evidence := g.notes.close(sub)
	evidence.Pace = g.pace.told(g.config.Rate)
	for _, user := range g.config.Users {
		evidence.Users = append(evidence.Users, record.User{Name: user.Name, Sub: user.Sub, Unnamed: !user.isNamed(g.config.Users)})
	}
	return evidence
}

// reach sends the first request, on which all others rest.
func (g *gathering) reach(ctx context.Context) error {
	for i := range freshVisitors {
		g.starters = append(g.starters, g.newVisitor().setApart(i, g.loopback))
	}
	g.first = g.starters[0]
	g.begin(ctx, g.first, 0)
	opening := ask{probe: record.ProbeVisitors, visitor: g.first}
	opening.inputs, opening.users = g.marks() // what stands there before anybody has logged in
	g.firstAnswer = g.send(ctx, opening)
	g.tokenless = !g.firstAnswer.ok()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure := g.firstAnswer.exchange.Failure
	if failure == nil || g.firstAnswer.status != 0 {
		return nil
	}
	return &Unreachable{Endpoint: g.endpoint.String(), Failure: *failure}
}

// runProbes runs all planned probes at once; they take their turns at sending.
func (g *gathering) runProbes(ctx context.Context) {
	if g.tokenless {
		for i, v := range g.starters[1:] {
			g.begin(ctx, v, i+1)
			if g.send(ctx, ask{probe: record.ProbeVisitors, visitor: v}).ok() {
				g.tokenless = false
			}
		}
	}
	if !g.notes.sends(record.ProbeLogin) {
		g.login.teach(nil, "")
	}
	g.learnSessions(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		defer panics.Tell()
		defer close(g.sessions)
		g.learnSeveral(ctx)
	})
	for _, p := range probeTable {
		if p.gather == nil || !g.notes.sends(p.name) {
			continue
		}
		if g.tokenless && !p.tellsWithoutTokens {
			g.notes.ended(p.name, noToken, "", 0)
			continue
		}
		if g.held != nil && (p.name == record.ProbeLogin || p.name == record.ProbeCrossSiteLogin) {
			defer g.run(ctx, p) // they end the sessions in which the others ask
			continue
		}
		running.Go(func() {
			defer panics.Tell()
			g.run(ctx, p)
		})
	}
	running.Wait()
}

// run runs one probe.
func (g *gathering) run(ctx context.Context, p probe) {
	started := time.Now()
	skipped := p.gather(ctx, g)
	if ctx.Err() == nil {
		g.notes.complete(p.name)
	}
	g.notes.ended(p.name, skipped, p.remedy, time.Since(started).Seconds())
}

// alone waits until no other probe logs in, where that could end the session of this one.
func (g *gathering) alone() (done func()) {
	if <-g.sessions; g.several {
		return func() {}
	}
	g.accounts.Lock()
	return g.accounts.Unlock
}

// newVisitor returns the next visitor, who is nobody yet.
func (g *gathering) newVisitor() *visitor {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.visitors++
	v := newVisitor(fmt.Sprintf("v%d", g.visitors))
	v.number = g.visitors
	return v
}
