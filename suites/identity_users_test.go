package suites

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// heard is one token of the probe of logins: of whose session, when, and what is in it.
type heard struct {
	user    string
	variant record.Variant
	payload string
}

// loginRun is a run in which ada and grace have logged in alone, and these tokens came after.
func loginRun(more ...heard) record.Run {
	run := runWith(`{"sub":"v","lang":"en"}`)
	run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeLogin})
	tokens := append([]heard{
		{"ada", record.VariantBeforeLogin, `{"sub":"1","lang":"en"}`}, {"ada", record.VariantAfterLogin, `{"sub":"1","lang":"de","plan":"gold","ctx":{"no":1001},"loggedIn":true,"theme":"dark"}`},
		{"ada", record.VariantSecondSession, `{"sub":"2","lang":"de","plan":"gold","ctx":{"no":1001},"loggedIn":true,"theme":"dark"}`},
		{"grace", record.VariantAfterLogin, `{"sub":"3","plan":"silver","ctx":{"no":1002},"loggedIn":true}`}, {"grace", record.VariantSecondSession, `{"sub":"4","plan":"silver","ctx":{"no":1002},"loggedIn":true}`},
	}, more...)
	for i, a := range tokens {
		id := fmt.Sprint("l", i)
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: "x" + id, Probe: record.ProbeLogin, Variant: a.variant, About: a.user, Visitor: id, Token: id, Response: &record.Response{Status: 200, Bytes: 300}})
		run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
			ID: id, Exchange: "x" + id, Probe: record.ProbeLogin, Variant: a.variant, About: a.user, Visitor: id, Fingerprint: "sha256:" + id, Payload: record.SegmentOf(a.payload, nil),
		})
	}
	return run
}

func TestWhatIsLeftOfAUser(t *testing.T) {
	const out, fixed, beside, next = record.VariantAfterLogout, record.VariantFixedSession, record.VariantBesideUser, record.VariantNextUser
	const half = record.VariantLoginIncomplete
	for name, test := range map[string]struct {
		token heard
		check string
		want  record.State
	}{
		"nothing":                             {heard{"ada", out, `{"sub":"1","lang":"en"}`}, "logout-drops-user", record.Passed},
		"the language, which somebody chose":  {heard{"ada", out, `{"sub":"1","lang":"de","theme":"dark"}`}, "logout-drops-user", record.Passed},
		"a new value":                         {heard{"ada", out, `{"sub":"1","plan":"none","loggedIn":false}`}, "logout-drops-user", record.Passed},
		"the plan":                            {heard{"ada", out, `{"sub":"1","plan":"gold"}`}, "logout-drops-user", record.Failed},
		"the number, inside":                  {heard{"ada", out, `{"sub":"1","ctx":{"no":1001}}`}, "logout-drops-user", record.Failed},
		"the user before this one":            {heard{"grace", out, `{"sub":"1","plan":"gold"}`}, "logout-drops-user", record.Failed},
		"a flag":                              {heard{"ada", out, `{"sub":"1","loggedIn":true}`}, "logout-drops-user", record.Failed},
		"own plan beside another":             {heard{"ada", beside, `{"sub":"5","plan":"gold","loggedIn":true}`}, "login-own-user", record.Passed},
		"another's plan beside another":       {heard{"ada", beside, `{"sub":"5","plan":"silver"}`}, "login-own-user", record.Failed},
		"the plan of the one before":          {heard{"grace", next, `{"sub":"5","plan":"gold"}`}, "login-own-user", record.Failed},
		"a visitor in the middle of a login":  {heard{"ada", half, `{"sub":"1","lang":"de"}`}, "login-own-user", record.Passed},
		"the plan, before the password":       {heard{"ada", half, `{"sub":"1","plan":"gold"}`}, "login-own-user", record.Failed},
		"the session before the login":        {heard{"ada", fixed, `{"sub":"1"}`}, "session-not-fixed", record.Passed},
		"the plan, before the login's cookie": {heard{"ada", fixed, `{"sub":"1","plan":"gold"}`}, "session-not-fixed", record.Failed},
	} {
		if o := outcome(t, Judge(loginRun(test.token), Options{}), test.check); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

// TestASubOfAllWhoLoggedOut has two users log out in browsers of their own.
func TestASubOfAllWhoLoggedOut(t *testing.T) {
	const out = record.VariantAfterLogout
	for name, test := range map[string]struct {
		tokens []heard
		want   record.State
	}{
		"a new one each":  {[]heard{{"ada", out, `{"sub":"n1"}`}, {"grace", out, `{"sub":"n2"}`}}, record.Passed},
		"one for all":     {[]heard{{"ada", out, `{"sub":"guest"}`}, {"grace", out, `{"sub":"guest"}`}}, record.Failed},
		"the same person": {[]heard{{"ada", out, `{"sub":"n1"}`}, {"ada", out, `{"sub":"n1"}`}}, record.Passed},
	} {
		if o := outcome(t, Judge(loginRun(test.tokens...), Options{}), "sub-unique-anonymous"); (o.State == record.Failed) != (test.want == record.Failed) {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

// TestNamesInOtherCapitals: who logs in under the same name, written otherwise, is the same person.
func TestNamesInOtherCapitals(t *testing.T) {
	for sub, want := range map[string]record.State{"u1": record.Passed, "u1-ADA": record.Failed} {
		var run record.Run
		run.Evidence.UsersOnly = "a visitor without a login got status 401 and no token"
		run.Evidence.Probes = []record.Probe{{Name: record.ProbeVisitors}, {Name: record.ProbeLogin}, {Name: record.ProbeForgedLogins}}
		for i, of := range []struct {
			probe   string
			variant record.Variant
			sub     string
		}{{record.ProbeVisitors, "", "u1"}, {record.ProbeLogin, record.VariantAfterLogin, "u1"}, {record.ProbeLogin, record.VariantSecondSession, "u1"}, {record.ProbeForgedLogins, record.VariantRespelledName, sub}} {
			id := fmt.Sprint("t", i)
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{ID: "x" + id, Probe: of.probe, Variant: of.variant, About: "ada", Visitor: id, Token: id, Response: &record.Response{Status: 200, Bytes: 300}})
			run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
				ID: id, Exchange: "x" + id, Probe: of.probe, Variant: of.variant, About: "ada", User: "ada", Visitor: id, Fingerprint: "sha256:" + id, Payload: record.SegmentOf(fmt.Sprintf(`{"sub":%q}`, of.sub), nil),
			})
		}
		if o := outcome(t, Judge(run, Options{}), "user-sub"); o.State != want || want == record.Failed && !strings.Contains(o.Findings[0].Actual, "in other capitals") {
			t.Errorf("%s: %s, want %s (%s %v)", sub, o.State, want, o.Reason, o.Findings)
		}
	}
}

// TestWhatIsLeftInThePayload compares the members of the payload, where visitors have one, too.
func TestWhatIsLeftInThePayload(t *testing.T) {
	payload := func(members ...string) *record.UserPayload {
		p := &record.UserPayload{Kind: "string", Decrypted: "ok", ClearKind: "object", ClearFingerprint: "sha256:" + fmt.Sprint(members)}
		for i := 0; i < len(members); i += 2 {
			p.Members, p.MemberPrints = append(p.Members, members[i]), append(p.MemberPrints, members[i+1])
		}
		return p
	}
	for name, test := range map[string]struct {
		left *record.UserPayload
		want record.State
	}{
		"the visitor's own":           {payload("cart", "c1"), record.Passed},
		"a contract of another value": {payload("cart", "c1", "contract", "k0"), record.Passed},
		"a flag":                      {payload("cart", "c1", "customer", ""), record.Passed},
		"a language":                  {payload("cart", "c1", "language", "de"), record.Passed},
		"the contract of the user":    {payload("cart", "c1", "contract", "k1"), record.Failed},
	} {
		run := loginRun(heard{"ada", record.VariantAfterLogout, `{"sub":"1"}`})
		for i := range run.Evidence.Tokens {
			switch token := &run.Evidence.Tokens[i]; {
			case token.Variant == record.VariantBeforeLogin || token.Probe == record.ProbeVisitors:
				token.UserPayload = payload("cart", "c1")
			case token.Variant == record.VariantAfterLogout:
				token.UserPayload = test.left
			case token.About == "ada":
				token.UserPayload = payload("cart", "c"+token.ID, "contract", "k1", "customer", "", "language", "de")
			default:
				token.UserPayload = payload("cart", "c"+token.ID, "contract", "k2", "customer", "", "language", "en")
			}
		}
		if o := outcome(t, Judge(run, Options{}), "logout-drops-user"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}
