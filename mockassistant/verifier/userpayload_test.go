package verifier

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// payloadTexts are clear texts around the sizes at which blocks are cut, with
// characters of several bytes for a cut to fall into.
func payloadTexts() []string {
	texts := []string{`{}`, `""`, `{"name":"Zoë","plan":"gold"}`}
	for _, size := range []int{213, 214, 215, 216, 428, 429, 1000, 5000} {
		texts = append(texts, `"`+strings.Repeat("x", size-2)+`"`, `"`+strings.Repeat("é", (size-2)/2)+`"`, `"`+strings.Repeat("😀", (size-2)/4)+`"`)
	}
	return texts
}

// TestPayloadWithNodeRSA encrypts here and decrypts with npm node-rsa, and the
// other way round.
func TestPayloadWithNodeRSA(t *testing.T) {
	requireNPM(t)
	for _, bits := range []int{1024, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
		spki, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
		private, public := pemText(privateLabel(""), pkcs8), pemText("PUBLIC KEY", spki)
		var toDecrypt, toEncrypt [][]byte
		for i, text := range payloadTexts() {
			sealed, err := Encrypt([]byte(text), &key.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			toDecrypt = append(toDecrypt, jsonLine(t, map[string]any{"id": i, "data": sealed, "privateKeyPem": private}))
			toEncrypt = append(toEncrypt, jsonLine(t, map[string]any{"id": i, "text": text, "publicKeyPem": public}))
		}
		decrypted, encrypted := reference(t, "decrypt", toDecrypt), reference(t, "encrypt", toEncrypt)
		for i, text := range payloadTexts() {
			var theirs struct{ Text, Data string }
			if err := errors.Join(json.Unmarshal(decrypted[i], &theirs), json.Unmarshal(encrypted[i], &theirs)); err != nil {
				t.Fatal(err)
			}
			if theirs.Text != text {
				t.Errorf("%d bits, %d bytes: node-rsa decrypts to %q", bits, len(text), shorten(theirs.Text))
			}
			clear, err := Decrypt(theirs.Data, key)
			if err != nil || string(clear) != text {
				t.Errorf("%d bits, %d bytes: what node-rsa encrypted decrypts to %q, %v", bits, len(text), shorten(string(clear)), err)
			}
			ours, _ := Encrypt([]byte(text), &key.PublicKey)
			if len(ours) != len(theirs.Data) {
				t.Errorf("%d bits, %d bytes: %d characters, from node-rsa %d", bits, len(text), len(ours), len(theirs.Data))
			}
		}
	}
}

func jsonLine(t *testing.T, v any) []byte {
	t.Helper()
	line, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestPayloadFailures tells the mistakes apart that people make.
func TestPayloadFailures(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	clear := []byte(`{"a":1}`)
	right, _ := Encrypt(clear, &key.PublicKey)
	foreign, _ := Encrypt(clear, &other.PublicKey)
	notJSON, _ := Encrypt([]byte("a=1"), &key.PublicKey)
	oaep256, _ := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, clear, nil)
	pkcs1, _ := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, clear) //nolint:staticcheck // the mistake to be recognised
	raw, _ := base64.StdEncoding.DecodeString(right)
	for _, test := range []struct {
		name, payload string
		want          error
	}{
		{"clear text", string(clear), ErrPayloadNotBase64},
		{"base64url", base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xFB}, 256)), ErrPayloadNotBase64},
		{"line breaks", right[:76] + " " + right[76:], ErrPayloadNotBase64},
		{"empty", "", ErrPayloadLength},
		{"cut off", base64.StdEncoding.EncodeToString(raw[:200]), ErrPayloadLength},
		{"another key", foreign, ErrPayloadWrongKey},
		{"damaged", base64.StdEncoding.EncodeToString(append(bytes.Clone(raw[:255]), raw[255]^1)), ErrPayloadWrongKey},
		{"SHA-256", base64.StdEncoding.EncodeToString(oaep256), ErrPayloadSHA256},
		{"PKCS#1 v1.5", base64.StdEncoding.EncodeToString(pkcs1), ErrPayloadPKCS1v15},
		{"not JSON", notJSON, ErrPayloadNotJSON},
		{"right", right, nil},
	} {
		if _, err := Decrypt(test.payload, key); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	small := &rsa.PublicKey{N: new(big.Int).Rsh(key.N, 1800), E: key.E}
	if _, err := Encrypt(clear, small); err == nil {
		t.Error("a key without room for OAEP encrypts")
	}
}

// TestPayloadMisused tells what stands in the place of an encrypted payload, for
// keys of the site that have another length than the vendor's, too.
func TestPayloadMisused(t *testing.T) {
	vendor, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	site, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	spki, _ := x509.MarshalPKIXPublicKey(&site.PublicKey)
	examiner := Examiner{Keys: []*Key{ReadKey(pemText("PUBLIC KEY", spki))}, PayloadKey: vendor}
	seal := func(clear string) string { sealed, _ := Encrypt([]byte(clear), &vendor.PublicKey); return sealed }
	right := seal(`{"a":1}`)
	raw, _ := base64.StdEncoding.DecodeString(right)
	signed, _ := rsa.SignPKCS1v15(nil, site, 0, []byte(`{"a":1}`))
	again, _ := rsa.SignPKCS1v15(nil, site, 0, []byte(`{"b":2}`))
	oaep512, _ := rsa.EncryptOAEP(sha512.New(), rand.Reader, &vendor.PublicKey, []byte(`{"a":1}`), nil)
	bare := new(big.Int).Exp(new(big.Int).SetBytes([]byte(`{"a":1}`)), big.NewInt(int64(vendor.E)), vendor.N).FillBytes(make([]byte, 256))
	standard := base64.StdEncoding.EncodeToString
	for name, test := range map[string]struct{ payload, looks, decrypted, kind string }{
		"right":                    {right, "", "ok", "object"},
		"empty":                    {"", "an empty string", "wrong length", ""},
		"hexadecimal":              {hex.EncodeToString(append(raw, raw...)), "hexadecimal", "does not decrypt", ""},
		"base64url":                {base64.RawURLEncoding.EncodeToString(raw), "base64url", "not base64", ""},
		"base64 twice":             {standard([]byte(right)), "twice", "wrong length", ""},
		"base64url, then base64":   {standard([]byte(base64.RawURLEncoding.EncodeToString(raw))), "twice", "wrong length", ""},
		"escaped for a URL":        {url.QueryEscape(right), "not base64", "not base64", ""},
		"clear in base64":          {standard([]byte(`{"a":1,"b":"clear"}`)), "JSON in base64", "wrong length", ""},
		"signed by the site's key": {standard(signed), "private key", "wrong length", ""},
		"signed block by block":    {standard(append(signed, again...)), "private key", "", ""},
		"without padding":          {standard(bare), "", "textbook", ""},
		"OAEP with SHA-512":        {standard(oaep512), "", "another hash", ""},
		"one block of two":         {standard(raw[:128]), "", "wrong length", ""},
		"JSON of JSON":             {seal(`"{\"a\":1}"`), "", "ok", record.ClearJSONInString},
		"encrypted twice":          {seal(`"` + base64.StdEncoding.EncodeToString(make([]byte, 256)) + `"`), "", "ok", record.ClearEncrypted},
		"null":                     {seal(`null`), "", "ok", "null"},
		"ISO 8859-1":               {seal("{\"name\":\"Bj\xf6rn\"}"), "", "ok", "object"},
	} {
		claims, _ := json.Marshal(map[string]string{"sub": "a", "user_payload": test.payload})
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
		got := examiner.Examine(text, time.Now(), nil).UserPayload
		if got == nil || !strings.Contains(got.Looks, test.looks) || (test.looks == "") != (got.Looks == "") || !strings.Contains(got.Decrypted, test.decrypted) || got.ClearKind != test.kind {
			t.Errorf("%s: %+v, want %+v", name, got, test)
		} else if got.NotUTF8 != (name == "ISO 8859-1") {
			t.Errorf("%s: not UTF-8 %t", name, got.NotUTF8)
		}
	}
}
