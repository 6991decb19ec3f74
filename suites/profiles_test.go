package suites

import (
	"regexp"
	"testing"

	"github.com/webchatspec/webchatspec/profiles"
)

var placeholder = regexp.MustCompile(`\{[a-z][A-Za-z]*\}`)

// TestCatalogueOfEachProfile has its words in each entry, its own checks and those
// of no other.
func TestCatalogueOfEachProfile(t *testing.T) {
	for _, profile := range profiles.All() {
		for _, c := range CatalogueOf(profile) {
			if !profile.Has(c.Profile) {
				t.Errorf("%s has %s, which is %s's", profile.ID, c.ID, c.Profile)
			}
			for _, text := range []string{c.Title, c.Why, c.Fix, c.Source} {
				if left := placeholder.FindString(text); left != "" {
					t.Errorf("%s in %s leaves %s: %s", c.ID, profile.ID, left, text)
				}
			}
		}
		for _, id := range profile.Named() {
			if _, known := Lookup(id); !known {
				t.Errorf("the profile %s speaks of a check %s, which does not exist", profile.ID, id)
			}
		}
	}
}
