package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// Config says which page is driven, and how.
type Config struct {
	// Page is the address of the embed page.
	Page string
	// PublicKeys are the texts of the keys under which the assistant accepts
	// tokens. At least one must be usable.
	PublicKeys []string
	// Endpoint is the address of the token endpoint, to tell the requests to it
	// from others. Empty: those are taken for it that bring a token.
	Endpoint string
	// Chromium is the path or name of the browser; empty: see [Find].
	Chromium string
	// AllowHosts are further hosts, without ports, that the page may load from.
	// Loopback and the hosts of Page and Endpoint always may.
	AllowHosts []string
	// Resolve names the addresses of hosts that are not to be looked up.
	Resolve map[string]string
	// CA is the PEM of further certificate authorities that Page, and Endpoint,
	// may have their certificates from.
	CA []byte
	// Timeout bounds each wait for the page. Default 35 s: a little more than
	// the widget gives the page's handler.
	Timeout time.Duration
	// MaxWait is the longest remaining life of a token whose expiry is waited
	// for; longer ones are brought to expiry by moving the clocks. Default 60 s;
	// negative: never wait.
	MaxWait time.Duration
	// Begin is what a visitor must do before the page loads the widget, such as
	// to consent or to click a button of the page; nil where nothing is wanted.
	Begin *Action
	// Login and Logout are how a visitor of the page logs in and out; nil where
	// the page has none.
	Login, Logout *Action
}

// Action is something a user does on the page: a click, or an expression of
// JavaScript evaluated in it. Exactly one is given.
type Action struct {
	Click  string // a CSS selector
	Script string
}

const (
	defaultTimeout = 35 * time.Second
	defaultMaxWait = 60 * time.Second

	windowWidth, windowHeight = 900, 780
)

// complete checks the configuration and fills in the defaults.
func (c Config) complete() (Config, error) {
	page, err := url.Parse(c.Page)
	if err != nil || page.Host == "" || (page.Scheme != "http" && page.Scheme != "https") {
		return c, fmt.Errorf("page %q is not an address such as https://example.com/chat", c.Page)
	}
	for name, action := range map[string]*Action{"begin": c.Begin, "login": c.Login, "logout": c.Logout} {
		if action != nil && (action.Click == "") == (action.Script == "") {
			return c, fmt.Errorf("the page's %s action wants either a selector to click or a script, and not both", name)
		}
	}
	if c.Logout != nil && c.Login == nil {
		return c, errors.New("the page's logout action wants a login action before it")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxWait == 0 {
		c.MaxWait = defaultMaxWait
	}
	return c, nil
}

// gathering is one call of Gather.
type gathering struct {
	config   Config
	keys     []*verifier.Key
	usable   []string // texts of the keys that the assistant can use
	chromium *chromium
	started  time.Time
	progress func(string)

	visitors []*visitor

	mu      sync.Mutex
	closed  bool          // the evidence is complete and belongs to the caller
	changed chan struct{} // closed when something was noted
	page    *record.Page
	tokens  *tokenBook
	frames  map[cdp.FrameID]*visitor
	sources []source // texts of the page's documents and scripts
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
		started: time.Now(), progress: progress, changed: make(chan struct{}),
		page:   &record.Page{URL: maskURL(c.Page), Endpoint: maskURL(c.Endpoint), StartedAt: time.Now(), LogsOut: c.Logout != nil},
		frames: map[cdp.FrameID]*visitor{},
	}
	c, err := c.complete()
	if err != nil {
		return g.page, &Failure{record.Failure{Class: record.FailureBadConfig, Message: err.Error()}, err}
	}
	g.config = c
	if err := g.readKeys(); err != nil { // no mistake in the configuration: the rest of a run can do without
		return g.page, &Failure{record.Failure{Class: record.FailureOther, Message: err.Error()}, err}
	}
	path, err := find(c.Chromium)
	if err != nil {
		return g.page, &Failure{record.Failure{Class: record.FailureNoBrowser, Message: err.Error()}, err}
	}
	g.tell("starting " + path)
	options, err := c.switches(ctx)
	if err != nil {
		return g.page, &Failure{record.Failure{Class: record.FailureTLS, Message: err.Error()}, err}
	}
	if g.chromium, err = startChromium(ctx, path, options); err != nil {
		return g.page, browserFailure(ctx, err)
	}
	defer g.close()
	g.page.Browser = g.chromium.version
	err = g.visit(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.finish()
	g.closed = true
	return g.page, err
}

// close ends the browser, and then what waited for it.
func (g *gathering) close() {
	g.chromium.stop()
	for _, v := range g.visitors {
		v.quit()
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
	if g.config.Login != nil {
		journeys = append(journeys, journey{record.VisitorUser, (*visitor).logInAndOut})
	}
	for _, j := range journeys {
		if err := g.addVisitor(j.visitor); err != nil {
			return browserFailure(ctx, err)
		}
	}
	failures := make([]error, len(journeys))
	var all sync.WaitGroup
	for i, j := range journeys {
		all.Go(func() { failures[i] = j.steps(g.visitors[i]) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return &Failure{record.Failure{Class: record.FailureInterrupted, Message: "interrupted while the page was driven"}, ctx.Err()}
	}
	return failures[0] // the page is out of reach for all when it is for the first
}

// finish completes the evidence: which texts were tokens is known only now.
func (g *gathering) finish() {
	g.findMACSecrets()
	g.page.Tokens = g.tokens.list()
	for i := range g.page.Requests {
		r := &g.page.Requests[i]
		r.Tokens = g.tokens.known(r.Tokens)
		r.Issuer = r.Issuer || len(r.Tokens) > 0 && (r.Type == "Fetch" || r.Type == "XHR")
	}
	for i := range g.page.Assets {
		g.page.Assets[i].Tokens = g.tokens.known(g.page.Assets[i].Tokens)
	}
	g.page.Exposures = slices.DeleteFunc(g.page.Exposures, func(e record.Exposure) bool { return !g.tokens.knows(e.Token) })
	for i := range g.page.Exposures {
		g.page.Exposures[i].Token = g.tokens.id(g.page.Exposures[i].Token)
	}
	slices.SortStableFunc(g.page.Timeline, func(a, b record.PageEvent) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
}

// note changes the evidence and wakes those who wait for it.
func (g *gathering) note(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	change()
	close(g.changed)
	g.changed = make(chan struct{})
}

// await waits until the evidence is as wanted, and says whether it is. Holds is
// called with the evidence locked.
func (g *gathering) await(ctx context.Context, holds func() bool) bool {
	for {
		g.mu.Lock()
		ok, changed := holds(), g.changed
		g.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

func (g *gathering) tell(text string) {
	if g.progress == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.progress(text)
}

// since is the time of the timeline: seconds since the start.
func (g *gathering) since() float64 { return time.Since(g.started).Seconds() }

// visitorOf returns whose frame it is.
func (g *gathering) visitorOf(frame cdp.FrameID) *visitor {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v, known := g.frames[frame]; known {
		return v
	}
	return g.visitors[0] // a service worker's request has no frame
}
