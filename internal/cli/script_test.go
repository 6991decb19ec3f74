package cli

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run the command as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"webchatspec": func() {
			os.Exit(Main())
		},
		"webchatspec-measured": func() {
			code := Main()
			tellPeak()
			os.Exit(code)
		},
	})
}

// tellPeak prints the most memory that this process has had, where the system tells.
func tellPeak() {
	status, _ := os.ReadFile("/proc/self/status") // what is missing there is missed by the test
	fmt.Fprintln(os.Stderr, regexp.MustCompile(`VmHWM:.*`).FindString(string(status)))
}

// TestScript runs the command lines in testdata/script.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
