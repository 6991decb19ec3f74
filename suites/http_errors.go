package suites

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// The checks in this file are about errors, and about files that are served by mistake.

// unkindProbes send requests that no honest visitor sends.
var unkindProbes = []string{
	record.ProbeBadInput, record.ProbeHostileCookies, record.ProbeForgedCookies, record.ProbeForgedLogins, record.ProbeRequestIdentity,
}

// oddProbes ask for a token in other ways than a page does.
var oddProbes = append([]string{record.ProbeMethods, record.ProbeScripts, record.ProbeReflection}, unkindProbes...)

var _ = add(Check{
	ID: "http-bad-input", Area: AreaHTTP, Level: record.Must,
	Title:       "Invalid input, such as a cookie that is not the expected JSON or a bad percent sequence, gets a 4xx status or a valid token, never a 5xx status: a MUST for what a visitor's browser may send, a SHOULD for what only a program sends",
	Why:         "A cookie that somebody else has set, or a broken link, breaks the chat, and error pages leak details.",
	Fix:         "Catch what parsing throws and treat such input as absent, or answer 400.",
	Source:      "RFC 9110 §15",
	Faults:      []string{"cookie-json-500"},
	YieldsTo:    []string{"token-served"},
	Needs:       []string{record.ProbeBadInput},
	NeedsTokens: true,
	judge:       httpBadInput,
})

func httpBadInput(e *evidence) judgement {
	browsers, programs := []record.Exchange(nil), []record.Exchange(nil)
	for _, x := range e.Exchanges(unkindProbes...) {
		if slices.Contains(byProgramsOnly, x.Variant) {
			programs = append(programs, x)
		} else {
			browsers = append(browsers, x)
		}
	}
	fromBrowsers := collect(browsers, badInput)
	judged := fromBrowsers.and(collect(programs, badInput)).judge()
	if len(fromBrowsers.findings) == 0 && judged.State == record.Failed {
		judged.Level = record.Should
	}
	return judged
}

// byProgramsOnly are the requests that no browser sends, whatever cookies it has and whatever
// link it follows: those with bodies that the page does not send, with addresses below the
// endpoint, or with headers that break their grammar.
var byProgramsOnly = []record.Variant{
	record.VariantBadHeader, record.VariantBadPath, record.VariantBadBody, record.VariantUnexpectedBody,
	record.VariantBelow, record.VariantJSONBody, record.VariantFormBody, record.VariantConfigured, record.VariantVisitorID,
	record.VariantBasicUser, record.VariantBearer, record.VariantChosenLife, record.VariantChangedVisit,
}

func badInput(x record.Exchange) *record.Finding {
	expected := "4xx or a sound token for wrong input in cookies, the address and usual headers"
	if slices.Contains(byProgramsOnly, x.Variant) {
		expected = "4xx or a sound token for what only a program sends"
	}
	// Servers may refuse a request that they do not take for HTTP by closing the connection.
	refusable := x.Variant == record.VariantBadLarge || x.Variant == record.VariantHostileRefusable
	switch {
	case x.Failure != nil && x.Failure.Class == record.FailureThrottled:
		return beside
	case x.Response != nil && x.Response.Status == http.StatusNotImplemented: // a refused method is no crash
		return nil
	case x.Response != nil && x.Response.Status == http.StatusInternalServerError && soapRefusal.MatchString(x.Response.Excerpt):
		return nil
	case x.Response != nil && x.Response.Status >= 500:
		return found(x.ID, expected, "status %d (%s)", x.Response.Status, sentAs(x))
	case x.Response == nil && x.Failure != nil && !refusable:
		return found(x.ID, expected, "no answer: %s (%s)", x.Failure.Message, sentAs(x))
	}
	return nil
}

// soapRefusal matches a SOAP fault that blames the sender. SOAP prescribes status 500 for it
// (SOAP 1.1 §6.2), where others use 400.
var soapRefusal = regexp.MustCompile(`(?s)<(?:[\w-]+:)?Envelope\b.*<(?:[\w-]+:)?(?:faultcode|Value)>\s*(?:[\w-]+:)?(?:Client|Sender|VersionMismatch|MustUnderstand)\b`)

// noError is the judgement when no answer was an error.
func (e *evidence) noError() judgement {
	if len(e.answers(append(unkindProbes, record.ProbePaths)...)) > 0 {
		return notApplicable("the site answered nothing with an error")
	}
	return notRun("no answer came to what should provoke an error")
}

// errorAnswers are the error answers to the probes that provoke errors.
func (e *evidence) errorAnswers() []record.Exchange {
	probes := append(slices.Clone(unkindProbes), record.ProbePaths, record.ProbeMethods, record.ProbeVisitors)
	return slices.DeleteFunc(e.answers(probes...), func(x record.Exchange) bool { return x.Response.Status < 400 })
}

var _ = add(Check{
	ID: "errors-no-leak", Area: AreaHTTP, Level: record.Must,
	Title:       "Error answers contain no key and no token",
	Why:         "Error pages end up in logs, screenshots and search engines.",
	Fix:         "Answer errors with a short fixed text.",
	Source:      "OWASP errors",
	Faults:      []string{"error-echoes-token"},
	Needs:       []string{record.ProbeBadInput, record.ProbePaths},
	NeedsTokens: true,
	judge:       errorsNoLeak,
})

// errorsNoLeak leaves out refusals of methods that carry a token: http-methods reports them.
func errorsNoLeak(e *evidence) judgement {
	told := map[string]bool{}
	for _, x := range e.answers(record.ProbeMethods) {
		told[x.Request.Method] = told[x.Request.Method] || refusedWithToken(x)
	}
	return collect(e.errorAnswers(), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakToken, record.LeakPrivateKey, record.LeakPrivateJWK, record.LeakSecret)
		if leak == nil || leak.Kind == record.LeakToken && told[x.Request.Method] {
			return nil
		}
		return found(x.ID, "no key and no token in an error's answer", "a %s (%s) for %s", leak.Kind, leak.Where, sentAs(x))
	}).judgeOr(e.noError())
}

var _ = add(Check{
	ID: "answers-no-key", Area: AreaHTTP, Level: record.Must,
	Title:       "No answer to a request for a token contains a private key, neither in its body nor in a header",
	Why:         "Whoever reads the key signs as the site, for any user.",
	Fix:         "Take the key out of the answer, and replace the key pair: it has been published.",
	Source:      `vendor: enable "only by your server code"`,
	Faults:      []string{"answer-with-key", "answer-with-jwk", "answer-with-key-again"},
	Needs:       []string{record.ProbeVisitors},
	Uses:        oddProbes,
	NeedsTokens: true,
	judge:       answersNoKey,
})

// answersNoKey also looks at the answers to odd requests: a debugging switch in the query may
// show what no visitor sees.
func answersNoKey(e *evidence) judgement {
	return collect(append(e.answers(), e.answers(oddProbes...)...), keyInAnswer).judge()
}

func keyInAnswer(x record.Exchange) *record.Finding {
	leak := leakOf(x, record.LeakPrivateKey, record.LeakPrivateJWK)
	if leak == nil || x.Response.Status >= 400 { // errors-no-leak reports those
		return nil
	}
	return found(x.ID, "no private key in an answer", "a %s (%s)", leak.Kind, leak.Where)
}

var _ = add(Check{
	ID: "errors-no-detail", Area: AreaHTTP, Level: record.Should,
	Title:       "Error answers contain no stack trace and no server path",
	Why:         "Stack traces and paths tell an attacker what runs where.",
	Fix:         "Run in production mode (NODE_ENV=production) with an error handler that logs details and shows none.",
	Source:      "OWASP errors",
	Faults:      []string{"stack-trace"},
	YieldsTo:    []string{"errors-no-leak"},
	Needs:       []string{record.ProbeBadInput, record.ProbePaths},
	NeedsTokens: true,
	judge:       errorsNoDetail,
})

func errorsNoDetail(e *evidence) judgement {
	return collect(e.errorAnswers(), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakStackTrace, record.LeakServerPath)
		if leak == nil {
			return nil
		}
		return found(x.ID, "no inner detail in an error's answer", "a %s: %s (%s)", leak.Kind, record.Quote(leak.Excerpt), sentAs(x))
	}).judgeOr(e.noError())
}

var _ = add(Check{
	ID: "files-no-key", Area: AreaHTTP, Level: record.Must,
	Title:       "No private key, secret, source code or directory listing is served at the usual addresses of such files",
	Why:         "Whoever fetches the key signs as the site.",
	Fix:         "Serve a folder with public files only, keep keys outside of it, and replace a key that was served.",
	Source:      `vendor: enable "only by your server code"; OWASP`,
	Faults:      []string{"static-root"},
	Needs:       []string{record.ProbePaths},
	NeedsTokens: true,
	judge:       filesNoKey,
})

func filesNoKey(e *evidence) judgement {
	return collect(e.answers(record.ProbePaths), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakPrivateKey, record.LeakPrivateJWK, record.LeakSecret, record.LeakSourceCode, record.LeakDirectoryList)
		if leak == nil || x.Response.Status >= 300 || x.Variant != record.VariantPath {
			return nil
		}
		return found(x.ID, "nothing of the server's own is served", "a %s at %s", leak.Kind, record.Quote(x.About))
	}).judge()
}

var _ = add(Check{
	ID: "jwks-public-only", Area: AreaHTTP, Level: record.Must,
	Title:       "A published key set contains public members only, and the key that the assistant uses",
	Why:         "A private member in a JWKS reveals the key; a key set without the assistant's key misleads everyone who uses it.",
	Fix:         "Publish only kty, n, e, kid, use and alg of the key that the assistant uses.",
	Source:      "RFC 7517 §9.3",
	Faults:      []string{"jwks-private", "jwks-private-pem", "jwks-of-another-key"},
	Needs:       []string{record.ProbeJWKS},
	NeedsTokens: true,
	judge:       jwksPublicOnly,
})

// jwksPublicOnly compares the keys of a JWKS with those given for the run.
func jwksPublicOnly(e *evidence) judgement {
	sets := slices.DeleteFunc(e.answers(record.ProbeJWKS), func(x record.Exchange) bool { return x.JWKS == nil })
	if len(sets) == 0 {
		return notApplicable("the site publishes no JWKS")
	}
	return collect(sets, func(x record.Exchange) *record.Finding {
		known := false
		for _, key := range x.JWKS {
			if len(key.Private) > 0 {
				return found(x.ID, "a JWKS holds public members only", "the private members %s at %s", strings.Join(key.Private, ", "), record.Quote(x.About))
			}
			known = known || key.Key > 0
		}
		if !known && slices.ContainsFunc(e.verifyingKeys(), isRSA) {
			return found(x.ID, "a JWKS has the key that the assistant knows", "%d keys at %s, none of them given for this run", len(x.JWKS), record.Quote(x.About))
		}
		return nil
	}).judge()
}
