package record

import "time"

// Load is one load run against the token endpoint. Latency is from the intended
// send time, service from the real one, lateness how late the generator sent.
type Load struct {
	Name      string    `json:"name"`
	StartedAt time.Time `json:"startedAt"`
	// Requested and Achieved are rates per second.
	Requested float64 `json:"requested"`
	Achieved  float64 `json:"achieved"`
	// Seconds is how long requests were sent, without the warm-up.
	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`
	// Failures counts failed requests by class: "refused", "timeout", "status 503", "redirect", "html", "empty", "no token" and so on.
	Failures map[string]int64 `json:"failures"`
	Latency  Quantiles        `json:"latency"`
	Service  Quantiles        `json:"service"`
	Lateness Quantiles        `json:"lateness"`
	Tokens   LoadTokens       `json:"tokens"`
	// Generator says what the load generator itself used.
	Generator Generator `json:"generator"`
	// Histogram is the latency in microseconds as HDR histogram V2, base64.
	Histogram string       `json:"histogram,omitempty"`
	Series    []LoadSecond `json:"series"`
	// Objective is what the figures were held to.
	Objective Objective `json:"objective"`
	// Verdict is "meets", "misses" or "inconclusive"; Reason says why when it is not "meets".
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	// Interrupted is set when the run was stopped before its time.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Quantiles of a latency, in seconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// LoadTokens counts what the tokens under load were.
type LoadTokens struct {
	Verified int64 `json:"verified"`
	Invalid  int64 `json:"invalid"`
	Shared   int64 `json:"shared"` // the token or the sub of one user was given to another
	Stale    int64 `json:"stale"`  // issued before the allowed age, or not live any more
	// Reasons counts the invalid ones by the verifier's message.
	Reasons map[string]int64 `json:"reasons,omitempty"`
	// Examples are a few findings, masked, for the report.
	Examples []string `json:"examples,omitempty"`
	// Unjudged is set when there was no key to verify with.
	Unjudged bool `json:"unjudged,omitempty"`
}

// Generator says what the load generator used and whether it was the bottleneck.
type Generator struct {
	CPUSeconds float64 `json:"cpuSeconds"`
	Bound      bool    `json:"bound"`
	Reason     string  `json:"reason,omitempty"`
	MaxOpen    int64   `json:"maxOpen,omitempty"` // most requests in flight at once
}

// LoadSecond is one second of a load run, by intended send time.
type LoadSecond struct {
	Second   int     `json:"second"`
	Requests int64   `json:"requests"`
	Failures int64   `json:"failures"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
}

// Objective is the service objective of a load run.
type Objective struct {
	Percentile float64 `json:"percentile"` // 99 is the 99th
	Latency    float64 `json:"latency"`    // seconds at that percentile
	ErrorShare float64 `json:"errorShare"` // allowed share of failed requests, 0 to 1
}
