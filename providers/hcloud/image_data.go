package hcloud

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

// imageFacts is what data sources show of an image beside what names it.
type imageFacts struct {
	Type         string            `cty:"type"         is:"computed" doc:"Kind: system, app, snapshot or backup."`
	Description  string            `cty:"description"  is:"computed" doc:"Free text."`
	Created      string            `cty:"created"      is:"computed" doc:"Time of creation, RFC 3339."`
	OSFlavor     string            `cty:"os_flavor"    is:"computed" doc:"Distribution, such as debian."`
	OSVersion    string            `cty:"os_version"   is:"computed" doc:"Version of the distribution."`
	Architecture string            `cty:"architecture" is:"computed" doc:"Architecture that it is for: x86 or arm."`
	RapidDeploy  bool              `cty:"rapid_deploy" is:"computed" doc:"Whether servers start from it quickly."`
	Deprecated   string            `cty:"deprecated"   is:"computed" doc:"When it was declared deprecated, RFC 3339."`
	Labels       map[string]string `cty:"labels"       is:"computed" doc:"Labels of the user."`
}

type image struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the image."`
	Name string `cty:"name" is:"computed" doc:"Name of an image of the system."`
	imageFacts

	status  string
	created time.Time
}

// imageList lists all images, deprecated ones too.
var imageList = providers.Resource[*client, image]{Type: "hcloud_image", List: listAllImages}

type imageLookup struct {
	ID                string   `cty:"id"                 is:"default"      doc:"Number of the image."`
	Name              string   `cty:"name"               is:"default"      doc:"Name of an image of the system, such as debian-12."`
	Selector          string   `cty:"selector"           is:"optional"     doc:"Deprecated name of with_selector."`
	WithSelector      string   `cty:"with_selector"      is:"optional"     doc:"Label selector that only this image matches."`
	WithStatus        []string `cty:"with_status"        is:"optional,set" doc:"States of which it has one: creating, available."`
	WithArchitecture  string   `cty:"with_architecture"  is:"else=x86"     doc:"Architecture of an image by name: x86 or arm."`
	MostRecent        bool     `cty:"most_recent"        is:"optional"     doc:"Whether the newest is meant where several match."`
	IncludeDeprecated bool     `cty:"include_deprecated" is:"optional"     doc:"Whether deprecated images count."`
	imageFacts
}

var imageData = providers.DataSource[*client, imageLookup]{
	Type: "hcloud_image",
	Doc:  "An image by id, name or labels.",
	Read: lookUpImage,
	Examples: []string{
		`data "hcloud_image" "example" {
  name              = "debian-12"
  with_architecture = "arm"
}`,
	},
}

func lookUpImage(ctx context.Context, c *client, x *imageLookup) error {
	selector := cmp.Or(x.WithSelector, x.Selector)
	all, err := sought(ctx, c, imageList, c.listImages, selector, (*image).fill)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(i image) bool {
		return x.ID == "" && (i.Architecture != x.WithArchitecture || !i.passes(x.WithStatus, x.IncludeDeprecated))
	})
	found, err := one(all, newest(x.MostRecent, image.createdAt),
		key[image]{"id", x.ID, func(i image) string { return i.ID }},
		key[image]{"name", x.Name, func(i image) string { return i.Name }},
		key[image]{"with_selector", selector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

// passes reports whether i has one of the states, or there are none, and whether it
// may be deprecated.
func (i image) passes(states []string, deprecated bool) bool {
	return (len(states) == 0 || slices.Contains(states, i.status)) && (deprecated || i.Deprecated == "")
}

func (i image) createdAt() time.Time { return i.created }

func listAllImages(ctx context.Context, c *client, _ image) iter.Seq2[image, error] {
	return pages(ctx, c.listImages, "", (*image).fill)
}

func (i *image) fill(got *hcloud.Image) error {
	*i = image{
		ID: text(got.ID), Name: got.Name, status: string(got.Status), created: got.Created, imageFacts: imageFacts{
			Type: string(got.Type), Description: got.Description, Created: rfc3339(got.Created), OSFlavor: got.OSFlavor,
			OSVersion: got.OSVersion, Architecture: string(got.Architecture), RapidDeploy: got.RapidDeploy,
		},
	}
	if d := got.Deprecation; d != nil {
		i.Deprecated = rfc3339(d.Announced)
	}
	i.Labels, _ = userLabels(got.Labels)
	return nil
}

func (c *client) listImages(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Image, *hcloud.Response, error) {
	return c.Image.List(ctx, hcloud.ImageListOpts{ListOpts: o, IncludeDeprecated: true})
}
