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

// loginLesson is what the probe of logins teaches the probe of forged cookies.
type loginLesson struct {
	learnt  chan struct{} // closed when the rest is complete
	cookies []Cookie      // those that a login has set or changed
}

// maxUsers is how many of the configured users log in.
const maxUsers = 3

var loginProbe = probe{
	name:     record.ProbeLogin,
	requests: func(c *Client) int { return 7 * min(len(c.config.Users), maxUsers) },
	skip: func(c *Client) string {
		if len(c.config.Users) == 0 {
			return "no user is configured"
		}
		return ""
	},
	tellsWithoutTokens: true,
	gather:             gatherLogin,
}

// gatherLogin lets each user log in within a session, ask, log out and ask again.
func gatherLogin(ctx context.Context, g *gathering) string {
	var once sync.Once
	teach := func(cookies []Cookie) {
		once.Do(func() {
			g.login.cookies = cookies
			close(g.login.learnt)
		})
	}
	defer teach(nil)
	for i := range min(len(g.config.Users), maxUsers) {
		user := &g.config.Users[i]
		g.session(ctx, user, teach)
		again := g.visiting(ctx)
		if g.logIn(ctx, again, user) {
			g.askAs(ctx, again, user, record.VariantSecondSession)
			g.logOut(ctx, again, user)
		}
	}
	return ""
}

// session is one visit of a user, from before the login to after the logout.
// Teach is told of the cookies that the login has set.
func (g *gathering) session(ctx context.Context, user *User, teach func([]Cookie)) {
	v := g.visiting(ctx)
	if g.anonymous {
		g.askAs(ctx, v, user, record.VariantBeforeLogin)
	}
	before := v.cookies(g.endpoint)
	if !g.logIn(ctx, v, user) {
		return
	}
	teach(slices.DeleteFunc(v.cookies(g.endpoint), func(cookie Cookie) bool { return slices.Contains(before, cookie) }))
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	if sleep(ctx, g.apart/2) != nil { // another second, so that a new token differs
		return
	}
	g.askAs(ctx, v, user, record.VariantAfterLogin)
	if g.logOut(ctx, v, user) {
		g.askAs(ctx, v, user, record.VariantAfterLogout)
		g.askAs(ctx, v, user, record.VariantAfterLogout)
	}
}

// askAs asks for a token and looks for the user in it.
func (g *gathering) askAs(ctx context.Context, v *visitor, user *User, variant record.Variant) *answer {
	loggedOut := variant == record.VariantAfterLogout && !g.anonymous // nothing is owed then
	return g.send(ctx, ask{probe: record.ProbeLogin, variant: variant, visitor: v, inputs: user.marks(), odd: loggedOut})
}

// visiting returns a visitor who has come to the site and is nobody yet.
func (g *gathering) visiting(ctx context.Context) *visitor {
	v := g.newVisitor()
	g.steps(ctx, v, record.VariantVisit, g.config.Visit, false)
	return v
}

func hasLogin(user User) bool { return len(user.Login) > 0 }

// marks are the user's identifiers as inputs that may come back.
func (u *User) marks() map[string]string {
	marks := map[string]string{}
	for i, id := range u.identifiers() {
		marks[fmt.Sprintf("identifier %d of %s", i+1, u.Name)] = id
	}
	return marks
}

var crossSiteLoginProbe = probe{
	name:     record.ProbeCrossSiteLogin,
	requests: func(*Client) int { return 9 },
	skip: func(c *Client) string {
		if !slices.ContainsFunc(c.config.Users, hasLogin) {
			return "no user with a login request is configured"
		}
		return onlyAnonymous(c)
	},
	intrusive: true,
	gather:    gatherCrossSiteLogin,
}

// foreignSite is the origin of the page that forges requests.
const foreignSite = "https://webchatspec-foreign.example"

// gatherCrossSiteLogin sends the login as another site's link or form would.
func gatherCrossSiteLogin(ctx context.Context, g *gathering) string {
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
	g.forgeLogin(ctx, user, "link", ask{method: http.MethodGet, address: login.asQuery(address)})
	g.forgeLogin(ctx, user, "form", ask{
		method: http.MethodPost, address: address, body: fields.Encode(),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	if login.JSON != "" {
		g.forgeLogin(ctx, user, "text form", ask{
			method: http.MethodPost, address: address, body: login.JSON,
			header: http.Header{"Content-Type": {"text/plain"}},
		})
	}
	return ""
}

// forgeLogin asks for a token, lets the forged request go in the same browser,
// and asks again.
func (g *gathering) forgeLogin(ctx context.Context, user *User, way string, forged ask) {
	v := g.visiting(ctx)
	token := ask{probe: record.ProbeCrossSiteLogin, variant: record.VariantBeforeForgery, about: way, visitor: v, inputs: user.marks()}
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
