package verifier

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// commonSecrets are HMAC secrets from documentation, tutorials and word lists.
var commonSecrets = []string{
	"", "secret", "Secret", "SECRET", "secretkey", "secret_key", "secret-key", "mysecret", "my-secret", "my_secret",
	"your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "your_secret_key", "your-secret-key", "yoursecret",
	"a-string-secret-at-least-256-bits-long", "supersecret", "super-secret", "super_secret", "shhhhh", "shhhhhhared-secret",
	"password", "Password1", "passw0rd", "changeme", "change-me", "changeit", "key", "private", "privatekey", "private_key",
	"jwt", "jwt_secret", "jwtsecret", "jwt-secret", "JWT_SECRET", "token", "test", "testing", "admin", "default", "example",
	"hello", "123456", "12345678", "1234567890", "qwerty", "keyboard cat", "some-secret", "somesecret", "top-secret", "topsecret",
	"qwertyuiopasdfghjklzxcvbnm123456", "webchat", "watson", "assistant",
}

// hmacSecret names the text under which the token is a right HMAC, whatever its
// header says: a public key's text, or a common secret. "" is none.
func hmacSecret(bare string, keys []string) string {
	dot := strings.LastIndexByte(bare, '.')
	if dot < 0 {
		return ""
	}
	mac := record.DecodeSegment(bare[dot+1:])
	newHash := map[int]func() hash.Hash{32: sha256.New, 48: sha512.New384, 64: sha512.New}[len(mac)]
	if newHash == nil {
		return ""
	}
	fits := func(secret []byte) bool {
		sum := hmac.New(newHash, secret)
		sum.Write([]byte(bare[:dot]))
		return hmac.Equal(sum.Sum(nil), mac)
	}
	for _, key := range keys {
		if slices.ContainsFunc(KeyTexts(key), fits) {
			return "the public key text"
		}
	}
	if slices.ContainsFunc(commonSecrets, func(secret string) bool { return fits([]byte(secret)) }) {
		return "a common secret"
	}
	return ""
}

// KeyTexts returns the texts that a server may have in hand for a public key
// and take for an HMAC secret: the PEM as given, with other line ends, without
// its lines, the modulus as a JWK has it, the JWK, and the DER.
func KeyTexts(text string) [][]byte {
	trimmed := strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	texts := [][]byte{
		[]byte(text),
		[]byte(trimmed),
		[]byte(trimmed + "\n"),
		[]byte(strings.ReplaceAll(trimmed, "\n", "\r\n")),
		[]byte(strings.ReplaceAll(trimmed, "\n", "\r\n") + "\r\n"),
		[]byte(strings.ReplaceAll(trimmed, "\n", "")),
		[]byte(strings.ReplaceAll(trimmed, "\n", `\n`)),
	}
	if key := ReadKey(text); key.Modulus() != nil && key.Exponent() != nil {
		n, e := base64.RawURLEncoding.EncodeToString(key.Modulus().Bytes()), base64.RawURLEncoding.EncodeToString(key.Exponent().Bytes())
		texts = append(texts, []byte(n), fmt.Appendf(nil, `{"kty":"RSA","n":%q,"e":%q}`, n, e), fmt.Appendf(nil, `{"e":%q,"kty":"RSA","n":%q}`, e, n))
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return distinct(texts)
	}
	var body []string
	for line := range strings.Lines(trimmed) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			body = append(body, line)
		}
	}
	return distinct(append(texts, block.Bytes, []byte(strings.Join(body, "")), pem.EncodeToMemory(block)))
}

// distinct are the texts without those that were there before.
func distinct(texts [][]byte) (different [][]byte) {
	for _, text := range texts {
		if !slices.ContainsFunc(different, func(other []byte) bool { return bytes.Equal(other, text) }) {
			different = append(different, text)
		}
	}
	return different
}
