package suites

import "github.com/webchatspec/webchatspec/record"

var _ = add(Check{
	ID: "login-works", Area: AreaIdentity, Level: record.Must,
	Title:  "The configured users can log in and out",
	Why:    "Without a login that works, the tokens of users cannot be checked.",
	Fix:    "Try the login by hand with the same name and password; then reset the test user's password, or correct users: in the configuration. If the login needs a CSRF token, fetch it in an earlier request, in visit: or login:.",
	Source: "webchatspec: configured steps",
	Faults: []string{"login-refused", "login-form-again", "login-leads-back"},
	Needs:  []string{record.ProbeSession},
	judge:  loginWorks,
})

func loginWorks(e *evidence) judgement {
	return e.steps("no user with a login request is configured", record.VariantLogin, record.VariantLogout)
}
