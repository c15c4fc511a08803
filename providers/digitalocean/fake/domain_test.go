package fake

import (
	"strings"
	"testing"
)

func TestDomains(t *testing.T) {
	a := newAccount(t, Options{TakenDomains: []string{"example.net"}})
	for _, bad := range []string{"", "example", "exa mple.com", "-a.com", "a..com", strings.Repeat("a", 64) + ".com"} {
		a.refused(422, "Name", "POST", "/v2/domains", jsonObject{"name": bad})
	}
	a.refused(422, "IP address", "POST", "/v2/domains", jsonObject{"name": "example.com", "ip_address": "here"})
	out := a.do(201, "POST", "/v2/domains", jsonObject{"name": "Example.com", "ip_address": "192.0.2.1"})
	a.expect(out, "example.com", "domain", "name")
	a.expect(out, nil, "domain", "zone_file")
	a.refused(422, "exists", "POST", "/v2/domains", jsonObject{"name": "example.com"})
	a.refused(422, "exists", "POST", "/v2/domains", jsonObject{"name": "example.net"})
	zone := at(a.do(200, "GET", "/v2/domains/example.com", nil), "domain", "zone_file").(string)
	for _, line := range []string{"$ORIGIN example.com.", "example.com. 1800 IN NS ns1.digitalocean.com.", "example.com. 1800 IN A 192.0.2.1"} {
		if !strings.Contains(zone, line+"\n") {
			t.Errorf("the zone lacks %q:\n%s", line, zone)
		}
	}
	a.expect(a.do(200, "GET", "/v2/domains/example.com/records", nil), 5, "meta", "total")
	id := number(at(a.do(201, "POST", "/v2/domains/example.com/records", jsonObject{"type": "A", "name": "www", "data": "192.0.2.2"}), "domain_record", "id"))
	a.expect(len(a.Inventory()), 3) // the domain, its first record, and the second
	a.do(204, "DELETE", "/v2/domains/example.com", nil)
	a.do(404, "GET", "/v2/domains/example.com/records/"+id, nil)
	a.do(404, "DELETE", "/v2/domains/example.com", nil)
	a.expect(len(a.Inventory()), 0)
}

// zoneOf makes a domain and returns the path of its records.
func zoneOf(a *account, name string) string {
	a.do(201, "POST", "/v2/domains", jsonObject{"name": name})
	return "/v2/domains/" + name + "/records"
}

func TestRecordsAreChecked(t *testing.T) {
	a := newAccount(t, Options{})
	path := zoneOf(a, "example.com")
	for part, body := range map[string]jsonObject{
		"Type":                     {"type": "PTR", "name": "a", "data": "b."},
		"Data can't be blank":      {"type": "A", "name": "a"},
		"valid IPv4":               {"type": "A", "name": "a", "data": "2001:db8::1"},
		"valid IPv6":               {"type": "AAAA", "name": "a", "data": "192.0.2.1"},
		"end with a dot":           {"type": "CNAME", "name": "a", "data": "b.example.com"},
		"Priority can't be blank":  {"type": "MX", "name": "a", "data": "@"},
		"Port can't be blank":      {"type": "SRV", "name": "a", "data": "@", "priority": 1, "weight": 1},
		"Flags can't be blank":     {"type": "CAA", "name": "a", "data": "ca.example.", "tag": "issue"},
		"Tag is not included":      {"type": "CAA", "name": "a", "data": "ca.example.", "tag": "tell", "flags": 0},
		"Flags must be between":    {"type": "CAA", "name": "a", "data": "ca.example.", "tag": "issue", "flags": 256},
		"TTL must be":              {"type": "A", "name": "a", "data": "192.0.2.1", "ttl": -1},
		"inside the domain":        {"type": "A", "name": "www.example.net.", "data": "192.0.2.1"},
		"Name Only valid hostname": {"type": "A", "name": "a b", "data": "192.0.2.1"},
	} {
		a.refused(422, part, "POST", path, body)
	}
	a.do(404, "POST", "/v2/domains/none.example/records", jsonObject{"type": "A", "name": "a", "data": "192.0.2.1"})
	out := a.do(201, "POST", path, jsonObject{"type": "CNAME", "name": "WWW.example.com.", "data": "example.com."})
	a.expect(out, "www", "domain_record", "name")
	a.expect(out, "@", "domain_record", "data")
	a.expect(out, nil, "domain_record", "priority")
	a.refused(422, "cannot share a name with a CNAME", "POST", path, jsonObject{"type": "A", "name": "www", "data": "192.0.2.1"})
	a.refused(422, "CNAME records cannot share", "POST", path, jsonObject{"type": "CNAME", "name": "@", "data": "b.example."})
}

func TestRecordsAreChanged(t *testing.T) {
	a := newAccount(t, Options{})
	path := zoneOf(a, "example.com")
	other := zoneOf(a, "example.org")
	add := func(body jsonObject) string {
		return number(at(a.do(201, "POST", path, body), "domain_record", "id"))
	}
	// Twice the same is two records of one TTL.
	first := add(jsonObject{"type": "A", "name": "www", "data": "192.0.2.1"})
	add(jsonObject{"type": "A", "name": "www", "data": "192.0.2.1", "ttl": 60})
	a.expect(a.do(200, "GET", path+"/"+first, nil), 60, "domain_record", "ttl")
	a.do(404, "GET", other+"/"+first, nil)
	alias := add(jsonObject{"type": "CNAME", "name": "web", "data": "b.example."})
	a.expect(a.do(200, "GET", path+"/"+alias, nil), "b.example", "domain_record", "data")
	a.refused(422, "end with a dot", "PUT", path+"/"+alias, jsonObject{"type": "CNAME", "ttl": 30})
	a.expect(a.do(200, "PUT", path+"/"+alias, jsonObject{"type": "CNAME", "data": "c.example.", "ttl": 30}), "c.example", "domain_record", "data")
	a.expect(a.do(200, "PATCH", path+"/"+alias, jsonObject{"name": "api", "data": "c.example."}), "api", "domain_record", "name")
	a.expect(a.do(200, "GET", path+"?type=A", nil), 2, "meta", "total")
	a.expect(a.do(200, "GET", path+"?name=api.example.com", nil), 1, "meta", "total")
	a.do(204, "DELETE", path+"/"+alias, nil)
	a.do(404, "DELETE", path+"/"+alias, nil)
}
