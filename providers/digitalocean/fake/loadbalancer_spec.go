package fake

import (
	"net/netip"
	"slices"
	"strings"
)

// The words of the API for load balancers.
const (
	globalLB   = "GLOBAL"
	regionalLB = "REGIONAL"
	networkLB  = "REGIONAL_NETWORK"
	internalLB = "INTERNAL"
	externalLB = "EXTERNAL"
	dualStack  = "DUALSTACK"
)

// lbSpec is the body of create and PUT, and what is kept of it.
type lbSpec struct {
	Name       string     `json:"name"`
	Region     string     `json:"region"`
	Algorithm  string     `json:"algorithm"`
	Size       string     `json:"size"`
	Units      int        `json:"size_unit"`
	Type       string     `json:"type"`
	Network    string     `json:"network"`
	Stack      string     `json:"network_stack"`
	Ciphers    string     `json:"tls_cipher_policy"`
	Rules      []lbRule   `json:"forwarding_rules"`
	Health     *lbHealth  `json:"health_check"`
	Sticky     *lbSticky  `json:"sticky_sessions"`
	DropletIDs []int      `json:"droplet_ids"`
	Tag        string     `json:"tag"`
	Redirect   bool       `json:"redirect_http_to_https"`
	Proxy      bool       `json:"enable_proxy_protocol"`
	Keepalive  bool       `json:"enable_backend_keepalive"`
	NoRecords  bool       `json:"disable_lets_encrypt_dns_records"`
	Idle       int        `json:"http_idle_timeout_seconds"`
	VPC        string     `json:"vpc_uuid"`
	Project    string     `json:"project_id"`
	Firewall   lbFirewall `json:"firewall"`
	Domains    []lbDomain `json:"domains"`
	Global     *lbGlobal  `json:"glb_settings"`
	Targets    []string   `json:"target_load_balancer_ids"`
}

type lbRule struct {
	EntryProtocol  string `json:"entry_protocol"`
	EntryPort      int    `json:"entry_port"`
	TargetProtocol string `json:"target_protocol"`
	TargetPort     int    `json:"target_port"`
	Certificate    string `json:"certificate_id"`
	Passthrough    bool   `json:"tls_passthrough"`
}

type lbHealth struct {
	Protocol  string `json:"protocol"`
	Port      int    `json:"port"`
	Path      string `json:"path"`
	Interval  int    `json:"check_interval_seconds"`
	Timeout   int    `json:"response_timeout_seconds"`
	Unhealthy int    `json:"unhealthy_threshold"`
	Healthy   int    `json:"healthy_threshold"`
}

type lbSticky struct {
	Type   string `json:"type"`
	Cookie string `json:"cookie_name,omitempty"`
	TTL    int    `json:"cookie_ttl_seconds,omitempty"`
}

type lbFirewall struct {
	Allow []string `json:"allow"`
	Deny  []string `json:"deny"`
}

type lbDomain struct {
	Name        string `json:"name"`
	Managed     bool   `json:"is_managed"`
	Certificate string `json:"certificate_id,omitempty"`
}

type lbGlobal struct {
	Protocol   string         `json:"target_protocol"`
	Port       int            `json:"target_port"`
	CDN        *lbCDN         `json:"cdn,omitempty"`
	Priorities map[string]int `json:"region_priorities,omitempty"`
	Threshold  int            `json:"failover_threshold,omitempty"`
}

type lbCDN struct {
	Enabled bool `json:"is_enabled"`
}

// lbSizes are the numbers of nodes that the old names mean.
var lbSizes = map[string]int{"lb-small": 1, "lb-medium": 3, "lb-large": 6}

// maxLBUnits is how many nodes a load balancer can have.
const maxLBUnits = 100

// slug is the old name of a size, the next smaller one where there is none.
func (s lbSpec) slug() string {
	switch {
	case s.Units >= lbSizes["lb-large"]:
		return "lb-large"
	case s.Units >= lbSizes["lb-medium"]:
		return "lb-medium"
	}
	return "lb-small"
}

// certificates are the ids of those that s uses.
func (s lbSpec) certificates() []string {
	var out []string
	for _, r := range s.Rules {
		out = append(out, r.Certificate)
	}
	for _, d := range s.Domains {
		out = append(out, d.Certificate)
	}
	return slices.DeleteFunc(out, func(id string) bool { return id == "" })
}

// checkLoadBalancer refuses a wrong body and fills in the defaults.
func (c *Cloud) checkLoadBalancer(q *request, in *lbSpec) error {
	if in.Name == "" {
		return invalid("name is required")
	}
	if err := in.checkWords(); err != nil {
		return err
	}
	if err := in.checkSize(); err != nil {
		return err
	}
	if err := in.checkHealth(); err != nil {
		return err
	}
	if err := in.checkSticky(); err != nil {
		return err
	}
	if err := in.Firewall.check(); err != nil {
		return err
	}
	if in.Idle == 0 {
		in.Idle = 60
	}
	if in.Idle < 30 || in.Idle > 600 {
		return invalid("http_idle_timeout_seconds must be between 30 and 600")
	}
	if err := c.checkCertificates(q, in); err != nil {
		return err
	}
	if in.Type == globalLB {
		return c.checkGlobal(q, in)
	}
	if err := in.checkRules(); err != nil {
		return err
	}
	return c.checkBackends(q, in)
}

func (s *lbSpec) checkWords() error {
	for _, f := range []struct {
		name  string
		field *string
		words []string // the first is the default
	}{
		{"type", &s.Type, []string{regionalLB, networkLB, globalLB}},
		{"network", &s.Network, []string{externalLB, internalLB}},
		{"network_stack", &s.Stack, []string{"IPV4", dualStack}},
		{"tls_cipher_policy", &s.Ciphers, []string{"DEFAULT", "STRONG"}},
		{"algorithm", &s.Algorithm, []string{"round_robin", "least_connections"}},
	} {
		if *f.field == "" {
			*f.field = f.words[0]
		}
		if !slices.Contains(f.words, *f.field) {
			return invalid("%s must be one of %s", f.name, strings.Join(f.words, ", "))
		}
	}
	switch {
	case s.Type == globalLB && s.Region != "":
		return invalid("region must be empty for a global load balancer")
	case s.Type != globalLB && !regionExists(s.Region):
		return invalid("Region is not available")
	case s.Type == globalLB && s.Network == internalLB, s.Network == internalLB && s.Stack == dualStack:
		return invalid("an internal load balancer is regional and has IPv4 only")
	}
	return nil
}

func (s *lbSpec) checkSize() error {
	units, known := lbSizes[s.Size]
	switch {
	case s.Size != "" && !known:
		return invalid("size must be lb-small, lb-medium or lb-large")
	case s.Size != "" && s.Units != 0 && s.Units != units:
		return invalid("only one of size and size_unit can be set")
	case s.Units == 0:
		s.Units = max(units, 1)
	}
	if s.Units < 1 || s.Units > maxLBUnits {
		return invalid("size_unit must be between 1 and %d", maxLBUnits)
	}
	s.Size = ""
	return nil
}

func (s *lbSpec) checkHealth() error {
	if s.Health == nil {
		s.Health = &lbHealth{}
	}
	h := s.Health
	if h.Protocol == "" {
		h.Protocol = "http"
	}
	if !slices.Contains([]string{"http", "https", "tcp"}, h.Protocol) {
		return invalid("health check protocol must be http, https or tcp")
	}
	switch {
	case h.Protocol == "tcp" && h.Path != "":
		return invalid("health check path is not allowed for tcp")
	case h.Protocol != "tcp" && h.Path == "":
		h.Path = "/"
	}
	for _, f := range []struct {
		name             string
		field            *int
		usual, low, high int
	}{
		{"port", &h.Port, 80, 1, 65535},
		{"check_interval_seconds", &h.Interval, 10, 3, 300},
		{"response_timeout_seconds", &h.Timeout, 5, 3, 300},
		{"unhealthy_threshold", &h.Unhealthy, 5, 2, 10},
		{"healthy_threshold", &h.Healthy, 3, 2, 10},
	} {
		if *f.field == 0 {
			*f.field = f.usual
		}
		if *f.field < f.low || *f.field > f.high {
			return invalid("health check %s must be between %d and %d", f.name, f.low, f.high)
		}
	}
	return nil
}

func (s *lbSpec) checkSticky() error {
	if s.Sticky == nil || s.Sticky.Type == "" {
		s.Sticky = &lbSticky{Type: "none"}
	}
	switch t := s.Sticky; {
	case t.Type != "none" && t.Type != "cookies":
		return invalid("sticky sessions type must be cookies or none")
	case t.Type == "cookies" && (len(t.Cookie) < 2 || len(t.Cookie) > 40 || t.TTL < 1):
		return invalid("sticky sessions of type cookies need a cookie_name of 2 to 40 characters and a cookie_ttl_seconds")
	case t.Type == "none" && (t.Cookie != "" || t.TTL != 0):
		return invalid("sticky sessions of type none have neither cookie_name nor cookie_ttl_seconds")
	}
	return nil
}

// check refuses sources that are no address and no range.
func (f lbFirewall) check() error {
	for _, source := range slices.Concat(f.Allow, f.Deny) {
		kind, value, _ := strings.Cut(source, ":")
		var err error
		switch kind {
		case "ip":
			_, err = netip.ParseAddr(value)
		case "cidr":
			_, err = netip.ParsePrefix(value)
		default:
			return invalid("firewall source %q must be of the form ip:1.2.3.4 or cidr:1.2.0.0/16", source)
		}
		if err != nil {
			return invalid("firewall source %q is not valid", source)
		}
	}
	return nil
}

func (s *lbSpec) checkRules() error {
	if len(s.Rules) == 0 {
		return invalid("at least one forwarding rule is required")
	}
	seen := map[string]bool{}
	for _, r := range s.Rules {
		if err := r.check(s.Type); err != nil {
			return err
		}
		entry := "tcp " + itoa(r.EntryPort)
		if r.EntryProtocol == "udp" || r.EntryProtocol == "http3" {
			entry = "udp " + itoa(r.EntryPort)
		}
		if seen[entry] {
			return invalid("only one forwarding rule can have the entry port %d", r.EntryPort)
		}
		seen[entry] = true
	}
	return nil
}

func (r lbRule) check(kind string) error {
	secure := slices.Contains([]string{"https", "http2", "http3"}, r.EntryProtocol)
	switch {
	case !slices.Contains([]string{"http", "https", "http2", "http3", "tcp", "udp"}, r.EntryProtocol):
		return invalid("entry_protocol %q is not valid", r.EntryProtocol)
	case !slices.Contains([]string{"http", "https", "http2", "tcp", "udp"}, r.TargetProtocol):
		return invalid("target_protocol %q is not valid", r.TargetProtocol)
	case r.EntryPort < 1 || r.EntryPort > 65535 || r.TargetPort < 1 || r.TargetPort > 65535:
		return invalid("ports must be between 1 and 65535")
	case (r.EntryProtocol == "udp") != (r.TargetProtocol == "udp"):
		return invalid("udp can only be forwarded to udp")
	case (r.EntryProtocol == "tcp") != (r.TargetProtocol == "tcp"):
		return invalid("tcp can only be forwarded to tcp")
	case kind == networkLB && r.EntryProtocol != "tcp" && r.EntryProtocol != "udp":
		return invalid("a network load balancer forwards tcp and udp only")
	case r.Passthrough && (r.Certificate != "" || !secure || r.TargetProtocol != r.EntryProtocol):
		return invalid("tls_passthrough needs the same secure protocol on both sides and no certificate")
	case secure && !r.Passthrough && r.Certificate == "":
		return invalid("%s needs a certificate or tls_passthrough", r.EntryProtocol)
	case !secure && r.Certificate != "":
		return invalid("%s takes no certificate", r.EntryProtocol)
	}
	return nil
}

func (c *Cloud) checkCertificates(q *request, in *lbSpec) error {
	for _, id := range in.certificates() {
		x, found := c.s.Certificates.Find(id)
		if !found {
			return invalid("certificate %s not found", id)
		}
		if c.certificateState(q, x) != "verified" {
			return invalid("certificate %s is not verified", id)
		}
	}
	return nil
}

// checkBackends refuses Droplets and tags that do not exist.
func (c *Cloud) checkBackends(q *request, in *lbSpec) error {
	if in.Tag != "" && len(in.DropletIDs) > 0 {
		return invalid("droplet_ids and tag are mutually exclusive")
	}
	if in.Tag != "" {
		return c.checkTargets(q, nil, []string{in.Tag})
	}
	for _, id := range in.DropletIDs {
		d, err := c.liveDroplet(q, id)
		if err != nil {
			return invalid("droplet %d not found", id)
		}
		if d.Region != in.Region {
			return invalid("droplet %d is not in region %s", id, in.Region)
		}
	}
	return nil
}

func (c *Cloud) checkGlobal(q *request, in *lbSpec) error {
	g := in.Global
	switch {
	case g == nil:
		return invalid("glb_settings is required for a global load balancer")
	case len(in.Rules) > 0:
		return invalid("a global load balancer has no forwarding rules")
	case !(g.Protocol == "http" && g.Port == 80) && !(g.Protocol == "https" && g.Port == 443) && !(g.Protocol == "http2" && g.Port == 443):
		return invalid("glb_settings: target_protocol and target_port do not match")
	case len(in.Domains) == 0:
		return invalid("a global load balancer needs a domain")
	}
	for _, id := range in.Targets {
		b, found := c.s.LoadBalancers.Find(id)
		if !found || !b.visible(q.now, c.o) || b.Spec.Type == globalLB {
			return invalid("target load balancer %s not found", id)
		}
	}
	return nil
}
