package cli

import "github.com/spf13/cobra"

func newTokenCommand() *cobra.Command {
	return &cobra.Command{Use: "token"}
}
