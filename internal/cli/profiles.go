package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/suites"
)

// shownProfile is a profile as `profiles --json` shows it.
type shownProfile struct {
	ID      string `json:"id"`
	Product string `json:"product"`
	Basis   string `json:"basis"`
	Proven  string `json:"proven"`
	Caveat  string `json:"caveat,omitempty"`
	Options string `json:"options"` // the global by which pages with this chat are known
	Script  string `json:"script"`
	Event   string `json:"event"`
	Member  string `json:"member"`
	Checks  int    `json:"checks"`
	// Absent are the checks that this contract does not have, with the reason.
	Absent map[string]string `json:"absent,omitempty"`
}

func showProfile(p profiles.Profile) shownProfile {
	shown := shownProfile{
		ID: p.ID, Product: p.Product, Basis: p.Basis, Proven: p.Proven, Caveat: p.Caveat, Options: p.Page.Options,
		Script: p.Page.ScriptExample, Event: p.Page.Event, Member: p.Page.Member, Absent: map[string]string{},
	}
	for _, check := range suites.CatalogueOf(p) {
		if why := p.Absent(check.ID); why != "" {
			shown.Absent[check.ID] = why
			continue
		}
		shown.Checks++
	}
	return shown
}

func newProfilesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List the chat products whose contract a site can be checked against",
		Long: `A profile is the contract of one chat product: what a token must contain and how long
it may be valid, how a page embeds the chat, and how the chat asks the page for a fresh
token. Choose one with --profile, or with the key profile: of the configuration. If
you choose none, the page decides: the chat that it embeds is recognised by its script
and by the global variable that configures it.`,
		Example: `  webchatspec profiles
  webchatspec verify --profile watsonx-orchestrate
  webchatspec list --profile watsonx-orchestrate`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !asJSON {
				return listProfiles(cmd.OutOrStdout())
			}
			var all []shownProfile
			for _, p := range profiles.All() {
				all = append(all, showProfile(p))
			}
			return writeJSON(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func listProfiles(out io.Writer) error {
	for i, p := range profiles.All() {
		note := ""
		if i == 0 {
			note = " (default)"
		}
		shown := showProfile(p)
		fmt.Fprintf(out, "%s%s\n  %s\n", p.ID, note, p.Product)
		for _, row := range []struct{ label, text string }{
			{"based on", p.Basis}, {"proven by", p.Proven}, {"mind", p.Caveat},
			{"known by", "window." + p.Page.Options + " and " + p.Page.ScriptExample},
			{"asks with", p.Page.Event + ", which takes the token in event." + p.Page.Member},
			{"checks", strconv.Itoa(shown.Checks)},
		} {
			if row.text != "" {
				fmt.Fprintf(out, "  %-10s  %s\n", row.label, row.text)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(shown.Absent)) {
			fmt.Fprintf(out, "  %-10s  %s: %s\n", "without", id, shown.Absent[id])
		}
		fmt.Fprintln(out)
	}
	_, err := fmt.Fprintf(out, "Known by sight, without a profile yet: %s.\n", strings.Join(profiles.WithoutProfile(), ", "))
	return err
}

// profileFlag gives a command the flag --profile, whose words are checked when it
// is read.
func profileFlag(cmd *cobra.Command, profile *profiles.Profile) {
	cmd.Flags().Func("profile", "the vendor's contract, a `PROFILE` that 'webchatspec profiles' lists (default \""+profiles.Default().ID+"\")", func(id string) error {
		chosen, known := profiles.Lookup(id)
		if !known {
			return fmt.Errorf("there is no profile %q%s", id, didYouMean(id, profiles.IDs()))
		}
		*profile = chosen
		return nil
	})
}
