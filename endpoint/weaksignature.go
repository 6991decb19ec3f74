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

// cookieSecrets are those under which the guides of frameworks sign cookies.
var cookieSecrets = append(slices.Clip(weakSecrets), "", "session_secret", "session-secret", "cookie-secret", "cookie_secret", "secret key",
	"secret_key", "secret-key", "your secret key", "your_secret_key", "super-secret", "super secret", "super secret key", "super_secret_key",
	"s3cr3t", "my secret", "my_secret", "my_secret_key", "development", "key", "cat", "cats", "top secret", "some secret")

// cookieHashes are those of their HMACs and digests.
var cookieHashes = []func() hash.Hash{sha256.New, sha1.New, sha512.New, md5.New}

// derivedFor are the names under which frameworks derive a key from the secret, as Flask
// does for its session; "" takes the secret as it is.
var derivedFor = []string{"", "cookie-session"}

// proof makes what a site puts beside a text in order to know it again.
type proof func(text string) string

// shortestProof is how many characters of a proof are no chance among all that are tried.
const shortestProof = 8

// weakProof finds how anybody can make what stands beside a text: as its checksum, as a
// digest or an HMAC of it under a secret that stands in guides, or under none. It
// returns nil where that is not so.
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
			case whole == given: // one in decimal is as long as its number
				return func(text string) string { return write(sum(text)) }
			case len(made) > crc32.Size && strings.HasPrefix(whole, given):
				return func(text string) string { return write(sum(text))[:len(given)] }
			}
		}
	}
	return nil
}

// formsOf are the ways of writing bytes that can give the proof. Base64 without its
// padding is taken for that of addresses where nothing tells the two apart.
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

// inDecimal writes a checksum, and nothing longer, in decimal.
func inDecimal(sum []byte) string {
	if len(sum) != crc32.Size {
		return ""
	}
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(sum)), 10)
}

// weakSums are what anybody can compute of a text.
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

// signedWeakly says whether anybody can make the proof of the text. Express signs what
// follows "s:".
func signedWeakly(text, given string) bool {
	return weakProof(text, given) != nil || strings.HasPrefix(text, "s:") && weakProof(text[2:], given) != nil
}
