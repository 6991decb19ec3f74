package endpoint

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

const (
	// usualExcerpt is how much of a body is noted.
	usualExcerpt = 400
	// maxValue is how much of a header's value is noted, maxFields how many headers.
	maxValue  = 400
	maxFields = 60
)

// excerpt is the beginning of the body. A token is cut to its header and
// payload first, so that nothing of a signature is left at the edge.
func (e *examiner) excerpt(a *ask, result *answer, mask func(string) string) string {
	limit := cmp.Or(a.excerpt, usualExcerpt)
	text := string(result.body[:min(len(result.body), 64<<10)])
	if result.text != "" {
		text = strings.ReplaceAll(text, result.text, secrets.CutToken(result.text))
	}
	return shorten(mask(strings.ToValidUTF8(text, "\ufffd")), limit)
}

// masker returns what takes the secrets of the configuration, the visitor's
// cookies and its tokens out of a text.
func (e *examiner) masker(a *ask) func(string) string {
	var own secrets.Known
	if a.visitor != nil {
		for name, values := range a.visitor.secrets() {
			for _, value := range values {
				own.AddLive(name, value)
			}
		}
	}
	return func(text string) string { return e.secrets.Mask(own.MaskValues(text)) }
}

// maskedHeader is a header as it is noted: without Set-Cookie, which has a form
// of its own, and cut to a bearable size.
func maskedHeader(header http.Header, mask func(string) string) map[string][]string {
	noted := map[string][]string{}
	for name, values := range header {
		if name == "Set-Cookie" || len(values) == 0 || len(noted) >= maxFields {
			continue
		}
		name = strings.Clone(shorten(name, maxValue))
		for _, value := range values[:min(len(values), 5)] {
			// Cloned, because a value keeps the whole header in memory.
			text := strings.Clone(shorten(mask(strings.ToValidUTF8(value, "\ufffd")), maxValue))
			noted[name] = append(noted[name], text)
		}
	}
	return noted
}

// maskedSetCookies keeps the names and attributes of cookies, not their values.
func maskedSetCookies(lines []string) []string {
	var noted []string
	for _, line := range lines[:min(len(lines), 20)] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(pair, "=")
		noted = append(noted, shorten(name+"=«value»;"+attributes, maxValue))
	}
	return noted
}

// shorten cuts text to at most limit bytes and says so.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
