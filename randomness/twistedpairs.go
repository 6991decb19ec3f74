package randomness

import (
	"math/bits"
	"sync"
)

// twistedPair is two bits of the outputs of the Mersenne Twister that show in digits, and
// a sum of those of some outputs in a row that is even wherever it begins. Of one bit such
// a sum reaches over 19,937 outputs, of two over half as many.
type twistedPair struct {
	low, high int // of the 32 bits
	every     int // so many outputs go into a digit, and the first one shows
	share     bool
	sum       func() [2]polynomial
}

var twistedPairs = func() (all []twistedPair) {
	for _, p := range []twistedPair{
		{low: 0, high: 1, every: 1},                // the rest of an output
		{low: 1, high: 2, every: 1},                // of one without its lowest bit, as PHP gives it out
		{low: 30, high: 31, every: 1, share: true}, // the share of all
		{low: 30, high: 31, every: 2, share: true}, // of which a double takes two
	} {
		p.sum = sync.OnceValue(func() [2]polynomial { return evenSum(p.low, p.high, p.every) })
		all = append(all, p)
	}
	return all
}()

// evenSum works a sum out of the generating functions of the two bits: with the
// characteristic polynomial P they are A/P and B/P, and a·A + b·B = 0 modulo P.
func evenSum(low, high, every int) [2]polynomial {
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
	ratio := numerator(low).product(numerator(high).inverse(modulus), modulus)
	a, b := ratio.reduced(modulus, size/2+1)
	return [2]polynomial{a[:a.degree()/64+1], b[:b.degree()/64+1]}
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
	const fewest, enough = 10_050, 60 // of random digits so many sums in a row are even once in 2^60
	if s.base%4 != 0 || len(s.digits) < fewest {
		return false
	}
	for _, pair := range twistedPairs {
		low, high := make(polynomial, len(s.digits)/64+2), make(polynomial, len(s.digits)/64+2)
		for i, digit := range s.digits {
			two := digit % 4
			if pair.share {
				two = digit / (s.base / 4)
			}
			low[i/64] |= uint64(two&1) << (i % 64)
			high[i/64] |= uint64(two>>1) << (i % 64)
		}
		sum := pair.sum()
		reach := max(sum[0].degree(), sum[1].degree())
		for k, run := 0, 0; k+reach < len(s.digits) && run < enough; k++ {
			if run++; (sum[0].ones(low, k)+sum[1].ones(high, k))%2 == 1 {
				run = 0
			} else if run == enough {
				return true
			}
		}
	}
	return false
}

// ones counts the bits that p has in common with others from one on.
func (p polynomial) ones(others polynomial, from int) (count int) {
	words, rest := from/64, from%64
	for i, w := range p {
		window := others[words+i]>>rest | others[words+i+1]<<(64-rest)
		count += bits.OnesCount64(w & window)
	}
	return count
}
