package suites

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// TestGoldenCatalogue shows every change of ids, areas and levels: they are part
// of the interface.
func TestGoldenCatalogue(t *testing.T) {
	var list bytes.Buffer
	for _, c := range Whole() {
		fmt.Fprintln(&list, strings.TrimSpace(strings.Join([]string{c.ID, c.Area, string(c.Level), c.Profile}, "\t")))
	}
	golden.Compare(t, "catalogue.txt", list.Bytes())
}

func TestCatalogueEntriesAreComplete(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range Catalogue() {
		if !id.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("id %q is not one, or stands twice", c.ID)
		}
		seen[c.ID] = true
		for what, lacking := range map[string]bool{
			"title": c.Title == "", "source": c.Source == "", "fault": len(c.Faults) == 0 && !c.NeverFails, "why": c.Why == "", "fix": c.Fix == "",
			"probe that it needs": len(c.Needs) == 0, "function": c.judge == nil,
		} {
			if lacking {
				t.Errorf("%s lacks a %s", c.ID, what)
			}
		}
		if c.Level != record.Must && c.Level != record.Should && c.Level != record.May {
			t.Errorf("%s has the level %q", c.ID, c.Level)
		}
	}
}

func TestSelection(t *testing.T) {
	selection := Selection{Only: []string{"claims", "key-size"}, Skip: []string{"should"}}
	if err := selection.Validate(); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{
		"exp-present": true, "iat-present": false, "key-size": true, "key-format": false, "page-renders": false,
	} {
		check, _ := Lookup(id)
		if selection.Includes(check) != want {
			t.Errorf("%s included: %t", id, !want)
		}
	}
	for _, profile := range profiles.All() {
		for _, id := range []string{"page-strict-mode", "page-renders"} {
			err := Selection{Only: []string{id}}.ValidateFor(profile)
			if want := (id == "page-strict-mode") == (profile.ID == profiles.Default().ID); (err != nil) != want {
				t.Errorf("--only %s in %s: %v", id, profile.ID, err)
			}
		}
	}
	if !slices.Contains((Selection{Only: []string{"page-strict-mode"}}).Probes(profiles.Profile{}), record.ProbePage) {
		t.Error("while no profile is known, the page is not driven for a check of another one")
	}
	if err := (Selection{Skip: []string{"exp-presnt"}}).Validate(); err == nil {
		t.Error("a misspelt id is no error")
	}
}
