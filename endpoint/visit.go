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

// begin lets the visitor come to the site: it does what the configuration says
// comes before the first token, and logs in where only users are served, as one
// of them by number.
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

// askFresh sends a request of a visitor whom the endpoint has not seen before.
// Where only users are served, it is the first one's session; but for another browser, for
// a site may end the session in which one shows up.
func (g *gathering) askFresh(ctx context.Context, a ask) *answer {
	if !g.anonymous && a.header["User-Agent"] == nil {
		a.visitor = g.first.copyJar(g.newVisitor().name, g.endpoint)
	} else {
		a.visitor = g.fresh(ctx)
	}
	if a.exact && len(g.config.Visit) > 0 { // the session of the visit goes along, or nobody would look
		cookies := a.visitor.cookies(g.endpoint)
		for _, cookie := range a.cookies {
			cookies = withCookie(cookies, cookie.Name, cookie.Value)
		}
		a.cookies = cookies
	}
	return g.send(ctx, a)
}

// logIn makes the visitor the user. It says whether the site took the login. A
// user who has no login request is known by the configured header and cookies
// from now on.
func (g *gathering) logIn(ctx context.Context, v *visitor, user *User) bool {
	v.become(user)
	defer g.turn(user)()
	if !g.steps(ctx, v, record.VariantLogin, user.Login) {
		v.become(nil)
		return false
	}
	return true
}

// turn waits until no other login of the user is under way, where a login takes several
// requests: a site may send a link or a code for the last one alone. Done is called at its end.
func (g *gathering) turn(user *User) (done func()) {
	if len(user.Login) < 2 {
		return func() {}
	}
	own, _ := g.logins.LoadOrStore(user, &sync.Mutex{})
	own.(*sync.Mutex).Lock()
	return own.(*sync.Mutex).Unlock
}

// logOut ends the session. It is false when the user has no logout request.
func (g *gathering) logOut(ctx context.Context, v *visitor, user *User) bool {
	if len(user.Logout) == 0 {
		return false
	}
	g.steps(ctx, v, record.VariantLogout, user.Logout)
	v.become(nil)
	v.forget(g.ofLogin(user))
	return true
}

// ofLogin are the names of the values that the login alone gives, as a bearer token:
// the page forgets them with its user.
func (g *gathering) ofLogin(user *User) []string {
	var names []string
	for _, step := range user.Login {
		names = slices.AppendSeq(names, maps.Keys(step.Take))
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(slices.Concat(g.config.Visit, user.Logout), func(step Request) bool { return step.Take[name] != "" })
	})
}

// sequence is a visit, a login or a logout of a visitor under way: requests of the
// site's own page, one after the other.
type sequence struct {
	visitor *visitor
	variant record.Variant
	steps   []Request
	number  int      // of the step under way
	request *Request // to be sent next: a step, or where its redirects lead; nil when all are sent
}

func newSequence(v *visitor, variant record.Variant, steps []Request) *sequence {
	q := &sequence{visitor: v, variant: variant, steps: steps}
	if len(steps) > 0 {
		q.request = &steps[0]
	}
	return q
}

func (q *sequence) done() bool { return q.request == nil }

// proceed goes on to where the answer redirects, or to the next step for nil.
func (q *sequence) proceed(redirect *Request) {
	if q.request = redirect; redirect != nil {
		return
	}
	if q.number++; q.number < len(q.steps) {
		q.request = &q.steps[q.number]
	}
}

// steps sends the requests of a visit, a login or a logout. It is false when the site
// refused one, which the rest would rest on.
func (g *gathering) steps(ctx context.Context, v *visitor, variant record.Variant, requests []Request) bool {
	return g.advance(ctx, newSequence(v, variant, requests), len(requests))
}

// advance sends the requests that come before the step of that number.
func (g *gathering) advance(ctx context.Context, q *sequence, number int) bool {
	for q.number < number {
		if !g.step(ctx, g.send, q) {
			return false
		}
	}
	return true
}

// sending is how a request is sent: in its turn, or now.
type sending func(context.Context, ask) *answer

// step sends one request of the sequence.
func (g *gathering) step(ctx context.Context, send sending, q *sequence) bool {
	step, err := g.due(q)
	if err != nil {
		return false // a value of the site's made it so: the next one says what is missing
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
	// A name that is sent before the password decides nothing: its answer asks for that.
	later := slices.ContainsFunc(q.steps[q.number+1:], func(step Request) bool { return len(step.Form) > 0 || step.JSON != "" })
	decides := q.number == len(q.steps)-1 || body != "" && !later
	return ask{
		variant: q.variant, about: about, visitor: q.visitor, step: q.request, decides: decides, foreign: true,
		method: filled.method(), address: address, header: filled.header(address, contentType), body: body,
	}, nil
}

// outcome takes what the answer to a step gives, and says why it came to nothing,
// or "".
func (c *Client) outcome(a *ask, result *answer) string {
	if result.status >= 400 {
		return fmt.Sprintf("status %d", result.status)
	}
	if (a.variant == record.VariantLogin || a.variant == record.VariantLoginAdopting) && a.decides {
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

// passwordField matches a field of a form in which a password is asked for.
var passwordField = regexp.MustCompile(`(?i)<input\b[^>]*\btype\s*=\s*["']?password`)

// askedAgain recognises a login that was refused with a good status: the answer
// leads back to the login, or is its form again.
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
		return "" // a page of the site, which may well have such a field
	case !redirected && strings.HasPrefix(mediaOf(result.header), "text/html") && passwordField.Match(result.body[:min(len(result.body), maxSearched)]):
		return "it is the login's form again"
	}
	return ""
}

// loginPath matches the path of a page to log in.
var loginPath = regexp.MustCompile(`(?i)log-?in|sign-?in|auth`)

// loginFailed matches the query of an address to which a refused login leads.
var loginFailed = regexp.MustCompile(`(?i)(?:^|&)(?:login_?)?(?:error|fail(?:ed|ure)?|denied)\b`)

func mediaOf(header http.Header) string {
	return strings.ToLower(strings.TrimSpace(header.Get("Content-Type")))
}

// withHops is how many requests the steps are at most.
func withHops(steps []Request) int {
	sum := len(steps)
	for _, step := range steps {
		if step.Follow {
			sum += mostHops
		}
	}
	return sum
}

// sessionProbe has the visits, logins and logouts that other probes need. How many
// visits there are depends on those: see [Client.Plan].
var sessionProbe = probe{
	name: record.ProbeSession,
	asks: (*Client).steps,
	requests: func(c *Client) int {
		logins := 2*maxUsers + 6
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
