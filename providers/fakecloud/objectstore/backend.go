package objectstore

import (
	"io"
	"maps"
	"slices"

	"github.com/johannesboyne/gofakes3"
)

// The methods of gofakes3.Backend and gofakes3.VersionedBackend. Those about
// buckets are only reached by what the Server lets through.

// locked returns a bucket with the store locked, and how to unlock it.
func (s *Store) locked(name string) (*filled, func(), error) {
	s.mu.Lock()
	b, found := s.all.Buckets[name]
	if !found {
		s.mu.Unlock()
		return nil, nil, gofakes3.BucketNotFound(name)
	}
	return b, s.mu.Unlock, nil
}

// ListBuckets is not reached.
func (s *Store) ListBuckets() ([]gofakes3.BucketInfo, error) { return nil, nil }

// CreateBucket is not reached.
func (s *Store) CreateBucket(string) error { return gofakes3.ErrNotImplemented }

// BucketExists tells whether there is a bucket.
func (s *Store) BucketExists(name string) (bool, error) {
	_, found := s.Bucket(name)
	return found, nil
}

// DeleteBucket deletes a bucket without objects, versions and delete markers.
func (s *Store) DeleteBucket(name string) error {
	b, unlock, err := s.locked(name)
	if err != nil {
		return err
	}
	defer unlock()
	if len(b.Objects) > 0 {
		return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
	}
	delete(s.all.Buckets, name)
	return s.save()
}

// ForceDeleteBucket deletes a bucket with all it has.
func (s *Store) ForceDeleteBucket(name string) error {
	_, unlock, err := s.locked(name)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.all.Buckets, name)
	return s.save()
}

// ListBucket lists the newest versions.
func (s *Store) ListBucket(name string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	out, last := gofakes3.NewObjectList(), ""
	var match gofakes3.PrefixMatch
	for _, o := range b.Objects {
		v := o.newest()
		if v == nil || page.HasMarker && o.Key <= page.Marker || !prefix.Match(o.Key, &match) ||
			match.CommonPrefix && match.MatchedPart == last {
			continue
		}
		if n := int64(len(out.Contents) + len(out.CommonPrefixes)); page.MaxKeys > 0 && n >= page.MaxKeys {
			out.IsTruncated = true
			break
		}
		out.NextMarker = o.Key
		if match.CommonPrefix {
			last = match.MatchedPart
			// The next page begins after everything under the prefix.
			out.NextMarker = last + "\U0010FFFF"
			out.AddPrefix(last)
			continue
		}
		out.Add(&gofakes3.Content{Key: o.Key, LastModified: gofakes3.NewContentTime(v.Modified),
			ETag: gofakes3.FormatETag(v.hash()), Size: int64(len(v.Body))})
	}
	if !out.IsTruncated {
		out.NextMarker = ""
	}
	return out, nil
}

// HeadObject is GetObject without the content.
func (s *Store) HeadObject(name, key string) (*gofakes3.Object, error) {
	return s.read(name, key, "", nil, false)
}

// GetObject returns the newest version.
func (s *Store) GetObject(name, key string, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	return s.read(name, key, "", part, true)
}

// HeadObjectVersion is GetObjectVersion without the content.
func (s *Store) HeadObjectVersion(name, key string, id gofakes3.VersionID) (*gofakes3.Object, error) {
	return s.read(name, key, id, nil, false)
}

// GetObjectVersion returns one version.
func (s *Store) GetObjectVersion(name, key string, id gofakes3.VersionID, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	return s.read(name, key, id, part, true)
}

func (s *Store) read(name, key string, id gofakes3.VersionID, part *gofakes3.ObjectRangeRequest, withBody bool) (*gofakes3.Object, error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	_, o := b.find(key)
	v := o.newest()
	if id != "" && o != nil {
		if id == nullVersion {
			id = ""
		}
		i := slices.IndexFunc(o.Versions, func(v *version) bool { return v.ID == string(id) })
		if i < 0 {
			return nil, gofakes3.ErrNoSuchVersion
		}
		v = o.Versions[i]
	}
	if v == nil {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrNoSuchKey, "The specified key does not exist.")
	}
	return v.object(key, part, withBody)
}

// PutObject adds a version, or replaces the only one.
func (s *Store) PutObject(name, key string, meta map[string]string, input io.Reader, size int64, conditions *gofakes3.PutConditions) (result gofakes3.PutObjectResult, err error) {
	body, err := gofakes3.ReadAll(input, size)
	if err != nil {
		return result, err
	}
	b, unlock, err := s.locked(name)
	if err != nil {
		return result, err
	}
	defer unlock()
	if conditions != nil {
		_, o := b.find(key)
		info := &gofakes3.ConditionalObjectInfo{}
		if v := o.newest(); v != nil {
			info.Exists, info.Hash = true, v.hash()
		}
		if err := gofakes3.CheckPutConditions(conditions, info); err != nil {
			return result, err
		}
	}
	v := &version{ID: s.nextID(b), Body: body, Meta: maps.Clone(meta), Modified: s.now()}
	b.put(key, v)
	result.VersionID = gofakes3.VersionID(v.ID)
	return result, s.save()
}

// CopyObject copies the newest version.
func (s *Store) CopyObject(fromBucket, fromKey, name, key string, meta map[string]string) (gofakes3.CopyObjectResult, error) {
	return gofakes3.CopyObject(s, fromBucket, fromKey, name, key, meta)
}

// DeleteObject deletes the object, or hides it behind a delete marker when the
// bucket has or had versioning.
func (s *Store) DeleteObject(name, key string) (result gofakes3.ObjectDeleteResult, err error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return result, err
	}
	defer unlock()
	if b.Versioning == "" {
		b.dropVersion(key, "")
		return result, s.save()
	}
	marker := &version{ID: s.nextID(b), Marker: true, Modified: s.now()}
	b.put(key, marker)
	return gofakes3.ObjectDeleteResult{IsDeleteMarker: true, VersionID: gofakes3.VersionID(marker.ID)}, s.save()
}

// DeleteObjectVersion deletes one version for good.
func (s *Store) DeleteObjectVersion(name, key string, id gofakes3.VersionID) (result gofakes3.ObjectDeleteResult, err error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return result, err
	}
	defer unlock()
	if gone := b.dropVersion(key, string(id)); gone != nil {
		result.IsDeleteMarker, result.VersionID = gone.Marker, gofakes3.VersionID(gone.ID)
	}
	return result, s.save()
}

// DeleteMulti deletes several objects.
func (s *Store) DeleteMulti(name string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	var ids []gofakes3.ObjectID
	for _, k := range keys {
		ids = append(ids, gofakes3.ObjectID{Key: k})
	}
	return s.DeleteMultiVersions(name, ids...)
}

// DeleteMultiVersions deletes several objects or versions of them.
func (s *Store) DeleteMultiVersions(name string, ids ...gofakes3.ObjectID) (result gofakes3.MultiDeleteResult, err error) {
	for _, id := range ids {
		if id.VersionID == "" {
			_, err = s.DeleteObject(name, id.Key)
		} else {
			_, err = s.DeleteObjectVersion(name, id.Key, gofakes3.VersionID(id.VersionID))
		}
		if err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, id)
	}
	return result, nil
}

// VersioningConfiguration returns "" for a bucket that never had versioning.
func (s *Store) VersioningConfiguration(name string) (v gofakes3.VersioningConfiguration, err error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return v, err
	}
	defer unlock()
	v.Status = gofakes3.VersioningStatus(b.Versioning)
	return v, nil
}

// SetVersioningConfiguration turns versioning on, or suspends it.
func (s *Store) SetVersioningConfiguration(name string, v gofakes3.VersioningConfiguration) error {
	if v.MFADelete.Enabled() {
		return gofakes3.ErrNotImplemented
	}
	b, unlock, err := s.locked(name)
	if err != nil {
		return err
	}
	defer unlock()
	b.Versioning = string(v.Status)
	return s.save()
}

// ListBucketVersions lists all versions, of each key the newest first.
func (s *Store) ListBucketVersions(name string, prefix *gofakes3.Prefix, page *gofakes3.ListBucketVersionsPage) (*gofakes3.ListBucketVersionsResult, error) {
	b, unlock, err := s.locked(name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	if page == nil {
		page = &gofakes3.ListBucketVersionsPage{}
	}
	out := gofakes3.NewListBucketVersionsResult(name, prefix, page)
	var match gofakes3.PrefixMatch
	skipping := page.HasVersionIDMarker
	for _, o := range b.Objects {
		if page.HasKeyMarker && (o.Key < page.KeyMarker || o.Key == page.KeyMarker && !page.HasVersionIDMarker) ||
			!prefix.Match(o.Key, &match) {
			continue
		}
		if match.CommonPrefix {
			out.AddPrefix(match.MatchedPart)
			continue
		}
		for i, v := range slices.Backward(o.Versions) {
			if skipping && o.Key == page.KeyMarker {
				skipping = versionName(v) != string(page.VersionIDMarker)
				continue
			}
			if page.MaxKeys > 0 && int64(len(out.Versions)) >= page.MaxKeys {
				out.IsTruncated = true
				return out, nil
			}
			out.Versions = append(out.Versions, v.item(o.Key, i == len(o.Versions)-1))
			out.NextKeyMarker, out.NextVersionIDMarker = o.Key, gofakes3.VersionID(versionName(v))
		}
	}
	out.NextKeyMarker, out.NextVersionIDMarker = "", ""
	return out, nil
}

// versionName is what clients call v.
func versionName(v *version) string {
	if v.ID == "" {
		return "null"
	}
	return v.ID
}

func (v *version) item(key string, latest bool) gofakes3.VersionItem {
	at := gofakes3.NewContentTime(v.Modified)
	if v.Marker {
		return &gofakes3.DeleteMarker{Key: key, VersionID: gofakes3.VersionID(v.ID), IsLatest: latest, LastModified: at}
	}
	return &gofakes3.Version{Key: key, VersionID: gofakes3.VersionID(v.ID), IsLatest: latest, LastModified: at,
		Size: int64(len(v.Body)), StorageClass: gofakes3.StorageStandard, ETag: gofakes3.FormatETag(v.hash())}
}
