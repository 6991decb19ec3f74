package browser

import (
	"context"
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
	if v.alerts++; v.alerts <= 3 {
		v.say("problem", "the page opens a dialog (%s), which is closed", e.Type)
	}
	v.reading.Go(func() {
		ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
		defer cancel()
		_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	})
}
