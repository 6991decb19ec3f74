package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// sleptWith is a page that gives its old token in the pulse without asking, and
// whose second visitor's computer slept.
func sleptWith(step record.PageStep, change func(*record.Page)) map[string]record.Outcome {
	return judgedPage(pageWith(func(p *record.Page) {
		for _, id := range []string{"old", "reloaded", "fresh"} {
			withToken(p, id, `{"sub":"a","exp":`+map[string]string{"old": "1000", "reloaded": "2000", "fresh": "3000"}[id]+`,"jti":"`+id+`"}`)
		}
		accepted := record.Decided{Judged: true, Accepted: true}
		p.Steps[1] = record.PageStep{Visitor: record.VisitorFirst, Name: record.StepExpiry, Cause: record.CauseSite, Ended: "rejected 8 times", Usable: true}
		step.Visitor, step.Name, step.Text = record.VisitorSecond, record.StepSleep, "hello"
		p.Steps = append(p.Steps, step)
		p.Firings = append(p.Firings, record.Firing{
			Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepExpiry, Handlers: 1, Ended: 1, Settled: true,
			Value: record.TokenValue{Type: record.TypeString, JWT: true, Token: "old"},
		})
		p.Messages = append(p.Messages,
			record.AssistantCall{Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepFirst, Call: "message", Token: "old", Status: 200, Verdict: accepted},
			record.AssistantCall{Visit: "visit-1", Visitor: record.VisitorFirst, Step: record.StepExpiry, Call: "message", Token: "old", Status: 401},
			record.AssistantCall{Visit: "visit-2", Visitor: record.VisitorSecond, Step: record.StepReload, Call: "message", Token: "reloaded", Status: 200, Verdict: accepted})
		change(p)
	}).Page)
}

// TestWhatRenewsByTimersIsJudgedByTheSleep holds a page that keeps its token until
// a timer fires to what it does when that has fired.
func TestWhatRenewsByTimersIsJudgedByTheSleep(t *testing.T) {
	said := func(token string) func(*record.Page) {
		return func(p *record.Page) {
			p.Messages = append(p.Messages, record.AssistantCall{
				Visit: "visit-2", Visitor: record.VisitorSecond, Step: record.StepSleep, Call: "message", Text: "hello", Token: token, Status: 200,
				Verdict: record.Decided{Judged: true, Accepted: true},
			})
		}
	}
	awake := record.PageStep{Done: true, Usable: true}
	rejected := record.PageStep{Cause: record.CauseSite, Ended: "rejected 8 times", Usable: true}
	for name, test := range map[string]struct {
		step   record.PageStep
		change func(*record.Page)
		states map[string]record.State
		says   string
	}{
		"renews":               {awake, said("fresh"), map[string]record.State{"page-renews": record.Passed, "page-renewal-fresh": record.Passed, "page-renews-after-sleep": record.Passed}, ""},
		"says the old one":     {awake, said("reloaded"), map[string]record.State{"page-renewal-fresh": record.Failed}, ""},
		"keeps it asleep, too": {rejected, func(*record.Page) {}, map[string]record.State{"page-renewal-fresh": record.Failed, "page-renews-after-sleep": record.Blocked}, ""},
		"ends the session": {rejected, func(p *record.Page) {
			p.Steps[1] = record.PageStep{Visitor: record.VisitorFirst, Name: record.StepExpiry, Done: true, Usable: true}
			p.Firings = nil
			p.Visits = append(p.Visits, record.Visit{ID: "visit-3", Visitor: record.VisitorSecond, Step: record.StepSleep, URL: "https://shop.example/bye"})
		}, map[string]record.State{"page-renews-after-sleep": record.Inconclusive}, "https://shop.example/bye"},
	} {
		t.Run(name, func(t *testing.T) {
			outcomes := sleptWith(test.step, test.change)
			for id, want := range test.states {
				if o := outcomes[id]; o.State != want || !strings.Contains(o.Reason, test.says) {
					t.Errorf("%s is %s: %s %+v", id, o.State, o.Reason, o.Findings)
				}
			}
		})
	}
}

// TestWhatTheStandInLacksFailsNothing has onLoad read a member of something that
// the stand-in does not have.
func TestWhatTheStandInLacksFailsNothing(t *testing.T) {
	outcomes := judgedPage(pageWith(func(p *record.Page) {
		w := p.Visits[0].Widget
		w.Rendered, w.Subscribed, w.Missing = false, nil, []string{"superDuper"}
		w.OnLoadError = "Cannot read properties of undefined (reading 'enable')"
		p.Steps = []record.PageStep{{Visitor: record.VisitorFirst, Name: record.StepFirst, Cause: record.CauseSite, Ended: "no token", Usable: true}}
	}).Page)
	for id, o := range outcomes {
		if o.State == record.Failed {
			t.Errorf("%s failed: %+v", id, o.Findings)
		}
	}
	if o := outcomes["page-subscribes"]; !strings.Contains(o.Reason, "stand-in has no superDuper") {
		t.Errorf("page-subscribes: %s %s", o.State, o.Reason)
	}
}
