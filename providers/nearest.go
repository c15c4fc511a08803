package providers

import (
	"slices"

	"github.com/agext/levenshtein"
)

// maxWord and maxWords bound the words that Nearest compares: the time that it
// takes grows with their length and number.
const (
	maxWord  = 200
	maxWords = 5000
)

// Nearest returns the known word that is spelled most like given, which a user may
// have meant; "" when none is near.
func Nearest(given string, known []string) string {
	if len(given) > maxWord || len(known) > maxWords {
		return ""
	}
	best, distance := "", len(given)/3+2
	for _, k := range slices.Sorted(slices.Values(known)) {
		if max(len(k), len(given))-min(len(k), len(given)) >= distance {
			continue // the distance is at least that
		}
		if d := levenshtein.Distance(given, k, nil); d < distance {
			best, distance = k, d
		}
	}
	return best
}
