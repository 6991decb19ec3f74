package cli

import "github.com/spf13/cobra"

func newMockCommand() *cobra.Command {
	return &cobra.Command{Use: "mock"}
}
