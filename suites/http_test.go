package suites

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestNotCacheable(t *testing.T) {
	for name, test := range map[string]struct {
		header map[string][]string
		want   record.State
	}{
		"nothing said":                   {nil, record.Passed}, // http-no-store tells it
		"no-store":                       {map[string][]string{"Cache-Control": {"no-store"}}, record.Passed},
		"no-store wins":                  {map[string][]string{"Cache-Control": {"no-store, max-age=60"}}, record.Passed},
		"never fresh":                    {map[string][]string{"Cache-Control": {"private, max-age=0"}, "Expires": {"0"}}, record.Passed},
		"private for a minute":           {map[string][]string{"Cache-Control": {"private, max-age=60"}}, record.Failed},
		"for caches on the way":          {map[string][]string{"Cache-Control": {"no-cache"}, "Cdn-Cache-Control": {"max-age=60"}}, record.Failed},
		"not for caches on the way":      {map[string][]string{"Cache-Control": {"no-cache"}, "Surrogate-Control": {"max-age=0"}}, record.Passed},
		"public on the way":              {map[string][]string{"Cache-Control": {"no-store"}, "Surrogate-Control": {"public"}}, record.Failed},
		"for one's own cache on the way": {map[string][]string{"Cache-Control": {"no-store"}, "Cdn-Cache-Control": {"private, max-age=60"}}, record.Passed},
		"the edge's own words":           {map[string][]string{"Cache-Control": {"no-store"}, "Edge-Control": {"!no-store, cache-maxage=1h"}}, record.Failed},
		"nobody's words":                 {map[string][]string{"Cache-Control": {"no-store"}, "X-LiteSpeed-Cache-Control": {"public,max-age=60"}}, record.Failed},
		"until an instant":               {map[string][]string{"Cache-Control": {"no-store"}, "X-Accel-Expires": {"@1795740000"}}, record.Failed},
		"no more for the proxy":          {map[string][]string{"Cache-Control": {"no-store"}, "X-Accel-Expires": {"0"}}, record.Passed},
		"no-store taken back":            {map[string][]string{"Cache-Control": {"must-understand, no-store, max-age=60"}}, record.Failed},
		"a header of another kind":       {map[string][]string{"Cache-Control": {"no-store"}, "X-Proxy-Control": {"on"}, "Cache-Tag": {"7"}, "X-Request-Ttl": {"60"}}, record.Passed},
		"stale for a while":              {map[string][]string{"Cache-Control": {"max-age=0, stale-while-revalidate=600"}}, record.Failed},
		"a network of its own":           {map[string][]string{"Cache-Control": {"no-store"}, "Examplecdn-Cache-Control": {"max-age=60"}}, record.Failed},
		"expires ahead, in an old form":  {map[string][]string{"Date": {"Fri, 01 May 2026 12:00:00 GMT"}, "Expires": {"Friday, 01-May-26 12:10:00 GMT"}}, record.Failed},
		"expires ahead":                  {map[string][]string{"Date": {"Fri, 01 May 2026 12:00:00 GMT"}, "Expires": {"Fri, 01 May 2026 12:10:00 GMT"}}, record.Failed},
		"expired, as session caches say": {map[string][]string{"Expires": {"Thu, 19 Nov 1981 08:52:00 GMT"}}, record.Passed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Exchanges[0].StartedAt = run.StartedAt
		run.Evidence.Exchanges[0].Response.Header = test.header
		if o := outcome(t, Judge(run, Options{}), "http-not-cacheable"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

// What was not asked for want of consent has not been found right.
func TestPlainHTTPElsewhereIsNotRunWithoutConsent(t *testing.T) {
	for refused, want := range map[int]record.State{0: record.Passed, 1: record.NotRun} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Exchanges[0].Response.TLS = &record.TLS{Version: "TLS 1.3"}
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeTLS, Requests: 3, Failures: map[string]int{record.FailureNotAllowed: refused}})
		if o := outcome(t, Judge(run, Options{}), "tls-required"); o.State != want {
			t.Errorf("%d refused: %s (%s), want %s", refused, o.State, o.Reason, want)
		}
	}
}

// What the token does not stand in may be of any type.
func TestContentTypeWhereTheTokenIsNotTheBody(t *testing.T) {
	for in, want := range map[string]record.State{"": record.Failed, "cookie:chat": record.NotApplicable, "header:X-Chat": record.NotApplicable, "meta:chat": record.NotApplicable, "form:chat": record.NotApplicable} {
		run := runWith(`{"sub":"a"}`)
		run.Target.TokenIn = in
		run.Evidence.Exchanges[0].Response.Header = map[string][]string{"Content-Type": {"text/html; charset=utf-8"}}
		if o := outcome(t, Judge(run, Options{}), "http-content-type"); o.State != want {
			t.Errorf("token in %q: %s, want %s", in, o.State, want)
		}
	}
}

// A method that the configuration asks with is none of the others.
func TestTheConfiguredMethodIsNoOther(t *testing.T) {
	for own, want := range map[string]record.State{"GET": record.Failed, "PUT": record.Passed} {
		run := runOf(record.ProbeMethods, seen{payload: `{"sub":"a"}`}, seen{payload: `{"sub":"b"}`})
		for i := range run.Evidence.Exchanges {
			x := &run.Evidence.Exchanges[i]
			x.Request.Method = own
			if x.Probe == record.ProbeMethods {
				x.Request.Method = "PUT"
			}
		}
		last := &run.Evidence.Exchanges[len(run.Evidence.Exchanges)-1]
		last.Request.Method, last.Response.Status, last.Token = "DELETE", 404, ""
		if o := outcome(t, Judge(run, Options{}), "http-methods"); o.State != want {
			t.Errorf("configured with %s: %s, want %s (%v)", own, o.State, want, o.Findings)
		}
	}
}

// TestMethodsInThePlaceOfALogin asks without one, where only users are served.
func TestMethodsInThePlaceOfALogin(t *testing.T) {
	const nobody, known = record.VariantMethodOfNobody, record.VariantKnownMethod
	for name, test := range map[string]struct {
		method  string
		variant record.Variant
		status  int
		token   bool
		check   string
		want    record.State
		level   record.Level
	}{
		"POST without a login":     {"POST", nobody, 200, true, "http-methods", record.Failed, record.Must},
		"POST in a session":        {"POST", known, 200, true, "http-methods", record.Passed, record.Should},
		"DELETE in a session":      {"DELETE", known, 200, true, "http-methods", record.Failed, record.Should},
		"a way to the login":       {"PUT", nobody, 302, false, "http-methods", record.Passed, record.Should},
		"HEAD without a login":     {"HEAD", nobody, 200, true, "http-head-options", record.Failed, record.Must},
		"HEAD is refused":          {"HEAD", nobody, 401, false, "http-head-options", record.Passed, record.May},
		"OPTIONS in a session":     {"OPTIONS", known, 200, true, "http-head-options", record.Failed, record.Should},
		"HEAD of another status":   {"HEAD", known, 202, false, "http-head-options", record.Failed, record.May},
		"HEAD as GET in a session": {"HEAD", known, 200, true, "http-head-options", record.Passed, record.May},
	} {
		run := runOf(record.ProbeMethods, seen{payload: `{"sub":"a"}`}, seen{variant: test.variant, payload: `{"sub":"a"}`})
		for i := range run.Evidence.Exchanges {
			run.Evidence.Exchanges[i].Request.Method = "GET"
		}
		refused, last := &run.Evidence.Exchanges[len(run.Evidence.Exchanges)-2], &run.Evidence.Exchanges[len(run.Evidence.Exchanges)-1]
		refused.Request.Method, refused.Response.Status, refused.Token = "PATCH", 404, ""
		if test.check == "http-head-options" {
			refused.Request.Method = "HEAD"
		}
		if last.Request.Method, last.Response.Status = test.method, test.status; !test.token {
			last.Token = ""
		}
		if o := outcome(t, Judge(run, Options{}), test.check); o.State != test.want || o.State == record.Failed && o.Level != test.level {
			t.Errorf("%s: %s %s, want %s %s (%v)", name, o.Level, o.State, test.level, test.want, o.Findings)
		}
	}
}

// A token in a cookie may come with no body at all, whose type nobody guesses.
func TestNosniffWantsABody(t *testing.T) {
	for status, want := range map[int]record.State{200: record.Failed, 204: record.NotApplicable} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Exchanges[0].Response.Status = status
		run.Evidence.Exchanges[0].Response.Header = nil
		if o := outcome(t, Judge(run, Options{}), "http-nosniff"); o.State != want {
			t.Errorf("status %d: %s (%s), want %s", status, o.State, o.Reason, want)
		}
	}
}

// A script with the token is nobody else's where browsers keep it from other sites.
func TestScriptsOfTheOwnSiteOnly(t *testing.T) {
	for policy, want := range map[string]record.State{"": record.Failed, "cross-origin": record.Failed, "same-origin": record.Passed, "Same-Site ": record.Passed} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeScripts})
		script := run.Evidence.Exchanges[0]
		script.ID, script.Probe, script.Response = "s", record.ProbeScripts, &record.Response{Status: 200, Header: map[string][]string{"Content-Type": {"text/javascript"}}}
		if policy != "" {
			script.Response.Header["Cross-Origin-Resource-Policy"] = []string{policy}
		}
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, script)
		if o := outcome(t, Judge(run, Options{}), "http-no-jsonp"); o.State != want {
			t.Errorf("%q: %s (%s), want %s", policy, o.State, o.Reason, want)
		}
	}
}
