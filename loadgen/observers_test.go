package loadgen

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/webchatspec/webchatspec/record"
)

// The raw results are read by the real vegeta, which sees the failures too.
func TestRawResultsInVegeta(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "results.bin")
	load, err := Run(t.Context(), site(t, "load-login-page"), Config{Rate: 120, Duration: time.Second, RawFile: raw}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Failed() == 0 {
		t.Fatalf("%d requests, none failed", load.Requests)
	}
	if testing.Short() {
		t.Skip("builds vegeta")
	}
	version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/tsenart/vegeta/v12").Output()
	if err != nil {
		t.Fatal(err)
	}
	vegeta := exec.Command("go", "run", "github.com/tsenart/vegeta/v12@"+string(version[:len(version)-1]), "report", "-type=json", raw)
	vegeta.Stderr = os.Stderr
	text, err := vegeta.Output()
	if err != nil {
		t.Fatalf("vegeta report: %v", err)
	}
	var report struct {
		Requests  int64
		Success   float64
		Latencies struct{ Max int64 }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	good := 1 - load.ErrorShare()
	if report.Requests != load.Requests || report.Success < good-0.001 || report.Success > good+0.001 {
		t.Errorf("vegeta sees %d requests and %g of success, want %d and %g", report.Requests, report.Success, load.Requests, good)
	}
	if longest := time.Duration(report.Latencies.Max).Seconds(); longest < load.Latency.Max*0.99 {
		t.Errorf("vegeta's longest latency is %g s, want %g", longest, load.Latency.Max)
	}
}

// The figures can be read while the load runs, in the format that Prometheus reads.
func TestMetricsWhileItRuns(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	seen := map[string]float64{}
	_, err = Run(t.Context(), site(t, ""), Config{Rate: 100, Duration: 1500 * time.Millisecond, Metrics: address}, func(p Progress) {
		if p.Requests < 20 {
			return
		}
		response, err := http.Get(fmt.Sprintf("http://%s/metrics", address))
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(response.Body)
		if err != nil {
			t.Error(err)
			return
		}
		for name, family := range families {
			for _, metric := range family.GetMetric() {
				seen[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"webchatspec_load_requests_total", "webchatspec_load_tokens_total", "webchatspec_load_latency_seconds",
		"webchatspec_load_service_seconds", "webchatspec_load_lateness_seconds", "webchatspec_load_target_requests_per_second",
	} {
		if seen[name] <= 0 {
			t.Errorf("%s is %g", name, seen[name])
		}
	}
	if _, there := seen["webchatspec_load_requests_in_flight"]; !there {
		t.Error("the requests in flight are not told")
	}
}

// An endpoint that only ever fails is not asked for the rest of a long load.
func TestHopelessLoadStops(t *testing.T) {
	f := newFigures(0, time.Minute, time.Minute)
	u := newUsers(1, 1, nil)[0]
	began := time.Now().Add(-12 * time.Second)
	add := func(at time.Duration, failure string) {
		due := began.Add(at)
		f.add(answer{user: u, due: due, sent: due, done: due, failure: failure}, began)
	}
	add(0, "")
	for i := range hopelessCount {
		if reason := f.hopeless(0); reason != "" {
			t.Errorf("after %d failures: %s", i, reason)
		}
		add(time.Duration(i)*time.Millisecond, record.FailureRefused)
	}
	if reason := f.hopeless(0); reason == "" {
		t.Error("nothing but failures for twelve seconds, and the load goes on")
	}
	if add(time.Second*11, ""); f.hopeless(0) != "" {
		t.Errorf("after a good answer: %s", f.hopeless(0))
	}
}
