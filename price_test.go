//go:build unix

package webchatspec_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/fixtures/process"
	"github.com/webchatspec/webchatspec/record"
)

// BenchmarkPriceOfVerifying compares whole processes, in turn, one core each and
// at the same rate against the same server with ready-made tokens: 'webchatspec
// load', which verifies every token, with 'vegeta attack', which verifies none. The
// ratio of the processor time for a request holds on other machines.
//
//	go test -run '^$' -bench Price -benchtime 1x .
func BenchmarkPriceOfVerifying(b *testing.B) {
	const length = 8 * time.Second
	dir := b.TempDir()
	build(b, dir)
	address := nullServer(b, dir)
	for _, rate := range []int{3000, 4000} {
		b.Run(fmt.Sprintf("%d a second", rate), func(b *testing.B) {
			var plain, verified, ratio float64
			var memory int64
			rounds := 0
			for b.Loop() {
				without, _ := vegetaAttack(b, dir, address, rate, length)
				with, peak := webchatspecLoad(b, dir, rate, length)
				plain, verified, ratio, rounds = plain+without, verified+with, ratio+with/without, rounds+1
				memory = max(memory, peak)
			}
			b.ReportMetric(0, "ns/op") // the length of the load, which says nothing
			b.ReportMetric(plain/float64(rounds), "vegeta-µs/request")
			b.ReportMetric(verified/float64(rounds), "webchatspec-µs/request")
			b.ReportMetric(ratio/float64(rounds), "ratio")
			b.ReportMetric(float64(memory), "MB")
		})
	}
}

// build builds the three programs.
func build(b *testing.B, dir string) {
	b.Helper()
	version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/tsenart/vegeta/v12").Output()
	if err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{
		{"build", "-o", dir + "/", "./cmd/webchatspec", "./fixtures/nullserver"},
		{"install", "github.com/tsenart/vegeta/v12@" + strings.TrimSpace(string(version))},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "GOBIN="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}

// BenchmarkCapacity has the highest rate looked for of a server whose capacity is
// known, since it takes so long for each answer whatever the machine is busy with,
// and tells how far off the farther of the two rates of the answer was, at worst.
//
//	go test -run '^$' -bench Capacity -benchtime 5x .
func BenchmarkCapacity(b *testing.B) {
	const truth = 1300
	dir := b.TempDir()
	build(b, dir)
	nullServer(b, dir, fmt.Sprint(truth))
	worst, answers, rounds := 0.0, 0, 0
	for b.Loop() {
		search := exec.Command(filepath.Join(dir, "webchatspec"), "load", "--config", filepath.Join(dir, "webchatspec.yaml"),
			"--capacity", "--format", "json", "--quiet", "--out", dir)
		out, err := search.CombinedOutput()
		run, readErr := record.ReadFile(filepath.Join(dir, "run.json"))
		if readErr != nil || run.Capacity == nil {
			b.Fatalf("webchatspec load --capacity: %v, %v\n%s", err, readErr, out)
		}
		b.Log(run.Capacity.Sentence())
		rounds++
		if run.Capacity.Verdict == record.CapacityFound {
			answers++
			worst = max(worst, math.Abs(run.Capacity.Holds/truth-1), math.Abs(run.Capacity.Misses/truth-1))
		}
	}
	b.ReportMetric(0, "ns/op") // the length of the searches, which says nothing
	b.ReportMetric(float64(answers)/float64(rounds), "answers/search")
	b.ReportMetric(100*worst, "%-off-at-worst")
}

// nullServer starts the server and returns its address.
func nullServer(b *testing.B, dir string, arguments ...string) string {
	b.Helper()
	server := exec.Command(filepath.Join(dir, "nullserver"), append([]string{filepath.Join(dir, "key.pub")}, arguments...)...)
	address, _ := process.Start(b, server, "GOMAXPROCS=1")
	settings := fmt.Sprintf("endpoint: %s\npublicKeys: key.pub\nload: {maxAge: 24h}\n", address)
	if err := os.WriteFile(filepath.Join(dir, "webchatspec.yaml"), []byte(settings), 0o644); err != nil {
		b.Fatal(err)
	}
	return address
}

// measured runs a program on one core and returns its processor time and the most
// memory that it had, in MB. An exit code is no matter here.
func measured(b *testing.B, cmd *exec.Cmd) (time.Duration, int64) {
	b.Helper()
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss / 1024
}

// vegetaAttack returns the processor time for a request, in microseconds.
func vegetaAttack(b *testing.B, dir, address string, rate int, length time.Duration) (float64, int64) {
	b.Helper()
	results := filepath.Join(dir, "results.bin")
	attack := exec.Command(filepath.Join(dir, "vegeta"), "attack", "-rate", fmt.Sprint(rate), "-duration", length.String(), "-output", results)
	attack.Stdin = strings.NewReader("GET " + address + "\n")
	used, memory := measured(b, attack)
	text, err := exec.Command(filepath.Join(dir, "vegeta"), "report", "-type=json", results).Output()
	var report struct{ Requests int64 }
	if err != nil || json.Unmarshal(text, &report) != nil || report.Requests == 0 {
		b.Fatalf("vegeta report: %v\n%s", err, text)
	}
	return float64(used.Microseconds()) / float64(report.Requests), memory
}

// webchatspecLoad returns the processor time for a request, in microseconds.
func webchatspecLoad(b *testing.B, dir string, rate int, length time.Duration) (float64, int64) {
	b.Helper()
	load := exec.Command(filepath.Join(dir, "webchatspec"), "load", "--config", filepath.Join(dir, "webchatspec.yaml"),
		"--load-rate", fmt.Sprint(rate), "--load-duration", length.String(), "--format", "json", "--quiet", "--out", dir)
	used, memory := measured(b, load)
	run, err := record.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil || len(run.Load) == 0 || run.Load[0].Tokens.Verified == 0 || run.Load[0].Tokens.Invalid > 0 {
		b.Fatalf("webchatspec load: %v, %+v", err, run.Load)
	}
	return float64(used.Microseconds()) / float64(run.Load[0].Requests), memory
}
