package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// workingSite has a page with a worker of each kind. Each asks at once for something.
func workingSite() http.Handler {
	mux := http.NewServeMux()
	for path, script := range map[string]string{
		"/dedicated.js": `fetch('/asked/dedicated'); new Worker('/nested.js')`,
		"/nested.js":    `fetch('/asked/nested')`,
		"/shared.js":    `fetch('/asked/shared'); onconnect = () => {}`,
		"/service.js": `oninstall = () => skipWaiting(); onactivate = event => event.waitUntil(clients.claim());
			onfetch = event => { if (event.request.url.endsWith('/asked/page')) event.respondWith(fetch('/asked/service')) }`,
		"/ended.js": `fetch('/asked/ended')`,
		"/wrong.js": `this is no script`,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, script)
		})
	}
	mux.HandleFunc("/asked/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "answer") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><script>
			new Worker('/dedicated.js'); new SharedWorker('/shared.js'); new Worker('/wrong.js'); new Worker('/missing.js');
			const ended = new Worker('/ended.js'); ended.terminate();
			navigator.serviceWorker.register('/service.js').then(async () => {
				if (!navigator.serviceWorker.controller) await new Promise(r => { navigator.serviceWorker.oncontrollerchange = r });
				fetch('/asked/page');
			});
		</script>`)
	})
	return mux
}

// TestAllThatWorkersAskForIsSeen loads the page twice: what workers ask for first is
// seen each time, also of a shared one that begins anew, and none is left waiting.
func TestAllThatWorkersAskForIsSeen(t *testing.T) {
	server := httptest.NewServer(workingSite())
	defer server.Close()
	c := newTestChromium(t)
	if err := c.holdShared(); err != nil {
		t.Fatal(err)
	}
	o := newTestObserver(t)
	tab := newTab(c.ctx)
	defer tab.quit()
	o.watch(tab)
	if err := tab.open(o.onEvent); err != nil {
		t.Fatal(err)
	}
	for load := 1; load <= 2; load++ {
		if _, err := chromedp.Call(tab.ctx, page.Navigate, page.NavigateParams{URL: server.URL}); err != nil {
			t.Fatal(err)
		}
		awaitAnswered(t, o, load, record.WorkerDedicated, server.URL+"/asked/dedicated")
		awaitAnswered(t, o, load, record.WorkerDedicated, server.URL+"/asked/nested")
		awaitAnswered(t, o, load, record.WorkerShared, server.URL+"/asked/shared")
		awaitAnswered(t, o, load, "", server.URL+"/asked/page")
	}
	awaitAnswered(t, o, 1, record.WorkerService, server.URL+"/asked/service") // it may have begun before we saw it
}

// awaitAnswered waits until a worker of the kind was answered so often at the address.
func awaitAnswered(t *testing.T, o *observer, times int, kind, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if !o.await(ctx, func() bool {
		of := slices.DeleteFunc(slices.Clone(o.page.Requests), func(r record.PageRequest) bool {
			return r.Worker != kind || r.URL != address || r.Status != http.StatusOK || r.Seconds == 0
		})
		return len(of) >= times
	}) {
		t.Errorf("a %q worker was not seen to ask for %s %d times", kind, address, times)
	}
}
