// Package spelling finds the word that a user probably meant.
package spelling

import (
	"fmt"
	"strings"
)

// DidYouMean is the hint after a misspelt word, such as ` (did you mean "exp-present"?)`,
// or "" when no known word is near.
func DidYouMean(word string, known []string) string {
	if guess := Nearest(word, known); guess != "" {
		return fmt.Sprintf(" (did you mean %q?)", guess)
	}
	return ""
}

// Nearest returns the known word with the smallest edit distance to word, or ""
// when all differ in more than a third of their letters.
func Nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = k, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance between a and b in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j]+1, previous+1)
		}
	}
	return row[len(b)]
}
