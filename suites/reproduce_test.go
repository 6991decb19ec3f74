package suites

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestReproduceRuns runs the command line by a shell and looks at what arrives.
func TestReproduceRuns(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		buffer := make([]byte, 100)
		n, _ := r.Body.Read(buffer)
		got, body = r, string(buffer[:n])
	}))
	defer server.Close()
	line := curl(record.Request{
		Method: "POST", URL: server.URL + "/create?x=it's&y=$(false)&code=«${SHOP_CODE}»",
		Header: map[string][]string{
			"Accept": {"text/plain; q=0.5"}, "Cookie": {"a=1; session=«session cookie masked»; b='2'"}, "X-Quote": {"say \"`hi`\" it's $HOME"}, "X-Empty": {""},
		},
		Body: `{"user":"o'neil","pin":"«body of ann masked»"}`,
	})
	command := exec.Command("sh", "-c", line)
	command.Env = []string{"SESSION_COOKIE=s3cr3t", "SHOP_CODE=c0de", "BODY_OF_ANN=1234", "PATH=/usr/bin:/bin"}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s: %v", line, out, err)
	}
	for name, want := range map[string]string{
		"Accept": "text/plain; q=0.5", "Cookie": "a=1; session=s3cr3t; b='2'", "X-Quote": "say \"`hi`\" it's $HOME", "X-Empty": "",
	} {
		if values := got.Header.Values(name); len(values) != 1 || values[0] != want {
			t.Errorf("header %s: %q, want %q", name, values, want)
		}
	}
	if got.Method != http.MethodPost || body != `{"user":"o'neil","pin":"1234"}` || got.URL.Query().Get("x") != "it's" || got.URL.Query().Get("code") != "c0de" {
		t.Errorf("%s %s with body %q", got.Method, got.URL, body)
	}
}

// TestReproduceNamesWhereValuesComeFrom has a line for each variable.
func TestReproduceNamesWhereValuesComeFrom(t *testing.T) {
	told := curl(record.Request{
		URL:    "https://shop.example/t?code=«${SHOP_CODE}»",
		Header: map[string][]string{"Cookie": {"sid=«cookie sid masked»"}, "X-Shop": {"«header X-Shop masked»"}, "Authorization": {"Bearer «token masked»"}},
	})
	for _, want := range []string{
		"\n# $COOKIE_SID: the cookie sid, from your configuration", "\n# $HEADER_X_SHOP: the header X-Shop of your configuration",
		"\n# $TOKEN: a token", "\n# $SHOP_CODE: of your environment",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not say %q", told, want)
		}
	}
}
