package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// gathering is one call of Gather.
type gathering struct {
	*notes
	config   Config
	keys     []*verifier.Key
	usable   []string // texts of the keys that the assistant can use
	chromium *chromium
	owners   *owners
	visitors []*visitor
	trace    *trace              // nil where none is wanted
	gateways map[string]*gateway // by host and port

	telling  sync.Mutex
	progress func(string)
}

// Gather drives the page and returns what it did, as far as it got, also with
// an error. The error wraps [ErrNoBrowser] when there is no browser, and carries
// a [record.Failure] (see [Failure]) when the page cannot be reached at all. Progress
// is told in short sentences, never concurrently; it may be nil.
//
// It ends within a small multiple of Config.Timeout whatever the page does, and
// leaves no process behind.
func Gather(ctx context.Context, c Config, progress func(string)) (*record.Page, error) {
	g := &gathering{
		notes: newNotes(&record.Page{
			URL: maskURL(c.Page), Endpoint: maskURL(c.Endpoint), StartedAt: time.Now(),
			LogsOut: c.Logout != nil, LogsOutOnly: c.Logout != nil && c.Login == nil, SignedIn: c.signsIn(), TellsPeopleApart: c.tellsPeopleApart(),
		}, nil, c.Profile),
		owners: &owners{frames: map[cdp.FrameID]string{}}, progress: progress,
	}
	told := c.Secrets() // also the password in the page's address, which completing moves
	c, err := c.complete()
	if err != nil {
		return g.page, &Failure{record.Failure{Class: record.FailureBadConfig, Message: err.Error()}, err}
	}
	g.config = c
	if err := g.readKeys(); err != nil { // no mistake in the configuration: the rest of a run can do without
		return g.page, &Failure{record.Failure{Class: record.FailureOther, Message: err.Error()}, err}
	}
	if g.trace, err = newTrace(c, told, &g.cookies); err != nil {
		return g.page, &Failure{record.Failure{Class: record.FailureBadConfig, Message: "the trace cannot be written: " + err.Error()}, err}
	}
	if g.trace != nil {
		g.headers = map[string]exchanged{}
	}
	defer g.close()
	if err := g.start(ctx); err != nil {
		return g.page, err
	}
	g.readClock(g.chromium.ctx)
	if g.config.Remote == "" {
		if err := g.chromium.holdShared(); err != nil {
			return g.page, browserFailure(ctx, err)
		}
	}
	g.page.Browser = g.chromium.version
	err = g.visit(ctx)
	if ended := g.chromium.ended(); ended != nil && ctx.Err() == nil {
		err = browserFailure(ctx, ended)
	}
	g.note(func() { g.page.Interrupted = ctx.Err() != nil })
	if leftOut := g.chromium.leftOut.Load(); leftOut > 0 {
		g.note(func() { g.dropManyLocked("events of the browser", int(leftOut)) })
	}
	page := g.finish()
	if failed := g.trace.write(page, g.headers); failed != nil {
		g.tell("the trace could not be written: " + failed.Error())
	}
	if g.config.KeepOpen {
		page.HeldOpen = true
		g.tell("the browser stays open until you close it or press Ctrl-C")
		<-g.chromium.ctx.Done()
	}
	return page, err
}

// start starts the browser.
func (g *gathering) start(ctx context.Context) error {
	if g.config.Remote != "" {
		var err error
		if g.chromium, err = joinChromium(ctx, g.config.Remote); err != nil {
			return browserFailure(ctx, err)
		}
		return nil
	}
	path, err := find(g.config.Chromium)
	if err != nil {
		return &Failure{record.Failure{Class: record.FailureNoBrowser, Message: err.Error()}, err}
	}
	if g.config.Headed && !hasDisplay() {
		return &Failure{record.Failure{Class: record.FailureNoBrowser, Message: errNoDisplay.Error()}, errNoDisplay}
	}
	g.tell("starting " + path)
	options, err := g.switches(ctx)
	if err != nil {
		return &Failure{record.Failure{Class: record.FailureTLS, Message: err.Error()}, err}
	}
	if g.chromium, err = startChromium(ctx, path, options); err != nil {
		return browserFailure(ctx, err)
	}
	if err := g.fence.prove(g.chromium.ctx); err != nil {
		return browserFailure(ctx, fmt.Errorf("%s: %w", path, err))
	}
	return nil
}

// close ends the browser, and then what waited for it.
func (g *gathering) close() {
	if g.chromium != nil {
		g.chromium.stop()
	}
	for _, v := range g.visitors {
		v.tab.quit()
	}
	g.fence.close()
	for _, gateway := range g.gateways {
		gateway.close()
	}
}

// Failure is why the page could not be driven at all.
type Failure struct {
	record.Failure
	cause error
}

// Error says what happened.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.cause }

func browserFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Failure{record.Failure{Class: record.FailureInterrupted, Message: "interrupted while the browser started"}, ctx.Err()}
	}
	return &Failure{record.Failure{Class: record.FailureNoBrowser, Message: err.Error()}, err}
}

// readKeys reads the public keys and keeps those that can be used.
func (g *gathering) readKeys() error {
	var unusable error
	for _, text := range g.config.PublicKeys {
		key := verifier.ReadKey(text)
		g.keys = append(g.keys, key)
		if err := key.Usable(); err != nil {
			unusable = err
			continue
		}
		g.usable = append(g.usable, text)
	}
	g.tokens = newTokenBook(g.keys)
	switch {
	case len(g.usable) > 0:
		return nil
	case unusable != nil:
		return fmt.Errorf("the page cannot be driven without a usable public key: %w", unusable)
	}
	return errors.New("the page cannot be driven without a public key: name its file with --public-key")
}

// visit lets all visitors go through their steps, at the same time.
func (g *gathering) visit(ctx context.Context) error {
	if err := g.intercept(); err != nil {
		return browserFailure(ctx, err)
	}
	type journey struct {
		visitor string
		steps   func(*visitor) error
	}
	journeys := []journey{
		{record.VisitorFirst, (*visitor).goThroughExpiry},
		{record.VisitorSecond, (*visitor).comeBackAndBeRejected},
	}
	if g.config.Login != nil || g.config.Logout != nil {
		journeys = append(journeys, journey{record.VisitorUser, (*visitor).logInAndOut})
	}
	for _, j := range journeys {
		if _, err := g.addVisitor(j.visitor); err != nil {
			return browserFailure(ctx, err)
		}
	}
	failures := make([]error, len(journeys))
	var all sync.WaitGroup
	for i, j := range journeys {
		all.Go(func() {
			defer panics.Tell()
			if failures[i] = g.visitors[i].arrive(i); failures[i] == nil {
				failures[i] = j.steps(g.visitors[i])
			}
		})
		if g.config.signsIn() { // one login may end the session of the one before
			all.Wait()
		}
	}
	all.Wait()
	if ctx.Err() != nil {
		return &Failure{record.Failure{Class: record.FailureInterrupted, Message: "interrupted while the page was driven"}, ctx.Err()}
	}
	return failures[0] // the page is out of reach for all when it is for the first
}

// tell tells of the progress, never concurrently.
func (g *gathering) tell(text string) {
	if g.progress == nil {
		return
	}
	g.telling.Lock()
	defer g.telling.Unlock()
	g.progress(text)
}

// headerTransaction is that of a call of the widget, which has an id of its own.
const headerTransaction = "X-Global-Transaction-Id"

// reportLimit bounds how long the widget's report of a call is waited for. It is
// made before the call, and comes by another way.
const reportLimit = time.Second

// visitorOf returns whose frame it is. A service worker's request has none: when
// it passes on a call of the widget, that has told of it before. Others, such as
// those for the script, are answered alike for all and count as the first
// visitor's.
func (g *gathering) visitorOf(frame cdp.FrameID, request *http.Request) *visitor {
	if i := slices.IndexFunc(g.visitors, func(v *visitor) bool { return v.name == g.owners.of(frame) }); i >= 0 {
		return g.visitors[i]
	}
	owner := g.visitors[0]
	if request == nil || request.Header.Get(headerTransaction) == "" {
		return owner
	}
	ctx, cancel := context.WithTimeout(g.chromium.ctx, reportLimit)
	defer cancel()
	g.await(ctx, func() bool {
		i := slices.IndexFunc(g.visitors, func(v *visitor) bool { return v.seen.widget.calls[request.Header.Get(headerTransaction)] })
		if i >= 0 {
			owner = g.visitors[i]
		}
		return i >= 0
	})
	return owner
}
