package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/webchatspec/webchatspec/endpoint"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
	"github.com/webchatspec/webchatspec/record"
)

// Run puts the load on the client's endpoint and returns its figures, which
// [record.Load.Judged] judges. It calls progress, unless that is nil, a few times a second from one
// goroutine. When ctx ends, it returns what there is, marked as interrupted.
//
// The error is a mistake in the configuration, [ErrNotAllowed], or a
// [*Unreachable] when not one user could open a session; findings about the
// endpoint are in the figures.
func Run(ctx context.Context, client *endpoint.Client, config Config, progress func(Progress)) (record.Load, error) {
	r, finish, err := prepare(ctx, client, config)
	if err != nil {
		return record.Load{}, err
	}
	defer finish()
	loads, err := r.do(progress)
	if len(loads) == 0 {
		return record.Load{}, err
	}
	return loads[0], err
}

// Unreachable is the error of a run whose endpoint did not answer at all.
type Unreachable struct{ Failure record.Failure }

func (u *Unreachable) Error() string { return u.Failure.Message }

// prepare makes a run of the configuration; finish gives back what it holds.
func prepare(ctx context.Context, client *endpoint.Client, config Config) (r *run, finish func(), err error) {
	config, err = config.complete()
	if err != nil {
		return nil, nil, err
	}
	transport, err := config.transport(client)
	if err != nil {
		return nil, nil, err
	}
	r = newRun(ctx, client, config, transport)
	return r, func() { transport.CloseIdleConnections(); r.abort(nil) }, nil
}

// run is one load run on its way.
type run struct {
	config   Config
	schedule *schedule
	phases   []*phase // in their order; an ordinary load is one
	sender   *sender
	started  time.Time
	cpu      time.Duration

	asked     context.Context // ends when the user stops the run
	abort     context.CancelCauseFunc
	observing sync.Mutex
	observers []observer
}

// observer is told each answer, one at a time. It may write it to a file, or
// count it for others.
type observer interface {
	observe(a answer)
	refute() // the token of an earlier answer has turned out to be wrong
	close() error
}

func newRun(ctx context.Context, client *endpoint.Client, config Config, transport http.RoundTripper) *run {
	first, count := config.users()
	r := &run{config: config, schedule: config.schedule(), asked: ctx}
	ctx, r.abort = context.WithCancelCause(ctx)
	r.sender = &sender{
		client: client, transport: transport, timeout: config.Timeout, schedule: r.schedule, ctx: ctx, abort: r.abort,
		inspector: newInspector(client, config),
		isolation: newIsolation(),
		users:     newTurns(newUsers(count, first, config.Accounts)),
		note:      r.note,
	}
	r.divide(config)
	return r
}

// note takes an answer, and has the signature of its token checked.
func (r *run) note(a answer) {
	due, stale := a.due.Sub(r.schedule.began), a.facts.stale != ""
	p := r.phaseAt(due)
	p.figures.add(a, r.schedule.began.Add(p.from))
	if len(r.observers) > 0 {
		r.observing.Lock()
		for _, o := range r.observers {
			o.observe(a)
		}
		r.observing.Unlock()
	}
	r.sender.inspector.confirm(a.facts, func(message string) {
		p.figures.refute(due-p.from, stale, message)
		for _, o := range r.observers {
			o.refute()
		}
	})
}

func (r *run) do(progress func(Progress)) ([]record.Load, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := r.observe(); err != nil {
		return nil, err
	}
	progress(Progress{Stage: "opening sessions", Length: r.schedule.length, Planned: r.schedule.total})
	if err := r.openSessions(); err != nil {
		return nil, err
	}
	_ = sleep.For(r.sender.ctx, time.Until(r.config.StartAt)) // a run that is stopped meanwhile sends nothing
	r.started, r.cpu = time.Now(), processorTime()
	stop := r.report(progress)
	r.attack()
	stop()
	loads := r.loads()
	for _, o := range r.observers {
		if err := o.close(); err != nil {
			return loads, fmt.Errorf("load %q: %w", r.config.Name, err)
		}
	}
	return loads, nil
}

// observe opens what the answers are to be told to.
func (r *run) observe() error {
	if r.config.RawFile != "" {
		raw, err := newRawFile(r.config.RawFile, r.config.Name, r.sender.client.Mask(r.sender.client.Endpoint().String()))
		if err != nil {
			return err
		}
		r.observers = append(r.observers, raw)
	}
	if r.config.Metrics != "" {
		metrics, err := newMetrics(r.config.Metrics, r)
		if err != nil {
			return err
		}
		r.observers = append(r.observers, metrics)
	}
	return nil
}

// openSessions has each user log in, where it can, and ask once, at the pace of
// the load, so that the cookies are there before requests of one user can cross
// each other. It fails when the endpoint answers nobody.
func (r *run) openSessions() error {
	const most = 16 // at once
	var (
		wg      sync.WaitGroup
		room    = make(chan struct{}, most)
		answers = make([]answer, len(r.sender.users.all))
		pause   = min(100*time.Millisecond, time.Duration(float64(time.Second)/r.config.peak()))
	)
	for i, u := range r.sender.users.all {
		select {
		case room <- struct{}{}:
		case <-r.sender.ctx.Done():
		}
		if r.interrupted() {
			break
		}
		wg.Go(func() {
			defer panics.Tell()
			defer func() { <-room }()
			w := r.sender.newPacedWorker()
			defer w.close()
			answers[i] = w.open(u)
		})
		time.Sleep(pause)
	}
	wg.Wait()
	if !r.interrupted() {
		r.holdSessions()
	}
	if r.interrupted() || slices.ContainsFunc(answers, func(a answer) bool { return a.answered }) {
		return nil // the result says it where the run was interrupted
	}
	first := answers[0]
	return &Unreachable{record.Failure{Class: first.failure, Message: fmt.Sprintf(
		"load: none of %d users could open a session with %s: %s", len(answers), r.sender.client.Endpoint().Redacted(), excerpt(first.detail))}}
}

func (r *run) interrupted() bool { return r.sender.ctx.Err() != nil }

// attack sends what the schedule says, and waits for the answers and for what is
// still to be verified.
func (r *run) attack() {
	d := &dispatcher{schedule: r.schedule, most: r.config.MaxInFlight, work: func() (func(int64, time.Duration), func()) {
		w := r.sender.newWorker()
		return w.serve, w.close
	}}
	gone := r.receive()
	d.run(r.sender.ctx)
	gone()
	r.sender.inspector.settle()
}

// tellEnd notes why the run ended before its time, if it did.
func (r *run) tellEnd(l *record.Load) {
	l.Interrupted = r.asked.Err() != nil
	if cause := context.Cause(r.sender.ctx); r.interrupted() && !l.Interrupted && cause != nil {
		l.Aborted = cause.Error()
	}
}

// generator says what the generator used.
func (r *run) generator() record.Generator {
	return record.Generator{
		CPUSeconds: round((processorTime() - r.cpu).Seconds()), Cores: runtime.GOMAXPROCS(0),
		MaxOpen: r.sender.maxOpen.Load(), Limit: int64(r.config.MaxInFlight),
		ClockStep: clockStep(r.started.Round(0), time.Now().Round(0), time.Since(r.started)),
	}
}

// leastStep is from when a difference is a clock that was set, and none that a
// time server nudges.
const leastStep = time.Second

// clockStep is by how many seconds the clock on the wall, which read began and now
// reads ended, was set in the meantime; 0 when it was not. Elapsed is what a clock
// says that nobody sets.
func clockStep(began, ended time.Time, elapsed time.Duration) float64 {
	step := ended.Sub(began) - elapsed
	if step.Abs() < leastStep {
		return 0
	}
	return round(step.Seconds())
}

// report calls progress until the returned function is called.
func (r *run) report(progress func(Progress)) (stop func()) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer panics.Tell()
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				progress(r.progress())
				if reason := r.phaseAt(time.Since(r.started)).figures.hopeless(r.config.AbortOn); reason != "" {
					r.abort(errors.New(reason))
				}
			case <-done:
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
