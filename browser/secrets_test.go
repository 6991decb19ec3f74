package browser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// keyTexts are the texts of one pair, made at run time.
func keyTexts(t testing.TB) (private, public, jwk, jwkPublic string, der []byte) {
	t.Helper()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if der, err = x509.MarshalPKCS8PrivateKey(pair); err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&pair.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	private = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	public = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	jwkPublic = fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"AQAB"}`, encode(pair.N.Bytes()))
	jwk = fmt.Sprintf(`{kty:"RSA",n:"%s",e:"AQAB",d:"%s"}`, encode(pair.N.Bytes()), encode(pair.D.Bytes()))
	return private, public, jwk, jwkPublic, der
}

func TestFindSecrets(t *testing.T) {
	private, public, jwk, jwkPublic, der := keyTexts(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	standard := base64.StdEncoding.EncodeToString
	for name, test := range map[string]struct{ text, kind, where string }{
		"PEM":                  {"const key = `" + private + "`", record.LeakPrivateKey, "body"},
		"PEM in a string":      {`key:"` + strings.ReplaceAll(private, "\n", `\n`) + `"`, record.LeakPrivateKey, "body"},
		"PEM in JSON":          {`{"sourcesContent":["const key = '` + strings.ReplaceAll(private, "\n", `\\n`) + `'"]}`, record.LeakPrivateKey, "body"},
		"PEM as base64":        {`"` + standard([]byte(private)) + `"`, record.LeakPrivateKey, "body"},
		"DER as base64":        {`"` + standard(der) + `"`, record.LeakPrivateKey, "body"},
		"EC key as base64":     {`"` + standard(ecDER) + `"`, record.LeakPrivateKey, "body"},
		"JWK":                  {"sign(" + jwk + ")", record.LeakPrivateJWK, "body"},
		"in an HTML comment":   {"<p>\n<!-- " + private + " -->", record.LeakPrivateKey, "comment"},
		"in a block comment":   {"f('image/*'); /* was: " + private + " */", record.LeakPrivateKey, "comment"},
		"in a line comment":    {"let a = 1; // \"" + strings.ReplaceAll(private, "\n", `\n`) + "\"", record.LeakPrivateKey, "comment"},
		"after an address":     {`fetch('https://example.com/'); key = "` + strings.ReplaceAll(private, "\n", `\n`) + `"`, record.LeakPrivateKey, "body"},
		"public PEM":           {"const key = `" + public + "`", "", ""},
		"public key as base64": {`"` + strings.ReplaceAll(public[27:len(public)-26], "\n", "") + `"`, "", ""},
		"public JWK":           {jwkPublic, "", ""},
		"public JWK and a d":   {jwkPublic + `, {"d":"` + strings.Repeat("a", 60) + `"}`, "", ""},
		"a picture":            {"data:image/png;base64," + standard(make([]byte, 3000)), "", ""},
		"nothing":              {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := leaks(test.text, secrets.Find(test.text, maxSecrets))
			if test.kind == "" {
				if len(found) > 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Kind != test.kind || found[0].Where != test.where {
				t.Fatalf("found %+v, want one %s in the %s", found, test.kind, test.where)
			}
			if strings.Contains(found[0].Excerpt, "MII") {
				t.Errorf("the excerpt shows the key: %s", found[0].Excerpt)
			}
		})
	}
}

func TestFindMACSecret(t *testing.T) {
	const secretText = "correct horse battery"
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(`{"sub":"a"}`))
	mac := hmac.New(sha256.New, []byte(secretText))
	mac.Write([]byte(text))
	token := text + "." + encode(mac.Sum(nil))
	if found, ok := findMACSecret("sign(claims, '"+secretText+"')", token); !ok || found.Kind != "HMAC secret" {
		t.Errorf("found %+v, %t", found, ok)
	}
	for _, script := range []string{"", "sign(claims, 'another secret')", "'unclosed"} {
		if _, ok := findMACSecret(script, token); ok {
			t.Errorf("found a secret in %q", script)
		}
	}
}

func FuzzFindSecrets(f *testing.F) {
	private, _, jwk, _, _ := keyTexts(f)
	for _, seed := range []string{"", private, jwk, "/* " + private, "<!-- MII" + strings.Repeat("A", 70), `{kty:"RSA"`, "-----END"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range secrets.Find(text, maxSecrets) {
			if s.Begin < 0 || s.End > len(text) || s.Begin >= s.End {
				t.Fatalf("span %d to %d of %d bytes", s.Begin, s.End, len(text))
			}
		}
		leaks(text, secrets.Find(text, maxSecrets))
	})
}
