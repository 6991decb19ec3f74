package browser

import (
	"fmt"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// renderGrace is how long after the widget began the page may take to call
	// render, and to subscribe.
	renderGrace = 2 * time.Second
	// renderLimit is how long it may take where something is still under way.
	renderLimit = 10 * time.Second
	// quietGrace is how long a loaded page must have been quiet until the visitor
	// does something, or gives up.
	quietGrace = 1500 * time.Millisecond
	// pollEvery is how often the page is looked at again.
	pollEvery = 100 * time.Millisecond
)

// awaitWidget waits until the page has rendered the widget. A page may take its
// time, up to Config.Timeout, and may want its visitor to do something first, as
// visitors do; a page on which nothing more can come is given up earlier.
func (v *visitor) awaitWidget() result {
	deadline := time.Now().Add(v.config.Timeout)
	gestures := v.gestures()
	var created, since time.Time
	for time.Now().Before(deadline) && v.tab.ctx.Err() == nil {
		state := v.widgetState()
		switch {
		case state.gone:
			return notDone(record.CauseUnable, "it was closed or has crashed")
		case state.rendered && state.subscribed:
			return done
		case state.failed != "":
			return notDone(record.CauseSite, "%s", state.failed)
		case state.created && created.IsZero():
			created = time.Now()
		case state.created && time.Since(created) > renderGrace && (state.rendered || v.rendersNoMore(created)):
			return done // without render, or without a subscription: that is for the checks
		case !state.created && state.quiet > quietGrace && time.Since(since) > quietGrace:
			if len(gestures) == 0 && v.nothingComes(deadline) {
				return v.noWidget("the page is loaded, nothing more is to come, and no widget has begun")
			}
			if len(gestures) > 0 {
				since, gestures = v.tryNext(gestures)
			}
		}
		v.tab.sleep(pollEvery)
	}
	if created.IsZero() {
		return v.noWidget(fmt.Sprintf("no widget has begun within %s", v.config.Timeout))
	}
	return done
}

// rendersNoMore says whether a page whose widget has begun is past calling render:
// nothing else is under way on it, or it has had time enough.
func (v *visitor) rendersNoMore(created time.Time) bool {
	limit := time.Until(created.Add(renderLimit))
	state := v.widgetState()
	return limit <= 0 || state.quiet > quietGrace && !v.waits(limit)
}

// widgetState is how far the widget has come in the visit under way.
type widgetState struct {
	created, rendered, subscribed, gone bool
	failed                              string
	quiet                               time.Duration // since the page was loaded; 0 while it asks for something
}

func (v *visitor) widgetState() (state widgetState) {
	v.seen.look(func() {
		state.gone = v.seen.gone
		visit := v.seen.visitLocked()
		if visit == nil {
			return
		}
		if w := visit.Widget; w != nil {
			state.created, state.rendered = w.Created && !v.seen.widget.ended, v.seen.widget.rendered
			if w.Refused != "" {
				state.failed = "the chat does not begin on this page: " + w.Refused
			}
			for _, event := range w.Subscribed {
				state.subscribed = state.subscribed || event == v.seen.contract.page().Event || event == record.EveryEvent
			}
			for _, e := range w.Errors {
				if e.Type == record.ErrorConfig {
					state.failed = "the widget cannot begin: " + e.Message
				}
			}
		}
		if !v.seen.loading.loaded.IsZero() && !v.seen.traffic.busyLocked() {
			state.quiet = time.Since(v.seen.loading.loaded)
		}
	})
	return state
}

// nothingComes says whether nothing more is to come on the page. It looks twice: a
// timer may have run between the looks at requests and timers, and what it asked
// for comes a moment later.
func (v *visitor) nothingComes(deadline time.Time) bool {
	for range 2 {
		if v.waits(time.Until(deadline)) {
			return false
		}
		v.tab.sleep(3 * pollEvery)
		if state := v.widgetState(); state.created || state.quiet <= quietGrace {
			return false
		}
	}
	return true
}

// waits says whether the page may still do something by itself within the time:
// a timer runs, a request is under way, or it listens to a web socket.
func (v *visitor) waits(limit time.Duration) bool {
	listens := false
	v.seen.look(func() { listens = v.seen.traffic.sockets > 0 || len(v.seen.traffic.inFlight) > 0 })
	if listens {
		return true
	}
	for _, f := range v.tab.allFrames() {
		waits, err := evaluate[bool](v.tab, f.id, fmt.Sprintf("__webchatspecWaits(%d)", limit.Milliseconds()))
		if waits || err != nil && v.tab.ctx.Err() == nil && !strings.Contains(err.Error(), "not defined") {
			return true
		}
	}
	return false
}

// noWidget is the result of a page on which no widget has begun, with what the
// page shows instead.
func (v *visitor) noWidget(why string) result {
	survey, err := evaluate[survey](v.tab, "", surveyScript)
	if err == nil {
		v.seen.note(func() { v.noteSurveyLocked(survey) })
	}
	return notDone(record.CauseSite, "%s", why)
}

// survey is what a page without the widget shows.
type survey struct {
	Title    string   `json:"title"`
	Password bool     `json:"password"`
	Consent  string   `json:"consent"`
	Globals  []string `json:"globals"`
}

// surveyScript looks for what stands between a visitor and the chat.
var surveyScript = `(() => {
	` + buttonsScript + consentWords + `
	const consent = shown.find(agrees);
	return {
		title: document.title.slice(0, 200) + (document.title.length > 200 ? '…' : ''),
		password: Boolean(document.querySelector('input[type=password]')),
		consent: consent ? (consent.id ? '#' + consent.id : label(consent)) : '',
		globals: ['` + strings.Join(profiles.Globals(), `', '`) + `'].filter((name) => window[name] !== undefined),
	};
})()`

func (v *visitor) noteSurveyLocked(s survey) {
	visit := v.seen.visitLocked()
	if visit == nil {
		return
	}
	visit.Title, visit.WantsPassword, visit.Consent = shorten(mask(s.Title), 100), s.Password, shorten(mask(s.Consent), 100)
	if len(visit.Scripts) == 0 {
		v.seen.meetOnPageLocked(s.Globals, v.seen.page.VendorHosts)
	}
}
