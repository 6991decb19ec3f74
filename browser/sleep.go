package browser

import (
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// calmLimit bounds how long a page that has woken up may be busy before its
// visitor says something; wakingTime is what its first requests take to begin.
const (
	calmLimit  = time.Second
	wakingTime = 100 * time.Millisecond
)

// outsleepToken closes the lid of the computer until the visitor's token has
// expired, and sends a message after it has woken up: all clocks of the page are
// ahead by then, and its timers that fell due meanwhile have fired once. The
// assistant's clock is at that moment, too; the issuer's is left alone.
func (v *visitor) outsleepToken() {
	v.take(record.StepSleep, textSlept, func() result {
		token, r := v.expiring()
		if token == nil {
			return r
		}
		wakes := token.expiry()
		if wakes.Before(time.Now()) {
			wakes = time.Now()
		}
		wakes = wakes.Add(beyond)
		if time.Until(wakes) > maxSkew {
			return tooFar(time.Until(wakes))
		}
		v.tab.sleep(time.Until(issued(token).Add(resignAfter)))
		return v.sleepUntil(wakes)
	})
}

func (v *visitor) sleepUntil(wakes time.Time) result {
	at, span := v.seen.since(), time.Until(wakes)
	v.assistant.freeze(wakes)
	defer v.assistant.thaw()
	back, err := v.tab.doze(span)
	if err != nil {
		return notDone(record.CauseUnable, "the page's clocks cannot be moved: %s", err)
	}
	v.seen.noteFrom(at, func() {
		v.seen.tellLocked(record.EventClock, "", "", "the computer sleeps for %s, until the token has expired, and wakes up", record.Span(span.Round(time.Second).Seconds()))
	})
	v.awaitCalm()
	r := v.sendAgain(textSlept)
	if err := back(); err != nil {
		v.seen.note(func() { v.seen.problemLocked(record.ActorPage, "its clock cannot be moved back: %s", err) })
	}
	v.awaitCalm()
	return r
}

// awaitCalm waits until the page has no request under way, but not for long.
func (v *visitor) awaitCalm() {
	v.tab.sleep(wakingTime)
	v.awaitFor(calmLimit, func() bool { return len(v.seen.traffic.inFlight) == 0 })
}
