package randomness

import (
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// twistedBits are bits of the outputs of the Mersenne Twister that show in digits, and a
// sum of those of some outputs in a row that is even wherever it begins. Of one bit such
// a sum reaches over 19,937 outputs, of two over half as many, of three over a third.
type twistedBits struct {
	every  int   // so many outputs go into a digit, and the first one shows
	places []int // of the bits of an output, from the lowest
	sum    func() []polynomial
}

// Bits that show: the rest of an output, or of one without its lowest bit, as PHP gives it
// out; the highest bits in a share of all, of which a double takes two outputs; and the
// lowest bits of such a share in digits of 4, 8 and 16 bits. Three where few outputs show.
var (
	lowestBits, lowestThree = newTwistedBits(1, 0, 1), newTwistedBits(1, 0, 1, 2)
	phpBits, phpThree       = newTwistedBits(1, 1, 2), newTwistedBits(1, 1, 2, 3)
	highestBits, doubleBits = newTwistedBits(1, 30, 31), newTwistedBits(2, 30, 31)
	digitShare, digitDouble = newTwistedBits(1, 28, 29), newTwistedBits(2, 28, 29)
	byteShare, byteDouble   = newTwistedBits(1, 24, 25), newTwistedBits(2, 24, 25)
	pieceShare, pieceDouble = newTwistedBits(1, 16, 17, 18), newTwistedBits(2, 16, 17, 18)

	allTwistedBits = []twistedBits{
		lowestBits, lowestThree, phpBits, phpThree, highestBits, doubleBits,
		digitShare, digitDouble, byteShare, byteDouble, pieceShare, pieceDouble,
	}
)

func newTwistedBits(every int, places ...int) twistedBits {
	b := twistedBits{every: every, places: places}
	b.sum = sync.OnceValue(func() []polynomial { return readSum(b.name()) })
	return b
}

// name is the one of its line in the file of the sums.
func (t twistedBits) name() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprintln(t.every, t.places), " ", ","), "\n")
}

// twisterSums has a line for each of them, with a polynomial for each bit. It takes a tenth
// of a second to work one out; 'make goldens' does.
//
//go:embed twister.sums
var twisterSums string

func readSum(name string) (sum []polynomial) {
	_, line, found := strings.Cut("\n"+twisterSums, "\n"+name+" ")
	if !found {
		panic("no sum of " + name + " in the file that make goldens writes")
	}
	line, _, _ = strings.Cut(line, "\n")
	for _, text := range strings.Fields(line) {
		words, _ := base64.StdEncoding.DecodeString(text) // as it was written
		p := make(polynomial, len(words)/8)
		for i := range p {
			p[i] = binary.LittleEndian.Uint64(words[8*i:])
		}
		sum = append(sum, p)
	}
	return sum
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

// twistedUUIDs recognises UUIDs and other ids of bytes that were put together from outputs of
// the Mersenne Twister, of which each gives a digit, a byte or four digits. Version and
// variant take the place of the highest bits, and leave the lowest ones.
func twistedUUIDs(r reading) string {
	if len(r.bytes[0])%2 == 1 || !r.plain {
		return ""
	}
	itself := func(digit int) int { return digit }
	shows := func(outputs []int, kinds ...twistedBits) bool {
		return slices.ContainsFunc(kinds, func(kind twistedBits) bool { return kind.follow(outputs, itself) })
	}
	found := shows(r.pieces(), lowestThree, phpThree, pieceShare, pieceDouble)
	if r.uuid && !found { // of others these are the digits that were picked
		digits, highest := r.halfBytes()
		found = shows(r.octets(), lowestBits, phpBits, byteShare, byteDouble) ||
			shows(digits, lowestBits, phpBits, digitShare, digitDouble) || shows(highest, highestBits)
	}
	if !found {
		return ""
	}
	return twisterFound
}

// octets are the ids as numbers of one byte.
func (r reading) octets() (all []int) {
	for _, id := range r.bytes {
		for _, b := range id {
			all = append(all, int(b))
		}
	}
	return all
}

// pieces are the ids as numbers of two bytes.
func (r reading) pieces() (all []int) {
	for _, id := range r.bytes {
		for i := 0; i+1 < len(id); i += 2 {
			all = append(all, int(id[i])<<8|int(id[i+1]))
		}
	}
	return all
}

// halfBytes are the digits of UUIDs but for the version, and of each the upper two bits: of
// the variant, those that it leaves.
func (r reading) halfBytes() (digits, highest []int) {
	const version, variant = 6, 8
	for _, id := range r.bytes {
		for i, b := range id {
			high, low := int(b>>4), int(b&15)
			switch i {
			case version:
			case variant:
				digits, highest = append(digits, high), append(highest, high&3)
			default:
				digits, highest = append(digits, high), append(highest, high>>2)
			}
			digits, highest = append(digits, low), append(highest, low>>2)
		}
	}
	return digits, highest
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

// polynomial is one over GF(2): bit i of it is the coefficient of x^i.
type polynomial []uint64

// degree is -1 of nought.
func (p polynomial) degree() int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0 {
			return 64*i + bits.Len64(p[i]) - 1
		}
	}
	return -1
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
