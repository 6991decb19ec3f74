package reports

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// secondsOf are seconds with a latency round typical, some of them with a stall.
func secondsOf(random *rand.Rand, n int, typical float64) []record.LoadSecond {
	var series []record.LoadSecond
	for i := range n {
		p50 := typical * (0.8 + 0.4*random.Float64())
		if random.IntN(20) == 0 {
			p50 *= 10
		}
		series = append(series, record.LoadSecond{Second: i, Requests: 200, P50: p50, P99: 3 * p50})
	}
	return series
}

func changeOf(older, newer []record.LoadSecond) string {
	return LoadChange{Old: &record.Load{Series: older}, New: &record.Load{Series: newer}}.noiseText()
}

func TestNoiseIsNoDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const runs = 400
	alarms := 0
	for range runs {
		if strings.Contains(changeOf(secondsOf(random, 30, 0.002), secondsOf(random, 30, 0.002)), "by more than noise") {
			alarms++
		}
	}
	if alarms > runs*3/100 { // two figures, each at most 1 in 100, and they go together
		t.Errorf("%d of %d comparisons of the same endpoint told a difference", alarms, runs)
	}
}

func TestARealDifferenceIsTold(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		if told := changeOf(secondsOf(random, 30, 0.002), secondsOf(random, 30, 0.003)); !strings.Contains(told, "slower, by more than noise") {
			t.Fatal(told)
		}
		if told := changeOf(secondsOf(random, 30, 0.003), secondsOf(random, 30, 0.002)); !strings.Contains(told, "faster, by more than noise") {
			t.Fatal(told)
		}
	}
	if told := changeOf(secondsOf(random, 4, 0.002), secondsOf(random, 30, 0.2)); !strings.Contains(told, "too few") {
		t.Errorf("four seconds: %s", told)
	}
}

func TestCapacitiesDifferWhereTheirBracketsDoNotMeet(t *testing.T) {
	found := func(holds, misses float64) *record.Capacity { return &record.Capacity{Holds: holds, Misses: misses} }
	for _, test := range []struct {
		older, newer *record.Capacity
		want         string
	}{
		{found(1000, 1080), found(900, 972), "lower"}, {found(900, 972), found(1000, 1080), "higher"},
		{found(1000, 1080), found(1040, 1120), "no difference"}, {found(1000, 1080), found(0, 50), "no answer"},
	} {
		if told := capacityChange(test.older, test.newer); !strings.Contains(told, test.want) {
			t.Errorf("%s, want %s", told, test.want)
		}
	}
	if capacityChange(nil, found(1, 2)) != "" {
		t.Error("a run without a search is compared")
	}
}
