package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

var _ = add(Check{
	ID: "page-first-message", Area: AreaPage, Level: record.Must,
	Title:    "The first message carries a token that the assistant accepts",
	Why:      "A conversation cannot start without it.",
	Fix:      "See why the assistant refuses the token; 'webchatspec check' looks at the token endpoint alone.",
	Source:   "vendor: enable",
	Faults:   []string{"page-wrong-key"},
	YieldsTo: slices.Concat([]string{"page-subscribes", "page-token-string", "page-token-assigned", "page-handler-settles", "page-cors", "page-csp", "token-accepted"}, rulebook.RejectionCauses),
	Needs:    []string{record.ProbePage}, judge: onPage(pageFirstMessage),
})

func pageFirstMessage(p pageRun) judgement {
	if len(p.visits()) == 0 {
		return notRun(noWidget)
	}
	if nothing, lacks := p.lackingInOnLoad(); lacks {
		return nothing
	}
	messages := saw(0, "first message")
	for _, visitor := range []string{record.VisitorFirst, record.VisitorSecond} {
		step, ok := p.step(visitor, record.StepFirst)
		if ok {
			messages.seen++
		}
		if !ok || step.Done || len(messages.findings) > 0 {
			continue
		}
		if nothing, ok := judgeable(step); !ok {
			return nothing
		}
		messages = messages.with(*found("", "the assistant answers 200", "%s; %s%s",
			p.lastAnswer(visitor, record.StepFirst), step.Ended, p.threw(visitor, record.StepFirst)))
	}
	if _, ok := p.step(record.VisitorFirst, record.StepFirst); !ok {
		return notRun("the chat was not opened")
	}
	return messages.judge()
}

// lastAnswer tells the assistant's last answer in a step, and why.
func (p pageRun) lastAnswer(visitor, step string) string {
	calls := p.messagesIn(visitor, step)
	if len(calls) == 0 {
		return "no request with a token reached the assistant"
	}
	last := calls[len(calls)-1]
	text := fmt.Sprintf("the assistant answered %d to the %s request: %s", last.Status, last.Call, last.Reason)
	if t, ok := p.token(last.Token); ok && last.Status != 200 && t.Signature.Key == 0 && len(t.Claims) > 0 {
		text += "; none of the given public keys fits the signature"
	}
	return text
}

// expiry returns the step in which the token expired, or why there is nothing
// to judge.
func (p pageRun) expiry() (record.PageStep, judgement, bool) {
	step, ok := p.step(record.VisitorFirst, record.StepExpiry)
	switch {
	case len(p.visits()) == 0:
		return step, notRun(noWidget), false
	case !ok:
		return step, notRun("the first message was not accepted, so there was no token to expire"), false
	}
	nothing, ok := judgeable(step)
	return step, nothing, ok
}

// roundedExp says whether the renewed token is another one that expires when
// the first does. Then moving the clocks proves nothing: in reality the issuer
// may well give a live one.
func (p pageRun) roundedExp() bool {
	old, ok := p.accepted(record.VisitorFirst, record.StepFirst)
	return ok && p.ClockMode == record.ClockPulse && p.sameExp(old, record.VisitorFirst, record.StepExpiry)
}

// sameExp says whether the first other token of a step expires no later than the
// one before it.
func (p pageRun) sameExp(old Token, visitor, step string) bool {
	oldExp, _ := old.NumberClaim("exp")
	for _, f := range p.firingsIn(visitor, step) {
		if t, ok := p.token(f.Value.Token); ok && t.Fingerprint != old.Fingerprint {
			exp, _ := t.NumberClaim("exp")
			return exp <= oldExp
		}
	}
	return false
}

const reasonRounded = "the issuer gives all tokens of this time the same exp, so that moving the clocks past it proves nothing; give tokens a life of less than a minute and run again"

// reasonKept is for an issuer that hands the same token out as long as it is
// live: that is allowed, and by the issuer's clock it still is.
const reasonKept = "the page asked the issuer, whose answer was seen to hold the same token again, live by its own clock; " +
	"to see it renew, give tokens a life of less than a minute and run again"

// keptByIssuer says whether the page asked for a new token and the issuer
// itself gave the old one while only the clocks here were moved.
func (p pageRun) keptByIssuer() bool {
	old, ok := p.accepted(record.VisitorFirst, record.StepFirst)
	return ok && p.ClockMode == record.ClockPulse && p.sameAnswer(old, record.VisitorFirst, record.StepExpiry)
}

// sameAnswer says whether the issuer itself answered with the old token when the
// page asked it in a step.
func (p pageRun) sameAnswer(old Token, visitor, step string) bool {
	firings := p.firingsIn(visitor, step)
	if len(firings) == 0 || firings[0].Value.Token != old.ID {
		return false
	}
	asked := p.asked(firings[0])
	if len(asked) == 0 {
		return false
	}
	last := p.origin(asked[len(asked)-1])
	return slices.Contains(last.Tokens, old.ID) && last.Cache == "" && toldCaches(last) == ""
}

// asked returns the requests to the token endpoint that the page and its workers made
// while a handler ran. What a service worker asks is the way that one of them took.
func (p pageRun) asked(f record.Firing) []record.PageRequest {
	var asked []record.PageRequest
	for _, id := range f.Requests {
		if r, ok := p.request(id); ok && r.Issuer && r.Worker != record.WorkerService {
			asked = append(asked, r)
		}
	}
	return asked
}

// origin is the request that brought the tokens of an answer: where the code of a
// service worker made it of what it had asked for, its own one.
func (p pageRun) origin(r record.PageRequest) record.PageRequest {
	if r.Cache != record.CacheServiceWorker {
		return r
	}
	for _, own := range slices.Backward(p.Requests) {
		within := own.At >= r.At && own.At <= r.At+r.Seconds
		if own.Worker == record.WorkerService && own.Visitor == r.Visitor && within && len(r.Tokens) > 0 && slices.Equal(own.Tokens, r.Tokens) {
			return own
		}
	}
	return r
}

var _ = add(Check{
	ID: "page-renews", Area: AreaPage, Level: record.Must,
	Title:    "After the token has expired, the next message is accepted with a fresh token and no message is lost",
	Why:      "The chat stops for everyone who is still there when the token expires.",
	Fix:      "Set a fresh token, of the same user and signed with the same key, each time {event} is fired.",
	Source:   "vendor: enable, {event}",
	Faults:   []string{"page-other-key-on-renewal"},
	YieldsTo: []string{"page-renewal-fresh", "page-sub-stable", "page-subscribes", "page-token-assigned", "page-handler-settles", "page-token-string", "page-cors", "page-csp", "token-renewed", "token-accepted", "signature-every", "exp-ahead", "sub-stable"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageRenews),
})

func pageRenews(p pageRun) judgement {
	step, nothing, ok := p.expiry()
	switch {
	case !ok:
		return nothing
	case step.Done:
		return saw(1, "message after the expiry").judge()
	case p.renewsInTime():
		return saw(1, "message after the computer had slept").judge()
	case p.roundedExp():
		return warn(reasonRounded)
	case p.keptByIssuer():
		return warn(reasonKept)
	}
	return fail(*found("", "the message after the expiry is accepted, with a fresh token",
		"%s; %s%s", p.lastAnswer(record.VisitorFirst, record.StepExpiry), step.Ended, p.threw(record.VisitorFirst, record.StepExpiry)))
}

var _ = add(Check{
	ID: "page-renewal-fresh", Area: AreaPage, Level: record.Must,
	Title:  "The token set on renewal is a fresh one, not the expired one again",
	Why:    "The assistant rejects it again, the widget asks again, and so on, dozens of times a second: a refresh storm.",
	Fix:    "Ask the token endpoint each time {event} is fired, with fetch(…, {cache: 'no-store'}), and have it answer with Cache-Control: no-store.",
	Source: "vendor: enable",
	Faults: []string{"page-caches-token", "page-http-cache", "page-service-worker-cache"}, YieldsTo: []string{"page-no-literal-jwt", "token-renewed", "token-not-hardcoded", "http-not-cacheable"},
	Needs: []string{record.ProbePage}, judge: onPage(pageRenewalFresh),
})

func pageRenewalFresh(p pageRun) judgement {
	step, nothing, ok := p.expiry()
	if !ok {
		return nothing
	}
	expired := map[string]bool{}
	for _, m := range p.messagesIn(record.VisitorFirst, record.StepExpiry) {
		expired[m.Token] = expired[m.Token] || m.Status == 401
	}
	firings := slices.DeleteFunc(p.firingsIn(record.VisitorFirst, record.StepExpiry), func(f record.Firing) bool { return f.Value.Token == "" })
	if len(firings) == 0 && step.Done {
		return saw(1, "renewal").judge() // the page had renewed in advance, and its token was accepted
	}
	if len(firings) == 0 {
		return notRun("no token was set on renewal")
	}
	switch {
	case p.renewsInTime():
		return saw(1, "renewal when the computer had slept").judge()
	case p.roundedExp():
		return warn(reasonRounded)
	case p.keptByIssuer():
		return warn(reasonKept)
	}
	first := firings[0]
	old, _ := p.accepted(record.VisitorFirst, record.StepFirst)
	switch t, _ := p.token(first.Value.Token); {
	case t.Fingerprint == old.Fingerprint:
		finding := found("", "a new token", "the expired token again; %s", p.keeper(first, old.ID))
		finding.Hint = p.freshHint(first, old.ID)
		return fail(*finding)
	case expired[t.ID] && p.ClockMode == record.ClockReal:
		return fail(*found("", "a token that is live", "another token, which had expired too; %s", p.keeper(first, t.ID)))
	}
	return saw(len(firings), "renewal").judge()
}

// keptIn are the places in which a page keeps a token.
var keptIn = []string{record.ExposedLocal, record.ExposedSession, record.ExposedCookie, record.ExposedCache, record.ExposedDatabase}

func keptPlace(kind string) string {
	if kind == record.ExposedCookie {
		return "a cookie"
	}
	return kind
}

// keeper names who kept the token, with the request that shows it.
func (p pageRun) keeper(f record.Firing, token string) string {
	if asked := p.asked(f); len(asked) > 0 {
		return keeperOf(p.origin(asked[len(asked)-1]), token)
	}
	return p.keptWhere(token)
}

// keptWhere says where a page kept a token that it gave again without asking.
func (p pageRun) keptWhere(token string) string {
	for _, e := range p.Exposures {
		if e.Token == token && slices.Contains(keptIn, e.Kind) {
			return fmt.Sprintf("the page kept it in %s (%s): it did not ask the token endpoint", keptPlace(e.Kind), e.Where)
		}
	}
	for _, r := range p.Requests {
		if slices.Contains(r.Tokens, token) && r.Worker != "" && r.Worker != record.WorkerService {
			return "a " + r.Worker + " worker of the page, which had asked for it, kept it in memory: it did not ask the token endpoint again"
		}
	}
	if p.Workers && !p.WorkersWatched {
		return "the page, or its worker, kept it in memory: it was not seen to ask the token endpoint"
	}
	return "the page kept it in memory: it did not ask the token endpoint"
}

// keeperOf names who kept the token, where the page asked for one by the request.
func keeperOf(last record.PageRequest, token string) string {
	switch caches := toldCaches(last); {
	case last.Cache == record.CacheHTTP:
		return "the browser's HTTP cache kept it: " + toldRequest(last)
	case last.Cache == record.CacheServiceWorker:
		return "the site's service worker kept it: " + toldRequest(last)
	case !slices.Contains(last.Tokens, token) && len(last.Tokens) > 0:
		return "the page asked for a new one, got it, and set the old one: " + toldRequest(last)
	case !slices.Contains(last.Tokens, token):
		return "the page asked, got no token, and set the old one: " + toldRequest(last)
	case caches != "":
		return "a cache before the issuer kept it: " + toldRequest(last) + ", with " + caches
	default:
		return "the issuer answered with it again: " + toldRequest(last)
	}
}

// freshHint says what to do about a token that was kept, by who kept it.
func (p pageRun) freshHint(f record.Firing, token string) string {
	asked := p.asked(f)
	if len(asked) == 0 {
		return "ask the token endpoint each time {event} is fired, instead of keeping the token"
	}
	return hintOf(p.origin(asked[len(asked)-1]), token)
}

// hintOf says what to do about a token that was kept, where the page asked for one
// by the request.
func hintOf(last record.PageRequest, token string) string {
	switch {
	case last.Cache == record.CacheHTTP:
		return "answer with Cache-Control: no-store, and fetch with {cache: 'no-store'}"
	case last.Cache == record.CacheServiceWorker:
		return "let the service worker pass requests to the token endpoint through"
	case !slices.Contains(last.Tokens, token):
		return "assign what the token endpoint has just answered: event.{member} = await response.text()"
	case toldCaches(last) != "":
		return "have the cache leave the token endpoint alone, and answer with Cache-Control: no-store"
	}
	return "have the issuer sign a new token each time it is asked"
}
