package loadgen

import (
	"strings"
	"testing"
	"time"

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

// The search finds the limit of a site that refuses more than 50 requests a
// second. On a busy machine late requests may crowd, so that the limit shows at a
// lower rate; the latency is left out of it.
func TestCapacityOfThrottlingSite(t *testing.T) {
	config := Config{Duration: time.Second, Users: 5, Objective: record.Objective{Latency: 60}}
	search := Search{From: 20, To: 80, Precision: 0.5, Rest: 100 * time.Millisecond}
	loads, err := Capacity(t.Context(), site(t, "load-throttles"), config, search, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range loads {
		loads[i] = loads[i].Judged()
	}
	rate, reason, ok := record.Capacity(loads)
	if !ok || rate > 50 || !strings.Contains(reason, "refused as too many") {
		t.Errorf("%g a second, limited by %q", rate, reason)
	}
	for _, l := range loads {
		if l.Role != record.RoleSearch || l.Requested > 50 && l.Verdict != record.LoadMisses {
			t.Errorf("%s: role %s, verdict %s", l.Name, l.Role, l.Verdict)
		}
	}
}
