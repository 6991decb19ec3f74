package endpoint

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"

	"github.com/webchatspec/webchatspec/record"
)

// whoFields matches the fields of a login request that say who logs in.
var whoFields = regexp.MustCompile(`(?i)^(?:.*[_.-])?(?:user|username|user_?id|login|e?mail|account|customer|customer_?id|customer_?number)$`)

// loginLesson is what the first login teaches the probe of forged cookies.
type loginLesson struct {
	learnt  chan struct{} // closed when the rest is complete
	once    sync.Once
	cookies []Cookie // those that a login has set or changed
	sub     string   // the first user's, where it is not that of the visitor before
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
	requests: func(c *Client) int { return 9*min(len(c.config.Users), maxUsers) + 6 },
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

// gatherLogin lets each user log in within a session, ask, log out and ask
// again; then two of them in one browser, and side by side.
func gatherLogin(ctx context.Context, g *gathering) string {
	g.accounts.Lock()
	defer g.accounts.Unlock()
	defer g.login.teach(nil, "")
	for i := range min(len(g.config.Users), maxUsers) {
		user := &g.config.Users[i]
		g.session(ctx, user)
		again := g.visiting(ctx)
		if g.logIn(ctx, again, user) {
			g.askAs(ctx, again, user, record.VariantSecondSession)
			g.logOut(ctx, again, user)
		}
	}
	if len(g.config.Users) > 1 {
		g.twoUsers(ctx, &g.config.Users[0], &g.config.Users[1])
	}
	return ""
}

// session is one visit of a user, from before the login to after the logout. It
// teaches the cookies that the login has set.
func (g *gathering) session(ctx context.Context, user *User) {
	v := g.visiting(ctx)
	sub := ""
	if g.anonymous {
		sub = g.askAs(ctx, v, user, record.VariantBeforeLogin).sub
	}
	before := v.cookies(g.endpoint)
	fixed := v.copyJar(g.newVisitor().name, g.endpoint)
	if !g.logIn(ctx, v, user) {
		return
	}
	set := changedCookies(before, v.cookies(g.endpoint))
	own := g.askAs(ctx, v, user, record.VariantAfterLogin).sub
	if own == sub {
		own = ""
	}
	g.login.teach(set, own)
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	if len(user.Login) > 0 {
		g.askAs(ctx, fixed, user, record.VariantFixedSession)
	}
	if sleep(ctx, g.apart) != nil { // so that the times of a new token differ
		return
	}
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	kept := v.copyJar(g.newVisitor().name, g.endpoint)
	kept.user = nil // the cookies alone
	if g.logOut(ctx, v, user) {
		g.askAs(ctx, v, user, record.VariantAfterLogout)
		g.askAs(ctx, v, user, record.VariantAfterLogout)
		g.askAs(ctx, kept, user, record.VariantKeptSession)
	}
}

// twoUsers lets one user log in where another still is, and both ask in turn in
// browsers of their own.
func (g *gathering) twoUsers(ctx context.Context, first, second *User) {
	if len(first.Login) == 0 || len(second.Login) == 0 {
		return
	}
	shared := g.visiting(ctx)
	if g.logIn(ctx, shared, first) {
		g.askAs(ctx, shared, first, record.VariantBesideUser)
		if g.logIn(ctx, shared, second) {
			g.askAs(ctx, shared, second, record.VariantNextUser)
		}
	}
	one, other := g.visiting(ctx), g.visiting(ctx)
	if !g.logIn(ctx, one, first) || !g.logIn(ctx, other, second) {
		return
	}
	for range 2 {
		g.askAs(ctx, one, first, record.VariantBesideUser)
		g.askAs(ctx, other, second, record.VariantBesideUser)
	}
}

// askAs asks for a token and looks for the users in it.
func (g *gathering) askAs(ctx context.Context, v *visitor, user *User, variant record.Variant) *answer {
	a := ask{probe: record.ProbeLogin, variant: variant, about: user.Name, visitor: v}
	switch variant {
	case record.VariantAfterLogout:
		a.odd = !g.anonymous // nothing is owed then
	case record.VariantFixedSession, record.VariantKeptSession:
		a.odd = true
	}
	a.inputs, a.users = g.marks()
	return g.send(ctx, a)
}

// visiting returns a visitor who has come to the site and is nobody yet.
func (g *gathering) visiting(ctx context.Context) *visitor {
	v := g.newVisitor()
	g.steps(ctx, v, record.VariantVisit, g.config.Visit, false)
	return v
}

func hasLogin(user User) bool { return len(user.Login) > 0 }

// marks are the identifiers of all users as inputs that may come back, and whose
// each is.
func (g *gathering) marks() (inputs, users map[string]string) {
	inputs, users = map[string]string{}, map[string]string{}
	for i := range g.config.Users {
		user := &g.config.Users[i]
		for n, id := range user.identifiers() {
			input := fmt.Sprintf("identifier %d of %s", n+1, user.Name)
			inputs[input], users[input] = id, user.Name
		}
	}
	return inputs, users
}

var crossSiteLoginProbe = probe{
	name:     record.ProbeCrossSiteLogin,
	requests: func(*Client) int { return 9 },
	remedy:   "users in the configuration",
	skip: func(c *Client) string {
		if !slices.ContainsFunc(c.config.Users, hasLogin) {
			return "no user with a login request is configured"
		}
		return onlyAnonymous(c)
	},
	intrusive: true,
	asks: func(c *Client) []*url.URL {
		asked := []*url.URL{c.endpoint}
		if i := slices.IndexFunc(c.config.Users, hasLogin); i >= 0 {
			asked = append(asked, c.addressesOf(c.config.Users[i].Login)...)
		}
		return asked
	},
	gather: gatherCrossSiteLogin,
}

// foreignSite is the origin of the page that forges requests.
const foreignSite = "https://webchatspec-foreign.example"

// gatherCrossSiteLogin sends the login as another site's link or form would.
func gatherCrossSiteLogin(ctx context.Context, g *gathering) string {
	g.accounts.Lock()
	defer g.accounts.Unlock()
	i := slices.IndexFunc(g.config.Users, hasLogin)
	user := &g.config.Users[i]
	login := user.Login[len(user.Login)-1].fill(user.Values)
	address, err := login.resolve(g.endpoint)
	if err != nil {
		return err.Error() // checked before: cannot happen
	}
	fields := url.Values{}
	for name, value := range login.fields() {
		fields.Set(name, value)
	}
	g.forgeLogin(ctx, "link", ask{method: http.MethodGet, address: login.asQuery(address)})
	g.forgeLogin(ctx, "form", ask{
		method: http.MethodPost, address: address, body: fields.Encode(),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	if login.JSON != "" {
		g.forgeLogin(ctx, "text form", ask{
			method: http.MethodPost, address: address, body: login.JSON,
			header: http.Header{"Content-Type": {"text/plain"}},
		})
	}
	return ""
}

// forgeLogin asks for a token, lets the forged request go in the same browser,
// and asks again.
func (g *gathering) forgeLogin(ctx context.Context, way string, forged ask) {
	v := g.visiting(ctx)
	token := ask{probe: record.ProbeCrossSiteLogin, variant: record.VariantBeforeForgery, about: way, visitor: v}
	token.inputs, token.users = g.marks()
	g.send(ctx, token)
	header := http.Header{
		"Referer": {foreignSite + "/"}, "Sec-Fetch-Site": {"cross-site"},
		"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"},
	}
	if forged.method != http.MethodGet {
		header.Set("Origin", foreignSite)
	}
	setAll(header, forged.header)
	forged.probe, forged.variant, forged.about = token.probe, record.VariantForgery, way
	forged.visitor, forged.foreign, forged.header = v, true, header
	forged.exact, forged.cookies = true, v.crossSiteCookies(forged.address, forged.method)
	g.send(ctx, forged)
	token.variant = record.VariantAfterForgery
	g.send(ctx, token)
}
