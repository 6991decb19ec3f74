package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/webchatspec/webchatspec/internal/config"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/reports"
)

// finish ends a command that judged a run: it writes and prints what there is to
// tell, on GitHub with annotations, and returns the exit code as an error. What
// cannot be written holds up nothing else.
func finish(cmd *cobra.Command, s config.Settings, run record.Run) error {
	told := cmd.OutOrStdout()
	if s.OutFolder() == standardOutput {
		told = cmd.ErrOrStderr()
	}
	unwritten := errors.Join(writeWaivers(cmd, run), unlessLeft(tellGitHub(told, run)))
	rendered := render(cmd, s, run)
	if errors.Is(rendered, reports.ErrPartial) {
		fmt.Fprintf(cmd.ErrOrStderr(), "webchatspec: %v\n", rendered)
		rendered = nil
	}
	if err := errors.Join(unwritten, rendered); err != nil {
		return err
	}
	return exitWith(ExitCode(run))
}

// writeWaivers writes waivers for what failed, where they are asked for.
func writeWaivers(cmd *cobra.Command, run record.Run) error {
	name, err := cmd.Flags().GetString("write-waivers")
	if err != nil || name == "" {
		return nil //nolint:nilerr // the command has no such flag
	}
	if err := record.WriteFile(name, func(w io.Writer) error { return config.WriteWaivers(w, run) }); err != nil {
		return usageErrorf("write the waivers: %w", err)
	}
	return nil
}

// render writes the reports of a run and prints its summary. It returns
// [reports.ErrPartial], after all else, where a bundle could not be made.
func render(cmd *cobra.Command, s config.Settings, run record.Run) error {
	if s.OutFolder() == standardOutput {
		failed := record.WriteLine(cmd.OutOrStdout(), run)
		if failed != nil {
			_, failed = writeElsewhere(reports.Formats()[:1], run, failed) // the run file
		}
		return failed
	}
	formats := chosenFormats(s)
	folder, failed := writeSomewhere(s.OutFolder(), formats, run)
	return errors.Join(unlessLeft(summarise(cmd, run, formats, folder, failed)), failed)
}

// unlessLeft is err, or nil where nobody reads any more what could not be printed.
func unlessLeft(err error) error {
	if errors.Is(err, errReaderLeft) {
		return nil
	}
	return err
}

// writeSomewhere writes the reports into the folder or, when that fails, elsewhere.
// It returns where they are, "" for nowhere, and what failed.
func writeSomewhere(folder string, formats []reports.Format, run record.Run) (string, error) {
	failed := writeReports(folder, formats, run)
	if failed == nil || errors.Is(failed, reports.ErrPartial) {
		return folder, failed
	}
	return writeElsewhere(formats, run, failed)
}

// writeElsewhere writes what could not be written where it should, for what was
// gathered may not come again, into a folder of its own in the place for temporary
// files.
func writeElsewhere(formats []reports.Format, run record.Run, failed error) (string, error) {
	other, err := os.MkdirTemp("", "webchatspec-report-")
	if err == nil {
		err = writeReports(other, formats, run)
	}
	if err != nil {
		return "", usageErrorf("write the reports: %w; nor elsewhere: %w", failed, err)
	}
	return other, usageErrorf("write the reports: %w; they are in %s", failed, other)
}

// summarise prints what a run has shown, and where its reports are, or that
// writing them failed.
func summarise(cmd *cobra.Command, run record.Run, formats []reports.Format, folder string, failed error) error {
	out := cmd.OutOrStdout()
	if run.RanAsShard() {
		for _, load := range run.Load {
			fmt.Fprintf(out, "%s: %s requests, %s failed, p99 %s\n", run.Shortfalls()[0].Message, record.Count(load.Requests), record.Count(load.Failed()), record.Span(load.Latency.P99))
		}
		return nil
	}
	if quiet, _ := cmd.Flags().GetBool("quiet"); quiet {
		return reports.TerminalBrief(out, run, screen(cmd))
	}
	on := screen(cmd)
	var names []string
	for _, format := range formats {
		if failed == nil || format.Name != "bundle" {
			names = append(names, format.File)
		}
	}
	if key, _ := cmd.Flags().GetString("sign-key"); key != "" && failed == nil {
		name, err := signBundle(folder, key)
		if err != nil {
			return err
		}
		names = append(names, filepath.Base(name))
	}
	if folder != "" {
		on.Written = fmt.Sprintf("Written to %s: %s", folder, strings.Join(names, ", "))
	}
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

// tryWaivers says before anything is sent when waivers are to be written where
// nothing can be.
func tryWaivers(cmd *cobra.Command) error {
	name, _ := cmd.Flags().GetString("write-waivers")
	if name == "" {
		return nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return usageErrorf("--write-waivers: %s is a folder; name a file", name)
	}
	if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
		return usageErrorf("--write-waivers: there is no folder %s", filepath.Dir(name))
	}
	return nil
}

// writeReports writes each format into the folder, which it makes. That a bundle
// is not made of a partial run is told when the others are written.
func writeReports(folder string, formats []reports.Format, run record.Run) (partial error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, format := range formats {
		name := filepath.Join(folder, format.File)
		if format.Name == "junit" {
			attachments, err := writePictures(folder, formats, run)
			if err != nil {
				return err
			}
			format.Write = reports.JUnitWith(attachments)
		}
		err := record.WriteFile(name, func(w io.Writer) error { return format.Write(w, run) })
		if errors.Is(err, reports.ErrPartial) {
			partial = err
		} else if err != nil {
			return err
		}
	}
	return partial
}

// writePictures writes the pictures of what failed on the page as files, and returns
// them, and the page for people, as attachments of the failed test cases.
func writePictures(folder string, formats []reports.Format, run record.Run) ([]reports.Attachment, error) {
	var attachments []reports.Attachment
	if slices.ContainsFunc(formats, func(f reports.Format) bool { return f.Name == "html" }) {
		page, _ := reports.FormatNamed("html")
		attachments = append(attachments, reports.Attachment{Path: inProject(filepath.Join(folder, page.File))})
	}
	for _, picture := range reports.FailedPictures(run) {
		name := filepath.Join(folder, picture.Name)
		err := record.WriteFile(name, func(w io.Writer) error { _, err := w.Write(picture.PNG); return err })
		if err != nil {
			return nil, err
		}
		attachments = append(attachments, reports.Attachment{Area: "page", Path: inProject(name)})
	}
	return attachments, nil
}

// inProject is the path of a file as continuous integration wants it: from the
// project's folder on GitLab, else absolute, as Jenkins reads it.
func inProject(name string) string {
	whole, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if project := os.Getenv("CI_PROJECT_DIR"); project != "" {
		if below, err := filepath.Rel(project, whole); err == nil && filepath.IsLocal(below) {
			return "/" + filepath.ToSlash(below)
		}
	}
	return filepath.ToSlash(whole)
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
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o644)
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
	if f, ok := beneath(out).(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			on.Width = width
		}
	}
	return on
}

// beneath is what a writer that keeps secrets writes to.
func beneath(w io.Writer) io.Writer {
	if c, ok := w.(*confidant); ok {
		return c.to
	}
	return w
}

func isTerminal(w io.Writer) bool {
	f, ok := beneath(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
