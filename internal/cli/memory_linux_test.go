package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// tellPeak prints the most memory that this process has had.
func tellPeak() {
	status, _ := os.ReadFile("/proc/self/status") // what is missing there is missed by the test
	fmt.Fprintln(os.Stderr, regexp.MustCompile(`VmHWM:.*`).FindString(string(status)))
}

// peak runs a command line in a process of its own and returns the most memory
// that it has had, in MiB, and what it printed.
func peak(t *testing.T, args ...string) (mebibytes int, output string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "webchatspec-measured", args...)
	command.Env = append(os.Environ(), "GOMEMLIMIT=100MiB") // as the command itself sets it
	text, _ := command.CombinedOutput()                     // the exit code is that of the verdict
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("webchatspec %s tells no peak: %s", strings.Join(args, " "), text)
	}
	kibibytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kibibytes >> 10, string(text)
}

// A page has the browser tell of texts that would fill the memory of whoever
// reads all of them.
func TestAPageDoesNotFillTheMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a browser")
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><script>
			for (let i = 0; i < 30; i++) console.log(i + "x".repeat(5e6), {a: "y".repeat(5e6)});
			for (let i = 0; i < 15; i++) setTimeout(() => { throw new Error(i + "x".repeat(5e6)) });
			console.log(...Array(200_000).fill("wide"));
		</script>`)
	}))
	defer site.Close()
	folder := t.TempDir()
	key := filepath.Join(folder, "key.pub")
	if err := os.WriteFile(key, []byte(keys.PublicPEM(&keys.For("memory").PublicKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	mebibytes, output := peak(t, "page", "--page", site.URL, "--public-key", key, "--page-timeout", "2s", "--max-wait", "0s", "--out", folder)
	t.Logf("%d MiB", mebibytes)
	if mebibytes > 150 || !strings.Contains(output, "FAILED") {
		t.Errorf("%d MiB\n%s", mebibytes, output)
	}
}

// A run file may be anything: what no run has made is refused, and the rest fits
// several times into the memory.
func TestARunFileDoesNotFillTheMemory(t *testing.T) {
	folder := t.TempDir()
	claims := func(tokens int, payload string) string {
		token, err := json.Marshal(map[string]any{"payload": map[string]any{"kind": "object", "json": payload}})
		if err != nil {
			t.Fatal(err)
		}
		return `"evidence":{"tokens":[` + strings.Repeat(string(token)+",", tokens) + `{}]}`
	}
	for name, text := range map[string]string{
		"one long text":    `"target":{"endpoint":"http://127.0.0.1/` + strings.Repeat("a", 22<<20) + `"}`,
		"long findings":    `"outcomes":[{"id":"exp-present","state":"failed","findings":[{"expected":"` + strings.Repeat("a<", 11<<20) + `"}]}]`,
		"claims":           claims(180, `{"a":"`+strings.Repeat("ab.c_", 24_000)+`"}`),
		"nested claims":    claims(180, strings.Repeat(`{"k":`, 9000)+"1"+strings.Repeat("}", 9000)),
		"more than it has": claims(150, `[`+strings.Repeat("{},", 40_000)+`1]`),
	} {
		file := filepath.Join(folder, "run.json")
		if err := os.WriteFile(file, []byte(`{"schemaVersion":1,`+text+"}"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := "judge"
		if name == "long findings" { // judging makes them anew
			command = "report"
		}
		mebibytes, output := peak(t, command, file, "--out", folder, "--quiet")
		t.Logf("%s, %s: %d MiB", name, command, mebibytes)
		if mebibytes > 150 {
			t.Errorf("%s, %s: %d MiB\n%.2000s", name, command, mebibytes, output)
		}
	}
}
