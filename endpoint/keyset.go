package endpoint

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// privateMembers are the members of a JWK that only the owner of the key may have
// (RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// maxServedKeys bounds how many keys of a JWKS are noted.
const maxServedKeys = 50

// servedKeys reads a JWKS or a single JWK. It returns the keys, and the body without the
// values of private members. The keys are nil for a body that is neither.
func (e *examiner) servedKeys(body []byte) ([]record.ServedKey, []byte) {
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		var single map[string]any
		if json.Unmarshal(body, &single) != nil || single["kty"] == nil {
			return nil, body
		}
		set.Keys = []map[string]any{single}
	}
	var served []record.ServedKey
	for _, jwk := range set.Keys[:min(len(set.Keys), maxServedKeys)] {
		if kind, isText := jwk["kty"].(string); isText {
			served = append(served, e.servedKey(kind, jwk))
		}
	}
	if served == nil {
		return nil, body
	}
	var all map[string]any
	if json.Unmarshal(body, &all) == nil && all["keys"] != nil { // only the keys are kept of the body
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if text, err := json.Marshal(all[name]); name != "keys" && err == nil && holdsPrivateKey(string(text)) {
				served[0].Private = append(served[0].Private, name)
			}
		}
	}
	masked, err := json.Marshal(map[string]any{"keys": set.Keys})
	if err != nil {
		return served, nil
	}
	return served, masked
}

// holdsPrivateKey says whether a JSON text holds a private key.
func holdsPrivateKey(text string) bool {
	const shortest = 100 // no key is shorter
	return len(text) >= shortest && len(secrets.Find(strings.ReplaceAll(text, `\n`, "\n"), 1)) > 0
}

// servedKey notes one key and masks its private members.
func (e *examiner) servedKey(kind string, jwk map[string]any) record.ServedKey {
	key := record.ServedKey{Kind: shorten(kind, 40)}
	if id, isText := jwk["kid"].(string); isText {
		key.KeyID = shorten(id, 200)
	}
	for _, name := range privateMembers {
		if value, found := jwk[name]; found && value != "" && value != nil {
			key.Private = append(key.Private, name)
			jwk[name] = "«private»"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(jwk)) { // a private key in some other form
		if text, err := json.Marshal(jwk[name]); err == nil && holdsPrivateKey(string(text)) {
			key.Private = append(key.Private, name)
			jwk[name] = "«private»"
		}
	}
	modulus, _ := jwk["n"].(string)
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(modulus, "="))
	if err != nil || len(decoded) == 0 {
		return key
	}
	n := new(big.Int).SetBytes(decoded)
	key.Modulus = shorten(n.Text(16), 4096)
	exponent, _ := jwk["e"].(string)
	if e, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(exponent, "=")); err == nil && len(e) > 0 {
		key.Exponent = shorten(new(big.Int).SetBytes(e).String(), 400)
	}
	key.Key = 1 + slices.IndexFunc(e.keys, func(known *verifier.Key) bool {
		return known.Modulus() != nil && known.Modulus().Cmp(n) == 0
	})
	return key
}
