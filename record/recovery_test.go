package record

import (
	"strings"
	"testing"
)

// overloaded is a run whose seconds after an overload had these medians; a
// negative one is a second with a failure.
func overloaded(medians ...float64) Run {
	second := func(n int, median float64) LoadSecond {
		if median < 0 {
			return LoadSecond{Second: n, Requests: 60, Failures: 1}
		}
		return LoadSecond{Second: n, Requests: 60, P50: median}
	}
	back, after := Load{Role: RoleReturn, Seconds: 5}, Load{Role: RoleRecovery, Seconds: 5}
	for i, median := range medians {
		if i < 5 {
			back.Series = append(back.Series, second(i, median))
		} else {
			after.Series = append(after.Series, second(i-5, median))
		}
	}
	return Run{Load: []Load{
		{Role: RoleBaseline, Requested: 60, Requests: 300, Latency: Quantiles{P50: 0.01}},
		{Role: RoleOverload, Requested: 240, Seconds: 5, Requests: 1200},
		back, after,
	}}
}

func TestRecovery(t *testing.T) {
	for _, c := range []struct {
		what    string
		medians []float64
		took    int
		back    bool
		says    string
	}{
		{"at once", []float64{.01, .01, .02, .01, .01, .01}, 0, true, "at once"},
		{"a queue that drains", []float64{2, 1, .3, .01, .01, .01}, 3, true, "at 240/s, 4 times the usual rate: the median was"},
		{"a failure on the way", []float64{.01, -1, .01, .01, .01, .01}, 2, true, "2 s after"},
		{"back, and slow again", []float64{2, .01, .01, .01, .01, 2, .01}, 6, true, "6 s after"},
		{"never", []float64{2, 2, 2, 2, 2, 2, 2}, 7, false, "was not back"},
	} {
		back, ok := overloaded(c.medians...).Recovery()
		if !ok || back.Took != c.took || back.Back != c.back || !strings.Contains(back.Sentence(), c.says) {
			t.Errorf("%s: %+v, %q", c.what, back, back.Sentence())
		}
	}
}

// Without what was before, in or after it there is nothing to say.
func TestNoRecoveryWithoutAnOverload(t *testing.T) {
	whole := overloaded(1, 1)
	for _, loads := range [][]Load{nil, whole.Load[:1], whole.Load[:2], whole.Load[1:]} {
		if back, ok := (Run{Load: loads}).Recovery(); ok {
			t.Errorf("%d loads: %+v", len(loads), back)
		}
	}
}
