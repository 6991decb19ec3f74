package randomness

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// selfDigests recognises ids that are stretched by a digest of their own beginning or end: they are
// as hard to guess as that part of them is.
func selfDigests(texts []string) string {
	const shortest, least = 2, 4 // characters of the part that was drawn, and of its digest
	texts = strip(texts)
	joined := mapped(texts, func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(separators, r) {
				return -1
			}
			return r
		}, s)
	})
	for _, ids := range [][]string{joined, texts} {
		for at := shortest; at <= len(ids[0])-least; at++ {
			for _, drawnFirst := range []bool{true, false} {
				if what := digestOfPart(ids, at, drawnFirst); what != "" {
					return what
				}
			}
		}
	}
	return ""
}

// digestOfPart looks for a digest in the rest of all ids, where so many characters at their
// beginning, or at their end, were drawn.
func digestOfPart(ids []string, size int, first bool) string {
	for _, a := range common {
		for _, spell := range []func([]byte) string{hex.EncodeToString, base64.RawURLEncoding.EncodeToString} {
			drawn := make([]string, 0, len(ids))
			for _, id := range ids {
				own, rest, ok := parted(id, size, first)
				if !ok || !strings.HasPrefix(spell(a.sum(nil, []byte(own))), rest) && !strings.HasPrefix(spell(a.sum(nil, asBytes(own))), rest) {
					break
				}
				drawn = append(drawn, own)
			}
			if len(drawn) < len(ids) {
				continue
			}
			if bits := placesBits(drawn); bits < enoughBits {
				return fmt.Sprintf("%d characters of the ids are the %s of the other %d, which have about %.0f bits", len(ids[0])-size, a.name, size, bits)
			}
			return ""
		}
	}
	return ""
}

// parted takes the id apart into what may have been drawn and the rest.
func parted(id string, size int, first bool) (drawn, rest string, ok bool) {
	switch {
	case len(id) <= size:
		return "", "", false
	case first:
		return id[:size], id[size:], true
	}
	return id[len(id)-size:], id[:len(id)-size], true
}

// asBytes are the bytes that hexadecimal digits stand for, or the text itself.
func asBytes(text string) []byte {
	bytes, err := hex.DecodeString(text)
	if err != nil {
		return []byte(text)
	}
	return bytes
}

// placesBits is how many bits texts of one length can have, by how many characters were seen in each
// place.
func placesBits(texts []string) (bits float64) {
	for place := range texts[0] {
		seen := map[byte]bool{}
		for _, text := range texts {
			seen[text[place]] = true
		}
		bits += math.Log2(float64(len(seen)))
	}
	return bits
}
