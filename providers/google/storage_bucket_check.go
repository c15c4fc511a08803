package google

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mlinfra/mlinfra/providers"
)

var (
	storageClasses   = []string{"STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL"}
	lifecycleActions = []string{"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"}

	// Lengths are checked apart: a count in an expression multiplies its memory.
	bucketNameRule = providers.NewPattern(`^[a-z0-9][a-z0-9_.-]+[a-z0-9]$`)
	labelKeyRule   = providers.NewPattern(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]*$`)
	labelValueRule = providers.NewPattern(`^[\p{Ll}\p{Lo}\p{N}_-]*$`)
)

const (
	longestLabel       = 63 // characters of a key or value
	shortestSoftDelete = 7 * 24 * 3600
	longestSoftDelete  = 90 * 24 * 3600
	longestRetention   = 3_155_760_000 // a hundred years
)

func checkStorageBucket(was *storageBucket, want storageBucket) error {
	if err := checkBucketName(want.Name); err != nil {
		return err
	}
	switch p := want.PublicAccessPrevention; {
	case !slices.Contains(storageClasses, want.StorageClass):
		return fmt.Errorf("storage_class %q is none of %s", want.StorageClass, strings.Join(storageClasses, ", "))
	case p != "" && p != "enforced" && p != "inherited":
		return fmt.Errorf("public_access_prevention %q is neither enforced nor inherited", p)
	}
	for _, s := range want.SoftDeletePolicy {
		if d := s.RetentionDuration; d != 0 && (d < shortestSoftDelete || d > longestSoftDelete) {
			return fmt.Errorf("soft_delete_policy: retention_duration_seconds %d is neither 0 nor between %d and %d, 7 to 90 days", d, shortestSoftDelete, longestSoftDelete)
		}
	}
	for i, r := range want.LifecycleRule {
		if err := r.check(); err != nil {
			return fmt.Errorf("lifecycle_rule %d: %w", i+1, err)
		}
	}
	for _, a := range want.Autoclass {
		if c := a.TerminalStorageClass; c != "" && c != "NEARLINE" && c != "ARCHIVE" {
			return fmt.Errorf("autoclass: terminal_storage_class %q is neither NEARLINE nor ARCHIVE", c)
		}
	}
	if err := checkLabels(want.Labels); err != nil {
		return err
	}
	return checkRetention(was, want)
}

func checkBucketName(name string) error {
	switch {
	case !bucketNameRule.MatchString(name), len(name) > 222, len(name) > 63 && !strings.Contains(name, "."):
		return fmt.Errorf("name %q: 3 to 63 lower-case letters, digits, dashes, underscores and dots, a letter or digit first and last", name)
	case strings.HasPrefix(name, "goog") || strings.Contains(name, "google"):
		return fmt.Errorf("name %q: names with google in them, or goog in front, are Google's own", name)
	}
	return nil
}

func (r bucketLifecycleRule) check() error {
	for _, a := range r.Action {
		switch {
		case !slices.Contains(lifecycleActions, a.Type):
			return fmt.Errorf("action: type %q is none of %s", a.Type, strings.Join(lifecycleActions, ", "))
		case (a.Type == "SetStorageClass") != (a.StorageClass != ""):
			return fmt.Errorf("action: storage_class belongs to type SetStorageClass, which needs it; the type is %s", a.Type)
		case a.StorageClass != "" && !slices.Contains(storageClasses, a.StorageClass):
			return fmt.Errorf("action: storage_class %q is none of %s", a.StorageClass, strings.Join(storageClasses, ", "))
		}
	}
	for _, c := range r.Condition {
		if !slices.Contains([]string{"LIVE", "ARCHIVED", "ANY"}, c.WithState) {
			return fmt.Errorf("condition: with_state %q is none of LIVE, ARCHIVED, ANY", c.WithState)
		}
		if reflect.DeepEqual(c, bucketCondition{WithState: "ANY"}) {
			return errors.New("condition says nothing: set age, num_newer_versions or another of its attributes; age = 0 needs send_age_if_zero = true")
		}
	}
	return nil
}

// checkLabels refuses keys and values that no service of Google's takes.
func checkLabels(labels map[string]string) error {
	for key, value := range labels {
		switch {
		case key == ownerLabel:
			return fmt.Errorf("labels: key %q is mlinfra's own: it says whose state an object belongs to; choose another", key)
		case strings.HasPrefix(key, "goog-"):
			return fmt.Errorf("labels: key %q: those that begin with goog- are Google's own", key)
		case !labelKeyRule.MatchString(key), utf8.RuneCountInString(key) > longestLabel:
			return fmt.Errorf("labels: key %q: at most 63 lower-case letters, digits, dashes and underscores, a letter first", key)
		case !labelValueRule.MatchString(value), utf8.RuneCountInString(value) > longestLabel:
			return fmt.Errorf("labels: value %q of %s: at most 63 lower-case letters, digits, dashes and underscores", value, key)
		}
	}
	return nil
}

func checkRetention(was *storageBucket, want storageBucket) error {
	period := func(r bucketRetention) int {
		n, err := strconv.Atoi(r.RetentionPeriod)
		if err != nil {
			return -1
		}
		return n
	}
	for _, r := range want.RetentionPolicy {
		if n := period(r); n < 1 || n >= longestRetention {
			return fmt.Errorf("retention_policy: retention_period %q is not a number of seconds between 1 and %d", r.RetentionPeriod, longestRetention-1)
		}
	}
	if was != nil && was.locked() && want.locked() && period(want.RetentionPolicy[0]) < period(was.RetentionPolicy[0]) {
		return fmt.Errorf("retention_policy is locked: retention_period %s can be made longer, but not shorter", was.RetentionPolicy[0].RetentionPeriod)
	}
	return nil
}

// storageBucketReplaces: what is locked can only be left behind.
func storageBucketReplaces(was, want storageBucket) []string {
	if was.locked() && !want.locked() {
		return []string{"retention_policy"}
	}
	return nil
}
