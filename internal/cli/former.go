package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// former is what a run has to do with one that was saved before.
type former struct {
	baseline   string      // run file to compare with
	compared   *record.Run // nil without a baseline
	onlyFailed string      // run file whose failed checks are run again
}

// flags defines the flags of a command that runs.
func (f *former) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.baseline, "baseline", "", "also tell what changed since the run in this `FILE`")
	cmd.Flags().StringVar(&f.onlyFailed, "only-failed", "", "run only the checks that failed in the run in this `FILE`")
}

// read reads the run files before anything is sent, and narrows the run to what
// failed in the former one.
func (f *former) read(c *webchatspec.Config) error {
	if f.baseline != "" {
		run, err := readRun(f.baseline)
		if err != nil {
			return err
		}
		f.compared = &run
	}
	if f.onlyFailed == "" {
		return nil
	}
	if len(c.Selection.Only) > 0 {
		return usageErrorf("--only and --only-failed exclude each other")
	}
	run, err := readRun(f.onlyFailed)
	if err != nil {
		return err
	}
	for _, outcome := range run.Outcomes {
		if outcome.State == record.Failed {
			c.Selection.Only = append(c.Selection.Only, outcome.ID)
		}
	}
	if len(c.Selection.Only) == 0 {
		return &exitError{ExitInconclusive, fmt.Errorf("nothing failed in %s, so there is nothing to run again", f.onlyFailed)}
	}
	return nil
}

// tell prints what changed since the baseline.
func (f *former) tell(cmd *cobra.Command, run record.Run) error {
	if f.compared == nil {
		return nil
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "\nSince %s\n", f.baseline)
	return reports.DiffTerminal(out, *f.compared, run, screen(cmd))
}
