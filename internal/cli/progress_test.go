package cli

import (
	"strings"
	"testing"
	"time"

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

// TestProgressTellsHowLongTheRestTakes on a run that takes long, from its latest requests.
func TestProgressTellsHowLongTheRestTakes(t *testing.T) {
	began := time.Now()
	for name, test := range map[string]struct {
		after time.Duration
		done  int
		want  string
	}{
		"at the beginning": {5 * time.Second, 50, ""},
		"minutes":          {12 * time.Second, 24, ", at most 9 min left"},
		"seconds":          {12 * time.Second, 960, ", some seconds left"},
		"half a minute":    {12 * time.Second, 300, ", at most 30 s left"},
		"another part":     {12 * time.Second, -5, ""},
	} {
		p := &progress{}
		p.left(webchatspec.Progress{Done: 0, Total: 1000}, began)
		if got := p.left(webchatspec.Progress{Done: test.done, Total: 1000}, began.Add(test.after)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
