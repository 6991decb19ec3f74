package loadgen

import (
	"fmt"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// figures gathers the answers of a run. Its size does not grow with the number
// of requests: latencies are in histograms, and a timeline has so many rows.
type figures struct {
	mu      sync.Mutex
	begin   time.Duration // of the measured part, after the warm-up
	end     time.Duration
	closing time.Duration // the memory of a row is given back this long after it
	shard   bool

	times      distributions
	requests   int64
	beside     int64    // of them that no schedule counts
	turnedAway []string // newcomers who got no token: the classes of these failures
	repeats    int64    // requests that were sent again below
	late       int64    // not answered when the last request was due
	answers    int64    // until then, but for "too many requests"
	failures   map[string]int64
	tokens     record.LoadTokens
	examples   map[string]int // by kind
	timeline   *timeline
	total      int64     // answers, those of the warm-up too
	failed     int64     // of them
	good       time.Time // when the last one came that was no failure; at first the first answer
	since      int64     // failures since then
}

const (
	// mostExamples is how many findings of a kind are kept.
	mostExamples = 3
	// triedExamples is how many are looked at for some that differ.
	triedExamples = 50
)

func newFigures(begin, end, closing time.Duration) *figures {
	return &figures{
		begin: begin, end: end, closing: closing, times: newDistributions(),
		failures: map[string]int64{}, examples: map[string]int{}, timeline: newTimeline(),
	}
}

// add takes the answer to a request; times are since the beginning of the run.
// What was due in the warm-up does not count.
func (f *figures) add(a answer, began time.Time) {
	f.count(a)
	due, sent, done := a.due.Sub(began), a.sent.Sub(began), a.done.Sub(began)
	if due < f.begin {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	f.repeats += int64(a.repeats)
	switch {
	case done > f.end:
		f.late++
	case a.answered && a.failure != record.FailureThrottled:
		f.answers++
	}
	note(f.times.lateness, a.lateness())
	at := (due - f.begin).Seconds()
	now := f.rowAt(at)
	now.requests++
	if a.failure != "" {
		f.failures[a.failure]++
		now.failures++
		f.example(record.ExampleFailure, at, func() string { return a.failure + ": " + a.detail })
	} else {
		f.token(a, at)
		if a.facts.invalid != "" || a.facts.stale != "" || len(a.facts.broken) > 0 || a.shared != nil || a.changed {
			now.wrong++
		}
	}
	if a.failure == "" || a.failure == record.FailureTimeout {
		note(f.times.latency, done-due)
		note(f.times.service, done-sent)
		note(now.latency, done-due)
	}
}

// rowAt is the row of what was due then, in seconds since the measured part began.
func (f *figures) rowAt(at float64) *row {
	return f.timeline.at(int(at), int(f.closing/time.Second))
}

// count counts what tells whether to go on.
func (f *figures) count(a answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total++
	if f.good.IsZero() || a.failure == "" {
		f.good, f.since = a.done, 0
	}
	if a.failure != "" {
		f.failed++
		f.since++
	}
}

const (
	// hopelessTime is for how long nothing but failures may come, and
	// hopelessCount how many that are at least.
	hopelessTime  = 10 * time.Second
	hopelessCount = 20
	// abortCount is how many answers a share is judged from at least.
	abortCount = 50
)

// hopeless says why the load should stop: more failed than the share, unless
// that is 0, or nothing but failures has come for a while. It is "" otherwise.
func (f *figures) hopeless(most float64) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch share := float64(f.failed) / float64(max(1, f.total)); {
	case most > 0 && f.total >= abortCount && share > most:
		return fmt.Sprintf("%.3g %% of %d requests failed, more than the %.3g %% at which it was to stop", 100*share, f.total, 100*most)
	case f.since >= hopelessCount && time.Since(f.good) > hopelessTime:
		return fmt.Sprintf("nothing but failures came for %s, %s of them", record.Span(time.Since(f.good).Round(time.Second).Seconds()), record.Count(f.since))
	}
	return ""
}

// token counts what the token of a good answer was found to be.
func (f *figures) token(a answer, at float64) {
	t := &f.tokens
	if a.cache != "" {
		t.Cached++
		f.example(record.ExampleCached, at, func() string { return a.cache })
	}
	switch {
	case a.facts.invalid != "":
		f.invalid(a.facts.invalid, at)
	case a.facts.stale != "":
		t.Stale++
		f.example(record.ExampleStale, at, func() string { return a.facts.stale })
	}
	switch {
	case a.shared != nil:
		t.Shared++
		f.example(record.ExampleShared, at, func() string { return a.user.describe(a.shared, a.facts) })
	case a.changed:
		t.Changed++
		f.example(record.ExampleChanged, at, func() string {
			return fmt.Sprintf("user %d got the sub %q, not the one it had before", a.user.number, excerpt(a.facts.sub))
		})
	}
	for _, breach := range a.facts.broken {
		if breach.Level == record.Must {
			addTo(&t.Broken, map[string]int64{breach.ID: 1})
		} else {
			addTo(&t.Advised, map[string]int64{breach.ID: 1})
		}
		f.example(record.ExampleBroken, at, func() string { return breach.ID + ": " + breach.Actual })
	}
	if a.facts.invalid == "" && !t.Unjudged {
		t.Verified++
	}
}

// refute takes back that the token of an answer, due then, was accepted: its
// signature has turned out to be wrong. Stale is what was said of it before.
func (f *figures) refute(due time.Duration, stale bool, message string) {
	if due < f.begin {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &f.tokens
	at := (due - f.begin).Seconds()
	if stale {
		t.Stale--
	} else {
		f.rowAt(at).wrong++
	}
	t.Verified--
	f.invalid(message, at)
}

// invalid counts a token that the verifier refused.
func (f *figures) invalid(message string, at float64) {
	t := &f.tokens
	t.Invalid++
	if t.Reasons == nil {
		t.Reasons = map[string]int64{}
	}
	t.Reasons[message]++
	f.example(record.ExampleInvalid, at, func() string { return message })
}

// example keeps the first few findings of a kind that differ. It looks at no
// more than some: telling a finding costs more than counting it.
func (f *figures) example(kind string, at float64, tell func() string) {
	if f.examples[kind]++; f.examples[kind] > triedExamples {
		return
	}
	kept, text := 0, excerpt(tell())
	for _, e := range f.tokens.Examples {
		if e.Kind == kind {
			kept++
		}
		if e.Kind == kind && e.Text == text {
			return
		}
	}
	if kept < mostExamples {
		f.tokens.Examples = append(f.tokens.Examples, record.LoadExample{Kind: kind, Second: round(at), Text: text})
	}
}

// load returns the figures of a run that sent requests for so long.
func (f *figures) load(config Config, sent time.Duration) record.Load {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.countNewcomersLocked()
	_, users := config.users()
	l := record.Load{
		Name: config.Name, Role: config.Role, Default: config.Default, Users: users, Objective: config.Objective,
		Requested: round(config.mean()), Seconds: round(max(0, sent-f.begin).Seconds()),
		Requests: f.requests, Repeats: f.repeats, Outstanding: f.late, Failures: f.failures,
		Tokens: f.tokens, Series: f.timeline.list(f.shard),
	}
	if f.timeline.step > 1 {
		l.Step = f.timeline.step
	}
	if l.Seconds > 0 {
		l.Achieved = round(float64(f.answers) / l.Seconds)
	}
	f.times.fill(&l)
	return l
}
