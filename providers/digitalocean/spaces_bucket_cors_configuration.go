package digitalocean

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesCORS struct {
	ID       string           `cty:"id"        is:"computed"         doc:"Name of the bucket."`
	Region   string           `cty:"region"    is:"required,replace,ref=digitalocean_spaces_bucket.region" doc:"Slug of the bucket's region, such as fra1."`
	Bucket   string           `cty:"bucket"    is:"required,replace,ref=digitalocean_spaces_bucket,ref=digitalocean_spaces_bucket.name" doc:"Name of the bucket."`
	CORSRule []spacesCORSRule `cty:"cors_rule" is:"required,set,max=100" doc:"Which web pages may use the bucket from a browser."`
}

type spacesCORSRule struct {
	ID      string   `cty:"id"              is:"optional"     doc:"Name of the rule, of at most 255 characters."`
	Methods []string `cty:"allowed_methods" is:"required,set" doc:"HTTP methods that are allowed: GET, PUT, POST, DELETE, HEAD."`
	Origins []string `cty:"allowed_origins" is:"required,set" doc:"Origins that are allowed; one * each is a wildcard."`
	Headers []string `cty:"allowed_headers" is:"optional,set" doc:"Headers that are allowed; one * each is a wildcard."`
	Expose  []string `cty:"expose_headers"  is:"optional,set" doc:"Headers of answers that pages may see."`
	MaxAge  int      `cty:"max_age_seconds" is:"optional"     doc:"Seconds for which browsers remember the answer."`
}

var spacesCORSType = providers.Resource[*client, spacesCORS]{
	Type:     "digitalocean_spaces_bucket_cors_configuration",
	Doc:      "Which web pages may use a bucket, all the rules of it.",
	Create:   createSpacesCORS,
	Read:     readSpacesCORS,
	Update:   updateSpacesCORS,
	Delete:   deleteSpacesCORS,
	List:     onlySetting(readSpacesCORS),
	Import:   importSpacesCORS,
	ImportID: func(x spacesCORS) string { return x.Region + "," + x.Bucket },
	Within:   func(x spacesCORS) string { return within(x.Region, x.Bucket) },
	Natural:  func(x spacesCORS) string { return x.Bucket },
	Spell:    func(was spacesCORS, x *spacesCORS) { keepRegion(was.Region, &x.Region) },
	Check:    checkSpacesCORS,
	Lock:     func(x spacesCORS) string { return spacesLock(x.Bucket) },
	Again:    true,
	Examples: []string{
		exampleSpace + `

resource "digitalocean_spaces_bucket_cors_configuration" "example" {
  region = digitalocean_spaces_bucket.ml.region
  bucket = digitalocean_spaces_bucket.ml.id

  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://mlflow.example.com"]
  }
}`,
		exampleSpace + `

resource "digitalocean_spaces_bucket_cors_configuration" "example" {
  region = digitalocean_spaces_bucket.ml.region
  bucket = digitalocean_spaces_bucket.ml.id

  cors_rule {
    id              = "upload"
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://label.example.com"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }

  cors_rule {
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = ["*"]
  }
}`,
	},
}

func createSpacesCORS(ctx context.Context, c *client, x *spacesCORS, _ providers.Attempt) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	rules := make([]types.CORSRule, len(x.CORSRule))
	for i, r := range x.CORSRule {
		rules[i] = r.rule()
	}
	_, err = s.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: rules}})
	if err != nil {
		return ofBucket(err)
	}
	x.ID = *bucket
	return nil
}

func readSpacesCORS(ctx context.Context, c *client, x *spacesCORS) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	got, err := s.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucket})
	if err != nil {
		return gone(err)
	}
	x.ID, x.Bucket, x.CORSRule = *bucket, *bucket, nil
	for _, r := range got.CORSRules {
		x.CORSRule = append(x.CORSRule, spacesCORSRule{
			ID: aws.ToString(r.ID), Methods: r.AllowedMethods, Origins: r.AllowedOrigins, Headers: r.AllowedHeaders,
			Expose: r.ExposeHeaders, MaxAge: int(aws.ToInt32(r.MaxAgeSeconds)),
		})
	}
	return nil
}

func updateSpacesCORS(ctx context.Context, c *client, was spacesCORS, x *spacesCORS) error {
	x.ID = was.ID
	return createSpacesCORS(ctx, c, x, providers.Attempt{})
}

// deleteSpacesCORS leaves rules that are not those of x: the same apply may have
// moved them into the bucket.
func deleteSpacesCORS(ctx context.Context, c *client, x spacesCORS) error {
	now := x
	if err := readSpacesCORS(ctx, c, &now); err != nil {
		return err
	}
	if !slices.Equal(spelledRules(now.CORSRule), spelledRules(x.CORSRule)) {
		return providers.ErrGone
	}
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	_, err = s.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: bucket})
	return gone(err)
}

func importSpacesCORS(id string) (spacesCORS, error) {
	region, bucket, err := importSetting(id)
	return spacesCORS{ID: bucket, Region: region}, err
}

// spelledRules returns one spelling of rules that mean the same.
func spelledRules(rules []spacesCORSRule) []string {
	var out []string
	for _, r := range rules {
		for _, words := range []*[]string{&r.Methods, &r.Origins, &r.Headers, &r.Expose} {
			*words = slices.Sorted(slices.Values(*words))
		}
		out = append(out, fmt.Sprintf("%q %q %q %q %q %d", r.ID, r.Methods, r.Origins, r.Headers, r.Expose, r.MaxAge))
	}
	slices.Sort(out)
	return out
}

func (r spacesCORSRule) rule() types.CORSRule {
	rule := types.CORSRule{AllowedMethods: r.Methods, AllowedOrigins: r.Origins, AllowedHeaders: r.Headers, ExposeHeaders: r.Expose}
	if r.ID != "" {
		rule.ID = &r.ID
	}
	if r.MaxAge > 0 {
		rule.MaxAgeSeconds = aws.Int32(int32(r.MaxAge))
	}
	return rule
}

// corsMethods are those that a rule may allow.
var corsMethods = []string{"GET", "PUT", "POST", "DELETE", "HEAD"}

func checkSpacesCORS(_ *spacesCORS, x spacesCORS) error {
	if err := checkSpacesRegion(x.Region); err != nil {
		return err
	}
	for _, r := range x.CORSRule {
		if len(r.Methods) == 0 || len(r.Origins) == 0 {
			return fmt.Errorf("a cors_rule needs allowed_methods and allowed_origins")
		}
		for _, m := range r.Methods {
			if !slices.Contains(corsMethods, m) {
				return fmt.Errorf("method %q of a cors_rule is none of %q", m, corsMethods)
			}
		}
		if len(r.ID) > 255 {
			return fmt.Errorf("id of a cors_rule has %d characters, more than 255", len(r.ID))
		}
	}
	return nil
}
