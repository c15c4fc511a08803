package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

// loadBalancerLookup has the fields of loadBalancer: each converts to the other.
type loadBalancerLookup struct {
	ID                     string           `cty:"id"                               is:"default"      doc:"UUID of the load balancer."`
	Name                   string           `cty:"name"                             is:"default"      doc:"Name of the load balancer."`
	Region                 string           `cty:"region"                           is:"computed"     doc:"Slug of the region; none of a global one."`
	Type                   string           `cty:"type"                             is:"computed"     doc:"REGIONAL, REGIONAL_NETWORK (TCP and UDP) or GLOBAL."`
	Size                   string           `cty:"size"                             is:"computed"     doc:"lb-small, lb-medium or lb-large, where there is no size_unit."`
	SizeUnit               int              `cty:"size_unit"                        is:"computed"     doc:"Number of nodes."`
	Algorithm              string           `cty:"algorithm"                        is:"computed"     doc:"Deprecated: always round_robin."`
	ForwardingRules        []forwardingRule `cty:"forwarding_rule"                  is:"computed,set" doc:"What comes in at one port and goes out to another."`
	HealthCheck            []lbHealth       `cty:"healthcheck"                      is:"computed"     doc:"How the droplets are asked whether they are well."`
	StickySessions         []lbSticky       `cty:"sticky_sessions"                  is:"computed"     doc:"Whether a client stays with one droplet."`
	DropletIDs             []int            `cty:"droplet_ids"                      is:"computed,set" doc:"Ids of the droplets behind it."`
	DropletTag             string           `cty:"droplet_tag"                      is:"computed"     doc:"Tag of the droplets behind it."`
	RedirectHTTPToHTTPS    bool             `cty:"redirect_http_to_https"           is:"computed"     doc:"Whether port 80 redirects to 443."`
	EnableProxyProtocol    bool             `cty:"enable_proxy_protocol"            is:"computed"     doc:"Whether droplets are told of clients by the PROXY protocol."`
	EnableBackendKeepalive bool             `cty:"enable_backend_keepalive"         is:"computed"     doc:"Whether connections to droplets are kept for reuse."`
	NoLetsEncryptRecords   bool             `cty:"disable_lets_encrypt_dns_records" is:"computed"     doc:"Whether no DNS records are made for certificates."`
	HTTPIdleTimeout        int              `cty:"http_idle_timeout_seconds"        is:"computed"     doc:"Seconds after which idle connections end."`
	VPCUUID                string           `cty:"vpc_uuid"                         is:"computed"     doc:"UUID of its network."`
	SubnetUUID             string           `cty:"subnet_uuid"                      is:"computed"     doc:"UUID of the subnet of vpc_uuid."`
	ProjectID              string           `cty:"project_id"                       is:"computed"     doc:"UUID of its project."`
	Project                string           // not asked for
	Firewall               []lbFirewall     `cty:"firewall"                         is:"computed"     doc:"Who may connect."`
	Domains                []lbDomain       `cty:"domains"                          is:"computed,set" doc:"Domains of a global load balancer."`
	GLBSettings            []lbGlobal       `cty:"glb_settings"                     is:"computed"     doc:"Where a global load balancer leads."`
	TargetLoadBalancerIDs  []string         `cty:"target_load_balancer_ids"         is:"computed,set" doc:"Ids of the load balancers behind a global one."`
	Network                string           `cty:"network"                          is:"computed"     doc:"EXTERNAL, or INTERNAL: only for its network."`
	NetworkStack           string           `cty:"network_stack"                    is:"computed"     doc:"IPV4 or DUALSTACK."`
	TLSCipherPolicy        string           `cty:"tls_cipher_policy"                is:"computed"     doc:"DEFAULT or STRONG."`
	IP                     string           `cty:"ip"                               is:"computed"     doc:"Its IPv4 address."`
	IPv6                   string           `cty:"ipv6"                             is:"computed"     doc:"Its IPv6 address."`
	Status                 string           `cty:"status"                           is:"computed"     doc:"State: new, active or errored."`
	URN                    string           `cty:"urn"                              is:"computed"     doc:"Uniform resource name."`
}

var loadBalancerData = providers.DataSource[*client, loadBalancerLookup]{
	Type: "digitalocean_loadbalancer",
	Doc:  "A load balancer by id or by name.",
	Read: lookUpLoadBalancer,
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
}

data "digitalocean_loadbalancer" "example" {
  name = digitalocean_loadbalancer.example.name
}`,
	},
}

func lookUpLoadBalancer(ctx context.Context, c *client, x *loadBalancerLookup) error {
	got, err := chosenBy(x.ID, x.Name, providers.All(ctx, c, loadBalancerType, loadBalancer{}), func(b loadBalancer) (string, string) { return b.ID, b.Name })
	if err != nil {
		return fmt.Errorf("load balancer: %w", err)
	}
	*x = loadBalancerLookup(got)
	return nil
}
