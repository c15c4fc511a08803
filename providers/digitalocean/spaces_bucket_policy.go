package digitalocean

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesPolicy struct {
	ID     string `cty:"id"     is:"computed"         doc:"Name of the bucket."`
	Region string `cty:"region" is:"required,replace,ref=digitalocean_spaces_bucket.region" doc:"Slug of the bucket's region, such as fra1."`
	Bucket string `cty:"bucket" is:"required,replace,ref=digitalocean_spaces_bucket.name,ref=digitalocean_spaces_bucket" doc:"Name of the bucket."`
	Policy string `cty:"policy" is:"required"         doc:"Policy in JSON; its spelling does not matter."`
}

var spacesPolicyType = providers.Resource[*client, spacesPolicy]{
	Type:     "digitalocean_spaces_bucket_policy",
	Doc:      "Who may do what with a bucket and its objects.",
	Create:   createSpacesPolicy,
	Read:     readSpacesPolicy,
	Update:   updateSpacesPolicy,
	Delete:   deleteSpacesPolicy,
	List:     onlySetting(readSpacesPolicy),
	Import:   importSpacesPolicy,
	ImportID: func(x spacesPolicy) string { return x.Region + "," + x.Bucket },
	Within:   func(x spacesPolicy) string { return within(x.Region, x.Bucket) },
	Natural:  func(x spacesPolicy) string { return x.Bucket },
	Spell:    spellSpacesPolicy,
	Check:    checkSpacesPolicy,
	Lock:     func(x spacesPolicy) string { return spacesLock(x.Bucket) },
	Again:    true,
	Examples: []string{
		exampleSpace + `

resource "digitalocean_spaces_bucket_policy" "example" {
  region = digitalocean_spaces_bucket.ml.region
  bucket = digitalocean_spaces_bucket.ml.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::${digitalocean_spaces_bucket.ml.name}/public/*"
    }]
  })
}`,
		exampleSpace + `

resource "digitalocean_spaces_bucket_policy" "example" {
  region = digitalocean_spaces_bucket.ml.region
  bucket = digitalocean_spaces_bucket.ml.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["s3:DeleteObject"]
      Resource  = ["arn:aws:s3:::${digitalocean_spaces_bucket.ml.name}/models/*"]
      Condition = { NotIpAddress = { "aws:SourceIp" = "203.0.113.0/24" } }
    }]
  })
}`,
	},
}

func createSpacesPolicy(ctx context.Context, c *client, x *spacesPolicy, _ providers.Attempt) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	if _, err := s.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &x.Policy}); err != nil {
		return ofBucket(err)
	}
	x.ID = *bucket
	return nil
}

func readSpacesPolicy(ctx context.Context, c *client, x *spacesPolicy) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	got, err := s.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
	if err != nil {
		return gone(err)
	}
	x.ID, x.Bucket, x.Policy = *bucket, *bucket, aws.ToString(got.Policy)
	return nil
}

func updateSpacesPolicy(ctx context.Context, c *client, was spacesPolicy, x *spacesPolicy) error {
	x.ID = was.ID
	return createSpacesPolicy(ctx, c, x, providers.Attempt{})
}

func deleteSpacesPolicy(ctx context.Context, c *client, x spacesPolicy) error {
	s, bucket, err := c.spaces.setting(ctx, x.Region, x.ID, x.Bucket)
	if err != nil {
		return err
	}
	_, err = s.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: bucket})
	return gone(err)
}

func importSpacesPolicy(id string) (spacesPolicy, error) {
	region, bucket, err := importSetting(id)
	return spacesPolicy{ID: bucket, Region: region}, err
}

// spellSpacesPolicy keeps the spelling of a policy that means the same.
func spellSpacesPolicy(was spacesPolicy, x *spacesPolicy) {
	keepRegion(was.Region, &x.Region)
	if a, err := canonicalPolicy(was.Policy); err == nil {
		if b, err := canonicalPolicy(x.Policy); err == nil && a == b {
			x.Policy = was.Policy
		}
	}
}

// maxPolicy is the longest policy that Spaces takes.
const maxPolicy = 20 << 10

// policyVersions are those of the policy language.
var policyVersions = []string{"2012-10-17", "2008-10-17"}

func checkSpacesPolicy(_ *spacesPolicy, x spacesPolicy) error {
	if err := checkSpacesRegion(x.Region); err != nil {
		return err
	}
	if len(x.Policy) > maxPolicy {
		return fmt.Errorf("policy has %d bytes, more than the %d that Spaces takes", len(x.Policy), maxPolicy)
	}
	p, err := parsePolicy(x.Policy)
	if err != nil {
		return err
	}
	if version, _ := p["Version"].(string); !slices.Contains(policyVersions, version) {
		return fmt.Errorf("version %q of the policy is not %q, that of the policy language: it is no date to choose", version, policyVersions[0])
	}
	statements, _ := p["Statement"].([]any)
	if len(statements) == 0 {
		return errors.New("policy has no Statement")
	}
	for i, s := range statements {
		if err := checkStatement(s); err != nil {
			return fmt.Errorf("statement %d of the policy: %w", i+1, err)
		}
	}
	return nil
}

func checkStatement(statement any) error {
	s, _ := statement.(map[string]any)
	if effect, _ := s["Effect"].(string); effect != "Allow" && effect != "Deny" {
		return fmt.Errorf("effect %q is neither Allow nor Deny", effect)
	}
	for _, names := range [][2]string{{"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if s[names[0]] == nil && s[names[1]] == nil {
			return fmt.Errorf("it lacks %s", names[0])
		}
	}
	return nil
}

// parsePolicy returns a policy whose statements are a list.
func parsePolicy(text string) (map[string]any, error) {
	var p map[string]any
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("policy is not an object in JSON: %w", err)
	}
	if one, ok := p["Statement"].(map[string]any); ok {
		p["Statement"] = []any{one}
	}
	return p, nil
}

// canonicalPolicy returns the one spelling of all that mean the same: a value
// is a list of one, the order of lists of words means nothing, and everybody is
// "*" or that in AWS.
func canonicalPolicy(text string) (string, error) {
	p, err := parsePolicy(text)
	if err != nil {
		return "", err
	}
	statements, _ := p["Statement"].([]any)
	for _, statement := range statements {
		s, _ := statement.(map[string]any)
		for name, v := range s {
			switch name {
			case "Sid", "Effect":
			case "Principal", "NotPrincipal":
				if v == "*" {
					v = map[string]any{"AWS": "*"}
				}
				s[name] = wordLists(v)
			default:
				s[name] = wordLists(v)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(p)
	return b.String(), err
}

// wordLists returns v with every value in it as a sorted list of words.
func wordLists(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = wordLists(inner)
		}
		return v
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = fmt.Sprint(w)
		}
		slices.Sort(words)
		return slices.Compact(words)
	}
	return []string{strings.TrimSpace(fmt.Sprint(v))}
}
