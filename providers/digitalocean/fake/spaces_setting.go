package fake

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// knownSettings are the sub-resources of Spaces, but for those of objects.
var knownSettings = []string{"acl", "cors", "lifecycle", "policy", "location", "logging"}

// unknownSettings are sub-resources that Spaces does not have.
var unknownSettings = []string{"replication", "encryption", "website", "notification", "tagging",
	"accelerate", "requestPayment", "object-lock", "publicAccessBlock", "ownershipControls", "inventory", "analytics",
	"metrics", "intelligent-tiering", "policyStatus"}

// addSettings fills the sub-resources of rules.
func (s *spaces) addSettings(rules objectstore.Rules) {
	rules.ObjectSettings["acl"] = s.ObjectACL
	rules.BucketSettings["acl"] = s.BucketACL
	rules.BucketSettings["location"] = bucketLocation
	for _, d := range []struct {
		name, missing, malformed string
		check                    func(body []byte) error
	}{
		{"cors", "NoSuchCORSConfiguration", "MalformedXML", checkCORS},
		{"lifecycle", "NoSuchLifecycleConfiguration", "MalformedXML", checkLifecycle},
		{"policy", "NoSuchBucketPolicy", "MalformedPolicy", checkPolicy},
	} {
		rules.BucketSettings[d.name] = s.Document(objectstore.Document{
			Name: d.name,
			Missing: func(b objectstore.Bucket) (string, error) {
				return "", objectstore.Refusal(http.StatusNotFound, d.missing, b.Name, "The specified configuration does not exist.")
			},
			Check: func(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
				if err := d.check(body); err != nil {
					return "", objectstore.Refusal(http.StatusBadRequest, d.malformed, b.Name, err.Error())
				}
				return string(body), nil
			},
		})
	}
	logging := s.Document(objectstore.Document{
		Name:    "logging",
		Missing: func(objectstore.Bucket) (string, error) { return noLogging, nil },
		Check:   s.checkLogging,
	})
	rules.BucketSettings["logging"] = func(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
		if r.Method == http.MethodDelete {
			return objectstore.MethodNotAllowed(b.Name)
		}
		return logging(w, r, b)
	}
}

const noLogging = `<?xml version="1.0" encoding="UTF-8"?><BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`

// checkLogging wants a bucket of the region. An empty setting ends the log.
func (s *spaces) checkLogging(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in struct {
		XMLName xml.Name `xml:"BucketLoggingStatus"`
		Enabled *struct {
			TargetBucket string
			TargetPrefix *string
		} `xml:"LoggingEnabled"`
	}
	err := xml.Unmarshal(body, &in)
	switch {
	case err == nil && in.Enabled == nil:
		return "", nil
	case err != nil || in.Enabled.TargetPrefix == nil:
		return "", objectstore.Refusal(http.StatusBadRequest, "MalformedXML", b.Name, "The XML you provided was not well-formed or did not validate against our published schema")
	}
	if to, found := s.Bucket(in.Enabled.TargetBucket); !found || to.Region != b.Region {
		return "", objectstore.Refusal(http.StatusBadRequest, "InvalidTargetBucketForLogging", b.Name, "The target bucket for logging does not exist")
	}
	return string(body), nil
}

func bucketLocation(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method != http.MethodGet {
		return objectstore.MethodNotAllowed(b.Name)
	}
	return objectstore.AnswerLocation(w, b.Region)
}

// maxCORSRules is the most that a bucket has.
const maxCORSRules = 100

func checkCORS(body []byte) error {
	var in struct {
		XMLName xml.Name `xml:"CORSConfiguration"`
		Rules   []struct {
			ID      string
			Methods []string `xml:"AllowedMethod"`
			Origins []string `xml:"AllowedOrigin"`
			Headers []string `xml:"AllowedHeader"`
		} `xml:"CORSRule"`
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		return err
	}
	for _, r := range in.Rules {
		if len(r.Methods) == 0 || len(r.Origins) == 0 {
			return fmt.Errorf("a rule needs methods and origins")
		}
		for _, m := range r.Methods {
			if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "HEAD"}, m) {
				return fmt.Errorf("unsupported method %s", m)
			}
		}
		for _, text := range slices.Concat(r.Origins, r.Headers) {
			if strings.Count(text, "*") > 1 {
				return fmt.Errorf("%s has more than one wildcard", text)
			}
		}
		if len(r.ID) > 255 {
			return fmt.Errorf("an ID has at most 255 characters")
		}
	}
	if len(in.Rules) > maxCORSRules {
		return fmt.Errorf("at most %d rules are allowed", maxCORSRules)
	}
	return atLeastOne(len(in.Rules))
}

func checkLifecycle(body []byte) error {
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

// checkPolicy reads the policy language as Ceph does.
func checkPolicy(body []byte) error {
	var in struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return fmt.Errorf("a policy is JSON")
	}
	if in.Version != "2012-10-17" && in.Version != "2008-10-17" {
		return fmt.Errorf("unknown version %q", in.Version)
	}
	var statements []map[string]any
	if json.Unmarshal(in.Statement, &statements) != nil {
		statements = []map[string]any{nil}
		if err := json.Unmarshal(in.Statement, &statements[0]); err != nil {
			return fmt.Errorf("a policy has statements")
		}
	}
	for _, st := range statements {
		if err := checkStatement(st); err != nil {
			return err
		}
	}
	return atLeastOne(len(statements))
}

func checkStatement(st map[string]any) error {
	if st["Effect"] != "Allow" && st["Effect"] != "Deny" {
		return fmt.Errorf("an effect is Allow or Deny")
	}
	if (st["Principal"] == nil) == (st["NotPrincipal"] == nil) {
		return fmt.Errorf("a statement has a principal")
	}
	for name, prefixes := range map[string][]string{"Action": {"s3:", "*"}, "Resource": {"arn:aws:s3:::", "*"}} {
		words := append(wordsOf(st[name]), wordsOf(st["Not"+name])...)
		if len(words) == 0 {
			return fmt.Errorf("a statement lacks its %s", name)
		}
		for _, w := range words {
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(w, p) }) {
				return fmt.Errorf("%q is no %s", w, name)
			}
		}
	}
	return nil
}

// wordsOf returns a word, or a list of them, as a list.
func wordsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, len(v))
		for i, w := range v {
			out[i] = fmt.Sprint(w)
		}
		return out
	}
	return nil
}

func atLeastOne(rules int) error {
	if rules == 0 {
		return fmt.Errorf("at least one rule is required")
	}
	return nil
}
