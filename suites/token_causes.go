package suites

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// This file says what stands in the place of a token, and what to do about it. The fix depends
// on what the server said. Where the site may be right, it names the setting with which the
// token is found.

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>\s*(.*?)\s*</title>`)
	// tokenMember matches the member whose value is a token in a JSON text that was cut, and
	// cannot be parsed any more.
	tokenMember = regexp.MustCompile(`"([^"\\]{1,60})"\s*:\s*"(?:Bearer )?e[yw][A-Za-z0-9_-]{5,}\.`)
)

// bodyText describes a body, and quotes its beginning.
func bodyText(x record.Exchange) string {
	body := strings.TrimSpace(x.Response.Excerpt)
	if x.Response.Bytes == 0 || body == "" {
		return "an empty body"
	}
	if found := pageTitle.FindStringSubmatch(body); found != nil {
		return "an HTML page titled " + record.Quote(found[1])
	}
	switch lower := strings.ToLower(body); {
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return "an HTML page: " + record.Quote(body)
	case slices.Contains([]string{"undefined", "null", "nan", "true", "false", "none"}, lower):
		return "the word " + body
	case unfinished.MatchString(body):
		return "an object made into text: " + record.Quote(body)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &members) == nil && members != nil {
		return jsonText(members, body)
	}
	return fmt.Sprintf("a body (%s) that begins %s", mediaType(x), record.Quote(body))
}

// jsonText names the members of a JSON body, and quotes it.
func jsonText(members map[string]json.RawMessage, body string) string {
	names := slices.Sorted(maps.Keys(members))
	word := "members"
	if len(names) == 1 {
		word = "member"
	}
	return fmt.Sprintf("JSON with the %s %s: %s", word, strings.Join(names[:min(len(names), 6)], ", "), record.Quote(body))
}

// tokenPath returns the path of a token in a JSON body, as in --token-in, or "".
func tokenPath(body string) string {
	var value any
	if json.Unmarshal([]byte(body), &value) == nil {
		return pathOfToken(value, "")
	}
	if found := tokenMember.FindStringSubmatch(body); found != nil {
		return found[1]
	}
	return ""
}

func pathOfToken(value any, path string) string {
	inner := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch v := value.(type) {
	case string:
		if text := strings.TrimPrefix(v, "Bearer "); looksSigned.MatchString(text) {
			return path
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := pathOfToken(v[name], inner(name)); found != "" {
				return found
			}
		}
	case []any:
		for i, element := range v {
			if found := pathOfToken(element, inner(strconv.Itoa(i))); found != "" {
				return found
			}
		}
	}
	return ""
}

// looksSigned matches the beginning of a token. Its signature is not in the evidence.
var looksSigned = regexp.MustCompile(`^e[yw][A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.`)

// placeOfToken returns the cookie or header of an answer that holds a token, as in
// --token-in, or "".
func placeOfToken(x record.Exchange) string {
	if x.Response == nil {
		return ""
	}
	for _, cookie := range x.Response.Cookies {
		if cookie.HoldsToken {
			return "cookie:" + cookie.Name
		}
	}
	for _, leak := range x.Leaks {
		if name, inHeader := strings.CutPrefix(leak.Where, "header:"); inHeader && leak.Kind == record.LeakToken && !slices.Contains(urlHeaders, leak.Where) {
			return "header:" + name
		}
	}
	return ""
}

// elsewhere mentions a token in a cookie or header, for a finding.
func elsewhere(x record.Exchange) string {
	kind, name, found := strings.Cut(placeOfToken(x), ":")
	if !found {
		return ""
	}
	return fmt.Sprintf("; its %s %q holds a token", kind, name)
}

// explain sets the fix of a finding to that of the cause that the answer shows.
func explain(f *record.Finding, x record.Exchange) *record.Finding {
	if x.Response == nil {
		return f
	}
	body := x.Response.Excerpt
	for _, c := range causes {
		if c.shown(x, body) {
			f.Hint = c.fix(x, body)
			break
		}
	}
	return f
}

// around has the fixes for what surrounds a token.
var around = map[string]string{
	"quotes":        "Send the token as text, not as JSON (res.type(\"text\").send(token) and not res.json(token)), or let the page parse it: then say --token-in json:.",
	"Bearer prefix": "Leave \"Bearer \" out of the answer: the widget puts it before the token itself.",
	"BOM":           "Save the template or script as UTF-8 without a byte order mark.",
	"markup":        "Answer with the token alone: a warning or a template stands round it.",
}

// explainAround says what to do about what surrounds the token in an answer.
func (e *evidence) explainAround(f record.Finding) record.Finding {
	x, ok := e.Exchange(f.Exchange)
	if !ok || x.Response == nil {
		return f
	}
	if path := tokenPath(x.Response.Excerpt); path != "" {
		return *explain(&f, x)
	}
	for what, fix := range around {
		if strings.Contains(f.Actual, what) {
			f.Hint = fix
		}
	}
	switch body := x.Response.Excerpt; {
	case strings.HasPrefix(body, "b'"), strings.HasPrefix(body, `b"`):
		f.Hint = "The text of Python's bytes was sent, b'…': send token.decode(), or the token as a str."
	case strings.HasPrefix(body, "{'"):
		f.Hint = "The text of Python's dict was sent, {'…': …}, which is no JSON: answer with jsonify or json.dumps, or send the token alone."
	case strings.Contains(f.Actual, "other text"), strings.Contains(f.Actual, "markup"):
		f.Actual += "; the body begins " + record.Quote(body)
	}
	return f
}
