package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/internal/spelling"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

// entry is a catalogue entry as `list --json` and `explain --json` show it.
type entry struct {
	ID       string       `json:"id"`
	Area     string       `json:"area"`
	Level    record.Level `json:"level"`
	Title    string       `json:"title"`
	Why      string       `json:"why,omitempty"`
	Fix      string       `json:"fix,omitempty"`
	Source   string       `json:"source"`
	Faults   []string     `json:"faults"`
	YieldsTo []string     `json:"yieldsTo,omitempty"`
}

func entryOf(c suites.Check) entry {
	return entry{c.ID, c.Area, c.Level, c.Title, c.Why, c.Fix, c.Source, c.Faults, c.YieldsTo}
}

func newListCommand() *cobra.Command {
	var asJSON bool
	var selection suites.Selection
	var profile profiles.Profile
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the catalogue of checks",
		Example: `  webchatspec list
  webchatspec list --only http,MUST
  webchatspec list --profile watsonx-orchestrate --only page
  webchatspec list --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := selection.Validate(); err != nil {
				return configurationError(err)
			}
			checks := slices.DeleteFunc(suites.CatalogueOf(profile), func(c suites.Check) bool {
				return !selection.Includes(c) || profile.Absent(c.ID) != ""
			})
			if asJSON {
				entries := make([]entry, 0, len(checks))
				for _, c := range checks {
					entries = append(entries, entryOf(c))
				}
				return writeJSON(cmd.OutOrStdout(), entries)
			}
			return listChecks(cmd.OutOrStdout(), checks)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	profileFlag(cmd, &profile)
	cmd.Flags().StringSliceVar(&selection.Only, "only", nil, "only these `WORDS`: ids, areas or levels")
	cmd.Flags().StringSliceVar(&selection.Skip, "skip", nil, "leave these `WORDS` out: ids, areas or levels")
	complete(cmd, "only", config.Words("check"))
	complete(cmd, "skip", config.Words("check"))
	return cmd
}

func listChecks(out io.Writer, checks []suites.Check) error {
	for _, c := range checks {
		fmt.Fprintf(out, "%-26s %-9s %-6s %s\n", c.ID, c.Area, c.Level, c.Title)
	}
	_, err := fmt.Fprintf(out, "%d checks. 'webchatspec explain ID' tells more about one.\n", len(checks))
	return err
}

func newExplainCommand() *cobra.Command {
	var asJSON bool
	var profile profiles.Profile
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain one check: what it requires, why, and how to fix a failure",
		Example: `  webchatspec explain exp-present
  webchatspec explain page-renewal-fresh --json`,
		ValidArgsFunction: completeArgument(checkIDs),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("name one check, such as 'webchatspec explain exp-present'; 'webchatspec list' shows all")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			check, err := lookUp(args[0], profile)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), entryOf(check))
			}
			return explain(cmd.OutOrStdout(), check)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	profileFlag(cmd, &profile)
	return cmd
}

// lookUp returns the check in the words of the profile, or else of the one that it
// is for.
func lookUp(id string, profile profiles.Profile) (suites.Check, error) {
	check, ok := suites.Lookup(id)
	switch {
	case !ok:
		return check, usageErrorf("unknown check %q%s; see 'webchatspec list'", id, spelling.DidYouMean(id, checkIDs()))
	case profile.ID == "":
		return check, nil
	case !profile.Has(check.Profile):
		return check, usageErrorf("%s is a check of the profile %s", id, check.Profile)
	case profile.Absent(id) != "":
		return check, usageErrorf("%s is no check of the profile %s: %s", id, profile.ID, profile.Absent(id))
	}
	all := suites.CatalogueOf(profile)
	return all[slices.IndexFunc(all, func(c suites.Check) bool { return c.ID == id })], nil
}

func checkIDs() []string {
	var ids []string
	for _, c := range suites.Whole() {
		ids = append(ids, c.ID)
	}
	return ids
}

func explain(out io.Writer, c suites.Check) error {
	fmt.Fprintf(out, "%s (%s, area %s)\n\n", c.ID, c.Level, c.Area)
	for _, part := range []struct{ label, text string }{
		{"requires", c.Title}, {"why", c.Why}, {"fix", c.Fix}, {"source", c.Source},
		{"yields to", strings.Join(c.YieldsTo, ", ")}, {"failed by", "webchatspec issuer --fault " + strings.Join(c.Faults, " | --fault ")},
	} {
		if part.text != "" {
			fmt.Fprintf(out, "%-10s %s\n", part.label, part.text)
		}
	}
	profile, _ := profiles.Lookup(c.Profile)
	for _, link := range profile.Links(c.Source) {
		fmt.Fprintf(out, "%-10s %s\n", "", link.URL)
	}
	return nil
}

func writeJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
