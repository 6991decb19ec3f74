package cli

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/config"
)

// visitorID is where a request says which visitor asks, with an id that the page has made.
type visitorID struct{ kind, name string }

// The kinds of [visitorID].
const (
	inHeader    = "header"
	inCookie    = "cookie"
	inParameter = "parameter"
)

// visitorPlace stands for an id of each visitor's own.
const visitorPlace = "{visitor}"

// put returns the configuration with the id in its requests.
func (v visitorID) put(base endpoint.Config) endpoint.Config {
	switch v.kind {
	case inHeader:
		base.Header = base.Header.Clone()
		base.Header = with(base.Header, v.name, visitorPlace)
	case inCookie:
		base.Cookies = append(slices.Clone(base.Cookies), endpoint.Cookie{Name: v.name, Value: visitorPlace})
	case inParameter:
		mark := "?"
		if strings.Contains(base.URL, "?") {
			mark = "&"
		}
		base.URL += mark + url.QueryEscape(v.name) + "=" + visitorPlace
	}
	return base
}

// write has the id in the settings.
func (v visitorID) write(s *config.Settings, address string) {
	switch v.kind {
	case inHeader:
		s.Headers = merged(s.Headers, map[string]string{v.name: visitorPlace})
	case inCookie:
		s.Cookies = merged(s.Cookies, map[string]string{v.name: visitorPlace})
	case inParameter:
		s.Endpoint = address
	}
}

// withVisitorID tries requests with an id of each visitor's own, where refusals and the
// scripts of the site's pages speak of one.
func (s *survey) withVisitorID(ctx context.Context) (surveyed, bool) {
	base := s.base
	for _, id := range s.visitorIDs(ctx) {
		s.base = id.put(base)
		for _, method := range s.methods() {
			if got := s.try(ctx, way{method: method, body: s.base.Body, visit: s.before}); got.token != "" {
				s.visitorID = id
				return got, true
			}
		}
	}
	s.base = base
	return surveyed{}, false
}

// methods are those that the endpoint did not refuse as such.
func (s *survey) methods() (all []string) {
	for _, got := range s.answers {
		if got.takesMethod() && !slices.Contains(all, got.method) {
			all = append(all, got.method)
		}
	}
	return all
}

// visitorIDs are those of which refusals and scripts speak.
func (s *survey) visitorIDs(ctx context.Context) (all []visitorID) {
	add := func(kind, name string) {
		if id := (visitorID{kind, name}); name != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, got := range s.answers {
		if got.Status < http.StatusBadRequest || got.Status >= http.StatusInternalServerError {
			continue
		}
		for _, found := range locatedName.FindAllSubmatch(got.Body, 3) { // as FastAPI says it
			add(map[string]string{"query": inParameter, "header": inHeader, "cookie": inCookie}[string(found[1])], string(found[2]))
		}
		for _, found := range refusedCookie.FindAllSubmatch(got.Body, 3) {
			add(inCookie, string(found[1]))
		}
		if got.method != http.MethodPost {
			for _, found := range wanted.FindAllSubmatch(got.Body, 3) {
				add(inParameter, string(slices.Concat(found[1], found[2])))
			}
		}
	}
	for _, name := range slices.Concat(s.namedHeaders(), s.scriptNames(ctx, scriptHeader)) {
		if visitorWords.MatchString(name) {
			add(inHeader, name)
		}
	}
	for _, name := range s.scriptNames(ctx, scriptCookie) {
		add(inCookie, name)
	}
	const most = 6
	return all[:min(len(all), most)]
}

var (
	// locatedName matches where a refusal misses something.
	locatedName = regexp.MustCompile(`"loc":\s*\["(query|header|cookie)",\s*"([\w-]{1,40})"`)
	// refusedCookie matches the cookie that a refusal misses.
	refusedCookie = regexp.MustCompile(`(?i)\bcookie:? ["'\x60]?([a-z][\w.-]{1,40})["'\x60]? (?:is|are|not|missing|required)|missing (?:the )?cookie:? ["'\x60]?([a-z][\w.-]{1,40})`)
	// visitorWords match the names of ids that a page makes for its visitor.
	visitorWords = regexp.MustCompile(`(?i)visit|client|device|guest|anonym|session|browser|install|user|uuid|guid|-[cuv]?id$`)

	// How scripts set cookies, name headers, and send something.
	scriptCookie = regexp.MustCompile(`document\.cookie\s*=\s*["'\x60]([A-Za-z_][\w.-]*)["'\x60]?\s*(?:\+\s*["'\x60])?=|(?:Cookies\.set|setCookie|createCookie|\$\.cookie)\(\s*["'\x60]([\w.-]+)["'\x60]`)
	scriptHeader = regexp.MustCompile(`["'\x60](X-[A-Za-z][\w-]{1,40})["'\x60]\s*[:,]`)
	scriptPost   = regexp.MustCompile(`(?:fetch|axios|\$http|\$)(?:\.post)?\(\s*["'\x60](/[\w/.-]+)["'\x60]\s*,\s*\{[^{}]{0,200}?method:\s*["'\x60](?i:POST)|(?:axios|\$http|\$)\.post\(\s*["'\x60](/[\w/.-]+)["'\x60]`)
)

// scriptNames are the names that the pattern finds in the scripts, each once.
func (s *survey) scriptNames(ctx context.Context, pattern *regexp.Regexp) (names []string) {
	for _, script := range s.pageScripts(ctx) {
		for _, found := range pattern.FindAllStringSubmatch(script, 20) {
			if name := strings.Join(found[1:], ""); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// pageScripts are the pages on which a visitor may begin, with the scripts of the site in
// them. They are fetched once.
func (s *survey) pageScripts(ctx context.Context) []string {
	if s.scripts != nil {
		return s.scripts
	}
	s.scripts = []string{}
	const most = 6
	for _, page := range s.pages() {
		got := s.pageAt(ctx, page)
		s.scripts = append(s.scripts, string(got.Body))
		eachElement(got.Body, func(n *html.Node) {
			from := attribute(n, "src")
			if n.Data != "script" || from == "" || got.From == nil || len(s.scripts) > most {
				return
			}
			if to, err := got.From.Parse(from); err == nil && s.ownHost(to.String()) {
				s.scripts = append(s.scripts, string(s.pageAt(ctx, to.String()).Body))
			}
		})
	}
	return s.scripts
}

// pageAt is what a visitor gets at an address.
func (s *survey) pageAt(ctx context.Context, address string) surveyed {
	return s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: address, Follow: true}}})
}

// tellScripts tells what the scripts of the page do that a visit or the request for a token
// may have to do, too.
func (t *configurationText) tellScripts(asking *survey) {
	for _, name := range asking.cookiesOfScripts {
		t.tell("A script of the page sets the cookie %[1]s: if the endpoint wants it, give it with --cookie '%[1]s=…'; {visitor} stands for an id of each visitor's own.", readable(name))
	}
	for _, name := range asking.headersOfScripts {
		t.tell("A script of the page sends the header %[1]s: if the endpoint wants it, give it with --header '%[1]s: …'.", readable(name))
	}
	for _, at := range asking.postsOfScripts {
		t.tell("A script of the page sends a POST to %[1]s: if that begins the session, tell it with --visit 'POST %[1]s …' and its headers and body.", readable(at))
	}
}

// readScripts notes what the scripts of the page do, to be told.
func (s *survey) readScripts(ctx context.Context) {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return
	}
	const most = 3
	few := func(names []string) []string { return names[:min(len(names), most)] }
	s.cookiesOfScripts = few(s.scriptNames(ctx, scriptCookie))
	s.headersOfScripts = few(slices.DeleteFunc(s.scriptNames(ctx, scriptHeader), func(name string) bool {
		return strings.EqualFold(name, "X-Requested-With")
	}))
	s.postsOfScripts = few(slices.DeleteFunc(s.scriptNames(ctx, scriptPost), func(at string) bool { return at == target.Path }))
}
