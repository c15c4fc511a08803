package digitalocean

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesLogging struct {
	ID           string `cty:"id"            is:"computed"         doc:"Name of the bucket."`
	Region       string `cty:"region"        is:"required,replace,ref=digitalocean_spaces_bucket.region" doc:"Slug of the bucket's region, such as fra1."`
	Bucket       string `cty:"bucket"        is:"required,replace,ref=digitalocean_spaces_bucket,ref=digitalocean_spaces_bucket.name" doc:"Name of the bucket."`
	TargetBucket string `cty:"target_bucket" is:"required,ref=digitalocean_spaces_bucket,ref=digitalocean_spaces_bucket.name"         doc:"Bucket of the region that the logs go to."`
	TargetPrefix string `cty:"target_prefix" is:"required"         doc:"Start of the keys of logs, such as logs/."`
}

var spacesLoggingType = providers.Resource[*client, spacesLogging]{
	Type:     "digitalocean_spaces_bucket_logging",
	Doc:      "A log of the requests to a bucket, kept in another one.",
	Create:   createSpacesLogging,
	Read:     readSpacesLogging,
	Update:   updateSpacesLogging,
	Delete:   deleteSpacesLogging,
	List:     onlySetting(readSpacesLogging),
	Import:   importSpacesLogging,
	ImportID: func(x spacesLogging) string { return x.Region + "," + x.Bucket },
	Within:   func(x spacesLogging) string { return within(x.Region, x.Bucket) },
	Natural:  func(x spacesLogging) string { return x.Bucket },
	Spell:    func(was spacesLogging, x *spacesLogging) { keepRegion(was.Region, &x.Region) },
	Check:    checkSpacesLogging,
	Lock:     func(x spacesLogging) string { return spacesLock(x.Bucket) },
	Again:    true,
	Examples: []string{
		exampleLogged + `

resource "digitalocean_spaces_bucket_logging" "example" {
  region        = digitalocean_spaces_bucket.ml.region
  bucket        = digitalocean_spaces_bucket.ml.id
  target_bucket = digitalocean_spaces_bucket.logs.id
  target_prefix = "artifacts/"
}`,
		exampleLogged + `

resource "digitalocean_spaces_bucket_logging" "example" {
  region        = digitalocean_spaces_bucket.ml.region
  bucket        = digitalocean_spaces_bucket.ml.id
  target_bucket = digitalocean_spaces_bucket.logs.id
  target_prefix = "requests/artifacts/"
}`,
	},
}

const exampleLogged = exampleSpace + `

resource "digitalocean_spaces_bucket" "logs" {
  name   = "mlinfra-example-logs"
  region = "fra1"
}`

func createSpacesLogging(ctx context.Context, c *client, x *spacesLogging, _ providers.Attempt) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	to := &types.LoggingEnabled{TargetBucket: &x.TargetBucket, TargetPrefix: &x.TargetPrefix}
	if err := putLogging(ctx, s, bucket, to); err != nil {
		return ofBucket(err)
	}
	x.ID = *bucket
	return nil
}

func putLogging(ctx context.Context, s *s3.Client, bucket *string, to *types.LoggingEnabled) error {
	_, err := s.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: to}})
	return err
}

// readSpacesLogging takes a bucket that logs nowhere for one without the setting.
func readSpacesLogging(ctx context.Context, c *client, x *spacesLogging) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	got, err := s.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: bucket})
	switch {
	case err != nil:
		return gone(err)
	case got.LoggingEnabled == nil:
		return providers.ErrGone
	}
	x.ID, x.Bucket = *bucket, *bucket
	x.TargetBucket, x.TargetPrefix = aws.ToString(got.LoggingEnabled.TargetBucket), aws.ToString(got.LoggingEnabled.TargetPrefix)
	return nil
}

func updateSpacesLogging(ctx context.Context, c *client, was spacesLogging, x *spacesLogging) error {
	x.ID = was.ID
	return createSpacesLogging(ctx, c, x, providers.Attempt{})
}

// deleteSpacesLogging puts an empty setting: there is no call that deletes it.
func deleteSpacesLogging(ctx context.Context, c *client, x spacesLogging) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	return gone(putLogging(ctx, s, bucket, nil))
}

func importSpacesLogging(id string) (spacesLogging, error) {
	region, bucket, err := importSetting(id)
	return spacesLogging{ID: bucket, Region: region}, err
}

func checkSpacesLogging(_ *spacesLogging, x spacesLogging) error {
	if x.TargetBucket == "" {
		return errors.New("target_bucket must not be empty")
	}
	return checkSpacesRegion(x.Region)
}
