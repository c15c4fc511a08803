package aws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestCheckS3Bucket(t *testing.T) {
	for name, tc := range map[string]struct{ bucket, want string }{
		"absent":           {"", ""},
		"plain":            {"ml-artifacts.2026", ""},
		"too short":        {"ab", "3 to 63"},
		"too long":         {strings.Repeat("a", 64), "3 to 63"},
		"capitals":         {"ML-artifacts", "3 to 63"},
		"underscore":       {"ml_artifacts", "3 to 63"},
		"dash at the end":  {"ml-artifacts-", "3 to 63"},
		"two dots":         {"ml..artifacts", "two dots"},
		"an address":       {"192.168.0.1", "address"},
		"reserved start":   {"xn--artifacts", "keeps for itself"},
		"reserved ending":  {"artifacts-s3alias", "keeps for itself"},
		"dash in the name": {"a-b", ""},
	} {
		err := checkS3Bucket(nil, s3Bucket{Bucket: tc.bucket})
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: bucket %q: error %q, want %q", name, tc.bucket, got, tc.want)
		}
	}
}

func TestCheckS3BucketVersioning(t *testing.T) {
	with := func(bucket, status string) s3BucketVersioning {
		return s3BucketVersioning{Bucket: bucket, Configuration: []s3Versioning{{Status: status}}}
	}
	enabled := with("a", "Enabled")
	for name, tc := range map[string]struct {
		was  *s3BucketVersioning
		want s3BucketVersioning
		err  string
	}{
		"new":                        {nil, enabled, ""},
		"new and disabled":           {nil, with("a", "Disabled"), ""},
		"suspended":                  {&enabled, with("a", "Suspended"), ""},
		"disabled again":             {&enabled, with("a", "Disabled"), "only be suspended"},
		"disabled in another bucket": {&enabled, with("b", "Disabled"), ""},
		"a word of its own":          {nil, with("a", "On"), "none of"},
	} {
		err := checkS3BucketVersioning(tc.was, tc.want)
		if got := errorText(err); (tc.err == "") != (err == nil) || !strings.Contains(got, tc.err) {
			t.Errorf("%s: error %q, want %q", name, got, tc.err)
		}
	}
}

func TestDefaultEncryption(t *testing.T) {
	rule := func(algorithm, key string, bucketKey bool) []s3EncryptionRule {
		return []s3EncryptionRule{{BucketKeyEnabled: bucketKey, Default: []s3EncryptionDefault{{Algorithm: algorithm, KeyID: key}}}}
	}
	for name, tc := range map[string]struct {
		rules []s3EncryptionRule
		want  bool
	}{
		"none":            {nil, true},
		"AES256":          {rule("AES256", "", false), true},
		"with bucket key": {rule("AES256", "", true), false},
		"KMS":             {rule("aws:kms", "", false), false},
		"KMS and key":     {rule("aws:kms", "arn:aws:kms:eu-central-1:123456789012:key/k", false), false},
	} {
		if got := isDefaultEncryption(tc.rules); got != tc.want {
			t.Errorf("%s: default is %t, want %t", name, got, tc.want)
		}
	}
}

func TestLifecycleRulesThereAndBack(t *testing.T) {
	for name, rule := range map[string]s3LifecycleRule{
		"all objects": {ID: "a", Status: "Enabled", AbortUpload: []s3AbortUpload{{Days: 7}}},
		"a prefix":    {ID: "a", Status: "Disabled", Filter: []s3LifecycleFilter{{Prefix: "runs/"}}, Expiration: []s3Expiration{{Days: 30}}},
		"a tag":       {ID: "a", Status: "Enabled", Filter: []s3LifecycleFilter{{Tag: []s3LifecycleTag{{Key: "k", Value: ""}}}}, Expiration: []s3Expiration{{Date: "2030-01-31T00:00:00Z"}}},
		"sizes":       {ID: "a", Status: "Enabled", Filter: []s3LifecycleFilter{{GreaterThan: 5}}, Expiration: []s3Expiration{{DeleteMarker: true}}},
		"several": {ID: "a", Status: "Enabled", Filter: []s3LifecycleFilter{{And: []s3LifecycleAnd{{Prefix: "runs/", LessThan: 9, Tags: map[string]string{"k": "v"}}}}},
			Transition: []s3Transition{{Days: new(0), StorageClass: "GLACIER_IR"}, {Date: "2030-01-31T00:00:00Z", StorageClass: "DEEP_ARCHIVE"}}},
		"old versions": {ID: "a", Status: "Enabled", NoncurrentExpiration: []s3NoncurrentExpiration{{Days: 30, Newer: 3}},
			NoncurrentTransition: []s3NoncurrentTransition{{Days: 0, StorageClass: "GLACIER"}}},
	} {
		got := s3LifecycleRuleOf(rule.rule())
		for i := range got.Filter {
			for j := range got.Filter[i].And {
				if len(got.Filter[i].And[j].Tags) == 0 {
					got.Filter[i].And[j].Tags = nil
				}
			}
		}
		if diff := cmp.Diff(rule, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNormalLifecycle(t *testing.T) {
	x := s3BucketLifecycle{Rule: []s3LifecycleRule{
		{ID: "a", Filter: []s3LifecycleFilter{{}}, Expiration: []s3Expiration{{Date: "2030-01-31"}}},
		{ID: "b", Filter: []s3LifecycleFilter{{Prefix: "b/"}}, Transition: []s3Transition{{Date: "2030-01-31T02:00:00+02:00"}, {Date: "soon"}}},
	}}
	normalS3BucketLifecycle(&x)
	want := s3BucketLifecycle{Rule: []s3LifecycleRule{
		{ID: "a", Expiration: []s3Expiration{{Date: "2030-01-31T00:00:00Z"}}},
		{ID: "b", Filter: []s3LifecycleFilter{{Prefix: "b/"}}, Transition: []s3Transition{{Date: "2030-01-31T00:00:00Z"}, {Date: "soon"}}},
	}}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("normal spelling (-want +got):\n%s", diff)
	}
}

func TestLifecycleKeepsTheOrderOfRules(t *testing.T) {
	id := func(s string) *string { return &s }
	x := s3BucketLifecycle{Rule: []s3LifecycleRule{{ID: "b"}, {ID: "a"}}}
	x.fill("bucket", &s3.GetBucketLifecycleConfigurationOutput{Rules: []s3types.LifecycleRule{{ID: id("a")}, {ID: id("b")}, {ID: id("c")}}})
	var got []string
	for _, r := range x.Rule {
		got = append(got, r.ID)
	}
	if diff := cmp.Diff([]string{"b", "a", "c"}, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestCheckLifecycle(t *testing.T) {
	expires := []s3Expiration{{Days: 1}}
	tag := []s3LifecycleTag{{Key: "k", Value: "v"}}
	for name, tc := range map[string]struct {
		rule s3LifecycleRule
		want string
	}{
		"good":                   {s3LifecycleRule{Status: "Enabled", Expiration: expires}, ""},
		"status":                 {s3LifecycleRule{Status: "On", Expiration: expires}, "neither Enabled nor Disabled"},
		"nothing to do":          {s3LifecycleRule{Status: "Enabled"}, "does nothing"},
		"two conditions":         {s3LifecycleRule{Status: "Enabled", Expiration: expires, Filter: []s3LifecycleFilter{{Prefix: "a", Tag: tag}}}, "inside and"},
		"and with one":           {s3LifecycleRule{Status: "Enabled", Expiration: expires, Filter: []s3LifecycleFilter{{And: []s3LifecycleAnd{{Prefix: "a"}}}}}, "two conditions or more"},
		"sizes crossed":          {s3LifecycleRule{Status: "Enabled", Expiration: expires, Filter: []s3LifecycleFilter{{And: []s3LifecycleAnd{{GreaterThan: 9, LessThan: 9}}}}}, "not below"},
		"days and date":          {s3LifecycleRule{Status: "Enabled", Expiration: []s3Expiration{{Days: 1, Date: "2030-01-31"}}}, "one of date"},
		"neither":                {s3LifecycleRule{Status: "Enabled", Expiration: []s3Expiration{{}}}, "one of date"},
		"negative days":          {s3LifecycleRule{Status: "Enabled", Expiration: []s3Expiration{{Days: -1}}}, "at least 1"},
		"no day":                 {s3LifecycleRule{Status: "Enabled", Expiration: []s3Expiration{{Date: "soon"}}}, "not a day"},
		"an hour":                {s3LifecycleRule{Status: "Enabled", Expiration: []s3Expiration{{Date: "2030-01-31T01:00:00Z"}}}, "not a day"},
		"markers by tag":         {s3LifecycleRule{Status: "Enabled", Filter: []s3LifecycleFilter{{Tag: tag}}, Expiration: []s3Expiration{{DeleteMarker: true}}}, "markers have none"},
		"uploads by tag":         {s3LifecycleRule{Status: "Enabled", Filter: []s3LifecycleFilter{{Tag: tag}}, AbortUpload: []s3AbortUpload{{Days: 1}}}, "uploads have none"},
		"class":                  {s3LifecycleRule{Status: "Enabled", Transition: []s3Transition{{Days: new(1), StorageClass: "STANDARD"}}}, "storage_class"},
		"too early":              {s3LifecycleRule{Status: "Enabled", Transition: []s3Transition{{Days: new(29), StorageClass: "STANDARD_IA"}}}, "at least 30"},
		"at once":                {s3LifecycleRule{Status: "Enabled", Transition: []s3Transition{{Days: new(0), StorageClass: "GLACIER"}}}, ""},
		"move without time":      {s3LifecycleRule{Status: "Enabled", Transition: []s3Transition{{StorageClass: "GLACIER"}}}, "one of date and days"},
		"old versions too early": {s3LifecycleRule{Status: "Enabled", NoncurrentTransition: []s3NoncurrentTransition{{Days: 1, StorageClass: "ONEZONE_IA"}}}, "at least 30"},
		"too many old versions":  {s3LifecycleRule{Status: "Enabled", NoncurrentExpiration: []s3NoncurrentExpiration{{Days: 1, Newer: 101}}}, "1 to 100"},
	} {
		err := checkS3BucketLifecycle(nil, s3BucketLifecycle{MinimumSize: "all_storage_classes_128K", Rule: []s3LifecycleRule{tc.rule}})
		if got := errorText(err); (tc.want == "") != (err == nil) || !strings.Contains(got, tc.want) {
			t.Errorf("%s: error %q, want %q", name, got, tc.want)
		}
	}
	twice := s3BucketLifecycle{MinimumSize: "all_storage_classes_128K", Rule: []s3LifecycleRule{{ID: "a", Status: "Enabled", Expiration: expires}, {ID: "a", Status: "Enabled", Expiration: expires}}}
	if err := checkS3BucketLifecycle(nil, twice); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("two rules of one id: error %v", err)
	}
}
