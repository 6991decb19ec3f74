package cli

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
)

// loginPages are where sites have the page to log in.
var loginPages = []string{"/login", "/accounts/login/", "/users/sign_in", "/api/auth/signin", "/auth/login"}

// findForm completes the wish with the form of the login where the answer had none: it
// looks where visitors who are not logged in end up, on the page, on the site's
// first one, and where frameworks have it.
func (s *survey) findForm(ctx context.Context, wish loginWish) loginWish {
	login := s.login
	if wish.forms != nil && login == "" || s.toldLogin != nil {
		return wish
	}
	pages := slices.Concat([]string{wish.page}, s.startPages(), loginPages)
	if login != "" && s.ownHost(login) {
		pages = []string{login}
	}
	var seen []string
	var nameFirst *loginWish // a page that asks for the name alone
	for len(pages) > 0 {
		page := pages[0]
		if pages = pages[1:]; page == "" || slices.Contains(seen, page) {
			continue
		}
		seen = append(seen, page)
		found, got, ok := s.formAt(ctx, wish, page)
		switch {
		case !ok && login == "" && slices.Contains(s.startPages(), page):
			pages = append(s.loginLinks(got), pages...)
		case !ok:
		case found.forms[0].asksPassword:
			return found
		case nameFirst == nil && (login != "" || loginWords.MatchString(found.page)):
			nameFirst = &found
		}
	}
	if nameFirst != nil {
		return *nameFirst
	}
	wish.page = cmp.Or(login, wish.page, "/login")
	return wish
}

// startPages are those on which a visitor may begin, from which links may lead to the login:
// those of the survey, and those above the endpoint.
func (s *survey) startPages() []string {
	pages := s.pages()
	target, err := url.Parse(s.base.URL)
	if err != nil {
		return pages
	}
	const most = 3
	for at := path.Dir(target.Path); at != "/" && at != "." && len(pages) < 2+most; at = path.Dir(at) {
		if !strings.Contains(at, "{") {
			pages = append(pages, at+"/")
		}
	}
	return pages
}

// loginLink matches what a link says with which somebody logs in.
var loginLink = regexp.MustCompile(`(?i)log[-_ ]?in\b|sign[-_ ]?in\b|anmelden|einloggen|connexion|se connecter|iniciar sesi|inloggen|accedi\b`)

// loginLinks are where the links of a page lead that say that somebody logs in there, on the
// endpoint's host.
func (s *survey) loginLinks(page surveyed) (links []string) {
	if page.err != nil || page.From == nil {
		return nil
	}
	const most = 3
	eachElement(page.Body, func(n *html.Node) {
		to, err := page.From.Parse(attribute(n, "href"))
		if n.Data != "a" || err != nil || len(links) == most || !s.ownHost(to.String()) {
			return
		}
		if said := to.Path + " " + textIn(n); (loginWords.MatchString(to.Path) || loginLink.MatchString(said)) && !logoutWords.MatchString(said) {
			to.Fragment = ""
			link := to.String()
			if to.Host == s.host() {
				link = to.RequestURI()
			}
			links = append(links, link)
		}
	})
	return links
}

// formAt looks for a form to log in on a page, also where the page leads on to it.
func (s *survey) formAt(ctx context.Context, wish loginWish, page string) (found loginWish, got surveyed, ok bool) {
	got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page}}})
	if location := got.Header.Get("Location"); got.err == nil && got.isRedirect() && (loginWords.MatchString(location) || signOnQuery.MatchString(location)) {
		if wish.follow = signOnQuery.MatchString(location); !wish.follow {
			page = location
		}
		if to, err := got.From.Parse(location); err == nil && !s.named(to.String()) {
			s.unnamed = to.Scheme + "://" + to.Host + "/"
		}
		got = s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{{URL: page, Follow: wish.follow}}})
	}
	forms := loginForms(got.Body)
	if got.err != nil || got.Status != http.StatusOK || len(forms) == 0 || forms[0].postsItself || forms[0].confirms {
		return wish, got, false
	}
	wish.page, wish.forms = page, []loginForm{forms[0].resolve(s.host(), got.From, wish.follow)}
	wish.opened = len(endpoint.SetCookies(got.Header)) > 0
	return wish, got, true
}
