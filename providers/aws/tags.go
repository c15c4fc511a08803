package aws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// markTag names the attempt that has made an object: by it a create is found
// whose answer was lost. It stays, and is no tag of the user's.
const markTag = "mlinfra:attempt"

// ownerTag is the ownership mark: its value is the lineage of the state. It is
// no tag of the user's either.
const ownerTag = "mlinfra:workspace"

// implied merges default_tags into tags_all. Objects are compared by tags_all,
// which the API shows; tags is what the configuration says.
func implied(s settings, t *providers.Type, _, _, want cty.Value) map[string]cty.Value {
	if t.Schema.Attr("tags_all") == nil {
		return nil
	}
	tags := want.GetAttr("tags")
	if !tags.IsKnown() {
		return map[string]cty.Value{"tags_all": cty.UnknownVal(cty.Map(cty.String))}
	}
	all := map[string]cty.Value{}
	for _, d := range s.DefaultTags {
		for key, value := range d.Tags {
			all[key] = cty.StringVal(value)
		}
	}
	if !tags.IsNull() {
		maps.Copy(all, tags.AsValueMap())
	}
	if len(all) == 0 {
		return map[string]cty.Value{"tags_all": cty.MapValEmpty(cty.String)}
	}
	return map[string]cty.Value{"tags_all": cty.MapVal(all)}
}

// tagging is what objects with tags have in common.
type tagging struct {
	Tags    map[string]string `cty:"tags"     is:"optional,blind"        doc:"Tags by key."`
	TagsAll map[string]string `cty:"tags_all" is:"computed,follows=tags" doc:"Tags with the provider's default_tags."`
}

func (t *tagging) bothTags() (tags, all *map[string]string) { return &t.Tags, &t.TagsAll }

// withTags lets read fill in the tags of an object of which only what identifies
// it is known, as at an import: those that default_tags does not give.
func withTags[T any, P interface {
	*T
	bothTags() (tags, all *map[string]string)
}](read func(context.Context, *client, *T) error) func(context.Context, *client, *T) error {
	return func(ctx context.Context, c *client, x *T) error {
		tags, all := P(x).bothTags()
		bare := *all == nil
		err := read(ctx, c, x)
		if bare {
			*tags = c.settings.ownTags(*all)
		}
		return err
	}
}

// ownTags returns tags without what default_tags gives.
func (s settings) ownTags(tags map[string]string) map[string]string {
	own := maps.Clone(tags)
	for _, d := range s.DefaultTags {
		maps.DeleteFunc(own, func(key, value string) bool {
			given, ok := d.Tags[key]
			return ok && given == value
		})
	}
	return own
}

// tagsOf returns the tags of an answer that are the user's; read returns key
// and value of one.
func tagsOf[T any](list []T, read func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, t := range list {
		key, value := read(t)
		if k := aws.ToString(key); k != markTag && k != ownerTag && !strings.HasPrefix(k, "aws:") {
			tags[k] = aws.ToString(value)
		}
	}
	return tags
}

func ec2Tag(t ec2types.Tag) (key, value *string) { return t.Key, t.Value }

// marked returns tags as a list, sorted, with the marks of the attempt and of the
// owner; make makes one.
func marked[T any](tags map[string]string, a providers.Attempt, make func(key, value string) T) []T {
	var list []T
	for _, key := range sortedKeys(tags) {
		list = append(list, make(key, tags[key]))
	}
	if a.Token != "" {
		list = append(list, make(markTag, a.Token))
	}
	if a.Owner != "" {
		list = append(list, make(ownerTag, a.Owner))
	}
	return list
}

func sortedKeys(tags map[string]string) []string { return slices.Sorted(maps.Keys(tags)) }

func newEC2Tag(key, value string) ec2types.Tag {
	return ec2types.Tag{Key: aws.String(key), Value: aws.String(value)}
}

// tagSpec gives tags and marks to what a create of EC2 makes.
func tagSpec(kind ec2types.ResourceType, tags map[string]string, a providers.Attempt) []ec2types.TagSpecification {
	list := marked(tags, a, newEC2Tag)
	if len(list) == 0 {
		return nil
	}
	return []ec2types.TagSpecification{{ResourceType: kind, Tags: list}}
}

// tagged finds what bears the mark of the attempt.
func tagged(a providers.Attempt) []ec2types.Filter {
	return []ec2types.Filter{filter("tag:"+markTag, a.Token)}
}

func filter(name string, values ...string) ec2types.Filter {
	return ec2types.Filter{Name: aws.String(name), Values: values}
}

// found fills x from the first item that bears the mark and has not gone.
func found[S any](items []S, fill func(*S) error) (bool, error) {
	for i := range items {
		if err := fill(&items[i]); !errors.Is(err, providers.ErrGone) {
			return true, err
		}
	}
	return false, nil
}

// retag changes the tags of something of EC2.
func retag(ctx context.Context, c *client, id string, was, want map[string]string) error {
	drop, put := tagChanges(was, want)
	if len(drop) > 0 {
		var tags []ec2types.Tag
		for _, key := range drop {
			tags = append(tags, ec2types.Tag{Key: aws.String(key)})
		}
		if _, err := c.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{id}, Tags: tags}); err != nil {
			return err
		}
	}
	if len(put) > 0 {
		_, err := c.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: marked(put, providers.Attempt{}, newEC2Tag)})
		return err
	}
	return nil
}

// tagChanges returns the keys to drop and the tags to put.
func tagChanges(was, want map[string]string) (drop []string, put map[string]string) {
	put = map[string]string{}
	for _, key := range sortedKeys(was) {
		if _, stays := want[key]; !stays {
			drop = append(drop, key)
		}
	}
	for key, value := range want {
		if old, there := was[key]; !there || old != value {
			put[key] = value
		}
	}
	return drop, put
}
