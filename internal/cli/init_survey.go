package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// survey finds out by a few ordinary requests how an endpoint wants to be asked.
type survey struct {
	base         endpoint.Config // as far as the user has told it
	login        string          // where users log in, "" where that was not said
	page         string          // the embed page, "" for the start page of the site
	unnamed      string          // the host to which the login led and that was not named
	loginAnswers []loginAnswer   // that brought no token
	called       string          // the body of a query or call that the server knows, though it gave no token
	ownPart      ownPart         // of the address or the body
	moved        bool            // base.URL is where the address redirected to
	requests     int
	began        time.Time  // when the first was sent
	refusals     int        // that said "too often"
	answers      []surveyed // without a token, in the order in which they came

	toldVisit, toldLogin []givenRequest     // by the user, nil where they were not
	toldLogout           []givenRequest     // likewise
	variables            map[string]string  // that stand in them
	before               []endpoint.Request // the visit of each way, with what it gives
	missing              []string           // names of values that no answer had
	ofLogin              []string           // names of values that the login begins with
	visitorID            visitorID          // that the endpoint wants, found by itself

	scripts []string // of the pages, nil until they are asked for
	// What they do, to be told where no token came.
	cookiesOfScripts, headersOfScripts, postsOfScripts []string
	seen                                               []loginAnswer // to what was told
}

// way is one way of asking for a token.
type way struct {
	method, body string
	header       map[string]string
	visit        []endpoint.Request
	user         *endpoint.User // nil for a visitor without a login
}

// surveyed is what came of one way.
type surveyed struct {
	way
	endpoint.Reply
	token   string // "" when there was none
	place   string // where it stood, as --token-in takes it; "" is the body
	cookies []string
	ended   bool // a logout before it has deleted a cookie
	err     error
}

// isRedirect says whether the answer leads elsewhere.
func (s surveyed) isRedirect() bool {
	return s.Status >= 300 && s.Status < 400 && s.Header.Get("Location") != ""
}

// takesMethod says whether the answer is one of an endpoint that has the method.
func (s surveyed) takesMethod() bool {
	return s.Status != http.StatusMethodNotAllowed && s.Status != http.StatusNotFound && s.Status != http.StatusNotImplemented
}

// surveyBytes is how much of one answer is read.
const surveyBytes = 1 << 20

// jsonBody is the header of requests with a JSON body.
var jsonBody = map[string]string{"Content-Type": "application/json"}

// find tries ways until one brings a token, the usual ones first.
func (s *survey) find(ctx context.Context) (surveyed, bool) {
	methods := []way{{method: http.MethodGet}, {method: http.MethodPost}, {method: http.MethodPost, body: "{}", header: jsonBody}}
	switch {
	case s.base.Method != "":
		methods = []way{{method: s.base.Method, body: s.base.Body}}
	case s.base.Body != "":
		methods = []way{{method: http.MethodPost, body: s.base.Body}, {method: http.MethodGet, body: s.base.Body}}
	}
	if len(without(placesIn(s.base.URL), takenBy(s.before))) > 0 {
		return surveyed{}, false // there is nothing to ask yet
	}
	var accepted []way
	for _, w := range methods {
		w.visit = s.before
		got := s.try(ctx, w)
		if got.isRedirect() { // perhaps to what begins a session, and back
			w.visit = append(slices.Clone(s.before), endpoint.Request{URL: s.base.URL, Follow: true})
			if again := s.try(ctx, w); again.token != "" {
				return again, true
			}
		}
		if s.follow(got) {
			return s.find(ctx)
		}
		if got.token != "" || got.err != nil {
			return got, got.token != ""
		}
		if got.takesMethod() {
			accepted = append(accepted, w)
		}
	}
	for _, method := range s.allowed() {
		got := s.try(ctx, way{method: method, body: s.base.Body, visit: s.before})
		if got.token != "" {
			return got, true
		}
		if got.takesMethod() {
			accepted = append(accepted, got.way)
		}
	}
	if len(accepted) == 0 { // some say that there is nothing to whom they do not want
		accepted = methods[:1]
	}
	for _, further := range s.further(ctx) {
		for _, w := range accepted {
			if further.body != "" && w.method == http.MethodGet {
				continue
			}
			w.visit, w.header, w.body = slices.Concat(s.before, further.visit), merged(w.header, further.header), cmp.Or(further.body, w.body)
			if got := s.try(ctx, w); got.token != "" {
				return got, true
			}
		}
	}
	for _, ask := range []func(context.Context) (surveyed, bool){s.asScript, s.asQuery, s.asCall, s.withFields, s.withVisitorID} {
		if got, ok := ask(ctx); ok {
			return got, true
		}
	}
	s.readScripts(ctx)
	return surveyed{}, false
}

// allowed are further methods that the refusals name.
func (s *survey) allowed() []string {
	var methods []string
	for _, got := range s.answers {
		for method := range strings.SplitSeq(got.Header.Get("Allow"), ",") {
			if method = strings.TrimSpace(method); s.base.Method == "" && slices.Contains([]string{http.MethodPut, http.MethodPatch}, method) && !slices.Contains(methods, method) {
				methods = append(methods, method)
			}
		}
	}
	return methods
}

// follow takes the address for the endpoint's to which it leads for good on the
// same host, such as that with a slash at its end or with https.
func (s *survey) follow(got surveyed) bool {
	from, err := url.Parse(s.base.URL)
	if err != nil || s.moved || !got.isRedirect() {
		return false
	}
	to, err := from.Parse(got.Header.Get("Location"))
	if err != nil || to.Hostname() != from.Hostname() || loginWords.MatchString(to.Path) || to.Scheme == "http" && from.Scheme == "https" {
		return false
	}
	s.base.URL, s.moved, s.answers = to.String(), true, nil
	return true
}

// further are the things that a page does beside the plain request: a visit
// before, a token against forgery taken from it, the site's own Origin.
func (s *survey) further(ctx context.Context) []way {
	origin := map[string]string{"Origin": s.origin()}
	ways := []way{{header: origin}, {header: map[string]string{"X-Requested-With": "XMLHttpRequest"}}}
	visits := s.pages()
	if s.speaksOfForgery() || s.refusesPost() {
		visits = append(visits, forgeryPages...)
	}
	for _, visit := range visits {
		request := endpoint.Request{URL: visit}
		answer := s.try(ctx, way{visit: []endpoint.Request{request}, method: visitOnly})
		if answer.err == nil && answer.isRedirect() {
			request.Follow = true
			answer = s.try(ctx, way{visit: []endpoint.Request{request}, method: visitOnly})
		}
		if answer.err != nil || answer.Status >= http.StatusBadRequest {
			continue
		}
		ways = append(ways, way{visit: []endpoint.Request{request}})
		for _, token := range forgeryTokens(answer.Header, answer.Body) {
			request.Take = map[string]string{"csrf": token.place}
			taking := []endpoint.Request{request}
			ways = append(ways, way{visit: taking, header: merged(origin, map[string]string{token.header: "{csrf}"})})
			if strings.HasPrefix(token.place, "json:") {
				for _, field := range []string{"_csrf", "csrfToken"} {
					ways = append(ways, way{visit: taking, header: jsonBody, body: fmt.Sprintf(`{%q: "{csrf}"}`, field)})
				}
			}
		}
	}
	return ways
}

// forgeryPages are where frameworks have a token against forgery.
var forgeryPages = append(slices.Clone(loginPages), "csrf_token", "csrf-token", "csrf", "/csrf-token", "/api/csrf-token", "/api/csrf", "/sanctum/csrf-cookie", "/session/token")

// pages are those on which a visitor may begin.
func (s *survey) pages() []string {
	if s.page != "" {
		return []string{s.page, "/"}
	}
	return []string{"/"}
}

// speaksOfForgery says whether an answer asks for a token against forgery.
func (s *survey) speaksOfForgery() bool {
	return slices.ContainsFunc(s.answers, asksForForgeryToken)
}

// refusesPost says whether an answer refuses a POST without a word of why, as some
// frameworks do where such a token is missing.
func (s *survey) refusesPost() bool {
	return slices.ContainsFunc(s.answers, func(got surveyed) bool {
		return got.method == http.MethodPost && got.Status == http.StatusForbidden
	})
}

func asksForForgeryToken(got surveyed) bool {
	const expired = 419 // as Laravel answers
	return got.Status == expired || forgeryWords.Match(got.Body) || got.Header.Get("X-CSRF-Token") != ""
}

var forgeryWords = regexp.MustCompile(`(?i)csrf|xsrf|forgery|authenticity`)

func merged(a, b map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// wanted finds the members of the body that an answer says are missing.
var wanted = regexp.MustCompile(`(?i)["'\x60]?\b([a-z]\w{1,40})["'\x60]?(?: field| parameter| property)? (?:is|are) (?:a )?(?:required|missing)|missing (?:required )?(?:field|parameter|property|body)s?:? ["'\x60]?([a-z]\w{1,40})|"loc":\["body",\s*"(\w{1,40})"`)

// withFields tries bodies with the members that the answers name, with the visitor's
// id as their value.
func (s *survey) withFields(ctx context.Context) (surveyed, bool) {
	names := map[string]string{}
	for _, got := range s.answers {
		if got.method != http.MethodPost || got.Status != http.StatusBadRequest && got.Status != http.StatusUnprocessableEntity {
			continue
		}
		const rounds = 3 // some name one member at a time
		for range rounds {
			known := len(names)
			for _, found := range wanted.FindAllSubmatch(got.Body, 5) {
				names[string(slices.Concat(found[1], found[2], found[3]))] = visitorPlace
			}
			if len(names) == known {
				break
			}
			body, _ := json.Marshal(names) // texts
			w := got.way
			w.body, w.header = string(body), merged(w.header, jsonBody)
			if got = s.try(ctx, w); got.token != "" {
				return got, true
			}
		}
	}
	return surveyed{}, false
}

// visitOnly is the method of a way that only makes the visit.
const visitOnly = "visit"

// named says whether an address is on a host that the user named: no answer of a
// site sends us to another one.
func (s *survey) named(reference string) bool {
	endpoint, err := url.Parse(s.base.URL)
	if err != nil {
		return false
	}
	to, err := endpoint.Parse(reference)
	if err != nil {
		return false
	}
	for _, named := range append([]string{"", s.page, s.login}, s.toldAddresses()...) {
		if own, err := endpoint.Parse(named); err == nil && own.Hostname() == to.Hostname() {
			return true
		}
	}
	return false
}

// try asks as a visitor without cookies.
func (s *survey) try(ctx context.Context, w way) surveyed {
	got := surveyed{way: w}
	session, err := s.session(w)
	if err != nil {
		got.err = err
		return got
	}
	if got.Reply, got.err = session.Begin(ctx); got.err != nil || w.method == visitOnly {
		return got
	}
	if got.Reply, got.err = session.Ask(ctx); got.err == nil {
		s.look(&got)
	}
	if got.token == "" {
		s.answers = append(s.answers, got)
	}
	return got
}

// session is that of a visitor who has not come to the site yet.
func (s *survey) session(w way) (*endpoint.Session, error) {
	asked := w.visit
	if w.user != nil { // with a password
		asked = slices.Concat(asked, w.user.Login, w.user.Logout)
	}
	for _, request := range asked {
		if !s.named(request.URL) {
			return nil, fmt.Errorf("%s is on a host that was not named", request.URL)
		}
	}
	config := s.base
	config.Method, config.Body, config.Visit, config.Timeout = w.method, w.body, s.withVariables(w.visit), 0
	config.MaxBody = surveyBytes
	if s.login != "" { // redirects may lead to its host
		config.Users = []endpoint.User{{Login: []endpoint.Request{{URL: s.login}}}}
	}
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
		return nil, err
	}
	user := w.user
	if user != nil {
		filled := *user
		filled.Login, filled.Logout, user = s.withVariables(user.Login), s.withVariables(user.Logout), &filled
	}
	return client.NewSession(user, counting{s, client.Transport(1)}), nil
}

// look finds the token in the answer, wherever it stands.
func (s *survey) look(got *surveyed) {
	for _, cookie := range endpoint.SetCookies(got.Header) {
		got.cookies = append(got.cookies, cookie.Name)
	}
	if got.Status < 200 || got.Status > 299 {
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d answer\r\n", got.Status)
	_ = got.Header.Write(&text) // to memory
	text.WriteString("\r\n")
	text.Write(got.Body)
	found := findToken(text.String())
	if len(found.around) == 0 || verifier.Preview(found.token, time.Now()).Name == "JsonWebTokenError" {
		return
	}
	got.token, got.place = found.token, s.placeOf(got.Reply, found)
}

// namedHeaders are the headers that refusals name, such as one for a tenant.
func (s *survey) namedHeaders() []string {
	var names []string
	for _, got := range s.answers {
		if got.Status < http.StatusBadRequest || got.Status >= http.StatusInternalServerError {
			continue
		}
		for _, found := range headerNames.FindAllSubmatch(got.Body, 3) {
			if name := http.CanonicalHeaderKey(string(slices.Concat(found[1], found[2]))); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// headerNames matches the name of a header in a refusal.
var headerNames = regexp.MustCompile(`(?i)\b(X-[a-z][a-z-]{1,40})\b|header:? ["'\x60]([a-z][a-z-]{1,40})["'\x60]`)

// missesKey says whether the answers are those of a gateway that wants a key.
func (s *survey) missesKey() bool {
	return slices.ContainsFunc(s.answers, func(got surveyed) bool {
		return (got.Status == http.StatusForbidden || got.Status == http.StatusUnauthorized) &&
			(got.Header.Get("X-Amzn-Errortype") != "" || keyWords.Match(got.Body)) && !strings.Contains(strings.ToLower(string(got.Body)), "csrf")
	})
}

var keyWords = regexp.MustCompile(`(?i)api[-_ ]?key|missing authentication token|subscription key`)
