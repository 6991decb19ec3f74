package loadgen

import (
	"math"
	"time"
)

// Stage is a stretch of a run. The rate goes in a straight line from From to To,
// both per second; they are equal for a constant rate.
type Stage struct {
	From, To float64
	Duration time.Duration
}

// Constant is a stage of one rate.
func Constant(rate float64, d time.Duration) Stage { return Stage{From: rate, To: rate, Duration: d} }

// requests is how many requests are due within the first x seconds of the stage.
func (s Stage) requests(x float64) float64 {
	return s.From*x + (s.To-s.From)*x*x/(2*s.Duration.Seconds())
}

// due is when request number c of the stage is due, in seconds from its start.
// It is the inverse of requests, in the form that stays exact for a flat stage.
func (s Stage) due(c float64) float64 {
	if c <= 0 {
		return 0
	}
	slope := (s.To - s.From) / s.Duration.Seconds()
	root := math.Sqrt(max(0, s.From*s.From+2*slope*c))
	return 2 * c / (s.From + root)
}

// Shard says which part of the schedule this generator sends: request k belongs
// to shard k mod Count. The zero value is the whole.
type Shard struct {
	Index, Count int
}

func (s Shard) count() int64 { return int64(max(1, s.Count)) }

// schedule decides when each request is due. The requests of this shard are
// numbered from 0 over the stages, the warm-up first.
type schedule struct {
	stages   []Stage
	shard    Shard
	total    int64         // requests of this shard
	length   time.Duration // of all stages
	patience time.Duration // how long after its end what could not be sent is still sent

	began time.Time // set before any request
}

func newSchedule(stages []Stage, shard Shard, patience time.Duration) *schedule {
	s := &schedule{stages: stages, shard: shard, patience: patience}
	var all float64
	for _, stage := range stages {
		all += stage.requests(stage.Duration.Seconds())
		s.length += stage.Duration
	}
	s.total = ownOf(int64(all+1e-6), shard)
	return s
}

// ownOf is how many of the first n requests of the schedule belong to the shard.
func ownOf(n int64, shard Shard) int64 {
	return (n + shard.count() - 1 - int64(shard.Index)) / shard.count()
}

// due is when request k of this shard is due, from the beginning.
func (s *schedule) due(k int64) time.Duration {
	c := float64(k*s.shard.count() + int64(s.shard.Index))
	var start time.Duration
	for i, stage := range s.stages {
		n := stage.requests(stage.Duration.Seconds())
		if c < n || i == len(s.stages)-1 {
			return start + time.Duration(math.Round(stage.due(c)*1e9))
		}
		c -= n
		start += stage.Duration
	}
	return start
}

// dueBefore is how many requests of this shard are due before d.
func (s *schedule) dueBefore(d time.Duration) int64 {
	low, high := int64(0), s.total
	for low < high {
		middle := (low + high) / 2
		if s.due(middle) < d {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
