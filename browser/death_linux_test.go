package browser

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	pairs "github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// processesIn are those of a browser whose workspace is in a folder.
func processesIn(t *testing.T, folder, with string) (found []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if bytes.Contains(text, []byte("--user-data-dir="+folder)) && bytes.Contains(text, []byte(with)) {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			found = append(found, id)
		}
	}
	return found
}

// leavesNothing fails when something of a browser is left of which all was in a folder.
func leavesNothing(t *testing.T, folder string) {
	t.Helper()
	if files, processes := namesIn(t, folder), processesIn(t, folder, ""); len(files)+len(processes) > 0 {
		t.Errorf("left behind: %v, processes %v", files, processes)
	}
}

// A program that is no browser, one that fails and one that says nothing, or nothing of
// use, are given up, and nothing of them is left.
func TestABrowserThatDoesNotStartLeavesNothing(t *testing.T) {
	for name, script := range map[string]string{
		"ends":          "#!/bin/sh\necho no >&2; exit 1\n",
		"no program":    "\x7fELF",
		"says nothing":  "#!/bin/sh\ntouch \"$TMPDIR/org.chromium.Chromium.x\"; exec sleep 1000\n",
		"says nonsense": "#!/bin/sh\nprintf 'nonsense\\0{}\\0\\0' >&4; exec sleep 1000\n",
		"says too much": "#!/bin/sh\nexec cat /dev/zero >&4\n",
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "chromium")
			temp := shortTemp(t)
			if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err := startChromium(ctx, program, nil)
			if !errors.Is(err, ErrNoBrowser) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it ends with %v", err)
			}
			leavesNothing(t, temp)
		})
	}
}

// A browser that is killed while a page is driven ends the part, which says so, and
// leaves nothing.
func TestABrowserThatIsKilledLeavesNothing(t *testing.T) {
	temp := shortTemp(t)
	var killed atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<script>setTimeout(() => fetch('/there'), 300)</script>"))
			return
		}
		for _, id := range processesIn(t, temp, "--remote-debugging-pipe") {
			_ = syscall.Kill(id, syscall.SIGKILL)
			killed.Add(1)
		}
	}))
	defer site.Close()
	page, err := Gather(t.Context(), Config{Page: site.URL, PublicKeys: []string{pairs.PublicPEM(&pairs.For("death").PublicKey)}, Timeout: 5 * time.Second}, nil)
	if failure := new(Failure); !errors.As(err, &failure) || failure.Class != record.FailureNoBrowser || !errors.Is(err, errGone) || killed.Load() == 0 {
		t.Errorf("%v, %d killed", err, killed.Load())
	}
	for _, step := range page.Steps {
		if step.Name == record.StepExpiry && step.Done {
			t.Error("the chat went through the expiry")
		}
	}
	leavesNothing(t, temp)
}
