package loadgen

import (
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// phase is a stretch of a run with figures of its own: the whole of an ordinary
// load, or what is before, in and after an overload. Requests never stop between
// two phases of a run, and users keep their sessions.
type phase struct {
	config  Config        // its name, role and stages, beside what all have in common
	from    time.Duration // since the beginning of the run
	figures *figures
}

// divide gives the run phases that follow each other, in the place of the one
// that it has from the beginning.
func (r *run) divide(phases ...Config) {
	r.phases = nil
	var from time.Duration
	for _, config := range phases {
		length := config.schedule().length
		figures := newFigures(config.WarmUp, length, max(time.Minute, 3*config.Timeout))
		figures.shard = config.Shard.Count > 1
		figures.tokens.Unjudged = len(r.sender.client.Keys()) == 0
		figures.tokens.AllowedAge = config.MaxAge.Seconds()
		r.phases = append(r.phases, &phase{config, from, figures})
		from += length
	}
}

// phaseAt is the phase to which belongs what was due then.
func (r *run) phaseAt(due time.Duration) *phase {
	for i := len(r.phases) - 1; i > 0; i-- {
		if due >= r.phases[i].from {
			return r.phases[i]
		}
	}
	return r.phases[0]
}

// loads sums up each phase that had begun when the run ended.
func (r *run) loads() []record.Load {
	took := r.schedule.length
	if r.interrupted() {
		took = min(took, time.Since(r.started))
	}
	var loads []record.Load
	for _, p := range r.phases {
		if p.from <= took {
			loads = append(loads, r.sum(p, took-p.from))
		}
	}
	return loads
}

// sum sums up a phase for which requests were sent so long, or longer.
func (r *run) sum(p *phase, sent time.Duration) record.Load {
	planned := p.config.schedule()
	l := p.figures.load(p.config, min(sent, planned.length))
	l.StartedAt = r.started.Add(p.from + p.config.WarmUp)
	r.tellEnd(&l)
	if len(r.phases) == 1 {
		r.sender.isolation.mixed(&l.Tokens, l.StartedAt)
	}
	if !r.interrupted() {
		l.Unsent = planned.total - planned.dueBefore(p.config.WarmUp) - (l.Requests - p.figures.beside)
	}
	l.Generator = r.generator()
	if p.config.Shard.Count > 1 {
		l.Shard = &record.LoadShard{Index: p.config.Shard.Index, Count: p.config.Shard.Count, Plan: p.config.plan(r.sender.client.Endpoint().String())}
		l.Tokens.Subs = r.sender.isolation.hashes()
	}
	return l
}
