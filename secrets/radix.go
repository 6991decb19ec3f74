package secrets

import (
	"encoding/base32"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// shortestInside is the shortest piece of base64 or base32 by which a value inside of
// what was encoded is known, in characters.
const shortestInside = 8

// inBase64 are the base64 forms of value in both alphabets, alone and inside of
// something longer, and percent-encoded where it stands in an address.
func inBase64(value string) []string {
	forms := bareBase64(value)
	for _, form := range slices.Clone(forms) {
		if escaped := url.QueryEscape(form); escaped != form {
			forms = append(forms, escaped, smallDigits(escaped))
		}
	}
	return forms
}

// inBase64Twice are the base64 forms of the base64 forms of value: what is encoded
// once more may be padded or not, in either alphabet, and have something beside it.
func inBase64Twice(value string) []string {
	var forms []string
	for _, once := range compact(bareBase64(value)) {
		forms = append(forms, inBase64(once)...)
	}
	return forms
}

func bareBase64(value string) []string {
	return slices.Concat(
		inside(value, base64.StdEncoding.EncodeToString, 3, 6),
		inside(value, base64.URLEncoding.EncodeToString, 3, 6))
}

// inBase32 are the base32 forms of value in both alphabets (RFC 4648 §6 and §7), in
// capital and in small letters.
func inBase32(value string) []string {
	forms := slices.Concat(
		inside(value, base32.StdEncoding.EncodeToString, 5, 5),
		inside(value, base32.HexEncoding.EncodeToString, 5, 5))
	for _, form := range slices.Clone(forms) {
		forms = append(forms, strings.ToLower(form))
	}
	return forms
}

// inside are the forms of value in an encoding of so many bytes a group and bits a
// character: alone, and inside of something longer. There its first and last bits share
// a character with what stands beside it, so that those are left out; this knows it
// without its padding, too.
func inside(value string, encode func([]byte) string, group, bits int) []string {
	forms := []string{encode([]byte(value))}
	for before := range group {
		text := encode(append(make([]byte, before), value...))
		shared := (before*8 + bits - 1) / bits // characters with bits of what stands before
		whole := (before + len(value)) * 8 / bits
		if whole-shared >= shortestInside {
			forms = append(forms, text[shared:whole])
		}
	}
	return forms
}
