package loadgen

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// user is one of the users who take turns: a browser's cookies and, once its
// session is open, an identity that must stay.
type user struct {
	number  int
	account *endpoint.User // who it is; nil for an anonymous visitor
	jar     http.CookieJar
	values  endpoint.Values // what its requests are filled with
	since   time.Time       // when its session began
	// settled is set when the session was opened before the load. Without it the
	// first requests of the user may cross each other and each begin a session.
	settled bool
	// newcomer is set for somebody who comes while there is load.
	newcomer bool

	// bound is set once an answer has changed what the next request is filled with:
	// two requests at a time would use it twice, as no browser does.
	bound atomic.Bool

	first, latest string // its sub at first and now; guarded by isolation

	mu      sync.Mutex
	request *http.Request // for a token, with its cookies; nil while that must be put together
	made    time.Time     // when it was: cookies run out
}

// ask returns a request for a token. It is put together anew only when cookies
// came, and each second; what it shares with others nobody may change.
func (u *user) ask(ctx context.Context, client *endpoint.Client, now time.Time) (*http.Request, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.request == nil || now.Sub(u.made) >= time.Second {
		request, err := client.RequestFor(context.WithoutCancel(ctx), u.account, u.values)
		if err != nil {
			return nil, err
		}
		// As browsers do, send again what met a connection that the server was just
		// closing: without values the header is not sent and only says so to the transport.
		request.Header["Idempotency-Key"] = []string{}
		endpoint.AddCookies(request.Header, u.jar.Cookies(cookieURL(request.URL)))
		u.request, u.made = request, now
	}
	request := u.request.WithContext(ctx)
	if request.GetBody != nil {
		request.Body, _ = request.GetBody() // of a text: it cannot fail
	}
	return request, nil
}

// keep keeps the cookies of an answer to a request for address.
func (u *user) keep(client *endpoint.Client, response *http.Response, address *url.URL) {
	u.take(client.Renewed(u.account, response.Header))
	if len(response.Header["Set-Cookie"]) == 0 {
		return
	}
	u.jar.SetCookies(cookieURL(address), endpoint.SetCookies(response.Header))
	u.mu.Lock()
	defer u.mu.Unlock()
	u.request = nil
}

// take gives the user values for its next requests.
func (u *user) take(values endpoint.Values) {
	if len(values) == 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for name, value := range values {
		if before, had := u.values[name]; had && before != value {
			u.bound.Store(true)
		}
	}
	u.values, u.request = maps.Clone(u.values), nil
	maps.Copy(u.values, values)
}

// known are the values that the user's requests are filled with now.
func (u *user) known() endpoint.Values {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.values)
}

// learn takes the values that the answer to a request gives, and returns the request
// to which it leads.
func (u *user) learn(client *endpoint.Client, request *endpoint.Request, reply endpoint.Reply) (*endpoint.Request, error) {
	values := u.known()
	next, err := request.Learn(client, values, reply)
	u.take(values)
	return next, err
}

// newUsers returns users numbered from firstNumber who take turns as the accounts;
// without any they are anonymous visitors.
func newUsers(count, firstNumber int, accounts []endpoint.User) []*user {
	users := make([]*user, count)
	for i := range users {
		users[i] = &user{number: firstNumber + i, jar: endpoint.NewJar(nil), since: time.Now()}
		if len(accounts) > 0 {
			users[i].account = &accounts[i%len(accounts)]
		}
		users[i].values = endpoint.NewValues(users[i].account)
	}
	return users
}

// turns lets users take turns so that one asks again only after its answer, as a
// browser does, unless all are waiting. Where each answer gives what the next request
// needs, a request waits for that in any case.
type turns struct {
	all  []*user
	free chan *user
	over atomic.Int64 // turns given while all were waiting
}

func newTurns(users []*user) *turns {
	t := &turns{all: users, free: make(chan *user, len(users))}
	for _, u := range users {
		t.free <- u
	}
	return t
}

// next returns the user whose turn it is and what to call after its answer.
func (t *turns) next() (u *user, done func()) {
	select {
	case u = <-t.free:
		return u, func() { t.free <- u }
	default:
	}
	u = t.all[t.over.Add(1)%int64(len(t.all))]
	if !u.bound.Load() {
		return u, func() {}
	}
	u = <-t.free
	return u, func() { t.free <- u }
}

// same says whether two users are one person: two sessions of one account may
// have one sub.
func (u *user) same(other *user) bool {
	return u == other || u.account != nil && u.account == other.account
}

// cookieURL is the address under which a jar files the cookies from there.
// Browsers take loopback for trustworthy and keep Secure cookies there on plain
// http; the jar does not know that, so it is told https.
func cookieURL(from *url.URL) *url.URL {
	if from.Scheme != "http" || !address.IsLocalName(from.Hostname()) {
		return from
	}
	secure := *from
	secure.Scheme = "https"
	return &secure
}

// isolation watches that no user gets what belongs to another. It holds two
// subs for each user and the tokens of the last moments, whatever the length of
// the run: RS256 gives equal tokens only for equal claims, iat among them, so
// equal tokens for two users lie close together by iat, and those that are kept
// and handed over later carry a sub that is known.
type isolation struct {
	mu     sync.Mutex
	owners map[string]*user // by sub
	tokens tokenWindow
	others belongings
	usual  usual
}

func newIsolation() *isolation {
	return &isolation{owners: map[string]*user{}, tokens: tokenWindow{seconds: map[int64]map[[16]byte]*user{}}, others: newBelongings(), usual: newUsual()}
}

// observe notes what a user got. Shared says whose it is when it is another
// user's; changed says that the user's own sub is not the one it was.
func (o *isolation) observe(u *user, found facts) (shared *user, changed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch shared, changed = o.identify(u, found); {
	case shared != nil: // the whole token is another's
	case u.newcomer: // what it has, nobody had before the load
	case u.settled:
		o.others.observe(u, found.belongings)
	default:
		o.others.open(u, found.belongings)
	}
	return shared, changed
}

// identify observes the token and its sub.
func (o *isolation) identify(u *user, found facts) (shared *user, changed bool) {
	if !found.hasSub {
		return nil, false // it says nobody, so that it is equal for all; the rules tell of that
	}
	owner, again := o.tokens.own(u, found)
	if !owner.same(u) {
		return owner, false
	}
	if !again {
		o.usual.observe(u, found)
	}
	owner, known := o.owners[found.sub]
	switch {
	case known && !owner.same(u):
		return owner, false
	case known:
		return nil, false
	case u.first == "":
		u.first = found.sub
	case u.latest != u.first:
		delete(o.owners, u.latest)
	}
	changed = u.settled && u.latest != ""
	u.latest = found.sub
	o.owners[found.sub] = u
	return nil, changed
}

// mixed adds to the figures what many tokens together show, in a load that began then:
// those whose sub is their user's, and another claim somebody else's; times that fall
// behind; values given twice.
func (o *isolation) mixed(tokens *record.LoadTokens, began time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.others.most(); c != nil {
		tokens.Shared += c.count
		tokens.Examples = append(tokens.Examples, record.LoadExample{Kind: record.ExampleShared, Second: round(max(0, c.since.Sub(began).Seconds())), Text: c.told})
	}
	if n, told := o.usual.lagging(); n > 0 {
		tokens.Stale += n
		tokens.Examples = append(tokens.Examples, record.LoadExample{Kind: record.ExampleStale, Text: told})
	}
	o.others.repeated(tokens)
}

// unusual leaves of the rules that a user's token breaks those that tell of the load.
func (o *isolation) unusual(u *user, broken []rulebook.Breach) []rulebook.Breach {
	if len(broken) == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.usual.unusual(u, broken)
}

// tokenWindow holds who got which token, for the tokens issued lately.
type tokenWindow struct {
	seconds map[int64]map[[16]byte]*user // by the second of issue
	newest  int64
}

const (
	// windowSeconds is how far apart in iat the tokens in the window may be: far
	// more than answers overtake each other.
	windowSeconds = 30
	// windowTokens bounds what one second holds: beyond that rate the first ones
	// of each second are a sample.
	windowTokens = 8_000
)

// own returns who got this token first, u itself where nobody did, and whether it may
// have been given before.
func (w *tokenWindow) own(u *user, found facts) (owner *user, again bool) {
	if found.issued > w.newest {
		w.newest = found.issued
		for second := range w.seconds {
			if second < w.newest-windowSeconds {
				delete(w.seconds, second)
			}
		}
	}
	if found.issued < w.newest-windowSeconds {
		return u, true
	}
	second := w.seconds[found.issued]
	if second == nil {
		second = map[[16]byte]*user{}
		w.seconds[found.issued] = second
	}
	if owner, known := second[found.fingerprint]; known {
		return owner, true
	}
	if len(second) >= windowTokens {
		return u, true
	}
	second[found.fingerprint] = u
	return u, false
}

// describe says what was shared, without the token.
func (u *user) describe(owner *user, found facts) string {
	return fmt.Sprintf("user %d got a token of user %d (sub %q)", u.number, owner.number, excerpt(found.sub))
}
