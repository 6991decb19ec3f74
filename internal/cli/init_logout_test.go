package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestInitFindsHowUsersLogOut on pages and beside the login; what a page calls so and
// what it does not are told apart by whether the user's token still comes.
func TestInitFindsHowUsersLogOut(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("BOB_PASSWORD", "swordfish-bob")
	end := func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	}
	page := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	for name, test := range map[string]struct {
		routes map[string]http.HandlerFunc
		args   []string
		has    string
	}{
		"a form of Rails": {map[string]http.HandlerFunc{
			"GET /{$}": page(`<form action=/search><input type=hidden name=authenticity_token value=of-the-search></form>
				<form method=post action=/session><input type=hidden name=_method value=delete><input type=hidden name=authenticity_token value=of-the-session><button>Bye</button></form>`),
			"POST /session": func(w http.ResponseWriter, r *http.Request) {
				if r.PostFormValue("_method") == "delete" && r.PostFormValue("authenticity_token") == "of-the-session" {
					end(w, r)
				} else {
					w.WriteHeader(http.StatusUnprocessableEntity)
				}
			},
		}, nil, "_method: delete\n      authenticity_token: '{csrf}'"},
		"a link, beside one that does not log out": {map[string]http.HandlerFunc{
			"GET /{$}":           page(`<a href="/log-out-everywhere-else?of=others">Log out elsewhere</a> <a href="/leave">Sign out</a>`),
			"GET /leave":         end,
			"GET /logout-advice": page("no"),
		}, nil, "logout:\n  - url: /leave\n"},
		"a link that a script of Rails sends": {map[string]http.HandlerFunc{
			"GET /{$}": page(`<meta name=csrf-param content=authenticity_token><meta name=csrf-token content=t-1><a data-method=delete href=/users/sign_out>Bye</a>`),
			"POST /users/sign_out": func(w http.ResponseWriter, r *http.Request) {
				if r.PostFormValue("_method") == "delete" && r.PostFormValue("authenticity_token") == "t-1" {
					end(w, r)
				} else {
					w.WriteHeader(http.StatusUnprocessableEntity)
				}
			},
		}, nil, "csrf: meta:csrf-token"},
		"a link with a nonce": {map[string]http.HandlerFunc{
			"GET /{$}": page(`<a href="/in.php?action=logout&amp;_wpnonce=n-1">Leave</a>`),
			"GET /in.php": func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("_wpnonce") == "n-1" {
					end(w, r)
				}
			},
		}, nil, "leave: html:a[href*=\"logout\"]@href\n    follow: true\n  - url: '{leave}'\n"},
		"a link to a page with a form": {map[string]http.HandlerFunc{
			"GET /{$}":       page(`<a href="/sign-out">Leave</a>`),
			"GET /sign-out":  page(`<form method=post><button>Sign out</button></form>`),
			"POST /sign-out": end,
		}, nil, "logout:\n  - url: /sign-out\n    method: POST\n"},
		"a request beside the login": {map[string]http.HandlerFunc{"POST /logout": end}, nil, "logout:\n  - url: /logout\n    method: POST\n"},
		"as it is told": {map[string]http.HandlerFunc{"DELETE /away": func(w http.ResponseWriter, r *http.Request) {
			if user, _, _ := r.BasicAuth(); r.Header.Get("X-Client") == "web" && user != "" {
				end(w, r)
			}
		}}, []string{"--logout", `DELETE /away -H "X-Client: web" -u {name}:{password}`}, "Authorization: Basic ${BOB_BASIC}\n      X-Client: web\n"},
	} {
		t.Run(name, func(t *testing.T) {
			test.routes["POST /login"] = begin("username")
			initWrites(t, loginSite(t, test.routes).URL+"/token", test.has, test.args...)
		})
	}
}

// TestInitPressesNoOtherButton than that of a logout, whatever stands beside it.
func TestInitPressesNoOtherButton(t *testing.T) {
	for text, want := range map[string]bool{
		`<form method=post action=/logout><button>Bye</button></form>`:                                              true,
		`<form method=post action=/x><input type=hidden name=t value=1><input type=submit value="Sign out"></form>`: true,
		`<form method=post action=/x><p>You log out everywhere.</p><button>Close my account</button></form>`:        false,
		`<form method=post action=/x><textarea name=why></textarea><button>Log out and delete</button></form>`:      false,
		`<form method=post action=/login><input type=password name=p><button>Log out others</button></form>`:        false,
		`<form method=post action=/orders><button>Sign off the order</button></form>`:                               false,
	} {
		found := false
		eachElement([]byte(text), func(n *html.Node) { found = found || n.Data == "form" && isLogoutForm(n) })
		if found != want {
			t.Errorf("%t for %s", found, text)
		}
	}
}

// TestInitTellsWhereItFindsNoLogout has a site on which the user stays logged in.
func TestInitTellsWhereItFindsNoLogout(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	site := loginSite(t, map[string]http.HandlerFunc{"POST /login": begin("username"), "POST /logout": func(http.ResponseWriter, *http.Request) {}})
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--user", "ann=ANN_PASSWORD")
	if text, err := os.ReadFile(file); code != ExitOK || err != nil || strings.Contains(string(text), "\n  logout:") || !strings.Contains(output, "--logout 'POST /logout'") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitSendsTheHeadersThatItIsTold has providers whose clients prove themselves by HTTP
// Basic. Neither secret is written.
func TestInitSendsTheHeadersThatItIsTold(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	t.Setenv("CLIENT_SECRET", "client-secret-4711")
	site := loginSite(t, map[string]http.HandlerFunc{"POST /oauth/token": func(w http.ResponseWriter, r *http.Request) {
		client, secret, _ := r.BasicAuth()
		if client == "shop" && secret == "client-secret-4711" && r.Header.Get("X-Tenant") == "north" {
			fmt.Fprintf(w, `{"access_token": "access-of-the-user-%s"}`, r.PostFormValue("username"))
		} else {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}})
	for _, told := range []string{"-u shop:${CLIENT_SECRET}", `-u "shop:client-secret-4711"`, "-H 'Authorization: Basic c2hvcDpjbGllbnQtc2VjcmV0LTQ3MTE='"} {
		for _, args := range [][]string{
			{"--visit", "/oauth/token -H 'X-Tenant: north' " + told + " grant_type=client_credentials&username=visitor", "--header", "Authorization: Bearer {access_token}"},
			{"--login", "/oauth/token " + told + " -H X-Tenant:north grant_type=password&username={name}&password={password}", "--user", "ann=ANN_PASSWORD"},
		} {
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), append([]string{"init", site.URL + "/token", "--write", file}, args...)...)
			text, err := os.ReadFile(file)
			if code != ExitOK || err != nil || !strings.Contains(string(text), "Authorization: Basic ${SITE_BASIC}\n") && !strings.Contains(string(text), "Authorization: ${SITE_AUTHORIZATION}\n") {
				t.Errorf("%s: exit %d, %v\n%s\n%s", told, code, err, output, text)
			}
			if all := string(text) + output; strings.Contains(all, "4711") || strings.Contains(all, "c2hvcDpj") || strings.Contains(all, "swordfish") {
				t.Errorf("%s: a secret was written\n%s", told, all)
			}
		}
	}
}

// TestToldRequestsAreRead with their options, or refused with how they are written.
func TestToldRequestsAreRead(t *testing.T) {
	all, err := readGiven("login", []string{`PUT /a?b=c -u 'ada:pass word' -H "X-A: {b}" -HX-C:d {"e": "f"}`, "/login", "/x -Host"})
	if err == nil {
		t.Errorf("-Host was taken for a header: %+v", all)
	}
	all, err = readGiven("login", []string{`PUT /a?b=c -u 'ada:pass word' -H "X-A: {b}" -HX-C:d {"e": "f"}`})
	if err != nil || all[0].method != "PUT" || all[0].address != "/a?b=c" || all[0].basic != "ada:pass word" || all[0].header.Get("X-A") != "{b}" || all[0].header.Get("X-C") != "d" || all[0].body != `{"e": "f"}` {
		t.Errorf("%v, %+v", err, all)
	}
	for _, wrong := range []string{"/a -u ada", "/a -H X-A", "/a -H 'X A: b'", "/a -H", "/a -H 'X-A: b", "/a -u x:y {no"} {
		if all, err := readGiven("login", []string{wrong}); err == nil {
			t.Errorf("%s was read as %+v", wrong, all)
		}
	}
}
