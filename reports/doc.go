// Package reports renders a saved run for people and for other programs.
//
// A report is a function of a [record.Run] and nothing else: it asks nobody,
// judges nothing and can be made again at any time from a run file. [Formats]
// lists the ones that are written to files; [Terminal] is the summary that the
// command prints; [Diff] compares two runs.
//
//	run, err := record.ReadFile("webchatspec-report/run.json")
//	if err != nil {
//		return err
//	}
//	return reports.HTML(w, run)
//
// # What is in a run is hostile
//
// A run quotes the site under test: claims, header values, page texts. A
// writer therefore bounds the length of every text of the run, masks what looks
// like a secret, makes control and invisible characters visible, and then
// escapes it as its format asks.
// No report carries an escape sequence, a workflow command or markup that the
// site chose.
package reports

import (
	"io"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// Format is a report that is written to a file.
type Format struct {
	Name  string // as given to --format
	File  string // the file's name in the report folder
	Title string // what it is, in a few words
	Write func(io.Writer, record.Run) error
}

// Formats returns the reports that are written to files, the run file first.
func Formats() []Format {
	return []Format{
		{"json", "run.json", "the run itself, for webchatspec judge and report", JSON},
		{"html", "report.html", "one self-contained page for people", HTML},
		{"junit", "junit.xml", "JUnit XML for continuous integration", JUnit},
		{"markdown", "report.md", "for step summaries and comments", Markdown},
	}
}

// FormatNamed returns the format called name; ok is false when there is none.
func FormatNamed(name string) (format Format, ok bool) {
	formats := Formats()
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

// JSON writes the run file. See [record.Write].
func JSON(w io.Writer, run record.Run) error { return record.Write(w, run) }
