package fake

import (
	"testing"
	"time"
)

// rule returns a forwarding rule of plain HTTP with changes.
func forwarding(changes jsonObject) jsonObject {
	r := jsonObject{"entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 8000}
	for k, v := range changes {
		r[k] = v
	}
	return r
}

func balancer(changes jsonObject) jsonObject {
	b := jsonObject{"name": "ml", "region": "fra1", "droplet_ids": []int{}, "forwarding_rules": []any{forwarding(nil)}}
	for k, v := range changes {
		b[k] = v
	}
	return b
}

func (a *account) balancer(changes jsonObject) string {
	a.t.Helper()
	return "/v2/load_balancers/" + at(a.do(202, "POST", "/v2/load_balancers", balancer(changes)), "load_balancer", "id").(string)
}

func TestLoadBalancersThatAreRefused(t *testing.T) {
	a := newAccount(t, Options{})
	elsewhere := a.droplet(jsonObject{"region": "ams3"})
	id := at(a.do(200, "GET", "/v2/droplets/"+elsewhere, nil), "droplet", "id")
	rules := func(list ...any) jsonObject { return jsonObject{"forwarding_rules": list} }
	for _, tt := range []struct {
		changes jsonObject
		want    string
	}{
		{jsonObject{"name": ""}, "name"},
		{jsonObject{"region": "mars1"}, "Region"},
		{jsonObject{"type": "LOCAL"}, "type"},
		{jsonObject{"size": "lb-tiny"}, "size"},
		{jsonObject{"size_unit": 101}, "size_unit"},
		{jsonObject{"size": "lb-small", "size_unit": 3}, "only one"},
		{jsonObject{"tag": "nobody"}, "nobody"},
		{jsonObject{"droplet_ids": []int{1}}, "not found"},
		{jsonObject{"droplet_ids": []any{id}}, "not in region"},
		{jsonObject{"vpc_uuid": "0a"}, "VPC"},
		{jsonObject{"http_idle_timeout_seconds": 700}, "between 30 and 600"},
		{jsonObject{"network": "INTERNAL", "network_stack": "DUALSTACK"}, "internal"},
		{jsonObject{"project_id": "0a"}, "project"},
		{jsonObject{"firewall": jsonObject{"allow": []string{"192.0.2.7"}}}, "of the form"},
		{jsonObject{"firewall": jsonObject{"deny": []string{"cidr:192.0.2.7"}}}, "not valid"},
		{jsonObject{"health_check": jsonObject{"protocol": "tcp", "path": "/"}}, "path"},
		{jsonObject{"health_check": jsonObject{"check_interval_seconds": 1}}, "check_interval_seconds"},
		{jsonObject{"sticky_sessions": jsonObject{"type": "cookies"}}, "cookie_name"},
		{rules(), "at least one"},
		{rules(forwarding(nil), forwarding(jsonObject{"target_port": 1})), "only one"},
		{rules(forwarding(jsonObject{"entry_protocol": "udp"})), "udp"},
		{rules(forwarding(jsonObject{"entry_protocol": "https"})), "certificate"},
		{rules(forwarding(jsonObject{"certificate_id": "0a"})), "not found"},
		{rules(forwarding(jsonObject{"entry_protocol": "https", "tls_passthrough": true})), "tls_passthrough"},
		{jsonObject{"type": "REGIONAL_NETWORK"}, "tcp and udp"},
		{jsonObject{"type": "GLOBAL"}, "region must be empty"},
		{jsonObject{"type": "GLOBAL", "region": ""}, "glb_settings"},
	} {
		status, out := a.try("POST", "/v2/load_balancers", balancer(tt.changes))
		if message, _ := out["message"].(string); status < 400 || !contains(message, tt.want) {
			t.Errorf("%v: %d %v, want a refusal with %q", tt.changes, status, out, tt.want)
		}
	}
	if n := len(a.Inventory()); n != 1 {
		t.Errorf("inventory %v, want the droplet alone", a.Inventory())
	}
}

func TestLoadBalancerStates(t *testing.T) {
	a := newAccount(t, Options{Boot: time.Minute, Settle: 10 * time.Second})
	b := a.balancer(nil)
	out := a.do(200, "GET", b, nil)
	a.expect(out, "new", "load_balancer", "status")
	a.expect(out, "", "load_balancer", "ip")
	a.refused(403, "previous actions", "PUT", b, balancer(nil))
	a.clock.Advance(time.Minute)
	out = a.do(200, "GET", b, nil)
	a.expect(out, "active", "load_balancer", "status")
	if ip := at(out, "load_balancer", "ip"); ip == "" {
		t.Error("it is active without an address")
	}
	// What is missing from a PUT gets its default.
	a.expect(a.do(200, "PUT", b, balancer(jsonObject{"size": "lb-medium", "redirect_http_to_https": true})), 3, "load_balancer", "size_unit")
	a.refused(403, "previous actions", "PUT", b, balancer(nil))
	a.clock.Advance(10 * time.Second)
	out = a.do(200, "PUT", b, balancer(nil))
	a.expect(out, 1, "load_balancer", "size_unit")
	a.expect(out, false, "load_balancer", "redirect_http_to_https")
	a.clock.Advance(10 * time.Second)
	a.refused(422, "can not be changed", "PUT", b, balancer(jsonObject{"region": "ams3"}))

	broken := a.balancer(jsonObject{"name": "broken"})
	if err := a.Edit("loadbalancer", broken[len("/v2/load_balancers/"):], func(m map[string]any) { m["broken"] = true }); err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(time.Minute)
	a.expect(a.do(200, "GET", broken, nil), "errored", "load_balancer", "status")
}

func TestLoadBalancerParts(t *testing.T) {
	a := newAccount(t, Options{})
	one, two := a.droplet(jsonObject{"tags": []string{"ml"}}), a.droplet(nil)
	first, second := at(a.do(200, "GET", "/v2/droplets/"+one, nil), "droplet", "id"), at(a.do(200, "GET", "/v2/droplets/"+two, nil), "droplet", "id")
	b := a.balancer(jsonObject{"droplet_ids": []any{first}})
	a.do(204, "POST", b+"/droplets", jsonObject{"droplet_ids": []any{second}})
	a.expect(a.do(200, "GET", b, nil), second, "load_balancer", "droplet_ids", 1)
	a.do(204, "DELETE", b+"/droplets", jsonObject{"droplet_ids": []any{first}})
	a.do(204, "POST", b+"/forwarding_rules", jsonObject{"forwarding_rules": []any{forwarding(jsonObject{"entry_port": 81})}})
	a.expect(a.do(200, "GET", b, nil), 81, "load_balancer", "forwarding_rules", 1, "entry_port")
	a.do(204, "DELETE", b+"/forwarding_rules", jsonObject{"forwarding_rules": []any{forwarding(nil)}})
	a.refused(422, "at least one", "DELETE", b+"/forwarding_rules", jsonObject{"forwarding_rules": []any{forwarding(jsonObject{"entry_port": 81})}})
	a.do(204, "DELETE", b+"/cache", nil)

	// A tag chooses droplets as they come and go; named ones leave when destroyed.
	tagged := a.balancer(jsonObject{"name": "tagged", "tag": "ml", "droplet_ids": nil})
	a.expect(a.do(200, "GET", tagged, nil), first, "load_balancer", "droplet_ids", 0)
	a.do(204, "DELETE", "/v2/droplets/"+one, nil)
	a.do(204, "DELETE", "/v2/droplets/"+two, nil)
	for _, path := range []string{b, tagged} {
		if ids := at(a.do(200, "GET", path, nil), "load_balancer", "droplet_ids").([]any); len(ids) != 0 {
			t.Errorf("%s has the droplets %v after they are gone", path, ids)
		}
	}
	a.refused(422, "mutually exclusive", "PUT", tagged, balancer(jsonObject{"tag": "ml", "droplet_ids": []int{1}}))
}

func TestLoadBalancersLetGoLate(t *testing.T) {
	a := newAccount(t, Options{DeleteLag: 10 * time.Second, MemberLag: 20 * time.Second})
	vpc := at(a.do(201, "POST", "/v2/vpcs", jsonObject{"name": "ml", "region": "fra1"}), "vpc", "id").(string)
	network := "/v2/vpcs/" + vpc
	one, two := a.certificate("one"), a.certificate("two")
	secure := func(id string) jsonObject {
		return jsonObject{"vpc_uuid": vpc, "forwarding_rules": []any{forwarding(jsonObject{"entry_protocol": "https", "certificate_id": id})}}
	}
	b := a.balancer(secure(one))
	a.expect(a.do(200, "GET", network+"/members?resource_type=loadbalancer", nil), "ml", "members", 0, "name")
	a.refused(403, "not in use", "DELETE", "/v2/certificates/"+one, nil)
	a.do(200, "PUT", b, balancer(secure(two)))
	a.refused(403, "not in use", "DELETE", "/v2/certificates/"+one, nil)
	a.clock.Advance(20 * time.Second)
	a.do(204, "DELETE", "/v2/certificates/"+one, nil)

	a.do(204, "DELETE", b, nil)
	a.do(204, "DELETE", b, nil)
	a.do(200, "GET", b, nil)
	a.clock.Advance(10 * time.Second)
	a.do(404, "GET", b, nil)
	a.refused(409, "with members", "DELETE", network, nil)
	a.refused(403, "not in use", "DELETE", "/v2/certificates/"+two, nil)
	a.clock.Advance(20 * time.Second)
	a.do(204, "DELETE", network, nil)
	a.do(204, "DELETE", "/v2/certificates/"+two, nil)
}

func TestGlobalLoadBalancers(t *testing.T) {
	a := newAccount(t, Options{})
	regional := a.balancer(nil)[len("/v2/load_balancers/"):]
	global := jsonObject{
		"type": "GLOBAL", "region": "", "forwarding_rules": nil, "target_load_balancer_ids": []string{regional},
		"domains":      []any{jsonObject{"name": "ml.example.com", "is_managed": true}},
		"glb_settings": jsonObject{"target_protocol": "http", "target_port": 80, "cdn": jsonObject{"is_enabled": true}},
	}
	out := a.do(200, "GET", a.balancer(global), nil)
	a.expect(out, "ml.example.com", "load_balancer", "domains", 0, "name")
	a.expect(out, true, "load_balancer", "glb_settings", "cdn", "is_enabled")
	a.expect(out, regional, "load_balancer", "target_load_balancer_ids", 0)
	for field, wrong := range map[string]any{
		"target_load_balancer_ids": []string{"0a"}, "domains": []any{}, "forwarding_rules": []any{forwarding(nil)},
		"glb_settings": jsonObject{"target_protocol": "http", "target_port": 443},
	} {
		was := global[field]
		global[field] = wrong
		if status, _ := a.try("POST", "/v2/load_balancers", balancer(global)); status != 422 {
			t.Errorf("%s = %v: status %d, want 422", field, wrong, status)
		}
		global[field] = was
	}
}
