package browser

import (
	"math"
	"time"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// resignAfter is how long after a token was issued the issuer makes another
	// one: its iat has whole seconds, and RS256 gives the same signature again.
	resignAfter = 2100 * time.Millisecond
	// beyond is how far past exp the clocks are moved.
	beyond = 100 * time.Millisecond
	// maxSkew bounds how far the clocks are moved.
	maxSkew = 100 * 365 * 24 * time.Hour
	// typingTime is how long the widget seems to type before it shows an answer.
	typingTime = 1500 * time.Millisecond
)

// expiring is the visitor's token, or why there is none that will expire.
func (v *visitor) expiring() (token *noted, r result) {
	v.seen.look(func() { token = v.seen.messages.acceptedLocked() })
	switch {
	case token == nil:
		return nil, notDone(record.CauseNotOwed, "there is no token to expire")
	case token.exp == 0:
		return nil, notDone(record.CauseNotOwed, "the token has no exp: it does not expire")
	}
	return token, done
}

// expiry is when the token expires, by whole milliseconds.
func (n *noted) expiry() time.Time { return time.UnixMilli(int64(math.Ceil(n.exp * 1000))) }

// tooFar says that a token expires further ahead than clocks are moved.
func tooFar(left time.Duration) result {
	return notDone(record.CauseUnable, "the token expires in %s, which is further than clocks are moved", record.Span(left.Seconds()))
}

// outliveToken brings the visitor's token to its expiry and sends a message.
func (v *visitor) outliveToken() {
	v.take(record.StepExpiry, textExpired, func() result {
		token, r := v.expiring()
		if token == nil {
			return r
		}
		r = v.expire(token)
		if v.gaveAgain(token) {
			v.seen.exposures.readKept()
		}
		if r.done {
			v.awaitFor(typingTime, func() bool { return v.seen.widget.received > 0 })
		}
		return r
	})
}

// gaveAgain says whether the page has given the token once more, in the step under
// way, and asked for none.
func (v *visitor) gaveAgain(token *noted) (again bool) {
	v.seen.look(func() {
		f := v.seen.widget.lastFiringLocked()
		again = f != nil && f.Step == v.seen.step && f.Value.Token == token.token.ID && len(f.Requests) == 0
	})
	return again
}

// expire waits for the expiry or moves the clocks past it, and sends.
func (v *visitor) expire(token *noted) result {
	expiry := token.expiry()
	left := time.Until(expiry)
	switch {
	case left <= v.config.MaxWait:
		return v.waitForExpiry(expiry)
	case left > maxSkew:
		return tooFar(left)
	}
	v.tab.sleep(time.Until(issued(token).Add(resignAfter)))
	return v.pulse(expiry)
}

// issued is when the token was made: its iat, where that agrees with our clock,
// else when it was received.
func issued(token *noted) time.Time {
	received := token.token.ReceivedAt
	made := time.UnixMilli(int64(token.iat * 1000))
	if made.After(received.Add(-1500*time.Millisecond)) && made.Before(received) {
		return made
	}
	return received
}

// waitForExpiry waits until the token has really expired, and sends.
func (v *visitor) waitForExpiry(expiry time.Time) result {
	v.seen.note(func() {
		v.seen.page.ClockMode = record.ClockReal
		v.seen.tellLocked(record.EventClock, "", "", "waiting %s for the token to expire", record.Span(time.Until(expiry).Seconds()))
	})
	v.tab.sleep(time.Until(expiry.Add(beyond)))
	return v.sendExpired()
}

// sendExpired sends with the expired token. A picture is taken when the
// assistant has rejected it, and the message waits.
func (v *visitor) sendExpired() result {
	v.seen.note(func() { v.seen.widget.received = 0 })
	v.tab.reading.Go(func() {
		defer panics.Tell()
		if v.awaitFor(v.config.Timeout, func() bool {
			return v.seen.step != record.StepExpiry || v.seen.messages.rejectedLocked(textExpired) > 0
		}) {
			v.shoot("the token has expired, and the message waits")
		}
	})
	return v.send(textExpired)
}

// pulse moves both clocks past the expiry, sends, and moves them back.
func (v *visitor) pulse(expiry time.Time) result {
	moment := expiry.Add(beyond)
	at, ahead := v.seen.since(), time.Until(moment)
	back, err := v.tab.skew(ahead)
	if err != nil {
		return notDone(record.CauseUnable, "the page's clock cannot be moved: %s", err)
	}
	v.assistant.freeze(moment)
	v.seen.noteFrom(at, func() {
		v.seen.page.ClockMode, v.seen.page.SkewSeconds = record.ClockPulse, ahead.Seconds()
		v.seen.tellLocked(record.EventClock, "", "", "the clocks of page and assistant are moved on by %s, past the token's exp", record.Span(ahead.Round(time.Second).Seconds()))
	})
	r := v.sendExpired()
	v.assistant.thaw()
	err = back()
	v.seen.note(func() {
		if err != nil {
			v.seen.problemLocked(record.ActorPage, "its clock cannot be moved back: %s", err)
			return
		}
		v.seen.tellLocked(record.EventClock, "", "", "the clocks are back")
	})
	return r
}
