package fake

import (
	"net/http"
	"testing"
	"time"
)

func TestSpacesKeys(t *testing.T) {
	a := newAccount(t, Options{})
	const path = "/v2/spaces/keys"
	grants := func(pairs ...string) []any {
		list := []any{}
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, jsonObject{"bucket": pairs[i], "permission": pairs[i+1]})
		}
		return list
	}
	a.refused(400, "name", "POST", path, jsonObject{})
	a.refused(400, "permission", "POST", path, jsonObject{"name": "k", "grants": grants("b", "write")})
	a.refused(400, "bucket", "POST", path, jsonObject{"name": "k", "grants": grants("", "read")})
	a.refused(400, "bucket", "POST", path, jsonObject{"name": "k", "grants": grants("b", "fullaccess")})
	out := a.do(201, "POST", path, jsonObject{"name": "k", "grants": grants("b", "read")})
	id := at(out, "key", "access_key").(string)
	if secret, _ := at(out, "key", "secret_key").(string); secret == "" || !madeKey.MatchString(id) {
		t.Errorf("key %v", out)
	}
	a.expect(a.do(200, "GET", path+"/"+id, nil), nil, "key", "secret_key")
	a.expect(a.do(200, "PUT", path+"/"+id, jsonObject{"name": "new", "grants": grants("c", "readwrite")}), "c", "key", "grants", 0, "bucket")
	a.refused(400, "convert", "PUT", path+"/"+id, jsonObject{"name": "new", "grants": grants("", "fullaccess")})
	full := a.do(201, "POST", path, jsonObject{"name": "all", "grants": grants("b", "read", "", "fullaccess")})
	a.expect(len(at(full, "key", "grants").([]any)), 1)
	a.expect(a.do(200, "GET", path+"?name=all", nil), 1, "meta", "total")
	a.expect(a.do(200, "GET", path+"?bucket=c&permission=readwrite", nil), 1, "meta", "total")
	a.do(204, "DELETE", path+"/"+id, nil)
	a.refused(404, "Not Found", "DELETE", path+"/"+id, nil)
	a.expect(len(a.Inventory()), 1)
}

func TestSpacesKeysOpenWhatTheySay(t *testing.T) {
	a := newAccount(t, Options{SpacesLag: time.Second})
	issue := func(bucket, permission string) string {
		out := a.do(201, "POST", "/v2/spaces/keys", jsonObject{"name": "k", "grants": []any{jsonObject{"bucket": bucket, "permission": permission}}})
		return at(out, "key", "access_key").(string)
	}
	full, reader, writer := issue("", "fullaccess"), issue("one", "read"), issue("one", "readwrite")
	const unknown = "DO000000000000000000"
	status := func(key, method, path string) int {
		got, _ := s3DoAs(a, key, method, path)
		return got
	}
	if got := status(full, "PUT", "/one"); got != http.StatusForbidden {
		t.Errorf("a key that is too new: %d", got)
	}
	a.clock.Advance(time.Second)
	for _, tt := range []struct {
		key, method, path string
		status            int
	}{
		{unknown, "PUT", "/one", 403}, {reader, "PUT", "/one", 403}, {full, "PUT", "/one", 200}, {full, "PUT", "/two", 200},
		{writer, "PUT", "/one/key", 200}, {reader, "PUT", "/one/key", 403}, {reader, "GET", "/one/key", 200}, {reader, "GET", "/two", 403},
		{writer, "PUT", "/one?acl", 403}, {writer, "DELETE", "/one", 403}, {writer, "GET", "/one", 200}, {reader, "GET", "/", 200},
	} {
		if got := status(tt.key, tt.method, tt.path); got != tt.status {
			t.Errorf("%s %s with %s: %d, want %d", tt.method, tt.path, tt.key, got, tt.status)
		}
	}
}
