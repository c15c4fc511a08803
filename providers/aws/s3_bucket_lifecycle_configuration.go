package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type s3BucketLifecycle struct {
	ID          string            `cty:"id"     is:"computed"         doc:"Name of the bucket."`
	Bucket      string            `cty:"bucket" is:"required,replace" doc:"Name of the bucket."`
	Rule        []s3LifecycleRule `cty:"rule"   is:"required"         doc:"What happens to objects by itself after a time."`
	MinimumSize string            `cty:"transition_default_minimum_object_size" is:"else=all_storage_classes_128K" doc:"Which small objects stay where they are."`
}

type s3LifecycleRule struct {
	ID                   string                   `cty:"id"     is:"required"       doc:"Name of the rule, unique in the bucket."`
	Status               string                   `cty:"status" is:"required"       doc:"Enabled or Disabled."`
	Filter               []s3LifecycleFilter      `cty:"filter" is:"optional,max=1" doc:"Objects that it applies to; absent means all."`
	Expiration           []s3Expiration           `cty:"expiration"                        is:"optional,max=1" doc:"When objects are deleted."`
	Transition           []s3Transition           `cty:"transition"                        is:"optional,set"   doc:"When objects move to other storage."`
	NoncurrentExpiration []s3NoncurrentExpiration `cty:"noncurrent_version_expiration"     is:"optional,max=1" doc:"When old versions are deleted."`
	NoncurrentTransition []s3NoncurrentTransition `cty:"noncurrent_version_transition"     is:"optional,set"   doc:"When old versions move to other storage."`
	AbortUpload          []s3AbortUpload          `cty:"abort_incomplete_multipart_upload" is:"optional,max=1" doc:"When unfinished uploads are dropped."`
}

type s3LifecycleFilter struct {
	Prefix      string           `cty:"prefix" is:"optional"       doc:"Start of the keys."`
	GreaterThan int              `cty:"object_size_greater_than" is:"optional" doc:"Size in bytes that objects exceed."`
	LessThan    int              `cty:"object_size_less_than"    is:"optional" doc:"Size in bytes that objects stay below."`
	Tag         []s3LifecycleTag `cty:"tag"    is:"optional,max=1" doc:"A tag that objects bear."`
	And         []s3LifecycleAnd `cty:"and"    is:"optional,max=1" doc:"Several of these at once."`
}

type s3LifecycleTag struct {
	Key   string `cty:"key"   is:"required" doc:"Key of the tag."`
	Value string `cty:"value" is:"required" doc:"Value of the tag."`
}

type s3LifecycleAnd struct {
	Prefix      string            `cty:"prefix" is:"optional" doc:"Start of the keys."`
	GreaterThan int               `cty:"object_size_greater_than" is:"optional" doc:"Size in bytes that objects exceed."`
	LessThan    int               `cty:"object_size_less_than"    is:"optional" doc:"Size in bytes that objects stay below."`
	Tags        map[string]string `cty:"tags"   is:"optional" doc:"Tags that objects bear."`
}

type s3Expiration struct {
	Date         string `cty:"date" is:"optional" doc:"Day of the deletion, such as 2030-01-31T00:00:00Z."`
	Days         int    `cty:"days" is:"optional" doc:"Days from an object's creation to its deletion."`
	DeleteMarker bool   `cty:"expired_object_delete_marker" is:"optional" doc:"Whether markers that hide no version are deleted."`
}

type s3Transition struct {
	Date         string `cty:"date"          is:"optional" doc:"Day of the move, such as 2030-01-31T00:00:00Z."`
	Days         *int   `cty:"days"          is:"optional" doc:"Days from an object's creation to its move."`
	StorageClass string `cty:"storage_class" is:"required" doc:"Storage class to move to, such as GLACIER_IR."`
}

type s3NoncurrentExpiration struct {
	Days  int `cty:"noncurrent_days"           is:"required" doc:"Days from a version's replacement to its deletion."`
	Newer int `cty:"newer_noncurrent_versions" is:"optional" doc:"Number of old versions that are kept, 1 to 100."`
}

type s3NoncurrentTransition struct {
	Days         int    `cty:"noncurrent_days"           is:"required" doc:"Days from a version's replacement to its move."`
	Newer        int    `cty:"newer_noncurrent_versions" is:"optional" doc:"Number of old versions that stay, 1 to 100."`
	StorageClass string `cty:"storage_class"             is:"required" doc:"Storage class to move to, such as GLACIER_IR."`
}

type s3AbortUpload struct {
	Days int `cty:"days_after_initiation" is:"required" doc:"Days from the start of an upload."`
}

var s3BucketLifecycleType = providers.Resource[*client, s3BucketLifecycle]{
	Type:   "aws_s3_bucket_lifecycle_configuration",
	Doc:    "What a bucket deletes, or moves to cheaper storage, by itself.",
	Create: createS3BucketLifecycle,
	Read:   readS3BucketLifecycle,
	Update: updateS3BucketLifecycle,
	Delete: deleteS3BucketLifecycle,
	List:   onlySetting(readS3BucketLifecycle),
	Within: func(x s3BucketLifecycle) string { return x.Bucket },
	Normal: normalS3BucketLifecycle,
	Check:  checkS3BucketLifecycle,
	Lock:   func(x s3BucketLifecycle) string { return bucketLock(x.Bucket) },
	Again:  true,
	Grace:  settling,
	Examples: []string{
		exampleBucket + `

resource "aws_s3_bucket_lifecycle_configuration" "example" {
  bucket = aws_s3_bucket.example.id

  rule {
    id     = "uploads"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}`,
		exampleBucket + `

resource "aws_s3_bucket_lifecycle_configuration" "example" {
  bucket = aws_s3_bucket.example.id

  rule {
    id     = "runs"
    status = "Enabled"

    filter {
      prefix = "runs/"
    }

    expiration {
      days = 365
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    noncurrent_version_expiration {
      noncurrent_days           = 30
      newer_noncurrent_versions = 3
    }
  }

  rule {
    id     = "caches"
    status = "Disabled"

    filter {
      and {
        prefix                   = "cache/"
        object_size_greater_than = 1048576
        tags                     = { keep = "no" }
      }
    }

    expiration {
      days = 7
    }
  }
}`,
	},
}

func createS3BucketLifecycle(ctx context.Context, c *client, x *s3BucketLifecycle, _ providers.Attempt) error {
	if err := x.put(ctx, c); err != nil {
		return err
	}
	x.ID = x.Bucket
	return nil
}

func readS3BucketLifecycle(ctx context.Context, c *client, x *s3BucketLifecycle) error {
	bucket := cmp.Or(x.ID, x.Bucket)
	got, err := c.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	if err != nil {
		return gone(err)
	}
	x.fill(bucket, got)
	return nil
}

func updateS3BucketLifecycle(ctx context.Context, c *client, was s3BucketLifecycle, x *s3BucketLifecycle) error {
	x.ID = was.ID
	return x.put(ctx, c)
}

func deleteS3BucketLifecycle(ctx context.Context, c *client, x s3BucketLifecycle) error {
	_, err := c.s3.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &x.Bucket})
	return gone(err)
}

func (x s3BucketLifecycle) put(ctx context.Context, c *client) error {
	rules := make([]s3types.LifecycleRule, len(x.Rule))
	for i, r := range x.Rule {
		rules[i] = r.rule()
	}
	_, err := c.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &x.Bucket, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: rules},
		TransitionDefaultMinimumObjectSize: s3types.TransitionDefaultMinimumObjectSize(x.MinimumSize),
	})
	return err
}

// fill keeps the order of the rules of x: it means nothing to S3.
func (x *s3BucketLifecycle) fill(bucket string, got *s3.GetBucketLifecycleConfigurationOutput) {
	place := func(r s3LifecycleRule) int {
		i := slices.IndexFunc(x.Rule, func(have s3LifecycleRule) bool { return have.ID == r.ID })
		if i < 0 {
			return len(x.Rule)
		}
		return i
	}
	var rules []s3LifecycleRule
	for _, r := range got.Rules {
		rules = append(rules, s3LifecycleRuleOf(r))
	}
	slices.SortStableFunc(rules, func(a, b s3LifecycleRule) int { return cmp.Compare(place(a), place(b)) })
	x.ID, x.Bucket, x.Rule = bucket, bucket, rules
	x.MinimumSize = cmp.Or(string(got.TransitionDefaultMinimumObjectSize), string(s3types.TransitionDefaultMinimumObjectSizeAllStorageClasses128k))
}
