package verifier

import (
	"crypto"
	_ "crypto/md5" // hashes that OAEP is set to by mistake
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// The ways in which a user_payload fails to decrypt, for errors.Is.
var (
	ErrPayloadNotBase64 = errors.New("user_payload is not base64 (standard alphabet)")
	ErrPayloadLength    = errors.New("user_payload has the wrong length")
	ErrPayloadSHA256    = errors.New("user_payload is encrypted with OAEP and SHA-256; the assistant decrypts OAEP with SHA-1")
	ErrPayloadHash      = errors.New("user_payload is encrypted with OAEP and another hash than SHA-1, with which the assistant decrypts")
	ErrPayloadPKCS1v15  = errors.New("user_payload is encrypted with PKCS#1 v1.5 padding; the assistant decrypts OAEP with SHA-1")
	ErrPayloadTextbook  = errors.New("user_payload is encrypted without any padding (textbook RSA), which shows equal data and can be undone for short ones")
	ErrPayloadWrongKey  = errors.New("user_payload does not decrypt: it is encrypted with another public key, or damaged")
	ErrPayloadNotJSON   = errors.New("user_payload decrypts to text that is not JSON")
)

// Encrypt encrypts clear as npm node-rsa does by default: RSA-OAEP with SHA-1 and
// MGF1-SHA-1 and an empty label, cut into as few blocks as will do, all of nearly
// the same length, joined and in base64. The clear text should be JSON; a cut may
// fall inside a character.
func Encrypt(clear []byte, key *rsa.PublicKey) (string, error) {
	room := key.Size() - 2*sha1.Size - 2
	if room < 1 {
		return "", fmt.Errorf("a key of %d bits has no room for OAEP", key.N.BitLen())
	}
	blocks := max(1, (len(clear)+room-1)/room)
	var out []byte
	for i := range blocks {
		size := (len(clear) + blocks - 1 - i) / (blocks - i)
		sealed, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, key, clear[:size], nil)
		if err != nil {
			return "", fmt.Errorf("encrypt user_payload: %w", err)
		}
		out, clear = append(out, sealed...), clear[size:]
	}
	return base64.StdEncoding.EncodeToString(out), nil
}

// Decrypt decrypts a user_payload claim: base64 of OAEP blocks that are as long
// as the key. The error tells what is wrong with it, see the ErrPayload values;
// with ErrPayloadNotJSON the clear text is returned all the same.
func Decrypt(payload string, key *rsa.PrivateKey) ([]byte, error) {
	sealed, err := base64.StdEncoding.DecodeString(payload)
	if err != nil {
		return nil, fmt.Errorf("%w%s", ErrPayloadNotBase64, base64Hint(payload))
	}
	size := key.Size()
	if len(sealed) == 0 || len(sealed)%size != 0 {
		return nil, fmt.Errorf("%w: %d bytes are not a multiple of the key's %d", ErrPayloadLength, len(sealed), size)
	}
	var clear []byte
	for block := range slices.Chunk(sealed, size) {
		part, err := rsa.DecryptOAEP(sha1.New(), nil, key, block, nil)
		if err != nil {
			return nil, whyNotOAEP(block, key)
		}
		clear = append(clear, part...)
	}
	if _, err := ParseJSON(decodeUTF8(clear)); err != nil {
		return clear, ErrPayloadNotJSON
	}
	return clear, nil
}

// base64Hint names the usual reasons why text is not base64.
func base64Hint(text string) string {
	switch {
	case strings.ContainsAny(text, "-_"):
		return ": it is base64url"
	case strings.ContainsAny(text, " \t\r\n"):
		return ": there is a blank or a line break in it"
	case strings.HasPrefix(strings.TrimSpace(text), "{"):
		return ": it is the clear text"
	}
	return ""
}

// whyNotOAEP tells the usual mistakes apart, with which a block was not
// encrypted as it should have been.
func whyNotOAEP(block []byte, key *rsa.PrivateKey) error {
	if _, err := rsa.DecryptOAEP(sha256.New(), nil, key, block, nil); err == nil {
		return ErrPayloadSHA256
	}
	options := &rsa.OAEPOptions{Hash: crypto.SHA256, MGFHash: crypto.SHA1}
	if _, err := key.Decrypt(nil, block, options); err == nil {
		return ErrPayloadSHA256
	}
	for _, options := range otherOAEP {
		if _, err := key.Decrypt(nil, block, &options); err == nil {
			return ErrPayloadHash
		}
	}
	if hasPKCS1v15Padding(block, key) {
		return ErrPayloadPKCS1v15
	}
	if hasNoPadding(block, key) {
		return ErrPayloadTextbook
	}
	return ErrPayloadWrongKey
}

// otherOAEP are further settings of OAEP that libraries have.
var otherOAEP = []rsa.OAEPOptions{
	{Hash: crypto.SHA1, MGFHash: crypto.SHA256}, {Hash: crypto.SHA384}, {Hash: crypto.SHA512},
	{Hash: crypto.SHA384, MGFHash: crypto.SHA1}, {Hash: crypto.SHA512, MGFHash: crypto.SHA1}, {Hash: crypto.SHA224}, {Hash: crypto.MD5},
}

// hasNoPadding tells whether block decrypts to nothing but readable text: by
// chance that does not happen.
func hasNoPadding(block []byte, key *rsa.PrivateKey) bool {
	sealed := new(big.Int).SetBytes(block)
	if sealed.Cmp(key.N) >= 0 {
		return false
	}
	clear := sealed.Exp(sealed, key.D, key.N).Bytes()
	const enough = 2 // with any padding it fills the whole block, never with readable text alone
	return len(clear) >= enough && !slices.ContainsFunc(clear, func(c byte) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f })
}

// hasPKCS1v15Padding tells whether block decrypts to 0, 2, eight or more bytes
// that are not 0, and a 0. By chance that happens once in some 65,000 blocks of
// another key.
func hasPKCS1v15Padding(block []byte, key *rsa.PrivateKey) bool {
	sealed := new(big.Int).SetBytes(block)
	if sealed.Cmp(key.N) >= 0 {
		return false
	}
	clear := sealed.Exp(sealed, key.D, key.N).FillBytes(make([]byte, key.Size()))
	end := slices.Index(clear[1:], 0)
	return clear[0] == 0 && clear[1] == 2 && end >= 9
}
