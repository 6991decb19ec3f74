package record

import (
	"regexp"
	"slices"
	"strings"
)

// jwtPattern finds what looks like a JWT: its header begins with the encoding of `{"`.
var jwtPattern = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

// secretPatterns find secrets by their form, in any text.
var secretPatterns = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{LeakPrivateKey, regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]+-----|\z)`)},
	{LeakPrivateKey, regexp.MustCompile(`PuTTY-User-Key-File-\d(?s:.*?)Private-Lines:(?s:.*)`)},
	{LeakPrivateJWK, regexp.MustCompile(`"(?:d|p|q|dp|dq|qi)"\s*:\s*"[A-Za-z0-9_-]{40,}"`)},
	{"password in an address", regexp.MustCompile(`\b[a-z][a-z0-9+.-]{2,}://[^\s/:@"]+:[^\s/@"]{4,}@`)},
	{"access key", regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`)},
	{"API key", regexp.MustCompile(`\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}\b`)},
	{"API key", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}\b`)},
}

// secretNames are member names whose string value is a secret whatever it is.
var secretNames = regexp.MustCompile(`(?i)^(?:.*[_-])?(?:password|passwd|pwd|passphrase|secret|client_?secret|api_?key|apikey|x-api-key|access_?key|private_?key|signing_?key|cvv|cvc)$|^(?:(?:user|login|db|client)(?:Password|Secret)|clientSecret|privateKey|secretKey|accessKey)$`)

// cardNames are member names that make a number with a right check digit a card number.
var cardNames = regexp.MustCompile(`(?i)card|(?:^|[_-])(?:pan|cc)(?:$|[_-])`)

var cardGroups = regexp.MustCompile(`^\d{4}([ -])\d{4}([ -])\d{4}([ -])\d{1,4}$`)

// privateJWKMembers are the members of a JWK that only its owner may have (RFC 7517 §9).
var privateJWKMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// Mask cuts the signature off every token in text, replaces private keys and
// other secrets known by their form, and returns what it found, by kind.
func Mask(text string) (masked string, kinds []string) {
	for _, secret := range secretPatterns {
		if secret.pattern.MatchString(text) {
			kinds = append(kinds, secret.kind)
			text = secret.pattern.ReplaceAllLiteralString(text, "«"+secret.kind+" masked»")
		}
	}
	text = jwtPattern.ReplaceAllStringFunc(text, func(token string) string {
		if !slices.Contains(kinds, LeakToken) {
			kinds = append(kinds, LeakToken)
		}
		if strings.HasSuffix(token, ".") {
			return token // it has no signature, or that has been cut before
		}
		return CutToken(token)
	})
	return text, kinds
}

// CutToken returns token without its signature, marked as cut.
func CutToken(token string) string {
	if dot := strings.LastIndexByte(token, '.'); dot >= 0 {
		return token[:dot] + ".«signature cut»"
	}
	return token
}

// FindTokens returns the texts in text that look like a JWT, with their signatures.
func FindTokens(text string) []string {
	return jwtPattern.FindAllString(text, -1)
}

// secretKind names the secret that value is at path in a claim set, or "".
// The sub claim is never one: it identifies its user on purpose.
func secretKind(path, value string, secrets map[string]string) string {
	if path == "sub" || value == "" {
		return ""
	}
	parts := strings.Split(path, ".")
	name := parts[len(parts)-1]
	if len(parts) > 1 && parts[len(parts)-2] == "jwk" && slices.Contains(privateJWKMembers, name) {
		return LeakPrivateJWK
	}
	for kind, secret := range secrets {
		if len(secret) >= 8 && strings.Contains(value, secret) {
			return kind
		}
	}
	if _, kinds := Mask(value); len(kinds) > 0 {
		return kinds[0]
	}
	switch {
	case secretNames.MatchString(name):
		return "secret named " + name
	case isCardNumber(name, value):
		return "card number"
	}
	return ""
}

// isCardNumber wants more than a right check digit, which one id in ten has by
// chance: a name that says so, or the digits in groups of four.
func isCardNumber(name, value string) bool {
	if !cardNames.MatchString(name) && !cardGroups.MatchString(value) {
		return false
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(value)
	if len(digits) < 13 || len(digits) > 19 {
		return false
	}
	sum := 0
	for i, r := range digits {
		if r < '0' || r > '9' {
			return false
		}
		d := int(r - '0')
		if (len(digits)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
