package endpoint

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// mostRounds is how often one carrier is sent at most, without the identities of
	// users, of which each is sent twice.
	mostRounds = 10
	// mostUserIDs is how many identities of one user are tried.
	mostUserIDs = 4
	// mostSearching is how many requests are spent on finding out which of several names
	// has had the effect, or which of them the site refuses.
	mostSearching = 120
)

var requestIdentityProbe = probe{
	name: record.ProbeRequestIdentity,
	requests: func(c *Client) int {
		users := min(len(c.config.Users), maxUsers)
		return 2 + len(c.carriers())*(mostRounds+2+3*users*mostUserIDs) + mostLives + mostSearching + 2*users
	},
	intrusive: true,
	gather:    gatherRequestIdentity,
}

// offers is this probe while it runs: it offers the site identities in requests.
type offers struct {
	*gathering
	probe    string
	victim   *answer  // the token of another visitor, whose id is used; nil for none
	known    *visitor // another visitor whom the site knows; nil for none
	meeting  sync.Once
	stranger *visitor     // a visitor without a session where only users are served; met when needed
	searches atomic.Int64 // how many requests are left for searching
}

// gatherRequestIdentity offers the site an identity wherever a request has room for one:
// first one that nobody has, then one of the form of the site's, then those of others. It
// does so as a newcomer and as a visitor whom the site knows.
func gatherRequestIdentity(ctx context.Context, g *gathering) string {
	select {
	case <-g.login.learnt: // it gives the first user's sub
	case <-ctx.Done():
		return ""
	}
	o := newOffers(g, record.ProbeRequestIdentity)
	o.meet(o.another(ctx))
	var taken []carrier
	var trying sync.Mutex
	carriers, tried := g.carriers(), 0
	each(g, carriers, func(c carrier) {
		c, given := o.try(ctx, c)
		trying.Lock()
		defer trying.Unlock()
		if given {
			taken = append(taken, c)
		}
		tried++
		o.notes.through(o.probe, tried, len(carriers))
	})
	o.jobs(
		func() { o.fromUser(ctx, taken) },
		func() { o.asOthers(ctx) },
		func() { o.remadeHeaders(ctx) },
		func() { o.lives(ctx) },
	)
	return ""
}

// newOffers returns those of a probe, with as many requests as may go into searching.
func newOffers(g *gathering, probe string) *offers {
	o := &offers{gathering: g, probe: probe}
	o.searches.Store(mostSearching)
	return o
}

// another asks for a token as another visitor, whose id will be offered.
func (o *offers) another(ctx context.Context) *answer {
	a := ask{probe: o.probe, variant: record.VariantVictim}
	if o.anonymous {
		return o.askFresh(ctx, a)
	}
	if other := o.starters[1]; other.user != o.first.user {
		a.visitor = other.copyJar(o.newVisitor().name, o.endpoint)
		return o.send(ctx, a)
	}
	return &answer{}
}

// meet notes another visitor as somebody whom the site knows, and whose id may be offered.
func (o *offers) meet(other *answer) {
	if o.anonymous && other.ok() {
		o.known = other.visitor
	}
	if other.sub != "" && other.sub != o.firstAnswer.sub {
		o.victim = other
	}
}

// fromUser makes the offers in the session of a user, on sites that also serve visitors
// without a login: such a site may take an identity from the request only when somebody
// is logged in.
func (o *offers) fromUser(ctx context.Context, taken []carrier) {
	o.asUser(ctx, func(v *visitor) {
		each(o.gathering, taken, func(c carrier) {
			for _, p := range append(o.others(), nobody("")) {
				if p.user != v.user {
					p.as, p.what = v, strings.TrimSpace(p.what+" from "+v.user.Name)
					o.pretend(ctx, c, p)
				}
			}
		})
	})
}

// try sends a carrier with each pretence. It returns the carrier with the names that the
// site accepts, and whether there was a token. Where even pretences to be known users
// give none, the rest is not tried.
func (o *offers) try(ctx context.Context, c carrier) (taken carrier, given bool) {
	unknown := nobody("")
	c, first := o.accepted(ctx, c, unknown)
	if first.status == http.StatusMethodNotAllowed || first.status == http.StatusNotImplemented {
		return c, false
	}
	given = first.ok()
	var some atomic.Bool
	each(o.gathering, o.others(), func(p *pretence) {
		if o.pretend(ctx, c, p).ok() {
			some.Store(true)
		}
	})
	if alike := o.someoneAlike(); alike != nil { // a site that hashes what is sent may first look at its form
		unknown, first = alike, o.pretend(ctx, c, alike)
		some.CompareAndSwap(false, first.ok())
	}
	if !o.anonymous {
		each(o.gathering, o.others(), func(p *pretence) { o.pretend(ctx, c, o.fromNobody(ctx, p)) })
	}
	if !given && !some.Load() {
		return c, false
	}
	o.jobs(
		func() { o.twice(ctx, c, first, unknown, unknown) },
		func() {
			o.pretend(ctx, c, inventing("e-mail address", func() (string, string) { m := mark(); return mailbox(m), m }))
		},
		func() {
			o.pretend(ctx, c, inventing("number", func() (string, string) { n := number(); return n, n }))
		},
		func() { o.asKnown(ctx, c) },
	)
	return c, true
}

// asKnown sends a carrier as a visitor whom the site knows. Where only users are served, all
// requests came from known users.
func (o *offers) asKnown(ctx context.Context, c carrier) {
	if o.known == nil {
		return
	}
	unknown := nobody("")
	again := o.offer(ctx, c, c.names, unknown.inSession(o.first))
	o.twice(ctx, c, again, unknown.inSession(o.first), unknown.inSession(o.known))
	each(o.gathering, o.others(), func(p *pretence) { o.pretend(ctx, c, p.inSession(o.first)) })
}

// offer sends the carrier once, with the pretence under the names. Beside several names it
// sends a control: a value under a name that says nothing of an identity. A site that
// returns that one, too, copies the whole request into a claim.
func (o *offers) offer(ctx context.Context, c carrier, names []string, p *pretence) *answer {
	a := ask{
		probe: o.probe, variant: c.variant, about: strings.TrimSpace(c.about + " " + p.what), odd: true,
		inputs: map[string]string{},
	}
	values := map[string]string{}
	for _, name := range names {
		text, marked := p.under(name)
		values[name] = spell(name, text)
		if p.one == "" {
			a.inputs[c.input(name)] = marked
		}
	}
	switch {
	case p.user != nil:
		a.inputs, a.users = o.marksOf(p.user)
		a.inputs[p.what] = p.one
		a.users[p.what] = p.user.Name
	case p.one != "":
		a.inputs[p.what] = p.one
	}
	if len(c.names) > 1 && !c.bare {
		values[controlName] = mark()
		a.inputs[record.InputControl] = values[controlName]
	}
	if c.put != nil {
		c.put(&a, values)
	}
	if !sendable(a.header) {
		return &answer{}
	}
	if c.before != nil {
		return o.offerBefore(ctx, c.before(values), a)
	}
	if p.as != nil {
		a.visitor = p.as.copyJar(o.newVisitor().name, o.endpoint)
		return o.send(ctx, a)
	}
	return o.askFresh(ctx, a)
}

// pretend sends the carrier with a pretence, and finds out the name under which the site
// has believed it. It returns the answer.
func (o *offers) pretend(ctx context.Context, c carrier, p *pretence) *answer {
	result := o.offer(ctx, c, c.names, p)
	if !believed(result) || p.one == "" {
		return result
	}
	// A short id may come back by coincidence, but not twice.
	if len(p.one) < 16 && p.user == nil && !believed(o.offer(ctx, c, c.names, p)) {
		o.notes.amend(result.exchange.ID, func(x *record.Exchange) { x.Echoes = nil })
		return result
	}
	if cause := o.narrow(c.names, func(some []string) bool { return believed(o.offer(ctx, c, some, p)) }); cause != "" && len(c.names) > 1 {
		o.notes.amend(result.exchange.ID, func(x *record.Exchange) {
			for i := range x.Echoes {
				x.Echoes[i].Input += " in " + c.input(cause)
			}
		})
	}
	return result
}

// twice sends a pretence a second time. If the sub is a hash of what was sent, both senders
// get the same one. Then it finds out the name that has had this effect.
func (o *offers) twice(ctx context.Context, c carrier, first *answer, p, again *pretence) {
	second := o.offer(ctx, c, c.names, again)
	alike := func(a, b *answer) bool {
		return a.ok() && b.ok() && a.sub == b.sub && a.sub != o.firstAnswer.sub && !believed(a)
	}
	if !alike(first, second) {
		return
	}
	o.narrow(c.names, func(some []string) bool { // the last pair with the same sub is of one name
		one, other := p, again
		if len(some) == 1 {
			one, other = p.saying(some[0]), again.saying(some[0])
		}
		return alike(o.offer(ctx, c, some, one), o.offer(ctx, c, some, other))
	})
}

// believed says whether the token has the identity that the request has claimed.
func believed(result *answer) bool {
	return slices.ContainsFunc(result.exchange.Echoes, func(echo record.Echo) bool {
		return echo.Input != record.InputControl &&
			(echo.Where == "sub" || echo.Where == record.EchoPayload || strings.HasPrefix(echo.Where, "claim:"))
	})
}

// accepted sends the carrier for the first time. If the site refuses it, the names that it
// does not accept are left out from then on.
func (o *offers) accepted(ctx context.Context, c carrier, p *pretence) (taken carrier, first *answer) {
	first = o.offer(ctx, c, c.names, p)
	if first.ok() || len(c.names) == 1 || !refused(first) {
		return c, first
	}
	alone := c
	alone.bare = true
	names, last := o.taken(ctx, alone, c.names, p)
	if len(names) == 0 {
		return c, first
	}
	alone.names = names
	return alone, last
}

// refused says whether the site has refused what was sent, and not the method or the
// address.
func refused(result *answer) bool {
	return result.status >= 400 && result.status != http.StatusNotFound &&
		result.status != http.StatusMethodNotAllowed && result.status != http.StatusNotImplemented
}

// taken returns those names of a refused carrier that the site accepts. It finds them by
// halving.
func (o *offers) taken(ctx context.Context, c carrier, names []string, p *pretence) (taken []string, last *answer) {
	if len(names) < 2 {
		return nil, nil
	}
	for _, half := range [][]string{names[:len(names)/2], names[len(names)/2:]} {
		if o.searches.Add(-1) < 0 {
			return taken, last
		}
		result := o.offer(ctx, c, half, p)
		if result.ok() {
			taken, last = append(taken, half...), result
		} else if inner, of := o.taken(ctx, c, half, p); len(inner) > 0 {
			taken, last = append(taken, inner...), of
		}
	}
	return taken, last
}

// narrow returns the one name that has the effect, or "" where it takes several.
func (o *offers) narrow(names []string, has func(some []string) bool) string {
	for len(names) > 1 {
		half := len(names) / 2
		if o.searches.Add(-2) < 0 {
			return ""
		}
		switch {
		case has(names[:half]):
			names = names[:half]
		case has(names[half:]):
			names = names[half:]
		default:
			return ""
		}
	}
	return names[0]
}

// sendable says whether HTTP can carry the headers: an id of the site may have a line break
// in it, which another check reports.
func sendable(header http.Header) bool {
	for _, values := range header {
		if slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return false
		}
	}
	return true
}

// number returns a random number that is long enough to be recognised in answers.
func number() string {
	digits := fmt.Sprintf("%c", pick("123456789"))
	for len(digits) < 9 {
		digits += string(pick("0123456789"))
	}
	return digits
}
