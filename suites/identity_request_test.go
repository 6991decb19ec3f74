package suites

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestIdentityChosenByTheRequest(t *testing.T) {
	const query, configured, ownID, other = record.VariantQuery, record.VariantConfigured, record.VariantVisitorID, record.VariantHeader
	sealed := &record.UserPayload{Kind: "string", Bytes: 256, Blocks: 1}
	ofAda := &record.UserPayload{Kind: "string", Bytes: 256, Blocks: 1, Users: []string{"ada"}}
	echo := func(input, where string) record.Echo { return record.Echo{Input: input, Where: where} }
	for name, test := range map[string]struct {
		answers []seen
		echoes  []record.Echo // of the first answer
		usual   *record.UserPayload
		want    record.State
	}{
		"ignored":                             {answers: []seen{{variant: query, payload: `{"sub":"a"}`}}, want: record.Passed},
		"sub":                                 {answers: []seen{{variant: query, payload: `{"sub":"wcsmark"}`}}, echoes: []record.Echo{echo("query sub", "sub")}, want: record.Failed},
		"a claim inside a claim":              {answers: []seen{{variant: query, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("query email", "claim:context.contact")}, want: record.Failed},
		"encrypted":                           {answers: []seen{{variant: query, payload: `{"sub":"a"}`, userPayload: sealed}}, usual: sealed, echoes: []record.Echo{echo("query email", record.EchoPayload)}, want: record.Failed},
		"the payload of a user":               {answers: []seen{{variant: query, payload: `{"sub":"a"}`, userPayload: ofAda}}, usual: sealed, want: record.Failed},
		"a payload for whoever asks so":       {answers: []seen{{variant: query, payload: `{"sub":"a"}`, userPayload: sealed}}, want: record.Failed},
		"a user's payload for everybody":      {answers: []seen{{variant: query, payload: `{"sub":"a"}`, userPayload: ofAda}, {variant: other, payload: `{"sub":"b"}`, userPayload: ofAda}, {variant: other, payload: `{"sub":"c"}`, userPayload: ofAda}}, want: record.Passed},
		"everybody has a payload":             {answers: []seen{{variant: query, payload: `{"sub":"a"}`, userPayload: sealed}}, usual: sealed, want: record.Passed},
		"a nonce":                             {answers: []seen{{variant: query, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("query session", "claim:nonce")}, want: record.Passed},
		"the address as a whole":              {answers: []seen{{variant: query, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("query sub", "claim:page"), echo(record.InputControl, "claim:page")}, want: record.Passed},
		"the page's language":                 {answers: []seen{{variant: configured, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("configured value replaced query lang", "claim:context.lang")}, want: record.Passed},
		"the page's shop":                     {answers: []seen{{variant: configured, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("configured value replaced body storeId", "claim:context.storeId")}, want: record.Passed},
		"the page's visitor":                  {answers: []seen{{variant: configured, payload: `{"sub":"a"}`}}, echoes: []record.Echo{echo("configured value replaced body variables.visitorId", "claim:context.v")}, want: record.Failed},
		"a hash of it":                        {answers: []seen{{variant: query, payload: `{"sub":"ff"}`}, {variant: query, payload: `{"sub":"ff"}`}}, want: record.Failed},
		"a hash of it in another claim":       {answers: []seen{{variant: query, payload: `{"sub":"a","uid":"c0ffee00c0ffee00"}`}, {variant: query, payload: `{"sub":"b","uid":"c0ffee00c0ffee00"}`}}, want: record.Failed},
		"a claim of all who ask so":           {answers: []seen{{variant: query, payload: `{"sub":"a","via":"by its query"}`}, {variant: query, payload: `{"sub":"b","via":"by its query"}`}, {variant: other, payload: `{"sub":"c","via":"by its query"}`}}, want: record.Passed},
		"made from the visitor's own id":      {answers: []seen{{variant: ownID, payload: `{"sub":"ff"}`}, {variant: ownID, payload: `{"sub":"ff"}`}}, want: record.Passed},
		"the visitor's own id":                {answers: []seen{{variant: ownID, payload: `{"sub":"wcsmark"}`}}, echoes: []record.Echo{echo("visitor's own id replaced header X-Device-Id", "sub")}, want: record.Failed},
		"one sub whatever is offered":         {answers: []seen{{variant: query, payload: `{"sub":"ff"}`}, {variant: query, payload: `{"sub":"ff"}`}, {variant: other, payload: `{"sub":"ff"}`}}, want: record.Passed},
		"the session of a user":               {answers: []seen{{variant: query, payload: `{"sub":"honest"}`}, {variant: query, payload: `{"sub":"honest"}`}}, want: record.Passed},
		"another visitor was asked for an id": {answers: []seen{{variant: record.VariantVictim, payload: `{"sub":"a"}`}, {variant: query, payload: `{"sub":"b"}`}}, want: record.Passed},
	} {
		run := runOf(record.ProbeRequestIdentity, test.answers...)
		run.Evidence.Tokens[0].UserPayload = test.usual
		for i := range run.Evidence.Exchanges {
			if run.Evidence.Exchanges[i].ID == "x0" {
				run.Evidence.Exchanges[i].Echoes = test.echoes
			}
		}
		if o := outcome(t, Judge(run, Options{}), "sub-not-from-request"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

func TestClaimsOfAUserInAnothersToken(t *testing.T) {
	for name, test := range map[string]struct {
		payload string
		want    record.State
	}{
		"the user's plan":     {`{"sub":"n","iss":"shop","plan":"gold","tier":2}`, record.Failed},
		"what everybody has":  {`{"sub":"n","iss":"shop","plan":"none","tier":2}`, record.Passed},
		"the sub of the user": {`{"sub":"C-1001"}`, record.Failed},
		// Sent for what another user's page asks for.
		"the user's plan, by the other's page":    {`{"sub":"n","plan":"gold"} `, record.Passed},
		"the sub of the user, by the user's page": {`{"sub":"C-1001","plan":"gold"} `, record.Failed},
	} {
		variant := record.VariantHeader
		if strings.HasSuffix(test.payload, " ") {
			variant = record.VariantOthersRequest
		}
		run := runOf(record.ProbeRequestIdentity, seen{variant: variant, payload: test.payload})
		for id, user := range map[string]string{"u1": "ada", "u2": "ada", "u3": "grace", "u4": ""} {
			payload := map[string]string{
				"ada": `{"sub":"C-1001","iss":"shop","plan":"gold","tier":2}`, "grace": `{"sub":"C-1002","iss":"shop","plan":"silver","tier":2}`,
				"": `{"sub":"v","iss":"shop"}`,
			}[user]
			run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
				ID: id, Probe: record.ProbeLogin, Variant: record.VariantAfterLogin, Visitor: id, User: user, Fingerprint: "sha256:" + id, Payload: record.SegmentOf(payload, nil),
			})
		}
		if o := outcome(t, Judge(run, Options{}), "sub-not-from-request"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

// TestOffersOfOneUserAlone has an endpoint that gives tokens for nothing but what points to
// a user: they are not what everybody gets.
func TestOffersOfOneUserAlone(t *testing.T) {
	for pointing, want := range map[string]record.State{" id 1 of ada": record.Failed, "": record.Passed} {
		offer := seen{variant: record.VariantConfigured, payload: `{"sub":"C-1001"}`}
		run := runOf(record.ProbeRequestIdentity, offer, offer, offer)
		for i := range run.Evidence.Tokens {
			run.Evidence.Tokens[i].About = fmt.Sprint("query ", i, pointing)
		}
		run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
			ID: "u", Probe: record.ProbeLogin, Variant: record.VariantAfterLogin, Visitor: "u", User: "ada", Fingerprint: "sha256:u", Payload: record.SegmentOf(`{"sub":"C-1001"}`, nil),
		}, record.Token{ // asked for at the user's own address, by nobody
			ID: "n", Probe: record.ProbeLogin, Variant: record.VariantNobodyYet, Visitor: "n", Fingerprint: "sha256:n", Payload: record.SegmentOf(`{"sub":"C-1001"}`, nil),
		})
		if o := outcome(t, Judge(run, Options{}), "sub-not-from-request"); o.State != want {
			t.Errorf("%q: %s, want %s (%v)", pointing, o.State, want, o.Findings)
		}
	}
}

// TestAnOfferThatIsMetByChance has a site that gives each id to several visitors, which is a
// fault of another check.
func TestAnOfferThatIsMetByChance(t *testing.T) {
	for name, test := range map[string]struct {
		others []string // subs of the crowd
		user   string   // whom all of the crowd are logged in as
		want   record.State
	}{
		"the id is the visitor's own":     {[]string{"a", "b", "victim"}, "", record.Failed},
		"ids come again":                  {[]string{"a", "victim", "a", "victim"}, "", record.Passed},
		"the id is that of the same user": {[]string{"victim", "victim"}, "ada", record.Failed},
	} {
		run := runOf(record.ProbeRequestIdentity, seen{variant: record.VariantQuery, payload: `{"sub":"victim"}`, echo: "sub"}, seen{variant: record.VariantQuery, payload: `{"sub":"other"}`})
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeAnonymous})
		for i, sub := range test.others {
			id := fmt.Sprint("crowd", i)
			run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
				ID: id, Probe: record.ProbeAnonymous, Visitor: id, User: test.user, Fingerprint: "sha256:" + id, Payload: record.SegmentOf(`{"sub":"`+sub+`"}`, nil),
			})
		}
		if o := outcome(t, Judge(run, Options{}), "sub-not-from-request"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}
