package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// A step before the token that the site refuses takes the evidence of other checks
// away, so that it is told in its own right, with what the site said: here that
// of the visit, in identity_login.go that of the login.

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

// steps judges the steps of the variants; none is why there are none.
func (e *evidence) steps(none string, variants ...record.Variant) judgement {
	steps := slices.DeleteFunc(e.Exchanges(record.ProbeSession), func(x record.Exchange) bool {
		return !slices.Contains(variants, x.Variant)
	})
	if len(steps) == 0 {
		return notApplicable(none)
	}
	return collect(steps, func(x record.Exchange) *record.Finding {
		expected := fmt.Sprintf("the %s succeeds", stepName(x))
		switch {
		case x.Failure != nil && x.Failure.Class == record.FailureThrottled:
			return beside
		case x.Refused != "":
			return found(x.ID, expected, "the %s, %s %s: %s%s", stepName(x), x.Request.Method, x.Request.URL, x.Refused, whatItSaid(x))
		case x.Failure != nil:
			return found(x.ID, expected, "the %s: no complete answer: %s", stepName(x), x.Failure.Message)
		}
		return nil
	}).judge()
}

// stepName names a step with the user whose it is.
func stepName(x record.Exchange) string {
	if x.About == "" {
		return string(x.Variant)
	}
	return string(x.Variant) + " of " + x.About
}

// whatItSaid is the beginning of what the server answered, for a finding.
func whatItSaid(x record.Exchange) string {
	if x.Response == nil || x.Response.Excerpt == "" {
		return ""
	}
	return "; the server said " + record.Quote(x.Response.Excerpt)
}
