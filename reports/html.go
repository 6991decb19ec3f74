package reports

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
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
	Style    template.CSS
	Title    string
	Verdict  string
	Mark     string
	Class    string // "passed", "failed" or "open"
	Headline string
	Demo     bool
	Target   []fact
	Counts   htmlCounts
	Answers  []fact
	Failed   []htmlOutcome
	Warnings []htmlOutcome
	Open     []reasonGroup
	Areas    []htmlArea
	Page     *htmlPage
	Loads    []htmlLoad
	Search   []htmlLoadStep
	Keys     []htmlKey
	Tokens   []fact
	Stages   []htmlStage
	Total    string
	Tool     string
}

// fact is a labelled text. Code is set for texts that are shown as they are.
type fact struct {
	Label, Text string
	Code        bool
}

type htmlStage struct{ Name, Took, Failure string }

func newHTMLReport(run record.Run) htmlReport {
	verdict := verdictName(run.Decide())
	report := htmlReport{
		Style:    htmlStyle,
		Title:    strings.TrimSuffix(fmt.Sprintf("%s: %s", verdict, line(cmp.Or(run.Target.Endpoint, run.Target.Page), nameLimit)), ": "),
		Verdict:  verdict,
		Headline: headline(run),
		Demo:     run.Target.Demo,
		Target:   targetFacts(run),
		Counts:   countsOf(run.Outcomes),
		Answers:  answersOf(run),
		Open:     byReason(selected(run.Outcomes, concerns)),
		Page:     newHTMLPage(run.Evidence.Page),
		Keys:     htmlKeys(run.Evidence),
		Tokens:   tokenFacts(run.Evidence.Tokens),
		Tool:     strings.TrimSpace(line(run.Tool.Name, nameLimit) + " " + line(run.Tool.Version, nameLimit)),
	}
	report.Class, report.Mark = verdictLook(run.Decide())
	report.Loads, report.Search = htmlLoads(run.Load)
	report.outcomes(run)
	for _, stage := range run.Stages {
		row := htmlStage{Name: line(stage.Name, nameLimit), Took: seconds(stage.Seconds)}
		if stage.Failure != nil {
			row.Failure = line(stage.Failure.Message, valueLimit)
		}
		report.Stages = append(report.Stages, row)
	}
	if took := run.FinishedAt.Sub(run.StartedAt).Seconds(); took > 0 && !run.StartedAt.IsZero() {
		report.Total = seconds(took)
	}
	return report
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
	if key := run.Target.PublicKey; key != nil {
		add("Public key", keyText(*key), false)
	}
	when := instant(run.StartedAt)
	if took := run.FinishedAt.Sub(run.StartedAt).Seconds(); took > 0 && !run.StartedAt.IsZero() {
		when += ", took " + seconds(took)
	}
	add("Tested", when, false)
	return facts
}

// htmlCounts is the table of outcomes by state and level.
type htmlCounts struct {
	Levels []string
	Rows   []htmlCountRow
}

type htmlCountRow struct {
	State record.State
	Name  string
	Cells []int // by level, the sum last
}

func countsOf(outcomes []record.Outcome) htmlCounts {
	var columns []tally
	counts := htmlCounts{}
	for _, level := range levels {
		columns = append(columns, tallyOf(selected(outcomes, func(o record.Outcome) bool { return o.Level == level })))
		counts.Levels = append(counts.Levels, string(level))
	}
	columns = append(columns, tallyOf(outcomes))
	counts.Levels = append(counts.Levels, "all")
	for _, state := range []record.State{record.Passed, record.Failed, record.Inconclusive, record.Waived, record.Blocked, record.NotApplicable, record.NotRun} {
		row := htmlCountRow{State: state, Name: stateNames[state]}
		for _, column := range columns {
			row.Cells = append(row.Cells, column[state])
		}
		if row.Cells[len(levels)] > 0 || state == record.Passed || state == record.Failed {
			counts.Rows = append(counts.Rows, row)
		}
	}
	return counts
}

// htmlArea is one area: the outcomes that are shown, and those folded away
// because they were not to be judged in this run.
type htmlArea struct {
	Name         string
	Counts       string
	Outcomes     []htmlOutcome
	Folded       []htmlOutcome
	FoldedCounts string
}

type htmlOutcome struct {
	Anchor, ID, Title, Level string
	State                    record.State
	StateName, Mark          string
	Open                     bool
	Reason                   string
	Findings                 []record.Finding
	More                     string
	Why, Fix, Source         string
	Reproduce                string
}

func (r *htmlReport) outcomes(run record.Run) {
	for i, a := range areasOf(run.Outcomes) {
		shown := htmlArea{Name: a.Name, Counts: tallyOf(a.Outcomes).String()}
		for j, o := range a.Outcomes {
			view := newHTMLOutcome(o, fmt.Sprintf("check-%d-%d", i+1, j+1))
			switch {
			case view.State == record.NotApplicable, view.State == record.NotRun && !o.Wanted:
				shown.Folded = append(shown.Folded, view)
				continue
			case run.Effect(o) == record.Fails:
				r.Failed = append(r.Failed, view)
			case view.State == record.Failed:
				r.Warnings = append(r.Warnings, view)
			}
			shown.Outcomes = append(shown.Outcomes, view)
		}
		folded := tally{}
		for _, view := range shown.Folded {
			folded[view.State]++
		}
		shown.FoldedCounts = folded.String()
		if len(shown.Outcomes)+len(shown.Folded) > 0 {
			r.Areas = append(r.Areas, shown)
		}
	}
	for _, list := range [][]htmlOutcome{r.Failed, r.Warnings} {
		slices.SortStableFunc(list, func(a, b htmlOutcome) int {
			return cmp.Compare(slices.Index(levels, record.Level(a.Level)), slices.Index(levels, record.Level(b.Level)))
		})
	}
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
		Open: state == record.Failed, Reason: reasonOf(o),
		Why: block(o.Why, proseLimit), Fix: block(o.Fix, proseLimit), Source: line(o.Source, valueLimit), Reproduce: block(o.Reproduce, proseLimit),
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
