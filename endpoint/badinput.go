package endpoint

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// badValue is a malformed value, and what is wrong with it.
type badValue struct{ about, value string }

// badCookies are values that are not what a parser expects.
var badCookies = []badValue{
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

// badQueries are added to the query without escaping them.
var badQueries = []badValue{
	{"bad percent sequence", "a=%E0%A4%A"},
	{"lone percent", "a=%zz"},
	{"doubled and nested", "a=1&a=2&a[b][c]=3&__proto__[x]=1&constructor=1"},
	{"NUL", "a=%00"},
	{"long", "a=" + longText[:4<<10]},
	{"switches of debugging", "debug=1&verbose=1&trace=1&dump=1&test=1"},
}

// badHeaders replace or join the usual ones.
var badHeaders = []struct {
	about, name, value string
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
}

// largeHeaders are longer than servers commonly take.
var largeHeaders = []struct {
	about, name, value string
}{
	{"large header", "X-Large", longText + longText},
	{"large cookie", "Cookie", "large=" + longText + longText},
}

var badInputProbe = probe{
	name: record.ProbeBadInput,
	requests: func(*Client) int {
		return len(badCookies)*(2+maxLearnt) + 2*len(badQueries) + len(badHeaders) + len(largeHeaders) + 4
	},
	intrusive: true,
	gather:    gatherBadInput,
}

// gatherBadInput sends what no browser would send. Some of it goes in the session of a
// visitor who has a token, so that an error page has something to leak.
func gatherBadInput(ctx context.Context, g *gathering) string {
	var asks []ask
	for _, name := range g.cookieNames() {
		for _, wrong := range badCookies {
			asks = append(asks, ask{variant: record.VariantBadCookie, about: name + ": " + wrong.about, rawCookie: name + "=" + wrong.value})
		}
	}
	for _, wrong := range badHeaders {
		asks = append(asks, ask{variant: record.VariantBadHeader, about: wrong.about, header: http.Header{wrong.name: {wrong.value}}, rawCookie: cookieOf(wrong.name, wrong.value)})
	}
	for _, wrong := range largeHeaders {
		asks = append(asks, ask{variant: record.VariantBadLarge, about: wrong.about, header: http.Header{wrong.name: {wrong.value}}, rawCookie: cookieOf(wrong.name, wrong.value)})
	}
	each(g, asks, func(a ask) { g.bad(ctx, a) })
	asks = nil
	session := g.askFresh(ctx, ask{probe: record.ProbeBadInput, variant: record.VariantInSession, odd: true})
	for _, wrong := range badQueries {
		asks = append(asks, ask{variant: record.VariantBadQuery, about: wrong.about, query: wrong.value},
			ask{variant: record.VariantBadQueryInside, about: wrong.about, query: wrong.value, visitor: session.visitor})
	}
	each(g, asks, func(a ask) { g.bad(ctx, a) })
	below := *g.endpoint
	below.Opaque = strings.TrimSuffix(g.endpoint.EscapedPath(), "/") + "/%E0%A4%A"
	g.bad(ctx, ask{variant: record.VariantBadPath, about: "bad percent sequence", address: &below, visitor: session.visitor})
	g.bad(ctx, ask{
		variant: record.VariantBadBody, about: "no JSON, said to be JSON", method: http.MethodPost, body: `{"a":`,
		header: http.Header{"Content-Type": {"application/json"}}, visitor: session.visitor,
	})
	g.bad(ctx, ask{
		variant: record.VariantUnexpectedBody, about: "a form", body: "a=b", method: g.config.Method,
		header: http.Header{"Content-Type": {formType}},
	})
	return ""
}

// cookieNames are the names of cookies that the endpoint may read: two common ones and
// some of those that it sets.
func (g *gathering) cookieNames() []string {
	names := []string{usualLoginCookies[0], usualIdentityCookies[0]}
	for _, cookie := range g.first.cookies(g.endpoint) {
		if !slices.Contains(names, cookie.Name) && len(names) < 2+maxLearnt {
			names = append(names, cookie.Name)
		}
	}
	return names
}

func cookieOf(name, value string) string {
	if name == "Cookie" {
		return value
	}
	return ""
}

// bad sends one request of the probe. An ask without a visitor is sent as a fresh one, or
// in a user's session where the endpoint serves only users.
func (g *gathering) bad(ctx context.Context, a ask) {
	a.probe, a.odd = record.ProbeBadInput, true
	if a.visitor != nil {
		g.send(ctx, a)
		return
	}
	if a.rawCookie != "" && (!g.anonymous || len(g.config.Visit) > 0) { // without a session the endpoint may refuse it before it reads the cookie
		name, _, _ := strings.Cut(a.rawCookie, "=")
		if session := withoutCookie(g.first.cookies(g.endpoint), name); len(session) > 0 {
			a.rawCookie = joinCookies(session) + "; " + a.rawCookie
		}
	}
	g.askFresh(ctx, a)
}
