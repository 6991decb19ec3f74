package suites

import (
	"fmt"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestForgedLogins has another site's page log somebody in, where visitors get tokens
// and where only users do.
func TestForgedLogins(t *testing.T) {
	for name, test := range map[string]struct {
		before, after string // the payload of the token, "" for none
		want          record.State
	}{
		"nothing changes":                {`{"sub":"v1"}`, `{"sub":"v1"}`, record.Passed},
		"another sub":                    {`{"sub":"v1"}`, `{"sub":"C-1"}`, record.Failed},
		"nobody is let in":               {"", "", record.Passed},
		"somebody is let in":             {"", `{"sub":"C-1"}`, record.Failed},
		"no answer after, a token first": {`{"sub":"v1"}`, "", record.NotRun},
	} {
		run := runWith(`{"sub":"honest"}`)
		if test.before == "" {
			run.Evidence.Tokens[0].User = "ann" // where only users are served
		}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeCrossSiteLogin})
		for i, payload := range []string{test.before, test.after} {
			variant := []record.Variant{record.VariantBeforeForgery, record.VariantAfterForgery}[i]
			x := record.Exchange{ID: fmt.Sprint("f", i), Probe: record.ProbeCrossSiteLogin, Variant: variant, About: "form", Visitor: "w", Response: &record.Response{Status: 401}}
			if payload != "" {
				x.Token, x.Response.Status = fmt.Sprint("t", i), 200
				run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
					ID: x.Token, Exchange: x.ID, Probe: x.Probe, Variant: variant, About: "form", Visitor: "w", Fingerprint: "sha256:" + x.Token, Payload: record.PartOf(payload, nil),
				})
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, x)
		}
		if o := outcome(t, Judge(run, Options{}), "http-no-csrf-login"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%s %v)", name, o.State, test.want, o.Reason, o.Findings)
		}
	}
}
