package browser

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
)

// What the visitors say.
const (
	textFirst     = "Hello"
	textExpired   = "Are you still there?"
	textReload    = "I am back"
	textRejection = "Can you hear me?"
	textLogin     = "Now I am logged in"
	textLogout    = "Now I am logged out"
)

const (
	// renderGrace is how long after the widget began the page may take to call
	// render, and to subscribe.
	renderGrace = 2 * time.Second
	// quietGrace is how long a loaded page without the widget must have been
	// quiet until it is taken to have none.
	quietGrace = 1500 * time.Millisecond
	// stormWatch is how long the page is watched while every token is rejected,
	// stormCalls how many calls end the watch before.
	stormWatch = 5 * time.Second
	stormCalls = 12
)

// goThroughExpiry is the journey of the first visitor.
func (v *visitor) goThroughExpiry() error {
	if err := v.open(); err != nil {
		return err
	}
	greeted := v.greet()
	v.reading.Go(v.readHidden)
	if greeted {
		v.outliveToken()
	}
	v.leave()
	return nil
}

// comeBackAndBeRejected is the journey of the second visitor.
func (v *visitor) comeBackAndBeRejected() error {
	if err := v.open(); err != nil {
		return err
	}
	if v.greet() && v.reload() {
		v.beRejected()
	}
	v.leave()
	return nil
}

// logInAndOut is the journey of a user.
func (v *visitor) logInAndOut() error {
	if err := v.open(); err != nil {
		return err
	}
	if v.greet() {
		v.logIn()
		if v.config.Logout != nil {
			v.logOut()
		}
	}
	v.leave()
	return nil
}

// begins starts a step and returns what ends it.
func (v *visitor) begins(step, text string) func(done bool, ended string) bool {
	at := v.since()
	v.note(func() {
		v.step = step
		v.say("step", "%s", step)
	})
	v.tell("page, " + v.name + " visitor: " + step)
	return func(done bool, ended string) bool {
		if done {
			ended = ""
		}
		usable := v.answers()
		v.readCookies()
		v.note(func() {
			v.page.Steps = append(v.page.Steps, record.PageStep{
				Visitor: v.name, Name: step, At: at, Seconds: v.since() - at, Done: done, Ended: ended, Text: text, Usable: usable,
			})
			if !done {
				v.say("problem", "%s: %s", step, ended)
			}
		})
		return done
	}
}

// answers says whether the page still runs a script.
func (v *visitor) answers() bool {
	two, err := evaluate[int](v, "1 + 1")
	return err == nil && two == 2
}

// open loads the page and waits until the widget has begun.
func (v *visitor) open() error {
	end := v.begins(record.StepLoad, "")
	ctx, cancel := v.limited()
	defer cancel()
	navigated, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: v.config.Page})
	if err == nil && navigated.ErrorText != "" {
		err = errors.New(navigated.ErrorText)
	}
	if err != nil {
		end(false, "the page cannot be loaded: "+err.Error())
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		message := fmt.Sprintf("the page %s cannot be loaded in the browser: %s%s", maskURL(v.config.Page), err, hintForHosts(navigated.ErrorText))
		return &Failure{record.Failure{Class: classOf(navigated.ErrorText), Message: message}, err}
	}
	if err := v.begin(); err != nil {
		end(false, "the action that begins the chat fails: "+err.Error())
		return nil
	}
	done, ended := v.awaitWidget()
	v.readScripts()
	end(done, ended)
	return nil
}

// begin does what the page wants of its visitors before it loads the widget.
func (v *visitor) begin() error {
	if v.config.Begin == nil {
		return nil
	}
	v.awaitFor(actionLimit, func() bool { return !v.loading.loaded.IsZero() })
	return v.act(v.config.Begin)
}

// readScripts notes the attributes of the widget's script element. With an
// integrity attribute the browser does not run what stands in for the script.
func (v *visitor) readScripts() {
	type element struct{ Src, Integrity string }
	elements, err := evaluate[[]element](v,
		`Array.from(document.scripts, ({src, integrity}) => ({src, integrity})).filter(({integrity}) => integrity).slice(0, 100)`)
	if err != nil {
		return
	}
	v.note(func() {
		visit := v.theVisit()
		for _, e := range elements {
			for i := range visit.Scripts {
				if isWidgetScript(e.Src) && visit.Scripts[i].URL == maskURL(e.Src) {
					visit.Scripts[i].Integrity = shorten(e.Integrity, 200)
				}
			}
		}
	})
}

// errorUnresolved is how the browser says that a host does not resolve: it does
// not exist, or it is not allowed.
const errorUnresolved = "net::ERR_NAME_NOT_RESOLVED"

func hintForHosts(netError string) string {
	if netError != errorUnresolved {
		return ""
	}
	return " (if it leads to another host, allow that with --allow-host)"
}

// classOf is the class of failure for an error of Chromium's network stack.
func classOf(netError string) string {
	switch netError {
	case "net::ERR_CONNECTION_REFUSED":
		return record.FailureRefused
	case errorUnresolved:
		return record.FailureDNS
	case "net::ERR_CONNECTION_TIMED_OUT", "net::ERR_TIMED_OUT", "":
		return record.FailureTimeout
	case "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_CLOSED":
		return record.FailureClosed
	}
	if len(netError) > 13 && netError[:13] == "net::ERR_CERT" {
		return record.FailureTLS
	}
	return record.FailureUnreachable
}

// awaitWidget waits until the page has rendered the widget, or is known not to.
func (v *visitor) awaitWidget() (done bool, ended string) {
	limit := min(v.config.Timeout, 15*time.Second)
	deadline := time.Now().Add(limit)
	var created time.Time
	for time.Now().Before(deadline) && v.ctx.Err() == nil {
		state := v.widgetState()
		switch {
		case state.gone:
			return false, "the tab is gone"
		case state.rendered && state.subscribed:
			return true, ""
		case state.failed != "":
			return false, state.failed
		case state.created && created.IsZero():
			created = time.Now()
		case state.created && time.Since(created) > renderGrace:
			return true, "" // without render, or without a subscription: that is for the checks
		case !state.created && state.quiet > quietGrace:
			return false, "the page is loaded, and no widget has begun"
		}
		v.awaitFor(100*time.Millisecond, func() bool { return false })
	}
	if created.IsZero() {
		return false, fmt.Sprintf("no widget has begun within %s", limit)
	}
	return true, ""
}

// widgetState is how far the widget has come in the visit under way.
type widgetState struct {
	created, rendered, subscribed, gone bool
	failed                              string
	quiet                               time.Duration // since the page was loaded and had no request under way
}

func (v *visitor) widgetState() widgetState {
	v.mu.Lock()
	defer v.mu.Unlock()
	state := widgetState{gone: v.gone}
	visit := v.theVisit()
	if visit == nil {
		return state
	}
	if w := visit.Widget; w != nil {
		state.created, state.rendered = w.Created, w.Rendered
		for _, event := range w.Subscribed {
			state.subscribed = state.subscribed || event == eventExpired || event == "*"
		}
		for _, e := range w.Errors {
			if e.Type == "INITIAL_CONFIG" {
				state.failed = "the widget cannot begin: " + e.Message
			}
		}
	}
	if v.loading.loaded.IsZero() || len(v.inFlight) > 0 {
		return state
	}
	state.quiet = time.Since(v.loading.loaded)
	return state
}

// greet opens the chat and sends the first message.
func (v *visitor) greet() bool {
	if !v.hasWidget() {
		return false
	}
	end := v.begins(record.StepFirst, textFirst)
	if err := v.openChat(); err != nil {
		return end(false, err.Error())
	}
	done := end(v.send(textFirst))
	if v.name == record.VisitorFirst {
		v.shoot("the first message")
	}
	return done
}

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

// reload loads the page again and sends a message.
func (v *visitor) reload() bool {
	end := v.begins(record.StepReload, textReload)
	ctx, cancel := v.limited()
	defer cancel()
	v.note(func() { v.loading = loading{} })
	if _, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{}); err != nil {
		return end(false, "the page cannot be loaded again: "+err.Error())
	}
	if done, ended := v.awaitWidget(); !done {
		return end(false, ended)
	}
	if err := v.openChat(); err != nil {
		return end(false, err.Error())
	}
	done := end(v.send(textReload))
	v.shoot("after a reload")
	return done
}

// beRejected has the assistant reject every token for a while, and watches what
// the page makes of it.
func (v *visitor) beRejected() {
	end := v.begins(record.StepRejection, textRejection)
	rejecting := mockassistant.Fault{Name: "token-expired", On: []mockassistant.Call{mockassistant.CallMessage}}
	if err := v.assistant.AddFault(rejecting); err != nil {
		end(false, err.Error())
		return
	}
	var before int
	v.note(func() { before = v.answered })
	if err := v.post(textRejection); err != nil {
		end(false, err.Error())
		return
	}
	v.awaitFor(stormWatch, func() bool { return v.sent[textRejection].settled || v.answered-before >= stormCalls })
	end(true, "")
	v.assistant.ClearFaults()
}

// leave lets what is still being read come in.
func (v *visitor) leave() {
	read := make(chan struct{})
	go func() {
		v.reading.Wait()
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(time.Second):
	}
}

// arrive notes a new load of the page; call with the evidence locked.
func (v *visitor) arrive(address string) {
	if address == "about:blank" || len(v.page.Visits) >= 50 {
		return
	}
	v.expose(record.ExposedLocation, maskURL(address), address)
	v.page.Visits = append(v.page.Visits, record.Visit{
		ID: "visit-" + strconv.Itoa(len(v.page.Visits)+1), Visitor: v.name, Step: v.step, At: v.since(), URL: maskURL(address),
	})
	v.loading = loading{visit: len(v.page.Visits) - 1, begun: true}
}
