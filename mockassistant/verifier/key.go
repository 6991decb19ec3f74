package verifier

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
)

// The forms in which a key text can hold a key, as Key.Form names them.
const (
	formSPKI        = "spki"        // PEM "PUBLIC KEY"
	formPKCS1       = "pkcs1"       // PEM "RSA PUBLIC KEY"
	formCertificate = "certificate" // PEM "CERTIFICATE"
	formPrivate     = "private"     // one of the PEM private key labels
	formNone        = "none"        // no key: the integration takes the text for a secret
	formAbsent      = "absent"      // not even a text
	formOther       = "other"       // a JSON value that is neither text nor null
)

// The kinds of keys, as Key.Kind and the library's messages name them.
const (
	kindRSA     = "rsa"
	kindRSAPSS  = "rsa-pss"
	kindEC      = "ec"
	kindDSA     = "dsa"
	kindDH      = "dh"
	kindEd25519 = "ed25519"
	kindEd448   = "ed448"
	kindX25519  = "x25519"
	kindX448    = "x448"
	kindSecret  = "secret"
	kindOther   = "other" // a kind that OpenSSL knows and Node has no name for
)

// Key is what the integration makes of the text in its public key field. It
// does not change and is safe for concurrent use: read it once, use it often.
type Key struct {
	kind, form string
	falsy      bool // JavaScript takes what was given for false
	encoding   keyEncoding
	fast       *rsa.PublicKey // for crypto/rsa; nil when it refuses a key that OpenSSL takes
}

// anyKey is the key that fits every signature, for Preview.
var anyKey = &Key{kind: kindRSA, form: formSPKI}

// ReadKey reads a key text as the integration does. It never fails: text that
// holds no key becomes an HMAC secret there, with which RS256 is refused later.
func ReadKey(text string) *Key {
	encoding, form := readPEM([]byte(text))
	k := &Key{kind: encoding.kind, form: form, falsy: text == "", encoding: encoding}
	if form == formNone {
		k.kind = kindSecret
	}
	if k.kind == kindRSA {
		k.fast = fastKey(encoding.n, encoding.e)
	}
	return k
}

// ReadKeyValue reads what stands in the place of a key text: a string, nil for
// nothing, or any other value as encoding/json decodes it, which is no key.
func ReadKeyValue(v any) *Key {
	switch v := v.(type) {
	case nil:
		return &Key{kind: kindSecret, form: formAbsent, falsy: true}
	case string:
		return ReadKey(v)
	case Value:
		switch v.Kind() {
		case Absent, Null:
			return ReadKeyValue(nil)
		case String:
			return ReadKey(string(decodeUTF8([]byte(v.Text()))))
		}
	}
	return &Key{kind: kindSecret, form: formOther, falsy: !truthy(v)}
}

// Kind is the kind of key: "rsa", "rsa-pss", "ec", "ed25519", "ed448", "x25519",
// "x448", "dsa", "dh", "other" for kinds that Node cannot name, or "secret" for
// a text that holds no key at all.
func (k *Key) Kind() string { return k.kind }

// Form is the form in which the text holds the key: "spki", "pkcs1",
// "certificate", "private", or "none".
func (k *Key) Form() string {
	if k.form == formAbsent || k.form == formOther {
		return formNone
	}
	return k.form
}

// Modulus is the modulus of an RSA or RSA-PSS key, else nil. It is not to be changed.
func (k *Key) Modulus() *big.Int { return k.encoding.n }

// Exponent is the public exponent of an RSA or RSA-PSS key, else nil. It is not to be changed.
func (k *Key) Exponent() *big.Int { return k.encoding.e }

// Bits is the size of the modulus, 0 for keys that have none.
func (k *Key) Bits() int {
	if k.encoding.n == nil {
		return 0
	}
	return k.encoding.n.BitLen()
}

// Fingerprint is "sha256:" and the hexadecimal digest of the key's SubjectPublicKeyInfo,
// the same for every form of one key. It is "" where there is no public key to name.
func (k *Key) Fingerprint() string {
	spki := k.encoding.subjectPublicKeyInfo()
	if spki == nil {
		return ""
	}
	sum := sha256.Sum256(spki)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// refusal is the verdict of the steps 11 and 12 on a key that cannot be used.
type refusal struct {
	step          int
	name, message string
}

// refusal is nil for a key that RS256 can be tried with.
func (k *Key) refusal() *refusal {
	switch k.kind {
	case kindRSA:
		return nil
	case kindSecret:
		return &refusal{11, jsonWebTokenError, "secretOrPublicKey must be an asymmetric key when using RS256"}
	case kindEC:
		return &refusal{12, plainError, `"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.`}
	case kindRSAPSS:
		return &refusal{12, plainError, `"alg" parameter for "rsa-pss" key type must be one of: PS256, PS384, PS512.`}
	case kindOther:
		return &refusal{12, typeError, "key must be a string or a buffer or a KeyObject"}
	}
	return &refusal{12, plainError, fmt.Sprintf("Unknown key type %q.", k.kind)}
}

// Usable is nil when the integration can verify RS256 signatures with the key,
// and says why not otherwise.
func (k *Key) Usable() error {
	switch k.kind {
	case kindRSA:
		return k.usableRSA()
	case kindSecret:
		return errors.New("the text holds no key that the integration can read, so it is taken for a shared secret")
	case kindRSAPSS:
		return errors.New("the key is restricted to RSASSA-PSS signatures, which RS256 is not")
	case kindOther:
		return errors.New("the integration does not know this kind of key")
	}
	return fmt.Errorf("the key is of kind %q; RS256 needs an RSA key", k.kind)
}

// OpenSSL's limits on RSA keys at the time of a verification. A key beyond them
// is read, and then no signature fits it.
const (
	maxModulusBits       = 16384
	smallModulusBits     = 3072 // up to here the exponent may be of any size below the modulus
	maxLargeExponentBits = 64
)

// digestInfo is what an RS256 signature holds in front of the SHA-256 digest
// (RFC 8017 §9.2 note 1).
var digestInfo = []byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20")

// minModulusBytes is the size of the smallest modulus that has room for the
// padding, which is eleven bytes at least, and the digest.
var minModulusBytes = 11 + len(digestInfo) + sha256.Size

func (k *Key) usableRSA() error {
	n, e := k.encoding.n, k.encoding.e
	switch {
	case n.BitLen() > maxModulusBits:
		return fmt.Errorf("the modulus has %d bits; OpenSSL refuses more than %d", n.BitLen(), maxModulusBits)
	case n.Cmp(e) <= 0:
		return errors.New("the exponent is not smaller than the modulus")
	case n.BitLen() > smallModulusBits && e.BitLen() > maxLargeExponentBits:
		return fmt.Errorf("the exponent has %d bits; OpenSSL refuses more than %d", e.BitLen(), maxLargeExponentBits)
	case n.Bit(0) == 0:
		return errors.New("the modulus is an even number, so this is not an RSA key")
	case (n.BitLen()+7)/8 < minModulusBytes:
		return fmt.Errorf("the modulus has %d bits, too few to hold an RS256 signature", n.BitLen())
	case e.Sign() == 0:
		return errors.New("the exponent is 0, so this is not an RSA key")
	}
	return nil
}

// fastKey is the key for crypto/rsa, or nil when that package would refuse it or
// decide by rules of its own.
func fastKey(n, e *big.Int) *rsa.PublicKey {
	if n.BitLen() < 1024 || n.BitLen() > maxModulusBits || n.Bit(0) == 0 || e.BitLen() > 31 || e.Bit(0) == 0 || e.BitLen() < 2 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// checkSignature tells whether signature is the RS256 signature of signed.
func (k *Key) checkSignature(signed string, signature []byte) bool {
	return k.checkDigest(sha256.Sum256([]byte(signed)), signature)
}

// checkDigest tells whether signature is the RS256 signature of a text with the digest.
func (k *Key) checkDigest(digest [sha256.Size]byte, signature []byte) bool {
	if k.fast != nil {
		return rsa.VerifyPKCS1v15(k.fast, crypto.SHA256, digest[:], signature) == nil
	}
	if k.usableRSA() != nil {
		return false
	}
	block := k.recoverBlock(signature)
	return block != nil && string(block) == string(paddedDigest(digestInfo, digest[:], len(block)))
}

// recoverBlock computes the encoded message that signature holds, or nil when it
// cannot be a signature of this key: its length must be that of the modulus and
// its value smaller.
func (k *Key) recoverBlock(signature []byte) []byte {
	n, e := k.encoding.n, k.encoding.e
	size := (n.BitLen() + 7) / 8
	s := new(big.Int).SetBytes(signature)
	if len(signature) != size || s.Cmp(n) >= 0 {
		return nil
	}
	return s.Exp(s, e, n).FillBytes(make([]byte, size))
}

// paddedDigest is the encoded message of PKCS#1 v1.5 (RFC 8017 §9.2) in size bytes.
func paddedDigest(info, digest []byte, size int) []byte {
	block := make([]byte, size)
	padding := size - len(info) - len(digest) - 1
	if padding < 2 {
		return nil
	}
	block[1] = 1
	for i := 2; i < padding; i++ {
		block[i] = 0xFF
	}
	copy(block[padding+1:], info)
	copy(block[padding+1+len(info):], digest)
	return block
}
