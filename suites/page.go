package suites

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// pageRun is the evidence of the page part, with ways to find things in it.
type pageRun struct {
	*record.Page
	profile profiles.Profile // the contract of the chat in it
}

// onPage makes a check that judges how visitors got through the page. When the
// run ended before they had, nothing can be said.
func onPage(judge func(pageRun) judgement) func(*evidence) judgement {
	return pagePart(judge, func(judgement) bool { return false })
}

// inPage makes a check that judges what was seen in the page, such as a token
// where it does not belong. What was seen stands, though the run ended.
func inPage(judge func(pageRun) judgement) func(*evidence) judgement {
	return pagePart(judge, func(j judgement) bool { return j.State == record.Failed })
}

func pagePart(judge func(pageRun) judgement, stands func(judgement) bool) func(*evidence) judgement {
	return func(e *evidence) judgement {
		if e.Run.Evidence.Page == nil {
			return notRun("the page was not driven")
		}
		p := pageRun{e.Run.Evidence.Page, e.profile}
		j := judge(p)
		if p.Interrupted && !stands(j) && j.State != record.NotApplicable {
			return notRun("the run ended before the page had been driven to its end")
		}
		return j
	}
}

// judgeable says whether a step can be judged: it was done, or what it ended
// with was the site's doing. Else it returns what to say instead.
func judgeable(step record.PageStep) (judgement, bool) {
	switch step.Cause {
	case record.CauseUnable, record.CauseCut:
		return notRun(step.Ended), false
	case record.CauseNotOwed:
		return notApplicable(step.Ended), false
	}
	return judgement{}, true
}

// lacking names the member of the instance that the widget's stand-in does not
// have and that an error of the page is about, or "". What the stand-in lacks is
// not the page's fault.
func (p pageRun) lacking(failure string) string {
	for _, v := range p.Visits {
		if v.Widget == nil {
			continue
		}
		for _, name := range v.Widget.Missing {
			if last := name[strings.LastIndexByte(name, '.')+1:]; last != "" && (strings.Contains(failure, last) || ofUndefined(failure)) {
				return name
			}
		}
	}
	return ""
}

// ofUndefined says whether an error is that of reading a member of nothing: it names
// that member, and not what was missing.
func ofUndefined(failure string) bool {
	return strings.Contains(failure, "of undefined (reading") || strings.Contains(failure, "is undefined")
}

// ofStandIn is the judgement where an error comes from what the stand-in lacks.
func ofStandIn(name, failure string) judgement {
	return inconclusive("the widget's stand-in has no " + name + ", and the page failed for want of it: " + failure)
}

// lackingInOnLoad is the judgement of a page whose onLoad threw for want of what
// the stand-in lacks: what it would have done after that is not known.
func (p pageRun) lackingInOnLoad() (j judgement, lacks bool) {
	for _, v := range p.visits() {
		if name := p.lacking(v.Widget.OnLoadError); v.Widget.OnLoadError != "" && name != "" {
			return ofStandIn(name, v.Widget.OnLoadError), true
		}
	}
	return judgement{}, false
}

// threw tells of the handlers of the page that threw in a step, as the end of a
// finding.
func (p pageRun) threw(visitor, step string) string {
	for _, h := range p.HandlerErrors {
		if h.Visitor == visitor && h.Step == step {
			return "; the page's own handler of " + h.Event + " threw " + record.Quote(h.Error) + atPlace(h.Place)
		}
	}
	return ""
}

func atPlace(place string) string {
	if place == "" {
		return ""
	}
	return " at " + place
}

// step returns a visitor's step and whether it was gone through.
func (p pageRun) step(visitor, name string) (record.PageStep, bool) {
	i := slices.IndexFunc(p.Steps, func(s record.PageStep) bool { return s.Visitor == visitor && s.Name == name })
	if i < 0 {
		return record.PageStep{}, false
	}
	return p.Steps[i], true
}

// visits returns the page loads on which the widget began.
func (p pageRun) visits() []record.Visit {
	return slices.DeleteFunc(slices.Clone(p.Visits), func(v record.Visit) bool { return v.Widget == nil || !v.Widget.Created })
}

// slept returns the step in which the computer slept past the token's expiry.
func (p pageRun) slept() (record.PageStep, bool) {
	return p.step(record.VisitorSecond, record.StepSleep)
}

// firings returns the renewal events of the ordinary steps: while every token
// is rejected, a page may give up.
func (p pageRun) firings() []record.Firing {
	return slices.DeleteFunc(slices.Clone(p.Firings), func(f record.Firing) bool { return f.Step == record.StepRejection })
}

// firingsIn returns the renewal events of one visitor's step.
func (p pageRun) firingsIn(visitor, step string) []record.Firing {
	return slices.DeleteFunc(slices.Clone(p.Firings), func(f record.Firing) bool { return f.Visitor != visitor || f.Step != step })
}

// messagesIn returns the calls at the assistant in one visitor's step.
func (p pageRun) messagesIn(visitor, step string) []record.AssistantCall {
	return slices.DeleteFunc(slices.Clone(p.Messages), func(m record.AssistantCall) bool { return m.Visitor != visitor || m.Step != step })
}

// accepted returns the token of the last call of the step that the assistant
// accepted.
func (p pageRun) accepted(visitor, step string) (Token, bool) {
	for _, m := range slices.Backward(p.messagesIn(visitor, step)) {
		if m.Verdict.Accepted && m.Token != "" {
			return p.token(m.Token)
		}
	}
	return Token{}, false
}

// token returns the token with the id, opened.
func (p pageRun) token(id string) (Token, bool) {
	i := slices.IndexFunc(p.Tokens, func(t record.Token) bool { return t.ID == id })
	if id == "" || i < 0 {
		return Token{}, false
	}
	t := p.Tokens[i]
	return Token{rulebook.Open(t, p.profile)}, true
}

// sub returns the sub of the token with the id, as text for a comparison and a
// finding; "" when there is none.
func (p pageRun) sub(id string) string {
	t, _ := p.token(id)
	if sub, ok := t.Sub(); ok {
		return sub
	}
	var other any
	if raw := t.Claims["sub"]; raw != nil && json.Unmarshal(raw, &other) == nil {
		return fmt.Sprint(other)
	}
	return ""
}

// request returns the page's request with the id.
func (p pageRun) request(id string) (record.PageRequest, bool) {
	i := slices.IndexFunc(p.Requests, func(r record.PageRequest) bool { return r.ID == id })
	if i < 0 {
		return record.PageRequest{}, false
	}
	return p.Requests[i], true
}

// toldRequests describes requests, for a finding.
func (p pageRun) toldRequests(ids []string) string {
	var told []string
	for _, id := range ids {
		if r, ok := p.request(id); ok && len(told) < 3 {
			told = append(told, toldRequest(r))
		}
	}
	if len(told) == 0 {
		return "the page made no request meanwhile"
	}
	return "meanwhile the page asked " + strings.Join(told, ", ")
}

// toldRequest describes a request and what came of it.
func toldRequest(r record.PageRequest) string {
	text := r.Method + " " + r.URL
	if r.Worker != "" {
		text += " by a " + r.Worker + " worker"
	}
	switch {
	case r.CORS != "":
		text += ", refused by CORS (" + r.CORS + ")"
	case r.Blocked != "":
		text += ", blocked (" + r.Blocked + ")"
	case r.Failure == record.Unresolved:
		text += ", whose host does not exist or is not allowed (--allow-host)"
	case r.Failure != "":
		text += ", which failed (" + r.Failure + ")"
	case r.Status != 0:
		text += fmt.Sprintf(", answered %d %s", r.Status, r.MIME)
	default:
		text += ", without an answer"
	}
	if r.RedirectedTo != "" {
		text += ", redirected to " + r.RedirectedTo
	}
	if r.Cache != "" {
		text += " from the " + cacheName(r.Cache)
	}
	return text
}

func cacheName(cache string) string {
	if cache == record.CacheHTTP {
		return "HTTP cache"
	}
	return cache
}

// at says when and to whom something happened, for a finding.
func at(visitor, step string) string { return fmt.Sprintf("%s visitor, %s", visitor, step) }

// exposed judges where the tokens of the page stand: in places of the given kinds
// they must not, each place told once.
func (p pageRun) exposed(expected string, kinds ...string) judgement {
	exposed := collect(p.Exposures, func(e record.Exposure) *record.Finding {
		if !slices.Contains(kinds, e.Kind) {
			return nil
		}
		return found("", expected, "a token in the %s: %s (%s)", exposedPlace(e.Kind), e.Where, at(e.Visitor, e.Step))
	})
	return saw(len(p.Tokens), "page token").with(exposed.findings...).judge()
}

func exposedPlace(kind string) string {
	switch kind {
	case record.ExposedURL:
		return "address of a request"
	case record.ExposedLocation:
		return "address of the page"
	case record.ExposedReferer:
		return "Referer"
	case record.ExposedCookie:
		return "cookie, which scripts can read,"
	}
	return kind
}
