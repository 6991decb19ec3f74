package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
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
}

const (
	shortestClothed = 6 // bytes of a text that is worth decoding: shorter ones come out of anything
	deepestClothing = 3 // encodings one in the other
	longestClothed  = 64 << 10
)

// Unclothed returns the texts that text holds in encodings, also in one within
// the other: base64, hexadecimal, percent signs, HTML. What decodes to anything
// but readable text is none.
func Unclothed(text string) []string {
	var all []string
	layer := []string{text}
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

// base64Text decodes base64 in either alphabet, padded or not; nil when it is none.
func base64Text(text string) []byte {
	if len(text) < shortestClothed*4/3 {
		return nil
	}
	plain := strings.NewReplacer("+", "-", "/", "_", "\n", "", "\r", "").Replace(strings.TrimRight(text, "=\r\n"))
	decoded, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil {
		return nil
	}
	return decoded
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
