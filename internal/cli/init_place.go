package cli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/webchatspec/webchatspec/endpoint"
)

// placeOf is where the answer has the token, as --token-in takes it: the first place of
// those that may be meant at which it is found; "" is the whole body.
func (s *survey) placeOf(answer endpoint.Reply, found pasted) string {
	places := append([]string{found.place}, placesInPage(answer.Body, found.token)...)
	if found.place == "header:Authorization" { // with the name of its scheme
		places = append(places, found.place+" | match:^Bearer (.+)$")
	}
	for _, place := range places {
		config := s.base
		config.TokenIn = place
		client, err := endpoint.New(config)
		if err != nil {
			continue // a name that cannot be written so
		}
		if text, there := client.TokenFrom(answer.Header, answer.Body); there && strings.TrimSpace(text) == found.token {
			return place
		}
	}
	return found.place
}

// placesInPage are where a page or a script has the token: an element that is named,
// JSON in a script element, or what stands before it.
func placesInPage(body []byte, token string) []string {
	var places []string
	eachElement(body, func(n *html.Node) {
		for _, a := range n.Attr {
			if strings.TrimSpace(a.Val) == token {
				places = append(places, placeOfAttribute(n, a.Key))
			}
			places = append(places, withinJSON(placeOfAttribute(n, a.Key), a.Val)...)
		}
		if n.Data == "script" && n.FirstChild != nil {
			places = append(places, withinJSON(selectorOf(n, "type"), n.FirstChild.Data)...)
		}
	})
	return append(places, placeByContext(string(body), token)...)
}

// withinJSON are the members that hold a token where the text at the place is JSON.
func withinJSON(place, text string) []string {
	if !strings.Contains(text, "{") {
		return nil
	}
	var places []string
	for _, path := range slices.Sorted(maps.Keys(memberTokens([]byte(text)))) {
		places = append(places, place+" | json:"+path)
	}
	return places
}

func placeOfAttribute(n *html.Node, name string) string {
	switch {
	case n.Data == "meta" && name == "content" && attribute(n, "name") != "":
		return "meta:" + attribute(n, "name")
	case n.Data == "input" && name == "value" && attribute(n, "name") != "":
		return "form:" + attribute(n, "name")
	}
	return selectorOf(n, name) + "@" + name
}

// plainName matches what needs no escape in a selector.
var plainName = regexp.MustCompile(`^[A-Za-z][\w-]*$`)

// selectorOf is the place of an element: by its id, or by that it has the attribute.
func selectorOf(n *html.Node, name string) string {
	if id := attribute(n, "id"); plainName.MatchString(id) {
		return "html:" + n.Data + "#" + id
	}
	return fmt.Sprintf("html:%s[%s]", n.Data, name)
}

// elementBefore matches the beginning of the element in which the token stands.
var elementBefore = regexp.MustCompile(`<([\w:.-]+)(?:\s[^<>]*)?>\s*$`)

// placeByContext is a pattern of what stands before the token in its statement.
func placeByContext(body, token string) []string {
	before, _, found := strings.Cut(body, token)
	if !found || strings.TrimSpace(before) == "" {
		return nil
	}
	if element := elementBefore.FindStringSubmatch(before); element != nil { // of XML, whose names may have a prefix
		return []string{`match:<` + regexp.QuoteMeta(element[1]) + `(?:\s[^>]*)?>\s*([^<\s]+)`}
	}
	before = before[strings.LastIndexAny(before, "\n<>;{,")+1:]
	var words []string
	for _, word := range strings.Fields(before) {
		words = append(words, regexp.QuoteMeta(word))
	}
	return []string{`match:` + strings.Join(words, `\s*`) + `([\w-]+\.[\w-]+\.[\w-]+)`}
}
