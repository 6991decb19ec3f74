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

// What stands in the place of a token, and what to do about it: the fix goes by
// what the server said. For the owner of a right site the first advice is the
// setting with which the token is found.

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>\s*(.*?)\s*</title>`)
	// tokenMember finds the member of a JSON text whose value is a token, where
	// the text was cut and is no JSON any more.
	tokenMember = regexp.MustCompile(`"([^"\\]{1,60})"\s*:\s*"(?:Bearer )?e[yw][A-Za-z0-9_-]{5,}\.`)
)

// bodyText names what a body is, and shows its beginning.
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
	case strings.HasPrefix(body, "[object "):
		return "an object made into text: " + record.Quote(body)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &members) == nil && members != nil {
		return jsonText(members, body)
	}
	return fmt.Sprintf("a body (%s) that begins %s", mediaType(x), record.Quote(body))
}

// jsonText names the members of a JSON body, and shows it where it is no long one.
func jsonText(members map[string]json.RawMessage, body string) string {
	names := slices.Sorted(maps.Keys(members))
	word := "members"
	if len(names) == 1 {
		word = "member"
	}
	return fmt.Sprintf("JSON with the %s %s: %s", word, strings.Join(names[:min(len(names), 6)], ", "), record.Quote(body))
}

// tokenPath returns where in a JSON body a token stands, as --token-in takes it, or "".
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

// looksSigned is the beginning of a token, whose signature was cut in the notes.
var looksSigned = regexp.MustCompile(`^e[yw][A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.`)

// placeOfToken is where an answer has a token beside its body, as --token-in takes
// it, or "".
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

// elsewhere tells of a token beside the body, for a finding.
func elsewhere(x record.Exchange) string {
	kind, name, found := strings.Cut(placeOfToken(x), ":")
	if !found {
		return ""
	}
	return fmt.Sprintf("; its %s %q holds a token", kind, name)
}

// cause is how an answer shows why there is no token in it, and the fix.
type cause struct {
	name  string
	shown func(x record.Exchange, body string) bool
	fix   func(x record.Exchange, body string) string
}

// says matches what the server said, whatever its case.
func says(pattern string) func(record.Exchange, string) bool {
	expression := regexp.MustCompile(`(?i)` + pattern)
	return func(_ record.Exchange, body string) bool { return expression.MatchString(body) }
}

func status(codes ...int) func(record.Exchange, string) bool {
	return func(x record.Exchange, _ string) bool { return slices.Contains(codes, x.Response.Status) }
}

func advise(fix string) func(record.Exchange, string) string {
	return func(record.Exchange, string) string { return fix }
}

// causes are asked in this order; the first that shows itself is told.
var causes = []cause{
	{"token in JSON", func(_ record.Exchange, body string) bool { return tokenPath(body) != "" }, func(_ record.Exchange, body string) string {
		return "The token stands in the JSON: say so with --token-in json:" + tokenPath(body) + " (tokenIn: in the configuration). If the page takes the whole body for the token, it has to read this member."
	}},
	{"token elsewhere", func(x record.Exchange, _ string) bool { return placeOfToken(x) != "" }, func(x record.Exchange, _ string) string {
		return "The answer has the token elsewhere: say so with --token-in " + placeOfToken(x) + " (tokenIn: in the configuration)."
	}},
	{"key of the server", says(`secretOrPrivateKey|asymmetric key|DECODER routines|PEM routines|no start line|bad decrypt|invalid key|could not (?:deserialize|parse) key|InvalidKeyError|unable to load private key`), advise("The server cannot sign with what it has for a private key: give it the whole PEM text, with its line breaks (not \\n as two characters), of a private RSA key.")},
	{"CSRF", says(`csrf|xsrf|page ?expired|forgery|authenticity.?token`), advise("The endpoint wants a CSRF token: let webchatspec make a first visit that takes it (visit: in the configuration) and send it along as the page does.")},
	{"origin", says(`\b(?:missing|bad|invalid|wrong|unknown|forbidden|disallowed|no) (?:origin|referer)|origin (?:is )?(?:not allowed|required|missing)|cors`), advise("The endpoint wants to know from which page it is asked: send the header Origin of the site (header: in the configuration).")},
	{"method", func(x record.Exchange, body string) bool {
		return x.Response.Status == 405 || x.Response.Status == 501 || header(x, "Allow") != "" && x.Response.Status >= 400 || strings.HasPrefix(body, "Cannot GET ")
	}, func(x record.Exchange, _ string) string {
		allowed := header(x, "Allow")
		if allowed == "" {
			allowed = "POST"
		}
		return "The endpoint takes another method (Allow: " + allowed + "): say method: POST in the configuration, or --method POST, with the body that the page sends."
	}},
	{"GraphQL", says(`"errors"\s*:\s*\[`), advise("The endpoint is a GraphQL one: configure method: POST, the query as its body, and where the token stands (--token-in json:data.…).")},
	{"media type", status(415), advise("The endpoint wants another kind of body: configure body: as the page sends it, with its Content-Type.")},
	{"login", func(x record.Exchange, body string) bool {
		return x.Response.Status == 401 || says(`sign.?in|log.?in|anmelden|unauthori[sz]ed|not authenticated|authentication required`)(x, body+" "+header(x, "Location"))
	}, advise("The endpoint serves only those who are logged in: configure users: with the login of a test user. If visitors should chat without a login, answer them with a token, too.")},
	{"session", says(`session`), advise("The endpoint wants a session: let webchatspec make the first visit that begins it (visit: in the configuration).")},
	{"redirect", func(x record.Exchange, _ string) bool { return x.Response.Status/100 == 3 }, advise("Give the address to which the endpoint leads as --endpoint: tokens are not fetched through redirects.")},
	{"forbidden", status(403), advise("Something refuses the request: configure what the page sends beside it (header:, cookies:, a first visit with visit:), or let this machine through the firewall.")},
	{"not found", status(404, 410), advise("Nothing answers under this address: compare --endpoint with what the page fetches (the network panel of the browser's developer tools).")},
	{"input", status(400, 422), advise("The endpoint misses something in the request: configure method:, body: and header: as the page sends them.")},
	{"server error", func(x record.Exchange, _ string) bool { return x.Response.Status >= 500 }, advise("The server failed: look at its log for the request shown here.")},
	{"page", says(`^\s*<(?:!doctype|html)`), advise("A page answers in the endpoint's place, as the fallback of a single-page application does: compare --endpoint with what the page fetches.")},
	{"word", func(_ record.Exchange, body string) bool {
		return strings.HasPrefix(body, "[object ") || slices.Contains([]string{"undefined", "null", "None", "NaN"}, strings.TrimSpace(body))
	}, advise("The handler sends a variable that does not hold the token yet: await the function that signs, and send what it returns.")},
	{"JSON error", says(`^\s*\{.*"(?:error|message|detail|title)"`), advise("The server answers an error with status 200: answer it with 4xx or 5xx, and mend what it says.")},
}

// explain sets the finding's fix to that of the cause that the answer shows.
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

// around are the fixes for what stands round a token that is there.
var around = map[string]string{
	"quotes":        "Send the token as text, not as JSON (res.type(\"text\").send(token) and not res.json(token)), or let the page parse it: then say --token-in json:.",
	"Bearer prefix": "Leave \"Bearer \" out of the answer: the widget puts it before the token itself.",
	"BOM":           "Save the template or script as UTF-8 without a byte order mark.",
	"markup":        "Answer with the token alone: a warning or a template stands round it.",
}

// explainAround says what to do about what stands round the token of an answer.
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
	case strings.Contains(f.Actual, "other text"), strings.Contains(f.Actual, "markup"):
		f.Actual += "; the body begins " + record.Quote(body)
	}
	return f
}
