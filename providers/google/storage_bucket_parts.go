package google

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"

	"google.golang.org/api/storage/v1"
)

type bucketVersioning struct {
	Enabled bool `cty:"enabled" is:"required" doc:"True to keep versions, false to stop keeping them."`
}

type bucketLifecycleRule struct {
	Action    []bucketAction    `cty:"action"    is:"required,set,max=1" doc:"What is done."`
	Condition []bucketCondition `cty:"condition" is:"required,set,max=1" doc:"When it is done: all that is set has to hold."`
}

type bucketAction struct {
	Type         string `cty:"type"          is:"required" doc:"Delete, SetStorageClass or AbortIncompleteMultipartUpload."`
	StorageClass string `cty:"storage_class" is:"optional" doc:"Class that SetStorageClass gives."`
}

type bucketCondition struct {
	Age                     int      `cty:"age"                        is:"optional" doc:"Days since the object was made."`
	SendAgeIfZero           bool     `cty:"send_age_if_zero"           is:"optional" doc:"Whether an age of 0 counts, and matches all objects."`
	CreatedBefore           string   `cty:"created_before"             is:"optional" doc:"Day before which it was made, such as 2030-01-31."`
	CustomTimeBefore        string   `cty:"custom_time_before"         is:"optional" doc:"Day before which its custom time lies."`
	DaysSinceCustomTime     int      `cty:"days_since_custom_time"     is:"optional" doc:"Days since its custom time."`
	DaysSinceNoncurrentTime int      `cty:"days_since_noncurrent_time" is:"optional" doc:"Days since it was replaced by a newer version."`
	NoncurrentTimeBefore    string   `cty:"noncurrent_time_before"     is:"optional" doc:"Day before which it was replaced."`
	NumNewerVersions        int      `cty:"num_newer_versions"         is:"optional" doc:"How many newer versions there are."`
	WithState               string   `cty:"with_state"                 is:"else=ANY" doc:"LIVE, ARCHIVED for old versions, or ANY."`
	MatchesStorageClass     []string `cty:"matches_storage_class"      is:"optional" doc:"Classes of which it has one."`
	MatchesPrefix           []string `cty:"matches_prefix"             is:"optional" doc:"Starts of which its name has one."`
	MatchesSuffix           []string `cty:"matches_suffix"             is:"optional" doc:"Ends of which its name has one."`
	SizeAboveBytes          int      `cty:"size_above_bytes"           is:"optional" doc:"Bytes that it has more than."`
	SizeBelowBytes          int      `cty:"size_below_bytes"           is:"optional" doc:"Bytes that it has less than."`
}

type bucketSoftDelete struct {
	RetentionDuration int `cty:"retention_duration_seconds" is:"else=604800" doc:"Seconds, 7 to 90 days; 0 deletes for good."`
}

type bucketRetention struct {
	IsLocked        bool   `cty:"is_locked"        is:"else=false" doc:"Whether the policy can never be taken back."`
	RetentionPeriod string `cty:"retention_period" is:"required"   doc:"Seconds from the making of an object."`
}

type bucketAutoclass struct {
	Enabled              bool   `cty:"enabled"                is:"required" doc:"Whether it is on."`
	TerminalStorageClass string `cty:"terminal_storage_class" is:"optional" doc:"Class of what nobody reads: NEARLINE or ARCHIVE."`
}

type bucketCORS struct {
	Origin         []string `cty:"origin"          is:"optional" doc:"Origins that are allowed; * means any."`
	Method         []string `cty:"method"          is:"optional" doc:"HTTP methods that are allowed; * means any."`
	ResponseHeader []string `cty:"response_header" is:"optional" doc:"Headers that pages may read."`
	MaxAge         int      `cty:"max_age_seconds" is:"optional" doc:"Seconds for which browsers remember the answer."`
}

type bucketWebsite struct {
	MainPageSuffix string `cty:"main_page_suffix" is:"optional" doc:"Object that stands for a directory."`
	NotFoundPage   string `cty:"not_found_page"   is:"optional" doc:"Object that is shown for what does not exist."`
}

type bucketLogging struct {
	LogBucket       string `cty:"log_bucket"        is:"required" doc:"Bucket that the logs go to."`
	LogObjectPrefix string `cty:"log_object_prefix" is:"optional" doc:"Start of their names; absent means this bucket's name."`
}

type bucketEncryption struct {
	DefaultKMSKeyName string `cty:"default_kms_key_name" is:"required" doc:"Path of the key."`
}

// spellStorageBucket: the API answers locations in capitals, and defaults for
// what was left out.
func spellStorageBucket(was storageBucket, x *storageBucket) {
	if strings.EqualFold(was.Location, x.Location) {
		x.Location = was.Location
	}
	respell(was.Project, &x.Project)
	if off := func(v []bucketVersioning) bool { return len(v) == 0 || !v[0].Enabled }; off(was.Versioning) && off(x.Versioning) {
		x.Versioning = was.Versioning
	}
	if off := func(v []bucketAutoclass) bool { return len(v) == 0 || !v[0].Enabled }; off(was.Autoclass) && off(x.Autoclass) {
		x.Autoclass = was.Autoclass
	}
	if len(was.Autoclass) > 0 && len(x.Autoclass) > 0 {
		sameDefault(was.Autoclass[0].TerminalStorageClass, &x.Autoclass[0].TerminalStorageClass, defaultTerminalClass)
	}
	if len(was.Logging) > 0 && len(x.Logging) > 0 {
		sameDefault(was.Logging[0].LogObjectPrefix, &x.Logging[0].LogObjectPrefix, x.Name)
	}
	for i := range min(len(was.LifecycleRule), len(x.LifecycleRule)) {
		for j := range min(len(was.LifecycleRule[i].Condition), len(x.LifecycleRule[i].Condition)) {
			old, c := was.LifecycleRule[i].Condition[j], &x.LifecycleRule[i].Condition[j]
			if old.Age == c.Age && c.Age > 0 {
				c.SendAgeIfZero = old.SendAgeIfZero // says nothing then
			}
		}
	}
}

// defaultTerminalClass is what Autoclass ends with unless it is told.
const defaultTerminalClass = "NEARLINE"

// sameDefault gives x the spelling of was when one is absent and the other the
// default.
func sameDefault(was string, x *string, value string) {
	if (was == "" && *x == value) || (was == value && *x == "") {
		*x = was
	}
}

func (x *storageBucket) changeParts(now storageBucket, b *storage.Bucket) {
	// null marks a part that is to go, and reports whether there is none.
	null := func(field string, want int, had int) bool {
		if want == 0 && had > 0 {
			b.NullFields = append(b.NullFields, field)
		}
		return want == 0
	}
	if v := x.Versioning; len(v) > 0 && !reflect.DeepEqual(v, now.Versioning) {
		b.Versioning = &storage.BucketVersioning{Enabled: v[0].Enabled, ForceSendFields: []string{"Enabled"}}
	}
	if v := x.SoftDeletePolicy; len(v) > 0 && !reflect.DeepEqual(v, now.SoftDeletePolicy) {
		b.SoftDeletePolicy = &storage.BucketSoftDeletePolicy{RetentionDurationSeconds: int64(v[0].RetentionDuration), ForceSendFields: []string{"RetentionDurationSeconds"}}
	}
	if v := x.Website; len(v) > 0 && !reflect.DeepEqual(v, now.Website) {
		b.Website = &storage.BucketWebsite{MainPageSuffix: v[0].MainPageSuffix, NotFoundPage: v[0].NotFoundPage, ForceSendFields: []string{"MainPageSuffix", "NotFoundPage"}}
	}
	if v := x.Autoclass; !reflect.DeepEqual(v, now.Autoclass) {
		b.Autoclass = &storage.BucketAutoclass{ForceSendFields: []string{"Enabled"}}
		if len(v) > 0 {
			b.Autoclass.Enabled, b.Autoclass.TerminalStorageClass = v[0].Enabled, v[0].TerminalStorageClass
		}
		if b.Autoclass.Enabled && b.Autoclass.TerminalStorageClass == "" {
			b.Autoclass.TerminalStorageClass = defaultTerminalClass
		}
	}
	if v := x.RetentionPolicy; !null("RetentionPolicy", len(v), len(now.RetentionPolicy)) &&
		(len(now.RetentionPolicy) == 0 || v[0].RetentionPeriod != now.RetentionPolicy[0].RetentionPeriod) {
		period, _ := strconv.ParseInt(v[0].RetentionPeriod, 10, 64) // checked
		b.RetentionPolicy = &storage.BucketRetentionPolicy{RetentionPeriod: period}
	}
	if v := x.Logging; !null("Logging", len(v), len(now.Logging)) && !reflect.DeepEqual(v, now.Logging) {
		b.Logging = &storage.BucketLogging{LogBucket: v[0].LogBucket, LogObjectPrefix: cmp.Or(v[0].LogObjectPrefix, x.Name)}
	}
	if v := x.Encryption; !null("Encryption", len(v), len(now.Encryption)) && !reflect.DeepEqual(v, now.Encryption) {
		b.Encryption = &storage.BucketEncryption{DefaultKmsKeyName: v[0].DefaultKMSKeyName}
	}
	if v := x.CORS; !null("Cors", len(v), len(now.CORS)) && !reflect.DeepEqual(v, now.CORS) {
		for _, r := range v {
			b.Cors = append(b.Cors, &storage.BucketCors{Origin: r.Origin, Method: r.Method, ResponseHeader: r.ResponseHeader, MaxAgeSeconds: int64(r.MaxAge)})
		}
	}
	if v := x.LifecycleRule; !null("Lifecycle", len(v), len(now.LifecycleRule)) && !reflect.DeepEqual(v, now.LifecycleRule) {
		b.Lifecycle = &storage.BucketLifecycle{}
		for _, r := range v {
			b.Lifecycle.Rule = append(b.Lifecycle.Rule, r.rule())
		}
	}
}

func (r bucketLifecycleRule) rule() *storage.BucketLifecycleRule {
	a, c := r.Action[0], r.Condition[0]
	condition := &storage.BucketLifecycleRuleCondition{
		CreatedBefore: c.CreatedBefore, CustomTimeBefore: c.CustomTimeBefore, NoncurrentTimeBefore: c.NoncurrentTimeBefore,
		DaysSinceCustomTime: int64(c.DaysSinceCustomTime), DaysSinceNoncurrentTime: int64(c.DaysSinceNoncurrentTime),
		NumNewerVersions: int64(c.NumNewerVersions), SizeAboveBytes: int64(c.SizeAboveBytes), SizeBelowBytes: int64(c.SizeBelowBytes),
		MatchesStorageClass: c.MatchesStorageClass, MatchesPrefix: c.MatchesPrefix, MatchesSuffix: c.MatchesSuffix,
	}
	if c.Age > 0 || c.SendAgeIfZero {
		condition.Age = ptr(int64(c.Age))
	}
	if c.WithState != "ANY" {
		condition.IsLive = ptr(c.WithState == "LIVE")
	}
	return &storage.BucketLifecycleRule{Action: &storage.BucketLifecycleRuleAction{Type: a.Type, StorageClass: a.StorageClass}, Condition: condition}
}

func (x *storageBucket) fillParts(got *storage.Bucket) {
	x.Versioning, x.SoftDeletePolicy, x.RetentionPolicy, x.Autoclass = nil, nil, nil, nil
	x.Website, x.Logging, x.Encryption, x.CORS, x.LifecycleRule = nil, nil, nil, nil, nil
	if v := got.Versioning; v != nil {
		x.Versioning = []bucketVersioning{{v.Enabled}}
	}
	if v := got.SoftDeletePolicy; v != nil {
		x.SoftDeletePolicy = []bucketSoftDelete{{int(v.RetentionDurationSeconds)}}
	}
	if v := got.RetentionPolicy; v != nil {
		x.RetentionPolicy = []bucketRetention{{v.IsLocked, strconv.FormatInt(v.RetentionPeriod, 10)}}
	}
	if v := got.Autoclass; v != nil && v.Enabled {
		x.Autoclass = []bucketAutoclass{{v.Enabled, v.TerminalStorageClass}}
	}
	if v := got.Website; v != nil {
		x.Website = []bucketWebsite{{v.MainPageSuffix, v.NotFoundPage}}
	}
	if v := got.Logging; v != nil {
		x.Logging = []bucketLogging{{v.LogBucket, v.LogObjectPrefix}}
	}
	if v := got.Encryption; v != nil && v.DefaultKmsKeyName != "" {
		x.Encryption = []bucketEncryption{{v.DefaultKmsKeyName}}
	}
	for _, r := range got.Cors {
		x.CORS = append(x.CORS, bucketCORS{texts(r.Origin), texts(r.Method), texts(r.ResponseHeader), int(r.MaxAgeSeconds)})
	}
	if got.Lifecycle != nil {
		for _, r := range got.Lifecycle.Rule {
			x.LifecycleRule = append(x.LifecycleRule, lifecycleRuleOf(r))
		}
	}
}

func lifecycleRuleOf(r *storage.BucketLifecycleRule) bucketLifecycleRule {
	var rule bucketLifecycleRule
	if a := r.Action; a != nil {
		rule.Action = []bucketAction{{a.Type, a.StorageClass}}
	}
	c := r.Condition
	if c == nil {
		return rule
	}
	condition := bucketCondition{
		CreatedBefore: c.CreatedBefore, CustomTimeBefore: c.CustomTimeBefore, NoncurrentTimeBefore: c.NoncurrentTimeBefore,
		DaysSinceCustomTime: int(c.DaysSinceCustomTime), DaysSinceNoncurrentTime: int(c.DaysSinceNoncurrentTime),
		NumNewerVersions: int(c.NumNewerVersions), SizeAboveBytes: int(c.SizeAboveBytes), SizeBelowBytes: int(c.SizeBelowBytes),
		MatchesStorageClass: texts(c.MatchesStorageClass), MatchesPrefix: texts(c.MatchesPrefix), MatchesSuffix: texts(c.MatchesSuffix),
		WithState: "ANY",
	}
	if c.Age != nil {
		condition.Age, condition.SendAgeIfZero = int(*c.Age), *c.Age == 0
	}
	if c.IsLive != nil {
		condition.WithState = "ARCHIVED"
		if *c.IsLive {
			condition.WithState = "LIVE"
		}
	}
	rule.Condition = []bucketCondition{condition}
	return rule
}

// texts returns a list with no other form of emptiness than nil.
func texts(list []string) []string { return append([]string(nil), list...) }
