package suites

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// httpChecks is the area "http" of the catalogue.
var httpChecks = []Check{
	{
		ID: "http-content-type", Area: AreaHTTP, Level: record.Should,
		Title:       "The Content-Type is text/plain with a charset, or application/jwt; where the body is JSON it is application/json",
		Why:         "As text/html a browser that opens the address runs what is in it; a client that goes by the type does not find a token.",
		Fix:         `Send Content-Type: text/plain; charset=utf-8 (res.type("text/plain")), or application/jwt.`,
		Source:      "RFC 7519 §10.3.1; RFC 9110 §8.3",
		Faults:      []string{"html-type"},
		YieldsTo:    []string{"token-bare"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: httpContentType,
	},
	{
		ID: "http-nosniff", Area: AreaHTTP, Level: record.Should,
		Title:       "The answer has X-Content-Type-Options: nosniff",
		Why:         "Without it old browsers guess another type from the bytes.",
		Fix:         "Send X-Content-Type-Options: nosniff.",
		Source:      "OWASP headers",
		Faults:      []string{"no-nosniff"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyServed(httpNosniff),
	},
	{
		ID: "http-not-cacheable", Area: AreaHTTP, Level: record.Must,
		Title:       "The answer does not allow caches to keep it: it has no public, no lifetime above 0 and no Expires ahead",
		Why:         "A cached answer gives one visitor's token to another, or the expired one again.",
		Fix:         "Send Cache-Control: no-store.",
		Source:      "RFC 9111 §5.2.2.5; OWASP",
		Faults:      []string{"cacheable"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyServed(httpNotCacheable),
	},
	{
		ID: "http-no-store", Area: AreaHTTP, Level: record.Should,
		Title:       "The answer has Cache-Control: no-store",
		Why:         "Without no-store browsers and proxies may keep the token on disk, and give it out again.",
		Fix:         "Send Cache-Control: no-store.",
		Source:      "RFC 9111 §5.2.2.5; OWASP",
		Faults:      []string{"no-cache-control"},
		YieldsTo:    []string{"http-not-cacheable"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyServed(httpNoStore),
	},
	{
		ID: "http-no-stale-validator", Area: AreaHTTP, Level: record.Should,
		Title:       "A conditional request does not bring an expired token back to life with 304",
		Why:         "A 304 makes the browser use the old, expired token again.",
		Fix:         `Send no ETag and no Last-Modified with a token (app.disable("etag")).`,
		Source:      "RFC 9110 §13",
		Faults:      []string{"etag-304"},
		Needs:       []string{record.ProbeValidators},
		NeedsTokens: true, Judge: httpNoStaleValidator,
	},
	{
		ID: "cors-restricted", Area: AreaHTTP, Level: record.Must,
		Title:       `No foreign origin, and not the origin "null" either, is allowed to read the answer by its name or with credentials`,
		Why:         "Any web site that a visitor opens can then fetch a token in the visitor's name.",
		Fix:         "Allow the origins of your own pages by name, and compare them as a whole.",
		Source:      "Fetch standard; vendor: server.js comment; OWASP",
		Faults:      []string{"cors-echo"},
		Needs:       []string{record.ProbeOrigins},
		NeedsTokens: true, Judge: corsRestricted,
	},
	{
		ID: "cors-not-open", Area: AreaHTTP, Level: record.Should,
		Title:       `The answer does not allow all origins with Access-Control-Allow-Origin "*"`,
		Why:         "Any web site can fetch anonymous tokens, so a copied embed script works elsewhere: what web chat security is there to prevent.",
		Fix:         `Allow the origins of your own pages by name instead of "*".`,
		Source:      "Fetch standard; vendor's sample server comment",
		Faults:      []string{"cors-star"},
		Needs:       []string{record.ProbeOrigins},
		NeedsTokens: true, Judge: corsNotOpen,
	},
	{
		ID: "cors-vary", Area: AreaHTTP, Level: record.Should,
		Title:       "The answer has Vary: Origin where its CORS permission depends on the origin",
		Why:         "A cache gives the answer made for one origin to another, which is then refused.",
		Fix:         "Send Vary: Origin where the answer depends on it.",
		Source:      "Fetch standard",
		Faults:      []string{"no-vary"},
		Needs:       []string{record.ProbeOrigins},
		NeedsTokens: true, Judge: corsVary,
	},
	{
		ID: "http-no-jsonp", Area: AreaHTTP, Level: record.Must,
		Title:       "A script element of another site cannot read the token: a callback parameter does not wrap it",
		Why:         "A script element of any site can then read the visitor's token.",
		Fix:         "Ignore callback parameters; answer with plain text.",
		Source:      "OWASP XSSI",
		Faults:      []string{"jsonp"},
		Needs:       []string{record.ProbeScripts},
		NeedsTokens: true, Judge: httpNoJSONP,
	},
	{
		ID: "tls-required", Area: AreaHTTP, Level: record.Must,
		Title:  "Outside this machine the endpoint speaks https, with TLS 1.2 or later and a certificate for its name, and plain http gives no token",
		Why:    "Over plain http everyone on the way can read and use the token.",
		Fix:    "Serve the endpoint by https only (TLS 1.2 or later), with a certificate for its name; redirect plain http without a token.",
		Source: "vendor: security overview; RFC 8725 §2; BCP 195",
		Faults: []string{"http-open"},
		Needs:  []string{record.ProbeVisitors}, Uses: []string{record.ProbeTLS},
		Judge: tlsRequired,
	},
	{
		ID: "tls-hsts", Area: AreaHTTP, Level: record.Should,
		Title:       "On https the answer has Strict-Transport-Security",
		Why:         "Without it the first request to the site goes by plain http and can be taken over.",
		Fix:         "Send Strict-Transport-Security: max-age=31536000.",
		Source:      "RFC 6797",
		Faults:      []string{"no-hsts"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: tlsHSTS,
	},
	{
		ID: "token-not-in-url", Area: AreaHTTP, Level: record.Must,
		Title:    "The token stands in no address: not in Location, Refresh or Link",
		Why:      "Addresses end up in logs, histories and Referer headers.",
		Fix:      "Never redirect with the token, nor link to it; send it in the body.",
		Source:   "RFC 6750 §5.3; OWASP",
		Faults:   []string{"redirect-token"},
		YieldsTo: []string{"token-served"},
		Needs:    []string{record.ProbeVisitors},
		Judge:    everyAnswer(tokenNotInURL),
	},
	{
		ID: "token-not-in-cookie", Area: AreaHTTP, Level: record.Should,
		Title:       "The token stands in no cookie that scripts can read, and in no other response header",
		Why:         "Scripts injected into the page read such a cookie, and it goes along with every request.",
		Fix:         "Send the token in the body only.",
		Source:      "OWASP storage",
		Faults:      []string{"token-cookie"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyAnswer(tokenNotInCookie),
	},
	{
		ID: "http-methods", Area: AreaHTTP, Level: record.Should,
		Title:       "PUT, DELETE, PATCH and TRACE are refused with 405 and Allow, or with 404, and give no token",
		Why:         "Methods that nobody thought of escape the rules made for the others, such as CSRF and cache rules.",
		Fix:         "Answer 405 with an Allow header to all methods that are not meant.",
		Source:      "RFC 9110 §15.5.6, §9.3.8",
		Faults:      []string{"any-method"},
		Needs:       []string{record.ProbeMethods},
		NeedsTokens: true, Judge: httpMethods,
	},
	{
		ID: "http-head-options", Area: AreaHTTP, Level: record.May,
		Title:       "HEAD is answered as GET is, without a body, or with 405; OPTIONS gives no token",
		Why:         "Monitors and caches ask with HEAD, browsers with OPTIONS: neither should get a token or another answer.",
		Fix:         "Answer HEAD as GET without a body, or with 405; let OPTIONS carry no body.",
		Source:      "RFC 9110 §9.3.2",
		Faults:      []string{"options-token"},
		Needs:       []string{record.ProbeVisitors, record.ProbeMethods},
		NeedsTokens: true, Judge: httpHeadOptions,
	},
	{
		ID: "http-no-csrf-login", Area: AreaHTTP, Level: record.Should,
		Title:       "A login that another site forges, by a form or a link, does not change who the visitor is",
		Why:         "Another site can log its visitors in as somebody, who then reads what they write.",
		Fix:         "Accept a login by POST only, with a CSRF token or a check of Origin.",
		Source:      "OWASP CSRF",
		Faults:      []string{"login-get"},
		YieldsTo:    []string{"sub-stable"},
		Needs:       []string{record.ProbeCrossSiteLogin},
		NeedsTokens: true, Judge: httpNoCSRFLogin,
	},
	{
		ID: "http-bad-input", Area: AreaHTTP, Level: record.Must,
		Title:       "Wrong input, such as a cookie that is not the JSON expected or a bad percent sequence, ends in a 4xx status or a sound token and never in a 5xx status",
		Why:         "A cookie that somebody else has set, or a broken link, takes the chat away, and error handlers leak.",
		Fix:         "Catch what parsing throws and treat such input as absent, or answer 400.",
		Source:      "RFC 9110 §15",
		Faults:      []string{"cookie-json-500"},
		YieldsTo:    []string{"token-served"},
		Needs:       []string{record.ProbeBadInput},
		NeedsTokens: true, Judge: httpBadInput,
	},
	{
		ID: "errors-no-leak", Area: AreaHTTP, Level: record.Must,
		Title:       "What is answered on an error holds no key and no token",
		Why:         "Error pages end up in logs, screenshots and search engines.",
		Fix:         "Answer errors with a short fixed text.",
		Source:      "OWASP errors",
		Faults:      []string{"error-echoes-token"},
		Needs:       []string{record.ProbeBadInput, record.ProbePaths},
		NeedsTokens: true, Judge: errorsNoLeak,
	},
	{
		ID: "errors-no-detail", Area: AreaHTTP, Level: record.Should,
		Title:       "What is answered on an error holds no stack trace and no path of the server",
		Why:         "Stack traces and paths tell an attacker what runs where.",
		Fix:         "Run in production mode (NODE_ENV=production) with an error handler that logs the detail and shows none.",
		Source:      "OWASP errors",
		Faults:      []string{"stack-trace"},
		YieldsTo:    []string{"errors-no-leak"},
		Needs:       []string{record.ProbeBadInput, record.ProbePaths},
		NeedsTokens: true, Judge: errorsNoDetail,
	},
	{
		ID: "files-no-key", Area: AreaHTTP, Level: record.Must,
		Title:       "No private key, secret, source code or list of a folder is served at the addresses where such files often lie",
		Why:         "Whoever fetches the key signs as the site.",
		Fix:         "Serve a folder with public files only, keep keys outside of it, and replace a key that was served.",
		Source:      `vendor: enable "only by your server code"; OWASP`,
		Faults:      []string{"static-root"},
		Needs:       []string{record.ProbePaths},
		NeedsTokens: true, Judge: filesNoKey,
	},
	{
		ID: "jwks-public-only", Area: AreaHTTP, Level: record.Must,
		Title:       "A key set that the site publishes holds public members only, and the key that the assistant knows",
		Why:         "A private member in a JWKS gives the key away; another key than the published one confuses everyone.",
		Fix:         "Publish kty, n, e, kid, use and alg only, of the key that the assistant knows.",
		Source:      "RFC 7517 §9.3",
		Faults:      []string{"jwks-private"},
		Needs:       []string{record.ProbeJWKS},
		NeedsTokens: true, Judge: jwksPublicOnly,
	},
	{
		ID: "http-no-version", Area: AreaHTTP, Level: record.May,
		Title:       "The answer does not say which software runs here, in X-Powered-By or with a version in Server",
		Why:         "A version in a header tells which known holes to try.",
		Fix:         `Remove X-Powered-By (app.disable("x-powered-by")) and the version from Server.`,
		Source:      "OWASP",
		Faults:      []string{"powered-by"},
		Needs:       []string{record.ProbeVisitors},
		NeedsTokens: true, Judge: everyAnswer(httpNoVersion),
	},
	{
		ID: "http-no-reflection", Area: AreaHTTP, Level: record.Should,
		Title:       "What the request says in its query, User-Agent or Referer does not come back in the body or the claims",
		Why:         "What comes back unchecked is where cross-site scripting begins, and a claim filled by the browser can be anything.",
		Fix:         "Put nothing of the request into the answer or the claims.",
		Source:      "OWASP XSS",
		Faults:      []string{"reflect-ua"},
		Needs:       []string{record.ProbeReflection},
		NeedsTokens: true, Judge: httpNoReflection,
	},
}

// everyServed makes a check that looks at each ordinary answer with a token.
func everyServed(look func(record.Exchange) *record.Finding) func(*Evidence) Judgement {
	return func(e *Evidence) Judgement { return fail(collect(e.served(), look)...) }
}

// httpContentType allows JSON where the token stands in JSON.
func httpContentType(e *Evidence) Judgement {
	where := e.Run.Target.TokenIn
	if strings.HasPrefix(where, "header:") {
		return notApplicable("the token stands in a header")
	}
	return fail(collect(e.served(), func(x record.Exchange) *record.Finding {
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
	})...)
}

func httpNosniff(x record.Exchange) *record.Finding {
	if value := header(x, "X-Content-Type-Options"); !strings.EqualFold(strings.TrimSpace(value), "nosniff") {
		return found(x.ID, "X-Content-Type-Options: nosniff", "%s", headerText("X-Content-Type-Options", value))
	}
	return nil
}

func headerText(name, value string) string {
	if value == "" {
		return "no " + name
	}
	return name + ": " + quote(value)
}

// cacheDirectives are those of Cache-Control, names in lower case.
func cacheDirectives(x record.Exchange) map[string]string {
	directives := map[string]string{}
	for directive := range strings.SplitSeq(header(x, "Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		directives[strings.ToLower(name)] = strings.Trim(value, `"`)
	}
	return directives
}

// keptOnTheWay matches a lifetime above 0.
var keptOnTheWay = regexp.MustCompile(`(?i)max-age\s*=\s*"?0*[1-9]`)

func httpNotCacheable(x record.Exchange) *record.Finding {
	const expected = "an answer that no cache may keep"
	directives := cacheDirectives(x)
	if _, never := directives["no-store"]; never {
		return nil
	}
	for _, name := range []string{"max-age", "s-maxage"} {
		if seconds, err := strconv.ParseFloat(directives[name], 64); err == nil && seconds > 0 {
			return found(x.ID, expected, "Cache-Control: %s=%s", name, directives[name])
		}
	}
	if _, public := directives["public"]; public {
		return found(x.ID, expected, "Cache-Control: public")
	}
	for _, name := range []string{"CDN-Cache-Control", "Surrogate-Control"} { // RFC 9213: for caches on the way
		if keptOnTheWay.MatchString(header(x, name)) {
			return found(x.ID, expected, "%s", headerText(name, header(x, name)))
		}
	}
	_, hasMaxAge := directives["max-age"] // which overrides Expires
	expires, err := time.Parse(time.RFC1123, header(x, "Expires"))
	date, dateErr := time.Parse(time.RFC1123, header(x, "Date"))
	if dateErr != nil {
		date = x.StartedAt
	}
	if err == nil && !hasMaxAge && expires.After(date) {
		return found(x.ID, expected, "Expires: %s, which is ahead", expires.Format(time.RFC1123))
	}
	return nil
}

func httpNoStore(x record.Exchange) *record.Finding {
	if _, never := cacheDirectives(x)["no-store"]; never {
		return nil
	}
	return found(x.ID, "Cache-Control: no-store", "%s", headerText("Cache-Control", header(x, "Cache-Control")))
}

// httpNoStaleValidator allows a 304 where the token really is the same: an
// issuer may keep a live token for one visitor.
func httpNoStaleValidator(e *Evidence) Judgement {
	tokens := e.Tokens(record.ProbeValidators)
	if len(tokens) > 1 && tokens[0].Fingerprint == tokens[len(tokens)-1].Fingerprint {
		return pass()
	}
	return fail(collect(e.answers(record.ProbeValidators), func(x record.Exchange) *record.Finding {
		if x.Response.Status != 304 {
			return nil
		}
		return found(x.ID, "a new token for a conditional request", "304 Not Modified (%s)", x.Variant)
	})...)
}

// hasToken says whether the answer holds a token anywhere.
func hasToken(x record.Exchange) bool {
	return x.Token != "" || leakOf(x, record.LeakToken) != nil
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

func httpNoJSONP(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbeScripts), func(x record.Exchange) *record.Finding {
		switch {
		case !hasToken(x):
			return nil
		case echoIn(x, "body") != "":
			return found(x.ID, "callback parameters are ignored", "the token wrapped in a call, for the parameter %s", x.Variant)
		case strings.Contains(mediaType(x), "javascript"):
			return found(x.ID, "a token is no script", "Content-Type: %s", mediaType(x))
		}
		return nil
	})...)
}

// urlHeaders are response headers that hold addresses.
var urlHeaders = []string{"header:Location", "header:Refresh", "header:Link", "header:Content-Location"}

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

func tokenNotInCookie(x record.Exchange) *record.Finding {
	for _, cookie := range x.Response.Cookies {
		if cookie.HoldsToken && !cookie.HTTPOnly {
			return found(x.ID, "no token in a cookie that scripts can read", "the cookie %s holds it", quote(cookie.Name))
		}
	}
	for _, leak := range x.Leaks {
		if leak.Kind == record.LeakToken && strings.HasPrefix(leak.Where, "header:") && tokenNotInURL(x) == nil {
			return found(x.ID, "no token in a response header", "it stands in %s", strings.TrimPrefix(leak.Where, "header:"))
		}
	}
	return nil
}

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

func httpNoReflection(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbeReflection), func(x record.Exchange) *record.Finding {
		for _, where := range []string{"body", "claim:", "sub", "token header:"} {
			if input := echoIn(x, where); input != "" {
				return found(x.ID, "request text stays out of body and claims", "the %s comes back (%s)", input, strings.TrimSuffix(where, ":"))
			}
		}
		return nil
	})...)
}
