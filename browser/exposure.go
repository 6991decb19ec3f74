package browser

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// onEvent sorts what the browser tells about the visitor's tab. It is called in
// the order of the events, and must not wait for the browser.
func (v *visitor) onEvent(event any) {
	switch e := event.(type) {
	case *runtime.EventBindingCalled:
		if e.Name == bindingName {
			v.note(func() { v.onReport(e.Payload) })
		}
	case *network.EventRequestWillBeSent:
		v.note(func() { v.onRequest(e) })
	case *network.EventRequestWillBeSentExtraInfo:
		v.note(func() { v.onSentCookies(e) })
	case *network.EventResponseReceived:
		v.note(func() { v.onResponse(e) })
	case *network.EventResponseReceivedExtraInfo:
		v.note(func() { v.onKeptCookies(e) })
	case *network.EventRequestServedFromCache:
		v.note(func() {
			if r := v.requestOf(e.RequestID); r != nil {
				r.Cache = record.CacheHTTP
			}
		})
	case *network.EventLoadingFinished:
		v.note(func() { v.onFinished(e) })
	case *network.EventLoadingFailed:
		v.note(func() { v.onFailed(e) })
	case *network.EventWebSocketFrameReceived:
		v.note(func() { v.streamed(string(e.Response.PayloadData)) })
	case *network.EventEventSourceMessageReceived:
		v.note(func() { v.streamed(e.Data) })
	case *audits.EventIssueAdded:
		v.note(func() { v.onIssue(e.Issue) })
	case *runtime.EventConsoleAPICalled:
		v.note(func() { v.onConsole(e) })
	case *runtime.EventExceptionThrown:
		v.note(func() { v.onException(e.ExceptionDetails) })
	case *domstorage.EventDomStorageItemAdded:
		v.note(func() { v.onStored(e.StorageID, e.Key, e.NewValue) })
	case *domstorage.EventDomStorageItemUpdated:
		v.note(func() { v.onStored(e.StorageID, e.Key, e.NewValue) })
	default:
		v.onPage(event)
	}
}

// onPage handles what happens to the tab and its frames.
func (v *visitor) onPage(event any) {
	switch e := event.(type) {
	case *page.EventFrameAttached:
		v.note(func() { v.frames[e.FrameID] = v })
	case *page.EventFrameNavigated:
		v.note(func() { v.onNavigated(e.Frame) })
	case *page.EventNavigatedWithinDocument:
		v.note(func() { v.expose(record.ExposedLocation, maskURL(e.URL), e.URL) })
	case *page.EventLoadEventFired:
		v.note(func() { v.loading.loaded = time.Now() })
	case *page.EventJavascriptDialogOpening:
		v.note(func() { v.onDialog(e) })
	case *inspector.EventTargetCrashed:
		v.note(func() { v.gone = true; v.say("problem", "the tab crashed") })
	case *inspector.EventDetached:
		v.note(func() { v.gone = true; v.say("problem", "the tab was closed") })
	}
}

func (v *visitor) onNavigated(frame *cdp.Frame) {
	v.frames[frame.ID] = v
	address := frame.URL + frame.URLFragment
	v.expose(record.ExposedLocation, maskURL(frame.URL), address)
	if frame.ParentID != "" {
		return
	}
	v.arrive(frame.URL)
}

// onDialog closes an alert and its like, which would stop the page. One that
// asks whether to leave is agreed to.
func (v *visitor) onDialog(e *page.EventJavascriptDialogOpening) {
	if v.dialogs++; v.dialogs <= 3 {
		v.say("problem", "the page opens a dialog (%s), which is closed", e.Type)
	}
	v.reading.Go(func() {
		ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
		defer cancel()
		_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	})
}

// maxExposures bounds the exposures that are noted.
const maxExposures = 200

// expose notes what looks like a token in text, under its fingerprint until it
// is known whether it is one of the page's.
func (v *visitor) expose(kind, where, text string) {
	for _, token := range record.FindTokens(text) {
		if len(v.page.Exposures) >= maxExposures {
			v.drop("exposures")
			return
		}
		v.page.Exposures = append(v.page.Exposures, record.Exposure{
			Visit: v.visitID(), Visitor: v.name, Step: v.step, Kind: kind, Where: shorten(where, 300),
			Token: record.Fingerprint(record.Bare(token)),
		})
	}
}

// streamed notes tokens that came by a web socket or an event stream.
func (v *visitor) streamed(text string) {
	if len(v.page.Requests) == 0 {
		return
	}
	for i := len(v.page.Requests) - 1; i >= 0; i-- {
		if r := &v.page.Requests[i]; r.Visitor == v.name {
			v.seen(r, shorten(text, maxBody))
			return
		}
	}
}

func (v *visitor) onStored(storage *domstorage.StorageID, key, value string) {
	kind := record.ExposedSession
	if storage != nil && storage.IsLocalStorage {
		kind = record.ExposedLocal
	}
	v.expose(kind, key, value)
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

// onConsole looks for tokens in what the page writes to its console. What the
// widget itself writes is not the page's fault.
func (v *visitor) onConsole(e *runtime.EventConsoleAPICalled) {
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 && isWidgetScript(e.StackTrace.CallFrames[0].URL) {
		return
	}
	method := "console." + string(e.Type)
	for _, argument := range e.Args {
		v.expose(record.ExposedConsole, method, string(argument.Value))
		v.expose(record.ExposedConsole, method, argument.Description)
		if argument.ObjectID != "" && v.consoleReads < maxConsoleReads {
			v.consoleReads++
			id := argument.ObjectID
			v.reading.Go(func() { v.readLogged(method, id) })
		}
	}
}

// maxConsoleReads bounds how many logged objects are looked into.
const maxConsoleReads = 100

// readLogged looks into an object in the console, of which the event has only
// the beginning.
func (v *visitor) readLogged(method string, id runtime.RemoteObjectID) {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: `function () { try { return JSON.stringify(this).slice(0, 100000) } catch { return '' } }`,
		ObjectID:            id, ReturnByValue: new(true), Silent: new(true),
	})
	if err != nil || result.Result == nil {
		return
	}
	v.note(func() { v.expose(record.ExposedConsole, method, string(result.Result.Value)) })
}

// onException notes an uncaught exception of the page.
func (v *visitor) onException(details *runtime.ExceptionDetails) {
	text := details.Text
	if details.Exception != nil && details.Exception.Description != "" {
		text = details.Exception.Description
	}
	v.expose(record.ExposedConsole, "an uncaught exception", text)
	text, _, _ = strings.Cut(mask(text), "\n")
	v.say("problem", "uncaught in the page: %s", text)
	if visit := v.theVisit(); visit != nil && len(visit.PageErrors) < 20 {
		visit.PageErrors = append(visit.PageErrors, shorten(text, 300))
	}
}

// readCookies looks for tokens in the cookies that scripts of the page can read.
func (v *visitor) readCookies() {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	cookies, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		return
	}
	v.note(func() {
		for _, cookie := range cookies.Cookies {
			if !cookie.HTTPOnly {
				v.expose(record.ExposedCookie, cookie.Name, cookie.Value)
			}
		}
	})
}
