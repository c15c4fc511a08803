package fake

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
)

// spaces is the object storage. gofakes3 speaks the wire of objects; buckets and
// their settings, which it lacks or is too lax about, are here.
type spaces struct {
	cloud *Cloud
	*bucketStore
	objects http.Handler
}

func openSpaces(c *Cloud) (*spaces, error) {
	store, err := openStore(c)
	if err != nil {
		return nil, err
	}
	s := &spaces{cloud: c, bucketStore: store}
	// Clients sign with their own clock, so the skew is not checked.
	s.objects = gofakes3.New(store, gofakes3.WithTimeSource(cloudTime{c}), gofakes3.WithTimeSkewLimit(0)).Server()
	return s, nil
}

// cloudTime is the cloud's clock for gofakes3.
type cloudTime struct{ c *Cloud }

func (t cloudTime) Now() time.Time                     { return t.c.now() }
func (t cloudTime) Since(then time.Time) time.Duration { return t.c.now().Sub(then) }

// s3Error is a refusal in S3's shape.
type s3Error struct {
	XMLName    xml.Name `xml:"Error"`
	Code       string
	Message    string
	BucketName string `xml:",omitempty"`
	RequestID  string `xml:"RequestId"`
	status     int
}

func (e *s3Error) Error() string { return e.Code }

func s3Refusal(status int, code, bucket, message string) error {
	return &s3Error{Code: code, Message: message, BucketName: bucket, status: status, RequestID: "tx000000000000000000fake"}
}

func noSuchBucket(name string) error {
	return s3Refusal(http.StatusNotFound, "NoSuchBucket", name, "The specified bucket does not exist")
}

func answerXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if v != nil {
		fmt.Fprint(w, xml.Header)
		xml.NewEncoder(w).Encode(v) //nolint:errcheck // the client may be gone
	}
}

func answerS3Error(w http.ResponseWriter, r *http.Request, err error) {
	e, known := err.(*s3Error)
	if !known {
		e = &s3Error{Code: "InternalError", Message: err.Error(), status: http.StatusInternalServerError}
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(e.status)
		return
	}
	answerXML(w, e.status, e)
}

// refuseS3 answers a fault.
func refuseS3(w http.ResponseWriter, r *http.Request, status int) {
	code := "InternalError"
	switch status {
	case http.StatusTooManyRequests:
		// S3 throttles with 503.
		code, status = "SlowDown", http.StatusServiceUnavailable
	case http.StatusBadRequest:
		code = "IncompleteBody"
	}
	answerS3Error(w, r, s3Refusal(status, code, "", "We encountered an internal error. Please try again."))
}

// bucketSettings are the sub-resources of a bucket that are not about objects.
var bucketSettings = []string{"acl", "cors", "lifecycle", "policy", "location", "versioning"}

// unknownSettings are sub-resources that Spaces does not have.
var unknownSettings = []string{"replication", "encryption", "website", "logging", "notification", "tagging",
	"accelerate", "requestPayment", "object-lock", "publicAccessBlock", "ownershipControls", "inventory", "analytics",
	"metrics", "intelligent-tiering", "policyStatus"}

func setting(r *http.Request, known []string) string {
	for _, s := range known {
		if r.URL.Query().Has(s) {
			return s
		}
	}
	return ""
}

// bucketAndKey splits a path-style URL.
func bucketAndKey(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucket, key
}

// spacesPattern names r's endpoint for Counts.
func spacesPattern(r *http.Request) string {
	p := r.Method + " s3"
	bucket, key := bucketAndKey(r)
	if bucket != "" {
		p += "/{bucket}"
	}
	if key != "" {
		p += "/{key}"
	}
	for _, s := range append([]string{"uploads", "uploadId", "versions", "versionId", "delete"}, bucketSettings...) {
		if r.URL.Query().Has(s) {
			return p + "?" + s
		}
	}
	return p
}

// ServeHTTP answers one S3 request.
func (s *spaces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.route(w, r); err != nil {
		answerS3Error(w, r, err)
	}
}

func (s *spaces) route(w http.ResponseWriter, r *http.Request) error {
	bucket, key := bucketAndKey(r)
	region, err := s.authorize(r, bucket)
	if err != nil {
		return err
	}
	if name := setting(r, unknownSettings); name != "" {
		return s3Refusal(http.StatusNotImplemented, "NotImplemented", bucket, "Spaces does not have "+name)
	}
	sub := setting(r, bucketSettings)
	switch {
	case bucket == "":
		return s.answerBuckets(w, region)
	case key == "" && sub == "" && r.Method == http.MethodPut:
		return s.createBucket(w, r, bucket, region)
	}
	b, found := s.bucket(bucket)
	if !found || region != "" && region != b.Region {
		return noSuchBucket(bucket)
	}
	if sub == "acl" && key != "" {
		return answerObjectACL(w, r)
	}
	if sub != "" && sub != "versioning" {
		return s.bucketSetting(w, r, b, sub)
	}
	if err := plainBody(r); err != nil {
		return s3Refusal(http.StatusBadRequest, "IncompleteBody", bucket, err.Error())
	}
	s.objects.ServeHTTP(w, namedVersion(r))
	return nil
}

var credential = regexp.MustCompile(`Credential=([^/,]+)/\d+/([^/]+)/s3/aws4_request`)

// authorize checks the access key and returns the region r was signed for, ""
// when that is not one of Spaces.
func (s *spaces) authorize(r *http.Request, bucket string) (string, error) {
	source := r.Header.Get("Authorization")
	if c := r.URL.Query().Get("X-Amz-Credential"); c != "" {
		source = "Credential=" + c
	}
	m := credential.FindStringSubmatch(source)
	if m == nil {
		b, found := s.bucket(bucket)
		if found && b.ACL == publicRead && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return "", nil
		}
		return "", s3Refusal(http.StatusForbidden, "AccessDenied", bucket, "Access Denied")
	}
	if want := s.cloud.o.SpacesKey; want != "" && m[1] != want {
		return "", s3Refusal(http.StatusForbidden, "InvalidAccessKeyId", bucket,
			"The AWS Access Key Id you provided does not exist in our records.")
	}
	if slices.Contains(spacesRegions, m[2]) {
		return m[2], nil
	}
	return "", nil
}

func (s *spaces) createBucket(w http.ResponseWriter, r *http.Request, name, region string) error {
	acl := r.Header.Get("x-amz-acl")
	if acl == "" {
		acl = private
	}
	var in struct{ LocationConstraint string }
	// The body is optional; a wrong one leaves the region open.
	xml.NewDecoder(r.Body).Decode(&in) //nolint:errcheck
	if region == "" && slices.Contains(spacesRegions, in.LocationConstraint) {
		region = in.LocationConstraint
	}
	if region == "" {
		region = "nyc3"
	}
	switch {
	case gofakes3.ValidateBucketName(name) != nil:
		return s3Refusal(http.StatusBadRequest, "InvalidBucketName", name, "The specified bucket is not valid.")
	case acl != private && acl != publicRead:
		return s3Refusal(http.StatusBadRequest, "InvalidArgument", name, "invalid canned ACL: "+acl)
	case slices.Contains(s.cloud.o.TakenBuckets, name):
		return s3Refusal(http.StatusConflict, "BucketAlreadyExists", name, "The requested bucket name is not available.")
	}
	home := s.cloud.spacesHome()
	if err := s.add(&bucket{Name: name, Region: region, ACL: acl, home: home}); err != nil {
		return err
	}
	w.Header().Set("Location", "/"+name)
	w.WriteHeader(http.StatusOK)
	return nil
}

// spacesHome is the place of a new bucket.
func (c *Cloud) spacesHome() home {
	c.mu.Lock()
	defer c.mu.Unlock()
	return home{c.defaultProject().ID, c.now()}
}

type bucketEntry struct {
	Name         string
	CreationDate string
}

// answerBuckets lists the buckets of a region, of all when it is open.
func (s *spaces) answerBuckets(w http.ResponseWriter, region string) error {
	var list struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
		Owner   owner
		Buckets struct{ Bucket []bucketEntry }
	}
	list.Owner = theOwner
	for _, name := range s.names() {
		if b, _ := s.bucket(name); region == "" || b.Region == region {
			list.Buckets.Bucket = append(list.Buckets.Bucket, bucketEntry{name, b.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z")})
		}
	}
	answerXML(w, http.StatusOK, list)
	return nil
}
