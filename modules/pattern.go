package modules

import (
	"regexp"
	"sync"
)

// pattern returns a regular expression that is compiled when it is first used:
// most runs install no module.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
