package aws

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mlinfra/mlinfra/providers"
)

type s3BucketPolicy struct {
	ID     string `cty:"id"     is:"computed"         doc:"Name of the bucket."`
	Bucket string `cty:"bucket" is:"required,replace" doc:"Name of the bucket."`
	Policy string `cty:"policy" is:"required"         doc:"Policy in JSON; its spelling does not matter."`
}

// bucketPolicySize is the most that S3 takes.
const bucketPolicySize = 20 << 10

var s3BucketPolicyType = providers.Resource[*client, s3BucketPolicy]{
	Type:   "aws_s3_bucket_policy",
	Doc:    "Who may do what with a bucket and its objects.",
	Create: createS3BucketPolicy,
	Read:   readS3BucketPolicy,
	Update: updateS3BucketPolicy,
	Delete: deleteS3BucketPolicy,
	List:   onlySetting(readS3BucketPolicy),
	Within: func(x s3BucketPolicy) string { return x.Bucket },
	Normal: func(x *s3BucketPolicy) { x.Policy = normalPolicy(x.Policy) },
	Check: func(_ *s3BucketPolicy, want s3BucketPolicy) error {
		return checkPolicy("policy", want.Policy, bucketPolicySize)
	},
	Lock:  func(x s3BucketPolicy) string { return bucketLock(x.Bucket) },
	Again: true,
	Grace: settling,
	Examples: []string{
		exampleBucket + `

resource "aws_s3_bucket_policy" "example" {
  bucket = aws_s3_bucket.example.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.example.arn, "${aws_s3_bucket.example.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = false } }
    }]
  })
}`,
		exampleBucket + `

resource "aws_s3_bucket_policy" "example" {
  bucket = aws_s3_bucket.example.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:DeleteObject*"
      Resource  = "${aws_s3_bucket.example.arn}/models/*"
    }]
  })
}`,
	},
}

func createS3BucketPolicy(ctx context.Context, c *client, x *s3BucketPolicy, _ providers.Attempt) error {
	if err := x.put(ctx, c); err != nil {
		return err
	}
	x.ID = x.Bucket
	return nil
}

func readS3BucketPolicy(ctx context.Context, c *client, x *s3BucketPolicy) error {
	bucket := cmp.Or(x.ID, x.Bucket)
	got, err := c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if err != nil {
		return gone(err)
	}
	x.ID, x.Bucket, x.Policy = bucket, bucket, normalPolicy(aws.ToString(got.Policy))
	return nil
}

func updateS3BucketPolicy(ctx context.Context, c *client, was s3BucketPolicy, x *s3BucketPolicy) error {
	x.ID = was.ID
	return x.put(ctx, c)
}

func deleteS3BucketPolicy(ctx context.Context, c *client, x s3BucketPolicy) error {
	_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &x.Bucket})
	return gone(err)
}

func (x s3BucketPolicy) put(ctx context.Context, c *client) error {
	_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &x.Bucket, Policy: &x.Policy})
	return err
}
