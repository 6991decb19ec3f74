package keytext

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	deepest  = 6       // layers of wrapping that are taken off
	longest  = 4 << 20 // bytes of a text that is looked at
	mostKeys = 200     // finds in one text
)

var (
	tokenText = regexp.MustCompile(`^(?:Bearer )?[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*$`)
	variable  = regexp.MustCompile(`^(?:\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%|\{\{.*\}\}|(?:process\.env|os\.environ|import\.meta\.env)\b.*)$`)
	pathText  = regexp.MustCompile(`^(?:[A-Za-z]:)?[~.]{0,2}[\\/]?(?:[\w.@-]+[\\/])*[\w.@-]+\.(?:pem|pub|key|crt|cer|der|txt|json|ppk)$`)
	hexText   = regexp.MustCompile(`^(?:[0-9a-fA-F]{2}[:\s]?){16,}$`)

	// base64Run is a run of base64 that may be broken into lines, with either alphabet.
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}(?:\s+[A-Za-z0-9+/_-]+)*={0,2}`)
	base64One = regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}={0,2}`)
)

// search returns the keys in a text, whatever is wrapped around them. State is
// what has been taken off already.
func search(text, state string, depth int) []find {
	if depth > deepest || len(text) > longest {
		return nil
	}
	if decoded, name := fromUTF16(text); name != "" {
		return search(decoded, join(state, "in "+name+"; save it as UTF-8"), depth+1)
	}
	if binary := searchBinary(text, state); binary != nil {
		return binary
	}
	if finds := searchJSON(text, state, depth); finds != nil {
		return finds
	}
	var finds []find
	rest := text
	for _, look := range []func(string, string) (found []find, rest string){searchSSH, searchXML, searchPrinted, searchPEM} {
		found, left := look(rest, state)
		finds, rest = append(finds, found...), left
	}
	finds = append(finds, searchBase64(rest, state, depth)...)
	finds = append(finds, searchJSONWithin(rest, state, depth)...)
	if len(finds) > 0 {
		finds = append(finds, searchBeside(rest, state, depth)...)
		return finds[:min(len(finds), mostKeys)]
	}
	for _, layer := range layers {
		if decoded := layer.decode(text); decoded != "" && decoded != text {
			if finds := search(decoded, join(state, layer.name), depth+1); len(finds) > 0 {
				return finds
			}
		}
	}
	return nil
}

// hexRun is a run of hexadecimal digits that is long enough for a key.
var hexRun = regexp.MustCompile(`(?:[0-9a-fA-F]{2}){64,}`)

// searchBeside looks for what stands in another encoding beside a key that can be
// read: a private one that somebody left there.
func searchBeside(rest, state string, depth int) []find {
	var finds []find
	for _, run := range hexRun.FindAllString(rest, mostKeys) {
		data, _ := hex.DecodeString(run) // the pattern has digits in pairs only
		if f, ok := readDER(data); ok {
			finds = append(finds, f)
			continue
		}
		finds = append(finds, search(string(data), join(state, "in hexadecimal"), depth+1)...)
	}
	if decoded, err := url.PathUnescape(rest); err == nil && decoded != rest {
		finds = append(finds, search(decoded, join(state, "in percent encoding"), depth+1)...)
	}
	return finds
}

func join(state, further string) string {
	if state == "" || further == "" {
		return state + further
	}
	return state + ", " + further
}

// layers are encodings of a whole text, each with what is said of it.
var layers = []struct {
	name   string
	decode func(string) string
}{
	{"in HTML's or XML's escapes", html.UnescapeString},
	{"in percent encoding", func(text string) string {
		if !strings.Contains(text, "%") {
			return ""
		}
		decoded, _ := url.PathUnescape(text)
		if strings.Contains(decoded, "BEGIN+") { // a form's encoding, where + is a blank
			decoded, _ = url.QueryUnescape(text)
		}
		return decoded
	}},
	{"in the encoding of mails (quoted-printable)", func(text string) string {
		if !strings.Contains(text, "=") {
			return ""
		}
		decoded, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
		return string(decoded)
	}},
	{"in hexadecimal", func(text string) string {
		digits := strings.NewReplacer(" ", "", "\n", "", "\r", "", ":", "", "0x", "", ",", "", "<Buffer", "", ">", "").Replace(text)
		decoded, err := hex.DecodeString(strings.Trim(digits, `"'`))
		if err != nil || len(decoded) < 64 {
			return ""
		}
		return string(decoded)
	}},
}

// fromUTF16 decodes a text in UTF-16, with or without its mark; name is "" for
// any other.
func fromUTF16(text string) (decoded, name string) {
	data := []byte(text)
	var big bool
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		data = data[2:]
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		data, big = data[2:], true
	case len(data) > 8 && data[1] == 0 && data[3] == 0 && data[5] == 0 && data[0] != 0:
	case len(data) > 8 && data[0] == 0 && data[2] == 0 && data[4] == 0 && data[1] != 0:
		big = true
	default:
		return "", ""
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		unit := uint16(data[i]) | uint16(data[i+1])<<8
		if big {
			unit = uint16(data[i])<<8 | uint16(data[i+1])
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units)), "UTF-16"
}

// searchBase64 decodes the runs of base64 in a text, and looks into them.
func searchBase64(text, state string, depth int) []find {
	var finds []find
	for _, span := range base64Run.FindAllStringIndex(text, mostKeys) {
		run := text[span[0]:span[1]]
		data := fromBase64(run)
		if data == nil {
			// Several values that stand below one another, as in a file of settings.
			for _, one := range base64One.FindAllString(run, mostKeys) {
				finds = append(finds, searchDecoded(fromBase64(one), state, depth)...)
			}
			continue
		}
		finds = append(finds, searchDecoded(data, state, depth)...)
	}
	return finds
}

func searchDecoded(data []byte, state string, depth int) []find {
	if len(data) == 0 {
		return nil
	}
	if f, ok := readDER(data); ok {
		f.state = join(state, "in base64, without the first and last line of PEM")
		return []find{f}
	}
	if !utf8.Valid(data) && !bytes.Contains(data, []byte{0}) && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) {
		return nil
	}
	return search(string(data), join(state, "in base64"), depth+1)
}

// fromBase64 decodes either alphabet, with or without padding and line breaks;
// nil when it is not base64.
func fromBase64(text string) []byte {
	text = strings.TrimRight(withoutBlanks(text), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return data
}

func withoutBlanks(text string) string { return strings.Join(strings.Fields(text), "") }
