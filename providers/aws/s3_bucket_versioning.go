package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type s3BucketVersioning struct {
	ID            string         `cty:"id"                       is:"computed"         doc:"Name of the bucket."`
	Bucket        string         `cty:"bucket"                   is:"required,replace" doc:"Name of the bucket."`
	Configuration []s3Versioning `cty:"versioning_configuration" is:"required,max=1"   doc:"Whether old versions of objects are kept."`
}

type s3Versioning struct {
	Status string `cty:"status" is:"required" doc:"Enabled, Suspended, or Disabled if it was never enabled."`
}

// The states of versioning. Disabled is Terraform's word for never enabled.
const (
	versioningEnabled   = "Enabled"
	versioningSuspended = "Suspended"
	versioningDisabled  = "Disabled"
)

var s3BucketVersioningType = providers.Resource[*client, s3BucketVersioning]{
	Type:   "aws_s3_bucket_versioning",
	Doc:    "Whether a bucket keeps old versions of its objects.",
	Create: createS3BucketVersioning,
	Read:   readS3BucketVersioning,
	Update: updateS3BucketVersioning,
	Delete: deleteS3BucketVersioning,
	List:   onlySetting(readS3BucketVersioning),
	Within: func(x s3BucketVersioning) string { return x.Bucket },
	Check:  checkS3BucketVersioning,
	Lock:   func(x s3BucketVersioning) string { return bucketLock(x.Bucket) },
	Again:  true,
	Grace:  settling,
	Examples: []string{
		exampleBucket + `

resource "aws_s3_bucket_versioning" "example" {
  bucket = aws_s3_bucket.example.id

  versioning_configuration {
    status = "Enabled"
  }
}`,
		exampleBucket + `

resource "aws_s3_bucket_versioning" "example" {
  bucket = aws_s3_bucket.example.id

  versioning_configuration {
    status = "Suspended"
  }
}`,
	},
}

// exampleBucket is what the examples of a bucket's settings stand on.
const exampleBucket = `resource "aws_s3_bucket" "example" {
  bucket = "mlinfra-example-artifacts"
}`

func createS3BucketVersioning(ctx context.Context, c *client, x *s3BucketVersioning, _ providers.Attempt) error {
	if err := putVersioning(ctx, c, x.Bucket, x.status()); err != nil {
		return err
	}
	x.ID = x.Bucket
	return nil
}

// putVersioning leaves a bucket alone that is to stay as it was made.
func putVersioning(ctx context.Context, c *client, bucket, status string) error {
	if status == versioningDisabled {
		return nil
	}
	_, err := c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &bucket, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatus(status)},
	})
	return err
}

// readS3BucketVersioning takes versioning that was on, and is not any more, for
// gone: that is all that deleting it does.
func readS3BucketVersioning(ctx context.Context, c *client, x *s3BucketVersioning) error {
	bucket := cmp.Or(x.ID, x.Bucket)
	got, err := c.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	if err != nil {
		return gone(err)
	}
	status := cmp.Or(string(got.Status), versioningDisabled)
	if x.status() == versioningEnabled && status != versioningEnabled {
		return providers.ErrGone
	}
	x.ID, x.Bucket, x.Configuration = bucket, bucket, []s3Versioning{{Status: status}}
	return nil
}

func updateS3BucketVersioning(ctx context.Context, c *client, was s3BucketVersioning, x *s3BucketVersioning) error {
	x.ID = was.ID
	return putVersioning(ctx, c, was.Bucket, x.status())
}

// deleteS3BucketVersioning suspends it, the most that S3 allows, and nothing at
// all under object lock. There is nothing to wait for.
func deleteS3BucketVersioning(ctx context.Context, c *client, x s3BucketVersioning) error {
	if x.status() == versioningEnabled {
		err := putVersioning(ctx, c, x.Bucket, versioningSuspended)
		if err != nil && codeOf(err) != "InvalidBucketState" {
			return gone(err)
		}
	}
	return providers.ErrGone
}

func (x s3BucketVersioning) status() string {
	if len(x.Configuration) == 0 {
		return ""
	}
	return x.Configuration[0].Status
}

func checkS3BucketVersioning(was *s3BucketVersioning, want s3BucketVersioning) error {
	switch want.status() {
	case versioningEnabled, versioningSuspended:
		return nil
	case versioningDisabled:
		if was != nil && was.Bucket == want.Bucket && was.status() != versioningDisabled {
			return errors.New(`status "Disabled": versioning that was enabled can only be suspended; write status = "Suspended"`)
		}
		return nil
	}
	return fmt.Errorf("status %q is none of Enabled, Suspended and Disabled", want.status())
}
