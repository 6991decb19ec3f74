package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

func newDiffCommand() *cobra.Command {
	var markdown bool
	var failOn string
	cmd := &cobra.Command{
		Use:   "diff OLD.json NEW.json",
		Short: "Show what changed between two saved runs",
		Long: `diff shows which checks have newly failed, which are fixed, and how the load
figures changed.

The exit code is 1 when a check that did not fail before fails the newer run: a
MUST, or a SHOULD with --fail-on should, here or when the run was made. It is 4 when
that cannot be said: a MUST that was judged in the older run could not be decided in
the newer one, or no check was judged in both.`,
		Example: `  webchatspec diff main/run.json webchatspec-report/run.json
  webchatspec diff --markdown old.json new.json > change.md`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageErrorf("diff wants two run files, the older one first")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if failOn != "" && !slices.Contains(config.Words("level"), strings.ToLower(failOn)) {
				return usageErrorf("--fail-on: unknown level %q; give %s", failOn, strings.Join(config.Words("level"), " or "))
			}
			older, err := readRun(args[0])
			if err != nil {
				return err
			}
			newer, err := readRun(args[1])
			if err != nil {
				return err
			}
			if failOn != "" {
				newer.FailOn = record.Level(strings.ToUpper(failOn))
			}
			out := cmd.OutOrStdout()
			if markdown {
				err = reports.Diff(out, older, newer)
			} else {
				err = reports.DiffTerminal(out, older, newer, screen(cmd))
			}
			if err != nil {
				return err
			}
			switch d := reports.Compare(older, newer); {
			case d.Regressed():
				return exitWith(ExitFailed)
			case d.Undecided():
				return exitWith(ExitInconclusive)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write Markdown")
	cmd.Flags().StringVar(&failOn, "fail-on", "", "lowest `LEVEL` whose new failures end it with 1: must or should (default: as the newer run was made)")
	complete(cmd, "fail-on", config.Words("level"))
	return cmd
}
