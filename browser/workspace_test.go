//go:build linux

package browser

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// shortTemp is a place for temporary files whose path leaves room for that of a socket.
func shortTemp(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "w")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	t.Setenv("TMPDIR", folder)
	return folder
}

func namesIn(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	hidden, _ := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(names, hidden...)
}

// A browser that is stopped answers nothing and closes nothing: it is ended, with
// all that it has made.
func TestABrowserThatStopsAnsweringIsEnded(t *testing.T) {
	path, err := Find()
	if err != nil {
		t.Skip(err)
	}
	temp := shortTemp(t)
	every, limit := pulseEvery, pulseLimit
	defer func() { pulseEvery, pulseLimit = every, limit }()
	pulseEvery, pulseLimit = 10*time.Millisecond, 3*time.Second
	c, err := startChromium(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	made := namesIn(t, temp)
	if len(made) != 1 || !strings.HasPrefix(filepath.Base(made[0]), workspacePrefix) || len(namesIn(t, made[0])) < 2 {
		t.Errorf("beside its own folder the browser has made %v", made)
	}
	if err := chromedp.FromContext(c.ctx).Browser.Process().Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.ctx.Done():
	case <-time.After(time.Minute):
	}
	c.stop() // whoever ended it may still be clearing up
	if !c.frozen.Load() || c.ctx.Err() == nil {
		t.Error("the browser is not given up")
	}
	if left := namesIn(t, temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What a killed run has left goes with the next one, what a live one has stays.
func TestWorkspacesOfKilledRunsAreSwept(t *testing.T) {
	temp := shortTemp(t)
	live, err := openWorkspace()
	if err != nil {
		t.Fatal(err)
	}
	defer live.close()
	left := filepath.Join(temp, workspacePrefix+"killed")
	if err := os.MkdirAll(filepath.Join(left, "profile", "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(temp, "org.chromium.Chromium.other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	sweep(temp, time.Now().Add(-time.Hour))
	if len(namesIn(t, temp)) != 3 {
		t.Error("a folder that is too young was swept")
	}
	sweep(temp, time.Now().Add(time.Hour))
	if kept := namesIn(t, temp); len(kept) != 2 || kept[0] != other || kept[1] != live.folder {
		t.Errorf("kept: %v", kept)
	}
	old := time.Now().Add(-time.Hour)
	if err := errors.Join(os.MkdirAll(left, 0o700), os.Chtimes(left, old, old)); err != nil {
		t.Fatal(err)
	}
	next, err := openWorkspace()
	if err != nil {
		t.Fatal(err)
	}
	defer next.close()
	if _, err := os.Stat(left); err == nil {
		t.Error("the next run leaves what a killed one has left")
	}
}
