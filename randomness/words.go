package randomness

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
)

// wordStream is the words of the ids in the order in which a generator may have
// put them out.
type wordStream struct {
	words []uint64
	perID int
	bits  int
	// sure says which words of an id are whole: those of a UUID that hold its
	// version and variant are not. Of them the low bits are that clean has, for each word.
	sure  []bool
	clean []int
}

// wordStreams returns the streams of words of so many bytes: in the order of the
// text or turned round in each id, with the bytes in both orders.
func wordStreams(r reading, size int) []wordStream {
	length := len(r.bytes[0])
	if length < size || length%size != 0 {
		return nil
	}
	places := make([]int, length/size) // where in an id the words stand, in bytes
	for i := range places {
		places[i] = i * size
	}
	turned := slices.Clone(places)
	slices.Reverse(turned)
	var streams []wordStream
	for _, little := range []bool{false, true} {
		streams = append(streams, newWordStream(r, size, places, little))
		if len(places) > 1 {
			streams = append(streams, newWordStream(r, size, turned, little))
		}
	}
	return streams
}

// newWordStream is the stream of the words of so many bytes that stand at these places
// of each id.
func newWordStream(r reading, size int, places []int, little bool) wordStream {
	s := wordStream{perID: len(places), bits: size * 8}
	for _, begin := range places {
		clean := cleanBits(r, begin, size, little)
		s.clean, s.sure = append(s.clean, clean), append(s.sure, clean == s.bits)
	}
	for _, id := range r.bytes {
		for _, begin := range places {
			s.words = append(s.words, word(id[begin:begin+size], little))
		}
	}
	return s
}

// cleanBits is how many low bits of the word that begins there no version or variant
// of a UUID stands in: the upper four bits of byte 6, and two of byte 8.
func cleanBits(r reading, begin, size int, little bool) int {
	clean := size * 8
	if !r.uuid {
		return clean
	}
	for _, fixed := range []struct{ at, below int }{{6, 4}, {8, 6}} {
		if fixed.at < begin || fixed.at >= begin+size {
			continue
		}
		place := begin + size - 1 - fixed.at
		if little {
			place = fixed.at - begin
		}
		clean = min(clean, place*8+fixed.below)
	}
	return clean
}

func word(b []byte, little bool) uint64 {
	var whole [8]byte
	copy(whole[8-len(b):], b)
	if little {
		slices.Reverse(whole[8-len(b):])
	}
	return binary.BigEndian.Uint64(whole[:])
}

// enoughWords is how many words are looked at for a rule that each follows.
const enoughWords = 64

// inIDs are the words as numbers, as long as all of them are whole.
func (s wordStream) inIDs() []*big.Int {
	if slices.Contains(s.sure, false) {
		return nil
	}
	var out []*big.Int
	for _, w := range s.words[:min(len(s.words), enoughWords)] {
		out = append(out, new(big.Int).SetUint64(w))
	}
	return out
}

// at are the words in one place of the ids. The bits that a UUID fixes at the top
// of a word are left out: what is below them follows from itself, too, where the
// modulus is a power of two.
func (s wordStream) at(place int) []*big.Int {
	mask := ^uint64(0) >> (64 - s.bits)
	if !s.sure[place] {
		mask >>= 2
	}
	var out []*big.Int
	for i := place; i < len(s.words) && len(out) < enoughWords; i += s.perID {
		out = append(out, new(big.Int).SetUint64(s.words[i]&mask))
	}
	return out
}

// pairs are the words in one place of the ids and those in the next, as far as both
// are clean.
func (s wordStream) pairs(place int) (x, y []*big.Int) {
	mask := ^uint64(0) >> (64 - min(s.clean[place], s.clean[place+1]))
	for i := place; i+1 < len(s.words) && len(x) < enoughWords; i += s.perID {
		x = append(x, new(big.Int).SetUint64(s.words[i]&mask))
		y = append(y, new(big.Int).SetUint64(s.words[i+1]&mask))
	}
	return x, y
}

// java.util.Random: 48 bits, of which the upper 32 are put out.
const (
	javaFactor = 0x5DEECE66D
	javaTerm   = 0xB
	javaMask   = 1<<48 - 1
)

// javaRandom tries the 16 bits that java.util.Random holds back.
func javaRandom(r reading) string {
	const ids = 4
	for _, s := range wordStreams(r, 4) {
		if s.perID < 2 {
			continue
		}
		hits := 0
		for i := range min(ids, len(s.words)/s.perID) {
			first, second := s.words[i*s.perID], s.words[i*s.perID+1]
			mask := uint64(0xffffffff)
			if !s.sure[1] {
				mask = 0xffff0fff // the version of a UUID
			}
			carry := first + second>>31 // nextLong adds the second with its sign
			if javaFollows(first, second, mask) || javaFollows(carry&0xffffffff, second, mask) {
				hits++
			}
		}
		if hits >= ids-1 {
			return "the words follow from each other as those of java.util.Random"
		}
	}
	return ""
}

func javaFollows(first, second, mask uint64) bool {
	for low := range uint64(1 << 16) {
		state := (first<<16 | low)
		next := (state*javaFactor + javaTerm) & javaMask
		if (next>>16^second)&mask == 0 {
			return true
		}
	}
	return false
}

// cutGenerator is one of a C library: of each state it puts out 15 bits.
type cutGenerator struct {
	name               string
	factor, term, mask uint64
}

var cutGenerators = []cutGenerator{
	{"the C standard", 1103515245, 12345, 1<<31 - 1},
	{"Microsoft's C library", 214013, 2531011, 1<<32 - 1},
	{"Borland's C library", 22695477, 1, 1<<32 - 1},
}

// cutFollowing is how many words of an id have to follow from its first one.
const cutFollowing = 4

// cutCongruential tries what these generators hold back.
func cutCongruential(r reading) string {
	for _, s := range wordStreams(r, 2) {
		if s.perID <= cutFollowing || slices.ContainsFunc(s.words, func(w uint64) bool { return w>>15 != 0 }) {
			continue
		}
		for _, g := range cutGenerators {
			if g.made(s) {
				return "the words of 15 bits follow from each other as those of rand in " + g.name
			}
		}
	}
	return ""
}

// made says whether the generator has made the words of the first ids.
func (g cutGenerator) made(s wordStream) bool {
	const ids = 3
	if len(s.words) < ids*s.perID {
		return false
	}
	for id := range ids {
		if !g.follow(s.words[id*s.perID:][:cutFollowing+1]) {
			return false
		}
	}
	return true
}

// follow says whether the words follow from the first one, with any of the lower 16 bits
// that it was cut from, and whatever the highest bit, of which nothing follows.
func (g cutGenerator) follow(words []uint64) bool {
	for low := range uint64(1 << 16) {
		state, right := words[0]<<16|low, 0
		for _, w := range words[1:] {
			if state = (state*g.factor + g.term) & g.mask; state>>16&0x7fff != w {
				break
			}
			right++
		}
		if right == len(words)-1 {
			return true
		}
	}
	return false
}

// additiveLags are how far back the two outputs lie that generators add: in Go, the C
// library, TAOCP and .NET.
var additiveLags = [][2]int{{607, 273}, {31, 3}, {55, 24}, {55, 34}, {17, 5}}

// additive recognises generators that add two of their former outputs: the one
// of Go's math/rand with a seed, of the C library and of .NET.
func additive(r reading) string {
	for _, size := range []int{4, 8} {
		for _, s := range wordStreams(r, size) {
			for _, lags := range additiveLags {
				if s.adds(lags, s.bits) || s.adds(lags, s.bits-1) {
					return fmt.Sprintf("each word is the sum of those %d and %d before it: an additive generator", lags[0], lags[1])
				}
			}
		}
	}
	return ""
}

// adds says whether nearly each of the words is the sum, or the difference, of those so
// far before it, in so many bits.
func (s wordStream) adds(lags [2]int, bits int) bool {
	const most, fewest = 200, 20
	right, seen := 0, 0
	for k := lags[0]; k < len(s.words) && seen < most; k++ {
		seen++
		far, near := s.words[k-lags[0]], s.words[k-lags[1]]
		if small(s.words[k]-(far+near), bits) || small(s.words[k]-(far-near), bits) { // .NET takes it off
			right++
		}
	}
	return seen >= fewest && right*10 >= seen*9
}

// small says whether the difference of two words of so many bits is at most one.
func small(difference uint64, bits int) bool {
	difference = difference << (64 - bits) >> (64 - bits)
	return difference <= 1 || difference == 1<<bits-1
}
