package suites_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/suites"
)

var scriptElement = `<script src="` + profiles.Default().Page.Script + `"></script>`

// embedding is a page that hands the widget a configuration with more options,
// and an onLoad with this body.
func embedding(options, onLoad string) string {
	return `<!doctype html><title>Variant</title><script>
	const freshToken = async () => (await fetch('/createJWT', { cache: 'no-store' })).text();
	window.watsonAssistantChatOptions = { integrationID: 'i', region: 'us-south', serviceInstanceID: 's', ` + options + `
		onLoad: async instance => { ` + onLoad + ` } };
	</script>` + scriptElement
}

// handling is a page with this handler.
func handling(handler string) string {
	return embedding("", "instance.on({ type: 'identityTokenExpired', handler: "+handler+" }); await instance.render();")
}

const goodHandler = `async event => { event.identityToken = await freshToken(); }`

// TestPageVariants drives pages that are built otherwise than the demo site's:
// right ones, which fail nothing, and other ways to make the same mistakes.
func TestPageVariants(t *testing.T) {
	for name, test := range map[string]struct {
		page   string
		policy string // Content-Security-Policy
		change func(*browser.Config)
		failed []string
	}{
		"opens by default": {page: embedding("openChatByDefault: true,", "instance.on({ type: 'identityTokenExpired', handler: "+goodHandler+" }); await instance.render();")},
		"calls the loader": {page: `<!doctype html>` + scriptElement + `<script>(async () => {
			const instance = await loadWatsonAssistantChat({ integrationID: 'i', region: 'us-south', serviceInstanceID: 's' });
			instance.on({ type: 'identityTokenExpired', handler: async event => { event.identityToken = await (await fetch('/createJWT')).text(); } });
			await instance.render(); })()</script>`},
		"presets a token": {page: `<script>const request = new XMLHttpRequest(); request.open('GET', '/createJWT', false); request.send();</script>` +
			embedding("identityToken: request.responseText,", "instance.on({ type: 'identityTokenExpired', handler: "+goodHandler+" }); await instance.render();")},
		"looks at exp": {page: handling(`async event => {
			const exp = token => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).exp;
			if (!window.kept || exp(window.kept) < Date.now() / 1000) window.kept = await freshToken();
			event.identityToken = window.kept; }`)},
		"renews before sending": {page: embedding("", `
			const exp = token => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).exp;
			instance.on({ type: 'identityTokenExpired', handler: async event => { event.identityToken = window.kept = await freshToken(); } });
			instance.on({ type: 'pre:send', handler: async () => {
				if (window.kept && exp(window.kept) < Date.now() / 1000) instance.updateIdentityToken(window.kept = await freshToken()); } });
			await instance.render();`)},
		"renews by a timer": {page: embedding("", `
			const renew = async () => { window.kept = await freshToken(); setTimeout(renew, 59 * 60_000); };
			await renew();
			instance.on({ type: 'identityTokenExpired', handler: event => { event.identityToken = window.kept; } });
			await instance.render();`)},
		"renews when it is shown again": {page: embedding("", `
			const renew = async () => { window.kept = await freshToken(); };
			await renew();
			document.addEventListener('visibilitychange', () => { if (!document.hidden) renew(); });
			instance.on({ type: 'identityTokenExpired', handler: event => { event.identityToken = window.kept; } });
			await instance.render();`)},
		"a worker that looks at exp by performance.now()": {page: embedding("", `
			const worker = new Worker(URL.createObjectURL(new Blob(['let kept, until = 0; onmessage = async ({data}) => {' +
				'if (performance.now() > until) { kept = await (await fetch(data, {cache: "no-store"})).text(); until = performance.now() + 59 * 60_000; } postMessage(kept); }'])));
			instance.on({ type: 'identityTokenExpired', handler: event => new Promise(given => {
				worker.onmessage = ({data}) => { event.identityToken = data; given(); };
				worker.postMessage(location.origin + '/createJWT'); }) });
			await instance.render();`)},
		"behind a service worker that passes on": {page: `<!doctype html><script>navigator.serviceWorker.register('/worker.js')</script><iframe width="600" height="500"></iframe>
			<script>navigator.serviceWorker.ready.then(() => { document.querySelector('iframe').src = '/frame'; })</script>`},
		"trailing newline": {page: handling(`async event => { event.identityToken = await freshToken() + '\n'; }`)},
		"in a frame":       {page: `<!doctype html><iframe src="/frame" width="600" height="500"></iframe>`},
		"after consent": {
			page:   `<!doctype html><button id="consent" onclick="document.write(document.getElementById('chat').innerHTML)">Yes</button><template id="chat">` + handling(goodHandler) + `</template>`,
			change: func(c *browser.Config) { c.Begin = &browser.Action{Click: "#consent"} },
		},
		"strict policy": {
			page:   strings.ReplaceAll(embedding("cspNonce: 'n0nce',", "instance.on({ type: 'identityTokenExpired', handler: "+goodHandler+" }); await instance.render();"), "<script", `<script nonce="n0nce"`),
			policy: "default-src 'none'; script-src 'nonce-n0nce'; style-src 'nonce-n0nce'; connect-src 'self' https://*.watson.appdomain.cloud",
		},
		"renders when the chat is ready": {page: embedding("", "instance.on({ type: 'identityTokenExpired', handler: "+goodHandler+" }); instance.on({ type: 'chat:ready', handler: () => instance.render() });"), failed: []string{"page-renders"}},
		"renders after four seconds":     {page: embedding("", "instance.on({ type: 'identityTokenExpired', handler: "+goodHandler+" }); await new Promise(r => setTimeout(r, 4000)); await instance.render();")},
		"sets a promise":                 {page: handling(`event => { event.identityToken = freshToken(); }`), failed: []string{"page-token-string"}},
		"sets JSON":                      {page: handling(`async event => { event.identityToken = JSON.stringify(await freshToken()); }`), failed: []string{"page-token-string"}},
		"does not wait":                  {page: handling(`event => { freshToken().then(token => { event.identityToken = token; }); }`), failed: []string{"page-token-assigned"}},
		"updates instead":                {page: handling(`async (event, instance) => { instance.updateIdentityToken(await freshToken()); }`), failed: []string{"page-token-assigned"}},
		"listens once":                   {page: embedding("", "instance.once({ type: 'identityTokenExpired', handler: "+goodHandler+" }); await instance.render();"), failed: []string{"page-subscribes"}},
		"omits cookies":                  {page: handling(`async event => { event.identityToken = await (await fetch('/createJWT', { credentials: 'omit', cache: 'no-store' })).text(); }`), failed: []string{"page-sub-stable"}},
		"no configuration":               {page: `<!doctype html>` + scriptElement, failed: []string{"page-loads-widget"}},
		"policy, no widget":              {page: handling(goodHandler), policy: "script-src 'unsafe-inline'", failed: []string{"page-csp"}},
		"policy, no assistant":           {page: handling(goodHandler), policy: "connect-src 'self'", failed: []string{"page-csp"}},
		"token in the hash":              {page: handling(`async event => { event.identityToken = await freshToken(); location.hash = event.identityToken; }`), failed: []string{"page-token-not-in-url"}},
		"token in a cookie":              {page: handling(`async event => { event.identityToken = await freshToken(); document.cookie = 'chat=' + event.identityToken; }`), failed: []string{"page-token-not-stored"}},
		"asks twice":                     {page: handling(`async event => { await freshToken(); event.identityToken = await freshToken(); }`), failed: []string{"page-issuer-calls"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, err := issuers.Start(issuers.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = site.Close() })
			server := httptest.NewServer(variant(site.Setup(), test.page, test.policy))
			t.Cleanup(server.Close)
			config := browser.Config{Page: server.URL + "/", PublicKeys: site.Setup().PublicKeys}
			if test.change != nil {
				test.change(&config)
			}
			page, err := browser.Gather(t.Context(), config, nil)
			if err != nil {
				t.Fatal(err)
			}
			run := record.Run{Evidence: record.Evidence{Page: page, Probes: []record.Probe{{Name: record.ProbePage}}}}
			failed := failedOf(t, suites.Judge(run, suites.Options{}))
			if !slices.Equal(failed, test.failed) {
				t.Errorf("failed checks: %v, want %v\n%s", failed, test.failed, timeline(run))
			}
		})
	}
}

// TestBoundingLineBoundsTheStorm puts the line that page-rejection-bounded advises
// into the handler of a right page.
func TestBoundingLineBoundsTheStorm(t *testing.T) {
	check, _ := suites.Lookup("page-rejection-bounded")
	_, line, found := strings.Cut(check.Fix, "before the fetch: ")
	if !found {
		t.Fatalf("no line in %q", check.Fix)
	}
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	server := httptest.NewServer(variant(site.Setup(), handling("async event => { "+line+" event.identityToken = await freshToken(); }"), ""))
	defer server.Close()
	page, err := browser.Gather(t.Context(), browser.Config{Page: server.URL + "/", PublicKeys: site.Setup().PublicKeys}, nil)
	if err != nil {
		t.Fatal(err)
	}
	given := 0
	for _, f := range page.Firings {
		if f.Step == record.StepRejection && f.Value.JWT {
			given++
		}
	}
	if given == 0 || given > 6 {
		t.Errorf("the page gave %d tokens while all were rejected", given)
	}
	run := record.Run{Evidence: record.Evidence{Page: page, Probes: []record.Probe{{Name: record.ProbePage}}}}
	if failed := failedOf(t, suites.Judge(run, suites.Options{})); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

// variant serves the page before the token endpoint of a site.
func variant(setup issuers.Setup, page, policy string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/createJWT", setup.Relay())
	serve := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if policy != "" {
				w.Header().Set("Content-Security-Policy", policy)
			}
			_, _ = w.Write([]byte(text))
		}
	}
	mux.HandleFunc("/{$}", serve(page))
	mux.HandleFunc("/frame", serve(handling(goodHandler)))
	mux.HandleFunc("/worker.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`addEventListener('fetch', event => event.respondWith(fetch(event.request)))`))
	})
	return mux
}
