package suites

import (
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// The checks of what the endpoint says when something is wrong, and of files.

// unkindProbes send what no honest visitor sends.
var unkindProbes = []string{
	record.ProbeBadInput, record.ProbeHostileCookies, record.ProbeForgedCookies, record.ProbeRequestIdentity,
}

func httpBadInput(e *Evidence) Judgement {
	return fail(collect(e.Exchanges(unkindProbes...), func(x record.Exchange) *record.Finding {
		const expected = "4xx or a sound token for wrong input"
		// Servers may refuse what is no HTTP to them by closing the connection.
		refusable := slices.ContainsFunc([]string{"large ", "8 KiB", "non-ASCII", "Latin-1"}, func(kind string) bool { return strings.Contains(x.Variant, kind) })
		switch {
		case x.Failure != nil && x.Failure.Class == record.FailureThrottled:
			return nil
		case x.Response != nil && x.Response.Status == http.StatusNotImplemented: // of a method, which is no crash
			return nil
		case x.Response != nil && x.Response.Status >= 500:
			return found(x.ID, expected, "status %d (%s)", x.Response.Status, x.Variant)
		case x.Response == nil && x.Failure != nil && !refusable:
			return found(x.ID, expected, "no answer: %s (%s)", x.Failure.Message, x.Variant)
		}
		return nil
	})...)
}

// errorAnswers are the answers of the probes that provoke errors, with an error.
func (e *Evidence) errorAnswers() []record.Exchange {
	probes := append(slices.Clone(unkindProbes), record.ProbePaths, record.ProbeMethods, record.ProbeVisitors)
	return slices.DeleteFunc(e.answers(probes...), func(x record.Exchange) bool { return x.Response.Status < 400 })
}

func errorsNoLeak(e *Evidence) Judgement {
	return fail(collect(e.errorAnswers(), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakToken, record.LeakPrivateKey, record.LeakPrivateJWK, record.LeakSecret)
		if leak == nil {
			return nil
		}
		return found(x.ID, "no key and no token in an error's answer", "a %s (%s) for %s", leak.Kind, leak.Where, x.Variant)
	})...)
}

func errorsNoDetail(e *Evidence) Judgement {
	return fail(collect(e.errorAnswers(), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakStackTrace, record.LeakServerPath)
		if leak == nil {
			return nil
		}
		return found(x.ID, "no inner detail in an error's answer", "a %s: %s (%s)", leak.Kind, quote(leak.Excerpt), x.Variant)
	})...)
}

func filesNoKey(e *Evidence) Judgement {
	return fail(collect(e.answers(record.ProbePaths), func(x record.Exchange) *record.Finding {
		leak := leakOf(x, record.LeakPrivateKey, record.LeakPrivateJWK, record.LeakSecret, record.LeakSourceCode, record.LeakDirectoryList)
		if leak == nil || x.Response.Status >= 300 || x.Variant == "session" || x.Variant == "unknown path" {
			return nil
		}
		return found(x.ID, "nothing of the server's own is served", "a %s at %s", leak.Kind, quote(x.Variant))
	})...)
}

// jwksPublicOnly compares the keys of a JWKS with those given for the run.
func jwksPublicOnly(e *Evidence) Judgement {
	sets := slices.DeleteFunc(e.answers(record.ProbeJWKS), func(x record.Exchange) bool { return x.JWKS == nil })
	if len(sets) == 0 {
		return notApplicable("the site publishes no JWKS")
	}
	return fail(collect(sets, func(x record.Exchange) *record.Finding {
		known := false
		for _, key := range x.JWKS {
			if len(key.Private) > 0 {
				return found(x.ID, "a JWKS holds public members only", "the private members %s at %s", strings.Join(key.Private, ", "), quote(x.Variant))
			}
			known = known || key.Key > 0
		}
		if !known && slices.ContainsFunc(e.verifyingKeys(), isRSA) {
			return found(x.ID, "a JWKS has the key that the assistant knows", "%d keys at %s, none of them given for this run", len(x.JWKS), quote(x.Variant))
		}
		return nil
	})...)
}
