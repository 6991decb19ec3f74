package randomness

import (
	"fmt"
	"math/big"
	"math/bits"
)

// enoughBits is how many bits of an id must neither follow from others nor from
// those before: the 64 of OWASP's session ids, less what chance may hide.
const enoughBits = 62

// linear counts the bits of the ids that follow neither from the bits beside them
// nor from the ones before, by any rule of exclusive ors. Generators that shift
// registers are such rules, and so are checksums.
func linear(r reading) string {
	length := len(r.bytes[0]) * 8
	if length > 1024 {
		return ""
	}
	var independent []*big.Int
	free, register := 0, 0
	for bit := range length {
		column := new(big.Int)
		for i, id := range r.bytes {
			if id[bit/8]>>(7-bit%8)&1 == 1 {
				column.SetBit(column, i, 1)
			}
		}
		if ones := popCount(column); ones == 0 || ones == len(r.bytes) {
			continue
		}
		if c := complexity(column, len(r.bytes)); c < len(r.bytes)/2-40 {
			register = max(register, c)
			continue
		}
		for _, other := range independent {
			if column.Bit(other.BitLen()-1) == 1 {
				column.Xor(column, other)
			}
		}
		if column.BitLen() > 0 {
			independent = append(independent, column)
			free++
		}
	}
	if free >= enoughBits || length < enoughBits {
		return ""
	}
	if register > 8 {
		return fmt.Sprintf("but for %d bits each bit follows from those before it, as in a shift register of some %d bits", free, register)
	}
	return fmt.Sprintf("only %d of %d bits change independently", free, length)
}

func popCount(n *big.Int) int {
	count := 0
	for _, word := range n.Bits() {
		count += bits.OnesCount(uint(word))
	}
	return count
}

// complexity is the length of the shortest linear feedback shift register that
// makes the first n bits (Berlekamp and Massey). Of random bits it is about n/2.
func complexity(sequence *big.Int, n int) int {
	c, b, t := big.NewInt(1), big.NewInt(1), new(big.Int)
	window := new(big.Int) // the bits so far, the last one lowest
	and, moved := new(big.Int), new(big.Int)
	l, m := 0, -1
	for i := range n {
		window.Lsh(window, 1)
		if sequence.Bit(i) == 1 {
			window.SetBit(window, 0, 1)
		}
		if popCount(and.And(c, window))%2 == 0 {
			continue
		}
		t.Set(c)
		c.Xor(c, moved.Lsh(b, uint(i-m)))
		if 2*l <= i {
			l, m = i+1-l, i
			b.Set(t)
		}
	}
	return l
}
