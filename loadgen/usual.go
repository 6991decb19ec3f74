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
	life   float64             // for how long the shortest of the first tokens was to live, in seconds
	asked  map[*user]time.Time // when a user's latest token was asked for

	iat, exp lag
	short    int64  // new tokens that live for a small part of the usual time
	told     string // of the first of them
}

const (
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
	asked, came := float64(found.asked.UnixMilli())/1000, float64(found.came.UnixMilli())/1000
	before, known := s.asked[u]
	s.asked[u] = found.asked
	if !u.settled && !u.newcomer {
		s.iat.open(u, asked, came, found.iat)
		s.exp.open(u, asked, came, found.exp)
		if life := found.exp - asked; s.life == 0 || life < s.life {
			s.life = life
		}
		return
	}
	since := found.asked.Sub(before).Seconds() // the token may have been made at any time since
	if !known {
		since = 0
	}
	s.iat.observe(u, asked, came, found.iat, since)
	s.exp.observe(u, asked, came, found.exp, since)
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
	late, by := s.iat.behind()
	if late > 0 {
		told = fmt.Sprintf("issued up to %s before the request for them, beyond what it was as the sessions began", record.Span(math.Round(by)))
	} else if late, by = s.exp.ofOneLife(); late > 0 {
		told = fmt.Sprintf("to end up to %s sooner after the request for them than as the sessions began", record.Span(math.Round(by)))
	}
	return count + late, told
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
