package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

const (
	htmlLoadRuns    = 8   // load runs that are drawn
	htmlLoadSeconds = 120 // rows of the table by second
)

// htmlLoad is one load run.
type htmlLoad struct {
	Name, Verdict, Class string
	Sentence             string
	Facts                []fact
	Times                []htmlTimes
	Charts               []htmlChart
	Seconds              []htmlSecond
	SecondsCut           string
	Examples             []string
}

// htmlTimes is a row of the table of quantiles.
type htmlTimes struct{ Name, P50, P90, P99, P999, Max string }

// htmlChart is a chart; Text says in words what it shows.
type htmlChart struct {
	Title, Text string
	SVG         template.HTML
}

type htmlSecond struct{ Second, Requests, Failures, P50, P99, Max string }

// htmlLoads returns the load runs; the steps of a search are the capacity's.
func htmlLoads(loads []record.Load) (runs []htmlLoad) {
	for _, load := range loads {
		if !load.OnTheWay() && len(runs) < htmlLoadRuns {
			runs = append(runs, newHTMLLoad(load))
		}
	}
	return runs
}

func loadClass(load record.Load) string {
	switch load.Verdict {
	case record.LoadMeets:
		return "passed"
	case record.LoadMisses:
		return "failed"
	}
	return "open"
}

func newHTMLLoad(load record.Load) htmlLoad {
	view := htmlLoad{
		Name: cmp.Or(line(load.Name, nameLimit), "load"), Verdict: cmp.Or(line(load.Verdict, nameLimit), "not judged"), Class: loadClass(load),
		Facts: []fact{{Label: "Rate", Text: loadRate(load)}}, Sentence: loadSentence(load),
	}
	add := func(label, text string) {
		if text != "" {
			view.Facts = append(view.Facts, fact{Label: label, Text: text})
		}
	}
	add("Failed", loadFailures(load))
	add("Tokens", loadTokens(load.Tokens))
	add("Objective", loadObjective(load.Objective))
	add("Because", line(load.Reason, valueLimit))
	add("Generator", generatorText(load))
	for _, times := range []struct {
		name string
		q    record.Quantiles
	}{{"from the time it was due (latency)", load.Latency}, {"from the time it was sent (service)", load.Service}, {"sent late by (lateness)", load.Lateness}} {
		q := times.q
		view.Times = append(view.Times, htmlTimes{times.name, seconds(q.P50), seconds(q.P90), seconds(q.P99), seconds(q.P999), seconds(q.Max)})
	}
	for i, example := range load.Tokens.Examples {
		if i == htmlFindings {
			break
		}
		view.Examples = append(view.Examples, fmt.Sprintf("%s, after %s: %s", line(example.Kind, nameLimit), seconds(example.Second), line(example.Text, valueLimit)))
	}
	view.chart("Rate "+load.ByRow(), rateText(load), rateBySecond, load)
	view.chart("Latency "+load.ByRow(), bySecondText(load), latencyBySecond, load)
	view.chart("Failures and wrong tokens "+load.ByRow(), failedBySecondText(load), failuresBySecond, load)
	view.chart("Latency distribution", distributionText(load), latencyDistribution, load)
	view.seconds(load.Series)
	return view
}

func generatorText(load record.Load) string {
	g := load.Generator
	text := fmt.Sprintf("at most %s in flight", counted(g.MaxOpen, "request"))
	if g.CPUSeconds > 0 {
		text += ", " + seconds(g.CPUSeconds) + " of processor time"
	}
	if g.Bound {
		text += "; it was the bottleneck"
		if g.Reason != "" && !strings.Contains(load.Reason, g.Reason) {
			text += ": " + line(g.Reason, valueLimit)
		}
	}
	return text
}

// chart adds a chart where there is something to draw.
func (l *htmlLoad) chart(title, text string, draw func(record.Load) (string, error), load record.Load) {
	svg, err := draw(load)
	if err != nil {
		return // the figures stand in the tables all the same
	}
	l.Charts = append(l.Charts, htmlChart{title, text, template.HTML(svg)}) // drawn from numbers, without a text of the run
}

func bySecondText(load record.Load) string {
	series := load.Series
	if len(series) == 0 {
		return ""
	}
	low, high, worst := series[0].P50, series[0].P50, series[0]
	for _, row := range series {
		low, high = min(low, row.P50), max(high, row.P50)
		if row.P99 > worst.P99 {
			worst = row
		}
	}
	if load.RowSeconds() > 1 {
		return fmt.Sprintf("The p50 of %d s lay between %s and %s; the highest p99 was %s, in those from second %d.", load.RowSeconds(), seconds(low), seconds(high), seconds(worst.P99), worst.Second)
	}
	return fmt.Sprintf("The p50 of a second lay between %s and %s; the highest p99 was %s, in second %d.", seconds(low), seconds(high), seconds(worst.P99), worst.Second)
}

func distributionText(load record.Load) string {
	return fmt.Sprintf("Half of the answers came within %s, 99 of 100 within %s, the slowest after %s.", seconds(load.Latency.P50), seconds(load.Latency.P99), seconds(load.Latency.Max))
}

func (l *htmlLoad) seconds(series []record.LoadSecond) {
	for i, row := range series {
		if i == htmlLoadSeconds {
			l.SecondsCut = counted(len(series)-i, "row") + " more in the run file."
			return
		}
		l.Seconds = append(l.Seconds, htmlSecond{
			Second: fmt.Sprint(row.Second), Requests: grouped("%d", row.Requests), Failures: grouped("%d", row.Failures),
			P50: seconds(row.P50), P99: seconds(row.P99), Max: seconds(row.Max),
		})
	}
}

// loadSentence is the load's answer: what was measured at the objective's percentile.
func loadSentence(load record.Load) string {
	o := load.Objective
	if o.Percentile == 0 {
		return fmt.Sprintf("%s answered, p99 %s.", perSecond(load.Achieved), seconds(load.Latency.P99))
	}
	return fmt.Sprintf("%s answered of %s requested; p%g %s, objective %s.", perSecond(load.Achieved), perSecond(load.Requested), o.Percentile, seconds(cmp.Or(load.AtObjective, load.Latency.P99)), seconds(o.Latency))
}

func rateText(load record.Load) string {
	return fmt.Sprintf("%s were requested, %s were answered.", perSecond(load.Requested), perSecond(load.Achieved))
}

func failedBySecondText(load record.Load) string {
	return loadFailures(load) + "; tokens: " + loadTokens(load.Tokens) + "."
}

// htmlCapacity is the answer of a search for the highest rate.
type htmlCapacity struct {
	Sentence, Class string
	Points          []htmlPoint
	Charts          []htmlChart
}

// htmlPoint is one rate of a search.
type htmlPoint struct{ Rate, Achieved, Latency, Tries, Verdict, Class string }

func newHTMLCapacity(c *record.Capacity) *htmlCapacity {
	if c == nil {
		return nil
	}
	view := &htmlCapacity{Class: map[string]string{
		record.CapacityFound: "passed", record.CapacityAtLeast: "passed", record.CapacityNone: "failed",
	}[c.Verdict]}
	if len(c.Points) > 0 || c.Verdict != record.CapacityNone {
		view.Sentence = line("The endpoint "+c.Sentence()+".", valueLimit)
	}
	view.Class = cmp.Or(view.Class, "open")
	for _, p := range c.Points {
		row := htmlPoint{
			Rate: perSecond(p.Rate), Achieved: perSecond(p.Achieved), Latency: seconds(p.Latency),
			Tries: fmt.Sprintf("%d of %d met", p.Met, p.Tries), Verdict: line(p.Verdict, nameLimit), Class: "open",
		}
		switch p.Verdict {
		case record.LoadMeets:
			row.Class = "passed"
		case record.LoadMisses:
			row.Class = "failed"
		}
		view.Points = append(view.Points, row)
	}
	if svg, err := capacityChart(*c); err == nil {
		view.Charts = []htmlChart{{"Latency by rate", view.Sentence, template.HTML(svg)}} // drawn from numbers
	}
	return view
}

// htmlComparison is several endpoints side by side.
type htmlComparison struct {
	Sentence string
	Entries  []htmlEntry
}

// htmlEntry is one endpoint: its median rate as a bar, and the ratio to the first.
type htmlEntry struct {
	Name, Rate, Latency, Ratio string
	Percent, Low, High         float64 // of the longest bar
	Interval                   bool
}

func newHTMLComparison(c *record.Comparison) *htmlComparison {
	if c == nil || len(c.Entries) == 0 {
		return nil
	}
	view := &htmlComparison{Sentence: line(c.Sentence(), valueLimit)}
	longest := 0.0
	for _, e := range c.Entries {
		longest = max(longest, e.Rate)
	}
	for _, r := range c.Ratios {
		longest = max(longest, r.High*c.Entries[0].Rate)
	}
	share := func(rate float64) float64 {
		if longest <= 0 {
			return 0
		}
		return 100 * rate / longest
	}
	for _, e := range c.Entries {
		row := htmlEntry{Name: line(e.Name, nameLimit), Rate: perSecond(math.Round(e.Rate)), Latency: seconds(e.Latency.P99), Percent: share(e.Rate)}
		for _, r := range c.Ratios {
			if r.Entry == e.Name && r.High > 0 {
				row.Ratio = fmt.Sprintf("%.3g× (%.3g to %.3g)", r.Ratio, r.Low, r.High)
				row.Low, row.High, row.Interval = share(r.Low*c.Entries[0].Rate), share(r.High*c.Entries[0].Rate), true
			}
		}
		view.Entries = append(view.Entries, row)
	}
	return view
}
