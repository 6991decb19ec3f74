package loadgen

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics serves the figures of a load to Prometheus while it runs, in base units.
type metrics struct {
	server   *http.Server
	requests prometheus.Counter
	failures *prometheus.CounterVec
	tokens   *prometheus.CounterVec
	latency  prometheus.Histogram
	service  prometheus.Histogram
	lateness prometheus.Histogram
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
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "webchatspec", Subsystem: "load", Name: name, Help: help}
	}
	histogram := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "webchatspec", Subsystem: "load", Name: name, Help: help, Buckets: latencyBuckets,
		})
	}
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "webchatspec", Subsystem: "load", Name: name, Help: help}, read)
	}
	m := &metrics{
		requests: prometheus.NewCounter(counter("requests_total", "Requests that were answered or failed.")),
		failures: prometheus.NewCounterVec(counter("failures_total", "Failed requests by class."), []string{"class"}),
		tokens:   prometheus.NewCounterVec(counter("tokens_total", "Tokens by what they were found to be when they came."), []string{"found"}),
		latency:  histogram("latency_seconds", "From the time at which a request was due to the whole answer."),
		service:  histogram("service_seconds", "From the time at which a request was sent to the whole answer."),
		lateness: histogram("lateness_seconds", "How late requests were sent."),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.failures, m.tokens, m.latency, m.service, m.lateness,
		gauge("requests_in_flight", "Requests on their way.", func() float64 { return float64(r.sender.inFlight.Load()) }),
		gauge("target_requests_per_second", "The rate that was asked for, over the whole load.", r.config.mean))
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = m.server.Serve(listener) }() // it ends with close
	return m, nil
}

func (m *metrics) observe(a answer) {
	m.requests.Inc()
	m.lateness.Observe(a.sent.Sub(a.due).Seconds())
	if a.failure != "" {
		m.failures.WithLabelValues(a.failure).Inc()
		return
	}
	m.latency.Observe(a.done.Sub(a.due).Seconds())
	m.service.Observe(a.done.Sub(a.sent).Seconds())
	m.tokens.WithLabelValues(a.found()).Inc()
}

// refute counts a token as invalid that counts as accepted too: a counter cannot go back.
func (m *metrics) refute() { m.tokens.WithLabelValues("invalid").Inc() }

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
