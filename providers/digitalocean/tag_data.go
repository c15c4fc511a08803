package digitalocean

import (
	"context"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type tagLookup struct {
	ID   string `cty:"id"   is:"computed" doc:"Name of the tag, as it was first written."`
	Name string `cty:"name" is:"required" doc:"Name of the tag, in any case."`
	tagCounts
}

var tagData = providers.DataSource[*client, tagLookup]{
	Type: "digitalocean_tag",
	Doc:  "A tag by its name.",
	Read: lookUpTag,
	Examples: []string{
		`resource "digitalocean_tag" "example" {
  name = "ml"
}

data "digitalocean_tag" "example" {
  name = digitalocean_tag.example.name
}`,
	},
}

func lookUpTag(ctx context.Context, c *client, x *tagLookup) error {
	for t, err := range providers.All(ctx, c, tagType, tag{}) {
		if err != nil {
			return err
		}
		if strings.EqualFold(t.Name, x.Name) {
			name := x.Name
			providers.Shape(x, t)
			x.Name = name // as it is configured
			return nil
		}
	}
	return fmt.Errorf("there is no tag %q", x.Name)
}

type tags struct {
	ID      string       `cty:"id"     is:"computed"     doc:"Always tags."`
	Filters []listFilter `cty:"filter" is:"optional,set" doc:"What a tag has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"   is:"optional"     doc:"What the tags are ordered by, most important first."`
	Tags    []tagRow     `cty:"tags"   is:"computed"     doc:"The tags that match; not those that mlinfra marks with."`
}

type tagRow struct {
	Name string `cty:"name" is:"computed" doc:"Name of the tag."`
	tagCounts
}

var tagsData = providers.DataSource[*client, tags]{
	Type: "digitalocean_tags",
	Doc:  "The tags of the account.",
	Read: readTags,
	Examples: []string{
		`resource "digitalocean_tag" "example" {
  name = "ml"
}

data "digitalocean_tags" "example" {
  filter {
    key      = "name"
    values   = ["ml"]
    match_by = "substring"
  }

  sort {
    key       = "total_resource_count"
    direction = "desc"
  }

  depends_on = [digitalocean_tag.example]
}`,
	},
}

func readTags(ctx context.Context, c *client, x *tags) (err error) {
	x.ID = "tags"
	x.Tags, err = selected(shapedAs[tagRow](providers.All(ctx, c, tagType, tag{})), x.Filters, x.Sorts)
	return err
}
