package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
)

// chartPoints bounds the points of a line: more cannot be told apart.
const chartPoints = 400

// latencyBySecond draws the latency in milliseconds over the seconds of a load.
func latencyBySecond(load record.Load) (svg string, err error) {
	rows := thinned(load.Series)
	points := func(value func(record.LoadSecond) float64) []point {
		var xys []point
		for _, row := range rows {
			xys = append(xys, point{X: float64(row.Second), Y: value(row) * 1e3})
		}
		return xys
	}
	return drawn(clockAxis, axis{"latency in ms", roundTicks}, load.Objective, []curve{
		{Name: "longest", Points: points(func(r record.LoadSecond) float64 { return r.Max }), Colour: "--line-3", Dashes: "2 2"},
		{Name: "p99", Points: points(func(r record.LoadSecond) float64 { return r.P99 }), Colour: "--line-2", Dashes: "7 3"},
		{Name: "p50", Points: points(func(r record.LoadSecond) float64 { return r.P50 }), Colour: "--line-1"},
	})
}

// clockTicks marks seconds as minutes and seconds, a handful of them.
func clockTicks(low, high float64) []tick {
	step := max(1, roundStep(high-low))
	for _, whole := range []float64{10, 15, 30, 60, 120, 300, 600, 1800, 3600} {
		if step > 5 && (high-low)/whole <= 6 {
			step = whole
			break
		}
	}
	marks := ticks(low, high, step)
	for i, mark := range marks {
		marks[i].Label = fmt.Sprintf("%d:%02d", int(mark.Value)/60, int(mark.Value)%60)
	}
	return marks
}

// thinned keeps at most chartPoints seconds: of each group the worst.
func thinned(series []record.LoadSecond) []record.LoadSecond {
	group := (len(series) + chartPoints - 1) / chartPoints
	if group < 2 {
		return series
	}
	var kept []record.LoadSecond
	for i, row := range series {
		if i%group == 0 {
			kept = append(kept, row)
			continue
		}
		last := &kept[len(kept)-1]
		last.P50, last.P99, last.Max = max(last.P50, row.P50), max(last.P99, row.P99), max(last.Max, row.Max)
		last.Failures, last.Wrong = max(last.Failures, row.Failures), max(last.Wrong, row.Wrong)
	}
	return kept
}

// latencyDistribution draws the latency in milliseconds by percentile, the
// high ones stretched. Without a histogram it draws the quantiles alone.
func latencyDistribution(load record.Load) (svg string, err error) {
	p := plot{
		X: axis{"percentile", percentileTicks}, Y: axis{"latency in ms", roundTicks},
		Curves: []curve{
			{Name: "from the time it was due", Points: distribution(load.Histogram, load.Latency, load.Requests), Colour: "--line-1"},
			{Name: "from the time it was sent", Points: distribution(load.ServiceHistogram, load.Service, load.Requests), Colour: "--line-2", Dashes: "7 3"},
		},
	}
	if o := load.Objective; o.Percentile > 0 && o.Percentile < 100 && o.Latency > 0 && o.Latency <= 4*load.Latency.Max {
		p.Ring = &curve{Name: objectiveName(o), Points: []point{{X: nines(o.Percentile), Y: o.Latency * 1e3}}, Colour: "--bad"}
	}
	return p.svg()
}

// percentileTicks marks the percentiles that people name.
func percentileTicks(_, _ float64) []tick {
	marks := []tick{{0, "0"}}
	for _, percentile := range []float64{50, 90, 99, 99.9, 99.99, 99.999} {
		marks = append(marks, tick{nines(percentile), fmt.Sprintf("%g", percentile)})
	}
	return marks
}

// nines is the place of a percentile on the axis: 90 is 1, 99 is 2, 99.9 is 3.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// distribution returns the points of a percentile curve, up to the last
// percentile that the number of requests can tell.
func distribution(encoded string, q record.Quantiles, requests int64) []point {
	const step = 0.05
	last := min(math.Log10(max(float64(requests), 10)), nines(99.999))
	histogram, err := hdrhistogram.Decode([]byte(encoded))
	if err != nil || histogram.TotalCount() == 0 {
		return quantilePoints(q, last)
	}
	var points []point
	for x := 0.0; x <= last; x += step {
		percentile := 100 * (1 - math.Pow(10, -x))
		points = append(points, point{X: x, Y: float64(histogram.ValueAtQuantile(percentile)) / 1e3})
	}
	return append(points, point{X: last, Y: float64(histogram.Max()) / 1e3})
}

func quantilePoints(q record.Quantiles, last float64) []point {
	if q == (record.Quantiles{}) {
		return nil
	}
	return []point{
		{X: nines(50), Y: q.P50 * 1e3}, {X: nines(90), Y: q.P90 * 1e3}, {X: nines(99), Y: q.P99 * 1e3},
		{X: nines(99.9), Y: q.P999 * 1e3}, {X: max(last, nines(99.9)), Y: q.Max * 1e3},
	}
}

// clockAxis is the time of a load.
var clockAxis = axis{"time of the load (m:ss)", clockTicks}

// drawn draws the curves and the objective's latency as SVG.
func drawn(x, y axis, objective record.Objective, curves []curve) (string, error) {
	return plot{X: x, Y: y, Curves: append(curves, objectiveCurve(objective, curves))}.svg()
}

func objectiveName(o record.Objective) string { return fmt.Sprintf("objective for p%g", o.Percentile) }

// objectiveCurve is the latency of the objective over the width of the curves,
// where it is near enough to be shown without flattening them.
func objectiveCurve(objective record.Objective, curves []curve) curve {
	limit := objective.Latency * 1e3
	var xmin, xmax, ymax float64
	for _, c := range curves {
		for _, point := range c.Points {
			xmin, xmax, ymax = min(xmin, point.X), max(xmax, point.X), max(ymax, point.Y)
		}
	}
	if limit <= 0 || limit > 4*ymax {
		return curve{}
	}
	return curve{
		Name: objectiveName(objective), Colour: "--bad", Dashes: "10 3 2 3", Points: []point{{X: xmin, Y: limit}, {X: xmax, Y: limit}},
	}
}

// rateBySecond draws the rate that was asked for and the one that was answered.
func rateBySecond(load record.Load) (svg string, err error) {
	rows, span := thinned(load.Series), float64(load.RowSeconds())
	var asked, got []point
	for _, row := range rows {
		asked = append(asked, point{X: float64(row.Second), Y: float64(row.Requests) / span})
		got = append(got, point{X: float64(row.Second), Y: float64(row.Requests-row.Failures) / span})
	}
	return drawn(clockAxis, axis{"requests per second", roundTicks}, record.Objective{}, []curve{
		{Name: "requested", Points: asked, Colour: "--line-3", Dashes: "7 3"},
		{Name: "answered with a token", Points: got, Colour: "--line-1"},
	})
}

// failuresBySecond draws the failed requests and the wrong tokens, where there are any.
func failuresBySecond(load record.Load) (svg string, err error) {
	var failed, wrong []point
	any, span := false, float64(load.RowSeconds())
	for _, row := range thinned(load.Series) {
		failed = append(failed, point{X: float64(row.Second), Y: float64(row.Failures) / span})
		wrong = append(wrong, point{X: float64(row.Second), Y: float64(row.Wrong) / span})
		any = any || row.Failures > 0 || row.Wrong > 0
	}
	if !any {
		return "", errNoPoints
	}
	return drawn(clockAxis, axis{"per second", wholeNumbers}, record.Objective{}, []curve{
		{Name: "failed requests", Points: failed, Colour: "--bad"},
		{Name: "wrong tokens", Points: wrong, Colour: "--line-2", Dashes: "7 3"},
	})
}

// capacityChart draws the latency at the objective's percentile over the rate,
// with the two rates that bracket the answer.
func capacityChart(c record.Capacity) (svg string, err error) {
	var points []point
	highest := 0.0
	for _, p := range c.Points {
		points = append(points, point{X: p.Rate, Y: p.Latency * 1e3})
		highest = max(highest, p.Latency*1e3)
	}
	curves := []curve{{Name: "measured", Points: points, Colour: "--line-1"}}
	for _, mark := range []struct {
		name   string
		rate   float64
		colour string
		dashes string
	}{{"holds", c.Holds, "--line-2", "7 3"}, {"misses", c.Misses, "--line-3", "2 2"}} {
		if mark.rate > 0 {
			curves = append(curves, curve{
				Name: mark.name + " " + perSecond(mark.rate), Colour: mark.colour, Dashes: mark.dashes,
				Points: []point{{X: mark.rate, Y: 0}, {X: mark.rate, Y: highest}},
			})
		}
	}
	latency := axis{fmt.Sprintf("latency at p%g in ms", c.Objective.Percentile), roundTicks}
	return drawn(axis{"requests per second", roundTicks}, latency, c.Objective, curves)
}

// sparkline draws the p99 by second with the objective, without axes, for a card.
func sparkline(load record.Load) (svg string, err error) {
	rows := thinned(load.Series)
	highest := load.Objective.Latency
	for _, row := range rows {
		highest = max(highest, row.P99)
	}
	if len(rows) < 2 || highest <= 0 || math.IsInf(highest, 0) || math.IsNaN(highest) {
		return "", errNoPoints
	}
	const width, height = 240.0, 48.0
	var points strings.Builder
	for i, row := range rows {
		fmt.Fprintf(&points, "%.1f,%.1f ", width*float64(i)/float64(len(rows)-1), height-2-(height-4)*max(0, row.P99)/highest)
	}
	limit := ""
	if load.Objective.Latency > 0 {
		y := height - 2 - (height-4)*load.Objective.Latency/highest
		limit = fmt.Sprintf(`<line x1="0" y1="%.1f" x2="%.0f" y2="%.1f" stroke="var(--bad)" stroke-dasharray="6 4"/>`, y, width, y)
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %.0f %.0f" aria-hidden="true" focusable="false">%s<polyline points="%s" fill="none" stroke="var(--line-1)" stroke-width="2"/></svg>`,
		width, height, limit, strings.TrimSpace(points.String())), nil
}
