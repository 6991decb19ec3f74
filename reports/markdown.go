package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// GitHub takes 65,536 characters in a comment. Failed checks may fill the report
// up to the first mark, what was not judged up to the second, and the load
// figures have the rest.
const (
	markdownFailedEnd   = 44 << 10 // bytes
	markdownUnjudgedEnd = 52 << 10
	markdownLoadEnd     = 60 << 10
	markdownFindings    = 5
	markdownText        = 600 // characters of a quoted text
)

// Markdown writes run for step summaries and comments, in GitHub's dialect:
// verdict, counts by area, each failed check, what was not judged, and the load
// figures. Texts of the run are escaped so that they make no link, no mention
// and no markup.
func Markdown(w io.Writer, run record.Run) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s webchatspec: %s\n\n%s\n\n", verdictMark(run.Decide()), strings.ToLower(verdictName(run.Decide())), md(headline(run), proseLimit))
	markdownTarget(&b, run)
	markdownAreas(&b, run)
	markdownShortfalls(&b, run)
	markdownFailures(&b, "Failed", failing(run))
	markdownFailures(&b, "Could not be decided", undecided(run))
	markdownFailures(&b, "Warnings", warnings(run))
	markdownSince(&b, run)
	markdownUnjudged(&b, run)
	markdownLoad(&b, run)
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
	item("Contract", md(contractText(run.Target), nameLimit))
	item("Mind", md(run.Target.Caveat, nameLimit))
	if key := run.Target.PublicKey; key != nil {
		item("Public key", md(keyText(*key), nameLimit))
	}
	for _, remark := range run.Evidence.Remarks() {
		item("Mind", md(remark, valueLimit))
	}
	item("Tested", md(instant(run.StartedAt), nameLimit))
	b.WriteString("\n")
}

func markdownAreas(b *bytes.Buffer, run record.Run) {
	areas := areasOf(run.Outcomes)
	if len(areas) == 0 {
		return
	}
	b.WriteString("| Area | Passed | Failed | Not judged |\n| --- | ---: | ---: | ---: |\n")
	for _, a := range areas {
		counts := tallyOf(a.Outcomes)
		passed, failed := counts[record.Passed], counts[record.Failed]
		fmt.Fprintf(b, "| %s | %d | %s | %d |\n", md(a.Name, nameLimit), passed, mdNonZero(failed), len(a.Outcomes)-passed-failed)
	}
	b.WriteString("\n")
}

func mdNonZero(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("**%d**", n)
}

// markdownShortfalls tells what the run as a whole fell short of.
func markdownShortfalls(b *bytes.Buffer, run record.Run) {
	for _, shortfall := range run.Shortfalls() {
		fmt.Fprintf(b, "⚠️ **%s:** %s\n\n", md(shortfall.Name, nameLimit), md(shortfall.Message, markdownText))
	}
}

func markdownFailures(b *bytes.Buffer, title string, failed []record.Outcome) {
	if len(failed) == 0 {
		return
	}
	fmt.Fprintf(b, "### %s\n\n", title)
	for i, o := range failed {
		if !addWithin(b, markdownFailure(o), markdownFailedEnd) {
			fmt.Fprintf(b, "%s more: see the full report.\n\n", counted(len(failed)-i, "check"))
			return
		}
	}
}

// addWithin adds part to b if b then still ends before end.
func addWithin(b *bytes.Buffer, part string, end int) bool {
	if b.Len()+len(part) > end {
		return false
	}
	b.WriteString(part)
	return true
}

func markdownFailure(o record.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#### %s · %s\n\n", mdCode(o.ID), levelName(o.Level))
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- **%s:** %s\n", label, text)
		}
	}
	item("Check", md(o.Title, markdownText))
	item("Waiver", md(waiverText(o), markdownText))
	told := o.Title
	for i, finding := range o.Findings {
		if i == markdownFindings {
			item("More", counted(len(o.Findings)-i, "finding")+" in the full report")
			break
		}
		if finding.Requirement != told {
			item("Requirement", md(finding.Requirement, markdownText))
			told = finding.Requirement
		}
		item("Expected", md(finding.Expected, markdownText))
		item("Actual", md(finding.Actual, markdownText))
		item("Hint", md(hintOf(finding, o), markdownText))
	}
	item("Reason", md(reasonOf(o), markdownText))
	item("Why", md(o.Why, markdownText))
	item("Fix", md(o.Fix, markdownText))
	item("Source", markdownSource(o))
	command, about, _ := strings.Cut(block(o.Reproduce, proseLimit), "\n")
	item("Reproduce", mdCode(command))
	for row := range strings.Lines(about) {
		fmt.Fprintf(&b, "  - %s\n", md(strings.TrimPrefix(row, "# "), markdownText))
	}
	b.WriteString("\n")
	return b.String()
}

// markdownSource tells the source, those parts as links that can be read on the web.
func markdownSource(o record.Outcome) string {
	var parts []string
	for _, source := range htmlSources(o) {
		text := md(source.Text, nameLimit)
		if source.URL != "" && !strings.ContainsAny(source.URL, "()<>\\ \"") {
			text = fmt.Sprintf("[%s](<%s>)", text, source.URL)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func markdownUnjudged(b *bytes.Buffer, run record.Run) {
	groups := byReason(selected(run.Outcomes, func(o record.Outcome) bool {
		state := stateOf(o)
		return state != record.Passed && state != record.Failed && run.Effect(o) != record.Undecides
	}))
	if len(groups) == 0 {
		return
	}
	b.WriteString("<details><summary>Not judged, and why</summary>\n\n")
	for i, group := range groups {
		if !addWithin(b, markdownGroup(group), markdownUnjudgedEnd) {
			fmt.Fprintf(b, "- and %s more\n", counted(len(groups)-i, "reason"))
			break
		}
	}
	b.WriteString("\n</details>\n\n")
}

func markdownGroup(group reasonGroup) string {
	const shown = 12
	ids := mdCode(strings.Join(group.IDs[:min(shown, len(group.IDs))], ", "))
	if more := len(group.IDs) - shown; more > 0 {
		ids += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("- %s: %s\n", cmp.Or(ids, "unnamed"), md(group.Reason, markdownText))
}

// markdownLoad tells the answers first, then the loads but for the steps on the
// way to an answer.
func markdownLoad(b *bytes.Buffer, run record.Run) {
	for _, answer := range loadAnswers(run) {
		addWithin(b, fmt.Sprintf("### %s\n\n%s.\n\n", answer.title, md(begun(answer.subject+answer.sentence), markdownText)), markdownLoadEnd)
	}
	loads := slices.DeleteFunc(slices.Clone(run.Load), record.Load.OnTheWay)
	for i, load := range loads {
		var part strings.Builder
		fmt.Fprintf(&part, "### Load: %s\n\n| | |\n| --- | --- |\n", md(cmp.Or(load.Name, "load"), nameLimit))
		row := func(label, text string) { fmt.Fprintf(&part, "| %s | %s |\n", label, md(text, markdownText)) }
		row("Rate", loadRate(load))
		row("Latency", loadLatency(load))
		row("Tokens", loadTokens(load.Tokens))
		row("Failed", loadFailures(load))
		row("Objective", loadVerdict(load))
		part.WriteString("\n")
		if !addWithin(b, part.String(), markdownLoadEnd) {
			fmt.Fprintf(b, "%s more: see the full report.\n", counted(len(loads)-i, "load run"))
			return
		}
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
