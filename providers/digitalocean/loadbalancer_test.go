package digitalocean

import (
	"errors"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func web(change func(*loadBalancer)) loadBalancer {
	x := loadBalancer{
		Name: "ml", Region: "fra1", Algorithm: "round_robin",
		ForwardingRules: []forwardingRule{{EntryProtocol: "http", EntryPort: 80, TargetProtocol: "http", TargetPort: 8000}},
	}
	change(&x)
	return x
}

func global(x *loadBalancer) {
	x.Type, x.Region, x.ForwardingRules = globalLB, "", nil
	x.GLBSettings = []lbGlobal{{TargetProtocol: "https", TargetPort: 443}}
}

func TestCheckLoadBalancer(t *testing.T) {
	rule := func(edit func(*forwardingRule)) func(*loadBalancer) {
		return func(x *loadBalancer) { edit(&x.ForwardingRules[0]) }
	}
	health := func(h lbHealth) func(*loadBalancer) {
		return func(x *loadBalancer) { x.HealthCheck = []lbHealth{h} }
	}
	usual := lbHealth{Protocol: "http", Port: 80, Path: "/", Interval: 10, Timeout: 5, Unhealthy: 3, Healthy: 5}
	with := func(edit func(*lbHealth)) lbHealth { h := usual; edit(&h); return h }
	for name, tc := range map[string]struct {
		edit func(*loadBalancer)
		want string // part of the error, "" for none
	}{
		"smallest":                      {func(*loadBalancer) {}, ""},
		"global":                        {global, ""},
		"global in a region":            {func(x *loadBalancer) { global(x); x.Region = "fra1" }, "no region"},
		"global with a rule":            {func(x *loadBalancer) { x.Type, x.Region = globalLB, "" }, "glb_settings"},
		"global without settings":       {func(x *loadBalancer) { global(x); x.GLBSettings = nil }, "needs glb_settings"},
		"global to another port":        {func(x *loadBalancer) { global(x); x.GLBSettings[0].TargetPort = 80 }, "and 443"},
		"settings of a global one":      {func(x *loadBalancer) { x.GLBSettings = []lbGlobal{{TargetProtocol: "http", TargetPort: 80}} }, "type GLOBAL"},
		"no region":                     {func(x *loadBalancer) { x.Region = "" }, "region"},
		"no name":                       {func(x *loadBalancer) { x.Name = "" }, "name"},
		"no rule":                       {func(x *loadBalancer) { x.ForwardingRules = nil }, "forwarding_rule"},
		"unknown type":                  {func(x *loadBalancer) { x.Type = "LOCAL" }, `type "LOCAL"`},
		"unknown size":                  {func(x *loadBalancer) { x.Size = "lb-tiny" }, "lb-tiny"},
		"two sizes":                     {func(x *loadBalancer) { x.Size, x.SizeUnit = "lb-small", 3 }, "exclude"},
		"two sizes that mean the same":  {func(x *loadBalancer) { x.Size, x.SizeUnit = "lb-medium", 3 }, ""},
		"too large":                     {func(x *loadBalancer) { x.SizeUnit = 201 }, "size_unit"},
		"droplets in two ways":          {func(x *loadBalancer) { x.DropletTag, x.DropletIDs = "ml", []int{1} }, "exclude"},
		"tag with a space":              {func(x *loadBalancer) { x.DropletTag = "a b" }, "tag"},
		"idle for too short":            {func(x *loadBalancer) { x.HTTPIdleTimeout = 29 }, "http_idle_timeout_seconds"},
		"subnet of no network":          {func(x *loadBalancer) { x.SubnetUUID = "s" }, "vpc_uuid"},
		"unknown cipher policy":         {func(x *loadBalancer) { x.TLSCipherPolicy = "WEAK" }, "tls_cipher_policy"},
		"unknown entry":                 {rule(func(r *forwardingRule) { r.EntryProtocol = "ftp" }), "ftp"},
		"target of http3":               {rule(func(r *forwardingRule) { r.TargetProtocol = "http3" }), "target_protocol"},
		"port of 0":                     {rule(func(r *forwardingRule) { r.TargetPort = 0 }), "ports"},
		"udp to tcp":                    {rule(func(r *forwardingRule) { r.EntryProtocol, r.TargetProtocol = "udp", "tcp" }), "udp"},
		"https without certificate":     {rule(func(r *forwardingRule) { r.EntryProtocol = "https" }), "certificate_name"},
		"https with certificate":        {rule(func(r *forwardingRule) { r.EntryProtocol, r.CertificateName = "https", "ml" }), ""},
		"https by an old name":          {rule(func(r *forwardingRule) { r.EntryProtocol, r.CertificateID = "https", "ml" }), ""},
		"passed through":                {rule(func(r *forwardingRule) { r.EntryProtocol, r.TargetProtocol, r.TLSPassthrough = "https", "https", true }), ""},
		"passed through and terminated": {rule(func(r *forwardingRule) { r.EntryProtocol, r.TLSPassthrough, r.CertificateName = "https", true, "ml" }), "drop"},
		"usual check":                   {health(usual), ""},
		"http check without path":       {health(with(func(h *lbHealth) { h.Path = "" })), "path"},
		"tcp check with path":           {health(with(func(h *lbHealth) { h.Protocol = "tcp" })), "path"},
		"check of udp":                  {health(with(func(h *lbHealth) { h.Protocol = "udp" })), "protocol"},
		"check without pause":           {health(with(func(h *lbHealth) { h.Interval = 1 })), "check_interval_seconds"},
		"cookies without name":          {func(x *loadBalancer) { x.StickySessions = []lbSticky{{Type: "cookies", CookieTTL: 60}} }, "cookie_name"},
		"cookies of type none":          {func(x *loadBalancer) { x.StickySessions = []lbSticky{{Type: "none", CookieName: "ml"}} }, "cookie_name"},
		"firewall": {func(x *loadBalancer) {
			x.Firewall = []lbFirewall{{Allow: []string{"ip:2001:db8::1", "cidr:192.0.2.0/24"}}}
		}, ""},
		"firewall without a kind": {func(x *loadBalancer) { x.Firewall = []lbFirewall{{Deny: []string{"192.0.2.7"}}} }, "192.0.2.7"},
	} {
		checkError(t, name, checkLoadBalancer(nil, web(tc.edit)), tc.want)
	}
}

func TestLoadBalancerIsSpelledAsItsUserDoes(t *testing.T) {
	const id = "0a1b"
	secure := func(name, id string) func(*loadBalancer) {
		return func(x *loadBalancer) {
			r := &x.ForwardingRules[0]
			r.EntryProtocol, r.CertificateName, r.CertificateID = "https", name, id
		}
	}
	for name, tc := range map[string]struct{ was, x, want func(*loadBalancer) }{
		"the name of a certificate": {secure("ml", ""), secure("ml", id), secure("ml", "")},
		"its old attribute":         {secure("", "ml"), secure("ml", id), secure("", "ml")},
		"its UUID":                  {secure("", id), secure("ml", id), secure("", id)},
		"both, as Terraform does":   {secure("ml", "ml"), secure("ml", id), secure("ml", "ml")},
		"a renewed one":             {secure("ml", id), secure("ml", "9f"), secure("ml", id)},
		"another one":               {secure("ml", ""), secure("other", "9f"), secure("other", "9f")},
		"none any more":             {secure("ml", ""), secure("", ""), secure("", "")},
		"one that is new":           {secure("", ""), secure("ml", ""), secure("ml", "")},
		"another port": {secure("ml", ""), func(x *loadBalancer) { secure("ml", id)(x); x.ForwardingRules[0].EntryPort = 81 },
			func(x *loadBalancer) { secure("ml", id)(x); x.ForwardingRules[0].EntryPort = 81 }},
		"an old size":          {func(x *loadBalancer) { x.Size = "lb-medium" }, func(x *loadBalancer) { x.SizeUnit = 3 }, func(x *loadBalancer) { x.Size, x.SizeUnit = "lb-medium", 3 }},
		"an old size is wrong": {func(x *loadBalancer) { x.Size = "lb-medium" }, func(x *loadBalancer) { x.SizeUnit = 4 }, func(x *loadBalancer) { x.SizeUnit = 4 }},
		"a tag":                {func(x *loadBalancer) { x.DropletTag = "ML" }, func(x *loadBalancer) { x.DropletTag = "ml" }, func(x *loadBalancer) { x.DropletTag = "ML" }},
		"what is not said":     {func(x *loadBalancer) { x.Network = "INTERNAL" }, func(*loadBalancer) {}, func(x *loadBalancer) { x.Network = "INTERNAL" }},
	} {
		got := web(tc.x)
		spellLoadBalancer(web(tc.was), &got)
		if diff := cmp.Diff(web(tc.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLoadBalancerRequest(t *testing.T) {
	certificates := func() ([]certificate, error) {
		return []certificate{{Name: "ml", UUID: "0a"}, {Name: "0b", UUID: "0c"}}, nil
	}
	for name, tc := range map[string]struct {
		called, want, err string
	}{
		"by name":            {"ml", "0a", ""},
		"by UUID":            {"0a", "0a", ""},
		"names come first":   {"0b", "0c", ""},
		"one that is not":    {"gone", "", "no certificate"},
		"none is none":       {"", "", ""},
		"the list is broken": {"broken", "", "list"},
	} {
		list := certificates
		if tc.err == "list" {
			list = func() ([]certificate, error) { return nil, errors.New("no list") }
		}
		got, err := certificateUUID(tc.called, list)
		checkError(t, name, err, tc.err)
		if got != tc.want {
			t.Errorf("%s: UUID %q, want %q", name, got, tc.want)
		}
	}
	none, _ := (&loadBalancer{}).request(certificates)
	if none.DropletIDs == nil || *none.DropletIDs == nil {
		t.Error("a request without droplets and tag does not say that there are none")
	}
	tagged, _ := (&loadBalancer{DropletTag: "ml", DropletIDs: []int{1}}).request(certificates)
	if tagged.DropletIDs != nil || tagged.LoadBalancerRequest.DropletIDs != nil {
		t.Error("a request with a tag names droplets, too")
	}
	sized, _ := (&loadBalancer{Size: "lb-medium", SizeUnit: 3}).request(certificates)
	if sized.SizeSlug != "" || sized.SizeUnit != 3 {
		t.Errorf("sizes %q and %d, want one", sized.SizeSlug, sized.SizeUnit)
	}
}

func TestLoadBalancerStates(t *testing.T) {
	for status, want := range map[string]error{"active": nil, "new": providers.ErrNotReady, "errored": providers.ErrBroken} {
		var x loadBalancer
		if err := x.observe(&godo.LoadBalancer{ID: "b", Status: status}, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", status, err, want)
		}
	}
}
