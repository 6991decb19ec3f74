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
	Uses:        []string{record.ProbeLogin}, // and, if another check needs them, the thousand visitors
	NeedsTokens: true,
	judge:       timesFollowRequest,
})

func timesFollowRequest(e *evidence) judgement {
	tokens := e.timedTokens(record.ProbeVisitors, record.ProbeNetwork, record.ProbeLogin)
	crowd := e.timedTokens(record.ProbeAnonymous)
	all := slices.Concat(tokens, crowd, e.roundsOfMany())
	clocks := steadyClocksOf(all)
	l := saw(0, "token that was made seconds after another one")
	suspected := map[record.Level][]record.Finding{}
	claims := []string{"iat", "exp"}
	if livesVary(all) {
		claims = claims[:1] // the other one follows it, by a life that chance chooses
	}
	for _, claim := range claims {
		still := look{}
		for _, c := range clocks {
			still = still.and(standsStill(c.told(tokens), c.told(crowd), claim))
		}
		level := record.Must
		if len(still.findings) > 0 && inOneWindow(slices.Concat(tokens, crowd), claim) {
			level = record.Should
			still.findings[0].Actual += " (unless " + claim + " is rounded to ten seconds, which would be right)"
		}
		l.seen += still.seen
		suspected[level] = append(suspected[level], still.findings...)
	}
	for _, further := range []func() ([]record.Finding, record.Level){
		func() ([]record.Finding, record.Level) { return livesLess(tokens), record.Must },
		func() ([]record.Finding, record.Level) { return endsWithWindow(tokens, crowd) },
		func() ([]record.Finding, record.Level) {
			return byClock(clocks, claims, tokens, crowd, all), record.Must
		},
		func() ([]record.Finding, record.Level) { return fitsNoClock(clocks, all, "iat") },
		func() ([]record.Finding, record.Level) { return fitsNoClock(clocks, firstOnes(tokens, crowd), "exp") },
	} {
		if len(suspected[record.Must])+len(suspected[record.Should]) == 0 {
			findings, level := further()
			suspected[level] = append(suspected[level], findings...)
		}
	}
	if l.seen == 0 {
		l.seen = nearRequest(tokens)
	}
	for _, level := range []record.Level{record.Must, record.Should, record.May} {
		if len(suspected[level]) > 0 {
			judged := l.with(suspected[level]...).judge()
			judged.Level = level
			return judged
		}
	}
	return l.judge()
}

// firstOnes are the first tokens of new visitors.
func firstOnes(tokens, crowd []timed) []timed {
	return slices.Concat(slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool { return t.Probe != record.ProbeVisitors || t.Call > 1 }), crowd)
}

// byClock looks for times that do not move on with the clock that has told them.
func byClock(clocks []steadyClock, claims []string, tokens, crowd, all []timed) (findings []record.Finding) {
	for _, look := range []func(c steadyClock, claim string) []record.Finding{
		func(c steadyClock, claim string) []record.Finding {
			return drifts(c.told(firstOnes(tokens, crowd)), claim)
		},
		func(c steadyClock, claim string) []record.Finding { return metFarApart(c.told(all), claim) },
		func(_ steadyClock, claim string) []record.Finding { return staysWithVisitors(all, claim) },
	} {
		for _, claim := range claims {
			for _, c := range clocks {
				if len(findings) == 0 {
					findings = look(c, claim)
				}
			}
		}
	}
	return findings
}

// timed is a token and the time when it was asked for. It was made between that time and its
// receipt, unless it was kept: then somebody had received it before.
type timed struct {
	Token
	asked time.Time
	kept  bool
}

// timedTokens returns the tokens of the probes in the order in which they were asked for. The
// requests of a crowd are not in the evidence, but each of its visitors asked when the
// token before had come.
func (e *evidence) timedTokens(probes ...string) []timed {
	first := map[string]time.Time{} // when each token came first, by fingerprint
	for _, t := range e.tokens {
		if at, seen := first[t.Fingerprint]; !seen || t.ReceivedAt.Before(at) {
			first[t.Fingerprint] = t.ReceivedAt
		}
	}
	var tokens []timed
	var before time.Time
	for _, t := range e.Tokens(probes...) {
		asked := before
		if x, ok := e.Exchange(t.Exchange); ok {
			asked = x.StartedAt
		}
		if before = t.ReceivedAt; !asked.IsZero() && t.Claims != nil {
			tokens = append(tokens, timed{t, asked, first[t.Fingerprint].Before(asked)})
		}
	}
	slices.SortStableFunc(tokens, func(a, b timed) int { return a.asked.Compare(b.asked) })
	return tokens
}

// roundsOfMany returns the tokens of visitors who asked at once in several rounds. Each visitor
// asked again after its answer. The first token of each is left out, because nothing says
// when it was asked for.
func (e *evidence) roundsOfMany() []timed {
	came := map[string]time.Time{} // when the latest token of each visitor came
	seen := map[string]bool{}      // by fingerprint
	var tokens []timed
	for _, t := range e.Tokens(record.ProbeParallel) {
		if asked, known := came[t.Visitor]; known && t.Claims != nil {
			tokens = append(tokens, timed{t, asked, seen[t.Fingerprint]})
		}
		came[t.Visitor], seen[t.Fingerprint] = t.ReceivedAt, true
	}
	return tokens
}

// apart is the least time by which the token was made after another one.
func (t timed) apart(before timed) time.Duration { return t.asked.Sub(before.ReceivedAt) }

// aSecondApart is the time after which a clock that is read in whole seconds must show another
// time, with some tolerance.
const aSecondApart = 1100 * time.Millisecond

// farApart is the same for a crowd, with more tolerance for a busy server.
const farApart = 1500 * time.Millisecond

// standsStill looks for two different tokens that were made in different seconds and have the
// same time in a claim. The same token again does not count: it may be kept while it is
// valid. Rounded times stand still until the next unit, and times with a random addition may
// be equal by chance.
func standsStill(tokens, crowd []timed, claim string) look {
	all := withTime(slices.Concat(tokens, crowd), claim)
	switch {
	case isRounded(all, claim):
		return saw(len(all)/2, "token that was made seconds after another one")
	case isScattered(all, claim):
		return scattersInPlace(withTime(crowd, claim), claim)
	}
	skew := skewOf(all, claim)
	l := metAgain(withTime(tokens, claim), claim, aSecondApart+skew)
	if len(l.findings) > 0 {
		return l
	}
	return l.and(metAgain(withTime(crowd, claim), claim, farApart+skew))
}

// at is the time in a claim, in Unix seconds. [withTime] leaves out tokens without one.
func (t timed) at(claim string) float64 {
	at, _ := t.NumberClaim(claim)
	return at
}

func withTime(tokens []timed, claim string) []timed {
	return slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool {
		at, ok := t.NumberClaim(claim)
		return !ok || math.IsInf(at, 0) || math.Abs(at-unix(t.asked)) > notInSeconds
	})
}

// notInSeconds is the distance from now, in seconds, from which a time is not in seconds.
// Other checks report those.
const notInSeconds = 1e11

// metAgain finds the token whose time another token had the longest time before.
func metAgain(tokens []timed, claim string, apart time.Duration) look {
	l := saw(0, "token that was made seconds after another one")
	first := map[float64]timed{} // the token that came first, by the time in the claim
	var earliest, worst timed
	var longest time.Duration
	for _, t := range tokens {
		if earliest.ReceivedAt.IsZero() || t.ReceivedAt.Before(earliest.ReceivedAt) {
			earliest = t
		}
		before, known := first[t.at(claim)]
		if !known || t.ReceivedAt.Before(before.ReceivedAt) {
			first[t.at(claim)] = t
		}
		if t.apart(earliest) >= apart {
			l.seen++
		}
		if known && !t.kept && t.apart(before) >= max(apart, longest) {
			worst, longest = t, t.apart(before)
		}
	}
	if worst.ReceivedAt.IsZero() {
		return l
	}
	return l.with(*found(worst.Exchange, claim+" follows the time of the request", "%s %.0f again %.1f s later, in another token: %s and %s%s",
		claim, worst.at(claim), longest.Seconds(), first[worst.at(claim)].whose(), worst.whose(), leftText(worst)))
}

// span is the time from when until when something was seen.
type span struct{ from, until time.Time }

// scattersInPlace looks at times with a random addition. The earliest and the latest of them
// must move on with the clock. Of n visitors one comes as near to an end of all additions as
// the n-th part of their width, and is farther from it by k such parts with a probability of
// e^-k. That the early and the late ones together make both ends stay takes a chance of a
// quarter of that, and must be less than one in a million. Visitors are counted, not tokens,
// because each may keep its addition.
func scattersInPlace(tokens []timed, claim string) look {
	const (
		stays = 1. / 3 // of the time that has passed
		sure  = 13     // parts: e^-13 / 4 is 6e-7
	)
	l := saw(len(tokens), "token that was made seconds after another one")
	early, late := ends(tokens)
	if early == nil {
		return l
	}
	lowest := func(tokens []timed) float64 {
		return slices.MinFunc(tokens, func(a, b timed) int { return cmp.Compare(a.at(claim), b.at(claim)) }).at(claim)
	}
	highest := func(tokens []timed) float64 {
		return slices.MaxFunc(tokens, func(a, b timed) int { return cmp.Compare(a.at(claim), b.at(claim)) }).at(claim)
	}
	passed := late[0].apart(early[len(early)-1]).Seconds()
	width, visitors := highest(early)-lowest(early), float64(visitorsOf(early)+visitorsOf(late))
	if passed < farApart.Seconds() || (1-stays)*passed*visitors < sure*width {
		return l
	}
	if math.Abs(lowest(late)-lowest(early)) < stays*passed && math.Abs(highest(late)-highest(early)) < stays*passed {
		return l.with(*found(late[0].Exchange, claim+" follows the time of the request", "%s lies between %.0f and %.0f for the first %d tokens, and there again for the last %d, at least %.1f s later",
			claim, lowest(early), highest(early), len(early), len(late), passed))
	}
	return l
}

// visitorsOf counts the visitors who have the tokens.
func visitorsOf(tokens []timed) int {
	visitors := map[string]bool{}
	for _, t := range tokens {
		visitors[t.Visitor] = true
	}
	return len(visitors)
}

// ends are the first and the last quarter of a crowd, or nothing if there are too few tokens.
func ends(crowd []timed) (early, late []timed) {
	const fewest = 40
	if len(crowd) < fewest {
		return nil, nil
	}
	return crowd[:len(crowd)/4], crowd[len(crowd)*3/4:]
}

// whose says whose token it is.
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

// livesLess looks for visitors whose later tokens have less time left at their request than
// the first one had, if the first tokens of all visitors live equally long.
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
		least, _ := before.Ahead(before.ReceivedAt) // 0 if there is no first token
		life, ok := t.Ahead(t.asked)
		if known && ok && !t.kept && least-life > aSecondApart {
			return []record.Finding{*found(t.Exchange, "exp follows the time of the request", "%s lives %.1f s less than the first one of the same visitor, though it is a new token", t.whose(), (least - life).Seconds())}
		}
	}
	return nil
}

// drifts compares the first new visitors with the last ones. If the times of all the last ones
// are less far ahead of their requests than those of all the first ones, or farther, the
// clock runs slow or fast, or the time depends on how long the process has been running.
func drifts(fresh []timed, claim string) []record.Finding {
	fresh = slices.DeleteFunc(withTime(fresh, claim), func(t timed) bool { return t.kept })
	slices.SortStableFunc(fresh, func(a, b timed) int { return a.asked.Compare(b.asked) })
	if len(fresh) == 0 || isRounded(fresh, claim) {
		return nil
	}
	begin, third := fresh[0].asked, fresh[len(fresh)-1].asked.Sub(fresh[0].asked)/3
	in := func(from, until time.Duration) (some []timed) {
		for _, t := range fresh {
			if since := t.asked.Sub(begin); since >= from && since <= until {
				some = append(some, t)
			}
		}
		return some
	}
	early, late := in(0, third), in(2*third, 3*third+time.Second)
	const fewest = 4
	if min(len(early), len(late)) < fewest { // most visitors came in between
		early, late = ends(fresh)
	}
	if early == nil || late == nil {
		return nil
	}
	// How far ahead a time is lies between its distance from the request and from the answer.
	most := func(t timed) float64 { return t.at(claim) - unix(t.asked) }
	least := func(t timed) float64 { return t.at(claim) - unix(t.ReceivedAt) }
	by := func(of func(timed) float64) func(a, b timed) int {
		return func(a, b timed) int { return cmp.Compare(of(a), of(b)) }
	}
	lost := least(slices.MinFunc(early, by(least))) - most(slices.MaxFunc(late, by(most)))
	won := least(slices.MinFunc(late, by(least))) - most(slices.MaxFunc(early, by(most)))
	how, off := "less", lost
	if won > lost {
		how, off = "more", won
	}
	if off < (aSecondApart + skewOf(fresh, claim)).Seconds() {
		return nil
	}
	return []record.Finding{*found(late[0].Exchange, claim+" follows the time of the request",
		"%s of all the last %d fresh visitors lies at least %.1f s %s ahead than that of the first %d: it does not move with the clock", claim, len(late), off, how, len(early))}
}

func unix(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// windows are the usual lengths, in seconds, of windows at whose end all tokens expire.
var windows = []float64{86400, 43200, 21600, 7200, 3600, 1800, 900, 600, 300, 60, 30, 20, 10}

// allWindows are these and rarer ones, to which nobody rounds times.
var allWindows = []float64{86400, 43200, 21600, 14400, 10800, 7200, 3600, 1800, 1200, 900, 600, 300, 240, 180, 120, 60, 30, 20, 15, 10}

// endsWithWindow looks for tokens that all end with the window in which they were
// made: the later one asks, the less is left. An exp that was rounded leaves more
// than what it is rounded to, or about the round time that was meant, or at least some
// minutes: with as many left it may be rounded, which nobody can see from outside. Of a window
// of few minutes all of which is left, a life of that length that was rounded a little may be meant.
func endsWithWindow(tokens, crowd []timed) ([]record.Finding, record.Level) {
	const enough = 5 * time.Minute // with so much time left a rounded exp does no harm
	const short, begun = 240, 0.9
	tokens = withTime(tokens, "exp")
	if len(tokens) < 2 {
		return nil, ""
	}
	last := slices.MaxFunc(tokens, func(a, b timed) int { return cmp.Compare(a.asked.UnixNano(), b.asked.UnixNano()) })
	left, _ := last.Ahead(last.ServerTime())
	all := slices.Concat(tokens, withTime(crowd, "exp"))
	for _, window := range allWindows {
		if slices.ContainsFunc(all, func(t timed) bool { return math.Mod(t.at("exp"), window) != 0 }) {
			continue
		}
		fewMinutes := 60 < window && window <= short
		if left.Seconds() >= window || left <= 0 || meant(left.Seconds(), window) || fewMinutes && left.Seconds() > begun*window {
			return nil, ""
		}
		finding := found(last.Exchange, "exp follows the time of the request",
			"all %d tokens end with a window of %s, whenever they were made: %s are left, and fewer with every minute", len(tokens), record.Span(float64(window)), record.Span(left.Round(time.Second).Seconds()))
		if fewMinutes && left > time.Minute {
			return []record.Finding{*finding}, record.Should
		}
		if left.Round(allowedSkew) < enough {
			return []record.Finding{*finding}, record.Must
		}
		finding.Actual += " (unless exp is rounded up to some minutes, which would be right)"
		return []record.Finding{*finding}, record.May
	}
	return nil, ""
}

// meant says whether a life is close to one that somebody would choose, such as a quarter of
// an hour, and was rounded up or down by some minutes. Nobody rounds lives of seconds.
func meant(seconds, window float64) bool {
	const unit, down, up = 900, 61, 300
	if window <= 60 {
		return false
	}
	if seconds < unit {
		minutes := math.Round(seconds / 60)
		return minutes > 0 && (math.Abs(seconds-minutes*60) < 5 || math.Mod(minutes, 5) == 0)
	}
	off := seconds - math.Round(seconds/unit)*unit
	return off > -down && off < up
}
