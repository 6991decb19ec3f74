package loadgen

// pace tells whether a time in tokens goes as fast as the clock. In each second some
// token is made just as the time moves on; from one second to the next, that one lies
// as far behind its request as ever, however many seconds times are read in, and
// however long answers take.
type pace struct {
	began   float64 // when the first token was asked for
	second  int64   // the one that is open
	count   int     // tokens in it
	nearest float64 // by how much the time of the nearest of them lay behind, in seconds

	seconds int     // those that were looked at
	usual   float64 // nearest of any
	slow    int64   // tokens in seconds of which all lay too far behind
	lost    float64 // by how much the nearest of them did at most
}

const (
	// mostSince is how long before its request a token may have been made, in seconds,
	// that tells of the clock; fewInSecond is how many of them tell of a second.
	mostSince, fewInSecond = 1.2, 10
	// mostLost is what a clock may lose, in seconds, with those of instances that take
	// over, and drift what it may lose by right in a second.
	mostLost, drift = 1.5, 1e-4
)

// observe notes by how many seconds the time in a token lies behind the request for it.
func (p *pace) observe(asked, behind float64) {
	if p.began == 0 {
		p.began = asked
	}
	if second := int64(asked - p.began); second != p.second {
		p.close()
		p.second, p.count = second, 0
	}
	if p.count++; p.count == 1 || behind < p.nearest {
		p.nearest = behind
	}
}

// close looks at the second that was open.
func (p *pace) close() {
	if p.count < fewInSecond {
		return
	}
	if p.seconds++; p.seconds == 1 || p.nearest < p.usual {
		p.usual = p.nearest
	}
	// A clock that stands still loses a second in each, and nothing loses more.
	if lost := p.nearest - p.usual; lost > mostLost+drift*float64(p.second) && lost < float64(p.second)+mostLost {
		p.slow += int64(p.count)
		p.lost = max(p.lost, lost)
	}
}
