package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-next-person", Area: AreaPage, Level: record.Must,
	Title:  "The next person who logs in at the same browser chats with a token and a session of their own",
	Why:    "What the page has kept of the person before lets the next one read and say things in that person's name.",
	Fix:    "On logout forget the token wherever the page keeps it, call await instance.destroySession(), and load the page again or call instance.destroy(); begin a new chat, with a new token, for the next person.",
	Source: "vendor: authenticate, logging out",
	Faults: []string{"page-next-person-gets-token"},
	YieldsTo: []string{"page-logout", "page-login", "page-renewal-fresh", "page-renews", "page-first-message", "page-no-literal-jwt", "page-visitors-differ",
		"page-subscribes", "page-token-string", "page-token-assigned", "page-handler-settles", "page-cors", "page-csp", "logout-drops-user", "login-own-user"},
	Needs: []string{record.ProbePage}, judge: onPage(pageNextPerson),
})

func pageNextPerson(p pageRun) judgement {
	step, ok := p.step(record.VisitorUser, record.StepNext)
	if !ok {
		return p.whyNobodyCameNext()
	}
	if nothing, ok := judgeable(step); !ok {
		return nothing
	}
	people := p.people()
	for _, finding := range []*record.Finding{p.formerToken(people), p.formerUser(people), p.formerSession(people)} {
		if finding != nil {
			return fail(*finding)
		}
	}
	if !step.Done {
		return fail(*found("", "the next person's message is accepted", "%s; %s%s%s", p.lastAnswer(record.VisitorUser, record.StepNext), step.Ended,
			callError(p.callsIn(record.StepNext, p.profile.Page.Update)), p.threw(record.VisitorUser, record.StepNext)))
	}
	return saw(1, "next person").judge()
}

// whyNobodyCameNext says why no other person logged in at the browser.
func (p pageRun) whyNobodyCameNext() judgement {
	if _, nothing, loggedOut := p.action(record.StepLogout); !loggedOut {
		return nothing
	}
	if !p.TellsPeopleApart {
		return notApplicable("no second person is configured: give two users, each with a login, or with values that the page's login steps name")
	}
	return notRun("the chat did not come as far as the next person")
}

// atOneBrowser are the calls at the assistant of two people who log in at the same
// browser, one after the other.
type atOneBrowser struct{ former, next []record.AssistantCall }

func (p pageRun) people() atOneBrowser {
	var people atOneBrowser
	for _, step := range []string{record.StepLoad, record.StepFirst, record.StepLogin} {
		people.former = append(people.former, p.messagesIn(record.VisitorUser, step)...)
	}
	people.next = p.messagesIn(record.VisitorUser, record.StepNext)
	return people
}

// formerToken tells of a token of the former person that the next one's chat used.
func (p pageRun) formerToken(people atOneBrowser) *record.Finding {
	for _, m := range people.next {
		if m.Token == "" || !slices.ContainsFunc(people.former, func(f record.AssistantCall) bool { return f.Token == m.Token }) {
			continue
		}
		cause, hint := p.whoKept(m.Token)
		finding := found("", "a token of the next person", "the former person's token goes with the %s request; %s", m.Call, cause)
		finding.Hint = hint
		return finding
	}
	return nil
}

// whoKept names who kept the former person's token, and says what to do about it.
func (p pageRun) whoKept(token string) (cause, hint string) {
	for _, f := range slices.Backward(p.firingsIn(record.VisitorUser, record.StepNext)) {
		if f.Value.Token == token {
			return p.keeper(f, token), p.freshHint(f, token)
		}
	}
	for _, r := range slices.Backward(p.Requests) {
		if r.Visitor == record.VisitorUser && r.Step == record.StepNext && slices.Contains(r.Tokens, token) {
			return keeperOf(p.origin(r), token), hintOf(p.origin(r), token)
		}
	}
	handed := slices.ContainsFunc(p.callsIn(record.StepNext, p.profile.Page.Update), func(c record.InstanceCall) bool {
		return c.Value != nil && c.Value.Token == token
	})
	if handed || p.reloaded(record.StepNext) || p.reloaded(record.StepLogout) {
		return p.keptWhere(token), "forget the token on logout, wherever the page keeps it"
	}
	return "the widget of the former person is still there, with its token: it was neither destroyed nor was the page loaded again",
		"on logout call await instance.destroySession(), and then load the page again or call instance.destroy()"
}

// formerUser tells of a token that is another one, and yet the former person's.
func (p pageRun) formerUser(people atOneBrowser) *record.Finding {
	was, okWas := lastAccepted(people.former)
	is, okIs := lastAccepted(people.next)
	if !okWas || !okIs {
		return nil
	}
	if p.LogsOutOnly { // the sub tells them apart, as there are no anonymous visitors
		if sub := p.sub(is.Token); sub != "" && sub == p.sub(was.Token) {
			return p.fromSource(is.Token, "a sub of the next person", "another token, with the former person's sub "+record.Quote(sub))
		}
		return nil
	}
	before, _ := p.token(was.Token)
	after, _ := p.token(is.Token)
	switch payload := payloadOf(after); {
	case payload == "":
		return p.fromSource(is.Token, "the token's user_payload tells who has logged in", "there is none")
	case payload == payloadOf(before):
		return p.fromSource(is.Token, "the token's user_payload is the next person's", "another token, with the former person's user_payload")
	}
	return nil
}

func lastAccepted(calls []record.AssistantCall) (record.AssistantCall, bool) {
	for _, m := range slices.Backward(calls) {
		if m.Verdict.Accepted && m.Token != "" {
			return m, true
		}
	}
	return record.AssistantCall{}, false
}

// fromSource is a finding about a token of the next person, with where it came from
// and what to do about that.
func (p pageRun) fromSource(token, expected, actual string) *record.Finding {
	cause, hint := p.source(token)
	finding := found("", expected, "%s; %s", actual, cause)
	finding.Hint = hint
	return finding
}

// source says where a token of the next person came from, and what to do when it is
// not theirs.
func (p pageRun) source(token string) (cause, hint string) {
	for _, r := range slices.Backward(p.Requests) {
		if r.Visitor != record.VisitorUser || !slices.Contains(r.Tokens, token) {
			continue
		}
		switch {
		case r.Step != record.StepNext:
			return "the page got it before the next person's login: " + toldRequest(r), "ask for a token once the next person has logged in"
		case p.asksAsFormer(r):
			return "the page asked for it with the former person's credentials, those in the headers before the logout: " + toldRequest(r), formerHint
		}
		return "the site gave it after the next person's login: " + toldRequest(r),
			"end the former person's login on the server on logout, and give the token for who has logged in now"
	}
	return "no request was seen to bring it", ""
}

// formerHint says what to do about a page that asks as the person before.
const formerHint = "on logout forget the credentials of who has logged in, too, and ask for each token with those of who is logged in then"

// asksAsFormer says whether a request of the next person has the credentials in its
// headers that the page had sent before the logout.
func (p pageRun) asksAsFormer(r record.PageRequest) bool {
	return r.Credentials != 0 && slices.ContainsFunc(p.Requests, func(before record.PageRequest) bool {
		return before.Visitor == r.Visitor && before.Step != record.StepNext && before.Step != record.StepLogout && before.Credentials == r.Credentials
	})
}

// formerSession tells of a conversation that goes on with another person.
func (p pageRun) formerSession(people atOneBrowser) *record.Finding {
	for _, m := range people.next {
		if m.Status != 200 || m.Session == "" || !slices.ContainsFunc(people.former, func(f record.AssistantCall) bool { return f.Session == m.Session }) {
			continue
		}
		finding := found("", "a conversation of the next person", "the %s request goes on in the former person's session", m.Call)
		finding.Hint = "on logout call await instance.destroySession(), and keep no session's id in the page"
		return finding
	}
	return nil
}
