package browser

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// maxExposures bounds the exposures that are noted.
const maxExposures = 200

// expose notes what looks like a token in text, under its fingerprint until it
// is known whether it is one of the page's.
func (v *visitor) expose(kind, where, text string) {
	for _, token := range record.FindTokens(text) {
		if len(v.page.Exposures) >= maxExposures {
			v.drop("exposures")
			return
		}
		v.page.Exposures = append(v.page.Exposures, record.Exposure{
			Visit: v.visitID(), Visitor: v.name, Step: v.step, Kind: kind, Where: shorten(where, 300),
			Token: record.Fingerprint(record.Bare(token)),
		})
	}
}

// streamed notes tokens that came by a web socket or an event stream.
func (v *visitor) streamed(text string) {
	if len(v.page.Requests) == 0 {
		return
	}
	for i := len(v.page.Requests) - 1; i >= 0; i-- {
		if r := &v.page.Requests[i]; r.Visitor == v.name {
			v.seen(r, shorten(text, maxBody))
			return
		}
	}
}

func (v *visitor) onStored(storage *domstorage.StorageID, key, value string) {
	kind := record.ExposedSession
	if storage != nil && storage.IsLocalStorage {
		kind = record.ExposedLocal
	}
	v.expose(kind, key, value)
}

// onConsole looks for tokens in what the page writes to its console. What the
// widget itself writes is not the page's fault.
func (v *visitor) onConsole(e *runtime.EventConsoleAPICalled) {
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 && isWidgetScript(e.StackTrace.CallFrames[0].URL) {
		return
	}
	method := "console." + string(e.Type)
	for _, argument := range e.Args {
		v.expose(record.ExposedConsole, method, string(argument.Value))
		v.expose(record.ExposedConsole, method, argument.Description)
		if argument.ObjectID != "" && v.consoleReads < maxConsoleReads {
			v.consoleReads++
			id := argument.ObjectID
			v.reading.Go(func() { v.readLogged(method, id) })
		}
	}
}

// maxConsoleReads bounds how many logged objects are looked into.
const maxConsoleReads = 100

// readLogged looks into an object in the console, of which the event has only
// the beginning.
func (v *visitor) readLogged(method string, id runtime.RemoteObjectID) {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: `function () { try { return JSON.stringify(this).slice(0, 100000) } catch { return '' } }`,
		ObjectID:            id, ReturnByValue: new(true), Silent: new(true),
	})
	if err != nil || result.Result == nil {
		return
	}
	v.note(func() { v.expose(record.ExposedConsole, method, string(result.Result.Value)) })
}

// onException notes an uncaught exception of the page.
func (v *visitor) onException(details *runtime.ExceptionDetails) {
	text := details.Text
	if details.Exception != nil && details.Exception.Description != "" {
		text = details.Exception.Description
	}
	v.expose(record.ExposedConsole, "an uncaught exception", text)
	text, _, _ = strings.Cut(mask(text), "\n")
	v.say("problem", "uncaught in the page: %s", text)
	if visit := v.theVisit(); visit != nil && len(visit.PageErrors) < 20 {
		visit.PageErrors = append(visit.PageErrors, shorten(text, 300))
	}
}

// readCookies looks for tokens in the cookies that scripts of the page can read.
func (v *visitor) readCookies() {
	ctx, cancel := context.WithTimeout(v.ctx, answerLimit)
	defer cancel()
	cookies, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		return
	}
	v.note(func() {
		for _, cookie := range cookies.Cookies {
			if !cookie.HTTPOnly {
				v.expose(record.ExposedCookie, cookie.Name, cookie.Value)
			}
		}
	})
}
