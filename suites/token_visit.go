package suites

import "github.com/webchatspec/webchatspec/record"

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
