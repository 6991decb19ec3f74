package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant/keytext"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// survey finds out by a few ordinary requests how an endpoint wants to be asked.
type survey struct {
	base     endpoint.Config // as far as the user has told it
	page     string          // the embed page, "" for the start page of the site
	requests int
	answers  []surveyed // without a token, in the order in which they came
}

// way is one way of asking for a token.
type way struct {
	method, body string
	header       map[string]string
	visit        []endpoint.Request
}

// surveyed is what came of one way.
type surveyed struct {
	way
	status  int
	header  http.Header
	body    []byte
	token   string // "" when there was none
	place   string // where it stood, as --token-in takes it; "" is the body
	cookies []string
	err     error
}

const (
	surveyTime  = 10 * time.Second // for one request
	surveyBytes = 1 << 20          // of one answer
	mostSurveys = 40               // requests in all
)

// find tries ways until one brings a token, the usual ones first.
func (s *survey) find(ctx context.Context) (surveyed, bool) {
	methods := []way{{method: http.MethodGet}, {method: http.MethodPost}, {method: http.MethodPost, body: "{}", header: map[string]string{"Content-Type": "application/json"}}}
	if s.base.Method != "" || s.base.Body != "" {
		methods = []way{{method: s.base.Method, body: s.base.Body}}
	}
	var accepted []way
	for _, w := range methods {
		got := s.try(ctx, w)
		if got.token != "" || got.err != nil {
			return got, got.token != ""
		}
		if got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound && got.status != http.StatusNotImplemented {
			accepted = append(accepted, w)
		}
	}
	for _, further := range s.further(ctx) {
		for _, w := range accepted {
			w.visit, w.header = further.visit, merged(w.header, further.header)
			if got := s.try(ctx, w); got.token != "" {
				return got, true
			}
		}
	}
	return surveyed{}, false
}

// further are the things that a page does beside the plain request: a visit
// before, a token against forgery taken from it, the site's own Origin.
func (s *survey) further(ctx context.Context) []way {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return nil
	}
	origin := map[string]string{"Origin": target.Scheme + "://" + target.Host}
	ways := []way{{header: origin}}
	visits := []string{"/"}
	if s.page != "" {
		visits = []string{s.page, "/"}
	}
	if s.speaksOfForgery() {
		visits = append(visits, "csrf_token", "csrf-token", "csrf", "/csrf-token", "/api/csrf-token", "/api/csrf", "/sanctum/csrf-cookie")
	}
	for _, visit := range visits {
		answer := s.try(ctx, way{visit: []endpoint.Request{{URL: visit}}, method: visitOnly})
		if answer.err != nil || answer.status >= http.StatusBadRequest {
			continue
		}
		ways = append(ways, way{visit: []endpoint.Request{{URL: visit}}})
		for _, token := range forgeryTokens(answer.header, answer.body) {
			ways = append(ways, way{
				visit:  []endpoint.Request{{URL: visit, Take: map[string]string{"csrf": token.place}}},
				header: merged(origin, map[string]string{token.header: "{csrf}"}),
			})
		}
	}
	return ways
}

// speaksOfForgery says whether an answer asks for a token against forgery.
func (s *survey) speaksOfForgery() bool {
	return slices.ContainsFunc(s.answers, func(got surveyed) bool {
		const expired = 419 // as Laravel answers
		return got.status == expired || forgeryWords.Match(got.body) || got.header.Get("X-CSRF-Token") != ""
	})
}

var forgeryWords = regexp.MustCompile(`(?i)csrf|xsrf|forgery|authenticity`)

func merged(a, b map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// visitOnly is the method of a way that only makes the visit.
const visitOnly = "visit"

// try asks as a visitor without cookies.
func (s *survey) try(ctx context.Context, w way) surveyed {
	got := surveyed{way: w}
	config := s.base
	config.Method, config.Body, config.Visit = w.method, w.body, w.visit
	if w.method == visitOnly {
		config.Method = http.MethodGet
	}
	config.Header = config.Header.Clone()
	if config.Header == nil {
		config.Header = http.Header{}
	}
	for name, value := range w.header {
		config.Header.Set(name, value)
	}
	client, err := endpoint.New(config)
	if err != nil {
		got.err = err
		return got
	}
	jar, _ := cookiejar.New(nil)
	sender := &http.Client{
		Transport: client.Transport(1), Jar: jar, Timeout: surveyTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	values := endpoint.NewValues(nil)
	for _, step := range client.Before(nil) {
		request, err := step.For(ctx, client, values)
		if err != nil {
			got.err = err
			return got
		}
		s.send(sender, request, &got)
		if got.err == nil {
			got.err = step.Learn(values, got.header, got.body)
		}
		if got.err != nil || w.method == visitOnly {
			return got
		}
	}
	request, err := client.RequestFor(ctx, nil, values)
	if err != nil {
		got.err = err
		return got
	}
	s.send(sender, request, &got)
	s.look(&got)
	if got.token == "" {
		s.answers = append(s.answers, got)
	}
	return got
}

// send sends a request and reads the answer.
func (s *survey) send(sender *http.Client, request *http.Request, got *surveyed) {
	if s.requests++; s.requests > mostSurveys {
		got.err = fmt.Errorf("%d requests have not been enough to find out", mostSurveys)
		return
	}
	response, err := sender.Do(request)
	if err != nil {
		got.err = err
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, surveyBytes))
	if plain, _, unpackErr := endpoint.Unpack(body, response.Header, surveyBytes); unpackErr == nil {
		body = plain
	}
	got.status, got.header, got.body, got.err = response.StatusCode, response.Header, body, err
	got.cookies = nil
	for _, cookie := range response.Cookies() {
		got.cookies = append(got.cookies, cookie.Name)
	}
}

// look finds the token in the answer, wherever it stands.
func (s *survey) look(got *surveyed) {
	if got.err != nil || got.status < 200 || got.status > 299 {
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d answer\r\n", got.status)
	_ = got.header.Write(&text) // to memory
	text.WriteString("\r\n")
	text.Write(got.body)
	found := findToken(text.String())
	if len(found.around) == 0 || verifier.Preview(found.token, time.Now()).Name == "JsonWebTokenError" {
		return
	}
	got.token, got.place = found.token, found.place
}

// forgeryToken is a token against request forgery: where an answer has it, and
// the header in which pages send it back.
type forgeryToken struct{ place, header string }

// forgeryTokens finds those of the well-known frameworks.
func forgeryTokens(header http.Header, body []byte) []forgeryToken {
	var found []forgeryToken
	for _, name := range []string{"X-CSRF-Token", "X-XSRF-Token"} {
		if header.Get(name) != "" {
			found = append(found, forgeryToken{"header:" + name, name})
		}
	}
	sent := http.Response{Header: header}
	for _, cookie := range sent.Cookies() {
		switch strings.ToLower(cookie.Name) {
		case "xsrf-token":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-XSRF-TOKEN"})
		case "csrftoken":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-CSRFToken"})
		case "csrf-token", "csrf_token", "_csrf":
			found = append(found, forgeryToken{"cookie:" + cookie.Name, "X-CSRF-Token"})
		}
	}
	var object map[string]any
	if json.Unmarshal(body, &object) == nil {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if text, isText := object[name].(string); isText && text != "" && (forgeryWords.MatchString(name) || name == "token") {
				found = append(found, forgeryToken{"json:" + name, "X-CSRF-Token"})
			}
		}
	}
	eachElement(body, func(n *html.Node) {
		name := attribute(n, "name")
		if !strings.Contains(strings.ToLower(name), "csrf") && !slices.Contains([]string{"_token", "authenticity_token", "__RequestVerificationToken"}, name) {
			return
		}
		switch {
		case n.Data == "meta" && attribute(n, "content") != "" && !strings.Contains(strings.ToLower(name), "header") && !strings.Contains(strings.ToLower(name), "param"):
			found = append(found, forgeryToken{"meta:" + name, "X-CSRF-Token"})
		case n.Data == "input" && attribute(n, "value") != "":
			found = append(found, forgeryToken{"form:" + name, "X-CSRF-Token"})
		}
	})
	return found
}

// eachElement calls look with each element of an HTML page.
func eachElement(body []byte, look func(*html.Node)) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			look(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// loginWish is how an endpoint says that it requires a login.
type loginWish struct {
	why    string
	method string   // of the request for a token that was answered so
	page   string   // with the form, "" where none was found
	action string   // where the form goes, "/login" where there is none
	fields []string // of the form, the password last; nil where none was found
	csrf   string   // hidden field with a token against forgery, "" for none
}

// requests are those of a login, as the configuration has them.
func (l loginWish) requests() []string {
	var form []string
	for i, field := range l.fields {
		value := "ann"
		if i == len(l.fields)-1 {
			value = `"${ANN_PASSWORD}"`
		}
		form = append(form, readable(field)+": "+value)
	}
	var all []string
	if l.csrf != "" {
		all = append(all, fmt.Sprintf("{url: %s, take: {csrf: %q}}", readable(l.page), "form:"+readable(l.csrf)))
		form = append(form, readable(l.csrf)+`: "{csrf}"`)
	}
	return append(all, fmt.Sprintf("{url: %s, form: {%s}}", readable(l.action), strings.Join(form, ", ")))
}

var loginWords = regexp.MustCompile(`(?i)log-?in|sign-?in|anmeld|connexion|session|auth`)

// needsLogin says whether what came is the wish for a login.
func (s *survey) needsLogin() (wish loginWish, yes bool) {
	for _, got := range s.answers {
		method := cmp.Or(got.method, http.MethodGet)
		location := got.header.Get("Location")
		if action, fields := loginForm(got.body); fields != nil {
			wish.why, wish.method, wish.action, wish.fields = "it answered with a page to log in", method, cmp.Or(action, "/login"), fields
			return wish, true
		}
		switch {
		case got.status >= 300 && got.status < 400 && loginWords.MatchString(location):
			wish.why, wish.method, wish.page, wish.action = "it sent the visitor to "+location, method, location, location
			return wish, true
		case got.status == http.StatusUnauthorized:
			wish.why, wish.method = method+" was answered with status 401", method
			return wish, true
		}
	}
	return wish, false
}

// findForm completes the wish with the form of the login where the answer had none: it
// looks where visitors who are not logged in end up, on the page and on the site's
// first one.
func (s *survey) findForm(ctx context.Context, wish loginWish) loginWish {
	if wish.fields != nil {
		return wish
	}
	for _, page := range []string{wish.page, s.page, "/", "/login"} {
		if page == "" {
			continue
		}
		got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page}}})
		if location := got.header.Get("Location"); got.err == nil && got.status >= 300 && got.status < 400 && loginWords.MatchString(location) {
			page = location
			got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page}}})
		}
		action, fields := loginForm(got.body)
		if got.err != nil || got.status != http.StatusOK || fields == nil {
			continue
		}
		wish.page, wish.action, wish.fields = page, cmp.Or(action, page), fields
		for _, token := range forgeryTokens(got.header, got.body) {
			if field, hidden := strings.CutPrefix(token.place, "form:"); hidden {
				wish.csrf = field
			}
		}
		return wish
	}
	wish.action, wish.fields = cmp.Or(wish.action, "/login"), []string{"user", "password"}
	return wish
}

// loginForm finds the form of a page to log in, with the names of its fields,
// the password last.
func loginForm(page []byte) (action string, fields []string) {
	password := "password"
	login := false
	eachElement(page, func(n *html.Node) {
		kind, name := attribute(n, "type"), attribute(n, "name")
		switch {
		case n.Data == "form" && loginWords.MatchString(attribute(n, "action")+attribute(n, "id")):
			action, login = attribute(n, "action"), true
		case n.Data == "input" && kind == "password":
			password, login = cmp.Or(name, password), true
		case n.Data == "input" && name != "" && (kind == "" || kind == "text" || kind == "email"):
			fields = append(fields, name)
		}
	})
	if !login {
		return "", nil
	}
	return action, append(fields[:min(len(fields), 1)], password)
}

// publishedKey looks for a public key on the endpoint's own host that fits the
// signature of the token. It returns its PEM and where it was.
func (s *survey) publishedKey(ctx context.Context, token string) (pem, source string) {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return "", ""
	}
	for _, path := range []string{"/.well-known/jwks.json", "/jwks.json", "/.well-known/openid-configuration"} {
		address := target.ResolveReference(&url.URL{Path: path})
		got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: address.String()}}})
		if got.err != nil || got.status != http.StatusOK {
			continue
		}
		var about struct {
			Keys string `json:"jwks_uri"`
		}
		if json.Unmarshal(got.body, &about) == nil && about.Keys != "" {
			keys, err := url.Parse(about.Keys)
			if err != nil || keys.Host != target.Host {
				continue
			}
			address = keys
			if got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: about.Keys}}}); got.err != nil {
				continue
			}
		}
		for _, candidate := range keysIn(got.body) {
			if verifier.ReadKey(candidate).SignatureScheme(token).Fits() {
				return candidate, address.String()
			}
		}
	}
	return "", ""
}

// keysIn returns the PEM of each key of a key set.
func keysIn(body []byte) []string {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		set.Keys = []json.RawMessage{body}
	}
	var all []string
	for _, key := range set.Keys {
		if found := keytext.Recognise(string(key)); found.PEM != "" && !found.Private {
			all = append(all, found.PEM)
		}
	}
	return all
}
