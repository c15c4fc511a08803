package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// tagCounts says how many carry a tag.
type tagCounts struct {
	TotalResourceCount   int `cty:"total_resource_count"   is:"computed" doc:"Number of resources that carry it."`
	DropletsCount        int `cty:"droplets_count"         is:"computed" doc:"Number of droplets that carry it."`
	ImagesCount          int `cty:"images_count"           is:"computed" doc:"Number of images that carry it."`
	VolumesCount         int `cty:"volumes_count"          is:"computed" doc:"Number of volumes that carry it."`
	VolumeSnapshotsCount int `cty:"volume_snapshots_count" is:"computed" doc:"Number of volume snapshots that carry it."`
	DatabasesCount       int `cty:"databases_count"        is:"computed" doc:"Number of database clusters that carry it."`
}

type tag struct {
	ID   string `cty:"id"   is:"computed"         doc:"Name of the tag."`
	Name string `cty:"name" is:"required,replace" doc:"Name: letters, digits, colons, dashes, underscores."`
	tagCounts
}

var tagType = providers.Resource[*client, tag]{
	Type:    "digitalocean_tag",
	Doc:     "A name under which resources are grouped.",
	Create:  createTag,
	Read:    readTag,
	Delete:  deleteTag,
	List:    listTags,
	Check:   checkTag,
	Again:   true,
	Natural: func(x tag) string { return strings.ToLower(x.Name) },
	Given:   func(x tag) bool { return isMark(x.Name) || isKubernetesTag(x.Name) },
	Examples: []string{
		`resource "digitalocean_tag" "example" {
  name = "ml"
}`,
		`resource "digitalocean_tag" "example" {
  name = "ml:training"
}`,
	},
}

func createTag(ctx context.Context, c *client, x *tag, _ providers.Attempt) error {
	got, _, err := c.Tags.Create(ctx, &godo.TagCreateRequest{Name: x.Name})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readTag(ctx context.Context, c *client, x *tag) error {
	got, _, err := c.Tags.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func deleteTag(ctx context.Context, c *client, x tag) error {
	_, err := c.Tags.Delete(ctx, x.ID)
	return gone(err)
}

// listTags leaves out marks: they are nobody's to manage.
func listTags(ctx context.Context, c *client, _ tag) iter.Seq2[tag, error] {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.Tag, *godo.Response, error) {
		tags, resp, err := c.Tags.List(ctx, opt)
		return slices.DeleteFunc(tags, func(t godo.Tag) bool { return isMark(t.Name) }), resp, err
	}
	return pages(ctx, fetch, (*tag).fill)
}

func (x *tag) fill(got *godo.Tag) error {
	x.ID = got.Name
	if !strings.EqualFold(x.Name, got.Name) {
		x.Name = got.Name
	}
	r := got.Resources
	if r == nil {
		return nil
	}
	x.TotalResourceCount = r.Count
	if r.Droplets != nil {
		x.DropletsCount = r.Droplets.Count
	}
	if r.Images != nil {
		x.ImagesCount = r.Images.Count
	}
	if r.Volumes != nil {
		x.VolumesCount = r.Volumes.Count
	}
	if r.VolumeSnapshots != nil {
		x.VolumeSnapshotsCount = r.VolumeSnapshots.Count
	}
	if r.Databases != nil {
		x.DatabasesCount = r.Databases.Count
	}
	return nil
}

func checkTag(_ *tag, want tag) error { return checkTags([]string{want.Name}) }

var tagName = providers.NewPattern(`^[a-zA-Z0-9:_-]{1,255}$`)

// checkTags refuses names that the API refuses, and those of marks.
func checkTags(names []string) error {
	for _, name := range names {
		if !tagName.MatchString(name) {
			return fmt.Errorf("tag %q: only letters, digits, colons, dashes and underscores, at most 255", name)
		}
		if isMark(name) {
			return fmt.Errorf("tag %q: names that start with %s or %s are mlinfra's own", name, providers.TokenPrefix, providers.OwnerPrefix)
		}
	}
	return nil
}

// retag gives r the tags of want in place of those of got, which may hold a
// mark. It returns ErrAgain when there was something to do.
func retag(ctx context.Context, c *client, r godo.Resource, got, want []string) error {
	have := userTags(got)
	var done error
	for _, name := range without(have, want) {
		_, err := c.Tags.UntagResources(ctx, name, &godo.UntagResourcesRequest{Resources: []godo.Resource{r}})
		if err != nil && classify(err).Kind != providers.Gone {
			return err
		}
		done = providers.ErrAgain
	}
	for _, name := range without(want, have) {
		// The tag may exist in another spelling, which is the one to use.
		t, _, err := c.Tags.Create(ctx, &godo.TagCreateRequest{Name: name})
		if err != nil {
			return err
		}
		if _, err := c.Tags.TagResources(ctx, t.Name, &godo.TagResourcesRequest{Resources: []godo.Resource{r}}); err != nil {
			return err
		}
		done = providers.ErrAgain
	}
	return done
}

// without returns the tags of a that are not in b, whatever their case.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return spelling(b, name) != "" })
}

// respelled returns got with the tags that have knows spelled as there. The
// API keeps the case in which a tag was first made.
func respelled(have, got []string) []string {
	out := slices.Clone(got)
	for i, name := range out {
		if known := spelling(have, name); known != "" {
			out[i] = known
		}
	}
	return out
}

// spelling returns how tags spells name, "" if it is not among them.
func spelling(tags []string, name string) string {
	if i := slices.IndexFunc(tags, func(t string) bool { return strings.EqualFold(t, name) }); i >= 0 {
		return tags[i]
	}
	return ""
}
