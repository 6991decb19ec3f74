package randomness

import (
	"math"
	"math/bits"
)

// sharing is a congruential generator modulo 2^48 of which digits are the share of all:
// of each output, or of every second one, as where a double takes two.
type sharing struct {
	name         string
	factor, term uint64
}

// sharings are java.util.Random, and drand48 which is the same, with one and two steps.
var sharings = []sharing{
	{"java.util.Random or drand48", javaFactor, javaTerm},
	{"numbers between 0 and 1 of java.util.Random", javaFactor * javaFactor & javaMask, (javaFactor + 1) * javaTerm & javaMask},
}

// shared recognises digits that are shares of the outputs. What each digit says of the
// state lies near a point of a lattice, and a point so near to one is the state.
func (s digitStream) shared() string {
	const sure, most, tries, enough = 76, 24, 12, 3 // bits that digits show, of which the state has 48
	each := math.Log2(float64(s.base))
	needed := int(math.Ceil(sure / each))
	for _, g := range sharings {
		hits := 0
		var l *lattice
		for try := range tries {
			begin := try * s.perID
			if begin+needed > len(s.digits) {
				break
			}
			places := s.knownPlaces(begin, needed)
			size := min(len(places), most)
			if l == nil || l.size != size || !l.fits(places) {
				l = newLattice(g.factor, places[:size])
			}
			if l.explains(g, s, begin, places) {
				hits++
			}
		}
		if hits >= enough {
			return g.name
		}
	}
	return ""
}

// knownPlaces are those of so many known digits from one on, counted from it.
func (s digitStream) knownPlaces(begin, count int) (places []int) {
	for i := begin; i < len(s.digits) && len(places) < count; i++ {
		if s.digits[i] >= 0 {
			places = append(places, i-begin)
		}
	}
	return places
}

// lattice has the states of a generator without its term, at some places: reduced rows,
// and how far each stands from those before it.
type lattice struct {
	size   int
	places []int
	rows   [][]int64
	apart  [][]float64 // Gram-Schmidt
	square []float64
	mu     [][]float64
}

func (l *lattice) fits(places []int) bool {
	for i, place := range l.places {
		if places[i] != place {
			return false
		}
	}
	return true
}

const stateSize = 1 << 48

// newLattice reduces the lattice by the algorithm of Lenstra, Lenstra and Lovász.
func newLattice(factor uint64, places []int) *lattice {
	n := len(places)
	l := &lattice{size: n, places: places, rows: make([][]int64, n), apart: make([][]float64, n), square: make([]float64, n), mu: make([][]float64, n)}
	power, at := uint64(1), 0
	for i := range n {
		l.rows[i], l.apart[i], l.mu[i] = make([]int64, n), make([]float64, n), make([]float64, n)
		for ; at < places[i]; at++ {
			power = power * factor & javaMask
		}
		if l.rows[0][i] = int64(power); i > 0 {
			l.rows[i][i] = stateSize
		}
	}
	const steps = 20_000 // far more than it takes
	l.orthogonal(0)
	for k, step := 1, 0; k < n && step < steps; step++ {
		l.orthogonal(k)
		for j := k - 1; j >= 0; j-- {
			if q := int64(math.Round(l.mu[k][j])); q != 0 {
				for i := range n {
					l.rows[k][i] -= q * l.rows[j][i]
				}
				l.orthogonal(k)
			}
		}
		if l.square[k] >= (0.9-l.mu[k][k-1]*l.mu[k][k-1])*l.square[k-1] {
			k++
			continue
		}
		l.rows[k], l.rows[k-1] = l.rows[k-1], l.rows[k]
		l.orthogonal(k - 1)
		l.orthogonal(k)
		k = max(k-1, 1)
	}
	for k := range n {
		l.orthogonal(k)
	}
	return l
}

// orthogonal works out what of row k stands apart from the rows before it.
func (l *lattice) orthogonal(k int) {
	for i, v := range l.rows[k] {
		l.apart[k][i] = float64(v)
	}
	for j := range k {
		l.mu[k][j] = dot(l.apart[k], l.apart[j]) / l.square[j]
		for i := range l.apart[k] {
			l.apart[k][i] -= l.mu[k][j] * l.apart[j][i]
		}
	}
	l.square[k] = dot(l.apart[k], l.apart[k])
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// explains says whether the point nearest to what the digits say is a state that they
// all follow from.
func (l *lattice) explains(g sharing, s digitStream, begin int, places []int) bool {
	term, at := uint64(0), 0 // what the term has come to
	rest := make([]float64, l.size)
	target := make([]int64, l.size)
	for i, place := range places[:l.size] {
		for ; at < place; at++ {
			term = (term*g.factor + g.term) & javaMask
		}
		target[i] = int64((2*float64(s.digits[begin+place])+1)/float64(2*s.base)*stateSize) - int64(term)
		rest[i] = float64(target[i])
	}
	for k := l.size - 1; k >= 0; k-- {
		q := math.Round(dot(rest, l.apart[k]) / l.square[k])
		for i := range rest {
			rest[i] -= q * float64(l.rows[k][i])
		}
	}
	state := uint64(target[0]-int64(math.Round(rest[0]))) & javaMask
	for try := -1; try <= 1; try++ { // the last bits of rest are rounded
		if s.followsFrom(g, (state+uint64(try))&javaMask, begin, places) {
			return true
		}
	}
	return false
}

// followsFrom says whether all digits at the places are the shares that follow from a state.
func (s digitStream) followsFrom(g sharing, state uint64, begin int, places []int) bool {
	at := 0
	for _, place := range places {
		for ; at < place; at++ {
			state = (state*g.factor + g.term) & javaMask
		}
		if share, _ := bits.Mul64(state<<16, uint64(s.base)); int(share) != s.digits[begin+place] {
			return false
		}
	}
	return true
}
