package endpoint

import (
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"github.com/webchatspec/webchatspec/address"
)

// visitor is one person's browser: a cookie jar of its own, and where on
// loopback the requests come from.
type visitor struct {
	name   string
	number int
	user   *User      // who it is; nil for someone without a login
	local  netip.Addr // the address that requests come from; zero for any
	agent  string     // the User-Agent; "" for the usual one
	// inCrowd is set for one of very many visitors.
	inCrowd bool

	mu    sync.Mutex
	jar   *Jar
	calls int
	// known fills the places in the visitor's requests. Those that were taken from
	// cookies and headers follow them, as the script of a page would read them anew.
	known   Values
	follows map[string]lookup // by value the cookie or header
	// strict has the cookies that browsers do not send along with a request that
	// another site's page makes (RFC 6265bis §5.2).
	strict map[string]http.SameSite
	// values are all that were set as cookies or taken from answers, by what they
	// are: the visitor's secrets.
	values map[string][]string
}

func newVisitor(name string) *visitor {
	return &visitor{
		name: name, jar: NewJar(&cookiejar.Options{PublicSuffixList: publicsuffix.List}), strict: map[string]http.SameSite{}, values: map[string][]string{},
		known: NewValues(nil), follows: map[string]lookup{},
	}
}

// valuesOrNone are the values of the visitor; those of nobody are a fresh one's.
func (v *visitor) valuesOrNone() Values {
	if v == nil {
		return NewValues(nil)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.known)
}

// valuesAs are those values, with the user's own in the place of the visitor's.
func (v *visitor) valuesAs(user *User) Values {
	values := v.valuesOrNone()
	maps.Copy(values, user.Values)
	return values
}

// become makes the visitor a user, whose values are its own from now on; nil is
// nobody again.
func (v *visitor) become(user *User) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.user = user
	if user != nil {
		maps.Copy(v.known, user.Values)
	}
}

// forget drops values by name.
func (v *visitor) forget(names []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range names {
		delete(v.known, name)
	}
}

// set gives the visitor a value.
func (v *visitor) set(name, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known[name] = value
}

// learn takes the values that the answer to a step gives, and returns the request to
// which it leads.
func (v *visitor) learn(c *Client, a *ask, result *answer) (*Request, error) {
	taken := v.valuesOrNone()
	next, err := a.step.Learn(c, taken, result.reply(a.address))
	v.mu.Lock()
	defer v.mu.Unlock()
	for name, where := range a.step.Take {
		if place, err := parsePlace(where); err == nil && (place.is(placeCookie) || place.is(placeHeader)) {
			v.follows[name] = place[0]
		}
		v.takeLocked(name, taken[name])
		c.keepBack(name, taken[name])
	}
	return next, err
}

// keepBack has a value that the site gave one visitor stand in nothing that is noted,
// also where the site gives it to another.
func (c *Client) keepBack(name, value string) {
	if len(value) >= liveCookie && len(value) <= maxCookie && !c.config.pointsToSomebody(value) {
		c.live.AddLive("value "+name, value)
	}
}

// pointsToSomebody says whether the configuration has the value as the subject of a user,
// or as what points to one: that opens nothing, and is compared with what is in tokens.
func (c Config) pointsToSomebody(value string) bool {
	return slices.ContainsFunc(c.Users, func(user User) bool { return user.Sub == value || slices.Contains(user.Identifiers, value) })
}

// renew takes the values anew that an answer gives again: those that follow a header,
// and those that every answer with a token gives. It says whether such a one is
// another than before.
func (v *visitor) renew(c *Client, ofToken bool, result *answer) (changed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	renewed := Values{}
	for name, from := range v.follows {
		if value := result.header.Get(from.name); from.kind == placeHeader && value != "" {
			renewed[name] = value
		}
	}
	if ofToken {
		maps.Copy(renewed, c.given(result.header, result.body))
	}
	for name, value := range renewed {
		changed = changed || v.known[name] != value
		v.takeLocked(name, value)
		c.keepBack(name, value)
	}
	return ofToken && changed
}

// given are the values that an answer with a token gives for the next request.
func (c *Client) given(header http.Header, body []byte) Values {
	given := Values{}
	for name, where := range c.config.Take {
		place, err := parsePlace(where)
		if err != nil {
			continue // checked with the configuration: cannot happen
		}
		if text, found := place.find(header, body); found {
			given[name] = text
		}
	}
	return given
}

// takeLocked gives the visitor a value of the site's, which is its secret.
func (v *visitor) takeLocked(name, value string) {
	if value == "" {
		return
	}
	v.known[name] = value
	if len(value) <= maxCookie {
		v.addSecretLocked("value "+name, value)
	}
}

// nextCall counts a request in this jar, from 1.
func (v *visitor) nextCall() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	return v.calls
}

// asked says whether the visitor has asked for a token before.
func (v *visitor) asked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls > 0
}

// takeBackCall uncounts a request that is to be repeated.
func (v *visitor) takeBackCall() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls--
}

// keep stores the cookies of an answer as a browser would. On loopback browsers
// take http for trustworthy and keep and send Secure cookies there; Go's jar
// does not, so the attribute is taken off.
func (v *visitor) keep(from *url.URL, set []*http.Cookie) {
	if len(set) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var kept []*http.Cookie
	for _, cookie := range set {
		if len(cookie.Value) <= maxCookie { // nobody keeps a longer one, and looking for it is costly
			v.addSecretLocked("cookie "+cookie.Name, cookie.Value)
		}
		if whyDropped(cookie, from) != "" {
			continue
		}
		copied := *cookie
		if from.Scheme == "http" && address.IsLocalName(from.Hostname()) {
			copied.Secure = false
		}
		kept = append(kept, &copied)
		v.strict[cookie.Name] = cookie.SameSite
		for name, from := range v.follows {
			if from.kind == placeCookie && from.name == cookie.Name && cookie.MaxAge >= 0 {
				v.known[name] = unescaped(cookie.Value)
			}
		}
	}
	v.jar.SetCookies(from, kept)
}

func (v *visitor) addSecretLocked(what, value string) {
	const most = 20 // cookies of one name, and of as many names as a jar has
	if value != "" && len(v.values) < mostCookies && len(v.values[what]) < most && !slices.Contains(v.values[what], value) {
		v.values[what] = append(v.values[what], value)
	}
}

// cookies returns those that the jar sends to address.
func (v *visitor) cookies(address *url.URL) []Cookie {
	v.mu.Lock()
	defer v.mu.Unlock()
	var cookies []Cookie
	for _, cookie := range v.jar.Cookies(address) {
		cookies = append(cookies, Cookie{cookie.Name, sentValue(cookie)})
	}
	return cookies
}

// crossSiteCookies returns those that a browser sends with another site's
// request: a navigation by GET carries Lax cookies, a form's POST does not.
// Without the attribute a young cookie goes with both.
func (v *visitor) crossSiteCookies(address *url.URL, method string) []Cookie {
	return slices.DeleteFunc(v.cookies(address), func(cookie Cookie) bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch v.strict[cookie.Name] {
		case http.SameSiteStrictMode:
			return true
		case http.SameSiteLaxMode:
			return method != http.MethodGet
		}
		return false
	})
}

// secrets returns the values that should not appear in a token, by what they are.
func (v *visitor) secrets() map[string][]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.values)
}

// sources are the cookies and headers that values of the visitor follow.
func (v *visitor) sources() map[string]lookup {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.follows)
}

// copyJar returns a visitor with the same cookies under another name.
func (v *visitor) copyJar(name string, address *url.URL) *visitor {
	copied := newVisitor(name)
	copied.user, copied.local, copied.agent = v.user, v.local, v.agent
	copied.known = v.valuesOrNone()
	copied.follows = v.sources()
	var cookies []*http.Cookie
	for _, cookie := range v.cookies(address) {
		cookies = append(cookies, cookieFor(address, cookie.Name, cookie.Value))
	}
	copied.keep(address, cookies)
	return copied
}

// cookieFor is a cookie as a browser keeps it for the whole site: Secure where that can
// be, for names with the prefix __Host- or __Secure- want it.
func cookieFor(address *url.URL, name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: address.Scheme == "https"}
}

// changedCookies are those that are not as they were before.
func changedCookies(before, after []Cookie) []Cookie {
	return slices.DeleteFunc(after, func(cookie Cookie) bool { return slices.Contains(before, cookie) })
}

// withCookie returns cookies with the one of that name replaced or added.
func withCookie(cookies []Cookie, name, value string) []Cookie {
	changed := withoutCookie(cookies, name)
	return append(changed, Cookie{name, value})
}

// withoutCookie returns cookies but for the one of that name.
func withoutCookie(cookies []Cookie, name string) []Cookie {
	return slices.DeleteFunc(slices.Clone(cookies), func(cookie Cookie) bool { return cookie.Name == name })
}

// decoded returns value and what it reads when percent sequences are resolved.
func decoded(value string) []string {
	values := []string{value}
	if plain, err := url.PathUnescape(value); err == nil && plain != value {
		values = append(values, plain)
	}
	if unquoted := strings.Trim(value, `"`); unquoted != value && unquoted != "" {
		values = append(values, unquoted)
	}
	return values
}
