package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// The checks of what comes before the token: steps that the configuration names.
// A step that the site refuses takes the evidence of other checks away, so that
// it is told in its own right, with what the site said.

var _ = add(Check{
	ID: "visit-works", Area: AreaToken, Level: record.Must,
	Title:  "The requests that come before the first token are answered as configured, and give the values that later ones want",
	Why:    "Without its session or its CSRF token no visitor gets a token, and nothing else can be tested.",
	Fix:    "Compare the request shown here with what the page sends (the network panel of the browser's developer tools), and mend visit: in the configuration.",
	Source: "webchatspec: configured steps",
	Faults: []string{"visit-gone", "visit-gives-nothing", "visit-fails"},
	Needs:  []string{record.ProbeSession},
	judge:  visitWorks,
})

func visitWorks(e *evidence) judgement {
	return e.steps("no visit is configured", record.VariantVisit)
}

var _ = add(Check{
	ID: "login-works", Area: AreaIdentity, Level: record.Must,
	Title:  "The configured users can log in and out",
	Why:    "A login that the site refuses tests nobody: what happens to the token of a user stays unseen.",
	Fix:    "Try the login by hand with the same name and password; renew the test user's password, or mend users: in the configuration. A login with a CSRF token wants the request that fetches it before, in visit: or login:.",
	Source: "webchatspec: configured steps",
	Faults: []string{"login-refused", "login-form-again", "login-leads-back"},
	Needs:  []string{record.ProbeSession},
	judge:  loginWorks,
})

func loginWorks(e *evidence) judgement {
	return e.steps("no user with a login request is configured", record.VariantLogin, record.VariantLogout)
}

// steps judges the steps of the variants; none is why there are none.
func (e *evidence) steps(none string, variants ...record.Variant) judgement {
	steps := slices.DeleteFunc(e.Exchanges(record.ProbeSession), func(x record.Exchange) bool {
		return !slices.Contains(variants, x.Variant)
	})
	if len(steps) == 0 {
		return notApplicable(none)
	}
	return fail(collect(steps, func(x record.Exchange) *record.Finding {
		expected := fmt.Sprintf("the %s succeeds", sentAs(x))
		switch {
		case x.Failure != nil && x.Failure.Class == record.FailureThrottled:
			return nil
		case x.Refused != "":
			return found(x.ID, expected, "%s %s: %s%s", x.Request.Method, x.Request.URL, x.Refused, whatItSaid(x))
		case x.Failure != nil:
			return found(x.ID, expected, "no complete answer: %s", x.Failure.Message)
		}
		return nil
	})...)
}

// whatItSaid is the beginning of what the server answered, for a finding.
func whatItSaid(x record.Exchange) string {
	if x.Response == nil || x.Response.Excerpt == "" {
		return ""
	}
	return "; the server said " + record.Quote(x.Response.Excerpt)
}
