package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// labels are those of an object.
type labels map[string]string

var (
	labelKey   = providers.NewPattern(`^([a-zA-Z0-9]([a-zA-Z0-9._-]{0,251}[a-zA-Z0-9])?/)?[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$`)
	labelValue = providers.NewPattern(`^([a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?)?$`)
)

func (l labels) check() error {
	for key, value := range l {
		if !labelKey.MatchString(key) || strings.HasPrefix(key, "hetzner.cloud/") {
			return invalid("labels", "label key '%s' is not correctly formatted", key)
		}
		if !labelValue.MatchString(value) {
			return invalid("labels", "label value '%s' (key: %s) is not correctly formatted", value, key)
		}
	}
	return nil
}

// shown is l as the API writes it: never null.
func (l labels) shown() labels {
	if l == nil {
		return labels{}
	}
	return l
}

// selector is what labels have to be like; all of its terms count.
type selector []term

// term is one demand on the label with a key.
type term struct {
	key    string
	values []string // any of these; nil for any at all
	not    bool
}

func (s selector) matches(l labels) bool {
	for _, t := range s {
		value, has := l[t.key]
		met := has && (t.values == nil || slices.Contains(t.values, value))
		if met == t.not {
			return false
		}
	}
	return true
}

// parseSelector reads a label selector, such as "env=prod,tier in (a,b),!old".
func parseSelector(text string) (selector, error) {
	var s selector
	for _, part := range splitTerms(text) {
		t, ok := parseTerm(strings.TrimSpace(part))
		if !ok || !labelKey.MatchString(t.key) || slices.ContainsFunc(t.values, func(v string) bool { return !labelValue.MatchString(v) }) {
			return nil, invalid("label_selector", "invalid label selector: %q", text)
		}
		s = append(s, t)
	}
	return s, nil
}

// splitTerms splits at the commas that are in no parentheses.
func splitTerms(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	depth := 0
	return splitFunc(text, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return r == ',' && depth == 0
	})
}

// splitFunc is strings.FieldsFunc that keeps what is empty.
func splitFunc(text string, at func(rune) bool) []string {
	var parts []string
	start := 0
	for i, r := range text {
		if at(r) {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func parseTerm(text string) (term, bool) {
	if key, value, ok := strings.Cut(text, "!="); ok {
		return term{strings.TrimSpace(key), []string{strings.TrimSpace(value)}, true}, true
	}
	if key, value, ok := strings.Cut(text, "="); ok {
		value = strings.TrimPrefix(value, "=") // == is = too
		return term{strings.TrimSpace(key), []string{strings.TrimSpace(value)}, false}, true
	}
	if open := strings.Index(text, "("); open >= 0 {
		words := strings.Fields(text[:open])
		if len(words) != 2 || !strings.HasSuffix(text, ")") || words[1] != "in" && words[1] != "notin" {
			return term{}, false
		}
		t := term{key: words[0], not: words[1] == "notin"}
		for _, v := range strings.Split(text[open+1:len(text)-1], ",") {
			t.values = append(t.values, strings.TrimSpace(v))
		}
		return t, true
	}
	key, not := strings.CutPrefix(text, "!")
	return term{key: key, not: not}, true
}
