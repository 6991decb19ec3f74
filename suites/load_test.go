package suites

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// soundLoad is a load in which everything is right.
func soundLoad() record.Load {
	return record.Load{
		Requested: 100, Achieved: 100, Seconds: 5, Requests: 500, Users: 20,
		Failures: map[string]int64{}, AtObjective: 0.02,
		Latency:   record.Quantiles{P50: 0.005, P90: 0.01, P99: 0.02, Max: 0.03},
		Tokens:    record.LoadTokens{Verified: 500},
		Objective: record.Objective{Percentile: 99, Latency: 0.5},
	}
}

// loadOutcomes judges the load area alone.
func loadOutcomes(loads ...record.Load) map[string]record.Outcome {
	run := record.Run{Load: loads, Evidence: record.Evidence{
		Probes: []record.Probe{{Name: record.ProbeLoad}, {Name: record.ProbeRecovery}},
	}}
	outcomes := map[string]record.Outcome{}
	for _, o := range Judge(run, Options{}).Outcomes {
		if strings.HasPrefix(o.ID, "load-") {
			outcomes[o.ID] = o
		}
	}
	return outcomes
}

func TestLoadChecks(t *testing.T) {
	bound := func(l *record.Load) { l.Lateness.P90 = 0.2 }
	for name, c := range map[string]struct {
		change func(*record.Load)
		id     string
		state  record.State
		text   string // in the reason or the finding
	}{
		"sound":   {func(*record.Load) {}, "load-latency", record.Passed, ""},
		"invalid": {func(l *record.Load) { l.Tokens.Invalid, l.Tokens.Reasons = 2, map[string]int64{"invalid signature": 2} }, "load-tokens-valid", record.Failed, "2 of 502 tokens were refused: 2 invalid signature"},
		"breaks a rule": {func(l *record.Load) {
			l.Tokens.Broken = map[string]int64{"exp-present": 4}
			l.Tokens.Examples = []record.LoadExample{{Kind: record.ExampleBroken, Second: 2, Text: "exp-present: none"}}
		}, "load-tokens-valid", record.Failed, "4 of 500 tokens break exp-present: none, the first after 2 s"},
		"no key":              {func(l *record.Load) { l.Tokens = record.LoadTokens{Unjudged: true} }, "load-tokens-valid", record.Inconclusive, "--public-key"},
		"no token":            {func(l *record.Load) { l.Tokens, l.Failures["html"] = record.LoadTokens{}, 500 }, "load-users-isolated", record.Inconclusive, "no token"},
		"shared":              {func(l *record.Load) { l.Tokens.Shared = 3 }, "load-users-isolated", record.Failed, "3 times a user got what belongs to another"},
		"changed":             {func(l *record.Load) { l.Tokens.Changed = 3 }, "load-users-isolated", record.Failed, "another sub than before"},
		"stale":               {func(l *record.Load) { l.Tokens.Stale, l.Tokens.AllowedAge = 4, 60 }, "load-tokens-fresh", record.Failed, "4 of 500 were not"},
		"failures":            {func(l *record.Load) { l.Failures["html"], l.Failures["empty"] = 3, 1 }, "load-errors", record.Failed, "4 of 500 failed, 0.8 %: 3 html, 1 empty"},
		"failures, allowed":   {func(l *record.Load) { l.Failures["html"], l.Objective.ErrorShare = 5, 0.01 }, "load-errors", record.Passed, ""},
		"429 is no error":     {func(l *record.Load) { l.Failures["throttled"] = 50 }, "load-errors", record.Passed, ""},
		"429":                 {func(l *record.Load) { l.Failures["throttled"] = 50 }, "load-rate-held", record.Failed, "50 of 500 requests were rate-limited"},
		"429, bound":          {func(l *record.Load) { bound(l); l.Failures["throttled"] = 50 }, "load-rate-held", record.Failed, "rate-limited"},
		"queue":               {func(l *record.Load) { l.Outstanding = 150 }, "load-rate-held", record.Failed, "150 requests still waited"},
		"slow":                {func(l *record.Load) { l.AtObjective = 0.9 }, "load-latency", record.Failed, "900 ms"},
		"slow, busy":          {func(l *record.Load) { l.AtObjective, l.Lateness.P90 = 0.9, 0.05 }, "load-latency", record.Inconclusive, "machine was busy"},
		"slow from queue":     {func(l *record.Load) { l.AtObjective, l.Outstanding = 0.9, 150 }, "load-latency", record.Blocked, "load-rate-held"},
		"slow, bound":         {func(l *record.Load) { bound(l); l.AtObjective = 0.9 }, "load-latency", record.Inconclusive, "were sent 200 ms late"},
		"rate, bound":         {bound, "load-rate-held", record.Inconclusive, "were sent 200 ms late"},
		"time-outs, bound":    {func(l *record.Load) { bound(l); l.Failures["timeout"] = 9 }, "load-errors", record.Inconclusive, "were sent 200 ms late"},
		"html, bound":         {func(l *record.Load) { bound(l); l.Failures["html"] = 9 }, "load-errors", record.Failed, "9 html"},
		"not one load":        {func(l *record.Load) { l.Apart = 8 }, "load-rate-held", record.Inconclusive, "8 s apart"},
		"nothing answered":    {func(l *record.Load) { l.Requests = 0 }, "load-rate-held", record.Inconclusive, "no request was answered"},
		"interrupted":         {func(l *record.Load) { l.Interrupted = true }, "load-tokens-valid", record.Inconclusive, "interrupted after 5 s"},
		"interrupted, wrong":  {func(l *record.Load) { l.Interrupted, l.Tokens.Invalid = true, 1 }, "load-tokens-valid", record.Failed, ""},
		"wrong in a search":   {func(l *record.Load) { l.Role, l.Tokens.Invalid = record.RoleSearch, 1 }, "load-tokens-valid", record.Failed, "1 of 501"},
		"slow in a search":    {func(l *record.Load) { l.Role, l.AtObjective = record.RoleSearch, 9 }, "load-latency", record.NotRun, "no load was run"},
		"without an overload": {func(*record.Load) {}, "load-recovers", record.NotRun, "overload"},
	} {
		t.Run(name, func(t *testing.T) {
			l := soundLoad()
			c.change(&l)
			o := loadOutcomes(l)[c.id]
			told := o.Reason
			for _, finding := range o.Findings {
				told += finding.Actual
			}
			if o.State != c.state || !strings.Contains(told, c.text) {
				t.Errorf("%s is %s: %s, want %s: %s", c.id, o.State, told, c.state, c.text)
			}
		})
	}
}

// What the user typed as an objective is required; the default is advice.
func TestTypedObjectiveIsRequired(t *testing.T) {
	for typed, level := range map[bool]record.Level{true: record.Must, false: record.Should} {
		l := soundLoad()
		l.AtObjective, l.Objective.Typed = 0.9, typed
		run := Judge(record.Run{Load: []record.Load{l}, Evidence: record.Evidence{Probes: []record.Probe{{Name: record.ProbeLoad}}}}, Options{})
		i := slices.IndexFunc(run.Outcomes, func(o record.Outcome) bool { return o.ID == "load-latency" })
		if o := run.Outcomes[i]; o.State != record.Failed || o.Level != level {
			t.Errorf("typed %t: %s, %s", typed, o.State, o.Level)
		}
		if failed := run.Verdict == record.VerdictFailed; failed != typed {
			t.Errorf("typed %t: the run's verdict is %s", typed, run.Verdict)
		}
	}
}

// Whatever is in the verdict of a load, some check of the area says it too.
func TestEveryAspectIsRead(t *testing.T) {
	for aspect, spoil := range map[record.LoadAspect]func(*record.Load){
		record.LoadValid: func(l *record.Load) { l.Tokens.Invalid = 1 }, record.LoadIsolated: func(l *record.Load) { l.Tokens.Changed = 1 },
		record.LoadFresh: func(l *record.Load) { l.Tokens.Stale = 1 }, record.LoadErrors: func(l *record.Load) { l.Failures["html"] = 1 },
		record.LoadRate: func(l *record.Load) { l.Outstanding = 200 }, record.LoadLatency: func(l *record.Load) { l.AtObjective = 1 },
	} {
		l := soundLoad()
		spoil(&l)
		if l.Ask(aspect).Verdict != record.LoadMisses || l.Judged().Verdict != record.LoadMisses {
			t.Errorf("%s: %+v", aspect, l.Ask(aspect))
		}
		failed := 0
		for _, o := range loadOutcomes(l) {
			if o.State == record.Failed {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%s is missed and %d checks failed, want 1", aspect, failed)
		}
	}
	if known := len(record.LoadAspects()); known != 6 {
		t.Errorf("%d aspects: give each a case here", known)
	}
}

// In a default run a generator that cannot keep up is a warning, never a pass.
func TestBoundGeneratorWarnsInDefaultRun(t *testing.T) {
	l := soundLoad()
	l.Lateness.P90, l.Default = 0.2, true
	for _, id := range []string{"load-rate-held", "load-latency"} {
		if o := loadOutcomes(l)[id]; o.State != record.Inconclusive || !o.Warning {
			t.Errorf("%s is %s, warning %t", id, o.State, o.Warning)
		}
	}
}

// A finding in one of several loads is told, and so is one that says nothing.
func TestSeveralLoads(t *testing.T) {
	wrong, halted := soundLoad(), soundLoad()
	wrong.Tokens.Invalid, halted.Interrupted = 1, true
	if o := loadOutcomes(soundLoad(), wrong, halted)["load-tokens-valid"]; o.State != record.Failed {
		t.Errorf("state %s", o.State)
	}
	if o := loadOutcomes(soundLoad(), halted)["load-tokens-valid"]; o.State != record.Inconclusive {
		t.Errorf("state %s", o.State)
	}
}

func TestRecovers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(before, after *record.Load)
		state  record.State
	}{
		"as before":     {func(_, _ *record.Load) {}, record.Passed},
		"a bit slower":  {func(_, after *record.Load) { after.Latency.P90 = 0.1 }, record.Passed},
		"slow":          {func(_, after *record.Load) { after.Latency.P90 = 0.2 }, record.Failed},
		"slow as ever":  {func(before, after *record.Load) { before.Latency.P90, after.Latency.P90 = 1, 1.9 }, record.Passed},
		"failures":      {func(_, after *record.Load) { after.Failures["timeout"] = 1 }, record.Failed},
		"broken before": {func(before, _ *record.Load) { before.Failures["timeout"] = 1 }, record.Inconclusive},
		"bound before":  {func(before, _ *record.Load) { before.Lateness.P90 = 0.2 }, record.Inconclusive},
		"bound after":   {func(_, after *record.Load) { after.Lateness.P90 = 0.2 }, record.Inconclusive},
		"interrupted":   {func(_, after *record.Load) { after.Interrupted = true }, record.Inconclusive},
		"never came":    {func(_, after *record.Load) { after.Role = record.RoleSearch }, record.NotRun},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := soundLoad(), soundLoad()
			before.Role, after.Role = record.RoleBaseline, record.RoleRecovery
			c.change(&before, &after)
			if o := loadOutcomes(before, after)["load-recovers"]; o.State != c.state {
				t.Errorf("state %s (%s), want %s", o.State, o.Reason, c.state)
			}
		})
	}
}

// TestABusyMachineIsNotASlowSite holds a site on a machine that other programs keep
// busy to what it could have done alone.
func TestABusyMachineIsNotASlowSite(t *testing.T) {
	for name, test := range map[string]struct {
		latency, contention float64
		late, answers       int
		state               record.State
		warning             bool
	}{
		"slow":                       {latency: 3, contention: 1, state: record.Failed},
		"slow, contention not known": {latency: 3, state: record.Failed},
		"slow on a busy machine":     {latency: 3, contention: 4, state: record.Inconclusive, warning: true},
		"too slow on any machine":    {latency: 30, contention: 4, state: record.Failed},
		"fast on a busy machine":     {latency: 1, contention: 4, state: record.Passed},
		"few on a busy machine":      {latency: 1, answers: 4, contention: 4, state: record.Inconclusive, warning: true},
		"late on a busy machine":     {latency: 1, contention: 4, late: 2, state: record.Inconclusive, warning: true},
		"late":                       {latency: 1, contention: 1, late: 2, state: record.Failed},
	} {
		probe := record.Probe{Name: record.ProbeBusy, Latencies: slices.Repeat([]float64{test.latency}, cmp.Or(test.answers, 20)), Contention: test.contention}
		if test.late > 0 {
			probe.Failures = map[string]int{record.FailureTimeout: test.late}
		}
		o := outcome(t, Judge(record.Run{Evidence: record.Evidence{Probes: []record.Probe{probe}}}, Options{}), "http-latency")
		if o.State != test.state || o.Warning != test.warning {
			t.Errorf("%s: %s, warning %t: %s", name, o.State, o.Warning, o.Reason)
		}
	}
}

// What the load alone breaks of what is advised is advice here, too.
func TestTokensThatBreakAdviceUnderLoad(t *testing.T) {
	for name, test := range map[string]struct {
		tokens record.LoadTokens
		state  record.State
		level  record.Level
	}{
		"nothing":        {record.LoadTokens{Verified: 100}, record.Passed, record.Must},
		"advice":         {record.LoadTokens{Verified: 100, Advised: map[string]int64{"iat-not-future": 3}}, record.Failed, record.Should},
		"a rule as well": {record.LoadTokens{Verified: 100, Advised: map[string]int64{"iat-not-future": 3}, Broken: map[string]int64{"exp-present": 1}}, record.Failed, record.Must},
		"refused":        {record.LoadTokens{Verified: 99, Invalid: 1, Reasons: map[string]int64{"jwt malformed": 1}, Advised: map[string]int64{"typ-jwt": 3}}, record.Failed, record.Must},
	} {
		load := soundLoad()
		load.Tokens = test.tokens
		if o := loadOutcomes(load)["load-tokens-valid"]; o.State != test.state || o.Level != test.level {
			t.Errorf("%s: %s of a %s, want %s of a %s", name, o.State, o.Level, test.state, test.level)
		}
	}
}
