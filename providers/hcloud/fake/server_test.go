package fake

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestServerComesUp(t *testing.T) {
	a := newProjectOf(t, Options{})
	out := a.do("POST", "/servers", fields{"name": "one", "server_type": "cx23", "image": "debian-12", "location": "fsn1"})
	s := "/servers/" + number(out, "server")
	a.expect(out, "initializing", "server", "status")
	a.expect(out, true, "server", "locked")
	a.expect(out, "create_server", "action", "command")
	a.expect(out, "start_server", "next_actions", 0, "command")
	if p, _ := at(out, "root_password").(string); p == "" {
		t.Error("a server without keys has no password")
	}
	a.refusedWith("locked", "create_server", "POST", s+"/actions/poweroff", nil)
	a.clock.Advance(750 * time.Millisecond)
	a.expect(a.do("GET", s, nil), "starting", "server", "status")
	a.settled()
	out = a.do("GET", s, nil)
	a.expect(out, "running", "server", "status")
	a.expect(out, false, "server", "locked")
	if ip, _ := at(out, "server", "public_net", "ipv4", "ip").(string); !strings.HasPrefix(ip, "198.19.") {
		t.Errorf("its address is %q", ip)
	}
	if n := len(a.cloud.Inventory()); n != 3 {
		t.Errorf("there are %v, want the server and its two addresses", a.cloud.Inventory())
	}
	a.do("DELETE", s, nil)
	a.expect(a.do("GET", s, nil), "deleting", "server", "status")
	a.settled()
	a.refused("not_found", "GET", s, nil)
	if got := a.cloud.Inventory(); len(got) != 0 {
		t.Errorf("it leaves %v", got)
	}
}

func TestServersThatCannotBe(t *testing.T) {
	a := newProjectOf(t, Options{NoStock: map[string]bool{"cx33": true, "cx43@fsn1": true}, Quota: Quota{Servers: 1}})
	good := fields{"name": "one", "server_type": "cx23", "image": "debian-12", "location": "fsn1"}
	for _, tc := range []struct {
		field string
		value any
		code  string
		text  string
	}{
		{"name", "a_b", "invalid_input", "hostname"},
		{"server_type", "cx99", "invalid_input", "not found"},
		{"server_type", "cx33", "resource_unavailable", "not available"},
		{"server_type", "cx43", "resource_unavailable", "in fsn1"},
		{"server_type", "cpx11", "invalid_input", "unsupported location"},
		{"image", "debian-99", "invalid_input", "not found"},
		{"image", 160000009, "invalid_input", "another architecture"},
		{"image", "ubuntu-20.04", "unavailable", "not available any more"},
		{"location", "moon", "invalid_input", "not found"},
		{"location", "ash", "invalid_input", "unsupported location"},
		{"ssh_keys", []int{1}, "not_found", "ssh key"},
		{"placement_group", 1, "not_found", "placement group"},
		{"networks", []int{1}, "not_found", "network"},
		{"firewalls", []fields{{"firewall": 1}}, "not_found", "firewall"},
		{"public_net", fields{"enable_ipv4": true, "ipv4": 1}, "not_found", "primary ip"},
		{"user_data", strings.Repeat("x", 32<<10+1), "invalid_input", "too long"},
	} {
		body := fields{}
		for k, v := range good {
			body[k] = v
		}
		body[tc.field] = tc.value
		a.refusedWith(tc.code, tc.text, "POST", "/servers", body)
	}
	if got := a.cloud.Inventory(); len(got) != 0 {
		t.Errorf("what was refused has left %v", got)
	}
	a.machine(nil)
	a.refusedWith("uniqueness_error", "name", "POST", "/servers", good)
	good["name"] = "two"
	a.refusedWith("resource_limit_exceeded", "limit", "POST", "/servers", good)
}

func TestServerChangesItsTypeWhileOff(t *testing.T) {
	a := newProjectOf(t, Options{})
	s := "/servers/" + a.machine(nil)
	a.refused("server_not_stopped", "POST", s+"/actions/change_type", fields{"server_type": "cx33", "upgrade_disk": true})
	a.act(s+"/actions/poweroff", nil)
	a.refusedWith("invalid_server_type", "architecture", "POST", s+"/actions/change_type", fields{"server_type": "cax21"})
	a.do("POST", s+"/actions/change_type", fields{"server_type": "cx33", "upgrade_disk": true})
	a.expect(a.do("GET", s, nil), "migrating", "server", "status")
	a.settled()
	out := a.do("GET", s, nil)
	a.expect(out, "running", "server", "status")
	a.expect(out, "cx33", "server", "server_type", "name")
	a.expect(out, 80, "server", "primary_disk_size")
	a.act(s+"/actions/poweroff", nil)
	a.refusedWith("invalid_server_type", "does not fit", "POST", s+"/actions/change_type", fields{"server_type": "cx23"})
}

func TestServerStopsSomeTimeAfterAShutdown(t *testing.T) {
	a := newProjectOf(t, Options{})
	s := "/servers/" + a.machine(nil)
	a.do("POST", s+"/actions/shutdown", nil)
	a.clock.Advance(1500 * time.Millisecond)
	a.expect(a.do("GET", s, nil), "running", "server", "status")
	a.clock.Advance(time.Second)
	a.expect(a.do("GET", s, nil), "off", "server", "status")
}

func TestProtectionOfAServer(t *testing.T) {
	a := newProjectOf(t, Options{})
	s := "/servers/" + a.machine(nil)
	a.refusedWith("invalid_input", "value of delete", "POST", s+"/actions/change_protection", fields{"delete": true})
	a.act(s+"/actions/change_protection", fields{"delete": true, "rebuild": true})
	a.refused("protected", "DELETE", s, nil)
}

func TestNetworksKeepTheirRules(t *testing.T) {
	a := newProjectOf(t, Options{})
	a.refusedWith("invalid_input", "RFC1918", "POST", "/networks", fields{"name": "x", "ip_range": "192.0.2.0/24"})
	n := "/networks/" + a.network(nil)
	subnet := func(ipRange, zone string) fields {
		return fields{"type": "cloud", "network_zone": zone, "ip_range": ipRange}
	}
	a.refusedWith("invalid_input", "overlaps", "POST", n+"/actions/add_subnet", subnet("10.0.1.128/25", "eu-central"))
	a.refusedWith("invalid_input", "must be a subnet", "POST", n+"/actions/add_subnet", subnet("10.1.1.0/24", "eu-central"))
	a.refusedWith("invalid_input", "does not exist", "POST", n+"/actions/add_subnet", subnet("10.0.2.0/24", "moon"))
	a.do("POST", n+"/actions/add_subnet", subnet("10.0.2.0/24", "us-east"))
	a.refused("conflict", "POST", n+"/actions/add_subnet", subnet("10.0.3.0/24", "us-east"))
	a.refused("conflict", "DELETE", n, nil)
	a.settled()
	a.expect(a.do("GET", n, nil), "10.0.2.0/24", "network", "subnets", 1, "ip_range")
	a.refusedWith("invalid_input", "not its first", "POST", n+"/actions/add_route", fields{"destination": "10.9.0.0/24", "gateway": "10.0.0.1"})
	a.refusedWith("invalid_input", "overlaps", "POST", n+"/actions/add_route", fields{"destination": "10.0.1.0/24", "gateway": "10.0.1.5"})
	a.act(n+"/actions/add_route", fields{"destination": "0.0.0.0/0", "gateway": "10.0.1.5"})
	a.refusedWith("invalid_input", "another route", "POST", n+"/actions/add_route", fields{"destination": "0.0.0.0/0", "gateway": "10.0.1.6"})
	a.refusedWith("invalid_input", "extended", "POST", n+"/actions/change_ip_range", fields{"ip_range": "10.0.0.0/20"})
	a.act(n+"/actions/change_ip_range", fields{"ip_range": "10.0.0.0/12"})
	a.act(n+"/actions/change_protection", fields{"delete": true})
	a.refused("protected", "DELETE", n, nil)
	a.act(n+"/actions/change_protection", fields{"delete": false})
	a.do("DELETE", n, nil)
}

func TestServersInNetworks(t *testing.T) {
	a := newProjectOf(t, Options{})
	n := a.network(nil)
	far := a.network(fields{"name": "far", "ip_range": "10.5.0.0/16", "subnets": []fields{{"type": "cloud", "network_zone": "us-east", "ip_range": "10.5.1.0/24"}}})
	over := a.network(fields{"name": "over", "ip_range": "10.0.0.0/8", "subnets": []fields{}})
	one := "/servers/" + a.machine(nil)
	two := "/servers/" + a.machine(fields{"name": "two", "networks": []json.Number{json.Number(n)}})
	a.expect(a.do("GET", two, nil), "10.0.1.1", "server", "private_net", 0, "ip")
	into := func(network string, more fields) fields {
		more["network"] = json.Number(network)
		return more
	}
	a.refusedWith("ip_not_available", "used by server", "POST", one+"/actions/attach_to_network", into(n, fields{"ip": "10.0.1.1"}))
	a.refusedWith("ip_not_available", "in no subnet", "POST", one+"/actions/attach_to_network", into(n, fields{"ip": "10.0.9.1"}))
	a.refused("no_subnet_available", "POST", one+"/actions/attach_to_network", into(far, fields{}))
	a.act(one+"/actions/attach_to_network", into(n, fields{"ip": "10.0.1.9", "alias_ips": []string{"10.0.1.10"}}))
	a.refused("server_already_attached", "POST", one+"/actions/attach_to_network", into(n, fields{}))
	a.refused("networks_overlap", "POST", one+"/actions/attach_to_network", into(over, fields{}))
	a.refusedWith("service_error", "servers are attached", "POST", "/networks/"+n+"/actions/delete_subnet", fields{"ip_range": "10.0.1.0/24"})
	a.act(one+"/actions/change_alias_ips", into(n, fields{"alias_ips": []string{"10.0.1.10", "10.0.1.11"}}))
	a.expect(a.do("GET", one, nil), "[10.0.1.10 10.0.1.11]", "server", "private_net", 0, "alias_ips")
	a.act(one+"/actions/detach_from_network", into(n, fields{}))
	a.refusedWith("not_found", "not attached", "POST", one+"/actions/detach_from_network", into(n, fields{}))
	a.do("DELETE", "/networks/"+n, nil) // takes out what is in it
	a.expect(a.do("GET", two, nil), "[]", "server", "private_net")
}

func TestPrimaryIPsMoveWhileServersAreOff(t *testing.T) {
	a := newProjectOf(t, Options{})
	a.refusedWith("invalid_input", "exactly one", "POST", "/primary_ips", fields{"name": "a", "type": "ipv4"})
	p := a.make("primary_ip", "/primary_ips", fields{"name": "a", "type": "ipv4", "location": "fsn1"}, nil)
	far := a.make("primary_ip", "/primary_ips", fields{"name": "far", "type": "ipv4", "location": "hel1"}, nil)
	s := a.machine(fields{"public_net": fields{"enable_ipv4": false, "enable_ipv6": false}})
	to := fields{"assignee_id": json.Number(s), "assignee_type": "server"}
	a.refused("server_not_stopped", "POST", "/primary_ips/"+p+"/actions/assign", to)
	a.act("/servers/"+s+"/actions/poweroff", nil)
	a.refused("primary_ip_datacenter_mismatch", "POST", "/primary_ips/"+far+"/actions/assign", to)
	a.act("/primary_ips/"+p+"/actions/assign", to)
	a.refused("primary_ip_assigned", "DELETE", "/primary_ips/"+p, nil)
	a.refused("primary_ip_already_assigned", "POST", "/primary_ips/"+p+"/actions/assign", to)
	name := at(a.do("GET", "/primary_ips/"+p, nil), "primary_ip", "dns_ptr", 0, "dns_ptr")
	if text, _ := name.(string); !strings.HasSuffix(text, ".clients.your-server.de") {
		t.Errorf("it leads to %v", name)
	}
	ip, _ := at(a.do("GET", "/primary_ips/"+p, nil), "primary_ip", "ip").(string)
	a.refusedWith("invalid_input", "no address", "POST", "/primary_ips/"+p+"/actions/change_dns_ptr", fields{"ip": "192.0.2.1", "dns_ptr": "a.example.com"})
	a.act("/servers/"+s+"/actions/change_dns_ptr", fields{"ip": ip, "dns_ptr": "a.example.com"})
	a.expect(a.do("GET", "/servers/"+s, nil), "a.example.com", "server", "public_net", "ipv4", "dns_ptr")
	a.act("/primary_ips/"+p+"/actions/change_dns_ptr", fields{"ip": ip, "dns_ptr": nil})
	a.expect(a.do("GET", "/servers/"+s, nil), name, "server", "public_net", "ipv4", "dns_ptr")
	a.do("DELETE", "/servers/"+s, nil)
	a.settled()
	a.expect(a.do("GET", "/primary_ips/"+p, nil), nil, "primary_ip", "assignee_id")
	a.do("DELETE", "/primary_ips/"+p, nil)
}

func TestPlacementGroupsAreFull(t *testing.T) {
	a := newProjectOf(t, Options{})
	g := a.make("placement_group", "/placement_groups", fields{"name": "g", "type": "spread"}, nil)
	for n := range 10 {
		a.machine(fields{"name": "s" + string(rune('a'+n)), "placement_group": json.Number(g)})
	}
	a.refusedWith("placement_error", "10 servers", "POST", "/servers", fields{
		"name": "last", "server_type": "cx23", "image": "debian-12", "placement_group": json.Number(g),
	})
	a.refusedWith("resource_in_use", "has servers", "DELETE", "/placement_groups/"+g, nil)
}

func TestDeprecatedImagesAreListedOnRequest(t *testing.T) {
	a := newProjectOf(t, Options{})
	few := at(a.do("GET", "/images?name=debian-11", nil), "meta", "pagination", "total_entries")
	all := at(a.do("GET", "/images?name=debian-11&include_deprecated=true&architecture=arm", nil), "meta", "pagination", "total_entries")
	a.expect(fields{"few": few, "all": all}, "map[all:1 few:0]")
}
