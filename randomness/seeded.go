package randomness

import (
	"math/bits"
	"sync"
	"time"
)

// seededGenerator is a generator that programs seed anew for each id, and its
// first two words of 32 bits under a seed.
type seededGenerator struct {
	name  string
	first func(seed uint64) (w0, w1 uint32)
}

var seededGenerators = []seededGenerator{
	{"the Mersenne Twister", func(seed uint64) (uint32, uint32) {
		var state [twisterSize]uint32
		seedTwister(&state, uint32(seed), twisterMiddle+2)
		return firstOfTwister(&state)
	}},
	{"the Mersenne Twister as Python and Ruby seed it", func(seed uint64) (uint32, uint32) {
		var state [twisterSize]uint32
		seedTwisterByArray(&state, seed)
		return firstOfTwister(&state)
	}},
	{"java.util.Random", func(seed uint64) (uint32, uint32) {
		s := ((seed^javaFactor)&javaMask*javaFactor + javaTerm) & javaMask
		return uint32(s >> 16), uint32((s*javaFactor + javaTerm) & javaMask >> 16)
	}},
	{"java.util.Random", func(seed uint64) (uint32, uint32) { // nextLong adds the second with its sign
		s := ((seed^javaFactor)&javaMask*javaFactor + javaTerm) & javaMask
		second := uint32((s*javaFactor + javaTerm) & javaMask >> 16)
		return uint32(s>>16) - second>>31, second
	}},
	{"SplitMix64", func(seed uint64) (uint32, uint32) {
		z := seed + 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		return uint32(z >> 32), uint32(z)
	}},
	{"mulberry32", func(seed uint64) (uint32, uint32) {
		return mulberry(uint32(seed)), mulberry(uint32(seed) + mulberryStep)
	}},
}

const mulberryStep = 0x6d2b79f5

func mulberry(state uint32) uint32 {
	state += mulberryStep
	t := (state ^ state>>15) * (state | 1)
	t ^= t + (t^t>>7)*(t|61)
	return t ^ t>>14
}

// seedTwister fills so many words of the state from a number.
func seedTwister(state *[twisterSize]uint32, seed uint32, words int) {
	state[0] = seed
	for i := 1; i < words; i++ {
		state[i] = 1812433253*(state[i-1]^state[i-1]>>30) + uint32(i)
	}
}

// arrayBase is the state that seeding with an array begins with.
var arrayBase = sync.OnceValue(func() *[twisterSize]uint32 {
	var state [twisterSize]uint32
	seedTwister(&state, 19650218, twisterSize)
	return &state
})

// seedTwisterByArray fills the state from the 32-bit words of a number, the lowest first.
func seedTwisterByArray(state *[twisterSize]uint32, seed uint64) {
	key := []uint32{uint32(seed), uint32(seed >> 32)}
	if key[1] == 0 {
		key = key[:1]
	}
	*state = *arrayBase()
	at := 1
	next := func() {
		if at++; at == twisterSize {
			state[0], at = state[twisterSize-1], 1
		}
	}
	for k := range twisterSize {
		state[at] = (state[at] ^ (state[at-1]^state[at-1]>>30)*1664525) + key[k%len(key)] + uint32(k%len(key))
		next()
	}
	for range twisterSize - 1 {
		state[at] = (state[at] ^ (state[at-1]^state[at-1]>>30)*1566083941) - uint32(at)
		next()
	}
	state[0] = 1 << 31
}

// firstOfTwister are the first two outputs, of which each needs three words of the state.
func firstOfTwister(state *[twisterSize]uint32) (uint32, uint32) {
	output := func(i int) uint32 {
		y := state[i]&(1<<31) | state[i+1]&(1<<31-1)
		next := state[i+twisterMiddle] ^ y>>1
		if y&1 == 1 {
			next ^= twisterMatrix
		}
		return temper(next)
	}
	return output(0), output(1)
}

// trySeeds tries generators that are seeded anew for each id, with the clock or
// with something small.
func trySeeds(s *search, samples []Sample, _ []reading) {
	begin, end := samples[0].From.Add(-clockSlack), samples[len(samples)-1].Until.Add(clockSlack)
	const most, smallSeeds, beside = 8000, 6000, 1500
	span := min(end.Sub(begin).Milliseconds()+beside, most)
	s.trySeed("milliseconds of the time of asking", uint64(begin.UnixMilli()), int(span))
	s.trySeed("seconds of the time of asking", uint64(begin.Unix())-beside, int(end.Sub(begin)/time.Second)+2*beside)
	s.trySeed("a counter or another small number", 0, smallSeeds)
	for _, sample := range []Sample{samples[0], samples[len(samples)/2]} {
		s.trySeed("microseconds of the time of asking", uint64(sample.From.UnixMicro())-microseconds/2, microseconds)
	}
}

// trySeed tries so many seeds from the first on.
func (s *search) trySeed(what string, first uint64, count int) {
	for seed := first; seed < first+uint64(count) && s.found == ""; seed++ {
		for _, g := range seededGenerators {
			if w0, w1 := g.first(seed); s.meets(w0, w1) {
				s.found = "the ids are what " + g.name + " puts out when seeded with " + what
			}
		}
	}
}

// meets says whether an id begins or ends with the two words, with the bytes in
// either order, and whole or without their lowest bits as PHP puts them out.
func (s *search) meets(w0, w1 uint32) bool {
	for range 2 {
		for _, begin := range [...]uint64{
			uint64(w0)<<16 | uint64(w1>>16), // one after the other
			uint64(bits.ReverseBytes32(w0))<<16 | uint64(bits.ReverseBytes32(w1)>>16),
		} {
			if _, met := s.lookUp(s.heads, begin); met {
				return true
			}
		}
		// As one large number the first word is the lowest.
		if _, met := s.lookUp(s.tails, uint64(w1&0xffff)<<32|uint64(w0)); met {
			return true
		}
		w0, w1 = w0>>1, w1>>1
	}
	return false
}
