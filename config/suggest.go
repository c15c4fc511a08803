package config

import (
	"slices"

	"github.com/agext/levenshtein"
)

// maxHints bounds the errors that come with a suggestion, maxNames and maxName
// the names that are compared, and their length: the time that it takes grows
// with all three.
const (
	maxHints = 100
	maxName  = 200
	maxNames = 5000
)

// didYouMean returns a sentence with the candidate closest to given, or "".
func didYouMean(given string, candidates []string) string {
	if len(given) > maxName || len(candidates) > maxNames {
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
