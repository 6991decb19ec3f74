package endpoint

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// oddMethods are used instead of the configured method. The last one is from WebDAV, and
// stands for all those that nobody has thought of.
var oddMethods = []string{http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace, http.MethodPost, http.MethodGet, "PROPFIND"}

var methodsProbe = probe{
	name:      record.ProbeMethods,
	requests:  func(*Client) int { return 3*len(oddMethods) + 1 },
	intrusive: true,
	gather:    gatherMethods,
}

// gatherMethods asks with each other method, as a newcomer and as a visitor whom the site
// knows, and without a login where everybody else has one. It also asks as a browser does
// that prefetches a page.
func gatherMethods(ctx context.Context, g *gathering) string {
	each(g, oddMethods, func(method string) {
		if method == g.config.Method {
			return
		}
		value := mark()
		a := ask{
			probe: record.ProbeMethods, variant: record.VariantMethod, odd: true, method: method,
			header: http.Header{"X-Marked": {value}}, inputs: map[string]string{"header X-Marked": value},
		}
		g.askFresh(ctx, a)
		a.variant, a.visitor = record.VariantKnownMethod, g.first.copyJar(g.newVisitor().name, g.endpoint)
		g.send(ctx, a)
		if !g.anonymous {
			a.variant, a.visitor = record.VariantMethodOfNobody, g.visiting(ctx)
			g.send(ctx, a)
		}
	})
	g.askFresh(ctx, ask{
		probe: record.ProbeMethods, variant: record.VariantPrefetch, odd: true,
		header: http.Header{"Sec-Purpose": {"prefetch"}, "Purpose": {"prefetch"}, "X-Moz": {"prefetch"}},
	})
	return ""
}

var originsProbe = probe{
	name: record.ProbeOrigins,
	requests: func(c *Client) int {
		return 4*len(foreignOrigins(c)) + 2*len(c.lookAlikes()) + 2 + len(c.config.Origins)
	},
	gather: gatherOrigins,
}

// origin is the origin of a page, and the variant under which it is noted.
type origin struct {
	variant record.Variant
	value   string
}

// foreignOrigins are origins that the endpoint should not allow. Careless comparisons take
// some of them for its own.
func foreignOrigins(c *Client) []origin {
	return append([]origin{
		{record.VariantForeignOrigin, foreignSite},
		{record.VariantNullOrigin, "null"},
	}, c.alike(c.endpoint)[:2]...)
}

// foreignName is the host of the foreign site.
const foreignName = "webchatspec-foreign.example"

// alike are origins that look like the one of an address: with its name before or behind a
// foreign one, with or without the port, with a letter instead of a dot, with http
// instead of https, and of a subdomain.
func (c *Client) alike(own *url.URL) []origin {
	host, scheme, port := own.Hostname(), own.Scheme+"://", strings.TrimPrefix(own.Host, own.Hostname())
	site, err := publicsuffix.EffectiveTLDPlusOne(host)
	named := err == nil && net.ParseIP(host) == nil
	if !named {
		site = host
	}
	list := []origin{
		{record.VariantPrefixOrigin, scheme + host + "." + foreignName},
		{record.VariantSuffixOrigin, scheme + "webchatspec-foreign-" + site},
	}
	if port != "" {
		list = append(list, origin{record.VariantPrefixOrigin, scheme + own.Host + "." + foreignName}, origin{record.VariantSuffixOrigin, scheme + "webchatspec-foreign-" + site + port})
	}
	if own.Scheme == "https" {
		list = append(list, origin{record.VariantClearOrigin, "http://" + own.Host})
	}
	if !named {
		return list
	}
	dot := strings.LastIndexByte(host, '.')
	list = append(list, origin{record.VariantSuffixOrigin, scheme + host[:dot] + "x" + host[dot+1:] + port})
	for _, name := range slices.Compact([]string{site, host}) {
		list = append(list, origin{record.VariantBelowOrigin, scheme + "webchatspec-foreign." + name + port})
	}
	return list
}

// lookAlikes are the other origins that look like the endpoint's own, or like one that it
// is meant to allow.
func (c *Client) lookAlikes() []origin {
	list := c.alike(c.endpoint)[2:]
	for _, allowed := range c.config.Origins {
		if own, err := url.Parse(allowed); err == nil && own.Hostname() != "" {
			list = append(list, c.alike(own)...)
		}
	}
	return slices.DeleteFunc(list, func(o origin) bool { return slices.Contains(c.config.Origins, o.value) })
}

// gatherOrigins asks as pages of several origins do, and sends the preflight requests of
// their browsers (Fetch standard, CORS-preflight fetch).
func gatherOrigins(ctx context.Context, g *gathering) string {
	own := origin{record.VariantOwnOrigin, g.endpoint.Scheme + "://" + g.endpoint.Host}
	foreign := foreignOrigins(g.Client)
	origins := append(slices.Clip(foreign), own)
	for _, allowed := range g.config.Origins {
		origins = append(origins, origin{record.VariantAllowedOrigin, allowed})
	}
	each(g, origins, func(from origin) {
		g.askFresh(ctx, ask{
			probe: record.ProbeOrigins, variant: from.variant, about: from.value, odd: true,
			header: http.Header{"Origin": {from.value}, "Sec-Fetch-Mode": {"cors"}},
		})
	})
	// Some sites allow origins only for visitors whom they know, or who have logged in.
	inSession := func(v *visitor, with string) {
		each(g, slices.Concat(foreign, g.lookAlikes()), func(from origin) {
			g.send(ctx, ask{
				probe: record.ProbeOrigins, variant: from.variant, about: from.value + with, odd: true,
				visitor: v.copyJar(g.newVisitor().name, g.endpoint),
				header:  http.Header{"Origin": {from.value}, "Sec-Fetch-Mode": {"cors"}},
			})
		})
	}
	inSession(g.first, " with cookies")
	g.asUser(ctx, func(v *visitor) { inSession(v, " with the cookies of a user") })
	each(g, append(slices.Clip(foreign), own), func(from origin) {
		g.askFresh(ctx, ask{
			probe: record.ProbeOrigins, variant: from.variant, about: from.value, odd: true, method: http.MethodOptions,
			header: http.Header{
				"Origin":                         {from.value},
				"Access-Control-Request-Method":  {g.config.Method},
				"Access-Control-Request-Headers": {"x-requested-with"},
			},
		})
	})
	return ""
}

var validatorsProbe = probe{
	name:     record.ProbeValidators,
	requests: func(*Client) int { return 2 * 6 },
	gather:   gatherValidators,
}

// gatherValidators does so as a visitor and as a user: some sites send validators only to
// those who have logged in.
func gatherValidators(ctx context.Context, g *gathering) string {
	g.validate(ctx, g.fresh(ctx))
	g.asUser(ctx, func(v *visitor) { g.validate(ctx, v) })
	return ""
}

// validate asks again with the validators of an answer, after a pause after which
// the token must differ, and then without them, to see whether it does. It also asks
// with them as another visitor, who must not be sent back to the first one's token.
func (g *gathering) validate(ctx context.Context, v *visitor) {
	ask := ask{probe: record.ProbeValidators, variant: record.VariantFirst, visitor: v}
	first := g.send(ctx, ask)
	if !hasValidators(first) { // some sites send them only to visitors whom they know
		first = g.send(ctx, ask)
	}
	if !hasValidators(first) || sleep.For(ctx, g.apart) != nil {
		return
	}
	again := ask
	again.odd = true
	tag, modified := first.header.Get("ETag"), first.header.Get("Last-Modified")
	if tag != "" {
		again.variant, again.header = record.VariantIfNoneMatch, http.Header{"If-None-Match": {tag}}
		g.send(ctx, again)
	}
	if modified != "" {
		again.variant, again.header = record.VariantIfModifiedSince, http.Header{"If-Modified-Since": {modified}}
		g.send(ctx, again)
	}
	ask.variant = record.VariantAgain
	g.send(ctx, ask)
	if g.anonymous {
		again.variant, again.visitor = record.VariantOthersValidator, nil
		g.askFresh(ctx, again)
	}
}

func hasValidators(result *answer) bool {
	return result.header.Get("ETag") != "" || result.header.Get("Last-Modified") != ""
}

// callbackParameters are the usual names of the parameter for the function in JSONP.
var callbackParameters = []string{"callback", "jsonp", "cb", "jsonpcallback", "jsoncallback", "_callback", "func", "var"}

// scriptFormats are queries that ask for a script without naming a function: it then has
// a fixed one, or is an assignment.
var scriptFormats = []string{"format=js", "format=jsonp", "f=js&output=js&type=js", "output=jsonp&type=jsonp&alt=json-in-script"}

var scriptsProbe = probe{
	name:     record.ProbeScripts,
	requests: func(*Client) int { return len(callbackParameters) + len(scriptFormats) + 4 },
	gather:   gatherScripts,
}

// gatherScripts asks for an answer that a script element of any site could read, and as a
// browser does that opens the address in a window, where a token may come in another way.
func gatherScripts(ctx context.Context, g *gathering) string {
	for _, name := range callbackParameters {
		value := mark()
		g.askFresh(ctx, ask{
			probe: record.ProbeScripts, variant: record.VariantCallback, about: name, odd: true,
			query: queryOf(name, value), inputs: map[string]string{"query " + name: value},
		})
	}
	element := http.Header{"Accept": {"*/*"}, "Sec-Fetch-Dest": {"script"}, "Sec-Fetch-Mode": {"no-cors"}}
	for _, format := range scriptFormats {
		g.askFresh(ctx, ask{probe: record.ProbeScripts, variant: record.VariantScriptFormat, about: format, odd: true, query: format, header: element})
	}
	script := *g.endpoint
	script.RawPath, script.Path = "", strings.TrimSuffix(script.Path, "/")+".js"
	g.askFresh(ctx, ask{probe: record.ProbeScripts, variant: record.VariantScriptFormat, about: ".js", odd: true, address: &script, header: element})
	g.askFresh(ctx, ask{probe: record.ProbeScripts, variant: record.VariantScriptFormat, about: "no parameter", odd: true, header: element})
	g.askFresh(ctx, ask{
		probe: record.ProbeScripts, variant: record.VariantScriptAccept, odd: true,
		header: http.Header{"Accept": {"application/javascript, text/javascript"}, "Sec-Fetch-Dest": {"script"}},
	})
	g.askFresh(ctx, ask{
		probe: record.ProbeScripts, variant: record.VariantWindow, odd: true,
		header: http.Header{
			"Accept":         {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			"Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-User": {"?1"}, "Upgrade-Insecure-Requests": {"1"},
		},
	})
	return ""
}

var reflectionProbe = probe{
	name:     record.ProbeReflection,
	requests: func(*Client) int { return 4 },
	gather:   gatherReflection,
}

// gatherReflection sends marks in the query and in headers, each in a request of its own.
func gatherReflection(ctx context.Context, g *gathering) string {
	query, markup, agent, referer := mark(), mark(), mark(), mark()
	asks := []ask{
		{variant: record.VariantReflectQuery, query: queryOf("q", query), inputs: map[string]string{"query": query}},
		{variant: record.VariantReflectMarkup, query: queryOf("q", "<b>"+markup), inputs: map[string]string{"query": markup}},
		{variant: record.VariantReflectAgent, header: http.Header{"User-Agent": {userAgent + " " + agent}}, inputs: map[string]string{"User-Agent": agent}},
		{variant: record.VariantReflectReferer, header: http.Header{"Referer": {foreignSite + "/" + referer}}, inputs: map[string]string{"Referer": referer}},
	}
	for _, a := range asks {
		a.probe, a.odd = record.ProbeReflection, true
		g.askFresh(ctx, a)
	}
	return ""
}
