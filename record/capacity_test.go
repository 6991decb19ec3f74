package record

import (
	"strings"
	"testing"
)

// step is a step of a search: it meets below the limit, and misses above it.
func step(rate, limit float64) Load {
	l := sound()
	l.Role, l.Requested, l.Achieved, l.Requests = RoleSearch, rate, min(rate, limit), int64(5*rate)
	l.Objective.Latency, l.Service.P50, l.Latency.P50 = 0.25, 0.004, 0.004
	if rate > limit {
		l.Outstanding = int64(5 * (rate - limit))
		l.AtObjective = 5 * (rate - limit) / limit
	}
	return l
}

func TestCapacity(t *testing.T) {
	steps := func(limit float64, rates ...float64) []Load {
		var loads []Load
		for _, rate := range rates {
			loads = append(loads, step(rate, limit))
		}
		return loads
	}
	late := step(1310, 1250)
	late.Outstanding, late.AtObjective, late.Unsent = 0, 0.02, 900
	refused := step(1310, 1250)
	refused.Outstanding, refused.AtObjective, refused.Failures = 0, 0.01, map[string]int64{FailureThrottled: 300}
	noisy := step(1240, 1000)
	idle := Signing{Bits: 2048, Seconds: 0.00025, Cores: 2}
	busy := Signing{Bits: 2048, Seconds: 0.0015, Cores: 2}
	for name, c := range map[string]struct {
		capacity Capacity
		loads    []Load
		verdict  string
		want     string // in the sentence
	}{
		"found": {Capacity{Limit: 1e4}, steps(1250, 50, 1240, 1240, 1310, 1310), CapacityFound,
			"holds 1,240/s, misses 1,310/s, p99 ≤ 250 ms; 4 of 4 repeats. What bounds it is the endpoint's concurrency: with 4 ms for an answer when it is idle, it works on about 5 at a time"},
		"found in spite of noise": {Capacity{Limit: 1e4}, append(steps(1250, 50, 1240, 1240, 1310, 1310), noisy), CapacityFound, "4 of 5 repeats"},
		"far apart":               {Capacity{Limit: 1e4}, steps(1250, 50, 1000, 2000), CapacityInconclusive, "no answer: it holds at least 1,000/s"},
		"limit":                   {Capacity{Limit: 800}, steps(1250, 50, 800), CapacityAtLeast, "holds 800/s, the highest rate that was to be tried"},
		"nothing":                 {Capacity{Limit: 1e4}, steps(30, 50, 50), CapacityNone, "holds not even 50/s"},
		"no steps":                {Capacity{Limit: 1e4}, nil, CapacityInconclusive, "no answer"},
		"generator":               {Capacity{Limit: 1e4}, append(steps(1250, 50, 1240), late), CapacityInconclusive, "this machine"},
		"refused":                 {Capacity{Limit: 1e4}, append(steps(1250, 50, 1240), refused), CapacityFound, "it refuses what comes faster"},
		"signing":                 {Capacity{Limit: 1e4, Signing: &busy, Loopback: true}, steps(1250, 50, 1240, 1310), CapacityFound, "signing: it signs 93 % of what the 2 cores"},
		"one core": {Capacity{Limit: 1e4, Signing: &Signing{Bits: 2048, Seconds: 0.0008, Cores: 4}, Loopback: true}, steps(1250, 50, 1240, 1310), CapacityFound,
			"signing on one core: it signs 99 % of what one core can, and 25 %"},
		"transport": {Capacity{Limit: 1e4, Cheapest: 0.003}, steps(1250, 50, 1240, 1310), CapacityFound, "transport: the cheapest answer of the same host takes 3 ms"},
		"not signed here": {Capacity{Limit: 1e4, Signing: &Signing{Bits: 2048, Seconds: 0.004, Cores: 2}, Loopback: true}, steps(1250, 50, 1240, 1310), CapacityFound,
			"it works on about 5 at a time"},
		"busy machine": {Capacity{Limit: 1e4}, append(steps(1250, 50, 1000, 1310), late, late), CapacityInconclusive, "this machine: the load generator"},
		"more than one core": {Capacity{Limit: 1e4, Signing: &Signing{Bits: 2048, Seconds: 0.0009, Cores: 4}, Loopback: true}, steps(1250, 50, 1240, 1310), CapacityFound,
			"it works on about 5 at a time; it signs 28 %"},
		"elsewhere": {Capacity{Limit: 1e4, Signing: &busy}, steps(1250, 50, 1240, 1310), CapacityFound, "concurrency"},
		"far from the processor": {Capacity{Limit: 1e4, Signing: &idle, Loopback: true}, steps(1250, 50, 1240, 1310), CapacityFound,
			"it signs 16 % of what this processor can"},
	} {
		t.Run(name, func(t *testing.T) {
			judged := c.capacity.Judged(c.loads)
			if judged.Verdict != c.verdict || !strings.Contains(judged.Sentence(), c.want) {
				t.Errorf("%s: %q, want %s: %q", judged.Verdict, judged.Sentence(), c.verdict, c.want)
			}
			if again := judged.Judged(c.loads); again.Sentence() != judged.Sentence() {
				t.Errorf("judged again: %q", again.Sentence())
			}
		})
	}
}
