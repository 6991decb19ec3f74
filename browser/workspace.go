package browser

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// workspace is the folder of one run of the browser: its profile, and what it
// leaves where temporary files go. It goes with the run. Those of runs that were
// killed go when the next one begins.
type workspace struct {
	folder string
	owner  *os.File // held as long as the run lives
}

const (
	workspacePrefix = "wcs-browser-" // short: the path of a socket below it has a limit
	// youngest is the age from which a folder that nobody holds was left behind: a
	// younger one may be about to be held.
	youngest = time.Minute
)

func openWorkspace() (*workspace, error) {
	sweep(os.TempDir(), time.Now().Add(-youngest))
	folder, err := os.MkdirTemp("", workspacePrefix)
	if err != nil {
		return nil, err
	}
	owner, err := hold(folder)
	if err != nil {
		_ = os.Remove(folder)
		return nil, err
	}
	return &workspace{folder, owner}, nil
}

// sweep removes the workspaces in a folder that nobody holds and that were made
// before a time.
func sweep(folder string, before time.Time) {
	entries, _ := os.ReadDir(folder) // what cannot be read cannot be swept
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		info, err := entry.Info()
		if err != nil || !info.IsDir() || !strings.HasPrefix(entry.Name(), workspacePrefix) || info.ModTime().After(before) {
			continue
		}
		if owner, err := hold(name); err == nil {
			_ = owner.Close()
			_ = os.RemoveAll(name)
		}
	}
}

func (w *workspace) profile() string { return filepath.Join(w.folder, "profile") }

// environment puts the browser's temporary files into the workspace. A browser
// in a box of its own (snap) would not find it there, and has its own place.
func (w *workspace) environment(browser string) []string {
	if runtime.GOOS != "linux" || strings.Contains(browser, "/snap/") {
		return nil
	}
	return []string{"TMPDIR=" + w.folder}
}

// removeLimit bounds the wait for processes of the browser that still write when
// it has ended.
const removeLimit = 2 * time.Second

// close removes the workspace.
func (w *workspace) close() {
	endProcesses(w.profile())
	for end := time.Now().Add(removeLimit); os.RemoveAll(w.folder) != nil && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
		endProcesses(w.profile())
	}
	_ = w.owner.Close()
	_ = os.RemoveAll(w.folder) // where a file that is open cannot be removed
}
