package endpoint

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// whoFields matches the fields of a login request that say who logs in.
var whoFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:user|username|user_?id|login|e?mail|account|customer|customer_?id|customer_?number)$`)

// nameFields matches those that hold a name and not a customer number.
var nameFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:user|username|login|e?mail)$`)

// logsInAs says whether the user logs in with that name or e-mail address.
func (u *User) logsInAs(name string) bool {
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return false
	}
	for i := range u.Login {
		for field, value := range u.Login[i].fill(u.Values).fields() {
			if value == name && nameFields.MatchString(field) {
				return true
			}
		}
	}
	return false
}

// loginLesson is what other probes learn from the first login.
type loginLesson struct {
	learnt  chan struct{} // closed when the rest is complete
	once    sync.Once
	cookies []Cookie // those that a login has set or changed
	sub     string   // the first user's, "" where it is that of the visitor before the login
}

// teach completes the lesson; only the first call does.
func (l *loginLesson) teach(cookies []Cookie, sub string) {
	l.once.Do(func() {
		l.cookies, l.sub = cookies, sub
		close(l.learnt)
	})
}

// maxUsers is how many of the configured users log in.
const maxUsers = 3

var loginProbe = probe{
	name:     record.ProbeLogin,
	requests: func(c *Client) int { return 11*min(len(c.config.Users), maxUsers) + 12 + 2*atOnceBeside },
	remedy:   "users in the configuration",
	skip: func(c *Client) string {
		if len(c.config.Users) == 0 {
			return "no user is configured"
		}
		return ""
	},
	tellsWithoutTokens: true,
	gather:             gatherLogin,
}

// gatherLogin has each user log in within a session, ask, log out and ask again. Then two
// users do so in one browser, and in two browsers at the same time.
func gatherLogin(ctx context.Context, g *gathering) string {
	defer g.alone()()
	defer g.login.teach(nil, "")
	first := make(chan struct{}) // closed when the first user is through
	each(g, []int{0, 1, 2}[:min(len(g.config.Users), maxUsers)], func(i int) {
		if i == 0 {
			defer close(first)
		} else {
			select { // the first one's lesson is the one that counts
			case <-g.login.learnt:
			case <-first:
			}
		}
		g.visitsOf(ctx, &g.config.Users[i])
	})
	g.respelled(ctx, &g.config.Users[0])
	if len(g.config.Users) > 1 {
		g.twoUsers(ctx, &g.config.Users[0], &g.config.Users[1])
	}
	return ""
}

// visitsOf lets one user log in and out, in two sessions.
func (g *gathering) visitsOf(ctx context.Context, user *User) {
	set := g.session(ctx, user)
	if user == &g.config.Users[0] {
		g.adopted(ctx, user, set)
		g.halfLogins(ctx, user)
	}
	again := g.visiting(ctx)
	again.agent = agents[1] // another device of the user
	if g.anonymous {        // the site may remember the visitor before the login
		g.askAs(ctx, again, user, record.VariantBeforeLogin)
	}
	if g.logIn(ctx, again, user) {
		g.askAs(ctx, again, user, record.VariantSecondSession)
		g.logOut(ctx, again, user)
	}
}

// session is one visit of a user, from before the login to after the logout. It returns
// the cookies that the login has set.
func (g *gathering) session(ctx context.Context, user *User) (set []Cookie) {
	v := g.visiting(ctx)
	sub := ""
	if g.anonymous {
		sub = g.askAs(ctx, v, user, record.VariantBeforeLogin).sub
	} else {
		g.askAs(ctx, v, user, record.VariantNobodyYet) // many sites begin a session when they refuse a request
	}
	before := v.cookies(g.endpoint)
	fixed, taken := g.logInApart(ctx, v, user)
	if !taken {
		return nil
	}
	set = changedCookies(before, v.cookies(g.endpoint))
	own := g.askAs(ctx, v, user, record.VariantAfterLogin).sub
	if own == sub {
		own = ""
	}
	g.login.teach(set, own)
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	if len(user.Login) > 0 {
		g.askAs(ctx, fixed, user, record.VariantFixedSession)
		g.forgeOwn(ctx, v, user, set)
	}
	// After the pause, a new token must have later times. One user is enough to show
	// whether the times are those of the login.
	if user == &g.config.Users[0] && sleep.For(ctx, g.apart) != nil {
		return nil
	}
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	kept := v.copyJar(g.newVisitor().name, g.endpoint)
	kept.user = nil // the cookies alone
	if g.logOut(ctx, v, user) {
		g.askAs(ctx, v, user, record.VariantAfterLogout)
		again := g.asking(v, user, record.VariantAfterLogout)
		if g.anonymous && g.sharesHost(again.address) {
			again.address, again.odd = nil, false // a page asks as for any visitor now
		}
		g.send(ctx, again)
		g.keptSession(ctx, kept, user)
	}
	return set
}

// logInApart makes the visitor the user. It also returns another visitor who is nobody, with
// the cookies that the browser had before the login: those before the first step that
// sends something, because the steps before it only open the login's form.
func (g *gathering) logInApart(ctx context.Context, v *visitor, user *User) (before *visitor, taken bool) {
	defer g.turn(user)()
	v.become(user)
	told := max(0, slices.IndexFunc(user.Login, func(step Request) bool { return len(step.fields()) > 0 }))
	login := newSequence(v, record.VariantLogin, user.Login)
	if !g.advance(ctx, login, told) {
		return nil, false
	}
	before = v.copyJar(g.newVisitor().name, g.endpoint)
	before.user = nil
	return before, g.advance(ctx, login, len(user.Login))
}

// adopted has the user log in with made-up session cookies, and then asks with those alone.
// A site that adopts them for the session lets in whoever has planted them in the
// user's browser (session fixation).
func (g *gathering) adopted(ctx context.Context, user *User, set []Cookie) {
	v := g.visiting(ctx)
	var made []*http.Cookie
	for _, cookie := range set[:min(len(set), maxLearnt)] {
		if value, part := sameShape(cookie.Value); part != "" {
			made = append(made, cookieFor(g.endpoint, cookie.Name, value))
		}
	}
	if len(made) == 0 || len(user.Login) == 0 {
		return
	}
	v.keep(g.endpoint, made)
	fixed := v.copyJar(g.newVisitor().name, g.endpoint)
	v.become(user)
	done := g.turn(user)
	taken := g.steps(ctx, v, record.VariantLoginAdopting, user.Login)
	if done(); taken {
		g.askAs(ctx, fixed, user, record.VariantFixedSession)
		g.logOut(ctx, v, user)
	}
}

// keptSession asks with what was valid before the logout: the cookies, and the header with
// the values that the login has given.
func (g *gathering) keptSession(ctx context.Context, kept *visitor, user *User) {
	a := g.asking(kept, user, record.VariantKeptSession)
	a.header = givenHeader(kept, user)
	g.send(ctx, a)
}

// givenHeader are those of a user's headers that hold values from answers, filled with the
// visitor's values.
func givenHeader(v *visitor, user *User) http.Header {
	given := http.Header{}
	for name, values := range user.Header {
		if slices.ContainsFunc(values, valuePlace.MatchString) {
			given[name] = v.valuesOrNone().inHeader(http.Header{name: values})[name]
		}
	}
	return given
}

// atOnceBeside is how often each of two users asks while the other does.
const atOnceBeside = 4

// twoUsers has two users share a browser, and then ask in browsers of their own, by turns
// and at the same time.
func (g *gathering) twoUsers(ctx context.Context, first, second *User) {
	if len(first.Login) > 0 && len(second.Login) > 0 {
		g.oneBrowser(ctx, first, second)
	}
	one, other := g.visiting(ctx), g.visiting(ctx)
	if !g.logInAtOnce(ctx, loginOf(one, first), loginOf(other, second)) {
		return
	}
	g.forgeBeside(ctx, one, other)
	g.forgeByLikeness(ctx, one, other)
	for range 2 {
		g.askAs(ctx, one, first, record.VariantBesideUser)
		g.askAs(ctx, other, second, record.VariantBesideUser)
	}
	for range atOnceBeside {
		if g.pace.wait(ctx, 2) != nil {
			return
		}
		var asking sync.WaitGroup
		asking.Go(func() {
			defer panics.Tell()
			g.sendNow(ctx, g.asking(one, first, record.VariantBesideUser))
		})
		asking.Go(func() {
			defer panics.Tell()
			g.sendNow(ctx, g.asking(other, second, record.VariantBesideUser))
		})
		asking.Wait()
	}
}

// askAs asks for a token and looks for the users in it.
func (g *gathering) askAs(ctx context.Context, v *visitor, user *User, variant record.Variant) *answer {
	return g.send(ctx, g.asking(v, user, variant))
}

// leftBy is the user's own token endpoint, for a visitor who is not logged in (any more):
// the session may be on the host of that endpoint. It is nil where the visitor's own
// endpoint is the right one.
func (c *Client) leftBy(v *visitor, user *User) *url.URL {
	if v.user != nil || user.URL == "" {
		return nil
	}
	own, err := c.endpoint.Parse(v.valuesAs(user).inAddress(user.URL))
	if err != nil {
		return nil
	}
	return own
}

// sharesHost says whether an address is another one of the endpoint's server, which has the
// same cookies.
func (c *Client) sharesHost(own *url.URL) bool { return own != nil && own.Host == c.endpoint.Host }

// asking is a request for a token in which the users are looked for.
func (g *gathering) asking(v *visitor, user *User, variant record.Variant) ask {
	a := ask{probe: record.ProbeLogin, variant: variant, about: user.Name, visitor: v, address: g.leftBy(v, user)}
	if variant == record.VariantBeforeLogin && g.sharesHost(a.address) {
		a.address = nil // the page asks as for any visitor
	}
	a.odd = a.address != nil // it may serve those alone who have logged in
	switch variant {
	case record.VariantAfterLogout:
		a.odd = a.odd || !g.anonymous // where only users are served, no token is owed
	case record.VariantNobodyYet, record.VariantLoginIncomplete, record.VariantFixedSession, record.VariantKeptSession, record.VariantLoginGuessed:
		a.odd = true
	}
	a.inputs, a.users = g.marks()
	return a
}

// visiting returns a visitor who has come to the site and is not logged in.
func (g *gathering) visiting(ctx context.Context) *visitor {
	v := g.newVisitor()
	g.steps(ctx, v, record.VariantVisit, g.config.Visit)
	return v
}

func hasLogin(user User) bool { return len(user.Login) > 0 }

// marks are the identifiers of all users, as inputs to be looked for in answers, and the
// user to whom each points.
func (g *gathering) marks() (inputs, users map[string]string) {
	inputs, users = map[string]string{}, map[string]string{}
	for i := range g.config.Users {
		own, owners := g.marksOf(&g.config.Users[i])
		maps.Copy(inputs, own)
		maps.Copy(users, owners)
	}
	return inputs, users
}

// marksOf are those of one user.
func (g *gathering) marksOf(user *User) (inputs, users map[string]string) {
	inputs, users = map[string]string{}, map[string]string{}
	for n, id := range g.distinct(user) {
		input := fmt.Sprintf("identifier %d of %s", n+1, user.Name)
		if user.logsInAs(id) {
			input = record.InputLoginName + user.Name
		}
		inputs[input], users[input] = id, user.Name
	}
	return inputs, users
}
