package loadgen

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestConstantSchedule(t *testing.T) {
	s := newSchedule([]Stage{Constant(100, 2*time.Second)}, Shard{}, time.Second)
	if s.total != 200 {
		t.Errorf("%d requests, want 200", s.total)
	}
	for k, want := range map[int64]time.Duration{0: 0, 1: 10 * time.Millisecond, 199: 1990 * time.Millisecond} {
		if got := s.due(k); got != want {
			t.Errorf("request %d is due at %s, want %s", k, got, want)
		}
	}
}

func TestRamp(t *testing.T) {
	s := newSchedule([]Stage{{From: 0, To: 100, Duration: 2 * time.Second}, Constant(100, time.Second)}, Shard{}, time.Second)
	if s.total != 200 {
		t.Errorf("%d requests, want 100 in the ramp and 100 after it", s.total)
	}
	// With the rate growing evenly from 0, a quarter of the requests are due in the first half.
	if got := s.dueBefore(time.Second); got != 25 {
		t.Errorf("%d requests are due in the first second, want 25", got)
	}
	if got := s.due(100); got != 2*time.Second {
		t.Errorf("the first request after the ramp is due at %s", got)
	}
}

func TestScheduleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stages []Stage
		for range rapid.IntRange(1, 3).Draw(t, "stages") {
			stages = append(stages, Stage{
				From:     float64(rapid.IntRange(0, 50).Draw(t, "from")),
				To:       float64(rapid.IntRange(1, 50).Draw(t, "to")),
				Duration: time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond,
			})
		}
		whole := newSchedule(stages, Shard{}, 0)
		last := time.Duration(-1)
		for k := range whole.total {
			due := whole.due(k)
			if due < last || due > whole.length {
				t.Fatalf("request %d of %d is due at %s, after %s, of %s", k, whole.total, due, last, whole.length)
			}
			last = due
		}
		shards := rapid.IntRange(1, 5).Draw(t, "shards")
		var parts int64
		for i := range shards {
			part := newSchedule(stages, Shard{Index: i, Count: shards}, 0)
			parts += part.total
			for k := range part.total {
				if due := part.due(k); due != whole.due(k*int64(shards)+int64(i)) {
					t.Fatalf("request %d of shard %d is due at %s", k, i, due)
				}
			}
		}
		if parts != whole.total {
			t.Fatalf("%d requests in %d shards, %d as a whole", parts, shards, whole.total)
		}
	})
}

func TestStageInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Stage{
			From:     rapid.Float64Range(0, 1000).Draw(t, "from"),
			To:       rapid.Float64Range(0.1, 1000).Draw(t, "to"),
			Duration: time.Duration(rapid.Int64Range(1e6, 1e11).Draw(t, "ns")),
		}
		x := rapid.Float64Range(0, 1).Draw(t, "share") * s.Duration.Seconds()
		if c := s.requests(x); c > 1e-6 && math.Abs(s.requests(s.due(c))-c) > 1e-6*(1+c) {
			t.Fatalf("%+v: %g requests are due at %g s, when %g are", s, c, s.due(c), s.requests(s.due(c)))
		}
	})
}
