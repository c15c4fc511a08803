package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// imageAsked is an image as a droplet names it, which droplets share a look at: no
// type of its own.
type imageAsked struct {
	Image string
	Got   godo.Image
}

var imageAskedType = providers.Resource[*client, imageAsked]{
	Type:   "image of digitalocean_droplet",
	List:   listImageAsked,
	Within: func(x imageAsked) string { return x.Image },
}

func listImageAsked(ctx context.Context, c *client, in imageAsked) iter.Seq2[imageAsked, error] {
	return func(yield func(imageAsked, error) bool) {
		var got *godo.Image
		id, err := strconv.Atoi(in.Image)
		if err == nil {
			got, _, err = c.Images.GetByID(ctx, id)
		} else {
			got, _, err = c.Images.GetBySlug(ctx, in.Image)
		}
		switch {
		case gone(err) == providers.ErrGone:
		case err != nil:
			yield(in, err)
		default:
			yield(imageAsked{in.Image, *got}, nil)
		}
	}
}

// foreseeImage refuses what imageFault finds. What cannot be looked at is left to
// the API.
func foreseeImage(ctx context.Context, c *client, want droplet, disk int) error {
	why, err := imageFault(ctx, c, want, disk)
	if err != nil || why == "" {
		return unlessFatal(err)
	}
	return errors.New(why)
}

// imageFault says of the image of a new droplet that there is none, that it is not
// in the region or that it does not fit on a disk of so many GB, 0 for any; "" when
// nothing is wrong with it.
func imageFault(ctx context.Context, c *client, want droplet, disk int) (string, error) {
	if want.Image == "" {
		return "", nil
	}
	for x, err := range providers.All(ctx, c, imageAskedType, imageAsked{Image: want.Image}) {
		if err != nil {
			return "", err
		}
		return x.unusable(want.Region, disk), nil
	}
	if _, err := strconv.Atoi(want.Image); err == nil {
		return fmt.Sprintf("there is no image %s in this account: it may be deleted, or another account's", want.Image), nil
	}
	slugs, err := publicSlugs(ctx, c)
	return fmt.Sprintf("there is no image %q.%s The data source digitalocean_images lists all", want.Image, meant(want.Image, slugs)), err
}

// unusable says why x cannot be started in a region, which may be a prefix or
// empty, or on a disk; "" when it can.
func (x imageAsked) unusable(region string, disk int) string {
	in := func(r string) bool { return strings.HasPrefix(r, region) }
	switch {
	case region != "" && len(x.Got.Regions) > 0 && !slices.ContainsFunc(x.Got.Regions, in):
		return fmt.Sprintf("image %s is not in %s, only in %s: transfer it there first, or start in one of these", x.Image, region, strings.Join(slices.Sorted(slices.Values(x.Got.Regions)), ", "))
	case disk > 0 && x.Got.MinDiskSize > disk:
		return fmt.Sprintf("image %s needs a disk of %d GB and the size has one of %d GB: choose a larger size", x.Image, x.Got.MinDiskSize, disk)
	}
	return ""
}

// publicSlugs returns the slugs of the images that everybody can use.
func publicSlugs(ctx context.Context, c *client) (slugs []string, err error) {
	for _, list := range []func(context.Context, *godo.ListOptions) ([]godo.Image, *godo.Response, error){c.Images.ListDistribution, c.Images.ListApplication} {
		for got, err := range pages(ctx, list, whole[godo.Image]) {
			if err != nil {
				return nil, err
			}
			slugs = append(slugs, got.Slug)
		}
	}
	return slugs, nil
}

// meant returns a sentence, after a space, with the known word that may have been
// meant; "" when none is near.
func meant(given string, known []string) string {
	if best := providers.Nearest(given, known); best != "" {
		return fmt.Sprintf(" Did you mean %q?", best)
	}
	return ""
}

// unlessFatal returns err, nil for nil, unless it says that asking is of no use, as without the
// scope for it, or where nothing answers at that path: then the API itself will refuse, or not.
func unlessFatal(err error) error {
	var api *godo.ErrorResponse
	nobody := errors.As(err, &api) && api.Response != nil && api.Response.StatusCode == http.StatusNotFound
	if err == nil || nobody || classify(err).Kind == providers.Fatal {
		return nil
	}
	return err
}
