package cli

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/endpoint"
)

// logoutWords match what says that somebody logs out with it.
var logoutWords = regexp.MustCompile(`(?i)log[-_ ]?(?:out|off)\b|sign[-_ ]?out\b|abmelden|ausloggen|d[eé]connexion|cerrar[-_ ]sesi|uitloggen|esci\b`)

// logout is a way in which users may log out. It is shown where a page of the site or the
// user has it, and guessed otherwise.
type logout struct {
	steps []endpoint.Request
	shown bool
}

// logOut completes the users with how they log out: as it was told, as a page shows it that
// they see, or where programming interfaces have it. The way is the one in which they ask
// for tokens. It is false where nothing was found.
func (s *survey) logOut(ctx context.Context, w way, people []testUser, users []endpoint.User) bool {
	if len(users[0].Login) == 0 {
		return false // a web server asks for the password each time
	}
	user := users[0]
	w.user = &user
	if s.toldLogout != nil {
		return s.toldLogOut(ctx, w, people, users)
	}
	for _, l := range followed(user.Login, s.logouts(ctx, w)) {
		if steps, ok := s.logsOut(ctx, w, l); ok {
			for i := range users {
				users[i].Logout = steps
			}
			return true
		}
	}
	return false
}

// followed are the logouts with their redirects followed where the login has those of a single
// sign-on: the provider must end its session, too.
func followed(login []endpoint.Request, ways []logout) []logout {
	if !slices.ContainsFunc(login, func(step endpoint.Request) bool { return step.Follow }) {
		return ways
	}
	var all []logout
	for _, l := range ways {
		follow := logout{steps: slices.Clone(l.steps), shown: l.shown}
		for i := range follow.steps {
			follow.steps[i].Follow = true
		}
		all = append(all, follow, l)
	}
	return all
}

// toldLogOut completes the users with the logout that was told, and with what their logins
// give to it. It is written even if the endpoint serves the user afterwards: that is for
// the check to say.
func (s *survey) toldLogOut(ctx context.Context, w way, people []testUser, users []endpoint.User) bool {
	steps, missing := s.complete(ctx, w, w.visit, slices.Concat(w.user.Login, requestsOf(s.toldLogout, &people[0])), nil)
	login, told := steps[:len(w.user.Login)], steps[len(w.user.Login):]
	if s.missing = missing; len(missing) > 0 {
		return false
	}
	w.user.Login = login
	if all, anew := s.takenAnew(ctx, w, steps); anew { // a logout may renew what the visit gave, too
		told = all[len(login):]
	}
	told, ok := s.logsOut(ctx, w, logout{told, true})
	if !ok {
		return false
	}
	for i := range users {
		users[i].Login = alike(users[i].Login, login)
		users[i].Logout = alike(requestsOf(s.toldLogout, &testUser{people[i].name, people[i].variable, "${" + people[i].variable + "}"}), told)
	}
	return true
}

// logsOut says whether the logout ends the session of the way's user, and returns its
// steps: with the visit once more where nothing could be asked without.
func (s *survey) logsOut(ctx context.Context, w way, l logout) (steps []endpoint.Request, ok bool) {
	before, after, err := s.leave(ctx, w, l.steps)
	if err != nil || before.token == "" {
		return nil, false
	}
	l.shown = l.shown || after.ended
	if after.token != "" {
		return l.steps, l.shown || subjectOf(after.token) != subjectOf(before.token)
	}
	if !after.isRedirect() && after.Status != http.StatusUnauthorized && after.Status != http.StatusForbidden && len(w.visit) == 0 {
		return l.steps, l.shown
	}
	again := slices.Concat(l.steps, w.visit)
	if _, after, err = s.leave(ctx, w, again); len(w.visit) == 0 || err != nil || after.token == "" {
		return l.steps, true
	}
	return again, l.shown || subjectOf(after.token) != subjectOf(before.token)
}

// leave asks as the way's user, logs out, and asks once more.
func (s *survey) leave(ctx context.Context, w way, steps []endpoint.Request) (before, after surveyed, err error) {
	user := *w.user
	user.Logout, w.user = steps, &user
	session, err := s.session(w)
	if err != nil {
		return before, after, err
	}
	if _, err = session.Begin(ctx); err != nil {
		return before, after, err
	}
	for _, answer := range []*surveyed{&before, &after} {
		if answer == &after {
			left, err := session.LogOut(ctx)
			if err != nil {
				return before, after, err
			}
			after.ended = slices.ContainsFunc(endpoint.SetCookies(left.Header), endsNow)
		}
		if answer.Reply, err = session.Ask(ctx); err != nil {
			return before, after, err
		}
		s.look(answer)
	}
	return before, after, nil
}

// endsNow says whether a browser deletes the cookie.
func endsNow(cookie *http.Cookie) bool {
	return cookie.MaxAge < 0 || !cookie.Expires.IsZero() && cookie.Expires.Before(time.Now())
}

// logouts are those that pages of the way's user show, and those at usual addresses, which
// are guessed on this machine only.
func (s *survey) logouts(ctx context.Context, w way) (all []logout) {
	pages := append(s.pages(), w.user.Login[0].URL)
	begun := s.begin(ctx, w)
	if begun.isRedirect() {
		pages = append([]string{begun.Header.Get("Location")}, pages...)
	}
	var seen []string
	for _, page := range pages {
		if slices.Contains(seen, page) || strings.Contains(page, "{") {
			continue
		}
		seen = append(seen, page)
		all = append(all, s.logoutsOn(ctx, w, page, true)...)
	}
	target, err := url.Parse(s.base.URL)
	if err != nil || !address.Book(s.base.Resolve).IsLocal(ctx, target) {
		return all
	}
	for _, page := range []string{"/api/auth/signout", "/accounts/logout/"} {
		all = append(all, s.logoutsOn(ctx, w, page, false)...)
	}
	last := w.user.Login[len(w.user.Login)-1].URL
	for _, sent := range logoutRequests(last) {
		if got := s.try(ctx, way{method: visitOnly, visit: []endpoint.Request{sent}}); got.Status == 0 || !got.takesMethod() {
			continue
		}
		sent.Header = s.filledHeader(w)
		all = append(all, logout{steps: []endpoint.Request{sent}})
	}
	return all
}

// filledHeader is what of the header goes along with requests that a login has filled: a
// bearer, a token against forgery.
func (s *survey) filledHeader(w way) (filled http.Header) {
	for name, lines := range s.base.Header {
		for _, line := range lines {
			if len(placesIn(line)) > 0 {
				filled = with(filled, name, line)
			}
		}
	}
	for name, line := range w.header {
		if len(placesIn(line)) > 0 {
			filled = with(filled, name, line)
		}
	}
	for name, lines := range w.user.Login[len(w.user.Login)-1].Header { // such as a token against forgery
		if len(placesIn(lines...)) > 0 && filled.Get(name) == "" {
			filled = with(filled, name, lines[0])
		}
	}
	return filled
}

// logoutRequests are those that programming interfaces may have beside a login at the
// address.
func logoutRequests(login string) (all []endpoint.Request) {
	at, err := url.Parse(login)
	if err != nil {
		return nil
	}
	beside := loginName.ReplaceAllStringFunc(at.Path, func(name string) string {
		return strings.NewReplacer("in", "out", "In", "Out", "IN", "OUT").Replace(name)
	})
	if path.Base(at.Path) == "session" || path.Base(at.Path) == "sessions" {
		all = append(all, endpoint.Request{Method: http.MethodDelete, URL: at.Path})
	}
	var addresses []string
	for _, to := range []string{beside, path.Join(path.Dir(at.Path), "logout"), "/logout", "/api/logout", "/auth/logout", "/api/auth/logout"} {
		if to == at.Path || slices.Contains(addresses, to) || !strings.HasPrefix(to, "/") {
			continue
		}
		addresses = append(addresses, to)
		all = append(all, endpoint.Request{Method: http.MethodPost, URL: to}, endpoint.Request{URL: to})
	}
	return all
}

// loginName matches what of an address another word stands for where one logs out.
var loginName = regexp.MustCompile(`(?i)(?:log|sign)[-_]?in\b`)

// logoutsOn are those that a page shows to the way's user: forms, and links, also to a page
// with a form.
func (s *survey) logoutsOn(ctx context.Context, w way, page string, linked bool) (all []logout) {
	got := s.pageOf(ctx, w, page)
	if got.err != nil || got.Status != http.StatusOK {
		return nil
	}
	for _, steps := range s.logoutForms(page, got) {
		all = append(all, logout{steps, true})
	}
	if !linked {
		return all
	}
	for _, link := range logoutLinks(page, got.Body) {
		if last := link[len(link)-1]; len(link) == 1 && last.Form == nil { // a browser that goes there may see a form
			all = append(all, s.logoutsOn(ctx, w, last.URL, false)...)
		}
		all = append(all, logout{link, true})
	}
	return all
}

// pageOf is a page as the way's user sees it.
func (s *survey) pageOf(ctx context.Context, w way, page string) surveyed {
	user := *w.user
	user.Login = append(slices.Clone(user.Login), endpoint.Request{URL: page, Follow: true})
	return s.try(ctx, way{method: visitOnly, visit: w.visit, header: w.header, user: &user})
}

// logoutForms are the steps of the forms of a page with which somebody logs out.
func (s *survey) logoutForms(page string, got surveyed) (all [][]endpoint.Request) {
	eachElement(got.Body, func(n *html.Node) {
		if n.Data != "form" || !isLogoutForm(n) {
			return
		}
		form := readForm(n)
		for i := range form.fields {
			if !form.fields[i].isOnce() {
				form.fields[i].is = fieldFixed
			}
		}
		request, take := form.resolve(s.host(), got.From, false).request(testUser{})
		for value, place := range take { // other forms may have a token of their own under this name
			if field, ok := strings.CutPrefix(place, "form:"); ok && plainAction.MatchString(form.action) {
				take[value] = `html:form[action="` + form.action + `"] input[name="` + field + `"]@value`
			}
		}
		if len(request.Form) == 0 {
			request.Form = nil
			if strings.EqualFold(attribute(n, "method"), "post") {
				request.Method = http.MethodPost
			}
		}
		steps := []endpoint.Request{request}
		if len(take) > 0 {
			steps = []endpoint.Request{{URL: page, Follow: true, Take: take}, request}
		}
		all = append(all, steps)
	})
	return all
}

// plainAction matches an action that can stand in a selector.
var plainAction = regexp.MustCompile(`^[\w/.-]+$`)

// isLogoutForm says whether somebody logs out with the form: its address or its button says
// so, or it deletes a session. One that asks for something is another: init must not press
// the button of a form that closes an account.
func isLogoutForm(form *html.Node) bool {
	said, deletes := attribute(form, "action")+" "+attribute(form, "id"), false
	for inner := range form.Descendants() {
		kind := strings.ToLower(attribute(inner, "type"))
		switch {
		case inner.Data == "select" || inner.Data == "textarea", inner.Data == "input" && !slices.Contains([]string{"hidden", "submit", "image", "button"}, kind):
			return false
		case inner.Data == "button", inner.Data == "input" && kind != "hidden":
			said += " " + attribute(inner, "value") + " " + textIn(inner)
		}
		deletes = deletes || attribute(inner, "name") == "_method" && strings.EqualFold(attribute(inner, "value"), "delete")
	}
	return logoutWords.MatchString(said) || deletes && strings.Contains(attribute(form, "action"), "session")
}

// logoutLinks are the steps of the links of a page with which somebody logs out. One whose
// address is another each time is taken from the page; one that deletes is sent by a script
// of Rails, as a form with the page's token.
func logoutLinks(page string, body []byte) (all [][]endpoint.Request) {
	named := map[string]string{}
	eachElement(body, func(n *html.Node) {
		if n.Data == "meta" {
			named[attribute(n, "name")] = attribute(n, "content")
		}
	})
	eachElement(body, func(n *html.Node) {
		to := attribute(n, "href")
		if n.Data != "a" || to == "" || strings.HasPrefix(to, "#") || strings.HasPrefix(to, "javascript:") || !logoutWords.MatchString(to+" "+textIn(n)) {
			return
		}
		method, word := attribute(n, "data-method")+attribute(n, "data-turbo-method"), logoutWords.FindString(to)
		opened, sent := endpoint.Request{URL: page, Follow: true}, endpoint.Request{URL: to}
		switch {
		case method != "" && !strings.EqualFold(method, http.MethodGet):
			sent.Form = map[string]string{"_method": strings.ToLower(method)}
			if named["csrf-param"] != "" {
				opened.Take = map[string]string{"csrf": "meta:csrf-token"}
				sent.Form[named["csrf-param"]] = "{csrf}"
			}
		case word != "" && strings.Contains(to, "?") && onceLink.MatchString(to):
			opened.Take, sent.URL = map[string]string{"leave": `html:a[href*="` + word + `"]@href`}, "{leave}"
		}
		if opened.Take == nil {
			all = append(all, []endpoint.Request{sent})
		} else {
			all = append(all, []endpoint.Request{opened, sent})
		}
	})
	return all
}

// onceLink matches an address with a parameter that is likely another one each time.
var onceLink = regexp.MustCompile(`(?i)[?&;][^=]*(?:nonce|csrf|token|key|hash|state)=|=[\w.~%-]{16,}(?:&|$)`)

// tellLogout tells how users log out, or that it was not found.
func (t *configurationText) tellLogout() {
	switch {
	case t.leaves:
		steps := t.users[0].Logout
		sent := max(0, slices.IndexFunc(steps, func(step endpoint.Request) bool { return len(step.Take) == 0 })) // not the pages around it
		how, at := "with a request to", steps[sent].URL
		if strings.HasPrefix(at, "{") {
			how, at = "by a link of", steps[0].URL
		}
		t.tell("%s logs out %s %s.", readable(t.users[0].Name), how, readable(at))
	case len(t.users[0].Login) > 0:
		t.comment("With the logout of each it is also seen what is left behind: logout: {url: /logout, method: POST}")
		t.tell("No logout was found: if there is one, tell its request with --logout, for example --logout 'POST /logout'.")
	}
}
