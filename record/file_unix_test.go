//go:build unix

package record

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteFileLeavesDevicesAlone: a program of the superuser that renames its file over
// /dev/stdout takes the device away from everybody.
func TestWriteFileLeavesDevicesAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	write := func(w io.Writer) error { _, err := io.WriteString(w, "run"); return err }
	if err := WriteFile(name, write); err == nil {
		t.Error("what nobody reads was written")
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := WriteFile(name, write); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); err != nil || string(text) != "run" {
		t.Errorf("read %q, %v", text, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced by a file: %v, %v", info.Mode(), err)
	}
}
