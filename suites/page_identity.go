package suites

import (
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-sub-stable", Area: AreaPage, Level: record.Must,
	Title:    "sub stays the same across renewals in one session",
	Why:      "The widget refuses a token with another sub within a session, and each sub is billed as a user.",
	Fix:      "Keep the visitor's id in a cookie that the server sets, and make sure that the fetch sends it: same site, or credentials: 'include' with CORS for this origin and a cookie with SameSite=None; Secure.",
	Source:   "vendor: authenticate",
	Faults:   []string{"page-cross-site-issuer"},
	YieldsTo: []string{"page-no-literal-jwt", "sub-stable"},
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
		return p.sharedByCache(found("", "the sub of the session stays", "sub %s first, then %s (%s)%s",
			record.Quote(first[s.visit]), record.Quote(sub), at(s.visitor, s.step), p.lostCookie()))
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
	Fix:      "Give each visitor an id of their own, in a cookie, and issue the token for that id.",
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
	if sub := p.sub(one.ID); p.SignedIn && !p.TellsPeopleApart && sub == p.sub(two.ID) {
		return notApplicable("both visitors went through the same steps before the chat, and are one user to the site, with sub " + record.Quote(sub))
	}
	var finding *record.Finding
	switch sub := p.sub(one.ID); {
	case one.Fingerprint == two.Fingerprint:
		finding = found("", "a token for each visitor", "%s got the same token, with sub %s", p.toldTwo(), record.Quote(sub))
	case sub != "" && sub == p.sub(two.ID):
		finding = found("", "a sub for each visitor", "%s both got tokens with sub %s", p.toldTwo(), record.Quote(sub))
	default:
		return saw(2, "token").judge()
	}
	if !p.SignedIn {
		finding.Hint = hintForVisitors
	}
	return fail(*p.sharedByCache(finding))
}

// hintForVisitors also has the setting for a site that knows nobody but users who
// have logged in, or that stands for one, as an example of a vendor does.
const hintForVisitors = "Give each visitor an id of their own, in a cookie, and issue the token for that id. " +
	"If nobody comes to this page without having logged in, configure that: anonymous: false, with the login of a user in users."

// toldTwo says who the first two visitors are.
func (p pageRun) toldTwo() string {
	if p.TellsPeopleApart && p.LogsOutOnly {
		return "two people who had logged in, with separate cookies,"
	}
	return "two visitors with separate cookies"
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
	YieldsTo: []string{"page-sub-stable", "page-first-message", "page-subscribes", "page-token-assigned", "page-token-string", "page-handler-settles", "sub-stable"},
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
		return fail(*p.sharedByCache(found("", "the same sub after a reload", "sub %s before, %s after", record.Quote(was), record.Quote(is))))
	}
	return saw(1, "reload").judge()
}
