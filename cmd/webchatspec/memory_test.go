//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asCommand is set in the environment of the process that is the command itself.
const asCommand = "WEBCHATSPECTEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main() // exits
	}
	os.Exit(m.Run())
}

// mostMemory is what a command takes at most for any file, in MB.
const mostMemory = 150

// Whatever stands in the files that are named, the process stays small: here it
// measures the whole command.
func TestMemoryForHostileFiles(t *testing.T) {
	folder := t.TempDir()
	many := filepath.Join(folder, "many.json")
	if err := os.WriteFile(many, manyTokens(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"judge", many},
		{"report", many},
		{"merge", many, many},
		{"report", "/dev/zero"},
		{"key", "inspect", "/dev/zero"},
		{"check", "http://127.0.0.1:1/", "--public-key", "/dev/zero"},
		{"check", "--config", "/dev/zero"},
	} {
		command := exec.Command(os.Args[0], append(args, "--out", filepath.Join(folder, "out"))...)
		if args[0] == "key" {
			command = exec.Command(os.Args[0], args...)
		}
		command.Env = append(os.Environ(), asCommand+"=1")
		out, err := command.CombinedOutput()
		if command.ProcessState == nil {
			t.Fatal(err)
		}
		usage := command.ProcessState.SysUsage().(*syscall.Rusage)
		if peak := usage.Maxrss / 1024; peak > mostMemory {
			t.Errorf("%s took %d MB, more than %d\n%.300s", strings.Join(args, " "), peak, mostMemory, out)
		} else {
			t.Logf("%s: %d MB, %s", strings.Join(args, " "), peak, command.ProcessState)
		}
	}
}

// manyTokens is a run file near all bounds of one.
func manyTokens() []byte {
	var claims, file bytes.Buffer
	for i := range 12 {
		fmt.Fprintf(&claims, `,"a%d%s":"v%s"`, i, strings.Repeat("x", 45), strings.Repeat("y", 45))
	}
	file.WriteString(`{"schemaVersion":1,"tool":{"name":"webchatspec","version":"1"},"startedAt":"2026-11-27T00:00:00Z","finishedAt":"2026-11-27T00:00:01Z","evidence":{"tokens":[`)
	for i := range 14_900 {
		if i > 0 {
			file.WriteByte(',')
		}
		fmt.Fprintf(&file, `{"id":"t%d","probe":"first","header":{"alg":"RS256"},"claims":{%s},"raw":"%s"}`, i, claims.Bytes()[1:], strings.Repeat("e", 300))
	}
	file.WriteString(`]}}`)
	return file.Bytes()
}
