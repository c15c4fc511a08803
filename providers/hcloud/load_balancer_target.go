package hcloud

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type lbTarget struct {
	ID             string `cty:"id"               is:"computed"         doc:"Made of the target and the number of the load balancer."`
	Type           string `cty:"type"             is:"required,replace" doc:"server, label_selector or ip."`
	LoadBalancerID int    `cty:"load_balancer_id" is:"required,replace,ref=hcloud_load_balancer" doc:"Number of the load balancer."`
	ServerID       int    `cty:"server_id"        is:"optional,replace,ref=hcloud_server" doc:"Number of the server, of type server."`
	LabelSelector  string `cty:"label_selector"   is:"optional,replace" doc:"What the labels of servers are like, of type label_selector."`
	IP             string `cty:"ip"               is:"optional,replace" doc:"Address of a dedicated server, of type ip."`
	UsePrivateIP   bool   `cty:"use_private_ip"   is:"default"          doc:"Whether servers are reached in the network of both."`
}

const lbTargetExample = loadBalancerExample + `

resource "hcloud_load_balancer_target" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  type             = "label_selector"
  label_selector   = "serves=api"
}`

var lbTargetType = providers.Resource[*client, lbTarget]{
	Type:   "hcloud_load_balancer_target",
	Doc:    "A server, those with some labels, or a dedicated server behind a load balancer.",
	Create: createLBTarget,
	Read:   readLBTarget,
	Update: updateLBTarget,
	Delete: deleteLBTarget,
	List:   listLBTargets,
	Import: importLBTarget,
	ImportID: func(x lbTarget) string {
		return strings.Join([]string{strconv.Itoa(x.LoadBalancerID), x.Type, x.names()}, "__")
	},
	Normal: func(x *lbTarget) { x.IP = canonicalIP(x.IP) },
	Check:  checkLBTarget,
	Lock:   lockLBTarget,
	Again:  true,
	Natural: func(x lbTarget) string {
		if x.LoadBalancerID == 0 || x.names() == "" {
			return ""
		}
		return x.makeID()
	},
	Examples: []string{
		lbTargetExample,
		lbNetworkExample + `

resource "hcloud_load_balancer_network" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  subnet_id        = hcloud_network_subnet.example.id
}

resource "hcloud_load_balancer_target" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  type             = "label_selector"
  label_selector   = "serves=api"
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.example]
}`,
		lbNetworkExample + `

resource "hcloud_load_balancer_network" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  subnet_id        = hcloud_network_subnet.example.id
}

resource "hcloud_server" "example" {
  name        = "worker"
  server_type = "cx23"
  image       = "debian-12"
  location    = "fsn1"

  network {
    subnet_id = hcloud_network_subnet.example.id
  }
}

resource "hcloud_load_balancer_target" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  type             = "server"
  server_id        = hcloud_server.example.id
  use_private_ip   = true
  depends_on       = [hcloud_load_balancer_network.example]
}`,
		loadBalancerExample + `

resource "hcloud_load_balancer_target" "example" {
  load_balancer_id = hcloud_load_balancer.example.id
  type             = "ip"
  ip               = "203.0.113.7"
}`,
	},
}

// lockLBTarget is that of the load balancer. Where servers are reached in a network
// there is none: the target may have to wait until the load balancer is in it.
func lockLBTarget(x lbTarget) string {
	if x.UsePrivateIP {
		return ""
	}
	return lbLock(strconv.Itoa(x.LoadBalancerID))
}

func createLBTarget(ctx context.Context, c *client, x *lbTarget, _ providers.Attempt) error {
	b, err := behind(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return err
	}
	x.ID = ""
	if i := x.among(b); i >= 0 && b.Targets[i].UsePrivateIP == x.UsePrivateIP {
		x.fill(x.LoadBalancerID, &b.Targets[i])
		return nil
	}
	if x.UsePrivateIP && len(b.PrivateNet) == 0 {
		return &busyError{fmt.Sprintf("load balancer %d is in no network, and use_private_ip = true needs one: add a hcloud_load_balancer_network, and depends_on with it here", x.LoadBalancerID)}
	}
	err = started(c.addLBTarget(ctx, b, x))
	if err != nil && providers.OperationOf(err) == "" {
		return err
	}
	x.ID = x.makeID()
	return err
}

func (c *client) addLBTarget(ctx context.Context, b *hcloud.LoadBalancer, x *lbTarget) (*hcloud.Action, *hcloud.Response, error) {
	switch hcloud.LoadBalancerTargetType(x.Type) {
	case hcloud.LoadBalancerTargetTypeServer:
		return c.LoadBalancer.AddServerTarget(ctx, b, hcloud.LoadBalancerAddServerTargetOpts{Server: serverOf(x.ServerID), UsePrivateIP: &x.UsePrivateIP})
	case hcloud.LoadBalancerTargetTypeLabelSelector:
		return c.LoadBalancer.AddLabelSelectorTarget(ctx, b, hcloud.LoadBalancerAddLabelSelectorTargetOpts{Selector: x.LabelSelector, UsePrivateIP: &x.UsePrivateIP})
	}
	return c.LoadBalancer.AddIPTarget(ctx, b, hcloud.LoadBalancerAddIPTargetOpts{IP: net.ParseIP(x.IP)})
}

func readLBTarget(ctx context.Context, c *client, x *lbTarget) error {
	_, got, err := fetchLBTarget(ctx, c, *x)
	if err != nil {
		return err
	}
	x.fill(x.LoadBalancerID, got)
	return nil
}

// updateLBTarget takes the target away and adds it again: the API cannot change by
// which address it is reached. While it is taken away the API refuses to add it, and
// classify says busy: this is called once more then.
func updateLBTarget(ctx context.Context, c *client, was lbTarget, x *lbTarget) error {
	b, got, err := fetchLBTarget(ctx, c, was)
	switch {
	case err == nil && got.UsePrivateIP == x.UsePrivateIP:
		x.fill(was.LoadBalancerID, got)
		return nil
	case err == nil:
		if err := started(c.removeLBTarget(ctx, b, was)); err != nil && providers.OperationOf(err) == "" {
			return gone(err)
		}
	case errors.Is(err, providers.ErrGone):
		if b, err = behind(ctx, c, strconv.Itoa(was.LoadBalancerID)); err != nil {
			return err
		}
	default:
		return err
	}
	x.ID = was.ID
	return started(c.addLBTarget(ctx, b, x))
}

func deleteLBTarget(ctx context.Context, c *client, x lbTarget) error {
	b, _, err := fetchLBTarget(ctx, c, x)
	if err != nil {
		return err
	}
	return gone(started(c.removeLBTarget(ctx, b, x)))
}

// targetGone is the code of the API for a target that is not there.
const targetGone hcloud.ErrorCode = "load_balancer_target_not_found"

func (c *client) removeLBTarget(ctx context.Context, b *hcloud.LoadBalancer, x lbTarget) (action *hcloud.Action, resp *hcloud.Response, err error) {
	switch hcloud.LoadBalancerTargetType(x.Type) {
	case hcloud.LoadBalancerTargetTypeServer:
		action, resp, err = c.LoadBalancer.RemoveServerTarget(ctx, b, serverOf(x.ServerID))
	case hcloud.LoadBalancerTargetTypeLabelSelector:
		action, resp, err = c.LoadBalancer.RemoveLabelSelectorTarget(ctx, b, x.LabelSelector)
	default:
		action, resp, err = c.LoadBalancer.RemoveIPTarget(ctx, b, net.ParseIP(x.IP))
	}
	if hcloud.IsError(err, targetGone) {
		err = providers.ErrGone
	}
	return action, resp, err
}

func listLBTargets(ctx context.Context, c *client, _ lbTarget) iter.Seq2[lbTarget, error] {
	return partsOf(ctx, c, loadBalancerList, func(b *hcloud.LoadBalancer) []lbTarget {
		all := make([]lbTarget, len(b.Targets))
		for i := range b.Targets {
			all[i].fill(int(b.ID), &b.Targets[i])
		}
		return all
	})
}

// fetchLBTarget returns a target with its load balancer.
func fetchLBTarget(ctx context.Context, c *client, x lbTarget) (*hcloud.LoadBalancer, *hcloud.LoadBalancerTarget, error) {
	b, err := fetchLoadBalancer(ctx, c, strconv.Itoa(x.LoadBalancerID))
	if err != nil {
		return nil, nil, err
	}
	i := x.among(b)
	if i < 0 {
		return nil, nil, providers.ErrGone
	}
	return b, &b.Targets[i], nil
}

// among returns the index of x among the targets of b; -1 when it is not there.
func (x lbTarget) among(b *hcloud.LoadBalancer) int {
	return slices.IndexFunc(b.Targets, func(t hcloud.LoadBalancerTarget) bool {
		var other lbTarget
		other.fill(x.LoadBalancerID, &t)
		return other.Type == x.Type && other.names() == x.names()
	})
}

func (x *lbTarget) fill(balancer int, got *hcloud.LoadBalancerTarget) {
	*x = lbTarget{Type: string(got.Type), LoadBalancerID: balancer, UsePrivateIP: got.UsePrivateIP}
	switch {
	case got.Server != nil:
		x.ServerID = numberOf(got.Server.Server)
	case got.LabelSelector != nil:
		x.LabelSelector = got.LabelSelector.Selector
	case got.IP != nil:
		x.IP = canonicalIP(got.IP.IP)
	}
	x.ID = x.makeID()
}

// names returns what says which target it is.
func (x lbTarget) names() string {
	if x.ServerID != 0 {
		return strconv.Itoa(x.ServerID)
	}
	return x.LabelSelector + x.IP
}

// makeID returns the id of Terraform's provider.
func (x lbTarget) makeID() string {
	switch hcloud.LoadBalancerTargetType(x.Type) {
	case hcloud.LoadBalancerTargetTypeServer:
		return fmt.Sprintf("lb-srv-tgt-%d-%d", x.ServerID, x.LoadBalancerID)
	case hcloud.LoadBalancerTargetTypeLabelSelector:
		return fmt.Sprintf("lb-label-selector-tgt-%x-%d", sha256.Sum256([]byte(x.LabelSelector)), x.LoadBalancerID)
	}
	return fmt.Sprintf("lb-ip-tgt-%x-%d", sha256.Sum256([]byte(x.IP)), x.LoadBalancerID)
}

// importLBTarget takes the id of Terraform's import apart, which is another one than
// that of the object.
func importLBTarget(id string) (x lbTarget, err error) {
	wrong := fmt.Errorf("%q is not LOAD_BALANCER__server__SERVER, LOAD_BALANCER__label_selector__SELECTOR or LOAD_BALANCER__ip__ADDRESS", id)
	parts := strings.SplitN(id, "__", 3)
	if len(parts) != 3 || parts[2] == "" {
		return x, wrong
	}
	if x.LoadBalancerID, err = strconv.Atoi(parts[0]); err != nil {
		return x, wrong
	}
	x.Type = parts[1]
	switch hcloud.LoadBalancerTargetType(x.Type) {
	case hcloud.LoadBalancerTargetTypeServer:
		if x.ServerID, err = strconv.Atoi(parts[2]); err != nil {
			return x, wrong
		}
	case hcloud.LoadBalancerTargetTypeLabelSelector:
		x.LabelSelector = parts[2]
	case hcloud.LoadBalancerTargetTypeIP:
		x.IP = canonicalIP(parts[2])
	default:
		return x, wrong
	}
	x.ID = x.makeID()
	return x, nil
}

// canonicalIP returns an address as the API spells it; what is none is left.
func canonicalIP(ip string) string {
	if parsed := net.ParseIP(ip); parsed != nil {
		return parsed.String()
	}
	return ip
}

func checkLBTarget(_ *lbTarget, want lbTarget) error {
	var set []string
	for _, f := range []struct {
		name string
		is   bool
	}{{"server_id", want.ServerID != 0}, {"label_selector", want.LabelSelector != ""}, {"ip", want.IP != ""}} {
		if f.is {
			set = append(set, f.name)
		}
	}
	needs, known := map[string]string{"server": "server_id", "label_selector": "label_selector", "ip": "ip"}[want.Type]
	switch {
	case !known:
		return fmt.Errorf("type %q is none of server, label_selector and ip", want.Type)
	case !slices.Equal(set, []string{needs}):
		return fmt.Errorf("type %q needs %s, and only that of server_id, label_selector and ip", want.Type, needs)
	case want.IP != "" && net.ParseIP(want.IP) == nil:
		return fmt.Errorf("ip %q is no address such as 203.0.113.7", want.IP)
	case want.IP != "" && want.UsePrivateIP:
		return errors.New("use_private_ip is for type server and label_selector: drop it")
	}
	return nil
}
