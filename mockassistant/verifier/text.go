package verifier

import (
	"bytes"
	"unicode/utf8"
)

// decodeLatin1 turns each byte into the character of that number, which is how
// the library reads a header.
func decodeLatin1(data []byte) []byte {
	if bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return data
	}
	text := make([]byte, 0, len(data)+len(data)/2)
	for _, b := range data {
		text = utf8.AppendRune(text, rune(b))
	}
	return text
}

// decodeUTF8 replaces what is not UTF-8 by U+FFFD, one for each maximal part of
// a sequence that could have become a character (the Encoding standard's rule,
// which is the one of Buffer.toString). A byte order mark stays.
func decodeUTF8(data []byte) []byte {
	if utf8.Valid(data) {
		return data
	}
	text := make([]byte, 0, len(data)+len(data)/2)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			size = brokenSequence(data)
		}
		text = utf8.AppendRune(text, r)
		data = data[size:]
	}
	return text
}

// brokenSequence is the length of the maximal part of a character at the
// beginning of data, which holds no whole one.
func brokenSequence(data []byte) int {
	more, low, high := continuation(data[0])
	size := 1
	for size <= more && size < len(data) && data[size] >= low && data[size] <= high {
		size, low, high = size+1, 0x80, 0xBF
	}
	return size
}

// continuation is how many bytes follow the first byte of a character, and the
// range of the second one (Unicode, table 3-7).
func continuation(first byte) (more int, low, high byte) {
	low, high = 0x80, 0xBF
	switch {
	case first >= 0xC2 && first <= 0xDF:
		more = 1
	case first >= 0xE0 && first <= 0xEF:
		more = 2
	case first >= 0xF0 && first <= 0xF4:
		more = 3
	}
	switch first {
	case 0xE0:
		low = 0xA0
	case 0xED:
		high = 0x9F
	case 0xF0:
		low = 0x90
	case 0xF4:
		high = 0x8F
	}
	return more, low, high
}

// unescape resolves the escapes of a scanned JSON string. Two surrogates that
// come to stand side by side become one character, as in UTF-16.
func unescape(raw []byte) string {
	first := bytes.IndexByte(raw, '\\')
	if first < 0 {
		return string(raw)
	}
	text := append(make([]byte, 0, len(raw)), raw[:first]...)
	for i := first; i < len(raw); {
		if raw[i] != '\\' {
			size := 1
			if unit, ok := surrogateAt(raw[i:]); ok {
				text, size = appendUnit(text, unit), surrogateSize
			} else {
				text = append(text, raw[i])
			}
			i += size
			continue
		}
		if raw[i+1] == 'u' {
			text = appendUnit(text, hexUnit(raw[i+2:i+6]))
			i += 6
			continue
		}
		text = append(text, shortEscapes[raw[i+1]])
		i += 2
	}
	return string(text)
}

var shortEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func hexUnit(digits []byte) uint16 {
	unit := uint16(0)
	for _, c := range digits {
		d, _ := hexDigit(c)
		unit = unit<<4 | d
	}
	return unit
}

// surrogateSize is the number of bytes of a lone surrogate in WTF-8.
const surrogateSize = 3

// surrogateAt returns the lone surrogate at the beginning of text. What only
// begins like one, in a text that is no UTF-8, is none.
func surrogateAt(text []byte) (uint16, bool) {
	if len(text) < surrogateSize || text[0] != 0xED || text[1] < 0xA0 || text[1] > 0xBF || text[2]&0xC0 != 0x80 {
		return 0, false
	}
	return 0xD000 | uint16(text[1]&0x3F)<<6 | uint16(text[2]&0x3F), true
}

// appendUnit appends a UTF-16 code unit, joining it to a surrogate before it.
func appendUnit(text []byte, unit uint16) []byte {
	switch {
	case unit < 0xD800 || unit > 0xDFFF:
		return utf8.AppendRune(text, rune(unit))
	case unit >= 0xDC00 && len(text) >= surrogateSize:
		before := text[len(text)-surrogateSize:]
		if high, ok := surrogateAt(before); ok && high < 0xDC00 {
			r := 0x10000 + (rune(high)-0xD800)<<10 + (rune(unit) - 0xDC00)
			return utf8.AppendRune(text[:len(text)-surrogateSize], r)
		}
	}
	return append(text, 0xE0|byte(unit>>12), 0x80|byte(unit>>6&0x3F), 0x80|byte(unit&0x3F))
}
