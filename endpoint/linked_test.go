package endpoint

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAFormThatNamesItsAddress is sent to where the page says, relative to that page: with
// codes that are made for one login, and only to hosts that the configuration names.
func TestAFormThatNamesItsAddress(t *testing.T) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/realm/authenticate" && r.FormValue("code") == "c 1" {
			return
		}
		if r.URL.Path != "/realm/auth" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, `<form action="authenticate?code=c+1&amp;tab=2" method=post><input name=user></form>`)
	}))
	defer provider.Close()
	elsewhere := strings.Replace(provider.URL, "127.0.0.1", "localhost", 1)
	site := httptest.NewServer(http.RedirectHandler(elsewhere+"/realm/auth", http.StatusFound))
	defer site.Close()
	for name, test := range map[string]struct {
		hosts []string
		login []Request
		says  string // "" where the login works
	}{
		"named": {[]string{"localhost"}, []Request{
			{URL: "/login", Follow: true, Take: map[string]string{"action": "html:form@action"}},
			{URL: "{action}", Form: map[string]string{"user": "ann"}},
		}, ""},
		"named with a port": {[]string{strings.TrimPrefix(elsewhere, "http://")}, []Request{
			{URL: "/login", Follow: true, Take: map[string]string{"to": "header:Location"}},
			{URL: "{to}"},
		}, ""},
		"not named": {nil, []Request{
			{URL: "/login", Take: map[string]string{"to": "header:Location"}},
			{URL: "{to}"},
		}, "localhost, a host that the configuration does not name"},
	} {
		ann := User{Name: "ann", Login: test.login}
		client := newClient(t, Config{URL: site.URL + "/token", Users: []User{ann}, Hosts: test.hosts})
		_, err := client.NewSession(&ann, nil).Begin(t.Context())
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}
