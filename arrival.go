package webchatspec

import (
	"context"
	"net/http"

	"github.com/webchatspec/webchatspec/browser"
	"github.com/webchatspec/webchatspec/endpoint"
)

// arrival is how the visitors of the page come to the site: by the same requests
// as those of the token endpoint. Where only users are served each is another one,
// unless the steps of the page log them in. It is nil where nothing comes before.
func (g *gathering) arrival(page browser.Config) func(context.Context, int) ([]browser.Cookie, error) {
	site := g.config.Endpoint
	users := site.Users
	if !page.Personal || page.LogsIn() {
		users = nil
	}
	if len(site.Visit) == 0 && len(users) == 0 {
		return nil
	}
	return func(ctx context.Context, number int) ([]browser.Cookie, error) {
		var user *endpoint.User
		var cookies []browser.Cookie
		if len(users) > 0 {
			user = &users[number%len(users)]
			for _, cookie := range user.Cookies {
				cookies = append(cookies, browser.Cookie{Name: cookie.Name, Value: cookie.Value, From: site.URL, Set: &http.Cookie{Path: "/"}})
			}
		}
		session := g.client.NewSession(user, nil)
		if _, err := session.Begin(ctx); err != nil {
			return nil, err
		}
		for _, set := range session.Cookies() {
			cookies = append(cookies, browser.Cookie{Name: set.Cookie.Name, Value: set.Cookie.Value, From: set.From.String(), Set: set.Cookie})
		}
		return cookies, nil
	}
}
