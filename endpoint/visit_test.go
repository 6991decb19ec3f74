package endpoint

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/frameworks"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// TestVisitorsFromOtherAddressesVisitFirst has a site that serves nobody who has
// not opened its page, wherever they come from.
func TestVisitorsFromOtherAddressesVisitFirst(t *testing.T) {
	behind, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	address, err := url.Parse(behind.Setup().Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: address.Scheme, Host: address.Host})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "begun", Path: "/"})
		} else if _, err := r.Cookie("session"); err != nil {
			http.Error(w, "open the page first", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer site.Close()
	client := newClient(t, Config{URL: site.URL + address.Path, Visit: []Request{{URL: "/"}}, Rate: 5000})
	got := gather(t, client, record.ProbeNetwork)
	asked := got.exchanges(record.ProbeNetwork, record.VariantOtherAddress)
	if len(asked) == 0 {
		t.Fatal("nobody asked from another address")
	}
	for _, x := range asked {
		if x.Response.Status != http.StatusOK {
			t.Errorf("%s from another address got %d: it asked without the visit", x.Visitor, x.Response.Status)
		}
	}
}

// TestALoginThatOpensItsFormFirst is taken: the form that the first step brings is
// none that is shown again. One with a wrong password is not.
func TestALoginThatOpensItsFormFirst(t *testing.T) {
	site := httptest.NewServer(frameworks.Django())
	defer site.Close()
	for password, taken := range map[string]bool{frameworks.Password: true, "wrong": false} {
		ann := User{Name: "ann", Login: []Request{
			{URL: "/accounts/login/", Take: map[string]string{"csrf": "form:csrfmiddlewaretoken"}},
			{URL: "/accounts/login/", Form: map[string]string{"username": "ann", "password": password, "csrfmiddlewaretoken": "{csrf}", "next": "/"}},
		}}
		client := newClient(t, Config{URL: site.URL + "/chat/token/", Users: []User{ann}})
		if last, err := client.NewSession(&ann, nil).Begin(t.Context()); (err == nil) != taken || !taken && !strings.Contains(err.Error(), "it is the login's form again") {
			t.Errorf("password %q: status %d, %v", password, last.Status, err)
		}
	}
}

// TestALoginInTwoSteps is taken: the form for the password that answers the name is none
// that is shown again.
func TestALoginInTwoSteps(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.PostFormValue("password") == frameworks.Password {
			return
		}
		fmt.Fprint(w, `<form method=post><input type=hidden name=flow value=f-1><input type=password name=password></form>`)
	}))
	defer site.Close()
	for password, taken := range map[string]bool{frameworks.Password: true, "wrong": false} {
		ann := User{Name: "ann", Login: []Request{
			{URL: "/login", Form: map[string]string{"email": "ann@shop.example"}, Take: map[string]string{"flow": "form:flow"}},
			{URL: "/login/password", Form: map[string]string{"password": password, "flow": "{flow}"}},
		}}
		client := newClient(t, Config{URL: site.URL + "/token", Users: []User{ann}})
		if _, err := client.NewSession(&ann, nil).Begin(t.Context()); (err == nil) != taken || !taken && !strings.Contains(err.Error(), "it is the login's form again") {
			t.Errorf("password %q: %v", password, err)
		}
	}
}

// TestSession begins as a page's visitor does: values that are taken from cookies
// follow them through the login, and the cookies that are left are told.
func TestSession(t *testing.T) {
	site := httptest.NewServer(frameworks.Laravel())
	defer site.Close()
	ann := User{Name: "ann", Login: []Request{{URL: "/login", JSON: `{"email": "ann@shop.example", "password": "` + frameworks.Password + `"}`}}}
	config := Config{
		URL: site.URL + "/api/chat-token", Method: http.MethodPost, TokenIn: "json:data.token", Header: http.Header{"X-Xsrf-Token": {"{csrf}"}},
		Visit: []Request{{URL: "/sanctum/csrf-cookie", Take: map[string]string{"csrf": "cookie:XSRF-TOKEN"}}}, Users: []User{ann},
	}
	client := newClient(t, config)
	session := client.NewSession(&ann, nil)
	if _, err := session.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	reply, err := session.Ask(t.Context())
	if _, found := client.TokenFrom(reply.Header, reply.Body); err != nil || !found {
		t.Errorf("status %d, %v: %s", reply.Status, err, reply.Body)
	}
	names := map[string]int{}
	for _, set := range session.Cookies() {
		names[set.Cookie.Name]++
	}
	if names["laravel_session"] != 1 || names["XSRF-TOKEN"] != 1 {
		t.Errorf("cookies that are left: %v", names)
	}
	ann.Login[0].JSON = "{}"
	if _, err := client.NewSession(&ann, nil).Begin(t.Context()); err == nil || !strings.Contains(err.Error(), "login of ann, /login: status 422") {
		t.Errorf("a refused login: %v", err)
	}
}

// A value that the site gave one visitor stands nowhere, also when it gives it to
// another one.
func TestNobodysValueIsWritten(t *testing.T) {
	var given atomic.Int64
	site := hostileSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/begin" {
			fmt.Fprintf(w, `{"bearer":"opaque-bearer-%03d"}`, given.Add(1))
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "in use: opaque-bearer-001, opaque-bearer-002, opaque-bearer-003")
	})
	client := newClient(t, Config{URL: site, Visit: []Request{{URL: "/begin", Take: map[string]string{"bearer": "json:bearer"}}}, Header: http.Header{"X-Bearer": {"{bearer}"}}})
	evidence, _ := client.Gather(t.Context(), []string{record.ProbeVisitors}, nil)
	run := record.Run{Evidence: evidence}
	run.Mask(client.Secrets())
	text, err := json.Marshal(run)
	if err != nil || given.Load() < 3 || strings.Contains(string(text), "opaque-bearer") {
		t.Errorf("%d were given, %v: %s", given.Load(), err, text)
	}
}

// TestLoginsByALink has a site that logs in by a link, and takes the last one that it has
// sent to a user: logins of the same user must not come between each other.
func TestLoginsByALink(t *testing.T) {
	var mu sync.Mutex
	last := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /link", func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		last[r.FormValue("user")] = rand.Text()
	})
	mux.HandleFunc("GET /mails", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, `<a href="/in?user=%[1]s&amp;link=%[2]s">log in</a>`, r.FormValue("to"), last[r.FormValue("to")])
	})
	mux.HandleFunc("GET /in", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if user := r.FormValue("user"); user == "" || last[user] != r.FormValue("link") {
			http.Error(w, "an old link", http.StatusForbidden)
			return
		}
		delete(last, r.FormValue("user"))
		http.SetCookie(w, &http.Cookie{Name: "session", Value: rand.Text(), Path: "/"})
	})
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}).SignedString(keys.For("issuer"))
		_, _ = w.Write([]byte(token))
	})
	site := httptest.NewServer(mux)
	defer site.Close()
	user := User{Name: "ann", Login: []Request{
		{URL: "/link", Form: map[string]string{"user": "ann"}},
		{URL: "/mails?to=ann", Take: map[string]string{"link": "html:a@href"}},
		{URL: "{link}"},
	}}
	no := false
	client := newClient(t, Config{URL: site.URL + "/token", Anonymous: &no, Users: []User{user}, Rate: 5000})
	client.apart = 0
	e := gather(t, client, record.ProbeVisitors, record.ProbeParallel, record.ProbeLogin, record.ProbeCrossSiteLogin)
	logins := e.exchanges(record.ProbeSession, record.VariantLogin)
	if len(logins) < 2*len(user.Login) {
		t.Errorf("%d requests of logins: none could have overtaken another", len(logins))
	}
	for _, x := range logins {
		if x.Refused != "" {
			t.Errorf("%s: %s", x.Request.URL, x.Refused)
		}
	}
}
