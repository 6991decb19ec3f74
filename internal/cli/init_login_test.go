package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loginSite is a site whose login is the given one. It serves the user whom a cookie, a
// bearer or HTTP Basic names, which is enough to tell the ways apart.
func loginSite(t *testing.T, routes map[string]http.HandlerFunc) *httptest.Server {
	mux := http.NewServeMux()
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if cookie, err := r.Cookie("session"); err == nil {
			user = cookie.Value
		}
		if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer access-of-the-user-"); ok {
			user = bearer
		}
		if user == "" || routes["/basic"] == nil && strings.HasPrefix(r.Header.Get("Authorization"), "Basic ") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, visitorToken(t, user))
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

// begin gives a session to who names itself in the field.
func begin(field string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue(field) == "" || r.PostFormValue("password") != "swordfish-"+r.PostFormValue(field) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: r.PostFormValue(field), Path: "/"})
	}
}

// TestInitLogsIn finds logins of several kinds; what it writes was tried with both users.
func TestInitLogsIn(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("BOB_PASSWORD", "swordfish-bob")
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for name, test := range map[string]struct {
		routes map[string]http.HandlerFunc
		has    string
	}{
		"a form without a page": {map[string]http.HandlerFunc{"POST /login": begin("username")}, "- url: /login\n    form:\n      password: ${ANN_PASSWORD}\n      username: ann\n"},
		"Auth.js": {map[string]http.HandlerFunc{
			"GET /api/auth/csrf":                  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"csrfToken": "t-1"}`) },
			"POST /api/auth/callback/credentials": begin("username"),
		}, "csrf: json:csrfToken"},
		"a bearer in a list": {map[string]http.HandlerFunc{"POST /login": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"tokens": [{"kind": "access", "value": "access-of-the-user-%s"}]}`, r.PostFormValue("username"))
		}}, "access: json:tokens.0.value"},
		"single sign-on": {map[string]http.HandlerFunc{
			"GET /auth/login": redirect("/provider/auth?state=s-1"),
			"GET /provider/auth": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `<form method=post action=login><input type=hidden name=state value=%q><input name=user><input type=password name=password></form>`, r.FormValue("state"))
			},
			"POST /provider/login": begin("user"),
		}, "- url: /auth/login\n    take:\n      csrf: form:state\n    follow: true\n  - url: /provider/login\n"},
		"HTTP Basic": {map[string]http.HandlerFunc{"/basic": func(http.ResponseWriter, *http.Request) {}}, "Authorization: Basic ${ANN_BASIC}"},
	} {
		t.Run(name, func(t *testing.T) {
			site := loginSite(t, test.routes)
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--user", "ann=ANN_PASSWORD", "--user", "bob=BOB_PASSWORD")
			text, err := os.ReadFile(file)
			if code != ExitOK || err != nil || !strings.Contains(string(text), test.has) {
				t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
			}
			if strings.Contains(string(text)+output, "swordfish") {
				t.Error("a password was written")
			}
		})
	}
}
