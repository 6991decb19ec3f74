package suites

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// steadyClock is a clock of the site that runs as fast as ours. It is at least and at most that
// many seconds ahead. The servers of a site may have different clocks, and a clock may be
// set during the run: times of different clocks must not be compared.
type steadyClock struct {
	claim       string // the claim with its time
	cut         float64
	least, most float64
}

// anyClock stands for all times where steady clocks do not explain them.
var anyClock = []steadyClock{{least: math.Inf(-1), most: math.Inf(1)}}

// steadyClocksOf returns the clocks that have told the times of the tokens, if a few clocks
// explain them. Each must have moved on: times that stand still come from no clock.
func steadyClocksOf(all []timed) []steadyClock {
	claim := "iat"
	if len(withTime(all, claim)) < len(all)/2 {
		claim = "exp"
	}
	const (
		several = 4 // the most clocks that are believed
		moves   = 3 // how many different times each must have told
	)
	cut, told := boundsOf(usuallyFast(ofVisitors(withTime(all, claim))), claim)
	clocks, groups := []steadyClock{}, apartBy(told)
	for _, group := range groups {
		off, ahead, behind := disagreement(group)
		if off > allowedSkew.Seconds() || timesTold(group, claim) < moves {
			return anyClock
		}
		clocks = append(clocks, steadyClock{claim, cut, min(ahead.least, behind.most), max(ahead.least, behind.most)})
	}
	if len(clocks) < 2 || len(clocks) > several {
		return anyClock
	}
	return clocks
}

// told returns the tokens whose times this clock has told.
func (c steadyClock) told(tokens []timed) []timed {
	if c.claim == "" {
		return tokens
	}
	return slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool {
		at, ok := t.NumberClaim(c.claim)
		return !ok || at-unix(t.ReceivedAt) > c.most || at+c.cut-unix(t.asked) < c.least
	})
}

// ofVisitors returns the new tokens of visitors. Those of users may have been kept since before
// the run, and are used only if there are hardly any others.
func ofVisitors(tokens []timed) []timed {
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool { return t.kept })
	others := slices.DeleteFunc(slices.Clone(tokens), func(t timed) bool { return t.User != "" })
	if len(others) < together {
		return tokens
	}
	return others
}

// usuallyFast leaves out the tokens that took much longer than most: they say little about a
// clock.
func usuallyFast(tokens []timed) []timed {
	if len(tokens) == 0 {
		return nil
	}
	took := func(t timed) time.Duration { return t.ReceivedAt.Sub(t.asked) }
	sorted := slices.SortedFunc(slices.Values(tokens), func(a, b timed) int { return cmp.Compare(took(a), took(b)) })
	usual := took(sorted[len(sorted)/2])
	return slices.DeleteFunc(sorted, func(t timed) bool { return took(t) > 2*usual+moment/2 })
}

// apartBy groups the bounds so that no clock can fit into two groups.
func apartBy(told []bounds) (groups [][]bounds) {
	const between = 0.5 // seconds
	told = slices.SortedFunc(slices.Values(told), func(a, b bounds) int { return cmp.Compare(a.least, b.least) })
	reach := math.Inf(-1)
	for _, t := range told {
		if len(groups) == 0 || t.least > reach+between {
			groups = append(groups, nil)
		}
		groups[len(groups)-1], reach = append(groups[len(groups)-1], t), max(reach, t.most)
	}
	return groups
}

// timesTold counts the different times.
func timesTold(group []bounds, claim string) int {
	times := map[float64]bool{}
	for _, t := range group {
		times[t.at(claim)] = true
	}
	return len(times)
}

// takeTurns says whether two clocks were in use at the same time. Otherwise one clock was set
// during the run, which is no fault.
func takeTurns(clocks []steadyClock, all []timed) bool {
	var spans []span
	for _, c := range clocks {
		tokens := c.told(ofVisitors(withTime(all, c.claim)))
		if len(tokens) == 0 {
			continue
		}
		byAsked := func(a, b timed) int { return a.asked.Compare(b.asked) }
		spans = append(spans, span{slices.MinFunc(tokens, byAsked).asked, slices.MaxFunc(tokens, byAsked).asked})
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from.Before(spans[i-1].until.Add(-allowedSkew)) {
			return true
		}
	}
	return false
}

// livesVary says whether chance, or turns, choose from a few lives: several of them within
// most moments, each again later, and none of them longer or shorter with time. What stands
// still is met with each life once, or with lives that shrink.
func livesVary(all []timed) bool {
	all = slices.DeleteFunc(withTime(withTime(all, "iat"), "exp"), func(t timed) bool { return t.kept })
	slices.SortStableFunc(all, func(a, b timed) int { return a.asked.Compare(b.asked) })
	life := func(t timed) float64 { return t.at("exp") - t.at("iat") }
	spans := map[float64]span{}
	for _, t := range all {
		s, known := spans[life(t)]
		if !known {
			s.from = t.asked
		}
		s.until = t.asked
		spans[life(t)] = s
	}
	const several = 3
	moments, mixed, again := 0, 0, 0
	for i, t := range all {
		if s := spans[life(t)]; s.until.Sub(s.from) > allowedSkew {
			again++
		}
		if (i+1)%together != 0 || t.ReceivedAt.Sub(all[i+1-together].asked) > moment {
			continue
		}
		lives := map[float64]bool{}
		for _, t := range all[i+1-together : i+1] {
			lives[life(t)] = true
		}
		if moments++; len(lives) >= min(several, len(spans)) {
			mixed++
		}
	}
	if len(spans) < 2 || mixed*2 <= moments || again*10 <= len(all)*9 {
		return false
	}
	early, late := all[:len(all)/3], all[len(all)-len(all)/3:]
	passed := late[0].asked.Sub(early[0].asked).Seconds()
	return math.Abs(mean(early, life)-mean(late, life)) < passed/2
}

func mean(tokens []timed, of func(timed) float64) float64 {
	sum := 0.0
	for _, t := range tokens {
		sum += of(t)
	}
	return sum / float64(len(tokens))
}
