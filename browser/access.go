package browser

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Cookie is one that a visitor brings along.
type Cookie struct {
	Name, Value string
	// From is the address whose answer has set it; "" is the page's own.
	From string
	// Set has its attributes; nil for one that lasts as long as the browser does.
	Set *http.Cookie
}

// params are the cookie as the browser is told it, for the page.
func (c Cookie) params(page string) network.SetCookieParams {
	params := network.SetCookieParams{Name: c.Name, Value: c.Value, URL: cmp.Or(c.From, page)}
	if c.Set == nil {
		return params
	}
	params.Domain, params.Path, params.HTTPOnly = c.Set.Domain, c.Set.Path, &c.Set.HttpOnly
	if strings.HasPrefix(params.URL, "https:") { // else the browser would not take it, as it does from a site on this machine
		params.Secure = &c.Set.Secure
	}
	params.SameSite = map[http.SameSite]network.CookieSameSite{
		http.SameSiteStrictMode: network.CookieSameSiteStrict, http.SameSiteLaxMode: network.CookieSameSiteLax,
		http.SameSiteNoneMode: network.CookieSameSiteNone,
	}[c.Set.SameSite]
	if c.Set.MaxAge > 0 {
		params.Expires = cdp.TimeSinceEpoch(time.Now().Unix() + int64(c.Set.MaxAge))
	} else if !c.Set.Expires.IsZero() {
		params.Expires = cdp.TimeSinceEpoch(c.Set.Expires.Unix())
	}
	return params
}

// withoutUser moves a name and password out of the page's address into a header:
// a page whose own address has them cannot fetch anything by a relative address.
func (c Config) withoutUser() Config {
	u, err := url.Parse(c.Page)
	if err != nil || u.User == nil {
		return c
	}
	password, _ := u.User.Password()
	c.Header = c.Header.Clone()
	if c.Header == nil {
		c.Header = http.Header{}
	}
	c.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	u.User = nil
	c.Page = u.String()
	return c
}

// origins are those of page and endpoint, which alone get the configured headers.
func (c Config) origins() []string {
	var origins []string
	for _, part := range []string{c.Page, c.Endpoint} {
		if u, err := url.Parse(part); err == nil && u.Host != "" && !slices.Contains(origins, u.Scheme+"://"+u.Host) {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

// headerPatterns are the addresses at which the configured headers are added.
func (c Config) headerPatterns() []string {
	if len(c.Header) == 0 {
		return nil
	}
	var patterns []string
	for _, origin := range c.origins() {
		patterns = append(patterns, strings.NewReplacer("*", "\\*", "?", "\\?").Replace(origin)+"/*")
	}
	return patterns
}

// withHeaders are the headers of a request with the configured ones, or nil
// when none is added. What the page sets itself stands.
func (c Config) withHeaders(request *network.Request) []*fetch.HeaderEntry {
	u, err := url.Parse(request.URL)
	if err != nil || len(c.Header) == 0 || !slices.Contains(c.origins(), u.Scheme+"://"+u.Host) {
		return nil
	}
	var entries []*fetch.HeaderEntry
	for name, value := range request.Headers {
		if text, ok := value.(string); ok {
			entries = append(entries, &fetch.HeaderEntry{Name: name, Value: text})
		}
	}
	for name := range c.Header {
		if headerText(request.Headers, name) == "" {
			entries = append(entries, &fetch.HeaderEntry{Name: name, Value: c.Header.Get(name)})
		}
	}
	return entries
}

// bring gives the tab's visitor cookies.
func (t *tab) bring(cookies []Cookie, page string) error {
	for _, c := range cookies {
		ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
		_, err := chromedp.Call(ctx, network.SetCookie, c.params(page))
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
