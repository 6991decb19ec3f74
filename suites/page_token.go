package suites

import (
	"fmt"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// expectedText is what belongs into event.{member}.
const expectedText = "a string that is the token and nothing else"

// handled returns the firings whose handlers were called, and why there is
// nothing to judge when there are none.
func (p pageRun) handled() ([]record.Firing, judgement) {
	handled := slices.DeleteFunc(p.firings(), func(f record.Firing) bool { return f.Handlers == 0 })
	switch {
	case len(handled) > 0:
		return handled, judgement{}
	case len(p.visits()) == 0:
		return nil, notRun(noWidget)
	}
	if step, ok := p.step(record.VisitorFirst, record.StepExpiry); ok && (step.Done || step.Cause == record.CauseNotOwed) {
		return nil, notApplicable("the widget never had to ask for a token: the page hands it over in advance")
	}
	return nil, notRun("no handler of the page was called")
}

// isNothing says whether a value stands for no token at all.
func isNothing(v record.TokenValue) bool {
	return v.Type == record.TypeUndefined || v.Type == record.TypeNull
}

var _ = add(Check{
	ID: "page-token-string", Area: AreaPage, Level: record.Must,
	Title:    "The handler sets a string that is a JWT: not a fetch Response, a Promise, an object, quoted JSON or HTML",
	Why:      "The widget accepts only the token's text. With anything else the chat ends with the error IDENTITY_TOKEN.",
	Fix:      "Assign the text of the token: event.{member} = await response.text().",
	Source:   "vendor: enable; the documentation's own sample sets a Response",
	Faults:   []string{"page-sets-response"},
	YieldsTo: []string{"page-cors", "page-csp", "token-served", "token-bare"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageTokenString),
})

func pageTokenString(p pageRun) judgement {
	if finding := p.badPreset(); finding != nil {
		return fail(*finding)
	}
	handled, nothing := p.handled()
	if handled == nil {
		return nothing
	}
	given := collect(handled, func(f record.Firing) *record.Finding {
		switch {
		case isNothing(f.Value):
			return beside
		case f.Value.JWT:
			return nil
		}
		finding := p.noText(f.Value, fmt.Sprintf("the handler set %s (%s); %s", toldValue(f.Value), at(f.Visitor, f.Step), p.toldRequests(f.Requests)))
		if hint := p.refusedHint(f); hint != "" {
			finding.Hint = hint
		}
		return finding
	})
	updated := collect(p.Calls, func(c record.InstanceCall) *record.Finding {
		switch {
		case c.Value == nil:
			return beside
		case c.Value.JWT:
			return nil
		}
		return p.noText(*c.Value, fmt.Sprintf("%s() was given %s (%s)", p.profile.Page.Update, toldValue(*c.Value), at(c.Visitor, c.Step)))
	})
	return given.and(updated).judge()
}

// refusedHint says what to do about an answer that is none of the token
// endpoint's good ones, or "": then what the handler took from it is not the point.
func (p pageRun) refusedHint(f record.Firing) string {
	for _, id := range slices.Backward(f.Requests) {
		r, _ := p.request(id)
		refused := r.Status == 401 || r.Status == 403
		switch {
		case refused && f.Step == record.StepNext && p.asksAsFormer(r):
			return fmt.Sprintf("the endpoint answered %d, since the page asked with the former person's credentials, those in the headers before the logout: %s", r.Status, formerHint)
		case refused && (f.Step == record.StepNext || f.Step == record.StepLogin):
			return fmt.Sprintf("the endpoint answered %d, though somebody had just logged in: have the page ask with that login, and not with what it has kept from before", r.Status)
		case refused:
			return fmt.Sprintf("the endpoint answered %d: the visitor's session had ended. Look at response.ok in the handler, have the visitor log in again, or keep the session at least as long as the chat", r.Status)
		case r.Status >= 400:
			return fmt.Sprintf("the endpoint answered %d: look at response.ok in the handler, and at why the endpoint refuses", r.Status)
		case r.RedirectedTo != "":
			return "the endpoint redirected to " + r.RedirectedTo + ", such as a login, because the visitor's session had ended: answer 401 there instead, and look at response.ok and response.redirected in the handler"
		}
	}
	return ""
}

// failedHint says what to do about a request that had no good answer, or "": then
// what the handler made of it is not the point.
func (p pageRun) failedHint(f record.Firing) string {
	for _, id := range slices.Backward(f.Requests) {
		if r, _ := p.request(id); r.Failure != "" && r.CORS == "" && r.Blocked == "" {
			return fmt.Sprintf("%s could not be reached from the page (%s): see that it runs, under this address", r.URL, r.Failure)
		}
	}
	return p.refusedHint(f)
}

// badPreset is the finding for a configuration whose identityToken the widget
// could not read.
func (p pageRun) badPreset() *record.Finding {
	for _, v := range p.visits() {
		for _, e := range v.Widget.Errors {
			if v.Widget.HasPreset && !v.Widget.Loaded && e.Type == record.ErrorToken {
				return found("", expectedText, "the identityToken of the configuration is not a token: %s %s", e.Message, e.Detail)
			}
		}
	}
	return nil
}

// noText is the finding for a value that is no token, with what to write instead.
func (p pageRun) noText(value record.TokenValue, actual string) *record.Finding {
	finding := found("", expectedText, "%s", actual)
	finding.Hint = hintFor(value)
	return finding
}

// toldValue describes a value that is no token.
func toldValue(v record.TokenValue) string {
	switch {
	case v.Type != record.TypeString:
		return "a value of type " + v.Type
	case v.Looks == record.LooksEmpty:
		return "an empty string"
	}
	return fmt.Sprintf("a string that is not a token (%s): %s", v.Looks, record.Quote(v.Excerpt))
}

// hintFor says what to write instead.
func hintFor(v record.TokenValue) string {
	switch {
	case v.Type == record.TypeResponse:
		return "a fetch gives a Response; its text is the token: event.{member} = await response.text()"
	case v.Type == record.TypePromise:
		return "wait for the promise: event.{member} = await freshToken()"
	case v.Type != record.TypeString:
		return "take the member that holds the token, such as event.{member} = (await response.json()).token"
	}
	switch v.Looks {
	case record.LooksJSON:
		return "take the token out of the JSON: event.{member} = (await response.json()).token"
	case record.LooksQuotes:
		return "the answer is a JSON string: use await response.json(), or have the endpoint answer with the bare text"
	case record.LooksHTML:
		return "the answer is a page, such as a login or an error page: look at response.ok before you use the text"
	case record.LooksBearer:
		return "hand over the token without the word Bearer; the widget adds it"
	case record.LooksEmpty:
		return "the answer was empty: look at response.ok, and at what the endpoint answers"
	}
	return "assign the text of the token: event.{member} = await response.text()"
}

var _ = add(Check{
	ID: "page-token-assigned", Area: AreaPage, Level: record.Must,
	Title:    "The handler assigns event.{member} (returning the token, or assigning after it settled, does not count)",
	Why:      "The widget reads event.{member} when the handler has settled, and nothing else.",
	Fix:      "Assign before the handler ends: handler: async (event) => { event.{member} = await freshToken(); }.",
	Source:   "vendor: enable",
	Faults:   []string{"page-returns-token"},
	YieldsTo: []string{"page-cors", "page-csp"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageTokenAssigned),
})

func pageTokenAssigned(p pageRun) judgement {
	handled, nothing := p.handled()
	if handled == nil {
		return nothing
	}
	return collect(handled, func(f record.Firing) *record.Finding {
		if !f.Settled || f.Error != "" || !isNothing(f.Value) {
			return nil
		}
		finding := found("", "event.{member} is assigned before the handler settles",
			"%s (%s); %s", p.insteadOfAssigning(f), at(f.Visitor, f.Step), p.toldRequests(f.Requests))
		if f.Late != nil {
			finding.Hint = "wait for the token before the handler ends: make it async and await the fetch, or return its promise"
		}
		return finding
	}).judge()
}

// insteadOfAssigning says what a handler did that set nothing.
func (p pageRun) insteadOfAssigning(f record.Firing) string {
	updated := slices.ContainsFunc(p.Calls, func(c record.InstanceCall) bool {
		return c.Visit == f.Visit && c.Step == f.Step && c.Method == p.profile.Page.Update
	})
	switch {
	case f.Late != nil:
		return fmt.Sprintf("it was assigned after the handler had settled, which took %s", record.Span(f.Seconds))
	case updated:
		return "the handler called " + p.profile.Page.Update + "() instead, which does not answer the event"
	case f.Returned != "" && f.Returned != record.TypeUndefined && f.Returned != record.TypePromise+" of "+record.TypeUndefined:
		return "the handler returned a value (" + f.Returned + ") and assigned nothing"
	}
	return "the handler settled and had assigned nothing"
}

// measuredOff is what a measurement of the widget's patience may be off, in seconds.
const measuredOff = 0.5

var _ = add(Check{
	ID: "page-handler-settles", Area: AreaPage, Level: record.Must,
	Title:    "The handler settles within {handlerSeconds} s, without throwing",
	Why:      "After {handlerSeconds} s, or an error, the widget gives up, the message is lost, and while the handler hangs no other token is asked for.",
	Fix:      "Let the handler do one fetch and nothing that waits for the user; give up on a failed fetch within a few seconds.",
	Source:   "widget time-out of 30 s",
	Faults:   []string{"page-handler-hangs", "page-handler-throws"},
	YieldsTo: []string{"page-cors", "page-csp", "token-served", "token-bare"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageHandlerSettles),
})

func pageHandlerSettles(p pageRun) judgement {
	handled, nothing := p.handled()
	if handled == nil {
		return nothing
	}
	const expected = "the handler settles within {handlerSeconds} s, without an error"
	for _, f := range handled {
		if name := p.lacking(f.Error); f.Error != "" && name != "" {
			return ofStandIn(name, f.Error)
		}
	}
	waited := false
	given := map[string]int{} // tokens that the handler gave, by visit and step
	settled := collect(handled, func(f record.Firing) *record.Finding {
		before := given[f.Visit+f.Step]
		if f.Value.JWT {
			given[f.Visit+f.Step]++
		}
		switch {
		case f.Error != "" && before > 1:
			return nil // tokens that it gave were rejected time and again: it may give up
		case f.Error != "":
			finding := found("", expected, "it threw %s%s (%s); %s", record.Quote(f.Error), atPlace(f.Place), at(f.Visitor, f.Step), p.toldRequests(f.Requests))
			finding.Hint = p.failedHint(f)
			return finding
		case f.Seconds >= float64(p.profile.Page.HandlerSeconds)-measuredOff:
			finding := found("", expected, "it had not settled after %s (%s); %s", record.Span(f.Seconds), at(f.Visitor, f.Step), p.toldRequests(f.Requests))
			finding.Hint = "the widget waits {handlerSeconds} s and no longer: let the handler fetch a token and wait for nothing else. " +
				"If it waits for what the visitor fills in, ask for that before the chat or after the token; to test the page as it is, fill it in with page.steps.in"
			return finding
		case !f.Settled && f.Seconds > 0:
			waited = true
		}
		return nil
	})
	if len(settled.findings) == 0 && waited {
		return inconclusive("a handler had not settled when the time for the page was over; give it 35 s (--timeout)")
	}
	return settled.judge()
}
