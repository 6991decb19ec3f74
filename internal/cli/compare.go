package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
	"github.com/webchatspec/webchatspec/suites"
)

func newDiffCommand() *cobra.Command {
	var markdown bool
	var failOn string
	cmd := &cobra.Command{
		Use:   "diff OLD.json NEW.json",
		Short: "Tell what changed between two saved runs",
		Long: `diff tells which checks fail that did not fail before, which are fixed, and how
the load figures changed. It ends with 1 when a check that did not fail before
fails the newer run: a MUST, or a SHOULD with --fail-on should, here or when the
run was made.`,
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
				err = reports.DiffTerminal(out, older, newer, colours(out))
			}
			if err == nil && reports.Compare(older, newer).Regressed() {
				return exitWith(ExitFailed)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write Markdown")
	cmd.Flags().StringVar(&failOn, "fail-on", "", "lowest `LEVEL` whose new failures end it with 1: must or should (default: as the newer run was made)")
	complete(cmd, "fail-on", config.Words("level"))
	return cmd
}

func newMergeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge A.json B.json...",
		Short: "Merge the load runs of several machines into one run with one verdict",
		Long: `merge joins runs made with 'load --shard I/N' as if one machine had sent all of
the load: latencies are merged, not averaged, and users of two shards must not
share a sub. It refuses shards that do not belong together.`,
		Example: `  webchatspec merge shard-1/run.json shard-2/run.json --out merged`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageErrorf("merge wants the run files of all shards")
			}
			return nil
		},
	}
	flags := settingFlags(cmd, config.ForReports)
	quietFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		merged, err := mergeRuns(args)
		if err != nil {
			return err
		}
		s, err := readSettings(flags)
		if err != nil {
			return err
		}
		return finish(cmd, s, merged)
	}
	return cmd
}

// mergeRuns reads the runs of all shards and judges them as one. What is not
// load comes from the first.
func mergeRuns(names []string) (record.Run, error) {
	var runs []record.Run
	var shards []record.Load
	for _, name := range names {
		run, err := readRun(name)
		if err != nil {
			return run, err
		}
		i := slices.IndexFunc(run.Load, func(l record.Load) bool { return l.Shard != nil })
		if i < 0 {
			return run, usageErrorf("%s holds no shard of a load: make it with 'webchatspec load --shard I/N'", name)
		}
		runs, shards = append(runs, run), append(shards, run.Load[i])
	}
	load, err := loadgen.Merge(shards)
	if err != nil {
		return record.Run{}, usageErrorf("%w", err)
	}
	merged := runs[0]
	merged.Load = []record.Load{load}
	for _, run := range runs[1:] {
		merged.Interrupted = merged.Interrupted || run.Interrupted
		if run.FinishedAt.After(merged.FinishedAt) {
			merged.FinishedAt = run.FinishedAt
		}
	}
	return suites.Judge(merged, suites.Options{}), nil
}
