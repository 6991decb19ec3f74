// Package randomness tells whether ids that look random are: whether somebody who
// has seen some of them, and knows about when another one was made, could work
// that one out.
//
// A thousand ids in the order of their making, with their times, are much
// evidence. [Recognise] takes them apart (parts between separators, hexadecimal,
// base64, decimal and the like) and looks for what programs commonly make ids of:
//
//   - counters and clocks, as they are or encoded, of one process or of several;
//   - hashes, HMACs under guessable secrets and name-based UUIDs of counters, small
//     numbers, clocks near the time of asking, addresses, or of the id before;
//   - blocks of AES under guessable keys;
//   - generators that are seeded anew for each id, with a clock or a small number;
//   - the outputs of linear congruential generators, of java.util.Random, of the
//     Mersenne Twister, of additive generators, of shift registers whose outputs are
//     mixed, and of Math.random; also as numbers between 0 and 1;
//   - the C library's rand, of which each output is cut to 15 bits;
//   - digits that were picked with such generators, and generators of so few states that
//     all of them can be gone through;
//   - ids that are stretched by a digest of a part of their own;
//   - families of ids that are alike, as permuted alphabets and paddings make them;
//   - bits that follow from others, or from those before them.
//
// What it knowingly does not see: a hash under a secret or of something with more
// than some twenty unknown bits (an ObjectId, Math.random), a cipher over a counter, PCG,
// digits of generators that throw outputs away or of which the ids show too few, and
// Math.random where several processes give out ids by turns, or where a changing number
// of its outputs goes elsewhere between two ids.
//
// Random ids are taken for others less than once in a million sites: what is looked for is
// compared in so many bits that all tries together meet a thousand ids by chance with a
// probability of some 2^-25 (seeds and first digits, 57 bits and more of each), or far
// below (hashes of which the whole is compared, rules that forty bits must follow).
//
// The work is bounded by counts, not by a clock: the same ids give the same answer.
package randomness

import (
	"fmt"
	"time"
)

// Sample is an id and the times between which it was made.
type Sample struct {
	Text        string
	From, Until time.Time
	Agent       string // the User-Agent of the request; "" where it is not known
}

// Recognise says how the ids, in the order of their making, can be worked out;
// "" when nothing was recognised. It wants a hundred or more.
func Recognise(samples []Sample) string {
	const fewest = 100
	if len(samples) < fewest {
		return ""
	}
	texts := make([]string, len(samples))
	for i, sample := range samples {
		texts[i] = sample.Text
	}
	all := readings(texts)
	for _, look := range []func(reading) string{sequence, congruential, cutCongruential, javaRandom, mersenneTwister, twistedUUIDs, additive, bytesPicked, mixed, summed, ciphered, walkedWords} {
		for _, r := range all {
			if what := look(r); what != "" {
				return fmt.Sprintf("%s: %s", r.how, what)
			}
		}
	}
	if what := mathRandom(samples, strip(texts)); what != "" {
		return what
	}
	for _, look := range []func([]string) string{fractions, picked, selfDigests, likeness} {
		if what := look(texts); what != "" {
			return what
		}
	}
	if what := hashes(samples, all); what != "" {
		return what
	}
	for _, r := range all {
		if what := linear(r); r.whole && what != "" {
			return fmt.Sprintf("%s: %s", r.how, what)
		}
	}
	return ""
}
