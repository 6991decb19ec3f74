package cli

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // the digests of RS384 and RS512
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// minting is a token in the making; a fault changes one thing about it.
type minting struct {
	key     *rsa.PrivateKey
	now     time.Time
	header  map[string]any
	payload []byte
	sign    func(key *rsa.PrivateKey, text string) ([]byte, error)
	finish  func(token string) string // what happens to the finished token
	encode  func([]byte) string       // of the payload, if not base64url
}

func (m *minting) token() (string, error) {
	header, err := json.Marshal(m.header)
	if err != nil {
		return "", err
	}
	encode := base64URL
	if m.encode != nil {
		encode = m.encode
	}
	signed := base64URL(header) + "." + encode(m.payload)
	signature, err := m.sign(m.key, signed)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	token := signed + "." + base64URL(signature)
	if m.finish != nil {
		token = m.finish(token)
	}
	return token, nil
}

func base64URL(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func signRS256(key *rsa.PrivateKey, text string) ([]byte, error) {
	return signWith(crypto.SHA256)(key, text)
}

// signWith signs with PKCS#1 v1.5 and the digest.
func signWith(hash crypto.Hash) func(*rsa.PrivateKey, string) ([]byte, error) {
	return func(key *rsa.PrivateKey, text string) ([]byte, error) {
		digest := hash.New()
		digest.Write([]byte(text))
		return rsa.SignPKCS1v15(nil, key, hash, digest.Sum(nil))
	}
}

// edit changes the claims, where the payload is an object.
func (m *minting) edit(change func(claims map[string]any)) {
	var claims map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(m.payload)))
	decoder.UseNumber()
	if decoder.Decode(&claims) != nil || claims == nil {
		return
	}
	change(claims)
	m.payload, _ = json.Marshal(claims) // what was JSON stays JSON
}

// mintFault is one deliberate mistake.
type mintFault struct {
	id, summary string
	apply       func(m *minting)
}

var mintFaults = []mintFault{
	{"expired", "exp is a minute ago", func(m *minting) {
		m.edit(func(c map[string]any) { c["exp"], c["iat"] = m.now.Unix()-60, m.now.Unix()-3660 })
	}},
	{"not-active", "nbf is a minute ahead", func(m *minting) {
		m.edit(func(c map[string]any) { c["nbf"] = m.now.Unix() + 60 })
	}},
	{"no-exp", "exp is missing", func(m *minting) { m.edit(func(c map[string]any) { delete(c, "exp") }) }},
	{"no-sub", "sub is missing", func(m *minting) { m.edit(func(c map[string]any) { delete(c, "sub") }) }},
	{"exp-string", "exp is a string", func(m *minting) { m.edit(func(c map[string]any) { c["exp"] = fmt.Sprint(c["exp"]) }) }},
	{"exp-millis", "exp is in milliseconds", func(m *minting) {
		m.edit(func(c map[string]any) { c["exp"] = m.now.Add(time.Hour).UnixMilli() })
	}},
	{"alg-none", "not signed, alg none", func(m *minting) {
		m.header["alg"], m.sign = "none", func(*rsa.PrivateKey, string) ([]byte, error) { return nil, nil }
	}},
	{"hmac", "HS256 with the public key text as the secret", func(m *minting) {
		m.header["alg"], m.sign = "HS256", func(key *rsa.PrivateKey, text string) ([]byte, error) {
			mac := hmac.New(sha256.New, []byte(publicPEM(&key.PublicKey)))
			mac.Write([]byte(text))
			return mac.Sum(nil), nil
		}
	}},
	{"rs384", "signs and says RS384", func(m *minting) { m.header["alg"], m.sign = "RS384", signWith(crypto.SHA384) }},
	{"rs512", "signs and says RS512", func(m *minting) { m.header["alg"], m.sign = "RS512", signWith(crypto.SHA512) }},
	{"pss", "says RS256, signs with PSS padding", func(m *minting) {
		m.sign = func(key *rsa.PrivateKey, text string) ([]byte, error) {
			digest := sha256.Sum256([]byte(text))
			return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
		}
	}},
	{"other-key", "signed with another key", func(m *minting) { m.key = newRSAKey(defaultKeyBits) }},
	{"bad-signature", "one bit of the signature is flipped", func(m *minting) {
		sign := m.sign
		m.sign = func(key *rsa.PrivateKey, text string) ([]byte, error) {
			signature, err := sign(key, text)
			if err == nil {
				signature[len(signature)/2] ^= 1
			}
			return signature, err
		}
	}},
	{"no-signature", "the third part is empty", func(m *minting) {
		m.finish = func(token string) string { return token[:strings.LastIndexByte(token, '.')+1] }
	}},
	{"padded", "the payload is padded with \"=\", and so signed", func(m *minting) {
		m.payload = append(m.payload, strings.Repeat(" ", (4-len(m.payload)%3)%3)...)
		m.encode = base64.URLEncoding.EncodeToString
	}},
	{"double-encoded", "the payload is a JSON string with the JSON inside", func(m *minting) {
		m.payload, _ = json.Marshal(string(m.payload))
	}},
	{"quoted", "quotes round the token", func(m *minting) { m.finish = func(token string) string { return `"` + token + `"` } }},
	{"bearer", "\"Bearer \" in front of the token", func(m *minting) { m.finish = func(token string) string { return "Bearer " + token } }},
}

func findMintFault(id string) (mintFault, error) {
	known := make([]string, len(mintFaults))
	for i, fault := range mintFaults {
		if fault.id == id {
			return fault, nil
		}
		known[i] = fault.id
	}
	return mintFault{}, usageErrorf("unknown fault %q%s; see --list-faults", id, didYouMean(id, known))
}

// randomVisitor is an id for an anonymous visitor.
func randomVisitor() string {
	id := make([]byte, 16)
	rand.Read(id)
	return "anon-" + hex.EncodeToString(id)
}
