package randomness

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// mixer is how a generator mixes its state before it puts it out, undone.
type mixer struct {
	name   string
	size   int // of the words, in bytes
	unmix  func(uint64) uint64
	linear bool // the state is a shift register; else it counts
}

// mixers are those that can be undone: what is left then counts or shifts.
var mixers = []mixer{
	{"SplitMix64", 8, func(z uint64) uint64 {
		return unshift(unshift(unshift(z, 31)*inverse(0x94d049bb133111eb), 27)*inverse(0xbf58476d1ce4e5b9), 30)
	}, false},
	{"the finalizer of MurmurHash3 over a counter", 8, func(z uint64) uint64 {
		return unshift(unshift(unshift(z, 33)*inverse(0xc4ceb9fe1a85ec53), 33)*inverse(0xff51afd7ed558ccd), 33)
	}, false},
	{"a multiplied xorshift", 8, func(z uint64) uint64 { return z * inverse(0x2545f4914f6cdd1d) }, true},
	{"xoshiro256** or xoroshiro128**", 8, func(z uint64) uint64 {
		return bits.RotateLeft64(z*inverse(9), -7) * inverse(5)
	}, true},
	{"SplitMix32", 4, unmix32(0x21f0aaad, 0x735a2d97, 16, 15, 15), false},
	{"the finalizer of MurmurHash3 over a counter", 4, unmix32(0x85ebca6b, 0xc2b2ae35, 16, 13, 16), false},
	{"a hash of 32 bits over a counter", 4, unmix32(0x7feb352d, 0x846ca68b, 16, 15, 16), false},
	{"xoshiro128**", 4, func(z uint64) uint64 {
		return uint64(bits.RotateLeft32(uint32(z*inverse(9)), -7) * uint32(inverse(5)))
	}, true},
}

// unmix32 undoes, in 32 bits, x ^= x>>first; x *= factor; x ^= x>>second; x *= other; x ^= x>>third.
func unmix32(factor, other uint64, first, second, third int) func(uint64) uint64 {
	factor, other = inverse(factor), inverse(other)
	return func(z uint64) uint64 {
		z = unshift(z, third) * other & 0xffffffff
		return unshift(unshift(z, second)*factor&0xffffffff, first)
	}
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
	for _, size := range []int{8, 4} {
		for _, s := range wordStreams(r, size) {
			for _, m := range mixers {
				if m.size == size && s.follows(m) {
					return fmt.Sprintf("the words of %d bits are outputs of %s, which later ones follow from", s.bits, m.name)
				}
			}
		}
	}
	return ""
}

func (s wordStream) follows(m mixer) bool {
	const some = 640 // of each place: twice the longest register of these, and more
	undone := s
	undone.words = make([]uint64, min(len(s.words), some*s.perID))
	for i, w := range s.words[:len(undone.words)] {
		undone.words[i] = m.unmix(w)
	}
	for place := range s.perID {
		switch {
		case !s.sure[place] && s.bits == 64 && !m.linear && s.counts(m, place):
			return true
		case !s.sure[place] || constantAt(s, place):
			continue
		}
		switch {
		case m.linear && undone.shifts(place, s.bits*5/8) && undone.shifts(place, s.bits-7),
			!m.linear && modulus(undone.at(place)) != nil,
			!m.linear && s.bits == 64 && sequence(undone.reading(place)) != "": // 32 bits lie close together anyway
			return true
		}
	}
	return false
}

// fixed is how many bits a UUID fixes in the words of a place: four of the version, which
// stand above a half byte, or two of the variant.
func (s wordStream) fixed(place int) int {
	switch {
	case s.sure[place]:
		return 0
	case s.clean[place]%8 == 6:
		return 2
	}
	return 4
}

// unfixed has the bits of the words of a place that a generator has put out.
func (s wordStream) unfixed(place int) uint64 {
	return ^uint64(0) >> (64 - s.bits) &^ ((1<<s.fixed(place) - 1) << s.clean[place])
}

// counts says whether the words of one place, of which a UUID fixes some bits, grow by
// always the same once they are unmixed: for some choice of those bits.
func (s wordStream) counts(m mixer, place int) bool {
	const tries, enough = 4, 3
	fixed := s.fixed(place)
	choices := func(id int) (all []uint64) {
		word := s.words[id*s.perID+place] & s.unfixed(place)
		for choice := range uint64(1) << fixed {
			all = append(all, m.unmix(word|choice<<s.clean[place]))
		}
		return all
	}
	hits := 0
	for try := range tries {
		third := map[uint64]bool{}
		for _, c := range choices(try + 2) {
			third[c] = true
		}
		if slices.ContainsFunc(choices(try), func(a uint64) bool {
			return slices.ContainsFunc(choices(try+1), func(b uint64) bool { return third[2*b-a] })
		}) {
			hits++
		}
	}
	return hits >= enough
}

// summed recognises generators that put out the sum of two shift registers, such as
// xorshift128+: nothing is carried into the lowest bit, which is one of a register.
func summed(r reading) string {
	const shortest, longest = 60, 140 // bits of state: 64 and 128
	for _, size := range []int{8, 4} {
		for _, s := range wordStreams(r, size) {
			some := s
			some.words = s.words[:min(len(s.words), 3*longest*s.perID)] // enough to tell, and quick
			half := len(some.words)/s.perID/2 - 40
			for place := range s.perID {
				length := some.register(place, 0)
				if shortest < length && length < min(longest, half) && some.register(place, 1) >= half && some.balanced(place, 0) && some.flickers(place, 0) {
					return fmt.Sprintf("the lowest bits of words of %d bits follow from those before them, as those of a sum of shift registers (xorshift128+)", s.bits)
				}
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
	const shortest = 40 // the generators have 64 bits and more; what repeats after a few ids is no output
	if !s.balanced(place, bit) {
		return false
	}
	length := s.register(place, bit)
	return shortest <= length && length < len(s.words)/s.perID/2-40
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

// flickers says whether the bit changes about as often as it stays, which no bit of a
// clock does that stands for longer than it takes to make an id.
func (s wordStream) flickers(place, bit int) bool {
	column, n := s.column(place, bit)
	changes := popCount(new(big.Int).Xor(column, new(big.Int).Rsh(column, 1)))
	return changes > n/3 && changes < n*2/3
}

// register is the length of the shift register that makes the bit.
func (s wordStream) register(place, bit int) int {
	column, n := s.column(place, bit)
	return complexity(column, n)
}
