package loadgen

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
)

// distributions are the three times of a run, in microseconds.
type distributions struct{ latency, service, lateness *hdrhistogram.Histogram }

const (
	// longest is the longest time that a histogram tells apart, in microseconds.
	longest = int64(10 * time.Minute / time.Microsecond)
	// fine and coarse are significant digits: of the run, and of one second.
	fine, coarse = 3, 2
)

func newHistogram(digits int) *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, digits) }

func newDistributions() distributions {
	return distributions{latency: newHistogram(fine), service: newHistogram(fine), lateness: newHistogram(fine)}
}

// fill writes the quantiles and the histograms into l, whose objective is set.
func (d distributions) fill(l *record.Load) {
	l.Latency, l.Service, l.Lateness = quantiles(d.latency), quantiles(d.service), quantiles(d.lateness)
	l.Histogram, l.ServiceHistogram, l.LatenessHistogram = encode(d.latency), encode(d.service), encode(d.lateness)
	l.AtObjective = at(d.latency, l.Objective.Percentile)
}

// note records a duration; what is longer than the longest counts as that.
func note(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(longest, max(0, d.Microseconds()))) // it fails only for values out of range
}

func quantiles(h *hdrhistogram.Histogram) record.Quantiles {
	return record.Quantiles{P50: at(h, 50), P90: at(h, 90), P99: at(h, 99), P999: at(h, 99.9), Max: seconds(h.Max())}
}

// at is the value at a percentile, in seconds.
func at(h *hdrhistogram.Histogram, percentile float64) float64 {
	return seconds(h.ValueAtPercentile(percentile))
}

func seconds(microseconds int64) float64 { return round(float64(microseconds) / 1e6) }

// round cuts seconds, or a rate, to six places.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// encode is the V2 text of a histogram, which other HDR tools read.
func encode(h *hdrhistogram.Histogram) string {
	text, err := h.EncodeV2()
	if err != nil {
		return ""
	}
	return string(text)
}
