package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// steps judges the steps of the variants. None is the reason when there are no such steps.
func (e *evidence) steps(none string, variants ...record.Variant) judgement {
	steps := slices.DeleteFunc(e.Exchanges(record.ProbeSession), func(x record.Exchange) bool {
		return !slices.Contains(variants, x.Variant)
	})
	if len(steps) == 0 {
		return notApplicable(none)
	}
	return collect(steps, func(x record.Exchange) *record.Finding {
		expected := fmt.Sprintf("the %s succeeds", stepName(x))
		switch {
		case x.Failure != nil && x.Failure.Class == record.FailureThrottled:
			return beside
		case x.Refused != "":
			finding := found(x.ID, expected, "the %s, %s %s: %s%s", stepName(x), x.Request.Method, x.Request.URL, x.Refused, whatItSaid(x))
			finding.Hint = stepHint(x)
			return finding
		case x.Failure != nil:
			return found(x.ID, expected, "the %s: no complete answer: %s", stepName(x), x.Failure.Message)
		}
		return nil
	}).judge()
}

// refusedFor recognises a step by the reason for which it was refused.
func refusedFor(reason string) func(record.Exchange, string) bool {
	return func(x record.Exchange, _ string) bool { return strings.Contains(x.Refused, reason) }
}

// stepCauses are the usual causes of a refused step. The first one that is recognised says
// what to correct.
var stepCauses = []cause{
	{"host", refusedFor("a host that the configuration does not name"), advise("If that host is meant to take part, such as the identity provider's, name it under hosts: in the configuration.")},
	{"value", refusedFor("the answer has no"), advise("Look at this answer in the developer tools of a browser: the value may have another name, stand in another place (take), or in the answer to another request.")},
	{"CSRF", func(x record.Exchange, body string) bool {
		return x.Response.Status == 419 || x.Response.Status >= 400 && mentionsForgery(x, body)
	}, advise("It requires a CSRF token: take it from the page before, in visit: or an earlier step of login:, and send it in the field or header in which the page does.")},
	{"not found", status(404, 410), advise("There is nothing at this address: correct the url of the step. It is relative to the endpoint, and begins with / for the root of its host.")},
	{"method", status(405, 501), advise("The address takes another method: correct the method of the step, or give it the form or json that the page sends.")},
	{"media type", status(415), advise("It expects another kind of body: json: in the place of form:, or the other way round.")},
	{"input", status(400, 422), advise("It expects other fields: compare their names with what the page sends, in the developer tools of a browser.")},
}

var mentionsForgery = says(`csrf|xsrf|page ?expired|forgery|authenticity.?token`)

// stepHint says what to correct in a refused step. "" stands for the fix of the check.
func stepHint(x record.Exchange) string {
	if x.Response == nil {
		x.Response = &record.Response{}
	}
	body := x.Response.Excerpt
	for _, cause := range stepCauses {
		if cause.shown(x, body) {
			return cause.fix(x, body)
		}
	}
	return ""
}

// stepName names a step and its user.
func stepName(x record.Exchange) string {
	if x.About == "" {
		return string(x.Variant)
	}
	return string(x.Variant) + " of " + x.About
}

// whatItSaid quotes the beginning of the answer, for a finding.
func whatItSaid(x record.Exchange) string {
	if x.Response == nil || x.Response.Excerpt == "" {
		return ""
	}
	return "; the server said " + record.Quote(x.Response.Excerpt)
}
