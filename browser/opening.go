package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/webchatspec/webchatspec/record"
)

// open loads the page and waits until the widget has begun.
func (v *visitor) open() error {
	var failure error
	v.take(record.StepLoad, "", func() result {
		if failure = v.navigate(v.config.Page); failure != nil {
			return notDone(record.CauseUnable, "%s", failure)
		}
		if r := v.do(record.PhaseBefore, v.config.before()); !r.done {
			return r
		}
		r := v.awaitWidget()
		v.readScripts()
		return r
	})
	return failure
}

// navigate loads an address into the tab.
func (v *visitor) navigate(address string) error {
	ctx, cancel := context.WithTimeout(v.tab.ctx, v.config.Timeout)
	defer cancel()
	navigated, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	navigated.ErrorText = v.seen.fence.named(navigated.ErrorText, address)
	if err == nil && navigated.ErrorText != "" {
		err = errors.New(navigated.ErrorText)
	}
	switch {
	case err == nil:
		return nil
	case v.tab.ctx.Err() != nil:
		return v.tab.ctx.Err()
	}
	message := fmt.Sprintf("the page %s cannot be loaded in the browser: %s%s", maskURL(address), err, hintForHosts(navigated.ErrorText))
	return &Failure{record.Failure{Class: classOf(navigated.ErrorText), Message: message}, err}
}

// readScripts notes the attributes of the widget's script element. With an
// integrity attribute the browser does not run what stands in for the script.
func (v *visitor) readScripts() {
	type element struct{ Src, Integrity string }
	elements, err := evaluate[[]element](v.tab, "",
		`Array.from(document.scripts, ({src, integrity}) => ({src, integrity})).filter(({integrity}) => integrity).slice(0, 100)`)
	if err != nil {
		return
	}
	v.seen.note(func() {
		visit := v.seen.visitLocked()
		if visit == nil {
			return
		}
		for _, e := range elements {
			for i := range visit.Scripts {
				if v.seen.contract.page().IsScript(e.Src) && visit.Scripts[i].URL == maskURL(e.Src) {
					visit.Scripts[i].Integrity = shorten(e.Integrity, 200)
				}
			}
		}
	})
}

func hintForHosts(netError string) string {
	if netError != record.Unresolved {
		return ""
	}
	return " (if it leads to another host, allow that with --allow-host)"
}

// classOf is the class of failure for an error of Chromium's network stack.
func classOf(netError string) string {
	switch netError {
	case "net::ERR_CONNECTION_REFUSED":
		return record.FailureRefused
	case record.Unresolved:
		return record.FailureDNS
	case "net::ERR_CONNECTION_TIMED_OUT", "net::ERR_TIMED_OUT", "":
		return record.FailureTimeout
	case "net::ERR_EMPTY_RESPONSE", "net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_CLOSED":
		return record.FailureClosed
	}
	if strings.HasPrefix(netError, "net::ERR_CERT") || strings.HasPrefix(netError, "net::ERR_SSL") {
		return record.FailureTLS
	}
	return record.FailureUnreachable
}
