package browser

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// Limits on what is noted and read of the page's traffic.
const (
	maxRequests = 600     // requests of all visitors
	maxBody     = 4 << 20 // bytes of one answer
)

// flight is a request under way.
type flight struct {
	from   teller
	index  int // in the evidence; -1 when it is not noted
	kind   network.ResourceType
	url    string
	vendor bool
	at     float64           // when it was sent, in seconds since the start
	sent   cdp.MonotonicTime // the same by the browser's other clock, which dates what follows
	told   int               // place of its answer in the timeline; -1 for none
}

// traffic notes the page's requests and their answers.
type traffic struct {
	*scene
	tab       *tab
	endpoint  string // address of the token endpoint, or "" when it was not named
	exposures *exposures
	assets    *assets
	widget    *widgetLog
	inFlight  map[network.RequestID]*flight
	sockets   int // web sockets that the page has opened

	saidToBe []string // fingerprints of what the page said in headers about who asks
}

// onEvent sorts what the browser tells about requests of the page or of a worker.
func (t *traffic) onEvent(from teller, event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.noteOf(e.WallTime.Float64(), func() { t.onRequest(from, e) })
	case *network.EventRequestWillBeSentExtraInfo:
		t.note(func() { t.onSentCookies(e) })
	case *network.EventResponseReceived:
		t.note(func() { t.onResponse(e) })
	case *network.EventResponseReceivedExtraInfo:
		t.note(func() { t.onKeptCookies(e) })
	case *network.EventRequestServedFromCache:
		t.note(func() {
			if r := t.requestOf(e.RequestID); r != nil {
				r.Cache = record.CacheHTTP
			}
		})
	case *network.EventLoadingFinished:
		t.noteOf(t.wallTime(e.RequestID, e.Timestamp), func() { t.onFinished(e) })
	case *network.EventLoadingFailed:
		t.noteOf(t.wallTime(e.RequestID, e.Timestamp), func() { t.onFailed(e) })
	case *network.EventWebSocketCreated:
		t.note(func() { t.sockets++ })
	case *network.EventWebSocketFrameReceived:
		t.note(func() { t.streamed(string(e.Response.PayloadData)) })
	case *network.EventEventSourceMessageReceived:
		t.note(func() { t.streamed(e.Data) })
	}
}

// longRequest is after how long, in seconds, a request that is still under way counts
// as one that the server answers when it has news: pages keep such ones open.
const longRequest = 3

// busyLocked says whether the page has asked for something a short while ago, and
// waits for it.
func (t *traffic) busyLocked() bool {
	now := t.since()
	for _, f := range t.inFlight {
		if now-f.at < longRequest {
			return true
		}
	}
	return false
}

// wallTime is when something became of a request, in seconds since 1970: the browser
// tells it by a clock that has no date. It is 0 for a request that was not seen.
func (t *traffic) wallTime(id network.RequestID, at cdp.MonotonicTime) (wall float64) {
	t.look(func() {
		if f := t.inFlight[id]; f != nil && at > 0 {
			wall = t.epoch + f.at + (at - f.sent).Float64()
		}
	})
	return wall
}

// onRequest notes a request of the page. Requests to the vendor's hosts are the
// widget's and are noted where they arrive.
func (t *traffic) onRequest(from teller, e *network.EventRequestWillBeSent) {
	address := e.Request.URL
	if !strings.HasPrefix(address, "http:") && !strings.HasPrefix(address, "https:") {
		return
	}
	if e.RedirectResponse != nil {
		t.onRedirected(e)
	}
	t.exposures.exposeLocked(record.ExposedURL, maskURL(address), address+e.Request.URLFragment)
	t.exposures.exposeLocked(record.ExposedReferer, "Referer of "+maskURL(address), headerText(e.Request.Headers, "Referer"))
	if e.Type == network.ResourceTypeScript {
		t.meetScriptLocked(address)
	}
	f := &flight{from: from, index: -1, kind: e.Type, url: address, vendor: t.contract.page().OwnsAddress(address), at: t.momentLocked(), sent: e.Timestamp, told: -1}
	t.inFlight[e.RequestID] = f
	if t.contract.page().IsScript(address) && e.Type == network.ResourceTypeScript {
		t.onScript(address)
	}
	if f.vendor || e.Type == network.ResourceTypePreflight {
		return
	}
	if len(t.page.Requests) >= maxRequests {
		t.dropLocked("requests")
		return
	}
	request := record.PageRequest{
		ID: "r" + strconv.Itoa(len(t.page.Requests)+1), Visit: t.visitIDLocked(), Visitor: t.visitor, Step: t.step, At: t.momentLocked(),
		Method: e.Request.Method, URL: maskURL(address), Type: string(e.Type), Issuer: t.isEndpoint(address),
		Worker: from.worker, Credentials: t.credentials(e.Request.Headers),
		// Of a worker the browser does not say.
		CrossSite: !e.Request.IsSameSite && e.Type != network.ResourceTypeDocument && from.worker == "",
	}
	if firing := t.widget.openFiringLocked(); firing != nil && isCall(request.Type) {
		firing.Requests = append(firing.Requests, request.ID)
	}
	if request.Issuer || isCall(request.Type) {
		t.tellLocked(record.EventRequest, record.ActorPage, record.ActorEndpoint, "%s %s%s", request.Method, request.URL, askedBy(from.worker)).Request = request.ID
	}
	if t.headers != nil {
		t.headers[request.ID] = exchanged{request: e.Request.Headers}
	}
	f.index = len(t.page.Requests)
	t.page.Requests = append(t.page.Requests, request)
}

// credentials numbers what the page says in headers about who asks, by its first
// appearance. A key of the application says nothing of that, and cookies are the
// browser's.
func (t *traffic) credentials(headers network.Headers) int {
	var said []string
	for name, value := range headers {
		text, _ := value.(string)
		name = strings.ToLower(name)
		if secrets.IsCredential(name) && name != "cookie" && !strings.Contains(name, "api") {
			said = append(said, name+": "+text)
		}
	}
	if len(said) == 0 {
		return 0
	}
	slices.Sort(said)
	print := secrets.Fingerprint(strings.Join(said, "\n"))
	if !slices.Contains(t.saidToBe, print) {
		t.saidToBe = append(t.saidToBe, print)
	}
	return 1 + slices.Index(t.saidToBe, print)
}

// askedBy tells of a request that a worker asks, not the page itself.
func askedBy(worker string) string {
	if worker == "" {
		return ""
	}
	return ", asked by a " + worker + " worker"
}

// onRedirected closes the part of a request that a redirect ended.
func (t *traffic) onRedirected(e *network.EventRequestWillBeSent) {
	if r := t.requestOf(e.RequestID); r != nil {
		r.Status, r.RedirectedTo = int(e.RedirectResponse.Status), maskURL(e.Request.URL)
	}
}

// isEndpoint says whether the address is the token endpoint, when one was named.
func (t *traffic) isEndpoint(address string) bool {
	return t.endpoint != "" && withoutQuery(address) == withoutQuery(t.endpoint)
}

func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// requestOf returns the noted request, or nil.
func (t *traffic) requestOf(id network.RequestID) *record.PageRequest {
	if f := t.inFlight[id]; f != nil && f.index >= 0 {
		return &t.page.Requests[f.index]
	}
	return nil
}

// onScript notes that the page asks for the widget's script.
func (t *traffic) onScript(address string) {
	visit := t.visitLocked()
	if visit == nil || len(visit.Scripts) >= 10 {
		return
	}
	visit.Scripts = append(visit.Scripts, record.WidgetScript{
		URL: maskURL(address), Documented: t.contract.page().IsDocumentedScript(address), Asked: true,
	})
	t.tellLocked(record.EventWidget, record.ActorPage, record.ActorWidget, "the page loads the widget from %s", maskURL(address))
}

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

// maxHosts bounds the hosts that are noted as out of reach.
const maxHosts = 20

// onUnresolved notes a host that does not exist or is not allowed.
func (t *traffic) onUnresolved(host string) {
	hosts := &t.page.BlockedHosts
	if profiles.IsVendorHost(host) {
		hosts = &t.page.VendorHosts
	}
	if len(*hosts) < maxHosts && !slices.Contains(*hosts, host) {
		*hosts = append(*hosts, host)
	}
}

// onIssue notes what the page's Content-Security-Policy blocked.
func (t *traffic) onIssue(issue *audits.InspectorIssue) {
	if issue.Details == nil || issue.Details.ContentSecurityPolicyIssueDetails == nil {
		return
	}
	csp := issue.Details.ContentSecurityPolicyIssueDetails
	if csp.IsReportOnly || len(t.page.Violations) >= 100 {
		return
	}
	violation := record.Violation{
		Visit: t.visitIDLocked(), Visitor: t.visitor, Step: t.step, Directive: csp.ViolatedDirective, Blocked: maskURL(csp.BlockedURL),
		Inline: csp.ContentSecurityPolicyViolationType == audits.ContentSecurityPolicyViolationTypeKInlineViolation,
		Vendor: t.contract.page().OwnsAddress(csp.BlockedURL) || t.contract.page().IsScript(csp.BlockedURL), Issuer: t.isEndpoint(csp.BlockedURL),
	}
	violation.Renewing = t.widget.openFiringLocked() != nil
	if at := csp.SourceCodeLocation; at != nil && violation.Inline {
		violation.Vendor = t.contract.page().IsScript(at.URL) // the widget's own style element
	}
	t.page.Violations = append(t.page.Violations, violation)
	t.problemLocked(record.ActorPage, "the Content-Security-Policy blocks %s (%s)", violation.Blocked, violation.Directive)
}

// headerText returns the header's value, whatever the case of its name.
func headerText(headers network.Headers, name string) string {
	for have, value := range headers {
		if text, ok := value.(string); ok && strings.EqualFold(have, name) {
			return text
		}
	}
	return ""
}

// maskURL takes passwords and tokens out of an address, and shortens it.
func maskURL(address string) string {
	if u, err := url.Parse(address); err == nil && u.User != nil {
		u.User = url.User("…")
		address = u.String()
	}
	return shorten(mask(address), 500)
}
