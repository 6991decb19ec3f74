package suites

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// alg returns the alg header parameter and how to show it.
func alg(t Token) (name, shown string) {
	raw, ok := t.HeaderMembers["alg"]
	if !ok {
		return "", "no alg"
	}
	_ = json.Unmarshal(raw, &name) // anything but a string leaves it empty
	return name, "alg " + string(raw)
}

var _ = add(Check{
	ID: "alg-rs256", Area: AreaHeader, Level: record.Must,
	Title:       `The algorithm in the header is exactly "RS256"`,
	Why:         "The integration verifies with RS256 and nothing else; every other algorithm is refused.",
	Fix:         "Sign with the algorithm RS256 and let the library write the header.",
	Source:      "vendor: enable; RFC 8725 §3.1-3.2",
	Faults:      []string{"rs512"},
	YieldsTo:    []string{"alg-not-none", "alg-not-hmac"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(algRS256),
})

func algRS256(t Token) *record.Finding {
	if name, shown := alg(t); name != "RS256" && t.HeaderMembers != nil {
		return found(t.Exchange, `alg "RS256"`, "%s", shown)
	}
	return nil
}

var _ = add(Check{
	ID: "alg-not-none", Area: AreaHeader, Level: record.Must,
	Title:       `The token is signed: its algorithm is not "none" in any spelling, and its signature is not empty`,
	Why:         "An unsigned token can be written by anyone.",
	Fix:         `Never configure the algorithm "none"; sign with RS256.`,
	Source:      "RFC 8725 §3.2; CVE-2015-2951 (jwt_tool -X a)",
	Faults:      []string{"alg-none"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(algNotNone),
})

func algNotNone(t Token) *record.Finding {
	name, shown := alg(t)
	switch {
	case strings.EqualFold(strings.TrimSpace(name), "none"):
		return found(t.Exchange, "a signed token", "%s", shown)
	case t.Text.Segments == 3 && t.Signature.Bytes == 0 && t.HeaderMembers != nil:
		return found(t.Exchange, "a signature", "an empty one, with %s", shown)
	}
	return nil
}

var _ = add(Check{
	ID: "alg-not-hmac", Area: AreaHeader, Level: record.Must,
	Title:       "The token is not signed with an HMAC, neither under the text of the public key nor under a common secret",
	Why:         "With an HMAC under the public key, or under a secret found in word lists, anyone can mint tokens.",
	Fix:         "Sign with RS256 and the private key; remove every HS256 path and shared secret.",
	Source:      "CVE-2016-10555; RFC 8725 §2.1",
	Faults:      []string{"hmac-pem"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(algNotHMAC),
})

func algNotHMAC(t Token) *record.Finding {
	name, shown := alg(t)
	switch {
	case t.Signature.HMACSecret != "":
		return found(t.Exchange, "a signature that only the private key can make", "it verifies as HMAC under %s", t.Signature.HMACSecret)
	case strings.HasPrefix(strings.ToUpper(name), "HS"):
		return found(t.Exchange, "no HMAC algorithm", "%s", shown)
	}
	return nil
}

var _ = add(Check{
	ID: "typ-jwt", Area: AreaHeader, Level: record.Should,
	Title:       `The type in the header is "JWT", or there is none`,
	Why:         "Another type switches the integration to a laxer reading of the payload, and other verifiers refuse it.",
	Fix:         `Leave typ to the library, which writes "JWT".`,
	Source:      "RFC 7519 §5.1; RFC 8725 §3.11",
	Faults:      []string{"typ-odd"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(typJWT),
})

func typJWT(t Token) *record.Finding {
	raw, ok := t.HeaderMembers["typ"]
	if !ok || string(raw) == `"JWT"` {
		return nil
	}
	return found(t.Exchange, `typ "JWT", or none`, "typ %s", quote(string(raw)))
}

var _ = add(Check{
	ID: "header-no-private-key", Area: AreaHeader, Level: record.Must,
	Title:       "The header holds no private or secret part of a key",
	Why:         "Whoever sees one token can sign as the site.",
	Fix:         "Remove the jwk member from the header at once, and replace the key pair: it is public now.",
	Source:      "RFC 7517 §9",
	Faults:      []string{"jwk-private"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(headerNoPrivateKey),
})

func headerNoPrivateKey(t Token) *record.Finding {
	for _, masked := range t.Header.Masked {
		return found(t.Exchange, "no private or secret member in the header", "%s at %q (masked here)", masked.Kind, masked.Path)
	}
	return nil
}

var _ = add(Check{
	ID: "header-no-embedded-key", Area: AreaHeader, Level: record.Should,
	Title:       "The header holds no key and no address of one: no jwk, jku, x5u or x5c",
	Why:         "The integration ignores a key in the header; a verifier that trusts it lets anyone sign.",
	Fix:         "Sign without jwk, jku, x5u and x5c header parameters.",
	Source:      "RFC 8725 §3.10; CVE-2018-0114",
	Faults:      []string{"embeds-jwk"},
	YieldsTo:    []string{"header-no-private-key"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(headerNoEmbeddedKey),
})

func headerNoEmbeddedKey(t Token) *record.Finding {
	return headerWithout(t, "no key or address of a key in the header", "jwk", "jku", "x5u", "x5c")
}

var _ = add(Check{
	ID: "header-no-extensions", Area: AreaHeader, Level: record.Should,
	Title:       "The header has no crit, b64, zip or enc, which verifiers treat differently",
	Why:         "The integration ignores these parameters, other verifiers must refuse the token: it means two things.",
	Fix:         "Sign a plain JWT: no crit, b64, zip or enc.",
	Source:      "RFC 7515 §4.1.11; RFC 7797",
	Faults:      []string{"crit-b64"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(headerNoExtensions),
})

func headerNoExtensions(t Token) *record.Finding {
	return headerWithout(t, "no extension in the header", "crit", "b64", "zip", "enc")
}

// headerWithout is the finding that the header has one of the names.
func headerWithout(t Token, expected string, names ...string) *record.Finding {
	var present []string
	for _, name := range names {
		if _, ok := t.HeaderMembers[name]; ok {
			present = append(present, name)
		}
	}
	if len(present) == 0 {
		return nil
	}
	return found(t.Exchange, expected, "%s", strings.Join(present, ", "))
}

// traversal finds key ids that name a file, an address or a query. A slash alone
// is none: base64 has it.
var traversal = regexp.MustCompile(`(?i)\.\.[/\\]|^[/\\~]|^[a-z]:\\|://|\.(?:pem|key|pub|crt|cer|der|json|jwks?)$|['"` + "`" + `;|$<>\x00]|\s(?:or|and|union|select)\s`)

var _ = add(Check{
	ID: "kid-opaque", Area: AreaHeader, Level: record.May,
	Title:       "The key id, if there is one, says nothing: it is no path, no address and no part of a query",
	Why:         "A key id that is a path or a query tempts a verifier to open it, and tells an attacker how the server is built.",
	Fix:         "Use a random or hashed key id, or none.",
	Source:      "OWASP JWT; jwt_tool kid tests",
	Faults:      []string{"kid-path"},
	Needs:       []string{record.ProbeVisitors},
	NeedsTokens: true,
	judge:       everyToken(kidOpaque),
})

func kidOpaque(t Token) *record.Finding {
	raw, ok := t.HeaderMembers["kid"]
	var kid string
	if !ok || json.Unmarshal(raw, &kid) != nil || !traversal.MatchString(kid) {
		return nil
	}
	return found(t.Exchange, "a kid that is an opaque id", "%s", fmt.Sprintf("kid %s", quote(kid)))
}
