package digitalocean

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestObjectKey(t *testing.T) {
	for key, want := range map[string]string{
		"a": "a", "/a": "a", "//a//b///c//": "a/b/c/", "a/": "a/", "": "", "/": "",
	} {
		if got := objectKey(key); got != want {
			t.Errorf("%q is sent as %q, want %q", key, got, want)
		}
	}
}

func TestCheckSpacesObject(t *testing.T) {
	for name, tc := range map[string]struct {
		x    spacesObject
		want string
	}{
		"empty":            {spacesObject{Key: "k"}, ""},
		"text":             {spacesObject{Key: "k", Content: "c"}, ""},
		"no key":           {spacesObject{Key: "//"}, `"//"`},
		"two contents":     {spacesObject{Key: "k", Content: "c", Source: "s"}, "only one"},
		"no base64":        {spacesObject{Key: "k", ContentBase64: "?"}, "content_base64"},
		"capital metadata": {spacesObject{Key: "k", Metadata: map[string]string{"Team": "ml"}}, `"Team"`},
	} {
		tc.x.Region = "fra1"
		if tc.x.ACL == "" {
			tc.x.ACL = "private"
		}
		checkError(t, name, checkSpacesObject(nil, tc.x), tc.want)
	}
}

func TestObjectForgetsContentThatIsNoMore(t *testing.T) {
	const md5OfHello = "5d41402abc4b2a76b9719d911017c592"
	for name, tc := range map[string]struct {
		x     spacesObject
		etag  string
		stays bool
	}{
		"text":                      {spacesObject{Content: "hello"}, md5OfHello, true},
		"another text":              {spacesObject{Content: "bye"}, md5OfHello, false},
		"base64":                    {spacesObject{ContentBase64: "aGVsbG8="}, md5OfHello, true},
		"another base64":            {spacesObject{ContentBase64: "Ynll"}, md5OfHello, false},
		"uploaded in several parts": {spacesObject{Content: "bye"}, md5OfHello + "-2", true},
		"a file":                    {spacesObject{Source: "f", Content: "kept"}, md5OfHello, true},
	} {
		was := tc.x
		tc.x.fill(&s3.HeadObjectOutput{ETag: aws.String(`"` + tc.etag + `"`)})
		if stays := tc.x.Content == was.Content && tc.x.ContentBase64 == was.ContentBase64; stays != tc.stays || tc.x.ETag != tc.etag {
			t.Errorf("%s: stays is %t, want %t; etag %q", name, stays, tc.stays, tc.x.ETag)
		}
	}
}

func TestObjectBody(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, []byte("of the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		x         spacesObject
		want, err string
	}{
		"nothing":           {spacesObject{}, "", ""},
		"text":              {spacesObject{Content: "of the text"}, "of the text", ""},
		"base64":            {spacesObject{ContentBase64: "AAEC"}, "\x00\x01\x02", ""},
		"a file":            {spacesObject{Source: file}, "of the file", ""},
		"a file at home":    {spacesObject{Source: "~/file"}, "of the file", ""},
		"a file that isn't": {spacesObject{Source: filepath.Join(home, "none")}, "", "source"},
	} {
		body, err := tc.x.body()
		checkError(t, name, err, tc.err)
		if err != nil {
			continue
		}
		got, err := io.ReadAll(body)
		if err != nil || body.Close() != nil || string(got) != tc.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tc.want)
		}
	}
}

func TestTextIsKnownByItsMediaType(t *testing.T) {
	for kind, want := range map[string]bool{"text/html; charset=utf-8": true, "application/json": true, "application/octet-stream": false, "": false, "image/png": false} {
		if got := isText(kind); got != want {
			t.Errorf("%q is text: %t, want %t", kind, got, want)
		}
	}
}
