package browser

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/mockassistant"
	"github.com/webchatspec/webchatspec/record"
)

//go:embed clock.js
var clockScript string

// bindingName is the function through which the widget's stand-in reports.
const bindingName = "__webchatspec"

// answerLimit bounds how long a command waits for the page: one whose script
// never ends does not answer at all.
const answerLimit = 5 * time.Second

// visitor is one person at the page: a browser context with its own cookies and
// storage, and an assistant with its own clock.
type visitor struct {
	*gathering
	name string
	ctx  context.Context // of the visitor's tab
	quit context.CancelFunc

	assistant *mockassistant.Server
	clock     *mockassistant.Clock
	frozen    atomic.Int64 // what the assistant's clock tells during a pulse, in milliseconds since 1970; 0: the real time

	// Guarded by gathering.mu.
	step         string // the step under way
	sent         map[string]outcome
	loading      loading
	inFlight     map[network.RequestID]*flight
	answered     int // calls that the assistant has answered
	received     int // answers that the widget has shown
	alerts       int // dialogues that the page has opened
	maps         []sourceMap
	consoleReads int
	gone         bool // the tab was closed or crashed

	reading sync.WaitGroup // answers and console arguments that are being read
}

// outcome is how the sending of a message ended in the page.
type outcome struct {
	settled bool
	err     string
}

// loading is the state of the page's current load.
type loading struct {
	visit  int // index of the visit in the evidence
	begun  bool
	loaded time.Time // when the load event fired; zero before
}

// addVisitor opens a tab in a browser context of its own, at no page yet.
func (g *gathering) addVisitor(name string) error {
	v := &visitor{
		gathering: g, name: name, clock: new(mockassistant.Clock), step: record.StepLoad,
		sent: map[string]outcome{}, inFlight: map[network.RequestID]*flight{},
	}
	var err error
	v.assistant, err = mockassistant.New(mockassistant.Config{PublicKeys: g.usable, Clock: v.clock, Observe: v.observe})
	if err != nil {
		return err
	}
	v.ctx, v.quit = chromedp.NewContext(g.chromium.ctx, chromedp.WithNewBrowserContext())
	g.visitors = append(g.visitors, v)
	if err := chromedp.Listen(v.ctx, v.onEvent); err != nil {
		return fmt.Errorf("open a tab: %w", err)
	}
	g.note(func() { g.frames[cdp.FrameID(chromedp.FromContext(v.ctx).Target.TargetID)] = v })
	if err := v.enable(); err != nil {
		return fmt.Errorf("prepare a tab: %w", err)
	}
	return nil
}

// enable asks for the events that are evidence, and brings in the clock and the
// binding. Bodies are kept by the browser only as far as they will be read.
func (v *visitor) enable() error {
	_, networkErr := chromedp.Call(v.ctx, network.Enable, network.EnableParams{
		MaxResourceBufferSize: new(int64(maxBody)), MaxTotalBufferSize: new(int64(20 * maxBody)),
	})
	_, storageErr := chromedp.Call(v.ctx, domstorage.Enable, cdp.Empty{})
	_, auditsErr := chromedp.Call(v.ctx, audits.Enable, cdp.Empty{})
	_, bindingErr := chromedp.Call(v.ctx, runtime.AddBinding, runtime.AddBindingParams{Name: bindingName})
	_, scriptErr := chromedp.Call(v.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clockScript})
	return errors.Join(networkErr, storageErr, auditsErr, bindingErr, scriptErr)
}

// ask gives a request to the visitor's assistant.
func (v *visitor) ask(request *http.Request) *answer {
	if frozen := v.frozen.Load(); frozen != 0 {
		v.clock.Set(time.UnixMilli(frozen))
	}
	return serve(v.assistant, request)
}

// evaluate runs an expression in the page and decodes its value.
func evaluate[T any](v *visitor, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if errors.Is(err, context.DeadlineExceeded) && v.ctx.Err() == nil {
		err = fmt.Errorf("the page did not answer within %s: a script in it does not end", answerLimit)
	}
	return value, err
}

// limited is the context of one wait for the page.
func (v *visitor) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(v.ctx, v.config.Timeout)
}

// awaitFor waits for a state of the evidence, at most for the limit.
func (v *visitor) awaitFor(limit time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(v.ctx, limit)
	defer cancel()
	return v.await(ctx, holds)
}

// sleep waits, unless the run ends.
func (v *visitor) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-v.ctx.Done():
	}
}

// skew moves the page's clock; 0 returns it to the real time.
func (v *visitor) skew(d time.Duration) error {
	_, err := evaluate[chromedp.Void](v, fmt.Sprintf("void (__webchatspecClock.skew = %d)", d.Milliseconds()))
	return err
}

// shoot takes a picture of the page. Failing to is no reason to stop.
func (v *visitor) shoot(caption string) {
	ctx, cancel := context.WithTimeout(v.ctx, 2*time.Second)
	defer cancel()
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err != nil {
		return
	}
	v.note(func() {
		v.page.Screenshots = append(v.page.Screenshots, record.Screenshot{
			Visitor: v.name, Step: v.step, At: v.since(), Caption: caption, PNG: shot.Data,
		})
	})
}

// maxTimeline bounds the timeline of all visitors.
const maxTimeline = 1000

// say adds a line to the timeline; call with the evidence locked.
func (v *visitor) say(kind, format string, arguments ...any) {
	if len(v.page.Timeline) >= maxTimeline {
		v.drop("timeline")
		return
	}
	text, _ := record.Mask(fmt.Sprintf(format, arguments...))
	v.page.Timeline = append(v.page.Timeline, record.PageEvent{
		At: v.since(), Visitor: v.name, Step: v.step, Kind: kind, Text: shorten(text, 300),
	})
}

// drop counts something that was left out; call with the evidence locked.
func (g *gathering) drop(kind string) {
	if g.page.Dropped == nil {
		g.page.Dropped = map[string]int{}
	}
	g.page.Dropped[kind]++
}

// theVisit is the page load under way, nil before the first; call with the
// evidence locked.
func (v *visitor) theVisit() *record.Visit {
	if !v.loading.begun {
		return nil
	}
	return &v.page.Visits[v.loading.visit]
}

func (v *visitor) visitID() string {
	if visit := v.theVisit(); visit != nil {
		return visit.ID
	}
	return ""
}

// shorten cuts text to at most n bytes, at a character.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n] + "…"
}
