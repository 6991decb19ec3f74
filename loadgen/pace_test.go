package loadgen

import (
	"math"
	"testing"
)

// TestPace: how fast a clock goes is seen in seconds, however coarsely it is read.
func TestPace(t *testing.T) {
	const began, rate, length = 1_900_000_000.37, 100, 6
	for name, c := range map[string]struct {
		at   func(now float64, n int) float64
		slow bool
	}{
		"right":            {func(now float64, _ int) float64 { return math.Floor(now) }, false},
		"read each second": {func(now float64, _ int) float64 { return math.Floor(math.Floor(now+0.6) - 0.6) }, false},
		"two instances":    {func(now float64, n int) float64 { return math.Floor(now - float64(n%2)*1.9) }, false},
		"another one takes over": {func(now float64, _ int) float64 {
			return math.Floor(now - math.Min(1.2, math.Floor((now-began)/3)*1.2))
		}, false},
		"half as fast as time":     {func(now float64, _ int) float64 { return math.Floor(began + (now-began)/2) }, true},
		"stands after two seconds": {func(now float64, _ int) float64 { return math.Floor(math.Min(now, began+2)) }, true},
		"a queue that grows":       {func(now float64, _ int) float64 { return math.Floor(now - (now-began)*0.4) }, true},
	} {
		var p pace
		for n := range rate * length {
			now := began + float64(n)/rate
			p.observe(now, now-c.at(now, n))
		}
		p.close()
		if p.lost > 0 != c.slow {
			t.Errorf("%s: %g s lost by %d tokens", name, p.lost, p.slow)
		}
	}
	var p pace
	for n := range 9 * length { // too few
		now := began + float64(n)/9
		p.observe(now, 3*(now-began))
	}
	if p.slow > 0 {
		t.Errorf("%d tokens of few are slow", p.slow)
	}
}
