package record

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Comparison is of several endpoints that were asked in turn in one run, round
// after round, each as fast as it answers. Rates depend on the machine, their
// ratios within a round hardly do: what disturbs one disturbs all.
type Comparison struct {
	// InFlight is how many requests were on their way at a time.
	InFlight int `json:"inFlight"`
	// Slice is how long each endpoint was asked in a round, in seconds.
	Slice float64 `json:"slice"`
	// Entries are the endpoints, the one that others are compared with first.
	Entries []ComparisonEntry `json:"entries"`
	// Ratios compare each other entry with the first. They are made from the
	// rounds: see [Comparison.Judged].
	Ratios []ComparisonRatio `json:"ratios"`
	// Interrupted is set when the run was stopped before its time.
	Interrupted bool `json:"interrupted,omitempty"`
}

// ComparisonEntry is one endpoint of a comparison.
type ComparisonEntry struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	KeyBits  int    `json:"keyBits,omitempty"`
	// Rates are the accepted tokens a second of each round.
	Rates []float64 `json:"rates"`
	// Rate is their median.
	Rate     float64          `json:"rate"`
	Latency  Quantiles        `json:"latency"` // over all rounds, from sending to the whole answer
	Requests int64            `json:"requests"`
	Failures map[string]int64 `json:"failures,omitempty"`
	Tokens   LoadTokens       `json:"tokens"`
}

// ComparisonRatio says how many times the rate of the first entry another has.
type ComparisonRatio struct {
	Entry string  `json:"entry"` // the other entry's name
	Base  string  `json:"base"`  // the first entry's name
	Ratio float64 `json:"ratio"` // geometric mean over the rounds
	// Low and High bound the ratio with 95 % confidence, by Student's t over
	// the logarithms; both are 0 with fewer than three rounds.
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Rounds int     `json:"rounds"`
}

// Judged returns the comparison with medians and ratios made anew from the rounds.
func (c Comparison) Judged() Comparison {
	c.Entries, c.Ratios = slices.Clone(c.Entries), nil
	for i := range c.Entries {
		c.Entries[i].Rate = median(c.Entries[i].Rates)
	}
	for i := 1; i < len(c.Entries); i++ {
		c.Ratios = append(c.Ratios, ratio(c.Entries[0], c.Entries[i]))
	}
	return c
}

func ratio(base, other ComparisonEntry) ComparisonRatio {
	r := ComparisonRatio{Entry: other.Name, Base: base.Name}
	var logs []float64
	for i := range min(len(base.Rates), len(other.Rates)) {
		if base.Rates[i] > 0 && other.Rates[i] > 0 {
			logs = append(logs, math.Log(other.Rates[i]/base.Rates[i]))
		}
	}
	r.Rounds = len(logs)
	if r.Rounds == 0 {
		return r
	}
	var sum, squares float64
	for _, x := range logs {
		sum += x
	}
	mean := sum / float64(len(logs))
	r.Ratio = math.Exp(mean)
	if len(logs) < 3 {
		return r
	}
	for _, x := range logs {
		squares += (x - mean) * (x - mean)
	}
	n := float64(len(logs))
	half := student(len(logs)-1) * math.Sqrt(squares/(n-1)/n)
	r.Low, r.High = math.Exp(mean-half), math.Exp(mean+half)
	return r
}

// student is the 97.5th percentile of Student's distribution.
func student(freedom int) float64 {
	table := []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131}
	if freedom <= len(table) {
		return table[max(freedom, 1)-1]
	}
	return 1.96 + 2.4/float64(freedom) // within 0.01 of the table's rest
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// Sentence is a ratio in words: "node signs 0.35 times as many tokens as go (0.33 to
// 0.37, …)"; where its interval leaves open which is faster, that no difference was
// shown.
func (r ComparisonRatio) Sentence() string {
	if r.Rounds == 0 {
		return fmt.Sprintf("%s cannot be compared with %s: one of them gave no token", r.Entry, r.Base)
	}
	if r.Low > 0 && r.Low <= 1 && 1 <= r.High {
		return fmt.Sprintf("no difference between %s and %s was shown: %s signs %.3g to %.3g times as many tokens (95 %% of %d rounds)",
			r.Entry, r.Base, r.Entry, r.Low, r.High, r.Rounds)
	}
	text := fmt.Sprintf("%s signs %.3g times as many tokens as %s", r.Entry, r.Ratio, r.Base)
	if r.Low > 0 {
		text += fmt.Sprintf(" (%.3g to %.3g, 95 %% of %d rounds)", r.Low, r.High, r.Rounds)
	}
	return text
}

// Sentence is all ratios in words.
func (c Comparison) Sentence() string {
	told := make([]string, len(c.Ratios))
	for i, r := range c.Ratios {
		told[i] = r.Sentence()
	}
	return strings.Join(told, "; ")
}
