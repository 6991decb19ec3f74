package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// callsIn returns the calls of a method in a step of the user.
func (p pageRun) callsIn(step, method string) []record.InstanceCall {
	return slices.DeleteFunc(slices.Clone(p.Calls), func(c record.InstanceCall) bool {
		return c.Visitor != record.VisitorUser || c.Step != step || c.Method != method
	})
}

// reloaded says whether the page was loaded anew in a step of the user.
func (p pageRun) reloaded(step string) bool {
	return slices.ContainsFunc(p.Visits, func(v record.Visit) bool { return v.Visitor == record.VisitorUser && v.Step == step })
}

// action returns a step of the user, or why there is nothing to judge.
func (p pageRun) action(name string) (record.PageStep, judgement, bool) {
	step, ok := p.step(record.VisitorUser, name)
	if ok {
		return step, judgement{}, true
	}
	if _, comes := p.step(record.VisitorUser, record.StepLoad); !comes || name == record.StepLogout && !p.LogsOut || name == record.StepLogin && p.LogsOutOnly {
		return step, notApplicable("no " + name + " action is configured for the page"), false
	}
	return step, notRun("the chat did not come as far as the " + name), false
}

var _ = add(Check{
	ID: "page-login", Area: AreaPage, Level: record.Must,
	Title:    "When the configured login action runs, {update} is called, sub stays, the payload changes",
	Why:      "Within a session the sub cannot change. Who has logged in reaches the assistant through user_payload only.",
	Fix:      "After a login ask for a token with the same sub and with the user's data in user_payload, and hand it over with instance.{update}(token).",
	Source:   "vendor: develop-security",
	Faults:   []string{"page-login-changes-sub"},
	YieldsTo: []string{"page-sub-stable", "page-renewal-fresh", "page-renews", "page-token-minted-by-server", "page-no-literal-jwt", "page-visitors-differ", "page-token-string", "page-handler-settles", "page-token-assigned", "page-subscribes", "page-cors", "page-csp", "login-keeps-sub"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageLogin),
})

func pageLogin(p pageRun) judgement {
	step, nothing, ok := p.action(record.StepLogin)
	if !ok {
		return nothing
	}
	before, _ := p.accepted(record.VisitorUser, record.StepFirst)
	calls := p.callsIn(record.StepLogin, p.profile.Page.Update)
	var after Token
	switch {
	case len(calls) > 0 && calls[len(calls)-1].Value != nil:
		after, _ = p.token(calls[len(calls)-1].Value.Token)
	case p.reloaded(record.StepLogin):
		after, _ = p.accepted(record.VisitorUser, record.StepLogin)
	default:
		return fail(*found("", "{update}() with a token of the user who has logged in",
			"the page did not call it within five seconds after the login action; %s", orFine(step)))
	}
	var findings []record.Finding
	if was, is := p.sub(before.ID), p.sub(after.ID); was != is {
		findings = append(findings, *found("", "the sub of the session stays", "sub %s before the login, %s after%s", record.Quote(was), record.Quote(is), callError(calls)))
	} else if len(calls) > 0 && calls[len(calls)-1].Error != "" {
		findings = append(findings, *found("", "the widget takes the token", "%s() failed: %s", p.profile.Page.Update, calls[len(calls)-1].Error))
	}
	if payloadOf(before) == payloadOf(after) {
		findings = append(findings, *found("", "the token's user_payload tells who has logged in", "it is as before the login: %s", toldPayload(after)))
	}
	if !step.Done {
		findings = append(findings, *found("", "the next message is accepted", "%s; %s", p.lastAnswer(record.VisitorUser, record.StepLogin), step.Ended))
	}
	return saw(1, "login").with(findings...).judge()
}

// saidAs is the token with which the message of a step was accepted.
func (p pageRun) saidAs(step record.PageStep) (Token, bool) {
	for _, m := range p.messagesIn(step.Visitor, step.Name) {
		if m.Status == 200 && m.Text == step.Text && m.Text != "" {
			return p.token(m.Token)
		}
	}
	return Token{}, false
}

func callError(calls []record.InstanceCall) string {
	if len(calls) > 0 && calls[len(calls)-1].Error != "" {
		return "; the widget refused: " + calls[len(calls)-1].Error
	}
	return ""
}

func orFine(step record.PageStep) string {
	if step.Done {
		return "the next message was accepted"
	}
	return step.Ended
}

// payloadOf is the claim user_payload as it stands in the token; encrypted anew
// the same data are another text.
func payloadOf(t Token) string { return string(t.Claims["user_payload"]) }

func toldPayload(t Token) string {
	if payloadOf(t) == "" {
		return "there is none"
	}
	return "the same text"
}

var _ = add(Check{
	ID: "page-logout", Area: AreaPage, Level: record.Must,
	Title:    "After a logout the page calls destroySession (with a reload, or with destroy), and the next token is not the former user's",
	Why:      "The next person at this browser goes on with the former user's conversation and data.",
	Fix:      "On logout call await instance.destroySession(), end the login on the server, and load the page again.",
	Source:   "vendor: authenticate, logging out",
	Faults:   []string{"page-logout-keeps-session"},
	YieldsTo: []string{"page-login", "page-renewal-fresh", "page-renews", "page-no-literal-jwt", "page-subscribes", "logout-drops-user"},
	Needs:    []string{record.ProbePage}, judge: onPage(pageLogout),
})

func pageLogout(p pageRun) judgement {
	step, nothing, ok := p.action(record.StepLogout)
	if !ok {
		return nothing
	}
	var findings []record.Finding
	reloaded, destroyed := p.reloaded(record.StepLogout), len(p.callsIn(record.StepLogout, record.MethodDestroy)) > 0
	switch {
	case len(p.callsIn(record.StepLogout, record.MethodDestroySession)) == 0:
		findings = append(findings, *found("", "destroySession() on logout", "the page did not call it within five seconds after the logout action"))
	case !reloaded && !destroyed:
		findings = append(findings, *found("", "a reload of the page, or destroy(), after destroySession()", "neither: the widget goes on with the former user's token"))
	}
	was, _ := p.accepted(record.VisitorUser, record.StepLogin)
	is, said := p.saidAs(step)
	if said && len(findings) == 0 && payloadOf(is) != "" {
		findings = append(findings, *found("", "the next token does not carry the former user", "it still has a user_payload"))
	}
	if said && len(findings) == 0 && is.Fingerprint == was.Fingerprint {
		findings = append(findings, *found("", "another token after the logout", "the former user's token is sent on"))
	}
	if !step.Done && len(findings) == 0 && !destroyed {
		findings = append(findings, *found("", "the chat works after the logout", "%s; %s", p.lastAnswer(record.VisitorUser, record.StepLogout), step.Ended))
	}
	return saw(1, "logout").with(findings...).judge()
}
