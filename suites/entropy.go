package suites

import (
	"math"
	"strings"

	"github.com/webchatspec/webchatspec/randomness"
)

// enoughEntropy is the estimate from which an id counts as unguessable, in bits: OWASP asks
// for 64 bits in a session id, and an estimate from a thousand ids may miss some.
const enoughEntropy = 62

// entropyOf estimates how many bits of the ids are unguessable. It looks at their
// characters, and at their fields where these repeat, as words from a short list do.
func entropyOf(ids []string) float64 {
	total, columns := idEntropy(ids), fieldsOf(ids)
	if len(columns) < 2 {
		return total
	}
	byFields := 0.0
	for _, column := range columns {
		different := map[string]byte{}
		symbols := make([]byte, len(column))
		for i, value := range column {
			if _, known := different[value]; !known && len(different) < 256 {
				different[value] = byte(len(different))
			}
			symbols[i] = different[value]
		}
		if len(different) < 256 && len(different) < len(column)/2 {
			byFields += min(entropy(symbols), idEntropy(column))
		} else {
			byFields += idEntropy(column)
		}
	}
	return min(total, byFields)
}

// fieldsOf returns the columns of the fields between separators. It is nil when the ids do
// not all have the same number of fields.
func fieldsOf(ids []string) (columns [][]string) {
	for i, id := range ids {
		fields := strings.FieldsFunc(id, func(r rune) bool { return strings.ContainsRune("-_.:|~/ ", r) })
		if i == 0 {
			columns = make([][]string, len(fields))
		}
		if len(fields) != len(columns) {
			return nil
		}
		for place, field := range fields {
			columns[place] = append(columns[place], field)
		}
	}
	return columns
}

// idEntropy estimates how many bits of the ids are unguessable: it adds up the entropies of
// the characters at each position. A position that is determined by another one does not
// count, nor does one that goes on in order, as in a counter or a clock. Hashes of a
// counter are not recognised.
func idEntropy(ids []string) float64 {
	columns := alignedColumns(ids)
	var total float64
	var counted [][]byte
	for _, column := range columns {
		h := entropy(column)
		if h == 0 || randomness.Ordered(column) || determined(column, counted) {
			continue
		}
		counted = append(counted, column)
		total += h
	}
	return total
}

// alignedColumns returns the characters of the ids by position, counted from the
// end, so that ids of different lengths line up. Missing characters are 0.
func alignedColumns(ids []string) [][]byte {
	longest := 0
	for _, id := range ids {
		longest = max(longest, len(id))
	}
	columns := make([][]byte, min(longest, 512))
	for i := range columns {
		columns[i] = make([]byte, len(ids))
		for j, id := range ids {
			if i < len(id) {
				columns[i][j] = id[len(id)-1-i]
			}
		}
	}
	return columns
}

// entropy is Shannon's entropy, in bits, with the Miller–Madow correction for the number of
// samples.
func entropy(symbols []byte) float64 {
	var count [256]int
	for _, s := range symbols {
		count[s]++
	}
	h, kinds, n := 0.0, 0, float64(len(symbols))
	for _, c := range count {
		if c > 0 {
			p := float64(c) / n
			h -= p * math.Log2(p)
			kinds++
		}
	}
	if kinds < 2 {
		return 0
	}
	return h + float64(kinds-1)/(2*n*math.Ln2)
}

// determined says whether one of the other columns determines the column: each of its
// characters always goes with the same character of the column.
func determined(column []byte, others [][]byte) bool {
	for _, other := range others {
		var image [256]int16
		consistent := true
		for j := range column {
			switch seen := &image[other[j]]; {
			case *seen == 0:
				*seen = int16(column[j]) + 1
			case *seen != int16(column[j])+1:
				consistent = false
			}
		}
		if consistent {
			return true
		}
	}
	return false
}
