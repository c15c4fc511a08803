package main

import "strings"

// sentence begins text, such as that of an error, as a sentence. Names, such as
// those of files and ours, stay.
func sentence(text string) string {
	word, _, _ := strings.Cut(text, " ")
	lower := !strings.ContainsFunc(strings.TrimSuffix(word, ":"), func(r rune) bool { return r < 'a' || r > 'z' })
	if word == "mlinfra" || word == "" || !lower {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
