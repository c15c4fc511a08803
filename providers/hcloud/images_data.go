package hcloud

import (
	"context"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type images struct {
	ID                string   `cty:"id"                 is:"computed"     doc:"Always images."`
	WithSelector      string   `cty:"with_selector"      is:"optional"     doc:"Label selector that the images match; absent means all."`
	WithStatus        []string `cty:"with_status"        is:"optional,set" doc:"States of which they have one: creating, available."`
	WithArchitecture  []string `cty:"with_architecture"  is:"optional,set" doc:"Architectures that they are for: x86, arm; absent means all."`
	MostRecent        bool     `cty:"most_recent"        is:"optional"     doc:"Whether the newest come first."`
	IncludeDeprecated bool     `cty:"include_deprecated" is:"optional"     doc:"Whether deprecated images count."`
	Images            []image  `cty:"images"             is:"computed"     doc:"The images that match."`
}

var imagesData = providers.DataSource[*client, images]{
	Type: "hcloud_images",
	Doc:  "The images of the system and of the project.",
	Read: readImages,
	Examples: []string{
		`data "hcloud_images" "example" {
  with_architecture = ["arm"]
  most_recent       = true
}`,
	},
}

func readImages(ctx context.Context, c *client, x *images) error {
	all, err := sought(ctx, c, imageList, c.listImages, x.WithSelector, (*image).fill)
	x.ID = "images"
	x.Images = slices.DeleteFunc(all, func(i image) bool {
		return !i.passes(x.WithStatus, x.IncludeDeprecated) || len(x.WithArchitecture) > 0 && !slices.Contains(x.WithArchitecture, i.Architecture)
	})
	if x.MostRecent {
		newestFirst(x.Images, image.createdAt)
	}
	return err
}
