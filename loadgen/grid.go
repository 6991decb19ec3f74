package loadgen

// grid is what times have in common: they may be rounded to it.
type grid struct {
	divisor int64 // the greatest common one
	only    int64 // the time that all have, 0 where there are several
	// from is when the first of them had come, and until when the last was asked for: for so
	// long one time stood at least.
	from, until float64
}

func (g *grid) observe(at int64, asked, came float64) {
	if g.divisor == 0 {
		g.only, g.from, g.until = at, came, asked
	} else if at != g.only {
		g.only = 0
	}
	g.divisor = divisor(g.divisor, at)
	g.from, g.until = min(g.from, came), max(g.until, asked)
}

// seconds is to how many of them the times are rounded, 0 where they are not: one that stands
// for longer than that is round by chance.
func (g *grid) seconds() int {
	unit := rounding(g.divisor)
	if g.only != 0 && g.until-g.from > float64(unit) {
		return 0
	}
	return unit
}

// divisor is the greatest common divisor of two numbers, which are not negative.
func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// rounding is to how many seconds times with this common divisor are rounded: 0 where
// it is none to which anybody rounds.
func rounding(divisor int64) int {
	for _, seconds := range []int64{120, 60, 30, 20, 15, 10, 5} {
		if divisor%seconds == 0 && divisor > 0 {
			return int(seconds)
		}
	}
	return 0
}
