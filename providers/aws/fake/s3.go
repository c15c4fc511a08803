package fake

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// s3 is the object storage of all regions.
type s3 struct {
	cloud *Cloud
	*objectstore.Server
}

func openS3(c *Cloud) (*s3, error) {
	store, err := objectstore.Open(objectstore.Options{
		Clock: c.o.Clock, Seed: c.o.Seed + 2, MaxBuckets: c.o.Quota.Buckets, Path: fakecloud.FileIn(c.o.Dir, "s3.json"),
	})
	if err != nil {
		return nil, err
	}
	s := &s3{cloud: c}
	rules := objectstore.Rules{
		Owner:     objectstore.Owner{ID: canonicalID(c.o.Account)},
		ACLs:      []string{objectstore.Private, objectstore.PublicRead, "public-read-write", "authenticated-read", "log-delivery-write"},
		RequestID: c.requestID,
		Authorize: s.authorize, Reach: s.reach, Create: s.createBucket, List: s.listBuckets,
		BucketSettings: map[string]objectstore.Setting{}, ObjectSettings: map[string]objectstore.Setting{},
		Unknown: []string{"analytics", "inventory", "metrics", "intelligent-tiering", "metadataTable", "metadataConfiguration",
			"abac", "session", "retention", "legal-hold", "torrent", "attributes", "restore", "select", "renameObject"},
	}
	s.Server = objectstore.NewServer(store, rules)
	s.addSettings(rules)
	return s, nil
}

// canonicalID is the account in ACLs.
func canonicalID(account string) string {
	return strings.Repeat(account, 64/len(account)+1)[:64]
}

// s3Service is S3 behind the common port.
func (c *Cloud) s3Service() service {
	return service{
		pattern: func(r *http.Request) string { return "s3:" + operationOf(pathStyle(r)).name },
		serve:   func(w http.ResponseWriter, r *http.Request) { c.s3.ServeHTTP(w, pathStyle(r)) },
		refuse: func(w http.ResponseWriter, r *http.Request, status int) {
			objectstore.Refuse(w, r, status, c.requestID())
		},
	}
}

// pathStyle moves the bucket from the host of a virtual-host style URL into the path.
func pathStyle(r *http.Request) *http.Request {
	bucket := hostBucket(r.Host)
	if bucket == "" {
		return r
	}
	out := r.Clone(r.Context())
	out.URL.Path, out.URL.RawPath = "/"+bucket+r.URL.Path, ""
	return out
}

// hostBucket is the bucket in bucket.s3.region.amazonaws.com or bucket.localhost.
func hostBucket(host string) string {
	host, _, _ = strings.Cut(host, ":")
	if rest, local := strings.CutSuffix(host, ".localhost"); local {
		if rest == "s3" {
			return ""
		}
		return strings.TrimSuffix(rest, ".s3")
	}
	rest, aws := strings.CutSuffix(host, ".amazonaws.com")
	if i := strings.LastIndex(rest, ".s3"); aws && i > 0 {
		return rest[:i]
	}
	return ""
}

// authorize lets in whom the account knows, for what is not denied.
func (s *s3) authorize(r *http.Request, b objectstore.Bucket) (string, error) {
	who, why := s.cloud.admit(r)
	switch why {
	case 0:
	case unknownKey, disabledRegion:
		return "", objectstore.Refusal(http.StatusForbidden, "InvalidAccessKeyId", "", "The AWS Access Key Id you provided does not exist in our records.")
	case expiredToken:
		return "", objectstore.Refusal(http.StatusBadRequest, "ExpiredToken", "", "The provided token has expired.")
	case badScope:
		return "", wrongScope(targetOf(r).region, firstRegion)
	default:
		return "", objectstore.Refusal(http.StatusForbidden, "AccessDenied", "", "Access Denied")
	}
	if action := operationOf(r).action; s.cloud.denied("s3:" + action) {
		return "", notAuthorized(who, action, b.Name)
	}
	if want := r.Header.Get("x-amz-expected-bucket-owner"); want != "" && want != s.cloud.o.Account {
		return "", objectstore.Refusal(http.StatusForbidden, "AccessDenied", b.Name, "Access Denied")
	}
	return targetOf(r).region, nil
}

func notAuthorized(who identity, action, bucket string) error {
	return objectstore.Refusal(http.StatusForbidden, "AccessDenied", bucket, "User: "+who.arn+" is not authorized to perform: s3:"+action+
		" on resource: \"arn:aws:s3:::"+bucket+"\" because no identity-based policy allows the s3:"+action+" action")
}

// firstRegion is where buckets go without a location, and what clients that
// know no region sign for.
const firstRegion = "us-east-1"

func wrongScope(got, want string) error {
	return &objectstore.Error{Status: http.StatusBadRequest, Code: "AuthorizationHeaderMalformed", Region: want,
		Message: "The authorization header is malformed; the region '" + got + "' is wrong; expecting '" + want + "'"}
}

// reach sends clients to the region of the bucket. Its location may be asked
// for in the first region, which is how clients that do not know it begin.
func (s *s3) reach(w http.ResponseWriter, r *http.Request, b objectstore.Bucket, region string) error {
	w.Header().Set("x-amz-bucket-region", b.Region)
	_, key := objectstore.SplitPath(r)
	op := operationOf(r).name
	switch {
	case region == b.Region:
	case region == firstRegion && op == "GetBucketLocation":
	case region == firstRegion && hostBucket(r.Host) != "":
		// The global endpoint's DNS leads to the right place, with the wrong signature.
		return wrongScope(region, b.Region)
	default:
		endpoint := b.Name + ".s3." + b.Region + ".amazonaws.com"
		return &objectstore.Error{Status: http.StatusMovedPermanently, Code: "PermanentRedirect", BucketName: b.Name, Endpoint: endpoint,
			Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."}
	}
	if key == "" && op != "HeadBucket" && s.cloud.Now().Before(b.CreatedAt.Add(s.cloud.o.EventualLag)) {
		return objectstore.Refusal(http.StatusNotFound, "NoSuchBucket", b.Name, "The specified bucket does not exist")
	}
	if acl := r.Header.Get("x-amz-acl"); key != "" && acl != "" && acl != "bucket-owner-full-control" && !hasACLs(b) {
		return aclsOff(b)
	}
	return checkDigest(r, b.Name)
}

// listBuckets pages when asked to, and tells regions only then.
func (s *s3) listBuckets(w http.ResponseWriter, r *http.Request, region string) error {
	query := r.URL.Query()
	l := objectstore.Listing{Region: query.Get("bucket-region"), Prefix: query.Get("prefix"), Token: query.Get("continuation-token")}
	for _, name := range []string{"bucket-region", "prefix", "continuation-token", "max-buckets"} {
		l.TellRegions = l.TellRegions || query.Has(name)
	}
	if l.Region != "" && l.Region != region {
		return invalidArgument("", "Argument value "+l.Region+" is not an allowed value")
	}
	if query.Has("max-buckets") {
		n, err := strconv.Atoi(query.Get("max-buckets"))
		if err != nil || n < 1 || n > 10000 {
			return invalidArgument("", "Argument max-buckets must be an integer between 1 and 10000")
		}
		l.Max = n
	}
	return s.AnswerBuckets(w, l)
}

func invalidArgument(bucket, message string) error {
	return objectstore.Refusal(http.StatusBadRequest, "InvalidArgument", bucket, message)
}
