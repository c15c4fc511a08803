package objectstore

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// filled is a bucket with its objects.
type filled struct {
	Bucket
	Objects []*object `json:"objects"` // by key
}

// object has at least one version; the last is the newest.
type object struct {
	Key      string     `json:"key"`
	Versions []*version `json:"versions"`
}

// version is one content of an object. ID is empty for S3's version "null".
type version struct {
	ID       string            `json:"id"`
	Marker   bool              `json:"delete_marker,omitempty"`
	Body     []byte            `json:"body"`
	Meta     map[string]string `json:"meta"`
	Modified time.Time         `json:"modified"`
}

func (v *version) hash() []byte {
	sum := md5.Sum(v.Body)
	return sum[:]
}

// find returns the object with key and where it is or would be.
func (b *filled) find(key string) (int, *object) {
	i, found := slices.BinarySearchFunc(b.Objects, key, func(o *object, k string) int { return cmp.Compare(o.Key, k) })
	if !found {
		return i, nil
	}
	return i, b.Objects[i]
}

// put makes v the newest version of key. Without versioning it replaces the version "null".
func (b *filled) put(key string, v *version) {
	i, o := b.find(key)
	if o == nil {
		o = &object{Key: key}
		b.Objects = slices.Insert(b.Objects, i, o)
	}
	if v.ID == "" {
		o.Versions = slices.DeleteFunc(o.Versions, func(old *version) bool { return old.ID == "" })
	}
	o.Versions = append(o.Versions, v)
}

// dropVersion deletes one version for good and returns it.
func (b *filled) dropVersion(key, id string) *version {
	if id == nullVersion || id == "null" {
		id = ""
	}
	i, o := b.find(key)
	if o == nil {
		return nil
	}
	n := slices.IndexFunc(o.Versions, func(v *version) bool { return v.ID == id })
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
func (o *object) newest() *version {
	if o == nil {
		return nil
	}
	if v := o.Versions[len(o.Versions)-1]; !v.Marker {
		return v
	}
	return nil
}

// aclHeader is what an object is put with, and where its ACL is kept.
const aclHeader = "X-Amz-Acl"

// versionOf returns a version of an object, the newest for "".
func (b *filled) versionOf(key, id string) (*version, error) {
	_, o := b.find(key)
	v := o.newest()
	if id != "" && o != nil {
		v = nil
		if i := slices.IndexFunc(o.Versions, func(v *version) bool { return versionName(v) == id && !v.Marker }); i >= 0 {
			v = o.Versions[i]
		}
	}
	if v == nil {
		return nil, Refusal(http.StatusNotFound, "NoSuchKey", b.Name, "The specified key does not exist.")
	}
	return v, nil
}

func (s *Store) objectACL(bucket, key, id string) (string, error) {
	b, unlock, err := s.locked(bucket)
	if err != nil {
		return "", err
	}
	defer unlock()
	v, err := b.versionOf(key, id)
	if err != nil {
		return "", err
	}
	return cmp.Or(v.Meta[aclHeader], Private), nil
}

func (s *Store) setObjectACL(bucket, key, id, acl string) error {
	b, unlock, err := s.locked(bucket)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := b.versionOf(key, id)
	if err != nil {
		return err
	}
	if v.Meta == nil {
		v.Meta = map[string]string{}
	}
	v.Meta[aclHeader] = acl
	return s.save()
}

// keptHeaders come back with an object, beside those that gofakes3 keeps.
var keptHeaders = []string{"Cache-Control", "Content-Language", "Expires"}

// keptPrefix starts the names under which gofakes3 hands them on.
const keptPrefix = "X-Amz-Kept-"

// keepHeaders lets gofakes3 keep all headers that belong to an object.
func keepHeaders(r *http.Request) {
	for _, name := range keptHeaders {
		if v := r.Header.Get(name); v != "" && r.Method == http.MethodPut {
			r.Header.Set(keptPrefix+name, v)
		}
	}
}

// headers are those of answers with v: what came with its request alone is left out.
func (v *version) headers() map[string]string {
	out := map[string]string{}
	for name, value := range v.Meta {
		if !slices.Contains([]string{aclHeader, "X-Amz-Date", "X-Amz-Content-Sha256"}, name) {
			out[strings.TrimPrefix(name, keptPrefix)] = value
		}
	}
	return out
}

// nextID is the version id of a new version. s.mu is held.
func (s *Store) nextID(b *filled) string {
	if b.Versioning != "Enabled" {
		return ""
	}
	return s.all.IDs.Text(32)
}

func (v *version) object(key string, wanted *gofakes3.ObjectRangeRequest, withBody bool) (*gofakes3.Object, error) {
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
	return &gofakes3.Object{Name: key, Hash: v.hash(), Metadata: v.headers(), Size: size, Range: part, IsDeleteMarker: v.Marker,
		VersionID: gofakes3.VersionID(v.ID), Contents: io.NopCloser(bytes.NewReader(body))}, nil
}
