package endpoint

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// oddMethods are asked in the place of the configured method.
var oddMethods = []string{http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace}

var methodsProbe = probe{
	name:      record.ProbeMethods,
	requests:  func(*Client) int { return len(oddMethods) + 1 },
	intrusive: true,
	gather:    gatherMethods,
}

// gatherMethods asks with each other method, and as a browser that fetches
// ahead of a visit that may never come.
func gatherMethods(ctx context.Context, g *gathering) string {
	for _, method := range oddMethods {
		if method == g.config.Method {
			continue
		}
		value := mark()
		g.askFresh(ctx, ask{
			probe: record.ProbeMethods, variant: method, odd: true, method: method,
			header: http.Header{"X-Marked": {value}}, inputs: map[string]string{"header X-Marked": value},
		})
	}
	g.askFresh(ctx, ask{
		probe: record.ProbeMethods, variant: "prefetch", odd: true,
		header: http.Header{"Sec-Purpose": {"prefetch"}, "Purpose": {"prefetch"}, "X-Moz": {"prefetch"}},
	})
	return ""
}

var originsProbe = probe{
	name:     record.ProbeOrigins,
	requests: func(c *Client) int { return 2*len(foreignOrigins(c)) + 2 + len(c.config.Origins) },
	gather:   gatherOrigins,
}

// origin is one origin that a page may have, with the variant it is noted under.
type origin struct{ variant, value string }

// foreignOrigins are those that the endpoint should not allow. Some look like its
// own, as careless comparisons take them for it.
func foreignOrigins(c *Client) []origin {
	host := c.endpoint.Hostname()
	return []origin{
		{"foreign", foreignSite},
		{"null", "null"},
		{"own name as prefix", c.endpoint.Scheme + "://" + host + ".webchatspec-foreign.example"},
		{"own name as suffix", c.endpoint.Scheme + "://webchatspec-foreign-" + host},
	}
}

// gatherOrigins asks as pages of several origins do, and as their browsers do
// before (Fetch standard, CORS-preflight fetch).
func gatherOrigins(ctx context.Context, g *gathering) string {
	own := origin{"own", g.endpoint.Scheme + "://" + g.endpoint.Host}
	origins := append(foreignOrigins(g.Client), own)
	for _, allowed := range g.config.Origins {
		origins = append(origins, origin{"allowed " + allowed, allowed})
	}
	for _, from := range origins {
		g.askFresh(ctx, ask{
			probe: record.ProbeOrigins, variant: from.variant, odd: true,
			header: http.Header{"Origin": {from.value}, "Sec-Fetch-Mode": {"cors"}},
		})
	}
	for _, from := range origins[:len(foreignOrigins(g.Client))+1] {
		g.askFresh(ctx, ask{
			probe: record.ProbeOrigins, variant: "preflight " + from.variant, odd: true, method: http.MethodOptions,
			header: http.Header{
				"Origin":                         {from.value},
				"Access-Control-Request-Method":  {g.config.Method},
				"Access-Control-Request-Headers": {"x-requested-with"},
			},
		})
	}
	return ""
}

var validatorsProbe = probe{
	name:     record.ProbeValidators,
	requests: func(*Client) int { return 4 },
	gather:   gatherValidators,
}

// gatherValidators asks again with the former answer's validators once its token
// must be another one, and then without them, to see whether it is.
func gatherValidators(ctx context.Context, g *gathering) string {
	v := g.newVisitor()
	first := g.send(ctx, ask{probe: record.ProbeValidators, variant: "first", visitor: v})
	tag, modified := first.header.Get("ETag"), first.header.Get("Last-Modified")
	if tag == "" && modified == "" {
		return ""
	}
	if sleep(ctx, g.apart) != nil {
		return ""
	}
	again := ask{probe: record.ProbeValidators, visitor: v, odd: true}
	if tag != "" {
		again.variant, again.header = "if-none-match", http.Header{"If-None-Match": {tag}}
		g.send(ctx, again)
	}
	if modified != "" {
		again.variant, again.header = "if-modified-since", http.Header{"If-Modified-Since": {modified}}
		g.send(ctx, again)
	}
	g.send(ctx, ask{probe: record.ProbeValidators, variant: "again", visitor: v})
	return ""
}

// callbackParameters are the usual names for the function of a JSONP answer.
var callbackParameters = []string{"callback", "jsonp", "cb", "jsonpcallback", "jsoncallback", "_callback", "func", "var"}

var scriptsProbe = probe{
	name:     record.ProbeScripts,
	requests: func(*Client) int { return len(callbackParameters) + 1 },
	gather:   gatherScripts,
}

// gatherScripts asks for an answer that a script element of any site could read.
func gatherScripts(ctx context.Context, g *gathering) string {
	for _, name := range callbackParameters {
		value := mark()
		g.askFresh(ctx, ask{
			probe: record.ProbeScripts, variant: name, odd: true,
			address: g.withQuery(name, value), inputs: map[string]string{"query " + name: value},
		})
	}
	g.askFresh(ctx, ask{
		probe: record.ProbeScripts, variant: "accept", odd: true,
		header: http.Header{"Accept": {"application/javascript, text/javascript"}, "Sec-Fetch-Dest": {"script"}},
	})
	return ""
}

var reflectionProbe = probe{
	name:     record.ProbeReflection,
	requests: func(*Client) int { return 4 },
	gather:   gatherReflection,
}

// gatherReflection marks what a request says about itself, each in a request of
// its own.
func gatherReflection(ctx context.Context, g *gathering) string {
	query, markup, agent, referer := mark(), mark(), mark(), mark()
	asks := []ask{
		{variant: "query", address: g.withQuery("q", query), inputs: map[string]string{"query": query}},
		{variant: "markup in query", address: g.withQuery("q", "<b>"+markup), inputs: map[string]string{"query": markup}},
		{variant: "user-agent", header: http.Header{"User-Agent": {userAgent + " " + agent}}, inputs: map[string]string{"User-Agent": agent}},
		{variant: "referer", header: http.Header{"Referer": {foreignSite + "/" + referer}}, inputs: map[string]string{"Referer": referer}},
	}
	for _, a := range asks {
		a.probe, a.odd = record.ProbeReflection, true
		g.askFresh(ctx, a)
	}
	return ""
}

// badCookies are values that are not what a parser expects.
var badCookies = []origin{
	{"not JSON", "not-json"},
	{"half JSON", "%7B%22customUserID%22%3A"},
	{"raw half JSON", `{"customUserID":`},
	{"JSON null", "null"},
	{"JSON number", "1"},
	{"JSON array", "%5B1%2C2%5D"},
	{"JSON text", "%22text%22"},
	{"other members", "%7B%22customUserID%22%3A%7B%7D%2C%22a%22%3Anull%7D"},
	{"bad percent sequence", "%E0%A4%A"},
	{"lone percent", "%"},
	{"empty", ""},
	{"bad base64", "!!!=="},
}

// badQueries are added to the query to the letter.
var badQueries = []origin{
	{"bad percent sequence", "a=%E0%A4%A"},
	{"lone percent", "a=%zz"},
	{"doubled and nested", "a=1&a=2&a[b][c]=3&__proto__[x]=1&constructor=1"},
	{"NUL", "a=%00"},
	{"long", "a=" + longText[:4<<10]},
}

// badHeaders replace or join the usual ones.
var badHeaders = []struct {
	variant, name, value string
}{
	{"Accept of another kind", "Accept", "application/xml"},
	{"broken Accept", "Accept", "text/;q=x, ;;, */"},
	{"broken Accept-Language", "Accept-Language", "-,;q=,\"xx"},
	{"unknown Accept-Encoding", "Accept-Encoding", "webchatspec, *;q=0.1"},
	{"Range", "Range", "bytes=0-9"},
	{"broken Range", "Range", "bytes=9-0,x"},
	{"broken If-None-Match", "If-None-Match", `W/"`},
	{"broken If-Modified-Since", "If-Modified-Since", "yesterday"},
	{"broken Authorization", "Authorization", "Basic !!!"},
	{"bearer that is no token", "Authorization", "Bearer a.b.c"},
	{"broken Origin", "Origin", "://"},
	{"broken Content-Type", "Content-Type", "application/json; charset=\"x"},
	{"cookie without a name", "Cookie", "=x; ;;; a"},
	{"broken cookie", "Cookie", "a=b=c; \"d\"=\"e; $Version=1"},
	{"large header", "X-Large", longText + longText},
	{"large cookie", "Cookie", "large=" + longText + longText},
}

var badInputProbe = probe{
	name: record.ProbeBadInput,
	requests: func(*Client) int {
		return len(badCookies)*(2+maxLearnt) + 2*len(badQueries) + len(badHeaders) + 4
	},
	intrusive: true,
	gather:    gatherBadInput,
}

// gatherBadInput sends what no browser would send, some of it in the session of
// a visitor who has a token, so that an error's page has something to leak.
func gatherBadInput(ctx context.Context, g *gathering) string {
	names := []string{usualLoginCookies[0], usualIdentityCookies[0]}
	for _, cookie := range g.first.cookies(g.endpoint) {
		if !slices.Contains(names, cookie.Name) && len(names) < 2+maxLearnt {
			names = append(names, cookie.Name)
		}
	}
	for _, name := range names {
		for _, bad := range badCookies {
			g.bad(ctx, ask{variant: "cookie " + name + ": " + bad.variant, rawCookie: name + "=" + bad.value})
		}
	}
	for _, bad := range badHeaders {
		g.bad(ctx, ask{variant: bad.variant, header: http.Header{bad.name: {bad.value}}, rawCookie: cookieOf(bad.name, bad.value)})
	}
	session := g.askFresh(ctx, ask{probe: record.ProbeBadInput, variant: "session", odd: true})
	for _, bad := range badQueries {
		a := ask{variant: "query: " + bad.variant, address: g.withRawQuery(bad.value)}
		g.bad(ctx, a)
		a.variant, a.visitor = "query in a session: "+bad.variant, session.visitor
		g.bad(ctx, a)
	}
	below := *g.endpoint
	below.Opaque = strings.TrimSuffix(g.endpoint.EscapedPath(), "/") + "/%E0%A4%A"
	g.bad(ctx, ask{variant: "path: bad percent sequence", address: &below, visitor: session.visitor})
	g.bad(ctx, ask{
		variant: "body that is no JSON", method: http.MethodPost, body: `{"a":`,
		header: http.Header{"Content-Type": {"application/json"}}, visitor: session.visitor,
	})
	g.bad(ctx, ask{
		variant: "unexpected body", body: "a=b", method: g.config.Method,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	return ""
}

func cookieOf(name, value string) string {
	if name == "Cookie" {
		return value
	}
	return ""
}

// bad sends one request of the probe, for a fresh visitor where the ask has none,
// in a user's session where only users are served.
func (g *gathering) bad(ctx context.Context, a ask) {
	a.probe, a.odd = record.ProbeBadInput, true
	if a.visitor != nil {
		g.send(ctx, a)
		return
	}
	if a.rawCookie != "" && !*g.config.Anonymous { // in a session, or nobody would look at it
		name, _, _ := strings.Cut(a.rawCookie, "=")
		if session := withoutCookie(g.first.cookies(g.endpoint), name); len(session) > 0 {
			a.rawCookie = joinCookies(session) + "; " + a.rawCookie
		}
	}
	g.askFresh(ctx, a)
}
