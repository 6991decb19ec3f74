package browser

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// actionLimit bounds how long an action may take to show in the chat.
const actionLimit = 5 * time.Second

// logIn runs the login action and sends a message.
func (v *visitor) logIn() {
	end := v.begins(record.StepLogin, textLogin)
	if err := v.act(v.config.Login); err != nil {
		end(false, "the login action fails: "+err.Error())
		return
	}
	v.awaitAction("updateIdentityToken")
	end(v.sendAgain(textLogin))
	v.shoot("after the login")
}

// logOut runs the logout action and sends a message as whoever it is then.
func (v *visitor) logOut() {
	end := v.begins(record.StepLogout, textLogout)
	if err := v.act(v.config.Logout); err != nil {
		end(false, "the logout action fails: "+err.Error())
		return
	}
	v.awaitAction("destroy") // destroySession alone leaves the chat to the former user
	end(v.sendAgain(textLogout))
	v.shoot("after the logout")
}

// act does on the page what a user would. A click is given to the element
// itself, for the chat's window may stand before it.
func (v *visitor) act(action *Action) error {
	script := action.Script
	if action.Click != "" {
		script = fmt.Sprintf(`(() => {
			const wanted = document.querySelector(%[1]q);
			if (!wanted) throw new Error('nothing on the page matches ' + %[1]q);
			wanted.click();
		})()`, action.Click)
	}
	ctx, cancel := context.WithTimeout(v.ctx, actionLimit)
	defer cancel()
	return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise, asUser))
}

// asUser gives a script the rights that a user's click has.
func asUser(p *runtime.EvaluateParams) { p.UserGesture = new(true) }

// awaitAction waits until one of the signs of the action is there: the page has
// called a method, or has been loaded anew.
func (v *visitor) awaitAction(methods ...string) {
	visit := v.visitNow()
	v.awaitFor(actionLimit, func() bool { return slices.ContainsFunc(methods, v.called) || v.loading.visit != visit })
}

// called says whether the page has called the method in the step under way;
// call with the evidence locked.
func (v *visitor) called(method string) bool {
	for i := range v.page.Calls {
		if c := &v.page.Calls[i]; c.Visitor == v.name && c.Step == v.step && c.Method == method {
			return true
		}
	}
	return false
}

// sendAgain opens the chat, which an action may have closed or reloaded, and sends.
func (v *visitor) sendAgain(text string) (done bool, ended string) {
	if done, ended := v.awaitWidget(); !done {
		return false, ended
	}
	if err := v.openChat(); err != nil {
		return false, err.Error()
	}
	return v.send(text)
}
