package fake

import (
	"fmt"
	"strings"
	"testing"
)

func TestFloatingIPs(t *testing.T) {
	p := newProject(t)
	for _, body := range []fields{
		{"home_location": "fsn1"}, {"type": "ipv5", "home_location": "fsn1"}, {"type": "ipv4"}, {"type": "ipv4", "home_location": "mars1"},
	} {
		p.refused("invalid_input", "POST", "/floating_ips", body)
	}
	s, other := p.server("worker", "fsn1"), p.server("spare", "nbg1")
	out := p.do("POST", "/floating_ips", fields{"type": "ipv6", "server": s, "description": "d"})
	f := fmt.Sprintf("/floating_ips/%d", id(out, "floating_ip"))
	p.expect(out, nil, "floating_ip", "server")
	p.expect(out, "fsn1", "floating_ip", "home_location", "name")
	if ip := at(out, "floating_ip", "ip").(string); !strings.HasSuffix(ip, "::/64") {
		t.Errorf("an address of IPv6 is %s, want a network", ip)
	}
	p.refused("locked", "POST", f+"/actions/assign", fields{"server": other})
	p.clock.Advance(settle)
	p.refused("resource_in_use", "DELETE", f, nil)
	p.refused("not_found", "POST", f+"/actions/assign", fields{"server": 7})
	p.done("POST", f+"/actions/assign", fields{"server": other})
	p.expect(p.do("GET", f, nil), float64(other), "floating_ip", "server")
	p.expect(p.do("PUT", f, fields{"description": ""}), "", "floating_ip", "description")
	p.done("POST", f+"/actions/unassign", nil)
	p.refused("invalid_input", "POST", f+"/actions/unassign", nil)
	in := strings.TrimSuffix(at(out, "floating_ip", "ip").(string), "/64") + "5"
	p.refusedWith("invalid_input", "no address", "POST", f+"/actions/change_dns_ptr", fields{"ip": "2001:db9::1", "dns_ptr": "a.example.com"})
	p.refusedWith("invalid_input", "domain name", "POST", f+"/actions/change_dns_ptr", fields{"ip": in, "dns_ptr": "a b"})
	p.done("POST", f+"/actions/change_dns_ptr", fields{"ip": in, "dns_ptr": "a.example.com"})
	p.expect(p.do("GET", f, nil), "map[dns_ptr:a.example.com ip:"+in+"]", "floating_ip", "dns_ptr", 0)
	p.done("POST", f+"/actions/change_protection", fields{"delete": true})
	p.refused("protected", "DELETE", f, nil)
}
