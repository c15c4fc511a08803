package digitalocean

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// inRegion returns a Foresee that refuses a region that DigitalOcean does not have,
// for types whose own options nothing lists. The zero region is not known, or not
// asked for. Whether the region has room is left to the API, and so is all when the
// list cannot be had.
func inRegion[T any](of func(T) string) func(context.Context, *client, *T, T) error {
	return func(ctx context.Context, c *client, was *T, want T) error {
		if of(want) == "" || was != nil && of(*was) == of(want) {
			return nil
		}
		var slugs []string
		for r, err := range providers.All(ctx, c, regionList, region{}) {
			if err != nil {
				return unlessFatal(err)
			}
			slugs = append(slugs, r.Slug)
		}
		return amongRegions(slugs, of(want))
	}
}

// amongRegions refuses a region that is none of slugs; an empty list says nothing.
func amongRegions(slugs []string, region string) error {
	if len(slugs) == 0 || slices.Contains(slugs, strings.ToLower(region)) {
		return nil
	}
	slices.Sort(slugs)
	return fmt.Errorf("region %q is not there.%s There are %s", region, meant(region, slugs), strings.Join(slugs, ", "))
}
