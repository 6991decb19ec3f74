package browser

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// gesture is something that visitors do on a page, and that some pages wait for before
// they load a chat.
type gesture struct {
	what string
	do   func(ctx context.Context) (did bool)
}

// gestures are what is tried on a page that does not load the widget by itself, in
// this order.
func (v *visitor) gestures() []gesture {
	return []gesture{
		{"moves the pointer and scrolls", v.tab.movePointer},
		{"presses a key and taps", v.tab.pressAndTap},
		{"agrees to cookies", v.clicks(consentScript)},
		{"clicks the chat's launcher", v.clicks(launcherScript)},
	}
}

// tryNext does the first of the gestures that can be done, and returns when and
// which remain.
func (v *visitor) tryNext(gestures []gesture) (when time.Time, rest []gesture) {
	ctx, cancel := context.WithTimeout(v.tab.ctx, answerLimit)
	defer cancel()
	for len(gestures) > 0 {
		next := gestures[0]
		gestures = gestures[1:]
		v.seen.note(func() {
			if visit := v.seen.visitLocked(); visit != nil && (visit.Widget == nil || !visit.Widget.Created) {
				visit.Tried = append(visit.Tried, next.what)
			}
		})
		at := v.seen.since()
		if !next.do(ctx) {
			v.seen.note(func() {
				if visit := v.seen.visitLocked(); visit != nil && len(visit.Tried) > 0 {
					visit.Tried = visit.Tried[:len(visit.Tried)-1]
				}
			})
			continue
		}
		v.seen.noteFrom(at, func() {
			v.seen.tellLocked(record.EventAction, record.ActorVisitor, record.ActorPage, "%s", next.what)
		})
		return time.Now(), gestures
	}
	return time.Now(), nil
}

// movePointer moves the pointer over the page, also to the corner in which launchers
// stand, and scrolls to its end and back.
func (t *tab) movePointer(ctx context.Context) bool {
	size, err := evaluate[[2]float64](t, "", `[innerWidth, innerHeight]`)
	if err != nil {
		return false
	}
	for _, at := range [][2]float64{{200, 200}, {260, 260}, {size[0] - 40, size[1] - 40}, {320, 320}} {
		_, _ = chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: at[0], Y: at[1]})
	}
	// Chromium wants both distances, and one that is 0 would not be sent.
	_, err = chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
		Type: input.DispatchMouseEventTypeMouseWheel, X: 320, Y: 320, DeltaX: 1, DeltaY: 400,
	})
	if err != nil {
		return false
	}
	return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](scrollScript, chromedp.EvalAwaitPromise)) == nil
}

// scrollScript scrolls to the end of the page and back, with time for it to see
// that. A page that is shorter than the window does not scroll, and fires nothing.
const scrollScript = `(async () => {
	const rest = () => new Promise((rested) => setTimeout(rested, 60));
	const end = document.documentElement.scrollHeight;
	for (const part of [0.25, 0.5, 0.75, 1]) { scrollTo(0, end * part); await rest(); }
	scrollTo(0, 0);
	for (const type of ['scroll', 'focus']) dispatchEvent(new Event(type));
})()`

// pressAndTap presses and lets go the Tab key, and taps and clicks where nothing is:
// all of that changes nothing on a page.
func (t *tab) pressAndTap(ctx context.Context) bool {
	if chromedp.Do(ctx, chromedp.KeyEvent("\t")) != nil {
		return false
	}
	_, err := evaluate[chromedp.Void](t, "", tapScript)
	return err == nil
}

const tapScript = `void (() => {
	const target = document.body || document.documentElement;
	const of = (Kind, type, more) => new Kind(type, {bubbles: true, cancelable: true, composed: true, clientX: 1, clientY: 1, ...more});
	const touch = new Touch({identifier: 1, target, clientX: 1, clientY: 1});
	target.dispatchEvent(of(PointerEvent, 'pointerdown', {pointerType: 'touch'}));
	target.dispatchEvent(of(TouchEvent, 'touchstart', {touches: [touch], changedTouches: [touch]}));
	target.dispatchEvent(of(PointerEvent, 'pointerup', {pointerType: 'touch'}));
	target.dispatchEvent(of(TouchEvent, 'touchend', {changedTouches: [touch]}));
	for (const type of ['mousedown', 'mouseup', 'click']) target.dispatchEvent(of(MouseEvent, type));
})()`

// buttonsScript are the parts of a page that look like buttons, also those in open
// shadow roots, and what they say. What leads to another page is none of them.
const buttonsScript = `
	const all = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
	const label = (e) => (e.innerText || e.value || e.getAttribute('aria-label') || '').trim();
	const stays = (e) => !e.closest('a') || /^(#|javascript:|$)/.test(e.closest('a').getAttribute('href') || '');
	const isButton = (e) => e.matches('button, [role=button], a, summary, input[type=button], input[type=submit]');
	const shown = all(document).filter((e) => e.getClientRects().length && stays(e));
	const press = (e) => {
		const at = {bubbles: true, cancelable: true, composed: true};
		for (const type of ['pointerdown', 'pointerup']) e.dispatchEvent(new PointerEvent(type, at));
		e.click();
	};`

// launcherScript finds what looks like the button of a chat that is loaded when
// it is wanted, clicks it, and returns what it says.
const launcherScript = `(() => { ` + buttonsScript + `
	const says = (e) => [e.innerText, e.getAttribute('aria-label'), e.title, e.id, String(e.className)].join(' ');
	const chat = /\b(assistant|ask us|need help|message us)\b|chat/i;
	// Some are no buttons but by their hand.
	const found = shown.find((e) => isButton(e) && chat.test(says(e))) ||
		shown.find((e) => getComputedStyle(e).cursor === 'pointer' && chat.test(says(e).slice(0, 200))) ||
		shown.find((e) => e.localName.includes('-') && chat.test(e.localName));
	if (!found) return '';
	press(found);
	return (label(found) || found.id || 'chat').slice(0, 60);
})()`

// consentWords is what a button says with which a visitor agrees.
const consentWords = `const agrees = (e) => isButton(e) && label(e).length < 40 &&
	/\b(accept|agree|consent|allow (all|cookies)|got it|akzeptieren|zustimmen|accepter)\b/i.test(label(e));`

// consentScript clicks the button with which visitors agree to cookies and the
// like, and returns what it says.
const consentScript = `(() => { ` + buttonsScript + consentWords + `
	const found = shown.find(agrees);
	if (!found) return '';
	press(found);
	return label(found).slice(0, 60);
})()`

// clicks is the gesture of a script that clicks something if it finds it.
func (v *visitor) clicks(script string) func(context.Context) bool {
	return func(context.Context) bool {
		said, err := evaluate[string](v.tab, "", script)
		return err == nil && said != ""
	}
}
