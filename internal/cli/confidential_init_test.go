package cli

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// loginParrot is a site that serves users only, and says everything again that it is
// told: in its form, in where that leads, and in its errors.
func loginParrot(t *testing.T) *httptest.Server {
	key := keys.For("confidential")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		said := strings.Join([]string{r.URL.RawQuery, fmt.Sprint(r.Header["X-Client"], r.Header["X-Api-Key"], r.Header["Cookie"]), r.PostForm.Encode()}, " ")
		_, err := r.Cookie("sid")
		switch {
		case r.URL.Path == "/login" && r.Method == http.MethodPost && r.PostForm.Get("password") != "":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: r.PostForm.Get("password"), Path: "/"})
			http.Redirect(w, r, "/?said="+url.QueryEscape(said), http.StatusSeeOther)
		case r.URL.Path == "/login":
			fmt.Fprintf(w, `<form method=post action="/login?said=%s"><input name=username><input name=password type=password><input name=hint value="%s"></form>`, url.QueryEscape(said), html.EscapeString(said))
		case r.URL.Path != "/token" || err != nil:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `<a href="/login">log in</a>, %s`, html.EscapeString(said))
		default:
			token, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "ann", "exp": time.Now().Unix() + 300, "said": said}).SignedString(key)
			fmt.Fprint(w, token)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// What init is told in confidence stands neither in the configuration that it writes
// nor on the screen, whatever the site says again; the configuration works all the
// same, with the variables that it names.
func TestInitWritesNothingConfidential(t *testing.T) {
	for name, site := range map[string]string{"a token for everybody": parrot(t).URL, "a login": loginParrot(t).URL} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "webchatspec.yaml")
			t.Setenv("ANN_PASSWORD", simple("LOGIN_PASSWORD"))
			code, output := command(t.Context(), "init", site+"/token?code="+simple("QUERY_CODE"), "--write", file, "--user", "ann=ANN_PASSWORD",
				"--header", "X-Client: "+simple("HEADER"), "--header", "X-Api-Key: "+simple("USER_HEADER"), "--cookie", "device="+simple("COOKIE"),
				"--page", strings.Replace(site, "http://", "http://tester:"+simple("PAGE_PASSWORD")+"@", 1)+"/page?access_token="+simple("PAGE_TOKEN"))
			text, err := os.ReadFile(file)
			if err != nil || code != ExitOK {
				t.Fatalf("exit %d, %v: %s", code, err, output)
			}
			searchFor(t, "the configuration", string(text))
			searchFor(t, "the screen", output)
			for _, variable := range []string{"${SITE_CODE}", "${SITE_X_CLIENT}", "${SITE_X_API_KEY}", "${SITE_DEVICE}", "tester:${SITE_PASSWORD}@", "access_token=${SITE_ACCESS_TOKEN}"} {
				if !strings.Contains(string(text), variable) {
					t.Errorf("%s is missing: %s", variable, text)
				}
			}
			for variable, name := range map[string]string{"CODE": "QUERY_CODE", "X_CLIENT": "HEADER", "X_API_KEY": "USER_HEADER", "DEVICE": "COOKIE", "PASSWORD": "PAGE_PASSWORD", "ACCESS_TOKEN": "PAGE_TOKEN"} {
				t.Setenv("SITE_"+variable, simple(name))
			}
			code, output = command(t.Context(), "check", "--config", file, "--only", "exp-present", "--out", t.TempDir())
			if code != ExitOK {
				t.Errorf("exit %d: %s\n%s", code, output, text)
			}
			searchFor(t, "the screen of the check", output)
		})
	}
}
