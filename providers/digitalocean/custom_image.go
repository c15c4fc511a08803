package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type customImage struct {
	providers.Aside

	ID            string   `cty:"id"             is:"computed"               doc:"Number of the image, for image of a droplet."`
	Name          string   `cty:"name"           is:"required"               doc:"Name of the image."`
	URL           string   `cty:"url"            is:"required,replace,blind" doc:"Where it is fetched: raw, qcow2, VHDX, VDI or VMDK; gzip or bzip2."`
	Regions       []string `cty:"regions"        is:"required,set"           doc:"Slugs of the regions that have it; none can be taken away."`
	Description   string   `cty:"description"    is:"optional"               doc:"Free text."`
	Distribution  string   `cty:"distribution"   is:"else=Unknown"           doc:"Distribution of the system, such as Ubuntu."`
	Tags          []string `cty:"tags"           is:"optional,set,ref=digitalocean_tag.name" doc:"Names of tags; they need not exist."`
	ImageID       int      `cty:"image_id"       is:"computed"               doc:"Number of the image."`
	Type          string   `cty:"type"           is:"computed"               doc:"Always custom."`
	Slug          string   `cty:"slug"           is:"computed"               doc:"Slug of the image; custom images have none."`
	Public        bool     `cty:"public"         is:"computed"               doc:"Whether everybody can use it."`
	MinDiskSize   int      `cty:"min_disk_size"  is:"computed"               doc:"Size in GB that a disk needs to hold it."`
	SizeGigabytes float64  `cty:"size_gigabytes" is:"computed"               doc:"Size in GB."`
	Status        string   `cty:"status"         is:"computed"               doc:"State: NEW, pending, available, deleted or retired."`
	CreatedAt     string   `cty:"created_at"     is:"computed"               doc:"Time of creation, RFC 3339."`
}

var customImageType = providers.Resource[*client, customImage]{
	Type:     "digitalocean_custom_image",
	Doc:      "An image for droplets that is fetched from a URL.",
	Create:   createCustomImage,
	Read:     readCustomImage,
	Update:   updateCustomImage,
	Delete:   deleteCustomImage,
	Find:     findCustomImage,
	List:     listCustomImages,
	Mark:     providers.InTags,
	Check:    checkCustomImage,
	Replaces: replacesCustomImage,
	Explain: map[string]string{
		"url":     "an image is fetched once; droplets that were made of it stay as they are",
		"regions": "the API cannot take an image out of a region; keep the region, or make another image",
	},
	Grace:   lag,
	Normal:  func(x *customImage) { x.Regions = lowered(x.Regions) },
	Natural: func(x customImage) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_custom_image" "example" {
  name    = "flatcar"
  url     = "https://stable.release.flatcar-linux.net/amd64-usr/current/flatcar_production_digitalocean_image.bin.bz2"
  regions = ["fra1"]
}`,
		`resource "digitalocean_custom_image" "example" {
  name         = "flatcar-stable"
  url          = "https://stable.release.flatcar-linux.net/amd64-usr/current/flatcar_production_digitalocean_image.bin.bz2"
  regions      = ["fra1", "ams3"]
  description  = "Flatcar for workers."
  distribution = "CoreOS"
  tags         = ["ml"]
}`,
		`resource "digitalocean_custom_image" "example" {
  name    = "flatcar-beta"
  url     = "https://beta.release.flatcar-linux.net/amd64-usr/current/flatcar_production_digitalocean_image.bin.bz2"
  regions = ["ams3"]
  tags    = ["ml"]
}`,
	},
}

// createCustomImage has it fetched into one region. From there it is copied to
// the others, by Update.
func createCustomImage(ctx context.Context, c *client, x *customImage, a providers.Attempt) error {
	regions := slices.Sorted(slices.Values(x.Regions))
	got, _, err := c.Images.Create(ctx, &godo.CustomImageCreateRequest{
		Name: x.Name, Url: x.URL, Region: regions[0], Distribution: x.Distribution, Description: x.Description, Tags: marked(x.Tags, a),
	})
	if err != nil {
		return err
	}
	x.fill(got)
	if len(regions) > 1 {
		return providers.ErrAgain
	}
	return nil
}

func readCustomImage(ctx context.Context, c *client, x *customImage) error {
	got, err := fetchCustomImage(ctx, c, x.ID)
	if err != nil {
		return err
	}
	x.fill(got)
	return fetched(got)
}

// updateCustomImage copies it to one more region at a time, then changes what
// describes it.
func updateCustomImage(ctx context.Context, c *client, was customImage, x *customImage) error {
	x.ID = was.ID // what has just been created does not know it
	got, err := fetchCustomImage(ctx, c, was.ID)
	if err != nil {
		return err
	}
	for _, region := range x.Regions {
		if !slices.Contains(got.Regions, region) {
			return again(c.ImageActions.Transfer(ctx, got.ID, &godo.ActionRequest{"type": "transfer", "region": region}))
		}
	}
	if got.Name != x.Name || got.Distribution != x.Distribution || got.Description != x.Description {
		if err := describeImage(ctx, c, got.ID, x); err != nil {
			return err
		}
		return providers.ErrAgain
	}
	if err := retag(ctx, c, godo.Resource{ID: was.ID, Type: godo.ImageResourceType}, got.Tags, x.Tags); err != nil {
		return err
	}
	x.fill(got)
	return nil
}

// describeImage sends a description also when it is empty, which godo's own
// request does not.
func describeImage(ctx context.Context, c *client, id int, x *customImage) error {
	return call(ctx, c, "PUT", fmt.Sprintf("v2/images/%d", id), map[string]string{
		"name": x.Name, "distribution": x.Distribution, "description": x.Description,
	}, nil)
}

// deleteCustomImage leaves one alone whose import has failed: the API shows it
// as deleted, refuses to delete it, and may show it for long.
func deleteCustomImage(ctx context.Context, c *client, x customImage) error {
	got, err := fetchCustomImage(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if got.Status == "deleted" {
		return providers.ErrGone
	}
	_, err = c.Images.Delete(ctx, got.ID)
	return gone(err)
}

func findCustomImage(ctx context.Context, c *client, x *customImage, a providers.Attempt) (bool, error) {
	byTag := func(ctx context.Context, opt *godo.ListOptions) ([]godo.Image, *godo.Response, error) {
		return c.Images.ListByTag(ctx, a.Token, opt)
	}
	for got, err := range pages(ctx, byTag, whole[godo.Image]) {
		if err != nil {
			return false, err
		}
		if got.Name == x.Name && !a.Known(strconv.Itoa(got.ID)) {
			x.fill(&got)
			return true, fetched(&got)
		}
	}
	return false, nil
}

func listCustomImages(ctx context.Context, c *client, _ customImage) iter.Seq2[customImage, error] {
	return func(yield func(customImage, error) bool) {
		for got, err := range pages(ctx, c.Images.ListUser, whole[godo.Image]) {
			var x customImage
			if err == nil {
				if got.Type != "custom" || got.Status == "deleted" {
					continue
				}
				x.fill(&got)
				err = fetched(&got)
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

func fetchCustomImage(ctx context.Context, c *client, id string) (*godo.Image, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	got, _, err := c.Images.GetByID(ctx, n)
	return got, gone(err)
}

// fetched returns ErrNotReady while an image is being fetched. The API shows
// one that it has given up, and one that was deleted, as deleted.
func fetched(got *godo.Image) error {
	switch {
	case got.Status == "deleted" && got.ErrorMessage != "":
		return fmt.Errorf("the import has failed: %s: %w", sentence(got.ErrorMessage), providers.ErrBroken)
	case got.Status == "deleted":
		return providers.ErrGone
	case got.Status != "available" && got.Status != "retired":
		return providers.ErrNotReady
	}
	return nil
}

func (x *customImage) fill(got *godo.Image) {
	if len(got.Regions) > 0 {
		x.Regions = got.Regions // none until it has been fetched
	}
	x.ID, x.ImageID, x.Name, x.Type, x.Slug = strconv.Itoa(got.ID), got.ID, got.Name, got.Type, got.Slug
	x.Public, x.MinDiskSize, x.SizeGigabytes = got.Public, got.MinDiskSize, got.SizeGigaBytes
	x.Description, x.Distribution, x.Status, x.CreatedAt = got.Description, got.Distribution, got.Status, got.Created
	x.Tags, x.Owner = respelled(x.Tags, userTags(got.Tags)), ownerOf(got.Tags)
}

// replacesCustomImage: an image cannot be taken out of a region.
func replacesCustomImage(was, want customImage) []string {
	for _, region := range was.Regions {
		if !slices.Contains(want.Regions, region) {
			return []string{"regions"}
		}
	}
	return nil
}

// imageDistributions are what the API takes.
var imageDistributions = []string{
	"Arch Linux", "CentOS", "CoreOS", "Debian", "Fedora", "Fedora Atomic", "FreeBSD", "Gentoo", "openSUSE",
	"RancherOS", "Rocky Linux", "Ubuntu", "Unknown",
}

func checkCustomImage(_ *customImage, want customImage) error {
	u, err := url.Parse(want.URL)
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case len(want.Regions) == 0:
		return errors.New("regions must name at least one region, such as fra1")
	case err != nil || !slices.Contains([]string{"http", "https", "ftp"}, u.Scheme) || u.Host == "":
		return fmt.Errorf("url %q is not a URL such as https://example.com/image.qcow2: DigitalOcean fetches the image itself", want.URL)
	case !slices.Contains(imageDistributions, want.Distribution):
		return fmt.Errorf("distribution %q is none of %s", want.Distribution, strings.Join(imageDistributions, ", "))
	}
	return checkTags(want.Tags)
}

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}
