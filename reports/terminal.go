package reports

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

const (
	terminalWidth    = 100 // columns
	terminalFindings = 4   // findings shown of one check
	labelWidth       = 13  // columns of "requirement" and a gap
)

// Terminal writes the summary of run that the command prints: the counts of
// each area, each failed check with what to do, what was not judged and why,
// the load figures, and the verdict last. Colour adds ANSI colours; nothing is
// told by colour alone. No text of the run can control the terminal or, in a
// build log, the build.
func Terminal(w io.Writer, run record.Run, colour bool) error {
	t := &terminal{out: bufio.NewWriter(w), colour: colour}
	t.target(run)
	t.areas(run)
	t.failures(run)
	t.unjudged(run)
	for _, load := range run.Load {
		t.load(load)
	}
	t.verdict(run)
	return t.out.Flush()
}

// TerminalBrief writes what failed and the verdict, and nothing else; the rest
// is as for [Terminal].
func TerminalBrief(w io.Writer, run record.Run, colour bool) error {
	t := &terminal{out: bufio.NewWriter(w), colour: colour}
	t.failures(run)
	t.verdict(run)
	return t.out.Flush()
}

func (t *terminal) verdict(run record.Run) {
	t.printf("\n%s  %s\n", t.paint(verdictColour(run.Decide()), strings.ToUpper(verdictName(run.Decide()))), defused(headline(run)))
}

// terminal writes lines; a write error is kept by out until Flush.
type terminal struct {
	out    *bufio.Writer
	colour bool
}

func (t *terminal) printf(format string, values ...any) { fmt.Fprintf(t.out, format, values...) }

// ANSI colours, by what they mean.
const (
	ansiBad    = "1;31"
	ansiGood   = "1;32"
	ansiWarn   = "1;33"
	ansiStrong = "1"
	ansiFaint  = "2"
)

func (t *terminal) paint(code, text string) string {
	if !t.colour || code == "" || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func verdictColour(verdict record.Verdict) string {
	switch verdict {
	case record.VerdictPassed:
		return ansiGood
	case record.VerdictFailed:
		return ansiBad
	}
	return ansiWarn
}

func (t *terminal) target(run record.Run) {
	t.field("endpoint", run.Target.Endpoint, "")
	t.field("page", run.Target.Page, "")
	if key := run.Target.PublicKey; key != nil {
		t.field("public key", keyText(*key), "")
	}
	when := instant(run.StartedAt)
	if took := run.FinishedAt.Sub(run.StartedAt).Seconds(); took > 0 && !run.StartedAt.IsZero() {
		when += ", took " + seconds(took)
	}
	t.field("tested", when, "")
	if run.Target.Demo {
		t.field("", "This was the built-in demo site: name your own with --endpoint, --public-key and --page.", "")
	}
}

// keyText describes a public key: "rsa, 2048 bits, sha256:8382910c…".
func keyText(key record.PublicKey) string {
	parts := []string{key.Kind}
	if key.Bits > 0 {
		parts = append(parts, fmt.Sprintf("%d bits", key.Bits))
	}
	if key.Fingerprint != "" {
		parts = append(parts, shortFingerprint(key.Fingerprint))
	}
	return strings.Join(parts, ", ")
}

// shortFingerprint keeps as much of a fingerprint as tells keys apart by eye.
func shortFingerprint(fingerprint string) string {
	const shown = len("sha256:") + 16
	if len(fingerprint) <= shown {
		return fingerprint
	}
	return strings.ToValidUTF8(fingerprint[:shown], "") + "…"
}

func (t *terminal) areas(run record.Run) {
	t.printf("\n")
	for _, a := range areasOf(run.Outcomes) {
		counts := tallyOf(a.Outcomes)
		colour := ansiFaint
		switch {
		case counts[record.Failed] > 0:
			colour = ansiBad
		case slices.ContainsFunc(a.Outcomes, concerns):
			colour = ansiWarn
		case counts[record.Passed] > 0:
			colour = ansiGood
		}
		t.printf("  %s  %s\n", t.paint(colour, fmt.Sprintf("%-24s", defused(a.Name))), counts)
	}
}

func (t *terminal) failures(run record.Run) {
	for _, o := range failing(run) {
		t.failure("FAILED", ansiBad, o)
	}
	for _, o := range warnings(run) {
		t.failure("WARNING", ansiWarn, o)
	}
}

func (t *terminal) failure(word, colour string, o record.Outcome) {
	t.printf("\n%s  %s\n", t.paint(colour, word+" "+levelName(o.Level)), t.paint(ansiStrong, defused(line(o.ID, nameLimit))))
	t.field("", o.Title, "")
	told := o.Title
	for i, finding := range o.Findings {
		if i == terminalFindings {
			t.field("", fmt.Sprintf("and %s more: see the report", counted(len(o.Findings)-i, "finding")), ansiFaint)
			break
		}
		if finding.Requirement != told {
			t.field("requirement", finding.Requirement, "")
			told = finding.Requirement
		}
		t.field("expected", finding.Expected, ansiGood)
		t.field("actual", finding.Actual, ansiBad)
		t.field("hint", hintOf(finding, o), "")
	}
	if len(o.Findings) == 0 {
		t.field("actual", o.Reason, ansiBad)
	}
	t.field("fix", o.Fix, "")
	if o.Reproduce != "" {
		t.row("reproduce", line(o.Reproduce, proseLimit), "") // in one row, to be copied
	}
}

// field writes a labelled text, wrapped, with its later lines below its first.
func (t *terminal) field(label, text, colour string) {
	for i, row := range wrapped(line(text, valueLimit), terminalWidth-2-labelWidth) {
		if i > 0 {
			label = ""
		}
		t.row(label, row, colour)
	}
}

func (t *terminal) row(label, text, colour string) {
	t.printf("  %s%s\n", t.paint(ansiFaint, fmt.Sprintf("%-*s", labelWidth, label)), t.paint(colour, defused(text)))
}

func (t *terminal) unjudged(run record.Run) {
	open := selected(run.Outcomes, concerns)
	rest := selected(run.Outcomes, func(o record.Outcome) bool {
		state := stateOf(o)
		return !concerns(o) && state != record.Passed && state != record.Failed
	})
	t.groups("Asked for, but could not be judged", ansiWarn, byReason(open))
	t.groups("Not judged", ansiFaint, byReason(rest))
}

// groups writes checks by the reason why they were not judged.
func (t *terminal) groups(title, colour string, groups []reasonGroup) {
	if len(groups) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint(colour, title))
	for _, group := range groups {
		const shown = 6
		ids := strings.Join(group.IDs[:min(shown, len(group.IDs))], ", ")
		if more := len(group.IDs) - shown; more > 0 {
			ids += fmt.Sprintf(" and %d more", more)
		}
		for i, row := range wrapped(ids+": "+group.Reason, terminalWidth-4) {
			t.printf("  %s%s\n", strings.Repeat("  ", min(i, 1)), defused(row))
		}
	}
}

func (t *terminal) load(load record.Load) {
	t.printf("\n%s  %s\n", t.paint(ansiStrong, "Load"), defused(line(cmp.Or(load.Name, "load"), nameLimit)))
	t.field("rate", loadRate(load), "")
	t.field("latency", loadLatency(load), "")
	t.field("tokens", loadTokens(load.Tokens), "")
	if load.Requests > 0 && total(load.Failures) > 0 {
		t.field("failures", loadFailures(load), ansiBad)
	}
	t.field("objective", loadVerdict(load), "")
}

// wrapped breaks text at spaces into rows of at most width characters. A word
// that is longer is broken, but for a row of its own it may be.
func wrapped(text string, width int) []string {
	var rows []string
	row := ""
	for word := range strings.FieldsSeq(text) {
		for utf8.RuneCountInString(word) > width {
			if row != "" {
				rows, row = append(rows, row), ""
			}
			runes := []rune(word)
			rows, word = append(rows, string(runes[:width])), string(runes[width:])
		}
		switch {
		case row == "":
			row = word
		case utf8.RuneCountInString(row)+1+utf8.RuneCountInString(word) <= width:
			row += " " + word
		default:
			rows, row = append(rows, row), word
		}
	}
	if row != "" {
		rows = append(rows, row)
	}
	return rows
}

// defused breaks up what build systems take for a command in a log: "::name" at
// the start of a row, "##[name" or "##name[" anywhere in it.
func defused(row string) string {
	if strings.HasPrefix(row, "::") {
		row = ": " + row[1:]
	}
	return strings.ReplaceAll(row, "##", "# #")
}
