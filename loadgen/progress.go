package loadgen

import (
	"fmt"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Progress is how far a run is, and what its last second was like.
type Progress struct {
	Stage    string // what is being done, and which stage of how many
	Elapsed  time.Duration
	Length   time.Duration
	Requests int64 // answered so far
	Planned  int64
	Failures int64
	Verified int64             // tokens that were accepted so far
	Asked    float64           // the requests a second that are due now
	Last     record.LoadSecond // the last second that is over; without requests before there is one
}

// String tells the progress in one line, as far as there is any.
func (p Progress) String() string {
	if p.Elapsed == 0 {
		return p.Stage
	}
	told := []string{fmt.Sprintf("%s: requested %s", p.Stage, record.PerSecond(p.Asked))}
	if p.Last.Requests > 0 {
		told[0] += ", answered " + record.PerSecond(float64(p.Last.Requests-p.Last.Failures))
		told = append(told, "p50 "+record.Span(p.Last.P50), "p99 "+record.Span(p.Last.P99))
	}
	told = append(told, record.Count(p.Failures)+" failed", record.Count(p.Verified)+" verified")
	if left := (p.Length - p.Elapsed).Round(time.Second); left > 0 {
		told = append(told, record.Span(left.Seconds())+" left")
	}
	return strings.Join(told, " · ")
}

// progress is how far the run is.
func (r *run) progress() Progress {
	elapsed := time.Since(r.started)
	p := Progress{Stage: r.stageAt(elapsed), Elapsed: elapsed, Length: r.schedule.length, Planned: r.schedule.total}
	p.Asked = r.schedule.rateAt(elapsed)
	for _, phase := range r.phases {
		phase.figures.tell(&p)
	}
	current := r.phaseAt(elapsed)
	p.Last = current.figures.last(elapsed - current.from)
	return p
}

// stageAt names what goes on: the phase where there are several, and the stage.
func (r *run) stageAt(elapsed time.Duration) string {
	if len(r.phases) > 1 {
		return r.phaseAt(elapsed).config.Role
	}
	if n := len(r.schedule.stages); n > 1 {
		return fmt.Sprintf("%s, stage %d of %d", r.config.Name, r.schedule.stageAt(elapsed)+1, n)
	}
	return r.config.Name
}

// tell adds the counts so far.
func (f *figures) tell(p *Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.failures {
		p.Failures += n
	}
	p.Requests += f.requests
	p.Verified += f.tokens.Verified
}

// last is the row of the timeline before the one that is going on, its counts for one
// second.
func (f *figures) last(elapsed time.Duration) record.LoadSecond {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.timeline
	n := t.first(int((elapsed-f.begin)/time.Second)) - t.step
	told := record.LoadSecond{Second: n}
	if r := t.rows[n]; r != nil {
		told = r.told(n, newHistogram(coarse))
		told.Requests, told.Failures = told.Requests/int64(t.step), told.Failures/int64(t.step)
	}
	return told
}

// stageAt is the number of the stage that goes on then, from 0, the warm-up first.
func (s *schedule) stageAt(elapsed time.Duration) int {
	for i, stage := range s.stages {
		if elapsed < stage.Duration {
			return i
		}
		elapsed -= stage.Duration
	}
	return len(s.stages) - 1
}

// rateAt is the rate that is due then, of this shard alone.
func (s *schedule) rateAt(elapsed time.Duration) float64 {
	i := s.stageAt(elapsed)
	for _, stage := range s.stages[:i] {
		elapsed -= stage.Duration
	}
	stage := s.stages[i]
	share := min(1, max(0, elapsed.Seconds()/stage.Duration.Seconds()))
	return (stage.From + (stage.To-stage.From)*share) / float64(s.shard.count())
}
