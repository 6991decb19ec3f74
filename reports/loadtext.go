package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webchatspec/webchatspec/record"
)

// These are the load figures in words, as every report tells them.

// loadAnswer is what loads were run to find out, in a sentence after its subject.
type loadAnswer struct{ title, subject, sentence string }

// loadAnswers are the answers that the loads of the run gave: of a search for the
// highest rate, a comparison, an overload.
func loadAnswers(run record.Run) []loadAnswer {
	var answers []loadAnswer
	if c := run.Capacity; c != nil && len(c.Points) > 0 {
		answers = append(answers, loadAnswer{"Capacity", "the endpoint ", c.Sentence()})
	}
	if c := run.Comparison; c != nil && len(c.Entries) > 0 {
		answers = append(answers, loadAnswer{"Comparison", "", c.Sentence()})
	}
	if back, ok := run.Recovery(); ok {
		answers = append(answers, loadAnswer{"Recovery", "the endpoint ", back.Sentence()})
	}
	return answers
}

func loadRate(load record.Load) string {
	text := fmt.Sprintf("%s requested, %s answered, for %s: %s",
		perSecond(load.Requested), perSecond(load.Achieved), seconds(load.Seconds), counted(load.Requests, "request"))
	if load.Users > 0 {
		text += grouped(", %d users", load.Users)
	}
	if load.Unsent > 0 {
		text += grouped(", %d more were due and not sent", load.Unsent)
	}
	if load.Outstanding > 0 {
		text += grouped(", %d unanswered at the end", load.Outstanding)
	}
	if load.Interrupted {
		text += " (stopped before its time)"
	}
	return text
}

func loadLatency(load record.Load) string {
	q := load.Latency
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, p99.9 %s, longest %s", seconds(q.P50), seconds(q.P90), seconds(q.P99), seconds(q.P999), seconds(q.Max))
}

func loadTokens(tokens record.LoadTokens) string {
	if tokens.Unjudged {
		return "not verified: no public key was given"
	}
	text := grouped("%d accepted, %d invalid, %d shared between users, %d stale", tokens.Verified, tokens.Invalid, tokens.Shared, tokens.Stale)
	if tokens.Changed > 0 {
		text += grouped(", %d with another sub than before", tokens.Changed)
	}
	for _, broken := range []map[string]int64{tokens.Broken, tokens.Advised} {
		for _, id := range slices.Sorted(maps.Keys(broken)) {
			text += grouped(", %d that break %s", broken[id], line(id, nameLimit))
		}
	}
	return text
}

// loadFailures lists the failed requests by class, the commonest first.
func loadFailures(load record.Load) string {
	classes := slices.SortedFunc(maps.Keys(load.Failures), func(a, b string) int {
		return cmp.Or(cmp.Compare(load.Failures[b], load.Failures[a]), cmp.Compare(a, b))
	})
	const shown = 8
	var parts []string
	for i, class := range classes {
		if i == shown {
			parts = append(parts, fmt.Sprintf("%d more classes", len(classes)-shown))
			break
		}
		parts = append(parts, grouped("%d × %s", load.Failures[class], line(class, nameLimit)))
	}
	failed := total(load.Failures)
	text := grouped("%d of %d requests", failed, load.Requests)
	if load.Requests > 0 {
		text += " (" + percent(float64(failed)/float64(load.Requests)) + ")"
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// begun begins a sentence with a capital letter.
func begun(sentence string) string {
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}

// loadObjective says what the figures were held to; "" when to nothing.
func loadObjective(o record.Objective) string {
	if o.Percentile == 0 && o.Latency == 0 {
		return ""
	}
	return fmt.Sprintf("p%g within %s, at most %s of requests failed", o.Percentile, seconds(o.Latency), percent(o.ErrorShare))
}

// loadVerdict says whether the objective was met, and why not.
func loadVerdict(load record.Load) string {
	parts := []string{cmp.Or(line(load.Verdict, nameLimit), "not judged")}
	if objective := loadObjective(load.Objective); objective != "" {
		parts[0] += " (" + objective + ")"
	}
	if load.Reason != "" {
		parts = append(parts, line(load.Reason, valueLimit))
	}
	if g := load.Generator; g.Bound {
		if load.Reason == "" {
			parts = append(parts, "the load generator itself was the bottleneck")
		}
		if g.Reason != "" && !strings.Contains(load.Reason, g.Reason) {
			parts = append(parts, line(g.Reason, valueLimit))
		}
	}
	return strings.Join(parts, "; ")
}

func total(counts map[string]int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}
