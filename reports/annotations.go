package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// annotationLimit is how many annotations of one kind GitHub keeps of a step;
// it drops the others without a word.
const annotationLimit = 10

// Annotations writes run as GitHub workflow commands: an error for all that
// keeps the run from passing, a warning for each other failed SHOULD and for what
// was asked for and could not be judged, a notice for each failed MAY. What
// exceeds GitHub's limit is told by number.
func Annotations(w io.Writer, run record.Run) error {
	out := bufio.NewWriter(w)
	var errors, doubts, notices []annotation
	for _, shortfall := range run.Shortfalls() {
		errors = append(errors, annotation{line(shortfall.Name, nameLimit), line(shortfall.Message, valueLimit)})
	}
	for _, o := range failing(run) {
		errors = append(errors, failedAnnotation(o))
	}
	errors = append(errors, unjudgedAnnotations(undecided(run))...)
	for _, o := range warnings(run) {
		if o.Level == record.May {
			notices = append(notices, failedAnnotation(o))
		} else {
			doubts = append(doubts, failedAnnotation(o))
		}
	}
	doubts = append(doubts, unjudgedAnnotations(selected(run.With(record.Warns), concerns))...)
	annotate(out, "error", errors)
	annotate(out, "warning", doubts)
	annotate(out, "notice", notices)
	return out.Flush()
}

func unjudgedAnnotations(outcomes []record.Outcome) []annotation {
	var notes []annotation
	for _, group := range byReason(outcomes) {
		notes = append(notes, annotation{"not judged", strings.Join(group.IDs, ", ") + ": " + group.Reason})
	}
	return notes
}

type annotation struct{ Title, Message string }

func failedAnnotation(o record.Outcome) annotation {
	rows := []string{line(o.Title, valueLimit), failureMessage(o)}
	if len(o.Findings) > 0 {
		if hint := hintOf(o.Findings[0], o); hint != "" {
			rows = append(rows, line(hint, valueLimit))
		}
	}
	if waiver := waiverText(o); waiver != "" {
		rows = append(rows, waiver)
	}
	if o.Fix != "" {
		rows = append(rows, "Fix: "+line(o.Fix, valueLimit))
	}
	return annotation{
		Title:   fmt.Sprintf("%s %s", levelName(o.Level), line(o.ID, nameLimit)),
		Message: strings.Join(rows, "\n"),
	}
}

func annotate(w io.Writer, command string, notes []annotation) {
	if len(notes) > annotationLimit {
		told := annotationLimit - 1
		notes = append(notes[:told:told], annotation{"webchatspec", fmt.Sprintf("%d more: see the report", len(notes)-told)})
	}
	for _, note := range notes {
		fmt.Fprintf(w, "::%s title=%s::%s\n", command, annotationProperty.Replace(note.Title), annotationData.Replace(note.Message))
	}
}

// The escapes of GitHub's runner for a workflow command's message and for its
// properties.
var (
	annotationData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
