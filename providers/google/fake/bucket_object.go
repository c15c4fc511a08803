package fake

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the API's checksum
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bucketObject is one version of an object.
type bucketObject struct {
	Kind                    string            `json:"kind,omitempty"`
	ID                      string            `json:"id,omitempty"`
	SelfLink                string            `json:"selfLink,omitempty"`
	MediaLink               string            `json:"mediaLink,omitempty"`
	Name                    string            `json:"name,omitempty"`
	Bucket                  string            `json:"bucket,omitempty"`
	Generation              int64s            `json:"generation,omitempty"`
	Metageneration          int64s            `json:"metageneration,omitempty"`
	ContentType             string            `json:"contentType,omitempty"`
	ContentEncoding         string            `json:"contentEncoding,omitempty"`
	ContentDisposition      string            `json:"contentDisposition,omitempty"`
	ContentLanguage         string            `json:"contentLanguage,omitempty"`
	CacheControl            string            `json:"cacheControl,omitempty"`
	StorageClass            string            `json:"storageClass,omitempty"`
	Size                    int64s            `json:"size"`
	Md5Hash                 string            `json:"md5Hash,omitempty"`
	Crc32c                  string            `json:"crc32c,omitempty"`
	Etag                    string            `json:"etag,omitempty"`
	Metadata                map[string]string `json:"metadata,omitempty"`
	KmsKeyName              string            `json:"kmsKeyName,omitempty"`
	CustomTime              string            `json:"customTime,omitempty"`
	TemporaryHold           bool              `json:"temporaryHold,omitempty"`
	EventBasedHold          bool              `json:"eventBasedHold,omitempty"`
	ACL                     []*accessControl  `json:"acl,omitempty"`
	TimeCreated             string            `json:"timeCreated,omitempty"`
	TimeFinalized           string            `json:"timeFinalized,omitempty"`
	TimeDeleted             string            `json:"timeDeleted,omitempty"` // set when a newer version replaced it
	TimeStorageClassUpdated string            `json:"timeStorageClassUpdated,omitempty"`
	RetentionExpirationTime string            `json:"retentionExpirationTime,omitempty"`
	Updated                 string            `json:"updated,omitempty"`
	Book                    objectBook        `json:"book" wire:"-"`
}

// objectBook is what the fake remembers of an object.
type objectBook struct {
	Content   []byte    `json:"content"`
	CreatedAt time.Time `json:"created_at"`
}

func (o *bucketObject) Key() string   { return o.Bucket + "/" + o.Name + "#" + o.Generation.String() }
func (o *bucketObject) Title() string { return o.Name }

// place orders objects by name, versions by age.
func (o *bucketObject) place() string { return fmt.Sprintf("%s\x00%020d", o.Name, int64(o.Generation)) }

func (c *Cloud) objectRoutes() map[string]handler {
	const all = "/storage/v1/b/{bucket}/o"
	return map[string]handler{
		"POST /upload" + all:          c.storage("objects.create", c.uploadObject),
		"POST " + all:                 c.storage("objects.create", c.uploadObject),
		"GET " + all:                  c.storage("objects.list", c.listObjects),
		"GET " + all + "/{object}":    c.storage("objects.get", c.readObject),
		"PATCH " + all + "/{object}":  c.storage("objects.update", c.patchObject),
		"DELETE " + all + "/{object}": c.storage("objects.delete", c.deleteObject),
	}
}

// uploadObject is a media or multipart upload.
func (c *Cloud) uploadObject(q *request) (reply, error) {
	o := &bucketObject{Name: q.URL.Query().Get("name"), ContentType: q.Header.Get("Content-Type")}
	content := q.body
	switch t := q.URL.Query().Get("uploadType"); t {
	case "media":
	case "multipart":
		raw, media, mediaType, err := parts(q)
		if err == nil {
			err = fit("", raw, o)
		}
		if err != nil {
			return fail(err)
		}
		content = media
		if name := q.URL.Query().Get("name"); name != "" {
			o.Name = name
		}
		if o.ContentType == q.Header.Get("Content-Type") {
			o.ContentType = mediaType
		}
	default:
		return fail(refusal(http.StatusBadRequest, "invalidUploadType", "Upload type '%s' is not supported here.", t))
	}
	if o.Name == "" {
		return fail(refusal(http.StatusBadRequest, "required", "Required object name"))
	}
	if len(o.Name) > 1024 || strings.ContainsAny(o.Name, "\r\n") || o.Name == "." || o.Name == ".." {
		return fail(invalid("Invalid object name"))
	}
	return c.storeObject(q, o, content)
}

// parts reads the two parts of a multipart upload.
func parts(q *request) (raw map[string]any, media []byte, mediaType string, err error) {
	malformed := refusal(http.StatusBadRequest, "badContent", "Malformed multipart body.")
	kind, params, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil, nil, "", malformed
	}
	r := multipart.NewReader(bytes.NewReader(q.body), params["boundary"])
	first, err := r.NextPart()
	if err != nil || json.NewDecoder(first).Decode(&raw) != nil {
		return nil, nil, "", malformed
	}
	second, err := r.NextPart()
	if err != nil {
		return nil, nil, "", malformed
	}
	if media, err = io.ReadAll(second); err != nil {
		return nil, nil, "", malformed
	}
	return raw, media, second.Header.Get("Content-Type"), nil
}

func (c *Cloud) storeObject(q *request, o *bucketObject, content []byte) (reply, error) {
	b := c.bucketOf(q)
	old := c.live(b.Name, o.Name)
	if err := objectConditions(q, old); err != nil {
		return fail(err)
	}
	if err := c.replaceable(q, b, old); err != nil {
		return fail(err)
	}
	md := md5.Sum(content) //nolint:gosec // the API's checksum
	sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)))
	for _, check := range []struct{ sent, have string }{
		{o.Md5Hash, base64.StdEncoding.EncodeToString(md[:])}, {o.Crc32c, base64.StdEncoding.EncodeToString(sum)},
	} {
		if check.sent != "" && check.sent != check.have {
			return fail(invalid("Provided checksum \"%s\" doesn't match calculated checksum \"%s\".", check.sent, check.have))
		}
	}
	if o.ContentType == "" {
		o.ContentType = "application/octet-stream"
	}
	if o.StorageClass == "" {
		o.StorageClass = b.StorageClass
	}
	c.supersede(q, b, old)
	o.Kind, o.Bucket, o.Size, o.Metageneration = "storage#object", b.Name, int64s(len(content)), 1
	o.Generation = int64s(q.now.UnixMicro())
	for c.generation(b.Name, o.Name, o.Generation) != nil {
		o.Generation++
	}
	o.Md5Hash, o.Crc32c = base64.StdEncoding.EncodeToString(md[:]), base64.StdEncoding.EncodeToString(sum)
	o.ID = fmt.Sprintf("%s/%s/%d", b.Name, o.Name, o.Generation)
	o.SelfLink = b.SelfLink + "/o/" + strings.ReplaceAll(o.Name, "/", "%2F")
	o.MediaLink = "https://www.googleapis.com/download/storage/v1/b/" + b.Name + "/o/" + strings.ReplaceAll(o.Name, "/", "%2F") +
		"?generation=" + o.Generation.String() + "&alt=media"
	now := zulu(q.now)
	o.TimeCreated, o.Updated, o.TimeStorageClassUpdated, o.TimeFinalized, o.TimeDeleted = now, now, now, now, ""
	o.Etag = base64.StdEncoding.EncodeToString([]byte(o.Generation.String()))
	o.Book = objectBook{Content: content, CreatedAt: q.now}
	c.s.Objects.Add(o)
	return ok(visible(o))
}

// live is the current version of an object, or nil.
func (c *Cloud) live(bucket, name string) *bucketObject {
	for _, o := range c.s.Objects {
		if o.Bucket == bucket && o.Name == name && o.TimeDeleted == "" {
			return o
		}
	}
	return nil
}

// generation is one version of an object, or nil.
func (c *Cloud) generation(bucket, name string, n int64s) *bucketObject {
	for _, o := range c.s.Objects {
		if o.Bucket == bucket && o.Name == name && o.Generation == n {
			return o
		}
	}
	return nil
}

// supersede makes old, which may be nil, a version of the past, or removes it.
func (c *Cloud) supersede(q *request, b *bucket, old *bucketObject) {
	switch {
	case old == nil:
	case b.versioned():
		old.TimeDeleted = zulu(q.now)
	default:
		c.s.Objects.Drop(old.Key())
	}
}

// replaceable refuses what holds and retention forbid.
func (c *Cloud) replaceable(q *request, b *bucket, old *bucketObject) error {
	if old == nil {
		return nil
	}
	if old.TemporaryHold || old.EventBasedHold {
		return refusal(http.StatusForbidden, "objectUnderActiveHold", "Object '%s/%s' is under active hold and cannot be deleted or overwritten.", b.Name, old.Name)
	}
	if r := b.RetentionPolicy; r != nil {
		until := old.Book.CreatedAt.Add(time.Duration(r.RetentionPeriod) * time.Second)
		if q.now.Before(until) {
			return refusal(http.StatusForbidden, "retentionPolicyNotMet", "Object '%s/%s' is subject to bucket's retention policy or object "+
				"retention and cannot be deleted or overwritten until %s", b.Name, old.Name, zulu(until))
		}
	}
	return nil
}

// objectConditions are the query's conditions on the object o, nil when there is none.
func objectConditions(q *request, o *bucketObject) error {
	generation, meta := int64s(0), int64s(0)
	if o != nil {
		generation, meta = o.Generation, o.Metageneration
	}
	for name, wanted := range map[string]bool{"ifGenerationMatch": true, "ifGenerationNotMatch": false} {
		s := q.URL.Query().Get(name)
		if s == "" {
			continue
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return refusal(http.StatusBadRequest, "invalidParameter", "Invalid argument: %s", s)
		}
		if (int64s(n) == generation) != wanted {
			return conditionNotMet("At least one of the pre-conditions you specified did not hold.")
		}
	}
	return metageneration(q, meta)
}

// findObject is the version the path and the query name.
func (c *Cloud) findObject(q *request) (*bucketObject, error) {
	name := q.PathValue("object")
	o := c.live(q.PathValue("bucket"), name)
	if s := q.URL.Query().Get("generation"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, refusal(http.StatusBadRequest, "invalidParameter", "Invalid argument: %s", s)
		}
		o = c.generation(q.PathValue("bucket"), name, int64s(n))
	}
	if o == nil {
		return nil, refusal(http.StatusNotFound, "notFound", "No such object: %s/%s", q.PathValue("bucket"), name)
	}
	return o, objectConditions(q, o)
}

func (c *Cloud) readObject(q *request) (reply, error) {
	o, err := c.findObject(q)
	if err != nil {
		return fail(err)
	}
	if q.URL.Query().Get("alt") != "media" {
		return ok(visible(o))
	}
	return reply{Status: http.StatusOK, Body: o.Book.Content, Header: http.Header{
		"Content-Type": {o.ContentType}, "Etag": {o.Etag}, "X-Goog-Generation": {o.Generation.String()},
		"X-Goog-Hash": {"crc32c=" + o.Crc32c, "md5=" + o.Md5Hash},
	}}, nil
}

func (c *Cloud) patchObject(q *request) (reply, error) {
	o, err := c.findObject(q)
	if err != nil {
		return fail(err)
	}
	raw, err := q.object()
	if err == nil {
		err = fit("", raw, new(bucketObject))
	}
	if err != nil {
		return fail(err)
	}
	writable := []string{"metadata", "contentType", "contentEncoding", "contentDisposition", "contentLanguage", "cacheControl",
		"customTime", "temporaryHold", "eventBasedHold"}
	for k := range raw {
		if !slices.Contains(writable, k) {
			delete(raw, k)
		}
	}
	if err := fill(o, merge(document(o), raw)); err != nil {
		return fail(err)
	}
	o.Metageneration++
	o.Updated = zulu(q.now)
	return ok(visible(o))
}

// deleteObject removes a version that is named, and otherwise the current one,
// which a versioned bucket keeps.
func (c *Cloud) deleteObject(q *request) (reply, error) {
	o, err := c.findObject(q)
	if err != nil {
		return fail(err)
	}
	b := c.bucketOf(q)
	if err := c.replaceable(q, b, o); err != nil {
		return fail(err)
	}
	if q.URL.Query().Has("generation") {
		c.s.Objects.Drop(o.Key())
		return noContent()
	}
	c.supersede(q, b, o)
	return noContent()
}

// listed is an item of a listing: an object or a prefix.
type listed struct {
	place  string
	object *bucketObject
	prefix string
}

func (c *Cloud) listObjects(q *request) (reply, error) {
	query := q.URL.Query()
	prefix, delimiter, from, to := query.Get("prefix"), query.Get("delimiter"), query.Get("startOffset"), query.Get("endOffset")
	var found []listed
	seen := map[string]bool{}
	for _, o := range c.s.Objects {
		rest, inside := strings.CutPrefix(o.Name, prefix)
		switch {
		case o.Bucket != q.PathValue("bucket"), !inside, o.TimeDeleted != "" && query.Get("versions") != "true",
			o.Name < from, to != "" && o.Name >= to:
			continue
		}
		if head, _, split := strings.Cut(rest, delimiter); delimiter != "" && split {
			p := prefix + head + delimiter
			if !seen[p] {
				seen[p] = true
				found = append(found, listed{place: p, prefix: p})
			}
			continue
		}
		found = append(found, listed{place: o.place(), object: o})
	}
	slices.SortFunc(found, func(a, b listed) int { return strings.Compare(a.place, b.place) })
	part, next, err := pageOf(q, "maxResults", 1000, 1000, found, func(l listed) string { return l.place })
	if err != nil {
		return fail(err)
	}
	body := map[string]any{"kind": "storage#objects"}
	var items []map[string]any
	var prefixes []string
	for _, l := range part {
		if l.object == nil {
			prefixes = append(prefixes, l.prefix)
			continue
		}
		items = append(items, visible(l.object))
	}
	if items != nil {
		body["items"] = items
	}
	if prefixes != nil {
		body["prefixes"] = prefixes
	}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}
