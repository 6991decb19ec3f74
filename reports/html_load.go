package reports

import (
	"cmp"
	"fmt"
	"html/template"

	"github.com/webchatspec/webchatspec/record"
)

const (
	htmlLoadRuns    = 8   // load runs that are drawn
	htmlLoadSeconds = 120 // rows of the table by second
)

// htmlLoad is one load run.
type htmlLoad struct {
	Name, Verdict, Class string
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

// htmlLoadStep is one step of a search for the highest rate.
type htmlLoadStep struct{ Rate, Achieved, Latency, Failed, Verdict, Class string }

// htmlLoads returns the load runs, and apart from them the steps of a search.
func htmlLoads(loads []record.Load) (runs []htmlLoad, steps []htmlLoadStep) {
	for _, load := range loads {
		switch {
		case load.Role == record.RoleSearch:
			steps = append(steps, htmlLoadStep{
				Rate: perSecond(load.Requested), Achieved: perSecond(load.Achieved), Latency: seconds(load.Latency.P99),
				Failed: percent(load.ErrorShare()), Verdict: line(load.Verdict, nameLimit), Class: loadClass(load),
			})
		case len(runs) < htmlLoadRuns:
			runs = append(runs, newHTMLLoad(load))
		}
	}
	return runs, steps
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
		Facts: []fact{{Label: "Rate", Text: loadRate(load)}},
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
	view.chart("Latency by second", bySecondText(load.Series), latencyBySecond, load)
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
		if g.Reason != "" {
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

func bySecondText(series []record.LoadSecond) string {
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
	return fmt.Sprintf("The p50 of a second lay between %s and %s; the highest p99 was %s, in second %d.", seconds(low), seconds(high), seconds(worst.P99), worst.Second)
}

func distributionText(load record.Load) string {
	return fmt.Sprintf("Half of the answers came within %s, 99 of 100 within %s, the slowest after %s.", seconds(load.Latency.P50), seconds(load.Latency.P99), seconds(load.Latency.Max))
}

func (l *htmlLoad) seconds(series []record.LoadSecond) {
	for i, row := range series {
		if i == htmlLoadSeconds {
			l.SecondsCut = counted(len(series)-i, "second") + " more in the run file."
			return
		}
		l.Seconds = append(l.Seconds, htmlSecond{
			Second: fmt.Sprint(row.Second), Requests: grouped("%d", row.Requests), Failures: grouped("%d", row.Failures),
			P50: seconds(row.P50), P99: seconds(row.P99), Max: seconds(row.Max),
		})
	}
}
