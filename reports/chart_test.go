package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func someLoad(seconds int) record.Load {
	load := record.Load{
		Requests: int64(seconds) * 100, Latency: record.Quantiles{P50: 0.002, P90: 0.004, P99: 0.01, P999: 0.02, Max: 0.05},
		Objective: record.Objective{Percentile: 99, Latency: 0.03},
	}
	for second := range seconds {
		load.Series = append(load.Series, record.LoadSecond{Second: second, Requests: 100, P50: 0.002, P99: 0.01, Max: 0.01 + float64(second%7)/1e3})
	}
	return load
}

func TestChartsAreDrawn(t *testing.T) {
	for _, seconds := range []int{1, 2, 8, 4000} {
		for name, draw := range map[string]func(record.Load) (string, error){"by second": latencyBySecond, "distribution": latencyDistribution} {
			svg, err := draw(someLoad(seconds))
			if err != nil {
				t.Fatalf("%s of %d s: %v", name, seconds, err)
			}
			checkSVG(t, svg)
			if !strings.Contains(svg, "objective for p99") || !strings.Contains(svg, "var(--line-1)") {
				t.Errorf("%s of %d s does not show the figures or the objective", name, seconds)
			}
			if len(svg) > 100<<10 {
				t.Errorf("%s of %d s has %d bytes", name, seconds, len(svg))
			}
		}
	}
}

// checkSVG wants well-formed SVG whose colours and fonts are the page's.
func checkSVG(t *testing.T, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the chart is not well formed: %v", err)
		}
	}
	for _, word := range []string{"fill:#", "stroke:#", "font-family", "<?xml", "width=\"", "NaN", "Inf"} {
		if strings.Contains(svg, word) {
			t.Errorf("the chart has %q in it", word)
		}
	}
	for _, word := range []string{"var(--ink)", "latency in ms"} {
		if !strings.Contains(svg, word) {
			t.Errorf("the chart has no %q", word)
		}
	}
}

// TestWrongTokensAreDrawn: a load in which no request failed may have given wrong tokens.
func TestWrongTokensAreDrawn(t *testing.T) {
	load := someLoad(8)
	if _, err := failuresBySecond(load); !errors.Is(err, errNoPoints) {
		t.Errorf("nothing was wrong, and is drawn: %v", err)
	}
	load.Series[3].Wrong = 2
	svg, err := failuresBySecond(load)
	if err != nil || !strings.Contains(svg, "wrong tokens") {
		t.Errorf("wrong tokens are not drawn: %v", err)
	}
}

func TestOddLoadsAreNotDrawn(t *testing.T) {
	odd := someLoad(3)
	odd.Series[1].P50, odd.Series[1].P99, odd.Series[1].Max = math.NaN(), math.Inf(1), math.Inf(-1)
	odd.Latency = record.Quantiles{P50: math.NaN()}
	odd.Histogram = "AAAA not a histogram"
	for name, draw := range map[string]func(record.Load) (string, error){"by second": latencyBySecond, "distribution": latencyDistribution} {
		for _, load := range []record.Load{{}, odd, {Histogram: strings.Repeat("A", 1<<20), Series: []record.LoadSecond{{Second: math.MinInt}, {Second: math.MaxInt, P50: 1e300}}}} {
			if svg, err := draw(load); err == nil {
				checkSVG(t, svg)
			}
		}
		if _, err := draw(record.Load{}); !errors.Is(err, errNoPoints) {
			t.Errorf("%s of nothing: got error %v, want %v", name, err, errNoPoints)
		}
	}
}
