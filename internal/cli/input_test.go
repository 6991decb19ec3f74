//go:build unix

package cli

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// No file that a flag or an argument names is read without an end, or waited for.
func TestNoFileHasNoEnd(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, file := range []string{pipe, "/dev/zero"} {
		for _, args := range [][]string{
			{"judge", file}, {"report", file}, {"diff", file, file}, {"merge", file}, {"check", "--baseline", file}, {"check", "--only-failed", file},
			{"mock", "--public-key", file, "--listen", "127.0.0.1:0"}, {"mock", "--payload-key", file, "--listen", "127.0.0.1:0"},
			{"token", "verify", "--public-key", file, "a.b.c"}, {"token", "mint", "--private-key", file},
			{"token", "mint", "--payload-key", file}, {"key", "inspect", file},
		} {
			if args[0] != "token" && args[0] != "key" && args[0] != "diff" && args[0] != "mock" {
				args = append(args, "--out", t.TempDir())
			}
			if args[0] == "mock" && args[1] == "--public-key" && file == pipe {
				continue // it runs, with a key that is none
			}
			var stderr bytes.Buffer
			code := Run(t.Context(), args, strings.NewReader(""), io.Discard, &stderr)
			if code == ExitOK {
				t.Errorf("%s: all right", strings.Join(args, " "))
			}
		}
	}
}
