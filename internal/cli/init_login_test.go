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

// initWrites has init ask the endpoint with two users, and wants a text in what it writes,
// and no password there.
func initWrites(t *testing.T, endpoint, has string, args ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), append([]string{"init", endpoint, "--write", file, "--user", "ann=ANN_PASSWORD", "--user", "bob=BOB_PASSWORD"}, args...)...)
	text, err := os.ReadFile(file)
	if code != ExitOK || err != nil || !strings.Contains(string(text), has) {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
	if strings.Contains(string(text)+output, "swordfish") {
		t.Error("a password was written")
	}
}

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
		}, "- url: /auth/login\n    take:\n      state: form:state\n    follow: true\n  - url: /provider/login\n"},
		"e-mail first": {map[string]http.HandlerFunc{
			"GET /login": func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `<form method=post><input type=email name=email><button>Next</button></form>`)
			},
			"POST /login": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/login/password?flow=f-4711-"+r.PostFormValue("email"), http.StatusFound)
			},
			"GET /login/password": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `<form method=post action=/login/password><input type=hidden name=flow value=%q><input type=password name=password></form>`, r.FormValue("flow"))
			},
			"POST /login/password": func(w http.ResponseWriter, r *http.Request) {
				name := strings.TrimPrefix(r.PostFormValue("flow"), "f-4711-")
				r.PostForm.Set("name", name)
				begin("name")(w, r)
			},
		}, "flow: '{flow}'"},
		"a form that posts itself": {map[string]http.HandlerFunc{
			"GET /login": func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `<form method=post action=/provider><input name=user><input type=password name=password></form>`)
			},
			"POST /provider": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `<body onload="document.forms[0].submit()"><form method=post action=/callback><input type=hidden name=code value="code-of-%s"><input type=hidden name=state value=s-1></form>`, r.PostFormValue("user"))
			},
			"POST /callback": func(w http.ResponseWriter, r *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: strings.TrimPrefix(r.PostFormValue("code"), "code-of-"), Path: "/"})
			},
		}, "code: '{code}'"},
		"an action made for one login": {map[string]http.HandlerFunc{
			"GET /login": redirect("/provider/auth?state=s-1"),
			"GET /provider/auth": func(w http.ResponseWriter, _ *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "flow", Value: "once-1", Path: "/"})
				fmt.Fprint(w, `<form id=kc method=post action="/provider/authenticate?session_code=code-of-once-1&amp;execution=e1"><input name=username><input type=password name=password></form>`)
			},
			"POST /provider/authenticate": func(w http.ResponseWriter, r *http.Request) {
				if cookie, err := r.Cookie("flow"); err == nil && r.FormValue("session_code") == "code-of-"+cookie.Value && r.FormValue("execution") == "e1" {
					begin("username")(w, r)
				}
			},
		}, "session_code: html:form@action | query:session_code"},
		"HTTP Basic": {map[string]http.HandlerFunc{"/basic": func(http.ResponseWriter, *http.Request) {}}, "Authorization: Basic ${ANN_BASIC}"},
	} {
		t.Run(name, func(t *testing.T) {
			initWrites(t, loginSite(t, test.routes).URL+"/token", test.has)
		})
	}
}

// TestInitFindsTheUsersOwnAddress has an endpoint of each user's own: what of the address
// is one user's is taken from the answer to the login, or is the name.
func TestInitFindsTheUsersOwnAddress(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("BOB_PASSWORD", "swordfish-bob")
	figures := map[string]int{"ann": 1017, "bob": 1018}
	for name, test := range map[string]struct {
		path string // of ann's endpoint
		has  string
	}{
		"number":  {"/users/c-ann-1017/token", "/users/{id}/token\n"},
		"figures": {"/users/1017/token", "/users/{id}/token\n"},
		"query":   {"/own?customer=c-ann-1017", "/own?customer={id}\n"},
		"name":    {"/users/ann/token", "/users/{name}/token\n"},
	} {
		t.Run(name, func(t *testing.T) {
			serve := func(w http.ResponseWriter, r *http.Request, whose string) {
				cookie, err := r.Cookie("session")
				if err != nil {
					w.WriteHeader(http.StatusUnauthorized)
				} else if whose != cookie.Value && whose != "c-"+cookie.Value+"-1017" && whose != fmt.Sprint(figures[cookie.Value]) {
					w.WriteHeader(http.StatusForbidden)
				} else {
					fmt.Fprint(w, visitorToken(t, cookie.Value))
				}
			}
			site := loginSite(t, map[string]http.HandlerFunc{
				"POST /login": func(w http.ResponseWriter, r *http.Request) {
					begin("username")(w, r)
					fmt.Fprintf(w, `{"customer": {"number": "c-%s-1017", "id": %d}}`, r.PostFormValue("username"), figures[r.PostFormValue("username")])
				},
				"GET /users/{id}/token": func(w http.ResponseWriter, r *http.Request) { serve(w, r, r.PathValue("id")) },
				"GET /own":              func(w http.ResponseWriter, r *http.Request) { serve(w, r, r.FormValue("customer")) },
			})
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), "init", site.URL+test.path, "--write", file, "--user", "ann=ANN_PASSWORD", "--user", "bob=BOB_PASSWORD")
			text, err := os.ReadFile(file)
			if code != ExitOK || err != nil || !strings.Contains(string(text), test.has) {
				t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
			}
		})
	}
}

// TestInitGoesToAnotherHostWhenItIsNamed has a login that leads to a provider on another
// host: it is told which one, and gone to when --login names it.
func TestInitGoesToAnotherHostWhenItIsNamed(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	site := ""
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `<form method=post><input name=username><input type=password name=password></form>`)
		} else if r.PostFormValue("password") == "swordfish-"+r.PostFormValue("username") {
			http.Redirect(w, r, site+"/callback?code="+r.PostFormValue("username")+"&state="+r.FormValue("state"), http.StatusFound)
		}
	}))
	defer provider.Close()
	other := strings.Replace(provider.URL, "127.0.0.1", "localhost", 1)
	site = loginSite(t, map[string]http.HandlerFunc{
		"GET /login": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other+"/auth?client_id=chat&state=s-1", http.StatusFound)
		},
		"GET /callback": func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("state") == "s-1" {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: r.FormValue("code"), Path: "/"})
			}
		},
	}).URL
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	ask := []string{"init", site + "/token", "--write", file, "--force", "--user", "ann=ANN_PASSWORD"}
	if code, output := command(t.Context(), ask...); code != ExitInconclusive || !strings.Contains(output, "--login "+other+"/") {
		t.Errorf("exit %d\n%s", code, output)
	}
	code, output := command(t.Context(), append(ask, "--login", other+"/")...)
	text, err := os.ReadFile(file)
	if want := "state: query:state\n    follow: true\n  - url: " + other + "/auth?client_id=chat&state={state}"; code != ExitOK || err != nil || !strings.Contains(string(text), want) {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitLogsInBesideVisitors has a site that serves visitors with and without a login:
// the file has both.
func TestInitLogsInBesideVisitors(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, visitorToken(t, "v-1")) })
	site := httptest.NewServer(mux)
	defer site.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	ask := []string{"init", site.URL + "/token", "--write", file, "--force", "--user", "ann=ANN_PASSWORD", "--header", "X-Chat: true"}
	if code, output := command(t.Context(), ask...); code != ExitOK || !strings.Contains(output, "No form to log in was found") {
		t.Errorf("without a form: exit %d\n%s", code, output)
	}
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<form method=post><input name=user><input type=password name=password></form>`)
	})
	mux.HandleFunc("POST /login", begin("user"))
	code, output := command(t.Context(), ask...)
	text, err := os.ReadFile(file)
	if err != nil || code != ExitOK || !strings.Contains(string(text), "user: ann") || strings.Contains(string(text), "anonymous:") || !strings.Contains(string(text), "X-Chat: 'true'") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitTellsWhatTheLoginAnswered has logins that want more than a name and a password:
// what they want is told, and no value of theirs.
func TestInitTellsWhatTheLoginAnswered(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	for name, test := range map[string]struct {
		status       int
		answer, says string
	}{
		"a code":   {200, `{"next": "otp", "challenge": {"id": "challenge-4711-long"}}`, "/login 200  JSON with challenge.id, next"},
		"a client": {401, `{"error": "invalid_client"}`, `/login 401  {"error": "invalid_client"}`},
	} {
		site := loginSite(t, map[string]http.HandlerFunc{"POST /login": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.answer)
		}})
		file := filepath.Join(t.TempDir(), "webchatspec.yaml")
		code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--user", "ann=ANN_PASSWORD", "--login", "/login")
		if code != ExitInconclusive || !strings.Contains(output, test.says) || strings.Contains(output, "challenge-4711") {
			t.Errorf("%s: exit %d\n%s", name, code, output)
		}
	}
}

// TestInitKeepsWhatWasGiven has a way of asking that brings no token: the file has it.
func TestInitKeepsWhatWasGiven(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"error": "no"}`) }))
	defer site.Close()
	for body, kept := range map[string]string{
		`{"chat": 1}`: `{"chat": 1}`, "<GetChatToken xmlns='urn:shop'/>": "GetChatToken xmlns=", "purpose=chat-window": "purpose=chat-window",
		`{"apiKey": "swordfish-4711", "for": "chat-window"}`: `{"apiKey": "${SITE_APIKEY}", "for": "chat-window"}`,
	} {
		file := filepath.Join(t.TempDir(), "webchatspec.yaml")
		code, output := command(t.Context(), "init", site.URL, "--write", file, "--method", "PUT", "--body", body)
		text, err := os.ReadFile(file)
		if code != ExitInconclusive || err != nil || !strings.Contains(string(text), "\nmethod: PUT\n") || !strings.Contains(string(text), kept) || strings.Contains(string(text), "swordfish") {
			t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
		}
	}
}
