package verifier

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// keyClass makes a key text, and the pair whose signatures it ought to fit.
type keyClass struct {
	class string
	make  func(g *generator) (text string, signer *rsaPair)
}

// keyClasses are forms of keys, damage done to their text, and damage done to
// their encoding.
func (g *generator) keyClasses() []keyClass {
	classes := []keyClass{
		{"spki", func(g *generator) (string, *rsaPair) { return pemText("PUBLIC KEY", g.key.spki()), g.key }},
		{"pkcs1", func(g *generator) (string, *rsaPair) { return pemText("RSA PUBLIC KEY", g.key.pkcs1()), g.key }},
		{"certificate", func(g *generator) (string, *rsaPair) {
			return pemText(one(g, "CERTIFICATE", "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"), g.certificate()), g.key
		}},
		{"private pkcs1", func(g *generator) (string, *rsaPair) {
			return pemText(privateLabel("RSA "), g.key.pkcs1Private()), g.key
		}},
		{"private pkcs8", func(g *generator) (string, *rsaPair) { return pemText(privateLabel(""), g.key.pkcs8()), g.key }},
		{"private encrypted", func(g *generator) (string, *rsaPair) { return g.encryptedKey(), g.key }},
		{"RSA of odd size", func(g *generator) (string, *rsaPair) {
			pair := g.rsaPair(one(g, 256, 480, 488, 489, 495, 496, 497, 504, 512, 513, 768, 1000, 1023, 1024, 1025, 1536, 2047, 3072, 4096), 65537)
			return g.anyForm(pair), pair
		}},
		{"RSA with odd exponent", func(g *generator) (string, *rsaPair) { pair := g.oddExponent(); return g.anyForm(pair), pair }},
		{"RSA very large", func(g *generator) (string, *rsaPair) {
			pair := g.rsaPair(one(g, 8192, 16384, 16385, 16392, 17000), 3)
			return g.anyForm(pair), pair
		}},
		{"RSA out of order", func(g *generator) (string, *rsaPair) { return pemText("PUBLIC KEY", g.brokenRSA()), g.key }},
		{"other kinds", func(g *generator) (string, *rsaPair) {
			label, der := g.otherKind()
			return pemText(label, der), g.key
		}},
		{"labels", func(g *generator) (string, *rsaPair) {
			return pemText(one(g, oddLabels...), one(g, g.encodings()...)), g.key
		}},
		{"several blocks", func(g *generator) (string, *rsaPair) { return g.severalBlocks(), g.key }},
		{"not PEM", func(g *generator) (string, *rsaPair) { return one(g, g.notPEM()...), g.key }},
		{"der changed", func(g *generator) (string, *rsaPair) { return g.changedDER(), g.key }},
		{"der bytes changed", func(g *generator) (string, *rsaPair) {
			label, der := g.labelled(g.key)
			out := g.damage(der[:40], string(g.bytes(64)))
			return pemText(label, append(out, der[40:]...)), g.key
		}},
		{"text bytes changed", func(g *generator) (string, *rsaPair) {
			return string(g.damage([]byte(g.anyForm(g.key)), "-=+/ \t\r\n:AZaz09.\x00")), g.key
		}},
		{"text: first line changed", func(g *generator) (string, *rsaPair) {
			first, rest, _ := strings.Cut(g.anyForm(g.key), "\n")
			return string(g.damage([]byte(first), "- \tABEGINKY\r")) + "\n" + rest, g.key
		}},
	}
	for _, name := range slices.Sorted(maps.Keys(textChanges)) {
		change := textChanges[name]
		classes = append(classes, keyClass{"text: " + name, func(g *generator) (string, *rsaPair) { return change(g, g.anyForm(g.key)), g.key }})
	}
	return classes
}

// labelled is one of the forms of a key, with its label.
func (g *generator) labelled(pair *rsaPair) (string, []byte) {
	switch g.IntN(5) {
	case 0:
		return "RSA PUBLIC KEY", pair.pkcs1()
	case 1:
		if len(pair.primes) >= 2 {
			return privateLabel("RSA "), pair.pkcs1Private()
		}
	case 2:
		if len(pair.primes) >= 2 {
			return privateLabel(""), pair.pkcs8()
		}
	}
	return "PUBLIC KEY", pair.spki()
}

func (g *generator) anyForm(pair *rsaPair) string { return pemText(g.labelled(pair)) }

func (g *generator) encodings() [][]byte {
	return [][]byte{g.key.spki(), g.key.pkcs1(), g.key.pkcs1Private(), g.key.pkcs8(), g.certificate(), g.ecPrivate()}
}

var oddLabels = []string{
	"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", privateLabel(""), privateLabel("RSA "), privateLabel("EC "), privateLabel("DSA "), privateLabel("ENCRYPTED "), privateLabel("OPENSSH "),
	privateLabel("ANY "), privateLabel("FOO "), privateLabel("RSA-PSS "), "PUBLIC KEY ", " PUBLIC KEY", "public key", "EC PUBLIC KEY", "DSA PUBLIC KEY", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "CERTIFICATE REQUEST", "PKCS7", "SSH2 PUBLIC KEY", "KEY", "PGP PUBLIC KEY BLOCK", "EC PARAMETERS", "DSA PARAMETERS", "DH PARAMETERS", "PUBLIC  KEY", "NEW CERTIFICATE REQUEST",
}

// textChanges are what happens to a PEM text on its way.
var textChanges = map[string]func(g *generator, text string) string{
	"line ends": func(g *generator, text string) string {
		return strings.ReplaceAll(text, "\n", one(g, "\r\n", "\r", "\n\n", "\r\r\n", "\n ", " \n", "\t\n", "\v\n", "\u2028", "\\n", "\\r\\n", "\\\\n", " ", "", "\x00\n", "\u00a0\n", "<br>\n", "\n\t"))
	},
	"round it": func(g *generator, text string) string {
		return one(g, "", " ", "\n", "\n\n", "\t", "\ufeff", "\ufeff\n", "\u00a0", "\u200b", "\"", "'", "# comment\n", "Key: ", "a: b\n\n", "subject=/CN=x\nissuer=/CN=y\n", "\r\n", "\x00", "-----BEGIN\n", "-----BEGIN X-----", "-----END PUBLIC KEY-----\n", "-----BEGIN -----\n", "\ufffe") +
			text + one(g, "", "", " ", "\n", "\n\n", "x", "\x00", "-----END PUBLIC KEY-----\n", "\"", "garbage\n", "-----BEGIN X-----\n", "\u00a0", "\ufeff")
	},
	"no last line break": func(_ *generator, text string) string { return strings.TrimSuffix(text, "\n") },
	"no end line":        func(_ *generator, text string) string { return text[:strings.Index(text, "-----END")] },
	"end line": func(g *generator, text string) string {
		at := strings.Index(text, "-----END")
		return text[:at] + one(g, "-----END KEY-----\n", "----END PUBLIC KEY-----\n", "-----END PUBLIC KEY----\n", "-----END PUBLIC KEY----- \t\n", "-----END PUBLIC KEY-----x\n", " -----END PUBLIC KEY-----\n", "-----end public key-----\n", "-----END PUBLIC KEY------\n", "-----END PUBLIC KEY-----\r", "-----END PUBLIC KEY-----\u00a0\n", "-----END RSA PUBLIC KEY-----", "-----END PUBLIC KEY-----\x00")
	},
	"begin line": func(g *generator, text string) string {
		_, rest, _ := strings.Cut(text, "\n")
		return one(g, "-----BEGIN PUBLIC KEY----- \t", "-----BEGIN PUBLIC KEY", "----BEGIN PUBLIC KEY-----", "-----BEGIN  PUBLIC KEY-----", "-----BEGIN PUBLIC KEY------", "------BEGIN PUBLIC KEY-----", " -----BEGIN PUBLIC KEY-----", "\t-----BEGIN PUBLIC KEY-----", "-----begin public key-----", "-----BEGIN PUBLIC KEY-----\u00a0", "-----BEGIN PUBLIC KEY-----x", "-----BEGIN PUBLIC KEY-----\r", "-----BEGIN-----", "—BEGIN PUBLIC KEY—", "-----BEGIN PUBLIC KEY-----\x00", "-----BEGIN PUBLIC KEY-----MIIB", "-----BEGIN\u00a0PUBLIC KEY-----") + "\n" + rest
	},
	"line length": func(g *generator, text string) string {
		return rewrap(text, one(g, 1, 3, 4, 10, 63, 64, 65, 66, 72, 76, 80, 100, 128, 252, 253, 254, 255, 256, 300, 508, 100_000))
	},
	"line length after a blank line": func(g *generator, text string) string {
		return strings.Replace(rewrap(text, one(g, 4, 60, 63, 64, 65, 66, 76, 254)), "\n", "\n\n", 1)
	},
	"blank lines": func(g *generator, text string) string {
		lines := strings.SplitAfter(text, "\n")
		at := 1 + g.IntN(len(lines)-1)
		return strings.Join(lines[:at], "") + one(g, "\n", " \n", "\n\n", "\r\n", "\t\n") + strings.Join(lines[at:], "")
	},
	"headers": func(g *generator, text string) string {
		return strings.Replace(text, "\n", "\n"+one(g, "Comment: mine\n\n", "Comment: mine\n", "Proc-Type: 4,CLEAR\n\n", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n", "Proc-Type: 4,ENCRYPTED\n\n", ":\n\n", "a:b\n\n", "header\n\n", "Version: 1\nX: 2\n\n", "short\n\n", "Proc-Typ:\n\n", "abc\n\n"), 1)
	},
	"line between": func(g *generator, text string) string {
		lines := strings.SplitAfter(text, "\n")
		at := 2 + g.IntN(len(lines)-2)
		return strings.Join(lines[:at], "") + one(g, "-----BEGIN PUBLIC KEY-----\n", "# x\n", "-\n", "--\n", "====\n", "a:b\n", "AAAA\n", "=\n", "!\n", "é\n") + strings.Join(lines[at:], "")
	},
	"base64 padding": func(g *generator, text string) string {
		at := strings.Index(text, "\n-----END")
		return strings.TrimRight(text[:at], "=") + one(g, "", "=", "==", "===", "====", "A", "A=", "A==", "AA==", "AAA=", "-", "=-", " =", "=\n=", "==\n", "==AAAA", "\n==") + text[at:]
	},
	"base64 alphabet": func(_ *generator, text string) string {
		first, rest, _ := strings.Cut(text, "\n")
		at := strings.Index(rest, "-----END")
		return first + "\n" + strings.NewReplacer("+", "-", "/", "_").Replace(rest[:at]) + rest[at:]
	},
	"base64 characters": func(g *generator, text string) string {
		first, rest, _ := strings.Cut(text, "\n")
		at := strings.Index(rest, "-----END")
		return first + "\n" + insert(g, rest[:at], one(g, " ", "\t", "\r", "\n", "-", "_", "=", ".", "\x00", "\v", "\f", "é", "\u00a0", "\u200b", "*", "\"", ",")) + rest[at:]
	},
	"indented": func(g *generator, text string) string {
		indent := one(g, " ", "    ", "\t")
		return indent + strings.ReplaceAll(text, "\n", "\n"+indent)
	},
	"data indented": func(g *generator, text string) string {
		text = strings.ReplaceAll(text, "\n", "\n"+one(g, " ", "  ", "\t"))
		return strings.NewReplacer(" -----", "-----", "\t-----", "-----", "  -----", "-----").Replace(text)
	},
	"in quotes": func(g *generator, text string) string {
		return one(g, `"`+text+`"`, "`"+text+"`", fmt.Sprintf("%q", text), "'"+text)
	},
	"cut off":    func(g *generator, text string) string { return text[:g.IntN(len(text))] },
	"begun late": func(g *generator, text string) string { return text[g.IntN(len(text)):] },
	"empty block first": func(g *generator, text string) string {
		return one(g, "-----BEGIN X-----\n-----END X-----\n", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "-----BEGIN X-----\n\n-----END X-----\n", "-----BEGIN X-----\nAAA\n-----END X-----\n", "-----BEGIN X-----\nAAAA\n-----END Y-----\n") + text
	},
}

// rewrap breaks the base64 of a PEM text into lines of another length.
func rewrap(text string, size int) string {
	first, rest, _ := strings.Cut(text, "\n")
	data, end, _ := strings.Cut(rest, "-----END")
	data = strings.ReplaceAll(data, "\n", "")
	var out strings.Builder
	out.WriteString(first + "\n")
	for len(data) > 0 {
		n := min(size, len(data))
		out.WriteString(data[:n] + "\n")
		data = data[n:]
	}
	return out.String() + "-----END" + end
}

// oddExponent makes pairs whose exponents crypto/rsa would not take.
func (g *generator) oddExponent() *rsaPair {
	switch g.IntN(4) {
	case 0: // 1, 3 and even ones, for which there is no private half
		e := one(g, int64(1), 3, 5, 2, 4, 0, 65536, 1<<31-1, 1<<31+1, 1<<33+1)
		if e%2 == 1 {
			return g.rsaPair(one(g, 1024, 2048), e)
		}
		pair := g.rsaPair(1024, 65537)
		return &rsaPair{n: pair.n, e: big.NewInt(e), d: pair.d}
	case 1: // larger than 64 bits
		e := g.prime(one(g, 63, 64, 65, 66, 100, 500), big.NewInt(1))
		return g.rsaPairOf(one(g, 1024, 2048, 3072, 3080, 4096), e)
	case 2: // as large as the modulus, or larger
		pair := g.rsaPair(1024, 65537)
		e := new(big.Int).Set(pair.e)
		phi := big.NewInt(1)
		for _, p := range pair.primes {
			phi.Mul(phi, new(big.Int).Sub(p, big.NewInt(1)))
		}
		for range g.IntN(3) {
			e.Add(e, phi)
		}
		return &rsaPair{n: pair.n, e: e, d: pair.d, primes: pair.primes}
	}
	// an even modulus
	pair := g.rsaPair(1024, 65537)
	return &rsaPair{n: new(big.Int).Lsh(pair.n, 1), e: pair.e, d: pair.d}
}

// brokenRSA is a SubjectPublicKeyInfo with numbers that are no key.
func (g *generator) brokenRSA() []byte {
	n, e := encodeUnsigned(g.key.n), encodeUnsigned(g.key.e)
	zero := encodeUnsigned(new(big.Int))
	inner := one(g, [][][]byte{
		{e, n}, {zero, e}, {n, zero}, {n}, {n, e, e}, {},
		{encodeDER(tagInteger, g.key.n.Bytes()), e}, // without the leading zero: negative
		{encodeDER(tagInteger, []byte{0, 0, 0}, g.key.n.Bytes()), encodeDER(tagInteger, []byte{0, 0}, g.key.e.Bytes())},
		{n, encodeDER(tagInteger)}, {encodeDER(tagInteger), e}, {n, encodeDER(tagOctetString, g.key.e.Bytes())},
		{encodeDER(tagOctetString, g.key.n.Bytes()), e}, {n, encodeDER(tagInteger, []byte{0xFF})}, {n, encodeDER(0x0A, g.key.e.Bytes())},
	}...)
	key := encodeDER(tagSequence, inner...)
	if g.IntN(4) == 0 {
		key = append(key, g.bytes(3)...)
	}
	return encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{0}, key))
}

func oid(text string) []byte {
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(text, ".") {
		var n int
		fmt.Sscan(part, &n)
		id = append(id, n)
	}
	der, err := asn1.Marshal(id)
	if err != nil {
		panic(err)
	}
	return der
}

var derNull = []byte{5, 0}

// spkiOf is a SubjectPublicKeyInfo of any kind.
func spkiOf(algorithm string, parameters, key []byte) []byte {
	return encodeDER(tagSequence, encodeDER(tagSequence, oid(algorithm), parameters), encodeDER(tagBitString, []byte{0}, key))
}

const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidPSS = "1.2.840.113549.1.1.10"
	oidEC  = "1.2.840.10045.2.1"
	oidDSA = "1.2.840.10040.4.1"
	oidDH  = "1.2.840.113549.1.3.1"
)

// pssParameters are RSASSA-PSS-params (RFC 4055 §3.1) with one digest and a salt length.
func pssParameters(digest string, salt int64) []byte {
	hash := encodeDER(tagSequence, oid(digest), derNull)
	mgf := encodeDER(tagSequence, oid("1.2.840.113549.1.1.8"), hash)
	return encodeDER(tagSequence, encodeDER(0xA0, hash), encodeDER(0xA1, mgf), encodeDER(0xA2, encodeUnsigned(big.NewInt(salt))))
}

// otherKind is a key that is not for RS256, with its label.
func (g *generator) otherKind() (string, []byte) {
	const sha256OID = "2.16.840.1.101.3.4.2.1"
	rsaKey := g.key.pkcs1()
	group := [][]byte{encodeUnsigned(g.prime(512, big.NewInt(1))), encodeUnsigned(g.prime(160, big.NewInt(1))), encodeUnsigned(big.NewInt(int64(2 + g.IntN(1000))))}
	number := encodeUnsigned(new(big.Int).SetBytes(g.bytes(60)))
	curve := one(g, elliptic.P224(), elliptic.P256(), elliptic.P256(), elliptic.P384(), elliptic.P521())
	ec, _ := ecdsa.GenerateKey(curve, rand.Reader)
	ecSPKI, _ := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	ecSEC1, _ := x509.MarshalECPrivateKey(ec)
	ecPKCS8, _ := x509.MarshalPKCS8PrivateKey(ec)
	ed, edPrivate, _ := ed25519.GenerateKey(rand.Reader)
	edPKCS8, _ := x509.MarshalPKCS8PrivateKey(edPrivate)
	xPrivate, _ := ecdh.X25519().GenerateKey(rand.Reader)
	xPKCS8, _ := x509.MarshalPKCS8PrivateKey(xPrivate)
	public := [][]byte{
		ecSPKI, ecSPKI, spkiOf("1.3.101.112", nil, ed), spkiOf("1.3.101.110", nil, g.bytes(32)), spkiOf("1.3.101.111", nil, g.bytes(56)), spkiOf("1.3.101.113", nil, g.bytes(57)),
		spkiOf("1.3.101.112", nil, g.bytes(31)), spkiOf("1.3.101.112", derNull, ed), spkiOf("1.3.101.110", nil, g.bytes(33)),
		spkiOf(oidPSS, nil, rsaKey), spkiOf(oidPSS, derNull, rsaKey), spkiOf(oidPSS, pssParameters(sha256OID, 32), rsaKey), spkiOf(oidPSS, pssParameters("1.3.14.3.2.26", 20), rsaKey),
		spkiOf(oidPSS, pssParameters("2.16.840.1.101.3.4.2.3", 64), rsaKey), spkiOf(oidPSS, encodeDER(tagSequence), rsaKey), spkiOf(oidPSS, encodeDER(tagSequence, g.bytes(5)), rsaKey),
		spkiOf(oidPSS, pssParameters("1.2.3.4", 20), rsaKey), spkiOf(oidPSS, pssParameters(sha256OID, 400), rsaKey),
		spkiOf(oidRSA, nil, rsaKey), spkiOf(oidRSA, encodeUnsigned(big.NewInt(1)), rsaKey), spkiOf("2.5.8.1.1", derNull, rsaKey), spkiOf("1.2.840.113549.1.1.7", derNull, rsaKey), spkiOf("1.2.840.113549.1.1.11", derNull, rsaKey), spkiOf("1.2.3.4", derNull, rsaKey),
		spkiOf(oidDSA, encodeDER(tagSequence, group...), number), spkiOf(oidDSA, nil, number), spkiOf(oidDSA, derNull, number), spkiOf(oidDSA, encodeDER(tagSequence, group...), g.bytes(9)), spkiOf("1.3.14.3.2.12", encodeDER(tagSequence, group...), number),
		spkiOf(oidDH, encodeDER(tagSequence, group[0], group[2]), number), spkiOf(oidDH, nil, number), spkiOf("1.2.840.10046.2.1", encodeDER(tagSequence, group[0], group[2], group[1]), number),
		spkiOf(oidEC, oid("1.2.840.10045.3.1.7"), g.bytes(65)), spkiOf(oidEC, oid("1.2.840.10045.3.1.7"), elliptic.MarshalCompressed(curve, ec.X, ec.Y)), spkiOf(oidEC, nil, g.bytes(65)), spkiOf(oidEC, derNull, g.bytes(65)), spkiOf(oidEC, oid("1.2.3.4"), g.bytes(65)),
		spkiOf(oidEC, oid("1.2.840.10045.3.1.7"), []byte{0}), spkiOf(oidEC, oid("1.2.840.10045.3.1.7"), nil), spkiOf(oidEC, oid("1.3.132.0.10"), secp256k1Point), spkiOf(oidEC, oid("1.2.840.10045.3.1.1"), g.bytes(49)), spkiOf(oidEC, oid("1.2.156.10197.1.301"), sm2Point), spkiOf(oidEC, oid("1.3.36.3.3.2.8.1.1.7"), brainpoolPoint),
	}
	private := []struct {
		label string
		der   []byte
	}{
		{privateLabel("EC "), ecSEC1}, {privateLabel(""), ecPKCS8}, {privateLabel(""), edPKCS8}, {privateLabel(""), xPKCS8},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid(oidPSS)), g.key.pkcs1Private())},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid(oidPSS), pssParameters(sha256OID, 32)), g.key.pkcs1Private())},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid(oidRSA)), g.key.pkcs1Private())},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid("1.2.3")), g.key.pkcs1Private())},
		{privateLabel("DSA "), encodeDER(tagSequence, encodeUnsigned(new(big.Int)), group[0], group[1], group[2], number, number)},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid(oidDSA), encodeDER(tagSequence, group...)), number)},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid(oidDH), encodeDER(tagSequence, group[0], group[2])), number)},
		{privateLabel(""), pkcs8(encodeDER(tagSequence, oid("1.3.101.112")), encodeDER(tagOctetString, g.bytes(31)))},
		{privateLabel("EC "), encodeDER(tagSequence, encodeUnsigned(big.NewInt(1)), encodeDER(tagOctetString, g.bytes(32)))},
	}
	if g.IntN(3) == 0 {
		p := one(g, private...)
		return p.label, p.der
	}
	return "PUBLIC KEY", one(g, public...)
}

func unhex(text string) []byte {
	data, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return data
}

// Generators of curves that Go does not have.
var (
	secp256k1Point = unhex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
	sm2Point       = unhex("0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
	brainpoolPoint = unhex("048bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997")
)

func (g *generator) ecPrivate() []byte {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, _ := x509.MarshalECPrivateKey(key)
	return der
}

func (g *generator) certificate() []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Unix(g.now, 0), NotAfter: time.Unix(g.now+1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &g.standard().PublicKey, g.standard())
	if err != nil {
		panic(err)
	}
	return der
}

// encryptedKey is a private key under a pass phrase, in the old form or the new.
func (g *generator) encryptedKey() string {
	text := pemText(privateLabel("RSA "), g.key.pkcs1Private())
	if g.IntN(2) == 0 {
		return strings.Replace(text, "\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n", 1)
	}
	scheme := encodeDER(tagSequence, oid("1.2.840.113549.1.5.3"), encodeDER(tagSequence, encodeDER(tagOctetString, g.bytes(8)), encodeUnsigned(big.NewInt(2048))))
	return pemText(privateLabel("ENCRYPTED "), encodeDER(tagSequence, scheme, encodeDER(tagOctetString, g.bytes(1224))))
}

func (g *generator) severalBlocks() string {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecSPKI, _ := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	blocks := []string{
		pemText("PUBLIC KEY", g.key.spki()), pemText("PUBLIC KEY", g.other.spki()), pemText("RSA PUBLIC KEY", g.key.pkcs1()), pemText("CERTIFICATE", g.certificate()),
		pemText(privateLabel("RSA "), g.key.pkcs1Private()), pemText(privateLabel(""), g.key.pkcs8()), pemText("PUBLIC KEY", ecSPKI), pemText(privateLabel("EC "), g.ecPrivate()),
		pemText("FOO", []byte("foo")), pemText("PUBLIC KEY", []byte("foo")), pemText(privateLabel(""), []byte("foo")), pemText("CERTIFICATE", []byte("foo")), "-----BEGIN BAD-----\n%%%\n-----END BAD-----\n", g.encryptedKey(),
		pemText("EC PARAMETERS", oid("1.2.840.10045.3.1.7")), pemText("DH PARAMETERS", encodeDER(tagSequence, encodeUnsigned(g.prime(512, big.NewInt(1))), encodeUnsigned(big.NewInt(2)))), "some text\n", "-----BEGIN OPEN-----\n",
	}
	return strings.Join(shuffled(g, blocks)[:2+g.IntN(3)], one(g, "", "\n", "and\n"))
}

func (g *generator) notPEM() []string {
	spki := g.key.spki()
	n, e := b64(g.key.n.Bytes()), b64(g.key.e.Bytes())
	return []string{
		"", " ", "\n", "x", "null", "undefined", "secret", "0", string(decodeUTF8(spki)), base64.StdEncoding.EncodeToString(spki), hex.EncodeToString(spki),
		fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, n, e), fmt.Sprintf(`{"keys":[{"kty":"RSA","n":%q,"e":%q}]}`, n, e),
		"ssh-rsa " + base64.StdEncoding.EncodeToString(spki) + " me@host", "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\"\n" + base64.StdEncoding.EncodeToString(spki) + "\n---- END SSH2 PUBLIC KEY ----\n",
		"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "<RSAKeyValue><Modulus>" + n + "</Modulus></RSAKeyValue>", strings.Repeat("A", 100_000), strings.Repeat("-----BEGIN X-----\n", 1000),
		"-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "\ufeff", "\u00e9", "https://example.com/key.pem",
	}
}

// changedDER is a key whose encoding is odd in one place.
func (g *generator) changedDER() string {
	spki := g.key.spki()
	key := g.key.pkcs1()
	algorithm := func(parts ...[]byte) []byte { return encodeDER(tagSequence, parts...) }
	rsaOID := oid(oidRSA)
	bits := encodeDER(tagBitString, []byte{0}, key)
	long := func(der []byte) []byte { // the same with a length in more octets than needed
		body := der[4:]
		return append(append([]byte{der[0], 0x84, 0, 0}, der[2:4]...), body...)
	}
	veryLong := func(der []byte) []byte {
		return append(append(append([]byte{der[0], 0x8A}, make([]byte, 8)...), der[2:4]...), der[4:]...)
	}
	indefinite := func(der []byte) []byte { return append(append([]byte{der[0], 0x80}, der[4:]...), 0, 0) }
	changed := one(g,
		append(spki, g.bytes(4)...), append(spki, 0, 0), spki[:len(spki)-1], spki[:len(spki)/2], spki[1:],
		long(spki), veryLong(spki), indefinite(spki), indefinite(spki)[:len(spki)],
		encodeDER(tagSequence, algorithm(rsaOID), bits), encodeDER(tagSequence, algorithm(rsaOID, derNull, derNull), bits), encodeDER(tagSequence, algorithm(rsaOID, encodeDER(tagOctetString, g.bytes(3))), bits),
		encodeDER(tagSequence, algorithm(), bits), encodeDER(tagSequence, rsaOID, bits), encodeDER(tagSequence, rsaAlgorithm), encodeDER(tagSequence, bits), encodeDER(tagSequence),
		encodeDER(tagSequence, rsaAlgorithm, bits, derNull), encodeDER(tagSequence, rsaAlgorithm, long(bits)), encodeDER(tagSequence, rsaAlgorithm, indefinite(bits)), encodeDER(tagSequence, rsaAlgorithm, encodeDER(0x23, bits)),
		encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{byte(g.IntN(10))}, key)), encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{0}, key, []byte{0, 0})), encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString)),
		encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{0}, indefinite(key))), encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagBitString, []byte{0}, long(key))), encodeDER(tagSequence, rsaAlgorithm, encodeDER(tagOctetString, []byte{0}, key)),
		encodeDER(0x31, rsaAlgorithm, bits), encodeDER(tagSequence, encodeDER(0x31, rsaOID, derNull), bits), encodeDER(tagSequence, algorithm(encodeDER(tagOID, append([]byte{0x80}, rsaOID[2:]...)), derNull), bits), encodeDER(tagSequence, algorithm(encodeDER(tagOID), derNull), bits),
		encodeDER(tagSequence, algorithm(rsaOID, []byte{5, 1, 0}), bits), encodeDER(tagSequence, algorithm(rsaOID, []byte{5, 0x81, 0}), bits), encodeDER(0x3F, rsaAlgorithm, bits), append([]byte{0x3F, 0x10}, spki[1:]...), encodeDER(tagSequence, algorithm(rsaOID, []byte{0x30, 0x80, 0, 0}), bits), encodeDER(tagSequence, algorithm(rsaOID, []byte{0x04, 0x80, 0, 0}), bits),
	)
	return pemText("PUBLIC KEY", changed)
}

// keyRequests makes count key texts, each with a token that its signer signed.
func (g *generator) keyRequests(count int) []request {
	classes := g.keyClasses()
	requests := make([]request, 0, count)
	for i := range count {
		c := classes[i%len(classes)]
		text, signer := c.make(g)
		key := jsonString(text)
		if i%101 == 0 {
			c.class, key = "not a text", one(g, nil, json.RawMessage("null"), json.RawMessage("0"), json.RawMessage("1"), json.RawMessage("true"), json.RawMessage("false"), json.RawMessage("[]"), json.RawMessage("{}"), json.RawMessage(`["x"]`), json.RawMessage(`{"kty":"RSA"}`))
		}
		header := one(g, `{"alg":"RS256"}`, `{"alg":"RS256"}`, `{"alg":"RS256"}`, `{"alg":"RS256"}`, `{"alg":"HS256"}`, `{"alg":"none"}`)
		signed := b64([]byte(header)) + "." + b64([]byte(g.fill(`{"sub":"x","exp":{soon}}`)))
		signature := g.bytes(64)
		if signer.size() >= minModulusBytes && signer.d != nil {
			signature = signer.sign(signed)
		}
		token := signed + "." + b64(signature)
		if g.IntN(30) == 0 {
			token = signed + "."
		}
		requests = append(requests, request{class: c.class, token: jsonString(token), key: key, now: fmt.Sprint(g.now)})
	}
	return requests
}
