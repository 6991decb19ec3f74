package suites

import (
	"fmt"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// found makes a finding. Exchange is the id of the exchange that shows it. The requirement
// and the hint are the title and the fix of the check, unless the check sets others.
func found(exchange, expected, actual string, args ...any) *record.Finding {
	return &record.Finding{Exchange: exchange, Expected: expected, Actual: fmt.Sprintf(actual, args...)}
}

// newTokens returns each token of the ordinary probes once, as it was first received: what
// is said about the age of a token must not be said about a kept copy. A user's token that
// is met again later is one, maybe of one from before the run: it counts as a later call.
func (e *evidence) newTokens() []Token {
	first := map[string]int{} // place in tokens, by fingerprint
	var tokens []Token
	for _, t := range e.Tokens() {
		at, seen := first[t.Fingerprint]
		switch {
		case !seen:
			first[t.Fingerprint] = len(tokens)
			tokens = append(tokens, t)
		case t.ReceivedAt.Before(tokens[at].ReceivedAt):
			tokens[at] = t
		case t.User != "" && t.ReceivedAt.Sub(tokens[at].ReceivedAt) > aSecondApart:
			tokens[at].Call = max(tokens[at].Call, 2)
		}
	}
	return tokens
}

// everyAnswer makes a judge that looks at each answer of the named probes, or of the
// ordinary ones when none is named.
func everyAnswer(look func(record.Exchange) *record.Finding, probes ...string) func(*evidence) judgement {
	return func(e *evidence) judgement { return collect(e.answers(probes...), look).judge() }
}

// answers returns the exchanges of the probes that were answered.
func (e *evidence) answers(probes ...string) []record.Exchange {
	var answered []record.Exchange
	for _, x := range e.Exchanges(probes...) {
		if x.Response != nil && (x.Failure == nil || x.Failure.Class != record.FailureThrottled) {
			answered = append(answered, x)
		}
	}
	return answered
}

// served returns the answers of the ordinary probes that carried a token.
func (e *evidence) served() []record.Exchange {
	var served []record.Exchange
	for _, x := range e.answers() {
		if x.Token != "" {
			served = append(served, x)
		}
	}
	return served
}

// sentAs describes which request of its probe an exchange was.
func sentAs(x record.Exchange) string { return inWords(x.Variant, x.About) }

// inWords describes a variant and what it is about.
func inWords(variant record.Variant, about string) string {
	if about == "" {
		return string(variant)
	}
	return string(variant) + ": " + about
}

// header returns the values of a response header, joined as HTTP joins a list.
func header(x record.Exchange, name string) string {
	if x.Response == nil {
		return ""
	}
	for key, values := range x.Response.Header {
		if strings.EqualFold(key, name) {
			return strings.Join(values, ", ")
		}
	}
	return ""
}
