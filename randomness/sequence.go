package randomness

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// smallStep is the bits of a difference that one can try out.
const smallStep = 44

// sequence recognises numbers that grow by small steps, as counters and clocks
// do, also when several processes count for themselves.
func sequence(r reading) string {
	ints := r.ints()
	up, down := 0, 0
	steps := make([]int, 0, len(ints))
	for i := 1; i < len(ints); i++ {
		step := new(big.Int).Sub(ints[i], ints[i-1])
		switch step.Sign() {
		case 1:
			up++
		case -1:
			down++
		}
		steps = append(steps, step.BitLen())
	}
	slices.Sort(steps)
	usual, total := steps[len(steps)*9/10], len(ints)-1
	switch {
	case !r.whole:
		return "" // a part beside a random one may grow
	case usual > smallStep:
	case up*100 >= total*98:
		return fmt.Sprintf("the ids grow, by less than %s each time, as a counter or a clock does", power(usual))
	case down*100 >= total*98:
		return fmt.Sprintf("the ids fall, by less than %s each time, as a counter does", power(usual))
	}
	if runs := neighbourhoods(ints); runs > 0 {
		return fmt.Sprintf("the ids stand close together in %d runs, as those of processes that count for themselves", runs)
	}
	return ""
}

// neighbourhoods counts the runs in which sorted numbers follow each other by
// small steps; 0 when there are too many runs to speak of.
func neighbourhoods(ints []*big.Int) int {
	const most, step = 32, 32
	sorted := slices.Clone(ints)
	slices.SortFunc(sorted, (*big.Int).Cmp)
	span := new(big.Int).Sub(sorted[len(sorted)-1], sorted[0]).BitLen()
	if span > step && span <= step+bits.Len(uint(len(sorted)))+1 {
		return 0 // any numbers from so small a range stand that close
	}
	runs := 1
	for i := 1; i < len(sorted); i++ {
		if new(big.Int).Sub(sorted[i], sorted[i-1]).BitLen() > step {
			if runs++; runs > most {
				return 0
			}
		}
	}
	return runs
}

func power(bits int) string {
	if bits < 20 {
		return fmt.Sprint(1 << bits)
	}
	return fmt.Sprintf("2^%d", bits)
}

// congruential recognises x' = a·x + c mod m with any a, c and m, in whole
// outputs: the ids, or words of them.
func congruential(r reading) string {
	if m := modulus(r.ints()); m != nil {
		return fmt.Sprintf("the ids follow from each other by a linear congruential generator (modulus %s)", shown(m))
	}
	for _, size := range []int{4, 8} {
		for _, words := range wordStreams(r, size) {
			rows := [][]*big.Int{words.inIDs()}
			for place := range words.perID {
				rows = append(rows, words.at(place))
			}
			for _, row := range rows {
				if m := modulus(row); m != nil {
					return fmt.Sprintf("words of %d bits follow from each other by a linear congruential generator (modulus %s)", size*8, shown(m))
				}
			}
			for place := range words.perID - 1 {
				if m := linked(words.pairs(place)); m != nil {
					return fmt.Sprintf("the second of two words of %d bits in each id follows from the first by a linear congruential generator (modulus %s, as far as the id shows it)", size*8, shown(m))
				}
			}
		}
	}
	return ""
}

func shown(m *big.Int) string {
	if m.TrailingZeroBits() == uint(m.BitLen()-1) {
		return fmt.Sprintf("2^%d", m.BitLen()-1)
	}
	return fmt.Sprintf("of %d bits", m.BitLen())
}

// modulus finds the modulus of a congruential sequence, or nil. For differences
// d of consecutive outputs, d”·d − d'² is a multiple of it.
func modulus(x []*big.Int) *big.Int {
	const enough, few = 64, 12
	n := min(len(x), enough)
	if n < few {
		return nil
	}
	x = withoutCommon(x[:n])
	d := make([]*big.Int, n-1)
	largest := new(big.Int)
	for i := range d {
		d[i] = new(big.Int).Sub(x[i+1], x[i])
	}
	for _, v := range x {
		if v.Cmp(largest) > 0 {
			largest = v
		}
	}
	gcd, constant := new(big.Int), new(big.Int)
	for i := 2; i < len(d); i++ {
		t := new(big.Int).Mul(d[i], d[i-2])
		t.Sub(t, new(big.Int).Mul(d[i-1], d[i-1]))
		gcd.GCD(nil, nil, gcd, t.Abs(t))
		constant.GCD(nil, nil, constant, new(big.Int).Abs(new(big.Int).Sub(d[i], d[0])))
	}
	// With a = 1 the differences themselves agree but for multiples of m.
	for _, m := range []*big.Int{gcd, constant} {
		if m.Cmp(largest) > 0 && m.BitLen() > 16 && new(big.Int).Rsh(largest, 8).Sign() > 0 && m.BitLen() <= largest.BitLen()+2 && spread(x, m) {
			return m
		}
	}
	return nil
}

// linked finds the modulus of y = a·x + c mod m, or nil, where each pair is of one id:
// the order of the ids is of no matter then, nor what a generator gave to others in
// between. For differences from the first pair, dy'·dx − dy·dx' is a multiple of m.
func linked(x, y []*big.Int) *big.Int {
	const few = 12
	if len(x) < few {
		return nil
	}
	x, y = withoutCommon(x), withoutCommon(y)
	gcd, largest := new(big.Int), new(big.Int)
	for i := 1; i < len(x); i++ {
		for _, v := range []*big.Int{x[i], y[i]} {
			if v.Cmp(largest) > 0 {
				largest = v
			}
		}
		if i == 1 {
			continue
		}
		cross := new(big.Int).Mul(new(big.Int).Sub(y[i], y[0]), new(big.Int).Sub(x[i-1], x[0]))
		cross.Sub(cross, new(big.Int).Mul(new(big.Int).Sub(y[i-1], y[0]), new(big.Int).Sub(x[i], x[0])))
		gcd.GCD(nil, nil, gcd, cross.Abs(cross))
	}
	if gcd.Cmp(largest) > 0 && gcd.BitLen() > 10 && gcd.BitLen() <= largest.BitLen()+2 && spread(x, gcd) && spread(y, gcd) {
		return gcd
	}
	return nil
}

// withoutCommon are the numbers without what all their differences are multiples
// of, as where an id repeats its digits.
func withoutCommon(x []*big.Int) []*big.Int {
	common, least := new(big.Int), x[0]
	for _, v := range x[1:] {
		common.GCD(nil, nil, common, new(big.Int).Abs(new(big.Int).Sub(v, x[0])))
		if v.Cmp(least) < 0 {
			least = v
		}
	}
	if common.Cmp(big.NewInt(1)) <= 0 {
		return x
	}
	rest := make([]*big.Int, len(x))
	for i, v := range x {
		rest[i] = new(big.Int).Sub(v, least)
		rest[i].Quo(rest[i], common)
	}
	return rest
}

// spread says whether the numbers differ modulo small powers of two, too: numbers
// with constant low bits have a large common divisor of their differences.
func spread(x []*big.Int, m *big.Int) bool {
	shift := m.TrailingZeroBits()
	if shift == 0 {
		return true
	}
	seen := map[int64]bool{}
	for _, v := range x {
		seen[new(big.Int).And(v, big.NewInt(0xff)).Int64()] = true
	}
	return len(seen) > 2
}
