package fake

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// rest catches elements that a document must not have. Structs of documents
// embed it.
type rest struct {
	Others []struct{ XMLName xml.Name } `xml:",any"`
}

func malformedXML(bucket string) error {
	return objectstore.Refusal(http.StatusBadRequest, "MalformedXML", bucket,
		"The XML you provided was not well-formed or did not validate against our published schema")
}

// strictXML reads a document without elements that nobody knows.
func strictXML(bucket string, body []byte, into any) error {
	if err := xml.Unmarshal(body, into); err != nil || hasOthers(reflect.ValueOf(into)) {
		return malformedXML(bucket)
	}
	return nil
}

// hasOthers tells whether any rest in v caught something.
func hasOthers(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && hasOthers(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if hasOthers(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[rest]() {
			return v.Field(0).Len() > 0
		}
		for i := range v.NumField() {
			if hasOthers(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// s3Space is the namespace of S3's documents.
const s3Space = "http://s3.amazonaws.com/doc/2006-03-01/"

// xmlText is v as S3 answers it. v is one of our own documents, which always can.
func xmlText(v any) string {
	text, err := xml.Marshal(v)
	if err != nil {
		panic(err)
	}
	head, tail, _ := strings.Cut(string(text), ">")
	if empty := strings.HasSuffix(head, "/"); empty || strings.Contains(head, " xmlns=") {
		return xml.Header + string(text)
	}
	return xml.Header + head + ` xmlns="` + s3Space + `">` + tail
}

// digested are the operations that need a digest of their body.
var digested = map[string]bool{
	"DeleteObjects": true, "PutBucketLifecycleConfiguration": true, "PutBucketCors": true, "PutBucketTagging": true,
	"PutBucketOwnershipControls": true, "PutPublicAccessBlock": true, "PutBucketEncryption": true,
	"PutBucketReplication": true, "PutObjectLockConfiguration": true,
}

// checkDigest wants a right Content-MD5, or any of the checksum headers where
// S3 requires one of them.
func checkDigest(r *http.Request, bucket string) error {
	checksum := false
	for name := range r.Header {
		checksum = checksum || strings.HasPrefix(name, "X-Amz-Checksum-") || name == "X-Amz-Sdk-Checksum-Algorithm" || name == "X-Amz-Trailer"
	}
	want := r.Header.Get("Content-MD5")
	if want == "" {
		if digested[operationOf(r).name] && !checksum {
			return objectstore.Refusal(http.StatusBadRequest, "InvalidRequest", bucket,
				"Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
		}
		return nil
	}
	digest, err := base64.StdEncoding.DecodeString(want)
	if err != nil || len(digest) != md5.Size {
		return objectstore.Refusal(http.StatusBadRequest, "InvalidDigest", bucket, "The Content-MD5 you specified was invalid.")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if sum := md5.Sum(body); !bytes.Equal(sum[:], digest) {
		return objectstore.Refusal(http.StatusBadRequest, "BadDigest", bucket, "The Content-MD5 you specified did not match what we received.")
	}
	return nil
}

// readXML is strictXML of r's body.
func readXML(r *http.Request, bucket string, into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return strictXML(bucket, body, into)
}
