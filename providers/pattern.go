package providers

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first used: a
// process has a hundred of them and uses few.
type Pattern struct {
	compiled func() *regexp.Regexp
}

// NewPattern returns the pattern with a text in the syntax of package regexp;
// the first use panics when it is none.
func NewPattern(text string) Pattern {
	return Pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// MatchString reports whether s contains a match.
func (p Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindStringSubmatch returns the leftmost match in s and those of its groups,
// nil for none.
func (p Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// FindAllString returns the first n matches in s, all when n is negative.
func (p Pattern) FindAllString(s string, n int) []string { return p.compiled().FindAllString(s, n) }

// ReplaceAllString returns s with to, in which $1 means a group, in the place of
// all matches.
func (p Pattern) ReplaceAllString(s, to string) string { return p.compiled().ReplaceAllString(s, to) }
