package digitalocean

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesObject struct {
	ID                 string            `cty:"id"                  is:"computed"         doc:"Key of the object."`
	Region             string            `cty:"region"              is:"required,replace,ref=digitalocean_spaces_bucket.region" doc:"Slug of the bucket's region, such as fra1."`
	Bucket             string            `cty:"bucket"              is:"required,replace,ref=digitalocean_spaces_bucket.name,ref=digitalocean_spaces_bucket" doc:"Name of the bucket."`
	Key                string            `cty:"key"                 is:"required,replace" doc:"Key of the object; slashes at its start and doubled ones do not count."`
	Source             string            `cty:"source"              is:"optional,blind"   doc:"Path of the file with the content."`
	Content            string            `cty:"content"             is:"optional,blind"   doc:"The content, as text."`
	ContentBase64      string            `cty:"content_base64"      is:"optional,blind"   doc:"The content in base64, for what is no text."`
	SourceHash         string            `cty:"source_hash"         is:"optional,blind"   doc:"Any text that changes with the file, such as filesha256(path)."`
	ACL                string            `cty:"acl"                 is:"else=private,in=private|public-read"     doc:"Who may read the object: private or public-read."`
	CacheControl       string            `cty:"cache_control"       is:"optional"         doc:"Header Cache-Control of answers."`
	ContentDisposition string            `cty:"content_disposition" is:"optional"         doc:"Header Content-Disposition of answers."`
	ContentEncoding    string            `cty:"content_encoding"    is:"optional"         doc:"Encoding that the content is in already, such as gzip."`
	ContentLanguage    string            `cty:"content_language"    is:"optional"         doc:"Language of the content, such as en."`
	ContentType        string            `cty:"content_type"        is:"default"          doc:"Media type of the content."`
	WebsiteRedirect    string            `cty:"website_redirect"    is:"optional"         doc:"Where a website sends who asks for the object."`
	Metadata           map[string]string `cty:"metadata"            is:"optional"         doc:"Metadata by name, in small letters."`
	ETag               string            `cty:"etag"                is:"default,after=source,after=content,after=content_base64,after=source_hash" doc:"MD5 of the content; filemd5(path) uploads a file that has changed."`
	VersionID          string            `cty:"version_id"          is:"computed,after=source,after=content,after=content_base64,after=source_hash,after=etag,after=cache_control,after=content_disposition,after=content_encoding,after=content_language,after=content_type,after=website_redirect,after=metadata" doc:"Version, in a bucket that keeps them."`
	ForceDestroy       bool              `cty:"force_destroy"       is:"else=false,blind" doc:"Of no effect: Spaces has no locks on objects."`
}

var spacesObjectType = providers.Resource[*client, spacesObject]{
	Type:   "digitalocean_spaces_bucket_object",
	Doc:    "An object in a bucket, of a file or a text.",
	Holds:  "its content and old versions",
	Create: createSpacesObject,
	Read:   readSpacesObject,
	Update: updateSpacesObject,
	Delete: deleteSpacesObject,
	List:   listSpacesObjects,
	Import: importSpacesObject,
	// A bucket may hold millions: a list is for the one that is looked for.
	Within:    func(x spacesObject) string { return within(x.Region, x.Bucket) + " " + objectKey(x.Key) },
	Natural:   func(x spacesObject) string { return objectKey(x.Key) },
	Migrate:   func(x *spacesObject) { x.ID = objectKey(x.Key) },
	Spell:     spellSpacesObject,
	Check:     checkSpacesObject,
	Again:     true,
	Shallow:   true,
	Redundant: true, // data, and no part of the infrastructure
	Examples: []string{
		exampleSpace + `

resource "digitalocean_spaces_bucket_object" "example" {
  region  = digitalocean_spaces_bucket.ml.region
  bucket  = digitalocean_spaces_bucket.ml.name
  key     = "config/train.json"
  content = jsonencode({ epochs = 3 })
}`,
		exampleSpace + `

resource "digitalocean_spaces_bucket_object" "example" {
  region        = digitalocean_spaces_bucket.ml.region
  bucket        = digitalocean_spaces_bucket.ml.name
  key           = "config/train.json"
  content       = jsonencode({ epochs = 5 })
  content_type  = "application/json"
  cache_control = "no-cache"
  acl           = "public-read"
  metadata      = { team = "ml" }
}`,
		exampleSpace + `

resource "digitalocean_spaces_bucket_object" "example" {
  region         = digitalocean_spaces_bucket.ml.region
  bucket         = digitalocean_spaces_bucket.ml.name
  key            = "config/train.bin"
  content_base64 = "AAEC"
}`,
	},
}

// createSpacesObject writes the object over whatever has its key, as
// Terraform's provider does.
func createSpacesObject(ctx context.Context, c *client, x *spacesObject, _ providers.Attempt) error {
	s, err := c.spaces.in(ctx, strings.ToLower(x.Region))
	if err != nil {
		return err
	}
	body, err := x.body()
	if err != nil {
		return err
	}
	defer body.Close()
	key := objectKey(x.Key)
	got, err := s.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &x.Bucket, Key: &key, Body: body, ACL: types.ObjectCannedACL(x.ACL), Metadata: x.Metadata,
		CacheControl: optional(x.CacheControl), ContentDisposition: optional(x.ContentDisposition), ContentEncoding: optional(x.ContentEncoding),
		ContentLanguage: optional(x.ContentLanguage), ContentType: optional(x.ContentType), WebsiteRedirectLocation: optional(x.WebsiteRedirect),
	})
	if err != nil {
		return ofBucket(err)
	}
	x.ID, x.ETag, x.VersionID = key, unquoted(got.ETag), aws.ToString(got.VersionId)
	return nil
}

// optional returns nil for what is not set.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// unquoted returns an etag without its quotation marks.
func unquoted(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

func readSpacesObject(ctx context.Context, c *client, x *spacesObject) error {
	s, err := c.spaces.in(ctx, strings.ToLower(x.Region))
	if err != nil {
		return err
	}
	key := x.ID
	if key == "" {
		key = objectKey(x.Key)
	}
	got, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &x.Bucket, Key: &key})
	if err != nil {
		return gone(err)
	}
	acl, err := s.GetObjectAcl(ctx, &s3.GetObjectAclInput{Bucket: &x.Bucket, Key: &key})
	if err != nil {
		return gone(err)
	}
	x.ID, x.ACL = key, cannedACL(acl.Grants)
	if objectKey(x.Key) != key {
		x.Key = key
	}
	x.fill(got)
	return nil
}

// updateSpacesObject writes the object anew for all but another ACL.
func updateSpacesObject(ctx context.Context, c *client, was spacesObject, x *spacesObject) error {
	same := *x
	same.ID, same.ACL, same.ForceDestroy, same.VersionID = was.ID, was.ACL, was.ForceDestroy, was.VersionID
	if was.equal(same) {
		s, err := c.spaces.in(ctx, strings.ToLower(was.Region))
		if err != nil {
			return err
		}
		_, err = s.PutObjectAcl(ctx, &s3.PutObjectAclInput{Bucket: &was.Bucket, Key: &was.ID, ACL: types.ObjectCannedACL(x.ACL)})
		if err != nil {
			return err
		}
	} else if err := createSpacesObject(ctx, c, x, providers.Attempt{}); err != nil {
		return err
	}
	x.ID = was.ID
	return readSpacesObject(ctx, c, x)
}

// equal reports whether two objects say the same.
func (x spacesObject) equal(y spacesObject) bool {
	same := maps.Equal(x.Metadata, y.Metadata)
	x.Metadata, y.Metadata = nil, nil
	return same && fmt.Sprintf("%#v", x) == fmt.Sprintf("%#v", y)
}

// deleteSpacesObject deletes all versions where the bucket keeps them.
func deleteSpacesObject(ctx context.Context, c *client, x spacesObject) error {
	s, err := c.spaces.in(ctx, strings.ToLower(x.Region))
	if err != nil {
		return err
	}
	if x.VersionID == "" {
		out, err := s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &x.Bucket, Key: &x.ID})
		if err != nil || !aws.ToBool(out.DeleteMarker) {
			return gone(err)
		}
		// The bucket has kept versions, until that was suspended.
	}
	more, err := deleteKey(ctx, s, x.Bucket, x.ID)
	if err == nil && more {
		return providers.ErrAgain
	}
	return gone(err)
}

// listSpacesObjects shows the object with the key of in, or all.
func listSpacesObjects(ctx context.Context, c *client, in spacesObject) iter.Seq2[spacesObject, error] {
	if in.Key != "" {
		in.ID = ""
		return onlySetting(readSpacesObject)(ctx, c, in)
	}
	return func(yield func(spacesObject, error) bool) {
		s, err := c.spaces.in(ctx, strings.ToLower(in.Region))
		if err != nil {
			yield(in, err)
			return
		}
		for pages := s3.NewListObjectsV2Paginator(s, &s3.ListObjectsV2Input{Bucket: &in.Bucket}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(in, err)
				return
			}
			for _, o := range page.Contents {
				x := spacesObject{ID: *o.Key, Region: in.Region, Bucket: in.Bucket, Key: *o.Key, ETag: unquoted(o.ETag)}
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// importSpacesObject refuses, as Terraform's provider does: what is in the object
// cannot be told from its configuration.
func importSpacesObject(string) (spacesObject, error) {
	return spacesObject{}, errors.New("an object cannot be imported: an apply writes it over what has its key")
}

// fill shows content only while the object has it: what somebody else has
// written is no longer what state knows.
func (x *spacesObject) fill(got *s3.HeadObjectOutput) {
	x.CacheControl, x.ContentDisposition = aws.ToString(got.CacheControl), aws.ToString(got.ContentDisposition)
	x.ContentEncoding, x.ContentLanguage = aws.ToString(got.ContentEncoding), aws.ToString(got.ContentLanguage)
	x.ContentType, x.WebsiteRedirect = aws.ToString(got.ContentType), aws.ToString(got.WebsiteRedirectLocation)
	x.Metadata, x.VersionID, x.ETag = nil, aws.ToString(got.VersionId), unquoted(got.ETag)
	for name, value := range got.Metadata {
		if x.Metadata == nil {
			x.Metadata = map[string]string{}
		}
		x.Metadata[strings.ToLower(name)] = value
	}
	if sum := x.sum(); sum != "" && sum != x.ETag && !strings.Contains(x.ETag, "-") {
		x.Content, x.ContentBase64 = "", ""
	}
}

// sum is the MD5 of a content that stands in the configuration, "" for a file.
func (x *spacesObject) sum() string {
	text, err := x.text()
	if x.Source != "" || err != nil {
		return ""
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

func (x *spacesObject) text() ([]byte, error) {
	if x.ContentBase64 == "" {
		return []byte(x.Content), nil
	}
	text, err := base64.StdEncoding.DecodeString(x.ContentBase64)
	if err != nil {
		return nil, fmt.Errorf("content_base64: %w", err)
	}
	return text, nil
}

// body opens the content.
func (x *spacesObject) body() (io.ReadSeekCloser, error) {
	if x.Source != "" {
		path := x.Source
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("source: %w", err)
			}
			path = filepath.Join(home, rest)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("source: %w", err)
		}
		return f, nil
	}
	text, err := x.text()
	return inMemory{bytes.NewReader(text)}, err
}

// inMemory is content that need not be closed.
type inMemory struct{ *bytes.Reader }

// Close does nothing.
func (inMemory) Close() error { return nil }

// objectKey is a key as it is sent: Terraform's provider takes paths so.
func objectKey(key string) string {
	key = strings.TrimLeft(key, "/")
	for strings.Contains(key, "//") {
		key = strings.ReplaceAll(key, "//", "/")
	}
	return key
}

func spellSpacesObject(was spacesObject, x *spacesObject) {
	keepRegion(was.Region, &x.Region)
	if objectKey(was.Key) == objectKey(x.Key) {
		x.Key = was.Key
	}
}

func checkSpacesObject(_ *spacesObject, x spacesObject) error {
	if err := checkSpacesRegion(x.Region); err != nil {
		return err
	}
	contents := slices.DeleteFunc([]string{x.Source, x.Content, x.ContentBase64}, func(s string) bool { return s == "" })
	_, err := x.text()
	switch {
	case objectKey(x.Key) == "":
		return fmt.Errorf("key %q is empty", x.Key)
	case len(contents) > 1:
		return errors.New("only one of source, content and content_base64 can be set")
	case err != nil:
		return err
	}
	for name := range x.Metadata {
		if name != strings.ToLower(name) {
			return fmt.Errorf("metadata %q is not in small letters", name)
		}
	}
	return nil
}
