package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// embed is an embed page that does something before, and has a handler.
func embed(before, handler string) string {
	return fmt.Sprintf(`<!doctype html><title>hostile</title><script>%s</script><script>
	window.watsonAssistantChatOptions = {integrationID: 'i', region: 'r', serviceInstanceID: 's', onLoad: async instance => {
		instance.on({type: 'identityTokenExpired', handler: async event => { %s }});
		await instance.render();
	}};
	</script><script src="https://web-chat.global.assistant.watson.appdomain.cloud/versions/latest/WatsonAssistantChatEntry.js"></script>`, before, handler)
}

// TestHostilePages drives pages that would hang, crash or fill a careless
// browser driver: each ends, with evidence, and leaves no process.
func TestHostilePages(t *testing.T) {
	t.Run("pages", driveHostilePages)
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

func driveHostilePages(t *testing.T) {
	for name, page := range map[string]string{
		"endless alerts":       embed(`addEventListener('load', () => { for (;;) alert('again') })`, ``),
		"alert at load":        embed(`alert(1); confirm(2); prompt(3)`, ``),
		"endless loop":         embed(`for (;;);`, ``),
		"endless loop later":   embed(``, `for (;;);`),
		"closes itself":        embed(`open('', '_self').close()`, ``),
		"closes in handler":    embed(``, `open('', '_self').close()`),
		"popups":               embed(`for (let i = 0; i < 20; i++) open('about:blank')`, ``),
		"reloads for ever":     embed(`addEventListener('load', () => setTimeout(() => location.reload(), 50))`, ``),
		"leaves":               embed(`addEventListener('load', () => { location = 'https://example.org/' })`, ``),
		"will not be left":     embed(`addEventListener('beforeunload', event => event.preventDefault())`, ``),
		"download":             embed(`addEventListener('load', () => { location = '/download' })`, ``),
		"endless answer":       embed(``, `event.identityToken = await (await fetch('/endless')).text()`),
		"floods the console":   embed(`setInterval(() => { for (let i = 0; i < 1000; i++) console.log('x'.repeat(1000), {i}) }, 10)`, ``),
		"floods the binding":   embed(`setInterval(() => { for (let i = 0; i < 1000; i++) window.__webchatspec('{"kind":"event-fired","type":"identityTokenExpired"}') }, 10)`, ``),
		"lies to the binding":  embed(`for (const text of ['', '{', '[]', '{"kind":"handler-settled","type":"identityTokenExpired","late":true}', '{"kind":"call","method":"updateIdentityToken","argument":{}}', '{"kind":"event-fired","type":"identityTokenExpired","handlers":-5}']) window.__webchatspec(text)`, ``),
		"megabytes as a token": embed(``, `event.identityToken = 'x'.repeat(30_000_000)`),
		"begins workers":       embed(`setInterval(() => new Worker(URL.createObjectURL(new Blob(['for (;;);']))), 20)`, ``),
		"no driver":            embed(`Object.defineProperty(window, '__webchatspecChat', {get() { throw new Error('no') }, set() {}})`, ``),
		"no Date":              embed(`Date = null; JSON = null; Promise = null`, ``),
		"not HTML":             "\x00\x01\x02",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(hostile(page))
			defer server.CloseClientConnections()
			setup := start(t, issuers.Options{})
			began := time.Now()
			evidence, err := browser.Gather(t.Context(), browser.Config{
				Page: server.URL, PublicKeys: setup.PublicKeys, Timeout: 2 * time.Second,
			}, nil)
			t.Logf("%.1f s, %v, %d lines", time.Since(began).Seconds(), err, len(evidence.Timeline))
			if len(evidence.Steps) == 0 || len(evidence.Visits) == 0 {
				t.Errorf("no evidence: %d steps, %d visits", len(evidence.Steps), len(evidence.Visits))
			}
			for _, step := range evidence.Steps {
				if step.Name == record.StepExpiry && step.Done {
					t.Error("the chat went through the expiry on a page that gives no token")
				}
			}
		})
	}
}

// A page opens as many windows as it likes, and keeps few of them.
func TestAPageKeepsFewWindows(t *testing.T) {
	const opened, kept = 24, 20
	ctx, cancel := context.WithTimeout(t.Context(), tryLimit)
	defer cancel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/closed" {
			cancel()
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<script>
			const windows = Array.from({length: %d}, () => open('about:blank'));
			setInterval(() => { if (windows.filter(w => w.closed).length == %d) fetch('/closed') }, 50);
		</script>`, opened, opened-kept)
	}))
	defer site.Close()
	_, err := browser.Gather(ctx, browser.Config{Page: site.URL, PublicKeys: []string{keys.PublicPEM(&keys.For("fence").PublicKey)}, Timeout: tryLimit}, nil)
	if ctx.Err() != context.Canceled {
		t.Errorf("all windows stay open: %v", err)
	}
}

// hostile serves the page, and answers that do not end.
func hostile(page string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	})
	endless := func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 1<<20)
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}
	mux.HandleFunc("/endless", endless)
	mux.HandleFunc("/download", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", "attachment; filename=big.bin")
		endless(w, r)
	})
	return mux
}
