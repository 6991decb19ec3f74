package endpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/http/httpguts"
)

// place is where a text stands in an answer: lookups, of which each reads what the one
// before it has found. In the configuration " | " stands between them.
type place []lookup

// lookup is one step on the way to a text. In the configuration it is written as its kind
// and, after a colon, its name.
type lookup struct {
	kind, name string
	selector   cascadia.Matcher // of an element of HTML
	attribute  string           // of that element; "" for its text
	pattern    *regexp.Regexp   // of which the first group is read, or the whole match
}

// The kinds of lookups. Header and cookie read an answer; all others read a text, too.
const (
	placeHeader = "header"
	placeCookie = "cookie"
	placeBody   = "body"
	placeJSON   = "json"
	placeForm   = "form"  // a field of a form in HTML
	placeMeta   = "meta"  // a meta element in HTML
	placeHTML   = "html"  // any element in HTML, by a selector of CSS
	placeMatch  = "match" // what a regular expression matches
	placeQuery  = "query" // a parameter of an address; of an answer, that in Location
)

// tokenInBody is where the token stands when nothing else is configured.
const tokenInBody = placeBody

// nextLookup matches the beginning of a further lookup. A name may have " | " in it, so the
// kind belongs to it.
var nextLookup = regexp.MustCompile(` \| (?:json|form|meta|html|match|query):`)

func parsePlace(text string) (place, error) {
	var p place
	for {
		end := nextLookup.FindStringIndex(text)
		if end == nil {
			last, err := parseLookup(text)
			return append(p, last), err
		}
		first, err := parseLookup(text[:end[0]])
		if err != nil {
			return nil, err
		}
		p, text = append(p, first), text[end[0]+len(" | "):]
	}
}

func parseLookup(text string) (lookup, error) {
	kind, name, _ := strings.Cut(text, ":")
	l := lookup{kind: kind, name: name}
	var err error
	switch {
	case kind == placeBody && name == "", (kind == placeJSON || kind == placeQuery) && name != "",
		(kind == placeHeader || kind == placeCookie) && httpguts.ValidHeaderFieldName(name):
	case kind == placeForm && name != "":
		l.selector, err = cascadia.ParseGroup(fmt.Sprintf("input[name=%[1]s], button[name=%[1]s]", cssString(name)))
		l.attribute = "value"
	case kind == placeMeta && name != "":
		l.selector, err = cascadia.ParseGroup("meta[name=" + cssString(name) + "]")
		l.attribute = "content"
	case kind == placeHTML && name != "":
		if found := elementAttribute.FindStringSubmatch(name); found != nil {
			name, l.attribute = found[1], found[2]
		}
		l.selector, err = cascadia.ParseGroup(name)
	case kind == placeMatch && name != "":
		l.pattern, err = regexp.Compile(name)
	default:
		return l, fmt.Errorf("%q is no place in an answer: write %s", text, placesInWords)
	}
	if err != nil {
		return l, fmt.Errorf("%q is no place in an answer: %w", text, err)
	}
	return l, nil
}

const placesInWords = `"body", "json:<path>", "header:<name>", "cookie:<name>", "form:<field>", "meta:<name>", "html:<selector>", "html:<selector>@<attribute>", "match:<pattern>" or "query:<parameter>"; " | " between two of them looks within what the first has found`

// elementAttribute matches a selector and the attribute of its element.
var elementAttribute = regexp.MustCompile(`^(.+)@([A-Za-z][\w:.-]*)$`)

// cssString writes a text as a string of CSS (CSS Syntax §4.3.5).
func cssString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\a `).Replace(text) + `"`
}

func (p place) String() string {
	var words []string
	for _, l := range slices.Backward(p) {
		words = append(words, map[string]string{
			placeBody: "body", placeJSON: "JSON member ", placeHeader: "header ", placeCookie: "cookie ",
			placeForm: "form field ", placeMeta: "meta element ", placeHTML: "element ", placeMatch: "text that matches ", placeQuery: "parameter ",
		}[l.kind]+l.name)
	}
	return strings.Join(words, " in its ")
}

// is says whether the place is a single lookup of that kind.
func (p place) is(kind string) bool { return len(p) == 1 && p[0].kind == kind }

// isAddress says whether the text in the place is an address, which may be relative to the
// one that was asked: that of a form, of a link or in Location.
func (p place) isAddress() bool {
	last := p[len(p)-1]
	return last.kind == placeHTML && (last.attribute == "action" || last.attribute == "href") || p.is(placeHeader) && strings.EqualFold(last.name, "Location")
}

// find returns the text that stands in the place. It is false when there is
// nothing: no such member, header, cookie or element, or an empty body.
func (p place) find(header http.Header, body []byte) (text string, ok bool) {
	text, ok = p[0].inAnswer(header, body)
	for _, further := range p[1:] {
		if !ok {
			return "", false
		}
		text, ok = further.in([]byte(text))
	}
	return text, ok
}

// inAnswer applies the lookup to a whole answer.
func (l lookup) inAnswer(header http.Header, body []byte) (text string, ok bool) {
	switch l.kind {
	case placeHeader:
		text = header.Get(l.name)
	case placeCookie:
		text = setCookie(header, l.name)
	case placeQuery:
		return l.in([]byte(header.Get("Location")))
	case placeBody:
		if isJSONType(header.Get("Content-Type")) && json.Unmarshal(body, &text) == nil {
			return text, text != ""
		}
		return string(body), len(bytes.TrimSpace(body)) > 0
	default: // as in browsers, scripts and pages do not see a byte order mark
		return l.in(bytes.TrimPrefix(body, []byte("\ufeff")))
	}
	return text, text != ""
}

// in applies the lookup to a text.
func (l lookup) in(text []byte) (found string, ok bool) {
	switch l.kind {
	case placeJSON:
		return jsonMember(text, l.name)
	case placeMatch:
		if groups := l.pattern.FindSubmatch(text); groups != nil {
			found = string(groups[min(1, len(groups)-1)])
		}
	case placeQuery:
		if address, err := url.Parse(string(text)); err == nil {
			found = address.Query().Get(l.name)
			if fragment, err := url.ParseQuery(address.Fragment); found == "" && err == nil {
				found = fragment.Get(l.name)
			}
		}
	case placeForm, placeMeta, placeHTML:
		found = l.inHTML(text)
	}
	return found, found != ""
}

// inHTML returns the attribute or the trimmed text of the first element that the selector
// matches and in which that is not empty.
func (l lookup) inHTML(text []byte) (found string) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return ""
	}
	for _, element := range cascadia.QueryAll(root, l.selector) {
		if l.attribute != "" {
			found = attribute(element, l.attribute)
		} else {
			for inner := range element.Descendants() {
				if inner.Type == html.TextNode {
					found += inner.Data
				}
			}
			found = strings.TrimSpace(found)
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// TokenFrom returns the text that stands in the place of the token in an answer, with the
// blanks and whatever else surrounds the token. It is false when there is nothing.
func (c *Client) TokenFrom(header http.Header, body []byte) (text string, ok bool) {
	return c.tokenIn.find(header, body)
}

// setCookie returns the value of a cookie that an answer sets, "" if it does not.
func setCookie(header http.Header, name string) string {
	for _, cookie := range SetCookies(header) {
		if cookie.Name == name && cookie.MaxAge >= 0 {
			return unescaped(cookie.Value)
		}
	}
	return ""
}

// jsonMember returns the value at a path: the names of members joined by dots, with numbers
// for the elements of arrays ("data.0.jwt" or "data[0].jwt"). A member whose own name has
// dots in it is found as well.
func jsonMember(body []byte, path string) (string, bool) {
	path = strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(path, "$."))
	return memberAt(body, strings.TrimPrefix(path, "."))
}

func memberAt(body []byte, path string) (string, bool) {
	if value, found := element(body, path); found {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value) // not a string: its JSON text
		}
		return text, text != ""
	}
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return "", false
	}
	inner, found := element(body, first)
	if !found {
		return "", false
	}
	return memberAt(inner, rest)
}

// element returns the member of an object, or the element of an array with that number.
func element(body []byte, name string) (json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil {
		value, found := members[name]
		return value, found
	}
	var elements []json.RawMessage
	number, err := strconv.Atoi(name)
	if err != nil || json.Unmarshal(body, &elements) != nil || number < 0 || number >= len(elements) {
		return nil, false
	}
	return elements[number], true
}

func attribute(element *html.Node, name string) string {
	for _, attribute := range element.Attr {
		if attribute.Key == name {
			return attribute.Val
		}
	}
	return ""
}

// isJSONType says whether a Content-Type is JSON (RFC 6839 §3.1).
func isJSONType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
