package cli

import (
	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/docs/schema"
)

func newSchemaCommand() *cobra.Command {
	schemas := map[string][]byte{"config": schema.Configuration, "run": schema.Run}
	return &cobra.Command{
		Use:   "schema config|run",
		Short: "Print the JSON Schema of the configuration or of the run file",
		Example: `  webchatspec schema config > webchatspec.schema.json
  webchatspec schema run`,
		ValidArgsFunction: completeArgument(func() []string { return []string{"config", "run"} }),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || schemas[args[0]] == nil {
				return usageErrorf("name one: 'webchatspec schema config' or 'webchatspec schema run'")
			}
			_, err := cmd.OutOrStdout().Write(schemas[args[0]])
			return err
		},
	}
}
