package cli

import (
	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

func newJudgeCommand() *cobra.Command {
	var s config.Settings
	cmd := &cobra.Command{
		Use:   "judge RUN.json",
		Short: "Judge a saved run again, offline",
		Long: `judge makes the outcomes of a saved run anew from its evidence, with this
version's checks and the given selection and waivers, and writes the reports.
It asks nobody.`,
		Example: `  webchatspec judge webchatspec-report/run.json
  webchatspec judge run.json --waivers waivers.yaml --fail-on should --out judged`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := readRun(args[0])
			if err != nil {
				return err
			}
			c, err := s.Build()
			if err != nil {
				return usageErrorf("%w", err)
			}
			if err := c.Selection.Validate(); err != nil {
				return configurationError(err)
			}
			judged := suites.Judge(run, suites.Options{Selection: c.Selection, Waivers: c.Waivers, FailOn: c.FailOn})
			return reportRun(cmd, s, judged)
		},
	}
	reportFlags(cmd, &s)
	cmd.Flags().StringSliceVar(&s.Only, "only", nil, "judge only these checks: ids, areas or levels")
	cmd.Flags().StringSliceVar(&s.Skip, "skip", nil, "leave these checks out: ids, areas or levels")
	cmd.Flags().StringVar(&s.FailOn, "fail-on", "", "lowest `LEVEL` whose failures fail the run: must or should (default must)")
	cmd.Flags().StringVar(&s.Waivers, "waivers", "", "`FILE` with failures to live with for a while")
	cmd.Flags().String("write-waivers", "", "`FILE` to write waivers for what failed to")
	return cmd
}

func newReportCommand() *cobra.Command {
	var s config.Settings
	cmd := &cobra.Command{
		Use:   "report RUN.json",
		Short: "Write the reports of a saved run again, as it was judged",
		Example: `  webchatspec report webchatspec-report/run.json --format html --out pages
  webchatspec report run.json --format markdown,junit`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := readRun(args[0])
			if err != nil {
				return err
			}
			return reportRun(cmd, s, run)
		},
	}
	reportFlags(cmd, &s)
	return cmd
}

func reportFlags(cmd *cobra.Command, s *config.Settings) {
	cmd.Flags().StringVar(&s.Out, "out", "", "`FOLDER` for the reports (default \"webchatspec-report\")")
	cmd.Flags().StringSliceVar(&s.Formats, "format", nil, formatHelp())
	cmd.Flags().Bool("quiet", false, "print only what failed and the verdict")
}

func reportRun(cmd *cobra.Command, s config.Settings, run record.Run) error {
	formats, err := chosenFormats(s.Formats)
	if err != nil {
		return err
	}
	return finish(cmd, s, formats, run)
}

func oneRun(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageErrorf("%s wants one run file, such as webchatspec-report/run.json", cmd.CommandPath())
	}
	return nil
}

// readRun reads a run file; that it cannot be read is an error of usage.
func readRun(name string) (record.Run, error) {
	run, err := record.ReadFile(name)
	if err != nil {
		return run, usageErrorf("%w", err)
	}
	return run, nil
}
