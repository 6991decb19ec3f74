package secrets

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clothings are the encodings in which a text may stand within another. Each
// gives the text back, or "".
var clothings = []func(string) string{
	func(text string) string { return readable(base64Text(text)) },
	func(text string) string { // hexadecimal
		if len(text) < 2*shortestClothed {
			return ""
		}
		decoded, err := hex.DecodeString(strings.TrimPrefix(strings.ReplaceAll(text, ":", ""), "0x"))
		if err != nil {
			return ""
		}
		return readable(decoded)
	},
	func(text string) string { // as an address has it
		if !strings.Contains(text, "%") {
			return ""
		}
		decoded, err := url.PathUnescape(text)
		if err != nil {
			return ""
		}
		return readable([]byte(decoded))
	},
	func(text string) string { // as HTML has it
		if !strings.Contains(text, "&") {
			return ""
		}
		return html.UnescapeString(text)
	},
	func(text string) string { // a string of JSON
		var inner string
		if !strings.HasPrefix(text, `"`) || json.Unmarshal([]byte(text), &inner) != nil {
			return ""
		}
		return inner
	},
	func(text string) string { // base32
		if len(text) < shortestClothed*8/5 {
			return ""
		}
		decoded, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return ""
		}
		return readable(decoded)
	},
	func(text string) string { // a data: address, whose text is decoded in turn
		_, inner, found := strings.Cut(text, ",")
		if !found || !strings.HasPrefix(text, "data:") {
			return ""
		}
		return inner
	},
	func(text string) string { // packed, and that in base64
		digits := base64Text(text)
		if strings.HasPrefix(text, "H4sI") || strings.HasPrefix(text, "e") {
			if inner := readable(unpacked(digits)); inner != "" {
				return inner
			}
		}
		return readable(inflated(digits))
	},
}

const (
	shortestInflated = 16 // bytes, packed and not
	shortestClothed  = 6  // bytes of a text that is worth decoding: shorter ones come out of anything
	deepestClothing  = 3  // encodings one in the other
	longestClothed   = 64 << 10
	shortestPart     = 10  // characters of an encoding with something before or behind it
	longestInParts   = 300 // shorter than what is encrypted for the assistant
)

// Unclothed returns the texts that text holds in encodings, also in one within
// the other: base64 and base32, hexadecimal, percent signs, HTML, a string of JSON,
// packed by gzip, zlib or deflate; also behind a word and a separator. What decodes to anything but readable text is none.
func Unclothed(text string) []string {
	var all []string
	layer := append([]string{text}, clothedParts(text)...)
	for range deepestClothing {
		var next []string
		for _, outer := range layer {
			for _, undo := range clothings {
				if len(outer) > longestClothed {
					continue
				}
				if inner := undo(outer); inner != "" && inner != outer {
					next = append(next, inner)
				}
			}
		}
		all, layer = append(all, next...), next
	}
	return all
}

// partSeparators stand between what is encoded and what says so, as in "u:" or "?u=";
// wordSeparators do, too, but are digits of base64 as well.
const (
	partSeparators = ":|=&?;, /#"
	wordSeparators = "._-"
)

// clothedParts are the parts of a text that may be an encoding each, though the whole is
// none: what stands between separators, and behind the first and the last that is also a
// digit.
func clothedParts(text string) (parts []string) {
	if len(text) > longestInParts || !strings.ContainsAny(text, partSeparators+wordSeparators) || uuid.MatchString(text) {
		return nil
	}
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(partSeparators, r) })
	if first := strings.IndexAny(text, wordSeparators); first >= 0 {
		fields = append(fields, text[:first], text[first+1:], text[strings.LastIndexAny(text, wordSeparators)+1:])
	}
	for _, part := range fields {
		if len(part) >= shortestPart && part != text && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// base64Text decodes base64 in either alphabet, padded or not; nil when it is none.
func base64Text(text string) []byte {
	if len(text) < shortestClothed*4/3 {
		return nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(urlDigits.Replace(strings.TrimRight(text, "=\r\n")))
	if err != nil {
		return nil
	}
	return decoded
}

var urlDigits = strings.NewReplacer("+", "-", "/", "_", "\n", "", "\r", "")

// unpacked returns what was packed by gzip or zlib, as far as it is short and was not cut;
// nil when nothing was.
func unpacked(packed []byte) []byte {
	var opened io.Reader
	var err error
	switch {
	case len(packed) > 2 && packed[0] == 0x1f && packed[1] == 0x8b:
		opened, err = gzip.NewReader(bytes.NewReader(packed))
	case len(packed) > 2 && packed[0] == 0x78:
		opened, err = zlib.NewReader(bytes.NewReader(packed))
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(opened, longestClothed)) // of what was cut, the beginning
	return text
}

// inflated returns what was packed by deflate alone. That says nothing of itself, so it
// has to be whole, with nothing behind it: random bytes are that and readable, too, less
// than once in a million.
func inflated(packed []byte) []byte {
	if len(packed) < shortestInflated {
		return nil
	}
	rest := bytes.NewReader(packed)
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(rest), longestClothed))
	if err != nil || rest.Len() > 0 || len(text) < shortestInflated {
		return nil
	}
	return text
}

// readable returns the text that the bytes are, or "" when they are none. Random
// bytes are readable once in many thousands.
func readable(decoded []byte) string {
	if len(decoded) < shortestClothed || !utf8.Valid(decoded) {
		return ""
	}
	for _, r := range string(decoded) {
		if !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return ""
		}
	}
	return string(decoded)
}
