package endpoint

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // what careless sites prove cookies with
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// cookieSecrets are those with which the guides of frameworks sign cookies.
var cookieSecrets = append(slices.Clip(weakSecrets), "", "session_secret", "session-secret", "cookie-secret", "cookie_secret", "secret key",
	"secret_key", "secret-key", "your secret key", "your_secret_key", "super-secret", "super secret", "super secret key", "super_secret_key",
	"s3cr3t", "my secret", "my_secret", "my_secret_key", "development", "key", "cat", "cats", "top secret", "some secret")

// cookieHashes are the hash functions of their HMACs and digests.
var cookieHashes = []func() hash.Hash{sha256.New, sha1.New, sha512.New, md5.New}

// derivedFor are the names with which frameworks derive a key from the secret, as Flask does
// for its session; "" uses the secret itself.
var derivedFor = []string{"", "cookie-session"}

// proof computes what a site adds to a text in order to recognise it as its own.
type proof func(text string) string

// shortestProof is the length from which a match cannot be a coincidence, with all that is
// tried.
const shortestProof = 8

// weakProof finds out how anybody can make the given proof of a text: as its checksum, or as
// a digest or an HMAC with a secret from guides or without one. It returns nil where
// there is no such way.
func weakProof(text, given string) proof {
	if len(given) < shortestProof {
		return nil
	}
	forms := formsOf(given)
	for _, sum := range weakSums() {
		made := sum(text)
		for _, write := range forms {
			whole := write(made)
			switch {
			case whole == given: // a decimal checksum is compared as a whole only
				return func(text string) string { return write(sum(text)) }
			case len(made) > crc32.Size && strings.HasPrefix(whole, given):
				return func(text string) string { return write(sum(text))[:len(given)] }
			}
		}
	}
	return nil
}

// formsOf are the ways to write bytes that can result in the given proof. Unpadded base64
// counts as base64url where the two cannot be told apart.
func formsOf(given string) (forms []func(sum []byte) string) {
	only := func(alphabet string) bool { return strings.Trim(given, alphabet) == "" }
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if only(digits) {
		forms = append(forms, inDecimal)
	}
	switch {
	case only(digits + "abcdef"):
		forms = append(forms, hex.EncodeToString)
	case only(digits + "ABCDEF"):
		forms = append(forms, func(sum []byte) string { return strings.ToUpper(hex.EncodeToString(sum)) })
	}
	switch {
	case only(digits + letters + "-_"):
		forms = append(forms, base64.RawURLEncoding.EncodeToString)
	case only(digits + letters + "+/="):
		forms = append(forms, base64.StdEncoding.EncodeToString)
	case only(digits + letters + "-_="):
		forms = append(forms, base64.URLEncoding.EncodeToString)
	}
	return forms
}

// inDecimal writes a checksum in decimal. Anything longer is "".
func inDecimal(sum []byte) string {
	if len(sum) != crc32.Size {
		return ""
	}
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(sum)), 10)
}

// weakSums compute what anybody can compute from a text.
var weakSums = sync.OnceValue(func() (sums []func(text string) []byte) {
	for _, made := range []func() hash.Hash32{crc32.NewIEEE, adler32.New} {
		sums = append(sums, func(text string) []byte { return sumOf(made(), text) })
	}
	for _, made := range cookieHashes {
		for _, secret := range cookieSecrets {
			sums = append(sums,
				func(text string) []byte { return sumOf(made(), secret, text) },
				func(text string) []byte { return sumOf(made(), text, secret) })
			for _, name := range derivedFor {
				key := []byte(secret)
				if name != "" {
					key = sumOf(hmac.New(made, key), name)
				}
				sums = append(sums, func(text string) []byte { return sumOf(hmac.New(made, key), text) })
			}
		}
	}
	return sums
})

func sumOf(h hash.Hash, texts ...string) []byte {
	for _, text := range texts {
		h.Write([]byte(text))
	}
	return h.Sum(nil)
}

// signedWeakly says whether anybody can make the given proof of the text. Express signs only
// what follows "s:".
func signedWeakly(text, given string) bool {
	return weakProof(text, given) != nil || strings.HasPrefix(text, "s:") && weakProof(text[2:], given) != nil
}
