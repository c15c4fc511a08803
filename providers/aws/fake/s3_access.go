package fake

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// publicAccessBlock is the document of that sub-resource. What it does not say is false.
type publicAccessBlock struct {
	XMLName               xml.Name `xml:"PublicAccessBlockConfiguration"`
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
	rest
}

// blockedAccess reads the document of b; without one nothing is blocked.
func blockedAccess(b objectstore.Bucket) (p publicAccessBlock) {
	xml.Unmarshal([]byte(b.Settings["publicAccessBlock"]), &p) //nolint:errcheck // ours, or empty
	return p
}

func checkPublicAccessBlock(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in publicAccessBlock
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}

const ownerEnforced = "BucketOwnerEnforced"

var ownerships = []string{ownerEnforced, "BucketOwnerPreferred", "ObjectWriter"}

type ownershipRule struct {
	ObjectOwnership string
	rest
}

// ownershipControls is the document of that sub-resource.
type ownershipControls struct {
	XMLName xml.Name        `xml:"OwnershipControls"`
	Rules   []ownershipRule `xml:"Rule"`
	rest
}

// hasACLs tells whether ACLs are on: they are unless the owner is enforced.
func hasACLs(b objectstore.Bucket) bool {
	return !strings.Contains(b.Settings["ownershipControls"], ownerEnforced)
}

func checkOwnership(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in ownershipControls
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	if len(in.Rules) != 1 || !slices.Contains(ownerships, in.Rules[0].ObjectOwnership) {
		return "", malformedXML(b.Name)
	}
	if in.Rules[0].ObjectOwnership == ownerEnforced && b.ACL != objectstore.Private {
		return "", aclWithEnforcedOwner(b.Name)
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}

func aclWithEnforcedOwner(bucket string) error {
	return objectstore.Refusal(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership", bucket,
		"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
}

func isPublicACL(acl string) bool {
	return slices.Contains([]string{objectstore.PublicRead, "public-read-write", "authenticated-read"}, acl)
}

// bucketACL takes ACLs only where they are on, and public ones only where they
// are not blocked.
func (s *s3) bucketACL(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	switch {
	case r.Method == http.MethodGet:
	case r.Method != http.MethodPut:
		return objectstore.MethodNotAllowed(b.Name)
	case !hasACLs(b):
		return aclsOff(b)
	}
	if r.Method == http.MethodPut {
		acl, err := s.WantedACL(r, b.Name)
		if err != nil {
			return err
		}
		if isPublicACL(acl) && blockedAccess(b).BlockPublicAcls {
			return objectstore.Refusal(http.StatusForbidden, "AccessDenied", b.Name, "Access Denied")
		}
	}
	return s.BucketACL(w, r, b)
}

func aclsOff(b objectstore.Bucket) error {
	return objectstore.Refusal(http.StatusBadRequest, "AccessControlListNotSupported", b.Name, "The bucket does not allow ACLs")
}

// objectACL is that of a private object.
func (s *s3) objectACL(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method == http.MethodPut && !hasACLs(b) {
		return aclsOff(b)
	}
	return s.ObjectACL(w, r, b)
}
