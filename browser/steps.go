package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/webchatspec/webchatspec/record"
)

// Action is something a user does on the page: a click, or an expression of
// JavaScript evaluated in it. Exactly one is given.
type Action struct {
	Click  string // a CSS selector
	Script string
}

func (a *Action) step() Step { return Step{Click: a.Click, Evaluate: a.Script} }

// Steps are what visitors do on the page beside the chat's own course.
type Steps struct {
	Before []Step // before the chat, at each load of the page: consent, login, a button
	In     []Step // in the open chat, before the first message: a form, a panel
	After  []Step // after the message that outlived the token
}

// Step is one thing that a visitor does. Exactly one of Navigate, Click, Type,
// Press, Select, WaitFor, WaitForRequest and Evaluate is given. Selectors are
// looked for in the page, its open shadow roots and its frames, of whatever
// site, and waited for.
type Step struct {
	Navigate string // address to go to, relative to the page's
	Click    string // CSS selector of what to click
	Type     string // CSS selector of the field to type Text into
	Text     string // what to type, or the value or label to select; masked in all that is written
	Press    string // name of a key, such as "Enter"
	Select   string // CSS selector of the list in which to choose Text
	WaitFor  string // CSS selector of what must be seen
	// WaitForRequest is part of the address of a request of the page whose
	// answer is waited for.
	WaitForRequest string
	Evaluate       string // JavaScript, whose promise is waited for
}

// actions are the step's members that say what is done, in a fixed order.
func (s Step) actions() []string {
	var given []string
	for _, a := range []struct{ name, value string }{
		{"navigate", s.Navigate}, {"click", s.Click}, {"type", s.Type}, {"press", s.Press}, {"select", s.Select},
		{"waitFor", s.WaitFor}, {"waitForRequest", s.WaitForRequest}, {"evaluate", s.Evaluate},
	} {
		if a.value != "" {
			given = append(given, a.name)
		}
	}
	return given
}

// String tells what the step does, without what it types.
func (s Step) String() string {
	switch {
	case s.Navigate != "":
		return "navigate to " + maskURL(s.Navigate)
	case s.Click != "":
		return "click " + s.Click
	case s.Type != "":
		return "type into " + s.Type
	case s.Press != "":
		return "press " + s.Press
	case s.Select != "":
		return "select in " + s.Select
	case s.WaitFor != "":
		return "wait for " + s.WaitFor
	case s.WaitForRequest != "":
		return "wait for a request to " + s.WaitForRequest
	}
	return "evaluate a script"
}

// check says what is wrong with the steps.
func (s Steps) check() error {
	for phase, steps := range map[string][]Step{record.PhaseBefore: s.Before, record.PhaseIn: s.In, record.PhaseAfter: s.After} {
		for i, step := range steps {
			given := step.actions()
			switch {
			case len(given) == 0:
				return fmt.Errorf("step %d of the page's steps %s does nothing: give one of navigate, click, type, press, select, waitFor, waitForRequest, evaluate", i+1, phase)
			case len(given) > 1:
				return fmt.Errorf("step %d of the page's steps %s does more than one thing: %s", i+1, phase, strings.Join(given, ", "))
			case step.Press != "" && keys[step.Press] == "" && len([]rune(step.Press)) != 1:
				return fmt.Errorf("step %d of the page's steps %s: there is no key %q; use one character or a name such as Enter, Tab, Escape", i+1, phase, step.Press)
			}
		}
	}
	return nil
}

// keys are the keys with names.
var keys = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

// before are all steps before the chat.
func (c Config) before() []Step {
	if c.Begin == nil {
		return c.Steps.Before
	}
	return append([]Step{c.Begin.step()}, c.Steps.Before...)
}

// signsIn says whether the visitors may be users of the site when they come to
// the chat.
func (c Config) signsIn() bool {
	return c.Personal || c.LogsIn()
}

// LogsIn says whether the steps before the chat may be those of a login.
func (c Config) LogsIn() bool {
	return slices.ContainsFunc(c.before(), func(s Step) bool { return s.Type != "" || s.Evaluate != "" })
}

// actionLimit bounds how long what an action is about is waited for.
const actionLimit = 5 * time.Second

// do takes configured steps in their order, and ends at one that fails.
func (v *visitor) do(phase string, steps []Step) result {
	v.began = v.seen.since()
	for _, step := range steps {
		at := v.seen.since()
		err := v.act(step)
		v.seen.noteFrom(at, func() {
			action := record.PageAction{
				Visitor: v.name, Step: v.seen.step, Phase: phase, At: at, Seconds: v.seen.since() - at, What: step.String(),
			}
			if err != nil {
				action.Failure = shorten(mask(err.Error()), 300)
			}
			if len(v.seen.page.Actions) < maxActions && v.tab.ctx.Err() == nil {
				v.seen.page.Actions = append(v.seen.page.Actions, action)
			}
			v.seen.tellLocked(record.EventAction, record.ActorVisitor, record.ActorPage, "%s", step)
		})
		if err != nil {
			return notDone(record.CauseUnable, "the configured step %q (%s) fails: %s", step, phase, err)
		}
	}
	return done
}

// maxActions bounds the actions that are noted.
const maxActions = 200

// again takes steps that the page may not want a second time, such as those of
// a consent that it remembers: one that fails ends them without a word.
func (v *visitor) again(steps []Step, phase string) {
	for _, step := range steps {
		if step.needs() != "" && !v.present(step.needs(), time.Second) {
			return
		}
		if err := v.act(step); err != nil {
			v.seen.note(func() {
				v.seen.tellLocked(record.EventAction, record.ActorVisitor, record.ActorPage, "nothing more to do %s the chat: %s", phase, err)
			})
			return
		}
	}
}

// needs is the selector that the step is about, "" for none.
func (s Step) needs() string { return cmp.Or(s.Click, s.Type, s.Select) }

// doAfter takes the steps after the chat.
func (v *visitor) doAfter() {
	if len(v.config.Steps.After) > 0 {
		v.take(record.StepAfter, "", func() result { return v.do(record.PhaseAfter, v.config.Steps.After) })
	}
}

// act takes one step.
func (v *visitor) act(s Step) error {
	s = s.filled(v.values())
	switch {
	case s.Navigate != "":
		return v.navigateTo(s.Navigate)
	case s.Press != "":
		return v.tab.press(cmp.Or(keys[s.Press], s.Press))
	case s.WaitForRequest != "":
		return v.awaitRequest(s.WaitForRequest)
	case s.Evaluate != "":
		return v.evaluate(s.Evaluate)
	case s.WaitFor != "":
		if !v.present(s.WaitFor, v.config.Timeout) {
			return fmt.Errorf("nothing on the page matches %s after %s", s.WaitFor, v.config.Timeout)
		}
		return nil
	}
	return v.touch(s)
}

func (v *visitor) navigateTo(address string) error {
	base, err := url.Parse(v.config.Page)
	if err != nil {
		return err
	}
	to, err := base.Parse(address)
	if err != nil {
		return err
	}
	v.seen.note(func() { v.seen.loading.loaded = time.Time{} })
	if err := v.navigate(to.String()); err != nil {
		return err
	}
	v.awaitFor(actionLimit, func() bool { return !v.seen.loading.loaded.IsZero() })
	return nil
}

func (v *visitor) awaitRequest(part string) error {
	answered := v.awaitFor(v.config.Timeout, func() bool {
		return slices.ContainsFunc(v.seen.page.Requests, func(r record.PageRequest) bool {
			return r.Visitor == v.name && r.At >= v.began && r.Status != 0 && strings.Contains(r.URL, part)
		})
	})
	if !answered {
		return fmt.Errorf("no request of the page to %s was answered within %s", part, v.config.Timeout)
	}
	return nil
}

// evaluate runs a script as a user would cause it to, once the page is loaded.
// One that leads the page elsewhere has done what it was for.
func (v *visitor) evaluate(script string) error {
	v.awaitFor(actionLimit, func() bool { return !v.seen.loading.loaded.IsZero() })
	visit := v.seen.visitNow()
	ctx, cancel := context.WithTimeout(v.tab.ctx, v.config.Timeout)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise, asUser))
	if err != nil && v.awaitFor(pollEvery, func() bool { return v.seen.loading.visit != visit }) {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) && v.tab.ctx.Err() == nil {
		err = fmt.Errorf("the script, or the promise that it gives, has not ended after %s", v.config.Timeout)
	}
	return err
}

// findScript finds the element for a selector in a document and its open shadow
// roots. It is the body of a function of selector and visible.
const findScript = `const find = (root) => {
	for (const e of root.querySelectorAll(selector)) if (!visible || e.getClientRects().length) return e;
	for (const e of root.querySelectorAll('*')) {
		const found = e.shadowRoot && find(e.shadowRoot);
		if (found) return found;
	}
	return null;
};`

// touchScripts do something to the element, and return what is wrong.
var touchScripts = map[string]string{
	"click": `e.scrollIntoView({block: 'center'});
		for (const type of ['pointerover', 'pointerdown', 'mousedown', 'pointerup', 'mouseup'])
			e.dispatchEvent(new (type.startsWith('pointer') ? PointerEvent : MouseEvent)(type, {bubbles: true, cancelable: true, composed: true}));
		e.focus?.(); e.click(); return '';`,
	"type": `e.scrollIntoView({block: 'center'}); e.focus(); e.select?.(); return '';`,
	"select": `const wanted = [...e.options ?? []].find((o) => o.value === text || o.label.trim() === text);
		if (!wanted) return 'it has no such option';
		e.value = wanted.value;
		for (const type of ['input', 'change']) e.dispatchEvent(new Event(type, {bubbles: true})); return '';`,
	"": `return '';`,
}

// absent is what a script returns when nothing matches.
const absent = "absent"

// reach finds the element in the page or one of its frames and does something
// to it. It returns absent, what else is wrong, or "".
func (v *visitor) reach(selector, what, text string, visible bool) (string, error) {
	script := fmt.Sprintf(`((selector, text, visible) => { %s const e = find(document); if (!e) return %q; %s })(%q, %q, %t)`,
		findScript, absent, touchScripts[what], selector, text, visible)
	frames := v.tab.allFrames()
	var last error
	for _, f := range frames[:min(maxFrames, len(frames))] {
		ctx, cancel := context.WithTimeout(v.tab.ctx, answerLimit)
		said, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, inFrame(f.id), asUser))
		cancel()
		if err == nil && said != absent {
			return said, nil
		}
		if err != nil {
			last = err
		}
	}
	if last != nil && strings.Contains(last.Error(), "is not a valid selector") {
		return "", fmt.Errorf("%s is not a valid CSS selector", selector)
	}
	return absent, nil
}

// present waits for an element that can be seen.
func (v *visitor) present(selector string, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); ; v.tab.sleep(pollEvery) {
		if said, err := v.reach(selector, "", "", true); err == nil && said != absent {
			return true
		}
		if time.Now().After(deadline) || v.tab.ctx.Err() != nil {
			return false
		}
	}
}

// touch clicks an element, types into it or chooses in it, once it is there.
func (v *visitor) touch(s Step) error {
	what, selector := s.actions()[0], s.needs()
	for deadline := time.Now().Add(actionLimit); ; v.tab.sleep(pollEvery) {
		// One that is not shown is taken in the end: a label may stand for it.
		said, err := v.reach(selector, what, s.Text, time.Now().Before(deadline.Add(-time.Second)))
		switch {
		case err != nil:
			return err
		case said == "" && what == "type":
			return v.tab.insert(s.Text)
		case said == "":
			return nil
		case said != absent:
			return fmt.Errorf("%s: %s", selector, said)
		case time.Now().After(deadline), v.tab.ctx.Err() != nil:
			return errors.New("nothing on the page matches " + selector)
		}
	}
}

// insert types text where the focus is.
func (t *tab) insert(text string) error {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// press presses a key and lets it go.
func (t *tab) press(key string) error {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	return chromedp.Do(ctx, chromedp.KeyEvent(key))
}
