package suites

import (
	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "page-renews-after-sleep", Area: AreaPage, Level: record.Should,
	Title:  "After the computer has slept past the token's expiry, and the page's timers that fell due have fired, the next message is accepted",
	Why:    "Most tokens expire while nobody looks: the lid is closed, or the tab is in the background. Then the page's timers come late, all at once.",
	Fix:    "Ask for a token whenever {event} is fired, whatever timers have done before, and let no timer end what the handler needs.",
	Source: "closed laptop; Playwright's clock, fastForward",
	Faults: []string{"page-idle-keeps-token"},
	YieldsTo: []string{
		"page-renews", "page-renewal-fresh", "page-sub-stable", "page-subscribes", "page-token-assigned", "page-handler-settles", "page-token-string",
		"page-cors", "page-csp", "page-reload", "page-first-message", "token-renewed", "token-accepted", "signature-every", "exp-ahead", "sub-stable",
	},
	Needs: []string{record.ProbePage}, judge: onPage(pageRenewsAfterSleep),
})

func pageRenewsAfterSleep(p pageRun) judgement {
	step, ok := p.slept()
	switch {
	case len(p.visits()) == 0:
		return notRun(noWidget)
	case !ok:
		return notRun("the chat did not come as far as that")
	case step.Done:
		return saw(1, "message after the sleep").judge()
	}
	if nothing, ok := judgeable(step); !ok {
		return nothing
	}
	old, _ := p.accepted(record.VisitorSecond, record.StepReload)
	switch left := p.leftAsleep(); {
	case left != "":
		return warn("when the computer had slept, the page went to " + left + " by itself, where there is no chat, as sites do that end a session of their own: nothing can be said of the chat")
	case p.sameExp(old, record.VisitorSecond, record.StepSleep):
		return warn(reasonRounded)
	case p.sameAnswer(old, record.VisitorSecond, record.StepSleep):
		return warn(reasonKept)
	}
	return fail(*found("", "the message after the sleep is accepted, with a fresh token",
		"%s; %s%s", p.lastAnswer(record.VisitorSecond, record.StepSleep), step.Ended, p.threw(record.VisitorSecond, record.StepSleep)))
}

// leftAsleep is where the page has gone by itself when the computer had slept, if
// there is no chat; else "".
func (p pageRun) leftAsleep() (address string) {
	for _, v := range p.Visits {
		if v.Visitor == record.VisitorSecond && v.Step == record.StepSleep {
			address = v.URL
			if v.Widget != nil && v.Widget.Created {
				return ""
			}
		}
	}
	return address
}

// renewsInTime says whether a page that kept its token when its Date alone was
// moved gives a fresh one when all of its clocks move: it renews by a timer, by
// performance.now() or when it is shown again, which is as good.
func (p pageRun) renewsInTime() bool {
	firings := p.firingsIn(record.VisitorFirst, record.StepExpiry)
	kept, ok := p.accepted(record.VisitorFirst, record.StepFirst)
	if !ok || p.ClockMode != record.ClockPulse || len(firings) == 0 || firings[0].Value.Token != kept.ID || len(p.asked(firings[0])) > 0 {
		return false
	}
	step, _ := p.slept()
	old, _ := p.accepted(record.VisitorSecond, record.StepReload)
	fresh, ok := p.saidAs(step)
	return ok && fresh.Fingerprint != old.Fingerprint
}
