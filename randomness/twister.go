package randomness

import (
	"math"
	"math/bits"
)

// The Mersenne Twister MT19937: each word of its state follows from three that
// were before it, and is tempered before it is put out.
const (
	twisterSize   = 624
	twisterMiddle = 397
	twisterMatrix = 0x9908b0df
)

// mersenneTwister checks the recurrence of MT19937 on the words.
func mersenneTwister(r reading) string {
	for _, s := range wordStreams(r, 4) {
		if s.putOut().follow() {
			return twisterFound
		}
	}
	return ""
}

const twisterFound = "the outputs are those of the Mersenne Twister, which all later ones follow from"

// putOut is what is known of the outputs of a generator: words, and by their
// place among so many the bits of them that are sure.
type putOut struct {
	words []uint32
	sure  []uint32
}

// putOut are the words of the stream: whole, or 31 bits of each, as PHP gives
// them out; of a UUID less those that are fixed.
func (s wordStream) putOut() putOut {
	o := putOut{sure: make([]uint32, s.perID)}
	shift := 1
	for _, w := range s.words {
		o.words = append(o.words, uint32(w))
		shift &= int(^w >> 31 & 1)
	}
	for i := range o.words {
		o.words[i] <<= shift
	}
	for place, whole := range s.sure {
		o.sure[place] = ^uint32(0) << shift
		if !whole {
			o.sure[place] = 0
		}
	}
	return o
}

// follow says whether words follow from each other. Even with a few bits of each there are
// sums of them that are always nought; of random words a half is. It need not be so all the
// way: where others draw from the generator as well, it is so within each row of ids. What
// agrees is held against the chance that as much of so much does: n of N do it together in
// N!/n!(N-n)! ways, no more than (eN/n)^n.
func (o putOut) follow() bool {
	const few, enough, certain = 4, 20, 80 // sums, windows, bits
	right, seen, agreed := 0, 0, 0
	known := map[[4]uint32][][4]uint32{}
	for k := len(o.sure); k+twisterSize < len(o.words); k++ {
		places := [4]int{k, k + 1, k + twisterMiddle, k + twisterSize}
		var sure, words, before [4]uint32
		for i, place := range places {
			sure[i] = o.sure[place%len(o.sure)]
			words[i], before[i] = o.words[place]&sure[i], o.words[place-len(o.sure)]&sure[i]
		}
		sums, met := known[sure]
		if !met {
			sums = parities(sure)
			known[sure] = sums
		}
		if len(sums) < few || words == before { // words that never change say nothing new
			continue
		}
		seen++
		if allEven(sums, words) {
			right, agreed = right+1, agreed+len(sums)
		}
	}
	if right < enough {
		return false
	}
	ways := float64(right) * math.Log2(math.E*float64(seen)/float64(right))
	return float64(agreed)-ways > certain
}

func allEven(sums [][4]uint32, words [4]uint32) bool {
	for _, sum := range sums {
		ones := 0
		for i, w := range words {
			ones += bits.OnesCount32(w & sum[i])
		}
		if ones%2 == 1 {
			return false
		}
	}
	return true
}

// temper is what the twister does to a word of its state before it puts it out.
func temper(y uint32) uint32 {
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// equation says that a sum of bits of the four outputs is a sum of bits of three
// words of the state.
type equation struct {
	outputs [4]uint32
	state   [3]uint32
}

func (e equation) xor(f equation) equation {
	for i := range e.outputs {
		e.outputs[i] ^= f.outputs[i]
	}
	for i := range e.state {
		e.state[i] ^= f.state[i]
	}
	return e
}

// lead is the first bit of the state that the equation has, or -1.
func (e equation) lead() int {
	for i, word := range e.state {
		if word != 0 {
			return 32*i + bits.LeadingZeros32(word)
		}
	}
	return -1
}

// parities are the sums of sure bits of four outputs that are nought whatever the
// state: those in which the state cancels out.
func parities(sure [4]uint32) [][4]uint32 {
	var echelon [96]*equation
	var found [][4]uint32
	for which := range sure {
		for bit := range 32 {
			if sure[which]>>bit&1 == 0 {
				continue
			}
			e := equationOf(which, bit)
			at := e.lead()
			for ; at >= 0 && echelon[at] != nil; at = e.lead() {
				e = e.xor(*echelon[at])
			}
			if at < 0 {
				found = append(found, e.outputs)
			} else {
				echelon[at] = &e
			}
		}
	}
	return found
}

// equationOf is one bit of one of the four outputs as it depends on the state.
func equationOf(which, bit int) (e equation) {
	e.outputs[which] = 1 << bit
	for j := range 32 {
		if temper(1<<j)>>bit&1 == 0 {
			continue
		}
		if which < 3 {
			e.state[which] ^= 1 << j
			continue
		}
		e.state[2] ^= 1 << j // the state that follows, bit j
		switch {
		case j == 30:
			e.state[0] ^= 1 << 31
		case j < 30:
			e.state[1] ^= 1 << (j + 1)
		}
		if twisterMatrix>>j&1 == 1 {
			e.state[1] ^= 1
		}
	}
	return e
}
