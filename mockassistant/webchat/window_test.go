package webchat_test

import (
	"context"
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/tools/txtar"
)

// contrast is a script whose value lists the texts that are hard to read.
//
//go:embed testdata/contrast.js
var contrast string

// strictPage is a page whose policy allows nothing but what carries its nonce,
// and calls to the assistant, and whose own style is as loud as styles get.
const strictPage = `
-- assistant --
"fail": 429
-- policy --
default-src 'none'; script-src 'nonce-n1'; style-src 'nonce-n1'; img-src data:; connect-src
-- page.js --
options.cspNonce = 'n1';
const violations = [];
addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
const style = Object.assign(document.createElement('style'), {
  nonce: 'n1',
  textContent:
    'section, header, form { padding: 40px; border: 5px solid; } * { letter-spacing: 3px; } p { margin: 50px; }' +
    'button { color: #888; background: #888; } h2 { color: #14532d; } textarea { width: 9px; height: 9px; }',
});
document.head.append(style);
`

func openStrictPage(t *testing.T, b *browser) context.Context {
	archive := txtar.Parse([]byte(strictPage))
	site := startSite(t, widgetScript(t), archive)
	ctx := b.tab(t)
	if err := chromedp.Do(ctx,
		chromedp.Navigate(site),
		chromedp.WaitVisible(chromedp.CSS(".WACLauncher__Button")),
	); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// evaluate returns the value of a JavaScript expression, waiting for it if it
// is a promise.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func press(t *testing.T, ctx context.Context, keys string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		t.Fatal(err)
	}
}

// The whole chat with the keyboard alone, under a strict policy.
func TestWindowWithTheKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	ctx := openStrictPage(t, startBrowser(t))
	focused := func(want string) {
		t.Helper()
		script := `(async () => {
			const end = performance.now() + 5000;
			while (!document.activeElement.matches('` + want + `') && performance.now() < end) await pause(10);
			return document.activeElement.outerHTML.slice(0, 120);
		})()`
		if got := evaluate[string](t, ctx, script); !evaluate[bool](t, ctx, `document.activeElement.matches('`+want+`')`) {
			t.Fatalf("the focus is on %s, want %s", got, want)
		}
	}
	press(t, ctx, kb.Tab)
	focused("#WACLauncher__Button")
	press(t, ctx, kb.Enter)
	evaluate[bool](t, ctx, `seen('event chat:ready').then(() => true)`)
	focused("#WACInputContainer-TextArea")
	press(t, ctx, "hello")
	press(t, ctx, kb.Enter)
	evaluate[bool](t, ctx, `seen('event receive "You said: hello"').then(() => true)`)
	focused("#WACInputContainer-TextArea")
	if said := evaluate[string](t, ctx, `document.querySelector('[role=log]').innerText`); !strings.Contains(said, "You said: hello") {
		t.Errorf("the log reads %q", said)
	}
	press(t, ctx, kb.Escape)
	focused("#WACLauncher__Button")
	if violations := evaluate[[]string](t, ctx, `violations`); len(violations) > 0 {
		t.Errorf("the policy forbids what the widget does: %v", violations)
	}
}

// A failed opening: the panel is announced, has the focus, and Retry helps.
func TestPanelWithTheKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	ctx := openStrictPage(t, startBrowser(t))
	evaluate[bool](t, ctx, `(async () => { instance.off({ type: 'identityTokenExpired' }); await open(); await seen('onError'); return true; })()`)
	if role := evaluate[string](t, ctx, `document.activeElement.closest('[role=alert]')?.innerText || ''`); !strings.Contains(role, "Something went wrong") {
		t.Fatalf("the focus is not in the panel but in %q", role)
	}
	evaluate[bool](t, ctx, `(subscribe(instance), true)`)
	press(t, ctx, kb.Enter)
	evaluate[bool](t, ctx, `seen('event chat:ready').then(() => true)`)
	if state := evaluate[string](t, ctx, `panel()`); state != "no panel" {
		t.Errorf("after Retry: %s", state)
	}
}

// Every text of the window stands out from what is behind it, at least 4.5 to 1.
func TestWindowContrast(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	ctx := openStrictPage(t, startBrowser(t))
	evaluate[bool](t, ctx, `(async () => {
		await ready();
		await say('hello');
		await say('fail');
		await quiet();
		return true;
	})()`)
	faint := evaluate[[]string](t, ctx, contrast)
	if len(faint) > 0 {
		t.Errorf("hard to read:\n%s", strings.Join(faint, "\n"))
	}
}

// On a screen of 320 pixels the window fills the screen, nothing is cut off, and
// what can be touched is large enough.
func TestWindowOnANarrowScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	ctx := openStrictPage(t, startBrowser(t))
	narrow := chromedp.EmulateViewport(320, 568)
	if err := chromedp.Do(ctx, narrow); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, ctx, `(async () => {
		await ready();
		await say('a word that is long: ' + 'x'.repeat(200));
		await quiet();
		return true;
	})()`)
	wrong := evaluate[[]string](t, ctx, `(() => {
		const found = [];
		const { width, height } = document.querySelector('.WACWindow').getBoundingClientRect();
		if (width !== 320 || height !== 568) found.push('the window has ' + width + ' x ' + height);
		for (const node of document.querySelectorAll('.WACContainer *:not(style)')) {
			const box = node.getBoundingClientRect();
			if (!node.checkVisibility()) continue;
			if (box.right > 320.5 || box.left < -0.5) found.push('outside: ' + node.outerHTML.slice(0, 80));
			if (node.matches('button, textarea') && (box.height < 44 || box.width < 44)) found.push('small: ' + node.outerHTML.slice(0, 80));
		}
		return found;
	})()`)
	if len(wrong) > 0 {
		t.Error(strings.Join(wrong, "\n"))
	}
}
