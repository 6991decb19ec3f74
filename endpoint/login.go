package endpoint

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

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
	gather: gatherLogin,
}

// sessionProbe has the logins and logouts that other probes send.
var sessionProbe = probe{
	name: record.ProbeSession,
	requests: func(c *Client) int {
		requests := 4 * min(len(c.config.Users), maxUsers)
		if !*c.config.Anonymous {
			requests += 1 + freshVisitors + parallelVisitors + busyVisitors
		}
		return requests
	},
	skip: func(c *Client) string {
		if !slices.ContainsFunc(c.config.Users, func(user User) bool { return user.Login != nil }) {
			return "no user with a login request is configured"
		}
		return ""
	},
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
		again := g.newVisitor()
		if g.logIn(ctx, again, user) {
			g.askAs(ctx, again, user, "second session")
			g.logOut(ctx, again, user)
		}
	}
	return ""
}

// session is one visit of a user, from before the login to after the logout.
// Teach is told of the cookies that the login has set.
func (g *gathering) session(ctx context.Context, user *User, teach func([]Cookie)) {
	v := g.newVisitor()
	if *g.config.Anonymous {
		g.askAs(ctx, v, user, "before login")
	}
	before := v.cookies(g.endpoint)
	if !g.logIn(ctx, v, user) {
		return
	}
	teach(slices.DeleteFunc(v.cookies(g.endpoint), func(cookie Cookie) bool { return slices.Contains(before, cookie) }))
	g.askAs(ctx, v, user, "after login")
	g.askAs(ctx, v, user, "after login")
	if sleep(ctx, g.apart/2) != nil { // another second, so that a new token differs
		return
	}
	g.askAs(ctx, v, user, "after login")
	if g.logOut(ctx, v, user) {
		g.askAs(ctx, v, user, "after logout")
		g.askAs(ctx, v, user, "after logout")
	}
}

// askAs asks for a token and looks for the user in it.
func (g *gathering) askAs(ctx context.Context, v *visitor, user *User, variant string) *answer {
	loggedOut := variant == "after logout" && !*g.config.Anonymous // nothing is owed then
	return g.send(ctx, ask{probe: record.ProbeLogin, variant: variant, visitor: v, inputs: user.marks(), odd: loggedOut})
}

// marks are the user's identifiers as inputs that may come back.
func (u *User) marks() map[string]string {
	marks := map[string]string{}
	for i, id := range u.identifiers() {
		marks[fmt.Sprintf("identifier %d of %s", i+1, u.Name)] = id
	}
	return marks
}

// logIn makes the visitor the user. It says whether the site took the login: an
// answer that is no error. A user who has no login request is known by the
// configured header and cookies from now on.
func (g *gathering) logIn(ctx context.Context, v *visitor, user *User) bool {
	if user.Login != nil {
		if result := g.call(ctx, "login", v, user.Login); result.status == 0 || result.status >= 400 {
			return false
		}
	}
	v.user = user
	return true
}

// logOut ends the session. It is false when the user has no logout request.
func (g *gathering) logOut(ctx context.Context, v *visitor, user *User) bool {
	if user.Logout == nil {
		return false
	}
	g.call(ctx, "logout", v, user.Logout)
	v.user = nil
	return true
}

// call sends a request of the site's own page.
func (g *gathering) call(ctx context.Context, variant string, v *visitor, call *Call) *answer {
	address, err := call.resolve(g.endpoint)
	if err != nil {
		return g.stopped(&ask{probe: record.ProbeSession}) // checked before: cannot happen
	}
	body, contentType := call.body()
	header := http.Header{"Origin": {address.Scheme + "://" + address.Host}, "Sec-Fetch-Site": {"same-origin"}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	setAll(header, call.Header)
	return g.send(ctx, ask{
		probe: record.ProbeSession, variant: variant, visitor: v, foreign: true,
		method: call.method(), address: address, header: header, body: body,
	})
}

var crossSiteLoginProbe = probe{
	name:     record.ProbeCrossSiteLogin,
	requests: func(*Client) int { return 9 },
	skip: func(c *Client) string {
		if !slices.ContainsFunc(c.config.Users, func(user User) bool { return user.Login != nil }) {
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
	i := slices.IndexFunc(g.config.Users, func(user User) bool { return user.Login != nil })
	user := &g.config.Users[i]
	address, err := user.Login.resolve(g.endpoint)
	if err != nil {
		return err.Error() // checked before: cannot happen
	}
	fields := url.Values{}
	for name, value := range user.Login.fields() {
		fields.Set(name, value)
	}
	g.forgeLogin(ctx, user, "link", ask{method: http.MethodGet, address: user.Login.asQuery(address)})
	g.forgeLogin(ctx, user, "form", ask{
		method: http.MethodPost, address: address, body: fields.Encode(),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	if user.Login.JSON != "" {
		g.forgeLogin(ctx, user, "text form", ask{
			method: http.MethodPost, address: address, body: user.Login.JSON,
			header: http.Header{"Content-Type": {"text/plain"}},
		})
	}
	return ""
}

// forgeLogin asks for a token, lets the forged request go in the same browser,
// and asks again. Variants are "before <way>", "<way>" and "after <way>".
func (g *gathering) forgeLogin(ctx context.Context, user *User, way string, forged ask) {
	v := g.newVisitor()
	token := ask{probe: record.ProbeCrossSiteLogin, visitor: v, inputs: user.marks()}
	token.variant = "before " + way
	g.send(ctx, token)
	header := http.Header{
		"Referer": {foreignSite + "/"}, "Sec-Fetch-Site": {"cross-site"},
		"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"},
	}
	if forged.method != http.MethodGet {
		header.Set("Origin", foreignSite)
	}
	setAll(header, forged.header)
	forged.probe, forged.variant, forged.visitor, forged.foreign, forged.header = token.probe, way, v, true, header
	forged.exact, forged.cookies = true, v.crossSiteCookies(forged.address, forged.method)
	g.send(ctx, forged)
	token.variant = "after " + way
	g.send(ctx, token)
}

var renewalProbe = probe{
	name:     record.ProbeRenewal,
	requests: func(*Client) int { return 4 },
	skip: func(c *Client) string {
		if c.config.MaxWait < 0 {
			return "no waiting for an expiry is allowed"
		}
		return onlyAnonymous(c)
	},
	gather: gatherRenewal,
}

// gatherRenewal asks again shortly before the first token expires, right after,
// and once more. How long that takes is read off the first token by the
// server's clock, whatever its time is.
func gatherRenewal(ctx context.Context, g *gathering) string {
	v := g.newVisitor()
	first := g.send(ctx, ask{probe: record.ProbeRenewal, variant: "first", visitor: v})
	if !first.ok() {
		return noToken
	}
	exp, ok := claimsOf(first.text)["exp"].(float64)
	if !ok {
		return "the token has no exp to wait for"
	}
	received := first.token.ReceivedAt
	clock := received
	if !first.token.ServerDate.IsZero() {
		clock = first.token.ServerDate
	}
	life := exp - float64(clock.UnixMilli())/1000
	if life > g.config.MaxWait.Seconds() {
		return fmt.Sprintf("the token lives longer than the wait allowed, %v: raise --max-wait to see a renewal", g.config.MaxWait)
	}
	for _, at := range []struct {
		variant string
		seconds float64
	}{{"before expiry", life - 1.2}, {"after expiry", life + 0.2}, {"later", life + 1.2}} {
		if at.seconds < 0 {
			continue
		}
		wait := time.Duration(at.seconds * float64(time.Second))
		if sleep(ctx, time.Until(received.Add(wait))) != nil {
			return ""
		}
		g.send(ctx, ask{probe: record.ProbeRenewal, variant: at.variant, visitor: v})
	}
	return ""
}
