package suites

import "github.com/webchatspec/webchatspec/record"

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
