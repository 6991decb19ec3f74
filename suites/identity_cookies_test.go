package suites

import (
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// Whether a browser sends a cookie along to the endpoint (RFC 6265bis §5.1.4).
func TestWhereACookieIsSent(t *testing.T) {
	for _, test := range []struct {
		path, from, endpoint string
		want                 bool
	}{
		{"/", "https://s.example/a", "https://s.example/chat/token", true},
		{"/chat", "https://s.example/a", "https://s.example/chat/token", true},
		{"/chat/", "https://s.example/a", "https://s.example/chat/token", true},
		{"/chat/token", "https://s.example/a", "https://s.example/chat/token", true},
		{"/cha", "https://s.example/a", "https://s.example/chat/token", false},
		{"/account", "https://s.example/a", "https://s.example/chat/token", false},
		{"/chat/token/", "https://s.example/a", "https://s.example/chat/token", false},
		{"", "https://s.example/login", "https://s.example/chat/token", true}, // the folder of /login is /
		{"", "https://s.example/account/login", "https://s.example/chat/token", false},
		{"chat", "https://s.example/account/login", "https://s.example/chat/token", false}, // no path: the folder counts
		{"", "https://s.example/chat/login", "https://s.example/chat/token?lang=en", true},
		{"/", "https://s.example", "https://s.example", true},
		{"", "https://s.example", "https://s.example", true},
	} {
		if got := reaches(record.Cookie{Path: test.path}, test.from, test.endpoint); got != test.want {
			t.Errorf("Path=%q set by %s, sent to %s: %v", test.path, test.from, test.endpoint, got)
		}
	}
}

func TestCookiesKept(t *testing.T) {
	stable, changing := []string{`{"sub":"a"}`, `{"sub":"a"}`}, []string{`{"sub":"a"}`, `{"sub":"b"}`}
	kept, gone := record.Cookie{Name: "id", Path: "/"}, record.Cookie{Name: "id", Path: "/", Dropped: "over 4,096 bytes"}
	past := record.Cookie{Name: "id", Path: "/", ValueBytes: 36, Expires: time.UnixMilli(3_888_000)}
	cut := record.Cookie{Name: "id", Path: "/", Cut: "its value ends at the semicolon in it"}
	for name, test := range map[string]struct {
		payloads []string
		cookies  []record.Cookie // of the two calls of one visitor
		want     record.State
	}{
		"kept each time":                      {stable, []record.Cookie{kept, kept}, record.Passed},
		"dropped, and somebody else":          {changing, []record.Cookie{gone, gone}, record.Failed},
		"dropped at the second call":          {stable, []record.Cookie{kept, gone}, record.Failed},
		"dropped each time, and nobody's":     {stable, []record.Cookie{gone, gone}, record.Passed},
		"for a folder, and somebody else":     {changing, []record.Cookie{{Name: "id", Path: "/account"}, {Name: "id", Path: "/account"}}, record.Failed},
		"for a folder, and nobody's":          {stable, []record.Cookie{{Name: "id", Path: "/account"}, {Name: "id", Path: "/account"}}, record.Passed},
		"expired, and somebody else":          {changing, []record.Cookie{past, past}, record.Failed},
		"expired, and nobody's":               {stable, []record.Cookie{past, past}, record.Passed},
		"expired at one call":                 {changing, []record.Cookie{kept, past}, record.Passed},
		"deleted by a word":                   {changing, []record.Cookie{kept, {Name: "old", Path: "/", ValueBytes: 7, Expires: time.Unix(1, 0)}}, record.Passed},
		"cut, and somebody else":              {changing, []record.Cookie{cut, cut}, record.Failed},
		"cut, and the same all the same":      {stable, []record.Cookie{cut, cut}, record.Passed},
		"taken back":                          {changing, []record.Cookie{{Name: "id", MaxAge: -1, Dropped: "Domain is another host"}, kept}, record.Passed},
		"of a load balancer":                  {changing, []record.Cookie{{Name: "AWSALB", Dropped: "Domain is another host"}, kept}, record.Passed},
		"somebody else for another reason":    {changing, []record.Cookie{kept, kept}, record.Passed},
		"two names, one of which is dropped ": {stable, []record.Cookie{kept, {Name: "wide", Dropped: "Domain is another host"}}, record.Passed},
	} {
		run := runWith(test.payloads...)
		for i := range run.Evidence.Exchanges {
			x := &run.Evidence.Exchanges[i]
			x.Visitor, x.Call, x.StartedAt = "v1", i+1, time.Now()
			x.Request.URL, x.Response.Cookies = "https://shop.example/chat/token", []record.Cookie{test.cookies[i]}
			run.Evidence.Tokens[i].Visitor, run.Evidence.Tokens[i].Call = "v1", i+1
		}
		run.Target.Endpoint = "https://shop.example/chat/token"
		if o := outcome(t, Judge(run, Options{}), "cookies-kept"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}

// Where a login works, and no token is served after it, its cookies may be why.
func TestSessionCookiesThatAreLost(t *testing.T) {
	for name, test := range map[string]struct {
		cookie record.Cookie
		want   record.State
		served record.State
	}{
		"dropped":          {record.Cookie{Name: "sid", Path: "/", Dropped: "SameSite=None without Secure"}, record.Failed, record.Blocked},
		"for the login":    {record.Cookie{Name: "sid", Path: "/login"}, record.Failed, record.Blocked},
		"sent":             {record.Cookie{Name: "sid", Path: "/"}, record.Blocked, record.Failed},
		"of a balancer":    {record.Cookie{Name: "AWSALB", Path: "/x"}, record.Blocked, record.Failed},
		"an old one's end": {record.Cookie{Name: "sid", Path: "/x", MaxAge: -1}, record.Blocked, record.Failed},
	} {
		run := runWith()
		run.Target.Endpoint = "https://shop.example/chat/token"
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeSession})
		run.Evidence.Exchanges = []record.Exchange{
			{ID: "x1", Probe: record.ProbeSession, Variant: record.VariantLogin, Request: record.Request{Method: "POST", URL: "https://shop.example/login"}, Response: &record.Response{Status: 200, Cookies: []record.Cookie{test.cookie}}},
			{ID: "x2", Probe: record.ProbeVisitors, Request: record.Request{Method: "GET", URL: run.Target.Endpoint}, Response: &record.Response{Status: 401}},
		}
		outcomes := Judge(run, Options{})
		if o := outcome(t, outcomes, "cookies-kept"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
		if o := outcome(t, outcomes, "token-served"); o.State != test.served {
			t.Errorf("%s: token-served is %s, want %s", name, o.State, test.served)
		}
	}
}

// A cookie with which a bearer is renewed is for that alone: it is no loss where nobody is
// served without the login, and tokens are served after it.
func TestCookieForRenewingABearer(t *testing.T) {
	for served, want := range map[record.Variant]record.State{"": record.Passed, record.VariantNobodyYet: record.Failed, record.VariantBeforeLogin: record.Failed} {
		run := runWith(`{"sub":"C-1017"}`, `{"sub":"C-1018"}`)
		run.Target.Endpoint = "https://shop.example/chat/token"
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeSession}, record.Probe{Name: record.ProbeLogin})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "l", Probe: record.ProbeSession, Variant: record.VariantLogin, Request: record.Request{Method: "POST", URL: "https://shop.example/auth/login"},
			Response: &record.Response{Status: 200, Cookies: []record.Cookie{{Name: "refresh", Path: "/auth"}}},
		})
		run.Evidence.Tokens[0].Probe, run.Evidence.Tokens[0].Variant = record.ProbeLogin, record.VariantAfterLogin
		run.Evidence.Tokens[1].Probe, run.Evidence.Tokens[1].Variant = record.ProbeLogin, served
		if o := outcome(t, Judge(run, Options{}), "cookies-kept"); o.State != want {
			t.Errorf("%q: %s (%v), want %s", served, o.State, o.Findings, want)
		}
	}
}

// A login whose cookie no browser keeps is lost, though another cookie stays, if no token
// knows of it. A cookie for another path or host may have another purpose.
func TestLoginCookiesThatAreLostBesideOthers(t *testing.T) {
	none := record.Cookie{Name: "auth", Path: "/", Dropped: "SameSite=None without Secure"}
	for name, test := range map[string]struct {
		cookie record.Cookie
		after  string
		want   record.State
	}{
		"dropped":               {none, `{"sub":"v"}`, record.Failed},
		"but the login is seen": {none, `{"sub":"v","plan":"gold"}`, record.Passed},
		"for another path":      {record.Cookie{Name: "auth", Path: "/account"}, `{"sub":"v"}`, record.Passed},
		"for another host":      {record.Cookie{Name: "auth", Path: "/", Domain: "x.example", Dropped: "Domain is another host"}, `{"sub":"v"}`, record.Passed},
		"of a balancer":         {record.Cookie{Name: "AWSALBCORS", Path: "/", Dropped: "SameSite=None without Secure"}, `{"sub":"v"}`, record.Passed},
	} {
		run := runWith(`{"sub":"v"}`, test.after)
		run.Target.Endpoint = "https://shop.example/chat/token"
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeSession}, record.Probe{Name: record.ProbeLogin})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "l", Probe: record.ProbeSession, Variant: record.VariantLogin, Request: record.Request{Method: "POST", URL: "https://shop.example/login"},
			Response: &record.Response{Status: 200, Cookies: []record.Cookie{{Name: "sid", Path: "/"}, test.cookie}},
		})
		for i, variant := range []record.Variant{record.VariantBeforeLogin, record.VariantAfterLogin} {
			run.Evidence.Tokens[i].Probe, run.Evidence.Tokens[i].Variant, run.Evidence.Tokens[i].About = record.ProbeLogin, variant, "ann"
		}
		if o := outcome(t, Judge(run, Options{}), "cookies-kept"); o.State != test.want {
			t.Errorf("%s: %s (%v), want %s", name, o.State, o.Findings, test.want)
		}
	}
}

// A visit may set a cookie for another part of the site. It is the cause where the visitor is
// somebody else at each call, and the endpoint is sent no cookie at all.
func TestCookiesOfAVisit(t *testing.T) {
	shop := record.Cookie{Name: "sid", Path: "/shop"}
	for name, test := range map[string]struct {
		second string
		cookie []record.Cookie // of the endpoint's answers
		want   record.State
	}{
		"never sent":                    {`{"sub":"b"}`, nil, record.Failed},
		"the visitor is the same":       {`{"sub":"a"}`, nil, record.Passed},
		"the endpoint's own are sent":   {`{"sub":"b"}`, []record.Cookie{{Name: "id", Path: "/"}}, record.Passed},
		"only those of a load balancer": {`{"sub":"b"}`, []record.Cookie{{Name: "AWSALB", Path: "/"}}, record.Failed},
	} {
		run := runWith(`{"sub":"a"}`, test.second)
		for i := range run.Evidence.Exchanges {
			x := &run.Evidence.Exchanges[i]
			x.Visitor, x.Call = "v1", i+1
			x.Request.URL, x.Response.Cookies = "https://shop.example/chat/token", test.cookie
			run.Evidence.Tokens[i].Visitor, run.Evidence.Tokens[i].Call = "v1", i+1
		}
		run.Target.Endpoint = "https://shop.example/chat/token"
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeSession})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "v", Probe: record.ProbeSession, Variant: record.VariantVisit, Request: record.Request{Method: "GET", URL: "https://shop.example/shop/"},
			Response: &record.Response{Status: 200, Cookies: []record.Cookie{shop}},
		})
		if o := outcome(t, Judge(run, Options{}), "cookies-kept"); o.State != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, o.State, test.want, o.Findings)
		}
	}
}
