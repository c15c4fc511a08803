package fake

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// iamTag is a tag of an IAM object. Keys differ in more than their case.
type iamTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// readIAMTags checks the tags of a call.
func readIAMTags(in []tagParam) ([]iamTag, error) {
	var out []iamTag
	for i, t := range in {
		at := "tags." + itoa(i+1) + ".member."
		switch {
		case t.Key == nil || t.Value == nil:
			return nil, refusal("ValidationError", "1 validation error detected: Value null at '%skey' failed to satisfy constraint: Member must not be null", at)
		case *t.Key == "" || utf8.RuneCountInString(*t.Key) > maxTagKey:
			return nil, invalidMember(at+"key", *t.Key, "Member must have length between 1 and 128")
		case utf8.RuneCountInString(*t.Value) > maxTagValue:
			return nil, invalidMember(at+"value", *t.Value, "Member must have length less than or equal to 256")
		case strings.HasPrefix(strings.ToLower(*t.Key), "aws:"):
			return nil, refusal("InvalidInput", "aws: prefixed tag key names are not allowed for external use.")
		case findTag(out, *t.Key) >= 0:
			return nil, refusal("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		out = append(out, iamTag{*t.Key, *t.Value})
	}
	if len(out) > maxTags {
		return nil, invalidMember("tags", itoa(len(out)), "Member must have length less than or equal to 50")
	}
	return out, nil
}

func findTag(tags []iamTag, key string) int {
	return slices.IndexFunc(tags, func(t iamTag) bool { return strings.EqualFold(t.Key, key) })
}

// tagIAM adds tags to m, or changes their values.
func (m *iamMeta) tagIAM(in []tagParam) error {
	tags, err := readIAMTags(in)
	if err != nil {
		return err
	}
	out := slices.Clone(m.Tags)
	for _, t := range tags {
		if i := findTag(out, t.Key); i >= 0 {
			out[i] = t
			continue
		}
		out = append(out, t)
	}
	if len(out) > maxTags {
		return limitExceeded("The number of tags has reached the maximum limit.")
	}
	m.Tags = out
	return nil
}

func (m *iamMeta) untagIAM(keys []string) {
	m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t iamTag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, t.Key) })
	})
}

// tagsView is the answer to a list of tags.
type tagsView struct {
	Tags members[iamTag]
	iamPage
}

// listIAMTags answers a page of m's tags.
func (m *iamMeta) listIAMTags(p pageParams) (any, error) {
	page, end, err := pageOf(p, m.Tags, func(t iamTag) string { return t.Key })
	if err != nil {
		return nil, err
	}
	return tagsView{members[iamTag]{page}, end}, nil
}
