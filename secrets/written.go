package secrets

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// Written returns the ways in which sites and clients write value: as it is,
// percent-encoded, as in a form, as in a JSON string, as in HTML, and in base64,
// also where it stands inside what was encoded, as a password does in Basic
// credentials. Forms too short to be told from other text are left out.
func Written(value string) []string {
	var forms []string
	add := func(form string) {
		if len(form) >= shortest {
			forms = append(forms, form)
		}
	}
	add(value)
	for _, form := range append(percent(value), inBase64(value)...) {
		add(form)
	}
	for _, form := range append(inJSON(value), inHTML(value)...) {
		add(form)
	}
	return compact(forms)
}

// compact takes out what is there already, and keeps the order.
func compact(forms []string) []string {
	seen := map[string]bool{}
	kept := forms[:0]
	for _, form := range forms {
		if !seen[form] {
			seen[form] = true
			kept = append(kept, form)
		}
	}
	return kept
}

// percent encodes for a query, a path and in the way of scripts
// (encodeURIComponent), with capital and with small digits.
func percent(value string) []string {
	script := strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(url.QueryEscape(value))
	var forms []string
	for _, form := range []string{url.QueryEscape(value), url.PathEscape(value), script, everyByte(value)} {
		forms = append(forms, form, smallDigits(form))
	}
	return forms
}

// everyByte encodes all but letters and digits, as some libraries do.
func everyByte(value string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// smallDigits writes the hexadecimal digits of percent sequences small.
func smallDigits(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			b.WriteString(strings.ToLower(text[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// inJSON are the ways to write value within a JSON string: with and without
// the escapes for HTML, with and without those beyond ASCII, with \/.
func inJSON(value string) []string {
	quoted, _ := json.Marshal(value) // a string is always encoded
	escaped := string(quoted[1 : len(quoted)-1])
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(escaped)
	forms := []string{escaped, plain, strings.ReplaceAll(plain, "/", `\/`), ascii(plain)}
	for _, form := range []string{escaped, plain} { // JSON in a string of JSON
		again, _ := json.Marshal(form)
		forms = append(forms, string(again[1:len(again)-1]))
	}
	return forms
}

// ascii writes what is beyond ASCII as JSON escapes.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			writeEscape(&b, 0xd800+(r>>10))
			writeEscape(&b, 0xdc00+(r&0x3ff))
		default:
			writeEscape(&b, r)
		}
	}
	return b.String()
}

func writeEscape(b *strings.Builder, unit rune) {
	const digits = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(digits[unit>>shift&15])
	}
}

// inHTML are the ways to write value in a document: which of the five special
// characters are escaped, and how the quotes are, differs between languages.
func inHTML(value string) []string {
	whole := html.EscapeString(value)
	named := strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;").Replace(whole)
	return []string{
		whole, named,
		strings.NewReplacer("&#34;", "&quot;").Replace(whole),
		strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(whole),
		strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#039;").Replace(whole),
		strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(whole), // in text, not in an attribute
	}
}

// shortestInside is the shortest piece of base64 by which a value inside of what
// was encoded is known, in characters.
const shortestInside = 8

// inBase64 are the base64 forms of value in both alphabets, alone and inside of
// something longer: there its first and last bits share a character with what
// stands beside it, so that those are left out, and percent-encoded where it
// stands in an address.
func inBase64(value string) []string {
	var forms []string
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(value)))
		for before := range 3 {
			inside := encoding.EncodeToString(append(make([]byte, before), value...))
			shared := (before*8 + 5) / 6 // characters with bits of what stands before
			whole := (before + len(value)) * 8 / 6
			if whole-shared >= shortestInside {
				forms = append(forms, inside[shared:whole])
			}
		}
	}
	for _, form := range slices.Clone(forms) {
		if escaped := url.QueryEscape(form); escaped != form {
			forms = append(forms, escaped, smallDigits(escaped))
		}
	}
	return forms
}
