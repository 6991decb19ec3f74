package loadgen

import (
	"fmt"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// bottleneck says why the generator, and not the endpoint, limited the load; it
// is empty when the generator kept up. It is decided from the figures alone.
func bottleneck(l record.Load) string {
	switch allowed := allowedLateness(l.Objective); {
	case l.Failures[record.FailureGenerator] > 0:
		return fmt.Sprintf("this machine ran out of files or ports for %d requests", l.Failures[record.FailureGenerator])
	case l.Unsent > 0 && l.Generator.MaxOpen >= l.Generator.Limit:
		return fmt.Sprintf("%d of %d requests were not sent: all %d that may be in flight at once were waiting",
			l.Unsent, l.Unsent+l.Requests, l.Generator.Limit)
	case l.Unsent > 0:
		return fmt.Sprintf("%d of %d requests could not be sent in time%s", l.Unsent, l.Unsent+l.Requests, usage(l))
	case l.Lateness.P90 > allowed:
		return fmt.Sprintf("requests were sent %s late at the 90th percentile, more than the %s that would leave the latency meaningful%s",
			record.Span(l.Lateness.P90), record.Span(allowed), usage(l))
	}
	return ""
}

// allowedLateness is how late the generator may be: a fifth of the latency that
// it is to judge, and what any scheduler may take.
func allowedLateness(o record.Objective) float64 { return max(0.02, o.Latency/5) }

// usage tells who used the processors up, this process or others on its machine.
func usage(l record.Load) string {
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

// judge fills in whether the generator was the bottleneck, and the verdict. What
// was surely wrong is a miss whatever the generator did; else rate and latency
// are judged only where it kept up.
func judge(l *record.Load) {
	l.Generator.Reason = bottleneck(*l)
	l.Generator.Bound = l.Generator.Reason != ""
	if wrong := wrongAnswers(*l); len(wrong) > 0 {
		l.Verdict, l.Reason = record.LoadMisses, strings.Join(wrong, "; ")
		return
	}
	switch missed := missedTargets(*l); {
	case l.Requests == 0 && !l.Interrupted:
		l.Verdict, l.Reason = record.LoadInconclusive, "no request was answered"
	case l.Generator.Bound:
		l.Verdict, l.Reason = record.LoadInconclusive, "the load generator was the bottleneck"
	case len(missed) > 0:
		l.Verdict, l.Reason = record.LoadMisses, strings.Join(missed, "; ")
	case l.Slow():
		l.Verdict, l.Reason = record.LoadInconclusive, slowness(*l)+", but this machine was busy: requests were sent "+
			record.Span(l.Lateness.P90)+" late at the 90th"
	case l.Interrupted:
		l.Verdict, l.Reason = record.LoadInconclusive, "interrupted"
	case l.Tokens.Unjudged:
		l.Verdict, l.Reason = record.LoadInconclusive, "no public key was given, so no token was verified"
	default:
		l.Verdict, l.Reason = record.LoadMeets, ""
	}
}

// wrongAnswers tells what was wrong in single answers.
func wrongAnswers(l record.Load) []string {
	var wrong []string
	for _, count := range []struct {
		n    int64
		what string
	}{
		{l.Tokens.Invalid, "tokens not accepted"},
		{l.Tokens.Shared, "tokens of another user"},
		{l.Tokens.Changed, "tokens with a changed sub"},
		{l.Tokens.Stale, "tokens not newly issued"},
	} {
		if count.n > 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %d", count.what, count.n))
		}
	}
	if l.Fails() {
		wrong = append(wrong, fmt.Sprintf("%d of %d requests failed", l.Failed(), l.Requests))
	}
	if l.Refuses() {
		wrong = append(wrong, fmt.Sprintf("%d of %d requests were refused as too many", l.Throttled(), l.Requests))
	}
	return wrong
}

// missedTargets tells which figures of the whole run miss the objective.
func missedTargets(l record.Load) []string {
	var missed []string
	if l.Queues() {
		missed = append(missed, fmt.Sprintf("%d requests were waiting when the last was sent", l.Outstanding))
	}
	if l.SurelySlow() {
		missed = append(missed, slowness(l))
	}
	return missed
}

func slowness(l record.Load) string {
	return fmt.Sprintf("latency %s at the %gth percentile, objective %s",
		record.Span(l.AtObjective), l.Objective.Percentile, record.Span(l.Objective.Latency))
}
