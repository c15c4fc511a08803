package objectstore

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// newServer is a server with a setting, one unknown one, and no credentials.
func newServer(t *testing.T, path string) *Server {
	t.Helper()
	store, err := Open(Options{Path: path, MaxBuckets: 3})
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{Owner: Owner{ID: "me"}, ACLs: []string{Private, PublicRead}, RequestID: func() string { return "id" },
		Authorize:      func(*http.Request, Bucket) (string, error) { return "here", nil },
		Reach:          func(http.ResponseWriter, *http.Request, Bucket, string) error { return nil },
		BucketSettings: map[string]Setting{}, ObjectSettings: map[string]Setting{}, Unknown: []string{"inventory"}}
	s := NewServer(store, rules)
	s.rules.Create = func(w http.ResponseWriter, _ *http.Request, name, region string) error {
		return s.Add(Bucket{Name: name, Region: region, ACL: Private}, func(old Bucket) error {
			return Refusal(http.StatusConflict, "Taken", old.Name, "taken")
		})
	}
	s.rules.List = func(w http.ResponseWriter, r *http.Request, _ string) error {
		return s.AnswerBuckets(w, Listing{Max: 1, Token: r.URL.Query().Get("continuation-token")})
	}
	rules.BucketSettings["acl"] = s.BucketACL
	rules.ObjectSettings["acl"] = s.ObjectACL
	rules.BucketSettings["cors"] = s.Document(Document{Name: "cors",
		Missing: func(b Bucket) (string, error) { return "", Refusal(http.StatusNotFound, "Missing", b.Name, "") },
		Check: func(_ *http.Request, b Bucket, body []byte) (string, error) {
			if len(body) == 0 {
				return "", Refusal(http.StatusBadRequest, "Empty", b.Name, "")
			}
			return strings.ToUpper(string(body)), nil
		}})
	return s
}

func send(s *Server, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body))) // as from a connection
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	s := newServer(t, "")
	for _, tt := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"PUT", "/one", "", 200, ""},
		{"PUT", "/one", "", 409, "<Code>Taken</Code>"},
		{"HEAD", "/none", "", 404, ""},
		{"GET", "/none?cors", "", 404, "<Code>NoSuchBucket</Code>"},
		{"GET", "/one?cors", "", 404, "<Code>Missing</Code>"},
		{"PUT", "/one?cors", "", 400, "<Code>Empty</Code>"},
		{"PUT", "/one?cors", "doc", 200, ""},
		{"GET", "/one?cors", "", 200, "DOC"},
		{"POST", "/one?cors", "", 405, "<Code>MethodNotAllowed</Code>"},
		{"DELETE", "/one?cors", "", 204, ""},
		{"GET", "/one?cors", "", 404, "<RequestId>id</RequestId>"},
		{"GET", "/one?inventory", "", 501, "<Code>NotImplemented</Code>"},
		{"POST", "/", "", 405, "<Code>MethodNotAllowed</Code>"},
		{"PUT", "/one/a/key", "body", 200, ""},
		{"GET", "/one/a/key", "", 200, "body"},
		{"GET", "/one/none", "", 404, "The specified key does not exist."},
		{"GET", "/one/a/key?acl", "", 200, "FULL_CONTROL"},
		{"DELETE", "/one", "", 409, "<Code>BucketNotEmpty</Code>"},
		{"DELETE", "/one/a/key", "", 204, ""},
		{"DELETE", "/one", "", 204, ""},
		{"DELETE", "/one", "", 404, "<Code>NoSuchBucket</Code>"},
	} {
		w := send(s, tt.method, tt.path, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.contains) {
			t.Errorf("%s %s: got %d %s, want %d with %q", tt.method, tt.path, w.Code, w.Body, tt.status, tt.contains)
		}
		if tt.method == "HEAD" && w.Body.Len() > 0 {
			t.Errorf("HEAD has a body: %s", w.Body)
		}
	}
}

func TestPagesOfBuckets(t *testing.T) {
	s := newServer(t, "")
	for _, name := range []string{"two", "one", "three"} {
		send(s, "PUT", "/"+name, "")
	}
	if w := send(s, "PUT", "/four", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "TooManyBuckets") {
		t.Errorf("a bucket too many: %d %s", w.Code, w.Body)
	}
	var names []string
	for token := ""; ; {
		text := send(s, "GET", "/?continuation-token="+token, "").Body.String()
		_, rest, _ := strings.Cut(text, "<Name>")
		name, _, _ := strings.Cut(rest, "</Name>")
		names = append(names, name)
		_, rest, more := strings.Cut(text, "<ContinuationToken>")
		if !more {
			break
		}
		token, _, _ = strings.Cut(rest, "</ContinuationToken>")
	}
	if strings.Join(names, " ") != "one three two" {
		t.Errorf("names: %v", names)
	}
}

func TestGrantsBecomeCannedACLs(t *testing.T) {
	s := newServer(t, "")
	send(s, "PUT", "/one", "")
	read := `<Grant><Grantee><URI>` + allUsers + `</URI></Grantee><Permission>READ</Permission></Grant>`
	for _, tt := range []struct {
		name, grants string
		status       int
		acl          string
	}{
		{"everybody may read", read, 200, PublicRead},
		{"nobody else", `<Grant><Grantee><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>`, 200, Private},
		{"everybody may write", read + strings.Replace(read, "READ", "WRITE", 1), 400, Private},
		{"something that is no canned ACL", strings.Replace(read, "READ", "READ_ACP", 1), 501, Private},
	} {
		w := send(s, "PUT", "/one?acl", "<AccessControlPolicy><AccessControlList>"+tt.grants+"</AccessControlList></AccessControlPolicy>")
		b, _ := s.Bucket("one")
		if w.Code != tt.status || b.ACL != tt.acl {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, w.Code, b.ACL, tt.status, tt.acl)
		}
	}
}

func TestContentSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.json")
	s := newServer(t, path)
	send(s, "PUT", "/one", "")
	send(s, "PUT", "/one/key", "body")
	if err := s.Change("one", func(b *Bucket) { b.Notes["colour"] = "red" }); err != nil {
		t.Fatal(err)
	}
	again := newServer(t, path)
	b, found := again.Bucket("one")
	if !found || b.Notes["colour"] != "red" || b.Region != "here" {
		t.Errorf("got %+v", b)
	}
	if got := send(again, "GET", "/one/key", "").Body.String(); got != "body" {
		t.Errorf("got %q", got)
	}
	b.Notes["colour"] = "blue"
	if b, _ := again.Bucket("one"); b.Notes["colour"] != "red" {
		t.Error("a copy changes the store")
	}
	if err := again.Change("none", func(*Bucket) {}); err == nil {
		t.Error("changed a bucket that does not exist")
	}
}

func TestChunkedBodies(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"signed chunks and a trailer", "5;chunk-signature=0\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "hello!"},
		{"nothing", "0\r\n\r\n", ""},
		{"a body that is cut", "5\r\nhel", "error"},
		{"a size that is none", "five\r\nhello", "error"},
	} {
		r := httptest.NewRequest("PUT", "/", strings.NewReader(tt.body))
		r.Header.Set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		err := plainBody(r)
		got, _ := io.ReadAll(r.Body)
		if err != nil {
			got = []byte("error")
		}
		if !bytes.Equal(got, []byte(tt.want)) {
			t.Errorf("%s: got %q, want %q (%v)", tt.name, got, tt.want, err)
		}
	}
}

func TestRefuse(t *testing.T) {
	for status, want := range map[int]string{500: "500 InternalError", 429: "503 SlowDown", 400: "400 IncompleteBody"} {
		w := httptest.NewRecorder()
		Refuse(w, httptest.NewRequest("GET", "/", nil), status, "id")
		code, name, _ := strings.Cut(want, " ")
		if w.Result().Status[:3] != code || !strings.Contains(w.Body.String(), "<Code>"+name+"</Code>") {
			t.Errorf("%d: got %s %s, want %s", status, w.Result().Status, w.Body, want)
		}
	}
	var e *Error
	if err := Refusal(404, "Code", "b", "m"); !errors.As(err, &e) || e.Error() != "Code" {
		t.Errorf("got %v", err)
	}
}

func TestObjectsKeepTheirHeadersAndACL(t *testing.T) {
	s := newServer(t, "")
	send(s, "PUT", "/one", "")
	r := httptest.NewRequest("PUT", "/one/key", strings.NewReader("body"))
	for name, value := range map[string]string{
		"Content-Length": "4", "Cache-Control": "no-cache", "Content-Language": "en", "Content-Type": "text/plain", "X-Amz-Meta-Team": "ml",
		"X-Amz-Acl": PublicRead, "X-Amz-Date": "20261122T000000Z",
	} {
		r.Header.Set(name, value)
	}
	s.ServeHTTP(httptest.NewRecorder(), r)
	got := send(s, "HEAD", "/one/key", "").Header()
	for name, want := range map[string]string{
		"Cache-Control": "no-cache", "Content-Language": "en", "Content-Type": "text/plain", "X-Amz-Meta-Team": "ml", "X-Amz-Acl": "", "X-Amz-Date": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
	public := func(path string) bool { return strings.Contains(send(s, "GET", path, "").Body.String(), "AllUsers") }
	if !public("/one/key?acl") {
		t.Error("the object is private")
	}
	r = httptest.NewRequest("PUT", "/one/key?acl", nil)
	r.Header.Set("X-Amz-Acl", Private)
	s.ServeHTTP(httptest.NewRecorder(), r)
	if public("/one/key?acl") {
		t.Error("the object is public")
	}
	for _, path := range []string{"/one/none?acl", "/one/key?acl&versionId=none"} {
		if got := send(s, "GET", path, ""); got.Code != 404 {
			t.Errorf("GET %s: %d", path, got.Code)
		}
	}
}

// A bucket that never had an upload has an empty list of them; what is not there
// has none.
func TestNoUploads(t *testing.T) {
	s := newServer(t, "")
	send(s, "PUT", "/one", "")
	if w := send(s, "GET", "/one?uploads", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<ListMultipartUploadsResult") || strings.Contains(w.Body.String(), "NoSuchUpload") {
		t.Errorf("status %d:\n%s", w.Code, w.Body)
	}
	if w := send(s, "GET", "/two?uploads", ""); w.Code != http.StatusNotFound {
		t.Errorf("the uploads of no bucket: status %d", w.Code)
	}
	send(s, "POST", "/one/key?uploads", "")
	if w := send(s, "GET", "/one?uploads", ""); !strings.Contains(w.Body.String(), "<Key>key</Key>") {
		t.Errorf("an upload is not listed:\n%s", w.Body)
	}
}
