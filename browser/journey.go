package browser

import (
	"context"
	"slices"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

// What the visitors say.
const (
	textFirst     = "Hello"
	textExpired   = "Are you still there?"
	textReload    = "I am back"
	textSlept     = "My computer was asleep"
	textRejection = "Can you hear me?"
	textLogin     = "Now I am logged in"
	textLogout    = "Now I am logged out"
	textNext      = "I am somebody else"
)

const (
	// stormWatch is how long the page is watched while every token is rejected,
	// stormCalls how many calls end the watch before.
	stormWatch = 5 * time.Second
	stormCalls = 12
	// readLimit is how long what is still being read is waited for at the end.
	readLimit = time.Second
)

// goThroughExpiry is the journey of the first visitor.
func (v *visitor) goThroughExpiry() error {
	if err := v.open(); err != nil {
		return err
	}
	greeted := v.greet()
	v.tab.reading.Go(func() {
		defer panics.Tell()
		v.seen.assets.readHidden(v.config.Page)
	})
	if greeted {
		v.outliveToken()
		v.doAfter()
	}
	v.tab.settle(readLimit)
	return nil
}

// comeBackAndBeRejected is the journey of the second visitor, whose computer sleeps
// in between.
func (v *visitor) comeBackAndBeRejected() error {
	if err := v.open(); err != nil {
		return err
	}
	if v.greet() && v.reload() {
		v.outsleepToken()
		v.beRejected()
	}
	v.tab.settle(readLimit)
	return nil
}

// logInAndOut is the journey of a user, after whom another one comes to the same
// browser.
func (v *visitor) logInAndOut() error {
	if err := v.open(); err != nil {
		return err
	}
	if v.greet() && (v.config.Login == nil || v.logIn()) && v.config.Logout != nil {
		if v.logOut() && v.config.tellsPeopleApart() {
			v.comeNext()
		}
	}
	v.tab.settle(readLimit)
	return nil
}

// greet opens the chat and sends the first message.
func (v *visitor) greet() bool {
	if !v.hasWidget() {
		return false
	}
	return v.take(record.StepFirst, textFirst, func() result {
		if r := v.enterChat(); !r.done {
			return r
		}
		return v.send(textFirst)
	})
}

// reload loads the page again and sends a message.
func (v *visitor) reload() bool {
	return v.take(record.StepReload, textReload, func() result {
		ctx, cancel := context.WithTimeout(v.tab.ctx, v.config.Timeout)
		defer cancel()
		v.seen.note(func() { v.seen.loading = loading{} })
		if _, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{}); err != nil {
			return notDone(record.CauseUnable, "the page cannot be loaded again: %s", err)
		}
		v.again(v.config.before(), record.PhaseBefore)
		if r := v.awaitWidget(); !r.done {
			return r
		}
		return v.sendAgain(textReload)
	})
}

// beRejected has the assistant reject every token for a while, and watches what
// the page makes of it.
func (v *visitor) beRejected() {
	v.take(record.StepRejection, textRejection, func() result {
		if err := v.assistant.server.AddFault(rejecting); err != nil {
			return notDone(record.CauseUnable, "%s", err)
		}
		defer v.assistant.server.ClearFaults()
		var before int
		v.seen.look(func() { before = v.seen.messages.answered })
		if err := v.post(textRejection); err != nil {
			return notDone(record.CauseUnable, "%s", err)
		}
		v.awaitFor(stormWatch, func() bool {
			return v.seen.widget.sent[textRejection].settled || v.seen.messages.answered-before >= stormCalls
		})
		if v.tab.ctx.Err() != nil {
			return notDone(record.CauseCut, "the run ended")
		}
		return done
	})
}

// logIn runs the login action and sends a message.
func (v *visitor) logIn() bool {
	return v.take(record.StepLogin, textLogin, func() result {
		before := v.now()
		if r := v.do(record.PhaseLogin, []Step{v.config.Login.step()}); !r.done {
			return r
		}
		v.awaitAction(before, v.seen.contract.page().Update)
		return v.sendAgain(textLogin)
	})
}

// moment is what of the page and its widget an action can change.
type moment struct{ visit, begun int }

func (v *visitor) now() (m moment) {
	v.seen.look(func() { m = moment{v.seen.loading.visit, v.seen.widget.begun} })
	return m
}

// awaitAction waits until one of the signs of a login or logout is there: the
// page has called a method, has made a new widget, or has been loaded anew.
func (v *visitor) awaitAction(before moment, methods ...string) {
	v.awaitFor(actionLimit, func() bool {
		return slices.ContainsFunc(methods, v.seen.calledLocked) ||
			before != moment{v.seen.loading.visit, v.seen.widget.begun}
	})
}

// awaitFor waits for a state of the evidence, at most for the limit.
func (v *visitor) awaitFor(limit time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(v.tab.ctx, limit)
	defer cancel()
	return v.seen.await(ctx, holds)
}
