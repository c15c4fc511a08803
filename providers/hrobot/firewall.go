package hrobot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type firewall struct {
	ID           string         `cty:"id"            is:"computed" doc:"Number of the server."`
	ServerNumber int            `cty:"server_number" is:"required,replace,ref=hrobot_server.server_number" doc:"Number of the server."`
	Status       string         `cty:"status"        is:"else=active" doc:"active, or disabled: then everything passes."`
	FilterIPv6   bool           `cty:"filter_ipv6"   is:"else=false" doc:"Whether IPv6 is filtered, too; else it passes."`
	WhitelistHOS bool           `cty:"whitelist_hos" is:"else=true" doc:"Whether Hetzner's services pass; rescue and installations need them."`
	InputRules   []firewallRule `cty:"input_rule"    is:"optional,max=10" doc:"Rules for what comes in; the first that matches counts."`
	OutputRules  []firewallRule `cty:"output_rule"   is:"optional,max=10" doc:"Rules for what goes out; the first that matches counts."`
	Port         string         `cty:"port"          is:"computed" doc:"Port of the switch: main or kvm."`
}

type firewallRule struct {
	Name      string `cty:"name"       is:"optional" doc:"Name of the rule." json:"name"`
	IPVersion string `cty:"ip_version" is:"optional" doc:"ipv4 or ipv6; absent means both." json:"ip_version"`
	SrcIP     string `cty:"src_ip"     is:"optional" doc:"Address or network that it comes from; of IPv4 only." json:"src_ip"`
	DstIP     string `cty:"dst_ip"     is:"optional" doc:"Address or network that it goes to; of IPv4 only." json:"dst_ip"`
	SrcPort   string `cty:"src_port"   is:"optional" doc:"Port or range that it comes from, such as 32768-65535." json:"src_port"`
	DstPort   string `cty:"dst_port"   is:"optional" doc:"Port or range that it goes to, such as 22." json:"dst_port"`
	Protocol  string `cty:"protocol"   is:"optional" doc:"tcp, udp, gre, icmp, ipip, ah or esp; needs ip_version." json:"protocol"`
	TCPFlags  string `cty:"tcp_flags"  is:"optional" doc:"Flags of TCP with | and &, such as ack or syn|fin." json:"tcp_flags"`
	Action    string `cty:"action"     is:"required" doc:"accept or discard." json:"action"`
}

// firewallType is a setting of a server: deleting it leaves the rules where they
// are, so that no server stands open because a configuration went.
var firewallType = providers.Resource[*client, firewall]{
	Type:     "hrobot_firewall",
	Doc:      "What the switch of a server lets through, without knowing connections. It stays when this is deleted.",
	Create:   createFirewall,
	Read:     readFirewall,
	Update:   updateFirewall,
	Delete:   stays[firewall],
	List:     listFirewall,
	Within:   func(x firewall) string { return strconv.Itoa(x.ServerNumber) },
	Import:   importFirewall,
	Natural:  func(x firewall) string { return strconv.Itoa(x.ServerNumber) },
	Given:    func(x firewall) bool { return x.Status == "disabled" && len(x.InputRules)+len(x.OutputRules) == 0 },
	Spell:    spellFirewall,
	Check:    checkFirewall,
	Caution:  firewallCuts,
	Leaves:   firewallLeaves,
	Lock:     func(x firewall) string { return "firewall " + strconv.Itoa(x.ServerNumber) },
	Again:    true,
	Explain:  map[string]string{"server_number": "another server has a firewall of its own; that of the one that is left stays as it is"},
	Examples: firewallExamples,
}

var firewallExamples = []string{
	exampleServer + `

resource "hrobot_firewall" "example" {
  server_number = hrobot_server.gpu.server_number

  input_rule {
    name       = "SSH"
    ip_version = "ipv4"
    src_ip     = "198.51.100.0/24"
    protocol   = "tcp"
    dst_port   = "22"
    action     = "accept"
  }

  input_rule {
    name       = "answers"
    ip_version = "ipv4"
    protocol   = "tcp"
    dst_port   = "32768-65535"
    tcp_flags  = "ack"
    action     = "accept"
  }

  output_rule {
    action = "accept"
  }
}`,
	exampleServer + `

resource "hrobot_firewall" "example" {
  server_number = hrobot_server.gpu.server_number
  filter_ipv6   = true

  input_rule {
    name       = "WireGuard"
    ip_version = "ipv4"
    src_ip     = "203.0.113.7"
    protocol   = "udp"
    dst_port   = "51820"
    action     = "accept"
  }

  input_rule {
    name     = "answers"
    dst_port = "32768-65535"
    action   = "accept"
  }

  output_rule {
    name   = "everything"
    action = "accept"
  }
}`,
	`resource "hrobot_firewall" "example" {
  server_number = 421
  status        = "disabled"
}`,
}

// firewallBody is a firewall as the API shows it.
type firewallBody struct {
	Firewall struct {
		ServerNumber int    `json:"server_number"`
		Status       string `json:"status"`
		FilterIPv6   bool   `json:"filter_ipv6"`
		WhitelistHOS bool   `json:"whitelist_hos"`
		Port         string `json:"port"`
		Rules        struct {
			Input  []firewallRule `json:"input"`
			Output []firewallRule `json:"output"`
		} `json:"rules"`
	} `json:"firewall"`
}

func (x *firewall) path() string { return "/firewall/" + strconv.Itoa(x.ServerNumber) }

func createFirewall(ctx context.Context, c *client, x *firewall, _ providers.Attempt) error {
	got, err := call[firewallBody](ctx, c, http.MethodPost, x.path(), x.form())
	if err != nil {
		return err
	}
	return x.fill(&got)
}

// form says everything: what is missing would be reset.
func (x *firewall) form() url.Values {
	form := url.Values{
		"status": {x.Status}, "filter_ipv6": {strconv.FormatBool(x.FilterIPv6)}, "whitelist_hos": {strconv.FormatBool(x.WhitelistHOS)},
	}
	for direction, rules := range map[string][]firewallRule{"input": x.InputRules, "output": x.OutputRules} {
		for i, r := range rules {
			for field, v := range r.fields() {
				if v != "" {
					form.Set(fmt.Sprintf("rules[%s][%d][%s]", direction, i, field), v)
				}
			}
		}
	}
	return form
}

// fields returns what a rule says by the API's names.
func (r *firewallRule) fields() map[string]string {
	return map[string]string{
		"name": r.Name, "ip_version": r.IPVersion, "src_ip": r.SrcIP, "dst_ip": r.DstIP, "src_port": r.SrcPort, "dst_port": r.DstPort,
		"protocol": r.Protocol, "tcp_flags": r.TCPFlags, "action": r.Action,
	}
}

func readFirewall(ctx context.Context, c *client, x *firewall) error {
	got, err := call[firewallBody](ctx, c, http.MethodGet, x.path(), nil)
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

func updateFirewall(ctx context.Context, c *client, _ firewall, x *firewall) error {
	return gone(createFirewall(ctx, c, x, providers.Attempt{}))
}

func listFirewall(ctx context.Context, c *client, in firewall) iter.Seq2[firewall, error] {
	if in.ServerNumber == 0 {
		return func(func(firewall, error) bool) {}
	}
	err := readFirewall(ctx, c, &in)
	var e *apiError
	if errors.As(err, &e) && e.Code == "FIREWALL_NOT_AVAILABLE" {
		err = providers.ErrGone // this server can have none
	}
	return only(in, err)
}

func (x *firewall) fill(got *firewallBody) error {
	f := got.Firewall
	x.ID, x.ServerNumber = strconv.Itoa(f.ServerNumber), f.ServerNumber
	if f.Status == "in process" {
		return providers.ErrNotReady
	}
	x.Status, x.FilterIPv6, x.WhitelistHOS, x.Port = f.Status, f.FilterIPv6, f.WhitelistHOS, f.Port
	x.InputRules, x.OutputRules = f.Rules.Input, f.Rules.Output
	return nil
}

func firewallLeaves(_ context.Context, _ *client, x firewall) ([]providers.Leftover, error) {
	return []providers.Leftover{{Kind: "firewall of server", ID: x.ID, Name: "it stays " + x.Status, Free: true}}, nil
}

func importFirewall(id string) (firewall, error) {
	n, err := serverID(id)
	return firewall{ID: id, ServerNumber: n}, err
}

// firewallCuts tells who is used to other firewalls that this one knows no
// connections.
func firewallCuts(x firewall) string {
	if x.Status != "active" || slices.ContainsFunc(x.InputRules, firewallRule.answers) {
		return ""
	}
	return fmt.Sprintf("The firewall of server %d knows no connections, and no input_rule lets in the answers to those that the server opens: add one with protocol = \"tcp\", tcp_flags = \"ack\" and dst_port = \"32768-65535\", and one for DNS with protocol = \"udp\" and src_port = \"53\".", x.ServerNumber)
}

func checkFirewall(_ *firewall, want firewall) error {
	switch {
	case want.ServerNumber < 1:
		return fmt.Errorf("server_number %d is not the number of a server, such as 1234567", want.ServerNumber)
	case want.Status != "active" && want.Status != "disabled":
		return fmt.Errorf("status %q is neither active nor disabled", want.Status)
	case want.Status == "active" && len(want.InputRules)+len(want.OutputRules) == 0:
		return errors.New("an active firewall without any input_rule or output_rule lets nothing through: add rules, or set status = \"disabled\"")
	}
	for block, rules := range map[string][]firewallRule{"input_rule": want.InputRules, "output_rule": want.OutputRules} {
		for i, r := range rules {
			if err := r.check(); err != nil {
				return fmt.Errorf("%s %d%s: %w", block, i+1, strings.TrimSuffix(" "+strconv.Quote(r.Name), ` ""`), err)
			}
		}
	}
	return nil
}
