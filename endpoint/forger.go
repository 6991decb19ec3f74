package endpoint

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

// forger makes tokens that resemble a valid one and must be refused.
type forger struct {
	header, payload map[string]any
	token           []string        // the segments of the valid token
	key             *rsa.PrivateKey // our own
	right           *rsa.PrivateKey // that of the test site; nil when it is not known
}

// forged is a token and what is wrong with it.
type forged struct{ how, token string }

func newForger(token string, right *rsa.PrivateKey) (*forger, error) {
	segments := strings.Split(token, ".")
	f := &forger{header: decodeObject(segments[0]), payload: decodeObject(segments[1]), token: segments, right: right}
	if f.header == nil || f.payload == nil {
		return nil, fmt.Errorf("the token cannot be forged: its header or payload is not a JSON object")
	}
	var err error
	f.key, err = rsa.GenerateKey(rand.Reader, 2048)
	return f, err
}

// weakSecrets are the secrets of programs in which nobody has set one, and of the examples
// in guides.
var weakSecrets = []string{
	"secret", "your-256-bit-secret", "changeme", "jwt_secret", "undefined", "password", "your-secret-key", "mysecret", "my-secret",
	"supersecret", "shhhhh", "keyboard cat", "secretkey", "dev", "test",
}

// tokens are the forgeries of RFC 8725 §2 that need no listener. Each breaks one rule, so
// that a verifier must refuse it.
func (f *forger) tokens(keys []KeyText) []forged {
	return slices.Concat(f.broken(), f.unsigned(), f.byOtherKeys(), f.byHMAC(keys), f.byRightKey())
}

// broken are variants of the valid token with a change that its signature does not cover,
// or with another signature.
func (f *forger) broken() []forged {
	signed := f.token[0] + "." + f.token[1] + "."
	signature, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(f.token[2], "=")) // empty when it is not base64url
	encoded := base64.RawURLEncoding.EncodeToString
	list := []forged{
		{"flipped signature", signed + flipped(f.token[2])},
		{"changed payload", f.token[0] + "." + f.changedPayload() + "." + f.token[2]},
		{"changed header", segmentOf(f.headed(map[string]any{"kid": callbackKeyID})) + "." + f.token[1] + "." + f.token[2]},
		{"later exp", f.token[0] + "." + segmentOf(f.claiming("exp", float64(time.Now().Add(24*time.Hour).Unix()))) + "." + f.token[2]},
	}
	if half := len(signature) / 2; half > 0 {
		tail := slices.Clone(signature)
		tail[len(tail)-1] ^= 1
		list = append(list,
			forged{"last bit of the signature flipped", signed + encoded(tail)},
			forged{"half of the signature", signed + encoded(signature[:half])},
			forged{"signature of zeros", signed + encoded(make([]byte, len(signature)))})
	}
	return list
}

// unsigned are tokens without a signature that proves anything.
func (f *forger) unsigned() []forged {
	list := []forged{
		{"no signature", f.token[0] + "." + f.token[1] + "."},
		{"no third segment", f.token[0] + "." + f.token[1]},
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		header := segmentOf(f.headed(map[string]any{"alg": none}))
		list = append(list, forged{"alg " + strconv.Quote(none), header + "." + segmentOf(f.payload) + "."})
	}
	return append(list,
		forged{"alg none with a signature", segmentOf(f.headed(map[string]any{"alg": "none"})) + "." + f.token[1] + "." + f.token[2]},
		forged{"no alg", segmentOf(map[string]any{"typ": "JWT"}) + "." + segmentOf(f.payload) + "."},
		// The signature that verified with any key in Java 15 to 18 (CVE-2022-21449).
		forged{"ES256 with a signature of zeros", segmentOf(f.headed(map[string]any{"alg": "ES256"})) + "." + segmentOf(f.payload) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))})
}

// byOtherKeys are signed with keys that the site does not know.
func (f *forger) byOtherKeys() []forged {
	list := []forged{
		{"other key", f.sign(nil)},
		{"embedded jwk", f.sign(map[string]any{"jwk": publicJWK(&f.key.PublicKey)})},
		{"embedded x5c", f.sign(map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(selfSigned(f.key))}})},
		{"other key, no kid", f.sign(map[string]any{"kid": nil})},
		{"other key, unknown kid", f.sign(map[string]any{"kid": mark()})},
	}
	list = append(list, f.byCurve()...)
	list = append(list,
		forged{"other key, RS384", f.signWith("RS384", crypto.SHA384, f.payload)},
		forged{"other key, RS512", f.signWith("RS512", crypto.SHA512, f.payload)})
	for _, missing := range []string{"exp", "iat", "iss", "aud"} {
		if f.payload[missing] != nil {
			list = append(list, forged{"other key, no " + missing, f.signWith("RS256", crypto.SHA256, f.claiming(missing, nil))})
		}
	}
	return append(list, forged{"other key, expired", f.signWith("RS256", crypto.SHA256, f.claiming("exp", float64(time.Now().Add(-time.Hour).Unix())))})
}

// byCurve is signed with an elliptic-curve key that it brings along. Some verifiers check
// that a key has the kind of the algorithm, and not where it came from.
func (f *forger) byCurve() []forged {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil
	}
	encoded := base64.RawURLEncoding.EncodeToString
	point, err := key.PublicKey.Bytes() // 4, x and y
	if err != nil {
		return nil
	}
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": callbackKeyID, "x": encoded(point[1:33]), "y": encoded(point[33:])}
	text := segmentOf(f.headed(map[string]any{"alg": "ES256", "jwk": jwk})) + "." + segmentOf(f.payload)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return []forged{{"embedded jwk of an elliptic curve, ES256", text + "." + encoded(signature)}}
}

// byHMAC are accepted by verifiers that use the public key, or nothing, as the secret of an
// HMAC, and by those whose secret stands in guides.
func (f *forger) byHMAC(keys []KeyText) []forged {
	list := []forged{
		{"HS256 under an empty secret", f.hmac("HS256", nil, nil)},
		{"kid of an empty file, HS256 under an empty secret", f.hmac("HS256", nil, map[string]any{"kid": "../../../../../../dev/null"})},
		{"kid that has a query select the secret, HS256", f.hmac("HS256", []byte("wcs"), map[string]any{"kid": "x' UNION SELECT 'wcs' -- "})},
	}
	for _, secret := range weakSecrets {
		list = append(list, forged{"HS256 under the secret " + strconv.Quote(secret), f.hmac("HS256", []byte(secret), nil)})
	}
	if len(keys) == 0 {
		return list
	}
	for _, alg := range []string{"HS256", "HS384", "HS512"} {
		for i, text := range verifier.KeyTexts(keys[0].Text) {
			list = append(list, forged{fmt.Sprintf("%s under the public key, form %d", alg, i+1), f.hmac(alg, text, nil)})
		}
	}
	return list
}

// otherAlgorithms are signed with the site's own key by algorithms that the assistant does
// not accept. Verifiers that take the algorithm from the token accept them.
func (f *forger) otherAlgorithms() []forged {
	if f.right == nil {
		return nil
	}
	signing := *f
	signing.key = f.right
	list := []forged{
		{"RS384", signing.signWith("RS384", crypto.SHA384, f.payload)},
		{"RS512", signing.signWith("RS512", crypto.SHA512, f.payload)},
	}
	for _, pss := range []struct {
		alg string
		by  crypto.Hash
	}{{"PS256", crypto.SHA256}, {"PS384", crypto.SHA384}, {"PS512", crypto.SHA512}} {
		text := segmentOf(f.headed(map[string]any{"alg": pss.alg})) + "." + segmentOf(f.payload)
		digest := pss.by.New()
		digest.Write([]byte(text))
		signature, err := rsa.SignPSS(rand.Reader, f.right, pss.by, digest.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		if err == nil { // a key too small fails
			list = append(list, forged{pss.alg, text + "." + base64.RawURLEncoding.EncodeToString(signature)})
		}
	}
	return list
}

// byRightKey have a valid signature, and each breaks one rule of the claims. There are none
// without the site's own key.
func (f *forger) byRightKey() []forged {
	if f.right == nil {
		return nil
	}
	signing := *f
	signing.key = f.right
	at := func(in time.Duration) float64 { return float64(time.Now().Add(in).Unix()) }
	var list []forged
	for _, broken := range []struct {
		how, claim string
		value      any
	}{
		{"expired for ten minutes", "exp", at(-10 * time.Minute)},
		{"expired for an hour", "exp", at(-time.Hour)},
		{"expired for a year", "exp", at(-365 * 24 * time.Hour)},
		{"no exp", "exp", nil},
		{"an exp of 0", "exp", 0},
		{"an exp that is a text", "exp", "tomorrow"},
		{"an nbf in an hour", "nbf", at(time.Hour)},
	} {
		list = append(list, forged{record.AboutRightKey + ", " + broken.how, signing.signWith("RS256", crypto.SHA256, f.claiming(broken.claim, broken.value))})
	}
	return list
}

// mostForgeries is the highest number of forgeries that one endpoint is sent.
const mostForgeries = 103

// pointing returns a token, signed with our own key, whose header or iss points to place.
func (f *forger) pointing(name, place string) string {
	switch name {
	case "iss":
		changed := *f
		changed.payload = f.claiming("iss", place)
		return changed.sign(map[string]any{"kid": callbackKeyID})
	case "kid":
		return f.sign(map[string]any{"kid": place})
	}
	return f.sign(map[string]any{name: place, "kid": callbackKeyID})
}

// headed is the header with some members changed; those that are nil are left out.
func (f *forger) headed(members map[string]any) map[string]any {
	header := maps.Clone(f.header)
	for name, value := range members {
		if header[name] = value; value == nil {
			delete(header, name)
		}
	}
	return header
}

// claiming is the payload with one claim changed; nil leaves it out.
func (f *forger) claiming(name string, value any) map[string]any {
	changed := maps.Clone(f.payload)
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	return changed
}

// sign makes a token with the claims of the valid one, signed with our own key.
func (f *forger) sign(members map[string]any) string {
	signing := *f
	signing.header = f.headed(members)
	return signing.signWith("RS256", crypto.SHA256, f.payload)
}

// signWith signs a payload with our own key by an RSA algorithm.
func (f *forger) signWith(alg string, by crypto.Hash, payload map[string]any) string {
	text := segmentOf(f.headed(map[string]any{"alg": alg})) + "." + segmentOf(payload)
	digest := by.New()
	digest.Write([]byte(text))
	signature, _ := rsa.SignPKCS1v15(nil, f.key, by, digest.Sum(nil)) // fails for keys too small only
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// hmacs are the hash functions of the HMAC algorithms.
var hmacs = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}

// hmac makes a token that is valid if secret is the key of the HMAC.
func (f *forger) hmac(alg string, secret []byte, members map[string]any) string {
	header := f.headed(members)
	header["alg"] = alg
	text := segmentOf(header) + "." + segmentOf(f.payload)
	mac := hmac.New(hmacs[alg], secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// changedPayload is the payload with another sub.
func (f *forger) changedPayload() string { return segmentOf(f.claiming("sub", mark())) }

// flipped is a segment with one bit near its beginning flipped.
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
