package endpoint

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Which cookies browsers drop, and which they keep (RFC 6265bis §5.7).
func TestCookiesThatBrowsersDrop(t *testing.T) {
	const https, plain, loopback, named = "https://www.shop.example/chat/token", "http://www.shop.example/token", "http://127.0.0.1:8080/token", "http://localhost:3000/token"
	for _, test := range []struct{ from, line, want string }{
		{https, "id=1", ""},
		{https, "id=1; SameSite=None; Secure", ""},
		{https, "id=1; SameSite=Lax", ""},
		{https, "id=1; SameSite=none", "SameSite=None without Secure"},
		{https, "id=1; Partitioned", "Partitioned without Secure"},
		{https, "id=1; Partitioned; Secure; SameSite=None", ""},
		{https, "id=1; SAMESITE=NONE; HttpOnly", "SameSite=None without Secure"},
		{plain, "id=1; SameSite=None", "SameSite=None without Secure"},
		{loopback, "id=1; SameSite=None", "SameSite=None without Secure"},
		{named, "id=1; SameSite=None; Path=/", "SameSite=None without Secure"},
		{https, "id=1; SameSite=Nonsense", ""}, // taken for none given
		{plain, "id=1; Secure", "Secure, on plain http"},
		{plain, "id=1; SameSite=None; Secure", "Secure, on plain http"},
		{loopback, "id=1; Secure", ""},
		{named, "id=1; SameSite=None; Secure", ""},
		{"http://[::1]:8080/token", "id=1; Secure", ""},
		{"http://shop.localhost/token", "id=1; Secure", ""},
		{"http://192.168.0.7/token", "id=1; Secure", "Secure, on plain http"},

		{https, "__Host-id=1; Secure; Path=/", ""},
		{https, "__Host-id=1; Secure; Path=/; Domain=", ""},
		{https, "__Host-id=1; Path=/", "the prefix of its name wants Secure"},
		{https, "__HOST-id=1; Path=/", "the prefix of its name wants Secure"},
		{https, "__Host-id=1; Secure", "the prefix __Host- wants Path=/ and no Domain"},
		{https, "__Host-id=1; Secure; Path=/chat", "the prefix __Host- wants Path=/ and no Domain"},
		{https, "__Host-id=1; Secure; Path=/; Domain=www.shop.example", "the prefix __Host- wants Path=/ and no Domain"},
		{https, "__Secure-id=1; Secure; Path=/chat; Domain=shop.example", ""},
		{https, "__Secure-id=1", "the prefix of its name wants Secure"},
		{loopback, "__secure-id=1", "the prefix of its name wants Secure"},
		{https, "__Hostid=1", ""},

		{https, "id=1; Domain=www.shop.example", ""},
		{https, "id=1; Domain=.Shop.Example", ""},
		{https, "id=1; Domain=shop.example", ""},
		{https, "id=1; Domain=api.shop.example", "Domain is another host"},
		{https, "id=1; Domain=shop.example.org", "Domain is another host"},
		{https, "id=1; Domain=op.example", "Domain is another host"},
		{https, "id=1; Domain=example", "Domain is a public suffix"},
		{"https://shop.co.uk/token", "id=1; Domain=co.uk", "Domain is a public suffix"},
		{"https://shop.github.io/token", "id=1; Domain=github.io", "Domain is a public suffix"},
		{"https://github.io/token", "id=1; Domain=github.io", ""}, // of that host alone
		{loopback, "id=1; Domain=127.0.0.1", ""},
		{loopback, "id=1; Domain=0.0.1", "Domain is another host"},
		{loopback, "id=1; Domain=localhost", "Domain is another host"},
		{named, "id=1; Domain=localhost", ""},
		{"http://shop.localhost/token", "id=1; Domain=localhost", "Domain is a public suffix"},

		{https, "id=" + strings.Repeat("x", maxCookie-2), ""},
		{https, "id=" + strings.Repeat("x", maxCookie-1), "over 4,096 bytes"},
		{https, "id=1; Path=/" + strings.Repeat("x", 900), ""},
		{https, `id={"user":"1, 2"}; Path=/`, ""}, // no cookie by the grammar, and one in every browser
		{https, "id=a b; Max-Age=60", ""},
		{https, "id=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Priority=High; Partitioned; Secure", ""},
	} {
		from, _ := url.Parse(test.from)
		cookies := SetCookies(http.Header{"Set-Cookie": {test.line}})
		if len(cookies) != 1 {
			t.Errorf("%.60s from %s: not read", test.line, test.from)
			continue
		}
		if got := whyDropped(cookies[0], from); got != test.want {
			t.Errorf("%.60s from %s: %q, want %q", test.line, test.from, got, test.want)
		}
	}
}

// What a browser leaves out altogether, and what it makes of an odd cookie.
func TestCookiesAsBrowsersReadThem(t *testing.T) {
	for line, want := range map[string]string{
		"id=1": "id=1", " id = 1 ; Path=/": "id=1", "id=": "id=", `id="1"`: `id="1"`, `id={"a":"b c"}`: `id={"a":"b c"}`, "id=1=2": "id=1=2",
		"": "", "id": "", "id=\x00": "", "id\x01=1": "",
	} {
		got := ""
		for _, cookie := range SetCookies(http.Header{"Set-Cookie": {line}}) {
			value := cookie.Value
			if cookie.Quoted {
				value = `"` + value + `"`
			}
			got = cookie.Name + "=" + value
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", line, got, want)
		}
	}
}

// What was kept goes back as it was set, in quotes and with the quotes of JSON.
func TestCookiesGoBackAsTheyWereSet(t *testing.T) {
	address := &url.URL{Scheme: "http", Host: "shop.example", Path: "/"}
	lines := []string{`plain=1; Path=/`, `quoted="a.b"; Path=/`, `json={"a":"b c"}; Path=/`, `percent=a%3D; Path=/`}
	want := `region=eu; plain=1; quoted="a.b"; json={"a":"b c"}; percent=a%3D`
	jar := NewJar(nil)
	jar.SetCookies(address, SetCookies(http.Header{"Set-Cookie": lines}))
	header := http.Header{"Cookie": {"region=eu"}}
	if AddCookies(header, jar.Cookies(address)); header.Get("Cookie") != want {
		t.Errorf("load sends %s, want %s", header.Get("Cookie"), want)
	}
	v := &visitor{jar: NewJar(nil)}
	v.jar.SetCookies(address, SetCookies(http.Header{"Set-Cookie": lines}))
	if got := "region=eu; " + joinCookies(v.cookies(address)); got != want {
		t.Errorf("a visitor sends %s, want %s", got, want)
	}
}

// What a header that sets a cookie holds beside the cookie and its attributes.
func TestWhatIsCutOffACookie(t *testing.T) {
	for line, want := range map[string]string{
		"id=1": "",
		"id=1; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=60;":  "",
		"id=1; expires=Wed, 21 Oct 2037 07:28:00 GMT; path=/":        "",
		"id=1; Expires=Wed, 21-Oct-2037 07:28:00 GMT; Priority=High": "",
		"id=1; Expires=never, I hope":                                "",
		`id={"a":"x, b=1"}; Path=/; Partitioned; Secure`:             "",
		"id=1; Path=/, sid=2; Path=/":                                "the cookie sid stands behind a comma",
		"id=1; HttpOnly, sid=2; Path=/":                              "the cookie sid stands behind a comma",
		"id=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT, sid=2":         "the cookie sid stands behind a comma",
		"id=1; name=Ada; Path=/":                                     "the semicolon before name,",
		"id=1;Ada;1999; Path=/":                                      "the semicolon in it",
		`id={"a":"x;y","b":"Ada"}; Path=/`:                           "the semicolon in it",
	} {
		got := whatIsCut(readSetCookie(line))
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "Ada") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
