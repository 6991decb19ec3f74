package verifier

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"testing"
)

// TestSignatureScheme makes a signature in each of the ways that people make them.
func TestSignatureScheme(t *testing.T) {
	g := newGenerator(6)
	key := ReadKey(pemText("PUBLIC KEY", g.key.spki()))
	const signed = "e30.e30"
	right := g.key.sign(signed)
	pss, err := rsa.SignPSS(byteSource{g}, g.standard(), crypto.SHA256, hashOf(crypto.SHA256, signed), nil)
	if err != nil {
		t.Fatal(err)
	}
	of := func(i int) string {
		return b64(g.key.signDigest(digestInfos[i].info, hashOf(digestInfos[i].hash, signed)))
	}
	short := right
	text := signed
	for i := 0; short[0] != 0; i++ { // one signature in 256 begins with a zero byte
		text = "e30." + b64(big.NewInt(int64(i)).Bytes())
		short = g.key.sign(text)
	}
	for _, test := range []struct {
		name, token string
		want        Scheme
	}{
		{"RS256", signed + "." + b64(right), SchemeRS256},
		{"RS384", signed + "." + of(1), SchemeRS384},
		{"RS512", signed + "." + of(2), SchemeRS512},
		{"SHA-1", signed + "." + of(3), SchemeSHA1},
		{"without NULL", signed + "." + of(4), SchemeMissingNull},
		{"without DigestInfo", signed + "." + of(5), SchemeBareDigest},
		{"PSS", signed + "." + b64(pss), SchemePSS},
		{"leading zero lost", text + "." + b64(short[1:]), SchemeShort},
		{"leading zero", text + "." + b64(short), SchemeRS256},
		{"zero added", signed + "." + b64(append([]byte{0}, right...)), SchemeLong},
		{"padded", signed + "." + base64.URLEncoding.EncodeToString(right), SchemeStandard64},
		{"another text", "e30.e31." + b64(right), SchemeOtherText},
		{"another key", signed + "." + b64(g.other.sign(signed)), SchemeUnknown},
		{"random", signed + "." + b64(g.bytes(256)), SchemeUnknown},
		{"nothing", signed + ".", SchemeNone},
		{"no token", "x", SchemeNone},
	} {
		got := key.SignatureScheme(test.token)
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if got.Explain() == "" {
			t.Errorf("%q is not explained", got)
		}
	}
	if got := ReadKey("secret").SignatureScheme(signed + "." + b64(right)); got != SchemeNone {
		t.Errorf("under a secret: %q", got)
	}
}

// TestFingerprint: one key has one fingerprint, whatever its form.
func TestFingerprint(t *testing.T) {
	g := newGenerator(7)
	want := ReadKey(pemText("PUBLIC KEY", g.key.spki())).Fingerprint()
	for form, text := range map[string]string{
		"pkcs1":       pemText("RSA PUBLIC KEY", g.key.pkcs1()),
		"certificate": pemText("CERTIFICATE", g.certificate()),
		"private":     pemText(privateLabel(""), g.key.pkcs8()),
	} {
		key := ReadKey(text)
		if key.Form() != form || key.Fingerprint() != want {
			t.Errorf("%s is read as %s with %s, want %s", form, key.Form(), key.Fingerprint(), want)
		}
	}
	if other := ReadKey(pemText("PUBLIC KEY", g.other.spki())).Fingerprint(); other == want {
		t.Error("two keys have one fingerprint")
	}
	if got := ReadKey("secret").Fingerprint(); got != "" {
		t.Errorf("a secret has the fingerprint %s", got)
	}
}
