package docs

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/cli"
)

var flagLine = regexp.MustCompile(`(?m)^ {2,6}(?:-\w, )?(--[a-z-]+)`)

// flagsOf are the flags that the help of a command lists.
func flagsOf(t *testing.T, command ...string) []string {
	t.Helper()
	var help bytes.Buffer
	if code := cli.Run(context.Background(), append(command, "--help"), strings.NewReader(""), &help, &help); code != 0 {
		t.Fatalf("%v --help ends with %d", command, code)
	}
	var flags []string
	for _, match := range flagLine.FindAllStringSubmatch(help.String(), -1) {
		flags = append(flags, match[1])
	}
	return flags
}

// TestLoadFlagsAreDocumented holds the documents on load to the flags that only
// commands with a load have.
func TestLoadFlagsAreDocumented(t *testing.T) {
	var text strings.Builder
	for _, file := range []string{"load.md", "distributed.md"} {
		one, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(one)
	}
	elsewhere := map[string]bool{}
	for _, flag := range flagsOf(t, "check") {
		elsewhere[flag] = true
	}
	looked := 0
	for _, flag := range append(flagsOf(t, "load"), flagsOf(t, "load", "compare")...) {
		if elsewhere[flag] {
			continue
		}
		looked++
		if !regexp.MustCompile(regexp.QuoteMeta(flag) + `\b`).MatchString(text.String()) {
			t.Errorf("%s is in no document on load", flag)
		}
	}
	if looked < 12 {
		t.Errorf("only %d flags are of load alone", looked)
	}
}
