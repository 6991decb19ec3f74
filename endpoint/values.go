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

// Values are what one visitor's requests are filled with, by name: "visitor", an
// id of its own, the values of its user, and what answers have given to it.
type Values map[string]string

// visitorValue is the name of the value that every visitor has.
const visitorValue = "visitor"

// NewValues returns the values of a fresh visitor who is the user; nil is nobody.
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

// sample stands for the values of some visitor where an address is only checked.
var sample = Values{visitorValue: "visitor"}

// valuePlace is where a value goes. Other braces, as in JSON and GraphQL, stay.
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

// inAddress fills a URL: escaped so that it is right in a path and in a query. A value
// at its beginning is an address that an answer has given.
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

// inBody fills a body of whatever kind it is.
func (v Values) inBody(text string) string {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		return v.inJSON(text)
	case isForm(trimmed):
		return v.replace(text, url.QueryEscape)
	}
	return v.plain(text)
}

// isForm says whether a body is one of a form: name=value pairs and nothing else.
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

// written returns the ways in which value stands in requests and answers: as it
// is, escaped for a URL, for a JSON string, or for markup.
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
