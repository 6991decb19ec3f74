package cli

import (
	"fmt"
	"io"

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
	Event   string `json:"event"`
	Checks  int    `json:"checks"`
}

func newProfilesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List the vendors' contracts that a site can be held to",
		Long: `A profile is one vendor's contract: what a token must hold and how long it may
live, how a page embeds the chat, and how the chat asks the page for a fresh token.
Choose one with --profile, or with the key profile: of the configuration.`,
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
				all = append(all, shownProfile{p.ID, p.Product, p.Basis, p.Proven, p.Page.Event, len(suites.CatalogueOf(p))})
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
		fmt.Fprintf(out, "%s%s\n  %s\n  based on    %s\n  proven      %s\n  asks with   %s, which takes the token in event.%s\n  checks      %d\n",
			p.ID, note, p.Product, p.Basis, p.Proven, p.Page.Event, p.Page.Member, len(suites.CatalogueOf(p)))
	}
	return nil
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
