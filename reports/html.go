package reports

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

//go:embed html
var htmlFiles embed.FS

var (
	htmlTemplate = template.Must(template.ParseFS(htmlFiles, "html/*.tmpl"))
	htmlStyle    = embeddedStyle()
)

func embeddedStyle() template.CSS {
	style, err := htmlFiles.ReadFile("html/report.css")
	if err != nil {
		panic(err) // the file is part of the program
	}
	return template.CSS(style)
}

// htmlFindings is how many findings of one check are shown.
const htmlFindings = 25

// HTML writes run as one self-contained page: no script, nothing from the
// network (its content security policy forbids both), light and dark, for
// screens of any width and for paper.
func HTML(w io.Writer, run record.Run) error {
	return htmlTemplate.ExecuteTemplate(w, "report.tmpl", newHTMLReport(run))
}

// htmlReport is what the template prints; all its texts are fit to be shown.
type htmlReport struct {
	Style      template.CSS
	Title      string
	Verdict    string
	Mark       string
	Class      string // "passed", "failed" or "open"
	Subject    string // what was tested, in one line
	Headline   string
	Demo       bool
	Target     []fact
	Cards      []htmlCard
	Shortfalls []string
	Fixes      []htmlFix
	Since      *htmlSince
	Areas      []htmlArea
	Unjudged   []htmlUnjudged
	Waived     []htmlOutcome
	Page       *htmlPage
	Loads      []htmlLoad
	Capacity   *htmlCapacity
	Recovery   string // the way back from an overload, in a sentence
	Comparison *htmlComparison
	Keys       []htmlKey
	Tokens     []fact
	Parts      []htmlPart
	Total      string
	Tool       string
}

// fact is a labelled text. Code is set for texts that are shown as they are.
type fact struct {
	Label, Text string
	Code        bool
}

type htmlPart struct{ Name, Took, Failure string }

func newHTMLReport(run record.Run) htmlReport {
	report := htmlReport{
		Style:      htmlStyle,
		Title:      strings.TrimSuffix(fmt.Sprintf("%s: %s", verdictName(run.Decide()), line(cmp.Or(run.Target.Endpoint, run.Target.Page), nameLimit)), ": "),
		Verdict:    verdictTitle(run),
		Subject:    subjectOf(run),
		Headline:   headline(run),
		Demo:       run.Target.Demo,
		Target:     targetFacts(run),
		Fixes:      htmlFixes(run),
		Since:      newHTMLSince(run),
		Unjudged:   htmlUnjudgedOf(run),
		Page:       newHTMLPage(run.Evidence.Page),
		Capacity:   newHTMLCapacity(run.Capacity),
		Comparison: newHTMLComparison(run.Comparison),
		Keys:       htmlKeys(run.Evidence),
		Tokens:     tokenFacts(run.Evidence.Tokens),
		Tool:       strings.TrimSpace(line(run.Tool.Name, nameLimit) + " " + line(run.Tool.Version, nameLimit)),
	}
	report.Class, report.Mark = verdictLook(run.Decide())
	report.Loads = htmlLoads(run.Load)
	if back, ok := run.Recovery(); ok {
		report.Recovery = line("The endpoint "+back.Sentence()+".", valueLimit)
	}
	report.Cards = htmlCards(run, report.Page)
	report.Shortfalls = append(report.Shortfalls, oneCauseEach(run.Shortfalls())...)
	for _, group := range byReason(undecided(run)) {
		if !slices.ContainsFunc(report.Shortfalls, func(told string) bool { return strings.Contains(told, group.Reason) }) {
			report.Shortfalls = append(report.Shortfalls, fmt.Sprintf("Could not be decided: %s (%s)", group.Reason, idList(group.IDs, 6)))
		}
	}
	report.areas(run)
	for _, part := range run.Parts {
		row := htmlPart{Name: line(part.Name, nameLimit), Took: seconds(part.Seconds)}
		if part.Failure != nil {
			row.Failure = line(part.Failure.Message, valueLimit)
		}
		report.Parts = append(report.Parts, row)
	}
	report.Total = duration(run)
	return report
}

// duration is how long the run took, "" where it does not say.
func duration(run record.Run) string {
	if took := run.FinishedAt.Sub(run.StartedAt).Seconds(); took > 0 && !run.StartedAt.IsZero() {
		return seconds(took)
	}
	return ""
}

// whenTested says when the run began, and how long it took.
func whenTested(run record.Run) string {
	if took := duration(run); took != "" {
		return instant(run.StartedAt) + ", took " + took
	}
	return instant(run.StartedAt)
}

// subjectOf says what was tested, when, and for how long.
func subjectOf(run record.Run) string {
	parts := []string{shortened(line(cmp.Or(run.Target.Endpoint, run.Target.Page, "no target"), nameLimit), 80), instant(run.StartedAt)}
	if took := duration(run); took != "" {
		parts = append(parts, "took "+took)
	}
	return strings.Join(parts, " · ")
}

// oneCauseEach joins parts that could not be done for the same reason.
func oneCauseEach(shortfalls []record.Shortfall) []string {
	var messages []string
	names := map[string][]string{}
	for _, s := range shortfalls {
		message := line(s.Message, valueLimit)
		if names[message] == nil {
			messages = append(messages, message)
		}
		names[message] = append(names[message], line(s.Name, nameLimit))
	}
	for i, message := range messages {
		if who := joined(names[message]); who != "interrupted" && who != "nothing asserted" {
			messages[i] = who + ": " + message
		}
	}
	return messages
}

func verdictLook(verdict record.Verdict) (class, mark string) {
	switch verdict {
	case record.VerdictPassed:
		return "passed", "✓"
	case record.VerdictFailed:
		return "failed", "✕"
	}
	return "open", "?"
}

func targetFacts(run record.Run) []fact {
	var facts []fact
	add := func(label, text string, code bool) {
		if text != "" {
			facts = append(facts, fact{label, line(text, valueLimit), code})
		}
	}
	add("Token endpoint", run.Target.Endpoint, true)
	add("Embed page", run.Target.Page, true)
	add("Contract", contractText(run.Target), false)
	add("Mind", run.Target.Caveat, false)
	if key := run.Target.PublicKey; key != nil {
		add("Public key", keyText(*key), false)
	}
	for _, remark := range run.Evidence.Remarks() {
		add("Mind", remark, false)
	}
	add("Tested", whenTested(run), false)
	return facts
}

// htmlArea is one area, folded, with its counts.
type htmlArea struct {
	Name, Counts string
	Bar          []htmlShare
	Outcomes     []htmlOutcome
}

type htmlOutcome struct {
	Anchor, ID, Title, Level string
	State                    record.State
	StateName, Mark          string
	// InFixes is set for what "What to fix" tells in full.
	InFixes        bool
	Reason, Waiver string
	Findings       []record.Finding
	More           string
	Why, Fix       string
	Source         []htmlSource
	Reproduce      string
}

func (r *htmlReport) areas(run record.Run) {
	for i, a := range areasOf(run.Outcomes) {
		shown := htmlArea{Name: a.Name, Counts: tallyOf(a.Outcomes).String(), Bar: htmlBar(a.Outcomes)}
		for j, o := range a.Outcomes {
			view := newHTMLOutcome(o, fmt.Sprintf("check-%d-%d", i+1, j+1))
			view.InFixes = view.State == record.Failed
			if view.State == record.Waived {
				r.Waived = append(r.Waived, view)
			}
			shown.Outcomes = append(shown.Outcomes, view)
		}
		r.Areas = append(r.Areas, shown)
	}
}

// htmlSource is one source of a requirement, with its address where it has one.
type htmlSource struct{ Text, URL string }

// htmlSources are the sources of a check, those that can be read on the web as links.
func htmlSources(o record.Outcome) []htmlSource {
	var sources []htmlSource
	for part := range strings.SplitSeq(line(o.Source, valueLimit), ";") {
		source := htmlSource{Text: strings.TrimSpace(part)}
		if source.Text == "" {
			continue
		}
		for _, link := range o.Links {
			if link.Text == source.Text && isWebAddress(link.URL) {
				source.URL = link.URL
			}
		}
		sources = append(sources, source)
	}
	return sources
}

// isWebAddress says whether a link may lead there: to a page, without a password in
// its address.
func isWebAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(address) < nameLimit
}

// anchors are the check ids that can stand in an address as they are.
var anchors = regexp.MustCompile(`^[a-z][a-z0-9-]{0,60}$`)

var stateMarks = map[record.State]string{
	record.Passed: "✓", record.Failed: "✕", record.Inconclusive: "?", record.NotRun: "–",
	record.Blocked: "↳", record.Waived: "~", record.NotApplicable: "–",
}

func newHTMLOutcome(o record.Outcome, anchor string) htmlOutcome {
	state := stateOf(o)
	view := htmlOutcome{
		Anchor: anchor, ID: line(o.ID, nameLimit), Title: cmp.Or(line(o.Title, valueLimit), line(o.ID, nameLimit)),
		Level: levelName(o.Level), State: state, StateName: stateNames[state], Mark: stateMarks[state],
		Reason: reasonOf(o), Waiver: waiverText(o),
		Why: block(o.Why, proseLimit), Fix: block(o.Fix, proseLimit), Source: htmlSources(o), Reproduce: block(o.Reproduce, proseLimit),
	}
	if anchors.MatchString(o.ID) {
		view.Anchor = o.ID
	}
	for i, f := range o.Findings {
		if i == htmlFindings {
			view.More = counted(len(o.Findings)-i, "finding") + " more in the run file."
			break
		}
		shown := record.Finding{
			Requirement: line(f.Requirement, valueLimit), Expected: line(f.Expected, valueLimit),
			Actual: line(f.Actual, valueLimit), Hint: block(hintOf(f, o), proseLimit),
		}
		if shown.Requirement == view.Title {
			shown.Requirement = "" // the heading says it
		}
		view.Findings = append(view.Findings, shown)
	}
	return view
}
