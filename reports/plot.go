package reports

import (
	"errors"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The measures of a plot, in the units of its view box.
const (
	plotWidth   = 400.0
	plotHeight  = 250.0
	plotFont    = 14.0           // 11 pixels and more on a telephone
	plotLetter  = plotFont * .62 // the width of a letter; a little more than that of most fonts
	plotRow     = plotFont + 3   // one line of the legend
	plotSample  = 22.0           // the piece of its line that the legend shows
	plotPadding = 4.0
)

var errNoPoints = errors.New("nothing to draw")

// plot is a chart of lines over a common axis, drawn as SVG. Its colours are variables
// of the page's style sheet, so that it follows the page into dark mode, and its font is
// the page's.
type plot struct {
	X, Y   axis // Y begins at 0
	Curves []curve
	Ring   *curve // a single point, shown as a ring; nil for none
}

type axis struct {
	Label string
	Ticks func(low, high float64) []tick
}

// tick is a place of an axis that is marked; one without a label has no line of the grid.
type tick struct {
	Value float64
	Label string
}

// point is a place in the units of the axes.
type point struct{ X, Y float64 }

// curve is one line of a plot; no two of a plot have the same dashes, so that they
// can be told apart without colour.
type curve struct {
	Name   string
	Points []point
	Colour string // a variable of the style sheet, such as --line-1
	Dashes string // as in stroke-dasharray; "" for a whole line
}

// finite says whether the curve can be drawn.
func (c curve) finite() bool {
	for _, p := range c.Points {
		if math.IsNaN(p.X+p.Y) || math.IsInf(p.X, 0) || math.IsInf(p.Y, 0) {
			return false
		}
	}
	return len(c.Points) > 0
}

// frame is where the curves go in the view box, and the values at its edges.
type frame struct {
	left, top, right, bottom float64
	low, high                point
}

func (f frame) x(value float64) float64 {
	return f.left + (value-f.low.X)/(f.high.X-f.low.X)*(f.right-f.left)
}

func (f frame) y(value float64) float64 {
	return f.bottom - (max(value, f.low.Y)-f.low.Y)/(f.high.Y-f.low.Y)*(f.bottom-f.top)
}

// svg draws the plot. Curves with values that are not finite are left out.
func (p plot) svg() (string, error) {
	curves := slices.DeleteFunc(slices.Clone(p.Curves), func(c curve) bool { return !c.finite() })
	if len(curves) == 0 {
		return "", errNoPoints
	}
	legend := curves
	if p.Ring != nil && p.Ring.finite() {
		legend = append([]curve{*p.Ring}, curves...)
	}
	f := newFrame(legend)
	down, across := p.Y.marks(f.low.Y, f.high.Y), p.X.marks(f.low.X, f.high.X)
	for _, mark := range down {
		f.left = max(f.left, plotFont+3*plotPadding+width(mark.Label))
	}
	if n := len(across); n > 0 {
		f.right -= width(across[n-1].Label) / 2
	}

	var b strings.Builder
	// The figure's caption says in words what the picture shows.
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" aria-hidden="true" focusable="false" style="font-size:%gpx;fill:var(--ink)">`, plotWidth, plotHeight, plotFont)
	f.drawAxes(&b, across, down)
	middle := (f.top + f.bottom) / 2
	fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, (f.left+f.right)/2, plotHeight-plotPadding, html.EscapeString(p.X.Label))
	fmt.Fprintf(&b, `<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle">%s</text>`, plotFont-plotPadding/2, middle, html.EscapeString(p.Y.Label))
	for _, c := range curves {
		f.drawCurve(&b, c)
	}
	for i, c := range legend {
		isRing := len(legend) > len(curves) && i == 0
		if isRing {
			drawRing(&b, f.x(c.Points[0].X), f.y(c.Points[0].Y), c.Colour)
		}
		f.drawLegend(&b, i, c, isRing)
	}
	b.WriteString("</svg>")
	return b.String(), nil
}

// width is about how wide a text is drawn.
func width(text string) float64 { return plotLetter * float64(utf8.RuneCountInString(text)) }

// newFrame leaves room for the legend above the curves, and takes in all of them.
func newFrame(curves []curve) frame {
	f := frame{
		top: plotPadding + plotRow*float64(len(curves)), bottom: plotHeight - 2*plotFont - 3*plotPadding,
		right: plotWidth - plotPadding,
		low:   point{X: math.Inf(1)}, high: point{X: math.Inf(-1), Y: 1e-3},
	}
	for _, c := range curves {
		for _, p := range c.Points {
			f.low.X, f.high.X, f.high.Y = min(f.low.X, p.X), max(f.high.X, p.X), max(f.high.Y, p.Y)
		}
	}
	if f.high.X <= f.low.X {
		f.high.X = f.low.X + 1
	}
	f.high.Y *= 1.05
	return f
}

// marks are the ticks between the ends of the axis.
func (a axis) marks(low, high float64) []tick {
	return slices.DeleteFunc(a.Ticks(low, high), func(t tick) bool { return t.Value < low || t.Value > high })
}

func (f frame) drawAxes(b *strings.Builder, across, down []tick) {
	line := func(x1, y1, x2, y2 float64, colour string) {
		fmt.Fprintf(b, `<path d="M%.1f %.1fL%.1f %.1f" style="stroke:var(%s);stroke-width:1"/>`, x1, y1, x2, y2, colour)
	}
	for _, mark := range across {
		x := f.x(mark.Value)
		line(x, f.bottom, x, f.bottom+plotPadding, "--ink")
		if mark.Label != "" {
			line(x, f.top, x, f.bottom, "--rule")
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, f.bottom+plotPadding+plotFont, html.EscapeString(mark.Label))
		}
	}
	for _, mark := range down {
		y := f.y(mark.Value)
		line(f.left-plotPadding, y, f.left, y, "--ink")
		if mark.Label != "" {
			line(f.left, y, f.right, y, "--rule")
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`, f.left-1.5*plotPadding, y+plotFont/3, html.EscapeString(mark.Label))
		}
	}
	line(f.left, f.top, f.left, f.bottom, "--ink")
	line(f.left, f.bottom, f.right, f.bottom, "--ink")
}

func (f frame) drawCurve(b *strings.Builder, c curve) {
	var path strings.Builder
	for i, p := range c.Points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", command, f.x(p.X), f.y(p.Y))
	}
	fmt.Fprintf(b, `<path d="%s" style="%s"/>`, path.String(), c.style())
}

// drawLegend writes the row of one curve.
func (f frame) drawLegend(b *strings.Builder, row int, c curve, isRing bool) {
	x, y := f.left+plotPadding, plotRow*(float64(row)+.5)
	if isRing {
		drawRing(b, x+plotSample/2, y, c.Colour)
	} else {
		fmt.Fprintf(b, `<path d="M%.1f %.1fh%g" style="%s"/>`, x, y, plotSample, c.style())
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`, x+plotSample+plotPadding, y+plotFont/3, html.EscapeString(c.Name))
}

func (c curve) style() string {
	style := "fill:none;stroke:var(" + c.Colour + ");stroke-width:2"
	if c.Dashes != "" {
		style += ";stroke-dasharray:" + c.Dashes
	}
	return style
}

func drawRing(b *strings.Builder, x, y float64, colour string) {
	fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="5" style="fill:none;stroke:var(%s);stroke-width:2"/>`, x, y, colour)
}

// wholeNumbers marks whole numbers, a handful of them.
func wholeNumbers(low, high float64) []tick {
	return ticks(low, high, max(1, roundStep(high-low)))
}

// roundTicks marks round numbers, a handful of them.
func roundTicks(low, high float64) []tick {
	return ticks(low, high, roundStep(high-low))
}

func ticks(low, high, step float64) []tick {
	var marks []tick
	for n := math.Ceil(low / step); n*step <= high && len(marks) < 20; n++ {
		marks = append(marks, tick{n * step, strconv.FormatFloat(n*step, 'g', 6, 64)})
	}
	return marks
}

// roundStep returns 1, 2 or 5 times a power of ten that parts length into three
// to seven.
func roundStep(length float64) float64 {
	if !(length > 0) || math.IsInf(length, 0) {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(length/3)))
	for _, factor := range []float64{5, 2} {
		if length/(factor*step) >= 3 {
			return factor * step
		}
	}
	return step
}
