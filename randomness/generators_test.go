package randomness

import (
	"math/bits"
	mathrand "math/rand"
	"strings"
)

// xoshiro is xoshiro256**, to make ids with.
type xoshiro [4]uint64

func (s *xoshiro) next() uint64 {
	result := bits.RotateLeft64(s[1]*5, 7) * 9
	t := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= t
	s[3] = bits.RotateLeft64(s[3], 45)
	return result
}

// xorshiftPlus is xorshift128+, to make ids with.
type xorshiftPlus [2]uint64

func (s *xorshiftPlus) next() uint64 {
	a, b := s[0], s[1]
	a ^= a << 23
	s[0], s[1] = b, a^b^a>>17^b>>26
	return s[1] + b
}

// permuted disguises a number as Hashids does: a first character by chance of the
// number, which permutes the alphabet of all that follow, and a padding.
func permuted(number int) string {
	alphabet := []byte("abcdefghijkmnpqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ23456789")
	first := alphabet[number%len(alphabet)]
	shuffle := mathrand.New(mathrand.NewSource(int64(first)))
	shuffle.Shuffle(len(alphabet), func(i, j int) { alphabet[i], alphabet[j] = alphabet[j], alphabet[i] })
	id := []byte{first}
	for n := number; n > 0; n /= len(alphabet) {
		id = append(id, alphabet[n%len(alphabet)])
	}
	return string(append(id, alphabet...)[:24])
}

// double is a number between 0 and 1, as Python, Ruby and NumPy make it.
func (t *twister) double() float64 {
	high := uint64(t.next() >> 5)
	return float64(high<<26+uint64(t.next()>>6)) / (1 << 53)
}

// twister is MT19937, to make ids with.
type twister struct {
	state [624]uint32
	at    int
}

func newTwister(seed uint32) *twister {
	t := &twister{at: 624}
	t.state[0] = seed
	for i := 1; i < 624; i++ {
		t.state[i] = 1812433253*(t.state[i-1]^t.state[i-1]>>30) + uint32(i)
	}
	return t
}

func (t *twister) next() uint32 {
	if t.at == 624 {
		for i := range 624 {
			y := t.state[i]&0x80000000 | t.state[(i+1)%624]&0x7fffffff
			t.state[i] = t.state[(i+397)%624] ^ y>>1
			if y&1 != 0 {
				t.state[i] ^= 0x9908b0df
			}
		}
		t.at = 0
	}
	y := t.state[t.at]
	t.at++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// v8 is Math.random of V8, with its blocks that are given out backwards.
type v8 struct {
	s0, s1 uint64
	block  []float64
}

func (v *v8) next() float64 {
	if len(v.block) == 0 {
		for range blockSize {
			a, b := v.s0, v.s1
			v.s0 = b
			a ^= a << 23
			a ^= a >> 17
			a ^= b ^ b>>26
			v.s1 = a
			v.block = append(v.block, float64(v.s0>>12)/(1<<52))
		}
	}
	x := v.block[len(v.block)-1]
	v.block = v.block[:len(v.block)-1]
	return x
}

// base36 is Math.random().toString(36).slice(2, 2+n).
func (v *v8) base36(n int) string {
	x := v.next()
	var b strings.Builder
	for range n {
		x *= 36
		b.WriteByte("0123456789abcdefghijklmnopqrstuvwxyz"[int(x)])
		x -= float64(int(x))
	}
	return b.String()
}

// clocked is the snippet that adds the clock, and where that has no more digits the
// microseconds since the start, to the digits of a UUID.
func clocked(v *v8, ms, sinceStart int64) string {
	return strings.Map(func(r rune) rune {
		if r != 'x' && r != 'y' {
			return r
		}
		digit := int64(v.next() * 16)
		if ms > 0 {
			digit, ms = (digit+ms)%16, ms/16
		} else {
			digit, sinceStart = (digit+sinceStart)%16, sinceStart/16
		}
		if r == 'y' {
			digit = digit&3 | 8
		}
		return rune("0123456789abcdef"[digit])
	}, "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx")
}
