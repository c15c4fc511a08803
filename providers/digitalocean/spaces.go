package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// spacesRegions are the regions that have Spaces.
var spacesRegions = []string{"ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "sfo2", "sfo3", "sgp1", "syd1", "tor1"}

// spaces is the way to the buckets.
type spaces struct {
	keys      spacesKeys
	endpoint  string // with {{.Region}}
	userAgent string
	http      *http.Client
}

// in returns an S3 client for the Spaces of a region.
func (k *spaces) in(ctx context.Context, region string) (*s3.Client, error) {
	id, secret, err := k.keys.pair(ctx)
	if err != nil {
		return nil, err
	}
	return s3.New(s3.Options{
		Region:       region,
		BaseEndpoint: aws.String(strings.ReplaceAll(k.endpoint, "{{.Region}}", region)),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, ""),
		HTTPClient:   k.http,
		AppID:        k.userAgent,
		Retryer:      aws.NopRetryer{},
		// Checksums newer than MD5 are AWS's own. Ceph, which is behind Spaces,
		// asks for Content-MD5 where S3 once did.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		APIOptions:                 []func(*middleware.Stack) error{withoutCRC, smithyhttp.AddContentChecksumMiddleware, k.keys.watching(id, region)},
	}), nil
}

// withoutCRC takes the choice of a checksum out of operations that have one;
// the others answer with an error that means nothing.
func withoutCRC(stack *middleware.Stack) error {
	_, _ = stack.Initialize.Remove("AWSChecksum:SetupInputContext")
	return nil
}

// spacesCode returns the code of an error of Spaces, "" for any other error.
func spacesCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// spacesDomain returns the host name of the Spaces of a region.
func spacesDomain(region string) string { return fmt.Sprintf("%s.digitaloceanspaces.com", region) }

// abortUploads drops a page of unfinished uploads.
func abortUploads(ctx context.Context, s *s3.Client, bucket string) error {
	page, err := s.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		return err
	}
	for _, u := range page.Uploads {
		_, err := s.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: u.Key, UploadId: u.UploadId})
		if err != nil && spacesCode(err) != "NoSuchUpload" {
			return err
		}
	}
	return nil
}

// pagesPerDelete bounds the versions that one call deletes to ten thousand, so
// that an interrupt is heard.
const pagesPerDelete = 10

func deleteVersions(ctx context.Context, s *s3.Client, bucket string) error {
	for range pagesPerDelete {
		page, err := s.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
		if err != nil {
			return err
		}
		var ids []types.ObjectIdentifier
		for _, v := range page.Versions {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(ids) == 0 {
			return nil
		}
		out, err := s.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &bucket, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return err
		}
		for _, e := range out.Errors {
			return fmt.Errorf("object %s: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message))
		}
	}
	return nil
}
