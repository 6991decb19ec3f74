package cli

import (
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
	command.Env = append(os.Environ(), "GOMEMLIMIT=120MiB") // as the command itself sets it
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
