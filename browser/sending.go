package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

func (v *visitor) hasWidget() (has bool) {
	v.seen.look(func() {
		visit := v.seen.visitLocked()
		has = visit != nil && visit.Widget != nil && visit.Widget.Created && !v.seen.gone
	})
	return has
}

// inChat evaluates an expression of the stand-in's hook for drivers, which is
// in the page or in one of its frames.
func (v *visitor) inChat(expression string) error {
	var frame string
	v.seen.look(func() { frame = v.seen.widget.frame })
	_, err := evaluate[chromedp.Void](v.tab, frame, "void __webchatspecChat."+expression)
	return err
}

// enterChat opens the chat's window, as a visitor does, and goes through the
// steps that are wanted there before one can speak.
func (v *visitor) enterChat() result {
	at := v.seen.since()
	v.seen.note(func() { v.seen.widget.forced = !v.seen.widget.rendered })
	if err := v.inChat("open().catch(() => {})"); err != nil {
		return notDone(record.CauseUnable, "the chat cannot be opened: %s", err)
	}
	v.seen.noteFrom(at, func() {
		v.seen.tellLocked(record.EventAction, record.ActorVisitor, record.ActorWidget, "opens the chat")
	})
	return v.do(record.PhaseIn, v.config.Steps.In)
}

// sendAgain opens the chat, which an action may have closed or reloaded, and
// sends. What was wanted there the first time may not be any more.
func (v *visitor) sendAgain(text string) result {
	if r := v.awaitWidget(); !r.done {
		return r
	}
	if err := v.inChat("open().catch(() => {})"); err != nil {
		return notDone(record.CauseUnable, "the chat cannot be opened: %s", err)
	}
	v.again(v.config.Steps.In, record.PhaseIn)
	return v.send(text)
}

// maxReloads bounds how often a message is sent anew on a page that reloads itself.
const maxReloads = 3

// send sends a message and waits until the assistant has taken it, or the
// widget has given up on it.
func (v *visitor) send(text string) result {
	ctx, cancel := context.WithTimeout(v.tab.ctx, v.config.Timeout)
	defer cancel()
	for range maxReloads {
		if err := v.post(text); err != nil {
			return notDone(record.CauseUnable, "the message cannot be typed: %s", err)
		}
		visit := v.seen.visitNow()
		v.seen.await(ctx, func() bool {
			return v.seen.messages.takenLocked(text) || v.seen.widget.sent[text].err != "" ||
				v.seen.messages.rejectedLocked(text) >= maxRejections || v.seen.gone || v.seen.loading.visit != visit
		})
		var taken, same bool
		var r result
		v.seen.look(func() {
			taken, same, r = v.seen.messages.takenLocked(text), v.seen.loading.visit == visit, v.whyNotTakenLocked(text)
		})
		if taken {
			return done
		}
		if same {
			return r
		}
		// The page was loaded anew, and the message went with the old one.
		if r := v.awaitWidget(); !r.done {
			return r
		}
		if r := v.enterChat(); !r.done {
			return r
		}
	}
	return notDone(record.CauseSite, "the page is loaded again and again")
}

// post gives the widget a message to send, and has it report when that has settled.
func (v *visitor) post(text string) error {
	v.seen.note(func() {
		delete(v.seen.widget.sent, text)
		v.seen.tellLocked(record.EventMessage, record.ActorVisitor, record.ActorWidget, "types %q", text)
	})
	return v.inChat(fmt.Sprintf(`send(%[1]q).then(() => '',
		(error) => String(error?.message ?? error) || 'unknown error').then((error) =>
		%[2]s(JSON.stringify({kind: %[3]q, text: %[1]q, error})))`, text, bindingName, kindSent))
}

// whyNotTakenLocked says what became of a message that the assistant did not take.
func (v *visitor) whyNotTakenLocked(text string) result {
	firing := v.seen.widget.openFiringLocked()
	if firing != nil {
		firing.Seconds = v.seen.since() - firing.At
	}
	switch {
	case v.seen.gone:
		return notDone(record.CauseUnable, "it was closed or has crashed")
	case v.seen.messages.rejectedLocked(text) >= maxRejections:
		return notDone(record.CauseSite, "the assistant has rejected the message %d times, each time with the token that the page gave", maxRejections)
	case firing != nil:
		return notDone(record.CauseSite, "the page's handler of %s had not settled after %.0f s", v.seen.contract.page().Event, firing.Seconds)
	case v.seen.widget.sent[text].err != "":
		return notDone(record.CauseSite, "the widget gave up on the message: %s", shorten(mask(v.seen.widget.sent[text].err), 200))
	}
	return notDone(record.CauseSite, "the message had no answer within %s", v.config.Timeout)
}

// maxRejections is how often a message may be rejected until it is given up:
// the widget itself would go on for 150 s.
const maxRejections = 8
