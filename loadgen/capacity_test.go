package loadgen

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestSearchSteps(t *testing.T) {
	for name, c := range map[string]struct {
		search   Search
		capacity float64 // what the endpoint holds
		stop     float64 // from here the generator is the bottleneck, 0 never
		low      float64 // the answer lies between low
		high     float64 // and high
		steps    int     // at most
	}{
		"in between":       {Search{}, 777, 0, 690, 777, 12},
		"below the first":  {Search{}, 7, 0, 6.2, 7, 12},
		"above the last":   {Search{To: 300}, 1000, 0, 300, 300, 5},
		"nothing":          {Search{}, 0, 0, 0, 0, 10},
		"precise":          {Search{Precision: 0.01}, 777, 0, 765, 777, 16},
		"first is too far": {Search{From: 900, To: 500}, 1000, 0, 500, 500, 1},
		"generator":        {Search{}, 1000, 300, 200, 200, 5},
	} {
		t.Run(name, func(t *testing.T) {
			var loads []record.Load
			c.search.steps(func(rate float64) string {
				l := record.Load{Role: record.RoleSearch, Requested: rate, Verdict: record.LoadMeets}
				switch {
				case c.stop > 0 && rate > c.stop:
					l.Verdict, l.Reason = record.LoadInconclusive, "bottleneck"
				case rate > c.capacity:
					l.Verdict, l.Reason = record.LoadMisses, "slow"
				}
				loads = append(loads, l)
				return l.Verdict
			})
			rate, reason, ok := record.Capacity(loads)
			if !ok || rate < c.low || rate > c.high || len(loads) > c.steps {
				t.Errorf("%g a second in %d steps, want %g to %g in %d", rate, len(loads), c.low, c.high, c.steps)
			}
			if unlimited := c.search.To > 0 && rate == c.search.To; unlimited != (reason == "") {
				t.Errorf("reason %q", reason)
			}
		})
	}
	if _, _, ok := record.Capacity(nil); ok {
		t.Error("an answer without a search")
	}
}
