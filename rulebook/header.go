package rulebook

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

var _ = add(Rule{
	ID: "alg-rs256", Area: AreaHeader, Level: record.Must,
	Title:    `The algorithm in the header is exactly "{algorithms}"`,
	Why:      "The integration verifies with {algorithms} and nothing else; every other algorithm is refused.",
	Fix:      "Sign with the algorithm {algorithms} and let the library write the header.",
	Source:   "vendor: enable; RFC 8725 §3.1-3.2",
	Faults:   []string{"rs512"},
	YieldsTo: []string{"alg-not-none", "alg-not-hmac"},
	look:     algRS256,
})

func algRS256(t Token) *record.Finding {
	if !slices.Contains(t.Profile.OrDefault().Token.Algorithms, t.Alg()) && t.HeaderMembers != nil {
		return breaks(`alg "{algorithms}"`, "%s", shownAlg(t))
	}
	return nil
}

var _ = add(Rule{
	ID: "alg-not-none", Area: AreaHeader, Level: record.Must,
	Title:  `The token is signed: its algorithm is not "none" in any spelling, and its signature is not empty`,
	Why:    "An unsigned token can be written by anyone.",
	Fix:    `Never configure the algorithm "none"; sign with RS256.`,
	Source: "RFC 8725 §3.2; CVE-2015-2951 (jwt_tool -X a)",
	Faults: []string{"alg-none"},
	look:   algNotNone,
})

func algNotNone(t Token) *record.Finding {
	name, shown := t.Alg(), shownAlg(t)
	switch {
	case strings.EqualFold(strings.TrimSpace(name), "none"):
		return breaks("a signed token", "%s", shown)
	case t.Text.Segments == 3 && t.Text.EmptySegments > 0 && t.Signature.Bytes == 0 && t.HeaderMembers != nil:
		return breaks("a signature", "an empty one, with %s", shown)
	}
	return nil
}

var _ = add(Rule{
	ID: "alg-not-hmac", Area: AreaHeader, Level: record.Must,
	Title:  "The token is not signed with an HMAC, neither with the text of the public key nor with a common secret",
	Why:    "With an HMAC keyed with the public key, or with a secret found in word lists, anyone can make tokens.",
	Fix:    "Sign with RS256 and the private key; remove every HS256 path and shared secret.",
	Source: "CVE-2016-10555; RFC 8725 §2.1",
	Faults: []string{"hmac-pem"},
	look:   algNotHMAC,
})

func algNotHMAC(t Token) *record.Finding {
	name, shown := t.Alg(), shownAlg(t)
	switch {
	case t.Signature.HMACSecret != "":
		return breaks("a signature that only the private key can make", "it verifies as HMAC under %s", t.Signature.HMACSecret)
	case strings.HasPrefix(strings.ToUpper(name), "HS"):
		return breaks("no HMAC algorithm", "%s", shown)
	}
	return nil
}

var _ = add(Rule{
	ID: "typ-jwt", Area: AreaHeader, Level: record.Should,
	Title:  `typ in the header is "JWT" or absent`,
	Why:    "Another type switches the integration to a laxer reading of the payload, and other verifiers refuse it.",
	Fix:    `Leave typ to the library, which writes "JWT".`,
	Source: "RFC 7519 §5.1; RFC 8725 §3.11",
	Faults: []string{"typ-odd"},
	look:   typJWT,
})

func typJWT(t Token) *record.Finding {
	raw, ok := t.HeaderMembers["typ"]
	if !ok || string(raw) == `"JWT"` {
		return nil
	}
	return breaks(`typ "JWT", or none`, "typ %s", record.Quote(string(raw)))
}

var _ = add(Rule{
	ID: "header-no-private-key", Area: AreaHeader, Level: record.Must,
	Title:  "The header contains no private or secret part of a key",
	Why:    "Whoever sees one token can sign as the site.",
	Fix:    "Remove the jwk member from the header at once, and replace the key pair: its private key is public now.",
	Source: "RFC 7517 §9",
	Faults: []string{"jwk-private"},
	look:   headerNoPrivateKey,
})

func headerNoPrivateKey(t Token) *record.Finding {
	for _, masked := range t.Header.Masked {
		return breaks("no private or secret member in the header", "%s at %q (masked here)", masked.Kind, masked.Path)
	}
	return nil
}

var _ = add(Rule{
	ID: "header-no-embedded-key", Area: AreaHeader, Level: record.Should,
	Title:    "The header contains neither a key nor the address of one: no jwk, jku, x5u or x5c",
	Why:      "The integration ignores a key in the header; a verifier that trusts it lets anyone sign.",
	Fix:      "Sign without jwk, jku, x5u and x5c header parameters.",
	Source:   "RFC 8725 §3.10; CVE-2018-0114",
	Faults:   []string{"embeds-jwk"},
	YieldsTo: []string{"header-no-private-key"},
	look:     headerNoEmbeddedKey,
})

func headerNoEmbeddedKey(t Token) *record.Finding {
	return headerWithout(t, "no key or address of a key in the header", "jwk", "jku", "x5u", "x5c")
}

var _ = add(Rule{
	ID: "header-no-extensions", Area: AreaHeader, Level: record.Should,
	Title:  "The header has no crit, b64, zip or enc, which verifiers treat differently",
	Why:    "The integration ignores these parameters, other verifiers must refuse the token: it means two things.",
	Fix:    "Sign a plain JWT: no crit, b64, zip or enc.",
	Source: "RFC 7515 §4.1.11; RFC 7797",
	Faults: []string{"crit-b64"},
	look:   headerNoExtensions,
})

func headerNoExtensions(t Token) *record.Finding {
	return headerWithout(t, "no extension in the header", "crit", "b64", "zip", "enc")
}

// traversal finds key ids that name a file, an address or a query. A slash alone
// is none: base64 has it.
var traversal = regexp.MustCompile(`(?i)\.\.[/\\]|^[/\\~]|^[a-z]:\\|://|\.(?:pem|key|pub|crt|cer|der|json|jwks?)$|['"` + "`" + `;|$<>\x00]|\s(?:or|and|union|select)\s`)

var _ = add(Rule{
	ID: "kid-opaque", Area: AreaHeader, Level: record.May,
	Title:  "The key id, if there is one, is opaque: not a path, not an address, nobody's e-mail address and not part of a query",
	Why:    "A key id that is a path or a query tempts a verifier to open it, and tells an attacker how the server is built.",
	Fix:    "Use a random or hashed key id, or none.",
	Source: "OWASP JWT; jwt_tool kid tests",
	Faults: []string{"kid-path"},
	look:   kidOpaque,
})

func kidOpaque(t Token) *record.Finding {
	raw, ok := t.HeaderMembers["kid"]
	var kid string
	if !ok || json.Unmarshal(raw, &kid) != nil || !traversal.MatchString(kid) && !emailAddress.MatchString(kid) {
		return nil
	}
	return breaks("a kid that is an opaque id", "kid %s", record.Quote(kid))
}

// shownAlg is the header parameter alg as a finding shows it.
func shownAlg(t Token) string {
	if raw, ok := t.HeaderMembers["alg"]; ok {
		return "alg " + string(raw)
	}
	return "no alg"
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
	return breaks(expected, "%s", strings.Join(present, ", "))
}
