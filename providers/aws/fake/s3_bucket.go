package fake

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// lockNote marks buckets made with object lock.
const lockNote = "object_lock"

// bucketRequest is the body of CreateBucket.
type bucketRequest struct {
	XMLName            xml.Name `xml:"CreateBucketConfiguration"`
	LocationConstraint string
	Tags               []s3Tag `xml:"Tags>Tag"`
	rest
}

func (s *s3) createBucket(w http.ResponseWriter, r *http.Request, name, region string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var in bucketRequest
	if len(bytes.TrimSpace(body)) > 0 {
		if err := strictXML(name, body, &in); err != nil {
			return err
		}
	}
	if space := r.Header.Get("x-amz-bucket-namespace"); space != "" && space != "global" {
		return objectstore.Refusal(http.StatusNotImplemented, "NotImplemented", name, "Only the global namespace of buckets is there.")
	}
	if !validBucketName(name) {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidBucketName", name, "The specified bucket is not valid.")
	}
	if err := checkLocation(name, in.LocationConstraint, region); err != nil {
		return err
	}
	b, err := s.newBucket(r, name, region, in.Tags)
	if err != nil {
		return err
	}
	if slices.Contains(s.cloud.o.TakenBuckets, name) {
		return objectstore.Refusal(http.StatusConflict, "BucketAlreadyExists", name, "The requested bucket name is not available. "+
			"The bucket namespace is shared by all users of the system. Please select a different name and try again.")
	}
	if err := s.Add(b, func(old objectstore.Bucket) error { return takenBucket(old, region) }); err != nil {
		return err
	}
	w.Header().Set("Location", "/"+name)
	if region != firstRegion {
		w.Header().Set("Location", "http://"+name+".s3.amazonaws.com/")
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

var bucketNameRefused = providers.NewPattern(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$`)

func validBucketName(name string) bool {
	return gofakes3.ValidateBucketName(name) == nil && !bucketNameRefused.MatchString(name)
}

// checkLocation wants the region's own name, and none in the first region.
func checkLocation(name, location, region string) error {
	if location == "EU" {
		location = "eu-west-1"
	}
	switch {
	case location == "" && region == firstRegion || location == region && region != firstRegion:
		return nil
	case location == firstRegion || location != "" && !regionExists(location):
		return objectstore.Refusal(http.StatusBadRequest, "InvalidLocationConstraint", name, "The specified location-constraint is not valid")
	case location == "":
		location = "unspecified"
	}
	return objectstore.Refusal(http.StatusBadRequest, "IllegalLocationConstraintException", name,
		"The "+location+" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

// takenBucket lets the first region create a bucket twice.
func takenBucket(old objectstore.Bucket, region string) error {
	if region == firstRegion && old.Region == firstRegion {
		return nil
	}
	return objectstore.Refusal(http.StatusConflict, "BucketAlreadyOwnedByYou", old.Name,
		"Your previous request to create the named bucket succeeded and you already own it.")
}

// newBucket has what every bucket has from the start: all public access blocked,
// encryption, and an owner of all objects.
func (s *s3) newBucket(r *http.Request, name, region string, tags []s3Tag) (objectstore.Bucket, error) {
	b := objectstore.Bucket{Name: name, Region: region, ACL: objectstore.Private, Notes: map[string]string{}}
	ownership := r.Header.Get("x-amz-object-ownership")
	if ownership == "" {
		ownership = ownerEnforced
	}
	if !slices.Contains(ownerships, ownership) {
		return b, invalidArgument(name, "Invalid x-amz-object-ownership header: "+ownership)
	}
	if acl := r.Header.Get("x-amz-acl"); acl != "" {
		if err := s.CheckACL(acl, name); err != nil {
			return b, err
		}
		b.ACL = acl
	}
	switch {
	case b.ACL != objectstore.Private && ownership == ownerEnforced:
		return b, aclWithEnforcedOwner(name)
	case isPublicACL(b.ACL):
		return b, objectstore.Refusal(http.StatusBadRequest, "InvalidBucketAclWithBlockPublicAccessError", name,
			"Bucket cannot have public ACLs set with BlockPublicAccess enabled")
	}
	b.Settings = map[string]string{
		"publicAccessBlock": xmlText(publicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}),
		"ownershipControls": xmlText(ownershipControls{Rules: []ownershipRule{{ObjectOwnership: ownership}}}),
	}
	if strings.EqualFold(r.Header.Get("x-amz-bucket-object-lock-enabled"), "true") {
		b.Notes[lockNote], b.Versioning = "Enabled", "Enabled"
	}
	if len(tags) > 0 {
		if err := checkTags(name, tags); err != nil {
			return b, err
		}
		b.Settings["tagging"] = xmlText(tagging{Tags: tags})
	}
	return b, nil
}
