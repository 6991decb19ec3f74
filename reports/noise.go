package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// Whether the figures of two loads differ by more than noise is tested second by
// second: the answers within a second stand in one queue, so that a thousand of
// them are no thousand observations, and a test over all answers would call any
// two runs different. The test is Mann and Whitney's, which asks for no shape of
// the distribution and is not moved by a single stall.
const (
	noiseLevel   = 0.01 // how seldom noise alone may look like a difference
	noiseSeconds = 5    // fewer seconds say nothing
	noiseShare   = 0.05 // a smaller change of the median is none worth telling
)

// noiseText says whether the latency of a load changed by more than noise; "" where
// one of the runs does not have the load.
func (c LoadChange) noiseText() string {
	if c.Old == nil || c.New == nil {
		return ""
	}
	if older, newer := c.Old.RowSeconds(), c.New.RowSeconds(); older != newer {
		return fmt.Sprintf("the series cannot be compared: one has rows of %d s, the other of %d s", older, newer)
	}
	text := ""
	for _, figure := range []struct {
		name  string
		value func(record.LoadSecond) float64
	}{
		{"p50", func(s record.LoadSecond) float64 { return s.P50 }},
		{"p99", func(s record.LoadSecond) float64 { return s.P99 }},
	} {
		if text != "" {
			text += "; "
		}
		text += figure.name + " by second " + secondsDiffer(bySecond(c.Old.Series, figure.value), bySecond(c.New.Series, figure.value))
	}
	return text
}

func bySecond(series []record.LoadSecond, value func(record.LoadSecond) float64) []float64 {
	var values []float64
	for _, s := range series {
		if v := value(s); s.Requests > 0 && v > 0 {
			values = append(values, v)
		}
	}
	return values
}

// secondsDiffer compares one figure of the seconds of two loads.
func secondsDiffer(older, newer []float64) string {
	if len(older) < noiseSeconds || len(newer) < noiseSeconds {
		return fmt.Sprintf("cannot be compared: %d and %d seconds are too few", len(older), len(newer))
	}
	p := mannWhitney(older, newer)
	from, to := middle(older), middle(newer)
	changed := fmt.Sprintf("%s, then %s in the median", seconds(from), seconds(to))
	test := fmt.Sprintf("(Mann-Whitney over %d and %d seconds, p = %.2g)", len(older), len(newer), p)
	switch {
	case p >= noiseLevel:
		return changed + ": no more than noise " + test
	case math.Abs(to-from) < noiseShare*from:
		return changed + ": steady, and too little to matter " + test
	case to > from:
		return changed + ": slower, by more than noise " + test
	}
	return changed + ": faster, by more than noise " + test
}

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// mannWhitney returns the two-sided p value of the test, by the normal
// approximation with corrections for ties and for continuity.
func mannWhitney(a, b []float64) float64 {
	type ranked struct {
		value float64
		first bool
	}
	var all []ranked
	for _, v := range a {
		all = append(all, ranked{v, true})
	}
	for _, v := range b {
		all = append(all, ranked{v, false})
	}
	slices.SortFunc(all, func(x, y ranked) int { return cmp.Compare(x.value, y.value) })
	rankSum, ties := 0.0, 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].value == all[i].value {
			j++
		}
		rank := float64(i+j+1) / 2 // the mean of the ranks i+1 to j
		for k := i; k < j; k++ {
			if all[k].first {
				rankSum += rank
			}
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	m, n := float64(len(a)), float64(len(b))
	u := rankSum - m*(m+1)/2
	variance := m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1)))
	if variance <= 0 {
		return 1
	}
	z := max(0, math.Abs(u-m*n/2)-0.5) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

// capacityChange says whether two searches found different rates: they did where
// the brackets of their answers do not meet.
func capacityChange(older, newer *record.Capacity) string {
	switch {
	case older == nil || newer == nil:
		return ""
	case older.Holds == 0 || newer.Holds == 0:
		return "Capacity: one of the searches has no answer."
	}
	changed := fmt.Sprintf("Capacity: it held %s, now %s", perSecond(math.Round(older.Holds)), perSecond(math.Round(newer.Holds)))
	switch {
	case newer.Misses > 0 && newer.Misses <= older.Holds:
		return changed + ": lower, by more than the searches leave open."
	case older.Misses > 0 && older.Misses <= newer.Holds:
		return changed + ": higher, by more than the searches leave open."
	}
	return changed + ": no difference that the searches could tell."
}
