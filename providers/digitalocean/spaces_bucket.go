package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesBucket struct {
	ID               string             `cty:"id"                 is:"computed"                    doc:"Name of the bucket."`
	Name             string             `cty:"name"               is:"required,replace"            doc:"Name, unique in the region among all accounts."`
	Region           string             `cty:"region"             is:"else=nyc3,replace"    doc:"Slug of the region, such as fra1."`
	ACL              string             `cty:"acl"                is:"else=private"                doc:"Who may list the bucket: private or public-read."`
	Versioning       []bucketVersioning `cty:"versioning"         is:"default,max=1"               doc:"Whether overwritten and deleted objects are kept."`
	LifecycleRule    []lifecycleRule    `cty:"lifecycle_rule"     is:"optional"                    doc:"What is deleted by itself after a time."`
	CORSRule         []corsRule         `cty:"cors_rule"          is:"optional,blind"              doc:"Which pages may use it from a browser; or a CORS configuration."`
	ForceDestroy     bool               `cty:"force_destroy"      is:"else=false,blind"            doc:"Whether destroying it deletes the objects in it, too."`
	Project          string             `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN              string             `cty:"urn"                is:"computed"                    doc:"Uniform resource name."`
	BucketDomainName string             `cty:"bucket_domain_name" is:"computed"                    doc:"Host name of the bucket."`
	Endpoint         string             `cty:"endpoint"           is:"computed"                    doc:"Host name of the region's Spaces."`
}

type bucketVersioning struct {
	Enabled bool `cty:"enabled" is:"else=false" doc:"True to keep versions, false to stop keeping them."`
}

var spacesBucketType = inProject(providers.Resource[*client, spacesBucket]{
	Type:        "digitalocean_spaces_bucket",
	Doc:         "A bucket for objects in Spaces, which speaks the S3 protocol.",
	Holds:       "the objects in it",
	Create:      createSpacesBucket,
	Read:        readSpacesBucket,
	Update:      updateSpacesBucket,
	Delete:      deleteSpacesBucket,
	List:        listSpacesBuckets,
	Collections: bucketRegions(),
	Import:      importSpacesBucket,
	Within:      func(x spacesBucket) string { return x.Region },
	Normal:      func(x *spacesBucket) { x.Region = strings.ToLower(x.Region) },
	Check:       checkSpacesBucket,
	Lock:        func(x spacesBucket) string { return spacesLock(x.Name) },
	Shallow:     true,
	Grace:       lag,
	ImportID:    func(x spacesBucket) string { return x.Region + "," + x.Name },
	Natural:     func(x spacesBucket) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_spaces_bucket" "example" {
  name   = "mlinfra-example-artifacts"
  region = "fra1"
}`,
		`resource "digitalocean_spaces_bucket" "example" {
  name          = "mlinfra-example-artifacts"
  region        = "fra1"
  force_destroy = true

  versioning {
    enabled = true
  }

  lifecycle_rule {
    id      = "old-versions"
    enabled = true
    prefix  = "runs/"

    abort_incomplete_multipart_upload_days = 7

    noncurrent_version_expiration {
      days = 30
    }
  }

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://mlflow.example.com"]
    max_age_seconds = 3600
  }
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_spaces_bucket" "example" {
  name          = "mlinfra-example-models"
  region        = "fra1"
  force_destroy = true
  project       = digitalocean_project.example.id
}`,
	},
}, func(x *spacesBucket) (string, *string) { return x.URN, &x.Project })

// createSpacesBucket makes the bare bucket; updateSpacesBucket sends the rest.
func createSpacesBucket(ctx context.Context, c *client, x *spacesBucket, _ providers.Attempt) error {
	s, err := c.spaces.in(ctx, x.Region)
	if err != nil {
		return err
	}
	_, err = s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &x.Name, ACL: types.BucketCannedACL(x.ACL)})
	if err != nil {
		return err
	}
	more := x.versioned() || len(x.LifecycleRule) > 0 || len(x.CORSRule) > 0
	x.name(x.Region, x.Name)
	x.Versioning, x.LifecycleRule, x.CORSRule = []bucketVersioning{{}}, nil, nil
	if more {
		return providers.ErrAgain
	}
	return nil
}

func readSpacesBucket(ctx context.Context, c *client, x *spacesBucket) error {
	s, err := locateBucket(ctx, c, x)
	if err != nil {
		return err
	}
	if _, err := s.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &x.Name}); err != nil {
		return gone(err)
	}
	versioning, err := s.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &x.Name})
	if err != nil {
		return gone(err)
	}
	acl, err := s.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &x.Name})
	if err != nil {
		return gone(err)
	}
	lifecycle, err := s.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &x.Name})
	if err != nil && !isUnset(err) {
		return gone(err)
	}
	if err := readCORS(ctx, s, x); err != nil {
		return err
	}
	x.Versioning = []bucketVersioning{{Enabled: versioning.Status == types.BucketVersioningStatusEnabled}}
	x.ACL = cannedACL(acl.Grants)
	x.fillLifecycle(lifecycle)
	return nil
}

// isUnset reports whether err says that a bucket, which exists, lacks a setting.
func isUnset(err error) bool {
	return classify(err).Kind == providers.Gone && spacesCode(err) != "NoSuchBucket"
}

// importSpacesBucket takes the region, a comma and the name, or the name alone.
func importSpacesBucket(id string) (spacesBucket, error) {
	region, name, ok := strings.Cut(id, ",")
	if !ok {
		region, name = "", id
	}
	if name == "" || (ok && region == "") {
		return spacesBucket{}, fmt.Errorf("%q is not the region, a comma and the name of the bucket, such as fra1,mlinfra-artifacts, nor the name alone", id)
	}
	return spacesBucket{ID: name, Region: region}, nil
}

// locateBucket completes the name of a bucket from its id, and looks for the
// region where that is not known.
func locateBucket(ctx context.Context, c *client, x *spacesBucket) (*s3.Client, error) {
	region, name := x.Region, x.ID
	if region == "" {
		for _, r := range spacesRegions {
			s, err := c.spaces.in(ctx, r)
			if err != nil {
				return nil, err
			}
			at, err := s.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &name})
			if err == nil {
				region = cmp.Or(string(at.LocationConstraint), r)
				break
			}
			if providers.ErrGone != gone(err) && spacesCode(err) != "AccessDenied" {
				return nil, err
			}
		}
	}
	if region == "" {
		return nil, providers.ErrGone
	}
	x.name(region, name)
	return c.spaces.in(ctx, region)
}

// updateSpacesBucket sends what differs; each request replaces a whole setting.
func updateSpacesBucket(ctx context.Context, c *client, was spacesBucket, x *spacesBucket) error {
	s, err := c.spaces.in(ctx, was.Region)
	if err != nil {
		return err
	}
	if x.ACL != was.ACL {
		if _, err := s.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: &was.ID, ACL: types.BucketCannedACL(x.ACL)}); err != nil {
			return err
		}
	}
	if x.versioned() != was.versioned() {
		if err := putVersioning(ctx, s, *x); err != nil {
			return err
		}
	}
	x.nameRules()
	if !reflect.DeepEqual(x.LifecycleRule, was.LifecycleRule) {
		if err := putLifecycle(ctx, s, *x); err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(x.CORSRule, was.CORSRule) {
		if err := putCORS(ctx, s, *x); err != nil {
			return err
		}
	}
	x.name(was.Region, was.ID)
	x.Versioning = []bucketVersioning{{Enabled: x.versioned()}}
	return nil
}

func putVersioning(ctx context.Context, s *s3.Client, x spacesBucket) error {
	status := types.BucketVersioningStatusSuspended
	if x.versioned() {
		status = types.BucketVersioningStatusEnabled
	}
	_, err := s.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &x.Name, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	return err
}

// deleteSpacesBucket empties the bucket bit by bit if it may.
func deleteSpacesBucket(ctx context.Context, c *client, x spacesBucket) error {
	s, err := c.spaces.in(ctx, x.Region)
	if err != nil {
		return err
	}
	_, err = s.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &x.ID})
	switch {
	case spacesCode(err) != "BucketNotEmpty":
		return gone(err)
	case !x.ForceDestroy:
		return &providers.CallError{Err: err, Message: fmt.Sprintf("bucket %s is not empty: delete its objects, with all their versions, or set force_destroy = true, apply, and destroy then", x.ID)}
	}
	if err = abortUploads(ctx, s, x.ID); err == nil {
		err = deleteVersions(ctx, s, x.ID)
	}
	switch {
	case err == nil:
		return providers.ErrAgain
	case spacesCode(err) == "NoSuchBucket": // and not what was in it
		return providers.ErrGone
	}
	return err
}

// listSpacesBuckets knows only names: Spaces lists nothing else.
func listSpacesBuckets(ctx context.Context, c *client, in spacesBucket) iter.Seq2[spacesBucket, error] {
	return func(yield func(spacesBucket, error) bool) {
		s, err := c.spaces.in(ctx, in.Region)
		if err != nil {
			yield(spacesBucket{}, err)
			return
		}
		out, err := s.ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			yield(spacesBucket{}, err)
			return
		}
		for _, b := range out.Buckets {
			var x spacesBucket
			x.name(in.Region, aws.ToString(b.Name))
			if !yield(x, nil) {
				return
			}
		}
	}
}

func checkSpacesBucket(_ *spacesBucket, x spacesBucket) error {
	if err := checkSpacesRegion(x.Region); err != nil {
		return err
	}
	if x.ACL != "private" && x.ACL != "public-read" {
		return fmt.Errorf("acl %q is neither private nor public-read", x.ACL)
	}
	for i, r := range x.LifecycleRule {
		if err := r.check(); err != nil {
			return fmt.Errorf("lifecycle_rule %d: %w", i+1, err)
		}
	}
	return nil
}

func (x *spacesBucket) versioned() bool { return len(x.Versioning) > 0 && x.Versioning[0].Enabled }

// name sets all that follows from the region and the name.
func (x *spacesBucket) name(region, name string) {
	x.ID, x.Name, x.Region = name, name, region
	x.URN = "do:space:" + name
	x.Endpoint = spacesDomain(region)
	x.BucketDomainName = name + "." + x.Endpoint
}

// allUsers is everybody, with or without a key.
const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"

// cannedACL returns the name for grants; what has none is shown as it is, so
// that a plan sets it right.
func cannedACL(grants []types.Grant) string {
	public := ""
	for _, g := range grants {
		if g.Grantee == nil || aws.ToString(g.Grantee.URI) == "" {
			continue // the owner's
		}
		public += strings.ToLower("-" + string(g.Permission))
		if *g.Grantee.URI != allUsers {
			public += "-others"
		}
	}
	if public == "" {
		return "private"
	}
	return "public" + public
}

// bucketRegions returns a bucket of each region that has Spaces.
func bucketRegions() []spacesBucket {
	var all []spacesBucket
	for _, region := range spacesRegions {
		all = append(all, spacesBucket{Region: region})
	}
	return all
}
