package randomness

import (
	"math/bits"
	"slices"
	"sync"
)

// twistedBits are bits of the outputs of the Mersenne Twister that show in digits, and a
// sum of those of some outputs in a row that is even wherever it begins. Of one bit such
// a sum reaches over 19,937 outputs, of two over half as many, of three over a third.
type twistedBits struct {
	places []int // of the bits of an output, from the lowest
	every  int   // so many outputs go into a digit, and the first one shows
	sum    func() []polynomial
}

func newTwistedBits(every int, places ...int) twistedBits {
	return twistedBits{places, every, sync.OnceValue(func() []polynomial { return evenSum(every, places...) })}
}

var (
	lowestBits  = newTwistedBits(1, 0, 1)    // the rest of an output
	lowestThree = newTwistedBits(1, 0, 1, 2) // the same where fewer outputs show
	phpBits     = newTwistedBits(1, 1, 2)    // of one without its lowest bit, as PHP gives it out
	highestBits = newTwistedBits(1, 30, 31)  // the share of all
	doubleBits  = newTwistedBits(2, 30, 31)  // of which a double takes two
)

// evenSum works a sum out of the generating functions of the bits: with the characteristic
// polynomial P they are A/P, B/P and so on, and a·A + b·B + … = 0 modulo P.
func evenSum(every int, places ...int) []polynomial {
	exponents := twisterRecurrence()
	size := exponents[len(exponents)-1]
	modulus := make(polynomial, size/64+1)
	for _, e := range exponents {
		modulus.flip(e)
	}
	words := twisterOutputs(size * every)
	numerator := func(bit int) polynomial {
		backwards := make(polynomial, size/64+1)
		for k := range size {
			if words[k*every]>>bit&1 == 1 {
				backwards.flip(size - 1 - k)
			}
		}
		whole := make(polynomial, 2*len(modulus)+1)
		for _, e := range exponents {
			whole.addShifted(backwards, e)
		}
		part := make(polynomial, len(modulus))
		for i := range size {
			if whole.bit(size + i) {
				part.flip(i)
			}
		}
		return part
	}
	first := numerator(places[0]).inverse(modulus)
	rows := [][]polynomial{{modulus}}
	for i, place := range places[1:] {
		row := []polynomial{numerator(place).product(first, modulus)}
		for range i {
			row = append(row, nil)
		}
		rows = append(rows, append(row, polynomial{1}))
	}
	return shortest(rows)
}

// twisterOutputs are the first ones under some seed: what follows is the same for all.
func twisterOutputs(count int) []uint32 {
	var state [twisterSize]uint32
	seedTwister(&state, 1, twisterSize)
	words := make([]uint32, count)
	for i := range words {
		at := func(ahead int) *uint32 { return &state[(i+ahead)%twisterSize] }
		y := *at(0)&(1<<31) | *at(1)&(1<<31-1)
		*at(0) = *at(twisterMiddle) ^ y>>1 ^ y&1*twisterMatrix
		words[i] = temper(*at(0))
	}
	return words
}

// twistsInPairs says whether two bits of the digits follow from each other as those of
// the Mersenne Twister do, in some stretch of them.
func (s digitStream) twistsInPairs() bool {
	if s.base%4 != 0 || slices.ContainsFunc(s.digits, func(digit int) bool { return digit < 0 }) {
		return false
	}
	rest := func(digit int) int { return digit % 4 }
	share := func(digit int) int { return digit / (s.base / 4) }
	return lowestBits.follow(s.digits, rest) || phpBits.follow(s.digits, rest) ||
		highestBits.follow(s.digits, share) || doubleBits.follow(s.digits, share)
}

// twistedUUIDs recognises UUIDs that were put together from outputs of the Mersenne
// Twister, of which each gives a digit, a byte or two: the lowest bits of it, as PHP and
// Ruby do, or the highest ones of a digit, as C++ does. Version and variant hide others.
func twistedUUIDs(r reading) string {
	if len(r.bytes[0]) != 16 || !r.plain {
		return ""
	}
	var digits, bytes, pieces []int
	for _, id := range r.bytes {
		for i, b := range id {
			high, low := int(b>>4), int(b&15)
			bytes = append(bytes, int(b))
			if i%2 == 1 {
				pieces = append(pieces, int(id[i-1])<<8|int(b))
			}
			if !r.uuid || i != 6 {
				digits = append(digits, high)
			}
			digits = append(digits, low)
		}
	}
	itself := func(digit int) int { return digit }
	highest := func(place int) int {
		const variant = 15 // among the 31 digits of a UUID that are no version
		digit := digits[place]
		if r.uuid && place%31 == variant {
			return digit & 3
		}
		return digit >> 2
	}
	numbered := make([]int, len(digits))
	for i := range numbered {
		numbered[i] = i
	}
	if r.uuid && (lowestBits.follow(digits, itself) || highestBits.follow(numbered, highest)) ||
		r.uuid && lowestBits.follow(bytes, itself) || lowestThree.follow(pieces, itself) {
		return twisterFound
	}
	return ""
}

// follow says whether the bits that each digit shows follow from each other as those of
// the Mersenne Twister do, in some stretch of them.
func (t twistedBits) follow(digits []int, show func(digit int) int) bool {
	const enough, room = 60, 80 // of random digits so many sums in a row are even once in 2^60
	if len(digits) < twisterBits/len(t.places)+room {
		return false
	}
	columns := make([]polynomial, len(t.places))
	for j := range columns {
		columns[j] = make(polynomial, len(digits)/64+2)
	}
	for i, digit := range digits {
		shown := show(digit)
		for j, column := range columns {
			column[i/64] |= uint64(shown>>j&1) << (i % 64)
		}
	}
	sum, reach := t.sum(), 0
	for _, p := range sum {
		reach = max(reach, p.degree())
	}
	for k, run := 0, 0; k+reach < len(digits) && run < enough; k++ {
		ones := 0
		for j, p := range sum {
			ones += p.ones(columns[j], k)
		}
		if run++; ones%2 == 1 {
			run = 0
		} else if run == enough {
			return true
		}
	}
	return false
}

// twisterBits is of how many bits the state of MT19937 is.
const twisterBits = 19937

// ones counts the bits that p has in common with others from one on.
func (p polynomial) ones(others polynomial, from int) (count int) {
	words, rest := from/64, from%64
	for i, w := range p {
		window := others[words+i]>>rest | others[words+i+1]<<(64-rest)
		count += bits.OnesCount64(w & window)
	}
	return count
}
