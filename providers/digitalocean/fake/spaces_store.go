package fake

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// bucket is a Space with its objects.
type bucket struct {
	Name       string            `json:"name"`
	Region     string            `json:"region"`
	ACL        string            `json:"acl"`
	Versioning string            `json:"versioning"` // "", Enabled, Suspended
	Settings   map[string]string `json:"settings"`   // documents as they were put
	Objects    []*s3Object       `json:"objects"`    // by key
	CreatedAt  time.Time         `json:"created_at"`
	home
}

// s3Object has at least one version; the last is the newest.
type s3Object struct {
	Key      string       `json:"key"`
	Versions []*s3Version `json:"versions"`
}

// s3Version is one content of an object. ID is empty for S3's version "null".
type s3Version struct {
	ID       string            `json:"id"`
	Marker   bool              `json:"delete_marker,omitempty"`
	Body     []byte            `json:"body"`
	Meta     map[string]string `json:"meta"`
	Modified time.Time         `json:"modified"`
}

func (v *s3Version) hash() []byte {
	sum := md5.Sum(v.Body)
	return sum[:]
}

// bucketStore keeps the buckets. It is gofakes3's backend, and on disk after
// each change before that is answered.
type bucketStore struct {
	cloud *Cloud
	path  string // "" for memory

	mu  sync.Mutex
	all struct {
		IDs     fakecloud.IDs      `json:"ids"`
		Buckets map[string]*bucket `json:"buckets"`
	}
}

var (
	_ gofakes3.Backend          = (*bucketStore)(nil)
	_ gofakes3.VersionedBackend = (*bucketStore)(nil)
)

func openStore(c *Cloud) (*bucketStore, error) {
	s := &bucketStore{cloud: c}
	s.all.IDs.Seed = c.o.Seed + 2
	s.all.Buckets = map[string]*bucket{}
	if c.o.Dir == "" {
		return s, nil
	}
	s.path = filepath.Join(c.o.Dir, "spaces.json")
	return s, fakecloud.Load(s.path, &s.all)
}

// save writes everything. s.mu is held.
func (s *bucketStore) save() error {
	if s.path == "" {
		return nil
	}
	return fakecloud.Save(s.path, &s.all)
}

// bucket returns a copy of a bucket's settings; its objects are shared and not for reading.
func (s *bucketStore) bucket(name string) (bucket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, found := s.all.Buckets[name]
	if !found {
		return bucket{}, false
	}
	out := *b
	out.Settings = map[string]string{}
	for k, v := range b.Settings {
		out.Settings[k] = v
	}
	return out, true
}

func (s *bucketStore) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.all.Buckets))
	for name := range s.all.Buckets {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// homes returns each bucket's project.
func (s *bucketStore) homes() map[string]home {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]home{}
	for name, b := range s.all.Buckets {
		out[name] = b.home
	}
	return out
}

// move puts a bucket into another project. An error of the disk shows at the next save.
func (s *bucketStore) move(name string, to home) {
	s.change(name, func(b *bucket) { b.home = to }) //nolint:errcheck
}

func (s *bucketStore) change(name string, f func(*bucket)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, found := s.all.Buckets[name]
	if !found {
		return noSuchBucket(name)
	}
	f(b)
	return s.save()
}

// add makes b exist.
func (s *bucketStore) add(b *bucket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, taken := s.all.Buckets[b.Name]; taken {
		if old.Region == b.Region {
			return s3Refusal(http.StatusConflict, "BucketAlreadyOwnedByYou", b.Name,
				"Your previous request to create the named bucket succeeded and you already own it.")
		}
		return s3Refusal(http.StatusConflict, "BucketAlreadyExists", b.Name, "The requested bucket name is not available.")
	}
	if len(s.all.Buckets) >= s.cloud.o.Quota.Buckets {
		return s3Refusal(http.StatusBadRequest, "TooManyBuckets", b.Name, "You have attempted to create more buckets than allowed.")
	}
	b.CreatedAt, b.Settings = s.cloud.now(), map[string]string{}
	s.all.Buckets[b.Name] = b
	return s.save()
}

// find returns the object with key and where it is or would be.
func (b *bucket) find(key string) (int, *s3Object) {
	i, found := slices.BinarySearchFunc(b.Objects, key, func(o *s3Object, k string) int { return cmp.Compare(o.Key, k) })
	if !found {
		return i, nil
	}
	return i, b.Objects[i]
}

// put makes v the newest version of key. Without versioning it replaces the version "null".
func (b *bucket) put(key string, v *s3Version) {
	i, o := b.find(key)
	if o == nil {
		o = &s3Object{Key: key}
		b.Objects = slices.Insert(b.Objects, i, o)
	}
	if v.ID == "" {
		o.Versions = slices.DeleteFunc(o.Versions, func(old *s3Version) bool { return old.ID == "" })
	}
	o.Versions = append(o.Versions, v)
}

// dropVersion deletes one version for good and returns it.
func (b *bucket) dropVersion(key, id string) *s3Version {
	if id == nullVersion || id == "null" {
		id = ""
	}
	i, o := b.find(key)
	if o == nil {
		return nil
	}
	n := slices.IndexFunc(o.Versions, func(v *s3Version) bool { return v.ID == id })
	if n < 0 {
		return nil
	}
	gone := o.Versions[n]
	o.Versions = slices.Delete(o.Versions, n, n+1)
	if len(o.Versions) == 0 {
		b.Objects = slices.Delete(b.Objects, i, i+1)
	}
	return gone
}

// newest returns the version that a GET without one sees, nil after a delete.
func (o *s3Object) newest() *s3Version {
	if o == nil {
		return nil
	}
	if v := o.Versions[len(o.Versions)-1]; !v.Marker {
		return v
	}
	return nil
}

// nextID is the version id of a new version. s.mu is held.
func (s *bucketStore) nextID(b *bucket) string {
	if b.Versioning != "Enabled" {
		return ""
	}
	return s.all.IDs.Text(32)
}

func (v *s3Version) object(key string, wanted *gofakes3.ObjectRangeRequest, withBody bool) (*gofakes3.Object, error) {
	size := int64(len(v.Body))
	body := []byte{}
	var part *gofakes3.ObjectRange
	if withBody {
		var err error
		if part, err = wanted.Range(size); err != nil {
			return nil, err
		}
		body = v.Body
		if part != nil {
			body = body[part.Start : part.Start+part.Length]
		}
	}
	return &gofakes3.Object{Name: key, Hash: v.hash(), Metadata: v.Meta, Size: size, Range: part, IsDeleteMarker: v.Marker,
		VersionID: gofakes3.VersionID(v.ID), Contents: io.NopCloser(bytes.NewReader(body))}, nil
}
