package endpoint

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// everyProbe has the names of all probes.
func everyProbe() []string {
	var names []string
	for _, p := range probeTable {
		names = append(names, p.name)
	}
	return names
}

// siteClient starts a demo site and returns a client for it.
func siteClient(t *testing.T, options issuers.Options, change func(*Config)) *Client {
	t.Helper()
	site, err := issuers.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	setup := site.Setup()
	config := Config{
		URL: setup.Endpoint, CA: setup.CA, PlainEndpoint: setup.PlainEndpoint,
		PayloadPublicKey: setup.PayloadPublicKey, PayloadPrivateKey: setup.PayloadPrivateKey,
		Users: []User{{Name: "demo", Login: siteRequests(setup.Login), Logout: siteRequests(setup.Logout), Identifiers: []string{"C-1001"}}},
		Rate:  5000,
	}
	if setup.Relying != nil {
		config.Relying = siteRequests(setup.Relying)
	}
	for _, text := range setup.PublicKeys {
		config.PublicKeys = append(config.PublicKeys, KeyText{"setup", text})
	}
	if change != nil {
		change(&config)
	}
	client := newClient(t, config)
	client.apart, client.mostCrowdTime = 20*time.Millisecond, 10*time.Minute
	return client
}

func siteRequests(call *issuers.Request) []Request {
	if call == nil {
		return nil
	}
	header := http.Header{}
	for name, value := range call.Header {
		header.Set(name, value)
	}
	return []Request{{Method: call.Method, URL: call.URL, Header: header, Form: call.Form, JSON: call.JSON}}
}

func gather(t *testing.T, client *Client, probes ...string) seen {
	t.Helper()
	evidence, err := client.Gather(t.Context(), probes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return seen{evidence}
}

// seen is evidence with a few questions that tests ask of it.
type seen struct{ record.Evidence }

// exchanges are those of a probe and a variant, all of them for "".
func (s seen) exchanges(probe string, variant record.Variant) []record.Exchange {
	return slices.DeleteFunc(slices.Clone(s.Exchanges), func(x record.Exchange) bool {
		return x.Probe != probe || variant != "" && x.Variant != variant
	})
}

func (s seen) tokens(probe string, variant record.Variant) []record.Token {
	return slices.DeleteFunc(slices.Clone(s.Tokens), func(token record.Token) bool {
		return token.Probe != probe || variant != "" && token.Variant != variant
	})
}

func (s seen) echoed(probe string, variant record.Variant, about, where string) bool {
	return slices.ContainsFunc(s.exchanges(probe, variant), func(x record.Exchange) bool {
		return x.About == about && slices.ContainsFunc(x.Echoes, func(echo record.Echo) bool { return echo.Where == where })
	})
}

func (s seen) leaked(probe, kind string) bool {
	return slices.ContainsFunc(s.exchanges(probe, ""), func(x record.Exchange) bool {
		return slices.ContainsFunc(x.Leaks, func(leak record.Leak) bool { return leak.Kind == kind })
	})
}

func (s seen) status(probe string, variant record.Variant, about string) int {
	for _, x := range s.exchanges(probe, variant) {
		if x.About == about && x.Response != nil {
			return x.Response.Status
		}
	}
	return 0
}

// method is the exchange of the probe of methods with the method.
func (s seen) method(name string) record.Exchange {
	for _, x := range s.exchanges(record.ProbeMethods, "") {
		if x.Request.Method == name {
			return x
		}
	}
	return record.Exchange{Response: &record.Response{}}
}

// subs returns the distinct subs of the tokens, in their order.
func subs(tokens []record.Token) []string {
	var distinct []string
	for _, token := range tokens {
		if sub := token.Sub(); !slices.Contains(distinct, sub) {
			distinct = append(distinct, sub)
		}
	}
	return distinct
}

func TestReferenceSite(t *testing.T) {
	client := siteClient(t, issuers.Options{}, nil)
	got := gather(t, client, everyProbe()...)
	for _, probe := range got.Probes {
		if probe.Sent > probe.Requests {
			t.Errorf("%s sent %d requests, planned were %d at most", probe.Name, probe.Sent, probe.Requests)
		}
		if len(probe.Failures) > 0 {
			t.Errorf("%s: %v", probe.Name, probe.Failures)
		}
		if late := map[string]string{record.ProbeRenewal: "lives longer", record.ProbeTLS: "not https"}[probe.Name]; !strings.Contains(probe.Skipped, late) || late == "" && probe.Skipped != "" {
			t.Errorf("%s skipped: %q, want %q", probe.Name, probe.Skipped, late)
		}
	}
	for _, token := range got.Tokens {
		if !token.Verdict.Accepted || token.Signature.Scheme != "rs256" || token.Signature.Key != 1 || token.Text.Segments != 3 {
			t.Errorf("%s %s: %+v %+v", token.Probe, token.Variant, token.Verdict, token.Signature)
		}
	}
	for _, x := range got.Exchanges {
		// What is encrypted for the assistant is the user's own.
		x.Echoes = slices.DeleteFunc(x.Echoes, func(echo record.Echo) bool {
			return x.Probe == record.ProbeLogin && echo.Where == record.EchoPayload && echo.User == x.About
		})
		if len(x.Leaks) > 0 || len(x.Echoes) > 0 || len(x.Callbacks) > 0 || x.Failure != nil {
			t.Errorf("%s %s: %v %v %v %v", x.Probe, x.Variant, x.Leaks, x.Echoes, x.Callbacks, x.Failure)
		}
	}
	checkVisitors(t, got)
	checkLogin(t, got)
	checkRelying(t, got)
	checkNothingSecret(t, client, got)
}

func checkVisitors(t *testing.T, got seen) {
	t.Helper()
	for _, name := range []string{"v1", "v2", "v3"} {
		own := slices.DeleteFunc(got.tokens(record.ProbeVisitors, ""), func(token record.Token) bool { return token.Visitor != name })
		if len(own) != 4 || len(subs(own)) != 1 || own[3].Call != 4 {
			t.Errorf("%s has %d tokens for %v", name, len(own), subs(own))
		}
	}
	if distinct := subs(got.tokens(record.ProbeVisitors, "")); len(distinct) != 4 {
		t.Errorf("four visitors have the subs %v", distinct)
	}
	if n := len(subs(got.tokens(record.ProbeAnonymous, ""))); n != anonymousVisitors {
		t.Errorf("%d anonymous visitors have %d subs", anonymousVisitors, n)
	}
	if n := len(subs(got.tokens(record.ProbeParallel, ""))); n != parallelVisitors {
		t.Errorf("%d visitors at once have %d subs", parallelVisitors, n)
	}
	first := got.exchanges(record.ProbeVisitors, "")[0]
	if len(first.Response.Cookies) != 1 || !first.Response.Cookies[0].Identity || !first.Response.Cookies[0].HoldsSub || !first.Response.Cookies[0].HTTPOnly {
		t.Errorf("the identity cookie is noted as %+v", first.Response.Cookies)
	}
}

func checkLogin(t *testing.T, got seen) {
	t.Helper()
	for variant, want := range map[record.Variant]bool{record.VariantBeforeLogin: false, record.VariantAfterLogin: true, record.VariantAfterLogout: false} {
		for _, token := range got.tokens(record.ProbeLogin, variant) {
			if has := token.UserPayload != nil; has != want || has && (token.UserPayload.Decrypted != "ok" || !slices.Contains(token.UserPayload.Users, "demo")) {
				t.Errorf("%s: %+v", variant, token.UserPayload)
			}
			if want != (token.User == "demo") {
				t.Errorf("%s is the token of %q", variant, token.User)
			}
		}
	}
	if n := len(got.tokens(record.ProbeLogin, record.VariantAfterLogin)); n != 3 {
		t.Errorf("%d tokens after the login", n)
	}
	for _, token := range got.tokens(record.ProbeCrossSiteLogin, record.VariantAfterForgery) {
		if token.UserPayload != nil {
			t.Errorf("%s: the forged login worked", token.Variant)
		}
	}
}

func checkRelying(t *testing.T, got seen) {
	t.Helper()
	for _, x := range got.exchanges(record.ProbeRelying, "") {
		accepted := x.Response != nil && x.Response.Status == http.StatusOK
		if want := x.Variant == record.VariantToken || x.Variant == record.VariantValid; accepted != want {
			t.Errorf("relying, %s: %+v", x.Variant, x.Response)
		}
	}
	if n := len(got.exchanges(record.ProbeRelying, "")); n < 15 {
		t.Errorf("%d requests to the relying endpoint", n)
	}
}

// checkNothingSecret looks for what must not be written in the whole evidence.
func checkNothingSecret(t *testing.T, client *Client, got seen) {
	t.Helper()
	text, err := json.Marshal(got.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	for value, name := range client.secrets.Values() {
		if strings.Contains(string(text), value) {
			t.Errorf("the evidence holds the %s", name)
		}
	}
	for _, token := range secrets.Tokens(string(text)) {
		if segments := strings.Split(token, "."); len(segments[2]) > 0 && !strings.HasPrefix(segments[2], "b") {
			t.Errorf("the evidence holds a signature: %s", token)
		}
	}
	if strings.Contains(string(text), "PRIVATE KEY") {
		t.Error("the evidence holds a private key")
	}
	if len(text) > 4<<20 {
		t.Errorf("the evidence has %d bytes", len(text))
	}
}

// TestFaults shows that the evidence of the named probes tells each defect.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		fault  string
		probes []string
		tells  func(seen) bool
	}{
		{"empty-200", []string{record.ProbeVisitors, record.ProbeAnonymous}, func(s seen) bool {
			return s.Probes[0].Failures["no token"] == s.Probes[0].Sent && s.Probes[0].Sent < s.Probes[0].Requests && s.Probes[1].Skipped == noToken
		}},
		{"quoted-body", nil, func(s seen) bool { return s.Tokens[0].Text.Around == "quotes" && !s.Tokens[0].Verdict.Accepted }},
		{"trailing-newline", nil, func(s seen) bool { return s.Tokens[0].Text.Blank != "" && s.Tokens[0].Verdict.Accepted }},
		{"other-key", nil, func(s seen) bool {
			return s.Tokens[0].Verdict.Message == "invalid signature" && s.Tokens[0].Signature.Key == 0
		}},
		{"sha512-sig", nil, func(s seen) bool { return s.Tokens[0].Signature.Scheme == "rs512" }},
		{"hmac-pem", nil, func(s seen) bool { return s.Tokens[0].Signature.HMACSecret == "the public key text" }},
		{"jwk-private", nil, func(s seen) bool { return len(s.Tokens[0].Header.Masked) > 0 }},
		{"leaks-session", []string{record.ProbeLogin}, func(s seen) bool {
			return slices.ContainsFunc(s.Tokens, func(token record.Token) bool { return len(token.Payload.Masked) > 0 })
		}},
		{"iss-varies", []string{record.ProbeHosts}, func(s seen) bool {
			return string(s.Tokens[0].Payload.Members()["iss"]) != string(s.tokens(record.ProbeHosts, record.VariantOtherHost)[0].Payload.Members()["iss"])
		}},
		{"two-nodes-two-keys", nil, func(s seen) bool {
			return slices.ContainsFunc(s.Tokens, func(token record.Token) bool { return token.Signature.Key == 2 })
		}},
		{"crt-glitch", []string{record.ProbeAnonymous}, func(s seen) bool {
			wrong := slices.DeleteFunc(s.Tokens, func(token record.Token) bool { return token.Verdict.Accepted })
			return len(wrong) > 2 && len(wrong) < 50
		}},
		{"sub-constant", nil, func(s seen) bool { return len(subs(s.Tokens)) == 1 }},
		{"token-cache", nil, func(s seen) bool { return s.Tokens[0].Fingerprint == s.Tokens[1].Fingerprint }},
		{"static-token", nil, func(s seen) bool {
			return s.tokens(record.ProbeVisitors, record.VariantLate)[0].Fingerprint == s.Tokens[0].Fingerprint
		}},
		{"sub-per-request", nil, func(s seen) bool { return len(subs(s.Tokens)) == len(s.Tokens) }},
		{"sub-from-ip", []string{record.ProbeNetwork}, func(s seen) bool {
			return len(subs(s.tokens(record.ProbeNetwork, record.VariantSameNetwork))) == 1 && len(subs(s.tokens(record.ProbeNetwork, record.VariantOtherAddress))) == apart &&
				len(subs(s.tokens(record.ProbeVisitors, ""))) == freshVisitors+1
		}},
		{"sub-wraps", []string{record.ProbeAnonymous}, func(s seen) bool { return len(subs(s.tokens(record.ProbeAnonymous, ""))) <= 500 }},
		{"sub-from-query", []string{record.ProbeRequestIdentity}, func(s seen) bool {
			return s.echoed(record.ProbeRequestIdentity, record.VariantQuery, "", "sub")
		}},
		{"cookie-trust", []string{record.ProbeForgedCookies}, func(s seen) bool {
			return s.echoed(record.ProbeForgedCookies, record.VariantUnissuedAlike, "visitor_id", "sub") &&
				s.echoed(record.ProbeForgedCookies, record.VariantOtherSub, "visitor_id", "sub")
		}},
		{"session-info-json", []string{record.ProbeForgedLogins}, func(s seen) bool {
			return s.echoed(record.ProbeForgedLogins, record.VariantLoginJSON, "SESSION_INFO", "claim:customer")
		}},
		{"cookie-raw", []string{record.ProbeHostileCookies}, func(s seen) bool {
			return s.echoed(record.ProbeHostileCookies, record.VariantHostile, "visitor_id: encoded CR LF", "sub")
		}},
		{"sub-switches-on-login", []string{record.ProbeLogin}, func(s seen) bool {
			return s.echoed(record.ProbeLogin, record.VariantAfterLogin, "demo", "sub") &&
				len(subs(slices.Concat(s.tokens(record.ProbeLogin, record.VariantAfterLogin), s.tokens(record.ProbeLogin, record.VariantAfterLogout)))) == 2
		}},
		{"logout-keeps-payload", []string{record.ProbeLogin}, func(s seen) bool {
			return s.tokens(record.ProbeLogin, record.VariantAfterLogout)[0].UserPayload != nil
		}},
		{"cookie-session", []string{record.ProbeCookieRoles}, func(s seen) bool {
			cookie := s.Exchanges[0].Response.Cookies[0]
			return cookie.Identity && cookie.MaxAge == 0 && cookie.Expires.IsZero()
		}},
		{"crosses-users", []string{record.ProbeParallel, record.ProbeAnonymous}, func(s seen) bool {
			own := slices.DeleteFunc(s.tokens(record.ProbeParallel, ""), func(token record.Token) bool { return token.Visitor != "p7" })
			return len(subs(own)) > 1 && len(subs(s.tokens(record.ProbeAnonymous, ""))) == anonymousVisitors
		}},
		{"mints-on-head", []string{record.ProbeMethods}, func(s seen) bool {
			return len(s.method(http.MethodHead).Response.Cookies) == 1
		}},
		{"etag-304", []string{record.ProbeValidators}, func(s seen) bool { return s.status(record.ProbeValidators, record.VariantIfNoneMatch, "") == 304 }},
		{"cors-echo", []string{record.ProbeOrigins}, func(s seen) bool {
			return s.exchanges(record.ProbeOrigins, record.VariantForeignOrigin)[0].Response.Header["Access-Control-Allow-Origin"][0] == foreignSite
		}},
		{"jsonp", []string{record.ProbeScripts}, func(s seen) bool {
			return s.echoed(record.ProbeScripts, record.VariantCallback, "callback", "body") && s.tokens(record.ProbeScripts, record.VariantCallback)[0].Text.Around != ""
		}},
		{"redirect-token", nil, func(s seen) bool { return s.leaked(record.ProbeVisitors, record.LeakToken) }},
		{"token-cookie", nil, func(s seen) bool {
			return slices.ContainsFunc(s.Exchanges[0].Response.Cookies, func(cookie record.Cookie) bool { return cookie.HoldsToken && !cookie.HTTPOnly })
		}},
		{"any-method", []string{record.ProbeMethods}, func(s seen) bool { return s.method(http.MethodDelete).Token != "" }},
		{"options-token", []string{record.ProbeMethods}, func(s seen) bool { return s.method(http.MethodOptions).Token != "" }},
		{"login-get", []string{record.ProbeCrossSiteLogin}, func(s seen) bool {
			logsIn := map[string]bool{} // by the way of the forged login
			for _, token := range s.tokens(record.ProbeCrossSiteLogin, record.VariantAfterForgery) {
				logsIn[token.About] = token.UserPayload != nil
			}
			_, formSent := logsIn["form"]
			return logsIn["link"] && formSent && !logsIn["form"]
		}},
		{"cookie-json-500", []string{record.ProbeBadInput}, func(s seen) bool {
			return s.status(record.ProbeBadInput, record.VariantBadCookie, "SESSION_INFO: half JSON") == 500
		}},
		{"error-echoes-token", []string{record.ProbePaths}, func(s seen) bool { return s.leaked(record.ProbePaths, record.LeakToken) }},
		{"stack-trace", []string{record.ProbeBadInput}, func(s seen) bool { return s.leaked(record.ProbeBadInput, record.LeakStackTrace) }},
		{"static-root", []string{record.ProbePaths}, func(s seen) bool {
			return s.leaked(record.ProbePaths, record.LeakPrivateKey) && s.leaked(record.ProbePaths, record.LeakSourceCode)
		}},
		{"jwks-private", []string{record.ProbeJWKS}, func(s seen) bool {
			keys := s.exchanges(record.ProbeJWKS, record.VariantPath)[0].JWKS
			return len(keys) == 1 && slices.Contains(keys[0].Private, "d") && keys[0].Key == 1
		}},
		{"reflect-ua", []string{record.ProbeReflection}, func(s seen) bool { return s.echoed(record.ProbeReflection, record.VariantReflectAgent, "", "claim:ua") }},
		{"payload-clear", []string{record.ProbeLogin}, func(s seen) bool {
			return s.tokens(record.ProbeLogin, record.VariantAfterLogin)[0].UserPayload.Kind == "object"
		}},
		{"payload-pkcs1v15", []string{record.ProbeLogin}, func(s seen) bool {
			return strings.Contains(s.tokens(record.ProbeLogin, record.VariantAfterLogin)[0].UserPayload.Decrypted, "PKCS#1")
		}},
		{"payload-notjson", []string{record.ProbeLogin}, func(s seen) bool { return s.tokens(record.ProbeLogin, record.VariantAfterLogin)[0].UserPayload.NotJSON }},
		{"payload-reused", []string{record.ProbeLogin}, func(s seen) bool {
			tokens := s.tokens(record.ProbeLogin, record.VariantAfterLogin)
			return tokens[0].UserPayload.Fingerprint == tokens[2].UserPayload.Fingerprint
		}},
		{"decode-not-verify", []string{record.ProbeRelying}, func(s seen) bool { return s.status(record.ProbeRelying, record.VariantForged, `alg "none"`) == 200 }},
		{"jku-fetch", []string{record.ProbeRelying}, func(s seen) bool {
			pointing := s.exchanges(record.ProbeRelying, record.VariantPointing)
			return pointing[0].About == "jku" && len(pointing[0].Callbacks) == 1 && pointing[2].About == "kid" && len(pointing[2].Callbacks) == 0
		}},
	} {
		t.Run(test.fault, func(t *testing.T) {
			client := siteClient(t, issuers.Options{Fault: test.fault}, nil)
			got := gather(t, client, append([]string{record.ProbeVisitors}, test.probes...)...)
			if !test.tells(got) {
				text, _ := json.MarshalIndent(got.Evidence, "", " ")
				t.Errorf("the evidence does not tell:\n%s", text[:min(len(text), 20_000)])
			}
			checkNothingSecret(t, client, got)
		})
	}
}

func TestFaultsOverHTTPS(t *testing.T) {
	client := siteClient(t, issuers.Options{Fault: "http-open"}, nil)
	got := gather(t, client, record.ProbeTLS)
	if len(got.tokens(record.ProbeTLS, record.VariantPlainHTTP)) != 1 {
		t.Error("the token over plain http was not noted")
	}
	for _, x := range got.exchanges(record.ProbeTLS, record.VariantOldTLS) {
		if failure := x.Failure; failure == nil || failure.Class != record.FailureTLS {
			t.Errorf("%s: %+v", x.About, failure)
		}
	}
	if first := got.Exchanges[0].Response; first.TLS == nil || first.TLS.Version != "TLS 1.3" || len(first.Header["Strict-Transport-Security"]) != 1 {
		t.Errorf("%+v", first)
	}
}

func TestRenewal(t *testing.T) {
	client := siteClient(t, issuers.Options{Lifetime: 2 * time.Second}, nil)
	got := gather(t, client, record.ProbeRenewal)
	first, after := got.tokens(record.ProbeRenewal, record.VariantFirst), got.tokens(record.ProbeRenewal, record.VariantAfterExpiry)
	if len(first) != 1 || len(after) != 1 || string(first[0].Payload.Members()["exp"]) >= string(after[0].Payload.Members()["exp"]) || !after[0].Verdict.Accepted {
		t.Errorf("first %+v, after %+v", first, after)
	}
}

func TestOnlyUsersAreServed(t *testing.T) {
	no := false
	client := siteClient(t, issuers.Options{}, func(config *Config) { config.Anonymous = &no })
	got := gather(t, client, everyProbe()...)
	for _, token := range got.tokens(record.ProbeVisitors, "") {
		if token.User != "demo" || token.UserPayload == nil {
			t.Errorf("%s got %+v", token.Visitor, token)
		}
	}
	for _, probe := range got.Probes {
		if probe.Name == record.ProbeAnonymous && probe.Skipped == "" {
			t.Error("a thousand anonymous visitors were sent")
		}
	}
	if n := len(got.tokens(record.ProbeParallel, "")); n != parallelVisitors*parallelRounds {
		t.Errorf("%d tokens in parallel", n)
	}
}
