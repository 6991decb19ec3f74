package suites

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestWhatStandsInTheTokensPlace(t *testing.T) {
	for name, test := range map[string]struct {
		text record.Text
		want string // the check that fails
	}{
		"a page of HTML":    {record.Text{Segments: 1, Illegal: "<> "}, "token-bare"},
		"a page with dots":  {record.Text{Segments: 3, Illegal: "<>/ "}, "token-bare"},
		"four segments":     {record.Text{Segments: 4}, "token-compact"},
		"standard alphabet": {record.Text{Segments: 3, Illegal: "+/"}, "token-compact"},
		"quotes round it":   {record.Text{Segments: 3, Around: "quotes"}, "token-bare"},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Tokens[0].Text = test.text
		run = Judge(run, Options{})
		for _, id := range []string{"token-bare", "token-compact"} {
			if failed := outcome(t, run, id).State == record.Failed; failed != (id == test.want) {
				t.Errorf("%s: %s %s, want %s to fail", name, id, outcome(t, run, id).State, test.want)
			}
		}
	}
}

func TestNothingIsOwedAfterALogout(t *testing.T) {
	for name, test := range map[string]struct {
		variants []record.Variant
		want     record.State
	}{
		"a site for users only":       {[]record.Variant{record.VariantAfterLogin, record.VariantAfterLogout}, record.Passed},
		"a site for everybody":        {[]record.Variant{record.VariantBeforeLogin, record.VariantAfterLogin, record.VariantAfterLogout}, record.Failed},
		"a user who gets none at all": {[]record.Variant{record.VariantAfterLogin}, record.Failed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeLogin})
		for _, variant := range test.variants {
			exchange := record.Exchange{
				ID: string(variant), Probe: record.ProbeLogin, Variant: variant,
				Response: &record.Response{Status: 200, Bytes: 300}, Token: "ta",
			}
			if variant == test.variants[len(test.variants)-1] {
				exchange.Response, exchange.Token = &record.Response{Status: 401, Bytes: 2}, ""
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, exchange)
		}
		if o := outcome(t, Judge(run, Options{}), "token-served"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}
