package record

import (
	"fmt"
	"time"
)

// Load is one load run against the token endpoint. Latency is from the time at
// which a request was due, service from the one at which it was sent, lateness
// how late the generator was by its own fault: a request that waits because as many
// as may be in flight are waiting for the endpoint is not late. Latency and service count the answers with a
// token and the requests that timed out: a fast error page must not make an
// endpoint look fast.
type Load struct {
	Name string `json:"name"`
	// Role is one of the Role constants; empty for a load that is judged by itself.
	Role      string    `json:"role,omitempty"`
	StartedAt time.Time `json:"startedAt"`
	// Requested is the rate that was asked for, the mean over the stages of a
	// ramp. Achieved is the rate of answers, good and bad, while requests were
	// sent; an answer of "too many requests" is none.
	Requested float64 `json:"requested"`
	Achieved  float64 `json:"achieved"`
	// Seconds is how long requests were sent, without the warm-up.
	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`
	// Unsent counts requests that were due and for which the generator had no room.
	Unsent int64 `json:"unsent,omitempty"`
	// Outstanding counts requests that were not answered when the last one was due.
	Outstanding int64 `json:"outstanding,omitempty"`
	// Repeats counts requests that were sent again by the HTTP client, because the
	// server closed the connection without an answer, as browsers do.
	Repeats int64 `json:"repeats,omitempty"`
	// Users is how many users took turns, each with cookies of its own.
	Users int `json:"users,omitempty"`
	// Failures counts failed requests by class: "refused", "timeout", "status 503",
	// "redirect", "html", "empty", "no token", "throttled" and so on.
	Failures map[string]int64 `json:"failures"`
	Latency  Quantiles        `json:"latency"`
	Service  Quantiles        `json:"service"`
	Lateness Quantiles        `json:"lateness"`
	// AtObjective is the latency at the percentile of the objective, in seconds.
	AtObjective float64    `json:"atObjective"`
	Tokens      LoadTokens `json:"tokens"`
	// Generator says what the load generator itself used.
	Generator Generator `json:"generator"`
	// Histogram is the latency in microseconds as HDR histogram V2, base64.
	Histogram         string       `json:"histogram,omitempty"`
	ServiceHistogram  string       `json:"serviceHistogram,omitempty"`
	LatenessHistogram string       `json:"latenessHistogram,omitempty"`
	Series            []LoadSecond `json:"series"`
	// Step is how many seconds a row of the series has where it is more than one: in a
	// load of more than an hour it doubles whenever there are too many rows.
	Step int `json:"step,omitempty"`
	// Objective is what the figures were held to.
	Objective Objective `json:"objective"`
	// Verdict is one of the Load constants, made by judging from the figures;
	// Reason says why when it is not LoadMeets.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	// Default is set when nobody asked for this load: it is part of a default
	// run, where a generator that cannot keep up is worth a warning and no more.
	Default bool `json:"default,omitempty"`
	// Interrupted is set when the run was stopped before its time.
	Interrupted bool `json:"interrupted,omitempty"`
	// Aborted says why the load stopped itself before its time; "" when it did not.
	Aborted string `json:"aborted,omitempty"`
	// Apart is how far apart the shards of a merged load began, in seconds.
	Apart float64 `json:"apart,omitempty"`
	// Shard is set when other machines send the rest of the load.
	Shard *LoadShard `json:"shard,omitempty"`
}

// Roles of a load that is part of something larger.
const (
	RoleSearch   = "search"   // a step of the search for the highest rate
	RoleBaseline = "baseline" // before an overload
	RoleOverload = "overload" // more than the endpoint is expected to hold
	RoleReturn   = "return"   // the time that the way back to the former latency may take
	RoleRecovery = "recovery" // after that
	RoleCompared = "compared" // one endpoint of a comparison, asked as fast as it answers
)

// OnTheWay says whether the load is a step on the way to an answer, such as one
// of a search or of a comparison, whose figures are in that answer.
func (l Load) OnTheWay() bool { return l.Role == RoleSearch || l.Role == RoleCompared }

// Verdicts of a load.
const (
	LoadMeets        = "meets"
	LoadMisses       = "misses"
	LoadInconclusive = "inconclusive"
)

// FailureGenerator is the class of requests for which the generator's own machine
// had no files or ports left.
const FailureGenerator = "generator"

// FailureRepeated is the class of requests that had to be sent again before an
// answer came, on a connection that had not been idle.
const FailureRepeated = "repeated"

// Throttled counts the requests that were refused as too many.
func (l Load) Throttled() int64 { return l.Failures[FailureThrottled] }

// Failed counts the failed requests but for the throttled ones, which belong to
// the rate.
func (l Load) Failed() int64 {
	var failed int64
	for class, n := range l.Failures {
		if class != FailureThrottled {
			failed += n
		}
	}
	return failed
}

// ErrorShare is the share of failed requests, 0 to 1, without the throttled ones.
func (l Load) ErrorShare() float64 { return share(l.Failed(), l.Requests) }

func share(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// AllowedBacklog is how many requests may be waiting for their answer when the
// last one is due: as many as fall due within the latency of the objective, or
// within a second where that is less, so that a single pause at the end of a
// short run does not read as a queue that grows. A step of a search is short, and
// there the queue is what tells a rate that is held from one just above: what falls
// due within a sixth of a second may be waiting, and no more than a twenty-fifth of
// the requests, beside those that always are.
func (l Load) AllowedBacklog() float64 {
	if l.Role != RoleSearch {
		return l.Requested * max(1, l.Objective.Latency)
	}
	usual := l.Latency.P50
	for _, second := range l.Series {
		usual = min(usual, second.P50)
	}
	return l.Requested * (usual + min(l.Seconds/25, 1.0/6))
}

// Refuses says whether more requests were refused as too many than the objective
// allows to fail.
func (l Load) Refuses() bool { return share(l.Throttled(), l.Requests) > l.Objective.ErrorShare }

// Queues says whether the endpoint left a queue that grew, by more than a
// generator that was late itself explains.
func (l Load) Queues() bool {
	return float64(l.Outstanding)-l.Requested*l.Lateness.P99 > l.AllowedBacklog()
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
	Verified int64 `json:"verified"` // accepted by the verifier when they came
	Invalid  int64 `json:"invalid"`
	Shared   int64 `json:"shared"`            // the token or the sub of one user was given to another
	Changed  int64 `json:"changed,omitempty"` // a user got another sub than before, one that no other user has
	Stale    int64 `json:"stale"`             // issued before the allowed age, not live any more, or with times that do not keep up with the requests
	// Reasons counts the invalid ones by the verifier's message.
	Reasons map[string]int64 `json:"reasons,omitempty"`
	// Broken counts those that were accepted and new but break a rule of a single
	// token that is a MUST, by the id of the rule.
	Broken map[string]int64 `json:"broken,omitempty"`
	// Advised counts those that break a rule which is a SHOULD and was kept as the
	// sessions began, by the id of the rule.
	Advised map[string]int64 `json:"advised,omitempty"`
	// Examples are a few findings, masked, for the report.
	Examples []LoadExample `json:"examples,omitempty"`
	// Cached counts those of answers of which a cache on the way said that it had
	// kept them.
	Cached int64 `json:"cached,omitempty"`
	// AllowedAge is the age from which a token counts as stale, in seconds; 0
	// when it may be as old as its user's session.
	AllowedAge float64 `json:"allowedAge,omitempty"`
	// Unjudged is set when there was no key to verify with.
	Unjudged bool `json:"unjudged,omitempty"`
	// Subs are hashes of the users' subs, kept by shards only: merging looks
	// there for users of two shards who share one.
	Subs []string `json:"subs,omitempty"`
}

// LoadExample is one finding under load. Kind is one of the Example constants.
type LoadExample struct {
	Kind   string  `json:"kind"`
	Second float64 `json:"second"` // when, from the beginning of the load
	Text   string  `json:"text"`
}

// Kinds of examples.
const (
	ExampleInvalid = "invalid"
	ExampleBroken  = "broken" // the rule, a colon, and what was there
	ExampleShared  = "shared"
	ExampleChanged = "changed"
	ExampleStale   = "stale"
	ExampleFailure = "failure"
	ExampleCached  = "cached" // the headers by which the cache says so
)

// Generator says what the load generator used and whether it was the bottleneck.
type Generator struct {
	// CPUSeconds is the processor time of the whole process; a demo site in the
	// same process has its part in it. 0 where the system does not tell.
	CPUSeconds float64 `json:"cpuSeconds"`
	Cores      int     `json:"cores,omitempty"`
	Bound      bool    `json:"bound"`
	Reason     string  `json:"reason,omitempty"`
	// ClockStep is by how many seconds this machine's clock was set while the load
	// ran: ages of tokens mean nothing then. Latencies do not depend on it.
	ClockStep float64 `json:"clockStep,omitempty"`
	MaxOpen   int64   `json:"maxOpen,omitempty"` // most requests in flight at once
	Limit     int64   `json:"limit,omitempty"`   // how many there might have been
}

// RowSeconds is how many seconds a row of the series has.
func (l Load) RowSeconds() int { return max(1, l.Step) }

// ByRow says how the series is divided: "by second", or "in steps of 32 s".
func (l Load) ByRow() string {
	if l.Step > 1 {
		return fmt.Sprintf("in steps of %d s", l.Step)
	}
	return "by second"
}

// LoadSecond is one second of a load run, or several, the first of which it names, by
// the time at which requests were due.
type LoadSecond struct {
	Second   int   `json:"second"`
	Requests int64 `json:"requests"`
	Failures int64 `json:"failures"`
	// Wrong counts the tokens that were not accepted, not fresh, or another user's.
	Wrong     int64   `json:"wrong,omitempty"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
	Histogram string  `json:"histogram,omitempty"` // of a shard, for merging
}

// LoadShard says which shard of a load this is.
type LoadShard struct {
	Index int `json:"index"` // from 0
	Count int `json:"count"`
	// Plan is a fingerprint of the settings that all shards of one run share.
	Plan string `json:"plan"`
}

// Objective is the service objective of a load run.
type Objective struct {
	Percentile float64 `json:"percentile"` // 99 is the 99th
	Latency    float64 `json:"latency"`    // seconds at that percentile
	ErrorShare float64 `json:"errorShare"` // allowed share of failed requests, 0 to 1
	// Typed is set when the user named the latency or the percentile: what is
	// typed is a MUST, what stands there by default is advice.
	Typed bool `json:"typed,omitempty"`
}
