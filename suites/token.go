package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "token-served", Area: AreaToken, Level: record.Must,
	Title:    "The token endpoint answers the configured request with a 2xx status and a token",
	Why:      "Without a token the chat cannot open: the widget shows its error panel.",
	Fix:      "Answer the configured request with status 200 and the signed token. Look at the server log for the request shown here.",
	Source:   "vendor: enable (fetch createJWT)",
	Faults:   []string{"empty-200"},
	YieldsTo: []string{"tls-required", "http-encoding", "cookies-kept"},
	Needs:    []string{record.ProbeVisitors},
	judge:    everyAnswerOrFailure(tokenServed),
})

func tokenServed(x record.Exchange) *record.Finding {
	const expected = "status 200 and a body with the token"
	switch {
	case x.Failure != nil && x.Failure.Class == record.FailureTimeout && x.Probe == record.ProbeBusy:
		return beside // http-latency reports it
	case x.Failure != nil:
		return found(x.ID, expected, "no complete answer: %s", x.Failure.Message)
	case x.Response == nil:
		return beside
	case x.Token != "": // any 2xx status will do: many frameworks answer a POST with 201
		return nil
	case x.Response.Status != 200:
		return explain(found(x.ID, expected, "status %d%s with %s%s", x.Response.Status, redirectTo(x), bodyText(x), elsewhere(x)), x)
	case x.Response.Bytes == 0:
		return explain(found(x.ID, expected, "status 200 and an empty body%s", elsewhere(x)), x)
	}
	return nil
}

func redirectTo(x record.Exchange) string {
	if location := header(x, "Location"); location != "" {
		return " to " + record.Quote(location) + "; redirects are not followed with tokens"
	}
	return ""
}

// owesNothing says whether no token is owed for the request: its sender has not logged in
// where only users are served, at this address or at all, has the cookies of a session that a
// login or a logout may have ended, or has logged out where only users are served. In the last
// case no token was asked for before the login.
func (e *evidence) owesNothing(x record.Exchange) bool {
	switch x.Variant {
	case record.VariantNobodyYet, record.VariantLoginIncomplete, record.VariantFixedSession, record.VariantKeptSession:
		return true
	case record.VariantBeforeLogin:
		return e.isOfUsers(x.Request.URL)
	case record.VariantAfterLogout:
		return e.isOfUsers(x.Request.URL) || !slices.ContainsFunc(e.Exchanges(record.ProbeLogin), func(other record.Exchange) bool {
			return other.Variant == record.VariantBeforeLogin
		})
	}
	return false
}

// isOfUsers says whether an address was asked for the tokens of those who had logged in, and
// never for those of visitors.
func (e *evidence) isOfUsers(address string) bool {
	asked := func(probe string, variants ...record.Variant) bool {
		return slices.ContainsFunc(e.Exchanges(probe), func(x record.Exchange) bool {
			return x.Request.URL == address && (variants == nil || slices.Contains(variants, x.Variant))
		})
	}
	return address != "" && !strings.Contains(e.Run.Target.Endpoint, "{") && !asked(record.ProbeVisitors) &&
		asked(record.ProbeLogin, record.VariantAfterLogin, record.VariantSecondSession)
}

// everyAnswerOrFailure makes a judge that looks at the exchanges of the ordinary probes, even
// at unanswered ones. It leaves out those that were throttled, and those of visitors whose
// visit or login was refused.
func everyAnswerOrFailure(look func(record.Exchange) *record.Finding) func(*evidence) judgement {
	return func(e *evidence) judgement {
		exchanges := slices.DeleteFunc(e.Exchanges(), func(x record.Exchange) bool {
			throttled := x.Failure != nil && x.Failure.Class == record.FailureThrottled
			return throttled || e.owesNothing(x) || e.refusedStep(x.Visitor) != ""
		})
		return collect(exchanges, look).judge()
	}
}

var _ = addRules(AreaToken, map[string]wider{"token-bare": {judge: tokenBare, withoutTokens: true}})

// tokenBare also looks at the answers without a token.
func tokenBare(e *evidence, ofTokens look) judgement {
	without := collect(e.answers(), func(x record.Exchange) *record.Finding {
		switch {
		case x.Token != "":
			return nil
		case x.Response.Status != 200 || x.Response.Bytes == 0 || e.owesNothing(x) || e.refusedStep(x.Visitor) != "":
			return beside
		}
		return explain(found(x.ID, "a token "+whereIn(e), "no token there, but %s%s", bodyText(x), elsewhere(x)), x)
	})
	for i, finding := range ofTokens.findings {
		ofTokens.findings[i] = e.explainAround(finding)
	}
	return ofTokens.and(without).judge()
}

// whereIn says where the token is expected to stand.
func whereIn(e *evidence) string {
	where := e.Run.Target.TokenIn
	if where == "" || where == "body" {
		return "as the whole body"
	}
	kind, name, _ := strings.Cut(where, ":")
	if kind == "json" {
		kind = "JSON member"
	}
	return fmt.Sprintf("in the %s %q", kind, name)
}

func mediaType(x record.Exchange) string {
	media, _, _ := strings.Cut(header(x, "Content-Type"), ";")
	if media = strings.TrimSpace(media); media == "" {
		return "no Content-Type"
	}
	return media
}

// A refused step before the token leaves other checks without evidence. So it has checks of
// its own, which quote what the site said: one for the visit here, and one for the login in
// identity_login.go.

var _ = add(Check{
	ID: "visit-works", Area: AreaToken, Level: record.Must,
	Title:  "The requests configured to come before the first token succeed, and give the values that later requests need",
	Why:    "Without its session or its CSRF token a visitor gets no token, and nothing else can be tested.",
	Fix:    "Compare the request shown here with what the page sends (the network panel of the browser's developer tools), and correct visit in the configuration.",
	Source: "webchatspec: configured steps",
	Faults: []string{"visit-gone", "visit-gives-nothing", "visit-fails"},
	Needs:  []string{record.ProbeSession},
	judge:  visitWorks,
})

func visitWorks(e *evidence) judgement {
	return e.steps("no visit is configured", record.VariantVisit)
}
