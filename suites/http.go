package suites

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// everyServed makes a judge that looks at each ordinary answer with a token.
func everyServed(look func(record.Exchange) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement { return collect(e.served(), look).judge() }
}

var _ = add(Check{
	ID: "http-content-type", Area: AreaHTTP, Level: record.Should,
	Title:       "The Content-Type is text/plain with a charset, or application/jwt; where the body is JSON it is application/json",
	Why:         "A browser that opens the address renders text/html as a page and runs its scripts; a client that relies on the type does not find a token.",
	Fix:         `Send Content-Type: text/plain; charset=utf-8 (res.type("text/plain")), or application/jwt.`,
	Source:      "RFC 7519 §10.3.1; RFC 9110 §8.3",
	Faults:      []string{"html-type"},
	YieldsTo:    []string{"token-bare"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       httpContentType,
})

// httpContentType requires JSON where the token stands in JSON. It does not look at a body
// that holds no token, or that is a page.
func httpContentType(e *evidence) judgement {
	where := e.Run.Target.TokenIn
	switch place, _, _ := strings.Cut(where, ":"); place {
	case "header", "cookie":
		return notApplicable("the token stands in a " + place)
	case "meta", "form", "html", "match":
		return notApplicable("the token stands in a page")
	}
	return collect(e.served(), func(x record.Exchange) *record.Finding {
		media := strings.ToLower(mediaType(x))
		isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
		inJSON := strings.HasPrefix(where, "json:") || strings.HasPrefix(strings.TrimSpace(x.Response.Excerpt), `"`)
		switch {
		case inJSON && !isJSON:
			return found(x.ID, "Content-Type: application/json for a body in JSON", "%s", media)
		case inJSON, media == "application/jwt", isJSON && strings.HasPrefix(where, "json:"):
			return nil
		case media != "text/plain":
			return found(x.ID, "Content-Type: text/plain or application/jwt", "%s", media)
		case !strings.Contains(strings.ToLower(header(x, "Content-Type")), "charset="):
			return found(x.ID, "text/plain with a charset", "%s without one", media)
		}
		return nil
	}).judge()
}

var _ = add(Check{
	ID: "http-nosniff", Area: AreaHTTP, Level: record.Should,
	Title:       "The answer has X-Content-Type-Options: nosniff",
	Why:         "Without it old browsers guess another type from the bytes.",
	Fix:         "Send X-Content-Type-Options: nosniff.",
	Source:      "OWASP headers",
	Faults:      []string{"no-nosniff"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       httpNosniff,
})

// httpNosniff leaves out answers without a body, in which there is no type to guess.
func httpNosniff(e *evidence) judgement {
	served := slices.DeleteFunc(e.served(), func(x record.Exchange) bool { return x.Response.Status == http.StatusNoContent })
	return collect(served, sniffed).judgeOr(notApplicable("no answer with a token has a body"))
}

func sniffed(x record.Exchange) *record.Finding {
	if value := header(x, "X-Content-Type-Options"); !strings.EqualFold(strings.TrimSpace(value), "nosniff") {
		return found(x.ID, "X-Content-Type-Options: nosniff", "%s", headerText("X-Content-Type-Options", value))
	}
	return nil
}

func headerText(name, value string) string {
	if value == "" {
		return "no " + name
	}
	return name + ": " + record.Quote(value)
}

// cacheDirectives are the directives of Cache-Control, with names in lower case. Caches that
// know must-understand ignore no-store beside it (RFC 9111 §5.2.2.3).
func cacheDirectives(x record.Exchange) map[string]string {
	directives := directivesOf(header(x, "Cache-Control"))
	if _, understood := directives["must-understand"]; understood {
		delete(directives, "no-store")
	}
	return directives
}

func directivesOf(value string) map[string]string {
	directives := map[string]string{}
	for directive := range strings.SplitSeq(value, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		directives[strings.ToLower(name)] = strings.Trim(value, `"`)
	}
	return directives
}

// cdnHeaders matches the headers that only caches on the way read, and which take precedence
// over Cache-Control there (RFC 9213 and its predecessors).
var cdnHeaders = regexp.MustCompile(`(?i)^(?:(?:[\w-]+-)?(?:cdn|edge|surrogate|akamai|fastly|varnish|litespeed|proxy|vercel|netlify|cloudflare|magento)-?(?:cdn-)?(?:cache-)?(?:control|ttl|expires)|[\w-]+-cache-control|x-accel-expires|x-cache-ttl|x-ttl)$`)

// keptOnTheWay says whether a header for caches on the way lets them keep the answer: by
// "public", by a lifetime above 0, or in X-Accel-Expires by a number of seconds or a time
// behind an "@".
func keptOnTheWay(value string) bool {
	directives := directivesOf(value)
	for _, never := range []string{"no-store", "private"} {
		if _, found := directives[never]; found {
			return false
		}
	}
	if _, public := directives["public"]; public {
		return true
	}
	return lifetime.MatchString(value)
}

var lifetime = regexp.MustCompile(`(?i)(?:max-?age|stale-[\w-]+|ttl)\s*=\s*"?0*[1-9]|^\s*@?0*[1-9]\d*[smhd]?\s*$`)

// cacheTold quotes what the answer says about a cache that it came through, or is "".
func cacheTold(x record.Exchange) string {
	told, _ := cacheSigns(x)
	if told == "" {
		return ""
	}
	return " (a cache on the way says " + told + ")"
}

func cacheSigns(x record.Exchange) (told string, kept bool) {
	if x.Response == nil {
		return "", false
	}
	return record.CacheSigns(x.Response.Header)
}

var _ = add(Check{
	ID: "http-not-cacheable", Area: AreaHTTP, Level: record.Must,
	Title:       "Caches may not store the answer: it has no public, no lifetime above 0 and no Expires in the future",
	Why:         "A cached answer gives one visitor's token to another, or the expired one again.",
	Fix:         "Send Cache-Control: no-store.",
	Source:      "RFC 9111 §5.2.2.5; OWASP",
	Faults:      []string{"cacheable", "cdn-keeps", "proxy-keeps", "from-cache"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyServed(httpNotCacheable),
})

func httpNotCacheable(x record.Exchange) *record.Finding {
	const expected = "an answer that no cache may keep"
	for _, name := range slices.Sorted(maps.Keys(x.Response.Header)) { // caches on the way prefer these to Cache-Control
		if cdnHeaders.MatchString(name) && keptOnTheWay(header(x, name)) {
			return found(x.ID, expected, "%s%s", headerText(name, header(x, name)), cacheTold(x))
		}
	}
	directives := cacheDirectives(x)
	if _, kept := cacheSigns(x); kept {
		kept := found(x.ID, expected, "an answer out of a cache%s", cacheTold(x))
		kept.Hint = cacheFix
		return kept
	}
	if _, never := directives["no-store"]; never {
		return nil
	}
	for _, name := range []string{"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"} {
		if seconds, err := strconv.ParseFloat(directives[name], 64); err == nil && seconds > 0 {
			return found(x.ID, expected, "Cache-Control: %s=%s%s", name, directives[name], cacheTold(x))
		}
	}
	if _, public := directives["public"]; public {
		return found(x.ID, expected, "Cache-Control: public%s", cacheTold(x))
	}
	_, hasMaxAge := directives["max-age"] // which overrides Expires
	expires, err := http.ParseTime(header(x, "Expires"))
	date, dateErr := http.ParseTime(header(x, "Date"))
	if dateErr != nil {
		date = x.StartedAt
	}
	if err == nil && !hasMaxAge && expires.After(date) {
		return found(x.ID, expected, "Expires: %s, which is ahead", expires.Format(time.RFC1123))
	}
	return nil
}

var _ = add(Check{
	ID: "http-encoding", Area: AreaHTTP, Level: record.Must,
	Title:  "The body is compressed as its Content-Encoding says",
	Why:    "A browser cannot read a body that is not what its header says: it fails, and no token arrives.",
	Fix:    "Let one place compress, the server or the proxy, and set Content-Encoding only where the body really is.",
	Source: "RFC 9110 §8.4",
	Faults: []string{"gzip-lie", "brotli-lie", "unknown-coding", "gzip-twice"},
	Needs:  []string{record.ProbeVisitors},
	judge:  everyAnswer(httpEncoding),
})

func httpEncoding(x record.Exchange) *record.Finding {
	if x.BadEncoding == "" {
		return nil
	}
	return found(x.ID, "a body packed as it says", "%s: %s", headerText("Content-Encoding", header(x, "Content-Encoding")), x.BadEncoding)
}

var _ = add(Check{
	ID: "http-no-store", Area: AreaHTTP, Level: record.Should,
	Title:       "The answer has Cache-Control: no-store",
	Why:         "Without no-store browsers and proxies may keep the token on disk, and give it out again.",
	Fix:         "Send Cache-Control: no-store.",
	Source:      "RFC 9111 §5.2.2.5; OWASP",
	Faults:      []string{"no-cache-control"},
	YieldsTo:    []string{"http-not-cacheable"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyServed(httpNoStore),
})

func httpNoStore(x record.Exchange) *record.Finding {
	if _, never := cacheDirectives(x)["no-store"]; never {
		return nil
	}
	return found(x.ID, "Cache-Control: no-store", "%s", headerText("Cache-Control", header(x, "Cache-Control")))
}

var _ = add(Check{
	ID: "http-no-stale-validator", Area: AreaHTTP, Level: record.Should,
	Title:       "A conditional request does not bring a former token back, by 304 or in a body, nor another visitor's",
	Why:         "A 304 makes the browser use the old, expired token again.",
	Fix:         `Send no ETag and no Last-Modified with a token (app.disable("etag")).`,
	Source:      "RFC 9110 §13",
	Faults:      []string{"etag-304", "etag-old-token", "etag-for-all", "etag-304-user"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared"},
	Needs:       []string{record.ProbeValidators},
	NeedsTokens: true,
	judge:       httpNoStaleValidator,
})

// httpNoStaleValidator allows a 304 where the token really is the same: an issuer may keep a
// live token for its visitor.
func httpNoStaleValidator(e *evidence) judgement {
	firsts, seconds := map[string]Token{}, map[string]Token{} // by visitor
	for _, t := range e.Tokens(record.ProbeValidators) {
		switch t.Variant {
		case record.VariantFirst:
			firsts[t.Visitor] = t
		case record.VariantAgain:
			seconds[t.Visitor] = t
		}
	}
	return collect(e.answers(record.ProbeValidators), func(x record.Exchange) *record.Finding {
		const expected = "a new token for a conditional request"
		t, _ := e.Token(x.Token)
		first := firsts[x.Visitor]
		kept := first.Fingerprint != "" && first.Fingerprint == seconds[x.Visitor].Fingerprint
		conditional := x.Variant == record.VariantIfNoneMatch || x.Variant == record.VariantIfModifiedSince
		switch {
		case x.Variant == record.VariantOthersValidator && x.Response.Status == 304:
			return found(x.ID, "a token of one's own for somebody who has another visitor's validator", "304 Not Modified, which brings the other's token back")
		case x.Response.Status == 304 && !kept:
			return found(x.ID, expected, "304 Not Modified (%s)", sentAs(x))
		case conditional && !kept && t.Fingerprint != "" && t.Fingerprint == first.Fingerprint:
			return found(x.ID, expected, "the former token (%s), while an ordinary request gets a new one", sentAs(x))
		}
		return nil
	}).judge()
}

// hasToken says whether the answer holds a token anywhere.
func hasToken(x record.Exchange) bool {
	return x.Token != "" || leakOf(x, record.LeakToken) != nil ||
		slices.ContainsFunc(x.Response.Cookies, func(cookie record.Cookie) bool { return cookie.HoldsToken })
}

// leakOf returns the first leak of one of the kinds, or nil.
func leakOf(x record.Exchange, kinds ...string) *record.Leak {
	for i, leak := range x.Leaks {
		for _, kind := range kinds {
			if leak.Kind == kind {
				return &x.Leaks[i]
			}
		}
	}
	return nil
}

var _ = add(Check{
	ID: "http-no-jsonp", Area: AreaHTTP, Level: record.Must,
	Title:       "A script element of another site cannot read the token: a callback parameter does not wrap it",
	Why:         "A script element of any site can then read the visitor's token.",
	Fix:         "Ignore callback parameters; answer with plain text. A script that is meant to hold the token needs Cross-Origin-Resource-Policy: same-origin.",
	Source:      "OWASP XSSI",
	Faults:      []string{"jsonp", "script-format"},
	Needs:       []string{record.ProbeScripts},
	NeedsTokens: true,
	judge:       httpNoJSONP,
})

func httpNoJSONP(e *evidence) judgement {
	return collect(e.answers(record.ProbeScripts), func(x record.Exchange) *record.Finding {
		switch {
		case !hasToken(x):
			return nil
		case echoIn(x, "body") != "":
			return found(x.ID, "callback parameters are ignored", "the token wrapped in a call, for the parameter %s", x.About)
		case strings.Contains(mediaType(x), "javascript") && !ownSiteOnly(x):
			return found(x.ID, "a token that is not a script", "Content-Type: %s (%s)", mediaType(x), sentAs(x))
		}
		return nil
	}).judge()
}

// ownSiteOnly says whether browsers withhold the answer from elements on other sites' pages
// (Fetch §3.6).
func ownSiteOnly(x record.Exchange) bool {
	policy := strings.ToLower(strings.TrimSpace(header(x, "Cross-Origin-Resource-Policy")))
	return policy == "same-origin" || policy == "same-site"
}

// urlHeaders are response headers that hold addresses.
var urlHeaders = []string{"header:Location", "header:Refresh", "header:Link", "header:Content-Location"}

var _ = add(Check{
	ID: "token-not-in-url", Area: AreaHTTP, Level: record.Must,
	Title:    "The token appears in no address: not in Location, Refresh or Link",
	Why:      "Addresses end up in logs, histories and Referer headers.",
	Fix:      "Never redirect with the token, nor link to it; send it in the body.",
	Source:   "RFC 6750 §5.3; OWASP",
	Faults:   []string{"redirect-token", "redirect-window"},
	YieldsTo: []string{"token-served"},
	Needs:    []string{record.ProbeVisitors}, Uses: []string{record.ProbeScripts},
	judge: everyAnswer(tokenNotInURL, append(slices.Clone(ordinaryProbes), record.ProbeScripts)...), // also what is opened in a window
})

func tokenNotInURL(x record.Exchange) *record.Finding {
	for _, leak := range x.Leaks {
		for _, place := range urlHeaders {
			if leak.Kind == record.LeakToken && strings.EqualFold(leak.Where, place) {
				return found(x.ID, "no token in an address", "a token in the %s", strings.TrimPrefix(place, "header:"))
			}
		}
	}
	return nil
}

var _ = add(Check{
	ID: "token-not-in-cookie", Area: AreaHTTP, Level: record.Should,
	Title:       "The token is in no cookie that scripts can read, and in no other response header",
	Why:         "Scripts injected into the page read such a cookie, and it goes along with every request.",
	Fix:         "Send the token in the body only.",
	Source:      "OWASP storage",
	Faults:      []string{"token-cookie"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyAnswer(tokenNotInCookie),
})

func tokenNotInCookie(x record.Exchange) *record.Finding {
	for _, cookie := range x.Response.Cookies {
		if cookie.HoldsToken && !cookie.HTTPOnly {
			return found(x.ID, "no token in a cookie that scripts can read", "the cookie %s holds it", record.Quote(cookie.Name))
		}
	}
	for _, leak := range x.Leaks {
		if leak.Kind == record.LeakToken && strings.HasPrefix(leak.Where, "header:") && tokenNotInURL(x) == nil {
			return found(x.ID, "no token in a response header", "it stands in %s", strings.TrimPrefix(leak.Where, "header:"))
		}
	}
	return nil
}

var _ = add(Check{
	ID: "http-no-version", Area: AreaHTTP, Level: record.May,
	Title:       "The response headers do not reveal the server's software: no X-Powered-By, no version in Server",
	Why:         "A version in a header tells attackers which known vulnerabilities to try.",
	Fix:         `Remove X-Powered-By (app.disable("x-powered-by")) and the version from Server.`,
	Source:      "OWASP",
	Faults:      []string{"powered-by"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyAnswer(httpNoVersion),
})

func httpNoVersion(x record.Exchange) *record.Finding {
	for _, name := range []string{"X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator"} {
		if value := header(x, name); value != "" {
			return found(x.ID, "no header that tells what runs here", "%s", headerText(name, value))
		}
	}
	if value := header(x, "Server"); strings.ContainsAny(value, "0123456789") && strings.Contains(value, "/") {
		return found(x.ID, "no version in Server", "%s", headerText("Server", value))
	}
	return nil
}

var _ = add(Check{
	ID: "http-no-reflection", Area: AreaHTTP, Level: record.Should,
	Title:       "The query, User-Agent and Referer of a request do not appear in the body or the claims",
	Why:         "Input that comes back unchecked is how cross-site scripting begins, and a claim taken from the browser can be anything.",
	Fix:         "Copy nothing from the request into the answer or the claims.",
	Source:      "OWASP XSS",
	Faults:      []string{"reflect-ua"},
	YieldsTo:    []string{"sub-not-from-request"},
	Needs:       []string{record.ProbeReflection},
	NeedsTokens: true,
	judge:       httpNoReflection,
})

func httpNoReflection(e *evidence) judgement {
	return collect(e.answers(record.ProbeReflection), func(x record.Exchange) *record.Finding {
		for _, where := range []string{"body", "claim:", "sub", "token header:"} {
			if input := echoIn(x, where); input != "" {
				return found(x.ID, "request text stays out of body and claims", "the %s comes back (%s)", input, strings.TrimSuffix(where, ":"))
			}
		}
		return nil
	}).judge()
}
