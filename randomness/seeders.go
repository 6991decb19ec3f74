package randomness

import "sync"

// seededGenerator is a generator that programs seed anew for each id. outputs are its
// first outputs under a seed, of so many bits each.
type seededGenerator struct {
	name    string
	bits    int
	outputs func(seed uint64, out []uint32)
}

var seededGenerators = []seededGenerator{
	{"the Mersenne Twister", 32, func(seed uint64, out []uint32) {
		var state [twisterSize]uint32
		seedTwister(&state, uint32(seed), twisterMiddle+len(out))
		firstOfTwister(&state, out)
	}},
	{"the Mersenne Twister as Python and Ruby seed it", 32, func(seed uint64, out []uint32) {
		var state [twisterSize]uint32
		seedTwisterByArray(&state, seed)
		firstOfTwister(&state, out)
	}},
	{"java.util.Random", 32, func(seed uint64, out []uint32) {
		s := (seed ^ javaFactor) & javaMask
		for i := range out {
			s = (s*javaFactor + javaTerm) & javaMask
			out[i] = uint32(s >> 16)
		}
	}},
	{"java.util.Random", 32, func(seed uint64, out []uint32) { // nextLong adds the second with its sign
		s := (seed ^ javaFactor) & javaMask
		for i := 0; i+1 < len(out); i += 2 {
			first := (s*javaFactor + javaTerm) & javaMask
			s = (first*javaFactor + javaTerm) & javaMask
			out[i], out[i+1] = uint32(first>>16)-uint32(s>>47), uint32(s>>16)
		}
	}},
	{"SplitMix64", 32, func(seed uint64, out []uint32) {
		for i := 0; i+1 < len(out); i += 2 {
			seed += 0x9e3779b97f4a7c15
			z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			z ^= z >> 31
			out[i], out[i+1] = uint32(z>>32), uint32(z)
		}
	}},
	{"mulberry32", 32, func(seed uint64, out []uint32) {
		for i := range out {
			out[i] = mulberry(uint32(seed) + uint32(i)*mulberryStep)
		}
	}},
	{"rand of the GNU C library", 31, func(seed uint64, out []uint32) {
		const lag, short, thrown = 31, 3, 310
		var r [lag + thrown + 64]uint32
		x := int64(int32(seed))
		if x == 0 {
			x = 1
		}
		for i := range lag {
			r[i] = uint32(x)
			if x = x * 16807 % mersennePrime; x < 0 {
				x += mersennePrime
			}
		}
		for i := lag; i < lag+short; i++ {
			r[i] = r[i-lag]
		}
		for i := lag + short; i < lag+short+thrown+len(out); i++ {
			r[i] = r[i-lag] + r[i-short]
		}
		for i := range out {
			out[i] = r[lag+short+thrown+i] >> 1
		}
	}},
	{"minstd", 31, func(seed uint64, out []uint32) {
		for i := range out {
			seed = seed % mersennePrime * 48271 % mersennePrime
			out[i] = uint32(seed)
		}
	}},
	{"rand in Microsoft's C library", 15, func(seed uint64, out []uint32) {
		for i := range out {
			seed = (seed*214013 + 2531011) & (1<<32 - 1)
			out[i] = uint32(seed >> 16 & 0x7fff)
		}
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

// firstOfTwister are the first outputs, of which each needs three words of the state.
func firstOfTwister(state *[twisterSize]uint32, out []uint32) {
	for i := range out {
		y := state[i]&(1<<31) | state[i+1]&(1<<31-1)
		next := state[i+twisterMiddle] ^ y>>1
		if y&1 == 1 {
			next ^= twisterMatrix
		}
		out[i] = temper(next)
	}
}
