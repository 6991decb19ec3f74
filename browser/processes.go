package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// endProcesses ends what is left of a browser: the processes that were started
// with its profile, which nobody else has. Where there is no /proc, nothing is
// found, and they end by themselves.
func endProcesses(profile string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is right
	for _, name := range lines {
		text, err := os.ReadFile(name)
		if err != nil || !slices.ContainsFunc(bytes.Split(text, []byte{0}), func(argument []byte) bool {
			return string(argument) == "--user-data-dir="+profile
		}) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && pid != os.Getpid() {
			if process, err := os.FindProcess(pid); err == nil {
				_ = process.Kill()
			}
		}
	}
}
