package cli

import (
	"cmp"
	"fmt"
	"io"
	"iter"
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
		s, err := readSettings(cmd, flags)
		if err != nil {
			return err
		}
		c, err := build(cmd, s)
		if err != nil {
			return err
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

// mergeRuns joins the runs of all shards, one after the other. What is not load comes
// from the first.
func mergeRuns(in io.Reader, names []string) (record.Run, error) {
	var merged record.Run
	merger, none := loadgen.NewMerger(), true
	for run, err := range shardRuns(in, names) {
		if err != nil {
			return record.Run{}, usageErrorf("%w", err)
		}
		i := slices.IndexFunc(run.Load, func(l record.Load) bool { return l.Shard != nil })
		if i < 0 {
			return run, usageErrorf("a run of %s holds no shard of a load: make it with 'webchatspec load --shard I/N'", run.StartedAt.Format("2006-01-02 15:04:05"))
		}
		if err := merger.Add(run.Load[i]); err != nil {
			return run, usageErrorf("%w", err)
		}
		if none {
			merged, none = run, false
			merged.Load = nil
			continue
		}
		merged.Interrupted = merged.Interrupted || run.Interrupted
		merged.TimeUp, merged.RequestsUp = merged.TimeUp || run.TimeUp, merged.RequestsUp || run.RequestsUp
		if run.StartedAt.Before(merged.StartedAt) {
			merged.StartedAt = run.StartedAt
		}
		if run.FinishedAt.After(merged.FinishedAt) {
			merged.FinishedAt = run.FinishedAt
		}
	}
	if none {
		return merged, usageErrorf("no run to merge")
	}
	load, err := merger.Load()
	if err != nil {
		return record.Run{}, usageErrorf("%w", err)
	}
	merged.Load = []record.Load{load}
	return merged, nil
}

// shardRuns reads the runs in files, folders and on standard input, one after the
// other. An error is the end.
func shardRuns(in io.Reader, names []string) iter.Seq2[record.Run, error] {
	return func(yield func(record.Run, error) bool) {
		for _, name := range names {
			if name == "-" {
				for run, err := range record.ReadLines(in) {
					if err != nil {
						err = fmt.Errorf("standard input: %w", err)
					}
					if !yield(run, err) || err != nil {
						return
					}
				}
				continue
			}
			files, err := runFiles(name)
			if err != nil {
				yield(record.Run{}, err)
				return
			}
			for _, file := range files {
				run, err := record.ReadFile(file)
				if !yield(run, err) || err != nil {
					return
				}
			}
		}
	}
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
