package fake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The canned ACLs of Spaces.
const (
	private    = "private"
	publicRead = "public-read"
)

const (
	allUsers  = "http://acs.amazonaws.com/groups/global/AllUsers"
	xsi       = "http://www.w3.org/2001/XMLSchema-instance"
	s3Space   = "http://s3.amazonaws.com/doc/2006-03-01/"
	fullRight = "FULL_CONTROL"
)

type owner struct {
	ID          string
	DisplayName string
}

var theOwner = owner{itoa(ownerID), itoa(ownerID)}

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
	Owner             owner
	AccessControlList struct{ Grant []grant }
}

// accessControlOf writes a canned ACL as grants.
func accessControlOf(acl string) accessControl {
	a := accessControl{Xmlns: s3Space, Owner: theOwner}
	if acl == publicRead {
		a.AccessControlList.Grant = append(a.AccessControlList.Grant,
			grant{grantee{XSI: xsi, Type: "Group", URI: allUsers}, "READ"})
	}
	a.AccessControlList.Grant = append(a.AccessControlList.Grant,
		grant{grantee{XSI: xsi, Type: "CanonicalUser", ID: theOwner.ID, DisplayName: theOwner.DisplayName}, fullRight})
	return a
}

// answerObjectACL knows private objects only; what is put is accepted and forgotten.
func answerObjectACL(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet {
		answerXML(w, http.StatusOK, accessControlOf(private))
		return nil
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// missingSetting is the error for a setting that was never put.
var missingSetting = map[string]string{
	"cors": "NoSuchCORSConfiguration", "lifecycle": "NoSuchLifecycleConfiguration", "policy": "NoSuchBucketPolicy",
}

// bucketSetting reads, puts or deletes one setting of b.
func (s *spaces) bucketSetting(w http.ResponseWriter, r *http.Request, b bucket, name string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	switch {
	case name == "acl":
		return s.bucketACL(w, r, b, body)
	case name == "location" && r.Method == http.MethodGet:
		answerXML(w, http.StatusOK, struct {
			XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
			Region  string   `xml:",chardata"`
		}{Region: b.Region})
		return nil
	case name == "location":
		return s3Refusal(http.StatusMethodNotAllowed, "MethodNotAllowed", b.Name, "The specified method is not allowed against this resource.")
	}
	switch r.Method {
	case http.MethodGet:
		if b.Settings[name] == "" {
			return s3Refusal(http.StatusNotFound, missingSetting[name], b.Name, "The specified configuration does not exist.")
		}
		w.Header().Set("Content-Type", "application/xml")
		io.WriteString(w, b.Settings[name]) //nolint:errcheck // the client may be gone
		return nil
	case http.MethodPut:
		if err := checkSetting(name, body); err != nil {
			return s3Refusal(http.StatusBadRequest, "MalformedXML", b.Name, err.Error())
		}
		w.WriteHeader(http.StatusOK)
	case http.MethodDelete:
		body = nil
		w.WriteHeader(http.StatusNoContent)
	}
	return s.change(b.Name, func(b *bucket) { b.Settings[name] = string(body) })
}

// checkSetting refuses documents without rules.
func checkSetting(name string, body []byte) error {
	switch name {
	case "cors":
		var in struct {
			XMLName xml.Name `xml:"CORSConfiguration"`
			Rules   []struct {
				Methods []string `xml:"AllowedMethod"`
				Origins []string `xml:"AllowedOrigin"`
			} `xml:"CORSRule"`
		}
		if err := xml.Unmarshal(body, &in); err != nil {
			return err
		}
		for _, r := range in.Rules {
			if len(r.Methods) == 0 || len(r.Origins) == 0 {
				return fmt.Errorf("a rule needs methods and origins")
			}
		}
		return atLeastOne(len(in.Rules))
	case "lifecycle":
		var in struct {
			XMLName xml.Name `xml:"LifecycleConfiguration"`
			Rules   []struct {
				Status string
			} `xml:"Rule"`
		}
		if err := xml.Unmarshal(body, &in); err != nil {
			return err
		}
		for _, r := range in.Rules {
			if r.Status != "Enabled" && r.Status != "Disabled" {
				return fmt.Errorf("a rule needs a status")
			}
		}
		return atLeastOne(len(in.Rules))
	}
	if !json.Valid(body) {
		return fmt.Errorf("a policy is JSON")
	}
	return nil
}

func atLeastOne(rules int) error {
	if rules == 0 {
		return fmt.Errorf("at least one rule is required")
	}
	return nil
}

// bucketACL takes a canned ACL from the header, or grants from the body.
func (s *spaces) bucketACL(w http.ResponseWriter, r *http.Request, b bucket, body []byte) error {
	if r.Method == http.MethodGet {
		answerXML(w, http.StatusOK, accessControlOf(b.ACL))
		return nil
	}
	acl := r.Header.Get("x-amz-acl")
	if acl == "" {
		acl = private
		var in struct {
			Grants []struct {
				URI        string `xml:"Grantee>URI"`
				Permission string
			} `xml:"AccessControlList>Grant"`
		}
		if err := xml.Unmarshal(body, &in); err != nil {
			return s3Refusal(http.StatusBadRequest, "MalformedACLError", b.Name, err.Error())
		}
		for _, g := range in.Grants {
			if g.URI == allUsers && g.Permission == "READ" {
				acl = publicRead
			}
		}
	}
	if acl != private && acl != publicRead {
		return s3Refusal(http.StatusBadRequest, "InvalidArgument", b.Name, "invalid canned ACL: "+acl)
	}
	if err := s.change(b.Name, func(b *bucket) { b.ACL = acl }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
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

// plainBody takes the aws-chunked encoding off a body, with or without signatures
// and trailers, none of which are checked.
func plainBody(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("x-amz-content-sha256"), "STREAMING-") {
		return nil
	}
	var plain bytes.Buffer
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		sizeText, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(sizeText, 16, 64)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&plain, in, n); err != nil {
			return err
		}
		if _, err := in.Discard(len("\r\n")); err != nil {
			return err
		}
	}
	r.Body, r.ContentLength = io.NopCloser(&plain), int64(plain.Len())
	r.Header.Set("Content-Length", itoa(plain.Len()))
	r.Header.Set("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
	return nil
}
