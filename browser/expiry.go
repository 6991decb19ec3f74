package browser

import (
	"fmt"
	"math"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// resignAfter is how long after a token was issued the issuer makes another
	// one: its iat has whole seconds, and RS256 gives the same signature again.
	resignAfter = 2100 * time.Millisecond
	// beyond is how far past exp the clocks are moved.
	beyond = 100 * time.Millisecond
)

// outliveToken brings the visitor's token to its expiry and sends a message.
func (v *visitor) outliveToken() {
	end := v.begins(record.StepExpiry, textExpired)
	token := v.current()
	switch {
	case token == nil:
		end(false, "there is no token to expire")
		return
	case token.exp == 0:
		end(false, "the token has no exp: it does not expire")
		return
	}
	expiry := time.UnixMilli(int64(math.Ceil(token.exp * 1000)))
	if left := time.Until(expiry); left <= v.config.MaxWait {
		v.waitForExpiry(expiry, end)
		return
	}
	if left := time.Until(expiry); left > maxSkew {
		end(false, fmt.Sprintf("the token expires in %.0f days, which is further than clocks are moved", left.Hours()/24))
		return
	}
	v.sleep(time.Until(v.issued(token).Add(resignAfter)))
	v.pulse(expiry, end)
}

// maxSkew bounds how far the clocks are moved.
const maxSkew = 100 * 365 * 24 * time.Hour

// current is the token of the latest call that the assistant has accepted.
func (v *visitor) current() *noted {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := len(v.page.Messages) - 1; i >= 0; i-- {
		if m := &v.page.Messages[i]; m.Visitor == v.name && m.Verdict.Accepted && m.Token != "" {
			return v.tokens.byID(m.Token)
		}
	}
	return nil
}

// issued is when the token was made: its iat, where that agrees with our clock,
// else when it was received.
func (v *visitor) issued(token *noted) time.Time {
	received := token.token.ReceivedAt
	made := time.UnixMilli(int64(token.iat * 1000))
	if made.After(received.Add(-1500*time.Millisecond)) && made.Before(received) {
		return made
	}
	return received
}

// waitForExpiry waits until the token has really expired, and sends.
func (v *visitor) waitForExpiry(expiry time.Time, end func(bool, string) bool) {
	v.note(func() {
		v.page.ClockMode = "real"
		v.say("clock", "waiting %.1f s for the token to expire", time.Until(expiry).Seconds())
	})
	v.sleep(time.Until(expiry.Add(beyond)))
	done, ended := v.sendExpired()
	end(done, ended)
	v.shootRenewed(done)
}

// sendExpired sends with the expired token. A picture is taken when the
// assistant has rejected it, and the message waits.
func (v *visitor) sendExpired() (done bool, ended string) {
	v.note(func() { v.received = 0 })
	v.reading.Go(func() {
		if v.awaitFor(v.config.Timeout, func() bool { return v.step != record.StepExpiry || v.rejected(textExpired) > 0 }) {
			v.shoot("the token has expired, and the message waits")
		}
	})
	return v.send(textExpired)
}

// typingTime is how long the widget seems to type before it shows an answer.
const typingTime = 1500 * time.Millisecond

// shootRenewed takes the picture of the answer, or of what there is instead.
func (v *visitor) shootRenewed(done bool) {
	if !done {
		v.shoot("the message after the expiry was not answered")
		return
	}
	v.awaitFor(typingTime, func() bool { return v.received > 0 })
	v.shoot("the token is renewed, and the message answered")
}

// pulse moves both clocks past the expiry, sends, and moves them back. The
// assistant's clock stands still meanwhile: a renewed token is live however long
// the page takes to get it.
func (v *visitor) pulse(expiry time.Time, end func(bool, string) bool) {
	moment := expiry.Add(beyond)
	ahead := time.Until(moment)
	if err := v.skew(ahead); err != nil {
		end(false, "the page's clock cannot be moved: "+err.Error())
		return
	}
	v.frozen.Store(moment.UnixMilli())
	v.note(func() {
		v.page.ClockMode, v.page.SkewSeconds = "pulse", ahead.Seconds()
		v.say("clock", "the clocks of page and assistant are moved on by %s, past the token's exp", ahead.Round(time.Second))
	})
	done, ended := v.sendExpired()
	v.frozen.Store(0)
	v.clock.Reset()
	if err := v.skew(0); err != nil {
		v.note(func() { v.say("problem", "the page's clock cannot be moved back: %s", err) })
	} else {
		v.note(func() { v.say("clock", "the clocks are back") })
	}
	end(done, ended)
	v.shootRenewed(done)
}
