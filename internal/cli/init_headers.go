package cli

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/webchatspec/webchatspec/endpoint"
)

// origin is that of the site's own pages.
func (s *survey) origin() string {
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return ""
	}
	return target.Scheme + "://" + target.Host
}

// scriptHeaders are what the scripts of a site's own page send along: a browser adds the
// origin, many libraries the others.
func (s *survey) scriptHeaders() map[string]string {
	return map[string]string{"Origin": s.origin(), "X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
}

// asScript asks as the scripts of the site's own pages do, in the ways that the endpoint has
// refused for something else than a login.
func (s *survey) asScript(ctx context.Context) (surveyed, bool) {
	refusals := []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotAcceptable, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	const most = 8
	tried := 0
	for _, refused := range slices.Clone(s.answers) {
		_, hasOrigin := refused.header["Origin"]
		_, hasLibrary := refused.header["X-Requested-With"]
		if !slices.Contains(refusals, refused.Status) || (hasOrigin || hasLibrary) && takesNothing(refused.visit) || tried == most {
			continue
		}
		tried++
		if got := s.withScriptHeaders(ctx, refused.way); got.token != "" {
			return got, true
		}
	}
	return surveyed{}, false
}

func takesNothing(visit []endpoint.Request) bool { return len(takenBy(visit)) == 0 }

// withScriptHeaders asks with the headers of scripts. Those that make no difference are left
// out again.
func (s *survey) withScriptHeaders(ctx context.Context, w way) surveyed {
	given := w.header
	w.header = merged(s.scriptHeaders(), given)
	got := s.try(ctx, w)
	for _, name := range slices.Sorted(maps.Keys(s.scriptHeaders())) {
		if _, before := given[name]; before || got.token == "" {
			continue
		}
		less := got.way
		less.header = maps.Clone(got.header)
		delete(less.header, name)
		if without := s.try(ctx, less); without.token != "" {
			got = without
		}
	}
	return got
}
