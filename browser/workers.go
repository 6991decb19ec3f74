package browser

import (
	"context"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// maxWorkers bounds the workers of a page that are watched.
	maxWorkers = 20
	// workerLimit is how long a worker may take to answer: one that computes does not.
	workerLimit = 2 * time.Second
)

// Types of targets that are workers and can be held up before they begin.
const (
	dedicatedWorker = "worker"
	sharedWorker    = "shared_worker"
)

// window is the type of the target that a window or tab is.
const window = "page"

// workerKinds are the kinds of workers, by the types of their targets.
var workerKinds = map[string]string{
	dedicatedWorker: record.WorkerDedicated, sharedWorker: record.WorkerShared, "service_worker": record.WorkerService,
}

// workers are those of a page. Each has a clock of its own, and asks the network
// by itself. Dedicated and shared ones begin only when we are ready for what they
// ask for first; a service worker cannot be held up before it runs.
type workers struct {
	met       map[target.ID]bool
	watched   []context.Context
	begun     bool   // whether the page itself has begun one
	unwatched bool   // whether some could not be watched
	order     string // the latest to their clocks
}

// teller is what of a page tells an event: the page itself, or one of its workers.
type teller struct {
	ctx    context.Context
	worker string // the kind of the worker; "" for the page itself
}

// holdShared has shared workers wait for us when they begin. They belong to no page
// alone, so that only the browser can tell them to. A browser of somebody else is
// left as it is, for it may have pages of others.
func (c *chromium) holdShared() error {
	_, err := chromedp.CallBrowser(c.ctx, target.SetAutoAttach, holding(sharedWorker))
	return err
}

// holding are the parameters that have workers of a type wait for us when they begin.
func holding(kind string) target.SetAutoAttachParams {
	return target.SetAutoAttachParams{
		AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: new(true), Filter: target.Filter{{Type: kind}},
	}
}

// holdNoMore lets the workers of a page begin at once that has too many of them.
func (t *tab) holdNoMore() {
	limited, cancel := context.WithTimeout(t.ctx, workerLimit)
	defer cancel()
	at := holding(dedicatedWorker)
	at.WaitForDebuggerOnStart = false
	_, _ = chromedp.Call(limited, target.SetAutoAttach, at)
}

// meet watches a target that has come up, if it is a worker of this tab. What it
// asks the network for is told to listen. One that waits is let begin in any case.
func (t *tab) meet(info *target.Info, waits bool, listen func(teller, any)) {
	if info == nil || info.BrowserContextID != chromedp.FromContext(t.ctx).BrowserContextID {
		return
	}
	if info.Type == window && info.OpenerID != "" {
		t.meetWindow(info.TargetID)
		return
	}
	kind, is := workerKinds[info.Type]
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &t.workers
	if !is || w.met[info.TargetID] {
		return
	}
	w.begun = w.begun || kind != record.WorkerService
	room := len(w.met) < maxWorkers
	if !room && !w.unwatched {
		w.unwatched = true
		t.reading.Go(func() {
			defer panics.Tell()
			t.holdNoMore()
		})
	}
	if !room && !waits {
		return
	}
	if w.met == nil {
		w.met = map[target.ID]bool{}
	}
	w.met[info.TargetID] = true
	t.reading.Go(func() {
		defer panics.Tell()
		t.watchWorker(info.TargetID, kind, room, listen)
	})
}

// maxWindows bounds the windows that a page opens, each of which costs as much as a
// page. Browsers of people let it open none without a click.
const maxWindows = 20

// meetWindow lets a window begin that the page has opened, or closes it when there were
// too many.
func (t *tab) meetWindow(id target.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.windows == nil {
		t.windows = map[target.ID]bool{}
	}
	room := t.windows[id] || len(t.windows) < maxWindows // one is told of more than once
	if room {
		t.windows[id] = true
	}
	t.reading.Go(func() {
		defer panics.Tell()
		t.release(id) // one that waits cannot be closed either
		if room {
			return
		}
		limited, cancel := context.WithTimeout(t.ctx, answerLimit)
		defer cancel()
		_, _ = chromedp.CallBrowser(limited, target.CloseTarget, target.CloseTargetParams{TargetID: id}) // it may be gone
	})
}

// release lets a window begin that the page has opened: where workers are held up,
// windows are, too, and with them the page itself.
func (t *tab) release(id target.ID) {
	ctx, quit := chromedp.NewContext(t.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
	defer quit()
	limited, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	_, _ = chromedp.Call(limited, runtime.RunIfWaitingForDebugger, cdp.Empty{}) // it may be gone again
}

// watchWorker watches a worker for as long as it lives, or, where there is no room
// for it any more, lets it begin and leaves it alone.
func (t *tab) watchWorker(id target.ID, kind string, room bool, listen func(teller, any)) {
	var ctx context.Context
	// Detached at the end, for whoever closes the tab closes its workers.
	ctx, quit := chromedp.NewContext(t.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel(), chromedp.WithListener(func(event any) {
		switch e := event.(type) {
		case *target.EventAttachedToTarget: // a worker of the worker
			t.meet(e.TargetInfo, e.WaitingForDebugger, listen)
		case *inspector.EventTargetReloadedAfterCrash: // a shared one that begins again, for the page was loaded anew
			t.reading.Go(func() {
				defer panics.Tell()
				t.beginWorker(ctx)
			})
		default:
			listen(teller{ctx, kind}, event)
		}
	}))
	if chromedp.Do(ctx) != nil {
		quit() // it has ended already
		return
	}
	t.mu.Lock()
	if room {
		t.workers.watched = append(t.workers.watched, ctx)
	}
	t.mu.Unlock()
	t.beginWorker(ctx)
	if !room {
		quit()
	}
}

// beginWorker gives a worker its clock, and lets it begin if it waits for that. The
// timers come with the beginning.
func (t *tab) beginWorker(ctx context.Context) {
	t.mu.Lock()
	order := t.workers.order
	t.mu.Unlock()
	inWorker(ctx, clockScript+order)
	limited, cancel := context.WithTimeout(ctx, workerLimit)
	_, _ = chromedp.Call(limited, target.SetAutoAttach, holding(dedicatedWorker)) // service workers have none
	cancel()
	limited, cancel = context.WithTimeout(ctx, workerLimit)
	defer cancel()
	_, _ = chromedp.Call(limited, runtime.RunIfWaitingForDebugger, cdp.Empty{})
	inWorker(ctx, "globalThis.__webchatspecBegun?.()")
}

// inWorkers has the workers evaluate an order to their clocks, also those that
// are yet to come. Some may have ended meanwhile, which does not matter.
func (t *tab) inWorkers(order string) {
	t.mu.Lock()
	t.workers.order = order
	watched := t.workers.watched
	t.mu.Unlock()
	var all sync.WaitGroup
	for _, ctx := range watched {
		all.Go(func() {
			defer panics.Tell()
			inWorker(ctx, order)
		})
	}
	all.Wait()
}

func inWorker(ctx context.Context, script string) {
	limited, cancel := context.WithTimeout(ctx, workerLimit)
	defer cancel()
	_ = chromedp.Do(limited, chromedp.Evaluate[chromedp.Void](script))
}

// hasWorkers says whether the page has begun workers, service workers apart, and
// whether the requests of all were watched.
func (t *tab) hasWorkers() (begun, watched bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.workers.begun, !t.workers.unwatched
}
