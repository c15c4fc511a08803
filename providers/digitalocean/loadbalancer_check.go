package digitalocean

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// globalLB is the type of load balancers that are in no region.
const globalLB = "GLOBAL"

func checkLoadBalancer(was *loadBalancer, want loadBalancer) error {
	if err := cmp.Or(want.checkWords(), checkProjects(want.Project, want.ProjectID)); err != nil {
		return err
	}
	units, sized := lbSizes[want.Size]
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.Type == globalLB && want.Region != "":
		return fmt.Errorf("a load balancer of type GLOBAL is in no region: drop region = %q", want.Region)
	case want.Type != globalLB && want.Region == "":
		return errors.New("region must be set, unless type is GLOBAL")
	case want.Size != "" && !sized:
		return fmt.Errorf("size %q is none of lb-small, lb-medium and lb-large", want.Size)
	case was == nil && sized && want.SizeUnit != 0 && want.SizeUnit != units:
		return errors.New("size and size_unit exclude each other: set one of them")
	case want.SizeUnit != 0 && (want.SizeUnit < 1 || want.SizeUnit > 200):
		return fmt.Errorf("size_unit is %d, it goes from 1 to 200", want.SizeUnit)
	case was == nil && want.DropletTag != "" && len(want.DropletIDs) > 0:
		return errors.New("droplet_ids and droplet_tag exclude each other: set one of them")
	case want.HTTPIdleTimeout != 0 && (want.HTTPIdleTimeout < 30 || want.HTTPIdleTimeout > 600):
		return fmt.Errorf("http_idle_timeout_seconds is %d, it goes from 30 to 600", want.HTTPIdleTimeout)
	case want.SubnetUUID != "" && want.VPCUUID == "":
		return errors.New("subnet_uuid needs vpc_uuid")
	}
	if err := want.checkRules(); err != nil {
		return err
	}
	if err := want.checkParts(); err != nil {
		return err
	}
	return checkTags(slices.DeleteFunc([]string{want.DropletTag}, func(t string) bool { return t == "" }))
}

func (x *loadBalancer) checkWords() error {
	for _, f := range []struct {
		name, value string
		words       []string
	}{
		{"type", x.Type, []string{"REGIONAL", "REGIONAL_NETWORK", globalLB}},
		{"network", x.Network, []string{"EXTERNAL", "INTERNAL"}},
		{"network_stack", x.NetworkStack, []string{"IPV4", "DUALSTACK"}},
		{"tls_cipher_policy", x.TLSCipherPolicy, []string{"DEFAULT", "STRONG"}},
		{"algorithm", x.Algorithm, []string{"round_robin", "least_connections"}},
	} {
		if f.value != "" && !slices.Contains(f.words, f.value) {
			return fmt.Errorf("%s %q is none of %s", f.name, f.value, strings.Join(f.words, ", "))
		}
	}
	return nil
}

func (x *loadBalancer) checkRules() error {
	switch {
	case x.Type == globalLB && len(x.ForwardingRules) > 0:
		return errors.New("a load balancer of type GLOBAL has glb_settings in place of a forwarding_rule")
	case x.Type != globalLB && len(x.ForwardingRules) == 0:
		return errors.New("a load balancer needs a forwarding_rule")
	case x.Type != globalLB && len(x.GLBSettings) > 0:
		return errors.New("glb_settings are for type GLOBAL")
	case x.Type == globalLB && len(x.GLBSettings) == 0:
		return errors.New("a load balancer of type GLOBAL needs glb_settings")
	}
	for _, r := range x.ForwardingRules {
		if err := r.check(); err != nil {
			return fmt.Errorf("forwarding_rule of port %d: %w", r.EntryPort, err)
		}
	}
	return nil
}

func (r forwardingRule) check() error {
	certified := r.CertificateName+r.CertificateID != ""
	secure := slices.Contains([]string{"https", "http2", "http3"}, r.EntryProtocol)
	switch {
	case !slices.Contains([]string{"http", "https", "http2", "http3", "tcp", "udp"}, r.EntryProtocol):
		return fmt.Errorf("entry_protocol %q is none of http, https, http2, http3, tcp and udp", r.EntryProtocol)
	case !slices.Contains([]string{"http", "https", "http2", "tcp", "udp"}, r.TargetProtocol):
		return fmt.Errorf("target_protocol %q is none of http, https, http2, tcp and udp", r.TargetProtocol)
	case r.EntryPort < 1 || r.EntryPort > 65535 || r.TargetPort < 1 || r.TargetPort > 65535:
		return errors.New("ports go from 1 to 65535")
	case (r.EntryProtocol == "udp") != (r.TargetProtocol == "udp"):
		return errors.New("udp goes to udp only")
	case r.TLSPassthrough && certified:
		return errors.New("with tls_passthrough the droplets have the certificate: drop certificate_name")
	case secure && !r.TLSPassthrough && !certified:
		return fmt.Errorf("%s needs a certificate_name, or tls_passthrough = true", r.EntryProtocol)
	}
	return nil
}

func (x *loadBalancer) checkParts() error {
	for _, h := range x.HealthCheck {
		if err := h.check(); err != nil {
			return fmt.Errorf("healthcheck: %w", err)
		}
	}
	for _, s := range x.StickySessions {
		if err := s.check(); err != nil {
			return fmt.Errorf("sticky_sessions: %w", err)
		}
	}
	for _, f := range x.Firewall {
		for _, source := range slices.Concat(f.Allow, f.Deny) {
			if err := checkFirewallSource(source); err != nil {
				return fmt.Errorf("firewall: %w", err)
			}
		}
	}
	for _, g := range x.GLBSettings {
		if ports := map[string]int{"http": 80, "https": 443, "http2": 443}; ports[g.TargetProtocol] != g.TargetPort {
			return errors.New("glb_settings: the target is http and 80, or https or http2 and 443")
		}
	}
	return nil
}

func (h lbHealth) check() error {
	switch {
	case !slices.Contains([]string{"http", "https", "tcp"}, h.Protocol):
		return fmt.Errorf("protocol %q is none of http, https and tcp", h.Protocol)
	case h.Protocol == "tcp" && h.Path != "":
		return errors.New("tcp has no path")
	case h.Protocol != "tcp" && h.Path == "":
		return fmt.Errorf("%s needs a path, such as \"/\"", h.Protocol)
	}
	for _, f := range []struct {
		name             string
		value, low, high int
	}{
		{"port", h.Port, 1, 65535},
		{"check_interval_seconds", h.Interval, 3, 300},
		{"response_timeout_seconds", h.Timeout, 3, 300},
		{"unhealthy_threshold", h.Unhealthy, 2, 10},
		{"healthy_threshold", h.Healthy, 2, 10},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("%s is %d, it goes from %d to %d", f.name, f.value, f.low, f.high)
		}
	}
	return nil
}

func (s lbSticky) check() error {
	switch {
	case s.Type != "none" && s.Type != "cookies":
		return fmt.Errorf("type %q is neither cookies nor none", s.Type)
	case s.Type == "none" && (s.CookieName != "" || s.CookieTTL != 0):
		return errors.New("cookie_name and cookie_ttl_seconds are for type = \"cookies\"")
	case s.Type == "cookies" && (len(s.CookieName) < 2 || len(s.CookieName) > 40 || s.CookieTTL < 1):
		return errors.New("type = \"cookies\" needs a cookie_name of 2 to 40 characters and a cookie_ttl_seconds")
	}
	return nil
}

// checkFirewallSource refuses what is not ip: and an address or cidr: and a range.
func checkFirewallSource(source string) error {
	kind, value, _ := strings.Cut(source, ":")
	_, noIP := netip.ParseAddr(value)
	_, noRange := netip.ParsePrefix(value)
	if kind == "ip" && noIP == nil || kind == "cidr" && noRange == nil {
		return nil
	}
	return fmt.Errorf("source %q is not of the form ip:192.0.2.7 or cidr:192.0.2.0/24", source)
}
