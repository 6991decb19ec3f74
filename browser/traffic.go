package browser

import (
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
