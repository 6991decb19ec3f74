package endpoint

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// forger makes tokens like a right one that should not be believed.
type forger struct {
	header, payload map[string]any
	token           []string // the segments of the right one
	key             *rsa.PrivateKey
}

// forged is a token and what is wrong with it.
type forged struct{ how, token string }

func newForger(token string) (*forger, error) {
	segments := strings.Split(token, ".")
	f := &forger{header: decodeObject(segments[0]), payload: decodeObject(segments[1]), token: segments}
	if f.header == nil || f.payload == nil {
		return nil, fmt.Errorf("the token cannot be forged: its header or payload is not a JSON object")
	}
	var err error
	f.key, err = rsa.GenerateKey(rand.Reader, 2048)
	return f, err
}

// tokens are the forgeries of RFC 8725 §2 that need no listener.
func (f *forger) tokens(keys []KeyText) []forged {
	list := []forged{
		{"flipped signature", f.token[0] + "." + f.token[1] + "." + flipped(f.token[2])},
		{"changed payload", f.token[0] + "." + f.changedPayload() + "." + f.token[2]},
		{"no signature", f.token[0] + "." + f.token[1] + "."},
		{"other key", f.sign(nil)},
		{"embedded jwk", f.sign(map[string]any{"jwk": publicJWK(&f.key.PublicKey)})},
		{"embedded x5c", f.sign(map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(selfSigned(f.key))}})},
		{"HS256 under an empty secret", f.hmac(nil, map[string]any{})},
		{"kid of an empty file, HS256 under an empty secret", f.hmac(nil, map[string]any{"kid": "../../../../../../dev/null"})},
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE"} {
		list = append(list, forged{"alg " + none, segmentOf(f.headed(map[string]any{"alg": none})) + "." + segmentOf(f.payload) + "."})
	}
	if len(keys) > 0 {
		for i, text := range verifier.KeyTexts(keys[0].Text)[:3] {
			list = append(list, forged{fmt.Sprintf("HS256 under the public key text, form %d", i+1), f.hmac(text, nil)})
		}
	}
	return list
}

// pointing returns a token of our key whose header, or iss, points to place.
func (f *forger) pointing(name, place string) string {
	switch name {
	case "iss":
		changed := *f
		changed.payload = map[string]any{"iss": place}
		for member, value := range f.payload {
			if member != "iss" {
				changed.payload[member] = value
			}
		}
		return changed.sign(map[string]any{"kid": callbackKeyID})
	case "kid":
		return f.sign(map[string]any{"kid": place})
	}
	return f.sign(map[string]any{name: place, "kid": callbackKeyID})
}

// headed is the header with some members changed.
func (f *forger) headed(members map[string]any) map[string]any {
	header := map[string]any{}
	for name, value := range f.header {
		header[name] = value
	}
	for name, value := range members {
		header[name] = value
	}
	return header
}

// sign makes a token of the right one's claims, signed with our own key.
func (f *forger) sign(members map[string]any) string {
	text := segmentOf(f.headed(members)) + "." + segmentOf(f.payload)
	digest := sha256.Sum256([]byte(text))
	signature, _ := rsa.SignPKCS1v15(nil, f.key, crypto.SHA256, digest[:]) // fails for keys too small only
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// hmac makes a token that verifies for those who take secret for an HMAC key.
func (f *forger) hmac(secret []byte, members map[string]any) string {
	header := f.headed(members)
	header["alg"] = "HS256"
	text := segmentOf(header) + "." + segmentOf(f.payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// changedPayload is the payload with another sub, for the right one's signature.
func (f *forger) changedPayload() string {
	changed := map[string]any{}
	for name, value := range f.payload {
		changed[name] = value
	}
	changed["sub"] = mark()
	return segmentOf(changed)
}

// flipped is a segment with one bit of its first bytes flipped.
func flipped(segment string) string {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(segment, "="))
	if err != nil || len(decoded) < 4 {
		return "AAAA"
	}
	decoded[3] ^= 1
	return base64.RawURLEncoding.EncodeToString(decoded)
}

func segmentOf(value map[string]any) string {
	text, _ := json.Marshal(value) // what was decoded from JSON can be encoded
	return base64.RawURLEncoding.EncodeToString(text)
}

func publicJWK(key *rsa.PublicKey) map[string]any {
	return map[string]any{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": callbackKeyID,
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

// selfSigned is a certificate of our own making, DER.
func selfSigned(key *rsa.PrivateKey) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil
	}
	return der
}
