package cli

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/suites"
)

// TestProgressIsInWordsOfTheUser: every probe has words, not its own name.
func TestProgressIsInWordsOfTheUser(t *testing.T) {
	client, err := endpoint.New(endpoint.Config{URL: "http://127.0.0.1:9/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, probe := range client.Plan(suites.Selection{}.Probes(profiles.Default())) {
		if doing[probe.Name] == "" {
			t.Errorf("no words for the probe %s", probe.Name)
		}
	}
	var out strings.Builder
	p := &progress{out: &out}
	p.step(webchatspec.Progress{Part: suites.PartToken, Text: "anonymous", Done: 1203, Total: 2125})
	if !strings.Contains(out.String(), "tokens  asking as very many fresh visitors (1,203 of 2,125 requests)") {
		t.Errorf("progress %q", out.String())
	}
}
