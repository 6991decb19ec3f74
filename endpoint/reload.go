package endpoint

import (
	"context"
	"net/http"
	"slices"

	"github.com/webchatspec/webchatspec/record"
)

// outdated says whether a request for a token may have been refused because of a value
// that is valid once. Where each answer gives a new one, two requests that a visitor
// sends at the same time have the same value, and one of them is refused.
func (s *sender) outdated(ctx context.Context, a *ask, result *answer) bool {
	const pageExpired = 419 // as Laravel answers
	refusals := []int{http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, pageExpired, http.StatusUnprocessableEntity}
	const most = 2
	return a.visitor != nil && !a.foreign && !a.exact && a.rawCookie == "" && a.tries < most && ctx.Err() == nil &&
		s.examine.renews.Load() && slices.Contains(refusals, result.status)
}

// reload has the visitor open the pages again that have given its values, as people do
// when they are told that a page has expired.
func (s *sender) reload(ctx context.Context, a *ask) bool {
	v := a.visitor
	steps := slices.Clone(s.config.Visit)
	if v.user != nil {
		steps = append(steps, v.user.Login...)
	}
	reloaded := false
	for i := range steps {
		if len(steps[i].Take) == 0 || steps[i].method() != http.MethodGet || s.pace.wait(ctx, 1) != nil {
			continue
		}
		step, err := s.due(&sequence{visitor: v, variant: record.VariantVisit, steps: steps, number: i, request: &steps[i]})
		if err != nil {
			continue
		}
		step.probe = record.ProbeSession
		result := s.sendNow(ctx, step)
		reloaded = reloaded || result.status/100 == 2 && result.exchange.Refused == ""
	}
	if !reloaded || s.pace.wait(ctx, 1) != nil {
		return false
	}
	a.tries++
	v.takeBackCall()
	return true
}
