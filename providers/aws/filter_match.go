package aws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// filterable is what the filters of one Describe call of EC2 compare, by their
// names. Beside these every kind has tag:KEY and tag-key.
type filterable[S any] struct {
	tags     func(*S) []ec2types.Tag
	texts    map[string]func(*S) []string
	switches map[string]func(*S) *bool
}

// know reports whether all filters can be told here as the API does. A switch
// is compared with true and false only: what the API makes of another word it
// has to say itself.
func (f filterable[S]) know(filters []ec2types.Filter) bool {
	for _, by := range filters {
		name := aws.ToString(by.Name)
		_, isSwitch := f.switches[name]
		other := func(v string) bool { return v != "true" && v != "false" }
		switch {
		case len(by.Values) == 0:
			return false
		case isSwitch && slices.ContainsFunc(by.Values, other):
			return false
		case !isSwitch && f.texts[name] == nil && name != "tag-key" && !strings.HasPrefix(name, "tag:"):
			return false
		}
	}
	return true
}

// pass reports whether x passes all filters, which f has to know: each by any
// of its values.
func (f filterable[S]) pass(x *S, filters []ec2types.Filter) bool {
	for _, by := range filters {
		patterns := by.Values
		has := f.values(x, aws.ToString(by.Name))
		if !slices.ContainsFunc(has, func(value string) bool {
			return slices.ContainsFunc(patterns, func(p string) bool { return like(p, value) })
		}) {
			return false
		}
	}
	return true
}

// values returns what x has of the name of a filter.
func (f filterable[S]) values(x *S, name string) []string {
	if get := f.texts[name]; get != nil {
		return get(x)
	}
	if get := f.switches[name]; get != nil {
		if aws.ToBool(get(x)) {
			return []string{"true"}
		}
		return []string{"false"}
	}
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		own := slices.DeleteFunc(slices.Clone(f.tags(x)), func(t ec2types.Tag) bool { return aws.ToString(t.Key) != key })
		return allOf(own, func(t ec2types.Tag) *string { return t.Value })
	}
	return allOf(f.tags(x), func(t ec2types.Tag) *string { return t.Key })
}

// text returns a value of the API as a list; an absent one is no value, and an
// empty one is one.
func text(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}

// allOf returns what get finds in list.
func allOf[T any](list []T, get func(T) *string) []string {
	var all []string
	for _, x := range list {
		all = append(all, text(get(x))...)
	}
	return all
}

// like reports whether s has the form of pattern, in which * stands for any
// characters, ? for one, and a backslash takes away the meaning of the next.
func like(pattern, s string) bool {
	form, escaped := `(?s)\A`, false
	for _, r := range pattern {
		switch {
		case escaped:
			form, escaped = form+regexp.QuoteMeta(string(r)), false
		case r == '\\':
			escaped = true
		case r == '*':
			form += ".*"
		case r == '?':
			form += "."
		default:
			form += regexp.QuoteMeta(string(r))
		}
	}
	if escaped {
		form += `\\` // nothing follows: it stands for itself
	}
	return regexp.MustCompile(form + `\z`).MatchString(s)
}
