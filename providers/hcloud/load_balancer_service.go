package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type lbService struct {
	ID              string     `cty:"id"               is:"computed"         doc:"Number of the load balancer, two underscores, listen_port."`
	LoadBalancerID  string     `cty:"load_balancer_id" is:"required,replace,ref=hcloud_load_balancer" doc:"Number of the load balancer."`
	Protocol        string     `cty:"protocol"         is:"required,replace" doc:"http, https or tcp."`
	ListenPort      int        `cty:"listen_port"      is:"default,replace"  doc:"Port that clients connect to; 80 of http and 443 of https if absent."`
	DestinationPort int        `cty:"destination_port" is:"default"          doc:"Port of the targets; 80 of http and https if absent."`
	ProxyProtocol   bool       `cty:"proxyprotocol"    is:"default"          doc:"Whether targets are told of clients by the PROXY protocol."`
	HTTP            []lbHTTP   `cty:"http"             is:"default,max=1"    doc:"What is done with HTTP, of http and https."`
	HealthCheck     []lbHealth `cty:"health_check"     is:"default,max=1"    doc:"How targets are asked whether they are well."`
}

type lbHTTP struct {
	StickySessions bool   `cty:"sticky_sessions" is:"default"     doc:"Whether a client stays with one target."`
	CookieName     string `cty:"cookie_name"     is:"default"     doc:"Name of the cookie of sticky_sessions; HCLBSTICKY if absent."`
	CookieLifetime int    `cty:"cookie_lifetime" is:"default"     doc:"Seconds that the cookie lasts; 300 if absent."`
	Certificates   []int  `cty:"certificates"    is:"default,set,ref=hcloud_managed_certificate,ref=hcloud_uploaded_certificate" doc:"Numbers of the certificates shown to clients, of https."`
	RedirectHTTP   bool   `cty:"redirect_http"   is:"default"     doc:"Whether port 80 redirects to this service, of https."`
	TimeoutIdle    int    `cty:"timeout_idle"    is:"default"     doc:"Seconds after which idle connections end, 30 to 300."`
}

type lbHealth struct {
	Protocol string         `cty:"protocol" is:"required" doc:"http, https or tcp."`
	Port     int            `cty:"port"     is:"required" doc:"Port that is asked."`
	Interval int            `cty:"interval" is:"required" doc:"Seconds between two questions, 3 to 60."`
	Timeout  int            `cty:"timeout"  is:"required" doc:"Seconds until no answer is a failure, 1 to 60."`
	Retries  int            `cty:"retries"  is:"required" doc:"Failures until a target gets no more, 0 to 5."`
	HTTP     []lbHealthHTTP `cty:"http"     is:"default,max=1,after=protocol" doc:"What is asked by HTTP."`
}

type lbHealthHTTP struct {
	Domain      string   `cty:"domain"       is:"optional" doc:"Host that is asked for."`
	Path        string   `cty:"path"         is:"default"  doc:"Path that is asked for; / if absent."`
	Response    string   `cty:"response"     is:"optional" doc:"Text that the answer has to contain."`
	TLS         bool     `cty:"tls"          is:"optional" doc:"Whether the certificate of the target has to be valid."`
	StatusCodes []string `cty:"status_codes" is:"default"  doc:"Codes of good answers, such as 200 or 2??; 2?? and 3?? if absent."`
}

const lbServiceExample = `resource "hcloud_load_balancer" "example" {
  name               = "api"
  load_balancer_type = "lb11"
  location           = "fsn1"
}

resource "hcloud_load_balancer_service" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  protocol         = "http"
}`

var lbServiceType = providers.Resource[*client, lbService]{
	Type:     "hcloud_load_balancer_service",
	Doc:      "What a load balancer listens to, and where and how it passes that on.",
	Create:   createLBService,
	Read:     readLBService,
	Update:   updateLBService,
	Delete:   deleteLBService,
	List:     listLBServices,
	Import:   importLBService,
	Check:    checkLBService,
	Lock:     func(x lbService) string { return lbLock(x.LoadBalancerID) },
	Unique:   true,
	Natural:  naturalLBService,
	Explain:  map[string]string{"protocol": "what else is said of a service depends on it", "listen_port": "the API knows a service by its port"},
	Examples: lbServiceExamples,
}

func createLBService(ctx context.Context, c *client, x *lbService, _ providers.Attempt) error {
	if err := x.complete(); err != nil {
		return err
	}
	b, err := behind(ctx, c, x.LoadBalancerID)
	if err != nil {
		return err
	}
	o := hcloud.LoadBalancerAddServiceOpts{
		Protocol: hcloud.LoadBalancerServiceProtocol(x.Protocol), ListenPort: some(x.listens()), DestinationPort: some(x.DestinationPort), Proxyprotocol: &x.ProxyProtocol,
	}
	for _, h := range x.HTTP {
		o.HTTP = (*hcloud.LoadBalancerAddServiceOptsHTTP)(h.request())
	}
	for _, h := range x.HealthCheck {
		o.HealthCheck = h.newRequest()
	}
	action, resp, err := c.LoadBalancer.AddService(ctx, b, o)
	if err != nil {
		return err
	}
	x.ListenPort = x.listens()
	x.ID = lbServiceID(x.LoadBalancerID, x.ListenPort)
	return started(action, resp, nil)
}

// complete returns what a service lacks. Plans cannot tell: it may not be known yet.
func (x *lbService) complete() error {
	switch hcloud.LoadBalancerServiceProtocol(x.Protocol) {
	case hcloud.LoadBalancerServiceProtocolTCP:
		if x.ListenPort == 0 || x.DestinationPort == 0 {
			return errors.New("listen_port and destination_port have to be set for protocol tcp")
		}
	case hcloud.LoadBalancerServiceProtocolHTTPS:
		if len(x.HTTP) == 0 || len(x.HTTP[0].Certificates) == 0 {
			return errors.New("http needs one of certificates for protocol https; targets can do the encryption behind protocol tcp")
		}
	}
	return nil
}

// listens returns the port that clients connect to; 0 when it has to be said.
func (x *lbService) listens() int {
	usual := map[string]int{"http": 80, "https": 443}
	if x.ListenPort == 0 {
		return usual[x.Protocol]
	}
	return x.ListenPort
}

func lbServiceID(balancer string, port int) string { return balancer + "__" + strconv.Itoa(port) }

func readLBService(ctx context.Context, c *client, x *lbService) error {
	_, got, err := fetchLBService(ctx, c, *x)
	if err != nil {
		return err
	}
	x.fill(x.LoadBalancerID, got)
	return nil
}

// updateLBService sends all that is known of the service.
func updateLBService(ctx context.Context, c *client, was lbService, x *lbService) error {
	if err := x.complete(); err != nil {
		return err
	}
	b, _, err := fetchLBService(ctx, c, was)
	if err != nil {
		return err
	}
	o := hcloud.LoadBalancerUpdateServiceOpts{
		Protocol: hcloud.LoadBalancerServiceProtocol(x.Protocol), DestinationPort: some(x.DestinationPort), Proxyprotocol: &x.ProxyProtocol,
	}
	for _, h := range x.HTTP {
		o.HTTP = h.request()
	}
	for _, h := range x.HealthCheck {
		o.HealthCheck = h.changeRequest()
	}
	return gone(started(c.LoadBalancer.UpdateService(ctx, b, was.ListenPort, o)))
}

func deleteLBService(ctx context.Context, c *client, x lbService) error {
	b, _, err := fetchLBService(ctx, c, x)
	if err != nil {
		return err
	}
	return gone(started(c.LoadBalancer.DeleteService(ctx, b, x.ListenPort)))
}

func listLBServices(ctx context.Context, c *client, _ lbService) iter.Seq2[lbService, error] {
	return partsOf(ctx, c, loadBalancerList, func(b *hcloud.LoadBalancer) []lbService {
		all := make([]lbService, len(b.Services))
		for i := range b.Services {
			all[i].fill(text(b.ID), &b.Services[i])
		}
		return all
	})
}

// fetchLBService returns a service with its load balancer.
func fetchLBService(ctx context.Context, c *client, x lbService) (*hcloud.LoadBalancer, *hcloud.LoadBalancerService, error) {
	b, err := fetchLoadBalancer(ctx, c, x.LoadBalancerID)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(b.Services, func(s hcloud.LoadBalancerService) bool { return s.ListenPort == x.ListenPort })
	if i < 0 {
		return nil, nil, providers.ErrGone
	}
	return b, &b.Services[i], nil
}

func (x *lbService) fill(balancer string, got *hcloud.LoadBalancerService) {
	*x = lbService{
		ID: lbServiceID(balancer, got.ListenPort), LoadBalancerID: balancer, Protocol: string(got.Protocol),
		ListenPort: got.ListenPort, DestinationPort: got.DestinationPort, ProxyProtocol: got.Proxyprotocol,
		HealthCheck: []lbHealth{lbHealthOf(got.HealthCheck)},
	}
	if got.Protocol != hcloud.LoadBalancerServiceProtocolTCP {
		x.HTTP = []lbHTTP{lbHTTPOf(got.HTTP)}
	}
}

// importLBService takes Terraform's id apart.
func importLBService(id string) (x lbService, err error) {
	balancer, port, _ := strings.Cut(id, "__")
	if x.ListenPort, err = strconv.Atoi(port); err != nil || balancer == "" {
		return x, fmt.Errorf("%q is not the number of a load balancer, two underscores and a port", id)
	}
	x.ID, x.LoadBalancerID = id, balancer
	return x, nil
}

func naturalLBService(x lbService) string {
	if x.LoadBalancerID == "" || x.listens() == 0 {
		return ""
	}
	return lbServiceID(x.LoadBalancerID, x.listens())
}
