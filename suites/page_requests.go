package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

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
			"%d requests to %s within %s, where %d would do (%s visitor, one load of the page)",
			len(asked), last.URL, record.Span(last.At-asked[0].At), needed, v.Visitor)
	}).judgeOr(p.askedNobody())
}

// apart says whether the requests of a step are not counted, because all tokens are rejected
// in it, or expire at once by the page's clock.
func apart(step string) bool { return step == record.StepRejection || step == record.StepSleep }

// tokensNeeded counts the reasons to ask for a token in one load of the page: each renewal
// event, each token that the page hands over by itself, and one in advance.
func (p pageRun) tokensNeeded(v record.Visit) int {
	needed := 0
	firstFiring := -1.0
	for _, f := range p.firings() {
		if f.Visit != v.ID || f.Handlers == 0 || apart(f.Step) {
			continue
		}
		needed++
		if firstFiring < 0 {
			firstFiring = f.At
		}
	}
	needed += p.handedOver(v)
	asked := p.issuerCalls(v)
	if v.Widget.HasPreset || len(asked) > 0 && (firstFiring < 0 || asked[0].At < firstFiring) {
		needed++
	}
	return needed
}

// handedEnough is how many tokens a page may hand over by itself in one step of a visitor,
// which takes a few seconds. Tokens that live for less than briefLife, in seconds, do not
// count.
const (
	handedEnough = 2
	briefLife    = 60
)

// handedOver counts the tokens that the page had reason to hand over by itself in one load.
func (p pageRun) handedOver(v record.Visit) int {
	count := 0
	inStep := map[string]int{}
	for _, c := range p.Calls {
		if c.Visit != v.ID || apart(c.Step) || c.Method != p.profile.Page.Update {
			continue
		}
		if inStep[c.Step]++; inStep[c.Step] <= handedEnough || p.isBrief(c) {
			count++
		}
	}
	return count
}

// isBrief says whether a call hands over a token that is soon to expire.
func (p pageRun) isBrief(c record.InstanceCall) bool {
	if c.Value == nil {
		return false
	}
	t, _ := p.token(c.Value.Token)
	issued, okIssued := t.NumberClaim("iat")
	expires, ok := t.NumberClaim("exp")
	return ok && okIssued && expires-issued < briefLife
}

// issuerCalls returns the requests of one load of the page that have reached the token
// endpoint. A request that a service worker has passed on counts once.
func (p pageRun) issuerCalls(v record.Visit) []record.PageRequest {
	return slices.DeleteFunc(slices.Clone(p.Requests), func(r record.PageRequest) bool {
		return r.Visit != v.ID || apart(r.Step) || !r.Issuer || r.Worker == record.WorkerService || r.Type == record.TypeDocument || r.Cache == record.CacheHTTP || r.Status >= 300
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
		return fail(*found("", "the page stays usable", "the page stopped answering while the assistant rejected every token"))
	}
	fired := 0
	for _, f := range p.firingsIn(record.VisitorSecond, record.StepRejection) {
		if f.Handlers > 0 {
			fired++
		}
	}
	asked := 0
	for _, r := range p.Requests {
		if r.Visitor == record.VisitorSecond && r.Step == record.StepRejection && r.Issuer && r.Worker != record.WorkerService {
			asked++
		}
	}
	if asked > fired+1 { // one may still be in flight, or be asked for in advance
		return fail(*found("", "one request for each time the widget asks",
			"the widget asked %d times within %s, and the page asked the token endpoint %d times", fired, record.Span(step.Seconds), asked))
	}
	return saw(1, "rejection").judge()
}

// boundingLine stops a page from asking again and again while no token is accepted.
const boundingLine = "if ((window.asked = [...window.asked ?? [], Date.now()].slice(-6)).length > 5 && Date.now() - window.asked[0] < 10000) throw new Error('no token is taken');"
