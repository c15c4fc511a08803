package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	allBuckets = "/storage/v1/b?project=offline"
	oneBucket  = "/storage/v1/b/bucket"
)

// upload stores an object in the bucket of the tests.
func (w *world) upload(name, content string) jsonObject {
	w.t.Helper()
	return w.do(200, "POST", "/upload"+oneBucket+"/o?uploadType=media&name="+url.QueryEscape(name), content)
}

func TestBucket(t *testing.T) {
	w := newWorld(t, Options{TakenBuckets: []string{"taken"}})
	b := w.do(200, "POST", allBuckets, jsonObject{"name": "bucket", "location": "europe-west1"})
	for _, c := range []struct {
		want any
		path []any
	}{
		{"EUROPE-WEST1", []any{"location"}}, {"region", []any{"locationType"}}, {"STANDARD", []any{"storageClass"}},
		{"604800", []any{"softDeletePolicy", "retentionDurationSeconds"}}, {"1", []any{"metageneration"}},
		{false, []any{"iamConfiguration", "uniformBucketLevelAccess", "enabled"}}, {"inherited", []any{"iamConfiguration", "publicAccessPrevention"}},
		{projectNumber("offline"), []any{"projectNumber"}},
	} {
		w.expect(b, c.want, c.path...)
	}
	w.refused(409, "conflict", "you already own it", "POST", allBuckets, jsonObject{"name": "bucket"})
	w.refused(409, "conflict", "not available", "POST", allBuckets, jsonObject{"name": "taken"})
	w.refused(403, "forbidden", "storage.buckets.get", "GET", "/storage/v1/b/taken", nil)
	w.refused(404, "notFound", "The specified bucket does not exist.", "GET", "/storage/v1/b/none", nil)

	b = w.do(200, "PATCH", oneBucket+"?ifMetagenerationMatch=1", jsonObject{"labels": jsonObject{"a": "b"}, "versioning": jsonObject{"enabled": true}})
	w.expect(b, "2", "metageneration")
	w.refused(412, "conditionNotMet", "", "PATCH", oneBucket+"?ifMetagenerationMatch=1", jsonObject{})
	b = w.do(200, "PATCH", oneBucket, jsonObject{"labels": jsonObject{"a": nil, "c": "d"}})
	w.expect(b, nil, "labels", "a")
	w.expect(b, true, "versioning", "enabled")
	b = w.do(200, "PUT", oneBucket, jsonObject{"softDeletePolicy": jsonObject{"retentionDurationSeconds": "0"}})
	w.expect(b, nil, "labels")
	w.expect(b, "0", "softDeletePolicy", "retentionDurationSeconds")
	w.refused(400, "invalid", "location", "PATCH", oneBucket, jsonObject{"location": "US"})
	w.refused(412, "conditionNotMet", "", "DELETE", oneBucket+"?ifMetagenerationMatch=1", nil)
	w.do(204, "DELETE", oneBucket, nil)
	w.inventory()
}

func TestBucketRefusals(t *testing.T) {
	w := newWorld(t, Options{})
	rule := func(action, condition jsonObject) jsonObject {
		return jsonObject{"lifecycle": jsonObject{"rule": []any{jsonObject{"action": action, "condition": condition}}}}
	}
	for _, c := range []struct {
		name, want string
		body       jsonObject
	}{
		{"a short name", "Invalid bucket name: 'ab'", jsonObject{"name": "ab"}},
		{"a name in capitals", "Invalid bucket name", jsonObject{"name": "Bucket"}},
		{"an address", "Invalid bucket name", jsonObject{"name": "192.168.5.4"}},
		{"goog in front", "Invalid bucket name", jsonObject{"name": "goog-x"}},
		{"an unknown location", "location constraint", jsonObject{"location": "MARS"}},
		{"an unknown class", "storage class", jsonObject{"storageClass": "HOT"}},
		{"a rule without condition", "at least one condition", rule(jsonObject{"type": "Delete"}, jsonObject{})},
		{"a rule without action", "must specify an action", rule(jsonObject{}, jsonObject{"age": 1})},
		{"an unknown action", "Invalid lifecycle action", rule(jsonObject{"type": "Burn"}, jsonObject{"age": 1})},
		{"a class that is not one", "Invalid storage class in lifecycle", rule(jsonObject{"type": "SetStorageClass"}, jsonObject{"age": 1})},
		{"an abort by class", "AbortIncompleteMultipartUpload only", rule(jsonObject{"type": "AbortIncompleteMultipartUpload"}, jsonObject{"isLive": true})},
		{"a date that is not one", "Invalid date", rule(jsonObject{"type": "Delete"}, jsonObject{"createdBefore": "yesterday"})},
		{"soft delete for a day", "between 7 and 90 days", jsonObject{"softDeletePolicy": jsonObject{"retentionDurationSeconds": "86400"}}},
		{"versions with retention", "Object versioning", jsonObject{"versioning": jsonObject{"enabled": true}, "retentionPolicy": jsonObject{"retentionPeriod": "60"}}},
		{"turbo replication in a region", "Turbo", jsonObject{"location": "US", "rpo": "ASYNC_TURBO"}},
		{"folders without uniform access", "Hierarchical", jsonObject{"hierarchicalNamespace": jsonObject{"enabled": true}}},
		{"a label in capitals", "Invalid label", jsonObject{"labels": jsonObject{"A": "b"}}},
		{"a CORS method that is not one", "CORS", jsonObject{"cors": []any{jsonObject{"method": []string{"FETCH"}}}}},
		{"prevention that is not one", "public access prevention", jsonObject{"iamConfiguration": jsonObject{"publicAccessPrevention": "maybe"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.body["name"] == nil {
				c.body["name"] = "bucket"
			}
			w.refused(400, "invalid", c.want, "POST", allBuckets, c.body)
		})
	}
	w.refused(400, "required", "project", "POST", "/storage/v1/b", jsonObject{"name": "bucket"})
	w.inventory()
}

func TestObjects(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allBuckets, jsonObject{"name": "bucket"})
	o := w.upload("dir/a b.txt", "hello")
	w.expect(o, "5", "size")
	w.expect(o, "mnG7TA==", "crc32c")
	w.expect(o, "XUFAKrxLKna5cZ2REBfFkg==", "md5Hash")
	status, content, header := w.send("GET", oneBucket+"/o/dir%2Fa%20b.txt?alt=media", nil, nil)
	if status != 200 || string(content) != "hello" || header.Get("X-Goog-Generation") != o["generation"] {
		t.Errorf("got %d %q %v", status, content, header)
	}
	w.refused(409, "conflict", "not empty", "DELETE", oneBucket, nil)
	w.refused(404, "notFound", "No such object: bucket/x", "GET", oneBucket+"/o/x", nil)
	w.refused(412, "conditionNotMet", "", "POST", "/upload"+oneBucket+"/o?uploadType=media&ifGenerationMatch=0&name=dir%2Fa%20b.txt", "x")
	for i := range 3 {
		w.upload(fmt.Sprintf("file-%d", i), "x")
	}
	l := w.get(oneBucket + "/o?delimiter=%2F&maxResults=2")
	w.expect(l, "dir/", "prefixes", 0)
	w.expect(l, "file-0", "items", 0, "name")
	l = w.get(oneBucket + "/o?delimiter=%2F&maxResults=2&pageToken=" + fmt.Sprint(l["nextPageToken"]))
	w.expect(l, "file-2", "items", 1, "name")
	w.expect(l, nil, "nextPageToken")
	w.expect(w.get(oneBucket+"/o?prefix=file-1"), "file-1", "items", 0, "name")

	body := "--x\r\nContent-Type: application/json\r\n\r\n{\"name\": \"page\", \"metadata\": {\"k\": \"v\"}}\r\n" +
		"--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n"
	_, text, _ := w.send("POST", "/upload"+oneBucket+"/o?uploadType=multipart", body, http.Header{"Content-Type": {"multipart/related; boundary=x"}})
	if !strings.Contains(string(text), `"contentType":"text/html"`) {
		t.Errorf("multipart: got %s", text)
	}
	w.expect(w.get(oneBucket+"/o/page"), "v", "metadata", "k")
}

func TestObjectVersions(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allBuckets, jsonObject{"name": "bucket", "versioning": jsonObject{"enabled": true}})
	w.upload("a", "1")
	w.clock.Advance(time.Second)
	w.upload("a", "2")
	w.do(204, "DELETE", oneBucket+"/o/a", nil)
	w.refused(404, "notFound", "", "GET", oneBucket+"/o/a", nil)
	w.expect(w.get(oneBucket+"/o"), nil, "items")
	versions := w.get(oneBucket + "/o?versions=true")["items"].([]any)
	if len(versions) != 2 {
		t.Fatalf("versions: got %d, want 2", len(versions))
	}
	w.refused(409, "conflict", "", "DELETE", oneBucket, nil)
	for _, v := range versions {
		w.do(204, "DELETE", oneBucket+"/o/a?generation="+fmt.Sprint(walk(v, "generation")), nil)
	}
	w.do(204, "DELETE", oneBucket, nil)
}

func TestRetention(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allBuckets, jsonObject{"name": "bucket", "retentionPolicy": jsonObject{"retentionPeriod": "3600"}})
	w.upload("a", "1")
	w.refused(403, "retentionPolicyNotMet", "retention policy", "DELETE", oneBucket+"/o/a", nil)
	w.do(200, "POST", oneBucket+"/lockRetentionPolicy?ifMetagenerationMatch=1", nil)
	w.refused(403, "forbidden", "locked", "PATCH", oneBucket, jsonObject{"retentionPolicy": nil})
	w.clock.Advance(time.Hour)
	w.do(204, "DELETE", oneBucket+"/o/a", nil)
}

func TestBucketPolicy(t *testing.T) {
	w := newWorld(t, Options{})
	w.do(200, "POST", allBuckets, jsonObject{"name": "bucket", "iamConfiguration": jsonObject{"uniformBucketLevelAccess": jsonObject{"enabled": true}}})
	p := w.get(oneBucket + "/iam?optionsRequestedPolicyVersion=3")
	w.expect(p, "projects/_/buckets/bucket", "resourceId")
	bindings := append(p["bindings"].([]any), jsonObject{"role": "roles/storage.objectViewer", "members": []string{"allUsers"}})
	p["bindings"] = bindings
	w.do(200, "PUT", oneBucket+"/iam", p)
	w.refused(412, "conditionNotMet", "", "PUT", oneBucket+"/iam", p)
	w.do(200, "PATCH", oneBucket, jsonObject{"iamConfiguration": jsonObject{"publicAccessPrevention": "enforced"}})
	delete(p, "etag")
	w.refused(412, "conditionNotMet", "public access prevention", "PUT", oneBucket+"/iam", p)
	w.expect(w.get(oneBucket+"/iam/testPermissions?permissions=storage.buckets.get"), "storage.buckets.get", "permissions", 0)
	w.clock.Advance(91 * 24 * time.Hour)
	w.refused(400, "invalid", "90 days", "PATCH", oneBucket, jsonObject{"iamConfiguration": jsonObject{"uniformBucketLevelAccess": jsonObject{"enabled": false}}})
}

func TestBucketList(t *testing.T) {
	w := newWorld(t, Options{})
	for _, name := range []string{"zebra", "apple", "apply", "banana"} {
		w.do(200, "POST", allBuckets, jsonObject{"name": name})
	}
	l := w.get(allBuckets + "&maxResults=3")
	w.expect(l, "apple", "items", 0, "name")
	w.do(204, "DELETE", "/storage/v1/b/apple", nil)
	w.expect(w.get(allBuckets+"&maxResults=3&pageToken="+fmt.Sprint(l["nextPageToken"])), "zebra", "items", 0, "name")
	w.expect(w.get(allBuckets+"&prefix=appl"), "apply", "items", 0, "name")
}
