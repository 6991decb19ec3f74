package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// command runs a command line and returns its exit code and what it printed.
func command(ctx context.Context, args ...string) (code int, output string) {
	var out bytes.Buffer
	code = Run(ctx, args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// site starts a demo site and returns the flags that point to it.
func site(t *testing.T, options issuers.Options) []string {
	t.Helper()
	started, err := issuers.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { started.Close() })
	setup := started.Setup()
	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, []byte(setup.PublicKeys[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--endpoint", setup.Endpoint, "--public-key", key}
}

func TestExitCodes(t *testing.T) {
	good := site(t, issuers.Options{})
	faulty := site(t, issuers.Options{Fault: "no-exp"})
	folder := t.TempDir()
	with := func(flags []string, args ...string) []string { return append(args, flags...) }
	for name, test := range map[string]struct {
		args []string
		want int
		says string
	}{
		"all right":           {with(good, "check", "--only", "claims"), ExitOK, "PASSED"},
		"a MUST failed":       {with(faulty, "check", "--only", "claims"), ExitFailed, "exp-present"},
		"unknown flag":        {[]string{"check", "--endpont", "x"}, ExitUsage, "--endpoint"},
		"unknown command":     {[]string{"chek"}, ExitUsage, `"check"`},
		"key file not there":  {[]string{"check", "--public-key", "/no/such/key"}, ExitUsage, "/no/such/key"},
		"endpoint not there":  {[]string{"check", "--endpoint", "http://127.0.0.1:9/"}, ExitUnreachable, "nothing listens there"},
		"name does not exist": {[]string{"check", "--endpoint", "http://no-such-host.invalid/"}, ExitUnreachable, "no-such-host.invalid"},
		"no key":              {with(good[:2], "check", "--only", "claims,token-accepted"), ExitInconclusive, "--public-key"},
		"no check chosen":     {with(good, "check", "--only", "page"), ExitInconclusive, ""},
		"no browser":          {[]string{"page", "--chromium", "/no/such/chromium"}, ExitUnreachable, "chromium"},
		"load is not allowed": {[]string{"load", "--endpoint", "http://shop.example/token"}, ExitUsage, "loopback"},
		"out is not a folder": {with(good, "check", "--only", "exp-present", "--out", "/dev/null/x"), ExitUsage, "/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			args := test.args
			if test.args[0] != "chek" && !strings.Contains(strings.Join(args, " "), "--out") {
				args = append(args, "--out", folder)
			}
			code, output := command(t.Context(), args...)
			if code != test.want || !strings.Contains(output, test.says) {
				t.Errorf("webchatspec %s: exit %d, want %d and %q\n%s", strings.Join(test.args, " "), code, test.want, test.says, output)
			}
		})
	}
}

func TestInterruptWritesWhatThereIs(t *testing.T) {
	folder, flags := t.TempDir(), site(t, issuers.Options{})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	address, err := url.Parse(flags[1])
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: address.Scheme, Host: address.Host})
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 20 {
			interrupt()
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	code, output := command(ctx, append(append([]string{"check", "--out", folder}, flags...), "--endpoint", between.URL+address.Path)...)
	if code != ExitInterrupted {
		t.Errorf("exit %d\n%s", code, output)
	}
	run, err := record.ReadFile(filepath.Join(folder, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if run.Verdict != record.VerdictInterrupted || len(run.Outcomes) == 0 {
		t.Errorf("verdict %s with %d outcomes", run.Verdict, len(run.Outcomes))
	}
}

// What was gathered is not lost for want of a place: another one is tried, and the
// summary is printed in any case.
func TestReportsThatCannotBeWrittenGoElsewhere(t *testing.T) {
	folder := t.TempDir()
	elsewhere := filepath.Join(folder, "tmp")
	run := filepath.Join(folder, "run.json")
	text := `{"schemaVersion":1,"verdict":"passed","outcomes":[{"id":"exp-present","area":"claims","level":"MUST","title":"t","state":"passed"}]}`
	if err := errors.Join(os.Mkdir(elsewhere, 0o700), os.WriteFile(run, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", elsewhere)
	code, output := command(t.Context(), "report", run, "--out", filepath.Join(run, "out"))
	found, err := filepath.Glob(filepath.Join(elsewhere, "webchatspec-report-*", "run.json"))
	if err != nil || len(found) != 1 || !strings.Contains(output, "they are in "+filepath.Dir(found[0])) || !strings.Contains(output, "PASSED") || code != ExitUsage {
		t.Errorf("exit code %d, %v, %s", code, found, output)
	}
	t.Setenv("TMPDIR", run)
	if code, output := command(t.Context(), "report", run, "--out", filepath.Join(run, "out")); code != ExitUsage || !strings.Contains(output, "PASSED") || !strings.Contains(output, "nor elsewhere") {
		t.Errorf("exit code %d, %s", code, output)
	}
}

// Whatever a command waits for, an interrupt ends it.
func TestACommandThatDoesNotEndIsLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	root := &cobra.Command{Use: "hang", RunE: func(*cobra.Command, []string) error { cancel(); <-release; return nil }}
	root.SetArgs([]string{})
	if err := execute(ctx, root, 0); exitCode(err) != ExitInterrupted {
		t.Errorf("ended with %v", err)
	}
	close(release)
}

// A mistake of our own is no mistake of the user's, and tells no secret.
func TestAnInternalErrorIsInconclusive(t *testing.T) {
	slip := func(*cobra.Command, []string) error { panic("no index for Zq9topsecret") }
	for name, run := range map[string]func(*cobra.Command, []string) error{
		"in the command": slip,
		"in a goroutine that the command waits for": func(*cobra.Command, []string) error {
			var group sync.WaitGroup
			group.Go(func() {
				defer panics.Tell()
				_ = slip(nil, nil)
			})
			group.Wait()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := &cobra.Command{RunE: run}
			root.SetArgs([]string{})
			err := execute(t.Context(), root, time.Second)
			if code := exitCode(err); code != ExitInconclusive || !strings.Contains(fmt.Sprint(err), "exit_test.go") {
				t.Errorf("exit %d: %v", code, err)
			}
			var told secrets.Known
			told.Add("password", "Zq9topsecret")
			var screen bytes.Buffer
			fmt.Fprintln(&confidant{&screen, &told}, err)
			if !strings.Contains(screen.String(), "no index for") || strings.Contains(screen.String(), "Zq9topsecret") {
				t.Errorf("%s", &screen)
			}
		})
	}
}
