package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/loadgen"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

func newMergeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge RUN...",
		Short: "Merge the load runs of several machines into one run with one verdict",
		Long: `merge joins runs made with 'load --shard I/N' as if one machine had sent all of
the load: latencies are merged, not averaged, and users of two shards must not
share a sub. Each RUN is a run file, a folder with run files in it or in its own
folders, or - for runs on standard input, one on a line, as 'load --out -' writes
them; other lines there are skipped.

The verdict is of the whole load. It is inconclusive, exit code 4, when the shards
did not begin together. Shards that are missing, there twice or of another load
are refused with exit code 2.`,
		Example: `  webchatspec merge shard-1/run.json shard-2/run.json --out merged
  webchatspec merge shards/
  kubectl logs -l job-name=load --tail=-1 | webchatspec merge -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("merge wants the run files of all shards, a folder with them, or - for standard input")
			}
			return nil
		},
	}
	flags := settingFlags(cmd, config.ForReports, config.ForJudge)
	quietFlag(cmd)
	var before former
	before.baselineFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		baseline, err := before.read()
		if err != nil {
			return err
		}
		s, err := readSettings(flags)
		if err != nil {
			return err
		}
		c, err := s.Build()
		if err != nil {
			return usageErrorf("%w", err)
		}
		merged, err := mergeRuns(cmd.InOrStdin(), args)
		if err != nil {
			return err
		}
		merged.Baseline = baseline
		merged = suites.Judge(merged, suites.Options{
			Selection: c.Selection, Waivers: c.Waivers, FailOn: cmp.Or(c.FailOn, merged.FailOn),
		})
		return finish(cmd, s, merged)
	}
	return cmd
}

// mergeRuns reads the runs of all shards and joins them. What is not load comes
// from the first.
func mergeRuns(in io.Reader, names []string) (record.Run, error) {
	var shards []record.Load
	runs, err := readShards(in, names)
	if err != nil {
		return record.Run{}, usageErrorf("%w", err)
	}
	for _, run := range runs {
		i := slices.IndexFunc(run.Load, func(l record.Load) bool { return l.Shard != nil })
		if i < 0 {
			return run, usageErrorf("a run of %s holds no shard of a load: make it with 'webchatspec load --shard I/N'", run.StartedAt.Format("2006-01-02 15:04:05"))
		}
		shards = append(shards, run.Load[i])
	}
	load, err := loadgen.Merge(shards)
	if err != nil {
		return record.Run{}, usageErrorf("%w", err)
	}
	merged := runs[0]
	merged.Load = []record.Load{load}
	for _, run := range runs[1:] {
		merged.Interrupted = merged.Interrupted || run.Interrupted
		if run.StartedAt.Before(merged.StartedAt) {
			merged.StartedAt = run.StartedAt
		}
		if run.FinishedAt.After(merged.FinishedAt) {
			merged.FinishedAt = run.FinishedAt
		}
	}
	return merged, nil
}

// readShards reads the runs in files, folders and on standard input.
func readShards(in io.Reader, names []string) ([]record.Run, error) {
	var runs []record.Run
	add := func(run record.Run) {
		if len(runs) > 0 { // its load is all that is taken of it
			run.Evidence, run.Outcomes = record.Evidence{}, nil
		}
		runs = append(runs, run)
	}
	for _, name := range names {
		if name == "-" {
			for run, err := range record.ReadLines(in) {
				if err != nil {
					return nil, fmt.Errorf("standard input: %w", err)
				}
				add(run)
			}
			continue
		}
		files, err := runFiles(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			run, err := record.ReadFile(file)
			if err != nil {
				return nil, err
			}
			add(run)
		}
	}
	if len(runs) == 0 {
		return nil, errors.New("no run to merge")
	}
	return runs, nil
}

// runFiles are the run files that a name stands for: itself, or those in a folder
// and in the folders there.
func runFiles(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return []string{name}, nil //nolint:nilerr // reading it says what is wrong
	}
	var files []string
	for _, pattern := range []string{"*.json", "*/run.json"} {
		found, err := filepath.Glob(filepath.Join(name, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no run file in it", name)
	}
	return files, nil
}
