// Package objectstore is the object storage of a fake cloud. Objects, versions
// and uploads speak S3 through gofakes3; buckets and their settings, which it
// lacks or is too lax about, are here. What differs between clouds comes in as
// Rules. It must not know any vendor.
package objectstore

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Bucket is a bucket without what is in it.
type Bucket struct {
	Name       string            `json:"name"`
	Region     string            `json:"region"`
	ACL        string            `json:"acl"`        // a canned one
	Versioning string            `json:"versioning"` // "", Enabled, Suspended
	Settings   map[string]string `json:"settings"`   // documents, by sub-resource
	Notes      map[string]string `json:"notes"`      // what the cloud knows of it beside S3
	CreatedAt  time.Time         `json:"created_at"`
}

// clone returns b with maps of its own, never nil.
func (b Bucket) clone() Bucket {
	settings, notes := map[string]string{}, map[string]string{}
	maps.Copy(settings, b.Settings)
	maps.Copy(notes, b.Notes)
	b.Settings, b.Notes = settings, notes
	return b
}

// Options configure a Store.
type Options struct {
	Clock      fakecloud.Clock // nil is time.Now
	Seed       uint64          // of version ids
	Path       string          // the file that keeps the content; "" keeps it in memory
	MaxBuckets int             // 0 is no limit
}

// Store keeps buckets and objects. It is gofakes3's backend, and on disk after
// each change before that is answered. Its methods may be called concurrently.
type Store struct {
	o Options

	mu  sync.Mutex
	all struct {
		IDs     fakecloud.IDs      `json:"ids"`
		Buckets map[string]*filled `json:"buckets"`
	}
}

var (
	_ gofakes3.Backend          = (*Store)(nil)
	_ gofakes3.VersionedBackend = (*Store)(nil)
)

// Open returns a store with the content of o.Path if there is one.
func Open(o Options) (*Store, error) {
	s := &Store{o: o}
	s.all.IDs.Seed = o.Seed
	s.all.Buckets = map[string]*filled{}
	return s, fakecloud.Load(o.Path, &s.all)
}

// save writes everything. s.mu is held.
func (s *Store) save() error { return fakecloud.Save(s.o.Path, &s.all) }

// Bucket returns a copy of a bucket.
func (s *Store) Bucket(name string) (Bucket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, found := s.all.Buckets[name]
	if !found {
		return Bucket{}, false
	}
	return b.clone(), true
}

// Buckets returns copies of all buckets, by name.
func (s *Store) Buckets() []Bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Bucket, 0, len(s.all.Buckets))
	for _, name := range slices.Sorted(maps.Keys(s.all.Buckets)) {
		out = append(out, s.all.Buckets[name].clone())
	}
	return out
}

// Add makes a bucket. Where there is one of that name, taken decides: its error
// is the answer, and nil leaves everything as it is.
func (s *Store) Add(b Bucket, taken func(old Bucket) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, found := s.all.Buckets[b.Name]; found {
		return taken(old.clone())
	}
	if s.o.MaxBuckets > 0 && len(s.all.Buckets) >= s.o.MaxBuckets {
		return Refusal(http.StatusBadRequest, "TooManyBuckets", b.Name, "You have attempted to create more buckets than allowed")
	}
	b.CreatedAt = s.o.Clock.Now().UTC()
	s.all.Buckets[b.Name] = &filled{Bucket: b.clone()}
	return s.save()
}

// Change edits a bucket.
func (s *Store) Change(name string, edit func(*Bucket)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, found := s.all.Buckets[name]
	if !found {
		return noSuchBucket(name)
	}
	edit(&b.Bucket)
	return s.save()
}
