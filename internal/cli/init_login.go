package cli

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

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

// loginWish is how an endpoint says that it requires a login.
type loginWish struct {
	way    // that was answered so, with the visit that it needs beside the login
	why    string
	page   string       // with the form, "" where none was found
	action string       // where the form goes, "/login" where there is none
	fields []loginField // of the form; nil where none was found
	follow bool         // redirects lead to the form and back
}

// loginField is one of the fields of a form to log in.
type loginField struct {
	name, value string
	is          fieldKind
}

type fieldKind int

const (
	fieldFixed fieldKind = iota // goes back as it came
	fieldName
	fieldPassword
	fieldOnce // hidden, and another one each time: a token against forgery
)

// steps are the requests of the user's login by the form.
func (l loginWish) steps(user testUser) []endpoint.Request {
	take, form := map[string]string{}, map[string]string{}
	for _, field := range l.fields {
		switch field.is {
		case fieldName:
			form[field.name] = user.name
		case fieldPassword:
			form[field.name] = user.password
		case fieldOnce:
			value := "csrf"
			if len(take) > 0 {
				value = fmt.Sprintf("hidden%d", len(take)+1)
			}
			take[value], form[field.name] = "form:"+field.name, "{"+value+"}"
		default:
			form[field.name] = field.value
		}
	}
	post := endpoint.Request{URL: l.action, Form: form, Follow: l.follow}
	if len(take) == 0 && !l.follow {
		return []endpoint.Request{post}
	}
	return []endpoint.Request{{URL: l.page, Take: take, Follow: l.follow}, post}
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
			if wish.action, wish.fields = loginForm(got.Body); wish.fields == nil {
				wish.action = cmp.Or(page, "/login")
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
	if _, fields := loginForm(s.Body); fields != nil {
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

// findForm completes the wish with the form of the login where the answer had none: it
// looks where visitors who are not logged in end up, on the page, on the site's
// first one, and where frameworks have it.
func (s *survey) findForm(ctx context.Context, wish loginWish, login string) loginWish {
	if wish.fields != nil && login == "" {
		return wish
	}
	pages := []string{wish.page, s.page, "/", "/login", "/accounts/login/", "/users/sign_in", "/api/auth/signin", "/auth/login"}
	if login != "" {
		pages = []string{login}
	}
	for _, page := range pages {
		if page == "" {
			continue
		}
		got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page}}})
		if location := got.Header.Get("Location"); got.err == nil && got.isRedirect() && loginWords.MatchString(location) {
			if wish.follow = signOnQuery.MatchString(location); !wish.follow {
				page = location
			}
			got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page, Follow: wish.follow}}})
		}
		if action, fields := loginForm(got.Body); got.err == nil && got.Status == http.StatusOK && fields != nil {
			wish.page, wish.action, wish.fields = page, cmp.Or(action, page), fields
			if to, err := got.From.Parse(action); wish.follow && err == nil {
				wish.action = to.RequestURI() // the form is on another page than the one that was asked for
			}
			return wish
		}
	}
	wish.action = cmp.Or(login, wish.action, "/login")
	return wish
}

// signOnQuery matches an address of a single sign-on that is made for one login alone.
var signOnQuery = regexp.MustCompile(`[?&](?:state|nonce|client_id|SAMLRequest)=`)

// loginForm finds the form of a page to log in: the one with a password.
func loginForm(page []byte) (action string, fields []loginField) {
	eachElement(page, func(n *html.Node) {
		if n.Data != "form" || fields != nil {
			return
		}
		hasPassword, hasName := false, false
		var found []loginField
		for inner := range n.Descendants() {
			name, kind := attribute(inner, "name"), strings.ToLower(attribute(inner, "type"))
			if inner.Data != "input" || name == "" {
				continue
			}
			field := loginField{name: name, value: attribute(inner, "value")}
			switch {
			case kind == "password":
				field.is, hasPassword = fieldPassword, true
			case kind == "hidden" && (isForgeryField(name) || name == "state" || len(field.value) >= 16):
				field.is = fieldOnce
			case kind == "hidden":
			case (kind == "" || kind == "text" || kind == "email") && !hasName:
				field.is, hasName = fieldName, true
			default:
				continue
			}
			found = append(found, field)
		}
		if hasPassword {
			action, fields = attribute(n, "action"), found
		}
	})
	return action, fields
}

// logIn tries the login of the first user, by the form that was found or as
// programming interfaces have it. The steps of the way are those that brought a
// token, and every user has them in users.
func (s *survey) logIn(ctx context.Context, wish loginWish, users []testUser, login string) (got surveyed, all []endpoint.User, ok bool) {
	for _, steps := range s.logins(ctx, wish, login) {
		w := wish.way
		w.user = &endpoint.User{Name: users[0].name, Login: steps(users[0])}
		got = s.try(ctx, w)
		take := map[string]string{}
		var again []endpoint.Request
		if got.token == "" && got.err == nil {
			got, take = s.withBearer(ctx, w)
		}
		if got.token == "" && got.err == nil && len(w.visit) > 0 { // a login that changes what the visit gives
			again = w.visit
			renewing := *w.user
			renewing.Login = slices.Concat(renewing.Login, again)
			w.user = &renewing
			got = s.try(ctx, w)
		}
		if got.token == "" {
			continue
		}
		for _, user := range users {
			given := endpoint.User{Name: user.name, Login: steps(testUser{escaped(user.name), user.variable, "${" + user.variable + "}"})}
			if len(take) > 0 && again == nil {
				given.Login[len(given.Login)-1].Take = take
			}
			given.Login = append(given.Login, again...)
			all = append(all, given)
		}
		return got, all, true
	}
	return s.byPassword(ctx, wish, users)
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
func (s *survey) logins(ctx context.Context, wish loginWish, login string) []func(testUser) []endpoint.Request {
	var ways []func(testUser) []endpoint.Request
	if wish.fields != nil {
		ways = append(ways, wish.steps)
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
		if login == "" && !s.takesPost(ctx, at) {
			continue
		}
		for _, name := range []string{"email", "username", "user"} {
			ways = append(ways, func(user testUser) []endpoint.Request {
				body, _ := json.Marshal(map[string]string{name: user.name, "password": user.password}) // texts
				return []endpoint.Request{{URL: at, JSON: string(body)}}
			})
		}
		for _, name := range []string{"username", "user", "email"} {
			ways = append(ways, func(user testUser) []endpoint.Request {
				return []endpoint.Request{{URL: at, Form: map[string]string{name: user.name, "password": user.password}}}
			})
		}
		ways = append(ways, func(user testUser) []endpoint.Request {
			return []endpoint.Request{{URL: at, Form: map[string]string{"grant_type": "password", "username": user.name, "password": user.password}}}
		})
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
	for at := path.Dir(endpoint); ; at = path.Dir(at) {
		for _, name := range []string{"auth/login", "login", "session", "oauth/token", "token"} {
			all = append(all, path.Join("/", at, name))
		}
		if at == "/" || at == "." || len(all) >= 20 {
			return all
		}
	}
}

// takesPost says whether there is something at the address that takes a POST.
func (s *survey) takesPost(ctx context.Context, address string) bool {
	got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{Method: http.MethodPost, URL: address, JSON: "{}"}}})
	return got.Status != 0 && got.takesMethod()
}

// withBearer looks for a bearer token in the answer to the login, and asks with it.
func (s *survey) withBearer(ctx context.Context, w way) (got surveyed, take map[string]string) {
	last := len(w.user.Login) - 1
	begun := s.try(ctx, way{method: visitOnly, visit: w.visit, header: w.header, user: w.user})
	for _, place := range bearerPlaces(begun.Body) {
		user := *w.user
		user.Login = slices.Clone(user.Login)
		take = map[string]string{"access": place}
		user.Login[last].Take = take
		with := w
		with.user, with.header = &user, merged(w.header, map[string]string{"Authorization": "Bearer {access}"})
		if got = s.try(ctx, with); got.token != "" {
			return got, take
		}
	}
	return got, nil
}

// bearerPlaces are the members of a JSON text that may be a bearer token, those with
// the usual names first.
func bearerPlaces(body []byte) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	words, found, texts := []string{"access", "token", "jwt", "bearer"}, map[string][]string{}, map[string]string{}
	textsOf(value, "", texts)
	for at, text := range texts {
		lower := strings.ToLower(at)
		const shortest = 16
		if len(text) < shortest || strings.ContainsAny(text, " \n") || strings.Contains(lower, "refresh") {
			continue
		}
		if i := slices.IndexFunc(words, func(word string) bool { return strings.Contains(lower, word) }); i >= 0 {
			found[words[i]] = append(found[words[i]], "json:"+at)
		}
	}
	var places []string
	for _, word := range words {
		slices.Sort(found[word])
		places = append(places, found[word]...)
	}
	const most = 3
	return places[:min(len(places), most)]
}
