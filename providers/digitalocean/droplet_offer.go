package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// What a droplet can be made of is told by the list of sizes, up to what is out
// of stock: that, only a create finds out.

// foreseeDroplet refuses a size that the list does not offer in the region, or
// that is too small for the disk that there is, and an image that cannot be
// started. A list that cannot be had, and a size that is not in it, are left to
// the API.
func foreseeDroplet(ctx context.Context, c *client, was *droplet, want droplet) error {
	if want.Size == "" || (was != nil && was.Size == want.Size) {
		return nil
	}
	all, err := offers(ctx, c)
	if err != nil {
		return unlessFatal(err)
	}
	if was != nil {
		return cmp.Or(holdsDisk(all, was.Disk, want.Size), offered(all, want.Size, want.Region))
	}
	if err := cmp.Or(checkPartition(all, want), offered(all, want.Size, want.Region)); err != nil {
		return err
	}
	s, _ := sizeNamed(all, want.Size)
	return foreseeImage(ctx, c, want, s.Disk)
}

// advised adds to the refusal of a create for the size of x which sizes and
// regions there are, and to one for its image which there is.
func advised(ctx context.Context, c *client, x *droplet, refusal error) error {
	var api *godo.ErrorResponse
	if !errors.As(refusal, &api) || api.Response == nil || api.Response.StatusCode != http.StatusUnprocessableEntity {
		return refusal
	}
	if strings.Contains(strings.ToLower(api.Message), "image") {
		if why, err := imageFault(ctx, c, *x, 0); err == nil && why != "" {
			return &providers.CallError{Message: explain(api) + "; " + why, Err: refusal}
		}
		return refusal
	}
	if !aboutStock(api.Message) {
		return refusal
	}
	all, err := offers(ctx, c)
	if err != nil {
		return refusal
	}
	if text := alternatives(all, x.Size, x.Region); text != "" {
		return &providers.CallError{Message: explain(api) + ". " + text, Err: refusal}
	}
	return refusal
}

// aboutStock reports whether a refusal is for the size and not, say, the image.
func aboutStock(message string) bool {
	message = strings.ToLower(message)
	has := func(word string) bool { return strings.Contains(message, word) }
	return !has("image") && (has("size") || has("capacity") || has("stock"))
}

func offers(ctx context.Context, c *client) (all []size, err error) {
	for s, err := range providers.All(ctx, c, sizeList, size{}) {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// offered returns why no droplet of a size can be made in a region, which may be
// a prefix or empty; nil when one can.
func offered(all []size, slug, region string) error {
	s, listed := sizeNamed(all, slug)
	switch {
	case !listed || (s.Available && s.in(region)):
		return nil
	case !slices.ContainsFunc(all, func(s size) bool { return s.in(region) }):
		return amongRegions(regionsOf(all), region)
	case !s.Available:
		return fmt.Errorf("size %s is not available at present. %s", slug, alternatives(all, slug, region))
	}
	return fmt.Errorf("size %s is not offered in %s. %s", slug, region, alternatives(all, slug, region))
}

func sizeNamed(all []size, slug string) (size, bool) {
	i := slices.IndexFunc(all, func(s size) bool { return s.Slug == slug })
	if i < 0 {
		return size{}, false
	}
	return all[i], true
}

// in reports whether s is offered in a region, or in one that it begins.
func (s size) in(region string) bool {
	return region == "" || slices.ContainsFunc(s.Regions, func(r string) bool { return strings.HasPrefix(r, region) })
}

func (s size) model() string {
	if len(s.GPUInfo) == 0 {
		return ""
	}
	return s.GPUInfo[0].Model
}

// maxAlternatives is how many sizes a message names.
const maxAlternatives = 5

// alternatives says where else a size is offered, and what is like it where it
// was asked for; "" when nothing is known of either.
func alternatives(all []size, slug, region string) string {
	s, listed := sizeNamed(all, slug)
	if !listed {
		return "There is no size " + slug + " in the list of sizes." + meant(slug, slugsOf(all))
	}
	var texts []string
	others := slices.DeleteFunc(slices.Clone(s.Regions), func(r string) bool { return strings.HasPrefix(r, region) && region != "" })
	slices.Sort(others)
	if s.Available && len(others) > 0 {
		texts = append(texts, fmt.Sprintf("%s is offered in %s", slug, strings.Join(others, ", ")))
	}
	if like := s.like(all, region); len(like) > 0 {
		texts = append(texts, fmt.Sprintf("%s has %s: %s", region, s.kind(), strings.Join(like, ", ")))
	} else if region != "" {
		texts = append(texts, fmt.Sprintf("%s has no other size %s", region, s.kind()))
	}
	return strings.Join(texts, "; ")
}

func slugsOf(all []size) (slugs []string) {
	for _, s := range all {
		slugs = append(slugs, s.Slug)
	}
	return slugs
}

// regionsOf returns the regions that have any size.
func regionsOf(all []size) (slugs []string) {
	for _, s := range all {
		slugs = append(slugs, s.Regions...)
	}
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

// amongRegions refuses a region that is none of slugs; an empty list says nothing.
func amongRegions(slugs []string, region string) error {
	if len(slugs) == 0 || slices.Contains(slugs, strings.ToLower(region)) {
		return nil
	}
	slices.Sort(slugs)
	return fmt.Errorf("region %q is not there.%s There are %s", region, meant(region, slugs), strings.Join(slugs, ", "))
}

// kind names what sizes like s have.
func (s size) kind() string {
	if m := s.model(); m != "" {
		return "with GPU " + m
	}
	kind := "dedicated"
	if s.shared() {
		kind = "shared"
	}
	if s.VCPUs == 1 {
		return "with 1 " + kind + " vCPU"
	}
	return fmt.Sprintf("with %d %s vCPUs", s.VCPUs, kind)
}

// shared reports whether others use the same CPUs: those of the Basic family.
func (s size) shared() bool { return strings.HasPrefix(s.Slug, "s-") }

// like returns sizes that are offered in a region and have the GPU of s, or as
// many vCPUs of the same kind, the nearest in price first.
func (s size) like(all []size, region string) []string {
	var like []size
	for _, o := range all {
		same := o.model() == s.model() && (s.model() != "" || o.VCPUs == s.VCPUs && o.shared() == s.shared())
		if same && o.Slug != s.Slug && o.Available && region != "" && o.in(region) {
			like = append(like, o)
		}
	}
	far := func(o size) float64 { return max(o.PriceMonthly-s.PriceMonthly, s.PriceMonthly-o.PriceMonthly) }
	slices.SortStableFunc(like, func(a, b size) int { return cmp.Compare(far(a), far(b)) })
	var out []string
	for _, o := range like[:min(len(like), maxAlternatives)] {
		out = append(out, fmt.Sprintf("%s (%g USD a month)", o.Slug, o.PriceMonthly))
	}
	return out
}

// checkPartition refuses a way of splitting the GPU that the size does not have.
func checkPartition(all []size, want droplet) error {
	s, listed := sizeNamed(all, want.Size)
	if want.GPUPartitionMode == "" || !listed {
		return nil
	}
	var modes []string
	for _, g := range s.GPUInfo {
		modes = append(modes, g.SupportedPartitionModes...)
	}
	switch {
	case len(modes) == 0:
		return fmt.Errorf("gpu_partition_mode %q: size %s cannot split its GPU: drop it", want.GPUPartitionMode, want.Size)
	case !slices.Contains(modes, want.GPUPartitionMode):
		return fmt.Errorf("gpu_partition_mode %q is none of those of size %s: %s", want.GPUPartitionMode, want.Size, strings.Join(modes, ", "))
	}
	return nil
}
