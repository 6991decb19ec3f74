package randomness

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
	"strings"
	"sync"
)

// JavaScript engines of V8 make Math.random of a shift register of 128 bits
// (xorshift128+, of which only one half is put out), 64 numbers ahead, and give
// these out from the last to the first.
const blockSize = 64

// alphabets are the digits that programs pick with Math.random, in their order.
var alphabets = []string{
	"0123456789abcdef",
	"0123456789abcdefghijklmnopqrstuvwxyz",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"abcdefghijklmnopqrstuvwxyz0123456789",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
	"useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict",
	crockford,
}

// crockford is the alphabet of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// drawn is what is known of one output: its leading bits.
type drawn struct {
	bits  uint64 // left-aligned
	known int
}

// mathRandom recognises ids whose digits, runs of digits or numbers were made with
// Math.random, where the process draws nothing in between, or the same few each time.
func mathRandom(samples []Sample, cores []string) string {
	pickedFrom := func(cores []string) string {
		for _, alphabet := range alphabets {
			if drawn, ok := digitDraws(cores, alphabet); ok && followsWithGaps(drawn) {
				return fmt.Sprintf("the digits of the ids were picked with Math.random, which later ones follow from (alphabet of %d)", len(alphabet))
			}
		}
		return ""
	}
	if what := pickedFrom(cores); what != "" {
		return what
	}
	for _, alphabet := range alphabets {
		for _, swap := range []bool{true, false} {
			if drawn, ok := sampleDraws(cores, alphabet, swap); ok && followsWithGaps(drawn) {
				return fmt.Sprintf("the characters of the ids were taken out of %d with Math.random, which later ones follow from", len(alphabet))
			}
		}
	}
	if rest := withoutConstant(cores); rest != nil && len(rest[0]) < len(cores[0]) && !isUUID(cores[0]) { // behind a clock, also from the last to the first
		if what := cmp.Or(pickedFrom(rest), pickedFrom(mapped(rest, reversed))); what != "" {
			return what
		}
	}
	for _, draws := range [][][]drawn{pieceDraws(cores, 2, false), pieceDraws(cores, 4, false), pieceDraws(cores, 8, false), pieceDraws(cores, 8, true)} {
		if followsWithGaps(draws) {
			return "the ids are hexadecimal numbers of Math.random one after the other, which later ones follow from"
		}
	}
	if followsWithGaps(clockedDraws(samples, cores)) {
		return "the digits of the ids are the clock and Math.random added, which later ones follow from"
	}
	for parts := 1; parts <= 4; parts++ {
		for _, base := range []int{36, 16, 10} {
			if draws, ok := runDraws(cores, base, parts); ok && followsWithGaps(draws) {
				return fmt.Sprintf("the ids are numbers of Math.random in base %d, which later ones follow from", base)
			}
		}
	}
	for _, base := range []int{10, 16, 36} {
		for parts := 1; parts <= 4; parts++ {
			for _, draws := range integerDraws(partsOf(cores, parts), base) {
				if followsWithGaps(draws) {
					return "the ids are whole numbers of Math.random, which later ones follow from"
				}
			}
		}
	}
	return ""
}

// followsWithGaps tries that each id takes what is known of it, and up to two numbers
// more that do not show: of another claim, say.
func followsWithGaps(ids [][]drawn) bool {
	for gap := range 3 {
		var draws []drawn
		var begins []int
		for _, id := range ids {
			begins = append(begins, len(draws))
			draws = append(append(draws, id...), make([]drawn, gap)...)
		}
		if followsRegister(draws, begins) {
			return true
		}
	}
	return false
}

// isUUID says whether a text has the form of a UUID.
func isUUID(text string) bool { return len(text) == 36 && strings.Count(text, "-") == 4 }

// digitDraws takes each digit for one output. The version digit of a UUID is none,
// and its variant digit tells nothing of the leading bits.
func digitDraws(cores []string, alphabet string) (ids [][]drawn, ok bool) {
	n := uint64(len(alphabet))
	for _, core := range cores[:min(len(cores), 24)] {
		uuid := len(alphabet) == 16 && isUUID(core)
		var id []drawn
		for i := range len(core) {
			at := strings.IndexByte(alphabet, core[i])
			switch {
			case uuid && (core[i] == '-' || i == 14):
				continue
			case at < 0:
				return nil, false
			case uuid && i == 19: // r&0x3|0x8: the lower two of four bits
				id = append(id, drawn{})
				continue
			}
			id = append(id, interval(uint64(at), n))
		}
		ids = append(ids, id)
	}
	return ids, true
}

// sampleDraws takes each character for one that was taken out of an alphabet, which no
// later one is then: its place is left to the first of those left, or closed up.
func sampleDraws(cores []string, alphabet string, swap bool) (ids [][]drawn, ok bool) {
	for _, core := range cores[:min(len(cores), 24)] {
		left, id := []byte(alphabet), []drawn(nil)
		for i := range len(core) {
			at := bytes.IndexByte(left, core[i])
			if at < 0 {
				return nil, false
			}
			id = append(id, interval(uint64(at), uint64(len(left))))
			if swap {
				left[at] = left[0]
				left = left[1:]
			} else {
				left = append(left[:at], left[at+1:]...)
			}
		}
		ids = append(ids, id)
	}
	return ids, true
}

// hexDigits takes out what stands between the digits of an id; nothing where there is
// something else in it.
func hexDigits(core string) []byte {
	digits := []byte(strings.ToLower(strings.NewReplacer("-", "", "_", "", ":", "").Replace(core)))
	for _, c := range digits {
		if strings.IndexByte(alphabets[0], c) < 0 {
			return nil
		}
	}
	return digits
}

// pieceDraws takes each so many hexadecimal digits for one output, with the bytes in
// either order. What a UUID fixes is not known, nor what is below it.
func pieceDraws(cores []string, size int, little bool) (ids [][]drawn) {
	for _, core := range cores[:min(len(cores), 60)] {
		digits := hexDigits(core)
		if len(digits) == 0 || len(digits)%size != 0 {
			return nil
		}
		uuid := isUUID(core)
		var id []drawn
		for begin := 0; begin < len(digits); begin += size {
			var d drawn
			fixed := false
			for i := range size {
				at := begin + i
				if little {
					at = begin + size - 2 - i + i%2*2
				}
				if fixed = fixed || uuid && (at == 12 || at == 16); !fixed {
					d.bits |= uint64(strings.IndexByte(alphabets[0], digits[at])) << (60 - 4*i)
					d.known = 4 * (i + 1)
				}
			}
			id = append(id, d)
		}
		ids = append(ids, id)
	}
	return ids
}

// clockedDraws are those of a snippet that adds the digits of the clock, the lowest
// first, to what it draws for the digits of a UUID; and where the clock has no more
// digits those of the microseconds since the start, of which nothing is known.
func clockedDraws(samples []Sample, cores []string) (ids [][]drawn) {
	const clockDigits, startDigits, unsure = 11, 9, 3
	for i, core := range cores[:min(len(cores), 120)] {
		digits := hexDigits(core)
		if !isUUID(core) || digits == nil {
			return nil
		}
		clock, other := samples[i].From.UnixMilli(), samples[i].Until.UnixMilli()
		digits = append(digits[:12:12], digits[13:]...)
		var id []drawn
		for at, digit := range digits {
			shift := 4 * min(at, clockDigits+1)
			switch {
			case at < unsure, at >= clockDigits && at < clockDigits+startDigits, at == 15, clock>>shift != other>>shift:
				id = append(id, drawn{})
				continue
			}
			value := (int64(strings.IndexByte(alphabets[0], digit)) - clock>>shift) & 15
			id = append(id, interval(uint64(value), 16))
		}
		ids = append(ids, id)
	}
	return ids
}

// interval is what is known of an output that lies in [i/n, (i+1)/n).
func interval(i, n uint64) drawn {
	low, _ := bits.Div64(i, 0, n) // i/n as a fraction of 2^64
	high := ^uint64(0)
	if i+1 < n {
		high, _ = bits.Div64(i+1, 0, n)
		high--
	}
	known := bits.LeadingZeros64(low ^ high)
	return drawn{low, min(known, 50)}
}

// scaled is what is known of an output that, times the scale, has n for its whole part.
// The last bits may be rounded.
func scaled(n, scale *big.Int) (d drawn, ok bool) {
	low := new(big.Int).Div(new(big.Int).Lsh(n, 64), scale)
	high := new(big.Int).Div(new(big.Int).Lsh(new(big.Int).Add(n, big.NewInt(1)), 64), scale)
	high.Sub(high, big.NewInt(1))
	if !low.IsUint64() || !high.IsUint64() {
		return drawn{}, false
	}
	known := bits.LeadingZeros64(low.Uint64() ^ high.Uint64())
	return drawn{low.Uint64(), min(max(known-1, 0), 48)}, true
}

// runDraws takes each of so many equal pieces of the id for the digits of one
// output behind the point.
func runDraws(cores []string, base, parts int) (ids [][]drawn, ok bool) {
	for _, core := range cores[:min(len(cores), 200)] {
		core = strings.ToLower(strings.NewReplacer("-", "", "_", "", "0.", "").Replace(core))
		id := make([]drawn, parts)
		ids = append(ids, id)
		if len(core)%parts != 0 || len(core)/parts < 6 {
			continue // unknown: an output that was printed shorter
		}
		size := len(core) / parts
		scale := new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(size)), nil)
		for p := range parts {
			piece := core[p*size : (p+1)*size]
			n, isNumber := new(big.Int).SetString(piece, base)
			if !isNumber || strings.ContainsAny(piece, "+-_") {
				return nil, false
			}
			if id[p], ok = scaled(n, scale); !ok {
				return nil, false
			}
		}
	}
	return ids, true
}

// scales are what programs multiply Math.random with before they take the whole part.
var scales = []string{"9007199254740991", "9007199254740992", "4294967296", "4294967295", "2147483648", "2147483647", "1000000000", "10000000000", "1000000000000", "1000000000000000", "10000000000000000", "100000000000000000", "1000000000000000000", "18446744073709551616"}

// partsOf are the parts of the ids between separators, or as many pieces of one length.
func partsOf(cores []string, pieces int) (parts [][]string) {
	cores = cores[:min(len(cores), 200)]
	if pieces == 1 {
		return columns(cores)
	}
	size := len(cores[0]) / pieces
	for p := range pieces {
		var part []string
		for _, core := range cores {
			if len(core) != size*pieces {
				return nil
			}
			part = append(part, core[p*size:(p+1)*size])
		}
		parts = append(parts, part)
	}
	return parts
}

// integerDraws takes the parts of the ids for whole numbers below each of the scales.
func integerDraws(parts [][]string, base int) (all [][][]drawn) {
	var numbers [][]*big.Int
	largest := new(big.Int)
	for _, part := range parts {
		for i, text := range part {
			n, ok := new(big.Int).SetString(strings.ToLower(text), base)
			if !ok {
				return nil
			}
			if i >= len(numbers) {
				numbers = append(numbers, nil)
			}
			numbers[i] = append(numbers[i], n)
			if n.Cmp(largest) > 0 {
				largest = n
			}
		}
	}
	for _, text := range scales {
		scale, _ := new(big.Int).SetString(text, 10)
		if largest.Cmp(scale) >= 0 || new(big.Int).Lsh(largest, 3).Cmp(scale) < 0 {
			continue // too small, or never nearly reached
		}
		var ids [][]drawn
		for _, row := range numbers {
			var id []drawn
			for _, n := range row {
				d, _ := scaled(n, scale) // they are smaller than the scale
				id = append(id, d)
			}
			ids = append(ids, id)
		}
		all = append(all, ids)
	}
	return all
}

// followsRegister looks for two stretches of outputs that one state explains, each
// within a block and from the beginning of an id on. Random ones are explained by
// chance once in 2^24, each of them.
func followsRegister(draws []drawn, begins []int) bool {
	const spare = 24
	stretches, after := 0, 0
	for _, begin := range begins {
		equations, end := 0, begin
		for end < len(draws) && end-begin < blockSize && equations < 128+spare {
			equations += draws[end].known
			end++
		}
		if begin < after || equations < 128+spare || !solvable(draws[begin:end]) {
			continue
		}
		if stretches++; stretches >= 2 {
			return true
		}
		after = end
	}
	return false
}

// form is an exclusive or of the 128 bits of the state.
type form [2]uint64

func (f form) xor(g form) form { return form{f[0] ^ g[0], f[1] ^ g[1]} }

type register [64]form // the most significant bit first

func shiftLeft(r register, n int) (s register) {
	copy(s[:], r[n:])
	return s
}

func shiftRight(r register, n int) (s register) {
	copy(s[n:], r[:64-n])
	return s
}

func xorRegisters(a, b register) (s register) {
	for i := range s {
		s[i] = a[i].xor(b[i])
	}
	return s
}

// outputs are the outputs of a block as they depend on the state before it.
var outputs = sync.OnceValue(func() (all [blockSize]register) {
	var s0, s1 register
	for i := range 64 {
		s0[i] = form{1 << i, 0}
		s1[i] = form{0, 1 << i}
	}
	for i := range all {
		a, b := s0, s1
		a = xorRegisters(a, shiftLeft(a, 23))
		a = xorRegisters(a, shiftRight(a, 17))
		a = xorRegisters(xorRegisters(a, b), shiftRight(b, 26))
		s0, s1 = s1, a
		all[i] = s0
	}
	return all
})

// solvable says whether one state of the register puts these outputs out, the
// last one first.
func solvable(draws []drawn) bool {
	depends := outputs()
	var system equations
	for i, draw := range draws {
		output := depends[len(draws)-1-i]
		for bit := range draw.known {
			if !system.add(output[bit], draw.bits>>(63-bit)&1) {
				return false
			}
		}
	}
	return true
}

// equations is a system over GF(2) in echelon form.
type equations struct {
	rows   [128]form
	values [128]uint64
	taken  [128]bool
}

// add adds an equation; it is false when that contradicts the others.
func (e *equations) add(f form, value uint64) bool {
	for f != (form{}) {
		lead := 63 - bits.LeadingZeros64(f[0])
		if f[0] == 0 {
			lead = 127 - bits.LeadingZeros64(f[1])
		}
		if !e.taken[lead] {
			e.rows[lead], e.values[lead], e.taken[lead] = f, value, true
			return true
		}
		f, value = f.xor(e.rows[lead]), value^e.values[lead]
	}
	return value == 0
}
