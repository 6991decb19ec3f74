package cli

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/endpoint"
)

// ownPart is what of the address or the body is one user's own: a value that the
// answer to the login gives, or the user's name.
type ownPart struct {
	value string // its name
	place string // where the last answer to the login has it, "" for the user's name
}

// ownParts are those that may be meant, by what stands in the address or body.
func ownParts(user testUser, begun endpoint.Reply) map[string]ownPart {
	parts, texts := map[string]ownPart{}, memberValues(begun.Body)
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(texts))) { // the first one stays
		if text := texts[at]; ownWords.MatchString(at[strings.LastIndex(at, ".")+1:]) {
			parts[text] = ownPart{"id", "json:" + at}
		}
	}
	for _, cookie := range endpoint.SetCookies(begun.Header) {
		if parts[cookie.Value].place == "" && cookie.Value != "" {
			parts[cookie.Value] = ownPart{"id", "cookie:" + cookie.Name}
		}
	}
	parts[user.name] = ownPart{value: "name"}
	return parts
}

// ownWords match the names of members that say who somebody is.
var ownWords = regexp.MustCompile(`(?i)id$|user|customer|account|number|sub|login|name`)

// own finds what of the address and the body is the first user's own, when the second
// one gets no token with it, and puts its place there.
func (s *survey) own(ctx context.Context, w way, steps func(testUser) []endpoint.Request, users []testUser) (part ownPart) {
	if len(users) < 2 {
		return part
	}
	second := w
	second.user = &endpoint.User{Name: users[1].name, Login: steps(users[1]), Header: w.user.Header}
	for i := range min(len(second.user.Login), len(w.user.Login)) {
		second.user.Login[i].Take = w.user.Login[i].Take
	}
	if got := s.try(ctx, second); got.token != "" || got.err != nil {
		return part
	}
	begun := s.try(ctx, way{method: visitOnly, visit: w.visit, header: w.header, user: w.user})
	before := s.base
	parts := ownParts(users[0], begun.Reply)
	for _, text := range slices.Sorted(maps.Keys(parts)) {
		part = parts[text]
		s.base.URL, s.base.Body = placed(before.URL, text, part.value), placed(before.Body, text, part.value)
		if s.base.URL == before.URL && s.base.Body == before.Body {
			continue
		}
		part.give(second.user, users[1])
		if got := s.try(ctx, second); got.token != "" {
			return part
		}
	}
	s.base = before
	return ownPart{}
}

// give has the login of the user give the value.
func (p ownPart) give(to *endpoint.User, user testUser) {
	if p.place == "" {
		to.Values = map[string]string{p.value: user.name}
		return
	}
	last := 0 // that sends something
	for i, step := range to.Login {
		if len(step.Form) > 0 || step.JSON != "" {
			last = i
		}
	}
	to.Login[last].Take = merged(to.Login[last].Take, map[string]string{p.value: p.place})
}

// placed has {value} in the place of the text, where that is a whole segment of a path,
// a parameter or a string.
func placed(in, text, value string) string {
	for _, form := range []string{text, url.PathEscape(text), url.QueryEscape(text)} {
		whole := regexp.MustCompile(`([/=":]\s*)` + regexp.QuoteMeta(form) + `(["/?&#,}\s]|$)`)
		in = whole.ReplaceAllString(in, "${1}{"+value+"}${2}")
	}
	return in
}
