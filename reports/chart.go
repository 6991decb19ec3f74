//nolint:misspell // image/color and the chart library spell it their way
package reports

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/webchatspec/webchatspec/record"
)

const (
	chartWidth  = vg.Length(400)
	chartHeight = vg.Length(250)
	chartFont   = vg.Length(14) // 11 pixels and more on a telephone
	// chartPoints bounds the points of a line: more cannot be told apart.
	chartPoints = 400
)

// The colours of a chart stand for the variables of the style sheet that
// replace them, so that a chart follows the page into dark mode.
var (
	chartInk    = color.RGBA{R: 1, G: 2, B: 3, A: 255}
	chartGrid   = color.RGBA{R: 1, G: 2, B: 4, A: 255}
	chartFirst  = color.RGBA{R: 1, G: 2, B: 5, A: 255}
	chartSecond = color.RGBA{R: 1, G: 2, B: 6, A: 255}
	chartThird  = color.RGBA{R: 1, G: 2, B: 7, A: 255}
	chartLimit  = color.RGBA{R: 1, G: 2, B: 8, A: 255}

	chartVariables = strings.NewReplacer(
		"#010203", "var(--ink)", "#010204", "var(--rule)", "#010205", "var(--line-1)",
		"#010206", "var(--line-2)", "#010207", "var(--line-3)", "#010208", "var(--bad)",
	)
)

var errNoPoints = errors.New("nothing to draw")

// curve is one line of a chart; no two of a chart have the same dashes, so that
// they can be told apart without colour.
type curve struct {
	Name   string
	Points plotter.XYs
	Colour color.Color
	Dashes []vg.Length
}

// latencyBySecond draws the latency in milliseconds over the seconds of a load.
func latencyBySecond(load record.Load) (svg string, err error) {
	rows := thinned(load.Series)
	points := func(value func(record.LoadSecond) float64) plotter.XYs {
		var xys plotter.XYs
		for _, row := range rows {
			xys = append(xys, plotter.XY{X: float64(row.Second), Y: value(row) * 1e3})
		}
		return xys
	}
	p := newChart("time of the load (m:ss)", "latency in ms")
	p.X.Tick.Marker = plot.TickerFunc(clockTicks)
	return drawn(p, load.Objective, []curve{
		{Name: "longest", Points: points(func(r record.LoadSecond) float64 { return r.Max }), Colour: chartThird, Dashes: []vg.Length{2, 2}},
		{Name: "p99", Points: points(func(r record.LoadSecond) float64 { return r.P99 }), Colour: chartSecond, Dashes: []vg.Length{7, 3}},
		{Name: "p50", Points: points(func(r record.LoadSecond) float64 { return r.P50 }), Colour: chartFirst},
	})
}

// clockTicks marks seconds as minutes and seconds, a handful of them.
func clockTicks(low, high float64) []plot.Tick {
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

// wholeNumbers marks whole numbers, a handful of them.
func wholeNumbers(low, high float64) []plot.Tick {
	return ticks(low, high, max(1, roundStep(high-low)))
}

// roundTicks marks round numbers, a handful of them.
func roundTicks(low, high float64) []plot.Tick {
	return ticks(low, high, roundStep(high-low))
}

func ticks(low, high, step float64) []plot.Tick {
	var marks []plot.Tick
	for n := math.Ceil(low / step); n*step <= high && len(marks) < 20; n++ {
		marks = append(marks, plot.Tick{Value: n * step, Label: strconv.FormatFloat(n*step, 'g', 6, 64)})
	}
	return marks
}

// roundStep returns 1, 2 or 5 times a power of ten that parts length into four
// to ten.
func roundStep(length float64) float64 {
	if !(length > 0) || math.IsInf(length, 0) {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(length/4)))
	for _, factor := range []float64{5, 2} {
		if length/(factor*step) >= 4 {
			return factor * step
		}
	}
	return step
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
	p := newChart("percentile", "latency in ms")
	p.X.Tick.Marker = plot.ConstantTicks{
		{Value: 0, Label: "0"}, {Value: nines(50), Label: "50"}, {Value: nines(90), Label: "90"},
		{Value: nines(99), Label: "99"}, {Value: nines(99.9), Label: "99.9"}, {Value: nines(99.99), Label: "99.99"},
	}
	if o := load.Objective; o.Percentile > 0 && o.Percentile < 100 && o.Latency > 0 && o.Latency <= 4*load.Latency.Max {
		point, err := plotter.NewScatter(plotter.XYs{{X: nines(o.Percentile), Y: o.Latency * 1e3}})
		if err != nil {
			return "", err
		}
		point.Shape, point.Color, point.Radius = draw.RingGlyph{}, chartLimit, 5
		p.Add(point)
		p.Legend.Add(fmt.Sprintf("objective for p%g", o.Percentile), point)
	}
	return drawn(p, record.Objective{}, []curve{
		{Name: "from the time it was due", Points: distribution(load.Histogram, load.Latency, load.Requests), Colour: chartFirst},
		{Name: "from the time it was sent", Points: distribution(load.ServiceHistogram, load.Service, load.Requests), Colour: chartSecond, Dashes: []vg.Length{7, 3}},
	})
}

// nines is the place of a percentile on the axis: 90 is 1, 99 is 2, 99.9 is 3.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// distribution returns the points of a percentile curve, up to the last
// percentile that the number of requests can tell.
func distribution(encoded string, q record.Quantiles, requests int64) plotter.XYs {
	const step = 0.05
	last := min(math.Log10(max(float64(requests), 10)), nines(99.999))
	histogram, err := hdrhistogram.Decode([]byte(encoded))
	if err != nil || histogram.TotalCount() == 0 {
		return quantilePoints(q, last)
	}
	var points plotter.XYs
	for x := 0.0; x <= last; x += step {
		percentile := 100 * (1 - math.Pow(10, -x))
		points = append(points, plotter.XY{X: x, Y: float64(histogram.ValueAtQuantile(percentile)) / 1e3})
	}
	return append(points, plotter.XY{X: last, Y: float64(histogram.Max()) / 1e3})
}

func quantilePoints(q record.Quantiles, last float64) plotter.XYs {
	if q == (record.Quantiles{}) {
		return nil
	}
	return plotter.XYs{
		{X: nines(50), Y: q.P50 * 1e3}, {X: nines(90), Y: q.P90 * 1e3}, {X: nines(99), Y: q.P99 * 1e3},
		{X: nines(99.9), Y: q.P999 * 1e3}, {X: max(last, nines(99.9)), Y: q.Max * 1e3},
	}
}

func newChart(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the page's
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Y.Tick.Marker = plot.TickerFunc(roundTicks)
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = 3
	p.Legend.ThumbnailWidth = 22
	styles := []*draw.TextStyle{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle}
	for _, style := range styles {
		style.Font = font.Font{Typeface: "Liberation", Variant: "Sans", Size: chartFont}
		style.Color = chartInk
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color, axis.Tick.Color = chartInk, chartInk
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = chartGrid, chartGrid
	p.Add(grid)
	return p
}

// drawn adds the curves and the objective's latency to p and returns it as SVG.
func drawn(p *plot.Plot, objective record.Objective, curves []curve) (string, error) {
	curves = append(curves, objectiveCurve(objective, curves))
	empty := true
	for _, c := range curves {
		line, err := plotter.NewLine(c.Points)
		if err != nil || len(c.Points) == 0 { // an error says that some are not finite
			continue
		}
		line.Color, line.Width, line.Dashes = c.Colour, 1.6, c.Dashes
		p.Add(line)
		p.Legend.Add(c.Name, line)
		empty = false
	}
	if empty {
		return "", errNoPoints
	}
	// The legend stands above the curves.
	p.Y.Min = 0
	p.Y.Max = max(p.Y.Max, 1e-3) * (1.1 + 0.09*float64(len(curves)))
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	return svgOf(p)
}

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
		Name: fmt.Sprintf("objective for p%g", objective.Percentile), Colour: chartLimit,
		Dashes: []vg.Length{10, 3, 2, 3}, Points: plotter.XYs{{X: xmin, Y: limit}, {X: xmax, Y: limit}},
	}
}

// Parts of the SVG that the page decides: the size and the font.
var (
	svgProlog = regexp.MustCompile(`(?s)^.*?<svg [^>]*?(viewBox="[^"]*")[^>]*>`)
	svgFont   = regexp.MustCompile(`font-family:[^;"]*;?font-variant:[^;"]*;font-weight:[^;"]*;font-style:[^;"]*;?`)
)

func svgOf(p *plot.Plot) (string, error) {
	canvas := vgsvg.New(chartWidth, chartHeight)
	p.Draw(draw.Crop(draw.New(canvas), 0, -chartFont, 0, 0)) // room for half of the last number
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw chart: %w", err)
	}
	// The figure's caption says in words what the picture shows.
	svg := svgProlog.ReplaceAllString(b.String(), `<svg $1 aria-hidden="true" focusable="false">`)
	svg = svgFont.ReplaceAllString(svg, "")
	return chartVariables.Replace(svg), nil
}

// rateBySecond draws the rate that was asked for and the one that was answered.
func rateBySecond(load record.Load) (svg string, err error) {
	rows := thinned(load.Series)
	var asked, got plotter.XYs
	for _, row := range rows {
		asked = append(asked, plotter.XY{X: float64(row.Second), Y: float64(row.Requests)})
		got = append(got, plotter.XY{X: float64(row.Second), Y: float64(row.Requests - row.Failures)})
	}
	p := newChart("time of the load (m:ss)", "requests a second")
	p.X.Tick.Marker = plot.TickerFunc(clockTicks)
	return drawn(p, record.Objective{}, []curve{
		{Name: "asked", Points: asked, Colour: chartThird, Dashes: []vg.Length{7, 3}},
		{Name: "answered with a token", Points: got, Colour: chartFirst},
	})
}

// failuresBySecond draws the failed requests and the wrong tokens, where there are any.
func failuresBySecond(load record.Load) (svg string, err error) {
	var failed, wrong plotter.XYs
	any := false
	for _, row := range thinned(load.Series) {
		failed = append(failed, plotter.XY{X: float64(row.Second), Y: float64(row.Failures)})
		wrong = append(wrong, plotter.XY{X: float64(row.Second), Y: float64(row.Wrong)})
		any = any || row.Failures > 0 || row.Wrong > 0
	}
	if !any {
		return "", errNoPoints
	}
	p := newChart("time of the load (m:ss)", "a second")
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(clockTicks), plot.TickerFunc(wholeNumbers)
	return drawn(p, record.Objective{}, []curve{
		{Name: "failed requests", Points: failed, Colour: chartLimit},
		{Name: "wrong tokens", Points: wrong, Colour: chartSecond, Dashes: []vg.Length{7, 3}},
	})
}

// capacityChart draws the latency at the objective's percentile over the rate,
// with the two rates that bracket the answer.
func capacityChart(c record.Capacity) (svg string, err error) {
	var points plotter.XYs
	highest := 0.0
	for _, p := range c.Points {
		points = append(points, plotter.XY{X: p.Rate, Y: p.Latency * 1e3})
		highest = max(highest, p.Latency*1e3)
	}
	p := newChart("requests a second", fmt.Sprintf("latency at p%g in ms", c.Objective.Percentile))
	p.X.Tick.Marker = plot.TickerFunc(roundTicks)
	curves := []curve{{Name: "measured", Points: points, Colour: chartFirst}}
	for _, mark := range []struct {
		name   string
		rate   float64
		colour color.Color
		dashes []vg.Length
	}{{"holds", c.Holds, chartSecond, []vg.Length{7, 3}}, {"misses", c.Misses, chartThird, []vg.Length{2, 2}}} {
		if mark.rate > 0 {
			curves = append(curves, curve{
				Name: mark.name + " " + perSecond(mark.rate), Colour: mark.colour, Dashes: mark.dashes,
				Points: plotter.XYs{{X: mark.rate, Y: 0}, {X: mark.rate, Y: highest}},
			})
		}
	}
	return drawn(p, c.Objective, curves)
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
