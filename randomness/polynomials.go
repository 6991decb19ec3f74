package randomness

import (
	"math/bits"
	"slices"
)

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
