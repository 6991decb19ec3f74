package browser

import (
	"fmt"

	"github.com/chromedp/chromedp"
)

func (v *visitor) hasWidget() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	visit := v.theVisit()
	return visit != nil && visit.Widget != nil && visit.Widget.Created && !v.gone
}

// theChat is the stand-in's hook for drivers, in the page or in one of its frames.
const theChat = `[window, ...Array.from({length: window.length}, (_, i) => window[i])].map((frame) => {
	try { return frame.__webchatspecChat } catch { return undefined }
}).find(Boolean)`

// openChat opens the chat's window, as a visitor does.
func (v *visitor) openChat() error {
	_, err := evaluate[chromedp.Void](v, "void "+theChat+".open().catch(() => {})")
	return err
}

// send sends a message and waits until the assistant has taken it, or the
// widget has given up on it.
func (v *visitor) send(text string) (done bool, ended string) {
	ctx, cancel := v.limited()
	defer cancel()
	for range maxReloads {
		if err := v.post(text); err != nil {
			return false, err.Error()
		}
		visit := v.visitNow()
		v.await(ctx, func() bool {
			return v.taken(text) || v.sent[text].err != "" || v.rejected(text) >= maxRejections || v.gone || v.loading.visit != visit
		})
		v.mu.Lock()
		taken, same, why := v.taken(text), v.loading.visit == visit, v.whyNotTaken(text)
		v.mu.Unlock()
		if taken || same {
			return taken, why
		}
		// The page was loaded anew, and the message went with the old one.
		if done, ended := v.awaitWidget(); !done {
			return false, ended
		}
		if err := v.openChat(); err != nil {
			return false, err.Error()
		}
	}
	return false, "the page is loaded again and again"
}

// maxReloads bounds how often a message is sent anew on a page that reloads itself.
const maxReloads = 3

// visitNow is the page load under way.
func (v *visitor) visitNow() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.loading.visit
}

// post gives the widget a message to send, and has it report when that has settled.
func (v *visitor) post(text string) error {
	v.note(func() { delete(v.sent, text) })
	_, err := evaluate[chromedp.Void](v, fmt.Sprintf(`void %[4]s.send(%[1]q).then(() => '',
		(error) => String(error?.message ?? error) || 'unknown error').then((error) =>
		%[2]s(JSON.stringify({kind: %[3]q, text: %[1]q, error})))`, text, bindingName, kindSent, theChat))
	return err
}

// whyNotTaken says what became of a message that the assistant did not take;
// call with the evidence locked.
func (v *visitor) whyNotTaken(text string) string {
	firing := v.openFiring()
	if firing != nil {
		firing.Seconds = v.since() - firing.At
	}
	switch {
	case v.gone:
		return "the tab is gone"
	case v.rejected(text) >= maxRejections:
		return fmt.Sprintf("the assistant has rejected the message %d times, each time with the token that the page gave", maxRejections)
	case firing != nil:
		return fmt.Sprintf("the page's handler of %s had not settled after %.0f s", eventExpired, firing.Seconds)
	case v.sent[text].err != "":
		return "the widget gave up on the message: " + shorten(mask(v.sent[text].err), 200)
	}
	return fmt.Sprintf("the message had no answer within %s", v.config.Timeout)
}

// maxRejections is how often a message may be rejected until it is given up:
// the widget itself would go on for 150 s.
const maxRejections = 8

// rejected counts how often the assistant has refused the message in the step
// under way; call with the evidence locked.
func (v *visitor) rejected(text string) int {
	count := 0
	for i := range v.page.Messages {
		if m := &v.page.Messages[i]; m.Visitor == v.name && m.Step == v.step && m.Text == text && m.Status >= 400 {
			count++
		}
	}
	return count
}

// taken says whether the assistant has answered the message in the step under
// way; call with the evidence locked.
func (v *visitor) taken(text string) bool {
	for i := len(v.page.Messages) - 1; i >= 0; i-- {
		m := &v.page.Messages[i]
		if m.Visitor == v.name && m.Step == v.step && m.Text == text && m.Status == 200 {
			return true
		}
	}
	return false
}
