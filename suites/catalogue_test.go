package suites

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

var update = flag.Bool("update", false, "write the golden list of the catalogue anew")

// TestCatalogueIsStable shows every change of ids, areas and levels: they are
// part of the interface.
func TestCatalogueIsStable(t *testing.T) {
	const golden = "testdata/catalogue.txt"
	var list strings.Builder
	for _, c := range Catalogue() {
		fmt.Fprintf(&list, "%s\t%s\t%s\n", c.ID, c.Area, c.Level)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(list.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if list.String() != string(want) {
		t.Errorf("the catalogue has changed: if that is meant, run 'go test ./suites -run Stable -update' and look at the difference\n%s", list.String())
	}
}

func TestCatalogueEntriesAreComplete(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range Catalogue() {
		if !id.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("id %q is not one, or stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || c.Source == "" || len(c.Faults) == 0 {
			t.Errorf("%s lacks a title, a source or a fault", c.ID)
		}
		if c.Level != record.Must && c.Level != record.Should && c.Level != record.May {
			t.Errorf("%s has the level %q", c.ID, c.Level)
		}
		if c.Built() && (c.Why == "" || c.Fix == "" || len(c.Needs) == 0) {
			t.Errorf("%s is built and lacks why, fix or needs", c.ID)
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
	if err := (Selection{Skip: []string{"exp-presnt"}}).Validate(); err == nil {
		t.Error("a misspelt id is no error")
	}
}
