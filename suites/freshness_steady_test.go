package suites

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

var onlyTimes = Options{Selection: Selection{Only: []string{"times-follow-request"}}}

// TestServersWhoseClocksDiffer: a server whose clock is behind gives the times of the others
// again, later. That is no clock that stands still, in runs of whatever length.
func TestServersWhoseClocksDiffer(t *testing.T) {
	const start, visitors = 1_790_000_017, 1000
	behind := func(seconds float64, every int) func(float64, int) float64 {
		return func(now float64, i int) float64 {
			if i%every == every-1 {
				return now - seconds
			}
			return now
		}
	}
	for name, test := range map[string]struct {
		clock  func(now float64, visitor int) float64
		every  time.Duration
		answer time.Duration
		want   record.State
		level  record.Level
	}{
		"4 s behind":                     {behind(4, 2), 30 * time.Millisecond, 10 * time.Millisecond, record.Passed, record.Must},
		"9 s behind, one of 12":          {behind(9, 12), 30 * time.Millisecond, 10 * time.Millisecond, record.Passed, record.Must},
		"6 s behind, slow answers":       {behind(6, 2), 300 * time.Millisecond, 2 * time.Second, record.Passed, record.Must},
		"20 s behind":                    {behind(20, 3), 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Should},
		"60 s behind":                    {behind(60, 2), 100 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Should},
		"set back by 20 s in the run":    {func(now float64, i int) float64 { return now - float64(20*(i/500)) }, 30 * time.Millisecond, 10 * time.Millisecond, record.Passed, record.Must},
		"set forward by 7 s in the run":  {func(now float64, i int) float64 { return now + float64(7*(i/300)) }, 30 * time.Millisecond, 10 * time.Millisecond, record.Passed, record.Must},
		"one of three stands still":      {func(now float64, i int) float64 { return min(now, now+float64(i%3/2)*(start-5-now)) }, 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Must},
		"one behind, another one stands": {func(now float64, i int) float64 { return []float64{now, now - 60, start - 200}[i%3] }, 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Must},
		"all read it every five seconds": {func(now float64, _ int) float64 { return math.Floor((now-2)/5)*5 + 2 }, 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Must},
		"one behind reads it every ten":  {func(now float64, i int) float64 { return []float64{now, math.Floor(now/10)*10 - 57}[i%2] }, 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Must},
		"slower than time":               {func(now float64, _ int) float64 { return start + (now-start)*0.8 }, 30 * time.Millisecond, 10 * time.Millisecond, record.Failed, record.Must},
	} {
		run := runWith()
		for i := range visitors {
			at := time.Unix(start, 0).Add(time.Duration(i) * test.every)
			now := math.Floor(test.clock(unix(at.Add(test.answer/2)), i))
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","iat":%.0f,"exp":%.0f}`, i, now, now+900))
			run.Evidence.Tokens[i].ReceivedAt = at.Add(test.answer)
		}
		if o := outcome(t, Judge(run, onlyTimes), "times-follow-request"); o.State != test.want || o.Level != test.level {
			t.Errorf("%s: %s %s (%s %v), want %s %s", name, o.Level, o.State, o.Reason, o.Findings, test.level, test.want)
		}
	}
}

// TestLivesThatVary: chance adds some seconds to exp, so that its times are met again; an exp
// of one process of several that stands still is found beside an iat that is right.
func TestLivesThatVary(t *testing.T) {
	const start, visitors, every = 1_790_000_017, 1000, 8 * time.Millisecond
	random := rand.New(rand.NewPCG(3, 4)) // the same in each run of the test
	remembered := map[int]float64{}       // exp, by life
	for name, test := range map[string]struct {
		exp  func(now float64, visitor int) float64
		want record.State
	}{
		"five seconds by chance": {func(now float64, _ int) float64 { return now + 900 + float64(random.IntN(5)) }, record.Passed},
		"a minute by chance":     {func(now float64, _ int) float64 { return now + 900 + float64(random.IntN(60)) }, record.Passed},
		"each of thirty lives computed once": {func(now float64, _ int) float64 {
			life := 900 + random.IntN(30)
			if _, known := remembered[life]; !known {
				remembered[life] = now + float64(life)
			}
			return remembered[life]
		}, record.Failed},
		"ten or fifteen minutes":       {func(now float64, i int) float64 { return now + 600 + float64(i%2)*300 }, record.Passed},
		"one of three stands":          {func(now float64, i int) float64 { return []float64{now, now, start - 3}[i%3] + 900 }, record.Failed},
		"all of three stand":           {func(_ float64, i int) float64 { return start + float64(i%3)*2 + 900 }, record.Failed},
		"read anew each three seconds": {func(now float64, _ int) float64 { return math.Floor((now-1)/3)*3 + 900 }, record.Failed},
	} {
		run := runWith()
		for i := range visitors {
			at := time.Unix(start, 0).Add(time.Duration(i) * every)
			now := unix(at)
			addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), at, fmt.Sprintf(`{"sub":"v%d","iat":%.0f,"exp":%.0f}`, i, math.Floor(now), math.Floor(test.exp(now, i))))
		}
		if o := outcome(t, Judge(run, onlyTimes), "times-follow-request"); o.State != test.want || o.Level != record.Must {
			t.Errorf("%s: %s %s (%s %v), want %s", name, o.Level, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestFullHoursAtEachMinute: an exp at the next full hour that is some minutes away is
// rounded, and right, whenever one looks; one that ends with the hour is wrong when little
// is left.
func TestFullHoursAtEachMinute(t *testing.T) {
	const hour = 1_790_000_017 - 1_790_000_017%3600
	for minute := range 60 {
		for _, away := range []int{0, 300, 600, 900, 1800} {
			now := hour + 60*minute + 7
			run := runWith()
			for i := range 4 {
				at := now + 2*i
				exp := (at + away + 3599) / 3600 * 3600
				addTimed(&run, record.ProbeVisitors, fmt.Sprint("v", i), fmt.Sprint("sha256:", i), time.Unix(int64(at), 0), fmt.Sprintf(`{"sub":"v%d","iat":%d,"exp":%d}`, i, at, exp))
			}
			o := outcome(t, Judge(run, onlyTimes), "times-follow-request")
			wrong := away == 0 && minute > 55 // five minutes are a life that somebody may have meant
			if failed := o.State == record.Failed && o.Level != record.May; failed != wrong {
				t.Errorf("minute %d, at least %d s away: %s %s %v", minute, away, o.Level, o.State, o.Findings)
			}
		}
	}
}

// TestUsersTokensThatWereKeptSinceBeforeTheRun are old and right: they are met again. One that
// is new at each call and has an old iat is not.
func TestUsersTokensThatWereKeptSinceBeforeTheRun(t *testing.T) {
	const start, life = 1_790_000_017, 3600
	for name, test := range map[string]struct {
		kept bool
		want record.State
	}{
		"kept": {true, record.Passed},
		"new":  {false, record.Failed},
	} {
		run := runWith()
		for i := range 3 {
			fingerprint := "sha256:0"
			if !test.kept {
				fingerprint = fmt.Sprint("sha256:", i)
			}
			addTimed(&run, record.ProbeVisitors, "v1", fingerprint, time.Unix(start+int64(2*i), 0), fmt.Sprintf(`{"sub":"a","iat":%d,"exp":%d}`, start-400, start-400+life))
			run.Evidence.Tokens[i].User, run.Evidence.Tokens[i].Call = "ann", i+1
		}
		o := outcome(t, Judge(run, Options{Selection: Selection{Only: []string{"iat-not-future"}}}), "iat-not-future")
		if o.State != test.want {
			t.Errorf("%s: %s (%s %v), want %s", name, o.State, o.Reason, o.Findings, test.want)
		}
	}
}

// TestRandomAdditionsMoveOn: in runs of seconds an exp to which chance has added something, anew
// or once for each visitor, is not taken for one that stands still.
func TestRandomAdditionsMoveOn(t *testing.T) {
	const start, newcomers, regulars, calls = 1_790_000_017, 800, 50, 16
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 5))
		width, kept := 8+random.IntN(112), seed%2 == 0
		additions := make([]int, regulars)
		for i := range additions {
			additions[i] = random.IntN(width)
		}
		run := runWith()
		every := time.Duration(2+seed%4) * time.Millisecond
		for i := range newcomers + regulars*calls {
			probe, visitor, addition := record.ProbeAnonymous, fmt.Sprint("a", i), random.IntN(width)
			if i >= newcomers {
				probe, visitor = record.ProbeParallel, fmt.Sprint("p", i%regulars)
				if kept {
					addition = additions[i%regulars]
				}
			}
			at := time.Unix(start, 0).Add(time.Duration(i) * every)
			addTimed(&run, probe, visitor, fmt.Sprint("sha256:", visitor, at.Unix(), addition), at, fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d}`, visitor, at.Unix(), at.Unix()+900+int64(addition)))
		}
		if o := outcome(t, Judge(run, onlyTimes), "times-follow-request"); o.State == record.Failed {
			t.Errorf("up to %d s, seed %d: %s %v", width, seed, o.Level, o.Findings)
		}
	}
}
