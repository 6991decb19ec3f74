package record

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LoadAspect is one thing that is asked of the figures of a load. Each check of
// the load part reads one of them, and the verdict of a load is made of all: so
// nothing can be in the verdict that no check reads.
type LoadAspect string

// The aspects of a load.
const (
	LoadValid    LoadAspect = "valid"    // every token was accepted and keeps the rules
	LoadIsolated LoadAspect = "isolated" // no user got what is another's
	LoadFresh    LoadAspect = "fresh"    // every token was newly issued
	LoadErrors   LoadAspect = "errors"   // no more requests failed than allowed
	LoadRate     LoadAspect = "rate"     // the rate was sent and answered
	LoadLatency  LoadAspect = "latency"  // the latency meets the objective
)

// LoadAspects returns all aspects, in the order in which they are told.
func LoadAspects() []LoadAspect {
	return []LoadAspect{LoadValid, LoadIsolated, LoadFresh, LoadErrors, LoadRate, LoadLatency}
}

// LoadAnswer is what the figures say to one aspect.
type LoadAnswer struct {
	Verdict string // LoadMeets, LoadMisses or LoadInconclusive
	Reason  string // why, unless it meets
	// Ours is set when this machine, not the endpoint, left it undecided.
	Ours bool
}

// Ask answers one aspect from the figures alone. What was surely wrong is a miss
// whatever the generator did; rate and latency are judged only where it kept up.
func (l Load) Ask(aspect LoadAspect) LoadAnswer {
	answer := l.ask(aspect)
	switch {
	case answer.Verdict != "":
		return answer
	case l.Requests == 0 && !l.Interrupted:
		return LoadAnswer{Verdict: LoadInconclusive, Reason: "no request was answered"}
	case l.Requests > 0 && l.Requests == l.Failed()+l.Throttled():
		return LoadAnswer{Verdict: LoadInconclusive, Reason: "no token was served under load"}
	case l.Aborted != "":
		return LoadAnswer{Verdict: LoadInconclusive, Reason: fmt.Sprintf("the load stopped itself after %s: %s", Span(l.Seconds), l.Aborted)}
	case l.Interrupted:
		return LoadAnswer{Verdict: LoadInconclusive, Reason: fmt.Sprintf("the load was interrupted after %s", Span(l.Seconds))}
	}
	return LoadAnswer{Verdict: LoadMeets}
}

// ask answers what the aspect itself says; the answer is empty where that is nothing.
func (l Load) ask(aspect LoadAspect) LoadAnswer {
	misses := func(format string, args ...any) LoadAnswer {
		return LoadAnswer{Verdict: LoadMisses, Reason: fmt.Sprintf(format, args...)}
	}
	switch t := l.Tokens; {
	case aspect == LoadValid && t.Invalid > 0:
		return misses("tokens not accepted: %s", Count(t.Invalid))
	case aspect == LoadValid && len(t.Broken) > 0:
		return misses("tokens that break a rule: %s", strings.Join(slices.Sorted(maps.Keys(t.Broken)), ", "))
	case aspect == LoadValid && len(t.Advised) > 0 && l.Role == "":
		return misses("tokens that break what is advised, since the load began: %s", strings.Join(slices.Sorted(maps.Keys(t.Advised)), ", "))
	case aspect == LoadValid && t.Unjudged:
		return LoadAnswer{Verdict: LoadInconclusive, Reason: "no public key was given: name its file with --public-key"}
	case aspect == LoadIsolated && t.Shared+t.Changed > 0:
		return misses("%s", counted(t.Shared, "tokens of another user", t.Changed, "tokens with a changed sub"))
	case aspect == LoadFresh && t.Stale > 0 && l.Generator.ClockStep != 0:
		return LoadAnswer{
			Verdict: LoadInconclusive, Ours: true,
			Reason: fmt.Sprintf("this machine's clock was set by %s while the load ran, so that the ages of its tokens say nothing", Span(l.Generator.ClockStep)),
		}
	case aspect == LoadFresh && t.Stale > 0:
		return misses("tokens not newly issued: %s", Count(t.Stale))
	case aspect == LoadErrors:
		return l.askErrors(misses)
	case aspect == LoadRate:
		return l.askRate(misses)
	case aspect == LoadLatency:
		return l.askLatency(misses)
	}
	return LoadAnswer{}
}

// counted joins what was counted, but for what was not seen.
func counted(n int64, what string, m int64, other string) string {
	var told []string
	for _, count := range []struct {
		n    int64
		what string
	}{{n, what}, {m, other}} {
		if count.n > 0 {
			told = append(told, fmt.Sprintf("%s: %s", count.what, Count(count.n)))
		}
	}
	return strings.Join(told, "; ")
}

// miss makes the answer of a miss.
type miss = func(format string, args ...any) LoadAnswer

func (l Load) askErrors(misses miss) LoadAnswer {
	switch {
	case l.fails():
		return misses("%s of %s requests failed", Count(l.Failed()), Count(l.Requests))
	case l.ErrorShare() > l.Objective.ErrorShare:
		return l.bound()
	}
	return LoadAnswer{}
}

func (l Load) askRate(misses miss) LoadAnswer {
	switch {
	case l.Refuses():
		return misses("%s of %s requests were rate-limited", Count(l.Throttled()), Count(l.Requests))
	case l.Bottleneck() == "" && l.Unsent > 0:
		return misses("%s of %s requests could not be sent, because all %s that may be in flight were waiting for their answer",
			Count(l.Unsent), Count(l.Unsent+l.Requests), Count(l.Generator.Limit))
	case l.Queues():
		return misses("%s requests were waiting when the last was sent", Count(l.Outstanding))
	case l.Bottleneck() != "":
		return l.bound()
	case l.Apart > together:
		return LoadAnswer{Verdict: LoadInconclusive, Reason: fmt.Sprintf(
			"the shards began %s apart, so that it never was one load: give them one time to start at (--start-at)", Span(l.Apart))}
	}
	return LoadAnswer{}
}

// together is how far apart shards may begin and still be one load, in seconds.
const together = 1.0

func (l Load) askLatency(misses miss) LoadAnswer {
	slowness := fmt.Sprintf("latency %s at the %gth percentile, objective %s", Span(l.AtObjective), l.Objective.Percentile, Span(l.Objective.Latency))
	switch {
	case l.Bottleneck() != "":
		return l.bound()
	case l.surelySlow():
		return misses("%s", slowness)
	case l.AtObjective > l.Objective.Latency:
		return LoadAnswer{Verdict: LoadInconclusive, Ours: true, Reason: fmt.Sprintf(
			"%s, but this machine was busy: requests were sent %s late at the 90th", slowness, Span(l.Lateness.P90))}
	}
	return LoadAnswer{}
}

// bound is the answer where the generator limited the load.
func (l Load) bound() LoadAnswer {
	return LoadAnswer{Verdict: LoadInconclusive, Ours: true, Reason: "the load generator was the bottleneck: " + l.Bottleneck()}
}

// Judged returns the load with its verdict, made anew from the figures: it misses
// when one aspect does, and is inconclusive when one is.
func (l Load) Judged() Load {
	l.Generator.Reason = l.Bottleneck()
	l.Generator.Bound = l.Generator.Reason != ""
	var missed []string
	var undecided string
	for _, aspect := range LoadAspects() {
		switch answer := l.Ask(aspect); answer.Verdict {
		case LoadMisses:
			missed = append(missed, answer.Reason)
		case LoadInconclusive:
			undecided = cmp.Or(undecided, answer.Reason)
		}
	}
	switch {
	case len(missed) > 0:
		l.Verdict, l.Reason = LoadMisses, strings.Join(missed, "; ")
	case undecided != "":
		l.Verdict, l.Reason = LoadInconclusive, undecided
	default:
		l.Verdict, l.Reason = LoadMeets, ""
	}
	return l
}

// Bottleneck says why the generator, and not the endpoint, limited the load; it
// is empty when the generator kept up.
func (l Load) Bottleneck() string {
	switch allowed := l.allowedLateness(); {
	case l.Failures[FailureGenerator] > 0:
		return fmt.Sprintf("this machine ran out of files or ports for %s requests", Count(l.Failures[FailureGenerator]))
	case l.full() && !l.overwhelmed() && l.Unsent == 0 && l.AtObjective > l.Objective.Latency:
		return fmt.Sprintf("requests waited for others, because all %s that may be in flight at once were", Count(l.Generator.Limit))
	case l.full() && !l.overwhelmed() && l.Unsent > 0:
		return fmt.Sprintf("%s of %s requests were not sent: all %s that may be in flight at once were waiting",
			Count(l.Unsent), Count(l.Unsent+l.Requests), Count(l.Generator.Limit))
	case l.Unsent > 0 && !l.full():
		return fmt.Sprintf("%s of %s requests could not be sent in time%s", Count(l.Unsent), Count(l.Unsent+l.Requests), l.usage())
	case l.Lateness.P90 > allowed:
		return fmt.Sprintf("requests were sent %s late at the 90th percentile, more than the %s that would leave the latency meaningful%s",
			Span(l.Lateness.P90), Span(allowed), l.usage())
	}
	return ""
}

// full says whether as many requests were in flight as may be.
func (l Load) full() bool { return l.Generator.Limit > 0 && l.Generator.MaxOpen >= l.Generator.Limit }

// overwhelmed says whether the endpoint, asked by as many as may be in flight at
// once, took longer than the objective for the answers alone, counted from when
// they were sent: then more in flight would have waited longer still.
func (l Load) overwhelmed() bool {
	service := l.Service.P50
	if l.Objective.Percentile >= 90 {
		service = l.Service.P90
	}
	if l.Objective.Percentile >= 99 {
		service = l.Service.P99
	}
	return service-busy*l.Lateness.P90 > l.Objective.Latency
}

// allowedLateness is how late the generator may be: a fifth of the latency that
// it is to judge, and what any scheduler may take.
func (l Load) allowedLateness() float64 { return max(0.02, l.Objective.Latency/5) }

// usage tells who used the processors up, this process or others on its machine.
func (l Load) usage() string {
	if l.Generator.CPUSeconds == 0 || l.Seconds == 0 {
		return ""
	}
	used, cores := l.Generator.CPUSeconds/l.Seconds, float64(l.Generator.Cores)
	told := fmt.Sprintf("; this process used %.1f of %g cores", used, cores)
	if used < cores/2 {
		told += ", so that other programs seem to have kept it waiting"
	}
	return told
}

// fails says whether more requests surely failed than the objective allows: those
// for which the generator had no files or ports do not count, nor time-outs where
// it was the bottleneck.
func (l Load) fails() bool {
	failed := l.Failed() - l.Failures[FailureGenerator]
	if l.Bottleneck() != "" {
		failed -= l.Failures[FailureTimeout]
	}
	return share(failed, l.Requests) > l.Objective.ErrorShare
}

// surelySlow says whether the latency misses the objective by more than a busy
// machine explains. What makes the generator late to send makes it late to read,
// and delays an endpoint on the same machine at each step: measured, up to ten
// times the lateness. The 90th percentile tells a machine that is busy throughout
// from one that has a moment's work, such as the answers that come all at once
// after a pause.
func (l Load) surelySlow() bool {
	return l.AtObjective-busy*l.Lateness.P90 > l.Objective.Latency
}

// busy is how many times its own lateness a generator may add to the latency.
const busy = 10
