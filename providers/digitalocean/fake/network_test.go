package fake

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestVPCs(t *testing.T) {
	a := newAccount(t, Options{})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "one", "region": "fra1", "ip_range": "10.100.0.0/20"}), "vpc", "id").(string)
	for _, tt := range []struct {
		name, region, ipRange, want string
	}{
		{"one", "fra1", "", "same name already exists"},
		{"a_b", "fra1", "", "alphanumeric"},
		{"two", "mars1", "", "Region"},
		{"two", "fra1", "10.100.8.0/24", "overlaps with another VPC network in your account: one 10.100.0.0/20"},
		{"two", "fra1", "8.8.8.0/24", "RFC1918"},
		{"two", "fra1", "10.0.0.0/15", "between"},
		{"two", "fra1", "10.1.0.0/29", "between"},
		{"two", "fra1", "10.1.0.5/24", "not a valid CIDR"},
		{"two", "fra1", "10.245.7.0/24", "reserved"},
		{"two", "fra1", "x", "not a valid CIDR"},
	} {
		a.refused(422, tt.want, "POST", "/v2/vpcs", jsonObject{"name": tt.name, "region": tt.region, "ip_range": tt.ipRange})
	}
	a.do(422, "POST", "/v2/vpcs", jsonObject{"name": "two", "region": "fra1", "description": strings.Repeat("x", 256)})
	out := a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "two", "region": "fra1", "description": "d"})
	if p := netip.MustParsePrefix(at(out, "vpc", "ip_range").(string)); p.Bits() != 20 || p.Overlaps(netip.MustParsePrefix("10.100.0.0/20")) {
		t.Errorf("generated range %v", p)
	}
	two := "/v2/vpcs/" + at(out, "vpc", "id").(string)
	a.expect(a.do(200, "PATCH", two, jsonObject{"name": "three"}), "d", "vpc", "description")
	a.expect(a.do(200, "PUT", two, jsonObject{"name": "three"}), "", "vpc", "description")
	a.refused(422, "same name", "PATCH", two, jsonObject{"name": "one"})
	a.refused(422, "name is required", "PUT", two, jsonObject{"description": "d"})
	a.do(204, "DELETE", two, nil)
	a.do(404, "DELETE", two, nil)

	id := a.droplet(jsonObject{"vpc_uuid": vpc})
	a.expect(a.do(200, "GET", "/v2/droplets/"+id, nil), "10.100.0.2", "droplet", "networks", "v4", 1, "ip_address")
	members := a.do(200, "GET", "/v2/vpcs/"+vpc+"/members?resource_type=droplet", nil)
	a.expect(members, 1, "meta", "total")
	a.expect(members, "one", "members", 0, "name")
	a.refused(409, "Can not delete VPC with members", "DELETE", "/v2/vpcs/"+vpc, nil)
}

func TestDefaultVPC(t *testing.T) {
	a := newAccount(t, Options{})
	a.droplet(nil)
	list := a.do(200, "GET", "/v2/vpcs", nil)
	a.expect(list, "default-fra1", "vpcs", 0, "name")
	a.refused(403, "default", "DELETE", fmt.Sprintf("/v2/vpcs/%v", at(list, "vpcs", 0, "id")), nil)
	own := "/v2/vpcs/" + at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "own", "region": "fra1"}), "vpc", "id").(string)
	a.expect(a.do(200, "PATCH", own, jsonObject{"default": true}), true, "vpc", "default")
	a.refused(403, "default", "DELETE", own, nil)
	a.refused(422, "default", "PATCH", own, jsonObject{"default": false})

	fresh := newAccount(t, Options{Fresh: true})
	first := fresh.do(201, "POST", "/v2/vpcs", jsonObject{"name": "own", "region": "fra1"})
	fresh.expect(first, true, "vpc", "default")
	fresh.refused(403, "default", "DELETE", "/v2/vpcs/"+at(first, "vpc", "id").(string), nil)
}

func firewallBody(changes jsonObject) jsonObject {
	body := jsonObject{"name": "fw", "inbound_rules": []any{jsonObject{"protocol": "tcp", "ports": "22",
		"sources": jsonObject{"addresses": []string{"0.0.0.0/0", "::/0"}}}}}
	for k, v := range changes {
		body[k] = v
	}
	return body
}

func TestFirewallsThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{})
	rule := func(protocol, ports string, sources jsonObject) jsonObject {
		return jsonObject{"inbound_rules": []any{jsonObject{"protocol": protocol, "ports": ports, "sources": sources}}}
	}
	world := jsonObject{"addresses": []string{"0.0.0.0/0"}}
	many := make([]string, 1001)
	for i := range many {
		many[i] = "10.0.0.1"
	}
	a.do(202, "POST", "/v2/firewalls", firewallBody(nil))
	for name, tt := range map[string]struct {
		changes jsonObject
		status  int
		want    string
	}{
		"taken name":            {nil, 409, "duplicate name"},
		"bad name":              {jsonObject{"name": "-x"}, 422, "name"},
		"no rules":              {jsonObject{"inbound_rules": []any{}}, 422, "at least one"},
		"unknown protocol":      {rule("gre", "1", world), 422, "protocol"},
		"no ports":              {rule("tcp", "", world), 422, "ports"},
		"ports the wrong way":   {rule("tcp", "9-8", world), 422, "ports"},
		"port too high":         {rule("udp", "70000", world), 422, "ports"},
		"nobody":                {rule("tcp", "1", jsonObject{}), 422, "sources"},
		"not an address":        {rule("tcp", "1", jsonObject{"addresses": []string{"example.com"}}), 422, "invalid address"},
		"too many addresses":    {rule("tcp", "1", jsonObject{"addresses": many}), 422, "1000"},
		"unknown droplet":       {jsonObject{"droplet_ids": []int{5}}, 422, "droplet 5"},
		"unknown tag":           {jsonObject{"tags": []string{"no"}}, 422, "tag"},
		"unknown source":        {rule("tcp", "1", jsonObject{"droplet_ids": []int{5}}), 422, "droplet 5"},
		"unknown load balancer": {rule("tcp", "1", jsonObject{"load_balancer_uids": []string{"x"}}), 422, "load balancer"},
		"too many droplets":     {jsonObject{"droplet_ids": make([]int, 11)}, 422, "10"},
		"too many tags":         {jsonObject{"tags": make([]string, 6)}, 422, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			body := firewallBody(jsonObject{"name": "other"})
			if tt.changes == nil {
				body["name"] = "fw"
			}
			for k, v := range tt.changes {
				body[k] = v
			}
			a.refused(tt.status, tt.want, "POST", "/v2/firewalls", body)
		})
	}
}

func TestFirewall(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	id := intOf(a.droplet(jsonObject{"tags": []string{"web"}}))
	all := jsonObject{"addresses": []string{"0.0.0.0/0"}}
	out := a.do(202, "POST", "/v2/firewalls", firewallBody(jsonObject{"droplet_ids": []any{id}, "outbound_rules": []any{
		jsonObject{"protocol": "tcp", "ports": "1-65535", "destinations": all}, jsonObject{"protocol": "icmp", "destinations": all},
		jsonObject{"protocol": "udp", "ports": "all", "destinations": all}, jsonObject{"protocol": "udp", "ports": "8000-9000", "destinations": all}}}))
	a.expect(out, "waiting", "firewall", "status")
	path := "/v2/firewalls/" + at(out, "firewall", "id").(string)
	for i, want := range []string{"1-65535", "0", "0", "8000-9000"} {
		a.expect(out, want, "firewall", "outbound_rules", i, "ports")
	}
	out = a.do(200, "GET", path, nil)
	a.expect(out, id, "firewall", "pending_changes", 0, "droplet_id")
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", path, nil), "succeeded", "firewall", "status")

	out = a.do(200, "PUT", path, firewallBody(nil))
	a.expect(out, "[]", "firewall", "outbound_rules")
	a.expect(out, "[]", "firewall", "droplet_ids")
	a.do(204, "POST", path+"/droplets", jsonObject{"droplet_ids": []any{id}})
	a.do(204, "POST", path+"/tags", jsonObject{"tags": []string{"WEB"}})
	a.do(422, "POST", path+"/tags", jsonObject{"tags": []string{"none"}})
	a.do(204, "POST", path+"/rules", jsonObject{"outbound_rules": []any{jsonObject{"protocol": "tcp", "ports": "all", "destinations": all}}})
	out = a.do(200, "GET", path, nil)
	a.expect(out, "[web]", "firewall", "tags")
	a.expect(out, "0", "firewall", "outbound_rules", 0, "ports")
	a.expect(a.do(200, "GET", "/v2/droplets/"+id.String()+"/firewalls", nil), 1, "meta", "total")
	a.do(204, "DELETE", path+"/rules", jsonObject{"outbound_rules": []any{jsonObject{"protocol": "tcp", "ports": "all", "destinations": all}}})
	a.refused(422, "at least one", "DELETE", path+"/rules", firewallBody(nil))
	a.do(204, "DELETE", path+"/droplets", jsonObject{"droplet_ids": []any{id}})
	a.do(204, "DELETE", path+"/tags", jsonObject{"tags": []string{"web"}})
	out = a.do(200, "GET", path, nil)
	for _, f := range []string{"outbound_rules", "droplet_ids", "tags"} {
		a.expect(out, "[]", "firewall", f)
	}
	a.do(204, "DELETE", path, nil)
}
