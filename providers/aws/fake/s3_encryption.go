package fake

import (
	"encoding/xml"
	"net/http"
	"slices"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

type encryptionDefault struct {
	SSEAlgorithm   string
	KMSMasterKeyID string `xml:",omitempty"`
	rest
}

type blockedEncryption struct {
	EncryptionType []string
	rest
}

type encryptionRule struct {
	Default          *encryptionDefault `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKeyEnabled bool
	Blocked          *blockedEncryption `xml:"BlockedEncryptionTypes"`
	rest
}

// encryptionDocument is the document of the sub-resource.
type encryptionDocument struct {
	XMLName xml.Name         `xml:"ServerSideEncryptionConfiguration"`
	Rules   []encryptionRule `xml:"Rule"`
	rest
}

// defaultEncryption is there without anybody asking for it.
func defaultEncryption(objectstore.Bucket) (string, error) {
	return xmlText(encryptionDocument{Rules: []encryptionRule{{Default: &encryptionDefault{SSEAlgorithm: "AES256"}}}}), nil
}

func checkEncryption(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in encryptionDocument
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	if len(in.Rules) != 1 {
		return "", malformedXML(b.Name)
	}
	rule := &in.Rules[0]
	if rule.Default == nil {
		rule.Default = &encryptionDefault{SSEAlgorithm: "AES256"}
	}
	if !slices.Contains([]string{"AES256", "aws:kms", "aws:kms:dsse"}, rule.Default.SSEAlgorithm) {
		return "", malformedXML(b.Name)
	}
	if rule.Default.SSEAlgorithm == "AES256" && rule.Default.KMSMasterKeyID != "" {
		return "", invalidArgument(b.Name, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	}
	if rule.Blocked != nil {
		for _, kind := range rule.Blocked.EncryptionType {
			if kind != "SSE-C" && kind != "NONE" {
				return "", malformedXML(b.Name)
			}
		}
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}
