package aws

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type s3Bucket struct {
	providers.Aside

	ID                string `cty:"id"                  is:"computed"         doc:"Name of the bucket."`
	Bucket            string `cty:"bucket"              is:"default,replace"  doc:"Name, unique among all accounts; made up if absent."`
	ForceDestroy      bool   `cty:"force_destroy"       is:"else=false,blind" doc:"Whether destroying it deletes the objects in it, too."`
	ObjectLockEnabled bool   `cty:"object_lock_enabled" is:"default,replace"  doc:"Whether objects can be locked against changes."`
	tagging
	ARN            string `cty:"arn"                         is:"computed" doc:"ARN of the bucket."`
	DomainName     string `cty:"bucket_domain_name"          is:"computed" doc:"Host name of the bucket."`
	RegionalDomain string `cty:"bucket_regional_domain_name" is:"computed" doc:"Host name of the bucket in its region."`
	HostedZoneID   string `cty:"hosted_zone_id"              is:"computed" doc:"Route 53 zone of the region's S3 websites."`
	Region         string `cty:"region"                      is:"computed" doc:"Region that it is in."`
}

var s3BucketType = providers.Resource[*client, s3Bucket]{
	Type:   "aws_s3_bucket",
	Doc:    "A bucket for objects.",
	Holds:  "the objects in it",
	Create: createS3Bucket,
	Read:   withTags(readS3Bucket),
	Update: updateS3Bucket,
	Delete: deleteS3Bucket,
	Find:   findS3Bucket,
	List:   listS3Buckets,
	Mark:   providers.InTags,
	Check:  checkS3Bucket,
	Lock:   func(x s3Bucket) string { return bucketLock(x.Bucket) },
	// A list shows names, no tags.
	Shallow: true,
	Grace:   settling,
	Examples: []string{
		`resource "aws_s3_bucket" "example" {
  bucket = "mlinfra-example-artifacts"
}`,
		`resource "aws_s3_bucket" "example" {
  bucket        = "mlinfra-example-artifacts"
  force_destroy = true

  tags = {
    team = "ml"
  }
}`,
		`resource "aws_s3_bucket" "example" {
  bucket = "mlinfra-example-models"

  tags = {
    team = "ml"
  }
}`,
	},
}

// createS3Bucket looks first where the API answers the same to a name that is
// new and to one that the account has already.
func createS3Bucket(ctx context.Context, c *client, x *s3Bucket, a providers.Attempt) error {
	name := generated(x.Bucket, a)
	config := &s3types.CreateBucketConfiguration{Tags: marked(x.TagsAll, a, newS3Tag)}
	if c.region != firstRegion {
		config.LocationConstraint = s3types.BucketLocationConstraint(c.region)
	} else if err := vacant(ctx, c, name); err != nil {
		return err
	}
	in := &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: config}
	if x.ObjectLockEnabled {
		in.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	if _, err := c.s3.CreateBucket(ctx, in); err != nil {
		return err
	}
	x.name(c, name)
	return nil
}

func vacant(ctx context.Context, c *client, name string) error {
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	switch {
	case err == nil:
		return fmt.Errorf("bucket %s exists already in this account, and it is not in this state: choose another name, or remove it", name)
	case notFound(codeOf(err)), statusOf(err) == http.StatusForbidden, statusOf(err) == http.StatusMovedPermanently:
		return nil // the create says whose it is
	}
	return err
}

// readS3Bucket makes one call. Object lock stays for the bucket's life: it is
// asked for only when nothing is known, as after an import.
func readS3Bucket(ctx context.Context, c *client, x *s3Bucket) error {
	tags, err := bucketTags(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	x.TagsAll, x.Owner = tagsOf(tags, s3Tag), ownerOf(tags, s3Tag)
	if x.ARN == "" {
		got, err := c.s3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &x.ID})
		if err != nil && codeOf(err) != "ObjectLockConfigurationNotFoundError" {
			return gone(err)
		}
		x.ObjectLockEnabled = err == nil && got.ObjectLockConfiguration != nil
	}
	x.name(c, x.ID)
	return nil
}

// updateS3Bucket changes the tags, which one request replaces: what is not the
// user's stays.
func updateS3Bucket(ctx context.Context, c *client, was s3Bucket, x *s3Bucket) error {
	x.name(c, was.ID)
	if maps.Equal(was.TagsAll, x.TagsAll) {
		return nil
	}
	now, err := bucketTags(ctx, c, was.ID)
	if err != nil {
		return err
	}
	tags := marked(x.TagsAll, providers.Attempt{}, newS3Tag)
	for _, t := range now {
		if len(tagsOf([]s3types.Tag{t}, s3Tag)) == 0 {
			tags = append(tags, t)
		}
	}
	if len(tags) == 0 {
		_, err := c.s3.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: &was.ID})
		return err
	}
	_, err = c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &was.ID, Tagging: &s3types.Tagging{TagSet: tags}})
	return err
}

// deleteS3Bucket empties the bucket bit by bit if it may.
func deleteS3Bucket(ctx context.Context, c *client, x s3Bucket) error {
	_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &x.ID})
	if codeOf(err) != "BucketNotEmpty" || !x.ForceDestroy {
		return gone(err)
	}
	if err = abortUploads(ctx, c, x.ID); err == nil {
		err = deleteVersions(ctx, c, x.ID, x.ObjectLockEnabled)
	}
	switch {
	case err == nil:
		return providers.ErrAgain
	case codeOf(err) == "NoSuchBucket": // and not what was in it
		return providers.ErrGone
	}
	return err
}

// elsewhere are the codes about buckets of other accounts and regions.
var elsewhere = []string{"AccessDenied", "PermanentRedirect", "AuthorizationHeaderMalformed"}

// findS3Bucket takes a bucket that it may not look at for somebody else's.
func findS3Bucket(ctx context.Context, c *client, x *s3Bucket, a providers.Attempt) (bool, error) {
	name := generated(x.Bucket, a)
	tags, err := bucketTags(ctx, c, name)
	switch code := codeOf(err); {
	case notFound(code), slices.Contains(elsewhere, code):
		return false, nil
	case err != nil:
		return false, err
	case !bears(tags, s3Tag, a):
		return false, nil
	}
	x.TagsAll, x.Owner = tagsOf(tags, s3Tag), ownerOf(tags, s3Tag)
	x.name(c, name)
	return true, nil
}

func listS3Buckets(ctx context.Context, c *client, _ s3Bucket) iter.Seq2[s3Bucket, error] {
	p := s3.NewListBucketsPaginator(c.s3, &s3.ListBucketsInput{BucketRegion: &c.region, MaxBuckets: aws.Int32(10000)})
	return pages(ctx, p, func(o *s3.ListBucketsOutput) []s3types.Bucket { return o.Buckets },
		func(x *s3Bucket, got *s3types.Bucket) error {
			x.name(c, aws.ToString(got.Name))
			return nil
		})
}

// name sets all that follows from the name.
func (x *s3Bucket) name(c *client, name string) {
	suffix := "amazonaws.com"
	if c.partition() == "aws-cn" {
		suffix += ".cn"
	}
	x.ID, x.Bucket, x.Region = name, name, c.region
	x.ARN = fmt.Sprintf("arn:%s:s3:::%s", c.partition(), name)
	x.DomainName = fmt.Sprintf("%s.s3.%s", name, suffix)
	x.RegionalDomain = fmt.Sprintf("%s.s3.%s.%s", name, c.region, suffix)
	x.HostedZoneID = websiteZones[c.region]
}

// websiteZones are the hosted zones of S3's website endpoints; see
// https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
var websiteZones = map[string]string{
	"af-south-1": "Z83WF9RJE8B12", "ap-east-1": "ZNB98KWMFR0R6", "ap-northeast-1": "Z2M4EHUR26P7ZW", "ap-northeast-2": "Z3W03O7B5YMIYP",
	"ap-northeast-3": "Z2YQB5RD63NC85", "ap-south-1": "Z11RGJOFQNVJUP", "ap-south-2": "Z02976202B4EZMXIPMXF7", "ap-southeast-1": "Z3O0J2DXBE1FTB",
	"ap-southeast-2": "Z1WCIGYICN2BYD", "ap-southeast-3": "Z01846753K324LI26A3VV", "ap-southeast-4": "Z0312387243XT5FE14WFO", "ap-southeast-5": "Z08660063OXLMA7F1FJHU",
	"ca-central-1": "Z1QDHH18159H29", "ca-west-1": "Z03565811Z33SLEZTHOUL", "cn-north-1": "Z5CN8UMXT92WN", "cn-northwest-1": "Z282HJ1KT0DH03",
	"eu-central-1": "Z21DNDUVLTQW6Q", "eu-central-2": "Z030506016YDQGETNASS", "eu-north-1": "Z3BAZG2TWCNX0D", "eu-south-1": "Z30OZKI7KPW7MI",
	"eu-south-2": "Z0081959F7139GRJC19J", "eu-west-1": "Z1BKCTXD74EZPE", "eu-west-2": "Z3GKZC51ZF0DB4", "eu-west-3": "Z3R1K369G5AVDG",
	"il-central-1": "Z09640613K4A3MN55U7GU", "me-central-1": "Z06143092I8HRXZRUZROF", "me-south-1": "Z1MPMWCPA7YB62", "sa-east-1": "Z7KQH4QJS55SO",
	"us-east-1": "Z3AQBSTGFYJSTF", "us-east-2": "Z2O1EMRO9K5GLX", "us-gov-east-1": "Z2NIFVYYW2VKV1", "us-gov-west-1": "Z31GFT0UA1I2HV",
	"us-west-1": "Z2F56UZL2M1ACD", "us-west-2": "Z3BJ6K6RIION7M",
}

var (
	bucketName    = providers.NewPattern(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	addressLike   = providers.NewPattern(`^\d+\.\d+\.\d+\.\d+$`)
	bucketStarts  = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketEndings = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

func checkS3Bucket(_ *s3Bucket, want s3Bucket) error {
	name := want.Bucket
	switch {
	case name == "":
		return nil
	case !bucketName.MatchString(name):
		return fmt.Errorf("bucket %q: a name has 3 to 63 lower-case letters, digits, dots and dashes, and a letter or digit at both ends", name)
	case strings.Contains(name, "..") || addressLike.MatchString(name):
		return fmt.Errorf("bucket %q: a name has no two dots in a row and does not look like an address", name)
	case slices.ContainsFunc(bucketStarts, func(s string) bool { return strings.HasPrefix(name, s) }),
		slices.ContainsFunc(bucketEndings, func(s string) bool { return strings.HasSuffix(name, s) }):
		return fmt.Errorf("bucket %q begins or ends with what S3 keeps for itself", name)
	}
	return nil
}
