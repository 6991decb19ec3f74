package randomness

import (
	"bytes"
	"crypto/aes"
	"slices"
)

// guessableKeys are keys of AES that guides and settings have.
func guessableKeys() (keys [][]byte) {
	for _, size := range []int{16, 24, 32} {
		counting := make([]byte, size)
		for i := range counting {
			counting[i] = byte(i)
		}
		keys = append(keys, make([]byte, size), bytes.Repeat([]byte{0xff}, size), bytes.Repeat([]byte("0"), size), bytes.Repeat([]byte("1"), size),
			bytes.Repeat([]byte("a"), size), counting, slices.Repeat([]byte("0123456789abcdef"), 2)[:size], slices.Repeat([]byte("1234567890123456"), 2)[:size])
		for _, secret := range guessableSecrets {
			for _, sum := range [][]byte{[]byte(secret), md5Sum(nil, []byte(secret)), sha256Sum(nil, []byte(secret))} {
				keys = append(keys, append(slices.Clone(sum), make([]byte, size)...)[:size])
			}
		}
	}
	return keys
}

// ciphered recognises ids that are a block of something under a key that can be
// guessed: what comes out has many bytes in common.
func ciphered(r reading) string {
	const alike = 6 // of 16 bytes at the same place in three blocks; by chance never
	if len(r.bytes[0]) != aes.BlockSize {
		return ""
	}
	for _, key := range guessableKeys() {
		block, err := aes.NewCipher(key)
		if err != nil {
			continue // cannot be: their sizes are right
		}
		var plain [3][aes.BlockSize]byte
		for i := range plain {
			block.Decrypt(plain[i][:], r.bytes[i*(len(r.bytes)-1)/2])
		}
		same := 0
		for i := range aes.BlockSize {
			if plain[0][i] == plain[1][i] && plain[1][i] == plain[2][i] {
				same++
			}
		}
		if same >= alike {
			return "the ids are blocks under a key of AES that can be guessed"
		}
	}
	return ""
}
