package fake

import (
	"fmt"
	"testing"
)

// balancer makes a load balancer and returns its path.
func (p *project) balancer() string {
	p.t.Helper()
	out := p.done("POST", "/load_balancers", fields{"name": "lb", "load_balancer_type": "lb11", "location": "fsn1"})
	return fmt.Sprintf("/load_balancers/%d", id(out, "load_balancer"))
}

func TestLoadBalancersThatAreRefused(t *testing.T) {
	p := newProject(t)
	for _, body := range []fields{
		{"name": "lb", "load_balancer_type": "lb99", "location": "fsn1"},
		{"name": "lb", "load_balancer_type": "lb11"},
		{"name": "lb", "load_balancer_type": "lb11", "location": "mars1"},
		{"name": "lb", "load_balancer_type": "lb11", "location": "fsn1", "network_zone": "eu-central"},
		{"name": "lb", "load_balancer_type": "lb11", "location": "fsn1", "algorithm": fields{"type": "random"}},
		{"load_balancer_type": "lb11", "location": "fsn1"},
	} {
		p.refused("invalid_input", "POST", "/load_balancers", body)
	}
	b := p.balancer()
	p.refused("uniqueness_error", "POST", "/load_balancers", fields{"name": "lb", "load_balancer_type": "lb11", "location": "fsn1"})
	p.refused("invalid_load_balancer_type", "POST", b+"/actions/change_type", fields{"load_balancer_type": "lb11"})
	for port := 1; port <= 5; port++ {
		p.done("POST", b+"/actions/add_service", fields{"protocol": "tcp", "listen_port": port, "destination_port": port})
	}
	p.refused("resource_limit_exceeded", "POST", b+"/actions/add_service", fields{"protocol": "http"})
	p.done("POST", b+"/actions/change_type", fields{"load_balancer_type": "lb21"})
	p.done("POST", b+"/actions/add_service", fields{"protocol": "http"})
	p.refused("invalid_load_balancer_type", "POST", b+"/actions/change_type", fields{"load_balancer_type": "lb11"})
	ip := at(p.do("GET", b, nil), "load_balancer", "public_net", "ipv6", "ip")
	p.refusedWith("invalid_input", "no address", "POST", b+"/actions/change_dns_ptr", fields{"ip": "192.0.2.1", "dns_ptr": "a.example.com"})
	p.done("POST", b+"/actions/change_dns_ptr", fields{"ip": ip, "dns_ptr": "a.example.com"})
	p.expect(p.do("GET", b, nil), "a.example.com", "load_balancer", "public_net", "ipv6", "dns_ptr")
	p.done("POST", b+"/actions/change_dns_ptr", fields{"ip": ip, "dns_ptr": nil})
	p.expect(p.do("GET", b, nil), nil, "load_balancer", "public_net", "ipv6", "dns_ptr")
	p.do("DELETE", b, nil)
	p.refused("locked", "DELETE", b, nil)
	p.clock.Advance(settle)
	p.refused("not_found", "DELETE", b, nil)
}

func TestServicesThatAreRefused(t *testing.T) {
	p := newProject(t)
	b := p.balancer()
	p.done("POST", b+"/actions/add_service", fields{"protocol": "http"})
	health := func(changes fields) fields {
		h := fields{"protocol": "http", "port": 8000, "interval": 15, "timeout": 10, "retries": 3}
		for name, value := range changes {
			h[name] = value
		}
		return fields{"protocol": "http", "listen_port": 8000, "health_check": h}
	}
	for name, tt := range map[string]struct {
		code string
		body fields
	}{
		"the port is taken":               {"source_port_already_used", fields{"protocol": "http"}},
		"a protocol that is none":         {"invalid_input", fields{"protocol": "udp"}},
		"TCP without ports":               {"invalid_input", fields{"protocol": "tcp"}},
		"a port that is none":             {"invalid_input", fields{"protocol": "tcp", "listen_port": 70000, "destination_port": 1}},
		"HTTP of TCP":                     {"invalid_input", fields{"protocol": "tcp", "listen_port": 1, "destination_port": 1, "http": fields{"sticky_sessions": true}}},
		"HTTPS without certificates":      {"invalid_input", fields{"protocol": "https"}},
		"a certificate that is not there": {"invalid_input", fields{"protocol": "https", "http": fields{"certificates": []int{7}}}},
		"redirection of HTTP":             {"invalid_input", fields{"protocol": "http", "listen_port": 81, "http": fields{"redirect_http": true}}},
		"a short time":                    {"invalid_input", fields{"protocol": "http", "listen_port": 81, "http": fields{"timeout_idle": 29}}},
		"questions too often":             {"invalid_input", health(fields{"interval": 2})},
		"answers after the next question": {"invalid_input", health(fields{"interval": 5, "timeout": 6})},
		"a code that is none":             {"invalid_input", health(fields{"http": fields{"path": "/", "status_codes": []string{"9xx"}}})},
		"a path of TCP":                   {"invalid_input", health(fields{"protocol": "tcp", "http": fields{"path": "/"}})},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.refused(tt.code, "POST", b+"/actions/add_service", tt.body)
		})
	}
}

func TestServiceChanges(t *testing.T) {
	p := newProject(t)
	b := p.balancer()
	p.done("POST", b+"/actions/add_service", fields{"protocol": "http", "destination_port": 8000})
	out := p.do("GET", b, nil)
	p.expect(out, 80, "load_balancer", "services", 0, "listen_port")
	p.expect(out, 8000, "load_balancer", "services", 0, "health_check", "port")
	p.expect(out, "HCLBSTICKY", "load_balancer", "services", 0, "http", "cookie_name")

	p.refused("not_found", "POST", b+"/actions/update_service", fields{"listen_port": 81})
	p.do("POST", b+"/actions/update_service", fields{"listen_port": 80, "http": fields{"sticky_sessions": true}, "health_check": fields{"protocol": "tcp"}})
	p.expect(p.do("GET", b, nil), false, "load_balancer", "services", 0, "http", "sticky_sessions")
	p.clock.Advance(settle)
	out = p.do("GET", b, nil)
	p.expect(out, true, "load_balancer", "services", 0, "http", "sticky_sessions")
	p.expect(out, "HCLBSTICKY", "load_balancer", "services", 0, "http", "cookie_name")
	p.expect(out, nil, "load_balancer", "services", 0, "health_check", "http")
	p.done("POST", b+"/actions/delete_service", fields{"listen_port": 80})
	p.refused("not_found", "POST", b+"/actions/delete_service", fields{"listen_port": 80})
}

func TestTargetsInNetworks(t *testing.T) {
	p := newProject(t)
	b, s, far := p.balancer(), p.server("worker", "fsn1"), p.server("far", "ash")
	target := func(server int64, private bool) fields {
		return fields{"type": "server", "server": fields{"id": server}, "use_private_ip": private}
	}
	add, remove := b+"/actions/add_target", b+"/actions/remove_target"
	p.refused("not_found", "POST", add, target(7, false))
	p.refused("invalid_input", "POST", add, target(far, false))
	p.refused("invalid_input", "POST", add, fields{"type": "server"})
	p.refused("invalid_input", "POST", add, fields{"type": "ip", "ip": fields{"ip": "x"}})
	p.refused("cloud_resource_ip_not_allowed", "POST", add, fields{"type": "ip", "ip": fields{"ip": at(p.do("GET", b, nil), "load_balancer", "public_net", "ipv4", "ip")}})
	p.refused("load_balancer_not_attached_to_network", "POST", add, target(s, true))
	p.refused("load_balancer_not_attached_to_network", "POST", b+"/actions/disable_public_interface", nil)
	p.refused("load_balancer_target_not_found", "POST", remove, target(s, false))

	n := id(p.done("POST", "/networks", fields{"name": "n", "ip_range": "10.0.0.0/16"}), "network")
	attach := b + "/actions/attach_to_network"
	p.refused("no_subnet_available", "POST", attach, fields{"network": n})
	p.done("POST", fmt.Sprintf("/networks/%d/actions/add_subnet", n), fields{"type": "cloud", "network_zone": "eu-central", "ip_range": "10.0.1.0/24"})
	p.refused("ip_not_available", "POST", attach, fields{"network": n, "ip": "10.0.2.5"})
	p.done("POST", attach, fields{"network": n, "ip_range": "10.0.1.0/24"})
	p.refused("load_balancer_already_attached", "POST", attach, fields{"network": n})
	p.expect(p.do("GET", fmt.Sprintf("/networks/%d", n), nil), float64(at(p.do("GET", b, nil), "load_balancer", "id").(float64)), "network", "load_balancers", 0)
	p.refused("service_error", "POST", fmt.Sprintf("/networks/%d/actions/delete_subnet", n), fields{"ip_range": "10.0.1.0/24"})

	p.refused("server_not_attached_to_network", "POST", add, target(s, true))
	p.done("POST", fmt.Sprintf("/servers/%d/actions/attach_to_network", s), fields{"network": n})
	p.done("POST", add, target(s, false))
	p.refused("target_already_defined", "POST", add, target(s, true))
	p.refused("targets_without_use_private_ip", "POST", b+"/actions/disable_public_interface", nil)
	p.done("POST", remove, target(s, false))
	p.done("POST", add, target(s, true))
	p.done("POST", b+"/actions/disable_public_interface", nil)
	p.expect(p.do("GET", b, nil), false, "load_balancer", "public_net", "enabled")

	// What is reached in a network is no target any more without it.
	p.done("POST", b+"/actions/detach_from_network", fields{"network": n})
	p.expect(p.do("GET", b, nil), nil, "load_balancer", "targets", 0)
}
