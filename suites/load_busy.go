package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// busyLatency is how long a visitor should wait at most for the chat to open, in seconds. The
// documentation's example gives a token ten seconds.
const busyLatency = 2.0

// busyMachine is the contention from which this machine counts as busy: by that factor a site
// on it could have been faster.
const busyMachine = 2

var _ = add(Check{
	ID: "http-latency", Area: AreaLoad, Level: record.Should,
	Title:  "95 % of the answers come in under 2 s with 20 requests in flight",
	Source: "vendor: 10 s example",
	Faults: []string{"slow-busy"},
	Why:    "The chat waits for the token: with a slow answer the chat opens late, and under load requests pile up.",
	Fix:    "Read the private key once instead of for each token, and sign on more than one core.",
	Needs:  []string{record.ProbeBusy}, judge: httpLatency,
})

// httpLatency judges the 95th percentile of the answers with twenty in flight.
func httpLatency(e *evidence) judgement {
	probe, _ := e.probe(record.ProbeBusy)
	busy := ""
	if probe.Contention >= busyMachine {
		busy = fmt.Sprintf(", but this machine was busy with other programs: work took %.1f times as long as on an idle one", probe.Contention)
	}
	if late := probe.Failures[record.FailureTimeout]; late > 0 && busy != "" {
		return warn(fmt.Sprintf("no answer came in time for %d of 20 requests in flight%s", late, busy))
	}
	if late := probe.Failures[record.FailureTimeout]; late > 0 {
		return fail(*found("", "an answer for each of 20 requests in flight", "none in time for %d, while %d were answered", late, len(probe.Latencies)))
	}
	latencies := slices.Sorted(slices.Values(probe.Latencies))
	if len(latencies) == 0 {
		return notRun("no answer came with twenty requests in flight")
	}
	if p95 := latencies[(len(latencies)*95+99)/100-1]; p95 >= busyLatency {
		if busy != "" && p95/probe.Contention < busyLatency {
			return warn(fmt.Sprintf("%s at the 95th percentile%s", record.Span(p95), busy))
		}
		return fail(*found("", fmt.Sprintf("under %s at the 95th percentile with 20 requests in flight", record.Span(busyLatency)), "%s, in %d answers%s", record.Span(p95), len(latencies), fewOnly(len(latencies))))
	}
	if fewOnly(len(latencies)) != "" && busy != "" {
		return warn(fmt.Sprintf("%s at the 95th percentile%s%s", record.Span(latencies[len(latencies)-1]), fewOnly(len(latencies)), busy))
	}
	return saw(len(latencies), "answer").judge()
}

// fewOnly says that fewer than twenty requests were in flight, because fewer were slow
// already.
func fewOnly(answers int) string {
	if answers >= 20 {
		return ""
	}
	return fmt.Sprintf(", with no more than %d in flight", answers)
}
