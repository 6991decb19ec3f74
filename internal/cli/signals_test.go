//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// A terminal that is closed ends a run as Ctrl-C does: with what there is, and with
// nothing left. Under nohup it does not.
func TestAClosedTerminalInterrupts(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP) // where the tests run under nohup, what they start would ignore it
	t.Cleanup(func() { signal.Stop(caught) })
	for name, test := range map[string]struct {
		before string // what the shell does before
		limit  string // of the run, which ends one that no signal has ended
		signal syscall.Signal
		want   int
	}{
		"SIGHUP":                  {"", "1m", syscall.SIGHUP, ExitInterrupted},
		"SIGTERM":                 {"", "1m", syscall.SIGTERM, ExitInterrupted},
		"SIGHUP, and under nohup": {"trap '' HUP; ", "2s", syscall.SIGHUP, ExitInconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{}, 100)
			endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				asked <- struct{}{}
				<-r.Context().Done()
			}))
			defer endpoint.Close()
			folder := t.TempDir()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			run := exec.CommandContext(ctx, "sh", "-c", test.before+`exec webchatspec check --endpoint "$0" --out "$1" --max-time "$2" --timeout 1m`, endpoint.URL, folder, test.limit)
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := run.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_ = run.Wait() // the exit code is what is looked at
			if code := run.ProcessState.ExitCode(); code != test.want {
				t.Errorf("exit code %d, want %d (%s)", code, test.want, run.ProcessState)
			}
			if _, err := record.ReadFile(filepath.Join(folder, "run.json")); err != nil {
				t.Error(err)
			}
		})
	}
}

// The first Ctrl-C lets a command end by itself; the next ones kill it, whatever it
// waits for: here, for the end of an input that has none.
func TestASecondInterruptKills(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "webchatspec", "merge", "-")
	input, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := input.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil { // more than a pipe holds, so that it reads
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = run.Wait() // the signal is what is looked at
		close(ended)
	}()
	for again := time.NewTicker(20 * time.Millisecond); ; { // two that come at once are one to the system
		_ = run.Process.Signal(os.Interrupt)
		select {
		case <-again.C:
			continue
		case <-ended:
		}
		break
	}
	if status := run.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
		t.Errorf("it was not killed by the second interrupt: %s", run.ProcessState)
	}
}

// "webchatspec check | head -1" ends neither before the reports are written nor with
// another exit code; a run that was to be printed is written to a file.
func TestAReaderThatLeavesLosesNothing(t *testing.T) {
	flags := append([]string{"check", "--only", "claims"}, site(t, issuers.Options{Fault: "no-exp"})...)
	for _, test := range []struct {
		name string
		args []string
		want int
		in   string // where the run file is then
	}{
		{"the summary", flags, ExitFailed, "out"},
		{"the run file", append(flags, "--out", standardOutput), ExitUsage, "webchatspec-report-*"},
		{"a list", []string{"list"}, ExitOK, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			read, write, err := os.Pipe()
			if err = errors.Join(err, read.Close()); err != nil {
				t.Fatal(err)
			}
			defer write.Close()
			if test.in == "out" {
				test.args = append(test.args, "--out", filepath.Join(folder, "out"))
			}
			command := exec.CommandContext(t.Context(), "webchatspec", test.args...)
			var told bytes.Buffer
			command.Env = append(os.Environ(), "TMPDIR="+folder)
			command.Stdout, command.Stderr = write, &told
			if test.in == "out" {
				command.Stderr = write // nor does a progress that nobody reads end a run
			}
			_ = command.Run() // the exit code is what is looked at
			if code := command.ProcessState.ExitCode(); code != test.want {
				t.Errorf("exit code %d, want %d (%s): %s", code, test.want, command.ProcessState, told.String())
			}
			if test.in == "" {
				return
			}
			files, _ := filepath.Glob(filepath.Join(folder, test.in, "run.json"))
			if len(files) != 1 {
				t.Fatalf("no run file: %s", told.String())
			}
			if test.in != "out" && !strings.Contains(told.String(), filepath.Dir(files[0])) {
				t.Errorf("it is not told where the run is: %s", told.String())
			}
		})
	}
}
