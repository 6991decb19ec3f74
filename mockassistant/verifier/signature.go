package verifier

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // the digests that SignatureScheme recognises
	"crypto/sha256"
	_ "crypto/sha512"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// Scheme names how a token was signed, as far as the signature shows it.
type Scheme string

// The schemes that SignatureScheme tells apart. Only SchemeRS256 is one that the
// integration accepts.
const (
	SchemeRS256       Scheme = "rs256"
	SchemeRS384       Scheme = "rs384"
	SchemeRS512       Scheme = "rs512"
	SchemeSHA1        Scheme = "rs1"          // PKCS#1 v1.5 with SHA-1
	SchemePSS         Scheme = "pss"          // RSASSA-PSS with SHA-256, 384 or 512
	SchemeMissingNull Scheme = "missing-null" // the digest's AlgorithmIdentifier has no NULL
	SchemeBareDigest  Scheme = "bare-digest"  // the digest stands there without its DigestInfo
	SchemeShort       Scheme = "short"        // leading zero bytes were left off
	SchemeLong        Scheme = "long"         // bytes were added
	SchemeStandard64  Scheme = "base64"       // the standard alphabet or padding instead of base64url
	SchemeOtherText   Scheme = "other-text"   // PKCS#1 v1.5 with SHA-256 by this key, of another text
	SchemeUnknown     Scheme = "unknown"      // nothing that this key signed
	SchemeNone        Scheme = "none"         // there is no signature, or no RSA key to tell by
)

// Fits tells whether the integration takes such a signature for right.
func (s Scheme) Fits() bool { return s == SchemeRS256 }

// Explain is a sentence about the scheme for the one who has to repair it.
func (s Scheme) Explain() string {
	return schemeTexts[s]
}

var schemeTexts = map[Scheme]string{
	SchemeRS256:       "RSASSA-PKCS1-v1_5 with SHA-256, by this key",
	SchemeRS384:       "signed by this key, but with SHA-384 (RS384): sign with RS256",
	SchemeRS512:       "signed by this key, but with SHA-512 (RS512): sign with RS256",
	SchemeSHA1:        "signed by this key, but with SHA-1: sign with RS256",
	SchemePSS:         "signed by this key, but with RSASSA-PSS padding (PS256 and the like): sign with PKCS#1 v1.5 padding",
	SchemeMissingNull: "signed by this key, but the DigestInfo lacks the NULL parameters (RFC 8017 §9.2): use a maintained library",
	SchemeBareDigest:  "signed by this key, but the digest stands there without its DigestInfo (RFC 8017 §9.2): sign, do not encrypt the hash with the private key",
	SchemeShort:       "signed by this key, but its leading zero bytes were left off: a signature is as long as the modulus (RFC 8017 §8.2.1)",
	SchemeLong:        "signed by this key, but the signature is longer than the modulus",
	SchemeStandard64:  "signed by this key, but encoded in standard base64: use base64url without padding",
	SchemeOtherText:   "signed by this key with RS256, but over another text: header or payload were changed, or encoded anew, after signing",
	SchemeUnknown:     "not made by the private half of this key",
	SchemeNone:        "there is no signature to look at",
}

// SignatureScheme recovers what the token's signature holds under the key, and
// names how it was made. It looks at the signature whatever the header says, so
// that a finding can name the mistake and not only that something is wrong.
func (k *Key) SignatureScheme(token string) Scheme {
	cut := strings.LastIndexByte(token, '.')
	if cut < 0 || cut == len(token)-1 || (k.kind != kindRSA && k.kind != kindRSAPSS) || k.usableRSA() != nil {
		return SchemeNone
	}
	signed, encoded := token[:cut], token[cut+1:]
	clean := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(encoded), "=")
	if !isBase64URL(clean) {
		return SchemeUnknown
	}
	scheme := k.schemeOf(signed, record.DecodeSegment(clean))
	if scheme == SchemeRS256 && clean != encoded {
		return SchemeStandard64
	}
	return scheme
}

func (k *Key) schemeOf(signed string, signature []byte) Scheme {
	size := (k.Bits() + 7) / 8
	if trimmed := bytes.TrimLeft(signature, "\x00"); len(signature) != size {
		if len(trimmed) > size {
			return SchemeUnknown
		}
		whole := append(make([]byte, size-len(trimmed)), trimmed...)
		if k.schemeOf(signed, whole) != SchemeRS256 {
			return SchemeUnknown
		}
		if len(signature) < size {
			return SchemeShort
		}
		return SchemeLong
	}
	block := k.recoverBlock(signature)
	if block == nil {
		return SchemeUnknown
	}
	if scheme := pkcs1Scheme(block, signed); scheme != SchemeUnknown {
		return scheme
	}
	if k.isPSS(signed, signature) {
		return SchemePSS
	}
	return SchemeUnknown
}

// The DigestInfo prefixes of the schemes.
var digestInfos = []struct {
	scheme Scheme
	hash   crypto.Hash
	info   []byte
}{
	{SchemeRS256, crypto.SHA256, digestInfo},
	{SchemeRS384, crypto.SHA384, []byte("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30")},
	{SchemeRS512, crypto.SHA512, []byte("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40")},
	{SchemeSHA1, crypto.SHA1, []byte("\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14")},
	{SchemeMissingNull, crypto.SHA256, []byte("\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20")},
	{SchemeBareDigest, crypto.SHA256, nil},
}

// pkcs1Scheme recognises the encoded messages of PKCS#1 v1.5.
func pkcs1Scheme(block []byte, signed string) Scheme {
	for _, d := range digestInfos {
		hash := d.hash.New()
		hash.Write([]byte(signed))
		if bytes.Equal(block, paddedDigest(d.info, hash.Sum(nil), len(block))) {
			return d.scheme
		}
	}
	other := paddedDigest(digestInfo, make([]byte, sha256.Size), len(block))
	if end := len(block) - sha256.Size; other != nil && bytes.Equal(block[:end], other[:end]) {
		return SchemeOtherText
	}
	return SchemeUnknown
}

// isPSS tells whether signature is an RSASSA-PSS signature of signed. crypto/rsa
// refuses small keys, which are no matter here.
func (k *Key) isPSS(signed string, signature []byte) bool {
	key := fastKey(k.encoding.n, k.encoding.e)
	if key == nil {
		return false
	}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		digest := hash.New()
		digest.Write([]byte(signed))
		if rsa.VerifyPSS(key, hash, digest.Sum(nil), signature, nil) == nil {
			return true
		}
	}
	return false
}
