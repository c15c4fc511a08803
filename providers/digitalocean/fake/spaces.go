package fake

import (
	"encoding/xml"
	"net/http"
	"slices"
	"time"

	"github.com/johannesboyne/gofakes3"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// spacesACLs are the canned ACLs of buckets and objects.
var spacesACLs = []string{objectstore.Private, objectstore.PublicRead}

// spaces is the object storage.
type spaces struct {
	cloud *Cloud
	*objectstore.Server
}

func openSpaces(c *Cloud) (*spaces, error) {
	store, err := objectstore.Open(objectstore.Options{
		Clock: c.o.Clock, Seed: c.o.Seed + 2, MaxBuckets: c.o.Quota.Buckets, Path: fakecloud.FileIn(c.o.Dir, "spaces.json"),
	})
	if err != nil {
		return nil, err
	}
	s := &spaces{cloud: c}
	rules := objectstore.Rules{
		Owner:     objectstore.Owner{ID: itoa(ownerID), DisplayName: itoa(ownerID)},
		ACLs:      spacesACLs,
		RequestID: requestID,
		Authorize: s.authorize, Reach: reachSpace, Create: s.createBucket, List: s.listBuckets,
		Unknown: unknownSettings, BucketSettings: map[string]objectstore.Setting{}, ObjectSettings: map[string]objectstore.Setting{},
	}
	s.Server = objectstore.NewServer(store, rules)
	s.addSettings(rules)
	return s, nil
}

// spacesPattern names r's endpoint for Counts.
func spacesPattern(r *http.Request) string { return objectstore.Pattern(r, knownSettings) }

// refuseS3 answers a fault.
func refuseS3(w http.ResponseWriter, r *http.Request, status int) {
	objectstore.Refuse(w, r, status, requestID())
}

func requestID() string { return "tx000000000000000000fake" }

// names returns the names of the buckets, sorted.
func (s *spaces) names() []string {
	var out []string
	for _, b := range s.Buckets() {
		out = append(out, b.Name)
	}
	return out
}

var credential = providers.NewPattern(`Credential=([^/,]+)/\d+/([^/]+)/s3/aws4_request`)

// authorize checks the access key and returns the region r was signed for, ""
// when that is not one of Spaces.
func (s *spaces) authorize(r *http.Request, b objectstore.Bucket) (string, error) {
	source := r.Header.Get("Authorization")
	if c := r.URL.Query().Get("X-Amz-Credential"); c != "" {
		source = "Credential=" + c
	}
	m := credential.FindStringSubmatch(source)
	if m == nil {
		if b.ACL == objectstore.PublicRead && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return "", nil
		}
		return "", objectstore.Refusal(http.StatusForbidden, "AccessDenied", b.Name, "Access Denied")
	}
	if err := s.cloud.openSpace(m[1], r, b.Name); err != nil {
		return "", err
	}
	if slices.Contains(spacesRegions, m[2]) {
		return m[2], nil
	}
	return "", nil
}

// openSpace checks what an access key allows. Keys that the API makes are known
// to it; of others only o.SpacesKey is good when that is set.
func (c *Cloud) openSpace(accessKey string, r *http.Request, bucket string) error {
	c.Lock()
	defer c.Unlock()
	k, found := c.s.SpacesKeys.Find(accessKey)
	switch {
	case found && c.Now().Before(k.CreatedAt.Add(c.o.SpacesLag)),
		!found && (madeKey.MatchString(accessKey) || c.o.SpacesKey != "" && accessKey != c.o.SpacesKey):
		return objectstore.Refusal(http.StatusForbidden, "InvalidAccessKeyId", bucket,
			"The AWS Access Key Id you provided does not exist in our records.")
	}
	name, key := objectstore.SplitPath(r)
	ofBucket := key == "" && !r.URL.Query().Has("delete") // that deletes objects
	if found && !k.opens(r.Method, name, ofBucket) {
		return objectstore.Refusal(http.StatusForbidden, "AccessDenied", name, "Access Denied")
	}
	return nil
}

// reachSpace hides a Space from other regions, and refuses ACLs that Spaces does
// not have.
func reachSpace(_ http.ResponseWriter, r *http.Request, b objectstore.Bucket, region string) error {
	if region != "" && region != b.Region {
		return objectstore.Refusal(http.StatusNotFound, "NoSuchBucket", b.Name, "The specified bucket does not exist")
	}
	if acl := r.Header.Get("x-amz-acl"); acl != "" && !slices.Contains(spacesACLs, acl) {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidArgument", b.Name, "invalid canned ACL: "+acl)
	}
	return nil
}

func (s *spaces) listBuckets(w http.ResponseWriter, _ *http.Request, region string) error {
	return s.AnswerBuckets(w, objectstore.Listing{Region: region})
}

func (s *spaces) createBucket(w http.ResponseWriter, r *http.Request, name, region string) error {
	acl := r.Header.Get("x-amz-acl")
	if acl == "" {
		acl = objectstore.Private
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
	if gofakes3.ValidateBucketName(name) != nil {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidBucketName", name, "The specified bucket is not valid.")
	}
	if err := s.CheckACL(acl, name); err != nil {
		return err
	}
	if slices.Contains(s.cloud.o.TakenBuckets, name) {
		return alreadyExists(name)
	}
	b := objectstore.Bucket{Name: name, Region: region, ACL: acl, Notes: s.cloud.spacesHome().notes()}
	if err := s.Add(b, func(old objectstore.Bucket) error { return takenSpace(old, region) }); err != nil {
		return err
	}
	w.Header().Set("Location", "/"+name)
	w.WriteHeader(http.StatusOK)
	return nil
}

// takenSpace tells the owner of a Space only in the region it is in.
func takenSpace(old objectstore.Bucket, region string) error {
	if old.Region == region {
		return objectstore.Refusal(http.StatusConflict, "BucketAlreadyOwnedByYou", old.Name,
			"Your previous request to create the named bucket succeeded and you already own it.")
	}
	return alreadyExists(old.Name)
}

func alreadyExists(name string) error {
	return objectstore.Refusal(http.StatusConflict, "BucketAlreadyExists", name, "The requested bucket name is not available.")
}

// spacesHome is the place of a new bucket.
func (c *Cloud) spacesHome() home {
	c.Lock()
	defer c.Unlock()
	return home{c.defaultProject().ID, c.Now()}
}

// notes is h as a bucket carries it.
func (h home) notes() map[string]string {
	return map[string]string{"project_id": h.ProjectID, "assigned_at": h.AssignedAt.Format(time.RFC3339Nano)}
}

// homes returns each bucket's project.
func (s *spaces) homes() map[string]home {
	out := map[string]home{}
	for _, b := range s.Buckets() {
		at, _ := time.Parse(time.RFC3339Nano, b.Notes["assigned_at"]) // as notes wrote it
		out[b.Name] = home{b.Notes["project_id"], at}
	}
	return out
}

// move puts a bucket into another project. An error of the disk shows at the next save.
func (s *spaces) move(name string, to home) {
	s.Change(name, func(b *objectstore.Bucket) { b.Notes = to.notes() }) //nolint:errcheck
}
