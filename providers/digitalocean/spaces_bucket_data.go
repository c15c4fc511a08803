package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesBucketLookup struct {
	ID               string `cty:"id"                 is:"computed" doc:"Name of the bucket."`
	Name             string `cty:"name"               is:"required" doc:"Name of the bucket."`
	Region           string `cty:"region"             is:"required" doc:"Slug of the region, such as fra1."`
	URN              string `cty:"urn"                is:"computed" doc:"Uniform resource name."`
	BucketDomainName string `cty:"bucket_domain_name" is:"computed" doc:"Host name of the bucket."`
	Endpoint         string `cty:"endpoint"           is:"computed" doc:"Host name of the region's Spaces."`
}

var spacesBucketData = providers.DataSource[*client, spacesBucketLookup]{
	Type: "digitalocean_spaces_bucket",
	Doc:  "A bucket by its name and region.",
	Read: lookUpSpacesBucket,
	Examples: []string{
		exampleSpace + `

data "digitalocean_spaces_bucket" "example" {
  name   = digitalocean_spaces_bucket.ml.name
  region = digitalocean_spaces_bucket.ml.region
}`,
	},
}

// lookUpSpacesBucket asks for the one: a key may open it without showing it in
// the list.
func lookUpSpacesBucket(ctx context.Context, c *client, x *spacesBucketLookup) error {
	region := strings.ToLower(x.Region)
	if err := checkSpacesRegion(region); err != nil {
		return err
	}
	s, err := c.spaces.in(ctx, region)
	if err != nil {
		return err
	}
	_, err = s.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &x.Name})
	if gone(err) == providers.ErrGone {
		return fmt.Errorf("region %s has no bucket %q", x.Region, x.Name)
	}
	if err != nil {
		return err
	}
	var b spacesBucket
	b.name(region, x.Name)
	*x = spacesBucketLookup{ID: b.ID, Name: b.Name, Region: x.Region, URN: b.URN, BucketDomainName: b.BucketDomainName, Endpoint: b.Endpoint}
	return nil
}

type spacesBucketsLookup struct {
	ID      string              `cty:"id"      is:"computed"     doc:"Always buckets."`
	Filters []listFilter        `cty:"filter"  is:"optional,set" doc:"What a bucket has to match; all of them count."`
	Sorts   []listSort          `cty:"sort"    is:"optional"     doc:"What the buckets are ordered by, most important first."`
	Buckets []foundSpacesBucket `cty:"buckets" is:"computed"     doc:"The buckets that match."`
}

type foundSpacesBucket struct {
	Name             string `cty:"name"               is:"computed" doc:"Name of the bucket."`
	Region           string `cty:"region"             is:"computed" doc:"Slug of the region."`
	URN              string `cty:"urn"                is:"computed" doc:"Uniform resource name."`
	BucketDomainName string `cty:"bucket_domain_name" is:"computed" doc:"Host name of the bucket."`
	Endpoint         string `cty:"endpoint"           is:"computed" doc:"Host name of the region's Spaces."`
}

var spacesBucketsData = providers.DataSource[*client, spacesBucketsLookup]{
	Type: "digitalocean_spaces_buckets",
	Doc:  "The buckets of all regions.",
	Read: lookUpSpacesBuckets,
	Examples: []string{
		`data "digitalocean_spaces_buckets" "example" {
  filter {
    key    = "region"
    values = ["fra1", "ams3"]
  }

  sort {
    key = "name"
  }
}`,
	},
}

func lookUpSpacesBuckets(ctx context.Context, c *client, x *spacesBucketsLookup) (err error) {
	x.ID = "buckets"
	x.Buckets, err = selected(viewed(everySpacesBucket(ctx, c), func(b spacesBucket) foundSpacesBucket {
		return foundSpacesBucket{Name: b.Name, Region: b.Region, URN: b.URN, BucketDomainName: b.BucketDomainName, Endpoint: b.Endpoint}
	}), x.Filters, x.Sorts)
	return err
}

// everySpacesBucket asks all regions at the same time: each knows only its own.
func everySpacesBucket(ctx context.Context, c *client) iter.Seq2[spacesBucket, error] {
	found := make([][]spacesBucket, len(spacesRegions))
	errs := make([]error, len(spacesRegions))
	var wg sync.WaitGroup
	for i, region := range spacesRegions {
		wg.Go(func() {
			for b, err := range providers.All(ctx, c, spacesBucketType, spacesBucket{Region: region}) {
				found[i], errs[i] = append(found[i], b), errors.Join(errs[i], err)
			}
		})
	}
	wg.Wait()
	return func(yield func(spacesBucket, error) bool) {
		if err := errors.Join(errs...); err != nil {
			yield(spacesBucket{}, err)
			return
		}
		for _, list := range found {
			for _, b := range list {
				if !yield(b, nil) {
					return
				}
			}
		}
	}
}
