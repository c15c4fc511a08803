package aws

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/mlinfra/mlinfra/providers"
)

// generated returns the name that is configured, else one for the attempt.
func generated(name string, a providers.Attempt) string {
	return cmp.Or(name, "mlinfra-"+strings.ToLower(a.Token))
}

// bears reports whether the tags of an object have the mark of the attempt:
// one of the same name without it is somebody else's. read is as for tagsOf.
func bears[T any](tags []T, read func(T) (key, value *string), a providers.Attempt) bool {
	return slices.ContainsFunc(tags, func(t T) bool {
		key, value := read(t)
		return aws.ToString(key) == markTag && aws.ToString(value) == a.Token
	})
}

// ownerOf returns the lineage in the ownership mark of an object; "" for none.
// read is as for tagsOf.
func ownerOf[T any](tags []T, read func(T) (key, value *string)) string {
	for _, t := range tags {
		if key, value := read(t); aws.ToString(key) == ownerTag {
			return aws.ToString(value)
		}
	}
	return ""
}

// retagBy changes tags by the two calls that a service has for it; make makes
// a tag.
func retagBy[T any](was, want map[string]string, make func(key, value string) T, drop func(keys []string) error, put func([]T) error) error {
	keys, tags := tagChanges(was, want)
	if len(keys) > 0 {
		if err := drop(keys); err != nil {
			return err
		}
	}
	if len(tags) > 0 {
		return put(marked(tags, providers.Attempt{}, make))
	}
	return nil
}
