package cli

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
)

// valuePlace is where a value goes in what is sent.
var valuePlace = regexp.MustCompile(`\{([A-Za-z_][\w-]*)\}`)

// wantedNames are the names of the values that the request for a token has places for.
func (s *survey) wantedNames() []string {
	texts := append([]string{s.base.URL}, bodyTexts(s.base.Body)...)
	for _, lines := range s.base.Header {
		texts = append(texts, lines...)
	}
	return placesIn(texts...)
}

// namesIn are the names that a request has places for.
func namesIn(r endpoint.Request) []string {
	return placesIn(slices.Concat([]string{r.URL}, bodyTexts(r.JSON), slices.Collect(maps.Values(r.Form)), linesOf(r.Header))...)
}

// bodyTexts are the texts of a body in which places for values may be: not those of a
// GraphQL query, whose braces look alike.
func bodyTexts(body string) []string {
	texts := memberValues([]byte(body))
	if len(texts) == 0 {
		return []string{body}
	}
	maps.DeleteFunc(texts, func(at, _ string) bool { return at == "query" || strings.HasSuffix(at, ".query") })
	return slices.Collect(maps.Values(texts))
}

// placesIn are the names of the places in the texts. That of the visitor's own id is
// always filled.
func placesIn(texts ...string) []string {
	var names []string
	for _, text := range texts {
		for _, found := range valuePlace.FindAllStringSubmatchIndex(text, -1) {
			name := text[found[2]:found[3]]
			isVariable := found[0] > 0 && text[found[0]-1] == '$'
			if !isVariable && name != "visitor" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// placeOfValue is where an answer has the value of a name, "" where it has none: what is
// called so, and else what likely is meant. Exact is set for the former.
func (s *survey) placeOfValue(name string, answer endpoint.Reply) (place string, exact bool) {
	for i, places := range [][]string{s.placesCalled(name, answer), s.placesMeant(name, answer)} {
		for _, place := range places {
			if s.hasText(place, answer) {
				return place, i == 0
			}
		}
	}
	return "", false
}

// hasText says whether there is something at the place of the answer.
func (s *survey) hasText(place string, answer endpoint.Reply) bool {
	config := s.base
	config.TokenIn = place
	client, err := endpoint.New(config)
	if err != nil {
		return strings.HasPrefix(place, "query:") // which is no place for tokens
	}
	text, found := client.TokenFrom(answer.Header, answer.Body)
	return found && strings.TrimSpace(text) != ""
}

// plain is a name without what people write it differently with.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "", ":", "").Replace(name))
}

// placesCalled are the places of an answer that are called by the name.
func (s *survey) placesCalled(name string, answer endpoint.Reply) (places []string) {
	texts := memberValues(answer.Body)
	paths := slices.Sorted(maps.Keys(texts))
	for _, at := range paths {
		if plain(at[strings.LastIndex(at, ".")+1:]) == plain(name) {
			places = append(places, "json:"+at)
		}
	}
	for _, at := range paths { // {"name": "csrf_token", "value": "…"}
		around, last := at[:strings.LastIndex(at, ".")+1], at[strings.LastIndex(at, ".")+1:]
		if slices.Contains([]string{"name", "key", "type", "rel"}, last) && plain(texts[at]) == plain(name) {
			places = append(places, "json:"+around+"value", "json:"+around+"href")
		}
	}
	for _, at := range paths { // a page or a mail in a member
		if strings.Contains(texts[at], "<") {
			for _, place := range placesOnPage(name, []byte(texts[at])) {
				places = append(places, "json:"+at+" | "+place)
			}
		}
	}
	for _, cookie := range endpoint.SetCookies(answer.Header) {
		if plain(cookie.Name) == plain(name) {
			places = append(places, "cookie:"+cookie.Name)
		}
	}
	for header := range answer.Header {
		if called := plain(header); called == plain(name) || called == "x"+plain(name) {
			places = append(places, "header:"+header)
		}
	}
	places = append(places, placesOnPage(name, answer.Body)...)
	if to, err := url.Parse(answer.Header.Get("Location")); err == nil && to.Query().Has(name) {
		places = append(places, "query:"+name)
	}
	return places
}

// placesOnPage are the places of a page that are called by the name: a field, a meta
// element, the data of an element, or a name in a script.
func placesOnPage(name string, body []byte) (places []string) {
	eachElement(body, func(n *html.Node) {
		for _, a := range n.Attr {
			called := strings.TrimPrefix(a.Key, "data-")
			switch {
			case a.Key == "name" && plain(a.Val) == plain(name) && n.Data == "meta":
				places = append(places, "meta:"+a.Val)
			case a.Key == "name" && plain(a.Val) == plain(name) && (n.Data == "input" || n.Data == "button"):
				places = append(places, "form:"+a.Val)
			case called != a.Key && plain(called) == plain(name):
				places = append(places, fmt.Sprintf("html:[%[1]s]@%[1]s", a.Key))
			case a.Key == "action" && n.Data == "form" && name == "action":
				places = append(places, "html:form@action")
			case a.Key == "id" && plain(a.Val) == plain(name) && n.Data == "a":
				places = append(places, "html:#"+a.Val+"@href")
			}
		}
	})
	quoted := regexp.QuoteMeta(name)
	return append(places, `match:["']?\b`+quoted+`["']?\s*[:=]\s*["']([^"']+)["']`)
}

// forgeryNames match the names that people give to a token against forgery.
var forgeryNames = regexp.MustCompile(`(?i)csrf|xsrf|nonce|forgery|verification`)

// bearerNames match the names that people give to what a login answers with.
var bearerNames = regexp.MustCompile(`(?i)access|bearer|token|jwt|session|key`)

// placesMeant are the places of an answer that may be meant by the name.
func (s *survey) placesMeant(name string, answer endpoint.Reply) (places []string) {
	if forgeryNames.MatchString(name) {
		for _, token := range forgeryTokens(answer.Header, answer.Body) {
			places = append(places, token.place)
		}
	}
	texts := memberValues(answer.Body)
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		last := plain(at[strings.LastIndex(at, ".")+1:])
		if strings.Contains(last, plain(name)) || len(last) > 1 && strings.Contains(plain(name), last) {
			places = append(places, "json:"+at)
		}
	}
	for _, header := range slices.Sorted(maps.Keys(answer.Header)) {
		if strings.HasPrefix(header, "X-") && strings.Contains(plain(header), plain(name)) {
			places = append(places, "header:"+header)
		}
	}
	places = append(places, s.placesInLinks(name, texts, answer.Header)...)
	if bearerNames.MatchString(name) {
		if answer.Header.Get("Authorization") != "" {
			places = append(places, "header:Authorization | match:^(?:\\w+ )?(\\S+)$")
		}
		places = append(places, bearerPlaces(answer.Body)...)
	}
	if wholeValue.Match(answer.Body) && !strings.Contains(answer.Header.Get("Content-Type"), "html") {
		places = append(places, "body")
	}
	return places
}

// wholeValue matches a body that is one value.
var wholeValue = regexp.MustCompile(`^\s*"?[\w.+/=~-]{4,}"?\s*$`)

// placesInLinks are the places in links that lead to where the request has the name: of
// "/carts/{cart}/token" what stands behind "/carts/", and a parameter that is called so.
func (s *survey) placesInLinks(name string, texts map[string]string, header http.Header) (places []string) {
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		if to, err := url.Parse(texts[at]); err == nil && to.Query().Has(name) {
			places = append(places, "json:"+at+" | query:"+name)
		}
	}
	before, _, found := strings.Cut(s.base.URL, "{"+name+"}")
	before = strings.TrimSuffix(before, "/")
	if before = before[strings.LastIndex(before, "/")+1:]; !found || before == "" || strings.Contains(before, "?") {
		return places
	}
	pattern := "/" + regexp.QuoteMeta(before) + `/([^/?#]+)`
	link := regexp.MustCompile(pattern)
	for _, at := range slices.Sorted(maps.Keys(texts)) {
		if link.MatchString(texts[at]) {
			places = append(places, "json:"+at+" | match:"+pattern)
		}
	}
	if link.MatchString(header.Get("Location")) {
		places = append(places, "header:Location | match:"+pattern)
	}
	return places
}
