package randomness

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// firstOutputs is how many outputs of a generator are looked at under each seed.
const firstOutputs = 26

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
		s.trySeed("microseconds of the second of asking", uint64(max(sample.From.UnixMicro()%1e6-microseconds/2, 0)), microseconds)
	}
}

// trySeed tries so many seeds from the first on.
func (s *search) trySeed(what string, first uint64, count int) {
	var outputs [firstOutputs]uint32
	for seed := first; seed < first+uint64(count) && !s.over(); seed++ {
		for i := range seededGenerators {
			g := &seededGenerators[i]
			g.outputs(seed, outputs[:])
			if g.bits > 16 && s.meets(outputs[0], outputs[1]) || s.meetsDigits(g.bits, outputs[:]) {
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
			uint64(w0)<<32 | uint64(w1), // one after the other
			uint64(bits.ReverseBytes32(w0))<<32 | uint64(bits.ReverseBytes32(w1)),
		} {
			if id, met := s.lookUp(s.heads, begin>>16); met && id.begins(binary.BigEndian.AppendUint64(nil, begin)) {
				return true
			}
		}
		// As one large number the first word is the lowest.
		if id, met := s.lookUp(s.tails, uint64(w1&0xffff)<<32|uint64(w0)); met {
			mask := uint32(0xffff)
			if id.uuid {
				mask = 0x3fff // the variant stands there
			}
			n := len(id.id)
			if n < 8 || (uint32(id.id[n-8])<<8|uint32(id.id[n-7])^w1>>16)&mask == 0 {
				return true
			}
		}
		w0, w1 = w0>>1, w1>>1
	}
	return false
}

// firstDigits are the first digits of each id as one number: enough of them that no
// others are the same by chance.
type firstDigits struct {
	base, count int
	known       map[uint64]bool
	likely      []bool // by the first two of them
}

// learnDigits takes the ids for digits that were picked one by one.
func (s *search) learnDigits(cores []string) {
	s.learnStreams(digitStreams(cores))
	if rest := withoutConstant(cores); oneLength(cores) && !isUUID(cores[0]) && (rest == nil || len(rest[0]) < len(cores[0])) {
		s.learnStreams(streamsOf(cores)) // the first digits under seeds in a row grow as those of a clock
	}
}

func (s *search) learnStreams(streams []digitStream) {
	const sure, orders = 57, 2 // bits; and the usual orders of an alphabet
	for i, stream := range streams {
		if stream.base < 10 || i >= orders {
			continue
		}
		each := math.Log2(float64(stream.base))
		f := firstDigits{base: stream.base, count: min(int(63.9/each), stream.perID, firstOutputs/2), known: map[uint64]bool{}, likely: make([]bool, stream.base*stream.base)}
		if float64(f.count)*each < sure {
			continue
		}
		for at := 0; at+f.count <= len(stream.digits); at += stream.perID {
			n, whole := uint64(0), true
			for _, digit := range stream.digits[at : at+f.count] {
				n, whole = n*uint64(f.base)+uint64(digit), whole && digit >= 0
			}
			if whole {
				f.known[n] = true
				f.likely[stream.digits[at]*f.base+stream.digits[at+1]] = true
			}
		}
		s.digits = append(s.digits, f)
	}
}

// meetsDigits says whether the first digits of an id were picked with the outputs: by
// their rest, or by their share of all, of which a double takes two.
func (s *search) meetsDigits(width int, outputs []uint32) bool {
	for i := range s.digits {
		f := &s.digits[i]
		for _, pick := range [...]func(at int) uint64{
			func(at int) uint64 { return uint64(outputs[at]) % uint64(f.base) },
			func(at int) uint64 { return uint64(outputs[at]>>1) % uint64(f.base) },
			func(at int) uint64 { return uint64(outputs[at]) * uint64(f.base) >> width },
			func(at int) uint64 { return uint64(outputs[2*at]) * uint64(f.base) >> width },
		} {
			n := pick(0)*uint64(f.base) + pick(1)
			if !f.likely[n] {
				continue
			}
			for at := 2; at < f.count; at++ {
				n = n*uint64(f.base) + pick(at)
			}
			if f.known[n] {
				return true
			}
		}
	}
	return false
}
