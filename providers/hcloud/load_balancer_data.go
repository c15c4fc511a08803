package hcloud

import (
	"context"
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type loadBalancerLookup struct {
	ID           string `cty:"id"            is:"default"  doc:"Number of the load balancer."`
	Name         string `cty:"name"          is:"default"  doc:"Name of the load balancer."`
	WithSelector string `cty:"with_selector" is:"optional" doc:"Label selector that only this load balancer matches."`
	loadBalancerFacts
}

// loadBalancerFacts is what data sources show of a load balancer beside what names it.
type loadBalancerFacts struct {
	Type             string            `cty:"load_balancer_type" is:"computed" doc:"Name of its type."`
	Location         string            `cty:"location"           is:"computed" doc:"Name of the location."`
	NetworkZone      string            `cty:"network_zone"       is:"computed" doc:"Zone of networks."`
	Algorithm        []lbAlgorithm     `cty:"algorithm"          is:"computed" doc:"How targets are chosen."`
	Labels           map[string]string `cty:"labels"             is:"computed" doc:"Labels of the user."`
	Targets          []lbTargetRow     `cty:"target"             is:"computed" doc:"What it leads to."`
	Services         []lbServiceRow    `cty:"service"            is:"computed" doc:"What it listens to."`
	DeleteProtection bool              `cty:"delete_protection"  is:"computed" doc:"Whether it cannot be deleted."`
	IPv4             string            `cty:"ipv4"               is:"computed" doc:"Its public IPv4 address."`
	IPv6             string            `cty:"ipv6"               is:"computed" doc:"Its public IPv6 address."`
	NetworkID        int               `cty:"network_id"         is:"computed" doc:"Number of the network it is attached to; 0 is none."`
	NetworkIP        string            `cty:"network_ip"         is:"computed" doc:"Its address in that network."`
}

// loadBalancerRow is a load balancer as data sources show it.
type loadBalancerRow struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the load balancer."`
	Name string `cty:"name" is:"computed" doc:"Name of the load balancer."`
	loadBalancerFacts
}

type lbTargetRow struct {
	Type          string `cty:"type"           is:"computed" doc:"server, label_selector or ip."`
	ServerID      int    `cty:"server_id"      is:"computed" doc:"Number of the server; 0 is none."`
	LabelSelector string `cty:"label_selector" is:"computed" doc:"What the labels of servers are like."`
}

type lbServiceRow struct {
	Protocol        string      `cty:"protocol"         is:"computed" doc:"http, https or tcp."`
	ListenPort      int         `cty:"listen_port"      is:"computed" doc:"Port that clients connect to."`
	DestinationPort int         `cty:"destination_port" is:"computed" doc:"Port of the targets."`
	ProxyProtocol   bool        `cty:"proxyprotocol"    is:"computed" doc:"Whether targets are told of clients by the PROXY protocol."`
	HTTP            []lbHTTPRow `cty:"http"             is:"computed" doc:"What is done with HTTP."`
	HealthCheck     []lbHealth  `cty:"health_check"     is:"computed" doc:"How targets are asked whether they are well."`
}

type lbHTTPRow struct {
	StickySessions bool     `cty:"sticky_sessions" is:"computed" doc:"Whether a client stays with one target."`
	CookieName     string   `cty:"cookie_name"     is:"computed" doc:"Name of the cookie of sticky_sessions."`
	CookieLifetime int      `cty:"cookie_lifetime" is:"computed" doc:"Seconds that the cookie lasts."`
	Certificates   []string `cty:"certificates"    is:"computed" doc:"Numbers of the certificates shown to clients."`
	RedirectHTTP   bool     `cty:"redirect_http"   is:"computed" doc:"Whether port 80 redirects to this service."`
	TimeoutIdle    int      `cty:"timeout_idle"    is:"computed" doc:"Seconds after which idle connections end."`
}

var loadBalancerData = providers.DataSource[*client, loadBalancerLookup]{
	Type: "hcloud_load_balancer",
	Doc:  "A load balancer of the project, with its parts, by id, name or labels.",
	Read: lookUpLoadBalancer,
	Examples: []string{
		lbServiceExample + `

data "hcloud_load_balancer" "example" {
  name       = "api"
  depends_on = [hcloud_load_balancer_service.example]
}`,
	},
}

func lookUpLoadBalancer(ctx context.Context, c *client, x *loadBalancerLookup) error {
	all, err := loadBalancerRows(ctx, c, x.WithSelector)
	if err != nil {
		return err
	}
	found, err := one(all, nil,
		key[loadBalancerRow]{"id", x.ID, func(b loadBalancerRow) string { return b.ID }},
		key[loadBalancerRow]{"name", x.Name, func(b loadBalancerRow) string { return b.Name }},
		key[loadBalancerRow]{"with_selector", x.WithSelector, nil},
	)
	if err != nil {
		return err
	}
	providers.Shape(x, found)
	return nil
}

func loadBalancerRows(ctx context.Context, c *client, selector string) ([]loadBalancerRow, error) {
	all, err := sought(ctx, c, loadBalancerList, c.listLoadBalancers, selector, itself)
	out := make([]loadBalancerRow, len(all))
	for i, got := range all {
		out[i].fill(got)
	}
	return out, err
}

func (x *loadBalancerRow) fill(got *hcloud.LoadBalancer) {
	var b loadBalancer
	_ = b.fill(got) // it is ready as soon as it is there
	b.Targets = nil // x says more of each
	providers.Shape(x, b)
	for _, t := range got.Targets {
		row := lbTargetRow{Type: string(t.Type)}
		if t.Server != nil {
			row.ServerID = numberOf(t.Server.Server)
		}
		if t.LabelSelector != nil {
			row.LabelSelector = t.LabelSelector.Selector
		}
		x.Targets = append(x.Targets, row)
	}
	for i := range got.Services {
		x.Services = append(x.Services, lbServiceRowOf(&got.Services[i]))
	}
}

func lbServiceRowOf(got *hcloud.LoadBalancerService) lbServiceRow {
	var s lbService
	s.fill("", got)
	row := lbServiceRow{
		Protocol: s.Protocol, ListenPort: s.ListenPort, DestinationPort: s.DestinationPort, ProxyProtocol: s.ProxyProtocol, HealthCheck: s.HealthCheck,
	}
	for _, h := range s.HTTP {
		shown := lbHTTPRow{
			StickySessions: h.StickySessions, CookieName: h.CookieName, CookieLifetime: h.CookieLifetime, RedirectHTTP: h.RedirectHTTP, TimeoutIdle: h.TimeoutIdle,
		}
		for _, id := range h.Certificates {
			shown.Certificates = append(shown.Certificates, strconv.Itoa(id))
		}
		row.HTTP = append(row.HTTP, shown)
	}
	return row
}
