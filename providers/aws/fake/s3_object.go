package fake

import (
	"errors"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// storedBucket is a bucket as inventories have it.
type storedBucket struct{ name string }

func (b storedBucket) Key() string   { return b.name }
func (b storedBucket) Title() string { return b.name }

// Objects returns all buckets: to Inventory, Remove and Edit they are a table.
func (s *s3) Objects() []fakecloud.Object {
	var out []fakecloud.Object
	for _, b := range s.Buckets() {
		out = append(out, storedBucket{b.Name})
	}
	return out
}

// Drop takes a bucket out with all that is in it, and reports whether it was there.
func (s *s3) Drop(name string) bool { return s.ForceDeleteBucket(name) == nil }

// Edit changes a bucket. Objects stay as they are.
func (s *s3) Edit(name string, change func(map[string]any)) (err error) {
	missing := s.Change(name, func(b *objectstore.Bucket) { err = fakecloud.Edit(b, change) })
	return errors.Join(missing, err)
}

// kinds are the tables of all services.
func (c *Cloud) kinds() fakecloud.Kinds {
	all := c.s.kinds()
	all["bucket"] = c.s3
	return all
}
