package loadgen

import (
	"fmt"
	"math"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// usual is what tokens are like while the sessions are opened, before there is any
// load. What is amiss then is for the checks of single tokens to tell; the load tells
// what only it brings.
type usual struct {
	advice map[string]bool     // rules that are a SHOULD, and broken then
	behind float64             // by how much iat lay before its request at most, in seconds
	life   float64             // for how long the shortest of the first tokens was to live, in seconds
	asked  map[*user]time.Time // when a user's latest token was asked for

	rounded int64              // greatest common divisor of what iat was since
	late    [lateSeconds]int64 // new tokens by the seconds by which iat lay further behind
	latest  float64            // most of these seconds
	short   int64              // new tokens that live for a small part of the usual time
	told    string             // of the first of them
}

const (
	// lateSeconds bounds how many seconds are told apart.
	lateSeconds = 128
	// lateClocks is what the clocks of instances that were not met before may differ by,
	// in seconds, with the second to which iat is cut.
	lateClocks = 4
	// fewLate is how many tokens of a load are no more than an accident.
	fewLate = 5
	// shortPart is the part of the usual life that is too short for what a site means
	// by chance, and shortBy the seconds that are missing at least.
	shortPart, shortBy = 0.1, 30
)

func newUsual() usual {
	return usual{advice: map[string]bool{}, asked: map[*user]time.Time{}}
}

// observe notes the times of a token that its user got for the first time. Tokens that
// are kept for their user come again, and grow old by right.
func (s *usual) observe(u *user, found facts) {
	if found.asked.IsZero() || found.invalid != "" || found.stale != "" {
		return
	}
	asked := float64(found.asked.UnixMilli()) / 1000
	since := found.asked.Sub(s.asked[u]).Seconds() // the token may have been made at any time since
	if s.asked[u] = found.asked; !u.settled {
		s.behind = max(s.behind, asked-found.iat)
		if life := found.exp - asked; s.life == 0 || life < s.life {
			s.life = life
		}
		return
	}
	if found.iat != 0 {
		s.rounded = divisor(s.rounded, int64(found.iat))
		if late := asked - found.iat - s.behind; late > 1 && late > since {
			s.late[int(min(late, lateSeconds-1))]++
			s.latest = max(s.latest, late)
		}
	}
	if life, before := found.exp-asked, s.life; found.exp != 0 && life < before*shortPart && before-life > shortBy && int64(found.exp)%60 != 0 {
		if s.short++; s.told == "" {
			s.told = fmt.Sprintf("to live for %s, where it was %s as the session began", record.Span(math.Round(life)), record.Span(math.Round(before)))
		}
	}
}

// lagging counts the new tokens whose times did not keep up with their requests, and
// says how they lay.
func (s *usual) lagging() (count int64, told string) {
	count, told = s.short, s.told
	var late int64
	for i := lateClocks + rounding(s.rounded); i < lateSeconds; i++ {
		late += s.late[i]
	}
	if late >= fewLate {
		count += late
		told = fmt.Sprintf("issued up to %s before the request for them, beyond what it was as the sessions began", record.Span(math.Round(s.latest)))
	}
	return count, told
}

// unusual leaves of the rules that a token breaks the MUSTs, and the SHOULDs that
// were kept as the sessions began.
func (s *usual) unusual(u *user, broken []rulebook.Breach) []rulebook.Breach {
	var left []rulebook.Breach
	for _, breach := range broken {
		if breach.Level != record.Must && !u.settled {
			s.advice[breach.ID] = true
		}
		if breach.Level == record.Must || !s.advice[breach.ID] {
			left = append(left, breach)
		}
	}
	return left
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
