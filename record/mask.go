package record

import (
	"regexp"
	"strings"

	"github.com/webchatspec/webchatspec/secrets"
)

// bigNumber is a number of a private key as a JWK has it (RFC 7518 §2).
var bigNumber = regexp.MustCompile(`^[A-Za-z0-9_-]{40,}$`)

// secretKind names the secret that value is at path in a claim set, or "".
// The sub claim is never one: it identifies its user on purpose.
func secretKind(path, value string, known map[string]string) string {
	if path == "sub" || value == "" {
		return ""
	}
	parts := strings.Split(path, ".")
	name := parts[len(parts)-1]
	if secrets.IsPrivateMember(name) && (len(parts) > 1 && parts[len(parts)-2] == "jwk" || bigNumber.MatchString(value)) {
		return secrets.PrivateJWK
	}
	for kind, secret := range known {
		if len(secret) >= 8 && strings.Contains(value, secret) {
			return kind
		}
	}
	if _, kinds := secrets.Mask(value); len(kinds) > 0 {
		return kinds[0]
	}
	switch {
	case secrets.IsName(name):
		return "secret named " + name
	case secrets.IsCardNumber(name, value):
		return "card number"
	}
	return ""
}
