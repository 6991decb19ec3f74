package browser

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

const (
	// renderGrace is how long after the widget began the page may take to call
	// render, and to subscribe.
	renderGrace = 2 * time.Second
	// quietGrace is how long a loaded page without the widget must have been
	// quiet until it is taken to have none.
	quietGrace = 1500 * time.Millisecond
)

// open loads the page and waits until the widget has begun.
func (v *visitor) open() error {
	end := v.begins(record.StepLoad, "")
	ctx, cancel := v.limited()
	defer cancel()
	navigated, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: v.config.Page})
	if err == nil && navigated.ErrorText != "" {
		err = errors.New(navigated.ErrorText)
	}
	if err != nil {
		end(false, "the page cannot be loaded: "+err.Error())
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		message := fmt.Sprintf("the page %s cannot be loaded in the browser: %s%s", maskURL(v.config.Page), err, hintForHosts(navigated.ErrorText))
		return &Failure{record.Failure{Class: classOf(navigated.ErrorText), Message: message}, err}
	}
	if err := v.begin(); err != nil {
		end(false, "the action that begins the chat fails: "+err.Error())
		return nil
	}
	done, ended := v.awaitWidget()
	v.readScripts()
	end(done, ended)
	return nil
}

// begin does what the page wants of its visitors before it loads the widget.
func (v *visitor) begin() error {
	if v.config.Begin == nil {
		return nil
	}
	v.awaitFor(actionLimit, func() bool { return !v.loading.loaded.IsZero() })
	return v.act(v.config.Begin)
}

// readScripts notes the attributes of the widget's script element. With an
// integrity attribute the browser does not run what stands in for the script.
func (v *visitor) readScripts() {
	type element struct{ Src, Integrity string }
	elements, err := evaluate[[]element](v,
		`Array.from(document.scripts, ({src, integrity}) => ({src, integrity})).filter(({integrity}) => integrity).slice(0, 100)`)
	if err != nil {
		return
	}
	v.note(func() {
		visit := v.theVisit()
		for _, e := range elements {
			for i := range visit.Scripts {
				if isWidgetScript(e.Src) && visit.Scripts[i].URL == maskURL(e.Src) {
					visit.Scripts[i].Integrity = shorten(e.Integrity, 200)
				}
			}
		}
	})
}

// errorUnresolved is how the browser says that a host does not resolve: it does
// not exist, or it is not allowed.
const errorUnresolved = "net::ERR_NAME_NOT_RESOLVED"

func hintForHosts(netError string) string {
	if netError != errorUnresolved {
		return ""
	}
	return " (if it leads to another host, allow that with --allow-host)"
}

// classOf is the class of failure for an error of Chromium's network stack.
func classOf(netError string) string {
	switch netError {
	case "net::ERR_CONNECTION_REFUSED":
		return record.FailureRefused
	case errorUnresolved:
		return record.FailureDNS
	case "net::ERR_CONNECTION_TIMED_OUT", "net::ERR_TIMED_OUT", "":
		return record.FailureTimeout
	case "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_CLOSED":
		return record.FailureClosed
	}
	if len(netError) > 13 && netError[:13] == "net::ERR_CERT" {
		return record.FailureTLS
	}
	return record.FailureUnreachable
}

// awaitWidget waits until the page has rendered the widget, or is known not to.
func (v *visitor) awaitWidget() (done bool, ended string) {
	limit := min(v.config.Timeout, 15*time.Second)
	deadline := time.Now().Add(limit)
	var created time.Time
	for time.Now().Before(deadline) && v.ctx.Err() == nil {
		state := v.widgetState()
		switch {
		case state.gone:
			return false, "the tab is gone"
		case state.rendered && state.subscribed:
			return true, ""
		case state.failed != "":
			return false, state.failed
		case state.created && created.IsZero():
			created = time.Now()
		case state.created && time.Since(created) > renderGrace:
			return true, "" // without render, or without a subscription: that is for the checks
		case !state.created && state.quiet > quietGrace:
			return false, "the page is loaded, and no widget has begun"
		}
		v.awaitFor(100*time.Millisecond, func() bool { return false })
	}
	if created.IsZero() {
		return false, fmt.Sprintf("no widget has begun within %s", limit)
	}
	return true, ""
}

// widgetState is how far the widget has come in the visit under way.
type widgetState struct {
	created, rendered, subscribed, gone bool
	failed                              string
	quiet                               time.Duration // since the page was loaded and had no request under way
}

func (v *visitor) widgetState() widgetState {
	v.mu.Lock()
	defer v.mu.Unlock()
	state := widgetState{gone: v.gone}
	visit := v.theVisit()
	if visit == nil {
		return state
	}
	if w := visit.Widget; w != nil {
		state.created, state.rendered = w.Created, w.Rendered
		for _, event := range w.Subscribed {
			state.subscribed = state.subscribed || event == eventExpired || event == "*"
		}
		for _, e := range w.Errors {
			if e.Type == "INITIAL_CONFIG" {
				state.failed = "the widget cannot begin: " + e.Message
			}
		}
	}
	if v.loading.loaded.IsZero() || len(v.inFlight) > 0 {
		return state
	}
	state.quiet = time.Since(v.loading.loaded)
	return state
}

// arrive notes a new load of the page; call with the evidence locked.
func (v *visitor) arrive(address string) {
	if address == "about:blank" || len(v.page.Visits) >= 50 {
		return
	}
	v.expose(record.ExposedLocation, maskURL(address), address)
	v.page.Visits = append(v.page.Visits, record.Visit{
		ID: "visit-" + strconv.Itoa(len(v.page.Visits)+1), Visitor: v.name, Step: v.step, At: v.since(), URL: maskURL(address),
	})
	v.loading = loading{visit: len(v.page.Visits) - 1, begun: true}
}
