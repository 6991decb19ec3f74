package loadgen

import (
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/record"
)

// tried is a step of so many seconds at a rate, of an endpoint with the capacity.
func tried(rate, capacity, seconds float64) record.Load {
	l := record.Load{
		Role: record.RoleSearch, Requested: rate, Achieved: min(rate, capacity), Seconds: seconds, Requests: int64(seconds * rate),
		Objective: record.Objective{Percentile: 99, Latency: 0.25}, Latency: record.Quantiles{P50: 0.004},
		Tokens: record.LoadTokens{Verified: int64(seconds * rate)},
	}
	if rate > capacity {
		l.Outstanding = int64(seconds * (rate - capacity))
		l.AtObjective = seconds * (rate - capacity) / capacity
	}
	return l
}

func TestSearchSteps(t *testing.T) {
	for name, c := range map[string]struct {
		search   Search
		capacity float64 // what the endpoint holds
		stop     float64 // from here the generator is the bottleneck, 0 never
		verdict  string
		low      float64 // the answer lies between low
		high     float64 // and high
		steps    int     // at most
	}{
		"in between":       {Search{}, 777, 0, record.CapacityFound, 718, 809, 20},
		"fast":             {Search{}, 7777, 0, record.CapacityFound, 7180, 8090, 25},
		"below the first":  {Search{}, 7, 0, record.CapacityFound, 6, 7.3, 25},
		"above the last":   {Search{To: 300}, 1000, 0, record.CapacityAtLeast, 300, 300, 8},
		"nothing":          {Search{}, 0.01, 0, record.CapacityNone, 0, 0, 25},
		"first is too far": {Search{From: 900, To: 500}, 1000, 0, record.CapacityAtLeast, 500, 500, 4},
		"generator":        {Search{}, 1000, 300, record.CapacityInconclusive, 200, 300, 40},
	} {
		t.Run(name, func(t *testing.T) {
			answer, steps := searched(c.search, func(rate, seconds float64) record.Load {
				l := tried(rate, c.capacity, seconds)
				if c.stop > 0 && rate > c.stop {
					l.Unsent = 9
				}
				return l
			})
			if answer.Verdict != c.verdict || answer.Holds < c.low || answer.Holds > c.high || steps > c.steps {
				t.Errorf("%s: %s, in %d steps, want %g to %g in %d", answer.Verdict, answer.Sentence(), steps, c.low, c.high, c.steps)
			}
		})
	}
}

// searched makes a search without waiting.
func searched(search Search, try func(rate, seconds float64) record.Load) (record.Capacity, int) {
	var loads []record.Load
	_ = search.steps(func(rate float64, times int) (record.Load, error) {
		loads = append(loads, try(rate, float64(4*times)))
		return loads[len(loads)-1], nil
	})
	return record.Capacity{Limit: cmp.Or(search.To, SearchTo)}.Judged(loads), len(loads)
}

// On a machine that is busy with other things one step in four loses up to half
// of its speed, and one in eight says nothing. The answer is right all the same.
func TestSearchSurvivesNoise(t *testing.T) {
	const capacity = 1300
	for seed := range uint64(200) {
		chance := rand.New(rand.NewPCG(seed, 1))
		answer, steps := searched(Search{}, func(rate, seconds float64) record.Load {
			now := capacity * 1.0
			if chance.Float64() < 0.25 {
				now *= 0.5 + chance.Float64()/2
			}
			l := tried(rate, now, seconds)
			if chance.Float64() < 0.125 {
				l = tried(rate, capacity, seconds)
				l.Unsent = 9
			}
			return l
		})
		if answer.Verdict != record.CapacityFound || answer.Holds < 0.9*capacity || answer.Holds > 1.1*capacity {
			t.Errorf("seed %d: %s: %s, in %d steps", seed, answer.Verdict, answer.Sentence(), steps)
		}
	}
}

// The search finds the limit of a site that refuses more than 50 requests a
// second. On a busy machine late requests may crowd, so that the limit shows at a
// lower rate, and a step that lies across two of the site's seconds may hold more
// than 50; the latency is left out of it.
func TestCapacityOfThrottlingSite(t *testing.T) {
	config := Config{Users: 2, Objective: record.Objective{Latency: 60}}
	search := Search{From: 40, To: 80, Step: 700 * time.Millisecond, Rest: time.Millisecond, Repeats: 1}
	loads, measured, err := Capacity(t.Context(), site(t, "load-throttles"), config, search, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := measured.Judged(loads)
	if answer.Holds >= 80 || answer.Bound != record.BoundRefusals && !strings.Contains(answer.Sentence(), "this machine") {
		t.Errorf("%+v", answer)
	}
	if answer.Signing == nil || answer.Signing.Bits != 2048 || answer.Signing.Seconds <= 0 || answer.Cheapest <= 0 || !answer.Loopback {
		t.Errorf("measured %+v, %+v", answer.Signing, answer)
	}
}

// A path that nobody knows may be answered by what has no end: a silence, or another
// protocol on the connection.
func TestTheCheapestAnswerHasAnEnd(t *testing.T) {
	for name, answer := range map[string]string{"silence": "", "another protocol": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = connection.Close() })
			_, _ = io.WriteString(connection, answer)
		}))
		client, err := endpoint.New(endpoint.Config{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		seconds, err := measureCheapest(ctx, client, Config{Rate: 1, Duration: time.Second, Timeout: 100 * time.Millisecond})
		if seconds != 0 || err != nil || ctx.Err() != nil {
			t.Errorf("%s: %f s, %v, %v", name, seconds, err, ctx.Err())
		}
		cancel()
		server.Close()
	}
}
