package endpoint

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what frameworks sign cookies with
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// cookieSecrets are those under which the guides of frameworks sign cookies.
var cookieSecrets = append(slices.Clip(weakSecrets), "", "session_secret", "session-secret", "cookie-secret", "cookie_secret", "secret key",
	"secret_key", "secret-key", "your secret key", "your_secret_key", "super-secret", "super secret", "super secret key", "super_secret_key",
	"s3cr3t", "my secret", "my_secret", "my_secret_key", "development", "key", "cat", "cats", "top secret", "some secret")

// cookieHashes are those of their HMACs.
var cookieHashes = []func() hash.Hash{sha256.New, sha1.New, sha512.New}

// derivedFor are the names under which frameworks derive a key from the secret, as Flask
// does for its session; "" takes the secret as it is.
var derivedFor = []string{"", "cookie-session"}

// signedWeakly says whether the proof is an HMAC of the text under a secret that stands
// in guides. Express signs what follows "s:".
func signedWeakly(text, proof string) bool {
	sum := digestBytes(proof)
	if sum == nil {
		return false
	}
	for _, made := range cookieHashes {
		if made().Size() != len(sum) {
			continue
		}
		of := func(key []byte, text string) []byte {
			mac := hmac.New(made, key)
			mac.Write([]byte(text))
			return mac.Sum(nil)
		}
		for _, secret := range cookieSecrets {
			for _, name := range derivedFor {
				key := []byte(secret)
				if name != "" {
					key = of(key, name)
				}
				if hmac.Equal(of(key, text), sum) || hmac.Equal(of(key, strings.TrimPrefix(text, "s:")), sum) {
					return true
				}
			}
		}
	}
	return false
}

// digestBytes are the bytes of a digest in hexadecimal or base64, nil where it is none.
func digestBytes(text string) []byte {
	if sum, err := hex.DecodeString(text); err == nil {
		return sum
	}
	sum, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
	if err != nil {
		return nil
	}
	return sum
}
