package aws

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The rules of a lifecycle as S3 has them, and back.

func (r s3LifecycleRule) rule() s3types.LifecycleRule {
	out := s3types.LifecycleRule{ID: &r.ID, Status: s3types.ExpirationStatus(r.Status), Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")}}
	for _, f := range r.Filter {
		out.Filter = f.filter()
	}
	for _, e := range r.Expiration {
		out.Expiration = &s3types.LifecycleExpiration{Date: midnight(e.Date), Days: number(e.Days)}
		if e.DeleteMarker {
			out.Expiration.ExpiredObjectDeleteMarker = aws.Bool(true)
		}
	}
	for _, t := range r.Transition {
		out.Transitions = append(out.Transitions, s3types.Transition{
			Date: midnight(t.Date), Days: int32Of(t.Days), StorageClass: s3types.TransitionStorageClass(t.StorageClass),
		})
	}
	for _, e := range r.NoncurrentExpiration {
		out.NoncurrentVersionExpiration = &s3types.NoncurrentVersionExpiration{NoncurrentDays: int32Of(&e.Days), NewerNoncurrentVersions: number(e.Newer)}
	}
	for _, t := range r.NoncurrentTransition {
		out.NoncurrentVersionTransitions = append(out.NoncurrentVersionTransitions, s3types.NoncurrentVersionTransition{
			NoncurrentDays: int32Of(&t.Days), NewerNoncurrentVersions: number(t.Newer), StorageClass: s3types.TransitionStorageClass(t.StorageClass),
		})
	}
	for _, a := range r.AbortUpload {
		out.AbortIncompleteMultipartUpload = &s3types.AbortIncompleteMultipartUpload{DaysAfterInitiation: int32Of(&a.Days)}
	}
	return out
}

// filter is never called for an empty one: see normalS3BucketLifecycle.
func (f s3LifecycleFilter) filter() *s3types.LifecycleRuleFilter {
	out := &s3types.LifecycleRuleFilter{Prefix: optional(f.Prefix), ObjectSizeGreaterThan: bytesOf(f.GreaterThan), ObjectSizeLessThan: bytesOf(f.LessThan)}
	for _, t := range f.Tag {
		out.Tag = &s3types.Tag{Key: &t.Key, Value: &t.Value}
	}
	for _, a := range f.And {
		out.And = &s3types.LifecycleRuleAndOperator{Prefix: optional(a.Prefix), ObjectSizeGreaterThan: bytesOf(a.GreaterThan), ObjectSizeLessThan: bytesOf(a.LessThan)}
		for _, key := range sortedKeys(a.Tags) {
			out.And.Tags = append(out.And.Tags, newS3Tag(key, a.Tags[key]))
		}
	}
	return out
}

// int32Of returns what 0 is a value of; nil stays nil.
func int32Of(n *int) *int32 {
	if n == nil {
		return nil
	}
	return aws.Int32(int32(*n))
}

// bytesOf returns nil for 0.
func bytesOf(n int) *int64 {
	if n == 0 {
		return nil
	}
	return aws.Int64(int64(n))
}

// midnight returns the day of a text that normalDay has spelled; nil for none.
func midnight(day string) *time.Time {
	t, err := time.Parse(time.RFC3339, day)
	if err != nil {
		return nil
	}
	return &t
}

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func s3LifecycleRuleOf(got s3types.LifecycleRule) s3LifecycleRule {
	r := s3LifecycleRule{ID: aws.ToString(got.ID), Status: string(got.Status), Filter: s3LifecycleFilterOf(got)}
	if e := got.Expiration; e != nil {
		r.Expiration = []s3Expiration{{Date: dayOf(e.Date), Days: int(aws.ToInt32(e.Days)), DeleteMarker: aws.ToBool(e.ExpiredObjectDeleteMarker)}}
	}
	for _, t := range got.Transitions {
		out := s3Transition{Date: dayOf(t.Date), StorageClass: string(t.StorageClass)}
		if t.Days != nil {
			out.Days = new(int(*t.Days))
		}
		r.Transition = append(r.Transition, out)
	}
	if e := got.NoncurrentVersionExpiration; e != nil {
		r.NoncurrentExpiration = []s3NoncurrentExpiration{{Days: int(aws.ToInt32(e.NoncurrentDays)), Newer: int(aws.ToInt32(e.NewerNoncurrentVersions))}}
	}
	for _, t := range got.NoncurrentVersionTransitions {
		r.NoncurrentTransition = append(r.NoncurrentTransition, s3NoncurrentTransition{
			Days: int(aws.ToInt32(t.NoncurrentDays)), Newer: int(aws.ToInt32(t.NewerNoncurrentVersions)), StorageClass: string(t.StorageClass),
		})
	}
	if a := got.AbortIncompleteMultipartUpload; a != nil {
		r.AbortUpload = []s3AbortUpload{{Days: int(aws.ToInt32(a.DaysAfterInitiation))}}
	}
	return r
}

// s3LifecycleFilterOf returns no block for a filter that lets all objects
// through. Old rules have a prefix instead of a filter.
func s3LifecycleFilterOf(got s3types.LifecycleRule) []s3LifecycleFilter {
	f := s3LifecycleFilter{Prefix: aws.ToString(got.Prefix)} //lint:ignore SA1019 old rules say it nowhere else
	if g := got.Filter; g != nil {
		f.Prefix = cmp.Or(aws.ToString(g.Prefix), f.Prefix)
		f.GreaterThan, f.LessThan = int(aws.ToInt64(g.ObjectSizeGreaterThan)), int(aws.ToInt64(g.ObjectSizeLessThan))
		if g.Tag != nil {
			f.Tag = []s3LifecycleTag{{Key: aws.ToString(g.Tag.Key), Value: aws.ToString(g.Tag.Value)}}
		}
		if g.And != nil {
			and := s3LifecycleAnd{Prefix: aws.ToString(g.And.Prefix), GreaterThan: int(aws.ToInt64(g.And.ObjectSizeGreaterThan)), LessThan: int(aws.ToInt64(g.And.ObjectSizeLessThan))}
			and.Tags = tagsOf(g.And.Tags, s3Tag)
			f.And = []s3LifecycleAnd{and}
		}
	}
	if f.empty() {
		return nil
	}
	return []s3LifecycleFilter{f}
}

func (f s3LifecycleFilter) empty() bool { return f.conditions() == 0 }

func (f s3LifecycleFilter) conditions() int {
	return len(f.Tag) + len(f.And) + howMany(f.Prefix != "", f.GreaterThan != 0, f.LessThan != 0)
}

// howMany returns how many of a list are true.
func howMany(list ...bool) int {
	n := 0
	for _, b := range list {
		if b {
			n++
		}
	}
	return n
}

// normalS3BucketLifecycle drops filters that let all through, and spells days
// as S3 does.
func normalS3BucketLifecycle(x *s3BucketLifecycle) {
	for i := range x.Rule {
		r := &x.Rule[i]
		if len(r.Filter) > 0 && r.Filter[0].empty() {
			r.Filter = nil
		}
		for j := range r.Expiration {
			r.Expiration[j].Date = normalDay(r.Expiration[j].Date)
		}
		for j := range r.Transition {
			r.Transition[j].Date = normalDay(r.Transition[j].Date)
		}
	}
}

func normalDay(text string) string {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return text
}

// storageClasses are those that objects move to.
var storageClasses = []string{"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}

func checkS3BucketLifecycle(_ *s3BucketLifecycle, want s3BucketLifecycle) error {
	sizes := []string{"all_storage_classes_128K", "varies_by_storage_class"}
	if !slices.Contains(sizes, want.MinimumSize) {
		return fmt.Errorf("transition_default_minimum_object_size %q is neither all_storage_classes_128K nor varies_by_storage_class", want.MinimumSize)
	}
	ids := map[string]bool{}
	for _, r := range want.Rule {
		if ids[r.ID] {
			return fmt.Errorf("two rules have the id %q", r.ID)
		}
		ids[r.ID] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("rule %q: %w", r.ID, err)
		}
	}
	return nil
}

func (r s3LifecycleRule) check() error {
	if r.Status != "Enabled" && r.Status != "Disabled" {
		return fmt.Errorf("status %q is neither Enabled nor Disabled", r.Status)
	}
	if len(r.Expiration)+len(r.Transition)+len(r.NoncurrentExpiration)+len(r.NoncurrentTransition)+len(r.AbortUpload) == 0 {
		return errors.New("it does nothing: write expiration, transition, noncurrent_version_expiration, noncurrent_version_transition or abort_incomplete_multipart_upload")
	}
	tagged := false
	for _, f := range r.Filter {
		if err := f.check(); err != nil {
			return err
		}
		tagged = len(f.Tag) > 0 || (len(f.And) > 0 && len(f.And[0].Tags) > 0)
	}
	for _, e := range r.Expiration {
		if err := e.check(tagged); err != nil {
			return err
		}
	}
	for _, t := range r.Transition {
		if err := t.check(); err != nil {
			return err
		}
	}
	for _, a := range r.AbortUpload {
		if a.Days < 1 {
			return fmt.Errorf("days_after_initiation %d is at least 1", a.Days)
		}
		if tagged {
			return errors.New("abort_incomplete_multipart_upload does not go with a filter by tags: uploads have none")
		}
	}
	return r.checkNoncurrent()
}

func (f s3LifecycleFilter) check() error {
	if f.conditions() > 1 {
		return errors.New("filter takes one condition; write several inside and { }")
	}
	for _, a := range f.And {
		if len(a.Tags)+howMany(a.Prefix != "", a.GreaterThan != 0, a.LessThan != 0) < 2 {
			return errors.New("and takes two conditions or more; write a single one in filter itself")
		}
		if a.LessThan != 0 && a.GreaterThan >= a.LessThan {
			return fmt.Errorf("object_size_greater_than %d is not below object_size_less_than %d", a.GreaterThan, a.LessThan)
		}
	}
	return nil
}

func (e s3Expiration) check(tagged bool) error {
	switch {
	case howMany(e.Date != "", e.Days != 0, e.DeleteMarker) != 1:
		return errors.New("expiration takes one of date, days (at least 1) and expired_object_delete_marker = true")
	case e.Days < 0:
		return fmt.Errorf("expiration: days %d is at least 1", e.Days)
	case e.DeleteMarker && tagged:
		return errors.New("expired_object_delete_marker does not go with a filter by tags: markers have none")
	}
	return checkDay(e.Date)
}

func (t s3Transition) check() error {
	switch {
	case (t.Date == "") == (t.Days == nil):
		return errors.New("transition takes one of date and days")
	case !slices.Contains(storageClasses, t.StorageClass):
		return fmt.Errorf("storage_class %q is none of %v", t.StorageClass, storageClasses)
	case t.Days != nil && *t.Days < leastDays(t.StorageClass):
		return fmt.Errorf("transition: days %d is at least %d for %s", *t.Days, leastDays(t.StorageClass), t.StorageClass)
	}
	return checkDay(t.Date)
}

// leastDays is how old objects are at least that move to a storage class.
func leastDays(class string) int {
	if class == "STANDARD_IA" || class == "ONEZONE_IA" {
		return 30
	}
	return 0
}

func checkDay(day string) error {
	if t := midnight(normalDay(day)); day != "" && (t == nil || !t.Equal(t.UTC().Truncate(24*time.Hour))) {
		return fmt.Errorf("date %q is not a day such as 2030-01-31T00:00:00Z, at midnight in UTC", day)
	}
	return nil
}

func (r s3LifecycleRule) checkNoncurrent() error {
	for _, e := range r.NoncurrentExpiration {
		if e.Days < 1 || e.Newer < 0 || e.Newer > 100 {
			return errors.New("noncurrent_version_expiration takes noncurrent_days of at least 1 and newer_noncurrent_versions of 1 to 100")
		}
	}
	for _, t := range r.NoncurrentTransition {
		switch {
		case !slices.Contains(storageClasses, t.StorageClass):
			return fmt.Errorf("storage_class %q is none of %v", t.StorageClass, storageClasses)
		case t.Days < leastDays(t.StorageClass) || t.Newer < 0 || t.Newer > 100:
			return fmt.Errorf("noncurrent_version_transition takes noncurrent_days of at least %d for %s and newer_noncurrent_versions of 1 to 100", leastDays(t.StorageClass), t.StorageClass)
		}
	}
	return nil
}
