package suites

import (
	"math"
	"strings"

	"github.com/webchatspec/webchatspec/randomness"
)

// enoughEntropy is the estimate from which an id counts as unguessable: the 64
// bits of OWASP's session ids, less what the estimate from a thousand ids may miss.
const enoughEntropy = 62

// entropyOf estimates how many bits of the ids are unguessable: by their characters,
// and by their parts where these repeat, as words of which there are few do.
func entropyOf(ids []string) float64 {
	total, parts := idEntropy(ids), partsOf(ids)
	if len(parts) < 2 {
		return total
	}
	byParts := 0.0
	for _, part := range parts {
		different := map[string]byte{}
		symbols := make([]byte, len(part))
		for i, value := range part {
			if _, known := different[value]; !known && len(different) < 256 {
				different[value] = byte(len(different))
			}
			symbols[i] = different[value]
		}
		if len(different) < 256 && len(different) < len(part)/2 {
			byParts += min(entropy(symbols), idEntropy(part))
		} else {
			byParts += idEntropy(part)
		}
	}
	return min(total, byParts)
}

// partsOf are what stands between separators, by its place; nil where the ids have not
// the same number of parts.
func partsOf(ids []string) (parts [][]string) {
	for i, id := range ids {
		fields := strings.FieldsFunc(id, func(r rune) bool { return strings.ContainsRune("-_.:|~/ ", r) })
		if i == 0 {
			parts = make([][]string, len(fields))
		}
		if len(fields) != len(parts) {
			return nil
		}
		for place, field := range fields {
			parts[place] = append(parts[place], field)
		}
	}
	return parts
}

// idEntropy estimates how many bits of the ids are unguessable: the entropy of
// the characters at each position, added up, where a position that another one
// determines counts once, and one that follows from its own former characters, as
// those of a counter or a clock do, not at all. A hash of a counter does not show.
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

// entropy is Shannon's, in bits, with Miller's and Madow's correction for the
// number of samples.
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

// determined says whether one of the other columns tells the column: the same
// character there always goes with the same character here.
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
