package fake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of tags.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagParam is a tag as a parameter. A nil value is not the same as an empty one.
type tagParam struct {
	Key   *string
	Value *string
}

// tagSpec are the tags for what a call makes of one type.
type tagSpec struct {
	ResourceType string     `q:",required"`
	Tags         []tagParam `q:"Tag"`
}

// tagged is the parameter of calls that make something.
type tagged struct {
	Specs []tagSpec `q:"TagSpecification"`
}

// tagView is a tag in an answer.
type tagView struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

func tagViews(tags map[string]string) set[tagView] {
	return setOf(sortedKeys(tags), func(k string) tagView { return tagView{k, tags[k]} })
}

// readTags checks the tags of a call that creates.
func readTags(tags []tagParam) (map[string]string, error) {
	out := map[string]string{}
	for _, t := range tags {
		if t.Key == nil || *t.Key == "" {
			return nil, badValue("Tag key cannot be null or empty.")
		}
		if t.Value == nil {
			return nil, badValue("Tag value cannot be null. Use empty string instead.")
		}
		if err := checkTag(*t.Key, *t.Value); err != nil {
			return nil, err
		}
		if _, twice := out[*t.Key]; twice {
			return nil, badValue("Duplicate tag key '%s' specified.", *t.Key)
		}
		out[*t.Key] = *t.Value
	}
	return out, checkTagCount(out)
}

func checkTag(key, value string) error {
	switch {
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return badValue("Tag keys starting with 'aws:' are reserved for internal use")
	case utf8.RuneCountInString(key) > maxTagKey:
		return badValue("Tag key exceeds the maximum length of %d characters", maxTagKey)
	case utf8.RuneCountInString(value) > maxTagValue:
		return badValue("Tag value exceeds the maximum length of %d characters", maxTagValue)
	}
	return nil
}

func checkTagCount(tags map[string]string) error {
	if len(tags) > maxTags {
		return refusal("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
	}
	return nil
}

// forTypes returns the tags by the resource types a call can make.
func (t tagged) forTypes(types ...string) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	for _, s := range t.Specs {
		if !slices.Contains(types, s.ResourceType) {
			return nil, badValue("'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		if out[s.ResourceType] != nil {
			return nil, badValue("The resource type '%s' is specified more than once.", s.ResourceType)
		}
		if len(s.Tags) == 0 {
			return nil, badValue("Tag specification must have at least one tag")
		}
		tags, err := readTags(s.Tags)
		if err != nil {
			return nil, err
		}
		out[s.ResourceType] = tags
	}
	return out, nil
}

// forType returns the tags of a call that makes one type.
func (t tagged) forType(name string) (map[string]string, error) {
	all, err := t.forTypes(name)
	return all[name], err
}

func (c *Cloud) tagOperations() map[string]operation {
	return map[string]operation{"CreateTags": c.createTags, "DeleteTags": c.deleteTags, "DescribeTags": c.describeTags}
}

// resources are all taggable objects that can be seen, in the order they were made.
func (c *Cloud) resources(q *call) []resource {
	var out []resource
	for _, t := range c.s.EC2.kinds() {
		for _, o := range t.Objects() {
			if r, ok := o.(resource); ok && r.kind().tagType != "" && c.seen(q, r) {
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, func(a, b resource) int { return cmp.Compare(a.common().Serial, b.common().Serial) })
	return out
}

// taggables returns the resources with ids, or the refusal of the first that is not there.
func (c *Cloud) taggables(q *call, ids []string) ([]resource, error) {
	all := c.resources(q)
	var out []resource
	for _, id := range ids {
		i := slices.IndexFunc(all, func(r resource) bool { return r.Key() == id })
		if i < 0 {
			return nil, unknownAny(id)
		}
		out = append(out, all[i])
	}
	return out, nil
}

// unknownAny refuses an id of a kind that its prefix tells.
func unknownAny(id string) error {
	for _, r := range []resource{(*vpc)(nil), (*subnet)(nil), (*internetGateway)(nil), (*natGateway)(nil), (*routeTable)(nil),
		(*address)(nil), (*securityGroup)(nil), (*groupRule)(nil), (*keyPair)(nil), (*networkInterface)(nil),
		(*instance)(nil), (*spotRequest)(nil), (*volume)(nil)} {
		if strings.HasPrefix(id, r.kind().prefix+"-") {
			return r.kind().unknown(id)
		}
	}
	return refusal("InvalidID", "The ID '%s' is not valid", id)
}

func (c *Cloud) createTags(q *call) (any, error) {
	var in struct {
		IDs  []string   `q:"ResourceId,required"`
		Tags []tagParam `q:"Tag,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readTags(in.Tags)
	if err != nil {
		return nil, err
	}
	found, err := c.taggables(q, in.IDs)
	if err != nil {
		return nil, err
	}
	merged := make([]map[string]string, len(found))
	for i, r := range found {
		merged[i] = map[string]string{}
		maps.Copy(merged[i], r.common().Tags)
		maps.Copy(merged[i], tags)
		if err := checkTagCount(merged[i]); err != nil {
			return nil, err
		}
	}
	for i, r := range found {
		r.common().Tags = merged[i]
	}
	return done{true}, nil
}

// deleteTags takes tags by key, by key and value, or all of them when none is named.
func (c *Cloud) deleteTags(q *call) (any, error) {
	var in struct {
		IDs  []string   `q:"ResourceId,required"`
		Tags []tagParam `q:"Tag"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	for _, t := range in.Tags {
		if t.Key == nil || *t.Key == "" {
			return nil, badValue("Tag key cannot be null or empty.")
		}
	}
	found, err := c.taggables(q, in.IDs)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		maps.DeleteFunc(r.common().Tags, func(k, v string) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(t tagParam) bool {
				return *t.Key == k && (t.Value == nil || *t.Value == v)
			})
		})
	}
	return done{true}, nil
}

// tagLine is a tag in the answer of DescribeTags.
type tagLine struct {
	Key   string `xml:"key"`
	ID    string `xml:"resourceId"`
	Type  string `xml:"resourceType"`
	Value string `xml:"value"`
}

func (c *Cloud) describeTags(q *call) (any, error) {
	var in listing
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var lines []tagLine
	for _, r := range c.resources(q) {
		for _, k := range sortedKeys(r.common().Tags) {
			lines = append(lines, tagLine{k, r.Key(), r.kind().tagType, r.common().Tags[k]})
		}
	}
	f := fields[tagLine]{
		"key": one(func(l tagLine) string { return l.Key }), "value": func(l tagLine) []string { return []string{l.Value} },
		"resource-id": one(func(l tagLine) string { return l.ID }), "resource-type": one(func(l tagLine) string { return l.Type }),
	}
	lines, err := matchAny(lines, in.Filters, func(name string) func(tagLine) []string {
		key, ok := strings.CutPrefix(name, "tag:")
		if !ok {
			return f[name]
		}
		return func(l tagLine) []string {
			if l.Key == key {
				return []string{l.Value}
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	part, next, err := page(lines, in, 1000, func(i int, _ tagLine) int { return i + 1 })
	if err != nil {
		return nil, err
	}
	return struct {
		Tags set[tagLine] `xml:"tagSet"`
		Next string       `xml:"nextToken,omitempty"`
	}{set[tagLine]{part}, next}, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
