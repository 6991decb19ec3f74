package record

import (
	"strings"
	"testing"
)

// sound is a load that meets its objective.
func sound() Load {
	return Load{
		Requested: 100, Seconds: 5, Requests: 500, Failures: map[string]int64{}, AtObjective: 0.02,
		Objective: Objective{Percentile: 99, Latency: 0.5}, Tokens: LoadTokens{Verified: 500},
		Generator: Generator{MaxOpen: 4, Limit: 1000},
	}
}

// overwhelmed is a load of more than the endpoint can answer.
func overwhelmed(l *Load) {
	l.Unsent, l.Generator.MaxOpen, l.Service.P99, l.AtObjective = 5, 1000, 1.2, 2.4
}

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Load)
		verdict string
		reason  string
	}{
		"sound":          {func(*Load) {}, LoadMeets, ""},
		"invalid":        {func(l *Load) { l.Tokens.Invalid = 1 }, LoadMisses, "tokens not accepted: 1"},
		"shared":         {func(l *Load) { l.Tokens.Shared = 2 }, LoadMisses, "of another user"},
		"stale":          {func(l *Load) { l.Tokens.Stale = 2 }, LoadMisses, "not newly issued"},
		"changed":        {func(l *Load) { l.Tokens.Changed = 2 }, LoadMisses, "changed sub"},
		"failed":         {func(l *Load) { l.Failures["html"] = 1 }, LoadMisses, "1 of 500 requests failed"},
		"failed a bit":   {func(l *Load) { l.Failures["html"], l.Objective.ErrorShare = 1, 0.01 }, LoadMeets, ""},
		"throttled":      {func(l *Load) { l.Failures["throttled"] = 9 }, LoadMisses, "rate-limited"},
		"slow":           {func(l *Load) { l.AtObjective = 0.7 }, LoadMisses, "latency 700 ms at the 99th percentile, objective 500 ms"},
		"slow, busy":     {func(l *Load) { l.AtObjective, l.Lateness.P90 = 1, 0.06 }, LoadInconclusive, "sent 60 ms late"},
		"slow, a bit":    {func(l *Load) { l.AtObjective, l.Lateness.P90 = 1, 0.04 }, LoadMisses, "latency 1 s"},
		"queue":          {func(l *Load) { l.Outstanding = 101 }, LoadMisses, "waiting"},
		"pause at end":   {func(l *Load) { l.Outstanding = 100 }, LoadMeets, ""},
		"late":           {func(l *Load) { l.Lateness.P90 = 0.11 }, LoadInconclusive, "bottleneck"},
		"late and slow":  {func(l *Load) { l.Lateness.P90, l.AtObjective = 0.11, 3 }, LoadInconclusive, "bottleneck"},
		"late and wrong": {func(l *Load) { l.Lateness.P90, l.Tokens.Invalid = 0.11, 1 }, LoadMisses, "not accepted"},
		"late, timeouts": {func(l *Load) { l.Lateness.P90, l.Failures["timeout"] = 0.11, 3 }, LoadInconclusive, "bottleneck"},
		"no room":        {func(l *Load) { l.Unsent, l.Generator.MaxOpen = 5, 1000 }, LoadInconclusive, "bottleneck"},
		"waits for room": {func(l *Load) { l.Generator.MaxOpen, l.Service.P99, l.AtObjective = 1000, 0.3, 2.4 }, LoadInconclusive, "requests waited for others"},
		"overwhelmed":    {overwhelmed, LoadMisses, "could not be sent, because all 1,000"},
		"room, busy":     {func(l *Load) { overwhelmed(l); l.Lateness.P90 = 0.08 }, LoadInconclusive, "bottleneck"},
		"no processor":   {func(l *Load) { l.Unsent = 5 }, LoadInconclusive, "bottleneck"},
		"no ports":       {func(l *Load) { l.Failures["generator"] = 5 }, LoadInconclusive, "bottleneck"},
		"interrupted":    {func(l *Load) { l.Interrupted = true }, LoadInconclusive, "interrupted after 5 s"},
		"no key":         {func(l *Load) { l.Tokens.Unjudged = true }, LoadInconclusive, "no public key"},
		"apart":          {func(l *Load) { l.Apart = 8.5 }, LoadInconclusive, "began 8.5 s apart"},
		"apart a bit":    {func(l *Load) { l.Apart = 0.5 }, LoadMeets, ""},
		"apart and slow": {func(l *Load) { l.Apart, l.AtObjective = 8.5, 0.7 }, LoadMisses, "latency 700 ms"},
		"no token":       {func(l *Load) { l.Failures["html"], l.Objective.ErrorShare = 500, 1 }, LoadInconclusive, "no token was served"},
		"nothing":        {func(l *Load) { *l = Load{} }, LoadInconclusive, "no request"},
	} {
		t.Run(name, func(t *testing.T) {
			l := sound()
			c.change(&l)
			l = l.Judged()
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
	for want, change := range map[string]func(*Load){
		"":            func(l *Load) { l.Lateness.P90 = 0.1 },
		"110 ms late": func(l *Load) { l.Lateness.P90 = 0.11 },
		"all 1,000":   func(l *Load) { l.Unsent, l.Generator.MaxOpen = 5, 1000 },
		"5 of 505":    func(l *Load) { l.Unsent = 5 },
		"files or":    func(l *Load) { l.Failures[FailureGenerator] = 5 },
		"1.9 of 2 ":   func(l *Load) { l.Unsent, l.Generator.CPUSeconds, l.Generator.Cores = 5, 9.5, 2 },
		"other progr": func(l *Load) { l.Unsent, l.Generator.CPUSeconds, l.Generator.Cores = 5, 1, 2 },
	} {
		l := sound()
		change(&l)
		if reason := l.Bottleneck(); !strings.Contains(reason, want) || want == "" && reason != "" {
			t.Errorf("reason %q, want %q", reason, want)
		}
	}
}
