package randomness

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
)

// fraction matches a number between 0 and 1 as programs print it.
var fraction = regexp.MustCompile(`0?\.(\d{6,20})`)

// fractions recognises ids that are, or hold, numbers between 0 and 1 of
// generators whose outputs follow from each other.
func fractions(texts []string) string {
	numbers, perID := fractionsIn(texts)
	switch {
	case perID == 0:
		return ""
	case twisterDoubles(numbers):
		return "the ids are numbers between 0 and 1 of the Mersenne Twister, which all later ones follow from"
	case javaDoubles(numbers):
		return "the ids are numbers between 0 and 1 of java.util.Random, which all later ones follow from"
	case congruentialDoubles(numbers):
		return "the ids are numbers between 0 and 1 of a linear congruential generator"
	}
	return ""
}

// fractionsIn are the fractions in the ids, so many in each; none where their
// numbers differ.
func fractionsIn(texts []string) (numbers []float64, perID int) {
	for i, text := range texts {
		found := fraction.FindAllStringSubmatch(text, -1)
		if i == 0 {
			perID = len(found)
		}
		if len(found) != perID {
			return nil, 0
		}
		for _, digits := range found {
			f, err := strconv.ParseFloat("0."+digits[1], 64)
			if err != nil {
				return nil, 0
			}
			numbers = append(numbers, f)
		}
	}
	return numbers, perID
}

// twisterDoubles puts the doubles together of two outputs: as Python, Ruby and
// NumPy do, of 27 and 26 bits of them, or as C++ does, the second one on top.
func twisterDoubles(numbers []float64) bool {
	python := putOut{sure: []uint32{0xffffffe0, 0xffffff00}} // the last bits may be rounded
	cpp := putOut{sure: []uint32{0xffffe000, 0xffffffff}}
	for _, f := range numbers {
		whole := uint64(math.Round(f * (1 << 53)))
		python.words = append(python.words, uint32(whole>>26)<<5, uint32(whole)<<6)
		cpp.words = append(cpp.words, uint32(whole)<<11, uint32(whole>>21))
	}
	return python.follow() || cpp.follow()
}

// javaDoubles tries the 22 bits that java.util.Random holds back between the two
// outputs of a double.
func javaDoubles(numbers []float64) bool {
	const ids = 5
	for _, f := range numbers[:min(len(numbers), ids)] {
		whole := uint64(math.Round(f * (1 << 53)))
		first, second := whole>>27, whole&(1<<27-1)
		follows := false
		for low := uint64(0); low < 1<<22 && !follows; low++ {
			next := ((first<<22|low)*javaFactor + javaTerm) & javaMask
			follows = next>>21 == second
		}
		if !follows {
			return false
		}
	}
	return len(numbers) >= ids
}

// moduli are those of generators that divide their state by them.
var moduli = []int64{1<<31 - 1, 1 << 31, 1 << 32, 1<<32 - 1, 1 << 48, 1 << 24, 1 << 35, 233280, 139968, 714025, 259200, 134456, 2147483563, 2147483399, 4294967291}

// congruentialDoubles multiplies by the moduli that generators divide by. Small
// ones repeat, and their numbers are found by that.
func congruentialDoubles(numbers []float64) bool {
	for _, m := range moduli {
		var states []*big.Int
		for _, f := range numbers[:min(len(numbers), enoughWords)] {
			state := f * float64(m)
			if math.Abs(state-math.Round(state)) > 1e-4+float64(m)/(1<<50) {
				break
			}
			states = append(states, big.NewInt(int64(math.Round(state))))
		}
		if len(states) == min(len(numbers), enoughWords) && modulus(states) != nil {
			return true
		}
	}
	return false
}
