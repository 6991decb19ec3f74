package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestClockMovesDate looks at every way to ask a page for the time.
func TestClockMovesDate(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>time</title>"))
	}))
	defer server.Close()
	path, err := Find()
	if err != nil {
		t.Skip(err)
	}
	c, err := startChromium(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	if _, err := chromedp.Call(c.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clockScript}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(c.ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
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
	} {
		holds, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](
			`(() => { const hour = 3600000; __webchatspecClock.skew = 0; const real = Date.now(); __webchatspecClock.skew = hour; return `+expression+` })()`))
		if err != nil || !holds {
			t.Errorf("%s is %t, %v", expression, holds, err)
		}
	}
}
