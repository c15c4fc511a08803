package fake

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// s3Account is a cloud whose S3 a test talks to.
type s3Account struct {
	*Cloud
	t      *testing.T
	url    string
	region string
	host   string // "" for path style
}

func newS3Account(t *testing.T, o Options) *s3Account {
	t.Helper()
	c := New(o)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close)
	return &s3Account{Cloud: c, t: t, url: server.URL, region: "eu-central-1"}
}

// in is the account as clients of another region see it.
func (a s3Account) in(region string) *s3Account {
	a.region = region
	return &a
}

// send sends a request that looks signed for the account's region. Heads are
// "Name: value"; a PUT or POST with a body has its digest.
func (a *s3Account) send(method, path, body string, heads ...string) (*http.Response, string) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if a.host != "" {
		req.Host = a.host
	}
	sum := md5.Sum([]byte(body))
	req.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20261110/"+a.region+"/s3/aws4_request, SignedHeaders=host, Signature=0")
	for _, h := range heads {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if value == "" {
			req.Header.Del(name)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp, string(text)
}

// want sends a request and wants the outcome: "" for success, otherwise
// "status Code", the code alone being enough for 400.
func (a *s3Account) want(outcome, method, path, body string, heads ...string) string {
	a.t.Helper()
	resp, text := a.send(method, path, body, heads...)
	var e struct{ Code, Message, RequestId string }
	xml.Unmarshal([]byte(text), &e) //nolint:errcheck // no error has no such body
	got := ""
	if resp.StatusCode >= 300 {
		got = strings.TrimSpace(resp.Status[:3] + " " + e.Code)
	}
	if outcome != "" && !strings.Contains(outcome, " ") && len(outcome) > 3 {
		outcome = "400 " + outcome
	}
	if got != outcome {
		a.t.Errorf("%s %s %s: got %q, want %q\n%s", method, path, body, got, outcome, text)
	}
	if got != "" && method != http.MethodHead && e.RequestId == "" {
		a.t.Errorf("%s %s: no request id in %s", method, path, text)
	}
	return text
}

func (a *s3Account) contains(text string, parts ...string) {
	a.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			a.t.Errorf("no %q in %s", p, text)
		}
	}
}

// bucket makes a bucket in the account's region.
func (a *s3Account) bucket(name string, heads ...string) {
	a.t.Helper()
	body := "<CreateBucketConfiguration><LocationConstraint>" + a.region + "</LocationConstraint></CreateBucketConfiguration>"
	if a.region == "us-east-1" {
		body = ""
	}
	a.want("", "PUT", "/"+name, body, heads...)
}

func TestBucketLocations(t *testing.T) {
	constraint := func(region string) string {
		return `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + region + "</LocationConstraint></CreateBucketConfiguration>"
	}
	for _, tt := range []struct{ name, region, body, want string }{
		{"the first region without a constraint", "us-east-1", "", ""},
		{"the first region with its own name", "us-east-1", constraint("us-east-1"), "InvalidLocationConstraint"},
		{"the first region with another", "us-east-1", constraint("eu-west-1"), "IllegalLocationConstraintException"},
		{"another region without a constraint", "eu-central-1", "", "IllegalLocationConstraintException"},
		{"another region with its own name", "eu-central-1", constraint("eu-central-1"), ""},
		{"Ireland by its old name", "eu-west-1", constraint("EU"), ""},
		{"a region that does not exist", "eu-central-1", constraint("eu-moon-1"), "InvalidLocationConstraint"},
		{"a body that is not XML", "eu-central-1", "{}", "MalformedXML"},
		{"a body with unknown elements", "us-east-1", "<CreateBucketConfiguration><Colour>red</Colour></CreateBucketConfiguration>", "MalformedXML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newS3Account(t, Options{}).in(tt.region)
			a.t = t
			a.want(tt.want, "PUT", "/some-bucket", tt.body)
			if made := len(a.Inventory()) == 1; made != (tt.want == "") {
				t.Errorf("inventory: %v", a.Inventory())
			}
		})
	}
}

func TestBucketNames(t *testing.T) {
	a := newS3Account(t, Options{TakenBuckets: []string{"theirs"}, Quota: Quota{Buckets: 3}})
	home := a.in("us-east-1")
	a.bucket("mine")
	body := "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
	a.want("409 BucketAlreadyOwnedByYou", "PUT", "/mine", body)
	home.want("409 BucketAlreadyOwnedByYou", "PUT", "/mine", "")
	home.bucket("first")
	home.bucket("first") // the first region says yes again
	a.want("409 BucketAlreadyExists", "PUT", "/theirs", body)
	for _, bad := range []string{"Upper", "ab", "under_score", "192.168.1.1", "xn--name", "name-s3alias"} {
		a.want("InvalidBucketName", "PUT", "/"+bad, body)
	}
	a.bucket("third")
	a.want("TooManyBuckets", "PUT", "/fourth", body)
	a.want("409 BucketNotEmpty", "DELETE", putObject(a, "mine", "key"), "")
	a.want("", "DELETE", "/mine/key", "")
	a.want("", "DELETE", "/mine", "")
	a.want("404 NoSuchBucket", "DELETE", "/mine", "")
	a.want("404", "HEAD", "/mine", "")
}

// putObject returns the path of the bucket.
func putObject(a *s3Account, bucket, key string) string {
	a.t.Helper()
	a.want("", "PUT", "/"+bucket+"/"+key, "body")
	return "/" + bucket
}

func TestBucketRegions(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("far")
	resp, _ := a.send("HEAD", "/far", "")
	if resp.StatusCode != 200 || resp.Header.Get("x-amz-bucket-region") != "eu-central-1" {
		t.Errorf("head: %d %v", resp.StatusCode, resp.Header)
	}
	other := a.in("us-west-2")
	text := other.want("301 PermanentRedirect", "GET", "/far?versioning", "")
	a.contains(text, "<Endpoint>far.s3.eu-central-1.amazonaws.com</Endpoint>")
	resp, _ = other.send("HEAD", "/far", "")
	if resp.StatusCode != 301 || resp.Header.Get("x-amz-bucket-region") != "eu-central-1" {
		t.Errorf("head from elsewhere: %d %v", resp.StatusCode, resp.Header)
	}
	home := a.in("us-east-1")
	a.contains(home.want("", "GET", "/far?location", ""), ">eu-central-1<")
	other.want("301 PermanentRedirect", "GET", "/far?location", "")
	home.host = "far.s3.amazonaws.com"
	a.contains(home.want("AuthorizationHeaderMalformed", "GET", "/", ""), "<Region>eu-central-1</Region>", "expecting &#39;eu-central-1&#39;")
	a.in("nowhere-1").want("AuthorizationHeaderMalformed", "GET", "/far", "")
}

func TestVirtualHosts(t *testing.T) {
	for _, tt := range []struct{ host, want string }{
		{"logs.s3.eu-central-1.amazonaws.com", "logs"}, {"a.b.s3.eu-central-1.amazonaws.com:443", "a.b"}, {"logs.s3.amazonaws.com", "logs"},
		{"s3.eu-central-1.amazonaws.com", ""}, {"127.0.0.1:80", ""}, {"localhost:80", ""}, {"logs.localhost:80", "logs"}, {"s3.localhost", ""},
	} {
		if got := hostBucket(tt.host); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.host, got, tt.want)
		}
	}
	a := newS3Account(t, Options{})
	a.host = "hosted.localhost"
	a.want("", "PUT", "/", "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>")
	a.want("", "PUT", "/a/key", "content")
	a.host = ""
	if got := a.want("", "GET", "/hosted/a/key", ""); got != "content" {
		t.Errorf("got %q", got)
	}
	if got := a.Counts()["s3:PutObject"]; got != 1 {
		t.Errorf("counts: %v", a.Counts())
	}
}

func TestListOfBuckets(t *testing.T) {
	a := newS3Account(t, Options{})
	for _, name := range []string{"app-1", "app-2", "app-3", "other"} {
		a.bucket(name)
	}
	a.in("us-east-1").bucket("app-4")
	all := a.want("", "GET", "/", "")
	if strings.Count(all, "<Bucket>") != 5 || strings.Contains(all, "BucketRegion") || strings.Contains(all, "ContinuationToken") {
		t.Errorf("all: %s", all)
	}
	token, pages, names := "", 0, ""
	for {
		text := a.want("", "GET", "/?max-buckets=2&prefix=app-&bucket-region=eu-central-1&continuation-token="+token, "")
		var page struct {
			Names             []string `xml:"Buckets>Bucket>Name"`
			Regions           []string `xml:"Buckets>Bucket>BucketRegion"`
			ContinuationToken string
		}
		if err := xml.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		pages++
		names += strings.Join(page.Names, " ") + ";"
		if len(page.Regions) != len(page.Names) {
			t.Errorf("regions: %s", text)
		}
		if token = page.ContinuationToken; token == "" {
			break
		}
	}
	if names != "app-1 app-2;app-3;" || pages != 2 {
		t.Errorf("%d pages: %s", pages, names)
	}
	a.want("InvalidArgument", "GET", "/?max-buckets=0", "")
	a.want("InvalidArgument", "GET", "/?bucket-region=us-east-1", "")
	a.want("InvalidArgument", "GET", "/?continuation-token=!", "")
}

func TestWhoMayUseS3(t *testing.T) {
	a := newS3Account(t, Options{AccessKey: "KEY", Denied: []string{"s3:PutBucketTagging"}, DisabledRegions: []string{"me-south-1"}})
	a.bucket("guarded")
	a.want("403 InvalidAccessKeyId", "GET", "/", "", "Authorization: AWS4-HMAC-SHA256 Credential=WRONG/20261110/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	a.want("403 AccessDenied", "GET", "/guarded/key", "", "Authorization: ")
	a.want("403 AccessDenied", "PUT", "/guarded?tagging", "<Tagging><TagSet></TagSet></Tagging>")
	a.want("403 AccessDenied", "DELETE", "/guarded?tagging", "")
	a.want("403 InvalidAccessKeyId", "GET", "/guarded", "", "Authorization: AWS4-HMAC-SHA256 Credential=KEY/20261110/me-south-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	a.want("403 AccessDenied", "GET", "/guarded?acl", "", "x-amz-expected-bucket-owner: 999999999999")
	a.want("", "GET", "/guarded?acl", "", "x-amz-expected-bucket-owner: 123456789012")
}

func TestNewBucketIsUnknownForAWhile(t *testing.T) {
	clock := fakecloud.NewManualClock(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	a := newS3Account(t, Options{Clock: clock.Now, EventualLag: time.Minute})
	a.bucket("slow")
	a.want("404 NoSuchBucket", "GET", "/slow?versioning", "")
	a.want("", "HEAD", "/slow", "")
	clock.Advance(time.Minute)
	a.want("", "GET", "/slow?versioning", "")
}

func TestEveryFaultOnS3(t *testing.T) {
	for _, f := range fakecloud.Faults() {
		t.Run(f.String(), func(t *testing.T) {
			a := newS3Account(t, Options{Decide: fakecloud.OnlyAt(1, f)}).in("us-east-1")
			req, _ := http.NewRequest("PUT", a.url+"/faulty", nil)
			req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20261110/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err == nil {
				text, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if f == fakecloud.Throttle && (resp.StatusCode != 503 || !strings.Contains(string(text), "<Code>SlowDown</Code>")) {
					t.Errorf("throttled with %d %s", resp.StatusCode, text)
				}
				if resp.StatusCode < 500 {
					t.Errorf("status %d", resp.StatusCode)
				}
			}
			if got := len(a.Inventory()) == 1; got != f.Effect() {
				t.Errorf("effect: got %v, want %v (%v)", got, f.Effect(), err)
			}
		})
	}
}

func TestBucketsSurviveAndCanBeEdited(t *testing.T) {
	dir := t.TempDir()
	a := newS3Account(t, Options{Dir: dir})
	a.bucket("kept")
	putObject(a, "kept", "key")
	if err := a.Edit("bucket", "kept", func(m map[string]any) { m["versioning"] = "Enabled" }); err != nil {
		t.Fatal(err)
	}
	b := newS3Account(t, Options{Dir: dir})
	b.contains(b.want("", "GET", "/kept?versioning", ""), "<Status>Enabled</Status>")
	if got := b.want("", "GET", "/kept/key", ""); got != "body" {
		t.Errorf("object %q", got)
	}
	if !b.Remove("bucket", "kept") || b.Remove("bucket", "kept") || len(b.Inventory()) != 0 {
		t.Errorf("after removing: %v", b.Inventory())
	}
}
