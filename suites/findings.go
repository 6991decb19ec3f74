package suites

import (
	"fmt"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// found makes a finding; requirement and hint are the check's title and fix
// unless the check sets others. Exchange is the id of the exchange that shows it.
func found(exchange, expected, actual string, args ...any) *record.Finding {
	return &record.Finding{Exchange: exchange, Expected: expected, Actual: fmt.Sprintf(actual, args...)}
}

// newTokens returns each token text of the ordinary probes once, where it was
// first seen: what is said of a token's age must not be said of a kept copy.
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
		}
	}
	return tokens
}

// everyAnswer makes a check that looks at each complete answer of the named
// probes, of the ordinary ones when none is named.
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

// sentAs says in words which request of its probe an exchange was.
func sentAs(x record.Exchange) string { return inWords(x.Variant, x.About) }

// inWords is a variant with what it is about.
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
