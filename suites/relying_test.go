package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestForgeriesAtARelyingEndpoint(t *testing.T) {
	type reply struct {
		status int
		body   string
	}
	const welcome = `{"sub":"a"}`
	for name, test := range map[string]struct {
		none, forged reply
		want         record.State
	}{
		"refused":                     {reply{401, "no"}, reply{401, "no"}, record.Passed},
		"believed":                    {reply{401, "no"}, reply{200, welcome}, record.Failed},
		"refused with status 200":     {reply{401, "no"}, reply{200, `{"error":"bad token"}`}, record.Passed},
		"introspected as not active":  {reply{400, "no"}, reply{200, `{"active": false}`}, record.Passed},
		"treated as no token":         {reply{200, "guest"}, reply{200, "guest"}, record.Passed},
		"as no token, in other words": {reply{200, `{"user":null,"request":"7f1"}`}, reply{200, `{"user":null,"request":"a02"}`}, record.Passed},
		"believed, with a number":     {reply{200, `{"user":null,"request":"7f1"}`}, reply{200, `{"user":"a","request":"a02"}`}, record.Failed},
		"the same page, numbered":     {reply{200, "<p>please log in (request 81f0)"}, reply{200, "<p>please log in (request 92a1)"}, record.Passed},
		"believed, as another person": {reply{200, "guest"}, reply{200, `{"sub":"admin"}`}, record.Failed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeRelying})
		for variant, r := range map[record.Variant]reply{record.VariantValid: {200, welcome}, record.VariantNone: test.none, record.VariantForged: test.forged} {
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
				ID: string(variant), Relying: 1, Probe: record.ProbeRelying, Variant: variant,
				Response: &record.Response{Status: r.status, Excerpt: r.body},
			})
		}
		if o := outcome(t, Judge(run, Options{}), "verify-rejects-forged"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

// TestOtherAlgorithmsOfTheRightKey: who takes the algorithm from the token is told so,
// less sternly than who follows an address in it.
func TestOtherAlgorithmsOfTheRightKey(t *testing.T) {
	for name, test := range map[string]struct {
		other, pointing int
		state           record.State
		level           record.Level
	}{
		"refused":                        {401, 401, record.Passed, record.Must},
		"believed":                       {200, 401, record.Failed, record.Should},
		"believed, and keys brought too": {200, 200, record.Failed, record.Must},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeRelying})
		for variant, status := range map[record.Variant]int{record.VariantValid: 200, record.VariantNone: 401, record.VariantOtherAlgorithm: test.other, record.VariantPointing: test.pointing} {
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
				ID: string(variant), Relying: 1, Probe: record.ProbeRelying, Variant: variant, About: "RS512",
				Response: &record.Response{Status: status, Excerpt: "hello"},
			})
		}
		if o := outcome(t, Judge(run, Options{}), "verify-pins-algorithm"); o.State != test.state || o.Level != test.level {
			t.Errorf("%s: %s %s, want %s %s", name, o.Level, o.State, test.level, test.state)
		}
	}
}

// TestRedirectsOfARelyingEndpoint are told to whoever has not said that they are followed.
func TestRedirectsOfARelyingEndpoint(t *testing.T) {
	run := runWith(`{"sub":"a"}`)
	run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeRelying})
	run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
		ID: "valid", Relying: 1, Probe: record.ProbeRelying, Variant: record.VariantValid, Response: &record.Response{Status: 307},
	})
	if o := outcome(t, Judge(run, Options{}), "verify-rejects-forged"); o.State != record.Inconclusive || !strings.Contains(o.Reason, "follow: true") {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
}
