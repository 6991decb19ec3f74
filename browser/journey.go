package browser

import (
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

// reload loads the page again and sends a message.
func (v *visitor) reload() bool {
	end := v.begins(record.StepReload, textReload)
	ctx, cancel := v.limited()
	defer cancel()
	v.note(func() { v.loading = loading{} })
	if _, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{}); err != nil {
		return end(false, "the page cannot be loaded again: "+err.Error())
	}
	if err := v.begin(); err != nil { // the page may remember the consent, and not ask again
		v.note(func() { v.say("widget", "there is nothing to begin with: %s", err) })
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
