package config

import (
	"slices"

	"github.com/agext/levenshtein"
)

// maxHints bounds the errors that come with a suggestion, and maxName the length
// of the names that are compared: the time that it takes grows with both.
const (
	maxHints = 1000
	maxName  = 200
)

// didYouMean returns a sentence with the candidate closest to given, or "".
func didYouMean(given string, candidates []string) string {
	if len(given) > maxName {
		return ""
	}
	sorted := slices.Sorted(slices.Values(candidates))
	best, bestDist := "", len(given)/3+2
	for _, c := range sorted {
		if max(len(c), len(given))-min(len(c), len(given)) >= bestDist {
			continue // the distance is at least that
		}
		if d := levenshtein.Distance(given, c, nil); d < bestDist {
			best, bestDist = c, d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean \"" + best + "\"?"
}
