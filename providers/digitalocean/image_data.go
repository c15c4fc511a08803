package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type image struct {
	ID     string `cty:"id"     is:"default"   doc:"Number of the image."`
	Slug   string `cty:"slug"   is:"default"   doc:"Slug of the image, such as ubuntu-24-04-x64."`
	Name   string `cty:"name"   is:"default"   doc:"Name of the image."`
	Source string `cty:"source" is:"else=user" doc:"Where a name is sought: all, applications, distributions or user."`
	imageFacts
}

var imageData = providers.DataSource[*client, image]{
	Type: "digitalocean_image",
	Doc:  "An image by id, by slug or by name.",
	Read: lookUpImage,
	Examples: []string{
		`data "digitalocean_image" "example" {
  slug = "ubuntu-24-04-x64"
}`,
	},
}

func lookUpImage(ctx context.Context, c *client, x *image) error {
	got, err := fetchImage(ctx, c, *x)
	if err != nil {
		return err
	}
	var row imageRow
	if err := row.fill(got); err != nil {
		return err
	}
	providers.Shape(x, row)
	return nil
}

func fetchImage(ctx context.Context, c *client, x image) (got *godo.Image, err error) {
	switch {
	case x.ID != "":
		id, err := number(x.ID)
		if err != nil {
			return nil, err
		}
		got, _, err = c.Images.GetByID(ctx, id)
		return got, err
	case x.Slug != "":
		got, _, err = c.Images.GetBySlug(ctx, x.Slug)
		return got, err
	case x.Name != "":
		return imageNamed(ctx, c, x)
	}
	return nil, errors.New("one of id, slug and name has to be set")
}

func imageNamed(ctx context.Context, c *client, x image) (*godo.Image, error) {
	fetch := c.Images.ListUser
	switch strings.ToLower(x.Source) {
	case "user":
	case "all":
		fetch = c.Images.List
	case "applications":
		fetch = c.Images.ListApplication
	case "distributions":
		fetch = c.Images.ListDistribution
	default:
		return nil, fmt.Errorf("source %q is none of all, applications, distributions and user", x.Source)
	}
	var found []godo.Image
	for got, err := range pages(ctx, fetch, whole[godo.Image]) {
		if err != nil {
			return nil, err
		}
		if got.Name == x.Name {
			found = append(found, got)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d images of source %s are named %q, exactly one has to be", len(found), x.Source, x.Name)
	}
	return &found[0], nil
}
