package browser

import (
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// skew moves the Date of the page, in all of its frames and workers and in those
// that are yet to come, and returns how to move it back.
func (t *tab) skew(d time.Duration) (back func() error, err error) {
	return t.move(fmt.Sprintf("void (__webchatspecClock.skew = %d)", d.Milliseconds()))
}

// doze lets the computer sleep: see clock.js. It returns how to move Date back;
// the timers have fired, and performance.now() stays ahead.
func (t *tab) doze(d time.Duration) (back func() error, err error) {
	return t.move(fmt.Sprintf("__webchatspecSleep(%d)", d.Milliseconds()))
}

// move evaluates an order to the clock everywhere.
func (t *tab) move(order string) (back func() error, err error) {
	const reset = "void (__webchatspecClock.skew = 0)"
	if _, err := evaluate[chromedp.Void](t, "", order); err != nil {
		return nil, err
	}
	t.inOtherFrames(order)
	t.inWorkers(order)
	script, err := t.inject(order)
	if err != nil {
		return nil, err
	}
	return func() error {
		removed := t.takeOut(script)
		t.inWorkers(reset)
		t.inOtherFrames(reset)
		if _, err := evaluate[chromedp.Void](t, "", reset); err != nil {
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
