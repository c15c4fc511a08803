package fake

import (
	"fmt"
	"testing"
)

func TestVolumesThatAreRefused(t *testing.T) {
	p := newProject(t)
	p.done("POST", "/volumes", fields{"name": "taken", "size": 10, "location": "fsn1"})
	for _, tt := range []struct {
		code string
		body fields
	}{
		{"uniqueness_error", fields{"name": "taken", "size": 10, "location": "fsn1"}},
		{"invalid_input", fields{"size": 10, "location": "fsn1"}},
		{"invalid_input", fields{"name": "a", "size": 9, "location": "fsn1"}},
		{"invalid_input", fields{"name": "a", "size": 10241, "location": "fsn1"}},
		{"invalid_input", fields{"name": "a", "size": 10, "location": "mars1"}},
		{"invalid_input", fields{"name": "a", "size": 10}},
		{"invalid_input", fields{"name": "a", "size": 10, "location": "fsn1", "format": "ntfs"}},
		{"invalid_input", fields{"name": "a", "size": 10, "location": "fsn1", "automount": true}},
		{"invalid_input", fields{"name": "a", "size": 10, "location": "fsn1", "colour": "red"}},
		{"invalid_input", fields{"name": "a", "size": 10, "location": "fsn1", "labels": fields{"-": ""}}},
		{"not_found", fields{"name": "a", "size": 10, "server": 7}},
	} {
		p.refused(tt.code, "POST", "/volumes", tt.body)
	}
}

func TestVolumeOnItsWay(t *testing.T) {
	p := newProject(t)
	near, far := p.server("near", "fsn1"), p.server("far", "hel1")
	out := p.do("POST", "/volumes", fields{"name": "data", "size": 10, "location": "fsn1", "format": "ext4"})
	p.expect(out, "creating", "volume", "status")
	v := fmt.Sprintf("/volumes/%d", id(out, "volume"))
	p.refused("locked", "POST", v+"/actions/resize", fields{"size": 20})
	p.clock.Advance(settle)
	p.expect(p.do("GET", v, nil), "available", "volume", "status")

	p.refused("invalid_input", "POST", v+"/actions/resize", fields{"size": 10})
	p.done("POST", v+"/actions/resize", fields{"size": 20})
	p.expect(p.do("GET", v, nil), 20, "volume", "size")

	p.refused("not_found", "POST", v+"/actions/attach", fields{"server": 7})
	p.refused("invalid_input", "POST", v+"/actions/attach", fields{"server": far})
	p.refused("invalid_input", "POST", v+"/actions/detach", nil)
	p.done("POST", v+"/actions/attach", fields{"server": near, "automount": true})
	p.expect(p.do("GET", v, nil), float64(near), "volume", "server")
	p.expect(p.do("GET", fmt.Sprintf("/servers/%d", near), nil), at(p.do("GET", v, nil), "volume", "id"), "server", "volumes", 0)
	p.refused("volume_already_attached", "POST", v+"/actions/attach", fields{"server": near})
	p.refused("resource_in_use", "DELETE", v, nil)
	p.done("POST", v+"/actions/detach", nil)

	p.done("POST", v+"/actions/change_protection", fields{"delete": true})
	p.refused("protected", "DELETE", v, nil)
	p.done("POST", v+"/actions/change_protection", fields{"delete": false})
	p.do("DELETE", v, nil)
	p.refused("not_found", "GET", v, nil)
}

// A volume that is made for a busy server stays without one, as Terraform's provider
// has met it.
func TestVolumeForBusyServer(t *testing.T) {
	p := newProject(t)
	s := p.server("worker", "fsn1")
	p.do("POST", fmt.Sprintf("/servers/%d/actions/reboot", s), nil)
	out := p.done("POST", "/volumes", fields{"name": "data", "size": 10, "server": s})
	next := int64(at(out, "next_actions", 0, "id").(float64))
	p.expect(p.do("GET", fmt.Sprintf("/actions/%d", next), nil), "locked", "action", "error", "code")
	p.expect(p.do("GET", fmt.Sprintf("/volumes/%d", id(out, "volume")), nil), nil, "volume", "server")
}

func TestServerThatGoesLetsGo(t *testing.T) {
	p := newProject(t)
	s := p.server("worker", "fsn1")
	v := id(p.done("POST", "/volumes", fields{"name": "data", "size": 10, "server": s}), "volume")
	f := id(p.done("POST", "/floating_ips", fields{"type": "ipv4", "server": s}), "floating_ip")
	b := id(p.done("POST", "/load_balancers", fields{"name": "lb", "load_balancer_type": "lb11", "location": "fsn1"}), "load_balancer")
	p.done("POST", fmt.Sprintf("/load_balancers/%d/actions/add_target", b), fields{"type": "server", "server": fields{"id": s}})
	w := id(p.done("POST", "/firewalls", fields{"name": "fw", "apply_to": []fields{{"type": "server", "server": fields{"id": s}}}}), "firewall")
	p.expect(p.do("GET", fmt.Sprintf("/firewalls/%d", w), nil), float64(s), "firewall", "applied_to", 0, "server", "id")
	p.refused("resource_in_use", "DELETE", fmt.Sprintf("/firewalls/%d", w), nil)
	p.done("DELETE", fmt.Sprintf("/servers/%d", s), nil)
	p.expect(p.do("GET", fmt.Sprintf("/volumes/%d", v), nil), nil, "volume", "server")
	p.expect(p.do("GET", fmt.Sprintf("/floating_ips/%d", f), nil), nil, "floating_ip", "server")
	p.expect(p.do("GET", fmt.Sprintf("/load_balancers/%d", b), nil), nil, "load_balancer", "targets", 0)
	p.do("DELETE", fmt.Sprintf("/firewalls/%d", w), nil)
}
