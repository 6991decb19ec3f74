package randomness

import (
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
}

// drawn is what is known of one output: its leading bits.
type drawn struct {
	bits  uint64 // left-aligned
	known int
}

// mathRandom recognises ids whose digits, or runs of digits, were made with
// Math.random.
func mathRandom(texts []string) string {
	cores := strip(texts)
	for _, alphabet := range alphabets {
		if draws := digitDraws(cores, alphabet); len(draws) > 0 && followsRegister(draws) {
			return fmt.Sprintf("the digits of the ids were picked with Math.random, which later ones follow from (alphabet of %d)", len(alphabet))
		}
	}
	for parts := 1; parts <= 4; parts++ {
		for _, base := range []int{36, 16, 10} {
			if draws := runDraws(cores, base, parts); len(draws) > 0 && followsRegister(draws) {
				return fmt.Sprintf("the ids are numbers of Math.random in base %d, which later ones follow from", base)
			}
		}
	}
	return ""
}

// digitDraws takes each digit for one output. The version digit of a UUID is
// none, and its variant digit tells two bits.
func digitDraws(cores []string, alphabet string) []drawn {
	var draws []drawn
	n := uint64(len(alphabet))
	for _, core := range cores[:min(len(cores), 12)] {
		uuid := len(alphabet) == 16 && len(core) == 36 && strings.Count(core, "-") == 4
		for i := range len(core) {
			at := strings.IndexByte(alphabet, core[i])
			switch {
			case uuid && (core[i] == '-' || i == 14):
				continue
			case at < 0:
				return nil
			case uuid && i == 19: // r&0x3|0x8: the lower two of four bits
				draws = append(draws, drawn{known: 0})
				continue
			}
			draws = append(draws, interval(uint64(at), n))
		}
	}
	return draws
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

// runDraws takes each of so many equal pieces of the id for the digits of one
// output behind the point.
func runDraws(cores []string, base, parts int) []drawn {
	var draws []drawn
	for _, core := range cores[:min(len(cores), 200)] {
		core = strings.ToLower(strings.NewReplacer("-", "", "_", "", "0.", "").Replace(core))
		if len(core)%parts != 0 || len(core)/parts < 6 {
			draws = append(draws, drawn{}) // unknown: an output that was printed shorter
			for range parts - 1 {
				draws = append(draws, drawn{})
			}
			continue
		}
		size := len(core) / parts
		for p := range parts {
			piece := core[p*size : (p+1)*size]
			n, ok := new(big.Int).SetString(piece, base)
			if !ok || strings.ContainsAny(piece, "+-_") {
				return nil
			}
			scale := new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(size)), nil)
			low := new(big.Int).Div(new(big.Int).Lsh(n, 64), scale)
			high := new(big.Int).Div(new(big.Int).Lsh(n.Add(n, big.NewInt(1)), 64), scale)
			high.Sub(high, big.NewInt(1))
			if !low.IsUint64() || !high.IsUint64() {
				return nil
			}
			known := bits.LeadingZeros64(low.Uint64() ^ high.Uint64())
			draws = append(draws, drawn{low.Uint64(), min(max(known-1, 0), 48)})
		}
	}
	return draws
}

// followsRegister looks for stretches of outputs, within a block, that one state
// explains. Random ones are explained by chance once in 2^24.
func followsRegister(draws []drawn) bool {
	const spare = 24
	stretches := 0
	for begin := 0; begin < len(draws) && begin < 3*blockSize; begin++ {
		equations, end := 0, begin
		for end < len(draws) && end-begin < blockSize && equations < 128+spare {
			equations += draws[end].known
			end++
		}
		if equations < 128+spare {
			continue
		}
		if solvable(draws[begin:end]) {
			if stretches++; stretches >= 2 {
				return true
			}
		}
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
