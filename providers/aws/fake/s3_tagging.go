package fake

import (
	"encoding/xml"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

type s3Tag struct {
	Key   string
	Value string
	rest
}

// tagging is the document of the sub-resource.
type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []s3Tag  `xml:"TagSet>Tag"`
	rest
}

func checkTagging(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in tagging
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	if err := checkTags(b.Name, in.Tags); err != nil {
		return "", err
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}

func checkTags(bucket string, tags []s3Tag) error {
	invalid := func(message string) error {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidTag", bucket, message)
	}
	if len(tags) > 50 {
		return objectstore.Refusal(http.StatusBadRequest, "BadRequest", bucket, "Bucket tag count cannot be greater than 50")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > 128:
			return invalid("The TagKey you have provided is invalid")
		case utf8.RuneCountInString(t.Value) > 256:
			return invalid("The TagValue you have provided is invalid")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalid("System tags cannot be added/updated by requester")
		case seen[t.Key]:
			return invalid("Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
	}
	return nil
}
