package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mlinfra/mlinfra/providers"
)

// exampleSpace is what the examples of settings stand on.
const exampleSpace = `resource "digitalocean_spaces_bucket" "ml" {
  name   = "mlinfra-example-artifacts"
  region = "fra1"
}`

// importSetting takes the region, a comma and the name of the bucket.
func importSetting(id string) (region, bucket string, err error) {
	return halves(id, "the region, a comma and the name of the bucket, such as fra1,mlinfra-artifacts")
}

// spacesLock names a bucket: Spaces refuses two changes of it at once.
func spacesLock(bucket string) string { return "space " + bucket }

// within names the objects and settings of a bucket.
func within(region, bucket string) string { return strings.ToLower(region) + " " + bucket }

// keepRegion keeps the case of the region of was.
func keepRegion(was string, region *string) {
	if strings.EqualFold(was, *region) {
		*region = was
	}
}

func checkSpacesRegion(region string) error {
	if !slices.Contains(spacesRegions, strings.ToLower(region)) {
		return fmt.Errorf("region %q has no Spaces; these have: %s", region, strings.Join(spacesRegions, ", "))
	}
	return nil
}

// onlySetting lists the one setting that a bucket has of a kind, or none.
func onlySetting[T any](read func(context.Context, *client, *T) error) func(context.Context, *client, T) iter.Seq2[T, error] {
	return func(ctx context.Context, c *client, in T) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			if err := read(ctx, c, &in); !errors.Is(err, providers.ErrGone) {
				yield(in, err)
			}
		}
	}
}

// setting returns the client and the bucket of a setting, which may know only
// its id.
func (k *spaces) setting(ctx context.Context, region, id, bucket string) (*s3.Client, *string, error) {
	name := cmp.Or(id, bucket)
	s, err := k.in(ctx, strings.ToLower(region))
	return s, &name, err
}

// newBucketError is the refusal of a bucket that does not exist, or is too new
// to be seen.
type newBucketError struct{ error }

// Unwrap returns the refusal.
func (e *newBucketError) Unwrap() error { return e.error }

// ofBucket returns what a call that puts something into a bucket has answered.
func ofBucket(err error) error {
	if spacesCode(err) == "NoSuchBucket" {
		return &newBucketError{err}
	}
	return err
}
