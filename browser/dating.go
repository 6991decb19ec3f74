package browser

import (
	"context"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
)

// dating is how it is known when a line of the timeline came about. Several tell
// of what happens, each with a delay of its own: the assistant in this process, and
// the browser through a session for the page and one for each of its workers. So
// what has a time of the browser's is dated by that.
type dating int

const (
	byUs      dating = iota // by our clock, when it was noted
	byBrowser               // by the browser's
	byOrder                 // the browser gave no time: no later than what it told next
)

// maxDelay is how long before it is told, in seconds, something may have come about.
// A page can tell us of times, too.
const maxDelay = 30

// noteOf is note for what the browser dates: at is in seconds since 1970 by its
// clock. It came about then, however late it is told.
func (n *notes) noteOf(at float64, change func()) {
	n.noteDated(byBrowser, at-n.epoch, change)
}

// noteUndated is note for what the browser tells without a time.
func (n *notes) noteUndated(change func()) { n.noteDated(byOrder, n.since(), change) }

// noteFrom is note for what began at a moment, in seconds since the start, and is
// told now that it is known how it went.
func (n *notes) noteFrom(at float64, change func()) { n.noteDated(byUs, at, change) }

func (n *notes) noteDated(by dating, at float64, change func()) {
	n.note(func() {
		if now := n.since(); by == byBrowser && (at > now || at < now-maxDelay) {
			at = now
		}
		n.by, n.at = by, at
		change()
		n.by, n.at = byUs, 0
	})
}

// momentLocked is when what is being noted came about, in seconds since the start.
func (n *notes) momentLocked() float64 {
	if n.at > 0 {
		return n.at
	}
	return n.since()
}

// dated takes a report apart into when it was made, in seconds since 1970, and what
// it says: clock.js puts the milliseconds before it.
func dated(report string) (at float64, told string) {
	milliseconds, told, cut := strings.Cut(report, " ")
	at, err := strconv.ParseFloat(milliseconds, 64)
	if !cut || err != nil {
		return 0, report
	}
	return at / 1000, told
}

// placeLocked moves the lines that nobody dated before what the browser told next
// of the same visitor.
func (n *notes) placeLocked() {
	next := map[string]float64{}
	for i := len(n.datings) - 1; i >= 0; i-- {
		event := &n.page.Timeline[i]
		later, has := next[event.Visitor]
		if n.datings[i] == byOrder && has {
			event.At = min(event.At, later)
		}
		if n.datings[i] != byUs {
			next[event.Visitor] = event.At
		}
	}
}

// clockReadings is how often the browser's clock is read; the answer that took the
// shortest is the most exact.
const clockReadings = 5

// readClock learns what the browser's clock said when we started: it may run on
// another machine.
func (n *notes) readClock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	shortest := answerLimit.Seconds()
	for range clockReadings {
		before := n.since()
		told, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`performance.timeOrigin + performance.now()`))
		after := n.since()
		if err == nil && after-before < shortest {
			shortest = after - before
			n.epoch = told/1000 - (before+after)/2
		}
	}
}
