package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type lifecycleRule struct {
	ID                   string                 `cty:"id"      is:"default"  doc:"Name of the rule, unique in the bucket."`
	Prefix               string                 `cty:"prefix"  is:"optional" doc:"Start of the keys it applies to; absent means all."`
	Enabled              bool                   `cty:"enabled" is:"required" doc:"Whether the rule is applied."`
	AbortUploadDays      int                    `cty:"abort_incomplete_multipart_upload_days" is:"optional" doc:"Days after which an unfinished upload is dropped."`
	Expiration           []expiration           `cty:"expiration" is:"optional,set,max=1" doc:"When objects are deleted."`
	NoncurrentExpiration []noncurrentExpiration `cty:"noncurrent_version_expiration" is:"optional,set,max=1" doc:"When old versions are deleted."`
}

type expiration struct {
	Date         string `cty:"date" is:"optional" doc:"Day of the deletion, such as 2030-01-31."`
	Days         int    `cty:"days" is:"optional" doc:"Days from an object's creation to its deletion."`
	DeleteMarker bool   `cty:"expired_object_delete_marker" is:"optional" doc:"Whether markers that hide no version are deleted."`
}

type noncurrentExpiration struct {
	Days int `cty:"days" is:"optional" doc:"Days from a version's replacement to its deletion."`
}

// corsRule is a set where it is a list: Spaces answers in an order of its own.
type corsRule struct {
	Methods []string `cty:"allowed_methods" is:"required,set" doc:"HTTP methods that are allowed, such as GET."`
	Origins []string `cty:"allowed_origins" is:"required,set" doc:"Origins that are allowed; one * each is a wildcard."`
	Headers []string `cty:"allowed_headers" is:"optional,set" doc:"Headers that are allowed; one * each is a wildcard."`
	MaxAge  int      `cty:"max_age_seconds" is:"optional"     doc:"Seconds for which browsers remember the answer."`
}

// readCORS looks at rules only where the bucket has been given some: others are
// those of a CORS configuration, a resource of its own.
func readCORS(ctx context.Context, s *s3.Client, x *spacesBucket) error {
	if len(x.CORSRule) == 0 {
		return nil
	}
	cors, err := s.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &x.Name})
	if err != nil && !isUnset(err) {
		return gone(err)
	}
	x.fillCORS(cors)
	return nil
}

func putLifecycle(ctx context.Context, s *s3.Client, x spacesBucket) error {
	if len(x.LifecycleRule) == 0 {
		_, err := s.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &x.Name})
		return err
	}
	rules := make([]types.LifecycleRule, len(x.LifecycleRule))
	for i, r := range x.LifecycleRule {
		rules[i] = r.rule()
	}
	_, err := s.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &x.Name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
	})
	return err
}

func putCORS(ctx context.Context, s *s3.Client, x spacesBucket) error {
	if len(x.CORSRule) == 0 {
		_, err := s.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: &x.Name})
		return err
	}
	rules := make([]types.CORSRule, len(x.CORSRule))
	for i, r := range x.CORSRule {
		rules[i] = types.CORSRule{AllowedMethods: r.Methods, AllowedOrigins: r.Origins, AllowedHeaders: r.Headers}
		if r.MaxAge > 0 {
			rules[i].MaxAgeSeconds = aws.Int32(int32(r.MaxAge))
		}
	}
	_, err := s.PutBucketCors(ctx, &s3.PutBucketCorsInput{
		Bucket: &x.Name, CORSConfiguration: &types.CORSConfiguration{CORSRules: rules},
	})
	return err
}

// rule is never called with an empty id: see nameRules.
func (r lifecycleRule) rule() types.LifecycleRule {
	rule := types.LifecycleRule{
		ID:     &r.ID,
		Filter: &types.LifecycleRuleFilter{Prefix: &r.Prefix},
		Status: types.ExpirationStatusDisabled,
	}
	if r.Enabled {
		rule.Status = types.ExpirationStatusEnabled
	}
	if r.AbortUploadDays > 0 {
		rule.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(int32(r.AbortUploadDays))}
	}
	for _, e := range r.Expiration {
		rule.Expiration = &types.LifecycleExpiration{}
		if day, err := time.Parse(time.DateOnly, e.Date); err == nil {
			rule.Expiration.Date = &day
		} else if e.Days > 0 {
			rule.Expiration.Days = aws.Int32(int32(e.Days))
		} else {
			rule.Expiration.ExpiredObjectDeleteMarker = &e.DeleteMarker
		}
	}
	for _, e := range r.NoncurrentExpiration {
		rule.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(int32(e.Days))}
	}
	return rule
}

func (r lifecycleRule) check() error {
	if r.AbortUploadDays == 0 && len(r.Expiration)+len(r.NoncurrentExpiration) == 0 {
		return errors.New("one of expiration, noncurrent_version_expiration and abort_incomplete_multipart_upload_days has to be set")
	}
	for _, e := range r.Expiration {
		if _, err := time.Parse(time.DateOnly, e.Date); err != nil && e.Date != "" {
			return fmt.Errorf("date %q is not a day such as 2030-01-31", e.Date)
		}
		if (e.Date != "" && e.Days != 0) || (e.DeleteMarker && (e.Date != "" || e.Days != 0)) {
			return errors.New("expiration takes one of date, days and expired_object_delete_marker")
		}
		if e.Date == "" && !e.DeleteMarker && e.Days < 1 {
			return errors.New("expiration needs date, days of at least 1, or expired_object_delete_marker = true")
		}
	}
	for _, e := range r.NoncurrentExpiration {
		if e.Days < 1 {
			return errors.New("noncurrent_version_expiration needs days of at least 1")
		}
	}
	return nil
}

// nameRules gives an id to rules that have none.
func (x *spacesBucket) nameRules() {
	for i := range x.LifecycleRule {
		if r := &x.LifecycleRule[i]; r.ID == "" {
			r.ID = fmt.Sprintf("mlinfra-%d", i+1)
		}
	}
}

// fillLifecycle keeps the order of x: Spaces sorts rules by their id.
func (x *spacesBucket) fillLifecycle(got *s3.GetBucketLifecycleConfigurationOutput) {
	place := func(id string) int {
		i := slices.IndexFunc(x.LifecycleRule, func(r lifecycleRule) bool { return r.ID == id })
		if i < 0 {
			return len(x.LifecycleRule)
		}
		return i
	}
	var rules []lifecycleRule
	if got != nil {
		for _, g := range got.Rules {
			rules = append(rules, lifecycleRuleOf(g))
		}
	}
	slices.SortStableFunc(rules, func(a, b lifecycleRule) int { return cmp.Compare(place(a.ID), place(b.ID)) })
	x.LifecycleRule = rules
}

func lifecycleRuleOf(got types.LifecycleRule) lifecycleRule {
	r := lifecycleRule{ID: aws.ToString(got.ID), Enabled: got.Status == types.ExpirationStatusEnabled}
	if f := got.Filter; f != nil {
		r.Prefix = aws.ToString(f.Prefix)
		if f.And != nil {
			r.Prefix = aws.ToString(f.And.Prefix)
		}
	}
	if a := got.AbortIncompleteMultipartUpload; a != nil {
		r.AbortUploadDays = int(aws.ToInt32(a.DaysAfterInitiation))
	}
	if e := got.Expiration; e != nil {
		out := expiration{Days: int(aws.ToInt32(e.Days)), DeleteMarker: aws.ToBool(e.ExpiredObjectDeleteMarker)}
		if e.Date != nil {
			out.Date = e.Date.UTC().Format(time.DateOnly)
		}
		r.Expiration = []expiration{out}
	}
	if e := got.NoncurrentVersionExpiration; e != nil {
		r.NoncurrentExpiration = []noncurrentExpiration{{Days: int(aws.ToInt32(e.NoncurrentDays))}}
	}
	return r
}

func (x *spacesBucket) fillCORS(got *s3.GetBucketCorsOutput) {
	x.CORSRule = nil
	if got == nil {
		return
	}
	for _, r := range got.CORSRules {
		x.CORSRule = append(x.CORSRule, corsRule{
			Methods: r.AllowedMethods, Origins: r.AllowedOrigins, Headers: r.AllowedHeaders, MaxAge: int(aws.ToInt32(r.MaxAgeSeconds)),
		})
	}
}
