package digitalocean

import (
	"cmp"
	"context"
	"iter"
	"strings"
	"sync"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type loadBalancer struct {
	ID                     string           `cty:"id"                               is:"computed"                            doc:"UUID of the load balancer."`
	Name                   string           `cty:"name"                             is:"required"                            doc:"Name of the load balancer."`
	Region                 string           `cty:"region"                           is:"optional,replace"                    doc:"Slug of the region, such as fra1; none for a global one."`
	Type                   string           `cty:"type"                             is:"default,replace" usual:"REGIONAL"                     doc:"REGIONAL, REGIONAL_NETWORK (TCP and UDP) or GLOBAL."`
	Size                   string           `cty:"size"                             is:"optional"                            doc:"lb-small, lb-medium or lb-large: 1, 3 or 6 nodes; or size_unit."`
	SizeUnit               int              `cty:"size_unit"                        is:"default,after=size" usual:"1"                  doc:"Number of nodes; it can change once an hour."`
	Algorithm              string           `cty:"algorithm"                        is:"else=round_robin,blind"              doc:"Deprecated: the API does not look at it any more."`
	ForwardingRules        []forwardingRule `cty:"forwarding_rule"                  is:"optional,set"                        doc:"What comes in at one port and goes out to another."`
	HealthCheck            []lbHealth       `cty:"healthcheck"                      is:"default,max=1"                       doc:"How the droplets are asked whether they are well."`
	StickySessions         []lbSticky       `cty:"sticky_sessions"                  is:"default,max=1"                       doc:"Whether a client stays with one droplet."`
	DropletIDs             []int            `cty:"droplet_ids"                      is:"default,set,after=droplet_tag,unless=droplet_tag,ref=digitalocean_droplet" doc:"Ids of the droplets behind it."`
	DropletTag             string           `cty:"droplet_tag"                      is:"optional,ref=digitalocean_tag.name"  doc:"Tag of the droplets behind it, in place of their ids."`
	RedirectHTTPToHTTPS    bool             `cty:"redirect_http_to_https"           is:"else=false"                          doc:"Whether port 80 redirects to 443."`
	EnableProxyProtocol    bool             `cty:"enable_proxy_protocol"            is:"else=false"                          doc:"Whether droplets are told of clients by the PROXY protocol."`
	EnableBackendKeepalive bool             `cty:"enable_backend_keepalive"         is:"else=false"                          doc:"Whether connections to droplets are kept for reuse."`
	NoLetsEncryptRecords   bool             `cty:"disable_lets_encrypt_dns_records" is:"else=false"                          doc:"Whether no DNS records are made for certificates."`
	HTTPIdleTimeout        int              `cty:"http_idle_timeout_seconds"        is:"default" usual:"60"                             doc:"Seconds after which idle connections end, 30 to 600."`
	VPCUUID                string           `cty:"vpc_uuid"                         is:"default,replace,ref=digitalocean_vpc" doc:"UUID of its network; the region's default if absent."`
	SubnetUUID             string           `cty:"subnet_uuid"                      is:"default,replace"                     doc:"UUID of the subnet of vpc_uuid."`
	ProjectID              string           `cty:"project_id"                       is:"default,after=project,ref=digitalocean_project"    doc:"UUID of its project; the default one if absent."`
	Project                string           `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"The same as project_id; absent leaves it where it is."`
	Firewall               []lbFirewall     `cty:"firewall"                         is:"default,set,max=1"                   doc:"Who may connect."`
	Domains                []lbDomain       `cty:"domains"                          is:"default,set"                         doc:"Domains of a global load balancer."`
	GLBSettings            []lbGlobal       `cty:"glb_settings"                     is:"default,max=1"                       doc:"Where a global load balancer leads."`
	TargetLoadBalancerIDs  []string         `cty:"target_load_balancer_ids"         is:"default,set,ref=digitalocean_loadbalancer" doc:"Ids of the load balancers behind a global one."`
	Network                string           `cty:"network"                          is:"default,replace" usual:"EXTERNAL"                     doc:"EXTERNAL, or INTERNAL: only for its network."`
	NetworkStack           string           `cty:"network_stack"                    is:"default,replace" usual:"IPV4"                     doc:"IPV4 or DUALSTACK."`
	TLSCipherPolicy        string           `cty:"tls_cipher_policy"                is:"default" usual:"DEFAULT"                             doc:"DEFAULT or STRONG."`
	IP                     string           `cty:"ip"                               is:"default,replace" usual:"*"                     doc:"Its IPv4 address; an own one can be named."`
	IPv6                   string           `cty:"ipv6"                             is:"computed"                            doc:"Its IPv6 address."`
	Status                 string           `cty:"status"                           is:"computed"                            doc:"State: new, active or errored."`
	URN                    string           `cty:"urn"                              is:"computed"                            doc:"Uniform resource name."`
}

var loadBalancerType = providers.Resource[*client, loadBalancer]{
	Type:    "digitalocean_loadbalancer",
	Doc:     "A load balancer in front of droplets, or of other load balancers.",
	Create:  createLoadBalancer,
	Read:    readLoadBalancer,
	Update:  updateLoadBalancer,
	Delete:  deleteLoadBalancer,
	List:    listLoadBalancers,
	View:    func(x loadBalancer) string { return asksProject(x.Project) },
	Normal:  normalLoadBalancer,
	Spell:   spellLoadBalancer,
	Check:   checkLoadBalancer,
	Natural: func(x loadBalancer) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_loadbalancer" "example" {
  name   = "ml"
  region = "fra1"

  forwarding_rule {
    entry_protocol  = "http"
    entry_port      = 80
    target_protocol = "http"
    target_port     = 8000
  }
}`,
		`resource "digitalocean_tag" "example" {
  name = "serving"
}

resource "digitalocean_certificate" "example" {
  name_prefix = "ml-"
  type        = "lets_encrypt"
  domains     = ["ml.example.com"]
}

resource "digitalocean_loadbalancer" "example" {
  name                   = "ml-serving"
  region                 = "fra1"
  size_unit              = 2
  droplet_tag            = digitalocean_tag.example.name
  redirect_http_to_https = true

  forwarding_rule {
    entry_protocol   = "https"
    entry_port       = 443
    target_protocol  = "http"
    target_port      = 8000
    certificate_name = digitalocean_certificate.example.name
  }

  forwarding_rule {
    entry_protocol  = "http"
    entry_port      = 80
    target_protocol = "http"
    target_port     = 8000
  }

  healthcheck {
    protocol = "http"
    port     = 8000
    path     = "/healthz"
  }

  sticky_sessions {
    type               = "cookies"
    cookie_name        = "ml"
    cookie_ttl_seconds = 300
  }

  firewall {
    allow = ["ip:192.0.2.7", "cidr:198.51.100.0/24"]
  }
}`,
		`resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "ams3"
}

resource "digitalocean_droplet" "example" {
  name     = "worker"
  region   = "ams3"
  size     = "s-1vcpu-1gb"
  image    = "ubuntu-24-04-x64"
  vpc_uuid = digitalocean_vpc.example.id
}

resource "digitalocean_loadbalancer" "example" {
  name        = "ml-serving"
  region      = "ams3"
  size        = "lb-medium"
  network     = "INTERNAL"
  vpc_uuid    = digitalocean_vpc.example.id
  droplet_ids = [digitalocean_droplet.example.id]

  forwarding_rule {
    entry_protocol  = "tcp"
    entry_port      = 5432
    target_protocol = "tcp"
    target_port     = 5432
  }

  healthcheck {
    protocol               = "tcp"
    port                   = 5432
    check_interval_seconds = 5
  }
}`,
	},
}

func createLoadBalancer(ctx context.Context, c *client, x *loadBalancer, _ providers.Attempt) error {
	return sendLoadBalancer(ctx, c, "POST", "/v2/load_balancers", x)
}

func readLoadBalancer(ctx context.Context, c *client, x *loadBalancer) error {
	got, _, err := c.LoadBalancers.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.observe(got, certificatesOf(ctx, c))
}

// updateLoadBalancer sends everything: what is missing would be reset. While the
// last change is being carried out the API refuses, and classify says busy.
func updateLoadBalancer(ctx context.Context, c *client, was loadBalancer, x *loadBalancer) error {
	x.IP = "" // only a create may name it
	return gone(sendLoadBalancer(ctx, c, "PUT", "/v2/load_balancers/"+was.ID, x))
}

func deleteLoadBalancer(ctx context.Context, c *client, x loadBalancer) error {
	_, err := c.LoadBalancers.Delete(ctx, x.ID)
	return gone(err)
}

func listLoadBalancers(ctx context.Context, c *client, in loadBalancer) iter.Seq2[loadBalancer, error] {
	certificates := certificatesOf(ctx, c)
	return pages(ctx, c.LoadBalancers.List, func(x *loadBalancer, got *godo.LoadBalancer) error {
		x.Project = in.Project
		return x.observe(got, certificates)
	})
}

// certificatesOf lists the certificates when they are first asked for.
func certificatesOf(ctx context.Context, c *client) func() ([]certificate, error) {
	return sync.OnceValues(func() (all []certificate, err error) {
		for x, err := range providers.All(ctx, c, certificateType, certificate{}) {
			if x.ID == "" && err != nil {
				return nil, err
			}
			all = append(all, x)
		}
		return all, nil
	})
}

// observe fills x and says whether it can be used. While it is being made nobody
// asks for the names of its certificates.
func (x *loadBalancer) observe(got *godo.LoadBalancer, certificates func() ([]certificate, error)) error {
	x.fill(got)
	if got.Status == "new" {
		return providers.ErrNotReady
	}
	if err := x.fillSecure(got, certificates); err != nil {
		return err
	}
	if got.Status == "errored" {
		return providers.ErrBroken
	}
	return nil
}

func (x *loadBalancer) fill(got *godo.LoadBalancer) {
	if x.Algorithm == "" {
		x.Algorithm = "round_robin"
	}
	x.ID, x.Name, x.Region, x.Type, x.Status, x.URN = got.ID, got.Name, regionSlug(got.Region), got.Type, got.Status, got.URN()
	x.IP, x.IPv6, x.VPCUUID, x.SubnetUUID, x.ProjectID = got.IP, got.IPv6, got.VPCUUID, got.VPCSubnetUUID, got.ProjectID
	if x.Project != "" {
		x.Project = cmp.Or(got.ProjectID, x.Project)
	}
	x.DropletIDs, x.DropletTag, x.TargetLoadBalancerIDs = got.DropletIDs, got.Tag, got.TargetLoadBalancerIDs
	x.RedirectHTTPToHTTPS, x.EnableProxyProtocol, x.EnableBackendKeepalive = got.RedirectHttpToHttps, got.EnableProxyProtocol, got.EnableBackendKeepalive
	x.NoLetsEncryptRecords = got.DisableLetsEncryptDNSRecords != nil && *got.DisableLetsEncryptDNSRecords
	x.Network, x.NetworkStack, x.TLSCipherPolicy = got.Network, got.NetworkStack, got.TLSCipherPolicy
	x.HTTPIdleTimeout = 0
	if got.HTTPIdleTimeoutSeconds != nil {
		x.HTTPIdleTimeout = int(*got.HTTPIdleTimeoutSeconds)
	}
	// Where there are nodes the old names only stand for some numbers of them.
	if x.Size, x.SizeUnit = got.SizeSlug, int(got.SizeUnit); x.SizeUnit > 0 {
		x.Size = ""
	}
	x.fillParts(got)
	normalLoadBalancer(x)
}

// normalLoadBalancer spells x as the API does. What says nothing is left out.
func normalLoadBalancer(x *loadBalancer) {
	x.Region, x.Type = strings.ToLower(x.Region), strings.ToUpper(x.Type)
	x.Network, x.NetworkStack, x.TLSCipherPolicy = strings.ToUpper(x.Network), strings.ToUpper(x.NetworkStack), strings.ToUpper(x.TLSCipherPolicy)
	if len(x.Firewall) == 1 && len(x.Firewall[0].Allow)+len(x.Firewall[0].Deny) == 0 {
		x.Firewall = nil
	}
	for i, g := range x.GLBSettings {
		x.GLBSettings[i].TargetProtocol = strings.ToLower(g.TargetProtocol)
		if len(g.CDN) == 1 && !g.CDN[0].IsEnabled {
			x.GLBSettings[i].CDN = nil
		}
	}
}

// spellLoadBalancer lets a size and certificates be named in the ways there are,
// and keeps what an answer does not mention.
func spellLoadBalancer(was loadBalancer, x *loadBalancer) {
	switch {
	case x.Size == "" && was.Size != "" && lbSizes[was.Size] == x.SizeUnit,
		x.Size != "" && was.Size == "" && lbSizes[x.Size] == was.SizeUnit:
		x.Size = was.Size
	}
	if strings.EqualFold(x.DropletTag, was.DropletTag) {
		x.DropletTag = was.DropletTag
	}
	for _, word := range []struct {
		was string
		now *string
	}{{was.Type, &x.Type}, {was.Network, &x.Network}, {was.NetworkStack, &x.NetworkStack}, {was.TLSCipherPolicy, &x.TLSCipherPolicy}} {
		if *word.now == "" {
			*word.now = word.was
		}
	}
	for i, r := range x.ForwardingRules {
		for _, old := range was.ForwardingRules {
			if r.same(old) {
				x.ForwardingRules[i] = old
			}
		}
	}
}
