package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cookieOf is the value of a cookie of the request, "" when it has none.
func cookieOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// jsonLogin takes a login in JSON from the site's own pages, and sets a cookie.
func jsonLoginOf(field string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var given map[string]string
		if json.NewDecoder(r.Body).Decode(&given) != nil || given[field] == "" || given["password"] != "swordfish-"+given[field] {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: given[field], Path: "/"})
	}
}

func endSession(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	w.WriteHeader(http.StatusNoContent)
}

// TestInitOfSites has sites as teams build them, and what init writes for each.
func TestInitOfSites(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("BOB_PASSWORD", "swordfish-bob")
	visitors := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, visitorToken(t, "v-1")) }
	users := func(w http.ResponseWriter, r *http.Request) {
		if cookieOf(r, "session") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, visitorToken(t, cookieOf(r, "session")))
	}
	for name, test := range map[string]struct {
		routes   map[string]http.HandlerFunc
		endpoint string
		args     []string
		has      []string
		hasNot   string
	}{
		"a link leads to the login": {endpoint: "/token", has: []string{"url: /konto/eingang", "benutzer: bob"},
			routes: map[string]http.HandlerFunc{
				"GET /token": visitors,
				"GET /{$}":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<a href="/konto/eingang">Anmelden</a>`) },
				"GET /konto/eingang": func(w http.ResponseWriter, _ *http.Request) {
					fmt.Fprint(w, `<form method=post><input name=benutzer><input type=password name=password></form>`)
				},
				"POST /konto/eingang": begin("benutzer"),
			}},
		"the site lies below a path": {endpoint: "/shop/de/api/token", has: []string{"url: /shop/de/enter", "user: bob"},
			routes: map[string]http.HandlerFunc{
				"GET /shop/de/api/token": visitors,
				"GET /shop/de/{$}":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<a href="enter">Log in</a>`) },
				"GET /shop/de/enter": func(w http.ResponseWriter, _ *http.Request) {
					fmt.Fprint(w, `<form method=post><input name=user><input type=password name=password></form>`)
				},
				"POST /shop/de/enter": begin("user"),
			}},
		"JSON logs in beside visitors": {endpoint: "/chat/token", has: []string{"url: /api/login", `{"password":"${BOB_PASSWORD}","username":"bob"}`, "url: /api/logout"},
			routes: map[string]http.HandlerFunc{"GET /chat/token": visitors, "POST /api/login": jsonLoginOf("username"), "POST /api/logout": endSession}},
		"what takes anything is no login": {endpoint: "/chat/token", hasNot: "users:",
			routes: map[string]http.HandlerFunc{"GET /chat/token": visitors, "POST /api/session": func(w http.ResponseWriter, _ *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "anonymous", Value: "a-1", Path: "/"})
			}}},
		"headers of a script": {endpoint: "/token", has: []string{"Accept: application/json", "Origin: http://127"}, hasNot: "X-Requested-With",
			routes: map[string]http.HandlerFunc{"POST /token": func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Origin") != "http://"+r.Host || !strings.Contains(r.Header.Get("Accept"), "json") {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				visitors(w, r)
			}}},
		"the login alone wants a token against forgery": {endpoint: "/token",
			has: []string{"url: /sanctum/csrf-cookie", "csrf: cookie:XSRF-TOKEN", "X-Xsrf-Token: '{csrf}'", "Origin: http://127", "url: /logout"},
			routes: map[string]http.HandlerFunc{
				"GET /sanctum/csrf-cookie": func(w http.ResponseWriter, _ *http.Request) {
					http.SetCookie(w, &http.Cookie{Name: "XSRF-TOKEN", Value: "x-4711%3D", Path: "/"})
				},
				"POST /login":  guarded(jsonLoginOf("email")),
				"POST /logout": guarded(endSession),
				"GET /token": func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Origin") == "" {
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					users(w, r)
				},
			}},
		"a told login takes what the visit has": {endpoint: "/token", has: []string{"XSRF-TOKEN: cookie:XSRF-TOKEN"},
			args: []string{"--visit", "/start", "--login", `/login -H "X-XSRF-TOKEN: {XSRF-TOKEN}" {"email": "{name}", "password": "{password}"}`},
			routes: map[string]http.HandlerFunc{
				"GET /start": func(w http.ResponseWriter, _ *http.Request) {
					http.SetCookie(w, &http.Cookie{Name: "XSRF-TOKEN", Value: "x-4711%3D", Path: "/"})
				},
				"POST /login": guarded(jsonLoginOf("email")), "GET /token": users,
			}},
		"the login renews the session": {endpoint: "/token?session={session}", has: []string{"users:", "session: json:session\n  logout:", "session: json:session\n- name: bob"},
			args: []string{"--visit", `/start {"begin": true}`, "--login", `/login?session={session} {"user": "{name}", "password": "{password}"}`, "--logout", "POST /logout?session={session}"},
			routes: map[string]http.HandlerFunc{
				"POST /start": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"session": "s-visitor-4711"}`) },
				"POST /login": func(w http.ResponseWriter, r *http.Request) {
					if r.FormValue("session") != "s-visitor-4711" {
						w.WriteHeader(http.StatusForbidden)
						return
					}
					fmt.Fprint(w, `{"session": "s-user-4711"}`)
				},
				"POST /logout": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"session": "s-left-4711"}`) },
				"GET /token": func(w http.ResponseWriter, r *http.Request) {
					if !strings.HasPrefix(r.FormValue("session"), "s-") {
						w.WriteHeader(http.StatusBadRequest)
						return
					}
					visitors(w, r)
				},
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			for pattern, handler := range test.routes {
				mux.HandleFunc(pattern, handler)
			}
			site := httptest.NewServer(mux)
			defer site.Close()
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			args := append([]string{"init", site.URL + test.endpoint, "--write", file, "--user", "ann=ANN_PASSWORD", "--user", "bob=BOB_PASSWORD"}, test.args...)
			code, output := command(t.Context(), args...)
			text, err := os.ReadFile(file)
			if code != ExitOK || err != nil || test.hasNot != "" && strings.Contains(string(text), test.hasNot) {
				t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
			}
			for _, want := range test.has {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in\n%s\n%s", want, text, output)
				}
			}
		})
	}
}

// guarded wants the token against forgery in a header, as scripts send it back.
func guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		const expired = 419
		if cookieOf(r, "XSRF-TOKEN") == "" || r.Header.Get("X-XSRF-TOKEN") != "x-4711=" {
			w.WriteHeader(expired)
			return
		}
		next(w, r)
	}
}

// TestInitSaysWhatTheEndpointAnswered has endpoints that nobody can find out: init says what
// they answered, and claims no login of which they have not spoken.
func TestInitSaysWhatTheEndpointAnswered(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	for name, test := range map[string]struct {
		path   string
		says   []string
		silent string
	}{
		"a body is wanted":    {"/ajax", []string{"It gave no token: GET was answered with status 400", "400  wrong action", "a body or a header may be missing"}, "It requires a login"},
		"a key is wanted":     {"/key", []string{"It requires a login", "want a key", `{"error":"invalid api key"}`}, ""},
		"a value is not told": {"/visitors/{id}/token", []string{"anything called id: tell the request", "in 1 request and"}, "The answers were"},
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("/ajax", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "wrong action", http.StatusBadRequest) })
		mux.HandleFunc("/key", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"invalid api key"}`, http.StatusUnauthorized)
		})
		site := httptest.NewServer(mux)
		file := filepath.Join(t.TempDir(), "webchatspec.yaml")
		args := []string{"init", site.URL + test.path, "--write", file}
		if !strings.Contains(test.path, "{") {
			args = append(args, "--user", "ann=ANN_PASSWORD")
		}
		code, output := command(t.Context(), args...)
		site.Close()
		for _, want := range test.says {
			if code != ExitInconclusive || !strings.Contains(output, want) || test.silent != "" && strings.Contains(output, test.silent) {
				t.Errorf("%s: exit %d, want %q\n%s", name, code, want, output)
			}
		}
	}
}
