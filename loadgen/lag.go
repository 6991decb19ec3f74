package loadgen

// lag is by how much a time in new tokens lies behind the requests for them, beside
// what that was as the sessions were opened.
type lag struct {
	opened      int
	least, most float64            // of the first tokens, in seconds; below 0 where it lies ahead
	kept        bool               // people with a login have tokens that were kept from former times
	grid        grid               // of the times themselves
	late        [lateSeconds]int64 // tokens by the seconds by which it lay further behind
	latest      float64            // most of these seconds
	newcomers   int                // visitors who came under load for whom it did
	pace        pace
}

const (
	// lateSeconds bounds how many seconds are told apart.
	lateSeconds = 128
	// lateClock is what one clock that somebody reads each second may lag by, in seconds,
	// with the second to which times are cut; lateClocks is the same for the clocks of
	// several instances, also for such as were not met before.
	lateClock, lateClocks = 3, 4
	// fewOpened is how many first tokens tell one clock from several, and oneClock
	// within how many seconds they lie then.
	fewOpened, oneClock = 8, 1.1
	// fewLate is how many tokens of a load are no more than an accident. For somebody who
	// has never been there no token can have been kept: fewNewcomers are enough.
	fewLate, fewNewcomers = 5, 2
)

// open notes the time in the first token of a session; 0 is none.
func (l *lag) open(u *user, asked, came, at float64) {
	if at == 0 {
		return
	}
	behind := asked - at
	l.grid.observe(int64(at), asked, came)
	if l.opened++; l.opened == 1 {
		l.least, l.most = behind, behind
	}
	l.least, l.most, l.kept = min(l.least, behind), max(l.most, behind), l.kept || u.account != nil
}

// observe notes the time in a new token under load, which may have been made at any
// time in so many seconds before it was asked for.
func (l *lag) observe(u *user, asked, came, at, since float64) {
	if at == 0 || l.opened == 0 {
		return
	}
	l.grid.observe(int64(at), asked, came)
	if since < mostSince {
		l.pace.observe(asked, asked-at)
	}
	usual := l.least
	if l.kept {
		usual = l.most
	}
	late := asked - at - usual
	if late <= 1 || late <= since {
		return
	}
	l.late[int(min(late, lateSeconds-1))]++
	l.latest = max(l.latest, late)
	if u.newcomer && late >= float64(l.allowed()) {
		l.newcomers++
	}
}

// allowed is from how many seconds on a time lies too far behind.
func (l *lag) allowed() int {
	clocks := lateClocks
	if l.opened >= fewOpened && l.most-l.least <= oneClock {
		clocks = lateClock
	}
	return clocks + l.grid.seconds()
}

// behind counts the tokens whose time lay too far behind, and says by how many seconds.
func (l *lag) behind() (count int64, by float64) {
	for i := l.allowed(); i < lateSeconds; i++ {
		count += l.late[i]
	}
	pace := l.pace
	pace.close()
	switch {
	case count >= fewLate || l.newcomers >= fewNewcomers:
		return count, l.latest
	case l.grid.seconds() == 0 && pace.lost > 0:
		return pace.slow, pace.lost
	}
	return 0, 0
}

// ofOneLife is what stands still of the end of a life, where all had one as the sessions
// began. That those who come again have a shorter one may be meant.
func (l *lag) ofOneLife() (count int64, by float64) {
	pace := l.pace
	pace.close()
	if l.opened < fewOpened || l.most-l.least > oneClock || l.grid.seconds() != 0 {
		return 0, 0
	}
	return pace.slow, pace.lost
}
