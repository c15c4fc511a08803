package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

// bucketLock is the key of a bucket and its settings: S3 refuses two changes
// at a time.
func bucketLock(bucket string) string {
	if bucket == "" {
		return ""
	}
	return "s3/" + bucket
}

// onlySetting lists a kind of setting of which a bucket has one or none.
func onlySetting[T any](read func(context.Context, *client, *T) error) func(context.Context, *client, T) iter.Seq2[T, error] {
	return func(ctx context.Context, c *client, in T) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			if err := read(ctx, c, &in); !errors.Is(err, providers.ErrGone) {
				yield(in, err)
			}
		}
	}
}

func s3Tag(t s3types.Tag) (key, value *string) { return t.Key, t.Value }

func newS3Tag(key, value string) s3types.Tag {
	return s3types.Tag{Key: aws.String(key), Value: aws.String(value)}
}

// bucketTags returns all tags of a bucket.
func bucketTags(ctx context.Context, c *client, bucket string) ([]s3types.Tag, error) {
	got, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	if codeOf(err) == "NoSuchTagSet" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return got.TagSet, nil
}

// abortUploads drops a page of unfinished uploads.
func abortUploads(ctx context.Context, c *client, bucket string) error {
	page, err := c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	for _, u := range page.Uploads {
		_, err := c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: u.Key, UploadId: u.UploadId})
		if err != nil && codeOf(err) != "NoSuchUpload" {
			return err
		}
	}
	return nil
}

// deleteVersions drops a page of objects with their versions and delete
// markers; locked says that the bucket has object lock.
func deleteVersions(ctx context.Context, c *client, bucket string, locked bool) error {
	page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	var ids []s3types.ObjectIdentifier
	for _, v := range page.Versions {
		ids = append(ids, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range page.DeleteMarkers {
		ids = append(ids, s3types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	if len(ids) == 0 {
		return nil
	}
	in := &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &s3types.Delete{Objects: ids, Quiet: aws.Bool(true)}}
	if locked {
		in.BypassGovernanceRetention = aws.Bool(true)
	}
	out, err := c.s3.DeleteObjects(ctx, in)
	if err != nil {
		return err
	}
	for _, e := range out.Errors {
		return fmt.Errorf("object %s of bucket %s: %s (%s)", aws.ToString(e.Key), bucket, aws.ToString(e.Message), aws.ToString(e.Code))
	}
	return nil
}
