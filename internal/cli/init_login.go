package cli

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/endpoint"
)

// testUser is a person to log in as, with the environment variable that holds the
// password.
type testUser struct{ name, variable, password string }

// readTestUsers reads users as NAME=VARIABLE.
func readTestUsers(given []string) ([]testUser, error) {
	var users []testUser
	for _, text := range given {
		name, variable, ok := strings.Cut(text, "=")
		if !ok || name == "" || variable == "" {
			return nil, fmt.Errorf("--user %s: write NAME=VARIABLE, with the environment variable that holds the password", text)
		}
		password, set := os.LookupEnv(variable)
		if !set || password == "" {
			return nil, fmt.Errorf("--user %s: the environment variable %s is not set", text, variable)
		}
		users = append(users, testUser{name, variable, password})
	}
	return users, nil
}

// loginAnswer is what an address has answered to a login.
type loginAnswer struct {
	at string
	endpoint.Reply
}

// loginWish is how an endpoint says that it requires a login.
type loginWish struct {
	way    // that was answered so, with the visit that it needs beside the login
	why    string
	page   string      // with the first form, or where visitors are sent to log in
	forms  []loginForm // of the login, one after the other; nil where none was found
	follow bool        // redirects lead to the forms and back
	opened bool        // the page with the first form sets cookies, without which it is not taken
	silent bool        // the endpoint did not say so
}

var loginWords = regexp.MustCompile(`(?i)log-?in|sign-?in|anmeld|connexion|session|auth`)

// needsLogin says whether what came is the wish for a login. Of several ways of
// asking it is the one that came furthest: where a token against forgery was wanted,
// the one that had it.
func (s *survey) needsLogin() (wish loginWish, yes bool) {
	forgery := false
	for _, got := range s.answers {
		better := forgery && !asksForForgeryToken(got) && len(got.visit) > 0
		if why, page := got.wishForLogin(); why != "" && (!yes || better) {
			wish, yes = loginWish{way: got.way, why: why, page: page}, true
			if form, found := passwordForm(got.Body); found {
				wish.page, wish.forms = cmp.Or(page, s.base.URL), []loginForm{form.resolve(s.host(), got.From, false)}
			}
			forgery = false
		}
		forgery = forgery || asksForForgeryToken(got)
	}
	wish.method = cmp.Or(wish.method, http.MethodGet)
	return wish, yes
}

// wishForLogin says why the answer is that of an endpoint that serves only people
// who are logged in, and where it leads them.
func (s surveyed) wishForLogin() (why, page string) {
	method := cmp.Or(s.method, http.MethodGet)
	location := s.Header.Get("Location")
	if _, found := passwordForm(s.Body); found {
		return "it answered with a page to log in", ""
	}
	switch {
	case s.isRedirect() && loginWords.MatchString(location):
		return "it sent the visitor to " + location, location
	case s.Status == http.StatusUnauthorized && !s.isBasic():
		return method + " was answered with status 401", ""
	}
	return "", ""
}

// isBasic says whether a web server in front asks for a name and a password.
func (s surveyed) isBasic() bool {
	scheme, _, _ := strings.Cut(s.Header.Get("WWW-Authenticate"), " ")
	return s.Status == http.StatusUnauthorized && strings.EqualFold(scheme, "Basic")
}

// ownHost says whether an address is on the endpoint's host.
func (s *survey) ownHost(reference string) bool {
	endpoint, err := url.Parse(s.base.URL)
	if err != nil {
		return false
	}
	to, err := endpoint.Parse(reference)
	return err == nil && to.Hostname() == endpoint.Hostname()
}

// signOnQuery matches an address of a single sign-on that is made for one login alone.
var signOnQuery = regexp.MustCompile(`[?&](?:state|nonce|client_id|SAMLRequest)=`)

// passwordForm finds the form of a page that asks for a password.
func passwordForm(page []byte) (loginForm, bool) {
	forms := loginForms(page)
	if len(forms) == 0 || !forms[0].asksPassword {
		return loginForm{}, false
	}
	return forms[0], true
}

// assumesLogin is the wish of an endpoint that says nothing of a login, of which users
// were named.
func (s *survey) assumesLogin() loginWish {
	wish := loginWish{way: way{method: cmp.Or(s.base.Method, http.MethodGet), visit: s.before}, why: "what it is asked with comes from a login", silent: true}
	for _, got := range s.answers {
		if got.takesMethod() {
			wish.way, wish.why = got.way, fmt.Sprintf("%s was answered with status %d and no token", cmp.Or(got.method, http.MethodGet), got.Status)
			break
		}
	}
	return wish
}

// logIn tries the login of the first user, as it was told, by the form that was found or
// as programming interfaces have it. The steps of the way are those that brought a
// token, and every user has them in users.
func (s *survey) logIn(ctx context.Context, wish loginWish, users []testUser) (got surveyed, all []endpoint.User, ok bool) {
	missing := s.missing
	for _, steps := range s.logins(ctx, wish, users[0]) {
		w, login := wish.way, steps(users[0])
		if len(login) == 0 {
			continue
		}
		w.user = &endpoint.User{Name: users[0].name}
		w.user.Login, s.missing = s.learnedLogin(ctx, w, login, missing)
		got = s.try(ctx, w)
		if last := login[len(login)-1]; got.err != nil {
			s.loginAnswers = append(s.loginAnswers, loginAnswer{last.URL, got.Reply})
		}
		if got.token == "" && got.err == nil {
			got = s.withBearer(ctx, w)
		}
		if got.token == "" && got.err == nil {
			got = s.renewed(ctx, w)
		}
		if got.token == "" && got.err == nil {
			got = s.withScriptHeaders(ctx, w)
		}
		if got.token == "" {
			continue
		}
		s.ownPart = s.own(ctx, got.way, steps, users)
		return got, s.written(steps, got.user.Login, users), true
	}
	return s.byPassword(ctx, wish, users)
}

// learnedLogin is the login with what its answers give to the later requests, and the
// names that nothing has. What is still missing then may be on a page that is opened
// after it.
func (s *survey) learnedLogin(ctx context.Context, w way, login []endpoint.Request, wanted []string) (learned []endpoint.Request, missing []string) {
	if len(wanted) == 0 && s.toldLogin == nil {
		return login, nil
	}
	learned, missing = s.complete(ctx, w, w.visit, login, wanted)
	if len(without(wanted, nil)) == 0 || len(missing) == 0 {
		return learned, missing
	}
	for _, page := range s.pages() {
		longer, left := s.complete(ctx, w, w.visit, append(slices.Clone(login), endpoint.Request{URL: page}), wanted)
		if len(left) < len(missing) {
			return longer, left
		}
	}
	return learned, missing
}

// written are the users with the steps that were tried with the first of them, and
// variables for their passwords.
func (s *survey) written(steps func(testUser) []endpoint.Request, tried []endpoint.Request, users []testUser) (all []endpoint.User) {
	for _, user := range users {
		given := endpoint.User{Name: user.name}
		given.Login = alike(steps(testUser{user.name, user.variable, "${" + user.variable + "}"}), tried)
		if s.ownPart.value != "" {
			s.ownPart.give(&given, user)
		}
		all = append(all, given)
	}
	return all
}

// alike are the steps of a login as they were tried with another user: with what is taken,
// and what follows.
func alike(login, tried []endpoint.Request) []endpoint.Request {
	login = slices.Clone(login)
	for i := range min(len(login), len(tried)) {
		login[i].Take, login[i].Follow = maps.Clone(tried[i].Take), tried[i].Follow
	}
	return append(login, tried[min(len(login), len(tried)):]...)
}

// byPassword asks with the name and the password of the first user, as web servers take
// them with each request (RFC 7617).
func (s *survey) byPassword(ctx context.Context, wish loginWish, users []testUser) (got surveyed, all []endpoint.User, ok bool) {
	for _, user := range users {
		known := base64.StdEncoding.EncodeToString([]byte(user.name + ":" + user.password))
		all = append(all, endpoint.User{Name: user.name, Header: http.Header{"Authorization": {"Basic " + known}}})
	}
	w := wish.way
	w.user = &all[0]
	got = s.try(ctx, w)
	return got, all, got.token != ""
}

// logins are the ways in which a login may be done: steps for a user. Addresses are
// guessed on this machine only, where nobody takes that for an attack.
func (s *survey) logins(ctx context.Context, wish loginWish, first testUser) []func(testUser) []endpoint.Request {
	var ways []func(testUser) []endpoint.Request
	if s.toldLogin != nil {
		return append(ways, func(user testUser) []endpoint.Request { return requestsOf(s.toldLogin, &user) })
	}
	login := s.login
	if wish.forms != nil {
		walked := sync.OnceValue(func() loginWish { return s.walk(ctx, wish, first) })
		ways = append(ways, wish.steps, func(user testUser) []endpoint.Request {
			if len(walked().forms) == len(wish.forms) {
				return nil // nothing beyond the form that was tried
			}
			return walked().steps(user)
		})
	}
	target, err := url.Parse(s.base.URL)
	if err != nil || login == "" && !address.Book(s.base.Resolve).IsLocal(ctx, target) {
		return ways
	}
	ways = append(ways, s.authJSLogins(ctx)...)
	addresses := []string{login}
	if login == "" {
		addresses = loginAddresses(target.Path)
	}
	for _, at := range addresses {
		got := s.post(ctx, at)
		if login == "" && (got.Status == 0 || !got.takesMethod()) {
			continue
		}
		ways = append(ways, plainLogins(at)...)
		if asksForForgeryToken(got) {
			ways = append(ways, s.guardedLogins(ctx, at)...)
		}
	}
	return ways
}

// plainLogins are the logins that programming interfaces may have at an address.
func plainLogins(at string) (ways []func(testUser) []endpoint.Request) {
	for _, name := range []string{"email", "username", "user", "login"} {
		ways = append(ways, func(user testUser) []endpoint.Request {
			return []endpoint.Request{{URL: at, JSON: jsonLogin(name, user)}}
		})
	}
	for _, name := range []string{"username", "user", "email"} {
		ways = append(ways, func(user testUser) []endpoint.Request {
			return []endpoint.Request{{URL: at, Form: map[string]string{name: user.name, "password": user.password}}}
		})
	}
	return append(ways, func(user testUser) []endpoint.Request {
		return []endpoint.Request{{URL: at, Form: map[string]string{"grant_type": "password", "username": user.name, "password": user.password}}}
	})
}

func jsonLogin(field string, user testUser) string {
	body, _ := json.Marshal(map[string]string{field: user.name, "password": user.password}) // texts
	return string(body)
}

// guardedLogins are those at an address that wants a token against forgery, with one from
// where frameworks have it. The logout wants it, too.
func (s *survey) guardedLogins(ctx context.Context, at string) (ways []func(testUser) []endpoint.Request) {
	for _, page := range append(s.pages(), forgeryPages...) {
		got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page}}})
		if got.err != nil || got.Status >= http.StatusBadRequest {
			continue
		}
		for _, token := range forgeryTokens(got.Header, got.Body) {
			for _, name := range []string{"email", "username", "user"} {
				ways = append(ways, func(user testUser) []endpoint.Request {
					return []endpoint.Request{
						{URL: page, Take: map[string]string{"csrf": token.place}},
						{URL: at, Header: with(http.Header{"Accept": {"application/json"}}, token.header, "{csrf}"), JSON: jsonLogin(name, user)},
					}
				})
			}
		}
	}
	return ways
}

// authJSLogins are the logins by a password as Auth.js has them, where the site has its
// address; its form may be one of the site's own that a script sends.
func (s *survey) authJSLogins(ctx context.Context) []func(testUser) []endpoint.Request {
	const tokens, callback = "/api/auth/csrf", "/api/auth/callback/credentials"
	got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: tokens, Take: map[string]string{"csrf": "json:csrfToken"}}}})
	if got.err != nil {
		return nil
	}
	var ways []func(testUser) []endpoint.Request
	for _, name := range []string{"username", "email"} {
		ways = append(ways, func(user testUser) []endpoint.Request {
			return []endpoint.Request{
				{URL: tokens, Take: map[string]string{"csrf": "json:csrfToken"}},
				{URL: callback, Form: map[string]string{"csrfToken": "{csrf}", "json": "true", name: user.name, "password": user.password}},
			}
		})
	}
	return ways
}

// loginAddresses are where programming interfaces have their login, beside the
// endpoint and above it.
func loginAddresses(endpoint string) []string {
	var all []string
	const most = 20
	for at := path.Dir(endpoint); ; at = path.Dir(at) {
		for _, name := range []string{"auth/login", "login", "session", "oauth/token", "token"} {
			if !strings.Contains(at, "{") { // what stands there comes from the login
				all = append(all, path.Join("/", at, name))
			}
		}
		if at == "/" || at == "." || len(all) >= most {
			break
		}
	}
	for _, usual := range []string{"/api/login", "/api/auth/login", "/api/session", "/api-token-auth/"} {
		if !slices.Contains(all, usual) {
			all = append(all, usual)
		}
	}
	return slices.DeleteFunc(all, func(at string) bool { return at == endpoint })
}

// post sends an empty object to an address, to see what is there.
func (s *survey) post(ctx context.Context, address string) surveyed {
	return s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{Method: http.MethodPost, URL: address, JSON: "{}"}}})
}
