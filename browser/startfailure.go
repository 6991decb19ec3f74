package browser

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
)

// noDisplay says what to do where a browser is to be shown and cannot be.
const noDisplay = "there is no display to show the browser on: leave --headed out, or run the command with one, such as: xvfb-run -a webchatspec page --headed …"

// errNoDisplay ends a run that was to show the browser.
var errNoDisplay = errors.New(noDisplay)

// hasDisplay says whether a browser can be shown, as far as the environment tells.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// startFailures are what browsers print when they do not start, and what to do.
var startFailures = []struct {
	prints *regexp.Regexp
	means  string
}{
	{regexp.MustCompile(`Missing X server|cannot open display|Unable to open X display`), noDisplay},
	{regexp.MustCompile(`error while loading shared libraries: (\S+):`), "the library $1 is missing: install the browser with the package manager, which brings its libraries along"},
	{regexp.MustCompile(`No usable sandbox|Failed to move to new namespace`), "this machine does not let it make its sandbox: run the command in a container that allows it, or as root"},
	{regexp.MustCompile(`No space left on device`), "there is no space left for its files: make room in " + os.TempDir() + ", or name another folder with TMPDIR"},
}

// whyNotStarted is one sentence on why a browser did not start, from what it
// printed; else the error's first line, and the end of what was printed.
func whyNotStarted(err error, printed string) string {
	all := err.Error() + "\n" + printed
	for _, f := range startFailures {
		if at := f.prints.FindStringSubmatchIndex(all); at != nil {
			return string(f.prints.ExpandString(nil, f.means, all, at))
		}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	text := strings.TrimSuffix(strings.TrimSpace(first), ":")
	if printed = strings.TrimSpace(printed); printed != "" {
		text += fmt.Sprintf(" (it said: %s)", printed[max(0, len(printed)-maxPrinted):])
	}
	return text + "; " + howToInstall()
}

// maxPrinted bounds what is shown of a browser's output, in bytes.
const maxPrinted = 500
