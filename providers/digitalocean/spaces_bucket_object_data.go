package digitalocean

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesObjectLookup struct {
	ID                 string            `cty:"id"                        is:"computed" doc:"Bucket, key and version."`
	Region             string            `cty:"region"                    is:"required" doc:"Slug of the bucket's region, such as fra1."`
	Bucket             string            `cty:"bucket"                    is:"required,ref=digitalocean_spaces_bucket.name,ref=digitalocean_spaces_bucket" doc:"Name of the bucket."`
	Key                string            `cty:"key"                       is:"required" doc:"Key of the object."`
	Range              string            `cty:"range"                     is:"optional" doc:"Part of the content, such as bytes=0-99."`
	VersionID          string            `cty:"version_id"                is:"default"  doc:"Version that is wanted; else the newest."`
	Body               string            `cty:"body"                      is:"computed" doc:"The content, if it is text by its media type; else empty."`
	CacheControl       string            `cty:"cache_control"             is:"computed" doc:"Header Cache-Control of answers."`
	ContentDisposition string            `cty:"content_disposition"       is:"computed" doc:"Header Content-Disposition of answers."`
	ContentEncoding    string            `cty:"content_encoding"          is:"computed" doc:"Encoding that the content is in."`
	ContentLanguage    string            `cty:"content_language"          is:"computed" doc:"Language of the content."`
	ContentLength      int               `cty:"content_length"            is:"computed" doc:"Bytes of the content."`
	ContentType        string            `cty:"content_type"              is:"computed" doc:"Media type of the content."`
	ETag               string            `cty:"etag"                      is:"computed" doc:"MD5 of the content."`
	Expiration         string            `cty:"expiration"                is:"computed" doc:"When a lifecycle rule deletes it, as the API tells."`
	Expires            string            `cty:"expires"                   is:"computed" doc:"Header Expires of answers."`
	LastModified       string            `cty:"last_modified"             is:"computed" doc:"Time of the last change, such as Mon, 02 Jan 2006 15:04:05 GMT."`
	Metadata           map[string]string `cty:"metadata"                  is:"computed" doc:"Metadata by name."`
	WebsiteRedirect    string            `cty:"website_redirect_location" is:"computed" doc:"Where a website sends who asks for the object."`
}

var spacesObjectData = providers.DataSource[*client, spacesObjectLookup]{
	Type: "digitalocean_spaces_bucket_object",
	Doc:  "An object in a bucket, with its content if that is text.",
	Read: lookUpSpacesObject,
	Examples: []string{
		spacesObjectType.Examples[1] + `

data "digitalocean_spaces_bucket_object" "example" {
  region = digitalocean_spaces_bucket.ml.region
  bucket = digitalocean_spaces_bucket.ml.name
  key    = digitalocean_spaces_bucket_object.example.key
}`,
	},
}

func lookUpSpacesObject(ctx context.Context, c *client, x *spacesObjectLookup) error {
	s, err := c.spaces.in(ctx, strings.ToLower(x.Region))
	if err != nil {
		return err
	}
	key, version := objectKey(x.Key), optional(x.VersionID)
	got, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &x.Bucket, Key: &key, VersionId: version, Range: optional(x.Range)})
	if gone(err) == providers.ErrGone {
		return fmt.Errorf("bucket %s has no object %q", x.Bucket, key)
	}
	if err != nil {
		return err
	}
	x.fill(key, got)
	if !isText(x.ContentType) {
		x.Body = ""
		return nil
	}
	content, err := s.GetObject(ctx, &s3.GetObjectInput{Bucket: &x.Bucket, Key: &key, VersionId: version, Range: optional(x.Range)})
	if err != nil {
		return err
	}
	defer content.Body.Close()
	text, err := io.ReadAll(content.Body)
	x.Body = string(text)
	return err
}

func (x *spacesObjectLookup) fill(key string, got *s3.HeadObjectOutput) {
	x.CacheControl, x.ContentDisposition = aws.ToString(got.CacheControl), aws.ToString(got.ContentDisposition)
	x.ContentEncoding, x.ContentLanguage = aws.ToString(got.ContentEncoding), aws.ToString(got.ContentLanguage)
	x.ContentLength, x.ContentType = int(aws.ToInt64(got.ContentLength)), aws.ToString(got.ContentType)
	x.ETag, x.Expiration, x.Expires = unquoted(got.ETag), aws.ToString(got.Expiration), aws.ToString(got.ExpiresString)
	x.Metadata, x.WebsiteRedirect = got.Metadata, aws.ToString(got.WebsiteRedirectLocation)
	x.VersionID, x.LastModified = aws.ToString(got.VersionId), ""
	if got.LastModified != nil {
		x.LastModified = got.LastModified.UTC().Format(http.TimeFormat)
	}
	x.ID = x.Bucket + "/" + key
	if x.VersionID != "" {
		x.ID += "@" + x.VersionID
	}
}

// isText reports whether content of a media type is put into state.
func isText(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, ";")
	switch strings.TrimSpace(strings.ToLower(kind)) {
	case "application/json", "application/ld+json", "application/x-httpd-php", "application/xhtml+xml", "application/xml", "application/yaml", "application/x-yaml":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

type spacesObjectsLookup struct {
	ID             string   `cty:"id"              is:"computed"  doc:"The bucket."`
	Region         string   `cty:"region"          is:"required"  doc:"Slug of the bucket's region, such as fra1."`
	Bucket         string   `cty:"bucket"          is:"required,ref=digitalocean_spaces_bucket.name,ref=digitalocean_spaces_bucket" doc:"Name of the bucket."`
	Prefix         string   `cty:"prefix"          is:"optional"  doc:"Start of the keys that are wanted."`
	Delimiter      string   `cty:"delimiter"       is:"optional"  doc:"Where keys are cut into common prefixes, such as /."`
	EncodingType   string   `cty:"encoding_type"   is:"optional"  doc:"How keys are encoded: url, or not at all."`
	MaxKeys        int      `cty:"max_keys"        is:"else=1000" doc:"The most keys that are wanted."`
	Keys           []string `cty:"keys"            is:"computed"  doc:"Keys of the objects, in their order."`
	CommonPrefixes []string `cty:"common_prefixes" is:"computed"  doc:"Starts that keys have up to the delimiter."`
	Owners         []string `cty:"owners"          is:"computed"  doc:"Ids of the owners of the objects."`
}

var spacesObjectsData = providers.DataSource[*client, spacesObjectsLookup]{
	Type: "digitalocean_spaces_bucket_objects",
	Doc:  "The keys of the objects in a bucket.",
	Read: lookUpSpacesObjects,
	Examples: []string{
		spacesObjectType.Examples[0] + `

data "digitalocean_spaces_bucket_objects" "example" {
  region     = digitalocean_spaces_bucket.ml.region
  bucket     = digitalocean_spaces_bucket.ml.name
  prefix     = "config/"
  depends_on = [digitalocean_spaces_bucket_object.example]
}`,
	},
}

// keysOfPage is the most that one answer lists.
const keysOfPage = 1000

func lookUpSpacesObjects(ctx context.Context, c *client, x *spacesObjectsLookup) error {
	if x.EncodingType != "" && x.EncodingType != "url" {
		return fmt.Errorf("encoding_type %q is not url", x.EncodingType)
	}
	if x.MaxKeys < 0 {
		return fmt.Errorf("max_keys %d is less than 0", x.MaxKeys)
	}
	s, err := c.spaces.in(ctx, strings.ToLower(x.Region))
	if err != nil {
		return err
	}
	in := &s3.ListObjectsInput{
		Bucket: &x.Bucket, Prefix: optional(x.Prefix), Delimiter: optional(x.Delimiter), EncodingType: types.EncodingType(x.EncodingType),
	}
	x.ID, x.Keys, x.CommonPrefixes, x.Owners = x.Bucket, nil, nil, nil
	for left := x.MaxKeys; left > 0; left = x.MaxKeys - len(x.Keys) {
		in.MaxKeys = aws.Int32(int32(min(left, keysOfPage)))
		page, err := s.ListObjects(ctx, in)
		if gone(err) == providers.ErrGone {
			return fmt.Errorf("region %s has no bucket %q", x.Region, x.Bucket)
		}
		if err != nil {
			return err
		}
		x.add(page)
		if !aws.ToBool(page.IsTruncated) {
			return nil
		}
		in.Marker = marker(page)
	}
	return nil
}

func (x *spacesObjectsLookup) add(page *s3.ListObjectsOutput) {
	for _, o := range page.Contents {
		x.Keys = append(x.Keys, aws.ToString(o.Key))
		if o.Owner != nil {
			x.Owners = append(x.Owners, aws.ToString(o.Owner.ID))
		}
	}
	for _, p := range page.CommonPrefixes {
		x.CommonPrefixes = append(x.CommonPrefixes, aws.ToString(p.Prefix))
	}
}

// marker says where the next page begins. The API names it only where there is
// a delimiter.
func marker(page *s3.ListObjectsOutput) *string {
	if page.NextMarker != nil || len(page.Contents) == 0 {
		return page.NextMarker
	}
	return page.Contents[len(page.Contents)-1].Key
}
