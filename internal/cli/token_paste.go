package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/webchatspec/webchatspec/secrets"
)

// pasted is the token in what somebody pasted.
type pasted struct {
	token  string
	around []string // what stood round it, from the outside to the inside
	place  string   // where an answer has it, as --token-in takes it; "" for the bare body
	others int      // further tokens in the text
}

var (
	httpStart  = regexp.MustCompile(`(?m)^(?:< )?HTTP/[0-9.]+ \d{3}.*$`)
	headerLine = regexp.MustCompile(`(?im)^(?:< )?([A-Za-z][A-Za-z0-9-]*): ?(.*)$`)
	curlNoise  = regexp.MustCompile(`(?m)^(?:[*>] .*|[*>]|\{ \[.*|\} \[.*)\r?\n`)
	xssiPrefix = regexp.MustCompile(`^\s*(?:\)\]\}',?|while\s*\(1\);|for\s*\(;;\);)\s*`)
)

// findToken finds the token in a text, and says what is round it. Where there is
// none, the whole text is taken for the token, as the integration would.
func findToken(text string) pasted {
	bare := strings.TrimRight(text, "\r\n")
	p := pasted{token: bare}
	if secrets.IsToken(bare) {
		return p
	}
	inner := p.unwrap(bare, 0)
	tokens := secrets.Tokens(inner)
	if len(tokens) == 0 {
		return p.broken(bare)
	}
	p.token, p.others = tokens[0], len(tokens)-1
	before, after, _ := strings.Cut(inner, p.token)
	p.aroundToken(before, after)
	return p
}

// broken joins a token that was broken into lines, as mails and terminals do.
func (p pasted) broken(text string) pasted {
	joined := strings.Join(strings.Fields(strings.NewReplacer("=\n", "", "\\\n", "").Replace(text)), "")
	if joined != text && secrets.IsToken(joined) {
		p.token, p.around = joined, append(p.around, "blanks or line breaks in it")
	} else {
		p.around, p.place = nil, ""
	}
	return p
}

// unwrap takes off what is round the text that holds the token, and notes it.
func (p *pasted) unwrap(text string, depth int) string {
	const deepest = 8
	if depth > deepest {
		return text
	}
	note := func(what, inner string) string {
		p.around = append(p.around, what)
		return p.unwrap(inner, depth+1)
	}
	if inner, ok := strings.CutPrefix(text, "\ufeff"); ok {
		return note("a byte order mark before it", inner)
	}
	if len(text) > 3 && (text[:2] == "\xff\xfe" || text[:2] == "\xfe\xff") {
		return note("the encoding UTF-16", fromUTF16(text))
	}
	if start := httpStart.FindStringIndex(curlNoise.ReplaceAllString(text, "")); start != nil {
		if inner, ok := p.inAnswer(curlNoise.ReplaceAllString(text, "")[start[0]:]); ok {
			return p.unwrap(inner, depth+1)
		}
	}
	trimmed := strings.TrimSpace(text)
	if prefix := xssiPrefix.FindString(trimmed); prefix != "" {
		return note("a prefix against script inclusion, "+strings.TrimSpace(prefix), trimmed[len(prefix):])
	}
	if inner, ok := p.inJSON(trimmed); ok {
		return p.unwrap(inner, depth+1)
	}
	known := len(p.around)
	if begin, end := strings.IndexByte(trimmed, '{'), strings.LastIndexByte(trimmed, '}'); begin > 0 && end > begin {
		if inner, ok := p.inJSON(trimmed[begin : end+1]); ok {
			p.around = slices.Insert(p.around, known, otherText(trimmed[:begin])+" before the JSON")
			return p.unwrap(inner, depth+1)
		}
	}
	if decoded, err := url.QueryUnescape(trimmed); err == nil && decoded != trimmed && len(secrets.Tokens(trimmed)) == 0 && len(secrets.Tokens(decoded)) > 0 {
		return note("percent encoding", decoded)
	}
	return text
}

// inAnswer looks for the token in the headers and the body of an HTTP answer.
func (p *pasted) inAnswer(answer string) (inner string, ok bool) {
	head, body := answer, ""
	for _, blank := range []string{"\r\n\r\n", "\n\n", "\n< \r\n", "\n< \n", "\n<\n"} {
		if before, after, found := strings.Cut(answer, blank); found {
			head, body = before, after
			break
		}
	}
	p.around = append(p.around, "an HTTP answer, "+strings.TrimSpace(strings.TrimPrefix(httpStart.FindString(head), "< ")))
	if len(secrets.Tokens(body)) > 0 {
		return body, true
	}
	for _, line := range headerLine.FindAllStringSubmatch(head, -1) {
		if len(secrets.Tokens(line[2])) == 0 {
			continue
		}
		name := textproto.CanonicalMIMEHeaderKey(line[1])
		p.place = "header:" + name
		if name == "Set-Cookie" {
			if cookie, err := http.ParseSetCookie(line[2]); err == nil {
				p.place = "cookie:" + cookie.Name
				return cookie.Value, true
			}
		}
		return line[2], true
	}
	return body, body != ""
}

// inJSON finds the member that has the token; of several the one whose name
// says most of identity.
func (p *pasted) inJSON(text string) (inner string, ok bool) {
	var whole *string
	if json.Unmarshal([]byte(text), &whole) == nil && whole != nil {
		p.around = append(p.around, "quotation marks")
		return *whole, true
	}
	found := memberTokens([]byte(text))
	if len(found) == 0 {
		return "", false
	}
	paths := slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		if byName := likely(b) - likely(a); byName != 0 {
			return byName
		}
		return strings.Compare(a, b)
	})
	if p.place != "" { // a JSON text inside JSON, or in a header
		p.place += " | "
	}
	p.place += "json:" + paths[0]
	p.others = len(paths) - 1
	p.around = append(p.around, fmt.Sprintf("JSON, in the member %s", paths[0]))
	return found[paths[0]], true
}

// likely says how much the name of a member sounds like that of an identity token.
func likely(path string) int {
	lower := strings.ToLower(path)
	switch {
	case strings.Contains(lower, "identity"):
		return 3
	case strings.Contains(lower, "jwt"), strings.Contains(lower, "chat"):
		return 2
	case strings.Contains(lower, "refresh"), strings.Contains(lower, "access"):
		return 0
	}
	return 1
}

// aroundToken notes what stands directly before and behind the token.
func (p *pasted) aroundToken(before, after string) {
	before, after = strings.TrimLeft(before, "\r\n"), strings.TrimRight(after, "\r\n")
	lower := strings.ToLower(strings.TrimSpace(before))
	switch {
	case before == "" && after == "":
		return
	case strings.TrimSpace(before) == "" && strings.TrimSpace(after) == "":
		p.around = append(p.around, "blanks")
	case strings.HasSuffix(lower, "bearer"):
		p.around = append(p.around, "the word Bearer before it")
		if rest := strings.TrimSpace(before[:len(strings.TrimRight(before, " \t"))-len("bearer")]); rest != "" {
			p.around = append(p.around, otherText(rest)+" before that")
		}
	case (lower == "b'" || lower == `b"`) && strings.TrimSpace(after) == before[len(before)-1:]:
		p.around = append(p.around, "b'…', as Python prints bytes: decode() them first")
	case len(lower) == 1 && strings.ContainsAny(lower, "\"'`“„«") && len([]rune(strings.TrimSpace(after))) == 1:
		p.around = append(p.around, "quotation marks")
	default:
		if strings.TrimSpace(before) != "" {
			p.around = append(p.around, otherText(before)+" before it")
		}
		if strings.TrimSpace(after) != "" {
			p.around = append(p.around, otherText(after)+" behind it")
		}
	}
}

// otherText names a text that does not belong to the token.
func otherText(text string) string {
	lower := strings.ToLower(text)
	line := strings.Join(strings.Fields(text), " ")
	kind := "other text"
	switch {
	case strings.Contains(lower, "warning") && (strings.Contains(lower, ".php") || strings.Contains(lower, "<b>")), strings.Contains(lower, "notice</b>"), strings.Contains(lower, "deprecated</b>"):
		kind = "a warning of PHP"
	case strings.Contains(lower, "<html"), strings.Contains(lower, "<!doctype"), strings.HasPrefix(strings.TrimSpace(text), "<"):
		kind = "HTML"
	case strings.HasSuffix(strings.TrimSpace(text), "="), strings.HasSuffix(strings.TrimSpace(text), ":"):
		kind = "a name"
	}
	const longest = 60
	if masked, _ := secrets.Mask(line); len([]rune(masked)) <= longest {
		return fmt.Sprintf("%s (%s)", kind, readable(masked))
	} else {
		return fmt.Sprintf("%s (%s…)", kind, readable(string([]rune(masked)[:longest])))
	}
}

// fromUTF16 decodes a text that begins with the mark of UTF-16.
func fromUTF16(text string) string {
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		high, low := text[i+1], text[i]
		if text[0] == 0xfe {
			high, low = low, high
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return string(utf16.Decode(units))
}
