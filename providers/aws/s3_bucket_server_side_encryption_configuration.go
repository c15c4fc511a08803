package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type s3BucketEncryption struct {
	ID     string             `cty:"id"     is:"computed"         doc:"Name of the bucket."`
	Bucket string             `cty:"bucket" is:"required,replace" doc:"Name of the bucket."`
	Rule   []s3EncryptionRule `cty:"rule"   is:"required,max=1"   doc:"How new objects are encrypted."`
}

type s3EncryptionRule struct {
	Default          []s3EncryptionDefault `cty:"apply_server_side_encryption_by_default" is:"required,max=1" doc:"What is used when an upload names nothing."`
	BucketKeyEnabled bool                  `cty:"bucket_key_enabled"       is:"else=false"  doc:"Whether a key of the bucket saves calls to KMS."`
	Blocked          []string              `cty:"blocked_encryption_types" is:"default,set" doc:"What uploads may not use: SSE-C, or NONE to allow all."`
}

type s3EncryptionDefault struct {
	Algorithm string `cty:"sse_algorithm"     is:"required" doc:"AES256, aws:kms or aws:kms:dsse."`
	KeyID     string `cty:"kms_master_key_id" is:"optional" doc:"ARN of the KMS key; absent means that of S3."`
}

var s3BucketEncryptionType = providers.Resource[*client, s3BucketEncryption]{
	Type:   "aws_s3_bucket_server_side_encryption_configuration",
	Doc:    "How a bucket encrypts new objects.",
	Create: createS3BucketEncryption,
	Read:   readS3BucketEncryption,
	Update: updateS3BucketEncryption,
	Delete: deleteS3BucketEncryption,
	List:   onlySetting(readS3BucketEncryption),
	Within: func(x s3BucketEncryption) string { return x.Bucket },
	Check:  checkS3BucketEncryption,
	Lock:   func(x s3BucketEncryption) string { return bucketLock(x.Bucket) },
	Again:  true,
	Grace:  settling,
	Examples: []string{
		exampleBucket + `

resource "aws_s3_bucket_server_side_encryption_configuration" "example" {
  bucket = aws_s3_bucket.example.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}`,
		exampleBucket + `

resource "aws_s3_bucket_server_side_encryption_configuration" "example" {
  bucket = aws_s3_bucket.example.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}`,
	},
}

func createS3BucketEncryption(ctx context.Context, c *client, x *s3BucketEncryption, _ providers.Attempt) error {
	if err := x.put(ctx, c); err != nil {
		return err
	}
	x.ID = x.Bucket
	return nil
}

// readS3BucketEncryption takes what was more than the default, and is the
// default now, for gone: that is what deleting it leads to.
func readS3BucketEncryption(ctx context.Context, c *client, x *s3BucketEncryption) error {
	bucket := cmp.Or(x.ID, x.Bucket)
	got, err := c.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if err != nil {
		return gone(err)
	}
	var rules []s3EncryptionRule
	if got.ServerSideEncryptionConfiguration != nil {
		for _, r := range got.ServerSideEncryptionConfiguration.Rules {
			rules = append(rules, s3EncryptionRuleOf(r))
		}
	}
	if len(x.Rule) > 0 && !isDefaultEncryption(x.Rule) && isDefaultEncryption(rules) {
		return providers.ErrGone
	}
	x.ID, x.Bucket, x.Rule = bucket, bucket, rules
	return nil
}

func updateS3BucketEncryption(ctx context.Context, c *client, was s3BucketEncryption, x *s3BucketEncryption) error {
	x.ID = was.ID
	return x.put(ctx, c)
}

// deleteS3BucketEncryption goes back to what every bucket has. There is nothing
// to wait for.
func deleteS3BucketEncryption(ctx context.Context, c *client, x s3BucketEncryption) error {
	if _, err := c.s3.DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: &x.Bucket}); err != nil {
		return gone(err)
	}
	return providers.ErrGone
}

func (x s3BucketEncryption) put(ctx context.Context, c *client) error {
	config := &s3types.ServerSideEncryptionConfiguration{}
	for _, r := range x.Rule {
		rule := s3types.ServerSideEncryptionRule{BucketKeyEnabled: aws.Bool(r.BucketKeyEnabled)}
		for _, d := range r.Default {
			rule.ApplyServerSideEncryptionByDefault = &s3types.ServerSideEncryptionByDefault{
				SSEAlgorithm: s3types.ServerSideEncryption(d.Algorithm), KMSMasterKeyID: optional(d.KeyID),
			}
		}
		if len(r.Blocked) > 0 {
			rule.BlockedEncryptionTypes = &s3types.BlockedEncryptionTypes{}
			for _, kind := range r.Blocked {
				rule.BlockedEncryptionTypes.EncryptionType = append(rule.BlockedEncryptionTypes.EncryptionType, s3types.EncryptionType(kind))
			}
		}
		config.Rules = append(config.Rules, rule)
	}
	_, err := c.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &x.Bucket, ServerSideEncryptionConfiguration: config})
	return err
}

func s3EncryptionRuleOf(got s3types.ServerSideEncryptionRule) s3EncryptionRule {
	r := s3EncryptionRule{BucketKeyEnabled: aws.ToBool(got.BucketKeyEnabled)}
	if d := got.ApplyServerSideEncryptionByDefault; d != nil {
		r.Default = []s3EncryptionDefault{{Algorithm: string(d.SSEAlgorithm), KeyID: aws.ToString(d.KMSMasterKeyID)}}
	}
	if b := got.BlockedEncryptionTypes; b != nil {
		for _, kind := range b.EncryptionType {
			r.Blocked = append(r.Blocked, string(kind))
		}
	}
	return r
}

// isDefaultEncryption reports whether rules are what every bucket has.
func isDefaultEncryption(rules []s3EncryptionRule) bool {
	return len(rules) == 0 || (len(rules) == 1 && !rules[0].BucketKeyEnabled &&
		reflect.DeepEqual(rules[0].Default, []s3EncryptionDefault{{Algorithm: string(s3types.ServerSideEncryptionAes256)}}))
}

func checkS3BucketEncryption(_ *s3BucketEncryption, want s3BucketEncryption) error {
	for _, r := range want.Rule {
		for _, d := range r.Default {
			algorithms := []string{"AES256", "aws:kms", "aws:kms:dsse"}
			if !slices.Contains(algorithms, d.Algorithm) {
				return fmt.Errorf("sse_algorithm %q is none of AES256, aws:kms and aws:kms:dsse", d.Algorithm)
			}
			if d.Algorithm == "AES256" && d.KeyID != "" {
				return errors.New(`kms_master_key_id is for sse_algorithm = "aws:kms", not for AES256`)
			}
		}
	}
	return nil
}
