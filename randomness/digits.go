package randomness

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
)

// digitStream is the digits of all ids, one after the other, as their places in an
// alphabet: what a program picked with a generator, digit by digit.
type digitStream struct {
	base   int
	perID  int
	digits []int // -1 where a UUID has something else
}

// digitStreams takes the ids apart in each alphabet that they may be of: those that
// programs use, and their characters in the order of their codes.
func digitStreams(cores []string) (streams []digitStream) {
	if isUUID(cores[0]) {
		return []digitStream{digitsOfUUIDs(cores)}
	}
	texts := withoutConstant(cores)
	if texts == nil {
		return nil
	}
	return streamsOf(texts)
}

// streamsOf takes texts of one length for digits from the first to the last.
func streamsOf(texts []string) (streams []digitStream) {
	var seen [256]bool
	for _, text := range texts {
		for i := range len(text) {
			seen[text[i]] = true
		}
	}
	var sorted []byte
	for c := range 256 {
		if seen[c] {
			sorted = append(sorted, byte(c))
		}
	}
	orders := []string{string(sorted)}
	for _, alphabet := range alphabets {
		if len(alphabet) == len(sorted) && alphabet != orders[0] && strings.Trim(string(sorted), alphabet) == "" {
			orders = append(orders, alphabet)
		}
	}
	for _, order := range orders {
		s := digitStream{base: len(order), perID: len(texts[0])}
		for _, text := range texts {
			for i := range len(text) {
				s.digits = append(s.digits, strings.IndexByte(order, text[i]))
			}
		}
		streams = append(streams, s)
	}
	return streams
}

// digitsOfUUIDs are those that a template draws: none for the version, and one for the
// variant of which too little is left.
func digitsOfUUIDs(cores []string) digitStream {
	s := digitStream{base: 16}
	for _, core := range cores {
		for i, digit := range hexDigits(core) {
			switch i {
			case 12:
			case 16:
				s.digits = append(s.digits, -1)
			default:
				s.digits = append(s.digits, strings.IndexByte(alphabets[0], digit))
			}
		}
	}
	return s
}

// withoutConstant leaves out the clock at the beginning of the ids and the characters
// that never change; nil where the ids are not of one length.
func withoutConstant(cores []string) []string {
	if !oneLength(cores) {
		return nil
	}
	const far, next = 6, 4 // standard deviations: the last digit of a clock is ordered less
	var places []int
	clock := false
	column := make([]byte, len(cores))
	for place := range len(cores[0]) {
		for i, core := range cores {
			column[i] = core[place]
		}
		switch {
		case alikeByChance(column) == 1:
		case orderedBy(column, far) || clock && orderedBy(column, next): // what stood before it was the rest of a clock
			places, clock = places[:0], true
		default:
			places, clock = append(places, place), false
		}
	}
	if len(places) == 0 {
		return nil
	}
	if len(places) == len(cores[0]) {
		return cores
	}
	return mapped(cores, func(core string) string {
		var b strings.Builder
		for _, place := range places {
			b.WriteByte(core[place])
		}
		return b.String()
	})
}

// oneLength says whether the texts are of one length, and not empty.
func oneLength(texts []string) bool {
	return len(texts[0]) > 0 && !slices.ContainsFunc(texts, func(text string) bool { return len(text) != len(texts[0]) })
}

// picked recognises digits that were picked with a generator: by the rest of a number
// that is divided by their count, or by the number as a share of all.
func picked(texts []string) string {
	const walked = 2 // of the orders of an alphabet, the usual ones: walks take their time
	for i, s := range digitStreams(strip(texts)) {
		if s.base < 10 || len(s.digits) < 2000 {
			continue
		}
		how := cmp.Or(s.added(), s.registered(), s.cut(), s.shared())
		if how == "" && i < walked {
			how = s.walked()
		}
		if how != "" {
			return fmt.Sprintf("the digits of the ids (%d different ones) were picked with %s, which later ones follow from", s.base, how)
		}
	}
	return ""
}

// added recognises a generator that adds two of its former outputs: so do the digits,
// but for what is carried.
func (s digitStream) added() string {
	const enough, tries, kinds = 150, 400, 4
	if s.base <= 2*kinds {
		return ""
	}
	for _, lags := range additiveLags {
		for _, sign := range []int{1, -1} {
			count, seen := make([]int, s.base), 0
			for k := lags[0]; k < len(s.digits) && seen < tries; k++ {
				a, b := s.digits[k-lags[0]], s.digits[k-lags[1]]
				if s.digits[k] < 0 || a < 0 || b < 0 {
					continue
				}
				seen++
				count[((s.digits[k]-a-sign*b)%s.base+s.base)%s.base]++
			}
			slices.Sort(count)
			few := 0
			for _, n := range count[len(count)-kinds:] {
				few += n
			}
			if seen >= enough && few*20 >= seen*19 {
				return fmt.Sprintf("an additive generator (each number is the sum of those %d and %d before it)", lags[0], lags[1])
			}
		}
	}
	return ""
}

// registered recognises shift registers: one bit of the numbers shows in the digits
// where their count is even, the first or the last.
func (s digitStream) registered() string {
	const some, longest = 1000, 380
	if s.base%2 != 0 || slices.Contains(s.digits, -1) {
		return ""
	}
	for _, bit := range []func(int) bool{
		func(digit int) bool { return digit%2 == 1 },
		func(digit int) bool { return digit >= s.base/2 },
	} {
		first := new(big.Int)
		for i, digit := range s.digits[:some] {
			if bit(digit) {
				first.SetBit(first, i, 1)
			}
		}
		if ones := popCount(first); ones < some/4 || ones > some*3/4 {
			continue
		}
		if complexity(first, some) < longest {
			return "a shift register or the last bits of a congruential generator"
		}
		if s.twists(bit) {
			return "the Mersenne Twister"
		}
	}
	if s.twistsInPairs() {
		return "the Mersenne Twister"
	}
	return ""
}

// twists says whether a bit of the digits has the recurrence that each bit of the
// outputs of the Mersenne Twister has, and each bit of every second output, as where a
// double takes two.
func (s digitStream) twists(bit func(digit int) bool) bool {
	const mostIDs = 3000
	bits := make([]bool, len(s.digits))
	for i, digit := range s.digits {
		bits[i] = bit(digit)
	}
	recurrence := twisterRecurrence()
	if recurs(recurrence, bits, len(bits), 0) {
		return true
	}
	for gap := s.perID; gap < len(bits) && gap < mostIDs*s.perID; gap += s.perID { // one id may have gone to somebody else
		if recurs(recurrence, bits, gap, s.perID) {
			return true
		}
	}
	return false
}

// recurs says whether the bits, of which so many are missing at a gap, follow a recurrence.
func recurs(recurrence []int, bits []bool, gap, missing int) bool {
	const enough = 40
	seen := 0
	for n := 0; n+recurrence[len(recurrence)-1] < len(bits)+missing && seen < enough; n++ {
		odd, whole := false, true
		for _, at := range recurrence {
			switch at += n; {
			case at < gap:
				odd = odd != bits[at]
			case at < gap+missing:
				whole = false
			default:
				odd = odd != bits[at-missing]
			}
		}
		if whole && odd {
			return false
		}
		if whole {
			seen++
		}
	}
	return seen >= enough
}

// twisterRecurrence are the exponents of the characteristic polynomial of MT19937
// (Matsumoto and Nishimura 1998, theorem B.1): the sum of the bits that far ahead is even.
var twisterRecurrence = sync.OnceValue(func() (exponents []int) {
	const low = 31 // bits that a word takes from the next one
	times := func(p *big.Int, n, m uint) *big.Int {
		return new(big.Int).Xor(new(big.Int).Lsh(p, n), new(big.Int).Lsh(p, m))
	}
	power := func(n, m uint, exponent int) *big.Int {
		p := big.NewInt(1)
		for range exponent {
			p = times(p, n, m)
		}
		return p
	}
	sum := times(power(twisterSize-1, twisterMiddle-1, low), twisterSize, twisterMiddle)
	for i := range 32 {
		if twisterMatrix>>i&1 == 0 {
			continue
		}
		if i < low {
			sum.Xor(sum, times(power(twisterSize-1, twisterMiddle-1, low-1-i), twisterSize, twisterMiddle))
		} else {
			sum.Xor(sum, power(twisterSize, twisterMiddle, 31-i))
		}
	}
	for e := range sum.BitLen() {
		if sum.Bit(e) == 1 {
			exponents = append(exponents, e)
		}
	}
	return exponents
})

// restGenerators are congruential generators modulo a power of two, of whose state the
// upper bits are put out: whether that is odd follows from the bits below alone.
var restGenerators = []struct {
	name         string
	factor, term uint64
	below        int
}{
	{"java.util.Random", javaFactor, javaTerm, 17},
	{"rand in the C standard", 1103515245, 12345, 16},
	{"rand in Microsoft's C library", 214013, 2531011, 16},
}

// cut tries the bits below.
func (s digitStream) cut() string {
	const enough = 50
	if s.base%2 != 0 || slices.Contains(s.digits[:enough], -1) {
		return ""
	}
	for _, g := range restGenerators {
		for state := range uint64(1) << (g.below + 1) {
			right := 0
			for x := state; right < enough && int(x>>g.below&1) == s.digits[right]%2; right++ {
				x = x*g.factor + g.term
			}
			if right == enough {
				return g.name
			}
		}
	}
	return ""
}

// bytesPicked recognises bytes of a generator that adds two of its former outputs, in the
// order of the text or in that in which .NET makes a UUID of them, of a congruential one of
// 48 bits, also two bytes of each output, and of the Mersenne Twister.
func bytesPicked(r reading) string {
	size := len(r.bytes[0])
	if size < 8 {
		return ""
	}
	order := make([]int, size)
	for i := range order {
		order[i] = i
	}
	orders := [][]int{order}
	if size == 16 {
		orders = append(orders, []int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15})
	}
	const some = 200 // of which a sum shows
	for i, order := range orders {
		bytes := r.digits(order, some)
		if how := cmp.Or(bytes.added(), bytes.shared()); how != "" {
			return "the bytes are those of " + how + ", which later ones follow from"
		}
		if how := bytes.inPairs().shared(); how != "" {
			return "the words of two bytes are those of " + how + ", which later ones follow from"
		}
		if i == 0 && r.whole && r.plain && !r.uuid && r.digits(order, len(r.bytes)).twistsInPairs() {
			return twisterFound
		}
	}
	return ""
}

// inPairs are the bytes two by two, where there are always two in an id.
func (s digitStream) inPairs() digitStream {
	pairs := digitStream{base: s.base * s.base, perID: s.perID / 2}
	for i := 0; i+1 < len(s.digits) && s.perID%2 == 0; i += 2 {
		pair := -1
		if high, low := s.digits[i], s.digits[i+1]; high >= 0 && low >= 0 {
			pair = high*s.base + low
		}
		pairs.digits = append(pairs.digits, pair)
	}
	return pairs
}

// digits are the bytes of so many ids in an order.
func (r reading) digits(order []int, most int) digitStream {
	s := digitStream{base: 256, perID: len(order)}
	for _, id := range r.bytes[:min(len(r.bytes), most)] {
		for _, at := range order {
			digit := int(id[at])
			if r.uuid && (at == 6 || at == 8) {
				digit = -1
			}
			s.digits = append(s.digits, digit)
		}
	}
	return s
}
