package verifier

import (
	"bytes"
	"math/big"
)

// keyEncoding is a public key as it was encoded.
type keyEncoding struct {
	kind      string
	n, e      *big.Int // of RSA keys
	algorithm []byte   // the AlgorithmIdentifier, with its tag and length
	bits      []byte   // the content of the SubjectPublicKeyInfo's bit string; nil when it is not known
}

// The object identifiers of key algorithms, in their encoding.
var keyAlgorithms = map[string]string{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01": kindRSA,
	"\x55\x08\x01\x01":                     kindRSA, // X.500's rsa
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a": kindRSAPSS,
	"\x2a\x86\x48\xce\x3d\x02\x01":         kindEC,
	"\x2b\x65\x6e":                         "x25519",
	"\x2b\x65\x6f":                         "x448",
	"\x2b\x65\x70":                         "ed25519",
	"\x2b\x65\x71":                         "ed448",
	"\x2a\x86\x48\xce\x38\x04\x01":         "dsa",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01": "dh",
	"\x2a\x86\x48\xce\x3e\x02\x01":         kindOther, // X9.42 Diffie-Hellman
}

// The tags of the encoding.
const (
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagOID         = 0x06
	tagSequence    = 0x30
	tagVersion     = 0xA0
)

// decodeSPKI reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). What follows it
// is ignored, here and in the other forms.
func decodeSPKI(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	return readSPKI(&input)
}

func readSPKI(input *berReader) (key keyEncoding, ok bool) {
	spki := input.sequence()
	key.algorithm = spki.peekElement()
	algorithm := spki.sequence()
	oid := algorithm.element(tagOID)
	key.bits = spki.bitString()
	if !algorithm.atMostOneMore() || !spki.done() || input.failed {
		return keyEncoding{}, false
	}
	key.kind, ok = keyAlgorithms[string(oid)]
	if !ok {
		return keyEncoding{}, false
	}
	switch key.kind {
	case kindRSA, kindRSAPSS:
		key.n, key.e, ok = readRSA(key.bits)
	case "ed25519", "x25519":
		ok = len(key.bits) == 32
	case "ed448":
		ok = len(key.bits) == 57
	case "x448":
		ok = len(key.bits) == 56
	}
	return key, ok
}

// readRSA reads an RSAPublicKey (RFC 8017 A.1.1).
func readRSA(der []byte) (n, e *big.Int, ok bool) {
	input := berReader{data: der}
	key := input.sequence()
	n, e = key.unsigned(), key.unsigned()
	return n, e, key.done()
}

// decodePKCS1 reads an RSAPublicKey.
func decodePKCS1(der []byte) (keyEncoding, bool) {
	n, e, ok := readRSA(der)
	return keyEncoding{kind: kindRSA, n: n, e: e}, ok
}

// decodeCertificate reads the key of an X.509 certificate (RFC 5280 §4.1).
func decodeCertificate(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	certificate := input.sequence()
	body := certificate.sequence()
	if body.nextTag() == tagVersion {
		body.element(tagVersion)
	}
	body.element(tagInteger) // serial number
	for range 4 {            // signature, issuer, validity, subject
		body.element(tagSequence)
	}
	key, ok := readSPKI(&body)
	certificate.element(tagSequence)
	certificate.bitString()
	return key, ok && certificate.done()
}

// decodePKCS1Private reads an RSAPrivateKey (RFC 8017 A.1.2).
func decodePKCS1Private(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	key := input.sequence()
	key.element(tagInteger) // version
	n, e := key.unsigned(), key.unsigned()
	for range 6 { // d, p, q, dP, dQ, qInv
		key.unsigned()
	}
	return keyEncoding{kind: kindRSA, n: n, e: e}, !key.failed
}

// decodePKCS8 reads a PrivateKeyInfo (RFC 5208 §5).
func decodePKCS8(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	info := input.sequence()
	info.element(tagInteger) // version
	algorithmText := info.peekElement()
	algorithm := info.sequence()
	oid := algorithm.element(tagOID)
	private := info.element(tagOctetString)
	kind, ok := keyAlgorithms[string(oid)]
	if info.failed || !ok {
		return keyEncoding{}, false
	}
	key := keyEncoding{kind: kind}
	if kind == kindRSA || kind == kindRSAPSS {
		key, ok = decodePKCS1Private(private)
		key.kind, key.algorithm = kind, algorithmText
	}
	return key, ok
}

// decodeECPrivate reads an ECPrivateKey (RFC 5915 §3).
func decodeECPrivate(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	key := input.sequence()
	key.element(tagInteger) // version
	key.element(tagOctetString)
	return keyEncoding{kind: kindEC}, !key.failed
}

// decodeDSAPrivate reads OpenSSL's DSA private key: version, p, q, g, y, x.
func decodeDSAPrivate(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	key := input.sequence()
	for range 6 {
		key.element(tagInteger)
	}
	return keyEncoding{kind: "dsa"}, !key.failed && key.done()
}

// rsaAlgorithm is the AlgorithmIdentifier of rsaEncryption.
var rsaAlgorithm = []byte("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")

// subjectPublicKeyInfo is the key as DER, or nil when it is not known.
func (k keyEncoding) subjectPublicKeyInfo() []byte {
	algorithm, bits := k.algorithm, k.bits
	if k.n != nil {
		bits = encodeDER(tagSequence, encodeUnsigned(k.n), encodeUnsigned(k.e))
		if k.kind == kindRSA {
			algorithm = rsaAlgorithm
		}
	}
	if algorithm == nil || bits == nil {
		return nil
	}
	return encodeDER(tagSequence, algorithm, encodeDER(tagBitString, []byte{0}, bits))
}

func encodeUnsigned(n *big.Int) []byte {
	digits := n.Bytes()
	if len(digits) == 0 || digits[0] >= 0x80 {
		digits = append([]byte{0}, digits...)
	}
	return encodeDER(tagInteger, digits)
}

func encodeDER(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	out := []byte{tag}
	if size := len(content); size < 0x80 {
		out = append(out, byte(size))
	} else {
		length := big.NewInt(int64(size)).Bytes()
		out = append(append(out, 0x80|byte(len(length))), length...)
	}
	return append(out, content...)
}
