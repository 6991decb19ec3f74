package randomness

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// walk is a generator of so few states, one after the other, that one can go through all
// of them in steps of nearly as many as a thousand ids have taken: s' = factor·s + term.
type walk struct {
	name         string
	factor, term uint64
	modulus      uint64
	states       uint64 // to go through, the modulus where it is 0
	out          func(state uint64) uint64
	rest         bool // digits are the rest of the output, too, not only its share of all
}

const mersennePrime = 1<<31 - 1

var walks = []walk{
	{name: "the congruential generator 9301, 49297, 233280", factor: 9301, term: 49297, modulus: 233280},
	{name: "the congruential generator 16807 (minstd)", factor: 16807, modulus: mersennePrime, rest: true},
	{name: "the congruential generator 48271 (minstd)", factor: 48271, modulus: mersennePrime, rest: true},
	{name: "the congruential generator 1664525, 1013904223", factor: 1664525, term: 1013904223, modulus: 1 << 32},
	{name: "the congruential generator 1103515245, 12345", factor: 1103515245, term: 12345, modulus: 1 << 31},
	{name: "mulberry32", factor: 1, term: mulberryStep, modulus: 1 << 32, out: func(s uint64) uint64 { return uint64(mulberry(uint32(s))) }},
	{name: "the sine of a counter", factor: 1, term: 1, modulus: 1 << 32, states: 200_000, out: sine},
}

// sine is the fraction of ten thousand sines, of 2^32.
func sine(state uint64) uint64 {
	x := math.Sin(float64(state)) * 10_000
	return uint64((x - math.Floor(x)) * (1 << 32))
}

// step is quick for the moduli that are common.
func (g *walk) step(s uint64) uint64 {
	s = s*g.factor + g.term
	switch {
	case g.modulus&(g.modulus-1) == 0:
		return s & (g.modulus - 1)
	case g.modulus == mersennePrime:
		if s = s&mersennePrime + s>>31; s >= mersennePrime {
			s -= mersennePrime
		}
		return s
	}
	return s % g.modulus
}

// digit is what is picked with an output: its share of all, or its rest.
func (g *walk) digit(s, base uint64, rest bool) uint64 {
	if g.out != nil {
		s = g.out(s)
	}
	switch {
	case rest:
		return s % base
	case g.modulus > 1<<31:
		return s * base >> 32
	case g.modulus >= mersennePrime:
		return s * base >> 31
	}
	return s * base / g.modulus
}

// jump is the generator that takes so many steps at once.
func (g *walk) jump(steps uint64) walk {
	all := walk{factor: 1, modulus: g.modulus}
	for one := *g; steps > 0; steps /= 2 {
		if steps%2 == 1 {
			all.factor, all.term = all.factor*one.factor%g.modulus, one.step(all.term)
		}
		one.factor, one.term = one.factor*one.factor%g.modulus, one.step(one.term)
	}
	return all
}

// walked recognises digits that were picked with one of them.
func (s digitStream) walked() string {
	w := newWindows(s)
	if w == nil {
		return ""
	}
	for i := range walks {
		g := &walks[i]
		if w.met(g, false) || g.rest && w.base&(w.base-1) != 0 && w.met(g, true) {
			return g.name
		}
	}
	return ""
}

// windows are so many digits that stand one after the other.
type windows struct {
	base          uint64
	known         map[uint64]bool
	likely        []bool // by the first few digits: most others are not worth a look
	width         int    // of a digit, in bits
	length, begin int    // of a window and of its first few digits
}

func newWindows(s digitStream) *windows {
	const sure, some = 52, 20 // bits that no other digits have by chance, and seldom
	const fewest = 9000       // to meet one takes long with fewer
	w := &windows{base: uint64(s.base), known: map[uint64]bool{}, width: bits.Len(uint(s.base - 1))}
	w.begin = some / w.width
	w.length = min(64/w.width, int(math.Ceil(sure/math.Log2(float64(s.base)))))
	w.likely = make([]bool, 1<<(w.begin*w.width))
	if w.begin < 2 {
		return nil
	}
	window, whole := uint64(0), 0
	for _, digit := range s.digits {
		if whole++; digit < 0 {
			whole = 0
			continue
		}
		if window = (window<<w.width | uint64(digit)) & (1<<(w.length*w.width) - 1); whole >= w.length {
			w.known[window] = true
			w.likely[window>>((w.length-w.begin)*w.width)] = true
		}
	}
	if len(w.known) < fewest {
		return nil
	}
	return w
}

// met goes through the generator until some of the windows should have been met.
func (w *windows) met(g *walk, rest bool) bool {
	const expected = 2
	stride, states := uint64(len(w.known)/expected), cmp.Or(g.states, g.modulus)
	far := g.jump(stride)
	for state, gone := uint64(1), uint64(0); gone < states; state, gone = far.step(state), gone+stride {
		s, window := state, uint64(0)
		for range w.begin {
			s = g.step(s)
			window = window<<w.width | g.digit(s, w.base, rest)
		}
		if !w.likely[window] {
			continue
		}
		for range w.length - w.begin {
			s = g.step(s)
			window = window<<w.width | g.digit(s, w.base, rest)
		}
		if w.known[window] {
			return true
		}
	}
	return false
}

// walkedWords recognises words of 32 bits of mulberry32: two that follow each other.
func walkedWords(r reading) string {
	const expected, fewest = 2, 900
	streams := wordStreams(r, 4)
	if !r.whole || len(streams) == 0 {
		return ""
	}
	s := streams[0] // as they stand there
	next := map[uint32]uint32{}
	var likely [1 << 16]bool
	from := slices.Index(s.sure, true) // two in one id, whatever went to others in between
	if from < 0 || from+1 >= s.perID {
		return ""
	}
	mask := uint32(s.unfixed(from + 1))
	for i := from; i < len(s.words)-1; i += s.perID {
		word := uint32(s.words[i])
		next[word] = uint32(s.words[i+1]) & mask
		likely[word>>16] = true
	}
	if len(next) < fewest {
		return ""
	}
	stride := uint32(len(next) / expected)
	state := uint32(1)
	for range 1<<32/uint64(stride) + 1 {
		state += mulberryStep * stride
		word := mulberry(state)
		if !likely[word>>16] {
			continue
		}
		if follows, met := next[word]; met && follows == mulberry(state+mulberryStep)&mask {
			return fmt.Sprintf("the words of %d bits are outputs of mulberry32, which later ones follow from", s.bits)
		}
	}
	return ""
}
