package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
	"github.com/webchatspec/webchatspec/suites"
)

func newJudgeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "judge RUN.json",
		Short: "Judge a saved run again, without sending requests",
		Long: `judge decides the checks of a saved run again from its evidence, with this version's
checks and the given selection and waivers, and writes the reports. It sends no
requests.`,
		Example: `  webchatspec judge webchatspec-report/run.json
  webchatspec judge run.json --waivers waivers.yaml --fail-on should --out judged`,
		Args: oneRun,
	}
	flags := settingFlags(cmd, config.ForJudge, config.ForReports)
	quietFlag(cmd)
	writeWaiversFlag(cmd)
	var before former
	before.baselineFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		run, err := readRun(args[0])
		if err != nil {
			return err
		}
		baseline, err := before.read()
		if err != nil {
			return err
		}
		run.Baseline = cmp.Or(baseline, run.Baseline)
		s, err := readSettings(cmd, flags)
		if err != nil {
			return err
		}
		c, err := build(cmd, s)
		if err != nil {
			return err
		}
		return finish(cmd, s, suites.Judge(run, suites.Options{Selection: c.Selection, Waivers: c.Waivers, FailOn: c.FailOn}))
	}
	return cmd
}

func newReportCommand() *cobra.Command {
	var history string
	cmd := &cobra.Command{
		Use:   "report RUN.json",
		Short: "Write the reports of a saved run again",
		Long: `report writes the reports of a saved run. It judges nothing and sends no requests,
and its exit code is 0 whatever the verdict of the run is.

With --history it reads all runs in a folder, and in those below it, and writes
history.html: verdicts, failed checks, latency and rate over time.

The format "bundle" is a zip for sign-off: the run, its report, the configuration
without secrets and the catalogue of checks. It is refused, with exit code 2, for a
run that was interrupted or is only a part. --sign-key puts a detached signature
next to it, which 'webchatspec verify-bundle' checks.`,
		Example: `  webchatspec report webchatspec-report/run.json --format html --out pages
  webchatspec report run.json --format markdown,junit
  webchatspec report --history runs/ --out pages
  webchatspec report run.json --format bundle --sign-key ~/.ssh/id_ed25519 --out signed`,
		Args: func(cmd *cobra.Command, args []string) error {
			if history != "" && len(args) == 0 {
				return nil
			}
			return oneRun(cmd, args)
		},
	}
	flags := settingFlags(cmd, config.ForReports)
	quietFlag(cmd)
	signKeyFlag(cmd)
	cmd.Flags().StringVar(&history, "history", "", "write the trends over all runs in this `FOLDER`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := readSettings(cmd, flags)
		if err != nil {
			return err
		}
		if err := trySignKey(cmd, s); err != nil {
			return err
		}
		if history != "" {
			return writeHistory(cmd, s, history)
		}
		run, err := readRun(args[0])
		if err != nil {
			return err
		}
		if err := render(cmd, s, run); errors.Is(err, reports.ErrPartial) {
			return usageErrorf("%w", err)
		} else if err != nil {
			return err
		}
		return nil
	}
	return cmd
}

func quietFlag(cmd *cobra.Command) {
	cmd.Flags().Bool("quiet", false, "print only what failed, what a search or comparison found, and the verdict")
	cmd.Flags().Bool("verbose", false, "print each failed check in full, and every reason why others were not judged")
}

func writeWaiversFlag(cmd *cobra.Command) {
	cmd.Flags().String("write-waivers", "", "write waivers for what failed to this `FILE`")
}

func oneRun(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageErrorf("%s takes one run file, such as webchatspec-report/run.json", cmd.CommandPath())
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
