package randomness

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/internal/golden"
)

// TestGoldenTwisterSums works the sums out anew, in a second or two.
func TestGoldenTwisterSums(t *testing.T) {
	var file strings.Builder
	for _, b := range allTwistedBits {
		fmt.Fprint(&file, b.name())
		for _, p := range evenSum(b.every, b.places...) {
			var words []byte
			for _, w := range p {
				words = binary.LittleEndian.AppendUint64(words, w)
			}
			fmt.Fprint(&file, " ", base64.StdEncoding.EncodeToString(words))
		}
		fmt.Fprintln(&file)
	}
	golden.CompareFile(t, "twister.sums", []byte(file.String()))
}

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

func (p polynomial) bit(i int) bool { return p[i/64]>>(i%64)&1 == 1 }

func (p polynomial) flip(i int) { p[i/64] ^= 1 << (i % 64) }

// addShifted adds q·x^shift. There must be room for it.
func (p polynomial) addShifted(q polynomial, shift int) {
	words, rest := shift/64, shift%64
	for i, w := range q[:(q.degree()+64)/64] {
		p[i+words] ^= w << rest
		if carried := w >> (64 - rest); carried != 0 { // nought where nothing is left to shift by
			p[i+words+1] ^= carried
		}
	}
}

// product is p·q modulo m.
func (p polynomial) product(q, m polynomial) polynomial {
	all := make(polynomial, len(p)+len(q)+1)
	for i := range p.degree() + 1 {
		if p.bit(i) {
			all.addShifted(q, i)
		}
	}
	size := m.degree()
	for at := all.degree(); at >= size; at-- {
		if all.bit(at) {
			all.addShifted(m, at-size)
		}
	}
	return all[:len(m)]
}

// reduced goes through Euclid's algorithm for the modulus and p until the remainder's
// degree is below the bound: factor·p is the remainder modulo m then.
func (p polynomial) reduced(m polynomial, below int) (factor, remainder polynomial) {
	size := len(m) + 1
	grown := func(q polynomial) polynomial { return append(make(polynomial, 0, size), q...)[:size] }
	large, small := grown(m), grown(p)
	ofLarge, ofSmall := make(polynomial, size), make(polynomial, size)
	ofSmall.flip(0)
	at := small.degree()
	for at >= below {
		for top := large.degree(); top >= at; top = large.degree() {
			large.addShifted(small, top-at)
			ofLarge.addShifted(ofSmall, top-at)
		}
		large, small, ofLarge, ofSmall = small, large, ofSmall, ofLarge
		at = small.degree()
	}
	return ofSmall, small
}

// inverse is that of p modulo an irreducible m.
func (p polynomial) inverse(m polynomial) polynomial {
	factor, _ := p.reduced(m, 1)
	return factor[:len(m)]
}

// shortest is the least vector among the sums of multiples of the rows: the one whose
// largest degree is the smallest. Of two rows that are largest in the same place the larger
// one is made smaller by the other, until all differ in that (Mulders and Storjohann 2003).
func shortest(rows [][]polynomial) []polynomial {
	size := 0
	for _, row := range rows {
		for _, p := range row {
			size = max(size, len(p)+1)
		}
	}
	degrees := make([][]int, len(rows))
	for i, row := range rows {
		whole := make([]polynomial, len(rows))
		degrees[i] = make([]int, len(rows))
		for j := range whole {
			whole[j] = make(polynomial, size)
			if j < len(row) {
				copy(whole[j], row[j])
			}
			degrees[i][j] = whole[j].degree()
		}
		rows[i] = whole
	}
	largestIn := make([]int, len(rows)) // by place: the row that is largest there, and 1
	for todo := len(rows); todo > 0; {
		i := todo - 1
		at := largest(degrees[i])
		other := largestIn[at] - 1
		if other < 0 {
			largestIn[at] = i + 1
			todo--
			continue
		}
		if degrees[i][at] < degrees[other][at] {
			rows[i], rows[other] = rows[other], rows[i]
			degrees[i], degrees[other] = degrees[other], degrees[i]
		}
		shift := degrees[i][at] - degrees[other][at]
		for j, p := range rows[i] {
			p.addShifted(rows[other][j], shift)
			degrees[i][j] = p[:max(degrees[i][j], degrees[other][j]+shift)/64+1].degree()
		}
	}
	least := 0
	for i, d := range degrees {
		if slices.Max(d) < slices.Max(degrees[least]) {
			least = i
		}
	}
	for j, p := range rows[least] {
		rows[least][j] = p[:degrees[least][j]/64+1]
	}
	return rows[least]
}

// largest is the last place of the largest degree.
func largest(degrees []int) (at int) {
	for j, d := range degrees {
		if d >= degrees[at] {
			at = j
		}
	}
	return at
}
