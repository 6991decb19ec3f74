package suites

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// judgedPage judges a run that has this evidence of a page and nothing else.
func judgedPage(page *record.Page) map[string]record.Outcome {
	run := Judge(record.Run{Evidence: record.Evidence{Page: page, Probes: []record.Probe{{Name: record.ProbePage}}}}, Options{})
	outcomes := map[string]record.Outcome{}
	for _, o := range run.Outcomes {
		outcomes[o.ID] = o
	}
	return outcomes
}

// TestWhatCouldNotBeSeenIsWanted takes the page part through what we could not
// do: nothing that depends on it passes or is not applicable, and the run is
// inconclusive.
func TestWhatCouldNotBeSeenIsWanted(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*record.Page)
		ids    []string
		says   string
	}{
		"a page that blocks its thread": {func(p *record.Page) {
			p.ClockMode = ""
			p.Steps[1] = record.PageStep{Visitor: record.VisitorFirst, Name: record.StepExpiry, Cause: record.CauseUnable, Ended: "the page's clock cannot be moved"}
		}, []string{"page-renews", "page-renewal-fresh"}, "clock cannot be moved"},
		"a renderer that dies": {func(p *record.Page) {
			p.Steps[1] = record.PageStep{Visitor: record.VisitorFirst, Name: record.StepExpiry, Cause: record.CauseUnable, Ended: "the tab is gone"}
		}, []string{"page-renews", "page-renewal-fresh"}, "tab is gone"},
		"a widget for one visitor only": {func(p *record.Page) {
			p.Visits[0].Step = record.StepLoad
			p.Visits = append(p.Visits, record.Visit{ID: "visit-2", Visitor: record.VisitorSecond, Step: record.StepLoad, URL: "https://shop.example/"})
			p.Steps = append(p.Steps, record.PageStep{Visitor: record.VisitorSecond, Name: record.StepLoad, Cause: record.CauseSite, Ended: "no widget"})
		}, []string{"page-loads-widget", "page-visitors-differ", "page-reload"}, ""},
		"a step that fails": {func(p *record.Page) {
			p.Visits[0].Widget = nil
			p.Steps = []record.PageStep{{Visitor: record.VisitorFirst, Name: record.StepLoad, Cause: record.CauseUnable, Ended: "nothing on the page matches #accept"}}
			p.Actions = []record.PageAction{{Visitor: record.VisitorFirst, Step: record.StepLoad, Phase: record.PhaseBefore, What: "click #accept", Failure: "nothing on the page matches #accept"}}
		}, []string{"page-steps", "page-loads-widget", "page-first-message"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			page := pageWith(test.change)
			outcomes := judgedPage(page.Page)
			for _, id := range test.ids {
				o := outcomes[id]
				undecided := o.State == record.Inconclusive || o.State == record.NotRun && o.Wanted
				if !undecided || !strings.Contains(o.Reason, test.says) {
					t.Errorf("%s is %s (wanted %t): %s", id, o.State, o.Wanted, o.Reason)
				}
			}
			for id, o := range outcomes {
				if o.State == record.Failed {
					t.Errorf("%s failed: %+v", id, o.Findings)
				}
			}
		})
	}
}

// TestEndOfTheRunFailsNothing cuts the page part off: what was not done by then
// is not run. What had been seen stands.
func TestEndOfTheRunFailsNothing(t *testing.T) {
	page := pageWith(func(p *record.Page) {
		p.Interrupted = true
		p.Visits[0].Widget = nil
		p.Visits[0].Scripts = nil
		p.Steps = []record.PageStep{{Visitor: record.VisitorFirst, Name: record.StepLoad, Cause: record.CauseCut, Ended: "the run ended"}}
		withToken(p, "t", `{"sub":"a"}`)
		p.Exposures = []record.Exposure{{Kind: record.ExposedURL, Where: "https://shop.example/?token=…", Token: "t"}}
	})
	for id, o := range judgedPage(page.Page) {
		switch {
		case o.Area != AreaPage:
		case id == "page-token-not-in-url":
			if o.State != record.Failed {
				t.Errorf("what was seen does not stand: %s %s", o.State, o.Reason)
			}
		case o.State == record.Failed, o.State == record.Passed:
			t.Errorf("%s is %s", id, o.State)
		}
	}
}

// TestWhatTheStandInLacksIsNotThePagesFault has a page call something that the
// widget's stand-in does not have.
func TestWhatTheStandInLacksIsNotThePagesFault(t *testing.T) {
	page := pageWith(func(p *record.Page) {
		w := p.Visits[0].Widget
		w.OnLoadError, w.Rendered, w.Missing = "instance.newFeature is not a function", false, []string{"newFeature"}
	})
	o := judgedPage(page.Page)["page-renders"]
	if o.State != record.Inconclusive || !strings.Contains(o.Reason, "stand-in has no newFeature") {
		t.Errorf("%s: %s %+v", o.State, o.Reason, o.Findings)
	}
}

// TestPagesOfOtherProducts names the product, and never advises to let its host
// through.
func TestPagesOfOtherProducts(t *testing.T) {
	page := pageWith(func(p *record.Page) {
		p.Visits[0].Step, p.Visits[0].Widget, p.Visits[0].Scripts = record.StepLoad, nil, nil
		p.Visits[0].OtherProduct = "watsonx Orchestrate"
		p.VendorHosts = []string{"us-south.watson-orchestrate.cloud.ibm.com"}
	})
	o := judgedPage(page.Page)["page-loads-widget"]
	if o.State != record.Inconclusive || !strings.Contains(o.Reason, "watsonx Orchestrate") || strings.Contains(o.Reason, "--allow-host") {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
}

// TestAdviceForPagesWithoutTheWidget goes by what the page shows instead.
func TestAdviceForPagesWithoutTheWidget(t *testing.T) {
	for says, change := range map[string]func(*record.Visit){
		"have it log in":   func(v *record.Visit) { v.WantsPassword = true },
		"asks for consent": func(v *record.Visit) { v.Consent = "#accept" },
		"copy the embed":   func(*record.Visit) {},
	} {
		page := pageWith(func(p *record.Page) {
			p.Visits[0].Step, p.Visits[0].Widget, p.Visits[0].Scripts = record.StepLoad, nil, nil
			change(&p.Visits[0])
		})
		o := judgedPage(page.Page)["page-loads-widget"]
		if o.State != record.Failed || !strings.Contains(o.Findings[0].Hint, says) {
			t.Errorf("%s: %+v", says, o)
		}
	}
}

// TestThePageYieldsToTheTokenPart tells one defect of the token endpoint once: what
// it does to the page is explained by the check of the token part.
func TestThePageYieldsToTheTokenPart(t *testing.T) {
	for page, tokens := range map[string][]string{
		"page-visitors-differ": {"sub-unique-anonymous", "token-not-shared", "token-not-hardcoded"},
		"page-first-message":   {"token-accepted", "token-served", "token-bare", "exp-ahead", "signature-every", "nbf-past"},
		"page-renews":          {"token-renewed", "token-accepted", "sub-stable"},
		"page-renewal-fresh":   {"token-renewed", "http-not-cacheable"},
		"page-token-string":    {"token-served", "token-bare"},
		"page-handler-settles": {"token-served"},
		"page-sub-stable":      {"sub-stable"},
		"page-reload":          {"sub-stable"},
		"page-login":           {"login-keeps-sub"},
		"page-logout":          {"logout-drops-user"},
	} {
		for _, cause := range tokens {
			outcomes := []record.Outcome{{ID: cause, Level: record.Must, State: record.Failed}, {ID: page, Level: record.Must, State: record.Failed}}
			if yield(outcomes); outcomes[1].State != record.Blocked || outcomes[1].BlockedBy != cause {
				t.Errorf("%s is %s beside %s", page, outcomes[1].State, cause)
			}
		}
	}
}
