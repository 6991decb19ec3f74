package suites

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-first-message", Area: AreaPage, Level: record.Must,
	Title:    "The first message carries a token that the assistant accepts",
	Why:      "The chat does not begin.",
	Fix:      "See why the assistant refuses the token; 'webchatspec check' looks at the token endpoint alone.",
	Source:   "vendor: enable",
	Faults:   []string{"page-wrong-key"},
	YieldsTo: []string{"page-subscribes", "page-token-string", "page-token-assigned", "page-handler-settles", "page-cors", "page-csp"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageFirstMessage),
})

func pageFirstMessage(p pageRun) judgement {
	if len(p.visits()) == 0 {
		return notRun(noWidget)
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
	if !ok || p.ClockMode != record.ClockPulse {
		return false
	}
	oldExp, _ := old.NumberClaim("exp")
	for _, f := range p.firingsIn(record.VisitorFirst, record.StepExpiry) {
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
	firings := p.firingsIn(record.VisitorFirst, record.StepExpiry)
	if !ok || p.ClockMode != record.ClockPulse || len(firings) == 0 || firings[0].Value.Token != old.ID {
		return false
	}
	asked := p.asked(firings[0])
	if len(asked) == 0 {
		return false
	}
	last := asked[len(asked)-1]
	return slices.Contains(last.Tokens, old.ID) && last.Cache == "" && toldCaches(last) == ""
}

// asked returns the requests to the token endpoint while a handler ran.
func (p pageRun) asked(f record.Firing) []record.PageRequest {
	var asked []record.PageRequest
	for _, id := range f.Requests {
		if r, ok := p.request(id); ok && r.Issuer {
			asked = append(asked, r)
		}
	}
	return asked
}

var _ = add(Check{
	ID: "page-renews", Area: AreaPage, Level: record.Must,
	Title:    "After the token has expired, the next message is accepted with a fresh token and no message is lost",
	Why:      "The chat stops for everyone who is still there when the token expires.",
	Fix:      "Set a fresh token, of the same user and signed with the same key, each time {event} is fired.",
	Source:   "vendor: enable, {event}",
	Faults:   []string{"page-other-key-on-renewal"},
	YieldsTo: []string{"page-renewal-fresh", "page-sub-stable", "page-subscribes", "page-token-assigned", "page-handler-settles", "page-token-string", "page-cors", "page-csp"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageRenews),
})

func pageRenews(p pageRun) judgement {
	step, nothing, ok := p.expiry()
	switch {
	case !ok:
		return nothing
	case step.Done:
		return saw(1, "message after the expiry").judge()
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
	Faults: []string{"page-caches-token", "page-http-cache", "page-service-worker-cache"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageRenewalFresh),
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

// keeper names who kept the token, with the request that shows it.
func (p pageRun) keeper(f record.Firing, token string) string {
	asked := p.asked(f)
	if len(asked) == 0 {
		for _, e := range p.Exposures {
			if e.Token == token && (e.Kind == record.ExposedLocal || e.Kind == record.ExposedSession) {
				return fmt.Sprintf("the page kept it in %s (%s): it did not ask the token endpoint", e.Kind, e.Where)
			}
		}
		return "the page kept it in memory: it did not ask the token endpoint"
	}
	last := asked[len(asked)-1]
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
	last := asked[len(asked)-1]
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

// toldCaches tells the headers of an answer by which a cache says that it gave it.
func toldCaches(r record.PageRequest) string {
	var told []string
	for _, name := range slices.Sorted(maps.Keys(r.CacheHeaders)) {
		value := r.CacheHeaders[name]
		hit := strings.Contains(strings.ToLower(value), "hit") || strings.EqualFold(value, "STALE")
		if strings.EqualFold(name, "Age") && value != "0" || !strings.EqualFold(name, "Cache-Control") && hit {
			told = append(told, name+": "+value)
		}
	}
	return strings.Join(told, ", ")
}

var _ = add(Check{
	ID: "page-sub-stable", Area: AreaPage, Level: record.Must,
	Title:    "sub stays the same across renewals in one session",
	Why:      "The widget refuses a token with another sub within a session, and each sub is billed as a user.",
	Fix:      "Keep the visitor's id in a cookie that the server sets, and make sure that the fetch sends it: same site, or credentials: 'include' with CORS for this origin and a cookie with SameSite=None; Secure.",
	Source:   "vendor: authenticate",
	Faults:   []string{"page-cross-site-issuer"},
	YieldsTo: []string{"page-no-literal-jwt"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageSubStable),
})

func pageSubStable(p pageRun) judgement {
	type setToken struct{ visit, visitor, step, token string }
	var set []setToken
	for _, m := range p.Messages {
		set = append(set, setToken{m.Visit, m.Visitor, m.Step, m.Token})
	}
	for _, f := range p.Firings {
		set = append(set, setToken{f.Visit, f.Visitor, f.Step, f.Value.Token})
	}
	first := map[string]string{} // sub by visit
	compared := false
	for _, s := range set {
		if sub := p.sub(s.token); first[s.visit] == "" && sub != "" {
			first[s.visit] = sub
		}
	}
	kept := collect(set, func(s setToken) *record.Finding {
		sub := p.sub(s.token)
		if sub == "" || s.visitor == record.VisitorUser && s.step != record.StepFirst {
			return beside
		}
		compared = compared || s.step != record.StepFirst
		if sub == first[s.visit] {
			return nil
		}
		return found("", "the sub of the session stays", "sub %s first, then %s (%s)%s",
			record.Quote(first[s.visit]), record.Quote(sub), at(s.visitor, s.step), p.lostCookie())
	})
	if !compared && len(kept.findings) == 0 {
		if step, ok := p.step(record.VisitorFirst, record.StepExpiry); ok && step.Cause == record.CauseNotOwed {
			return notApplicable(step.Ended)
		}
		return notRun("no token was renewed within a session")
	}
	return kept.judge()
}

// lostCookie says what the browser did with the cookies of the token endpoint.
func (p pageRun) lostCookie() string {
	for _, r := range p.Requests {
		if r.Issuer && len(r.BlockedCookies) > 0 {
			return "; the browser blocked a cookie of " + r.URL + ": " + strings.Join(r.BlockedCookies, ", ")
		}
	}
	for _, r := range p.Requests {
		if r.Issuer && r.CrossSite {
			return "; " + r.URL + " is on another site than the page: cookies go there only with credentials: 'include' and SameSite=None; Secure"
		}
	}
	return ""
}

var _ = add(Check{
	ID: "page-visitors-differ", Area: AreaPage, Level: record.Must,
	Title:    "Two visitors get different tokens and different subs",
	Why:      "Strangers are one user to the assistant: they can share a session and its private data.",
	Fix:      "Give each visitor an id of their own, in a cookie, and make the token for it.",
	Source:   "vendor: enable",
	Faults:   []string{"page-shared-token"},
	YieldsTo: []string{"page-no-literal-jwt", "token-not-hardcoded", "token-not-shared", "sub-unique-anonymous", "sub-not-from-network"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageVisitorsDiffer),
})

func pageVisitorsDiffer(p pageRun) judgement {
	one, okOne := p.firstToken(record.VisitorFirst)
	two, okTwo := p.firstToken(record.VisitorSecond)
	if !okOne || !okTwo {
		return notRun("there are no tokens of two visitors to compare")
	}
	if sub := p.sub(one.ID); p.SignedIn && sub == p.sub(two.ID) {
		return notApplicable("both visitors went through the same steps before the chat, and are one user to the site, with sub " + record.Quote(sub))
	}
	if one.Fingerprint == two.Fingerprint {
		return fail(*found("", "a token for each visitor", "two visitors with separate cookies got the same token, with sub %s", record.Quote(p.sub(one.ID))))
	}
	if sub := p.sub(one.ID); sub != "" && sub == p.sub(two.ID) {
		return fail(*found("", "a sub for each visitor", "two visitors with separate cookies both got tokens with sub %s", record.Quote(sub)))
	}
	return saw(2, "token").judge()
}

// firstToken is the first token that a visitor's page gave to the widget.
func (p pageRun) firstToken(visitor string) (Token, bool) {
	for _, m := range p.Messages {
		if m.Visitor == visitor && m.Token != "" {
			return p.token(m.Token)
		}
	}
	for _, f := range p.Firings {
		if f.Visitor == visitor && f.Value.Token != "" {
			return p.token(f.Value.Token)
		}
	}
	return Token{}, false
}

var _ = add(Check{
	ID: "page-reload", Area: AreaPage, Level: record.Should,
	Title:    "After a reload the chat works again, with a valid token and the same anonymous sub",
	Why:      "The widget forgets its token on a reload. With another sub the conversation is lost and a further user is billed.",
	Fix:      "Keep the visitor's id in a cookie for at least 45 days, and hand out a token for it whenever the page asks.",
	Source:   "vendor: authenticate, billing",
	Faults:   []string{"page-new-user-on-reload"},
	YieldsTo: []string{"page-sub-stable", "page-first-message"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageReload),
})

func pageReload(p pageRun) judgement {
	step, ok := p.step(record.VisitorSecond, record.StepReload)
	switch {
	case !ok:
		return notRun("the first message was not accepted, so there was nothing to go on with after a reload")
	case !step.Done:
		if nothing, ok := judgeable(step); !ok {
			return nothing
		}
		return fail(*found("", "a message after a reload is accepted", "%s; %s%s",
			p.lastAnswer(record.VisitorSecond, record.StepReload), step.Ended, p.threw(record.VisitorSecond, record.StepReload)))
	}
	before, _ := p.accepted(record.VisitorSecond, record.StepFirst)
	after, _ := p.accepted(record.VisitorSecond, record.StepReload)
	if was, is := p.sub(before.ID), p.sub(after.ID); was != is {
		return fail(*found("", "the same sub after a reload", "sub %s before, %s after", record.Quote(was), record.Quote(is)))
	}
	return saw(1, "reload").judge()
}

var _ = add(Check{
	ID: "page-issuer-calls", Area: AreaPage, Level: record.Should,
	Title:  "The page asks the issuer once for each token it needs: no refresh loop and no timer that spins near expiry",
	Why:    "Each call signs a token; a page that asks without need multiplies the load of the token endpoint by its visitors.",
	Fix:    "Ask when {event} is fired, and at no other time.",
	Source: "refresh storm",
	Faults: []string{"page-refresh-loop"},
	Needs:  []string{record.ProbePage}, judge: onPage(pageIssuerCalls),
})

func pageIssuerCalls(p pageRun) judgement {
	visits := p.visits()
	if len(visits) == 0 {
		return notRun(noWidget)
	}
	return collect(visits, func(v record.Visit) *record.Finding {
		needed, asked := p.tokensNeeded(v), p.issuerCalls(v)
		switch {
		case len(asked) == 0:
			return beside
		case len(asked) <= needed:
			return nil
		}
		last := asked[len(asked)-1]
		return found("", "one request to the token endpoint for each token that is needed",
			"%d requests to %s within %.1f s, where %d would do (%s visitor, one load of the page)",
			len(asked), last.URL, last.At-asked[0].At, needed, v.Visitor)
	}).judgeOr(p.askedNobody())
}

// tokensNeeded counts the occasions for a token in one load of the page: each
// renewal event, each token handed over, and one asked for in advance.
func (p pageRun) tokensNeeded(v record.Visit) int {
	needed := 0
	firstFiring := -1.0
	for _, f := range p.firings() {
		if f.Visit != v.ID || f.Handlers == 0 {
			continue
		}
		needed++
		if firstFiring < 0 {
			firstFiring = f.At
		}
	}
	for _, c := range p.Calls {
		if c.Visit == v.ID && c.Step != record.StepRejection && c.Method == p.profile.Page.Update {
			needed++
		}
	}
	asked := p.issuerCalls(v)
	if v.Widget.HasPreset || len(asked) > 0 && (firstFiring < 0 || asked[0].At < firstFiring) {
		needed++
	}
	return needed
}

// issuerCalls are the requests of one load of the page that reached the token
// endpoint.
func (p pageRun) issuerCalls(v record.Visit) []record.PageRequest {
	return slices.DeleteFunc(slices.Clone(p.Requests), func(r record.PageRequest) bool {
		return r.Visit != v.ID || r.Step == record.StepRejection || !r.Issuer || r.Type == record.TypeDocument || r.Cache == record.CacheHTTP || r.Status >= 300
	})
}

var _ = add(Check{
	ID: "page-rejection-bounded", Area: AreaPage, Level: record.May,
	Title: "While the assistant keeps rejecting tokens, the page stays usable and asks the issuer at most once for each request of the widget",
	Why:   "The widget asks again without a pause for 150 s, dozens of times a second. A page that tries again by itself multiplies that, for each open page.",
	Fix: "Ask once for each {event} event, without retries of your own. To end the storm altogether, count in the handler, with one line before the fetch: " +
		boundingLine,
	Source: "refresh storm",
	Faults: []string{"page-storms"}, YieldsTo: []string{"page-issuer-calls"},
	Needs: []string{record.ProbePage}, judge: onPage(pageRejectionBounded),
})

func pageRejectionBounded(p pageRun) judgement {
	step, ok := p.step(record.VisitorSecond, record.StepRejection)
	if !ok {
		return notRun("the chat did not come as far as that")
	}
	if nothing, ok := judgeable(step); !ok && !step.Done {
		return nothing
	}
	if !step.Usable {
		return fail(*found("", "the page stays usable", "the page did not answer any more while the assistant rejected every token"))
	}
	fired := 0
	for _, f := range p.firingsIn(record.VisitorSecond, record.StepRejection) {
		if f.Handlers > 0 {
			fired++
		}
	}
	asked := 0
	for _, r := range p.Requests {
		if r.Visitor == record.VisitorSecond && r.Step == record.StepRejection && r.Issuer {
			asked++
		}
	}
	if asked > fired+1 { // the last may be under way, or one may be asked for in advance
		return fail(*found("", "one request for each time the widget asks",
			"the widget asked %d times within %.1f s, and the page asked the token endpoint %d times", fired, step.Seconds, asked))
	}
	return saw(1, "rejection").judge()
}

// boundingLine bounds what a page asks for while no token is taken.
const boundingLine = "if ((window.asked = [...window.asked ?? [], Date.now()].slice(-6)).length > 5 && Date.now() - window.asked[0] < 10000) throw new Error('no token is taken');"
