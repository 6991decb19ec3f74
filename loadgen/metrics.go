package loadgen

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	exposition "github.com/VictoriaMetrics/metrics"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// metrics serves the figures of a load to Prometheus while it runs, in base units.
type metrics struct {
	server   *http.Server
	set      *exposition.Set
	requests *exposition.Counter
	latency  *exposition.PrometheusHistogram
	service  *exposition.PrometheusHistogram
	lateness *exposition.PrometheusHistogram
}

// latencyBuckets go from a millisecond to ten seconds.
var latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMetrics(address string, r *run) (*metrics, error) {
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	exposition.ExposeMetadata(true) // the type of each, for all sets of the process
	set := exposition.NewSet()
	m := &metrics{
		set:      set,
		requests: set.NewCounter(metricName("requests_total")),
		latency:  set.NewPrometheusHistogramExt(metricName("latency_seconds"), latencyBuckets),
		service:  set.NewPrometheusHistogramExt(metricName("service_seconds"), latencyBuckets),
		lateness: set.NewPrometheusHistogramExt(metricName("lateness_seconds"), latencyBuckets),
	}
	set.NewGauge(metricName("requests_in_flight"), func() float64 { return float64(r.sender.inFlight.Load()) })
	set.NewGauge(metricName("target_requests_per_second"), r.config.mean)
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		set.WritePrometheus(w)
	})
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer panics.Tell()
		_ = m.server.Serve(listener) // it ends with close
	}()
	return m, nil
}

func metricName(name string) string { return "webchatspec_load_" + name }

func (m *metrics) observe(a answer) {
	m.requests.Inc()
	m.lateness.Update(a.lateness().Seconds())
	if a.failure != "" {
		m.set.GetOrCreateCounter(fmt.Sprintf("%s{class=%q}", metricName("failures_total"), a.failure)).Inc()
		return
	}
	m.latency.Update(a.done.Sub(a.due).Seconds())
	m.service.Update(a.done.Sub(a.sent).Seconds())
	m.tokens(a.found()).Inc()
}

// refute counts a token as invalid that counts as accepted too: a counter cannot go back.
func (m *metrics) refute() { m.tokens("invalid").Inc() }

func (m *metrics) tokens(found string) *exposition.Counter {
	return m.set.GetOrCreateCounter(fmt.Sprintf("%s{found=%q}", metricName("tokens_total"), found))
}

func (m *metrics) close() error { return m.server.Close() }

// found names what the token of an answer was found to be when it came.
func (a answer) found() string {
	switch {
	case a.facts.invalid != "":
		return "invalid"
	case a.shared != nil:
		return "shared"
	case a.changed:
		return "changed"
	case a.facts.stale != "":
		return "stale"
	}
	return "accepted"
}
