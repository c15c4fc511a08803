package fake

import (
	"encoding/json"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// storedBucket lets Inventory, Remove and Edit treat buckets as other objects.
type storedBucket struct {
	objectstore.Bucket
	store *s3
}

func (b *storedBucket) key() string   { return b.Name }
func (b *storedBucket) title() string { return b.Name }

// UnmarshalJSON changes the bucket in the store. Objects stay as they are.
func (b *storedBucket) UnmarshalJSON(text []byte) error {
	edited := b.Bucket
	edited.Settings, edited.Notes = nil, nil // a changed map replaces the old one
	if err := json.Unmarshal(text, &edited); err != nil {
		return err
	}
	return b.store.Change(b.Name, func(old *objectstore.Bucket) { *old = edited })
}

func (s *s3) objects() []object {
	var out []object
	for _, b := range s.Buckets() {
		out = append(out, &storedBucket{b, s})
	}
	return out
}

func (s *s3) drop(name string) bool { return s.ForceDeleteBucket(name) == nil }

// kinds are the tables of all services.
func (c *Cloud) kinds() map[string]anyTable {
	all := c.s.kinds()
	all["bucket"] = c.s3
	return all
}
