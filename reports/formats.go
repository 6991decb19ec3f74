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
	// Usual is set for what is written when no format is named.
	Usual bool
}

// formats are all reports that are written to files. To add one, write its
// function in a file of this package and its line here: the flag, the schema of
// the configuration and the documentation take the list from here.
var formats = []Format{
	{"json", "run.json", "the run itself, for webchatspec judge and report", record.Write, true},
	{"html", "report.html", "one self-contained page for people", HTML, true},
	{"junit", "junit.xml", "JUnit XML for continuous integration", JUnit, true},
	{"markdown", "report.md", "for step summaries and comments", Markdown, true},
	{"sarif", "report.sarif", "SARIF 2.1.0 for code scanning", SARIF, false},
	{"csv", "load.csv", "the figures of the loads for a spreadsheet", CSV, false},
	{"ndjson", "load.ndjson", "the same, a JSON object a line", NDJSON, false},
	{"badge", "badge.svg", "the verdict as a small picture", Badge, false},
	{"badge-json", "badge.json", "the verdict for badge services", BadgeJSON, false},
	{"bundle", "bundle.zip", "all that a sign-off needs, to be signed", Bundle, false},
}

// Formats returns the reports that are written to files, the run file first.
func Formats() []Format { return slices.Clone(formats) }

// UsualFormats returns those that are written when none is named.
func UsualFormats() []Format {
	return slices.DeleteFunc(Formats(), func(f Format) bool { return !f.Usual })
}

// FormatNames returns the names of the formats, as given to --format.
func FormatNames() []string {
	var names []string
	for _, format := range formats {
		names = append(names, format.Name)
	}
	return names
}

// FormatNamed returns the format called name; ok is false when there is none.
func FormatNamed(name string) (format Format, ok bool) {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}
