package google

import (
	"fmt"
	"slices"
	"strings"
)

// An import names an object by its path, or leaves out of it what the provider
// block says. Such a path has gaps, as in projects//zones//disks/data, which
// locate fills.

// importPath returns the path that an id means. The pattern is a full path with
// capitals for what differs; an id is such a path, or only what differs with
// slashes in between, of which the last needed must be there.
func importPath(pattern, id string, needed int) (string, error) {
	words, given := strings.Split(pattern, "/"), strings.Split(path(id), "/")
	var gaps []int
	for i, word := range words {
		if isGap(word) {
			gaps = append(gaps, i)
		}
	}
	missing := len(gaps) - len(given)
	switch {
	case slices.Contains(given, ""):
	case follows(words, given):
		return path(id), nil
	case missing >= 0 && len(given) >= needed && given[0] != "projects":
		for n, i := range gaps {
			words[i] = ""
			if n >= missing {
				words[i] = given[n-missing]
			}
		}
		return strings.Join(words, "/"), nil
	}
	return "", fmt.Errorf("%q is not the path %s, nor its last parts: %s", id, pattern, spellings(words, gaps, needed))
}

func isGap(word string) bool { return word == strings.ToUpper(word) }

// follows reports whether a path is one of the pattern.
func follows(words, given []string) bool {
	return slices.EqualFunc(words, given, func(word, part string) bool { return isGap(word) || word == part })
}

// spellings returns the short forms of a path, such as ZONE/NAME, NAME.
func spellings(words []string, gaps []int, needed int) string {
	var forms []string
	for first := range len(gaps) - needed + 1 {
		var form []string
		for _, i := range gaps[first:] {
			form = append(form, words[i])
		}
		forms = append(forms, strings.Join(form, "/"))
	}
	return strings.Join(forms, ", ")
}

// locate fills the gaps of a path with the provider's project, region and zone.
func (c *client) locate(id *string) error {
	for _, place := range []struct {
		word string
		of   func(string) (string, error)
	}{{"projects", c.project}, {"regions", c.region}, {"zones", c.zone}} {
		gap := place.word + "//"
		if !strings.Contains(*id, gap) {
			continue
		}
		name, err := place.of("")
		if err != nil {
			return err
		}
		*id = strings.Replace(*id, gap, place.word+"/"+name+"/", 1)
	}
	return nil
}
