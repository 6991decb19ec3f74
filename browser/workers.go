package browser

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

const (
	// maxWorkers bounds the workers of a page that are reached into.
	maxWorkers = 20
	// workerLimit is how long a worker may take to answer: one that computes does not.
	workerLimit = time.Second
)

// Types of targets that are workers.
const (
	dedicatedWorker = "worker"
	sharedWorker    = "shared_worker"
	serviceWorker   = "service_worker"
)

// workers are those of a page. Each has a clock of its own, and asks the network
// by itself. A dedicated one is watched for as long as it lives. The others are
// visited when their clocks are moved: one that is watched does not begin again
// when the page is loaded anew.
type workers struct {
	met     map[target.ID]bool
	watched []context.Context
	others  []target.ID
	begun   bool   // whether the page itself has begun one
	order   string // the latest to their clocks
}

// meet notes a target that has come up, if it is a worker of this tab. What a
// dedicated one asks the network for is told to listen.
func (t *tab) meet(info *target.Info, listen func(worker context.Context, event any)) {
	if info == nil || info.BrowserContextID != chromedp.FromContext(t.ctx).BrowserContextID {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &t.workers
	if w.met[info.TargetID] || len(w.met) >= maxWorkers {
		return
	}
	switch info.Type {
	case sharedWorker, serviceWorker:
		w.others = append(w.others, info.TargetID)
	case dedicatedWorker:
		t.reading.Go(func() { t.watchWorker(info.TargetID, listen) })
	default:
		return
	}
	if w.met == nil {
		w.met = map[target.ID]bool{}
	}
	w.met[info.TargetID] = true
	w.begun = w.begun || info.Type != serviceWorker
}

func (t *tab) watchWorker(id target.ID, listen func(worker context.Context, event any)) {
	// Detached at the end, for whoever closes the tab closes its workers.
	ctx, quit := chromedp.NewContext(t.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
	if chromedp.Listen(ctx, func(event any) { listen(ctx, event) }) != nil {
		quit() // it has ended already
		return
	}
	t.mu.Lock()
	t.workers.watched = append(t.workers.watched, ctx)
	order := t.workers.order
	t.mu.Unlock()
	inWorker(ctx, clockScript+order)
}

// inWorkers has the workers evaluate an order to their clocks, also those that
// are yet to come. Some may have ended meanwhile, which does not matter.
func (t *tab) inWorkers(order string) {
	t.mu.Lock()
	t.workers.order = order
	watched, others := t.workers.watched, t.workers.others
	t.mu.Unlock()
	for _, ctx := range watched {
		inWorker(ctx, order)
	}
	for _, id := range others {
		ctx, quit := chromedp.NewContext(t.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
		inWorker(ctx, clockScript+order)
		quit()
	}
}

func inWorker(ctx context.Context, script string) {
	limited, cancel := context.WithTimeout(ctx, workerLimit)
	defer cancel()
	_ = chromedp.Do(limited, chromedp.Evaluate[chromedp.Void](script))
}

// hasWorkers says whether the page has begun workers, service workers apart.
func (t *tab) hasWorkers() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.workers.begun
}
