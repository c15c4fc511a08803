package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/digitalocean/godo"
)

type forwardingRule struct {
	EntryProtocol   string `cty:"entry_protocol"   is:"required"   doc:"Protocol of clients: http, https, http2, http3, tcp or udp."`
	EntryPort       int    `cty:"entry_port"       is:"required"   doc:"Port that clients connect to."`
	TargetProtocol  string `cty:"target_protocol"  is:"required"   doc:"Protocol of droplets: http, https, http2, tcp or udp."`
	TargetPort      int    `cty:"target_port"      is:"required"   doc:"Port of the droplets."`
	CertificateName string `cty:"certificate_name" is:"optional,ref=digitalocean_certificate.name" doc:"Name of the certificate shown to clients."`
	CertificateID   string `cty:"certificate_id"   is:"optional,ref=digitalocean_certificate" usual:"*" doc:"Deprecated name of certificate_name; a UUID does as well."`
	TLSPassthrough  bool   `cty:"tls_passthrough"  is:"else=false" doc:"Whether droplets do the encryption."`
}

type lbHealth struct {
	Protocol  string `cty:"protocol"                 is:"required" usual:"http" doc:"http, https or tcp."`
	Port      int    `cty:"port"                     is:"required" usual:"80" doc:"Port that is asked."`
	Path      string `cty:"path"                     is:"optional" usual:"/" doc:"Path that is asked for, of http and https."`
	Interval  int    `cty:"check_interval_seconds"   is:"else=10"  doc:"Seconds between two questions, 3 to 300."`
	Timeout   int    `cty:"response_timeout_seconds" is:"else=5"   doc:"Seconds until no answer is a failure, 3 to 300."`
	Unhealthy int    `cty:"unhealthy_threshold"      is:"else=3" usual:"5"   doc:"Failures until a droplet gets no more, 2 to 10."`
	Healthy   int    `cty:"healthy_threshold"        is:"else=5" usual:"3"   doc:"Successes until it gets some again, 2 to 10."`
}

type lbSticky struct {
	Type       string `cty:"type"               is:"else=none" usual:"none" doc:"cookies or none."`
	CookieName string `cty:"cookie_name"        is:"optional"  doc:"Name of the cookie, 2 to 40 characters."`
	CookieTTL  int    `cty:"cookie_ttl_seconds" is:"optional"  doc:"Seconds that the cookie lasts."`
}

type lbFirewall struct {
	Allow []string `cty:"allow" is:"optional" doc:"Who may connect, such as ip:192.0.2.7 or cidr:192.0.2.0/24."`
	Deny  []string `cty:"deny"  is:"optional" doc:"Who may not."`
}

type lbDomain struct {
	Name               string   `cty:"name"                         is:"required"   doc:"Name of the domain."`
	IsManaged          bool     `cty:"is_managed"                   is:"else=false" doc:"Whether its DNS is DigitalOcean's."`
	CertificateName    string   `cty:"certificate_name"             is:"default,ref=digitalocean_certificate.name" doc:"Name of its certificate."`
	CertificateID      string   `cty:"certificate_id"               is:"computed"   doc:"Name of its certificate, as certificate_name."`
	VerificationErrors []string `cty:"verification_error_reasons"   is:"computed"   doc:"Why the domain is not verified."`
	SSLErrors          []string `cty:"ssl_validation_error_reasons" is:"computed"   doc:"Why its certificate is not valid."`
}

type lbGlobal struct {
	TargetProtocol    string         `cty:"target_protocol"    is:"required"       doc:"http, https or http2."`
	TargetPort        int            `cty:"target_port"        is:"required"       doc:"80 for http, 443 for https and http2."`
	RegionPriorities  map[string]int `cty:"region_priorities"  is:"optional"       doc:"Priorities of regions; the smallest comes first."`
	FailoverThreshold int            `cty:"failover_threshold" is:"optional"       doc:"Share of failures in percent at which the next region serves."`
	CDN               []lbCDN        `cty:"cdn"                is:"optional,max=1" doc:"Whether answers are cached."`
}

type lbCDN struct {
	IsEnabled bool `cty:"is_enabled" is:"else=false" doc:"Whether answers are cached."`
}

// lbSizes are the numbers of nodes that the old names mean.
var lbSizes = map[string]int{"lb-small": 1, "lb-medium": 3, "lb-large": 6}

// lbBody is a request with its droplets, empty or not: the API's document wants
// either them or a tag.
type lbBody struct {
	*godo.LoadBalancerRequest
	DropletIDs *[]int `json:"droplet_ids,omitempty"`
}

// sendLoadBalancer sends all of x and fills it from the answer.
func sendLoadBalancer(ctx context.Context, c *client, method, path string, x *loadBalancer) error {
	certificates := certificatesOf(ctx, c)
	body, err := x.request(certificates)
	if err != nil {
		return err
	}
	var root struct {
		LoadBalancer *godo.LoadBalancer `json:"load_balancer"`
	}
	if err := call(ctx, c, method, path, body, &root); err != nil {
		return err
	}
	return x.observe(root.LoadBalancer, certificates)
}

func (x *loadBalancer) request(certificates func() ([]certificate, error)) (*lbBody, error) {
	req := &godo.LoadBalancerRequest{
		Name: x.Name, Algorithm: x.Algorithm, Region: x.Region, Type: x.Type, Tag: x.DropletTag, IP: x.IP,
		RedirectHttpToHttps: x.RedirectHTTPToHTTPS, EnableProxyProtocol: x.EnableProxyProtocol, EnableBackendKeepalive: x.EnableBackendKeepalive,
		VPCUUID: x.VPCUUID, VPCSubnetUUID: x.SubnetUUID, DisableLetsEncryptDNSRecords: &x.NoLetsEncryptRecords, ProjectID: cmp.Or(x.Project, x.ProjectID),
		TargetLoadBalancerIDs: x.TargetLoadBalancerIDs, Network: x.Network, NetworkStack: x.NetworkStack, TLSCipherPolicy: x.TLSCipherPolicy,
	}
	if req.SizeUnit = uint32(x.SizeUnit); x.SizeUnit == 0 {
		req.SizeSlug = x.Size
	}
	if x.HTTPIdleTimeout > 0 {
		req.HTTPIdleTimeoutSeconds = new(uint64(x.HTTPIdleTimeout))
	}
	for _, h := range x.HealthCheck {
		req.HealthCheck = &godo.HealthCheck{
			Protocol: h.Protocol, Port: h.Port, Path: h.Path, CheckIntervalSeconds: h.Interval,
			ResponseTimeoutSeconds: h.Timeout, UnhealthyThreshold: h.Unhealthy, HealthyThreshold: h.Healthy,
		}
	}
	for _, s := range x.StickySessions {
		req.StickySessions = &godo.StickySessions{Type: s.Type, CookieName: s.CookieName, CookieTtlSeconds: s.CookieTTL}
	}
	for _, f := range x.Firewall {
		req.Firewall = &godo.LBFirewall{Allow: f.Allow, Deny: f.Deny}
	}
	for _, g := range x.GLBSettings {
		req.GLBSettings = g.request()
	}
	if err := x.requestSecure(req, certificates); err != nil {
		return nil, err
	}
	body := &lbBody{LoadBalancerRequest: req}
	if x.DropletTag == "" && x.Type != globalLB {
		body.DropletIDs = new(append([]int{}, x.DropletIDs...))
	}
	return body, nil
}

func (g lbGlobal) request() *godo.GLBSettings {
	out := &godo.GLBSettings{
		TargetProtocol: g.TargetProtocol, TargetPort: uint32(g.TargetPort), FailoverThreshold: uint32(g.FailoverThreshold),
		CDN: &godo.CDNSettings{IsEnabled: len(g.CDN) > 0 && g.CDN[0].IsEnabled},
	}
	for region, priority := range g.RegionPriorities {
		if out.RegionPriorities == nil {
			out.RegionPriorities = map[string]uint32{}
		}
		out.RegionPriorities[region] = uint32(priority)
	}
	return out
}

// requestSecure adds the parts of req that name certificates: the API knows them
// by their UUIDs.
func (x *loadBalancer) requestSecure(req *godo.LoadBalancerRequest, certificates func() ([]certificate, error)) error {
	for _, r := range x.ForwardingRules {
		id, err := certificateUUID(cmp.Or(r.CertificateName, r.CertificateID), certificates)
		if err != nil {
			return err
		}
		req.ForwardingRules = append(req.ForwardingRules, godo.ForwardingRule{
			EntryProtocol: r.EntryProtocol, EntryPort: r.EntryPort, TargetProtocol: r.TargetProtocol, TargetPort: r.TargetPort,
			CertificateID: id, TlsPassthrough: r.TLSPassthrough,
		})
	}
	for _, d := range x.Domains {
		id, err := certificateUUID(d.CertificateName, certificates)
		if err != nil {
			return err
		}
		req.Domains = append(req.Domains, &godo.LBDomain{Name: d.Name, IsManaged: d.IsManaged, CertificateID: id})
	}
	return nil
}

// certificateUUID returns the UUID of the certificate with a name, or with that UUID.
func certificateUUID(name string, certificates func() ([]certificate, error)) (string, error) {
	if name == "" {
		return "", nil
	}
	all, err := certificates()
	if err != nil {
		return "", err
	}
	for _, of := range []func(certificate) string{
		func(x certificate) string { return x.Name },
		func(x certificate) string { return x.UUID },
	} {
		if i := slices.IndexFunc(all, func(x certificate) bool { return of(x) == name }); i >= 0 {
			return all[i].UUID, nil
		}
	}
	return "", fmt.Errorf("there is no certificate named %q, and none with that UUID", name)
}

// certificateName returns the name of the certificate with a UUID, "" when it is
// not to be seen.
func certificateName(id string, certificates func() ([]certificate, error)) (string, error) {
	if id == "" {
		return "", nil
	}
	all, err := certificates()
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(all, func(x certificate) bool { return x.UUID == id }); i >= 0 {
		return all[i].Name, nil
	}
	return "", nil
}

// fillSecure fills the parts that name certificates. Their names stay the same
// when Let's Encrypt renews them.
func (x *loadBalancer) fillSecure(got *godo.LoadBalancer, certificates func() ([]certificate, error)) error {
	x.ForwardingRules, x.Domains = nil, nil
	for _, r := range got.ForwardingRules {
		name, err := certificateName(r.CertificateID, certificates)
		if err != nil {
			return err
		}
		x.ForwardingRules = append(x.ForwardingRules, forwardingRule{
			EntryProtocol: r.EntryProtocol, EntryPort: r.EntryPort, TargetProtocol: r.TargetProtocol, TargetPort: r.TargetPort,
			CertificateName: name, CertificateID: r.CertificateID, TLSPassthrough: r.TlsPassthrough,
		})
	}
	for _, d := range got.Domains {
		name, err := certificateName(d.CertificateID, certificates)
		if err != nil {
			return err
		}
		x.Domains = append(x.Domains, lbDomain{
			Name: d.Name, IsManaged: d.IsManaged, CertificateName: name, CertificateID: name,
			VerificationErrors: d.VerificationErrorReasons, SSLErrors: d.SSLValidationErrorReasons,
		})
	}
	return nil
}

// same reports whether two rules say the same, however they name the certificate.
func (r forwardingRule) same(o forwardingRule) bool {
	called := func(name, id string, o forwardingRule) bool {
		return name != "" && (name == o.CertificateName || name == o.CertificateID) || id != "" && (id == o.CertificateName || id == o.CertificateID)
	}
	if r.CertificateName+r.CertificateID != "" && !called(r.CertificateName, r.CertificateID, o) {
		return false
	}
	if r.CertificateName+r.CertificateID == "" && o.CertificateName+o.CertificateID != "" {
		return false
	}
	r.CertificateName, r.CertificateID = o.CertificateName, o.CertificateID
	return r == o
}

// fillParts fills the blocks that name no certificates.
func (x *loadBalancer) fillParts(got *godo.LoadBalancer) {
	x.HealthCheck, x.StickySessions, x.Firewall, x.GLBSettings = nil, nil, nil, nil
	if h := got.HealthCheck; h != nil {
		x.HealthCheck = []lbHealth{{
			Protocol: h.Protocol, Port: h.Port, Path: h.Path, Interval: h.CheckIntervalSeconds,
			Timeout: h.ResponseTimeoutSeconds, Unhealthy: h.UnhealthyThreshold, Healthy: h.HealthyThreshold,
		}}
	}
	if s := got.StickySessions; s != nil {
		x.StickySessions = []lbSticky{{Type: cmp.Or(s.Type, "none"), CookieName: s.CookieName, CookieTTL: s.CookieTtlSeconds}}
	}
	if f := got.Firewall; f != nil {
		x.Firewall = []lbFirewall{{Allow: f.Allow, Deny: f.Deny}}
	}
	if g := got.GLBSettings; g != nil {
		out := lbGlobal{TargetProtocol: g.TargetProtocol, TargetPort: int(g.TargetPort), FailoverThreshold: int(g.FailoverThreshold)}
		if g.CDN != nil {
			out.CDN = []lbCDN{{IsEnabled: g.CDN.IsEnabled}}
		}
		for region, priority := range maps.All(g.RegionPriorities) {
			if out.RegionPriorities == nil {
				out.RegionPriorities = map[string]int{}
			}
			out.RegionPriorities[region] = int(priority)
		}
		x.GLBSettings = []lbGlobal{out}
	}
}
