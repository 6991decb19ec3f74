package endpoint

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A site that sets new cookies with each answer fills no memory, and what it had
// set before still follows its changes.
func TestAJarHoldsAsMuchAsABrowser(t *testing.T) {
	site := &url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/"}
	jar := NewJar(nil)
	jar.SetCookies(site, []*http.Cookie{{Name: "session", Value: "1"}})
	for answer := range 50 {
		var set []*http.Cookie
		for i := range 200 {
			set = append(set, &http.Cookie{Name: fmt.Sprintf("c%d-%d", answer, i), Value: "v", Path: fmt.Sprintf("/p%d", i)})
		}
		jar.SetCookies(site, append(set, &http.Cookie{Name: "large", Value: strings.Repeat("v", mostCookieBytes)}, &http.Cookie{Name: "session", Value: fmt.Sprint(answer)}))
	}
	if len(jar.kept) != mostCookies || jar.bytes > mostCookieBytes {
		t.Errorf("%d cookies with %d bytes", len(jar.kept), jar.bytes)
	}
	if got := jar.Cookies(site); len(got) != 1 || got[0].Value != "49" {
		t.Errorf("sent: %v", got)
	}
	jar.SetCookies(site, []*http.Cookie{{Name: "session", MaxAge: -1}, {Name: "next", Value: "v"}})
	if got := jar.Cookies(site); len(got) != 1 || got[0].Name != "next" {
		t.Errorf("a cookie that was taken back leaves no room: %v", got)
	}
}

// A copied session has the cookies with the prefixes that want Secure, too.
func TestACopiedSessionKeepsPrefixedCookies(t *testing.T) {
	address, err := url.Parse("https://shop.example/token")
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor("v1")
	v.keep(address, []*http.Cookie{
		{Name: "__Host-session", Value: "s-1", Path: "/", Secure: true},
		{Name: "__Secure-id", Value: "i-1", Path: "/", Secure: true},
		{Name: "plain", Value: "p-1", Path: "/"},
	})
	if got := v.copyJar("v2", address).cookies(address); len(got) != 3 {
		t.Errorf("the copy has %v", got)
	}
}
