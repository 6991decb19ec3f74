package suites

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

func TestWhatStandsInTheTokensPlace(t *testing.T) {
	for name, test := range map[string]struct {
		text record.Text
		want string // the check that fails
	}{
		"a page of HTML":    {record.Text{Segments: 1, Illegal: "<> "}, "token-bare"},
		"a page with dots":  {record.Text{Segments: 3, Illegal: "<>/ "}, "token-bare"},
		"four segments":     {record.Text{Segments: 4}, "token-compact"},
		"standard alphabet": {record.Text{Segments: 3, Illegal: "+/"}, "token-compact"},
		"quotes round it":   {record.Text{Segments: 3, Around: "quotes"}, "token-bare"},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Tokens[0].Text = test.text
		run = Judge(run, Options{})
		for _, id := range []string{"token-bare", "token-compact"} {
			if failed := outcome(t, run, id).State == record.Failed; failed != (id == test.want) {
				t.Errorf("%s: %s %s, want %s to fail", name, id, outcome(t, run, id).State, test.want)
			}
		}
	}
}

func TestNothingIsOwedAfterALogout(t *testing.T) {
	for name, test := range map[string]struct {
		variants []record.Variant
		want     record.State
	}{
		"a site for users only":       {[]record.Variant{record.VariantAfterLogin, record.VariantAfterLogout}, record.Passed},
		"a site for everybody":        {[]record.Variant{record.VariantBeforeLogin, record.VariantAfterLogin, record.VariantAfterLogout}, record.Failed},
		"a user who gets none at all": {[]record.Variant{record.VariantAfterLogin}, record.Failed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeLogin})
		for _, variant := range test.variants {
			exchange := record.Exchange{
				ID: string(variant), Probe: record.ProbeLogin, Variant: variant,
				Response: &record.Response{Status: 200, Bytes: 300}, Token: "ta",
			}
			if variant == test.variants[len(test.variants)-1] {
				exchange.Response, exchange.Token = &record.Response{Status: 401, Bytes: 2}, ""
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, exchange)
		}
		if o := outcome(t, Judge(run, Options{}), "token-served"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

// TestNothingIsOwedAtTheAddressOfUsers has a site with one address for visitors and one for
// those who have logged in, which refuses everybody else.
func TestNothingIsOwedAtTheAddressOfUsers(t *testing.T) {
	for name, test := range map[string]struct {
		variant record.Variant
		address string
		want    record.State
	}{
		"after the logout at the users' address":      {record.VariantAfterLogout, "/customer", record.Passed},
		"before the login there":                      {record.VariantBeforeLogin, "/customer", record.Passed},
		"after the logout at the visitors' address":   {record.VariantAfterLogout, "/guest", record.Failed},
		"while the user is logged in":                 {record.VariantSecondSession, "/customer", record.Failed},
		"before the login at the visitors' address":   {record.VariantBeforeLogin, "/guest", record.Failed},
		"a user beside another at the users' address": {record.VariantBesideUser, "/customer", record.Failed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeLogin})
		for i := range run.Evidence.Exchanges {
			run.Evidence.Exchanges[i].Request.URL = "/guest"
		}
		for _, x := range []record.Exchange{
			{Variant: record.VariantBeforeLogin, Request: record.Request{URL: "/guest"}},
			{Variant: record.VariantAfterLogin, Request: record.Request{URL: "/customer"}},
			{Variant: test.variant, Request: record.Request{URL: test.address}, Response: &record.Response{Status: 401, Bytes: 2}},
		} {
			x.ID, x.Probe = fmt.Sprint("x", len(run.Evidence.Exchanges)), record.ProbeLogin
			if x.Response == nil {
				x.Response, x.Token = &record.Response{Status: 200, Bytes: 300}, "ta"
			}
			run.Evidence.Exchanges = append(run.Evidence.Exchanges, x)
		}
		if o := outcome(t, Judge(run, Options{}), "token-served"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}

// TestARefusedLoginIsOneDefect tells of the login that was refused, and not also of
// the token that nobody got for it.
func TestARefusedLoginIsOneDefect(t *testing.T) {
	run := runWith()
	run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeSession}, record.Probe{Name: record.ProbeLogin})
	run.Evidence.Exchanges = []record.Exchange{
		{
			ID: "e1", Probe: record.ProbeSession, Variant: record.VariantLogin, About: "ann", Visitor: "v1", Refused: "status 401",
			Request: record.Request{Method: "POST", URL: "/login"}, Response: &record.Response{Status: 401, Excerpt: `{"error":"no"}`, Bytes: 14},
		},
		{ID: "e2", Probe: record.ProbeVisitors, Visitor: "v1", Call: 1, Response: &record.Response{Status: 401, Bytes: 4, Excerpt: "none"}},
	}
	judged := Judge(run, Options{})
	if o := outcome(t, judged, "login-works"); o.State != record.Failed || !strings.Contains(o.Findings[0].Actual, "the login of ann") {
		t.Errorf("login-works: %s %+v", o.State, o.Findings)
	}
	for _, id := range []string{"token-served", "token-bare", "exp-present", "login-keeps-sub"} {
		if o := outcome(t, judged, id); o.State != record.Blocked || o.BlockedBy != "login-works" {
			t.Errorf("%s: %s by %q: %s", id, o.State, o.BlockedBy, o.Reason)
		}
	}
}

// TestARefusedStepSaysWhatToCorrect by how it was refused.
func TestARefusedStepSaysWhatToCorrect(t *testing.T) {
	for name, test := range map[string]struct {
		refused string
		status  int
		excerpt string
		want    string
	}{
		"host":   {"it leads to id.localhost, a host that the configuration does not name", 302, "", "hosts:"},
		"value":  {`the answer has no JSON member data.id to take "id" from`, 200, "{}", "another name"},
		"404":    {"status 404", 404, "", "relative to the endpoint"},
		"405":    {"status 405", 405, "", "another method"},
		"415":    {"status 415", 415, "", "json: in the place of form:"},
		"csrf":   {"status 403", 403, "CSRF verification failed.", "CSRF token"},
		"419":    {"status 419", 419, "", "CSRF token"},
		"fields": {"status 422", 422, "email is required", "names"},
		"wrong":  {"status 401", 401, "", ""},
	} {
		x := record.Exchange{ID: "e1", Probe: record.ProbeSession, Variant: record.VariantLogin, Refused: test.refused, Response: &record.Response{Status: test.status, Excerpt: test.excerpt}}
		if got := stepHint(x); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestOwedToNobody leaves answers without a token alone that went to the cookies of
// a session which a login or a logout has ended, and takes any status of 2xx with a
// token for right.
func TestOwedToNobody(t *testing.T) {
	run := runWith(`{"sub":"a"}`)
	run.Evidence.Exchanges[0].Response.Status = 201
	for _, variant := range []record.Variant{record.VariantFixedSession, record.VariantKeptSession, record.VariantAfterLogout} {
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: string(variant), Probe: record.ProbeLogin, Variant: variant, Response: &record.Response{Status: 403, Excerpt: "no session", Bytes: 10},
		})
	}
	if o := outcome(t, Judge(run, Options{}), "token-served"); o.State != record.Passed {
		t.Errorf("token-served: %s %+v", o.State, o.Findings)
	}
}
