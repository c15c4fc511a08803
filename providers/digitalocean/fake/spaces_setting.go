package fake

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// knownSettings are the sub-resources of Spaces, but for those of objects.
var knownSettings = []string{"acl", "cors", "lifecycle", "policy", "location"}

// unknownSettings are sub-resources that Spaces does not have.
var unknownSettings = []string{"replication", "encryption", "website", "logging", "notification", "tagging",
	"accelerate", "requestPayment", "object-lock", "publicAccessBlock", "ownershipControls", "inventory", "analytics",
	"metrics", "intelligent-tiering", "policyStatus"}

// addSettings fills the sub-resources of rules.
func (s *spaces) addSettings(rules objectstore.Rules) {
	rules.ObjectSettings["acl"] = s.ObjectACL
	rules.BucketSettings["acl"] = s.BucketACL
	rules.BucketSettings["location"] = bucketLocation
	for _, d := range []struct {
		name, missing string
		check         func(body []byte) error
	}{
		{"cors", "NoSuchCORSConfiguration", checkCORS},
		{"lifecycle", "NoSuchLifecycleConfiguration", checkLifecycle},
		{"policy", "NoSuchBucketPolicy", checkPolicy},
	} {
		rules.BucketSettings[d.name] = s.Document(objectstore.Document{
			Name: d.name,
			Missing: func(b objectstore.Bucket) (string, error) {
				return "", objectstore.Refusal(http.StatusNotFound, d.missing, b.Name, "The specified configuration does not exist.")
			},
			Check: func(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
				if err := d.check(body); err != nil {
					return "", objectstore.Refusal(http.StatusBadRequest, "MalformedXML", b.Name, err.Error())
				}
				return string(body), nil
			},
		})
	}
}

func bucketLocation(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method != http.MethodGet {
		return objectstore.MethodNotAllowed(b.Name)
	}
	return objectstore.AnswerLocation(w, b.Region)
}

func checkCORS(body []byte) error {
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

func checkPolicy(body []byte) error {
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
