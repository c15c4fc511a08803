package fake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// s3Do sends a request that looks signed for region.
func s3Do(a *account, method, path, body, region string) (int, string) {
	a.t.Helper()
	return s3Send(a, "KEY", method, path, body, region)
}

// s3DoAs sends a request that looks signed with a key, for fra1.
func s3DoAs(a *account, key, method, path string) (int, string) {
	a.t.Helper()
	return s3Send(a, key, method, path, "", "fra1")
}

func s3Send(a *account, key, method, path, body, region string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261110/"+region+"/s3/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func s3Client(a *account, key, region string) *s3.Client {
	return s3.New(s3.Options{BaseEndpoint: aws.String(a.url), Region: region, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")})
}

// wantCode wants an S3 error with code, or none for "".
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	switch {
	case code == "" && err != nil:
		t.Fatalf("got %v", err)
	case code != "" && (!errors.As(err, &e) || e.ErrorCode() != code):
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestBucketLifeCycle(t *testing.T) {
	ctx := context.Background()
	a := newAccount(t, Options{SpacesKey: "KEY", TakenBuckets: []string{"theirs"}, Quota: Quota{Buckets: 2}})
	c := s3Client(a, "KEY", "fra1")
	name := aws.String("my-bucket")
	create := func(c *s3.Client, name string, acl types.BucketCannedACL) error {
		_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, ACL: acl})
		return err
	}
	wantCode(t, create(s3Client(a, "WRONG", "fra1"), *name, ""), "InvalidAccessKeyId")
	wantCode(t, create(c, *name, types.BucketCannedACLPublicRead), "")
	wantCode(t, create(c, *name, ""), "BucketAlreadyOwnedByYou")
	wantCode(t, create(s3Client(a, "KEY", "nyc3"), *name, ""), "BucketAlreadyExists")
	wantCode(t, create(c, "theirs", ""), "BucketAlreadyExists")
	wantCode(t, create(c, "Bad_Name", ""), "InvalidBucketName")
	wantCode(t, create(c, "odd-acl", "bucket-owner-read"), "InvalidArgument")
	wantCode(t, create(c, "second", ""), "")
	wantCode(t, create(c, "third", ""), "TooManyBuckets")
	_, err := s3Client(a, "KEY", "nyc3").HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name})
	wantCode(t, err, "NotFound")
	list, err := c.ListBuckets(ctx, &s3.ListBucketsInput{})
	wantCode(t, err, "")
	if len(list.Buckets) != 2 || *list.Buckets[0].Name != *name || list.Buckets[0].CreationDate.IsZero() {
		t.Errorf("buckets: %+v", list.Buckets)
	}
	location, err := c.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: name})
	wantCode(t, err, "")
	if location.LocationConstraint != "fra1" {
		t.Errorf("location %q", location.LocationConstraint)
	}
	testACL(t, c, name)
	testSettings(t, c, name)
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	wantCode(t, err, "")
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	wantCode(t, err, "NoSuchBucket")
	a.expect(a.Inventory(), "[bucket second second]")
}

func testACL(t *testing.T, c *s3.Client, name *string) {
	t.Helper()
	grants := func() string {
		out, err := c.GetBucketAcl(context.Background(), &s3.GetBucketAclInput{Bucket: name})
		wantCode(t, err, "")
		var all []string
		for _, g := range out.Grants {
			all = append(all, string(g.Grantee.Type)+" "+string(g.Permission))
		}
		return strings.Join(all, ", ")
	}
	if got := grants(); got != "Group READ, CanonicalUser FULL_CONTROL" {
		t.Errorf("public bucket: %s", got)
	}
	_, err := c.PutBucketAcl(context.Background(), &s3.PutBucketAclInput{Bucket: name, ACL: types.BucketCannedACLPrivate})
	wantCode(t, err, "")
	if got := grants(); got != "CanonicalUser FULL_CONTROL" {
		t.Errorf("private bucket: %s", got)
	}
}

func testSettings(t *testing.T, c *s3.Client, name *string) {
	t.Helper()
	ctx := context.Background()
	getCORS := func() (*s3.GetBucketCorsOutput, error) {
		return c.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: name})
	}
	_, err := getCORS()
	wantCode(t, err, "NoSuchCORSConfiguration")
	_, err = c.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: name, CORSConfiguration: &types.CORSConfiguration{
		CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}})
	wantCode(t, err, "")
	cors, err := getCORS()
	wantCode(t, err, "")
	if len(cors.CORSRules) != 1 || cors.CORSRules[0].AllowedMethods[0] != "GET" {
		t.Errorf("cors: %+v", cors.CORSRules)
	}
	_, err = c.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: name})
	wantCode(t, err, "")
	_, err = getCORS()
	wantCode(t, err, "NoSuchCORSConfiguration")

	_, err = c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	wantCode(t, err, "NoSuchLifecycleConfiguration")
	_, err = c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{ID: aws.String("old"),
			Status: types.ExpirationStatusEnabled, Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}, Prefix: aws.String("logs/")}}}})
	wantCode(t, err, "")
	life, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	wantCode(t, err, "")
	if len(life.Rules) != 1 || *life.Rules[0].Expiration.Days != 30 {
		t.Errorf("lifecycle: %+v", life.Rules)
	}
	_, err = c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: name})
	wantCode(t, err, "")
	_, err = c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	wantCode(t, err, "NotImplemented")
}

// listVersions returns "key id-or-null latest deleted" for all versions, page by page.
func listVersions(t *testing.T, c *s3.Client, name *string, pageSize int32) (out []string, ids []types.ObjectIdentifier) {
	t.Helper()
	in := &s3.ListObjectVersionsInput{Bucket: name, MaxKeys: aws.Int32(pageSize)}
	for {
		page, err := c.ListObjectVersions(context.Background(), in)
		wantCode(t, err, "")
		for _, v := range page.Versions {
			out = append(out, fmt.Sprint(*v.Key, " version ", *v.IsLatest, " ", *v.VersionId == "null"))
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			out = append(out, fmt.Sprint(*m.Key, " marker ", *m.IsLatest, " ", *m.VersionId == "null"))
			ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if !*page.IsTruncated {
			return out, ids
		}
		in.KeyMarker, in.VersionIdMarker = page.NextKeyMarker, page.NextVersionIdMarker
	}
}

func TestObjectsAndVersions(t *testing.T) {
	ctx := context.Background()
	a := newAccount(t, Options{})
	c, name := s3Client(a, "any", "nyc3"), aws.String("objects")
	put := func(key, body string) {
		t.Helper()
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: &key, Body: strings.NewReader(body)})
		wantCode(t, err, "")
	}
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name})
	wantCode(t, err, "")
	put("b", "before versioning")
	_, err = c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: name,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	wantCode(t, err, "")
	v, err := c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name})
	wantCode(t, err, "")
	if v.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning %q", v.Status)
	}
	put("a/1", "one")
	put("b", "after")
	_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("b")})
	wantCode(t, err, "")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("b")})
	wantCode(t, err, "NoSuchKey")
	null, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("b"), VersionId: aws.String("null")})
	wantCode(t, err, "")
	if body, _ := io.ReadAll(null.Body); string(body) != "before versioning" {
		t.Errorf("version null is %q", body)
	}
	for _, size := range []int32{1, 2, 1000} {
		got, _ := listVersions(t, c, name, size)
		want := "a/1 version true false, b version false false, b version false true, b marker true false"
		if size == 1 {
			want = "a/1 version true false, b marker true false, b version false false, b version false true"
		}
		if size == 2 {
			want = "a/1 version true false, b marker true false, b version false false, b version false true"
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("versions by %d: %v", size, got)
		}
	}
	objects, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: name, Delimiter: aws.String("/")})
	wantCode(t, err, "")
	if len(objects.CommonPrefixes) != 1 || len(objects.Contents) != 0 {
		t.Errorf("list: %+v", objects)
	}
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	wantCode(t, err, "BucketNotEmpty")
	_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("b"), VersionId: aws.String("null")})
	wantCode(t, err, "")
	_, ids := listVersions(t, c, name, 1000)
	if len(ids) != 3 {
		t.Fatalf("left: %+v", ids)
	}
	deleted, err := c.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: name, Delete: &types.Delete{Objects: ids}})
	wantCode(t, err, "")
	if len(deleted.Deleted) != 3 || len(deleted.Errors) != 0 {
		t.Errorf("deleted %+v", deleted)
	}
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	wantCode(t, err, "")
}

func TestConditionalPut(t *testing.T) {
	ctx := context.Background()
	a := newAccount(t, Options{})
	c, name := s3Client(a, "any", "nyc3"), aws.String("locks")
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name})
	wantCode(t, err, "")
	lock := func() error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("lock"), Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")})
		return err
	}
	wantCode(t, lock(), "")
	wantCode(t, lock(), "PreconditionFailed")
}

func TestChunkedUpload(t *testing.T) {
	a := newAccount(t, Options{})
	s3Do(a, "PUT", "/chunks", "", "fra1")
	req, _ := http.NewRequest("PUT", a.url+"/chunks/key", strings.NewReader("5;chunk-signature=0\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=K/20261110/fra1/s3/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if _, got := s3Do(a, "GET", "/chunks/key", "", "fra1"); got != "hello world" {
		t.Errorf("got %q", got)
	}
}

func TestEveryFaultOnSpaces(t *testing.T) {
	for _, f := range fakecloud.Faults() {
		t.Run(f.String(), func(t *testing.T) {
			a := newAccount(t, Options{Decide: fakecloud.OnlyAt(1, f)})
			_, err := s3Client(a, "any", "fra1").CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String("some")})
			// An empty answer has no half, so even a truncated one is an error.
			if err == nil {
				t.Error("no error")
			}
			if f == fakecloud.Throttle {
				wantCode(t, err, "SlowDown")
			}
			if got := len(a.Inventory()) == 1; got != f.Effect() {
				t.Errorf("effect: got %v, want %v (%v)", got, f.Effect(), err)
			}
		})
	}
}

func TestAnonymousRequests(t *testing.T) {
	a := newAccount(t, Options{})
	s3Do(a, "PUT", "/closed", "", "fra1")
	resp, err := http.Get(a.url + "/closed/key")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %d, want 403", resp.StatusCode)
	}
	if got := a.Counts()["PUT s3/{bucket}"]; got != 1 {
		t.Errorf("counts: %v", a.Counts())
	}
}
