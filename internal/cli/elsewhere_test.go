package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/secrets"
)

// Hosts that are not this machine get, without consent, what the configuration
// itself does there, as the plan says, and nothing that intrudes: no token and no
// forgery. The plan holds nothing that lets in.
func TestOtherHostsGetNothingThatIntrudes(t *testing.T) {
	type arrival struct{ request, header string }
	arrived := make(chan arrival, 1000)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { // the proxy to all other hosts
		arrived <- arrival{r.Method + " " + r.URL.Host + r.URL.Path, strings.Join(slices.Concat(r.Header["Authorization"], r.Header["Cookie"]), " ")}
	}))
	defer elsewhere.Close()
	demo, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer demo.Close()
	file := filepath.Join(t.TempDir(), "webchatspec.yaml")
	text := `endpoint: ` + demo.Setup().Endpoint + `
users:
- name: ann
  login: {url: "http://login.example/login?ticket=Zq-ticket-1", form: {user: ann, password: Zq-password-1}}
  logout: {url: "http://logout.example/logout?sid=Zq-session-1", method: POST}
relying: [{url: "http://relying.example/me?key=Zq-key-1"}]
maxWait: 0s
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		command := exec.CommandContext(t.Context(), "webchatspec", append([]string{"check", "--config", file, "--only", "login-keeps-sub,logout-drops-user,sub-stable,relying"}, args...)...)
		command.Env = append(os.Environ(), "HTTP_PROXY="+elsewhere.URL, "NO_PROXY=")
		said, _ := command.CombinedOutput() // the exit code is that of the verdict
		return string(said)
	}
	plan := run("--dry-run")
	if len(arrived) > 0 || !strings.Contains(plan, "relying.example") || strings.Contains(plan, "Zq-") {
		t.Errorf("%d requests were sent for the plan: %s", len(arrived), plan)
	}
	said := run("--out", t.TempDir(), "--quiet")
	close(arrived)
	seen := map[string]bool{}
	for a := range arrived {
		seen[a.request] = true
		if a.request != "POST login.example/login" && a.request != "POST logout.example/logout" || len(secrets.Tokens(a.header)) > 0 {
			t.Errorf("%s arrived, with %q", a.request, a.header)
		}
	}
	if !seen["POST login.example/login"] || !strings.Contains(said, "left out") {
		t.Errorf("only %v arrived: %s", seen, said)
	}
}

// A browser that is only joined is behind no fence, which who joins it is told.
func TestTheNetworkOfAJoinedBrowserIsToldOf(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, []byte(keys.PublicPEM(&keys.For("joined").PublicKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, output := command(t.Context(), "page", "http://127.0.0.1:1/", "--public-key", key, "--remote-browser", "http://127.0.0.1:1/?token=Zq9topsecret", "--out", t.TempDir())
	if code != ExitUnreachable || !strings.Contains(output, "has the network that it was started with") || strings.Contains(output, "Zq9topsecret") {
		t.Errorf("exit %d: %s", code, output)
	}
}
