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

// TestInitTakesTheRequestsThatItIsTold has logins and visits that nobody finds out: they
// are told as the page sends them, and where the values stand that one gives to another is
// found and written.
func TestInitTakesTheRequestsThatItIsTold(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("BOB_PASSWORD", "swordfish-bob")
	t.Setenv("CLIENT", "client-secret-4711")
	body := func(r *http.Request) string {
		text := new(strings.Builder)
		_, _ = fmt.Fprint(text, r.PostFormValue("grant_type"))
		buffer := make([]byte, 1000)
		n, _ := r.Body.Read(buffer)
		return text.String() + string(buffer[:n])
	}
	who := func(text string) string {
		for _, name := range []string{"ann", "bob"} {
			if strings.Contains(text, name) {
				return name
			}
		}
		return ""
	}
	session := func(w http.ResponseWriter, name string) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: name, Path: "/"})
	}
	for name, test := range map[string]struct {
		routes map[string]http.HandlerFunc
		path   string
		args   []string
		has    string
	}{
		"a code after the password": {map[string]http.HandlerFunc{
			"POST /otp": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"challenge": {"id": "c-%s"}}`, who(body(r)))
			},
			"POST /otp/code": func(w http.ResponseWriter, r *http.Request) {
				if text := body(r); strings.Contains(text, `"c-`) && strings.Contains(text, "000000") {
					session(w, who(text))
				}
			},
		}, "/token", []string{"--login", `/otp {"email": "{name}"}`, "--login", `/otp/code {"id": "{id}", "code": "000000"}`}, "id: json:challenge.id"},
		"access by refresh": {map[string]http.HandlerFunc{
			"POST /sessions": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"refresh_token": "r-%s"}`, who(body(r)))
			},
			"POST /tokens": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"access_token": "access-of-the-user-%s"}`, who(body(r)))
			},
		}, "/token", []string{"--header", "Authorization: Bearer {access}", "--login", `/sessions {"user": "{name}", "password": "{password}"}`, "--login", `/tokens {"refresh_token": "{refresh_token}"}`}, "access: json:access_token"},
		"a flow of names and values": {map[string]http.HandlerFunc{
			"GET /flow": func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"ui": {"action": "/submit?flow=f-1", "nodes": [{"attributes": {"name": "csrf_token", "value": "t-1"}}]}}`)
			},
			"POST /submit": func(w http.ResponseWriter, r *http.Request) {
				if text := body(r); r.FormValue("flow") == "f-1" && strings.Contains(text, `"t-1"`) {
					session(w, who(text))
				}
			},
		}, "/token", []string{"--login", "/flow", "--login", `{action} {"csrf": "{csrf_token}", "user": "{name}", "password": "{password}"}`}, "csrf_token: json:ui.nodes.0.attributes.value"},
		"a link in a mail": {map[string]http.HandlerFunc{
			"POST /magic": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
			"GET /mailbox": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"messages": [{"html": "<p>Hello</p><a id=link href=/enter?key=k-%s>log in</a>"}]}`, r.FormValue("to"))
			},
			"GET /enter": func(w http.ResponseWriter, r *http.Request) { session(w, who(r.FormValue("key"))) },
		}, "/token", []string{"--login", `/magic {"email": "{name}"}`, "--login", "/mailbox?to={name}", "--login", "{link}"}, "json:messages.0.html | html:#link@href"},
		"a login in XML": {map[string]http.HandlerFunc{"POST /ws": func(w http.ResponseWriter, r *http.Request) {
			if text := body(r); strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml") && strings.Contains(text, "<p>swordfish-"+who(text)+"</p>") {
				session(w, who(text))
			}
		}}, "/token", []string{"--login", "/ws <e><u>{name}</u><p>{password}</p></e>"}, "Content-Type: text/xml; charset=utf-8\n    json: <e><u>ann</u><p>${ANN_PASSWORD}</p></e>"},
		"an address from a link": {map[string]http.HandlerFunc{
			"POST /begin": func(w http.ResponseWriter, r *http.Request) {
				name := who(body(r))
				session(w, name)
				fmt.Fprintf(w, `{"_links": {"chat:token": {"href": "/customers/c-%s/token"}}}`, name)
			},
			"GET /customers/{id}/token": func(w http.ResponseWriter, r *http.Request) {
				if cookie, err := r.Cookie("session"); err == nil && "c-"+cookie.Value == r.PathValue("id") {
					fmt.Fprint(w, visitorToken(t, cookie.Value))
				} else {
					w.WriteHeader(http.StatusForbidden)
				}
			},
		}, "/customers/{id}/token", []string{"--login", `/begin {"user": "{name}", "password": "{password}"}`}, "json:_links.chat:token.href | match:/customers/([^/?#]+)"},
		"a nonce on the page behind the login": {map[string]http.HandlerFunc{
			"GET /{$}": func(w http.ResponseWriter, r *http.Request) {
				if cookie, err := r.Cookie("session"); err == nil {
					fmt.Fprintf(w, `<script>var api = {"nonce":"n-%s"};</script>`, cookie.Value)
				}
			},
			"POST /enter": func(w http.ResponseWriter, r *http.Request) { session(w, r.PostFormValue("log")) },
			"POST /ajax": func(w http.ResponseWriter, r *http.Request) {
				if cookie, err := r.Cookie("session"); err == nil && r.PostFormValue("nonce") == "n-"+cookie.Value {
					fmt.Fprint(w, visitorToken(t, cookie.Value))
				} else {
					w.WriteHeader(http.StatusForbidden)
				}
			},
		}, "/ajax", []string{"--method", "POST", "--header", "Content-Type: application/x-www-form-urlencoded", "--body", "nonce={nonce}", "--login", "/enter log={name}&pwd={password}"}, "nonce: 'match:"},
	} {
		t.Run(name, func(t *testing.T) {
			initWrites(t, loginSite(t, test.routes).URL+test.path, test.has, test.args...)
		})
	}
}

// TestInitTakesTheVisitThatItIsTold has a gateway that wants the bearer of the client:
// its secret comes from the environment, and is not written.
func TestInitTakesTheVisitThatItIsTold(t *testing.T) {
	t.Setenv("CLIENT", "client-secret-4711")
	site := loginSite(t, map[string]http.HandlerFunc{"POST /oauth/token": func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("client_secret") == "client-secret-4711" {
			fmt.Fprint(w, `{"access_token": "access-of-the-user-visitor"}`)
		}
	}})
	for _, secret := range []string{"${CLIENT}", "client-secret-4711"} {
		file := filepath.Join(t.TempDir(), "webchatspec.yaml")
		code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--header", "Authorization: Bearer {access_token}",
			"--visit", "/oauth/token grant_type=client_credentials&client_secret="+secret)
		text, err := os.ReadFile(file)
		if code != ExitOK || err != nil || !strings.Contains(string(text), "access_token: json:access_token") || !strings.Contains(string(text), "client_secret: ${") {
			t.Errorf("%s: exit %d, %v\n%s\n%s", secret, code, err, output, text)
		}
		if strings.Contains(string(text)+output, "4711") {
			t.Errorf("%s: the secret was written", secret)
		}
	}
}

// TestInitSaysWhichValueIsMissing names what no answer had, and what they have.
func TestInitSaysWhichValueIsMissing(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	site := loginSite(t, map[string]http.HandlerFunc{"POST /enter": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ticket": "t-1"}`) }})
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--header", "X-Seal: {seal}", "--user", "ann=ANN_PASSWORD", "--login", "/enter user={name}")
	if code != ExitInconclusive || !strings.Contains(output, "No answer has anything called seal") || !strings.Contains(output, "/enter 200  JSON with ticket") {
		t.Errorf("exit %d\n%s", code, output)
	}
}

// TestInitNamesNoVariableForASite has a page that speaks of a variable as the
// configuration does: it is no more than a text.
func TestInitNamesNoVariableForASite(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("INNOCENT_SECRET", "nobody-may-know-this")
	site := loginSite(t, map[string]http.HandlerFunc{
		"GET /login": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<form method=post><input type=hidden name=f value="${INNOCENT_SECRET}"><input name=user><input type=password name=password></form>`)
		},
		"POST /login": func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.PostFormValue("f"), "nobody") {
				t.Error("a site was sent a variable that it named")
			}
			begin("user")(w, r)
		},
	})
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--user", "ann=ANN_PASSWORD")
	if text, err := os.ReadFile(file); code != ExitOK || err != nil {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitWaitsWhereItIsTooMuch has an endpoint that refuses every second request, and
// says for how long.
func TestInitWaitsWhereItIsTooMuch(t *testing.T) {
	requests := 0
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests%2 == 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		} else if r.Method == http.MethodPost && r.ContentLength == 2 {
			fmt.Fprint(w, visitorToken(t, fmt.Sprint(requests)))
		} else {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	defer site.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file)
	if text, err := os.ReadFile(file); code != ExitOK || err != nil || !strings.Contains(string(text), "body: '{}'") || !strings.Contains(output, "too often") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}
