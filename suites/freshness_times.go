package suites

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Check{
	ID: "times-follow-request", Area: AreaFreshness, Level: record.Must,
	Title:       "iat and exp of a new token are computed from the time of its request, not from an earlier moment",
	Why:         "Times computed once, at the start of the process, per interval or on the first visit, go stale while the site runs: the remaining lifetime shrinks until tokens are expired when they are issued.",
	Fix:         "Read the clock in the handler, for each token that is signed; keep no time in the session or in a variable outside the function.",
	Source:      `vendor: enable "Do not hardcode"; RFC 7519 §4.1`,
	Faults:      []string{"exp-of-process", "exp-of-first-visit", "clock-kept", "exp-of-login"},
	YieldsTo:    []string{"token-not-hardcoded", "token-not-shared", "exp-ahead", "iat-not-future", "times-numeric", "exp-in-seconds"},
	Needs:       []string{record.ProbeVisitors},
	Uses:        []string{record.ProbeLogin},
	NeedsTokens: true,
	judge:       timesFollowRequest,
})

func timesFollowRequest(e *evidence) judgement {
	tokens := e.timedTokens()
	l := saw(0, "pair of tokens that were made seconds apart")
	for _, claim := range []string{"iat", "exp"} {
		l = l.and(standsStill(tokens, claim))
	}
	for _, further := range []func([]timed) []record.Finding{livesLess, endsWithWindow} {
		if len(l.findings) == 0 {
			l = l.with(further(tokens)...)
		}
	}
	return l.judge()
}

// timed is a token and when it was asked for: it was made between then and when
// it was received, unless somebody had got the same one before.
type timed struct {
	Token
	asked time.Time
	kept  bool
}

// timedTokens are those of visitors and users in the order in which they were asked for.
func (e *evidence) timedTokens() []timed {
	first := map[string]time.Time{} // by fingerprint: when it came
	for _, t := range e.tokens {
		if at, seen := first[t.Fingerprint]; !seen || t.ReceivedAt.Before(at) {
			first[t.Fingerprint] = t.ReceivedAt
		}
	}
	var tokens []timed
	for _, t := range e.Tokens(record.ProbeVisitors, record.ProbeNetwork, record.ProbeLogin) {
		if x, ok := e.Exchange(t.Exchange); ok && t.Claims != nil {
			tokens = append(tokens, timed{t, x.StartedAt, first[t.Fingerprint].Before(x.StartedAt)})
		}
	}
	slices.SortStableFunc(tokens, func(a, b timed) int { return a.asked.Compare(b.asked) })
	return tokens
}

// apart is by how much, at least, a token was made after another one.
func (t timed) apart(before timed) time.Duration { return t.asked.Sub(before.ReceivedAt) }

// aSecondApart is after which two clocks that are read in whole seconds differ,
// with some room for clocks that are read coarsely.
const aSecondApart = 1100 * time.Millisecond

// standsStill looks for two different tokens, made in different seconds, with the
// same time in a claim. The same token again is one that was kept, which is right
// while it lives long; and times rounded to half minutes stand still between.
func standsStill(tokens []timed, claim string) look {
	of := func(t timed) (float64, bool) {
		n, ok := t.NumberClaim(claim)
		return n, ok && !math.IsInf(n, 0)
	}
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool { _, ok := of(t); return !ok })
	l := saw(0, "pair of tokens that were made seconds apart")
	rounded := true
	for _, t := range tokens {
		at, _ := of(t)
		rounded = rounded && math.Mod(at, roundedTo) == 0
	}
	var worst *record.Finding
	var longest time.Duration
	for i, t := range tokens {
		for _, before := range tokens[:i] {
			if t.apart(before) < aSecondApart {
				continue
			}
			l.seen++
			if t.kept {
				continue
			}
			was, _ := of(before)
			if is, _ := of(t); rounded || is != was || t.apart(before) < longest {
				continue
			}
			longest = t.apart(before)
			worst = found(t.Exchange, claim+" follows the time of the request", "%s %.0f again %.1f s later, in another token: %s and %s%s",
				claim, was, longest.Seconds(), before.whose(), t.whose(), leftText(t))
		}
	}
	if worst != nil {
		return l.with(*worst)
	}
	return l
}

// roundedTo is the seconds whose multiples are taken for a time that was rounded.
const roundedTo = 30

// whose names the request of a token.
func (t timed) whose() string {
	if t.User != "" {
		return fmt.Sprintf("of the user %s", record.Quote(t.User))
	}
	return fmt.Sprintf("call %d of visitor %s", max(1, t.Call), t.Visitor)
}

func leftText(t timed) string {
	left, ok := t.Ahead(t.ServerTime())
	if !ok {
		return ""
	}
	return fmt.Sprintf("; %s are left of its life, and fewer with every minute", record.Span(left.Round(time.Second).Seconds()))
}

// livesLess looks for visitors whose later tokens live less from their request on
// than their first, where the first ones of all live equally long.
func livesLess(tokens []timed) []record.Finding {
	first := map[string]timed{}
	var shortest, longest time.Duration
	for _, t := range tokens {
		life, ok := t.Ahead(t.asked)
		if _, known := first[t.Visitor+" "+t.User]; known || !ok || t.kept {
			continue
		}
		first[t.Visitor+" "+t.User] = t
		if shortest == 0 || life < shortest {
			shortest = life
		}
		longest = max(longest, life)
	}
	if longest-shortest > aSecondApart {
		return nil
	}
	for _, t := range tokens {
		before, known := first[t.Visitor+" "+t.User]
		least, _ := before.Ahead(before.ReceivedAt) // nothing where there is none
		life, ok := t.Ahead(t.asked)
		if known && ok && !t.kept && least-life > aSecondApart {
			return []record.Finding{*found(t.Exchange, "exp follows the time of the request", "%s lives %.1f s less than the first one of the same visitor, though it is a new token", t.whose(), (least - life).Seconds())}
		}
	}
	return nil
}

// windows are after which sites commonly let a whole group of tokens end, in seconds.
var windows = []float64{86400, 43200, 21600, 7200, 3600, 1800, 900, 600, 300, 60, 30}

// endsWithWindow looks for tokens that all end with the window in which they were
// made: the later one asks, the less is left. An exp that was rounded leaves more
// than what it is rounded to, or about the round time that was meant.
func endsWithWindow(tokens []timed) []record.Finding {
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool { _, ok := t.NumberClaim("exp"); return !ok })
	if len(tokens) < 2 {
		return nil
	}
	last := slices.MaxFunc(tokens, func(a, b timed) int { return cmp.Compare(a.asked.UnixNano(), b.asked.UnixNano()) })
	left, _ := last.Ahead(last.ServerTime())
	for _, window := range windows {
		if slices.ContainsFunc(tokens, func(t timed) bool {
			exp, _ := t.NumberClaim("exp")
			return math.Mod(exp, window) != 0
		}) {
			continue
		}
		if left.Seconds() >= window || left <= 0 || meant(left.Seconds(), window) {
			return nil
		}
		return []record.Finding{*found(last.Exchange, "exp follows the time of the request",
			"all %d tokens end with a window of %s, whenever they were made: %s are left, and fewer with every minute", len(tokens), record.Span(float64(window)), record.Span(left.Round(time.Second).Seconds()))}
	}
	return nil
}

// meant says whether a life is about one that somebody would choose, rounded up or
// down by some minutes. Nobody rounds a life of seconds to half minutes.
func meant(seconds, window float64) bool {
	const unit, down, up = 900, 61, 300
	if window <= 60 {
		return false
	}
	if seconds < unit {
		off := math.Abs(seconds - math.Round(seconds/60)*60)
		return off < 5 || math.Mod(math.Round(seconds/60), 5) == 0
	}
	off := seconds - math.Round(seconds/unit)*unit
	return off > -down && off < up
}
