package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// run runs a command line with standard input, and returns standard output and
// error apart.
func run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	code = Run(t.Context(), args, strings.NewReader(stdin), &out, &errors)
	return code, out.String(), errors.String()
}

// TestShardsFromTheCommandLine runs two shards as two machines would, and merges
// them in each way.
func TestShardsFromTheCommandLine(t *testing.T) {
	flags := site(t, issuers.Options{})
	folder := t.TempDir()
	load := func(more ...string) []string {
		common := append([]string{"load", "--load-rate", "40", "--load-duration", "500ms", "--load-users", "4", "--load-latency", "60s"}, flags...)
		return append(common, more...)
	}
	var lines [2]string
	done := make(chan int)
	start := fmt.Sprint(time.Now().Add(2 * time.Second).Unix())
	for i := range lines {
		go func() {
			code, out, _ := run(t, "", load("--shard", fmt.Sprintf("%d/2", i+1), "--start-at", start, "--out", "-")...)
			lines[i] = out
			done <- code
		}()
	}
	for range lines {
		if code := <-done; code != ExitOK {
			t.Errorf("a shard that ran ends with %d", code)
		}
	}
	for i, line := range lines {
		if strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, `{"schemaVersion":`) {
			t.Fatalf("shard %d wrote %d lines: %.100s", i, strings.Count(line, "\n"), line)
		}
		inner := filepath.Join(folder, fmt.Sprint(i))
		if err := os.MkdirAll(inner, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(inner, "run.json"), []byte(line), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	logs := "starting\nload-0 " + lines[0] + "{\"other\":1}\nload-1 " + lines[1]
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  int
		says  string
	}{
		"a folder":      {"", []string{"merge", folder, "--out", filepath.Join(folder, "merged")}, ExitOK, "PASSED"},
		"logs":          {logs, []string{"merge", "-", "--out", t.TempDir()}, ExitOK, "PASSED"},
		"one of two":    {lines[1], []string{"merge", "-", "--out", t.TempDir()}, ExitUsage, "shard 1 of 2 is missing"},
		"twice":         {lines[1] + lines[1], []string{"merge", "-", "--out", t.TempDir()}, ExitUsage, "shard 2 of 2 is there twice"},
		"cut off":       {lines[0][:len(lines[0])/2], []string{"merge", "-", "--out", t.TempDir()}, ExitUsage, "line 1"},
		"edited":        {lines[0] + strings.Replace(lines[1], `"plan":"sha256:`, `"plan":"sha256:00`, 1), []string{"merge", "-", "--out", t.TempDir()}, ExitUsage, "other settings"},
		"none":          {"", []string{"merge", "-", "--out", t.TempDir()}, ExitUsage, "no run to merge"},
		"empty folder":  {"", []string{"merge", t.TempDir()}, ExitUsage, "no run file in it"},
		"judged again":  {"", []string{"judge", filepath.Join(folder, "merged", "run.json"), "--out", t.TempDir()}, ExitOK, "PASSED"},
		"not one start": {lines[0] + laterBy(t, lines[1], 8*time.Second), []string{"merge", "-", "--out", t.TempDir()}, ExitInconclusive, "apart"},
		"shard by file": {"", []string{"judge", filepath.Join(folder, "0", "run.json"), "--out", t.TempDir()}, ExitOK, "shard 1 of 2"},
	} {
		if name == "judged again" {
			continue // below: it needs the merged run
		}
		code, out, errors := run(t, c.stdin, c.args...)
		if code != c.want || !strings.Contains(out+errors, c.says) {
			t.Errorf("%s: ended with %d, want %d with %q\n%s%s", name, code, c.want, c.says, out, errors)
		}
	}
	if code, out, errors := run(t, "", "judge", filepath.Join(folder, "merged", "run.json"), "--out", t.TempDir()); code != ExitOK {
		t.Errorf("a merged run judged again ends with %d\n%s%s", code, out, errors)
	}
}

// laterBy is a run whose load began later.
func laterBy(t *testing.T, line string, d time.Duration) string {
	t.Helper()
	load := strings.Index(line, `"load":[`)
	before, after, found := strings.Cut(line[load:], `"startedAt":"`)
	if !found {
		t.Fatal("the load has no start")
	}
	text, rest, _ := strings.Cut(after, `"`)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return line[:load] + before + `"startedAt":"` + at.Add(d).Format(time.RFC3339Nano) + `"` + rest
}

// What the user types is required, what stands there by default is advice.
func TestTypedObjectiveIsAMust(t *testing.T) {
	flags := site(t, issuers.Options{Fault: "load-crawls"})
	load := append([]string{"load", "--load-rate", "10", "--load-duration", "1s", "--load-users", "3", "--out", t.TempDir()}, flags...)
	if code, out, _ := run(t, "", load...); code != ExitOK {
		t.Errorf("the default objective is missed: ended with %d\n%s", code, out)
	}
	typed := append(load, "--load-latency", "100ms")
	code, out, _ := run(t, "", typed...)
	for tries := 0; code == ExitInconclusive && tries < 5; tries++ { // this machine was busy
		code, out, _ = run(t, "", typed...)
	}
	if code != ExitFailed {
		t.Errorf("a typed objective is missed: ended with %d\n%s", code, out)
	}
}

func TestLoadStopsItself(t *testing.T) {
	flags := site(t, issuers.Options{Fault: "load-login-page"})
	load := append([]string{"load", "--load-rate", "150", "--load-duration", "30s", "--abort-on", "failures=20%", "--out", t.TempDir()}, flags...)
	if code, out, _ := run(t, "", load...); code != ExitFailed || !strings.Contains(out, "stopped itself") {
		t.Errorf("ended with %d\n%s", code, out)
	}
}

func TestLoadCompare(t *testing.T) {
	one, other := site(t, issuers.Options{}), site(t, issuers.Options{Fault: "load-crawls"})
	folder := t.TempDir()
	compare := append([]string{"load", "compare", "fast=" + one[1], "slow=" + other[1], "--rounds", "3", "--slice", "300ms", "--in-flight", "2", "--out", folder}, one[2:]...)
	compare = append(compare, other[2:]...)
	code, out, errors := run(t, "", compare...)
	if code != ExitOK || !strings.Contains(out, "as many tokens as fast") {
		t.Errorf("ended with %d\n%s%s", code, out, errors)
	}
	saved, err := record.ReadFile(filepath.Join(folder, "run.json"))
	if err != nil || saved.Comparison == nil || len(saved.Comparison.Ratios) != 1 {
		t.Fatalf("%v, %+v", err, saved.Comparison)
	}
	if r := saved.Comparison.Ratios[0]; r.Rounds != 3 || r.Ratio <= 0 || r.Ratio > 0.5 || r.High < r.Ratio {
		t.Errorf("%+v", r)
	}
	for says, args := range map[string][]string{
		"two endpoints":    {"load", "compare", "go"},
		"no reference iss": {"load", "compare", "go", "nod"},
		"not a key size":   {"load", "compare", "go", "go-many"},
	} {
		if code, out, errors := run(t, "", args...); code != ExitUsage || !strings.Contains(out+errors, says) {
			t.Errorf("%v ended with %d\n%s%s", args, code, out, errors)
		}
	}
}
