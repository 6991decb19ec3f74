package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/record"
)

// former is what a run has to do with one that was saved before.
type former struct {
	baseline   string // run file to compare with
	onlyFailed string // run file whose failed checks are run again
}

// baselineFlag defines the flag of a command that judges.
func (f *former) baselineFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.baseline, "baseline", "", "also show, here and in the reports, what changed since the run in this `FILE`")
}

// flags defines the flags of a command that runs.
func (f *former) flags(cmd *cobra.Command) {
	f.baselineFlag(cmd)
	cmd.Flags().StringVar(&f.onlyFailed, "only-failed", "", "run only the checks that failed in the run in this `FILE`")
}

// read reads the run to compare with before anything is sent; nil where none is named.
func (f *former) read() (*record.Baseline, error) {
	if f.baseline == "" {
		return nil, nil
	}
	run, err := readRun(f.baseline)
	if err != nil {
		return nil, err
	}
	return record.NewBaseline(f.baseline, run), nil
}

// narrow narrows the run to what failed in the former one.
func (f *former) narrow(c *webchatspec.Config) error {
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
