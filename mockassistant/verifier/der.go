package verifier

import (
	"bytes"
	"math/big"
	"slices"
	"strings"
)

// keyEncoding is a public key as it was encoded.
type keyEncoding struct {
	kind      string
	n, e      *big.Int // of RSA keys
	algorithm []byte   // the AlgorithmIdentifier, with its tag and length
	bits      []byte   // the content of the SubjectPublicKeyInfo's bit string; nil when it is not known
}

// The object identifiers of key algorithms, in their encoding, with the kinds as
// Node names them.
var keyAlgorithms = map[string]string{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01": kindRSA,
	"\x55\x08\x01\x01":                     kindRSA, // X.500's rsa
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a": kindRSAPSS,
	"\x2a\x86\x48\xce\x3d\x02\x01":         kindEC,
	"\x2b\x65\x6e":                         kindX25519,
	"\x2b\x65\x6f":                         kindX448,
	"\x2b\x65\x70":                         kindEd25519,
	"\x2b\x65\x71":                         kindEd448,
	"\x2a\x86\x48\xce\x38\x04\x01":         kindDSA,
	"\x2a\x86\x48\xce\x38\x04\x03":         kindDSA, // the signature algorithms pass for the key's
	"\x2b\x0e\x03\x02\x0c":                 kindDSA,
	"\x2b\x0e\x03\x02\x0d":                 kindDSA,
	"\x2b\x0e\x03\x02\x1b":                 kindDSA,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01": kindDH,
	"\x2a\x86\x48\xce\x3e\x02\x01":         kindOther, // X9.42 Diffie-Hellman
}

// rawKeySizes are the sizes in bytes of keys that have no structure (RFC 8410).
var rawKeySizes = map[string]int{kindX25519: 32, kindX448: 56, kindEd25519: 32, kindEd448: 57}

// The tags of the encoding.
const (
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagOID         = 0x06
	tagSequence    = 0x30
	tagContext0    = 0xA0 // [0], constructed
	constructed    = 0x20
)

// decodeSPKI reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). What follows it
// is ignored, here and in the other forms.
func decodeSPKI(der []byte) (keyEncoding, bool) {
	if !hasShortHeader(der) {
		return keyEncoding{}, false
	}
	return readSPKI(&berReader{data: der})
}

// readSPKI reads the key that comes next in input.
func readSPKI(input *berReader) (keyEncoding, bool) {
	spki := input.sequence()
	algorithm := readAlgorithm(&spki)
	bits := spki.bitString()
	if !spki.done() {
		return keyEncoding{}, false
	}
	key := keyEncoding{kind: algorithm.kind, algorithm: algorithm.der, bits: bits}
	var ok bool
	switch content := (berReader{data: bits}); key.kind {
	case "": // and not ok
	case kindRSA, kindRSAPSS:
		key.n, key.e, ok = readRSA(bits)
	case kindEC:
		ok = algorithm.curve.hasPoint(bits)
		key.kind = algorithm.curve.kind()
	case kindDSA, kindDH, kindOther:
		content.element(tagInteger)
		ok = !content.failed
	default:
		ok = len(bits) == rawKeySizes[key.kind]
	}
	return key, ok
}

// keyAlgorithm is an AlgorithmIdentifier of a key. Its kind is "" when OpenSSL
// does not take it.
type keyAlgorithm struct {
	kind  string
	der   []byte
	curve *curve // of kind "ec"
}

// readAlgorithm reads an AlgorithmIdentifier with the parameters that OpenSSL
// asks for: those of rsaEncryption are not looked at.
func readAlgorithm(input *berReader) (a keyAlgorithm) {
	a.der = input.peekElement()
	sequence := input.sequence()
	kind := keyAlgorithms[string(sequence.element(tagOID))]
	parameters, present := sequence.data, len(sequence.data) > 0
	tag := sequence.nextTag()
	if !sequence.atMostOneMore() {
		input.fail()
		return keyAlgorithm{}
	}
	ok := true
	switch kind {
	case kindRSA:
	case kindRSAPSS:
		ok = !present || tag == tagSequence && isPSSParameters(parameters)
	case kindEC:
		a.curve = readCurve(parameters)
		ok = a.curve != nil
	case kindDSA:
		ok = integersIn(parameters, 3, 3)
	case kindDH:
		ok = integersIn(parameters, 2, 3)
	case kindOther:
		ok = integersIn(parameters, 3, 5)
	default:
		ok = !present
	}
	if ok {
		a.kind = kind
	}
	return a
}

// integersIn tells whether der is a sequence of so many integers.
func integersIn(der []byte, least, most int) bool {
	input := berReader{data: der}
	sequence := input.sequence()
	count := 0
	for ; !sequence.failed && len(sequence.data) > 0; count++ {
		sequence.element(tagInteger)
	}
	return sequence.done() && count >= least && count <= most
}

// knownDigests are prefixes of the object identifiers of digests. OpenSSL takes
// any that it has a name for, even where it then goes on with SHA-1.
var knownDigests = []string{"\x2b\x0e\x03\x02\x1a", "\x60\x86\x48\x01\x65\x03\x04\x02", "\x2a\x86\x48\x86\xf7\x0d\x02"}

// mgf1 is the object identifier of the mask generation function (RFC 4055 §2.2).
const mgf1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"

// isPSSParameters checks RSASSA-PSS-params (RFC 4055 §3.1). Salt length and
// trailer may be any numbers.
func isPSSParameters(der []byte) bool {
	input := berReader{data: der}
	parameters := input.sequence()
	ok := true
	for tag := byte(tagContext0); tag <= tagContext0+3; tag++ {
		if parameters.nextTag() != tag {
			continue
		}
		content := berReader{data: parameters.element(tag)}
		switch tag {
		case tagContext0:
			ok = ok && readDigest(&content)
		case tagContext0 + 1:
			mask := content.sequence()
			ok = ok && string(mask.element(tagOID)) == mgf1 && readDigest(&mask) && mask.done()
		default:
			content.element(tagInteger)
		}
		ok = ok && content.done()
	}
	return ok && parameters.done()
}

// readDigest reads the AlgorithmIdentifier of a digest.
func readDigest(input *berReader) bool {
	algorithm := input.sequence()
	oid := string(algorithm.element(tagOID))
	known := slices.ContainsFunc(knownDigests, func(prefix string) bool { return strings.HasPrefix(oid, prefix) })
	return known && algorithm.atMostOneMore()
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
	if body.nextTag() == tagContext0 {
		body.element(tagContext0) // version
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
