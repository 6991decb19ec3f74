package suites

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// seen is one answer of a probe with the token in it.
type seen struct {
	visitor     string // "" is one of its own
	variant     record.Variant
	payload     string
	echo        string // where the input came back
	userPayload *record.UserPayload
}

// runOf is a run with an anonymous visitor's token and these answers of a probe,
// each to a visitor of its own.
func runOf(probe string, answers ...seen) record.Run {
	run := runWith(`{"sub":"honest"}`)
	run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: probe})
	for i, a := range answers {
		exchange := record.Exchange{
			ID: fmt.Sprintf("x%d", i), Probe: probe, Variant: a.variant, Visitor: cmp.Or(a.visitor, fmt.Sprintf("w%d", i)), Call: 1,
			Token: fmt.Sprintf("k%d", i), Response: &record.Response{Status: 200, Bytes: 300},
		}
		if a.echo != "" {
			exchange.Echoes = []record.Echo{{Input: "cookie id", Where: a.echo}}
		}
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, exchange)
		run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
			ID: exchange.Token, Exchange: exchange.ID, Probe: probe, Variant: a.variant, Visitor: exchange.Visitor, Call: 1,
			Fingerprint: "sha256:" + exchange.Token, Payload: record.SegmentOf(a.payload, nil), UserPayload: a.userPayload,
		})
	}
	return run
}

func TestForgedIdentityCookie(t *testing.T) {
	const forged, issued = record.VariantUnissued, record.VariantIssued
	for name, test := range map[string]struct {
		answers []seen
		want    record.State
	}{
		"each gets a new id":                {[]seen{{variant: forged, payload: `{"sub":"a"}`}, {variant: forged, payload: `{"sub":"b"}`}}, record.Passed},
		"taken as it is":                    {[]seen{{variant: forged, payload: `{"sub":"wcsmark"}`, echo: "sub"}}, record.Failed},
		"hashed into sub":                   {[]seen{{variant: forged, payload: `{"sub":"ff01"}`}, {variant: forged, payload: `{"sub":"ff01"}`}}, record.Failed},
		"the same visitor again":            {[]seen{{variant: forged, payload: `{"sub":"a"}`, visitor: "w"}, {variant: forged, payload: `{"sub":"a"}`, visitor: "w"}}, record.Passed},
		"known before, with another cookie": {[]seen{{variant: forged, payload: `{"sub":"honest"}`}, {variant: forged, payload: `{"sub":"honest"}`}}, record.Passed},
		"an honest visitor's is his":        {[]seen{{variant: issued, payload: `{"sub":"a"}`}, {variant: forged, payload: `{"sub":"b"}`}}, record.Passed},
	} {
		if o := outcome(t, Judge(runOf(record.ProbeForgedCookies, test.answers...), Options{}), "identity-cookie-forged"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

func TestForgedLoginCookie(t *testing.T) {
	const forged = record.VariantLoginJSON
	sealed := &record.UserPayload{Kind: "string", Bytes: 256, Blocks: 1}
	for name, test := range map[string]struct {
		answer seen
		usual  *record.UserPayload // of an honest anonymous visitor
		want   record.State
	}{
		"ignored":                          {seen{variant: forged, payload: `{"sub":"a"}`}, nil, record.Passed},
		"in a claim":                       {seen{variant: forged, payload: `{"sub":"a"}`, echo: "claim:user"}, nil, record.Failed},
		"encrypted for whoever forged it":  {seen{variant: forged, payload: `{"sub":"a"}`, userPayload: sealed}, nil, record.Failed},
		"everybody has a user_payload":     {seen{variant: forged, payload: `{"sub":"a"}`, userPayload: sealed}, sealed, record.Passed},
		"it comes back in a cookie, which": {seen{variant: forged, payload: `{"sub":"a"}`, echo: "cookie:SESSION_INFO"}, nil, record.Passed},
	} {
		run := runOf(record.ProbeForgedLogins, test.answer)
		run.Evidence.Tokens[0].UserPayload = test.usual
		if o := outcome(t, Judge(run, Options{}), "login-cookie-forged"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

func TestHostileCookie(t *testing.T) {
	for payload, want := range map[string]record.State{
		`{"sub":"wcsmark"}`:                        record.Passed, // identity-cookie-forged tells it
		`{"sub":"wcsmark\r\nX-Injected: wcsmark"}`: record.Failed,
		`{"sub":"wcsmark<script>"}`:                record.Failed,
		`{"sub":"sha256:0efb888e0502943878c46b4d083db9fdc198f77ff909a7ee94f8f34335ec041c"}`: record.Failed, // 8 KiB, kept as a fingerprint
	} {
		run := runOf(record.ProbeHostileCookies, seen{variant: record.VariantHostileRefusable, payload: payload, echo: "sub"})
		if o := outcome(t, Judge(run, Options{}), "cookie-hostile"); o.State != want {
			t.Errorf("%s: %s, want %s", payload, o.State, want)
		}
	}
}

func TestTokenSharedWithinASecond(t *testing.T) {
	for name, test := range map[string]struct {
		payloads     []string
		fingerprints []string
		want         record.State
	}{
		"a cache of one second":           {[]string{`{"sub":"a"}`, `{"sub":"a"}`, `{"sub":"b"}`}, []string{"1", "1", "2"}, record.Failed},
		"one sub for all, signed at once": {[]string{`{"sub":"a"}`, `{"sub":"a"}`, `{"sub":"a"}`}, []string{"1", "1", "2"}, record.Passed},
		"each has a token":                {[]string{`{"sub":"a"}`, `{"sub":"b"}`, `{"sub":"c"}`}, []string{"1", "2", "3"}, record.Passed},
	} {
		run := runWith(test.payloads...)
		for i, fingerprint := range test.fingerprints {
			run.Evidence.Tokens[i].Fingerprint = fingerprint
		}
		if o := outcome(t, Judge(run, Options{}), "token-not-shared"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

func TestSubFollowsTheNetwork(t *testing.T) {
	for name, test := range map[string]struct {
		answers []seen
		want    record.State
	}{
		"everybody differs":    {[]seen{{variant: record.VariantSameNetwork, payload: `{"sub":"a"}`}, {variant: record.VariantSameNetwork, payload: `{"sub":"b"}`}}, record.Passed},
		"one address":          {[]seen{{variant: record.VariantSameNetwork, payload: `{"sub":"a"}`}, {variant: record.VariantSameNetwork, payload: `{"sub":"a"}`}}, record.Failed},
		"one address, proxied": {[]seen{{variant: record.VariantSameNetwork, payload: `{"sub":"a"}`}, {variant: record.VariantForwardedAddress, payload: `{"sub":"b"}`}, {variant: record.VariantForwardedAddress, payload: `{"sub":"b"}`}}, record.Failed},
	} {
		if o := outcome(t, Judge(runOf(record.ProbeNetwork, test.answers...), Options{}), "sub-not-from-network"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}
