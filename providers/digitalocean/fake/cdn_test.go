package fake

import (
	"testing"
	"time"
)

func TestCDN(t *testing.T) {
	a := newAccount(t, Options{})
	s3Do(a, "PUT", "/one", "", "fra1")
	s3Do(a, "PUT", "/with.dot", "", "fra1")
	const path, origin = "/v2/cdn/endpoints", "one.fra1.digitaloceanspaces.com"
	for _, bad := range []string{"", "one.example.com", "none.fra1.digitaloceanspaces.com", "one.nyc3.digitaloceanspaces.com", "with.dot.fra1.digitaloceanspaces.com"} {
		a.refused(422, "invalid origin", "POST", path, jsonObject{"origin": bad})
	}
	a.refused(422, "ttl", "POST", path, jsonObject{"origin": origin, "ttl": 0})
	a.refused(422, "certificate", "POST", path, jsonObject{"origin": origin, "custom_domain": "a.example.com"})
	out := a.do(201, "POST", path, jsonObject{"origin": origin})
	a.expect(out, 3600, "endpoint", "ttl")
	a.expect(out, "one.fra1.cdn.digitaloceanspaces.com", "endpoint", "endpoint")
	a.expect(out, nil, "endpoint", "custom_domain")
	a.refused(409, "cdn already enabled", "POST", path, jsonObject{"origin": origin})
	one := path + "/" + at(out, "endpoint", "id").(string)
	a.expect(a.do(200, "PUT", one, jsonObject{"ttl": 60}), 60, "endpoint", "ttl")
	a.refused(422, "certificate id", "PUT", one, jsonObject{"custom_domain": "a.example.com", "certificate_id": "mine"})
	a.do(200, "PUT", one, jsonObject{"custom_domain": "a.example.com", "certificate_id": noCertificate})
	a.expect(a.do(200, "PUT", one, jsonObject{"custom_domain": "", "certificate_id": ""}), nil, "endpoint", "certificate_id")
	a.refused(422, "files", "DELETE", one+"/cache", jsonObject{})
	a.do(204, "DELETE", one+"/cache", jsonObject{"files": []string{"*"}})
	a.expect(a.do(200, "GET", path, nil), 1, "meta", "total")
	a.do(204, "DELETE", one, nil)
	a.do(404, "GET", one, nil)
}

func TestCDNHasALimitOfItsOwn(t *testing.T) {
	a := newAccount(t, Options{Limits: RealLimits()})
	for range 5 {
		a.do(200, "GET", "/v2/cdn/endpoints", nil)
	}
	a.do(429, "GET", "/v2/cdn/endpoints", nil)
	a.do(200, "GET", "/v2/domains", nil)
	a.clock.Advance(9 * time.Second)
	a.do(429, "GET", "/v2/cdn/endpoints/x", nil)
	a.clock.Advance(time.Second)
	a.do(200, "GET", "/v2/cdn/endpoints", nil)
}
