package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
)

//go:embed clock.js
var clockScript string

// bindingName is the function through which the widget's stand-in reports.
const bindingName = "__webchatspec"

// answerLimit bounds how long a command waits for the page: one whose script
// never ends does not answer at all.
const answerLimit = 5 * time.Second

// tab is a browser tab as something to give orders to: one browser context with
// its own cookies and storage, and all frames of the page in it.
type tab struct {
	ctx  context.Context
	quit context.CancelFunc

	reading sync.WaitGroup // what is being read in the background
	bodies  chan struct{}  // those who read an answer, which may be long: a few at a time

	mu      sync.Mutex
	frames  []frame // the oldest first
	workers workers
	windows map[target.ID]bool // that the page has opened
}

// frame is one frame of the page, of whatever site, in which scripts can be run.
type frame struct {
	context runtime.ExecutionContextID // as events name it
	id      string                     // unique, as orders name it
	frame   cdp.FrameID
	origin  string
}

// newTab is a tab that is yet to be opened.
func newTab(parent context.Context) *tab {
	t := &tab{bodies: make(chan struct{}, 3)}
	t.ctx, t.quit = chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	return t
}

// open opens the tab in a browser context of its own, at no page yet. Listen is
// told every event of the page and of its workers, with where it comes from, in
// its order. It must not wait for the browser.
func (t *tab) open(listen func(teller, any)) error {
	if err := chromedp.Listen(t.ctx, func(event any) {
		defer panics.Tell()
		t.onEvent(event, listen)
		listen(teller{ctx: t.ctx}, event)
	}); err != nil {
		return fmt.Errorf("open a tab: %w", err)
	}
	if err := t.enable(); err != nil {
		return fmt.Errorf("prepare a tab: %w", err)
	}
	return nil
}

// maxPosted is the most bytes of what a page posts that an event may bring along;
// nobody reads them there.
const maxPosted = 1 << 10

// enable asks for the events that are evidence, and brings in the clock and the
// binding. Bodies are kept by the browser only as far as they will be read.
func (t *tab) enable() error {
	_, networkErr := chromedp.Call(t.ctx, network.Enable, network.EnableParams{
		MaxResourceBufferSize: new(int64(maxBody)), MaxTotalBufferSize: new(int64(20 * maxBody)),
		MaxPostDataSize: new(int64(maxPosted)),
	})
	_, storageErr := chromedp.Call(t.ctx, domstorage.Enable, cdp.Empty{})
	_, auditsErr := chromedp.Call(t.ctx, audits.Enable, cdp.Empty{})
	_, bindingErr := chromedp.Call(t.ctx, runtime.AddBinding, runtime.AddBindingParams{Name: bindingName})
	_, workersErr := chromedp.Call(t.ctx, target.SetAutoAttach, holding(dedicatedWorker))
	_, scriptErr := t.inject(clockScript)
	return errors.Join(networkErr, storageErr, auditsErr, bindingErr, workersErr, scriptErr)
}

// frameID is that of the page's main frame.
func (t *tab) frameID() cdp.FrameID {
	return cdp.FrameID(chromedp.FromContext(t.ctx).Target.TargetID)
}

// onEvent keeps up with the frames and workers in which scripts can be run.
func (t *tab) onEvent(event any, listen func(teller, any)) {
	switch e := event.(type) {
	case *target.EventTargetCreated:
		t.meet(e.TargetInfo, e.TargetInfo.Type == sharedWorker, listen)
		return
	case *target.EventAttachedToTarget:
		t.meet(e.TargetInfo, e.WaitingForDebugger, listen)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExecutionContextCreated:
		var about struct {
			IsDefault bool        `json:"isDefault"`
			FrameID   cdp.FrameID `json:"frameId"`
		}
		if json.Unmarshal([]byte(e.Context.AuxData), &about) == nil && about.IsDefault {
			t.frames = append(t.frames, frame{e.Context.ID, e.Context.UniqueID, about.FrameID, e.Context.Origin})
		}
	case *runtime.EventExecutionContextDestroyed:
		t.frames = slices.DeleteFunc(t.frames, func(f frame) bool { return f.id == e.ExecutionContextUniqueID })
	case *runtime.EventExecutionContextsCleared:
		t.frames = nil
	}
}

// inject has a script run in each document before all others, and returns what
// takeOut wants of it.
func (t *tab) inject(script string) (page.ScriptIdentifier, error) {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	added, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	return added.Identifier, err
}

// takeOut undoes inject. A page whose script does not end does not answer.
func (t *tab) takeOut(script page.ScriptIdentifier) error {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	_, err := chromedp.Call(ctx, page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: script})
	return err
}

// background reads something of the page, or of a worker, in the background,
// within the limit.
func (t *tab) background(from context.Context, read func(ctx context.Context)) {
	t.reading.Go(func() {
		defer panics.Tell()
		ctx, cancel := context.WithTimeout(from, answerLimit)
		defer cancel()
		read(ctx)
	})
}

// readBody reads an answer that the browser has kept.
func (t *tab) readBody(ctx context.Context, id network.RequestID) (string, error) {
	select {
	case t.bodies <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-t.bodies }()
	answer, err := chromedp.Call(ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
	return string(answer.Body), err
}

// settle lets what is still being read come in.
func (t *tab) settle(limit time.Duration) {
	read := make(chan struct{})
	go func() {
		defer panics.Tell()
		t.reading.Wait()
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(limit):
	}
}

// sleep waits, unless the run ends.
func (t *tab) sleep(d time.Duration) {
	_ = sleep.For(t.ctx, d) // whoever goes on after the run's end sees it
}

// errorBusy says that the page did not answer.
var errorBusy = fmt.Errorf("the page did not answer within %s: a script in it does not end", answerLimit)

// evaluate runs an expression in the frame with the id, "" for the main one, and
// decodes its value.
func evaluate[T any](t *tab, frame, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, inFrame(frame)))
	if errors.Is(err, context.DeadlineExceeded) && t.ctx.Err() == nil {
		err = errorBusy
	}
	return value, err
}

func inFrame(id string) chromedp.EvaluateOption {
	return func(p *runtime.EvaluateParams) { p.UniqueContextID = id }
}

// asUser gives a script the rights that a user's click has.
func asUser(p *runtime.EvaluateParams) { p.UserGesture = new(true) }

// answers says whether the page still runs a script.
func (t *tab) answers() bool {
	two, err := evaluate[int](t, "", "1 + 1")
	return err == nil && two == 2
}

// allFrames are the frames in which scripts can be run now, the main one first.
func (t *tab) allFrames() []frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	frames := slices.Clone(t.frames)
	main := t.frameID()
	slices.SortStableFunc(frames, func(a, b frame) int {
		switch {
		case a.frame == main && b.frame != main:
			return -1
		case b.frame == main && a.frame != main:
			return 1
		}
		return 0
	})
	return frames
}

// frameOf returns the id of the frame that an event names by its context, or "".
func (t *tab) frameOf(context runtime.ExecutionContextID) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.frames {
		if f.context == context {
			return f.id
		}
	}
	return ""
}

// picture takes a picture of the page; nil when there is none to be had.
func (t *tab) picture() []byte {
	ctx, cancel := context.WithTimeout(t.ctx, 2*time.Second)
	defer cancel()
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err != nil {
		return nil
	}
	return shot.Data
}

// cookies are those of the page, also those that scripts cannot read.
func (t *tab) cookies() []*network.Cookie {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	answer, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		return nil
	}
	return answer.Cookies
}

// load reads an address as the page would.
func (t *tab) load(address string) (body string, ok bool) {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	loaded, err := chromedp.Call(ctx, network.LoadNetworkResource, network.LoadNetworkResourceParams{
		FrameID: t.frameID(), URL: address, Options: &network.LoadNetworkResourceOptions{IncludeCredentials: true},
	})
	if err != nil || loaded.Resource == nil || loaded.Resource.Stream == "" {
		return "", false
	}
	return readStream(ctx, loaded.Resource.Stream), true
}

// readStream reads a stream of the browser, up to the limit for one answer.
func readStream(ctx context.Context, handle io.StreamHandle) string {
	var body bytes.Buffer
	for body.Len() < maxBody {
		piece, err := chromedp.Call(ctx, io.Read, io.ReadParams{Handle: handle, Size: 1 << 20})
		if err != nil {
			break
		}
		body.Write(piece.Data)
		if piece.EOF {
			break
		}
	}
	_, _ = chromedp.Call(ctx, io.Close, io.CloseParams{Handle: handle})
	return body.String()
}
