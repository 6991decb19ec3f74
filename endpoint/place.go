package endpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// place is where in an answer a text stands, as the configuration writes it:
// the kind and, after a colon, the name.
type place struct{ kind, name string }

// The kinds of places. The first two have a token; the others give values, too.
const (
	placeBody   = "body"
	placeJSON   = "json"
	placeHeader = "header"
	placeCookie = "cookie"
	placeForm   = "form" // a field of a form in HTML
	placeMeta   = "meta" // a meta element in HTML
)

// tokenInBody is where the token stands when nothing else is said.
const tokenInBody = placeBody

func parsePlace(text string) (place, error) {
	kind, name, _ := strings.Cut(text, ":")
	p := place{kind, name}
	switch {
	case kind == placeBody && name == "", kind == placeJSON && name != "",
		kind == placeHeader && isToken(name), kind == placeCookie && isToken(name),
		(kind == placeForm || kind == placeMeta) && name != "":
		return p, nil
	}
	return p, fmt.Errorf(`%q is no place in an answer: write "body", "json:<member>", "header:<name>", "cookie:<name>", "form:<field>" or "meta:<name>"`, text)
}

func (p place) String() string {
	return map[string]string{
		placeBody: "body", placeJSON: "JSON member ", placeHeader: "header ", placeCookie: "cookie ",
		placeForm: "form field ", placeMeta: "meta element ",
	}[p.kind] + p.name
}

// find returns the text that stands in the place. It is false when there is
// nothing: no such member, header, cookie or element, or an empty body.
func (p place) find(header http.Header, body []byte) (text string, ok bool) {
	switch p.kind {
	case placeHeader:
		text = header.Get(p.name)
	case placeCookie:
		text = setCookie(header, p.name)
	case placeJSON:
		return jsonMember(body, p.name)
	case placeForm, placeMeta:
		text = inHTML(body, p)
	default:
		if isJSONType(header.Get("Content-Type")) && json.Unmarshal(body, &text) == nil {
			return text, text != ""
		}
		return string(body), len(bytes.TrimSpace(body)) > 0
	}
	return text, text != ""
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
			return scriptValue(cookie)
		}
	}
	return ""
}

// scriptValue is a cookie's value as the scripts of pages take it: with percent
// sequences resolved.
func scriptValue(cookie *http.Cookie) string {
	if plain, err := url.PathUnescape(cookie.Value); err == nil {
		return plain
	}
	return cookie.Value
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

// inHTML is the value of the first field of a form, or the content of the first
// meta element, with the name.
func inHTML(body []byte, p place) string {
	tags, value := map[string]bool{"input": true, "button": true}, "value"
	if p.kind == placeMeta {
		tags, value = map[string]bool{"meta": true}, "content"
	}
	tokens := html.NewTokenizer(bytes.NewReader(body))
	tokens.SetMaxBuf(1 << 20)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := tokens.Token()
			if tags[tag.Data] && attribute(tag, "name") == p.name {
				return attribute(tag, value)
			}
		}
	}
}

func attribute(tag html.Token, name string) string {
	for _, attribute := range tag.Attr {
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
