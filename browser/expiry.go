package browser

import (
	"fmt"
	"math"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

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

// outliveToken brings the visitor's token to its expiry and sends a message.
func (v *visitor) outliveToken() {
	v.take(record.StepExpiry, textExpired, func() result {
		var token *noted
		v.seen.look(func() { token = v.seen.messages.acceptedLocked() })
		switch {
		case token == nil:
			return notDone(record.CauseNotOwed, "there is no token to expire")
		case token.exp == 0:
			return notDone(record.CauseNotOwed, "the token has no exp: it does not expire")
		}
		r := v.expire(token)
		if r.done {
			v.awaitFor(typingTime, func() bool { return v.seen.widget.received > 0 })
		}
		return r
	})
}

// expire waits for the expiry or moves the clocks past it, and sends.
func (v *visitor) expire(token *noted) result {
	expiry := time.UnixMilli(int64(math.Ceil(token.exp * 1000)))
	left := time.Until(expiry)
	switch {
	case left <= v.config.MaxWait:
		return v.waitForExpiry(expiry)
	case left > maxSkew:
		return notDone(record.CauseUnable, "the token expires in %s, which is further than clocks are moved", record.Span(left.Seconds()))
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
	ahead := time.Until(moment)
	back, err := v.tab.skew(ahead)
	if err != nil {
		return notDone(record.CauseUnable, "the page's clock cannot be moved: %s", err)
	}
	v.assistant.freeze(moment)
	v.seen.note(func() {
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

// skew moves the clock of the page, in all of its frames and in those that are
// yet to come, and returns how to move it back.
func (t *tab) skew(d time.Duration) (back func() error, err error) {
	set := func(d time.Duration) string {
		return fmt.Sprintf("void (__webchatspecClock.skew = %d)", d.Milliseconds())
	}
	if _, err := evaluate[chromedp.Void](t, "", set(d)); err != nil {
		return nil, err
	}
	t.inOtherFrames(set(d))
	script, err := t.inject(set(d))
	if err != nil {
		return nil, err
	}
	return func() error {
		_, removed := chromedp.Call(t.ctx, page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: script})
		t.inOtherFrames(set(0))
		if _, err := evaluate[chromedp.Void](t, "", set(0)); err != nil {
			return err
		}
		return removed
	}, nil
}

// maxFrames bounds the frames that are reached into.
const maxFrames = 20

// inOtherFrames evaluates an expression in the frames of the page but the main
// one. Some may have gone meanwhile, which does not matter.
func (t *tab) inOtherFrames(expression string) {
	frames := t.allFrames()
	for _, f := range frames[min(1, len(frames)):min(maxFrames, len(frames))] {
		_, _ = evaluate[chromedp.Void](t, f.id, expression)
	}
}
