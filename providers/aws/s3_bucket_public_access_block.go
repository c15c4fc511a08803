package aws

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type s3BucketPublicAccessBlock struct {
	ID                    string `cty:"id"                      is:"computed"         doc:"Name of the bucket."`
	Bucket                string `cty:"bucket"                  is:"required,replace" doc:"Name of the bucket."`
	BlockPublicACLs       bool   `cty:"block_public_acls"       is:"else=false"       doc:"Whether new public ACLs are refused."`
	BlockPublicPolicy     bool   `cty:"block_public_policy"     is:"else=false"       doc:"Whether new public policies are refused."`
	IgnorePublicACLs      bool   `cty:"ignore_public_acls"      is:"else=false"       doc:"Whether public ACLs have no effect."`
	RestrictPublicBuckets bool   `cty:"restrict_public_buckets" is:"else=false"       doc:"Whether public policies let only the account in."`
}

var s3BucketPublicAccessBlockType = providers.Resource[*client, s3BucketPublicAccessBlock]{
	Type:   "aws_s3_bucket_public_access_block",
	Doc:    "What keeps a bucket from being public by mistake.",
	Create: createS3BucketPublicAccessBlock,
	Read:   readS3BucketPublicAccessBlock,
	Update: updateS3BucketPublicAccessBlock,
	Delete: deleteS3BucketPublicAccessBlock,
	List:   onlySetting(readS3BucketPublicAccessBlock),
	Within: func(x s3BucketPublicAccessBlock) string { return x.Bucket },
	Lock:   func(x s3BucketPublicAccessBlock) string { return bucketLock(x.Bucket) },
	Again:  true,
	Grace:  settling,
	Examples: []string{
		exampleBucket + `

resource "aws_s3_bucket_public_access_block" "example" {
  bucket = aws_s3_bucket.example.id
}`,
		exampleBucket + `

resource "aws_s3_bucket_public_access_block" "example" {
  bucket                  = aws_s3_bucket.example.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}`,
	},
}

func createS3BucketPublicAccessBlock(ctx context.Context, c *client, x *s3BucketPublicAccessBlock, _ providers.Attempt) error {
	if err := x.put(ctx, c); err != nil {
		return err
	}
	x.ID = x.Bucket
	return nil
}

func readS3BucketPublicAccessBlock(ctx context.Context, c *client, x *s3BucketPublicAccessBlock) error {
	bucket := cmp.Or(x.ID, x.Bucket)
	got, err := c.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &bucket})
	if err != nil {
		return gone(err)
	}
	b := got.PublicAccessBlockConfiguration
	if b == nil {
		return providers.ErrGone
	}
	x.ID, x.Bucket = bucket, bucket
	x.BlockPublicACLs, x.BlockPublicPolicy = aws.ToBool(b.BlockPublicAcls), aws.ToBool(b.BlockPublicPolicy)
	x.IgnorePublicACLs, x.RestrictPublicBuckets = aws.ToBool(b.IgnorePublicAcls), aws.ToBool(b.RestrictPublicBuckets)
	return nil
}

func updateS3BucketPublicAccessBlock(ctx context.Context, c *client, was s3BucketPublicAccessBlock, x *s3BucketPublicAccessBlock) error {
	x.ID = was.ID
	return x.put(ctx, c)
}

func deleteS3BucketPublicAccessBlock(ctx context.Context, c *client, x s3BucketPublicAccessBlock) error {
	_, err := c.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &x.Bucket})
	return gone(err)
}

func (x s3BucketPublicAccessBlock) put(ctx context.Context, c *client) error {
	_, err := c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &x.Bucket, PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &x.BlockPublicACLs, BlockPublicPolicy: &x.BlockPublicPolicy,
			IgnorePublicAcls: &x.IgnorePublicACLs, RestrictPublicBuckets: &x.RestrictPublicBuckets,
		},
	})
	return err
}
