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
		way           string
		before, after string // the payload of the token, "" for none
		want          record.State
		level         record.Level
	}{
		"nothing changes":                {"form", `{"sub":"v1"}`, `{"sub":"v1"}`, record.Passed, record.Should},
		"another sub":                    {"form", `{"sub":"v1"}`, `{"sub":"C-1"}`, record.Failed, record.Should},
		"a claim of the user":            {"form with a null origin", `{"sub":"v1"}`, `{"sub":"v1","account":"c1"}`, record.Failed, record.Should},
		"a flag of all users":            {"form", `{"sub":"v1"}`, `{"sub":"v1","known":true}`, record.Failed, record.Should},
		"a claim of anybody":             {"form", `{"sub":"v1"}`, `{"sub":"v1","cart":"k1"}`, record.Passed, record.Should},
		"nobody is let in":               {"form", "", "", record.Passed, record.Should},
		"somebody is let in":             {"form", "", `{"sub":"C-1"}`, record.Failed, record.May},
		"by a link":                      {"link", "", `{"sub":"C-1"}`, record.Failed, record.Should},
		"by a link that was sent":        {record.ForgedBySentLink, "", `{"sub":"C-1"}`, record.Failed, record.May},
		"past the look at the origin":    {"form with a null origin", "", `{"sub":"C-1"}`, record.Failed, record.Should},
		"without the token of the site":  {"form without what the site gives", "", `{"sub":"C-1"}`, record.Failed, record.Should},
		"no answer after, a token first": {"form", `{"sub":"v1"}`, "", record.NotRun, record.Should},
	} {
		run := runWith(`{"sub":"honest"}`)
		if test.before == "" {
			run.Evidence.Tokens[0].User = "ann" // where only users are served
		}
		for i, user := range []string{"ann", "bob"} {
			if test.before != "" {
				own := run.Evidence.Tokens[0]
				own.ID, own.Probe, own.Variant, own.User, own.Visitor, own.Fingerprint = user, record.ProbeLogin, record.VariantAfterLogin, user, "u"+user, "sha256:"+user
				own.Payload = record.SegmentOf(fmt.Sprintf(`{"sub":"%d","account":"c%d","known":true}`, i, i+1), nil)
				run.Evidence.Tokens = append(run.Evidence.Tokens, own)
			}
		}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeCrossSiteLogin})
		for i, payload := range []string{test.before, test.after} {
			variant := []record.Variant{record.VariantBeforeForgery, record.VariantAfterForgery}[i]
			x := record.Exchange{ID: fmt.Sprint("f", i), Probe: record.ProbeCrossSiteLogin, Variant: variant, About: test.way, Visitor: "w", Response: &record.Response{Status: 401}}
			if payload != "" {
				x.Token, x.Response.Status = fmt.Sprint("t", i), 200
				run.Evidence.Tokens = append(run.Evidence.Tokens, record.Token{
					ID: x.Token, Exchange: x.ID, Probe: x.Probe, Variant: variant, About: test.way, Visitor: "w", Fingerprint: "sha256:" + x.Token, Payload: record.SegmentOf(payload, nil),
				})
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, x)
		}
		if o := outcome(t, Judge(run, Options{}), "http-no-csrf-login"); o.State != test.want || o.Level != test.level {
			t.Errorf("%s: %s %s, want %s %s (%s %v)", name, o.Level, o.State, test.level, test.want, o.Reason, o.Findings)
		}
	}
}
