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

// didYouMean does so for a mistake in a file: the first ones only, when there are
// thousands.
func (l *loader) didYouMean(given string, candidates func() []string) string {
	if len(l.diags) >= maxHints {
		return ""
	}
	return didYouMean(given, candidates())
}
