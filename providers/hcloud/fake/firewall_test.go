package fake

import (
	"fmt"
	"slices"
	"testing"
)

// ruled is a body with one rule, which has changes beside a usual one.
func ruled(changes fields) fields {
	rule := fields{"direction": "in", "protocol": "tcp", "port": "22", "source_ips": []string{"0.0.0.0/0"}}
	for name, value := range changes {
		rule[name] = value
		if value == nil {
			delete(rule, name)
		}
	}
	return fields{"name": "fw", "rules": []fields{rule}}
}

func TestFirewallsThatAreRefused(t *testing.T) {
	p := newProject(t)
	for name, changes := range map[string]fields{
		"a direction that is none":              {"direction": "up"},
		"a protocol that is none":               {"protocol": "http"},
		"a port is missing":                     {"port": nil},
		"a port that is none":                   {"port": "ssh"},
		"a range of ports that falls":           {"port": "90-80"},
		"a port of ICMP":                        {"protocol": "icmp"},
		"no sources":                            {"source_ips": []string{}},
		"no destinations":                       {"direction": "out"},
		"a source without its length":           {"source_ips": []string{"192.0.2.7"}},
		"a source that begins within its range": {"source_ips": []string{"192.0.2.7/24"}},
		"a source in capitals":                  {"source_ips": []string{"2001:DB8::/32"}},
		"too many sources":                      {"source_ips": slices.Repeat([]string{"10.0.0.0/8"}, 101)},
		"something unknown":                     {"priority": 1},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.refused("invalid_input", "POST", "/firewalls", ruled(changes))
		})
	}
	p.t = t
	p.refused("invalid_input", "POST", "/firewalls", fields{"name": "fw", "rules": slices.Repeat(ruled(nil)["rules"].([]fields), 51)})
	p.refused("firewall_resource_not_found", "POST", "/firewalls", fields{"name": "fw", "apply_to": []fields{{"type": "server", "server": fields{"id": 7}}}})
}

func TestFirewallsBySelector(t *testing.T) {
	p := newProject(t)
	s := p.server("worker", "fsn1")
	p.do("PUT", fmt.Sprintf("/servers/%d", s), fields{"labels": fields{"serves": "api"}})
	f := fmt.Sprintf("/firewalls/%d", id(p.do("POST", "/firewalls", ruled(nil)), "firewall"))
	by := []fields{{"type": "label_selector", "label_selector": fields{"selector": "serves=api"}}}
	p.done("POST", f+"/actions/apply_to_resources", fields{"apply_to": by})
	p.expect(p.do("GET", f, nil), float64(s), "firewall", "applied_to", 0, "applied_to_resources", 0, "server", "id")
	p.expect(p.do("GET", fmt.Sprintf("/servers/%d", s), nil), "applied", "server", "public_net", "firewalls", 0, "status")
	p.refused("firewall_already_applied", "POST", f+"/actions/apply_to_resources", fields{"apply_to": by})
	p.refused("resource_in_use", "DELETE", f, nil)

	p.refused("invalid_input", "POST", f+"/actions/set_rules", fields{})
	p.do("POST", f+"/actions/set_rules", fields{"rules": []fields{}})
	p.refused("locked", "POST", f+"/actions/set_rules", fields{"rules": []fields{}})
	p.clock.Advance(settle)
	p.expect(p.do("GET", f, nil), nil, "firewall", "rules", 0)
	p.done("POST", f+"/actions/remove_from_resources", fields{"remove_from": by})
	p.do("DELETE", f, nil)
}
