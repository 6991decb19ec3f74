package verifier

import "math/big"

// privateKeyLabels are the PEM labels under which OpenSSL looks for a private key
// that needs no pass phrase, with the decoders that it tries.
var privateKeyLabels = map[string][]func([]byte) (keyEncoding, bool){
	"PRIVATE KEY":           {decodePKCS8},
	"ENCRYPTED PRIVATE KEY": {decodePKCS8}, // which is not encrypted then
	"RSA PRIVATE KEY":       {decodePKCS1Private, pkcs8Of(kindRSA)},
	"EC PRIVATE KEY":        {decodeECPrivate, pkcs8Of(kindEC)},
	"DSA PRIVATE KEY":       {decodeDSAPrivate, pkcs8Of(kindDSA)},
	"EC PARAMETERS":         {decodeECPrivate}, // these labels say the kind of key, and not what is there of it
	"DSA PARAMETERS":        {decodeDSAPrivate},
	"DSA PUBLIC KEY":        {decodeDSAPrivate},
	"DH PARAMETERS":         {pkcs8Of(kindDH)},
}

// maxOtherHeader is the size of the header that OpenSSL does not look at in front
// of a private key, because no encryption header is so short.
const maxOtherHeader = 10

// readPrivateKey returns the public half of the first private key in the text
// that can be read. Malformed blocks are passed over; an encrypted key, or a
// header that is not one of encryption, ends the search.
func readPrivateKey(text []byte) (keyEncoding, bool) {
	reader := pemReader{rest: text}
	for len(reader.rest) > 0 {
		block, ok := reader.next()
		if !ok {
			continue
		}
		if len(block.header) > maxOtherHeader || block.label == "ENCRYPTED PRIVATE KEY" && isEncryptedPKCS8(block.data) {
			return keyEncoding{}, false
		}
		for _, decode := range privateKeyLabels[block.label] {
			if key, ok := decode(block.data); ok {
				return key, true
			}
		}
	}
	return keyEncoding{}, false
}

// isEncryptedPKCS8 tells whether der is an EncryptedPrivateKeyInfo (RFC 5208 §6).
func isEncryptedPKCS8(der []byte) bool {
	input := berReader{data: der}
	info := input.sequence()
	info.element(tagSequence)
	info.element(tagOctetString)
	return info.done()
}

// decodePKCS1Private reads an RSAPrivateKey (RFC 8017 A.1.2).
func decodePKCS1Private(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	key := input.sequence()
	version := key.unsigned()
	n, e := key.unsigned(), key.unsigned()
	for range 6 { // d, p, q, dP, dQ, qInv
		key.unsigned()
	}
	if version.Cmp(big.NewInt(1)) == 0 { // further primes
		key.element(tagSequence)
	}
	return keyEncoding{kind: kindRSA, n: n, e: e}, hasShortHeader(der) && key.done()
}

// decodePKCS8 reads a PrivateKeyInfo (RFC 5208 §5).
func decodePKCS8(der []byte) (keyEncoding, bool) {
	input := berReader{data: der}
	info := input.sequence()
	info.element(tagInteger) // version
	algorithm := readAlgorithm(&info)
	private := info.octetString()
	if info.nextTag() == tagContext0 {
		info.element(tagContext0) // attributes
	}
	if !info.done() || !hasShortHeader(der) {
		return keyEncoding{}, false
	}
	key, ok := keyEncoding{kind: algorithm.kind}, false
	switch content := (berReader{data: private}); key.kind {
	case "": // and not ok
	case kindRSA, kindRSAPSS:
		key, ok = decodePKCS1Private(private)
		key.kind, key.algorithm = algorithm.kind, algorithm.der
	case kindEC:
		ok = readECPrivate(private, algorithm.curve) != nil
		key.kind = algorithm.curve.kind()
	case kindDSA, kindDH, kindOther:
		content.element(tagInteger)
		ok = !content.failed
	default:
		ok = len(content.octetString()) == rawKeySizes[key.kind]
	}
	return key, ok
}

// pkcs8Of reads a PrivateKeyInfo of one kind of key.
func pkcs8Of(kind string) func([]byte) (keyEncoding, bool) {
	return func(der []byte) (keyEncoding, bool) {
		key, ok := decodePKCS8(der)
		return key, ok && key.kind == kind
	}
}

// decodeECPrivate reads an ECPrivateKey (RFC 5915 §3) that names its curve.
func decodeECPrivate(der []byte) (keyEncoding, bool) {
	curve := readECPrivate(der, nil)
	return keyEncoding{kind: curve.kind()}, curve != nil
}

// readECPrivate returns the curve of an ECPrivateKey; where the key itself names
// none it is the one given. It is nil for what is no such key.
func readECPrivate(der []byte, given *curve) *curve {
	input := berReader{data: der}
	key := input.sequence()
	key.element(tagInteger) // version
	key.octetString()
	if key.nextTag() == tagContext0 {
		given = readCurve(key.element(tagContext0))
	}
	if key.nextTag() == tagContext0+1 {
		public := berReader{data: key.element(tagContext0 + 1)}
		if !given.hasPoint(public.bitString()) {
			return nil
		}
	}
	if !key.done() {
		return nil
	}
	return given
}

// decodeDSAPrivate reads OpenSSL's DSA private key: version, p, q, g, y, x.
func decodeDSAPrivate(der []byte) (keyEncoding, bool) {
	return keyEncoding{kind: kindDSA}, integersIn(der, 6, 6)
}
