package browser

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// onResponse notes what the head of an answer says.
func (t *traffic) onResponse(e *network.EventResponseReceived) {
	r := t.requestOf(e.RequestID)
	if r == nil {
		return
	}
	r.Status, r.MIME = int(e.Response.Status), e.Response.MimeType
	r.Unread = isText(t.inFlight[e.RequestID].kind) && mayHaveBody(r, e.Response.Headers)
	switch {
	case e.Response.FromServiceWorker:
		r.Cache = keptBy(e.Response.ServiceWorkerResponseSource)
		if visit := t.visitLocked(); visit != nil {
			visit.ServiceWorker = true
		}
	case e.Response.FromDiskCache, e.Response.FromPrefetchCache:
		r.Cache = record.CacheHTTP
	}
	r.CacheHeaders = cacheHeaders(e.Response.Headers)
	if t.headers != nil {
		t.headers[r.ID] = exchanged{t.headers[r.ID].request, e.Response.Headers}
	}
	if set := headerText(e.Response.Headers, "Set-Cookie"); set != "" {
		t.seen(r, set)
	}
	if reference := cmp.Or(headerText(e.Response.Headers, "SourceMap"), headerText(e.Response.Headers, "X-SourceMap")); reference != "" {
		t.assets.meetMapLocked(e.Response.URL, reference)
	}
	for name, value := range e.Response.Headers {
		if text, ok := value.(string); ok && !strings.EqualFold(name, "Set-Cookie") {
			t.seen(r, text)
		}
	}
}

// keptBy is the cache that an answer of a service worker came from; "" for one that it
// passed on from the network.
func keptBy(source network.ServiceWorkerResponseSource) string {
	switch source {
	case network.ServiceWorkerResponseSourceNetwork:
		return ""
	case network.ServiceWorkerResponseSourceHTTPCache:
		return record.CacheHTTP
	}
	return record.CacheServiceWorker // from its storage, or made by its code
}

// onFinished reads the answer, in the background.
func (t *traffic) onFinished(e *network.EventLoadingFinished) {
	f, r := t.inFlight[e.RequestID], t.requestOf(e.RequestID)
	delete(t.inFlight, e.RequestID)
	if r == nil {
		return
	}
	r.Seconds, r.Bytes = t.momentLocked()-f.at, int64(e.EncodedDataLength)
	if !isText(f.kind) {
		return
	}
	t.tellAnswerLocked(f, r)
	t.tab.background(f.from.ctx, func(ctx context.Context) { t.read(ctx, e.RequestID, f) })
}

// mayHaveBody says whether there is something to read in an answer.
func mayHaveBody(r *record.PageRequest, headers network.Headers) bool {
	return r.Method != http.MethodHead && r.Status/100 == 2 && r.Status != http.StatusNoContent && headerText(headers, "Content-Length") != "0"
}

// isText says whether an answer of this kind may hold a token or a secret.
func isText(kind network.ResourceType) bool {
	switch kind {
	case network.ResourceTypeImage, network.ResourceTypeMedia, network.ResourceTypeFont, network.ResourceTypeStylesheet,
		network.ResourceTypePing, network.ResourceTypeTextTrack:
		return false
	}
	return true
}

// read looks into an answer: which tokens are in it, and, when it is a document
// or script, which secrets.
func (t *traffic) read(ctx context.Context, id network.RequestID, f *flight) {
	body, err := t.tab.readBody(ctx, id)
	t.note(func() {
		r := &t.page.Requests[f.index]
		if err == nil && body != "" {
			r.Unread = false
		}
		t.seen(r, body)
		if f.told >= 0 && len(r.Tokens) == 1 {
			t.page.Timeline[f.told].Token = t.tokens.id(r.Tokens[0])
		}
	})
	switch f.kind {
	case network.ResourceTypeDocument:
		t.assets.inspect(f.url, record.AssetDocument, body)
	case network.ResourceTypeScript:
		t.assets.inspect(f.url, record.AssetScript, body)
	}
}

// tellAnswerLocked adds the answer of what may be the token endpoint to the
// timeline. What is in it is read later.
func (t *traffic) tellAnswerLocked(f *flight, r *record.PageRequest) {
	if !r.Issuer && !isCall(r.Type) {
		return
	}
	text := fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	switch r.Cache {
	case record.CacheHTTP:
		text += " from the HTTP cache"
	case record.CacheServiceWorker:
		text += " from the service worker"
	}
	event := t.tellLocked(record.EventRequest, record.ActorEndpoint, record.ActorPage, "%s", strings.TrimSpace(text))
	event.Request, event.Status = r.ID, r.Status
	if last := len(t.page.Timeline) - 1; last >= 0 && event == &t.page.Timeline[last] {
		f.told = last
	}
}

// cacheHeaders are those of an answer that say whether a cache gave it.
func cacheHeaders(headers network.Headers) map[string]string {
	found := map[string]string{}
	for _, name := range append(record.CacheHeaders(), "Cache-Control") {
		if value := headerText(headers, name); value != "" {
			found[name] = shorten(mask(value), 100)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

// streamed notes tokens that came by a web socket or an event stream.
func (t *traffic) streamed(text string) {
	for i := len(t.page.Requests) - 1; i >= 0; i-- {
		if r := &t.page.Requests[i]; r.Visitor == t.visitor {
			t.seen(r, shorten(text, maxBody))
			return
		}
	}
}

// seen notes the fingerprints of what looks like tokens in an answer.
func (t *traffic) seen(r *record.PageRequest, text string) {
	for _, token := range secrets.Tokens(text) {
		print := t.tokens.look(token, t.visitor, t.step)
		if !slices.Contains(r.Tokens, print) && len(r.Tokens) < 20 {
			r.Tokens = append(r.Tokens, print)
		}
	}
}

// onFailed notes why a request has no answer.
func (t *traffic) onFailed(e *network.EventLoadingFailed) {
	f, r := t.inFlight[e.RequestID], t.requestOf(e.RequestID)
	delete(t.inFlight, e.RequestID)
	if f == nil {
		return
	}
	e.ErrorText = t.fence.named(e.ErrorText, f.url)
	cors := ""
	if e.CorsErrorStatus != nil {
		cors = string(e.CorsErrorStatus.CorsError)
	}
	if !e.Canceled || cors != "" || e.BlockedReason != "" {
		t.problemLocked(record.ActorPage, "%s fails: %s", maskURL(f.url), strings.TrimSpace(strings.Join([]string{e.ErrorText, cors, string(e.BlockedReason)}, " ")))
	}
	if r == nil {
		return
	}
	if isCall(r.Type) {
		t.tellLocked(record.EventProblem, record.ActorEndpoint, record.ActorPage, "no answer: %s", e.ErrorText).Request = r.ID
	}
	r.Seconds = t.momentLocked() - f.at
	r.CORS, r.Blocked, r.Failure = cors, string(e.BlockedReason), e.ErrorText
	if e.ErrorText == record.Unresolved {
		t.onUnresolved(hostOf(f.url))
	}
}
