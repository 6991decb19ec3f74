package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// markdownBudget keeps the report below the 65,536 characters that GitHub
	// takes in a comment, with room for what follows the failed checks.
	markdownBudget   = 44 << 10
	markdownFindings = 5
)

// Markdown writes run for step summaries and comments, in GitHub's dialect:
// verdict, counts by area, each failed check, what was not judged, and the load
// figures. Texts of the run are escaped so that they make no link, no mention
// and no markup.
func Markdown(w io.Writer, run record.Run) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s webchatspec: %s\n\n%s\n\n", verdictMark(run.Verdict), strings.ToLower(verdictName(run.Verdict)), md(headline(run), proseLimit))
	markdownTarget(&b, run)
	markdownAreas(&b, run)
	markdownFailures(&b, withState(run.Outcomes, record.Failed))
	markdownUnjudged(&b, run)
	markdownLoad(&b, run.Load)
	_, err := b.WriteTo(w)
	return err
}

func verdictMark(verdict record.Verdict) string {
	switch verdict {
	case record.VerdictPassed:
		return "✅"
	case record.VerdictFailed:
		return "❌"
	}
	return "⚠️"
}

func markdownTarget(b *bytes.Buffer, run record.Run) {
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "- **%s:** %s\n", label, text)
		}
	}
	item("Endpoint", mdCode(run.Target.Endpoint))
	item("Page", mdCode(run.Target.Page))
	if key := run.Target.PublicKey; key != nil {
		item("Public key", md(keyText(*key), nameLimit))
	}
	item("Tested", md(instant(run.StartedAt), nameLimit))
	b.WriteString("\n")
}

func markdownAreas(b *bytes.Buffer, run record.Run) {
	areas := areasOf(run.Outcomes)
	if len(areas) == 0 {
		return
	}
	b.WriteString("| Area | Passed | Failed | Not judged | Not built |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, a := range areas {
		counts := tallyOf(a.Outcomes)
		passed, failed, unbuilt := counts[record.Passed], counts[record.Failed], counts[notBuilt]
		fmt.Fprintf(b, "| %s | %d | %s | %d | %d |\n", md(a.Name, nameLimit), passed, mdNonZero(failed), len(a.Outcomes)-passed-failed-unbuilt, unbuilt)
	}
	b.WriteString("\n")
}

func mdNonZero(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("**%d**", n)
}

func markdownFailures(b *bytes.Buffer, failed []record.Outcome) {
	if len(failed) == 0 {
		return
	}
	b.WriteString("### Failed\n\n")
	for i, o := range failed {
		if b.Len() > markdownBudget {
			fmt.Fprintf(b, "%s more: see the full report.\n\n", counted(len(failed)-i, "failed check"))
			return
		}
		markdownFailure(b, o)
	}
}

func markdownFailure(b *bytes.Buffer, o record.Outcome) {
	fmt.Fprintf(b, "#### %s · %s\n\n", mdCode(o.ID), levelName(o.Level))
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "- **%s:** %s\n", label, text)
		}
	}
	item("Check", md(o.Title, valueLimit))
	told := o.Title
	for i, finding := range o.Findings {
		if i == markdownFindings {
			item("More", counted(len(o.Findings)-i, "finding")+" in the full report")
			break
		}
		if finding.Requirement != told {
			item("Requirement", md(finding.Requirement, valueLimit))
			told = finding.Requirement
		}
		item("Expected", md(finding.Expected, valueLimit))
		item("Actual", md(finding.Actual, valueLimit))
		item("Hint", md(finding.Hint, valueLimit))
	}
	item("Why", md(o.Why, valueLimit))
	item("Fix", md(o.Fix, valueLimit))
	item("Source", md(o.Source, nameLimit))
	item("Reproduce", mdCode(o.Reproduce))
	b.WriteString("\n")
}

func markdownUnjudged(b *bytes.Buffer, run record.Run) {
	groups := byReason(selected(run.Outcomes, func(o record.Outcome) bool {
		state := stateOf(o)
		return state != record.Passed && state != record.Failed && state != notBuilt
	}))
	if len(groups) == 0 {
		return
	}
	b.WriteString("<details><summary>Not judged, and why</summary>\n\n")
	for i, group := range groups {
		if b.Len() > markdownBudget+(10<<10) {
			fmt.Fprintf(b, "- and %s more\n", counted(len(groups)-i, "reason"))
			break
		}
		const shown = 12
		ids := mdCode(strings.Join(group.IDs[:min(shown, len(group.IDs))], ", "))
		if more := len(group.IDs) - shown; more > 0 {
			ids += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(b, "- %s: %s\n", cmp.Or(ids, "unnamed"), md(group.Reason, valueLimit))
	}
	b.WriteString("\n</details>\n\n")
}

func markdownLoad(b *bytes.Buffer, loads []record.Load) {
	const shown = 10
	for i, load := range loads {
		if i == shown {
			fmt.Fprintf(b, "%s more: see the full report.\n", counted(len(loads)-i, "load run"))
			return
		}
		fmt.Fprintf(b, "### Load: %s\n\n| | |\n| --- | --- |\n", md(cmp.Or(load.Name, "load"), nameLimit))
		row := func(label, text string) { fmt.Fprintf(b, "| %s | %s |\n", label, md(text, valueLimit)) }
		row("Rate", loadRate(load))
		row("Latency", loadLatency(load))
		row("Tokens", loadTokens(load.Tokens))
		row("Failed", loadFailures(load))
		row("Objective", loadVerdict(load))
		b.WriteString("\n")
	}
}

// md returns text escaped for Markdown, in one line of at most limit characters.
func md(text string, limit int) string {
	return markdownEscapes.Replace(line(text, limit))
}

// The escapes make every character of a text stand for itself. The word joiner
// (an invisible character) keeps "@name" and "#1" from becoming a mention and a
// reference, which the backslash does not.
var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "$", `\$`,
	"[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "://", "&#58;//",
	"@", "@&#8288;", "#", "&#35;&#8288;", "www.", "www&#46;", "WWW.", "WWW&#46;",
)

// mdCode returns text as a code span that no text inside can end; "" for "".
func mdCode(text string) string {
	text = line(text, valueLimit)
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if fence != "`" {
		text = " " + text + " " // one blank on each side is not part of the span
	}
	return fence + text + fence
}
