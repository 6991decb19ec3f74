package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// newTestChromium is a browser for the time of a test.
func newTestChromium(t *testing.T) *chromium {
	t.Helper()
	path, err := Find()
	if err != nil {
		t.Skip(err)
	}
	c, err := startChromium(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

// clocked is a browser at a page with our clock in it.
func clocked(t *testing.T) *chromium {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>time</title>"))
	}))
	t.Cleanup(server.Close)
	c := newTestChromium(t)
	if _, err := chromedp.Call(c.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clockScript}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(c.ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClockMovesDate looks at every way to ask a page for the time.
func TestClockMovesDate(t *testing.T) {
	c := clocked(t)
	for _, expression := range []string{
		`Math.abs(Date.now() - real - hour) < 1000`,
		`Math.abs(new Date() - real - hour) < 1000`,
		`Math.abs(new Date().getTime() - Date.now()) < 1000`,
		`new Date(0).getTime() === 0`,
		`new Date(2020, 1, 2, 3).getHours() === 3`,
		`Date.UTC(1970, 0, 1) === 0 && Date.parse('1970-01-01') === 0`,
		`typeof Date() === 'string' && Math.abs(Date.parse(Date()) - Date.now()) < 2000`,
		`new Date() instanceof Date && new Date().constructor === Date`,
		`(class Day extends Date { day() { return 1 } }, Math.abs(new (class Day extends Date {})() - Date.now()) < 1000)`,
		`new (class Day extends Date { two() { return 2 } })().two() === 2`,
		`Date.name === 'Date' && Date.length === 7`,
		`(Object.freeze(Date), Object.freeze(Date.prototype), Math.abs(Date.now() - real - hour) < 1000)`,
	} {
		holds, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](
			`(() => { const hour = 3600000; __webchatspecClock.skew = 0; const real = Date.now(); __webchatspecClock.skew = hour; return `+expression+` })()`))
		if err != nil || !holds {
			t.Errorf("%s is %t, %v", expression, holds, err)
		}
	}
}

// TestClockSleeps lets a page sleep that has timers and listens to everything.
func TestClockSleeps(t *testing.T) {
	c := clocked(t)
	const story = `(async () => {
		const told = [], tell = (what) => told.push(what);
		addEventListener('blur', () => tell('blur'));
		addEventListener('focus', () => tell('focus'));
		document.addEventListener('visibilitychange', () => tell(document.visibilityState));
		setTimeout(() => tell('an hour'), 3600e3);
		const second = setTimeout(() => tell('half an hour, ' + Math.round((Date.now() - began) / 60e3)), 1800e3);
		setTimeout('window.text = true', 60e3);
		setTimeout(() => tell('two hours'), 7200e3);
		clearTimeout(setTimeout(() => tell('cleared'), 1000e3));
		const minute = setInterval(() => tell('each minute'), 60e3);
		const began = Date.now(), at = performance.now();
		__webchatspecSleep(3600e3);
		const slept = [Date.now() - began, performance.now() - at];
		await new Promise((rested) => setTimeout(rested, 50));
		clearTimeout(second);
		return [...told, window.text, ...slept.map((ms) => Math.floor(ms / 60e3)), __webchatspecWaits(1000), (clearInterval(minute), __webchatspecWaits(1000))].join();
	})()`
	told, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](story, chromedp.EvalAwaitPromise))
	const want = "blur,hidden,visible,focus,each minute,half an hour, 60,an hour,true,60,60,true,false"
	if err != nil || told != want {
		t.Errorf("told %q, %v\nwant %q", told, err, want)
	}
}
