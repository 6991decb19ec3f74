package browser

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/internal/panics"
)

// intercept makes the browser ask us before it sends what may be the
// assistant's. On the browser's own session this holds for all tabs, frames of
// other sites and service workers too.
func (g *gathering) intercept() error {
	if err := chromedp.ListenBrowser(g.chromium.ctx, func(event any) {
		defer panics.Tell()
		if paused, ok := event.(*fetch.EventRequestPaused); ok {
			go func() {
				defer panics.Tell()
				g.settle(paused)
			}()
		}
	}); err != nil {
		return err
	}
	var patterns []*fetch.RequestPattern
	for _, pattern := range g.patterns() {
		patterns = append(patterns, &fetch.RequestPattern{URLPattern: pattern})
	}
	_, err := chromedp.CallBrowser(g.chromium.ctx, fetch.Enable, fetch.EnableParams{Patterns: patterns})
	return err
}

// patterns are the addresses that are looked at: those of the assistant, those
// that get headers, and all where they are counted or where the browser was not started
// with a fence.
func (g *gathering) patterns() []string {
	if g.config.Remote != "" || g.config.Admit != nil {
		return []string{"*"}
	}
	return append(chatPatterns(), g.config.headerPatterns()...)
}

// settle answers an intercepted request, or lets it go on. Errors mean that the
// tab is gone or the request was given up, so there is nobody to tell.
func (g *gathering) settle(paused *fetch.EventRequestPaused) {
	ctx := g.chromium.ctx
	request, err := httpRequest(ctx, paused.Request)
	visitor := g.visitorOf(paused.FrameID, request)
	g.note(func() { visitor.seen.meetScriptLocked(paused.Request.URL) })
	if err != nil || !g.contract.page().IsForAssistant(paused.Request.URL, request.Header) {
		g.letGo(paused)
		return
	}
	answer := visitor.assistant.ask(request)
	_, _ = chromedp.CallBrowser(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID:       paused.RequestID,
		ResponseCode:    int64(answer.status),
		ResponseHeaders: answer.entries(),
		Body:            answer.body.Bytes(),
	})
}

// letGo lets a request go on its way, with the configured headers, or ends it
// where only we can hold it back.
func (g *gathering) letGo(paused *fetch.EventRequestPaused) {
	ctx := g.chromium.ctx
	if reason := g.heldBack(paused.Request.URL); reason != "" {
		_, _ = chromedp.CallBrowser(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: paused.RequestID, ErrorReason: reason})
		return
	}
	_, _ = chromedp.CallBrowser(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{
		RequestID: paused.RequestID, Headers: g.config.withHeaders(paused.Request),
	})
}

// heldBack is the error with which a request ends that may not go on its way, or "".
func (g *gathering) heldBack(address string) network.ErrorReason {
	switch {
	case g.config.Remote != "" && !g.config.mayAsk(address):
		return network.ErrorReasonNameNotResolved
	case g.config.Admit != nil && strings.HasPrefix(address, "http") && g.config.Admit() != nil:
		return network.ErrorReasonBlockedByClient
	}
	return ""
}

// httpRequest makes the request that a server would see.
func httpRequest(ctx context.Context, paused *network.Request) (*http.Request, error) {
	var body bytes.Buffer
	for _, entry := range paused.PostDataEntries {
		body.Write(entry.Bytes)
	}
	request, err := http.NewRequestWithContext(ctx, paused.Method, paused.URL, &body)
	if err != nil {
		return nil, err
	}
	for name, value := range paused.Headers {
		if text, ok := value.(string); ok {
			request.Header.Set(name, text)
		}
	}
	return request, nil
}

// answer is a response in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) entries() []*fetch.HeaderEntry {
	var entries []*fetch.HeaderEntry
	for name, values := range a.header {
		for _, value := range values {
			entries = append(entries, &fetch.HeaderEntry{Name: name, Value: value})
		}
	}
	return entries
}

// serve gives the request to the handler.
func serve(handler http.Handler, request *http.Request) *answer {
	a := &answer{header: http.Header{}}
	handler.ServeHTTP(a, request)
	a.WriteHeader(http.StatusOK)
	return a
}
