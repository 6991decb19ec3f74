package loadgen

import (
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

func TestFigures(t *testing.T) {
	began := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	f := newFigures(time.Second, 5*time.Second, time.Minute)
	u := newUsers(1, 1, nil)[0]
	add := func(due, late, took time.Duration, failure string) {
		f.add(answer{
			user: u, answered: failure != record.FailureTimeout, failure: failure, detail: "<p>Log in",
			due: began.Add(due), sent: began.Add(due + late), done: began.Add(due + late + took),
		}, began)
	}
	add(500*time.Millisecond, 0, time.Second, "")             // in the warm-up
	add(1100*time.Millisecond, 0, 100*time.Millisecond, "")   // second 0
	add(1200*time.Millisecond, 400*time.Millisecond, 0, "")   // second 0, sent late
	add(2*time.Second, 0, time.Millisecond, "html")           // second 1, fast and wrong
	add(3*time.Second, 0, time.Second, record.FailureTimeout) // second 2
	add(4*time.Second, 0, 0, record.FailureThrottled)         // second 3
	add(4900*time.Millisecond, 0, 500*time.Millisecond, "")   // second 3, answered too late
	l := f.load(Config{Stages: []Stage{Constant(2, 4*time.Second)}, Objective: DefaultObjective()}, 5*time.Second)

	if l.Requests != 6 || l.Outstanding != 1 || l.Tokens.Verified != 3 || l.Seconds != 4 || l.Requested != 2 {
		t.Errorf("load %+v", l)
	}
	if l.Achieved != 0.75 { // three answers in four seconds: not the time-out, the refusal, the late one
		t.Errorf("%g answers a second", l.Achieved)
	}
	if l.Failures["html"] != 1 || l.Failed() != 2 || l.Throttled() != 1 {
		t.Errorf("failures %v", l.Failures)
	}
	if examples := l.Tokens.Examples; len(examples) != 3 || examples[0].Text != "html: <p>Log in" || examples[0].Second != 1 {
		t.Errorf("examples %+v", examples)
	}
	near := func(name string, got, want float64) {
		if got < want*0.999 || got > want*1.001 {
			t.Errorf("%s is %g, want %g", name, got, want)
		}
	}
	near("latency", l.Latency.P50, 0.4) // of 0.1, 0.4, 0.5 and 1 s
	near("longest latency", l.Latency.Max, 1)
	near("lateness", l.Lateness.Max, 0.4)
	near("longest service", l.Service.Max, 1)
	if len(l.Series) != 4 || l.Series[0].Requests != 2 || l.Series[1].Failures != 1 || l.Series[3].Requests != 2 {
		t.Errorf("series %+v", l.Series)
	}
}

// A long run keeps few rows open, and none is told twice.
func TestFiguresCloseSeconds(t *testing.T) {
	began := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	f := newFigures(0, time.Hour, time.Minute)
	u := newUsers(1, 1, nil)[0]
	for due := time.Duration(0); due < time.Hour; due += 500 * time.Millisecond {
		f.add(answer{user: u, due: began.Add(due), sent: began.Add(due), done: began.Add(due + time.Millisecond)}, began)
		open := 0
		for _, r := range f.timeline.rows {
			if r.latency != nil {
				open++
			}
		}
		if open > 63 {
			t.Fatalf("%d rows are open", open)
		}
	}
	f.add(answer{user: u, due: began, sent: began, done: began.Add(time.Hour)}, began) // the answer to the first, after all
	l := f.load(Config{Stages: []Stage{Constant(2, time.Hour)}}, time.Hour)
	if len(l.Series) != 3600 || l.Series[0].Requests != 3 || l.Series[3599].Second != 3599 {
		t.Errorf("%d rows, the first %+v", len(l.Series), l.Series[0])
	}
	if l.Requests != 7201 {
		t.Errorf("%d requests", l.Requests)
	}
}

// TestWrongTokensAreCountedBySecond: also those whose signature is looked at later,
// and each once.
func TestWrongTokensAreCountedBySecond(t *testing.T) {
	began := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	f := newFigures(0, 4*time.Second, time.Minute)
	u := newUsers(1, 1, nil)[0]
	add := func(due time.Duration, stale string) {
		a := answer{user: u, due: began.Add(due), sent: began.Add(due), done: began.Add(due + time.Millisecond)}
		a.facts.stale = stale
		f.add(a, began)
	}
	add(0, "")
	add(1*time.Second, "issued an hour ago")
	add(2*time.Second, "")
	f.refute(time.Second, true, "invalid signature")
	f.refute(2*time.Second, false, "invalid signature")
	l := f.load(Config{Stages: []Stage{Constant(1, 4*time.Second)}}, 4*time.Second)
	for second, want := range []int64{0, 1, 1} {
		if got := l.Series[second].Wrong; got != want {
			t.Errorf("second %d had %d wrong tokens, want %d", second, got, want)
		}
	}
}
