package suites

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

// pageWith is the evidence of a page that was loaded with its widget, changed
// by the test.
func pageWith(change func(*record.Page)) pageRun {
	page := &record.Page{
		ClockMode: "pulse",
		Visits: []record.Visit{{
			ID: "visit-1", Visitor: record.VisitorFirst, URL: "https://shop.example/",
			Scripts: []record.WidgetScript{{URL: "https://web-chat.example/", Documented: true, Asked: true}},
			Widget: &record.Widget{
				Created: true, IntegrationID: "i", Region: "r", ServiceInstanceID: "s",
				OnLoad: true, Loaded: true, Rendered: true, Subscribed: []string{profiles.Default().Page.Event},
			},
		}},
		Steps: []record.PageStep{
			{Visitor: record.VisitorFirst, Name: record.StepFirst, Done: true, Usable: true},
			{Visitor: record.VisitorFirst, Name: record.StepExpiry, Done: true, Usable: true},
		},
	}
	change(page)
	return pageRun{page, profiles.Default()}
}

// withToken adds a token with the claims to the evidence.
func withToken(page *record.Page, id, claims string) {
	encode := base64.RawURLEncoding.EncodeToString
	t := record.NewToken(encode([]byte(`{"alg":"RS256"}`))+"."+encode([]byte(claims))+".c2lnbmF0dXJl", nil)
	t.ID = id
	page.Tokens = append(page.Tokens, t)
}

// renewed adds the first token, the firing of the renewal with the second, and
// the request that the handler made.
func renewed(page *record.Page, second string, request record.PageRequest) {
	request.ID = "r1"
	page.Requests = append(page.Requests, request)
	page.Messages = append(page.Messages,
		record.AssistantCall{Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepFirst, Call: "message", Token: "old", Status: 200, Verdict: record.Decided{Judged: true, Accepted: true}},
		record.AssistantCall{Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepExpiry, Call: "message", Token: "old", Status: 401})
	page.Firings = append(page.Firings, record.Firing{
		Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepExpiry, Handlers: 1, Settled: true,
		Value: record.TokenValue{Type: "string", JWT: true, Token: second}, Requests: []string{"r1"},
	})
}

func TestRenewalNamesWhoKeptTheToken(t *testing.T) {
	for name, test := range map[string]struct {
		request record.PageRequest
		mode    string
		state   record.State
		says    string
	}{
		"page":           {record.PageRequest{URL: "https://shop.example/other"}, "pulse", record.Failed, "the page kept it"},
		"HTTP cache":     {record.PageRequest{Issuer: true, Cache: record.CacheHTTP}, "pulse", record.Failed, "HTTP cache"},
		"service worker": {record.PageRequest{Issuer: true, Cache: record.CacheServiceWorker}, "pulse", record.Failed, "service worker"},
		"issuer, waited": {record.PageRequest{Issuer: true, Status: 200, Tokens: []string{"old"}}, "real", record.Failed, "the issuer"},
		"issuer, pulse":  {record.PageRequest{Issuer: true, Status: 200, Tokens: []string{"old"}}, "pulse", record.Inconclusive, "live by its own clock"},
		"thrown away":    {record.PageRequest{Issuer: true, Status: 200, Tokens: []string{"new"}}, "pulse", record.Failed, "got it, and set the old one"},
		"got none":       {record.PageRequest{Issuer: true, Status: 500}, "pulse", record.Failed, "got no token"},
		"a worker that asked": {record.PageRequest{Worker: record.WorkerShared, Tokens: []string{"old"}, URL: "https://shop.example/other"},
			"pulse", record.Failed, "a shared worker of the page"},
		"a CDN": {record.PageRequest{Issuer: true, Status: 200, Tokens: []string{"old"}, CacheHeaders: map[string]string{"Age": "31"}},
			"pulse", record.Failed, "Age: 31"},
	} {
		t.Run(name, func(t *testing.T) {
			judgement := pageRenewalFresh(pageWith(func(p *record.Page) {
				p.ClockMode = test.mode
				withToken(p, "old", `{"sub":"a","exp":100}`)
				renewed(p, "old", test.request)
			}))
			told := judgement.Reason + fmt.Sprint(judgement.Findings)
			if judgement.State != test.state || !strings.Contains(told, test.says) {
				t.Errorf("%s: %s", judgement.State, told)
			}
		})
	}
}

func TestRenewalWithRoundedExpProvesNothing(t *testing.T) {
	p := pageWith(func(p *record.Page) {
		withToken(p, "old", `{"sub":"a","iat":1,"exp":3600}`)
		withToken(p, "new", `{"sub":"a","iat":3,"exp":3600}`)
		renewed(p, "new", record.PageRequest{Issuer: true, Status: 200})
		p.Steps[1].Done = false
	})
	for name, judge := range map[string]func(pageRun) judgement{"fresh": pageRenewalFresh, "renews": pageRenews} {
		if judgement := judge(p); judgement.State != record.Inconclusive || !judgement.Warning {
			t.Errorf("%s: %s %s", name, judgement.State, judgement.Reason)
		}
	}
}

func TestHintsForWhatHandlersSet(t *testing.T) {
	for _, test := range []struct {
		value record.TokenValue
		hint  string
	}{
		{record.TokenValue{Type: "Response"}, "event.identityToken = await response.text()"},
		{record.TokenValue{Type: "Promise"}, "await freshToken()"},
		{record.TokenValue{Type: "Object"}, "response.json()"},
		{record.TokenValue{Type: "string", Looks: "JSON"}, "response.json()"},
		{record.TokenValue{Type: "string", Looks: "quotes"}, "bare text"},
		{record.TokenValue{Type: "string", Looks: "HTML"}, "response.ok"},
		{record.TokenValue{Type: "string", Looks: "Bearer prefix"}, "without the word Bearer"},
		{record.TokenValue{Type: "string", Looks: "empty"}, "response.ok"},
		{record.TokenValue{Type: "string", Looks: "other text"}, "response.text()"},
	} {
		judgement := pageTokenString(pageWith(func(p *record.Page) {
			p.Firings = []record.Firing{{Visit: "visit-1", Step: record.StepFirst, Handlers: 1, Settled: true, Value: test.value}}
		}))
		if judgement.State != record.Failed || !strings.Contains(profiles.Default().Say(judgement.Findings[0].Hint), test.hint) {
			t.Errorf("%+v: %+v", test.value, judgement)
		}
	}
}

func TestHandlersThatAssignNothing(t *testing.T) {
	nothing := record.TokenValue{Type: "undefined"}
	for name, test := range map[string]struct {
		firing record.Firing
		calls  []record.InstanceCall
		says   string
	}{
		"returned": {record.Firing{Returned: "Promise of string"}, nil, "returned a value"},
		"late":     {record.Firing{Late: &record.TokenValue{Type: "string"}}, nil, "after the handler had settled"},
		"updated":  {record.Firing{}, []record.InstanceCall{{Visit: "visit-1", Step: record.StepFirst, Method: "updateIdentityToken"}}, "updateIdentityToken() instead"},
		"nothing":  {record.Firing{Returned: "undefined"}, nil, "assigned nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			firing := test.firing
			firing.Visit, firing.Step, firing.Handlers, firing.Settled, firing.Value = "visit-1", record.StepFirst, 1, true, nothing
			judgement := pageTokenAssigned(pageWith(func(p *record.Page) { p.Firings, p.Calls = []record.Firing{firing}, test.calls }))
			if judgement.State != record.Failed || !strings.Contains(judgement.Findings[0].Actual, test.says) {
				t.Errorf("%+v", judgement)
			}
		})
	}
}

func TestHandlerThatGivesUpAfterRejectionsIsNoDefect(t *testing.T) {
	token := record.Firing{Visit: "visit-1", Step: record.StepExpiry, Handlers: 1, Settled: true, Value: record.TokenValue{Type: "string", JWT: true}}
	gives := record.Firing{Visit: "visit-1", Step: record.StepExpiry, Handlers: 1, Settled: true, Error: "enough", Value: record.TokenValue{Type: "null"}}
	if j := pageHandlerSettles(pageWith(func(p *record.Page) { p.Firings = []record.Firing{token, token, gives} })); j.State != record.Passed {
		t.Errorf("after two tokens: %+v", j)
	}
	if j := pageHandlerSettles(pageWith(func(p *record.Page) { p.Firings = []record.Firing{gives} })); j.State != record.Failed {
		t.Errorf("at once: %+v", j)
	}
}

func TestUnsubscribedHandlerIsFound(t *testing.T) {
	judgement := pageSubscribes(pageWith(func(p *record.Page) {
		p.Firings = []record.Firing{{Visit: "visit-1", Step: record.StepExpiry, Settled: true}}
	}))
	if judgement.State != record.Failed || !strings.Contains(judgement.Findings[0].Actual, "not once()") {
		t.Errorf("%+v", judgement)
	}
}

func TestPolicyThatBlocksOtherThingsIsNoDefect(t *testing.T) {
	for name, test := range map[string]struct {
		violation record.Violation
		fails     bool
	}{
		"a picture":            {record.Violation{Directive: "img-src", Blocked: "https://ads.example/a.png"}, false},
		"an inline script":     {record.Violation{Directive: "script-src-elem", Inline: true}, false},
		"analytics":            {record.Violation{Directive: "connect-src", Blocked: "https://stats.example/"}, false},
		"the widget's style":   {record.Violation{Directive: "style-src-elem", Inline: true, Vendor: true}, true},
		"the assistant":        {record.Violation{Directive: "connect-src", Vendor: true}, true},
		"the token endpoint":   {record.Violation{Directive: "connect-src", Issuer: true}, true},
		"a fetch in a handler": {record.Violation{Visit: "visit-1", Step: record.StepFirst, Directive: "connect-src", Renewing: true}, true},
	} {
		judgement := pageCSP(pageWith(func(p *record.Page) { p.Violations = []record.Violation{test.violation} }))
		if failed := judgement.State == record.Failed; failed != test.fails {
			t.Errorf("%s: %+v", name, judgement)
		}
	}
}

func TestPageChecksWithoutEvidence(t *testing.T) {
	empty := record.Run{Evidence: record.Evidence{Page: &record.Page{}, Probes: []record.Probe{{Name: record.ProbePage}}}}
	for _, o := range Judge(empty, Options{}).Outcomes {
		if o.Area == AreaPage && (o.State == record.Passed || o.State == record.Failed) {
			t.Errorf("%s is %s without evidence", o.ID, o.State)
		}
	}
}

// TestTokensHandedOverInALoopAreNotNeeded counts the tokens that a page hands over as
// needed where they may be: some in a step, or all where they live for seconds.
func TestTokensHandedOverInALoopAreNotNeeded(t *testing.T) {
	for name, test := range map[string]struct {
		handed, life int
		failed       bool
	}{
		"one when it begins":      {1, 3600, false},
		"a loop":                  {9, 3600, true},
		"tokens of a few seconds": {9, 5, false},
	} {
		run := pageWith(func(p *record.Page) {
			for i := range test.handed {
				id := fmt.Sprint("t", i)
				withToken(p, id, fmt.Sprintf(`{"sub":"a","iat":1000,"exp":%d,"jti":"%d"}`, 1000+test.life, i))
				p.Calls = append(p.Calls, record.InstanceCall{
					Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepFirst, Method: profiles.Default().Page.Update, Value: &record.TokenValue{Token: id},
				})
				p.Requests = append(p.Requests, record.PageRequest{
					ID: id, Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepFirst, Issuer: true, Status: 200, Type: "Fetch", At: float64(i),
				})
			}
		})
		if j := pageIssuerCalls(run); (j.State == record.Failed) != test.failed {
			t.Errorf("%s: %s %v", name, j.State, j.Findings)
		}
	}
}
