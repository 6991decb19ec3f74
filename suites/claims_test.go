package suites

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// stateOf judges a run whose tokens have these payloads and returns what became
// of one check.
func stateOf(t *testing.T, id string, payloads ...string) record.State {
	t.Helper()
	return outcome(t, Judge(runWith(payloads...), Options{}), id).State
}

func TestSubIsMissedInEveryKindOfPayload(t *testing.T) {
	for payload, want := range map[string]record.State{
		`{"sub":"a"}`:           record.Passed,
		`"{\"sub\":\"a\"}"`:     record.Passed, // opened as the integration does; token-object tells it
		`{"user":{"sub":"a"}}`:  record.Failed,
		`[{"sub":"a"}]`:         record.Failed,
		`true`:                  record.Failed,
		`{"sub":"a"`:            record.Blocked, // token-json tells it
		`{"Sub":"a","exp":1e9}`: record.Failed,
	} {
		if state := stateOf(t, "sub-present", payload); state != want {
			t.Errorf("sub-present %s for %s, want %s", state, payload, want)
		}
	}
}

func TestPersonalDataAtAnyDepth(t *testing.T) {
	for payload, want := range map[string]record.State{
		`{"sub":"a","people":[{"email":"x@shop.example"}]}`:            record.Failed,
		`{"sub":"a","contacts":["x@shop.example"]}`:                    record.Failed,
		`{"sub":"a","context":{"account":{"phone":"+1 202 5550147"}}}`: record.Failed,
		`{"sub":"a","roles":["guest"],"amr":[1,null,true]}`:            record.Passed,
		`{"sub":"a","product":{"sku":"4711"}}`:                         record.Passed,
	} {
		if state := stateOf(t, "claims-no-personal-data", payload); state != want {
			t.Errorf("claims-no-personal-data %s for %s, want %s", state, payload, want)
		}
	}
}

// TestLoginNamesInTokens: a name with which somebody logs in is personal in any claim, and
// an address that was only hashed, too; a number of a customer is not.
func TestLoginNamesInTokens(t *testing.T) {
	for name, test := range map[string]struct {
		echo        record.Echo
		sub, claims record.State
	}{
		"a login name":             {record.Echo{Input: "login name of ada", User: "ada", Where: "claim:who"}, record.Passed, record.Failed},
		"a login name, inside":     {record.Echo{Input: "login name of ada", User: "ada", Where: "claim:ctx.who"}, record.Passed, record.Failed},
		"a role of the same name":  {record.Echo{Input: "login name of admin", User: "ada", Where: "claim:role"}, record.Passed, record.Passed},
		"a secret with the name":   {record.Echo{Input: "login name of ada", User: "ada", Where: "claim:password"}, record.Passed, record.Passed},
		"a number of a customer":   {record.Echo{Input: "identifier 1 of ada", User: "ada", Where: "claim:customer"}, record.Passed, record.Passed},
		"a hashed address":         {record.Echo{Input: "login name of ada", User: "ada", Where: "claim:h", Hashed: "MD5"}, record.Passed, record.Failed},
		"a hashed address for sub": {record.Echo{Input: "login name of ada", User: "ada", Where: "sub", Hashed: "SHA-1"}, record.Failed, record.Passed},
	} {
		run := loginRun(heard{"grace", record.VariantSecondSession, `{"sub":"4","plan":"silver","ctx":{"no":1002},"loggedIn":true,"password":"correct ada 7"}`})
		run.Evidence.Exchanges[len(run.Evidence.Exchanges)-1].Echoes = []record.Echo{test.echo}
		outcomes := Judge(run, Options{})
		if o := outcome(t, outcomes, "sub-impersonal"); o.State != test.sub {
			t.Errorf("%s: sub-impersonal %s, want %s (%v)", name, o.State, test.sub, o.Findings)
		}
		if o := outcome(t, outcomes, "claims-no-personal-data"); o.State != test.claims {
			t.Errorf("%s: claims-no-personal-data %s, want %s (%v)", name, o.State, test.claims, o.Findings)
		}
	}
}

// TestLivesAsAsked: a life that the request chose is too long for the check that would
// tell any other one.
func TestLivesAsAsked(t *testing.T) {
	const asked = record.VariantChosenLife
	for name, test := range map[string]struct {
		variant        record.Variant
		life           int
		bounded, short record.State
	}{
		"a week":                   {asked, 604_800, record.Failed, record.Blocked},
		"some hours":               {asked, 20_000, record.Passed, record.Failed},
		"the usual one":            {asked, 900, record.Passed, record.Passed},
		"a week for another offer": {record.VariantQuery, 604_800, record.Passed, record.Passed},
	} {
		const now = 1_790_000_017
		run := runOf(record.ProbeRequestIdentity, seen{variant: test.variant, payload: fmt.Sprintf(`{"sub":"a","iat":%d,"exp":%d}`, now, now+test.life)})
		run.Evidence.Tokens[1].About, run.Evidence.Tokens[1].ReceivedAt = "query ttl, in numbers", time.Unix(now, 0)
		judged := Judge(run, Options{})
		for id, want := range map[string]record.State{"exp-bounded": test.bounded, "exp-short-lived": test.short} {
			o := outcome(t, judged, id)
			if o.State != want || want == record.Failed && !strings.Contains(o.Findings[0].Actual, "query ttl") {
				t.Errorf("%s: %s %s, want %s (%v)", name, id, o.State, want, o.Findings)
			}
		}
	}
}
