//go:build unix

package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fileArguments are what each command that has to do with files wants beside a flag
// that names one. FILE stands for the file, where it is an argument.
var fileArguments = map[string][][]string{
	"check":         {{"http://127.0.0.1:1/"}},
	"page":          {{"http://127.0.0.1:1/", "--chromium", "/nonexistent"}},
	"load":          {{"http://127.0.0.1:1/"}},
	"verify":        {{"http://127.0.0.1:1/"}},
	"load compare":  {{"http://127.0.0.1:1/", "http://127.0.0.1:1/"}},
	"init":          {{"http://127.0.0.1:1/"}},
	"judge":         {{"FILE"}},
	"report":        {{"FILE"}},
	"diff":          {{"FILE", "FILE"}},
	"merge":         {{"FILE", "FILE"}},
	"mock":          {{"--listen", "127.0.0.1:0", "--manage", "off"}},
	"issuer":        {{"--listen", "127.0.0.1:0"}},
	"key inspect":   {{"FILE"}},
	"key new":       {{"--force"}},
	"token explain": {{"FILE"}, {"a.b.c"}},
	"token verify":  {{"FILE", "--jsonl"}, {"a.b.c"}},
	"token mint":    {{}},
	"verify-bundle": {{"FILE"}},
}

// runs are the commands that take their files from the settings.
var runs = map[string]bool{"check": true, "page": true, "load": true, "verify": true, "load compare": true, "init": true}

// No file that a flag, an argument or a key of the configuration names is read
// without an end, or waited for: whatever flags and keys there are.
func TestNoFileHasNoEnd(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder) // where commands write that are not told otherwise
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	tried, settings := 0, map[string]bool{} // flags of settings, which all commands read alike
	eachCommand(Command(), func(cmd *cobra.Command) {
		path := strings.TrimPrefix(cmd.CommandPath(), "webchatspec ")
		flags := fileFlags(cmd)
		bases, known := fileArguments[path]
		if !known && len(flags) > 0 {
			t.Errorf("%s has the flags %v, which name a file: say in fileArguments what it wants beside them", path, flags)
		}
		for _, file := range []string{pipe, "/dev/zero"} {
			for _, base := range bases {
				if slices.Contains(base, "FILE") {
					tried++
					endsWith(t, file, commandLine(cmd, path, file, t.TempDir(), base))
					continue
				}
				for _, flag := range flags {
					if runs[path] && settings[flag+file] {
						continue
					}
					settings[flag+file] = runs[path]
					tried++
					endsWith(t, file, commandLine(cmd, path, file, t.TempDir(), append([]string{"--" + flag, file}, base...)))
				}
			}
		}
	})
	if tried < 50 {
		t.Errorf("only %d command lines were tried", tried)
	}
}

// eachCommand visits a command and all below it.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, below := range cmd.Commands() {
		eachCommand(below, visit)
	}
}

// fileFlags are the flags of a command that the help says take a file.
func fileFlags(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if kind, _ := pflag.UnquoteUsage(flag); kind == "FILE" || flag.Value.Type() == "FILE" {
			names = append(names, flag.Name)
		}
	})
	return names
}

// commandLine is a command with the file in the place of FILE, and with a folder to
// write to where it has a flag for that.
func commandLine(cmd *cobra.Command, path, file, folder string, base []string) []string {
	line := strings.Fields(path)
	for _, argument := range base {
		if argument == "FILE" {
			argument = file
		}
		line = append(line, argument)
	}
	for name, value := range map[string]string{"out": folder, "write": filepath.Join(folder, "new.yaml"), "files": folder} {
		if cmd.Flags().Lookup(name) != nil && !slices.Contains(line, "--"+name) && path != "key new" {
			line = append(line, "--"+name, value)
		}
	}
	return line
}

// endsWith runs a command line, which must end by itself, or serve as if the file
// were empty, which a pipe that nobody writes to is.
func endsWith(t *testing.T, file string, line []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if serves := line[0] == "mock" || line[0] == "issuer"; serves {
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
	}
	var output bytes.Buffer
	code := Run(ctx, line, strings.NewReader(""), &output, &output)
	if strings.Contains(output.String(), errLeft.Error()) {
		t.Errorf("%s: it does not end", strings.Join(line, " "))
	}
	if code == ExitOK && file == "/dev/zero" && !strings.Contains(strings.Join(line, " "), "-out /dev/zero") {
		t.Errorf("%s: all right:\n%s", strings.Join(line, " "), output.String())
	}
}
