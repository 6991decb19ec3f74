package browser

import (
	"context"
	"strconv"
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

// observer notes what the browser and the assistant tell of one visitor. It
// gives the page nothing to do.
type observer struct {
	*scene
	tab       *tab
	owners    *owners
	traffic   *traffic
	widget    *widgetLog
	messages  *messageLog
	exposures *exposures
	assets    *assets

	alerts int  // dialogues that the page has opened
	gone   bool // the tab was closed or crashed
}

// newObserver makes the observer of a visitor, whose tab is yet to be opened.
func newObserver(n *notes, visitor, endpoint string, whose *owners) *observer {
	s := &scene{notes: n, visitor: visitor, step: record.StepLoad}
	o := &observer{
		scene: s, owners: whose, exposures: &exposures{scene: s}, assets: &assets{scene: s}, messages: &messageLog{scene: s},
		widget: &widgetLog{scene: s, sent: map[string]sending{}, calls: map[string]bool{}},
	}
	o.traffic = &traffic{
		scene: s, endpoint: endpoint, exposures: o.exposures, assets: o.assets, widget: o.widget,
		inFlight: map[network.RequestID]*flight{},
	}
	return o
}

// watch has it read through the tab what events do not tell.
func (o *observer) watch(t *tab) {
	o.tab, o.traffic.tab, o.exposures.tab, o.assets.tab = t, t, t, t
}

// onEvent sorts what the browser tells about the visitor's tab. It is called in
// the order of the events, and must not wait for the browser. Of a worker, only
// what it asks the network for is evidence.
func (o *observer) onEvent(from teller, event any) {
	if from.worker != "" {
		o.traffic.onEvent(from, event)
		return
	}
	switch e := event.(type) {
	case *runtime.EventBindingCalled:
		if e.Name == bindingName {
			frame := o.tab.frameOf(e.ExecutionContextID)
			at, told := dated(e.Payload)
			o.noteOf(at, func() { o.widget.onReport(frame, told) })
		}
	case *audits.EventIssueAdded:
		o.noteUndated(func() { o.traffic.onIssue(e.Issue) })
	case *runtime.EventConsoleAPICalled:
		o.note(func() { o.exposures.onConsole(e) })
	case *runtime.EventExceptionThrown:
		o.noteOf(float64(e.Timestamp)/1000, func() { o.exposures.onException(e.ExceptionDetails) })
	case *domstorage.EventDomStorageItemAdded:
		o.note(func() { o.exposures.onStored(e.StorageID, e.Key, e.NewValue) })
	case *domstorage.EventDomStorageItemUpdated:
		o.note(func() { o.exposures.onStored(e.StorageID, e.Key, e.NewValue) })
	case *page.EventFrameAttached, *page.EventFrameNavigated, *page.EventNavigatedWithinDocument, *page.EventLoadEventFired,
		*page.EventJavascriptDialogOpening, *inspector.EventTargetCrashed, *inspector.EventDetached:
		o.onPage(event)
	default:
		o.traffic.onEvent(from, event)
	}
}

// onPage handles what happens to the tab and its frames.
func (o *observer) onPage(event any) {
	switch e := event.(type) {
	case *page.EventFrameAttached:
		o.owners.set(e.FrameID, o.visitor)
	case *page.EventFrameNavigated:
		o.owners.set(e.Frame.ID, o.visitor)
		o.noteUndated(func() { o.onNavigated(e.Frame) })
	case *page.EventNavigatedWithinDocument:
		o.note(func() { o.exposures.exposeLocked(record.ExposedLocation, maskURL(e.URL), e.URL) })
	case *page.EventLoadEventFired:
		o.note(func() { o.loading.loaded = time.Now() })
	case *page.EventJavascriptDialogOpening:
		o.noteUndated(func() { o.onDialog(e) })
	case *inspector.EventTargetCrashed:
		o.note(func() { o.gone = true; o.problemLocked(record.ActorPage, "the tab crashed") })
	case *inspector.EventDetached:
		o.note(func() { o.gone = true; o.problemLocked(record.ActorPage, "the tab was closed") })
	}
}

func (o *observer) onNavigated(frame *cdp.Frame) {
	address := frame.URL + frame.URLFragment
	o.exposures.exposeLocked(record.ExposedLocation, maskURL(frame.URL), address)
	if frame.ParentID == "" {
		o.arriveLocked(frame.URL)
	}
}

// maxVisits bounds the loads of the page that are noted.
const maxVisits = 50

// arriveLocked notes a new load of the page.
func (o *observer) arriveLocked(address string) {
	if address == "about:blank" || len(o.page.Visits) >= maxVisits {
		return
	}
	o.exposures.exposeLocked(record.ExposedLocation, maskURL(address), address)
	o.page.Visits = append(o.page.Visits, record.Visit{
		ID: "visit-" + strconv.Itoa(len(o.page.Visits)+1), Visitor: o.visitor, Step: o.step, At: o.momentLocked(), URL: maskURL(address),
	})
	o.loading = loading{visit: len(o.page.Visits) - 1, begun: true}
	o.widget.forget()
	o.tellLocked(record.EventAction, record.ActorVisitor, record.ActorPage, "is at %s", maskURL(address))
}

// onDialog closes an alert and its like, which would stop the page. One that
// asks whether to leave is agreed to.
func (o *observer) onDialog(e *page.EventJavascriptDialogOpening) {
	if o.alerts++; o.alerts <= 3 {
		o.problemLocked(record.ActorPage, "opens a dialog (%s), which is closed", e.Type)
	}
	o.tab.background(o.tab.ctx, func(ctx context.Context) {
		_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	})
}

// visitNow is the index of the page load under way.
func (o *observer) visitNow() (visit int) {
	o.look(func() { visit = o.loading.visit })
	return visit
}

// isGone says whether the tab was closed or has crashed.
func (o *observer) isGone() (gone bool) {
	o.look(func() { gone = o.gone })
	return gone
}

// calledLocked says whether the page has called the method in the step under way.
func (o *observer) calledLocked(method string) bool {
	for i := range o.page.Calls {
		if c := &o.page.Calls[i]; c.Visitor == o.visitor && c.Step == o.step && c.Method == method {
			return true
		}
	}
	return false
}
