package secrets

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Written returns the ways in which sites and clients write value: as it is, in
// small or in capital letters, percent-encoded once or twice, as in a form, as in a
// JSON string, as in HTML, in hexadecimal and other numbers of its bytes, in base64, once
// and twice, and in base32, also where it stands inside what was encoded, as a password
// does in Basic credentials, and in UTF-16. Forms too short to be told from other text
// are left out.
func Written(value string) []string {
	var forms []string
	add := func(form string) {
		if len(form) >= shortest {
			forms = append(forms, form)
		}
	}
	add(value)
	for _, form := range slices.Concat(percent(value), inBase64(value), inBase64Twice(value), inBase32(value), inHexadecimal(value), inBytes(value), inJSON(value), inHTML(value), inOtherLetters(value), inUTF16(value)) {
		add(form)
	}
	for _, form := range percent(value) { // an address in an address
		add(url.PathEscape(form))
		add(url.QueryEscape(form))
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

func inHexadecimal(value string) []string {
	small := hex.EncodeToString([]byte(value))
	return []string{small, strings.ToUpper(small)}
}

// inBytes are value with each of its bytes by number: as percent sequences, as the
// languages of programs write them, quoted-printable, and as a dump has them. In
// quoted-printable text what can be read stands as it is but for its own sign.
func inBytes(value string) []string {
	forms := []string{strings.ReplaceAll(value, "=", "=3D")}
	for _, format := range []string{"%%%02X", "%%%02x", `\x%02x`, `\x%02X`, `\%03o`, "=%02X", `\u{%x}`, "%02x:", "%02X:", "%02x ", "%02X "} {
		var b strings.Builder
		for i := range len(value) {
			fmt.Fprintf(&b, format, value[i])
		}
		forms = append(forms, strings.TrimRight(b.String(), ": "))
	}
	return forms
}

// inOtherLetters are value as a host is written, in small letters, as the name of
// a header is, with a capital after each line, and in capitals.
func inOtherLetters(value string) []string {
	small := strings.ToLower(value)
	return []string{small, textproto.CanonicalMIMEHeaderKey(small), strings.ToUpper(value)}
}

// inUTF16 are value in 16 bits a character, as it is, as it looks once that was
// taken for UTF-8, and in base64, as Windows has it.
func inUTF16(value string) []string {
	units := utf16.Encode([]rune(value))
	var forms []string
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var text []byte
		for _, unit := range units {
			text = order.AppendUint16(text, unit)
		}
		bare := strings.Trim(string(text), "\x00") // the one beside it may be shared with another character
		forms = append(forms, bare, strings.ToValidUTF8(bare, "\ufffd"))
		forms = append(forms, inBase64(string(text))...)
	}
	return forms
}

// inJSON are the ways to write value within a JSON string: with and without
// the escapes for HTML, with and without those beyond ASCII, with \/, as the
// libraries do that have escapes of their own, and with nothing but escapes.
func inJSON(value string) []string {
	quoted, _ := json.Marshal(value) // a string is always encoded
	escaped := string(quoted[1 : len(quoted)-1])
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(escaped)
	slashed := strings.ReplaceAll(plain, "/", `\/`)
	unquoted := strings.NewReplacer(`\\`, `\\`, `\"`, `"`)
	forms := []string{
		escaped, plain, slashed, inNumbers(plain, beyondASCII, smallEscape),
		inNumbers(plain, among("<>&='"), smallEscape), // Gson
		inNumbers(unquoted.Replace(plain), func(r rune) bool { return beyondASCII(r) || among("\"<>&'+`")(r) }, capitalEscape), // .NET
		inNumbers(inNumbers(unquoted.Replace(slashed), among(`"<>&'`), capitalEscape), beyondASCII, smallEscape),               // PHP, for HTML
		inNumbers(value, every, smallEscape), inNumbers(value, every, capitalEscape),
	}
	for _, form := range []string{escaped, plain, slashed} { // JSON in a string of JSON
		again, _ := json.Marshal(form)
		forms = append(forms, string(again[1:len(again)-1]), strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(form))
	}
	return forms
}

// How a character is written by its number.
const (
	smallEscape   = `\u%04x`
	capitalEscape = `\u%04X`
)

// inNumbers writes those characters of text that are chosen in a format for
// their number: one beyond 16 bits as two halves where that is the way of the
// format.
func inNumbers(text string, chosen func(rune) bool, format string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case !chosen(r):
			b.WriteRune(r)
		case r > 0xffff && (format == smallEscape || format == capitalEscape):
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, format+format, high, low)
		default:
			fmt.Fprintf(&b, format, r)
		}
	}
	return b.String()
}

func every(rune) bool { return true }

func beyondASCII(r rune) bool { return r >= utf8.RuneSelf }

func among(characters string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(characters, r) }
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
		inNumbers(whole, beyondASCII, "&#%d;"),
		inNumbers(value, every, "&#%d;"), inNumbers(value, every, "&#x%x;"), inNumbers(value, every, "&#x%X;"),
	}
}
