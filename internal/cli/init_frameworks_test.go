package cli

import (
	"encoding/base64"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/frameworks"
)

// TestInitOfFrameworks has init find out how the sites of well-known frameworks want
// to be asked: what it writes works, or it says what it could not find out.
func TestInitOfFrameworks(t *testing.T) {
	t.Setenv("ANN_PASSWORD", frameworks.Password)
	t.Setenv("BOB_PASSWORD", frameworks.Password)
	t.Setenv("SITE_X_API_KEY", frameworks.APIKey)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("staging:"+frameworks.Password))
	t.Setenv("SITE_AUTHORIZATION", basic)
	people := []string{"--user", "ann=ANN_PASSWORD", "--user", "bob=BOB_PASSWORD"}
	for name, test := range map[string]struct {
		flags []string
		path  string // in the place of the endpoint's
		code  int
		has   []string // in the file
		says  []string
	}{
		"express": {has: []string{"csrf: form:_csrf"}},
		"laravel": {flags: people, has: []string{"csrf: cookie:XSRF-TOKEN", "anonymous: false", `{"email":"ann","password":"${ANN_PASSWORD}"}`}},
		"django": {flags: people, path: "/chat/token", says: []string{"leads to"},
			has: []string{"/chat/token/\n", "csrf: form:csrfmiddlewaretoken", "next: /", "password: ${BOB_PASSWORD}"}},
		"rails":         {has: []string{"csrf: meta:csrf-token"}},
		"spring":        {has: []string{`X-SHOP-CSRF: '{csrf}'`}},
		"next-auth":     {flags: people, has: []string{"csrf: form:csrfToken", "/api/auth/callback/credentials", "tokenIn: json:identityToken"}},
		"aspnet":        {has: []string{`RequestVerificationToken: '{csrf}'`}},
		"apollo":        {has: []string{"mutation { createChatSession { identityToken } }", "tokenIn: json:data.createChatSession.identityToken"}},
		"oauth":         {flags: people, has: []string{`Authorization: Bearer {access}`, "access: json:access_token", "grant_type: password"}},
		"nested-bearer": {flags: people, has: []string{"access: json:data.tokens.access", "tokenIn: header:X-Identity-Token"}},
		"gateway":       {flags: []string{"--header", "X-Api-Key: " + frameworks.APIKey}, has: []string{`{"visitorId":"{visitor}"}`, "${SITE_X_API_KEY}"}},
		"basic":         {flags: []string{"--header", "Authorization: " + basic}, has: []string{"${SITE_AUTHORIZATION}"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := frameworks.Sites[name]
			server := httptest.NewServer(site.Handler())
			defer server.Close()
			path := site.Path
			if test.path != "" {
				path = test.path
			}
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			code, output := command(t.Context(), append([]string{"init", server.URL + path, "--write", file}, test.flags...)...)
			text, err := os.ReadFile(file)
			if err != nil || code != test.code {
				t.Fatalf("exit %d, %v\n%s\n%s", code, err, output, text)
			}
			for _, want := range test.has {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in\n%s\n%s", want, text, output)
				}
			}
			for _, want := range test.says {
				if !strings.Contains(output, want) {
					t.Errorf("it does not say %q:\n%s", want, output)
				}
			}
			if all := string(text) + output; strings.Contains(all, frameworks.Password) || strings.Contains(all, frameworks.APIKey) || strings.Contains(all, basic) || strings.Contains(all, "eyJ") {
				t.Errorf("a secret was written\n%s", all)
			}
			// A short load asks in the same way as a check, and waits for nothing.
			if code, output := command(t.Context(), "load", "--config", file, "--load-rate", "20", "--load-duration", "200ms", "--load-users", "2", "--only", "load-errors", "--quiet", "--out", t.TempDir()); code != ExitOK {
				t.Errorf("the configuration does not work: exit %d\n%s\n%s", code, output, text)
			}
		})
	}
}

// TestInitSaysWhatItCannotFindOut has sites that want something that nobody told.
func TestInitSaysWhatItCannotFindOut(t *testing.T) {
	t.Setenv("ANN_PASSWORD", "wrong")
	for name, test := range map[string]struct {
		flags     []string
		says, has string
	}{
		"basic":   {says: "HTTP Basic", has: `Authorization: "Basic ${SITE_BASIC}"`},
		"gateway": {says: "want a key", has: "X-Api-Key"},
		"oauth":   {says: "give one with --user", has: "# anonymous: false"},
		"django":  {flags: []string{"--user", "ann=ANN_PASSWORD"}, says: "No way of logging in brought a token", has: "csrf: form:csrfmiddlewaretoken"},
	} {
		site := frameworks.Sites[name]
		server := httptest.NewServer(site.Handler())
		file := filepath.Join(t.TempDir(), "webchatspec.yaml")
		code, output := command(t.Context(), append([]string{"init", server.URL + site.Path, "--write", file}, test.flags...)...)
		server.Close()
		text, err := os.ReadFile(file)
		if code != ExitInconclusive || err != nil || !strings.Contains(output, test.says) || !strings.Contains(string(text), test.has) {
			t.Errorf("%s: exit %d, %v, want %q said and %q written\n%s\n%s", name, code, err, test.says, test.has, output, text)
		}
	}
	for _, given := range []string{"ann", "ann=NOT_SET_ANYWHERE"} {
		if code, output := command(t.Context(), "init", "http://127.0.0.1:9/", "--user", given); code != ExitUsage {
			t.Errorf("--user %s: exit %d, %s", given, code, output)
		}
	}
}
