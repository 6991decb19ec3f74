package rulebook

import (
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// RejectionCauses name why the integration rejects a token, more exactly than
// token-accepted does. All are MUSTs.
var RejectionCauses = []string{
	"token-served", "token-bare", "token-compact", "token-json",
	"alg-not-none", "alg-not-hmac", "alg-rs256",
	"times-numeric", "exp-ahead", "exp-in-seconds", "nbf-past",
	"key-format", "key-kind", "key-public-only", "key-size", "key-exponent-odd",
	"signature-strict", "signature-every",
}

var _ = add(Rule{
	ID: "token-accepted", Area: AreaToken, Level: record.Must,
	Title:    "The assistant accepts the token at the moment when it is received",
	Why:      "The assistant rejects each message that comes with such a token: the chat is dead for this visitor.",
	Fix:      OtherKeyFix,
	Source:   "vendor: enable",
	Faults:   []string{"other-key", "instance-other-key"},
	YieldsTo: RejectionCauses,
	NeedsKey: true,
	about:    func(t Token) bool { return t.Verdict.Judged },
	look:     tokenAccepted,
})

func tokenAccepted(t Token) *record.Finding {
	if !t.Verdict.Judged || t.Verdict.Accepted {
		return nil
	}
	finding := breaks("the integration accepts the token", "it is refused: %s: %s", t.Verdict.Name, t.Verdict.Message)
	finding.Hint = RefusalFix(t.Verdict.Message)
	return finding
}

// InvalidSignature is the integration's message for a signature that the key did
// not make.
const InvalidSignature = "invalid signature"

// OtherKeyFix is the fix where no token verifies with the key.
const OtherKeyFix = `Sign with the private key that belongs to the public key pasted in the Security tab; compare the fingerprints with "webchatspec key inspect".`

// RefusalFix is the fix for a token that the integration refuses with a message.
func RefusalFix(message string) string {
	if strings.Contains(strings.ToLower(strings.ReplaceAll(message, " ", "")), "publickey") {
		return `The public key is none with which the integration verifies RS256: "webchatspec key inspect" says what it is, and how to get the right text.`
	}
	switch message {
	case "jwt not active":
		return "The token is not active yet by the assistant's clock: set the server's clock by NTP, and leave nbf out or set it a minute back."
	case "jwt expired":
		return "The token has expired by the assistant's clock: set the server's clock by NTP, and sign a token for each request instead of keeping one."
	case InvalidSignature:
		return OtherKeyFix
	case "invalid algorithm":
		return "The integration takes RS256 alone: sign with RS256 and the private RSA key."
	case "jwt signature is required":
		return "The token has no signature: sign it with RS256 and the private RSA key."
	case "invalid exp value", "invalid nbf value", "invalid iat value":
		return "Write the times as JSON numbers: whole seconds since 1970."
	}
	return "The text is no token that the integration can read: send what the JWT library returns, unchanged."
}

var _ = add(Rule{
	ID: "signature-strict", Area: AreaKey, Level: record.Must,
	Title:    "The signature is RSASSA-PKCS1-v1_5 with SHA-256 exactly: no PSS, no other hash, no missing NULL, no lost leading zero",
	Why:      "The integration verifies RSASSA-PKCS1-v1_5 with SHA-256 and refuses everything else, however close.",
	Fix:      "Sign with RS256 of a well-kept JWT library instead of assembling the signature by hand.",
	Source:   "RFC 8017 §8.2.2; Wycheproof ModifiedPadding",
	Faults:   []string{"sha512-sig"},
	YieldsTo: []string{"token-compact"},
	NeedsKey: true,
	about:    func(t Token) bool { return t.Alg() == "RS256" && t.Signature.Scheme != "" },
	look:     signatureStrict,
})

// signatureStrict tells a wrong scheme only where the header says RS256; another
// algorithm in the header is alg-rs256's matter.
func signatureStrict(t Token) *record.Finding {
	if t.Alg() != "RS256" || t.Signature.Scheme == "" || t.Signature.Scheme == "rs256" {
		return nil
	}
	return breaks("an RSASSA-PKCS1-v1_5 signature with SHA-256, as the header says", "a signature of the scheme %s", t.Signature.Scheme)
}
