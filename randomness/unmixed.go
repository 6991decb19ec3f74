package randomness

import (
	"fmt"
	"math/big"
	"math/bits"
)

// mixer is how a generator mixes its state before it puts it out, undone.
type mixer struct {
	name   string
	unmix  func(uint64) uint64
	linear bool // the state is a shift register; else it counts
}

// mixers are those that can be undone: what is left then counts or shifts.
var mixers = []mixer{
	{"SplitMix64", func(z uint64) uint64 {
		return unshift(unshift(unshift(z, 31)*inverse(0x94d049bb133111eb), 27)*inverse(0xbf58476d1ce4e5b9), 30)
	}, false},
	{"the finalizer of MurmurHash3 over a counter", func(z uint64) uint64 {
		return unshift(unshift(unshift(z, 33)*inverse(0xc4ceb9fe1a85ec53), 33)*inverse(0xff51afd7ed558ccd), 33)
	}, false},
	{"a multiplied xorshift", func(z uint64) uint64 { return z * inverse(0x2545f4914f6cdd1d) }, true},
	{"xoshiro256** or xoroshiro128**", func(z uint64) uint64 {
		return bits.RotateLeft64(z*inverse(9), -7) * inverse(5)
	}, true},
}

// inverse is the inverse of an odd number modulo 2^64, by Newton's method.
func inverse(a uint64) uint64 {
	x := a
	for range 6 {
		x *= 2 - a*x
	}
	return x
}

// unshift undoes z ^= z >> n.
func unshift(z uint64, n int) uint64 {
	for shift := n; shift < 64; shift *= 2 {
		z ^= z >> shift
	}
	return z
}

// mixed recognises the outputs of generators that mix a state which is simple.
func mixed(r reading) string {
	for _, s := range wordStreams(r, 8) {
		for _, m := range mixers {
			if s.follows(m) {
				return "the words of 64 bits are outputs of " + m.name + ", which later ones follow from"
			}
		}
	}
	return ""
}

func (s wordStream) follows(m mixer) bool {
	undone := s
	undone.words = make([]uint64, len(s.words))
	for i, w := range s.words {
		undone.words[i] = m.unmix(w)
	}
	for place := range s.perID {
		if !s.sure[place] || constantAt(s, place) {
			continue
		}
		switch {
		case m.linear && undone.shifts(place, 40) && undone.shifts(place, 57),
			!m.linear && modulus(undone.at(place)) != nil,
			!m.linear && sequence(undone.reading(place)) != "":
			return true
		}
	}
	return false
}

// summed recognises generators that put out the sum of two shift registers, such as
// xorshift128+: nothing is carried into the lowest bit, which is one of a register.
func summed(r reading) string {
	const longest = 140
	for _, s := range wordStreams(r, 8) {
		for place := range s.perID {
			if !constantAt(s, place) && s.register(place, 0) < longest && s.register(place, 1) >= len(s.words)/s.perID/2-40 && s.balanced(place, 0) {
				return "the lowest bits of words of 64 bits follow from those before them, as those of a sum of shift registers (xorshift128+)"
			}
		}
	}
	return ""
}

func constantAt(s wordStream, place int) bool {
	same := 0
	for i := place + s.perID; i < len(s.words); i += s.perID {
		if s.words[i] == s.words[i-s.perID] {
			same++
		}
	}
	return same*10 > len(s.words)/s.perID
}

// reading are the words of one place as ids of their own.
func (s wordStream) reading(place int) reading {
	r := reading{whole: true, how: fmt.Sprintf("word %d", place+1)}
	for i := place; i < len(s.words); i += s.perID {
		r.bytes = append(r.bytes, new(big.Int).SetUint64(s.words[i]).FillBytes(make([]byte, 8)))
	}
	return r
}

// shifts says whether one bit of the words of one place follows from those before
// it, as in a shift register.
func (s wordStream) shifts(place, bit int) bool {
	return s.balanced(place, bit) && s.register(place, bit) < len(s.words)/s.perID/2-40
}

// column is one bit of the words of one place.
func (s wordStream) column(place, bit int) (column *big.Int, n int) {
	column = new(big.Int)
	for i := place; i < len(s.words); i += s.perID {
		if s.words[i]>>bit&1 == 1 {
			column.SetBit(column, n, 1)
		}
		n++
	}
	return column, n
}

// balanced says whether the bit is set about as often as not.
func (s wordStream) balanced(place, bit int) bool {
	column, n := s.column(place, bit)
	ones := popCount(column)
	return ones > n/4 && ones < n*3/4
}

// register is the length of the shift register that makes the bit.
func (s wordStream) register(place, bit int) int {
	column, n := s.column(place, bit)
	return complexity(column, n)
}
