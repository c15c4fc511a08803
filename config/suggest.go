package config

import "github.com/mlinfra/mlinfra/providers"

// maxHints bounds the errors that come with a suggestion.
const maxHints = 100

// didYouMean returns a sentence with the candidate closest to given, or "".
func didYouMean(given string, candidates []string) string {
	if best := providers.Nearest(given, candidates); best != "" {
		return " Did you mean \"" + best + "\"?"
	}
	return ""
}
