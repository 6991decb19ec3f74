package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A comparison tells nothing confidential of any of its endpoints, in mistakes, on the
// screen or in a file; nor does a command of which the address is given twice.
func TestAComparisonTellsNothingConfidential(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("no token for " + r.URL.RawQuery + r.Header.Get("X-Api-Key")))
	}))
	defer echo.Close()
	t.Chdir(t.TempDir())
	t.Setenv("PLANTED", "Zq9topsecret-env")
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "webchatspec.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	one, other := echo.URL+"/one?api_key=Zq9topsecret-one", "second="+echo.URL+"/two?api_key=Zq9topsecret-two"
	for name, args := range map[string][]string{
		"answers":       {"load", "compare", one, other, "--rounds", "1", "--slice", "10ms", "--header", "X-Api-Key: Zq9topsecret-key", "--format", "json,html,junit,markdown"},
		"a wrong stage": {"load", "compare", one, other, "--config", file("load: {stages: ['${PLANTED}']}")},
		"a wrong word":  {"load", "compare", one, other, "--config", file("profile: '${PLANTED}'")},
		"two addresses": {"check", one, "--endpoint", echo.URL + "/?api_key=Zq9topsecret-two"},
		"three of them": {"check", one, echo.URL + "/?api_key=Zq9topsecret-two"},
		"merged":        {"merge", "--config", file("waivers: x\nload: {shard: '${PLANTED}'}"), "nothing.json"},
	} {
		folder := t.TempDir()
		code, output := command(t.Context(), append(args, "--out", folder)...)
		if strings.Contains(output, "Zq9") || code == ExitOK {
			t.Errorf("%s: exit %d: %s", name, code, output)
		}
		written, _ := filepath.Glob(filepath.Join(folder, "*"))
		for _, name := range written {
			if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "Zq9") {
				t.Errorf("%s holds it, %v", filepath.Base(name), err)
			}
		}
		if name == "answers" && len(written) < 4 {
			t.Errorf("only %v were written: %s", written, output)
		}
	}
}
