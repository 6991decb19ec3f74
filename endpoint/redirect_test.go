package endpoint

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// signOn is a site whose login leads over an identity provider, as OpenID Connect has
// it, and that takes the code of a login once.
func signOn(t *testing.T, callback string) *httptest.Server {
	var mu sync.Mutex
	codes := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "state", Value: "s-17", Path: "/"})
		http.Redirect(w, r, "/provider?state=s-17&redirect_uri=%7Bback%7D", http.StatusFound)
	})
	mux.HandleFunc("GET /provider", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<form method=post><input type=hidden name=state value=%q><input type=password name=password></form>`, r.FormValue("state"))
	})
	mux.HandleFunc("POST /provider", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		code := rand.Text()
		codes[code] = r.FormValue("user")
		http.Redirect(w, r, callback+"?code="+code+"&state="+url.QueryEscape(r.FormValue("state")), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		user := codes[r.FormValue("code")]
		delete(codes, r.FormValue("code"))
		if state, err := r.Cookie("state"); err != nil || state.Value != r.FormValue("state") || user == "" {
			http.Error(w, "no such login", http.StatusBadRequest)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: user, Path: "/"})
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /home", func(http.ResponseWriter, *http.Request) {})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

// TestRedirectsOfALogin are followed where the configuration says so, or taken apart.
func TestRedirectsOfALogin(t *testing.T) {
	form := map[string]string{"user": "ann", "state": "{state}"}
	state, code := map[string]string{"state": "form:state"}, map[string]string{"code": "query:code"}
	for name, test := range map[string]struct {
		callback, wrong string
		login           []Request
	}{
		"followed": {"/callback", "", []Request{{URL: "/login", Take: state, Follow: true}, {URL: "/provider", Form: form, Take: code, Follow: true}}},
		"step by step": {"/callback", "", []Request{
			{URL: "/login", Take: map[string]string{"state": "header:Location | query:state"}}, {URL: "/provider", Form: form, Take: code}, {URL: "/callback?code={code}&state={state}"},
		}},
		"to a host that nobody named": {"http://elsewhere.example/callback", "it leads to elsewhere.example", []Request{{URL: "/login", Take: state, Follow: true}, {URL: "/provider", Form: form, Follow: true}}},
		"to an error":                 {"/nowhere", "/nowhere", []Request{{URL: "/login", Take: state, Follow: true}, {URL: "/provider", Form: form, Follow: true}}},
		"in a circle":                 {"/provider", "back to the login", []Request{{URL: "/login", Take: state, Follow: true}, {URL: "/provider", Form: form, Follow: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			site := signOn(t, test.callback)
			ann := User{Name: "ann", Login: test.login}
			session := newClient(t, Config{URL: site.URL + "/token", Users: []User{ann}}).NewSession(&ann, nil)
			_, err := session.Begin(t.Context())
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if session.visitor.known["code"] == "" || !strings.Contains(fmt.Sprint(session.visitor.cookies(session.client.endpoint)), "{session ann}") {
				t.Errorf("values %v, cookies %v", session.visitor.known, session.visitor.cookies(session.client.endpoint))
			}
		})
	}
}

// TestValuesThatEachAnswerRenews has a site whose token against forgery is good once:
// no visitor is refused, though probes ask with the first one's session, too.
func TestValuesThatEachAnswerRenews(t *testing.T) {
	for name, config := range map[string]Config{
		"in a header": {Visit: []Request{{URL: "/start", Take: map[string]string{"csrf": "header:X-Csrf-Token"}}}},
		"in JSON":     {Visit: []Request{{URL: "/start", Take: map[string]string{"csrf": "json:csrf"}}}, Take: map[string]string{"csrf": "json:csrf"}},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			good := map[string]bool{}
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				given := r.Header.Get("X-Csrf-Token")
				if r.URL.Path == "/token" && !good[given] {
					http.Error(w, "csrf", http.StatusForbidden)
					return
				}
				delete(good, given)
				next := rand.Text()
				good[next] = true
				if name == "in a header" {
					w.Header().Set("X-Csrf-Token", next)
				}
				fmt.Fprintf(w, `{"csrf": %q, "token": %q}`, next, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl")
			}))
			defer site.Close()
			config.URL, config.Header, config.TokenIn, config.Rate = site.URL+"/token", http.Header{"X-Csrf-Token": {"{csrf}"}}, "json:token", 5000
			client := newClient(t, config)
			client.apart = 0
			got := gather(t, client, record.ProbeVisitors, record.ProbeMethods, record.ProbeOrigins)
			asked := got.exchanges(record.ProbeVisitors, "")
			if want := freshVisitors * (1 + laterCalls); len(asked) < want {
				t.Errorf("%d requests for a token, want %d", len(asked), want)
			}
			for _, x := range asked {
				if x.Response.Status != http.StatusOK {
					t.Errorf("call %d of %s: status %d", x.Call, x.Visitor, x.Response.Status)
				}
			}
		})
	}
}
