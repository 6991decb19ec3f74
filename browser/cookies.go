package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/record"
)

// onSentCookies notes the cookies that the browser did not send, and keeps the
// others back.
func (t *traffic) onSentCookies(e *network.EventRequestWillBeSentExtraInfo) {
	for _, c := range e.AssociatedCookies {
		if c.Cookie != nil {
			keepBack(&t.cookies, c.Cookie.Name, c.Cookie.Value)
		}
	}
	r := t.requestOf(e.RequestID)
	if r == nil {
		return
	}
	for _, c := range e.AssociatedCookies {
		if len(c.BlockedReasons) > 0 && c.Cookie != nil {
			t.blockedCookie(r, fmt.Sprintf("%s not sent: %s", c.Cookie.Name, c.BlockedReasons[0]))
		}
	}
}

// onKeptCookies notes the cookies that the browser did not keep, and keeps all back.
func (t *traffic) onKeptCookies(e *network.EventResponseReceivedExtraInfo) {
	for name, value := range e.Headers {
		lines, _ := value.(string)
		for line := range strings.Lines(lines) {
			if cookie, err := http.ParseSetCookie(strings.TrimSpace(line)); err == nil && strings.EqualFold(name, "Set-Cookie") {
				keepBack(&t.cookies, cookie.Name, cookie.Value)
			}
		}
	}
	r := t.requestOf(e.RequestID)
	if r == nil {
		return
	}
	for _, c := range e.BlockedCookies {
		name, _, _ := strings.Cut(c.CookieLine, "=")
		if len(c.BlockedReasons) > 0 {
			t.blockedCookie(r, fmt.Sprintf("%s not kept: %s", shorten(name, 60), c.BlockedReasons[0]))
		}
	}
}

func (t *traffic) blockedCookie(r *record.PageRequest, text string) {
	if len(r.BlockedCookies) < 10 && !slices.Contains(r.BlockedCookies, text) {
		r.BlockedCookies = append(r.BlockedCookies, text)
	}
}
