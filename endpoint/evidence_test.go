package endpoint

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// pemText assembles a PEM label, so that no file of the repository holds one.
func pemText(kind, body string) string {
	return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n"
}

func TestPrivateKeyIn(t *testing.T) {
	body := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0B\n", 4)
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"PKCS #8":              {pemText("PRIVATE KEY", body), true},
		"PKCS #1":              {pemText("RSA PRIVATE KEY", body), true},
		"encrypted":            {pemText("ENCRYPTED PRIVATE KEY", body), true},
		"in one line":          {`KEY="` + strings.ReplaceAll(pemText("PRIVATE KEY", body), "\n", `\n`) + `"`, true},
		"after an explanation": {pemText("PRIVATE KEY", "...") + pemText("PRIVATE KEY", body), true},
		"PuTTY":                {"PuTTY-User-Key-File-3: ssh-rsa\n" + body, true},
		"placeholder":          {pemText("PRIVATE KEY", "…your key here…"), false},
		"label alone":          {"paste the text from -----BEGIN " + "PRIVATE KEY----- on", false},
		"public":               {pemText("PUBLIC KEY", body), false},
	} {
		if got := len(secrets.Find(test.text, maxKeys)) > 0; got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStackTracesAndServerPaths(t *testing.T) {
	for text, want := range map[string]string{
		"URIError: bad\n    at decodeURIComponent (<anonymous>)\n    at Layer.match (/srv/shop/node_modules/express/lib/router/layer.js:90:15)": record.LeakStackTrace,
		"<pre>Error<br> &nbsp; &nbsp;at /srv/shop/server.js:12:7</pre>":                                                                         record.LeakStackTrace,
		"Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>":                                                      record.LeakStackTrace,
		"java.lang.IllegalStateException\n\tat com.shop.Token.make(Token.java:12)":                                                              record.LeakStackTrace,
		"   at Shop.Token.Make(String id) in C:\\shop\\Token.cs:line 12":                                                                        record.LeakStackTrace,
		"panic: x\n\ngoroutine 7 [running]:\nmain.main()":                                                                                       record.LeakStackTrace,
		"app.rb:12:in `block in <main>'":                                                                                                        record.LeakStackTrace,
		"<b>Fatal error</b>: Uncaught Error in <b>/var/www/html/jwt.php</b> on line <b>3</b>":                                                   record.LeakStackTrace,
		"thread 'main' panicked at src/main.rs:4:5":                                                                                             record.LeakStackTrace,
		"ENOENT: no such file or directory, open '/data/x.html'":                                                                                record.LeakServerPath,
		"cannot read /home/shop/keys/private.pem":                                                                                               record.LeakServerPath,
		`open "C:\inetpub\shop\web.config" failed`:                                                                                              record.LeakServerPath,
		"Cannot GET /createJWTx":                                                                                                                "",
		"404 page not found":                                                                                                                    "",
		`<a href="/home/index.html">home</a> <script src="/app/main.js"></script>`:                                                              "",
		"We are at (12:30) in the office, line 4":                                                                                               "",
		`{"error":"invalid path /opt","at":"2026-11-22T08:00:00Z"}`:                                                                             "",
		`<link rel="stylesheet" href="https://shop.example/var/www/site.css">`:                                                                  "",
		"Bad Request: see https://shop.example/docs/errors.html for more":                                                                       "",
	} {
		found := ""
		if stackTrace.MatchString(text) {
			found = record.LeakStackTrace
		} else if serverPath.MatchString(text) {
			found = record.LeakServerPath
		}
		if found != want {
			t.Errorf("%q is taken for %q, want %q (%q)", text, found, want, serverPath.FindString(text))
		}
	}
}

func TestFileLeaks(t *testing.T) {
	page := "<!DOCTYPE html><title>Shop</title><script>const PASSWORD_MIN = 8; jwt.sign(x)</script>"
	for name, test := range map[string]struct {
		contentType, body string
		want              string
	}{
		"start page for every path": {"text/html", page, ""},
		"start page, no type":       {"", page, ""},
		"environment":               {"", "PORT=3001\nJWT_SECRET=swordfish\n", record.LeakSecret},
		"git":                       {"text/plain", "[core]\n\trepositoryformatversion = 0\n", record.LeakSourceCode},
		"git head":                  {"", "ref: refs/heads/main\n", record.LeakSourceCode},
		"settings":                  {"application/json", `{"db":{"password":"swordfish"}}`, record.LeakSecret},
		"harmless settings":         {"application/json", `{"theme":"dark","apiUrl":"/api"}`, ""},
		"server":                    {"application/javascript", "const jwt = require('jsonwebtoken')", record.LeakSourceCode},
		"front end":                 {"application/javascript", "fetch('/createJWT').then(r => r.text())", ""},
		"package":                   {"application/json", `{"name":"shop","dependencies":{"express":"^5"}}`, record.LeakSourceCode},
		"manifest":                  {"application/json", `{"name":"shop","icons":[]}`, ""},
		"directory":                 {"text/html", "<html><head><title>Index of /keys</title></head>", record.LeakDirectoryList},
		"Go's directory":            {"text/html", "<pre>\n<a href=\"private.pem\">private.pem</a>\n</pre>", record.LeakDirectoryList},
		"express's directory":       {"text/html", "<!DOCTYPE html><title>listing directory /keys</title>", record.LeakDirectoryList},
		"archive":                   {"application/zip", "PK\x03\x04rest", record.LeakSourceCode},
		"password file":             {"text/plain", "root:x:0:0:root:/root:/bin/bash\n", record.LeakSecret},
		"empty":                     {"text/plain", "", ""},
	} {
		var kinds []string
		fileLeaks(http.Header{"Content-Type": {test.contentType}}, []byte(test.body), func(kind, _, excerpt string) {
			kinds = append(kinds, kind)
			if strings.Contains(excerpt, "swordfish") {
				t.Errorf("%s: the excerpt holds the secret", name)
			}
		})
		if got := strings.Join(kinds, " "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestMentions(t *testing.T) {
	for _, test := range []struct {
		text, value string
		want        bool
	}{
		{"Ada Example", "ada", true}, {"canada", "ada", false}, {"ada@shop.example", "ada", true},
		{"ada2 ada", "ada", true}, {"c482133779", "482133779", true}, {"1482133779", "482133779", false}, {"c48213", "48213", false}, {"C-1001", "C-1001", true}, {"C-10011", "C-1001", false},
		{"éada", "ada", false}, {"", "ada", false}, {"x", "", false},
		{"prefixwcsabcdefghijklmnop", "wcsabcdefghijklmnop", true},
	} {
		if got := mentions(test.text, test.value); got != test.want {
			t.Errorf("%q in %q: %v", test.value, test.text, got)
		}
	}
}

func TestEchoes(t *testing.T) {
	marked := mark()
	token := tokenOf(`{"alg":"RS256","kid":"`+marked+`"}`, `{"sub":"`+marked+`","a":{"b":["x `+marked+`"]}}`)
	result := &answer{
		body: []byte("hello " + marked), text: token,
		header: http.Header{"X-Back": {marked}, "Set-Cookie": {"id=" + marked + "; Path=/"}, "Other": {"x"}},
	}
	var places []string
	for _, echo := range echoes(&ask{inputs: map[string]string{"query": marked, "other": mark()}}, result) {
		if echo.Input != "query" {
			t.Errorf("%q came back", echo.Input)
		}
		places = append(places, echo.Where)
	}
	want := []string{"body", "cookie:id", "header:X-Back", "token header:kid", "claim:a.b", "sub"}
	slices.Sort(want)
	slices.Sort(places)
	if !slices.Equal(places, want) {
		t.Errorf("%q, want %q", places, want)
	}
}

func TestSecretsAreMaskedByValue(t *testing.T) {
	found := Config{
		Header:  http.Header{"Authorization": {"Bearer abcdefgh12345"}, "Accept": {"text/plain"}},
		Cookies: []Cookie{{"sid", "s3cr3tvalue"}},
		Users: []User{{Login: []Request{{
			Form: map[string]string{"username": "ada", "password": `pass"word&1`}, Header: http.Header{"X-Csrf": {"csrfvalue"}},
		}}}},
		Relying: []Request{{Header: http.Header{"X-Token": {"{token}"}}}},
	}.Secrets()
	masked := found.Mask(`abcdefgh12345 text/plain s3cr3tvalue ada pass"word&1 pass%22word%261 pass\"word&1 csrfvalue`)
	for _, secret := range []string{"abcdefgh12345", "s3cr3tvalue", "word&1", "word%261", "csrfvalue"} {
		if strings.Contains(masked, secret) {
			t.Errorf("%s is left: %s", secret, masked)
		}
	}
	if !strings.Contains(masked, "text/plain") || !strings.Contains(masked, " ada ") {
		t.Errorf("too much is masked: %s", masked)
	}
}

func TestCookiesAsBrowsersKeepThem(t *testing.T) {
	secure := &http.Cookie{Name: "id", Value: "1", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}
	strict := &http.Cookie{Name: "session", Value: "2", Path: "/", SameSite: http.SameSiteStrictMode}
	plain := &http.Cookie{Name: "old", Value: "3", Path: "/"}
	for address, want := range map[string]int{"http://localhost:3001/": 3, "http://127.0.0.1/": 3, "https://shop.example/": 3, "http://shop.example/": 2} {
		from, _ := url.Parse(address)
		v := newVisitor("v")
		v.keep(from, []*http.Cookie{secure, strict, plain})
		if got := v.cookies(from); len(got) != want {
			t.Errorf("%s keeps %v", address, got)
		}
	}
	from, _ := url.Parse("https://shop.example/")
	v := newVisitor("v")
	v.keep(from, []*http.Cookie{secure, strict, plain})
	if get, post := v.crossSiteCookies(from, http.MethodGet), v.crossSiteCookies(from, http.MethodPost); len(get) != 2 || len(post) != 1 || post[0].Name != "old" {
		t.Errorf("another site's link carries %v, its form %v", get, post)
	}
	if copied := v.copyJar("w", from).cookies(from); len(copied) != 3 {
		t.Errorf("the copy has %v", copied)
	}
}

func TestSameShape(t *testing.T) {
	for _, issued := range []string{
		"9bb4c34e-1c58-4a1a-b6c4-26df63e326b1", "anon-7F00AB3310", "s%3AabcDEF123456.sig%2Bnature/x=", "0123456789",
	} {
		value, part := sameShape(issued)
		plain, _ := url.PathUnescape(issued)
		shaped, err := url.PathUnescape(value)
		if err != nil || len(shaped) != len(plain) || shaped == plain || !strings.Contains(shaped, part) || len(part) < 8 {
			t.Errorf("%q became %q with %q", issued, shaped, part)
		}
	}
	for _, short := range []string{"", "1", "en-GB", "a.b.c"} {
		if value, part := sameShape(short); value != "" || part != "" {
			t.Errorf("%q became %q", short, value)
		}
	}
}

func TestRewrittenCookies(t *testing.T) {
	for issued, want := range map[string][]record.Variant{
		`%7B%22id%22%3A%22a%22%7D`:                {record.VariantChangedJSON},
		`j%3A%7B%22id%22%3A%22a%22%7D`:            {record.VariantChangedJSON},
		"eyJpZCI6ImEifQ==":                        {record.VariantChangedBase64},
		"eyJpZCI6ImEifQ.c2lnbmF0dXJl":             {record.VariantChangedSigned},
		tokenOf(`{"alg":"HS256"}`, `{"sub":"a"}`): {record.VariantChangedSigned, record.VariantChangedToken, record.VariantUnsignedCookie},
		"9bb4c34e-1c58-4a1a-b6c4-26df63e326b1":    nil,
		`{"n":1}`:                                 nil,
		"":                                        nil,
	} {
		var forms []record.Variant
		for form, changed := range rewritten(issued) {
			forms = append(forms, form)
			if changed.text == issued || changed.mark == "" {
				t.Errorf("%s: %+v", form, changed)
			}
		}
		slices.Sort(forms)
		if !slices.Equal(forms, want) {
			t.Errorf("%q: %q, want %q", issued, forms, want)
		}
	}
}

func TestCookiesWithAnotherSub(t *testing.T) {
	const sub, other = "9bb4c34e-1c58", "026c8166-114d"
	for issued, want := range map[string]map[record.Variant]string{
		"v1:" + sub + ".proof":            {record.VariantOtherSubInPlace: "v1:" + other + ".proof"},
		"s%3A" + sub + ".pr%2Foof":        {record.VariantOtherSubInPlace: "s:" + other + ".pr%2Foof"},
		"OWJiNGMzNGUtMWM1OA==":            {record.VariantOtherSubBase64: "MDI2YzgxNjYtMTE0ZA=="},
		"OWJiNGMzNGUtMWM1OA.proof":        {record.VariantOtherSubBase64: "MDI2YzgxNjYtMTE0ZA.proof"},
		"396262346333346" + "52d31633538": {record.VariantOtherSubHex: "303236633831363" + "62d31313464"},
		sub:                               {},
		"unrelated":                       {},
		"":                                {},
	} {
		got := withOtherSub(issued, sub, other)
		if len(got) != len(want) {
			t.Errorf("%q: %q, want %q", issued, got, want)
		}
		for form, value := range want {
			if got[form] != value {
				t.Errorf("%q %s: %q, want %q", issued, form, got[form], value)
			}
		}
	}
}

func FuzzRewrittenCookies(f *testing.F) {
	f.Add(`%7B%22id%22%3A%22a%22%7D`)
	f.Add("eyJpZCI6ImEifQ.c2lnbmF0dXJl")
	f.Add("%zz.a.b")
	f.Fuzz(func(t *testing.T, issued string) {
		for form, changed := range rewritten(issued) {
			if changed.mark == "" {
				t.Errorf("%s has no mark", form)
			}
		}
		withOtherSub(issued, "9bb4c34e", "026c8166")
		if value, part := sameShape(issued); (value == "") != (part == "") {
			t.Errorf("%q and %q", value, part)
		}
	})
}

func TestServedKeys(t *testing.T) {
	public := keys.For("site").PublicKey
	modulus := base64.RawURLEncoding.EncodeToString(public.N.Bytes())
	e := &examiner{Client: newClient(t, Config{URL: "http://localhost/", PublicKeys: []KeyText{{"key.pub", keys.PublicPEM(&public)}}})}
	served, body := e.servedKeys([]byte(`{"keys":[
		{"kty":"RSA","kid":"1","n":"` + modulus + `","e":"AQAB"}, {"kty":"RSA","n":"zQ","d":"secretexponent"}, {"kty":"oct","k":"swordfish"}, {"no":"kty"}, null]}`))
	if len(served) != 3 || served[0].Key != 1 || served[0].KeyID != "1" || served[1].Key != 0 || !slices.Equal(served[1].Private, []string{"d"}) || !slices.Equal(served[2].Private, []string{"k"}) {
		t.Errorf("%+v", served)
	}
	if strings.Contains(string(body), "swordfish") || strings.Contains(string(body), "secretexponent") {
		t.Errorf("the body holds a private member: %s", body)
	}
	if single, _ := e.servedKeys([]byte(`{"kty":"RSA","n":"` + modulus + `","e":"AQAB"}`)); len(single) != 1 || single[0].Key != 1 {
		t.Errorf("a single JWK is %+v", single)
	}
	for _, other := range []string{"", "<!DOCTYPE html>", "[]", `{"keys":[]}`, `{"keys":"none"}`, `{"issuer":"x","jwks_uri":"y"}`} {
		if served, body := e.servedKeys([]byte(other)); served != nil || string(body) != other {
			t.Errorf("%s is taken for a JWKS: %+v", other, served)
		}
	}
}

func FuzzServedKeys(f *testing.F) {
	f.Add(`{"keys":[{"kty":"RSA","n":"qw","e":"AQAB","d":"x"}]}`)
	f.Add(`{"kty":1,"n":[]}`)
	e := &examiner{Client: newClient(f, Config{URL: "http://localhost/"})}
	f.Fuzz(func(_ *testing.T, body string) { e.servedKeys([]byte(body)) })
}

func TestThrottledAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer answer
		want   bool
	}{
		"429":                  {answer{status: 429}, true},
		"503 with Retry-After": {answer{status: 503, header: http.Header{"Retry-After": {"3"}}}, true},
		"503":                  {answer{status: 503}, false},
		"503 of nginx":         {answer{status: 503, body: []byte("<html><head><title>503 Service Temporarily Unavailable</title></head>")}, true},
		"firewall":             {answer{status: 403, body: []byte("<title>Attention Required! | Cloudflare</title>")}, true},
		"403":                  {answer{status: 403, body: []byte("forbidden")}, false},
		"200":                  {answer{status: 200, body: []byte("too many requests")}, false},
	} {
		if got := Throttled(test.answer.status, test.answer.header, test.answer.body); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestKeysAreRecognised(t *testing.T) {
	public, private := keys.PublicPEM(&keys.For("issuer").PublicKey), keys.PrivatePEM(keys.For("issuer"))
	for name, test := range map[string]struct {
		text, looks string
		private     bool
	}{
		"right":                      {public, "", false},
		"nothing":                    {"", "an empty text", false},
		"a word":                     {"swordfish", "other text", false},
		"escaped":                    {strings.ReplaceAll(public, "\n", `\n`), "whose line breaks are escaped", false},
		"both in one file":           {public + private, "a private key", true},
		"both, the private in JSON":  {public + `{"key":` + strconv.Quote(private) + "}", "a private key", true},
		"both, the private one last": {private + public, "a private key", true},
	} {
		text := KeyText{Source: "a test", Text: test.text}
		got, _ := describeKey(text, verifier.ReadKey(test.text))
		if got.Private != test.private || !strings.Contains(got.Looks, test.looks) || test.looks == "" && got.Looks != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestKeysBesideTheKey: other keys in a file are to compare with, once each.
func TestKeysBesideTheKey(t *testing.T) {
	own, other := keys.PublicPEM(&keys.For("issuer").PublicKey), keys.PublicPEM(&keys.For("stranger").PublicKey)
	for name, test := range map[string]struct {
		text string
		want int
	}{"alone": {own, 0}, "twice": {own + own, 0}, "with its private half": {own + keys.PrivatePEM(keys.For("issuer")), 0}, "with another": {own + other + other, 1}} {
		_, others := describeKey(KeyText{Source: "a test", Text: test.text}, verifier.ReadKey(test.text))
		if len(others) != test.want || test.want > 0 && (!others[0].Reference || others[0].Modulus != keys.For("stranger").N.Text(16)) {
			t.Errorf("%s: %+v", name, others)
		}
	}
}

func TestPlan(t *testing.T) {
	far := newClient(t, Config{URL: "https://shop.example/api/token"})
	plan := far.Plan(everyProbe())
	if len(plan) != len(probeTable) {
		t.Fatalf("%d of %d probes are planned", len(plan), len(probeTable))
	}
	for _, probe := range plan {
		if probe.Intrusive && probe.Skipped == "" {
			t.Errorf("%s goes to another host without consent", probe.Name)
		}
		if probe.Requests <= 0 && probe.Skipped == "" {
			t.Errorf("%s plans %d requests", probe.Name, probe.Requests)
		}
	}
	agreed := newClient(t, Config{URL: "https://shop.example/", Consent: true})
	for _, probe := range agreed.Plan([]string{record.ProbeAnonymous}) {
		if probe.Skipped != "" {
			t.Errorf("%s: %s", probe.Name, probe.Skipped)
		}
	}
	if none := agreed.Plan([]string{record.ProbePage}); len(none) != 0 {
		t.Errorf("the page's probe plans %v", none)
	}
	if one := agreed.Plan([]string{record.ProbeJWKS}); len(one) != 2 || one[0].Name != record.ProbeVisitors {
		t.Errorf("%v rests on nothing", one)
	}
}
