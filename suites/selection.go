package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// Selection chooses checks by id, area or level ("MUST", "must"). Skip wins over
// Only; an empty Only chooses all.
type Selection struct {
	Only, Skip []string
}

// UnknownError is returned for a word in a selection that is no id, area or level.
type UnknownError struct {
	Word  string
	Known []string // all words that would do
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown check, area or level %q; see 'webchatspec list'", e.Word)
}

// Validate returns an [UnknownError] for the first word that chooses nothing.
func (s Selection) Validate() error {
	known := selectionWords()
	for _, word := range slices.Concat(s.Only, s.Skip) {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, word) }) {
			return &UnknownError{Word: word, Known: known}
		}
	}
	return nil
}

// ValidateFor returns an error for the first id that chooses a check which the
// profile's contract does not have: it would assert nothing.
func (s Selection) ValidateFor(profile profiles.Profile) error {
	for _, c := range catalogue() {
		if !slices.Contains(s.Only, c.ID) {
			continue
		}
		if !profile.Has(c.Profile) {
			return fmt.Errorf("%[1]s is a check of the profile %[2]s: set profile: %[2]s, or --profile %[2]s", c.ID, c.Profile)
		}
		if why := profile.Absent(c.ID); why != "" {
			return fmt.Errorf("%s is no check of the profile %s: %s", c.ID, profile.ID, why)
		}
	}
	return nil
}

func selectionWords() []string {
	words := []string{string(record.Must), string(record.Should), string(record.May)}
	for _, c := range catalogue() {
		words = append(words, c.ID)
		if !slices.Contains(words, c.Area) {
			words = append(words, c.Area)
		}
	}
	return words
}

// Includes says whether the check is chosen.
func (s Selection) Includes(c Check) bool {
	chosenBy := func(word string) bool {
		return word == c.ID || word == c.Area || strings.EqualFold(word, string(c.Level))
	}
	return !slices.ContainsFunc(s.Skip, chosenBy) && (len(s.Only) == 0 || slices.ContainsFunc(s.Only, chosenBy))
}

// Probes returns the probes that the chosen checks of a profile need, each once, in the order
// of the catalogue. The zero value is a profile that is yet to be found: it needs those of all.
func (s Selection) Probes(profile profiles.Profile) []string {
	var probes []string
	for _, c := range catalogue() {
		if !s.Includes(c) || profile.ID != "" && !profile.Has(c.Profile) {
			continue
		}
		for _, need := range slices.Concat(c.Needs, c.Uses) {
			if !slices.Contains(probes, need) {
				probes = append(probes, need)
			}
		}
	}
	return probes
}
