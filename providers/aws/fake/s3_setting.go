package fake

import (
	"encoding/xml"
	"net/http"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// addSettings fills the sub-resources of rules.
func (s *s3) addSettings(rules objectstore.Rules) {
	for name, setting := range map[string]objectstore.Setting{
		"acl":          s.bucketACL,
		"location":     bucketLocation,
		"policyStatus": bucketPolicyStatus,
		"versioning":   s.versioning,
	} {
		rules.BucketSettings[name] = setting
	}
	for _, d := range []objectstore.Document{
		{Name: "publicAccessBlock", Check: checkPublicAccessBlock,
			Missing: missing("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")},
		{Name: "encryption", Check: checkEncryption, Missing: defaultEncryption},
		{Name: "policy", Check: s.checkPolicy, Put: http.StatusNoContent, ContentType: "application/json",
			Missing: missing("NoSuchBucketPolicy", "The bucket policy does not exist")},
		{Name: "tagging", Check: checkTagging, Put: http.StatusNoContent,
			Missing: missing("NoSuchTagSet", "The TagSet does not exist")},
		{Name: "ownershipControls", Check: checkOwnership,
			Missing: missing("OwnershipControlsNotFoundError", "The bucket ownership controls were not found")},
		{Name: "cors", Check: checkCORS,
			Missing: missing("NoSuchCORSConfiguration", "The CORS configuration does not exist")},
	} {
		rules.BucketSettings[d.Name] = s.Document(d)
	}
	rules.BucketSettings["lifecycle"] = s.lifecycle()
	for name, answer := range unconfigured() {
		rules.BucketSettings[name] = readOnly(answer)
	}
	rules.ObjectSettings["acl"] = s.objectACL
	rules.ObjectSettings["tagging"] = readOnly(func(w http.ResponseWriter, _ objectstore.Bucket) error {
		answerText(w, xmlText(tagging{}))
		return nil
	})
}

// missing is the answer for a document that was never put, or was deleted.
func missing(code, message string) func(objectstore.Bucket) (string, error) {
	return func(b objectstore.Bucket) (string, error) {
		return "", objectstore.Refusal(http.StatusNotFound, code, b.Name, message)
	}
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Write([]byte(text)) //nolint:errcheck // the client may be gone
}

type answerFunc func(w http.ResponseWriter, b objectstore.Bucket) error

// readOnly is a setting this fake cannot change.
func readOnly(answer answerFunc) objectstore.Setting {
	return func(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
		if r.Method != http.MethodGet {
			return objectstore.Refusal(http.StatusNotImplemented, "NotImplemented", b.Name, "A header you provided implies functionality that is not implemented")
		}
		return answer(w, b)
	}
}

// unconfigured are the settings of buckets that never had them.
func unconfigured() map[string]answerFunc {
	constant := func(text string) answerFunc {
		return func(w http.ResponseWriter, _ objectstore.Bucket) error {
			answerText(w, xml.Header+text)
			return nil
		}
	}
	refuse := func(code, message string) answerFunc {
		return func(_ http.ResponseWriter, b objectstore.Bucket) error {
			_, err := missing(code, message)(b)
			return err
		}
	}
	const space = ` xmlns="` + s3Space + `"`
	return map[string]answerFunc{
		"accelerate":     constant("<AccelerateConfiguration" + space + "/>"),
		"logging":        constant("<BucketLoggingStatus" + space + "/>"),
		"notification":   constant("<NotificationConfiguration" + space + "/>"),
		"requestPayment": constant("<RequestPaymentConfiguration" + space + "><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"),
		"website":        refuse("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
		"replication":    refuse("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
		"object-lock": func(w http.ResponseWriter, b objectstore.Bucket) error {
			if b.Notes[lockNote] == "" {
				return refuse("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")(w, b)
			}
			return constant("<ObjectLockConfiguration"+space+"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>")(w, b)
		},
	}
}

func bucketLocation(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method != http.MethodGet {
		return objectstore.MethodNotAllowed(b.Name)
	}
	if b.Region == firstRegion {
		return objectstore.AnswerLocation(w, "")
	}
	return objectstore.AnswerLocation(w, b.Region)
}

// versioning cannot be suspended under object lock.
func (s *s3) versioning(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
	if r.Method == http.MethodGet {
		answerText(w, xmlText(struct {
			XMLName xml.Name `xml:"VersioningConfiguration"`
			Status  string   `xml:",omitempty"`
		}{Status: b.Versioning}))
		return nil
	}
	if r.Method != http.MethodPut {
		return objectstore.MethodNotAllowed(b.Name)
	}
	var in struct {
		XMLName   xml.Name `xml:"VersioningConfiguration"`
		Status    string
		MfaDelete string
		rest
	}
	if err := readXML(r, b.Name, &in); err != nil {
		return err
	}
	switch {
	case in.Status != "Enabled" && in.Status != "Suspended":
		return objectstore.Refusal(http.StatusBadRequest, "IllegalVersioningConfigurationException", b.Name,
			"The Versioning element must be specified")
	case in.MfaDelete == "Enabled":
		return objectstore.Refusal(http.StatusForbidden, "AccessDenied", b.Name, "Mfa Authentication must be provided")
	case in.MfaDelete != "" && in.MfaDelete != "Disabled":
		return malformedXML(b.Name)
	case in.Status == "Suspended" && b.Notes[lockNote] != "":
		return objectstore.Refusal(http.StatusConflict, "InvalidBucketState", b.Name,
			"An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	if err := s.Change(b.Name, func(b *objectstore.Bucket) { b.Versioning = in.Status }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
