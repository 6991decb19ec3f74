package config

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// waiver is one entry of a waivers file.
type waiver struct {
	ID      string `yaml:"id"`
	Reason  string `yaml:"reason"`
	Owner   string `yaml:"owner"`
	Expires string `yaml:"expires"`
}

// ReadWaivers reads a waivers file: a YAML list of id, reason, owner and expires
// (a date such as 2027-01-31, the last day on which the waiver holds). An entry
// for an unknown check, without reason, owner or date, or twice, is an error.
func ReadWaivers(name string) (suites.Waivers, error) {
	text, err := input.File(name, maxFile)
	if err != nil {
		return nil, err
	}
	waivers, err := parseWaivers(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return waivers, nil
}

func parseWaivers(text []byte) (suites.Waivers, error) {
	if _, err := parseYAML(text); err != nil {
		return nil, err
	}
	var entries []waiver
	if err := decode(text, &entries, []string{"id", "reason", "owner", "expires"}); err != nil {
		return nil, err
	}
	waivers := suites.Waivers{}
	for i, entry := range entries {
		if err := entry.check(); err != nil {
			return nil, fmt.Errorf("waiver %d: %w", i+1, err)
		}
		if _, twice := waivers[entry.ID]; twice {
			return nil, fmt.Errorf("waiver %d: %s is waived twice", i+1, entry.ID)
		}
		waivers[entry.ID] = record.Waiver{Reason: entry.Reason, Owner: entry.Owner, Expires: entry.Expires}
	}
	return waivers, nil
}

func (w waiver) check() error {
	if _, known := suites.Lookup(w.ID); !known {
		return fmt.Errorf("unknown check %q%s", w.ID, spelling.DidYouMean(w.ID, checkIDs()))
	}
	if w.Reason == "" || w.Owner == "" {
		return fmt.Errorf("%s: give a reason and an owner", w.ID)
	}
	if _, err := time.Parse(time.DateOnly, w.Expires); err != nil {
		return fmt.Errorf("%s: expires %q is not a date such as 2027-01-31", w.ID, w.Expires)
	}
	return nil
}

func checkIDs() []string {
	var ids []string
	for _, check := range suites.Whole() {
		ids = append(ids, check.ID)
	}
	return ids
}

// WriteWaivers writes a waivers file for the failed checks of a run, and for
// those already waived, to be completed by hand: without an owner and a better
// reason it is refused when read.
func WriteWaivers(w io.Writer, run record.Run) error {
	var entries []waiver
	for _, outcome := range run.Outcomes {
		switch {
		case outcome.State == record.Waived && outcome.Waiver != nil:
			entries = append(entries, waiver{outcome.ID, outcome.Waiver.Reason, outcome.Waiver.Owner, outcome.Waiver.Expires})
		case outcome.State == record.Failed:
			entries = append(entries, waiver{ID: outcome.ID, Expires: run.StartedAt.AddDate(0, 1, 0).Format(time.DateOnly)})
		}
	}
	slices.SortFunc(entries, func(a, b waiver) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	text, err := yaml.Marshal(entries)
	if err != nil {
		return err
	}
	_, err = w.Write(append([]byte("# Each entry needs a reason and an owner; it holds until the day named in expires.\n"), text...))
	return err
}
