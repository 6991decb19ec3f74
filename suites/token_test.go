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
