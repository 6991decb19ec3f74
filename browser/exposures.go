package browser

import (
	"context"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/domstorage"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/profiles"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// maxExposures bounds the exposures that are noted, and maxLookedInto the text in
// which tokens are looked for, in bytes: what comes in faster than it is looked
// into piles up.
const (
	maxExposures  = 200
	maxLookedInto = 256 << 10
)

// beginning is as much of a text as is looked into.
func beginning(text string) string { return text[:min(len(text), maxLookedInto)] }

// exposures notes tokens where they do not belong: in addresses, storage,
// cookies and the console.
type exposures struct {
	*scene
	tab          *tab
	consoleReads int
}

// exposeLocked notes what looks like a token in text, under its fingerprint
// until it is known whether it is one of the page's.
func (x *exposures) exposeLocked(kind, where, text string) {
	for _, token := range secrets.Tokens(beginning(text)) {
		if len(x.page.Exposures) >= maxExposures {
			x.dropLocked("exposures")
			return
		}
		x.page.Exposures = append(x.page.Exposures, record.Exposure{
			Visit: x.visitIDLocked(), Visitor: x.visitor, Step: x.step, Kind: kind, Where: shorten(where, 300),
			Token: secrets.Fingerprint(record.Bare(token)),
		})
	}
}

func (x *exposures) onStored(storage *domstorage.StorageID, key, value string) {
	kind := record.ExposedSession
	if storage != nil && storage.IsLocalStorage {
		kind = record.ExposedLocal
	}
	x.exposeLocked(kind, key, value)
}

// onConsole looks for tokens in what the page writes to its console. What the
// widget itself writes is not the page's fault.
func (x *exposures) onConsole(e *runtime.EventConsoleAPICalled) {
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 && profiles.IsScript(e.StackTrace.CallFrames[0].URL) {
		return
	}
	method := "console." + string(e.Type)
	for _, argument := range e.Args {
		x.exposeLocked(record.ExposedConsole, method, string(argument.Value))
		x.exposeLocked(record.ExposedConsole, method, argument.Description)
		if argument.ObjectID != "" && x.consoleReads < maxConsoleReads {
			x.consoleReads++
			id := argument.ObjectID
			x.tab.background(x.tab.ctx, func(ctx context.Context) { x.readLogged(ctx, method, id) })
		}
	}
}

// maxConsoleReads bounds how many logged objects are looked into.
const maxConsoleReads = 100

// readLogged looks into an object in the console, of which the event has only
// the beginning.
func (x *exposures) readLogged(ctx context.Context, method string, id runtime.RemoteObjectID) {
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: `function () { try { return JSON.stringify(this).slice(0, 100000) } catch { return '' } }`,
		ObjectID:            id, ReturnByValue: new(true), Silent: new(true),
	})
	if err != nil || result.Result == nil {
		return
	}
	x.note(func() { x.exposeLocked(record.ExposedConsole, method, string(result.Result.Value)) })
}

// onException notes an uncaught exception of the page.
func (x *exposures) onException(details *runtime.ExceptionDetails) {
	text := details.Text
	if details.Exception != nil && details.Exception.Description != "" {
		text = details.Exception.Description
	}
	text = beginning(text)
	x.exposeLocked(record.ExposedConsole, "an uncaught exception", text)
	told := mask(text)
	if place := ownPlace(told); place != "" {
		first, _, _ := strings.Cut(told, "\n")
		told = first + " (" + place + ")"
	}
	told, _, _ = strings.Cut(told, "\n")
	x.problemLocked(record.ActorPage, "uncaught in the page: %s", told)
	if visit := x.visitLocked(); visit != nil && len(visit.PageErrors) < 20 {
		visit.PageErrors = append(visit.PageErrors, shorten(told, 300))
	}
}

// readCookies looks for tokens in the cookies that scripts of the page can read.
func (x *exposures) readCookies() {
	cookies := x.tab.cookies()
	x.note(func() {
		for _, cookie := range cookies {
			if !cookie.HTTPOnly {
				x.exposeLocked(record.ExposedCookie, cookie.Name, cookie.Value)
			}
		}
	})
}

// stackPlace finds the place in a line of a stack.
var stackPlace = regexp.MustCompile(`(?m)^\s*at\s+(?:async\s+)?(?:([^\s(]+(?:\s[^\s(]+)*)\s+\()?((?:https?|file|blob):[^\s()]+:\d+:\d+)\)?\s*$`)

// ownPlace is the first place in a stack that is not the widget's own script: the
// page's line that threw, as "function, address:line:column".
func ownPlace(stack string) string {
	for _, place := range stackPlace.FindAllStringSubmatch(stack, 20) {
		address := place[2]
		if profiles.IsScript(withoutPosition(address)) {
			continue
		}
		if place[1] != "" {
			return shorten(place[1]+", "+address, 200)
		}
		return shorten(address, 200)
	}
	return ""
}

// withoutPosition takes line and column off a place.
func withoutPosition(place string) string {
	for range 2 {
		if i := strings.LastIndexByte(place, ':'); i > 0 {
			place = place[:i]
		}
	}
	return place
}
