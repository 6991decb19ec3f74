package endpoint

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/webchatspec/webchatspec/record"
)

// begin has the visitor come to the site: it sends the requests of the visit, and logs in
// where only users are served. The number says as which of them.
func (g *gathering) begin(ctx context.Context, v *visitor, number int) {
	if !g.steps(ctx, v, record.VariantVisit, g.config.Visit) || g.anonymous {
		return
	}
	user := &g.config.Users[number%len(g.config.Users)]
	if g.held != nil {
		g.held.join(ctx, g, v, user)
		return
	}
	g.logIn(ctx, v, user)
}

// fresh returns a visitor who has just come to the site.
func (g *gathering) fresh(ctx context.Context) *visitor {
	v := g.newVisitor()
	g.begin(ctx, v, v.number)
	return v
}

// askFresh sends a request of a visitor whom the endpoint has not seen before. Where only
// users are served, it uses the first visitor's session, which saves a login. A request
// with another User-Agent logs in all the same: a site may end a session in which the
// browser changes.
func (g *gathering) askFresh(ctx context.Context, a ask) *answer {
	if !g.anonymous && a.header["User-Agent"] == nil {
		a.visitor = g.first.copyJar(g.newVisitor().name, g.endpoint)
	} else {
		a.visitor = g.fresh(ctx)
	}
	if a.exact && len(g.config.Visit) > 0 { // without the session of the visit the site may ignore the cookies
		cookies := a.visitor.cookies(g.endpoint)
		for _, cookie := range a.cookies {
			cookies = withCookie(cookies, cookie.Name, cookie.Value)
		}
		a.cookies = cookies
	}
	return g.send(ctx, a)
}

// logIn makes the visitor the user, and says whether the site has accepted the login. A user
// without login requests is recognised by the configured header and cookies.
func (g *gathering) logIn(ctx context.Context, v *visitor, user *User) bool {
	v.become(user)
	defer g.turn(user)()
	if !g.steps(ctx, v, record.VariantLogin, user.Login) {
		v.become(nil)
		return false
	}
	return true
}

// asUser does something in the session of a user, on sites that also serve visitors without
// a login: some sites behave otherwise when somebody is logged in. Where only users are
// served, all visitors are users.
func (g *gathering) asUser(ctx context.Context, do func(v *visitor)) {
	if !g.anonymous || !slices.ContainsFunc(g.config.Users[:min(len(g.config.Users), 1)], hasLogin) {
		return
	}
	defer g.alone()()
	user, v := &g.config.Users[0], g.visiting(ctx)
	if !g.logIn(ctx, v, user) {
		return
	}
	do(v)
	g.logOut(ctx, v, user)
}

// turn waits until no other login of the user is under way, if a login takes several
// requests: the link or the code of a site may be valid for the latest login only. Done
// is to be called at the end of the login.
func (g *gathering) turn(user *User) (done func()) {
	if len(user.Login) < 2 {
		return func() {}
	}
	own, _ := g.logins.LoadOrStore(user, &sync.Mutex{})
	own.(*sync.Mutex).Lock()
	return own.(*sync.Mutex).Unlock
}

// logOut logs the user out. It is false when the user has no logout request.
func (g *gathering) logOut(ctx context.Context, v *visitor, user *User) bool {
	if len(user.Logout) == 0 {
		return false
	}
	g.steps(ctx, v, record.VariantLogout, user.Logout)
	v.become(nil)
	v.forget(g.ofLogin(user))
	return true
}

// ofLogin are the names of the values that only the login gives, such as a bearer token. The
// page forgets them when the user logs out.
func (g *gathering) ofLogin(user *User) []string {
	var names []string
	for _, step := range user.Login {
		names = slices.AppendSeq(names, maps.Keys(step.Take))
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(slices.Concat(g.config.Visit, user.Logout), func(step Request) bool { return step.Take[name] != "" })
	})
}

// sequence is a visit, a login or a logout under way: requests that are sent one after the
// other.
type sequence struct {
	visitor *visitor
	variant record.Variant
	steps   []Request
	number  int      // of the step under way
	request *Request // the next to be sent: a step, or that to which one redirects; nil when all are sent
}

func newSequence(v *visitor, variant record.Variant, steps []Request) *sequence {
	q := &sequence{visitor: v, variant: variant, steps: steps}
	if len(steps) > 0 {
		q.request = &steps[0]
	}
	return q
}

func (q *sequence) done() bool { return q.request == nil }

// proceed goes on to where the answer redirects, or to the next step when that is nil.
func (q *sequence) proceed(redirect *Request) {
	if q.request = redirect; redirect != nil {
		return
	}
	if q.number++; q.number < len(q.steps) {
		q.request = &q.steps[q.number]
	}
}

// steps sends the requests of a visit, a login or a logout. It stops and is false when the
// site refuses one.
func (g *gathering) steps(ctx context.Context, v *visitor, variant record.Variant, requests []Request) bool {
	return g.advance(ctx, newSequence(v, variant, requests), len(requests))
}

// advance sends the requests before the step with that number.
func (g *gathering) advance(ctx context.Context, q *sequence, number int) bool {
	for q.number < number {
		if !g.step(ctx, g.send, q) {
			return false
		}
	}
	return true
}

// sending sends a request: when its turn comes, or now.
type sending func(context.Context, ask) *answer

// step sends one request of the sequence.
func (g *gathering) step(ctx context.Context, send sending, q *sequence) bool {
	step, err := g.due(q)
	if err != nil {
		return false // a value from the site has made the address invalid
	}
	step.probe = record.ProbeSession
	result := send(ctx, step)
	if result.exchange.Refused != "" || result.status == 0 {
		return false
	}
	q.proceed(result.next)
	return true
}

// due is the next request of the sequence, filled with the values of the visitor.
func (c *Client) due(q *sequence) (ask, error) {
	filled := q.request.fill(q.visitor.valuesOrNone())
	address, err := filled.resolve(c.endpoint)
	if err != nil {
		return ask{}, err
	}
	about := ""
	if q.visitor.user != nil {
		about = q.visitor.user.Name
	}
	body, contentType := filled.body()
	// The answer to a name that is sent before the password decides nothing.
	later := slices.ContainsFunc(q.steps[q.number+1:], func(step Request) bool { return len(step.Form) > 0 || step.JSON != "" })
	decides := q.number == len(q.steps)-1 || body != "" && !later
	return ask{
		variant: q.variant, about: about, visitor: q.visitor, step: q.request, decides: decides, foreign: true,
		method: filled.method(), address: address, header: filled.header(address, contentType), body: body,
	}, nil
}

// logins are the variants of a step that logs somebody in, and is refused if it does not.
var logins = []record.Variant{record.VariantLogin, record.VariantLoginAdopting, record.VariantLoginRespelled, record.VariantLoginOver}

// outcome takes the values that the answer to a step gives. It says why the step has failed,
// or "".
func (c *Client) outcome(a *ask, result *answer) string {
	if result.status >= 400 {
		return fmt.Sprintf("status %d", result.status)
	}
	if slices.Contains(logins, a.variant) && a.decides {
		if again := askedAgain(a, result); again != "" {
			return again
		}
	}
	next, err := a.visitor.learn(c, a, result)
	if err != nil {
		return err.Error()
	}
	result.next = next
	return ""
}

// passwordField matches the field for a password in a form.
var passwordField = regexp.MustCompile(`(?i)<input\b[^>]*\btype\s*=\s*["']?password`)

// askedAgain recognises a login that was refused with a good status: the answer redirects
// back to the login, or shows its form again. It is "" for an accepted login.
func askedAgain(a *ask, result *answer) string {
	asked := a.address
	to, err := asked.Parse(result.header.Get("Location"))
	redirected := result.status >= 300 && result.header.Get("Location") != "" && err == nil
	switch {
	case redirected && to.Path == asked.Path:
		return "it leads back to the login"
	case redirected && loginFailed.MatchString(to.RawQuery):
		return "it leads to " + to.Path + " with an error"
	case a.step.hops > 0 && !loginPath.MatchString(asked.Path):
		return "" // a page of the site, which may well have a field for a password
	case !redirected && strings.HasPrefix(mediaOf(result.header), "text/html") && passwordField.Match(result.body[:min(len(result.body), maxSearched)]):
		return "it is the login's form again"
	}
	return ""
}

// loginPath matches the path of a login page.
var loginPath = regexp.MustCompile(`(?i)log-?in|sign-?in|auth`)

// loginFailed matches the query of an address to which a refused login redirects.
var loginFailed = regexp.MustCompile(`(?i)(?:^|&)(?:login_?)?(?:error|fail(?:ed|ure)?|denied)\b`)

func mediaOf(header http.Header) string {
	return strings.ToLower(strings.TrimSpace(header.Get("Content-Type")))
}

// withHops is the highest number of requests that the steps can take, redirects included.
func withHops(steps []Request) int {
	sum := len(steps)
	for _, step := range steps {
		if step.Follow {
			sum += mostHops
		}
	}
	return sum
}

// sessionProbe has the visits, logins and logouts that other probes need. The number of
// visits depends on the other probes: see [Client.Plan].
var sessionProbe = probe{
	name: record.ProbeSession,
	asks: (*Client).steps,
	requests: func(c *Client) int {
		logins := 2*maxUsers + 11
		if !*c.config.Anonymous {
			logins += 3 + freshVisitors + parallelVisitors + busyVisitors
		}
		most := 0
		for _, user := range c.config.Users {
			most = max(most, withHops(user.Login)+withHops(user.Logout))
		}
		return most * logins
	},
	remedy: "visit or users in the configuration",
	skip: func(c *Client) string {
		if len(c.config.Visit) == 0 && !slices.ContainsFunc(c.config.Users, func(user User) bool { return len(user.Login) > 0 }) {
			return "no visit and no user with a login request is configured"
		}
		return ""
	},
}
