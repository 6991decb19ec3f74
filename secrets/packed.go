package secrets

import (
	"regexp"
	"strings"
)

// packed finds what gzip or zlib has packed and base64 has encoded, by how both begin, in
// either alphabet, and as JSON and addresses write their digits. Deflate alone says nothing
// of itself.
var packed = regexp.MustCompile(`(?:H4sI|e(?:A[E-H]|F[4-7]|J[w-z]|N[o-r]))(?:[A-Za-z0-9+/=_-]|\\/|\\[nr]|[\r\n]|%2[BbFf]|%3[Dd]){8,}`)

var packedDigits = strings.NewReplacer(`\/`, "/", `\n`, "", `\r`, "", "\n", "", "\r", "", "%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "", "%3d", "", "=", "")

// maskPacked takes out what is packed, where a secret stands in it.
func maskPacked(text string, holdsSecret func(unpacked string) bool) string {
	if !mayBePacked(text) {
		return text
	}
	return packed.ReplaceAllStringFunc(text, func(run string) string {
		digits := packedDigits.Replace(run)
		if len(digits)%4 == 1 { // it was cut here
			digits = digits[:len(digits)-1]
		}
		if holdsSecret(string(unpacked(base64Text(digits)))) {
			return Mark("packed text")
		}
		return run
	})
}

// mayBePacked is a quick look for how packed begins.
func mayBePacked(text string) bool {
	if strings.Contains(text, "H4sI") {
		return true
	}
	for {
		_, rest, found := strings.Cut(text, "e")
		if !found || len(rest) < 2 {
			return false
		}
		switch c := rest[1]; rest[0] {
		case 'A':
			found = c >= 'E' && c <= 'H'
		case 'F':
			found = c >= '4' && c <= '7'
		case 'J':
			found = c >= 'w' && c <= 'z'
		case 'N':
			found = c >= 'o' && c <= 'r'
		default:
			found = false
		}
		if found {
			return true
		}
		text = rest
	}
}
