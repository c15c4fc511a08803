package fake

import (
	"testing"
	"time"
)

func (a *account) network(name, region string) string {
	a.t.Helper()
	return at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": name, "region": region}), "vpc", "id").(string)
}

func TestPeerings(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	one, two, three := a.network("one", "fra1"), a.network("two", "ams3"), a.network("three", "fra1")
	for _, tt := range []struct {
		status int
		body   jsonObject
		want   string
	}{
		{422, jsonObject{"name": "a.b", "vpc_ids": []string{one, two}}, "alphanumeric"},
		{422, jsonObject{"name": "a", "vpc_ids": []string{one}}, "two different"},
		{422, jsonObject{"name": "a", "vpc_ids": []string{one, one}}, "two different"},
		{404, jsonObject{"name": "a", "vpc_ids": []string{one, "0a"}}, "not found"},
	} {
		a.refused(tt.status, tt.want, "POST", "/v2/vpc_peerings", tt.body)
	}
	out := a.do(202, "POST", "/v2/vpc_peerings", jsonObject{"name": "a", "vpc_ids": []string{one, two}})
	a.expect(out, "PROVISIONING", "vpc_peering", "status")
	p := "/v2/vpc_peerings/" + at(out, "vpc_peering", "id").(string)
	a.refused(409, "same name", "POST", "/v2/vpc_peerings", jsonObject{"name": "a", "vpc_ids": []string{one, three}})
	a.refused(409, "peered already", "POST", "/v2/vpc_peerings", jsonObject{"name": "b", "vpc_ids": []string{two, one}})
	a.refused(403, "provisioning", "DELETE", p, nil)
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", p, nil), "ACTIVE", "vpc_peering", "status")
	a.expect(a.do(200, "PATCH", p, jsonObject{"name": "b"}), "b", "vpc_peering", "name")
	a.do(202, "POST", "/v2/vpcs/"+three+"/peerings", jsonObject{"name": "c", "vpc_id": one})
	a.expect(a.do(200, "GET", "/v2/vpcs/"+two+"/peerings", nil), 1, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/vpc_peerings?region=fra1", nil), 2, "meta", "total")
	a.expect(a.do(200, "GET", "/v2/vpc_peerings?region=ams3", nil), 1, "meta", "total")
	a.refused(409, "peerings", "DELETE", "/v2/vpcs/"+two, nil)
	a.expect(a.do(202, "DELETE", p, nil), "DELETING", "vpc_peering", "status")
	a.do(200, "GET", p, nil)
	a.clock.Advance(time.Minute)
	a.do(404, "GET", p, nil)
	a.do(204, "DELETE", "/v2/vpcs/"+two, nil)
}

func TestNATGateways(t *testing.T) {
	a := newAccount(t, Options{Boot: 2 * time.Minute, DeleteLag: 10 * time.Second, MemberLag: 20 * time.Second})
	one, far := a.network("one", "fra1"), a.network("far", "ams3")
	body := func(changes jsonObject) jsonObject {
		b := jsonObject{"name": "ml", "type": "PUBLIC", "region": "fra1", "size": 1, "vpcs": []any{jsonObject{"vpc_uuid": one}}}
		for k, v := range changes {
			b[k] = v
		}
		return b
	}
	const all = "/v2/vpc_nat_gateways"
	for _, tt := range []struct {
		status  int
		changes jsonObject
		want    string
	}{
		{422, jsonObject{"name": ""}, "name"},
		{422, jsonObject{"type": "PRIVATE"}, "PUBLIC"},
		{422, jsonObject{"region": "mars1"}, "Region"},
		{422, jsonObject{"size": 0}, "size"},
		{422, jsonObject{"vpcs": []any{}}, "VPC"},
		{422, jsonObject{"vpcs": []any{jsonObject{"vpc_uuid": far}}}, "not in region"},
		{404, jsonObject{"vpcs": []any{jsonObject{"vpc_uuid": "0a"}}}, "not found"},
		{422, jsonObject{"udp_timeout_seconds": 1}, "udp_timeout_seconds"},
		{422, jsonObject{"egresses": jsonObject{"public_gateways": []any{jsonObject{"ip": "192.0.2.7"}}}}, "192.0.2.7"},
	} {
		a.refused(tt.status, tt.want, "POST", all, body(tt.changes))
	}
	out := a.do(202, "POST", all, body(nil))
	g := all + "/" + at(out, "vpc_nat_gateway", "id").(string)
	a.refused(422, "same name", "POST", all, body(nil))
	for _, state := range []string{"NEW", "PROVISIONING", "ACTIVE"} {
		a.expect(a.do(200, "GET", g, nil), state, "vpc_nat_gateway", "state")
		if state != "ACTIVE" {
			a.refused(409, "not active", "PUT", g, body(nil))
		}
		a.clock.Advance(time.Minute)
	}
	out = a.do(200, "GET", g, nil)
	if at(out, "vpc_nat_gateway", "egresses", "public_gateways", 0, "ipv4") == "" || at(out, "vpc_nat_gateway", "vpcs", 0, "gateway_ip") == "" {
		t.Errorf("%v has no addresses", out)
	}
	out = a.do(200, "PUT", g, body(jsonObject{"size": 2, "tcp_timeout_seconds": 60, "vpcs": []any{jsonObject{"vpc_uuid": one, "default_gateway": true}}}))
	a.expect(out, true, "vpc_nat_gateway", "vpcs", 0, "default_gateway")
	a.expect(out, 30, "vpc_nat_gateway", "udp_timeout_seconds")
	a.refused(422, "can not be changed", "PUT", g, body(jsonObject{"region": "ams3"}))
	a.expect(a.do(200, "GET", all+"?state=active&region=fra1&name=ml", nil), 1, "meta", "total")
	a.expect(a.do(200, "GET", all+"?state=deleting", nil), 0, "meta", "total")

	a.do(202, "DELETE", g, nil)
	a.expect(a.do(200, "GET", g, nil), "DELETING", "vpc_nat_gateway", "state")
	a.refused(409, "NAT gateways", "DELETE", "/v2/vpcs/"+one, nil)
	a.clock.Advance(10 * time.Second)
	a.refused(404, "not found", "GET", g, nil)
	a.refused(409, "NAT gateways", "DELETE", "/v2/vpcs/"+one, nil)
	a.clock.Advance(20 * time.Second)
	a.do(204, "DELETE", "/v2/vpcs/"+one, nil)
}

func TestReservedIPv6(t *testing.T) {
	a := newAccount(t, Options{Settle: time.Minute})
	a.refused(422, "region_slug", "POST", "/v2/reserved_ipv6", jsonObject{})
	a.refused(422, "Region", "POST", "/v2/reserved_ipv6", jsonObject{"region_slug": "mars1"})
	ip := "/v2/reserved_ipv6/" + at(a.do(201, "POST", "/v2/reserved_ipv6", jsonObject{"region_slug": "fra1"}), "reserved_ipv6", "ip").(string)
	plain, six, far := a.droplet(nil), a.droplet(jsonObject{"ipv6": true}), a.droplet(jsonObject{"ipv6": true, "region": "ams3"})
	id := func(path string) any { return at(a.do(200, "GET", "/v2/droplets/"+path, nil), "droplet", "id") }
	assign := func(droplet any) jsonObject { return jsonObject{"type": "assign", "droplet_id": droplet} }
	a.clock.Advance(time.Minute)
	a.refused(422, "IPv6 networking", "POST", ip+"/actions", assign(id(plain)))
	a.refused(422, "in the region", "POST", ip+"/actions", assign(id(far)))
	a.refused(422, "not found", "POST", ip+"/actions", assign(7))
	a.refused(422, "not assigned", "POST", ip+"/actions", jsonObject{"type": "unassign"})
	a.refused(422, "action type", "POST", ip+"/actions", jsonObject{"type": "burn"})
	a.expect(a.do(201, "POST", ip+"/actions", assign(id(six))), "in-progress", "action", "status")
	a.refused(422, "pending event", "DELETE", ip, nil)
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", ip, nil), id(six), "reserved_ipv6", "droplet", "id")
	a.refused(422, "Unassign it first", "DELETE", ip, nil)
	other := "/v2/reserved_ipv6/" + at(a.do(201, "POST", "/v2/reserved_ipv6", jsonObject{"region_slug": "fra1"}), "reserved_ipv6", "ip").(string)
	a.refused(422, "already has", "POST", other+"/actions", assign(id(six)))
	a.do(204, "DELETE", "/v2/droplets/"+six, nil)
	a.expect(a.do(200, "GET", ip, nil), nil, "reserved_ipv6", "droplet")
	a.do(204, "DELETE", ip, nil)
	a.expect(a.do(200, "GET", "/v2/reserved_ipv6", nil), 1, "meta", "total")
}
