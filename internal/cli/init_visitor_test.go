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

// TestInitFindsTheVisitorsOwnID where a refusal or a script of the page speaks of it, and
// says what scripts do that it cannot.
func TestInitFindsTheVisitorsOwnID(t *testing.T) {
	served := func(id string, refusal string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			value := map[string]string{"header": r.Header.Get("X-Device-Id"), "query": r.URL.Query().Get("clientId")}[id]
			if cookie, err := r.Cookie("visitor_id"); err == nil && id == "cookie" {
				value = cookie.Value
			}
			if len(value) < 30 {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, refusal)
				return
			}
			fmt.Fprint(w, visitorToken(t, value))
		}
	}
	for name, test := range map[string]struct {
		token        http.HandlerFunc
		page, script string
		code         int
		has          string // in the file or what is said
	}{
		"a header":           {token: served("header", "missing header X-Device-Id"), has: "X-Device-Id: '{visitor}'"},
		"a parameter":        {token: served("query", `{"error": "query parameter clientId is required"}`), has: "/token?clientId={visitor}\n"},
		"as FastAPI says it": {token: served("header", `{"detail":[{"loc":["header","x-device-id"],"msg":"Field required"}]}`), has: "x-device-id: '{visitor}'"},
		"a script in a page": {token: served("cookie", "no"), page: `<script>document.cookie = "visitor_id=" + id</script>`, has: "visitor_id: '{visitor}'"},
		"a script's library": {token: served("cookie", "no"), page: `<script src=/app.js></script>`, script: `Cookies.set('visitor_id', id)`, has: "visitor_id: '{visitor}'"},
		"a script's header":  {token: served("header", "no"), page: `<script src=/app.js></script>`, script: `fetch(url,{headers:{"X-Device-Id":id}})`, has: "X-Device-Id: '{visitor}'"},
		"a session by a script": {token: served("none", "no"), page: `<script src=/app.js></script>`, code: ExitInconclusive,
			script: `fetch("/api/session", {method: "POST", body: "{}"})`, has: "--visit 'POST /api/session"},
		"a script elsewhere":                      {token: served("none", "no"), page: `<script src=//elsewhere.example/app.js></script>`, code: ExitInconclusive, has: "It gave no token"},
		"a list of errors that is not of GraphQL": {token: served("none", `{"errors":[{"message":"visitor is unknown"}]}`), code: ExitInconclusive, has: "tell each with --visit"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /token", test.token)
			mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.page) })
			mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.script) })
			site := httptest.NewServer(mux)
			defer site.Close()
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), "init", site.URL+"/token", "--write", file)
			text, err := os.ReadFile(file)
			if all := string(text) + output; code != test.code || err != nil || !strings.Contains(all, test.has) || strings.Contains(all, "GraphQL server") {
				t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
			}
		})
	}
}

// TestInitKeepsThePlaceOfTheVisitorsOwnID that was given by flags: it is not a secret.
func TestInitKeepsThePlaceOfTheVisitorsOwnID(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("vid")
		if err != nil || r.Header.Get("X-Device") != cookie.Value || len(cookie.Value) < 30 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, visitorToken(t, cookie.Value))
	}))
	defer site.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--header", "X-Device: {visitor}", "--cookie", "vid={visitor}")
	if text, err := os.ReadFile(file); code != ExitOK || err != nil || !strings.Contains(string(text), "X-Device: '{visitor}'") || !strings.Contains(string(text), "vid: '{visitor}'") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitSaysWhatTheServerWants that it cannot know: the client's secret, an authority.
func TestInitSaysWhatTheServerWants(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "swordfish-ann")
	site := loginSite(t, map[string]http.HandlerFunc{"POST /oauth/token": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error": "invalid_client"}`)
	}})
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{site.URL + "/token", "--user", "ann=ANN_PASSWORD"}, ExitInconclusive, "--login '/oauth/token -u CLIENT:${CLIENT_SECRET}"},
		{[]string{site.URL + "/token", "--visit", "/oauth/token grant_type=client_credentials"}, ExitUnreachable, "--visit '/oauth/token -u CLIENT:${CLIENT_SECRET}"},
		{[]string{secure.URL + "/token"}, ExitUnreachable, "with --ca FILE"},
	} {
		code, output := command(t.Context(), append([]string{"init", "--write", filepath.Join(t.TempDir(), "webchatspec.yaml")}, test.args...)...)
		if code != test.code || !strings.Contains(output, test.says) {
			t.Errorf("%q: exit %d\n%s", test.args, code, output)
		}
	}
}

// TestInitSendsABodyByPost where no method was given, and says what a script as an answer
// means.
func TestInitSendsABodyByPost(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Channel string }
		if r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&sent) != nil || sent.Channel != "web" {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/javascript")
		fmt.Fprintf(w, "callback(%q)", visitorToken(t, "visitor"))
	}))
	defer site.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file, "--body", `{"channel": "web"}`)
	if text, err := os.ReadFile(file); code != ExitOK || err != nil || !strings.Contains(string(text), "method: POST") || !strings.Contains(output, "The answer is a script") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}

// TestInitFollowsToWhereASessionBegins has an endpoint that sends new visitors elsewhere
// for a cookie, and from there back.
func TestInitFollowsToWhereASessionBegins(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("vid")
		if err != nil {
			http.Redirect(w, r, "/begin", http.StatusFound)
			return
		}
		fmt.Fprint(w, visitorToken(t, cookie.Value))
	})
	visitors := 0
	mux.HandleFunc("GET /begin", func(w http.ResponseWriter, r *http.Request) {
		visitors++
		http.SetCookie(w, &http.Cookie{Name: "vid", Value: fmt.Sprint(visitors), Path: "/"})
		http.Redirect(w, r, "/token", http.StatusFound)
	})
	site := httptest.NewServer(mux)
	defer site.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	code, output := command(t.Context(), "init", site.URL+"/token", "--write", file)
	if text, err := os.ReadFile(file); code != ExitOK || err != nil || !strings.Contains(string(text), "/token\n  follow: true\n") {
		t.Errorf("exit %d, %v\n%s\n%s", code, err, output, text)
	}
}
