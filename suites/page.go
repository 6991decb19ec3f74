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
	chat profiles.Page // the contract of the chat in it
}

// onPage makes a check that judges the page part.
func onPage(judge func(pageRun) judgement) func(*evidence) judgement {
	return func(e *evidence) judgement {
		if e.Run.Evidence.Page == nil {
			return notRun("the page was not driven")
		}
		return judge(pageRun{e.Run.Evidence.Page, e.profile.Page})
	}
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
	return Token{rulebook.Open(t)}, true
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
	switch {
	case r.CORS != "":
		text += ", refused by CORS (" + r.CORS + ")"
	case r.Blocked != "":
		text += ", blocked (" + r.Blocked + ")"
	case r.Failure == "net::ERR_NAME_NOT_RESOLVED":
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
