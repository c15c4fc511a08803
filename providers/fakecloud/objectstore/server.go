package objectstore

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// Setting answers the requests about one sub-resource of a bucket or object.
type Setting func(w http.ResponseWriter, r *http.Request, b Bucket) error

// Rules are what differs between clouds. All fields but Unknown are needed.
type Rules struct {
	Owner     Owner
	ACLs      []string      // the canned ACLs of buckets
	RequestID func() string // of errors

	// Authorize checks the credentials of r and returns the region r was sent to.
	// b has no name when the bucket does not exist.
	Authorize func(r *http.Request, b Bucket) (region string, err error)

	// Reach refuses what cannot be done with b from region. It may set headers.
	Reach func(w http.ResponseWriter, r *http.Request, b Bucket, region string) error

	// Create and List answer PUT of a bucket and GET of all.
	Create func(w http.ResponseWriter, r *http.Request, name, region string) error
	List   func(w http.ResponseWriter, r *http.Request, region string) error

	// BucketSettings and ObjectSettings are the sub-resources by their name in
	// the query, but for those of gofakes3: versions, uploads and versioning.
	BucketSettings map[string]Setting
	ObjectSettings map[string]Setting

	// Unknown are sub-resources that the cloud or this fake does not have.
	Unknown []string
}

// Server is a Store behind HTTP, path style, all regions in one.
type Server struct {
	*Store
	rules   Rules
	objects http.Handler
}

// NewServer serves store as rules say.
func NewServer(store *Store, rules Rules) *Server {
	// Clients sign with their own clock, so the skew is not checked.
	objects := gofakes3.New(store, gofakes3.WithTimeSource(storeTime{store}), gofakes3.WithTimeSkewLimit(0)).Server()
	return &Server{Store: store, rules: rules, objects: objects}
}

// storeTime is the store's clock for gofakes3.
type storeTime struct{ s *Store }

func (t storeTime) Now() time.Time                     { return t.s.now() }
func (t storeTime) Since(then time.Time) time.Duration { return t.s.now().Sub(then) }

func (s *Store) now() time.Time { return s.o.Clock.Now().UTC() }

// SplitPath returns the bucket and the key of a path-style URL.
func SplitPath(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucket, key
}

// Pattern names r's endpoint for counts; settings are the sub-resources to tell apart.
func Pattern(r *http.Request, settings []string) string {
	p := r.Method + " s3"
	bucket, key := SplitPath(r)
	if bucket != "" {
		p += "/{bucket}"
	}
	if key != "" {
		p += "/{key}"
	}
	if name := objectQuery(r); name != "" {
		return p + "?" + name
	}
	for _, name := range settings {
		if r.URL.Query().Has(name) {
			return p + "?" + name
		}
	}
	return p
}

// objectQuery returns the sub-resource of r that gofakes3 knows, "" for none.
func objectQuery(r *http.Request) string {
	for _, name := range []string{"uploads", "uploadId", "versions", "versionId", "delete", "versioning"} {
		if r.URL.Query().Has(name) {
			return name
		}
	}
	return ""
}

// setting returns the sub-resource of r and what answers it: nothing for one
// that is unknown.
func (s *Server) setting(r *http.Request, key string) (name string, answer Setting) {
	known := s.rules.BucketSettings
	if key != "" {
		known = s.rules.ObjectSettings
	}
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if answer, found := known[name]; found {
			return name, answer
		}
		if slices.Contains(s.rules.Unknown, name) {
			return name, nil
		}
	}
	return "", nil
}

// ServeHTTP answers one S3 request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.route(w, r); err != nil {
		answerError(w, r, err, s.rules.RequestID())
	}
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) error {
	name, key := SplitPath(r)
	b, found := s.Bucket(name)
	region, err := s.rules.Authorize(r, b)
	if err != nil {
		return err
	}
	sub, answer := s.setting(r, key)
	switch {
	case sub != "" && answer == nil:
		return Refusal(http.StatusNotImplemented, "NotImplemented", name, sub+" is not implemented")
	case name == "" && r.Method != http.MethodGet:
		return MethodNotAllowed("")
	case name == "":
		return s.rules.List(w, r, region)
	case key == "" && sub == "" && objectQuery(r) == "" && r.Method == http.MethodPut:
		return s.rules.Create(w, r, name, region)
	case !found:
		return noSuchBucket(name)
	}
	if err := s.rules.Reach(w, r, b, region); err != nil {
		return err
	}
	switch {
	case answer != nil:
		return answer(w, r, b)
	case key == "" && r.Method == http.MethodDelete && objectQuery(r) == "":
		return s.answerDelete(w, b)
	}
	return s.ServeObjects(w, r, b)
}

// answerDelete deletes an empty bucket.
func (s *Server) answerDelete(w http.ResponseWriter, b Bucket) error {
	err := s.DeleteBucket(b.Name)
	if gofakes3.HasErrorCode(err, gofakes3.ErrBucketNotEmpty) {
		message := "The bucket you tried to delete is not empty"
		if b.Versioning != "" {
			message += ". You must delete all versions in the bucket."
		}
		return Refusal(http.StatusConflict, "BucketNotEmpty", b.Name, message)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ServeObjects lets gofakes3 answer: objects, versions, uploads, versioning, and
// HEAD and DELETE of b.
func (s *Server) ServeObjects(w http.ResponseWriter, r *http.Request, b Bucket) error {
	if err := plainBody(r); err != nil {
		return Refusal(http.StatusBadRequest, "IncompleteBody", b.Name, err.Error())
	}
	keepHeaders(r)
	if query := r.URL.Query(); r.Method == http.MethodGet && query.Has("uploads") {
		s.listUploads(w, r, b)
		return nil
	}
	s.objects.ServeHTTP(w, namedVersion(r))
	return nil
}

// listUploads lets gofakes3 answer, and answers itself with an empty list where
// that says "no such upload": it does so until the first one of a bucket.
func (s *Server) listUploads(w http.ResponseWriter, r *http.Request, b Bucket) {
	m := &missing{ResponseWriter: w}
	s.objects.ServeHTTP(m, r)
	if m.hit {
		AnswerXML(w, http.StatusOK, uploadList{Bucket: b.Name, MaxUploads: 1000})
	}
}

// missing passes an answer on unless it is 404.
type missing struct {
	http.ResponseWriter
	hit bool
}

// WriteHeader keeps 404 back.
func (m *missing) WriteHeader(code int) {
	if m.hit = code == http.StatusNotFound; !m.hit {
		m.ResponseWriter.WriteHeader(code)
	}
}

// Write keeps back what 404 says.
func (m *missing) Write(p []byte) (int, error) {
	if m.hit {
		return len(p), nil
	}
	return m.ResponseWriter.Write(p)
}

type uploadList struct {
	XMLName     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
	Bucket      string
	MaxUploads  int
	IsTruncated bool
}

// nullVersion stands for the version "null" in URLs: gofakes3 takes that word
// for no version at all.
const nullVersion = "null-version"

// namedVersion lets a request for version "null" mean that version.
func namedVersion(r *http.Request) *http.Request {
	query := r.URL.Query()
	if query.Get("versionId") != "null" {
		return r
	}
	query.Set("versionId", nullVersion)
	r = r.Clone(r.Context())
	r.URL.RawQuery = query.Encode()
	return r
}
