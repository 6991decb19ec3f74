package endpoint

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Values fill the places in one visitor's requests, by name: "visitor" is an id of the
// visitor's own, and the others come from its user and from answers.
type Values map[string]string

// visitorValue is the name of the value that every visitor has.
const visitorValue = "visitor"

// NewValues returns the values of a new visitor, who is the user unless that is nil.
func NewValues(user *User) Values {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	values := Values{visitorValue: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])}
	if user != nil {
		maps.Copy(values, user.Values)
	}
	return values
}

// sample stands for the values of a visitor where an address is only checked.
var sample = Values{visitorValue: "visitor"}

// valuePlace matches a place for a value. It does not match the braces of JSON and GraphQL.
var valuePlace = regexp.MustCompile(`\{[A-Za-z_][\w-]*\}`)

// isName says whether name can stand in a place.
func isName(name string) bool { return valuePlace.MatchString("{" + name + "}") }

// replace fills the places in text whose values are known.
func (v Values) replace(text string, escape func(string) string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return valuePlace.ReplaceAllStringFunc(text, func(place string) string {
		value, known := v[place[1:len(place)-1]]
		if !known {
			return place
		}
		return escape(value)
	})
}

func (v Values) plain(text string) string {
	return v.replace(text, func(value string) string { return value })
}

// inAddress fills a URL. Values are escaped so that they are right in a path and in a query.
// A value at the beginning is a whole address from an answer, and is not escaped.
func (v Values) inAddress(text string) string {
	if begins := valuePlace.FindString(text); begins != "" && strings.HasPrefix(text, begins) {
		return v.plain(begins) + v.replace(text[len(begins):], escapeAnywhere)
	}
	return v.replace(text, escapeAnywhere)
}

func escapeAnywhere(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

func (v Values) inJSON(text string) string {
	return v.replace(text, func(value string) string { return unquote(quoteJSON(value)) })
}

// inBody fills a body, and escapes the values as its format needs it.
func (v Values) inBody(text string) string {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		return v.inJSON(text)
	case isForm(trimmed):
		return v.replace(text, url.QueryEscape)
	}
	return v.plain(text)
}

// isForm says whether a body is that of a form: name=value pairs and nothing else.
func isForm(body string) bool {
	if body == "" || strings.ContainsAny(body, " \n<") {
		return false
	}
	for pair := range strings.SplitSeq(body, "&") {
		if !strings.Contains(pair, "=") {
			return false
		}
	}
	return true
}

func (v Values) inHeader(header http.Header) http.Header {
	filled := header.Clone()
	for _, lines := range filled {
		for i := range lines {
			lines[i] = v.plain(lines[i])
		}
	}
	return filled
}

func quoteJSON(value string) string {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a string can always be encoded
	return plain.String()
}

// unquote takes the quotes off a JSON string.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	return text[1 : len(text)-1]
}

// written returns the spellings of value in requests and answers: as it is, and escaped
// for URLs, JSON and HTML.
func written(value string) []string {
	escaped, _ := json.Marshal(value)
	forms := []string{value}
	for _, form := range []string{
		url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		unquote(quoteJSON(value)), unquote(string(escaped)),
	} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}
