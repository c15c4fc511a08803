package objectstore

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
)

// The canned ACLs that every cloud has.
const (
	Private    = "private"
	PublicRead = "public-read"
)

const (
	groups   = "http://acs.amazonaws.com/groups/"
	allUsers = groups + "global/AllUsers"
	xsi      = "http://www.w3.org/2001/XMLSchema-instance"
	s3Space  = "http://s3.amazonaws.com/doc/2006-03-01/"
)

// Owner is the account in S3's answers.
type Owner struct {
	ID          string
	DisplayName string `xml:",omitempty"`
}

type grantee struct {
	XSI         string `xml:"xmlns:xsi,attr"`
	Type        string `xml:"xsi:type,attr"`
	ID          string `xml:",omitempty"`
	DisplayName string `xml:",omitempty"`
	URI         string `xml:",omitempty"`
}

type grant struct {
	Grantee    grantee
	Permission string
}

type accessControl struct {
	XMLName           xml.Name `xml:"AccessControlPolicy"`
	Xmlns             string   `xml:"xmlns,attr"`
	Owner             Owner
	AccessControlList struct{ Grant []grant }
}

// groupGrants are the groups and rights of each canned ACL, beside the owner's.
var groupGrants = map[string][][2]string{
	Private:              {},
	PublicRead:           {{allUsers, "READ"}},
	"public-read-write":  {{allUsers, "READ"}, {allUsers, "WRITE"}},
	"authenticated-read": {{groups + "global/AuthenticatedUsers", "READ"}},
	"log-delivery-write": {{groups + "s3/LogDelivery", "WRITE"}, {groups + "s3/LogDelivery", "READ_ACP"}},
}

// AnswerACL writes a canned ACL as grants.
func (s *Server) AnswerACL(w http.ResponseWriter, acl string) error {
	a := accessControl{Xmlns: s3Space, Owner: s.rules.Owner}
	list := &a.AccessControlList.Grant
	for _, g := range groupGrants[acl] {
		*list = append(*list, grant{grantee{XSI: xsi, Type: "Group", URI: g[0]}, g[1]})
	}
	owner := grantee{XSI: xsi, Type: "CanonicalUser", ID: a.Owner.ID, DisplayName: a.Owner.DisplayName}
	*list = append(*list, grant{owner, "FULL_CONTROL"})
	AnswerXML(w, http.StatusOK, a)
	return nil
}

// ObjectACL knows the canned ACLs of objects, which come with them or later.
func (s *Server) ObjectACL(w http.ResponseWriter, r *http.Request, b Bucket) error {
	_, key := SplitPath(r)
	version := r.URL.Query().Get("versionId")
	if r.Method == http.MethodGet {
		acl, err := s.objectACL(b.Name, key, version)
		if err != nil {
			return err
		}
		return s.AnswerACL(w, acl)
	}
	acl, err := s.WantedACL(r, b.Name)
	if err != nil {
		return err
	}
	if err := s.setObjectACL(b.Name, key, version, acl); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// BucketACL takes a canned ACL from the header, or grants from the body.
func (s *Server) BucketACL(w http.ResponseWriter, r *http.Request, b Bucket) error {
	if r.Method == http.MethodGet {
		return s.AnswerACL(w, b.ACL)
	}
	acl, err := s.WantedACL(r, b.Name)
	if err != nil {
		return err
	}
	if err := s.Change(b.Name, func(b *Bucket) { b.ACL = acl }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// CheckACL refuses canned ACLs that the cloud does not have.
func (s *Server) CheckACL(acl, bucket string) error {
	if !slices.Contains(s.rules.ACLs, acl) {
		return Refusal(http.StatusBadRequest, "InvalidArgument", bucket, "invalid canned ACL: "+acl)
	}
	return nil
}

// WantedACL is the canned ACL in r's header, or the one with the grants in its
// body. The body can be read again.
func (s *Server) WantedACL(r *http.Request, bucket string) (string, error) {
	acl := r.Header.Get("x-amz-acl")
	if acl == "" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return "", err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if acl, err = grantedACL(body, bucket); err != nil {
			return "", err
		}
	}
	return acl, s.CheckACL(acl, bucket)
}

// grantedACL is the canned ACL with the grants to groups in body.
func grantedACL(body []byte, bucket string) (string, error) {
	var in struct {
		Grants []struct {
			URI        string `xml:"Grantee>URI"`
			Permission string
		} `xml:"AccessControlList>Grant"`
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		return "", Refusal(http.StatusBadRequest, "MalformedACLError", bucket, err.Error())
	}
	var wanted [][2]string
	for _, g := range in.Grants {
		if g.URI != "" {
			wanted = append(wanted, [2]string{g.URI, g.Permission})
		}
	}
	for acl, grants := range groupGrants {
		if len(grants) == len(wanted) && !slices.ContainsFunc(grants, func(g [2]string) bool { return !slices.Contains(wanted, g) }) {
			return acl, nil
		}
	}
	return "", Refusal(http.StatusNotImplemented, "NotImplemented", bucket, "Only the grants of canned ACLs are known.")
}
