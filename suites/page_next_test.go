package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// leftTo is a page that one person has logged out from, and the next one logged in at.
func leftTo(step record.PageStep, change func(*record.Page)) record.Outcome {
	return judgedPage(pageWith(func(p *record.Page) {
		p.LogsOut, p.LogsOutOnly, p.SignedIn, p.TellsPeopleApart = true, true, true, true
		for id, claims := range map[string]string{"ann": `{"sub":"a","jti":"1"}`, "ann again": `{"sub":"a","jti":"2"}`, "ben": `{"sub":"b","jti":"3"}`} {
			withToken(p, id, claims)
		}
		step.Visitor, step.Name, step.Text, step.Usable = record.VisitorUser, record.StepNext, "hello", true
		p.Steps = append(p.Steps,
			record.PageStep{Visitor: record.VisitorUser, Name: record.StepLoad, Done: true, Usable: true},
			record.PageStep{Visitor: record.VisitorUser, Name: record.StepLogout, Done: true, Usable: true}, step)
		p.Visits = append(p.Visits, record.Visit{ID: "visit-3", Visitor: record.VisitorUser, Step: record.StepLogout})
		p.Calls = append(p.Calls, record.InstanceCall{Visit: "visit-2", Visitor: record.VisitorUser, Step: record.StepLogout, Method: record.MethodDestroySession})
		p.Messages = append(p.Messages, callOf(record.StepFirst, "ann", "session-1"))
		change(p)
	}).Page)["page-next-person"]
}

func callOf(step, token, session string) record.AssistantCall {
	return record.AssistantCall{
		Visitor: record.VisitorUser, Step: step, Call: "message", Text: "hello", Token: token, Session: session, Status: 200,
		Verdict: record.Decided{Judged: true, Accepted: true},
	}
}

// TestNextPersonNamesWhatWasKept wants the cause, with the request that shows it.
func TestNextPersonNamesWhatWasKept(t *testing.T) {
	fired := func(p *record.Page, token string, requests ...string) {
		p.Firings = append(p.Firings, record.Firing{
			Visitor: record.VisitorUser, Step: record.StepNext, Handlers: 1, Settled: true, Requests: requests,
			Value: record.TokenValue{Type: record.TypeString, JWT: true, Token: token},
		})
	}
	asked := func(p *record.Page, cache, token string) {
		p.Requests = append(p.Requests, record.PageRequest{
			ID: "r1", Visitor: record.VisitorUser, Step: record.StepNext, Method: "GET", URL: "https://shop.example/token", Issuer: true, Status: 200, Cache: cache, Tokens: []string{token},
		})
	}
	for name, test := range map[string]struct {
		token, session string
		change         func(*record.Page)
		says           string // "" for a page that passes
	}{
		"a chat of their own": {"ben", "session-2", func(p *record.Page) { asked(p, "", "ben"); fired(p, "ben", "r1") }, ""},
		"kept in memory":      {"ann", "session-2", func(p *record.Page) { fired(p, "ann") }, "the page kept it in memory"},
		"kept in localStorage": {"ann", "session-2", func(p *record.Page) {
			fired(p, "ann")
			p.Exposures = append(p.Exposures, record.Exposure{Kind: record.ExposedLocal, Where: "chatToken", Token: "ann"})
		}, "kept it in localStorage (chatToken)"},
		"the HTTP cache":   {"ann", "session-2", func(p *record.Page) { asked(p, record.CacheHTTP, "ann"); fired(p, "ann", "r1") }, "the browser's HTTP cache kept it: GET https://shop.example/token"},
		"a service worker": {"ann", "session-2", func(p *record.Page) { asked(p, record.CacheServiceWorker, "ann"); fired(p, "ann", "r1") }, "the site's service worker kept it"},
		"handed over again": {"ann", "session-2", func(p *record.Page) {
			p.Calls = append(p.Calls, record.InstanceCall{Visitor: record.VisitorUser, Step: record.StepNext, Method: "updateIdentityToken", Value: &record.TokenValue{Token: "ann"}})
		}, "the page kept it in memory"},
		"the login lives on": {"ann again", "session-2", func(p *record.Page) { asked(p, "", "ann again") }, "the former person's sub \"a\"; the site gave it after the next person's login"},
		"the former login is sent": {"ann again", "session-2", func(p *record.Page) {
			asked(p, "", "ann again")
			p.Requests = append(p.Requests, p.Requests[len(p.Requests)-1])
			p.Requests[0].ID, p.Requests[0].Step, p.Requests[0].Tokens = "r0", record.StepFirst, []string{"ann"}
			for i := range p.Requests {
				p.Requests[i].Credentials = 1
			}
		}, "the page asked for it with the former person's credentials, those in the headers before the logout"},
		"the conversation":         {"ben", "session-1", func(p *record.Page) { asked(p, "", "ben") }, "goes on in the former person's session"},
		"the login in the chat":    {"ben", "session-2", func(p *record.Page) { p.LogsOutOnly = false }, "there is none; no request was seen"},
		"a message without answer": {"", "", func(p *record.Page) { p.Messages = p.Messages[:1] }, "no request with a token reached the assistant; no answer"},
	} {
		step := record.PageStep{Done: test.token != "", Ended: "no answer", Cause: record.CauseSite}
		outcome := leftTo(step, func(p *record.Page) {
			p.Messages = append(p.Messages, callOf(record.StepNext, test.token, test.session))
			test.change(p)
		})
		switch {
		case test.says == "" && outcome.State != record.Passed:
			t.Errorf("%s: %s %s %v", name, outcome.State, outcome.Reason, outcome.Findings)
		case test.says != "" && (outcome.State != record.Failed || !strings.Contains(outcome.Findings[0].Actual, test.says)):
			t.Errorf("%s: %s %s %v, want %q", name, outcome.State, outcome.Reason, outcome.Findings, test.says)
		}
	}
}

// TestWidgetThatLivesOnIsToldOfTheLogout wants one failed check for one defect.
func TestWidgetThatLivesOnIsToldOfTheLogout(t *testing.T) {
	outcome := leftTo(record.PageStep{Done: true}, func(p *record.Page) {
		p.Visits = p.Visits[:1]
		p.Messages = append(p.Messages, callOf(record.StepNext, "ann", "session-1"))
	})
	if outcome.State != record.Blocked || !strings.Contains(outcome.Findings[0].Actual, "neither destroyed nor was the page loaded again") {
		t.Errorf("%s %v", outcome.State, outcome.Findings)
	}
}

// TestNobodyComesNext wants the reason where the page was not left to another person.
func TestNobodyComesNext(t *testing.T) {
	without := func(change func(*record.Page)) record.Outcome {
		return leftTo(record.PageStep{Done: true}, func(p *record.Page) {
			p.Steps = p.Steps[:len(p.Steps)-1]
			change(p)
		})
	}
	for says, change := range map[string]func(*record.Page){
		"no logout action":    func(p *record.Page) { p.LogsOut, p.Steps = false, p.Steps[:len(p.Steps)-1] },
		"no second person":    func(p *record.Page) { p.TellsPeopleApart = false },
		"did not come as far": func(*record.Page) {},
	} {
		if outcome := without(change); outcome.State == record.Failed || outcome.State == record.Passed || !strings.Contains(outcome.Reason, says) {
			t.Errorf("%s: %s %s", says, outcome.State, outcome.Reason)
		}
	}
}

// TestRefusedAfterALoginIsNoEndedSession: who has just logged in has a session.
func TestRefusedAfterALoginIsNoEndedSession(t *testing.T) {
	for _, test := range []struct {
		step                string
		before, credentials int
		says                string
	}{
		{record.StepExpiry, 1, 1, "the visitor's session had ended"},
		{record.StepNext, 1, 1, "with the former person's credentials"},
		{record.StepNext, 1, 2, "somebody had just logged in"},
		{record.StepNext, 0, 0, "somebody had just logged in"},
		{record.StepLogin, 1, 1, "somebody had just logged in"},
	} {
		p := pageWith(func(p *record.Page) {
			p.Requests = append(p.Requests,
				record.PageRequest{ID: "before", Visitor: record.VisitorUser, Step: record.StepFirst, Credentials: test.before},
				record.PageRequest{ID: "refused", Visitor: record.VisitorUser, Step: test.step, Status: 401, Credentials: test.credentials})
		})
		hint := p.refusedHint(record.Firing{Visitor: record.VisitorUser, Step: test.step, Requests: []string{"refused"}})
		if !strings.Contains(hint, test.says) {
			t.Errorf("%+v: %s", test, hint)
		}
	}
}
