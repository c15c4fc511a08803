package digitalocean

import (
	"context"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type images struct {
	ID      string       `cty:"id"     is:"computed"     doc:"Always images."`
	Filters []listFilter `cty:"filter" is:"optional,set" doc:"What an image has to match; all of them count."`
	Sorts   []listSort   `cty:"sort"   is:"optional"     doc:"What the images are ordered by, most important first."`
	Images  []imageRow   `cty:"images" is:"computed"     doc:"The images that match: public ones, snapshots, backups and custom ones."`
}

// imageFacts is what data sources show of an image beside what names it.
type imageFacts struct {
	Image         string   `cty:"image"          is:"computed"     doc:"Number of the image, for the attribute of droplets."`
	Type          string   `cty:"type"           is:"computed"     doc:"Kind: base, snapshot, backup, custom or admin."`
	Distribution  string   `cty:"distribution"   is:"computed"     doc:"Distribution of the system."`
	Description   string   `cty:"description"    is:"computed"     doc:"Free text."`
	Private       bool     `cty:"private"        is:"computed"     doc:"Whether it belongs to the account."`
	MinDiskSize   int      `cty:"min_disk_size"  is:"computed"     doc:"Size in GB that a disk needs to hold it."`
	SizeGigabytes float64  `cty:"size_gigabytes" is:"computed"     doc:"Size in GB."`
	Regions       []string `cty:"regions"        is:"computed,set" doc:"Slugs of the regions that have it."`
	Tags          []string `cty:"tags"           is:"computed,set" doc:"Names of its tags."`
	Status        string   `cty:"status"         is:"computed"     doc:"State: NEW, available, pending, deleted or retired."`
	ErrorMessage  string   `cty:"error_message"  is:"computed"     doc:"Why an import has failed."`
	Created       string   `cty:"created"        is:"computed"     doc:"Time of creation, RFC 3339."`
}

type imageRow struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the image."`
	Slug string `cty:"slug" is:"computed" doc:"Slug of the image, such as ubuntu-24-04-x64."`
	Name string `cty:"name" is:"computed" doc:"Name of the image."`
	imageFacts
}

var imagesData = providers.DataSource[*client, images]{
	Type: "digitalocean_images",
	Doc:  "The images that droplets can start from.",
	Read: readImages,
	Examples: []string{
		`data "digitalocean_images" "example" {
  filter {
    key    = "distribution"
    values = ["Ubuntu"]
  }

  filter {
    key    = "regions"
    values = ["fra1"]
  }

  sort {
    key       = "created"
    direction = "desc"
  }
}`,
	},
}

func readImages(ctx context.Context, c *client, x *images) (err error) {
	x.ID = "images"
	x.Images, err = selected(pages(ctx, c.Images.List, (*imageRow).fill), x.Filters, x.Sorts)
	return err
}

func (x *imageRow) fill(got *godo.Image) error {
	id := strconv.Itoa(got.ID)
	*x = imageRow{
		ID: id, Slug: got.Slug, Name: got.Name, imageFacts: imageFacts{
			Image: id, Type: got.Type, Distribution: got.Distribution, Description: got.Description, Private: !got.Public,
			MinDiskSize: got.MinDiskSize, SizeGigabytes: got.SizeGigaBytes, Regions: got.Regions, Tags: userTags(got.Tags),
			Status: got.Status, ErrorMessage: got.ErrorMessage, Created: got.Created,
		},
	}
	return nil
}
