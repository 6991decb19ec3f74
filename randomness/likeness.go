package randomness

import (
	"fmt"
	"math"
)

// likeness recognises ids of which many have a near relative among the others: one
// with the same characters in more places than chance allows. Ids that an
// alphabet, a permutation or a padding disguises come in such families. Relatives that differ
// in as many bits as nobody guesses are none: a right id may have a short part that
// chooses how the rest is written.
func likeness(texts []string) string {
	const seldom, share = 1e-4, 0.3
	columns := changing(texts)
	if len(columns) < 8 {
		return ""
	}
	n := len(texts)
	least := leastAlike(columns, seldom/(float64(n)*float64(n)/2))
	open := make([]float64, len(columns)) // bits, of each place
	for i, column := range columns {
		open[i] = -math.Log2(alikeByChance(column))
	}
	related := make([]bool, n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			if related[i] && related[j] {
				continue
			}
			same, differ := 0, 0.0
			for place, column := range columns {
				if column[i] == column[j] {
					same++
				} else {
					differ += open[place]
				}
			}
			if same >= least && differ < enoughBits {
				related[i], related[j] = true, true
			}
		}
	}
	count := 0
	for _, r := range related {
		if r {
			count++
		}
	}
	if float64(count) < share*float64(n) {
		return ""
	}
	return fmt.Sprintf("the ids come in families: %d of %d have the same characters as another one in at least %d of %d places", count, n, least, len(columns))
}

// changing are the characters by place that change and do not follow from their
// own former ones, as those of a clock do.
func changing(texts []string) [][]byte {
	const longest = 80
	var columns [][]byte
	for place := range min(len(texts[0]), longest) {
		column := make([]byte, len(texts))
		for i, text := range texts {
			if len(text) != len(texts[0]) {
				return nil
			}
			column[i] = text[place]
		}
		if p := alikeByChance(column); p < 1 && !Ordered(column) {
			columns = append(columns, column)
		}
	}
	return columns
}

// alikeByChance is how probable it is that two of the symbols are the same.
func alikeByChance(column []byte) float64 {
	var count [256]float64
	for _, c := range column {
		count[c]++
	}
	p := 0.0
	for _, c := range count {
		p += c / float64(len(column)) * (c / float64(len(column)))
	}
	return p
}

// Ordered says whether symbols in the order of their making depend on the one
// before: they stay the same more often, or less, than chance allows. The digits
// of counters and clocks do.
func Ordered(column []byte) bool { return orderedBy(column, 6) }

// orderedBy is Ordered for so many standard deviations.
func orderedBy(column []byte, far float64) bool {
	p := alikeByChance(column)
	n := float64(len(column) - 1)
	if n < 100 || p == 1 {
		return false
	}
	same := 0.0
	for i := 1; i < len(column); i++ {
		if column[i] == column[i-1] {
			same++
		}
	}
	return math.Abs(same-n*p) > far*math.Sqrt(n*p*(1-p))
}

// leastAlike is the number of places in which two ids are alike by chance less
// often than the probability says.
func leastAlike(columns [][]byte, probability float64) int {
	alike := []float64{1} // the probability of so many places
	for _, column := range columns {
		p := alikeByChance(column)
		next := make([]float64, len(alike)+1)
		for k, q := range alike {
			next[k] += q * (1 - p)
			next[k+1] += q * p
		}
		alike = next
	}
	tail := 0.0
	for k := len(alike) - 1; k > 0; k-- {
		if tail += alike[k]; tail > probability {
			return k + 1
		}
	}
	return 1
}
