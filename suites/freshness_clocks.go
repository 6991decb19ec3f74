package suites

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// skewOf is by how much the clocks of several processes may differ: nothing where
// tokens that were made in one moment agree and none is older than one before it, else as
// much as is no fault. A slow site makes no two in one moment: then the latter alone tells.
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
	// moment is how long, at most, it takes for so many tokens to be made together.
	moment, together = 700 * time.Millisecond, 8
	// allowedSkew is by how much the clocks of several processes may differ by right.
	allowedSkew = 2 * time.Second
)

// lessThanASecond bounds how far clocks are apart that agree for a part of each second.
const lessThanASecond = time.Second

// goesBack says whether a token that was asked for when another one had come has an
// earlier time: one clock alone does not go back.
func goesBack(tokens []timed, claim string) bool {
	came := slices.SortedFunc(slices.Values(tokens), func(a, b timed) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	latest := math.Inf(-1)     // of those that had come
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

// isRounded says whether all the times are multiples of half a minute, or several of
// them of some seconds, and none stands for longer than what they are rounded to.
func isRounded(tokens []timed, claim string) bool {
	const seldom, some = 30, 5 // seconds: one time in five is a multiple of five by chance
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

// inOneWindow says whether the tokens have all one time, and were made within the ten
// seconds to which it may have been rounded: a longer look would tell.
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

// isScattered says whether the times differ more than the clock and a few processes
// make them: something was added by chance.
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

// metFarApart looks over all the tokens of a run, of whatever probe, for a time that is
// met again: one process of many that stands still is met seldom.
func metFarApart(all []timed, claim string) []record.Finding {
	all = withTime(all, claim)
	if isRounded(all, claim) || isScattered(all, claim) {
		return nil
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

// staysWithVisitors looks for a time that comes again for those who ask again, whatever
// was added to it for each of them.
func staysWithVisitors(all []timed, claim string) []record.Finding {
	all = slices.DeleteFunc(withTime(all, claim), func(t timed) bool { return t.kept || t.User != "" })
	if isRounded(all, claim) {
		return nil
	}
	const fewest = 3 // chance seldom makes up for the seconds between two, never thrice
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

// bounds is what a token tells of a clock that was read between its asking and its
// coming, and cut to seconds: by how many seconds that clock is ahead of ours.
type bounds struct {
	timed
	least, most float64
}

// fitsNoClock looks for times that no clock tells, however far it is from ours: what the
// tokens tell of it must agree. What they differ by within a moment, the clocks of several
// processes do, or what was added by chance; what is more, over all the run, has to do
// with time. Where iat differs by many seconds within a moment, some of it is old, unless
// one of the clocks is wrong. A user's token may have been kept since before the run, a
// new visitor's never.
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
	// wrongClock is by how many seconds nobody lets clocks of one site go apart.
	wrongClock         = 10
	unlessClocksDiffer = " (unless two servers of the site have clocks that differ so much)"
)

// contradict looks for tokens that contradict each other, whichever clocks as near as
// clocks are told their times.
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
	case claim != "iat" && len(moments) == 0: // lives differ by right
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

// boundsOf are what the tokens tell of a clock, in the order of their asking, and to how
// many seconds all their times are cut.
func boundsOf(all []timed, claim string) (cut float64, told []bounds) {
	all = slices.SortedStableFunc(slices.Values(all), func(a, b timed) int { return a.asked.Compare(b.asked) })
	cut = cutTo(all, claim)
	for _, t := range all {
		told = append(told, bounds{t, t.at(claim) - unix(t.ReceivedAt), t.at(claim) + cut - unix(t.asked)})
	}
	return cut, told
}

// spreads are by how many seconds tokens contradict each other, for each moment in which
// enough of them were made, in their order.
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

// goApart says whether clocks differ by more at the end of a run than at its beginning. One
// that is wrong is so from the beginning: so many moments would have shown it, but for the
// second to which times are cut. A few moments at the end may have met one old token.
func goApart(spreads []float64) bool {
	const many, few = 100, 5 // moments, and the part of them that is no accident
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

// disagreement is by how many seconds tokens contradict each other if one clock told
// their times: negative where they do not. Ahead and behind are those that do most.
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

// cutTo is to how many seconds all the times are rounded.
func cutTo(tokens []timed, claim string) float64 {
	const some = 5
	for _, to := range append(slices.Clone(windows), some) {
		if !slices.ContainsFunc(tokens, func(t timed) bool { return math.Mod(t.at(claim), to) != 0 }) {
			return to
		}
	}
	return 1
}
