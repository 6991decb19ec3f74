package cli

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/endpoint"
)

// withBearer looks for a bearer token in the answer to the login, and asks with it.
func (s *survey) withBearer(ctx context.Context, w way) (got surveyed) {
	last := len(w.user.Login) - 1
	begun := s.try(ctx, way{method: visitOnly, visit: w.visit, header: w.header, user: w.user})
	s.loginAnswers = append(s.loginAnswers, loginAnswer{w.user.Login[last].URL, begun.Reply})
	for _, bearer := range s.bearers(begun.Reply) {
		user := *w.user
		user.Login = slices.Clone(user.Login)
		user.Login[last].Take = merged(user.Login[last].Take, map[string]string{"access": bearer.place})
		with := w
		with.user, with.header = &user, merged(w.header, map[string]string{bearer.header: bearer.scheme + "{access}"})
		if got = s.try(ctx, with); got.token != "" {
			return got
		}
	}
	return got
}

// bearer is a value that a login may answer with, and how it may go along with requests.
type bearer struct{ place, header, scheme string }

// bearers are those of an answer: a header goes back as it came, a member of JSON with the
// scheme for which the endpoint asks, or in a header that is named alike.
func (s *survey) bearers(answer endpoint.Reply) (all []bearer) {
	for name := range answer.Header {
		if bearerHeader.MatchString(name) {
			all = append(all, bearer{"header:" + name, name, ""})
		}
	}
	slices.SortFunc(all, func(a, b bearer) int { return cmp.Compare(a.place, b.place) })
	scheme := "Bearer "
	for _, got := range s.answers {
		asked, _, _ := strings.Cut(got.Header.Get("WWW-Authenticate"), " ")
		if asked != "" && !strings.EqualFold(asked, "Basic") && !strings.EqualFold(asked, "Digest") {
			scheme = asked + " "
		}
	}
	places := bearerPlaces(answer.Body)
	for _, place := range places {
		all = append(all, bearer{place, "Authorization", scheme})
	}
	if len(places) > 0 && scheme == "Bearer " {
		all = append(all, bearer{places[0], "Authorization", "Token "}) // of Django REST framework, which often does not say so
	}
	for _, place := range places {
		name := place[strings.LastIndexAny(place, ".:")+1:]
		if header := http.CanonicalHeaderKey("X-" + strings.ReplaceAll(name, "_", "-")); bearerHeader.MatchString(header) && !strings.Contains(header, "Refresh") {
			all = append(all, bearer{place, header, ""})
		}
	}
	return all
}

// bearerHeader matches the headers in which a bearer comes and goes.
var bearerHeader = regexp.MustCompile(`^(?:Authorization|X-(?:\w+-)*(?:Token|Session|Jwt))$`)

// bearerPlaces are the members of a JSON text that may be a bearer token, those with
// the usual names first.
func bearerPlaces(body []byte) []string {
	words, found := []string{"access", "token", "jwt", "bearer"}, map[string][]string{}
	for at, text := range memberTexts(body) {
		lower := strings.ToLower(at)
		const shortest = 16
		if len(text) < shortest || strings.ContainsAny(text, " \n") || strings.Contains(lower, "refresh") {
			continue
		}
		if i := slices.IndexFunc(words, func(word string) bool { return strings.Contains(lower, word) }); i >= 0 {
			found[words[i]] = append(found[words[i]], "json:"+at)
		}
	}
	var places []string
	for _, word := range words {
		slices.Sort(found[word])
		places = append(places, found[word]...)
	}
	const most = 3
	return places[:min(len(places), most)]
}
