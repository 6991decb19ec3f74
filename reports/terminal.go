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
	terminalWidth    = 80 // columns where nothing is known of the screen
	terminalFindings = 4  // findings shown of one check
	terminalCauses   = 3  // failed checks of which cause and fix are told
	terminalReasons  = 8  // reasons why checks were not judged
	labelWidth       = 13 // columns of "requirement" and a gap
)

// Screen is what a report is shown on.
type Screen struct {
	Width   int  // columns; 0 is 80
	Colour  bool // ANSI colours; nothing is told by colour alone
	Verbose bool // each failed check in full, and all reasons
	// Written names the reports that were written, to be told before what failed.
	Written string
}

// Terminal writes the summary of run that the command prints: what was tested,
// the counts of each area, the load figures, what was not judged and why; last
// each failed check in one line, and the verdict. No text of the run can control
// the terminal or, in a build log, the build.
func Terminal(w io.Writer, run record.Run, screen Screen) error {
	t := newTerminal(w, screen)
	t.target(run)
	if run.Unreachable() && len(run.With(record.Holds, record.Fails, record.Warns)) == len(run.With(record.Warns)) {
		t.nothingTested(run)
		return t.out.Flush()
	}
	t.areas(run)
	for _, load := range run.Load {
		if !load.OnTheWay() {
			t.load(load)
		}
	}
	t.answers(run)
	t.unjudged(run)
	t.since(run)
	t.failures(run)
	if screen.Written != "" {
		t.printf("\n%s\n", t.paint(ansiFaint, defused(line(screen.Written, valueLimit))))
	}
	t.briefly(run)
	t.verdict(run)
	return t.out.Flush()
}

// nothingTested tells why nothing could be tested: each cause once.
func (t *terminal) nothingTested(run record.Run) {
	t.printf("\n")
	for _, cause := range oneCauseEach(run.Shortfalls()) {
		for i, row := range wrapped(cause, t.width-2) {
			t.printf("%s%s\n", strings.Repeat("  ", min(i, 1)), defused(row))
		}
	}
	t.printf("\n%s  Nothing could be tested.\n", t.paint(verdictColour(run.Decide()), strings.ToUpper(verdictName(run.Decide()))))
}

// TerminalBrief writes what failed, the answer to what a search or a comparison
// was asked, and the verdict, and nothing else; the rest is as for [Terminal].
func TerminalBrief(w io.Writer, run record.Run, screen Screen) error {
	t := newTerminal(w, screen)
	t.answers(run)
	t.failures(run)
	t.briefly(run)
	t.verdict(run)
	return t.out.Flush()
}

func newTerminal(w io.Writer, screen Screen) *terminal {
	return &terminal{out: bufio.NewWriter(w), colour: screen.Colour, verbose: screen.Verbose, width: max(40, cmp.Or(screen.Width, terminalWidth))}
}

// briefly tells each failed check in a line, and each that was asked for and
// leaves the run undecided.
func (t *terminal) briefly(run record.Run) {
	rows := 0
	row := func(colour, word string, o record.Outcome, text string) {
		if rows++; rows == 1 {
			t.printf("\n")
		}
		head := fmt.Sprintf("%-7s %-6s %s", word, levelName(o.Level), line(o.ID, nameLimit))
		space := t.width - utf8.RuneCountInString(head) - 2
		if space >= 24 {
			head += "  " + shortened(text, space)
		}
		t.printf("%s\n", strings.Replace(defused(head), word, t.paint(colour, word), 1))
	}
	for _, o := range failing(run) {
		row(ansiBad, "failed", o, seenIn(o))
	}
	for _, o := range warnings(run) {
		row(ansiWarn, "warning", o, seenIn(o))
	}
	for _, o := range withState(run.Outcomes, record.Waived) {
		row(ansiFaint, "waived", o, reasonOf(o))
	}
	t.undecidedBriefly(run)
	for _, o := range failing(run) {
		t.printf("\nwebchatspec explain %s\n", defused(line(o.ID, nameLimit)))
		return
	}
}

// undecidedBriefly tells what leaves the run undecided, once for each reason.
func (t *terminal) undecidedBriefly(run record.Run) {
	for _, group := range byReason(undecided(run)) {
		for i, row := range wrapped(fmt.Sprintf("undecided: %s (%s)", group.Reason, idList(group.IDs, 3)), t.width-2) {
			t.printf("%s%s\n", strings.Repeat("  ", min(i, 1)), defused(row))
		}
	}
}

// idList lists the first ids, and how many there are beside them.
func idList(ids []string, shown int) string {
	text := strings.Join(ids[:min(shown, len(ids))], ", ")
	if more := len(ids) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (t *terminal) verdict(run record.Run) {
	title := strings.ToUpper(verdictName(run.Decide()))
	for i, row := range wrapped(headline(run), t.width-utf8.RuneCountInString(title)-2) {
		if i == 0 {
			t.printf("\n%s  %s\n", t.paint(verdictColour(run.Decide()), title), defused(row))
			continue
		}
		t.printf("%s  %s\n", strings.Repeat(" ", utf8.RuneCountInString(title)), defused(row))
	}
}

// answers tells what the loads were run to find out, each in a sentence.
func (t *terminal) answers(run record.Run) {
	for _, answer := range loadAnswers(run) {
		t.printf("\n%s\n", t.paint(ansiStrong, answer.title))
		t.field("", answer.subject+answer.sentence, "")
	}
}

// terminal writes lines; a write error is kept by out until Flush.
type terminal struct {
	out     *bufio.Writer
	colour  bool
	verbose bool
	width   int
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
	t.field("contract", contractText(run.Target), "")
	t.field("", run.Target.Caveat, "")
	if key := run.Target.PublicKey; key != nil {
		t.field("public key", keyText(*key), "")
	}
	for _, remark := range run.Evidence.Remarks() {
		t.field("mind", remark, "")
	}
	t.field("tested", whenTested(run), "")
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

// failures tells what failed: all of it in full, or of the first what was seen and
// what to do about it.
func (t *terminal) failures(run record.Run) {
	if !t.verbose {
		failed := failing(run)
		for _, o := range failed[:min(len(failed), terminalCauses)] {
			t.cause(o)
		}
		return
	}
	for _, o := range failing(run) {
		t.failure("FAILED", ansiBad, o)
	}
	for _, o := range warnings(run) {
		t.failure("WARNING", ansiWarn, o)
	}
}

// cause tells of a failed check what was seen, and what to do about it.
func (t *terminal) cause(o record.Outcome) {
	t.printf("\n%s\n", t.paint(ansiStrong, defused(line(o.ID, nameLimit))))
	fixes := map[string]bool{}
	t.field("waiver", waiverText(o), ansiWarn)
	for i, finding := range o.Findings {
		if i == terminalFindings {
			break
		}
		t.field("seen", finding.Actual, ansiBad)
		if fix := cmp.Or(finding.Hint, o.Fix); !fixes[fix] {
			fixes[fix] = true
			t.field("fix", fix, "")
		}
	}
	if len(o.Findings) == 0 {
		t.field("seen", o.Reason, ansiBad)
	}
}

func (t *terminal) failure(word, colour string, o record.Outcome) {
	t.printf("\n%s  %s\n", t.paint(colour, word+" "+levelName(o.Level)), t.paint(ansiStrong, defused(line(o.ID, nameLimit))))
	t.field("", o.Title, "")
	t.field("waiver", waiverText(o), ansiWarn)
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
		label := "reproduce"
		for row := range strings.Lines(block(o.Reproduce, proseLimit)) {
			t.row(label, strings.TrimRight(row, "\n"), "") // unbroken, to be copied
			label = ""
		}
	}
}

// field writes a labelled text, wrapped, with its later lines below its first.
func (t *terminal) field(label, text, colour string) {
	for i, row := range wrapped(line(text, valueLimit), t.width-2-labelWidth) {
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
	rest := selected(run.Outcomes, func(o record.Outcome) bool {
		state := stateOf(o)
		return state != record.Passed && state != record.Failed && state != record.Waived && run.Effect(o) != record.Undecides
	})
	groups := byReason(rest)
	if len(groups) == 0 {
		return
	}
	t.printf("\n%s\n", t.paint(ansiFaint, "Not judged"))
	for i, group := range groups {
		if i == terminalReasons && !t.verbose {
			t.printf("  and for %s more: see the report\n", counted(len(groups)-i, "reason"))
			return
		}
		for i, row := range wrapped(idList(group.IDs, 4)+": "+group.Reason, t.width-4) {
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
// that is longer has a row of its own: an address that is broken cannot be copied.
func wrapped(text string, width int) []string {
	var rows []string
	row := ""
	for word := range strings.FieldsSeq(text) {
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
