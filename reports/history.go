package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

const (
	historyRuns   = 200 // runs of one target that are told, the latest
	historyMatrix = 30  // of them in the table of checks
)

// History is the trends over saved runs, by what was tested. It keeps of a run only
// what it tells, so that many large ones fit.
type History struct {
	targets map[string][]pastRun
}

// pastRun is one run of a history.
type pastRun struct {
	File                     string
	Time                     time.Time
	Took                     float64
	Verdict                  record.Verdict
	Passed, Failed, Warnings int
	P99, Rate                float64 // of the first load, in seconds and per second; 0 for none
	Capacity                 float64 // the rate that is held; 0 where none was searched
	Renewal                  float64 // seconds in which the page renewed the token; 0 where it did not
	Version                  string
	States                   map[string]record.State
	Levels                   map[string]record.Level
}

// Add adds the run in the file.
func (h *History) Add(file string, run record.Run) {
	past := pastRun{
		File: line(file, nameLimit), Time: run.StartedAt, Took: run.FinishedAt.Sub(run.StartedAt).Seconds(), Verdict: run.Decide(),
		Passed: len(run.With(record.Holds)), Failed: len(failing(run)), Warnings: len(warnings(run)), Version: line(run.Tool.Version, nameLimit),
		States: map[string]record.State{}, Levels: map[string]record.Level{},
	}
	for _, o := range run.Outcomes {
		past.States[o.ID], past.Levels[o.ID] = stateOf(o), o.Level
	}
	if i := slices.IndexFunc(run.Load, func(l record.Load) bool { return l.Role == "" }); i >= 0 {
		past.P99, past.Rate = run.Load[i].Latency.P99, run.Load[i].Achieved
	}
	if run.Capacity != nil {
		past.Capacity = run.Capacity.Holds
	}
	if run.Evidence.Page != nil && past.States["page-renews"] == record.Passed {
		past.Renewal = renewalSeconds(run.Evidence.Page)
	}
	if h.targets == nil {
		h.targets = map[string][]pastRun{}
	}
	target := cmp.Or(line(run.Target.Endpoint, nameLimit), line(run.Target.Page, nameLimit), "no target")
	if run.Target.Demo {
		target = "the built-in demo site"
	}
	h.targets[target] = append(h.targets[target], past)
}

// renewalSeconds is how long the page took to renew the first visitor's token; 0
// where it did not.
func renewalSeconds(page *record.Page) float64 {
	for _, f := range page.Firings {
		if f.Visitor == record.VisitorFirst && f.Step == record.StepExpiry && f.Value.JWT {
			return f.Seconds
		}
	}
	return 0
}

// pastTarget is the runs of one target, the oldest first.
type pastTarget struct {
	Name    string
	Runs    []pastRun
	Omitted int
}

func (h *History) ordered() []pastTarget {
	var all []pastTarget
	for name, runs := range h.targets {
		runs = slices.Clone(runs)
		slices.SortFunc(runs, func(a, b pastRun) int {
			return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.File, b.File))
		})
		omitted := max(0, len(runs)-historyRuns)
		all = append(all, pastTarget{name, runs[omitted:], omitted})
	}
	slices.SortFunc(all, func(a, b pastTarget) int {
		return cmp.Or(b.last().Time.Compare(a.last().Time), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (t pastTarget) last() pastRun { return t.Runs[len(t.Runs)-1] }

// sentence says where the target stands: its verdict, since when, and its failures.
func (t pastTarget) sentence() string {
	last, same := t.last(), 1
	for i := len(t.Runs) - 2; i >= 0 && t.Runs[i].Verdict == last.Verdict; i-- {
		same++
	}
	text := fmt.Sprintf("%s in the latest of %s, on %s", verdictName(last.Verdict), counted(len(t.Runs)+t.Omitted, "run"), day(last.Time))
	if same > 1 {
		text += fmt.Sprintf("; so in the last %d, since %s", same, day(t.Runs[len(t.Runs)-same].Time))
	}
	return text + "."
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// changing are the ids of the checks that failed in one of the runs, those that
// fail now first, then those that changed most often.
func (t pastTarget) changing() []string {
	weight := map[string]int{}
	for i, run := range t.Runs {
		for id, state := range run.States {
			if state == record.Failed {
				weight[id] += 1
				if i == len(t.Runs)-1 {
					weight[id] += len(t.Runs) * 2
				}
			}
		}
	}
	var ids []string
	for id := range weight {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b)) })
	return ids
}

// HTML writes the history as one page, made as that of a run is.
func (h *History) HTML(w io.Writer) error {
	page := struct {
		Style   template.CSS
		Targets []htmlPast
	}{Style: htmlStyle}
	for _, target := range h.ordered() {
		page.Targets = append(page.Targets, newHTMLPast(target))
	}
	return htmlTemplate.ExecuteTemplate(w, "history.tmpl", page)
}

// Terminal writes the history in short: a line for each target's latest runs.
func (h *History) Terminal(w io.Writer, screen Screen) error {
	t := newTerminal(w, screen)
	for i, target := range h.ordered() {
		if i > 0 {
			t.printf("\n")
		}
		t.printf("%s\n", t.paint(ansiStrong, defused(target.Name)))
		t.field("", target.sentence(), "")
		const shown = 10
		for _, run := range target.Runs[max(0, len(target.Runs)-shown):] {
			t.row(run.Time.UTC().Format("2006-01-02"), strings.Join(run.cells(), "  "), verdictColour(run.Verdict))
		}
	}
	return t.out.Flush()
}

// cells are the figures of a run in words.
func (r pastRun) cells() []string {
	cells := []string{fmt.Sprintf("%-12s", strings.ToLower(verdictName(r.Verdict))), fmt.Sprintf("%3d failed", r.Failed)}
	if r.P99 > 0 {
		cells = append(cells, "p99 "+seconds(r.P99))
	}
	if r.Capacity > 0 {
		cells = append(cells, "holds "+perSecond(math.Round(r.Capacity)))
	}
	return cells
}

// htmlPast is one target of a history as the page shows it.
type htmlPast struct {
	Name, Sentence, Class, Mark string
	Charts                      []htmlChart
	Runs                        []htmlPastRun
	Omitted                     int
	Columns                     []htmlPastRun
	Checks                      []htmlPastCheck
}

type htmlPastRun struct {
	Date, Verdict, Class, Mark string
	Failed, Warnings, Passed   int
	P99, Rate, Renewal         string
	Version, File              string
}

// htmlPastCheck is one check over the runs.
type htmlPastCheck struct {
	ID, Level string
	Cells     []htmlPastCell
}

type htmlPastCell struct{ State, Mark, Text string }

func newHTMLPast(target pastTarget) htmlPast {
	view := htmlPast{Name: target.Name, Sentence: target.sentence(), Omitted: target.Omitted}
	view.Class, view.Mark = verdictLook(target.last().Verdict)
	for _, run := range slices.Backward(target.Runs) {
		view.Runs = append(view.Runs, newHTMLPastRun(run))
	}
	recent := target.Runs[max(0, len(target.Runs)-historyMatrix):]
	for _, run := range recent {
		view.Columns = append(view.Columns, newHTMLPastRun(run))
	}
	for _, id := range target.changing() {
		row := htmlPastCheck{ID: line(id, nameLimit), Level: levelName(target.last().Levels[id])}
		for _, run := range recent {
			state := cmp.Or(run.States[id], Absent)
			row.Cells = append(row.Cells, htmlPastCell{string(state), cmp.Or(stateMarks[state], "–"), stateName(state)})
		}
		view.Checks = append(view.Checks, row)
	}
	view.charts(target.Runs)
	return view
}

func newHTMLPastRun(run pastRun) htmlPastRun {
	view := htmlPastRun{
		Date: run.Time.UTC().Format("2006-01-02 15:04"), Verdict: verdictName(run.Verdict), Failed: run.Failed, Warnings: run.Warnings,
		Passed: run.Passed, Version: run.Version, File: run.File, P99: "–", Rate: "–", Renewal: "–",
	}
	view.Class, view.Mark = verdictLook(run.Verdict)
	if run.P99 > 0 {
		view.P99, view.Rate = seconds(run.P99), perSecond(math.Round(run.Rate))
	}
	if run.Capacity > 0 {
		view.Rate = "holds " + perSecond(math.Round(run.Capacity))
	}
	if run.Renewal > 0 {
		view.Renewal = seconds(run.Renewal)
	}
	return view
}

// charts draws what there is in two runs at least.
func (p *htmlPast) charts(runs []pastRun) {
	trend := func(title, vertical string, curves ...pastCurve) {
		if svg, text, err := drawnTrend(runs, vertical, curves); err == nil {
			p.Charts = append(p.Charts, htmlChart{title, text, template.HTML(svg)}) // drawn from numbers
		}
	}
	trend("Failed checks", "checks",
		pastCurve{"fail the run", func(r pastRun) float64 { return float64(r.Failed) }, true, record.Count[float64]},
		pastCurve{"warnings", func(r pastRun) float64 { return float64(r.Warnings) }, true, record.Count[float64]})
	trend("Latency of the load", "p99 in ms", pastCurve{"p99", func(r pastRun) float64 { return r.P99 * 1e3 }, false, milliseconds})
	trend("Capacity", "requests per second", pastCurve{"held", func(r pastRun) float64 { return r.Capacity }, false, perSecond})
	trend("Renewal on the page", "ms", pastCurve{"from the event to the token", func(r pastRun) float64 { return r.Renewal * 1e3 }, false, milliseconds})
}

// pastCurve is one figure of the runs; Zero says whether 0 is a value of it.
type pastCurve struct {
	Name   string
	Value  func(pastRun) float64
	Zero   bool
	Format func(float64) string
}

// milliseconds writes a time of which there are so many.
func milliseconds(ms float64) string { return seconds(ms / 1e3) }

func drawnTrend(runs []pastRun, vertical string, curves []pastCurve) (svg, text string, err error) {
	dates := func(low, high float64) []tick {
		marks := wholeNumbers(low, high)
		every := (len(marks) + 4) / 5 // five dates have room
		for i, mark := range marks {
			marks[i].Label = ""
			if at := int(mark.Value) - 1; at >= 0 && at < len(runs) && (len(marks)-1-i)%every == 0 {
				marks[i].Label = runs[at].Time.UTC().Format("2 Jan")
			}
		}
		return marks
	}
	values := axis{vertical, roundTicks}
	if curves[0].Zero {
		values.Ticks = wholeNumbers
	}
	looks := []curve{{Colour: "--line-1"}, {Colour: "--line-2", Dashes: "7 3"}}
	var drawnCurves []curve
	for i, c := range curves {
		look := looks[i]
		look.Name = c.Name
		for x, run := range runs {
			if v := c.Value(run); c.Zero || v > 0 {
				look.Points = append(look.Points, point{X: float64(x + 1), Y: v})
			}
		}
		if len(look.Points) < 2 {
			return "", "", errNoPoints
		}
		first, last := look.Points[0].Y, look.Points[len(look.Points)-1].Y
		text += fmt.Sprintf("%s: first %s, now %s. ", c.Name, c.Format(first), c.Format(last))
		drawnCurves = append(drawnCurves, look)
	}
	svg, err = drawn(axis{"run, the latest on the right", dates}, values, record.Objective{}, drawnCurves)
	return svg, strings.TrimSpace(text), err
}
