package loadgen

import (
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// sound is a load that meets its objective.
func sound() record.Load {
	return record.Load{
		Requested: 100, Seconds: 5, Requests: 500, Failures: map[string]int64{}, AtObjective: 0.02,
		Objective: DefaultObjective(), Tokens: record.LoadTokens{Verified: 500},
		Generator: record.Generator{MaxOpen: 4, Limit: 1000},
	}
}

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*record.Load)
		verdict string
		reason  string
	}{
		"sound":          {func(*record.Load) {}, record.LoadMeets, ""},
		"invalid":        {func(l *record.Load) { l.Tokens.Invalid = 1 }, record.LoadMisses, "tokens not accepted: 1"},
		"shared":         {func(l *record.Load) { l.Tokens.Shared = 2 }, record.LoadMisses, "of another user"},
		"stale":          {func(l *record.Load) { l.Tokens.Stale = 2 }, record.LoadMisses, "not newly issued"},
		"changed":        {func(l *record.Load) { l.Tokens.Changed = 2 }, record.LoadMisses, "changed sub"},
		"failed":         {func(l *record.Load) { l.Failures["html"] = 1 }, record.LoadMisses, "1 of 500 requests failed"},
		"failed a bit":   {func(l *record.Load) { l.Failures["html"], l.Objective.ErrorShare = 1, 0.01 }, record.LoadMeets, ""},
		"throttled":      {func(l *record.Load) { l.Failures["throttled"] = 9 }, record.LoadMisses, "refused as too many"},
		"slow":           {func(l *record.Load) { l.AtObjective = 0.7 }, record.LoadMisses, "latency 700ms at the 99th percentile, objective 500ms"},
		"slow, busy":     {func(l *record.Load) { l.AtObjective, l.Lateness.P90 = 1, 0.06 }, record.LoadInconclusive, "sent 60ms late"},
		"slow, a bit":    {func(l *record.Load) { l.AtObjective, l.Lateness.P90 = 1, 0.04 }, record.LoadMisses, "latency 1s"},
		"queue":          {func(l *record.Load) { l.Outstanding = 101 }, record.LoadMisses, "waiting"},
		"pause at end":   {func(l *record.Load) { l.Outstanding = 100 }, record.LoadMeets, ""},
		"late":           {func(l *record.Load) { l.Lateness.P90 = 0.11 }, record.LoadInconclusive, "bottleneck"},
		"late and slow":  {func(l *record.Load) { l.Lateness.P90, l.AtObjective = 0.11, 3 }, record.LoadInconclusive, "bottleneck"},
		"late and wrong": {func(l *record.Load) { l.Lateness.P90, l.Tokens.Invalid = 0.11, 1 }, record.LoadMisses, "not accepted"},
		"late, timeouts": {func(l *record.Load) { l.Lateness.P90, l.Failures["timeout"] = 0.11, 3 }, record.LoadInconclusive, "bottleneck"},
		"no room":        {func(l *record.Load) { l.Unsent, l.Generator.MaxOpen = 5, 1000 }, record.LoadInconclusive, "bottleneck"},
		"no processor":   {func(l *record.Load) { l.Unsent = 5 }, record.LoadInconclusive, "bottleneck"},
		"no ports":       {func(l *record.Load) { l.Failures["generator"] = 5 }, record.LoadInconclusive, "bottleneck"},
		"interrupted":    {func(l *record.Load) { l.Interrupted = true }, record.LoadInconclusive, "interrupted"},
		"no key":         {func(l *record.Load) { l.Tokens.Unjudged = true }, record.LoadInconclusive, "no public key"},
		"nothing":        {func(l *record.Load) { *l = record.Load{} }, record.LoadInconclusive, "no request"},
	} {
		t.Run(name, func(t *testing.T) {
			l := sound()
			c.change(&l)
			judge(&l)
			if l.Verdict != c.verdict || !strings.Contains(l.Reason, c.reason) {
				t.Errorf("%s: %q, want %s: %q", l.Verdict, l.Reason, c.verdict, c.reason)
			}
			if l.Generator.Bound != (l.Generator.Reason != "") {
				t.Errorf("generator %+v", l.Generator)
			}
		})
	}
}

func TestBottleneck(t *testing.T) {
	for want, change := range map[string]func(*record.Load){
		"":            func(l *record.Load) { l.Lateness.P90 = 0.1 },
		"110ms late":  func(l *record.Load) { l.Lateness.P90 = 0.11 },
		"all 1000":    func(l *record.Load) { l.Unsent, l.Generator.MaxOpen = 5, 1000 },
		"5 of 505":    func(l *record.Load) { l.Unsent = 5 },
		"files or":    func(l *record.Load) { l.Failures[record.FailureGenerator] = 5 },
		"1.9 of 2 ":   func(l *record.Load) { l.Unsent, l.Generator.CPUSeconds, l.Generator.Cores = 5, 9.5, 2 },
		"other progr": func(l *record.Load) { l.Unsent, l.Generator.CPUSeconds, l.Generator.Cores = 5, 1, 2 },
	} {
		l := sound()
		change(&l)
		if reason := bottleneck(l); !strings.Contains(reason, want) || want == "" && reason != "" {
			t.Errorf("reason %q, want %q", reason, want)
		}
	}
}
