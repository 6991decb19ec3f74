package suites

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// skewOf is by how much the clocks that told the times may differ. It is 0 where tokens that
// were made in the same moment agree and no token has an earlier time than one before it:
// then there is one clock. Otherwise it is what servers of one site may differ by. On a
// slow site no moment has enough tokens, and only the order of the times counts.
func skewOf(tokens []timed, claim string) time.Duration {
	tokens = slices.SortedStableFunc(slices.Values(tokens), func(a, b timed) int { return a.asked.Compare(b.asked) })
	differ := false
	for i := together; i <= len(tokens); i++ {
		group := tokens[i-together : i]
		if group[together-1].ReceivedAt.Sub(group[0].asked) > moment {
			continue
		}
		by := func(a, b timed) int { return cmp.Compare(a.at(claim), b.at(claim)) }
		if slices.MaxFunc(group, by).at(claim)-slices.MinFunc(group, by).at(claim) == 0 {
			if goesBack(tokens, claim) {
				return lessThanASecond
			}
			return 0
		}
		differ = true
	}
	if differ || goesBack(tokens, claim) {
		return allowedSkew
	}
	return 0
}

const (
	// moment is the time within which tokens count as made together, and together how many
	// of them are needed.
	moment, together = 700 * time.Millisecond, 8
	// allowedSkew is by how much the clocks of a site's servers may differ without a fault.
	allowedSkew = 2 * time.Second
)

// lessThanASecond is by how much clocks may differ that agree in some moments: they show the
// same second for a part of each second.
const lessThanASecond = time.Second

// goesBack says whether a token has an earlier time than one that had come before it was
// asked for. A single clock does not go back.
func goesBack(tokens []timed, claim string) bool {
	came := slices.SortedFunc(slices.Values(tokens), func(a, b timed) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	latest := math.Inf(-1)     // time of the tokens that have come
	for _, t := range tokens { // in the order in which they were asked for
		for len(came) > 0 && came[0].ReceivedAt.Before(t.asked) {
			latest, came = max(latest, came[0].at(claim)), came[1:]
		}
		if !t.kept && t.at(claim) < latest {
			return true
		}
	}
	return false
}

// isRounded says whether all times are multiples of half a minute or more, or, if there are
// several different ones, of five seconds or more, and none is used for longer than the
// unit to which they are rounded.
func isRounded(tokens []timed, claim string) bool {
	const seldom, some = 30, 5 // seconds: by chance, one time in five is a multiple of five
	grids := append(slices.Clone(windows), some)
	to := grids[0]
	stands := map[float64]span{}
	for _, t := range tokens {
		for math.Mod(t.at(claim), to) != 0 {
			finer := slices.IndexFunc(grids, func(w float64) bool { return w < to })
			if finer < 0 {
				return false
			}
			to = grids[finer]
		}
		s, known := stands[t.at(claim)]
		if !known || t.ReceivedAt.Before(s.from) {
			s.from = t.ReceivedAt
		}
		if !known || t.asked.After(s.until) {
			s.until = t.asked
		}
		stands[t.at(claim)] = s
	}
	if to < seldom && len(stands) < 2 {
		return false
	}
	for _, s := range stands {
		if s.until.Sub(s.from).Seconds() > to+1 {
			return false
		}
	}
	return true
}

// inOneWindow says whether all tokens have the same time, and were made within the ten seconds
// to which that may be rounded. Only a longer run could tell.
func inOneWindow(tokens []timed, claim string) bool {
	const window = 10
	tokens = withTime(tokens, claim)
	first, last := tokens[0].asked, tokens[0].ReceivedAt
	for _, t := range tokens {
		if t.at(claim) != tokens[0].at(claim) {
			return false
		}
		if t.asked.Before(first) {
			first = t.asked
		}
		if t.ReceivedAt.After(last) {
			last = t.ReceivedAt
		}
	}
	at := tokens[0].at(claim)
	if math.Mod(at, window) != 0 || last.Sub(first) > window*time.Second {
		return false
	}
	return claim != "iat" || at <= unix(first)+1 && at > unix(last)-window-1
}

// isScattered says whether the times differ by more than the clock and a few processes can
// explain: something random was added.
func isScattered(tokens []timed, claim string) bool {
	const processes, clocks = 16, 3
	if len(tokens) == 0 {
		return false
	}
	different := map[float64]bool{}
	for _, t := range tokens {
		different[t.at(claim)] = true
	}
	asked := func(a, b timed) int { return a.asked.Compare(b.asked) }
	span := slices.MaxFunc(tokens, asked).apart(slices.MinFunc(tokens, asked)).Seconds()
	const together, unlike = 8, 5
	groups, mixed := 0, 0
	for i := 0; i+together <= len(tokens); i += together {
		values := map[float64]bool{}
		for _, t := range tokens[i : i+together] {
			values[t.at(claim)] = true
		}
		if groups++; len(values) >= unlike && tokens[i+together-1].ReceivedAt.Sub(tokens[i].asked) < time.Second {
			mixed++
		}
	}
	if groups >= unlike && mixed*2 > groups {
		return true
	}
	return float64(len(different)) > span+clocks+float64(min(len(tokens)/4, processes))
}

// metFarApart looks for a time that comes again much later, among all tokens of the run: one
// process of many whose clock stands still answers only now and then.
func metFarApart(all []timed, claim string) []record.Finding {
	all = withTime(all, claim)
	switch {
	case isRounded(all, claim):
		return nil
	case isScattered(all, claim):
		all = slices.DeleteFunc(all, func(t timed) bool { return t.kept })
		slices.SortStableFunc(all, func(a, b timed) int { return a.asked.Compare(b.asked) })
		return scattersInPlace(all, claim).findings
	}
	return metAgain(all, claim, farApart+skewOf(all, claim)).findings
}

// nearRequest is how many tokens were asked for seconds after the first one, and have an iat
// that is as near to their request as the clocks of a site's servers are to each other:
// where those differ, the time of the first visitors is too short to compare more.
func nearRequest(tokens []timed) (near int) {
	tokens = withTime(tokens, "iat")
	for _, t := range tokens {
		off := math.Abs(t.at("iat") - unix(t.asked))
		if t.apart(tokens[0]) >= aSecondApart && off <= (allowedSkew+lessThanASecond).Seconds() {
			near++
		}
	}
	return near
}

// staysWithVisitors looks for times that stay the same for each visitor who asks again, even
// if something was added to them that differs from visitor to visitor.
func staysWithVisitors(all []timed, claim string) []record.Finding {
	all = slices.DeleteFunc(withTime(all, claim), func(t timed) bool { return t.kept || t.User != "" })
	if isRounded(all, claim) {
		return nil
	}
	const fewest = 3 // a random addition may make up for the time between two requests, but not three times
	slices.SortStableFunc(all, func(a, b timed) int { return a.asked.Compare(b.asked) })
	first := map[string]timed{} // by visitor
	var again, stays int
	var last timed
	for _, t := range all {
		before, known := first[t.Visitor]
		switch {
		case !known:
			first[t.Visitor] = t
		case t.apart(before) < aSecondApart:
		case t.at(claim) == before.at(claim):
			stays++
			last = t
			fallthrough
		default:
			again++
		}
	}
	if stays < fewest || 5*stays < 4*again {
		return nil
	}
	return []record.Finding{*found(last.Exchange, claim+" follows the time of the request",
		"%s %.0f again %.1f s later, in another token of visitor %s; so in %d of %d tokens for those who asked again%s",
		claim, last.at(claim), last.apart(first[last.Visitor]).Seconds(), last.Visitor, stays, again, leftText(last))}
}

// bounds are the limits that a token sets to how many seconds the clock that told its time is
// ahead of ours: the clock was read between the request and the answer, and cut to seconds.
type bounds struct {
	timed
	least, most float64
}

// fitsNoClock looks for times that no clock can have told, however far it is from ours: the
// bounds of all tokens must agree. A difference within a moment comes from the clocks of
// several servers, or from something random. A larger one over the whole run means that
// times are old. If iat differs by many seconds within a moment, some times are old, too,
// unless one of the clocks is wrong. Tokens of users are left out, because they may have
// been kept since before the run.
func fitsNoClock(clocks []steadyClock, all []timed, claim string) ([]record.Finding, record.Level) {
	all = slices.DeleteFunc(withTime(all, claim), func(t timed) bool { return t.kept || t.User != "" })
	for _, c := range clocks {
		if findings, level := contradict(c.told(all), claim); len(findings) > 0 {
			return findings, level
		}
	}
	if claim != "iat" || !takeTurns(clocks, all) {
		return nil, ""
	}
	_, told := boundsOf(all, claim)
	if off, ahead, behind := disagreement(told); off >= wrongClock {
		return []record.Finding{*behindClock(claim, off, ahead, behind, unlessClocksDiffer)}, record.Should
	}
	return nil, ""
}

const (
	// wrongClock is a difference of clocks, in seconds, that is a fault on any site.
	wrongClock         = 10
	unlessClocksDiffer = " (unless two servers of the site have clocks that differ so much)"
)

// contradict looks for tokens whose bounds contradict each other by more than the clocks of a
// site's servers may differ.
func contradict(all []timed, claim string) ([]record.Finding, record.Level) {
	if len(all) < together {
		return nil, ""
	}
	_, told := boundsOf(all, claim)
	skew, moments := allowedSkew.Seconds(), spreads(told)
	if len(moments) > 0 {
		skew = max(0, slices.Max(moments))
	}
	off, ahead, behind := disagreement(told)
	one, apart := skew <= allowedSkew.Seconds(), claim == "iat" && goApart(moments)
	switch {
	case claim != "iat" && len(moments) == 0: // lives may differ
		return nil, ""
	case one && off <= skew+aSecondApart.Seconds(), !one && !apart && (claim != "iat" || skew < wrongClock):
		return nil, ""
	case one:
		return []record.Finding{*behindClock(claim, off, ahead, behind, "")}, record.Must
	case apart:
		return []record.Finding{*behindClock(claim, off, ahead, behind, ", and they went apart in the course of the run")}, record.Must
	}
	return []record.Finding{*behindClock(claim, off, ahead, behind, unlessClocksDiffer)}, record.Should
}

func behindClock(claim string, off float64, ahead, behind bounds, remark string) *record.Finding {
	return found(behind.Exchange, claim+" follows the time of the request",
		"%s of %s lies at least %.1f s further behind the clock than that of %s: no clock tells both%s",
		claim, behind.whose(), off, ahead.whose(), remark)
}

// boundsOf returns the bounds of all tokens in the order in which they were asked for, and the
// unit to which all their times are cut, in seconds.
func boundsOf(all []timed, claim string) (cut float64, told []bounds) {
	all = slices.SortedStableFunc(slices.Values(all), func(a, b timed) int { return a.asked.Compare(b.asked) })
	cut = cutTo(all, claim)
	for _, t := range all {
		told = append(told, bounds{t, t.at(claim) - unix(t.ReceivedAt), t.at(claim) + cut - unix(t.asked)})
	}
	return cut, told
}

// spreads returns by how many seconds tokens contradict each other, for each moment in which
// enough of them were made, in order.
func spreads(told []bounds) (all []float64) {
	for i := together; i <= len(told); i++ {
		group := told[i-together : i]
		if group[together-1].ReceivedAt.Sub(group[0].asked) <= moment {
			off, _, _ := disagreement(group)
			all = append(all, off)
		}
	}
	return all
}

// goApart says whether clocks differ by more at the end of the run than at its beginning. A
// clock that is just wrong differs from the beginning, and the many moments there would
// have shown that. A few moments at the end are not enough: one old token may explain them.
func goApart(spreads []float64) bool {
	const many, few = 100, 5 // so many moments are compared, and one in five of them is no accident
	some := max(many, len(spreads)/10)
	if len(spreads) < 2*some {
		return false
	}
	early, late, apart := max(0, slices.Max(spreads[:some])), spreads[len(spreads)-some:], 0
	for _, off := range late {
		if off-early > farApart.Seconds() {
			apart++
		}
	}
	return apart > some/few
}

// disagreement is by how many seconds tokens contradict each other if one clock has told their
// times. It is negative where they do not. Ahead and behind are the two tokens that do most.
func disagreement(tokens []bounds) (off float64, ahead, behind bounds) {
	ahead, behind = tokens[0], tokens[0]
	for _, t := range tokens {
		if t.least > ahead.least {
			ahead = t
		}
		if t.most < behind.most {
			behind = t
		}
	}
	return ahead.least - behind.most, ahead, behind
}

// cutTo is the unit to which all times are rounded, in seconds.
func cutTo(tokens []timed, claim string) float64 {
	const some = 5
	for _, to := range append(slices.Clone(windows), some) {
		if !slices.ContainsFunc(tokens, func(t timed) bool { return math.Mod(t.at(claim), to) != 0 }) {
			return to
		}
	}
	return 1
}
