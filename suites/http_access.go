package suites

import (
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// The checks in this file are about who may ask and how: origins, transport, methods and
// logins.

// foreignOrigin says whether the request came from an origin that the endpoint should not
// allow.
func foreignOrigin(x record.Exchange) bool {
	return x.Variant != record.VariantOwnOrigin && x.Variant != record.VariantAllowedOrigin
}

func sentOrigin(x record.Exchange) string { return strings.Join(x.Request.Header["Origin"], ", ") }

var _ = add(Check{
	ID: "cors-restricted", Area: AreaHTTP, Level: record.Must,
	Title:       `CORS lets no foreign origin, nor the origin "null", read the answer by name or with credentials`,
	Why:         "Any web site that a visitor opens can then fetch a token in the visitor's name.",
	Fix:         "Allow the origins of your own pages by name, and compare the whole origin, not a part of it.",
	Source:      "Fetch standard; vendor: server.js comment; OWASP",
	Faults:      []string{"cors-echo", "cors-echo-known", "cors-echo-user", "cors-suffix", "cors-clear"},
	Needs:       []string{record.ProbeOrigins},
	NeedsTokens: true,
	judge:       corsRestricted,
})

// corsRestricted is a SHOULD where only subdomains of the site are allowed: they are the
// site's own, unless somebody takes one over.
func corsRestricted(e *evidence) judgement {
	elsewhere := false
	judged := collect(e.answers(record.ProbeOrigins), func(x record.Exchange) *record.Finding {
		expected := "no CORS permission for a foreign origin"
		if x.Variant == record.VariantBelowOrigin {
			expected = "no CORS permission for whatever stands below the site's name"
		}
		allowed := header(x, "Access-Control-Allow-Origin")
		credentials := strings.EqualFold(header(x, "Access-Control-Allow-Credentials"), "true")
		switch {
		case !foreignOrigin(x) || allowed == "":
			return nil
		case allowed == sentOrigin(x):
			elsewhere = elsewhere || x.Variant != record.VariantBelowOrigin
			return found(x.ID, expected, "Access-Control-Allow-Origin: %s, as asked for (%s)%s", record.Quote(allowed), x.Variant, withCredentials(credentials))
		case allowed == "*" && credentials:
			elsewhere = true
			return found(x.ID, expected, `Access-Control-Allow-Origin "*" with credentials`)
		}
		return nil
	}).judge()
	if judged.State == record.Failed && !elsewhere {
		judged.Level = record.Should
	}
	return judged
}

func withCredentials(credentials bool) string {
	if credentials {
		return ", with credentials"
	}
	return ""
}

var _ = add(Check{
	ID: "cors-not-open", Area: AreaHTTP, Level: record.Should,
	Title:       `The answer does not allow all origins with Access-Control-Allow-Origin "*"`,
	Why:         "Any web site can fetch anonymous tokens, so a copied embed script works elsewhere: what web chat security is there to prevent.",
	Fix:         `Allow the origins of your own pages by name instead of "*".`,
	Source:      "Fetch standard; vendor's sample server comment",
	Faults:      []string{"cors-star"},
	Needs:       []string{record.ProbeOrigins},
	NeedsTokens: true,
	judge:       corsNotOpen,
})

func corsNotOpen(e *evidence) judgement {
	return collect(e.answers(record.ProbeOrigins), func(x record.Exchange) *record.Finding {
		credentials := strings.EqualFold(header(x, "Access-Control-Allow-Credentials"), "true")
		if header(x, "Access-Control-Allow-Origin") != "*" || credentials {
			return nil
		}
		return found(x.ID, "CORS permission for named origins only", `Access-Control-Allow-Origin "*"`)
	}).judge()
}

var _ = add(Check{
	ID: "cors-vary", Area: AreaHTTP, Level: record.Should,
	Title:       "The answer has Vary: Origin where its CORS permission depends on the origin",
	Why:         "A cache gives the answer made for one origin to another, which is then refused.",
	Fix:         "Send Vary: Origin where the answer depends on it.",
	Source:      "Fetch standard",
	Faults:      []string{"no-vary"},
	Needs:       []string{record.ProbeOrigins},
	NeedsTokens: true,
	judge:       corsVary,
})

// corsVary requires Vary only where the permission depends on the origin.
func corsVary(e *evidence) judgement {
	answers := slices.DeleteFunc(e.answers(record.ProbeOrigins), func(x record.Exchange) bool {
		return x.Request.Method == http.MethodOptions // the preflight
	})
	permissions := map[string]bool{}
	for _, x := range answers {
		permissions[header(x, "Access-Control-Allow-Origin")] = true
	}
	if len(permissions) < 2 {
		return saw(len(answers), "answer to an origin").judge()
	}
	return collect(answers, func(x record.Exchange) *record.Finding {
		vary := strings.ToLower(header(x, "Vary"))
		if header(x, "Access-Control-Allow-Origin") == "" || strings.Contains(vary, "origin") || vary == "*" {
			return nil
		}
		return found(x.ID, "Vary: Origin", "%s, while the answer depends on the origin", headerText("Vary", header(x, "Vary")))
	}).judge()
}

var _ = add(Check{
	ID: "tls-required", Area: AreaHTTP, Level: record.Must,
	Title:  "Outside this machine the endpoint speaks https, with TLS 1.2 or later and a certificate for its name, and plain http gives no token",
	Why:    "Over plain http everyone on the way can read and use the token.",
	Fix:    "Serve the endpoint by https only (TLS 1.2 or later), with a certificate for its name; redirect plain http without a token.",
	Source: "vendor: security overview; RFC 8725 §2; BCP 195",
	Faults: []string{"http-open"},
	Needs:  []string{record.ProbeVisitors}, Uses: []string{record.ProbeTLS},
	judge: tlsRequired,
})

// tlsRequired also looks at failed handshakes, because a wrong certificate makes them fail.
func tlsRequired(e *evidence) judgement {
	for _, x := range e.Exchanges() {
		if x.Failure != nil && x.Failure.Class == record.FailureTLS {
			return fail(*found(x.ID, "a certificate for this name, with its chain, and TLS 1.2 or later", "%s", x.Failure.Message))
		}
	}
	if !e.overTLS() {
		if e.Run.Target.Loopback {
			return notApplicable("the endpoint is on plain http on this machine")
		}
		return fail(*found("", "https outside this machine", "%s", e.Run.Target.Endpoint))
	}
	judged := saw(1, "handshake").and(collect(e.answers(record.ProbeTLS), func(x record.Exchange) *record.Finding {
		switch {
		case x.Variant == record.VariantOldTLS:
			return found(x.ID, "TLS 1.2 or later", "%s is spoken too", x.About)
		case hasToken(x):
			return found(x.ID, "no token over plain http", "a token, from %s", x.Request.URL)
		}
		return nil
	})).judge()
	if probe, _ := e.probe(record.ProbeTLS); judged.State == record.Passed && probe.Failures[record.FailureNotAllowed] > 0 {
		return notRun("the address for plain http is on another host, and was not asked without your consent: --yes")
	}
	return judged
}

func (e *evidence) overTLS() bool {
	return slices.ContainsFunc(e.answers(record.ProbeVisitors), func(x record.Exchange) bool { return x.Response.TLS != nil })
}

var _ = add(Check{
	ID: "tls-hsts", Area: AreaHTTP, Level: record.Should,
	Title:       "On https the answer has Strict-Transport-Security",
	Why:         "Without it the first request to the site goes by plain http and can be taken over.",
	Fix:         "Send Strict-Transport-Security: max-age=31536000.",
	Source:      "RFC 6797",
	Faults:      []string{"no-hsts"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       tlsHSTS,
})

func tlsHSTS(e *evidence) judgement {
	if !e.overTLS() {
		return notApplicable("the endpoint is on plain http")
	}
	return everyServed(func(x record.Exchange) *record.Finding {
		value := strings.ReplaceAll(strings.ToLower(header(x, "Strict-Transport-Security")), " ", "")
		if strings.Contains(value, "max-age=") && !strings.Contains(value, "max-age=0") {
			return nil
		}
		return found(x.ID, "Strict-Transport-Security with a max-age", "%s", headerText("Strict-Transport-Security", header(x, "Strict-Transport-Security")))
	})(e)
}

// otherMethods are the methods for which a token endpoint has no use.
var otherMethods = []string{"PUT", "DELETE", "PATCH", "TRACE"}

var _ = add(Check{
	ID: "http-methods", Area: AreaHTTP, Level: record.Should,
	Title:       "PUT, DELETE, PATCH and TRACE are refused with 405 and Allow, or with 404, and give no token; no refusal of a method carries one, and no method takes the place of a login, which is a MUST",
	Why:         "Methods that nobody thought of escape the rules made for the others, such as CSRF and cache rules.",
	Fix:         "Answer every other method with 405 and an Allow header.",
	Source:      "RFC 9110 §15.5.6, §9.3.8",
	Faults:      []string{"any-method", "put-sets-token-cookie", "refusal-with-token"},
	Needs:       []string{record.ProbeMethods},
	NeedsTokens: true,
	judge:       httpMethods,
})

// httpMethods is a MUST where a refusal carries a token, because whoever refuses a request
// does not protect what is in the answer, and where another method gives a token without a
// login.
func httpMethods(e *evidence) judgement {
	grave, own := false, e.ownMethod()
	judged := collect(e.answers(record.ProbeMethods), func(x record.Exchange) *record.Finding {
		status, method := x.Response.Status, x.Request.Method
		refused, toNobody := refusedWithToken(x), e.letsInNobody(x) && method != http.MethodHead && method != http.MethodOptions
		grave = grave || refused || toNobody
		switch {
		case toNobody:
			return found(x.ID, toUsersOnly, "status %d and a token for %s (%s)", status, method, tokenPlace(x))
		case refused:
			return found(x.ID, "no token in the refusal of a method", "status %d with a token for %s (%s)", status, method, tokenPlace(x))
		case !slices.Contains(otherMethods, method), method == own, x.Variant == record.VariantMethodOfNobody:
			return beside
		case hasToken(x):
			return found(x.ID, "no token for another method", "status %d and a token for %s", status, method)
		case method == http.MethodTrace && echoIn(x, "body") != "":
			return found(x.ID, "TRACE does not echo the request", "its headers came back")
		case status < 400:
			return found(x.ID, "405 or 404 for another method", "status %d for %s", status, method)
		case status == 405 && method != http.MethodTrace && header(x, "Allow") == "":
			return found(x.ID, "405 with an Allow header", "405 for %s without one", method)
		}
		return nil
	}).judge()
	if grave {
		judged.Level = record.Must
	}
	return judged
}

// ownMethod is the configured method.
func (e *evidence) ownMethod() string {
	if asked := e.answers(record.ProbeVisitors); len(asked) > 0 {
		return asked[0].Request.Method
	}
	return ""
}

// letsInNobody says whether this method gives a token without a login, although the
// configured method does not.
func (e *evidence) letsInNobody(x record.Exchange) bool {
	return x.Variant == record.VariantMethodOfNobody && hasToken(x) && len(e.loginTokens(record.VariantNobodyYet)) == 0
}

const toUsersOnly = "no token for whoever has not logged in, whatever the method"

func refusedWithToken(x record.Exchange) bool { return x.Response.Status >= 400 && hasToken(x) }

// tokenPlace says where the token stands in an answer.
func tokenPlace(x record.Exchange) string {
	if leak := leakOf(x, record.LeakToken); leak != nil {
		return leak.Where
	}
	for _, cookie := range x.Response.Cookies {
		if cookie.HoldsToken {
			return "cookie:" + cookie.Name
		}
	}
	return "body"
}

var _ = add(Check{
	ID: "http-head-options", Area: AreaHTTP, Level: record.May,
	Title:       "HEAD is answered as GET is, without a body, or with 405; OPTIONS gives no token, nor does a preflight, which is a SHOULD; neither gives one without a login where others need one, which is a MUST",
	Why:         "Monitors and caches ask with HEAD, browsers with OPTIONS: neither should get a token or another answer.",
	Fix:         "Answer HEAD as GET without a body, or with 405; let OPTIONS carry no body.",
	Source:      "RFC 9110 §9.3.2",
	Faults:      []string{"options-token", "head-header-token", "preflight-token"},
	Needs:       []string{record.ProbeVisitors, record.ProbeMethods},
	Uses:        []string{record.ProbeOrigins},
	NeedsTokens: true,
	judge:       httpHeadOptions,
})

// httpHeadOptions is a SHOULD where these requests get a token: headers are written into
// logs, and foreign pages may send preflights.
func httpHeadOptions(e *evidence) judgement {
	served, given, toNobody := e.served(), false, false
	judged := collect(e.answers(record.ProbeMethods, record.ProbeOrigins), func(x record.Exchange) *record.Finding {
		status, method := x.Response.Status, x.Request.Method
		switch {
		case method != http.MethodOptions && method != http.MethodHead:
			return beside
		case e.letsInNobody(x):
			toNobody = true
			return found(x.ID, toUsersOnly, "a token for %s (%s)", method, tokenPlace(x))
		case x.Variant == record.VariantMethodOfNobody:
			return beside
		case method == http.MethodOptions && hasToken(x) && status < 400:
			given = true
			return found(x.ID, "no token for OPTIONS", "a token (%s)", tokenPlace(x))
		case method == http.MethodHead && hasToken(x) && status < 400 && !slices.ContainsFunc(served, func(get record.Exchange) bool { return tokenPlace(get) == tokenPlace(x) }):
			given = true
			return found(x.ID, "no token for HEAD where GET has none", "a token (%s)", tokenPlace(x))
		case method == http.MethodOptions || status == 405 || status == 404 || status == 501 || len(served) == 0:
			return nil
		case status != served[0].Response.Status:
			return found(x.ID, "HEAD answers as GET does, or 405", "status %d", status)
		case header(x, "Content-Type") != "" && mediaType(x) != mediaType(served[0]):
			return found(x.ID, "HEAD has the media type of GET", "%s instead of %s", mediaType(x), mediaType(served[0]))
		}
		return nil
	}).judge()
	switch {
	case judged.State == record.Failed && toNobody:
		judged.Level = record.Must
	case judged.State == record.Failed && given:
		judged.Level = record.Should
	}
	return judged
}

var _ = add(Check{
	ID: "http-no-csrf-login", Area: AreaHTTP, Level: record.Should,
	Title:       "A login that another site forges, by a form or a link, does not change who the visitor is",
	Why:         "Another site can log its visitors in as somebody, who then reads what they write.",
	Fix:         "Accept a login by POST only, with a CSRF token or a check of Origin.",
	Source:      "OWASP CSRF",
	Faults:      []string{"login-get", "login-null-origin", "login-origin-begins-alike", "login-without-origin"},
	YieldsTo:    []string{"cookies-kept", "sub-stable"},
	Needs:       []string{record.ProbeCrossSiteLogin},
	NeedsTokens: true,
	judge:       httpNoCSRFLogin,
})

// httpNoCSRFLogin compares the tokens before and after the forged login.
func httpNoCSRFLogin(e *evidence) judgement {
	asked, before := false, map[string]Token{} // by the way in which the login is forged
	for _, x := range e.answers(record.ProbeCrossSiteLogin) {
		if x.Variant == record.VariantBeforeForgery {
			asked = true
			if t, ok := e.Token(x.Token); ok {
				before[x.About] = t
			}
		}
	}
	usersOnly := len(before) == 0 && e.servesUsersOnly() && !slices.ContainsFunc(e.Tokens(record.ProbeVisitors), func(t Token) bool { return t.User == "" })
	if !asked || len(before) == 0 && !usersOnly {
		return notRun("no token was served before the forged login")
	}
	onlyUsers := e.onlyUsers()
	judged := collect(e.answers(record.ProbeCrossSiteLogin), func(x record.Exchange) *record.Finding {
		if x.Variant != record.VariantAfterForgery {
			return beside
		}
		const expected = "a login that another site forges changes nothing"
		way := x.About
		first, had := before[way]
		t, has := e.Token(x.Token)
		switch {
		case usersOnly && has:
			return found(x.ID, expected, "a token, which only users get, after a forged %s", way)
		case usersOnly:
			return nil
		case !has || !had:
			return beside
		case echoIn(x, "sub") != "" || echoIn(x, "claim:") != "" || t.UserPayload != nil && len(t.UserPayload.Users) > 0:
			return found(x.ID, expected, "the token carries the user after a forged %s", way)
		case t.UserPayload != nil && first.UserPayload == nil:
			return found(x.ID, expected, "the token has a user_payload after a forged %s", way)
		case t.subText() != first.subText():
			return found(x.ID, expected, "another sub after a forged %s", way)
		}
		if user, claim := onlyUsers.carried(t); user != "" && string(first.Claims[claim]) != string(t.Claims[claim]) {
			return found(x.ID, expected, "the token has the claim %s of a user after a forged %s", record.Quote(claim), way)
		}
		return nil
	}).judge()
	if judged.State == record.Failed && usersOnly && e.asksNobodyAtLogin() {
		judged.Level = record.May
	}
	return judged
}

// asksNobodyAtLogin says whether the login checks nothing but the name and the password, or a
// link that the site has sent. Many sites that show nothing without a login do that:
// whoever is logged in as somebody else notices it. It is a graver matter if the site does
// check where a login comes from, and can be misled.
func (e *evidence) asksNobodyAtLogin() bool {
	plain := false
	for _, x := range e.answers(record.ProbeCrossSiteLogin) {
		_, taken := e.Token(x.Token)
		taken = taken && x.Variant == record.VariantAfterForgery
		switch {
		case x.About == record.ForgedByOwnForm, taken && strings.HasPrefix(x.About, record.ForgedByLink):
			return false
		case slices.Contains([]string{record.ForgedByForm, record.ForgedByTextForm, record.ForgedBySentLink}, x.About):
			plain = plain || taken
		}
	}
	return plain
}
