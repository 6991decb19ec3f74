package browser

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Cookie is one that every visitor brings along.
type Cookie struct{ Name, Value string }

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

// bring gives the tab's visitor the configured cookies.
func (t *tab) bring(cookies []Cookie, page string) error {
	for _, c := range cookies {
		ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: page})
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
