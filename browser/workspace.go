package browser

import (
	"errors"
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
	w := &workspace{folder, owner}
	if err := w.shut(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
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

// openers are the programs by which a browser on Linux opens what is none of its own.
// It hands a mailto: address to one of them without asking anybody, with all that a
// page has written into it.
var openers = []string{"xdg-email", "xdg-open"}

// environment puts the browser's temporary files into the workspace, and programs that
// open nothing before those of the system. A browser in a box of its own (snap) would
// not find them there, and has its own place.
func (w *workspace) environment(browser string) []string {
	if runtime.GOOS != "linux" || strings.Contains(browser, "/snap/") {
		return nil
	}
	return []string{"TMPDIR=" + w.folder, "PATH=" + w.programs() + string(os.PathListSeparator) + os.Getenv("PATH")}
}

func (w *workspace) programs() string { return filepath.Join(w.folder, "programs") }

// shut closes the browser's way to other programs.
func (w *workspace) shut() error {
	err := os.MkdirAll(w.programs(), 0o700)
	for _, name := range openers {
		err = errors.Join(err, os.WriteFile(filepath.Join(w.programs(), name), []byte("#!/bin/sh\nexit 3\n"), 0o700))
	}
	return err
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
