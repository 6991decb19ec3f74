package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// finish ends a command that judged a run: it writes and prints what there is to
// tell, on GitHub with annotations, and returns the exit code as an error.
func finish(cmd *cobra.Command, s config.Settings, run record.Run) error {
	if name, err := cmd.Flags().GetString("write-waivers"); err == nil && name != "" {
		if err := record.WriteFile(name, func(w io.Writer) error { return config.WriteWaivers(w, run) }); err != nil {
			return usageErrorf("write the waivers: %w", err)
		}
	}
	told := cmd.OutOrStdout()
	if s.OutFolder() == standardOutput {
		told = cmd.ErrOrStderr()
	}
	if err := tellGitHub(told, run); err != nil {
		return err
	}
	if err := render(cmd, s, run); err != nil {
		return err
	}
	return exitWith(ExitCode(run))
}

// render writes the reports of a run and prints its summary.
func render(cmd *cobra.Command, s config.Settings, run record.Run) error {
	if s.OutFolder() == standardOutput {
		return record.WriteLine(cmd.OutOrStdout(), run)
	}
	formats := chosenFormats(s)
	if err := writeReports(s.OutFolder(), formats, run); err != nil {
		return usageErrorf("write the reports: %w", err)
	}
	out := cmd.OutOrStdout()
	if run.RanAsShard() {
		for _, load := range run.Load {
			fmt.Fprintf(out, "%s: %d requests, %d failed, p99 %s\n", run.Shortfalls()[0].Message, load.Requests, load.Failed(), record.Span(load.Latency.P99))
		}
		return nil
	}
	if quiet, _ := cmd.Flags().GetBool("quiet"); quiet {
		return reports.TerminalBrief(out, run, screen(cmd))
	}
	on := screen(cmd)
	var names []string
	for _, format := range formats {
		names = append(names, format.File)
	}
	on.Written = fmt.Sprintf("Written to %s: %s", s.OutFolder(), strings.Join(names, ", "))
	return reports.Terminal(out, run, on)
}

// standardOutput as the folder for reports means that the run goes there, on one
// line, and nothing else does.
const standardOutput = "-"

// tryToWrite makes the folder for the reports and writes a file there, so that a
// mistake is told before a run and not after it.
func tryToWrite(folder string) error {
	if folder == standardOutput {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return usageErrorf("--out: %w", err)
	}
	f, err := os.CreateTemp(folder, ".webchatspec-*")
	if err != nil {
		return usageErrorf("--out: nothing can be written to the folder: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return usageErrorf("--out: %w", err)
	}
	return nil
}

// writeReports writes each format into the folder, which it makes.
func writeReports(folder string, formats []reports.Format, run record.Run) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, format := range formats {
		name := filepath.Join(folder, format.File)
		if err := record.WriteFile(name, func(w io.Writer) error { return format.Write(w, run) }); err != nil {
			return err
		}
	}
	return nil
}

// tellGitHub writes annotations and the step summary inside a GitHub workflow.
func tellGitHub(out io.Writer, run record.Run) error {
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	if err := reports.Annotations(out, run); err != nil {
		return err
	}
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return usageErrorf("step summary: %w", err)
	}
	defer f.Close()
	return reports.Markdown(f, run)
}

// colours says whether to colour what goes to w: it is a terminal, and the user
// has not said otherwise by NO_COLOR.
func colours(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }

// screen is what the command prints on.
func screen(cmd *cobra.Command) reports.Screen {
	out := cmd.OutOrStdout()
	on := reports.Screen{Colour: colours(out)}
	on.Verbose, _ = cmd.Flags().GetBool("verbose")
	if f, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			on.Width = width
		}
	}
	return on
}

func isTerminal(w io.Writer) bool {
	if c, ok := w.(*confidant); ok {
		w = c.to
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
