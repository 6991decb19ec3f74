package loadgen

import (
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// TestTimesKeepUpWithTheLoad: the times of new tokens are compared with those from
// before the load, whatever they were then.
func TestTimesKeepUpWithTheLoad(t *testing.T) {
	began := time.Date(2030, 5, 1, 12, 0, 2, 0, time.UTC)
	type times struct{ iat, exp time.Duration } // before and after the request
	usually := times{0, time.Hour}
	for name, c := range map[string]struct {
		opening times
		load    func(n int, now time.Time) (iat, exp time.Time)
		lagging bool
	}{
		"right": {usually, func(_ int, now time.Time) (time.Time, time.Time) { return now, now.Add(time.Hour) }, false},
		"set back for skew": {times{30 * time.Second, time.Hour}, func(_ int, now time.Time) (time.Time, time.Time) {
			return now.Add(-30 * time.Second), now.Add(time.Hour)
		}, false},
		"rounded to the minute": {times{2 * time.Second, time.Hour - 2*time.Second}, func(_ int, now time.Time) (time.Time, time.Time) {
			return now.Truncate(time.Minute), now.Add(time.Hour).Truncate(time.Minute)
		}, false},
		"another instance, two seconds behind": {usually, func(n int, now time.Time) (time.Time, time.Time) {
			now = now.Add(time.Duration(n%2*-2) * time.Second)
			return now, now.Add(time.Hour)
		}, false},
		"lives by chance": {usually, func(n int, now time.Time) (time.Time, time.Time) {
			return now, now.Add(time.Duration(10+n%50) * time.Minute)
		}, false},
		"no iat": {usually, func(_ int, now time.Time) (time.Time, time.Time) { return time.Time{}, now.Add(time.Hour) }, false},
		"once, by accident": {usually, func(n int, now time.Time) (time.Time, time.Time) {
			if n == 50 {
				return now.Add(-10 * time.Second), now.Add(time.Hour)
			}
			return now, now.Add(time.Hour)
		}, false},
		"seven seconds behind": {usually, func(_ int, now time.Time) (time.Time, time.Time) {
			return now.Add(-7 * time.Second), now.Add(time.Hour)
		}, true},
		"a clock that stands still, and an id in each": {usually, func(_ int, now time.Time) (time.Time, time.Time) { return began.Add(time.Second), now.Add(time.Hour) }, true},
		"a life that shrinks": {usually, func(n int, now time.Time) (time.Time, time.Time) {
			return now, now.Add(time.Hour - time.Duration(n)*35*time.Second)
		}, true},
		"a worker that began long before": {usually, func(n int, now time.Time) (time.Time, time.Time) {
			if n%7 == 0 {
				return began.Add(-20 * time.Second), now.Add(time.Hour)
			}
			return now, now.Add(time.Hour)
		}, true},
		"an end that stands still": {usually, func(_ int, now time.Time) (time.Time, time.Time) { return now, began.Add(time.Hour) }, true},
		"an end that stands still at a multiple of five seconds": {times{0, time.Hour + 3*time.Second}, func(_ int, now time.Time) (time.Time, time.Time) {
			return now, began.Add(time.Hour + 3*time.Second)
		}, true},
		"an end rounded down to five seconds": {times{0, time.Hour - 2*time.Second}, func(_ int, now time.Time) (time.Time, time.Time) {
			return now, now.Add(time.Hour).Truncate(5 * time.Second)
		}, false},
		"a shorter life for those who come again": {usually, func(_ int, now time.Time) (time.Time, time.Time) { return now, now.Add(time.Hour - 5*time.Second) }, false},
		"an end rounded to ten seconds": {times{0, time.Hour - 2*time.Second}, func(_ int, now time.Time) (time.Time, time.Time) {
			return now, now.Add(time.Hour).Truncate(10 * time.Second)
		}, false},
	} {
		s, users := newUsual(), newUsers(10, 1, nil)
		seen := func(u *user, asked, iat, exp time.Time) {
			f := facts{asked: asked, came: asked.Add(20 * time.Millisecond), exp: float64(exp.Unix())}
			if !iat.IsZero() {
				f.iat = float64(iat.Unix())
			}
			s.observe(u, f)
		}
		for _, u := range users {
			seen(u, began, began.Add(-c.opening.iat), began.Add(c.opening.exp))
			u.settled = true
		}
		for n := range 100 {
			now := began.Add(time.Duration(n) * 100 * time.Millisecond)
			iat, exp := c.load(n, now)
			seen(users[n%len(users)], now, iat, exp)
		}
		if n, told := s.lagging(); n > 0 != c.lagging || c.lagging != (told != "") {
			t.Errorf("%s: %d are lagging (%s), want %t", name, n, told, c.lagging)
		}
	}
}

// TestNewcomersTellTheTime: a token that is kept for its user says nothing of the clock,
// the one of somebody who was never there does.
func TestNewcomersTellTheTime(t *testing.T) {
	opened := time.Date(2030, 5, 1, 12, 0, 2, 300e6, time.UTC)
	for name, c := range map[string]struct {
		iat  func(asked time.Time) time.Time
		want int64
	}{
		"right":            {func(asked time.Time) time.Time { return asked }, 0},
		"read each second": {func(asked time.Time) time.Time { return asked.Add(-900 * time.Millisecond) }, 0},
		"of another instance": {func(asked time.Time) time.Time {
			if asked.Equal(opened) {
				return asked
			}
			return asked.Add(-2 * time.Second)
		}, 0},
		"a clock that stands":   {func(time.Time) time.Time { return opened }, 4},
		"rounded to the minute": {func(asked time.Time) time.Time { return asked.Truncate(time.Minute) }, 0},
	} {
		s := newUsual()
		for _, u := range newUsers(8, 1, nil) {
			s.observe(u, facts{asked: opened, came: opened, iat: float64(c.iat(opened).Unix())})
		}
		for i, u := range newUsers(6, 9, nil) {
			u.newcomer = true
			asked := opened.Add(time.Duration(2200+1400*(i/2)) * time.Millisecond)
			s.observe(u, facts{asked: asked, came: asked, iat: float64(c.iat(asked).Unix())})
		}
		if n, _ := s.lagging(); n != c.want {
			t.Errorf("%s: %d are lagging, want %d", name, n, c.want)
		}
	}
}

// TestAdviceThatOnlyTheLoadBreaks: what single tokens break already is not said again.
func TestAdviceThatOnlyTheLoadBreaks(t *testing.T) {
	s, u := newUsual(), newUsers(1, 1, nil)[0]
	must := rulebook.Breach{Rule: rulebook.Rule{ID: "exp-present", Level: record.Must}}
	should := rulebook.Breach{Rule: rulebook.Rule{ID: "iat-present", Level: record.Should}}
	later := rulebook.Breach{Rule: rulebook.Rule{ID: "typ-jwt", Level: record.Should}}
	s.unusual(u, []rulebook.Breach{should})
	u.settled = true
	left := s.unusual(u, []rulebook.Breach{must, should, later})
	if len(left) != 2 || left[0].ID != must.ID || left[1].ID != later.ID {
		t.Errorf("left are %v", left)
	}
}

// TestWhatIsGivenOnce: an id of a token, or a ciphertext, that two users got.
func TestWhatIsGivenOnce(t *testing.T) {
	for name, c := range map[string]struct {
		opening, load   []string // by user
		shared, advised int64
	}{
		"each its own":                     {[]string{`{"jti":"1","user_payload":"abcdef"}`, `{"jti":"2","user_payload":"ghijkl"}`}, []string{`{"jti":"3","user_payload":"mnopqr"}`, `{"jti":"4","user_payload":"stuvwx"}`}, 0, 0},
		"one id":                           {[]string{`{"jti":"1"}`, `{"jti":"2"}`}, []string{`{"jti":"3"}`, `{"jti":"3"}`}, 0, 1},
		"one payload":                      {[]string{`{"user_payload":"abcdef"}`, `{"user_payload":"ghijkl"}`}, []string{`{"user_payload":"mnopqr"}`, `{"user_payload":"mnopqr"}`}, 1, 0},
		"one for all, before the load too": {[]string{`{"jti":"1"}`, `{"jti":"1"}`}, []string{`{"jti":"1"}`, `{"jti":"1"}`}, 0, 0},
		"one again":                        {[]string{`{"jti":"1"}`, `{"jti":"2"}`}, []string{`{"jti":"1"}`, `{"jti":"2"}`}, 0, 0},
	} {
		b, users := newBelongings(), newUsers(2, 1, nil)
		for i, text := range c.opening {
			b.open(users[i], said(t, text))
		}
		for i, text := range c.load {
			b.observe(users[i], said(t, text))
		}
		var tokens record.LoadTokens
		if b.repeated(&tokens); tokens.Shared != c.shared || tokens.Advised["jti-unique"] != c.advised {
			t.Errorf("%s: %d shared, %d with the id of another, want %d and %d", name, tokens.Shared, tokens.Advised["jti-unique"], c.shared, c.advised)
		}
	}
}
