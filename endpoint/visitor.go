package endpoint

import (
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"github.com/webchatspec/webchatspec/address"
)

// visitor is one person's browser, with a cookie jar of its own. On loopback it may also
// have an address of its own.
type visitor struct {
	name   string
	number int
	user   *User      // who it is; nil for a visitor who is not logged in
	local  netip.Addr // the address to send from; zero for any
	agent  string     // the User-Agent; "" for the default
	// inCrowd is set for one of very many visitors.
	inCrowd bool

	mu    sync.Mutex
	jar   *Jar
	calls int
	// known fills the places in the visitor's requests. Values from cookies and headers
	// change with these, as they do for the script of a page.
	known   Values
	follows map[string]lookup // the cookie or header from which each such value is taken
	// sameSite has the SameSite attribute of each cookie, which decides whether it goes
	// along with requests from another site's page (RFC 6265bis §5.2).
	sameSite map[string]http.SameSite
	// values are the visitor's secrets, by description: all values that were set as
	// cookies or taken from answers.
	values map[string][]string
}

func newVisitor(name string) *visitor {
	return &visitor{
		name: name, jar: NewJar(&cookiejar.Options{PublicSuffixList: publicsuffix.List}), sameSite: map[string]http.SameSite{}, values: map[string][]string{},
		known: NewValues(nil), follows: map[string]lookup{},
	}
}

// valuesOrNone returns the values of the visitor, or those of a new one for nil.
func (v *visitor) valuesOrNone() Values {
	if v == nil {
		return NewValues(nil)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.known)
}

// valuesAs returns the visitor's values, replaced by those that the user has.
func (v *visitor) valuesAs(user *User) Values {
	values := v.valuesOrNone()
	maps.Copy(values, user.Values)
	return values
}

// become makes the visitor the user and gives it the user's values, or, for nil, a visitor
// who is not logged in.
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

// learn takes the values that the answer to a step gives, and returns the request to which
// it redirects, if that is to be followed.
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

// keepBack keeps a value that the site has given one visitor out of all that is noted, even
// where the site gives it to another one.
func (c *Client) keepBack(name, value string) {
	if len(value) >= liveCookie && len(value) <= maxCookie && !c.config.pointsToSomebody(value) {
		c.live.AddLive("value "+name, value)
	}
}

// pointsToSomebody says whether the configuration has the value as a subject or an
// identifier of a user. Such a value is no secret, and is looked for in tokens.
func (c Config) pointsToSomebody(value string) bool {
	return slices.ContainsFunc(c.Users, func(user User) bool { return user.Sub == value || slices.Contains(user.Identifiers, value) })
}

// renew updates the values that an answer gives again: those that follow a header, and, from
// an answer with a token, those of [Config.Take]. It says whether an answer with a token
// has changed a value.
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

// given returns the values that an answer with a token gives for the next request.
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

// takeLocked gives the visitor a value from the site, which is a secret of the visitor.
func (v *visitor) takeLocked(name, value string) {
	if value == "" {
		return
	}
	v.known[name] = value
	if len(value) <= maxCookie {
		v.addSecretLocked("value "+name, value)
	}
}

// nextCall counts a request of the visitor, from 1.
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

// takeBackCall takes back the count of a request that is to be repeated.
func (v *visitor) takeBackCall() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls--
}

// keep stores the cookies of an answer as a browser would. Browsers trust http on loopback,
// and keep and send Secure cookies there. Go's jar does not, so the attribute is removed.
func (v *visitor) keep(from *url.URL, set []*http.Cookie) {
	if len(set) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var kept []*http.Cookie
	for _, cookie := range set {
		if len(cookie.Value) <= maxCookie { // browsers drop a longer one, and looking for it is costly
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
		v.sameSite[cookie.Name] = cookie.SameSite
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

// cookies returns the cookies that the jar sends to the address.
func (v *visitor) cookies(address *url.URL) []Cookie {
	v.mu.Lock()
	defer v.mu.Unlock()
	var cookies []Cookie
	for _, cookie := range v.jar.Cookies(address) {
		cookies = append(cookies, Cookie{cookie.Name, sentValue(cookie)})
	}
	return cookies
}

// crossSiteCookies returns the cookies that a browser sends with another site's request. A
// navigation by GET carries Lax cookies, and a form's POST does not. A recent cookie
// without the attribute goes along with both.
func (v *visitor) crossSiteCookies(address *url.URL, method string) []Cookie {
	return slices.DeleteFunc(v.cookies(address), func(cookie Cookie) bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch v.sameSite[cookie.Name] {
		case http.SameSiteStrictMode:
			return true
		case http.SameSiteLaxMode:
			return method != http.MethodGet
		}
		return false
	})
}

// secrets returns the values that should not appear in a token, by description.
func (v *visitor) secrets() map[string][]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.values)
}

// sources returns the cookies and headers from which values of the visitor are taken.
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

// cookieFor returns a cookie for the whole site. It is Secure where that is possible, because
// names with the prefix __Host- or __Secure- need it.
func cookieFor(address *url.URL, name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: address.Scheme == "https"}
}

// changedCookies are those that are new or have another value than before.
func changedCookies(before, after []Cookie) []Cookie {
	return slices.DeleteFunc(after, func(cookie Cookie) bool { return slices.Contains(before, cookie) })
}

// withCookie returns cookies with the one of that name replaced or added.
func withCookie(cookies []Cookie, name, value string) []Cookie {
	changed := withoutCookie(cookies, name)
	return append(changed, Cookie{name, value})
}

// withoutCookie returns cookies without the one of that name.
func withoutCookie(cookies []Cookie, name string) []Cookie {
	return slices.DeleteFunc(slices.Clone(cookies), func(cookie Cookie) bool { return cookie.Name == name })
}

// decoded returns value and what it becomes without percent sequences, and without quotes.
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

// cookieSpellings are the forms in which a site may tell a cookie's value to others, as whoever
// reads them can have the value back: as decoded gives them, and of a UUID or another
// number in hexadecimal also without dashes and in the other letters.
func cookieSpellings(value string) []string {
	forms := decoded(value)
	for _, form := range forms {
		bare := strings.ReplaceAll(form, "-", "")
		if !hexNumber.MatchString(bare) {
			continue
		}
		for _, other := range []string{bare, strings.ToLower(bare), strings.ToUpper(bare), strings.ToLower(form), strings.ToUpper(form)} {
			if !slices.Contains(forms, other) {
				forms = append(forms, other)
			}
		}
	}
	return forms
}

var hexNumber = regexp.MustCompile(`^(?i:[0-9a-f]{16,})$`)
