package endpoint

import (
	"bytes"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// tokenPlace is where a relying call takes the token.
const tokenPlace = "{token}"

// fields are the strings that the call sends, by name: those of the form, and
// those of the JSON text at any depth.
func (call *Call) fields() map[string]string {
	fields := maps.Clone(call.Form)
	if fields == nil {
		fields = map[string]string{}
	}
	var value any
	if json.Unmarshal([]byte(call.JSON), &value) == nil {
		eachString(value, "", func(path, text string) { fields[path] = text })
	}
	return fields
}

// formBody is the form as a browser sends it.
func (call *Call) formBody() string {
	values := url.Values{}
	for name, value := range call.Form {
		values.Set(name, value)
	}
	return values.Encode()
}

// body is what the call sends, and its media type.
func (call *Call) body() (text, contentType string) {
	switch {
	case call.JSON != "":
		return call.JSON, "application/json"
	case len(call.Form) > 0:
		return call.formBody(), "application/x-www-form-urlencoded"
	}
	return "", ""
}

// asQuery returns the call's address with its fields in the query.
func (call *Call) asQuery(address *url.URL) *url.URL {
	query := address.Query()
	for name, value := range call.fields() {
		query.Set(name, value)
	}
	changed := *address
	changed.RawQuery = query.Encode()
	return &changed
}

// eachString calls visit with every string and number inside a decoded JSON
// value and its path, member names joined by dots.
func eachString(value any, path string, visit func(path, text string)) {
	switch v := value.(type) {
	case string:
		visit(path, v)
	case float64:
		visit(path, strconv.FormatFloat(v, 'f', -1, 64))
	case json.Number:
		visit(path, v.String())
	case []any:
		for _, element := range v {
			eachString(element, path, visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner := name
			if path != "" && len(path) < maxValue { // hostile depths must not cost the square of their depth
				inner = path + "." + name
			}
			eachString(v[name], inner, visit)
		}
	}
}

// written returns the ways in which value stands in requests and answers: as it
// is, escaped for a URL, for a JSON string, or for markup.
func written(value string) []string {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a string can always be encoded
	escaped, _ := json.Marshal(value)
	forms := []string{value}
	for _, form := range []string{
		url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		unquote(plain.String()), unquote(string(escaped)),
	} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// unquote takes the quotes off a JSON string.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	return text[1 : len(text)-1]
}

// hasPlace says whether the call names a place for the token.
func (call *Call) hasPlace() bool {
	if strings.Contains(call.URL+call.JSON, tokenPlace) {
		return true
	}
	for _, values := range call.Header {
		if strings.Contains(strings.Join(values, " "), tokenPlace) {
			return true
		}
	}
	for _, value := range call.Form {
		if strings.Contains(value, tokenPlace) {
			return true
		}
	}
	return false
}

// with returns the call with the token put into its places.
func (call *Call) with(token string) *Call {
	filled := *call
	filled.URL = strings.ReplaceAll(call.URL, tokenPlace, url.QueryEscape(token))
	filled.JSON = strings.ReplaceAll(call.JSON, tokenPlace, token)
	filled.Header = call.Header.Clone()
	for _, values := range filled.Header {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], tokenPlace, token)
		}
	}
	filled.Form = maps.Clone(call.Form)
	for name, value := range filled.Form {
		filled.Form[name] = strings.ReplaceAll(value, tokenPlace, token)
	}
	return &filled
}
