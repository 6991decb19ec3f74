package browser

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// Limits on what is noted and read of the page's traffic.
const (
	maxRequests = 600     // requests of all visitors
	maxBody     = 4 << 20 // bytes of one answer
)

// flight is a request under way.
type flight struct {
	index   int // in the evidence; -1 when it is not noted
	kind    network.ResourceType
	url     string
	vendor  bool
	started time.Time
}

// onRequest notes a request of the page. Requests to the vendor's hosts are the
// widget's and are noted where they arrive.
func (v *visitor) onRequest(e *network.EventRequestWillBeSent) {
	address := e.Request.URL
	if !strings.HasPrefix(address, "http:") && !strings.HasPrefix(address, "https:") {
		return
	}
	if e.RedirectResponse != nil {
		v.onRedirected(e)
	}
	v.expose(record.ExposedURL, maskURL(address), address+e.Request.URLFragment)
	v.expose(record.ExposedReferer, "Referer of "+maskURL(address), headerText(e.Request.Headers, "Referer"))
	f := &flight{index: -1, kind: e.Type, url: address, vendor: isVendor(address), started: time.Now()}
	v.inFlight[e.RequestID] = f
	if isWidgetScript(address) && e.Type == network.ResourceTypeScript {
		v.onScript(address)
	}
	if f.vendor || e.Type == network.ResourceTypePreflight {
		return
	}
	if len(v.page.Requests) >= maxRequests {
		v.drop("requests")
		return
	}
	request := record.PageRequest{
		ID: "r" + strconv.Itoa(len(v.page.Requests)+1), Visit: v.visitID(), Visitor: v.name, Step: v.step, At: v.since(),
		Method: e.Request.Method, URL: maskURL(address), Type: string(e.Type), Issuer: v.isEndpoint(address),
		CrossSite: !e.Request.IsSameSite && e.Type != network.ResourceTypeDocument,
	}
	if firing := v.openFiring(); firing != nil && (e.Type == network.ResourceTypeFetch || e.Type == network.ResourceTypeXHR) {
		firing.Requests = append(firing.Requests, request.ID)
	}
	f.index = len(v.page.Requests)
	v.page.Requests = append(v.page.Requests, request)
}

// onRedirected closes the part of a request that a redirect ended.
func (v *visitor) onRedirected(e *network.EventRequestWillBeSent) {
	if r := v.requestOf(e.RequestID); r != nil {
		r.Status, r.RedirectedTo = int(e.RedirectResponse.Status), maskURL(e.Request.URL)
	}
}

// isEndpoint says whether the address is the token endpoint, when one was named.
func (v *visitor) isEndpoint(address string) bool {
	if v.config.Endpoint == "" {
		return false
	}
	return withoutQuery(address) == withoutQuery(v.config.Endpoint)
}

func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// requestOf returns the noted request, or nil.
func (v *visitor) requestOf(id network.RequestID) *record.PageRequest {
	if f := v.inFlight[id]; f != nil && f.index >= 0 {
		return &v.page.Requests[f.index]
	}
	return nil
}

// onScript notes that the page asks for the widget's script.
func (v *visitor) onScript(address string) {
	visit := v.theVisit()
	if visit == nil || len(visit.Scripts) >= 10 {
		return
	}
	visit.Scripts = append(visit.Scripts, record.WidgetScript{
		URL: maskURL(address), Documented: documentedScript.MatchString(address), Asked: true,
	})
	v.say("widget", "the page loads the widget from %s", maskURL(address))
}

func (v *visitor) onResponse(e *network.EventResponseReceived) {
	r := v.requestOf(e.RequestID)
	if r == nil {
		return
	}
	r.Status, r.MIME = int(e.Response.Status), e.Response.MimeType
	switch {
	case e.Response.FromServiceWorker:
		r.Cache = record.CacheServiceWorker
	case e.Response.FromDiskCache, e.Response.FromPrefetchCache:
		r.Cache = record.CacheHTTP
	}
	if set := headerText(e.Response.Headers, "Set-Cookie"); set != "" {
		v.seen(r, set)
	}
	if reference := cmp.Or(headerText(e.Response.Headers, "SourceMap"), headerText(e.Response.Headers, "X-SourceMap")); reference != "" {
		v.maps = append(v.maps, sourceMap{script: e.Response.URL, reference: reference})
	}
	for name, value := range e.Response.Headers {
		if text, ok := value.(string); ok && !strings.EqualFold(name, "Set-Cookie") {
			v.seen(r, text)
		}
	}
}

// onFinished reads the answer, in the background.
func (v *visitor) onFinished(e *network.EventLoadingFinished) {
	f, r := v.inFlight[e.RequestID], v.requestOf(e.RequestID)
	delete(v.inFlight, e.RequestID)
	if r == nil {
		return
	}
	r.Seconds, r.Bytes = time.Since(f.started).Seconds(), int64(e.EncodedDataLength)
	if !isText(f.kind) {
		return
	}
	v.reading.Go(func() { v.read(e.RequestID, f) })
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
func (v *visitor) read(id network.RequestID, f *flight) {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	answer, err := chromedp.Call(ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
	body := string(answer.Body)
	v.note(func() {
		r := &v.page.Requests[f.index]
		if err != nil { // body is empty then
			r.Unread = r.Status != 204 && r.Status != 304 && r.Bytes > 0
			return
		}
		v.seen(r, body)
		if r.Issuer || len(r.Tokens) > 0 && f.kind != network.ResourceTypeDocument && f.kind != network.ResourceTypeScript {
			v.say("request", "%s %s answers %d", r.Method, r.URL, r.Status)
		}
	})
	switch f.kind {
	case network.ResourceTypeDocument:
		v.inspect(f.url, record.AssetDocument, body)
	case network.ResourceTypeScript:
		v.inspect(f.url, record.AssetScript, body)
	}
}

// seen notes the fingerprints of what looks like tokens in an answer.
func (v *visitor) seen(r *record.PageRequest, text string) {
	for _, token := range record.FindTokens(text) {
		print := v.tokens.look(token, v.name, v.step)
		if !slices.Contains(r.Tokens, print) && len(r.Tokens) < 20 {
			r.Tokens = append(r.Tokens, print)
		}
	}
}

func (v *visitor) onFailed(e *network.EventLoadingFailed) {
	f, r := v.inFlight[e.RequestID], v.requestOf(e.RequestID)
	delete(v.inFlight, e.RequestID)
	if f == nil {
		return
	}
	cors := ""
	if e.CorsErrorStatus != nil {
		cors = string(e.CorsErrorStatus.CorsError)
	}
	if !e.Canceled || cors != "" || e.BlockedReason != "" {
		v.say("problem", "%s fails: %s", maskURL(f.url), strings.TrimSpace(strings.Join([]string{e.ErrorText, cors, string(e.BlockedReason)}, " ")))
	}
	if r == nil {
		return
	}
	r.Seconds = time.Since(f.started).Seconds()
	r.CORS, r.Blocked, r.Failure = cors, string(e.BlockedReason), e.ErrorText
	if host := hostOf(f.url); e.ErrorText == errorUnresolved && len(v.page.BlockedHosts) < 20 && !slices.Contains(v.page.BlockedHosts, host) {
		v.page.BlockedHosts = append(v.page.BlockedHosts, host)
	}
}

// onSentCookies notes the cookies that the browser did not send.
func (v *visitor) onSentCookies(e *network.EventRequestWillBeSentExtraInfo) {
	r := v.requestOf(e.RequestID)
	if r == nil {
		return
	}
	for _, c := range e.AssociatedCookies {
		if len(c.BlockedReasons) > 0 && c.Cookie != nil {
			v.blockedCookie(r, fmt.Sprintf("%s not sent: %s", c.Cookie.Name, c.BlockedReasons[0]))
		}
	}
}

// onKeptCookies notes the cookies that the browser did not keep.
func (v *visitor) onKeptCookies(e *network.EventResponseReceivedExtraInfo) {
	r := v.requestOf(e.RequestID)
	if r == nil {
		return
	}
	for _, c := range e.BlockedCookies {
		name, _, _ := strings.Cut(c.CookieLine, "=")
		if len(c.BlockedReasons) > 0 {
			v.blockedCookie(r, fmt.Sprintf("%s not kept: %s", shorten(name, 60), c.BlockedReasons[0]))
		}
	}
}

func (v *visitor) blockedCookie(r *record.PageRequest, text string) {
	if len(r.BlockedCookies) < 10 && !slices.Contains(r.BlockedCookies, text) {
		r.BlockedCookies = append(r.BlockedCookies, text)
	}
}

// onIssue notes what the page's Content-Security-Policy blocked.
func (v *visitor) onIssue(issue *audits.InspectorIssue) {
	if issue.Details == nil || issue.Details.ContentSecurityPolicyIssueDetails == nil {
		return
	}
	csp := issue.Details.ContentSecurityPolicyIssueDetails
	if csp.IsReportOnly || len(v.page.Violations) >= 100 {
		return
	}
	violation := record.Violation{
		Visit: v.visitID(), Visitor: v.name, Step: v.step, Directive: csp.ViolatedDirective, Blocked: maskURL(csp.BlockedURL),
		Inline: csp.ContentSecurityPolicyViolationType == audits.ContentSecurityPolicyViolationTypeKInlineViolation,
		Vendor: isVendor(csp.BlockedURL) || isWidgetScript(csp.BlockedURL), Issuer: v.isEndpoint(csp.BlockedURL),
	}
	violation.Renewing = v.openFiring() != nil
	if at := csp.SourceCodeLocation; at != nil && violation.Inline {
		violation.Vendor = isWidgetScript(at.URL) // the widget's own style element
	}
	v.page.Violations = append(v.page.Violations, violation)
	v.say("problem", "the Content-Security-Policy blocks %s (%s)", violation.Blocked, violation.Directive)
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
