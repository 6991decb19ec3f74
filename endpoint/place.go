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

// place is where in an answer a text stands, as the configuration writes it: parts
// with " | " between them, of which each reads what the one before it has found.
type place []part

// part is one step on the way to a text: the kind and, after a colon, the name.
type part struct {
	kind, name string
	selector   cascadia.Matcher // of an element of HTML
	attribute  string           // of that element; "" for its text
	pattern    *regexp.Regexp   // of which the first group is read, or the whole match
}

// The kinds of parts. All but the first two read a text.
const (
	placeHeader = "header"
	placeCookie = "cookie"
	placeBody   = "body"
	placeJSON   = "json"
	placeForm   = "form"  // a field of a form in HTML
	placeMeta   = "meta"  // a meta element in HTML
	placeHTML   = "html"  // any element in HTML, by a selector of CSS
	placeMatch  = "match" // what a regular expression matches
	placeQuery  = "query" // a parameter of an address, by itself of the one in Location
)

// tokenInBody is where the token stands when nothing else is said.
const tokenInBody = placeBody

// nextPart is what begins a further part of a place: the name of a part may have the
// sign in it.
var nextPart = regexp.MustCompile(` \| (?:json|form|meta|html|match|query):`)

func parsePlace(text string) (place, error) {
	var p place
	for {
		end := nextPart.FindStringIndex(text)
		if end == nil {
			last, err := parsePart(text)
			return append(p, last), err
		}
		first, err := parsePart(text[:end[0]])
		if err != nil {
			return nil, err
		}
		p, text = append(p, first), text[end[0]+len(" | "):]
	}
}

func parsePart(text string) (part, error) {
	kind, name, _ := strings.Cut(text, ":")
	p := part{kind: kind, name: name}
	var err error
	switch {
	case kind == placeBody && name == "", (kind == placeJSON || kind == placeQuery) && name != "",
		(kind == placeHeader || kind == placeCookie) && httpguts.ValidHeaderFieldName(name):
	case kind == placeForm && name != "":
		p.selector, err = cascadia.ParseGroup(fmt.Sprintf("input[name=%[1]s], button[name=%[1]s]", cssString(name)))
		p.attribute = "value"
	case kind == placeMeta && name != "":
		p.selector, err = cascadia.ParseGroup("meta[name=" + cssString(name) + "]")
		p.attribute = "content"
	case kind == placeHTML && name != "":
		if parts := elementAttribute.FindStringSubmatch(name); parts != nil {
			name, p.attribute = parts[1], parts[2]
		}
		p.selector, err = cascadia.ParseGroup(name)
	case kind == placeMatch && name != "":
		p.pattern, err = regexp.Compile(name)
	default:
		return p, fmt.Errorf("%q is no place in an answer: write %s", text, placesInWords)
	}
	if err != nil {
		return p, fmt.Errorf("%q is no place in an answer: %w", text, err)
	}
	return p, nil
}

const placesInWords = `"body", "json:<path>", "header:<name>", "cookie:<name>", "form:<field>", "meta:<name>", "html:<selector>", "html:<selector>@<attribute>", "match:<pattern>" or "query:<parameter>"; " | " between two of them looks within what the first has found`

// elementAttribute is a selector with the attribute that is wanted of its element.
var elementAttribute = regexp.MustCompile(`^(.+)@([A-Za-z][\w:.-]*)$`)

// cssString writes a text as a string of CSS (CSS Syntax §4.3.5).
func cssString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\a `).Replace(text) + `"`
}

func (p place) String() string {
	var words []string
	for _, part := range slices.Backward(p) {
		words = append(words, map[string]string{
			placeBody: "body", placeJSON: "JSON member ", placeHeader: "header ", placeCookie: "cookie ",
			placeForm: "form field ", placeMeta: "meta element ", placeHTML: "element ", placeMatch: "text that matches ", placeQuery: "parameter ",
		}[part.kind]+part.name)
	}
	return strings.Join(words, " in its ")
}

// is says whether the place is one of the answer itself, of that kind, with nothing to
// be looked for in it.
func (p place) is(kind string) bool { return len(p) == 1 && p[0].kind == kind }

// isAddress says whether an address stands in the place, which may be relative to the one
// that was asked: where a form or a link goes, or where a new thing is.
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

// inAnswer returns what the part reads of a whole answer.
func (p part) inAnswer(header http.Header, body []byte) (text string, ok bool) {
	switch p.kind {
	case placeHeader:
		text = header.Get(p.name)
	case placeCookie:
		text = setCookie(header, p.name)
	case placeQuery:
		return p.in([]byte(header.Get("Location")))
	case placeBody:
		if isJSONType(header.Get("Content-Type")) && json.Unmarshal(body, &text) == nil {
			return text, text != ""
		}
		return string(body), len(bytes.TrimSpace(body)) > 0
	default: // a browser takes off the mark of UTF-8 before a script or a page sees the text
		return p.in(bytes.TrimPrefix(body, []byte("\ufeff")))
	}
	return text, text != ""
}

// in returns what the part reads of a text.
func (p part) in(text []byte) (found string, ok bool) {
	switch p.kind {
	case placeJSON:
		return jsonMember(text, p.name)
	case placeMatch:
		if groups := p.pattern.FindSubmatch(text); groups != nil {
			found = string(groups[min(1, len(groups)-1)])
		}
	case placeQuery:
		if address, err := url.Parse(string(text)); err == nil {
			found = address.Query().Get(p.name)
			if fragment, err := url.ParseQuery(address.Fragment); found == "" && err == nil {
				found = fragment.Get(p.name)
			}
		}
	case placeForm, placeMeta, placeHTML:
		found = p.inHTML(text)
	}
	return found, found != ""
}

// inHTML is the attribute of the first element that the selector matches and that has
// it, or the text of the first one, without the blanks round it.
func (p part) inHTML(text []byte) (found string) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return ""
	}
	for _, element := range cascadia.QueryAll(root, p.selector) {
		if p.attribute != "" {
			found = attribute(element, p.attribute)
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

// TokenFrom takes the text out of an answer that stands where the token should,
// with the blanks and whatever else is round it. It is false when there is
// nothing there.
func (c *Client) TokenFrom(header http.Header, body []byte) (text string, ok bool) {
	return c.tokenIn.find(header, body)
}

// setCookie is the value of a cookie that the answer sets.
func setCookie(header http.Header, name string) string {
	for _, cookie := range SetCookies(header) {
		if cookie.Name == name && cookie.MaxAge >= 0 {
			return unescaped(cookie.Value)
		}
	}
	return ""
}

// jsonMember returns the string at path: member names joined by dots, with
// numbers for the elements of arrays ("data.0.jwt" or "data[0].jwt"). A member
// whose own name has dots in it is found as well.
func jsonMember(body []byte, path string) (string, bool) {
	path = strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(path, "$."))
	return memberAt(body, strings.TrimPrefix(path, "."))
}

func memberAt(body []byte, path string) (string, bool) {
	if value, found := element(body, path); found {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value) // not a string: noted as it is
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

// element is the member of an object, or of an array the element of that number.
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
