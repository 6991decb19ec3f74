package suites

import (
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// The checks of who may ask, how: origins, transport, methods, logins.

// foreignOrigin says whether a variant of the probe of origins is that of an
// origin that the endpoint should not allow.
func foreignOrigin(x record.Exchange) bool {
	variant := strings.TrimPrefix(x.Variant, "preflight ")
	return variant != "own" && !strings.HasPrefix(variant, "allowed ")
}

func sentOrigin(x record.Exchange) string { return strings.Join(x.Request.Header["Origin"], ", ") }

func corsRestricted(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbeOrigins), func(x record.Exchange) *record.Finding {
		const expected = "no CORS permission for a foreign origin"
		allowed := header(x, "Access-Control-Allow-Origin")
		credentials := strings.EqualFold(header(x, "Access-Control-Allow-Credentials"), "true")
		switch {
		case !foreignOrigin(x) || allowed == "":
			return nil
		case allowed == sentOrigin(x):
			return found(x.ID, expected, "Access-Control-Allow-Origin: %s, as asked for%s", quote(allowed), withCredentials(credentials))
		case allowed == "*" && credentials:
			return found(x.ID, expected, `Access-Control-Allow-Origin "*" with credentials`)
		}
		return nil
	})...)
}

func withCredentials(credentials bool) string {
	if credentials {
		return ", with credentials"
	}
	return ""
}

func corsNotOpen(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbeOrigins), func(x record.Exchange) *record.Finding {
		credentials := strings.EqualFold(header(x, "Access-Control-Allow-Credentials"), "true")
		if header(x, "Access-Control-Allow-Origin") != "*" || credentials {
			return nil
		}
		return found(x.ID, "CORS permission for named origins only", `Access-Control-Allow-Origin "*"`)
	})...)
}

// corsVary wants Vary only where the permission depends on the origin.
func corsVary(e *Evidence) Judgement {
	answers := slices.DeleteFunc(e.answers(record.ProbeOrigins), func(x record.Exchange) bool {
		return strings.HasPrefix(x.Variant, "preflight ")
	})
	permissions := map[string]bool{}
	for _, x := range answers {
		permissions[header(x, "Access-Control-Allow-Origin")] = true
	}
	if len(permissions) < 2 {
		return pass()
	}
	return fail(collect(answers, func(x record.Exchange) *record.Finding {
		vary := strings.ToLower(header(x, "Vary"))
		if header(x, "Access-Control-Allow-Origin") == "" || strings.Contains(vary, "origin") || vary == "*" {
			return nil
		}
		return found(x.ID, "Vary: Origin", "%s, while the answer depends on the origin", headerText("Vary", header(x, "Vary")))
	})...)
}

// tlsRequired looks at a failed handshake too: a certificate that is not right
// is what it is about.
func tlsRequired(e *Evidence) Judgement {
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
	return fail(collect(e.answers(record.ProbeTLS), func(x record.Exchange) *record.Finding {
		switch {
		case x.Variant != "plain http":
			return found(x.ID, "TLS 1.2 or later", "%s is spoken too", x.Variant)
		case hasToken(x):
			return found(x.ID, "no token over plain http", "a token, from %s", x.Request.URL)
		}
		return nil
	})...)
}

func (e *Evidence) overTLS() bool {
	return slices.ContainsFunc(e.answers(record.ProbeVisitors), func(x record.Exchange) bool { return x.Response.TLS != nil })
}

func tlsHSTS(e *Evidence) Judgement {
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

// otherMethods are those that a token endpoint has no use for.
var otherMethods = []string{"PUT", "DELETE", "PATCH", "TRACE"}

func httpMethods(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbeMethods), func(x record.Exchange) *record.Finding {
		status := x.Response.Status
		switch {
		case !slices.Contains(otherMethods, x.Variant):
			return nil
		case hasToken(x):
			return found(x.ID, "no token for another method", "status %d and a token for %s", status, x.Variant)
		case x.Variant == "TRACE" && echoIn(x, "body") != "":
			return found(x.ID, "TRACE does not echo the request", "its headers came back")
		case status < 400:
			return found(x.ID, "405 or 404 for another method", "status %d for %s", status, x.Variant)
		case status == 405 && x.Variant != "TRACE" && header(x, "Allow") == "":
			return found(x.ID, "405 with an Allow header", "405 for %s without one", x.Variant)
		}
		return nil
	})...)
}

func httpHeadOptions(e *Evidence) Judgement {
	served := e.served()
	return fail(collect(e.answers(record.ProbeMethods), func(x record.Exchange) *record.Finding {
		status := x.Response.Status
		switch {
		case x.Variant == "OPTIONS" && hasToken(x):
			return found(x.ID, "no token for OPTIONS", "a token")
		case x.Variant != "HEAD" || status == 405 || status == 404 || status == 501 || len(served) == 0:
			return nil
		case status != served[0].Response.Status:
			return found(x.ID, "HEAD answers as GET does, or 405", "status %d", status)
		case header(x, "Content-Type") != "" && mediaType(x) != mediaType(served[0]):
			return found(x.ID, "HEAD has the media type of GET", "%s instead of %s", mediaType(x), mediaType(served[0]))
		}
		return nil
	})...)
}

// httpNoCSRFLogin compares the tokens before and after the forged login.
func httpNoCSRFLogin(e *Evidence) Judgement {
	before := map[string]Token{}
	for _, t := range e.Tokens(record.ProbeCrossSiteLogin) {
		if way, ok := strings.CutPrefix(t.Variant, "before "); ok {
			before[way] = t
		}
	}
	if len(before) == 0 {
		return notRun("no token was served before the forged login")
	}
	return fail(collect(e.Tokens(record.ProbeCrossSiteLogin), func(t Token) *record.Finding {
		way, after := strings.CutPrefix(t.Variant, "after ")
		first, ok := before[way]
		if !after || !ok {
			return nil
		}
		const expected = "a login that another site forges changes nothing"
		x, _ := e.Exchange(t.Exchange)
		switch {
		case echoIn(x, "sub") != "" || echoIn(x, "claim:") != "" || t.UserPayload != nil && len(t.UserPayload.Users) > 0:
			return found(t.Exchange, expected, "the token carries the user after a forged %s", way)
		case t.UserPayload != nil && first.UserPayload == nil:
			return found(t.Exchange, expected, "the token has a user_payload after a forged %s", way)
		case t.subText() != first.subText():
			return found(t.Exchange, expected, "another sub after a forged %s", way)
		}
		return nil
	})...)
}
