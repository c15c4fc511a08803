package config

import (
	"slices"

	"github.com/agext/levenshtein"
)

// didYouMean returns a sentence with the candidate closest to given, or "".
func didYouMean(given string, candidates []string) string {
	sorted := slices.Sorted(slices.Values(candidates))
	best, bestDist := "", len(given)/3+2
	for _, c := range sorted {
		if d := levenshtein.Distance(given, c, nil); d < bestDist {
			best, bestDist = c, d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean \"" + best + "\"?"
}
