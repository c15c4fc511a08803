package hcloud

import (
	"errors"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
)

// TestNamesOfEveryHolder gives an address of everything that can have one a name:
// it is read, listed once, changed and taken away again.
func TestNamesOfEveryHolder(t *testing.T) {
	p := newProject(t, fake.Options{})
	ctx := t.Context()
	s := p.server(testServer)
	f := floatingIP{Type: "ipv6", HomeLocation: "fsn1"}
	b := loadBalancer{Name: "lb", Type: "lb11", Location: "fsn1"}
	for _, create := range []func() error{
		func() error { return createFloatingIP(ctx, p.client, &f, providers.Attempt{}) },
		func() error { return createLoadBalancer(ctx, p.client, &b, providers.Attempt{}) },
	} {
		if _, err := p.settled(create()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(readFloatingIP(ctx, p.client, &f), readLoadBalancer(ctx, p.client, &b)); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]rdns{
		"server":              {ServerID: p.number(s.ID), IPAddress: s.IPv4Address},
		"server, IPv6":        {ServerID: p.number(s.ID), IPAddress: s.IPv6Address},
		"primary IP":          {PrimaryIPID: p.primaryIP("own", "ipv4"), IPAddress: p.addressOf("own")},
		"floating IP":         {FloatingIPID: p.number(f.ID), IPAddress: f.IPAddress},
		"load balancer":       {LoadBalancerID: p.number(b.ID), IPAddress: b.IPv4},
		"load balancer, IPv6": {LoadBalancerID: p.number(b.ID), IPAddress: b.IPv6},
	} {
		t.Run(name, func(t *testing.T) {
			x.DNSPtr = "a.example.com"
			p.must(func() error { return createRDNS(ctx, p.client, &x, providers.Attempt{}) })
			got := rdns{ID: x.ID}
			if err := readRDNS(ctx, p.client, &got); err != nil || got != x {
				t.Fatalf("read %+v, %v; want %+v", got, err, x)
			}
			if all := p.names(x); len(all) != 1 || all[0] != x {
				t.Errorf("listed are %+v, want %+v", all, x)
			}
			want := x
			want.DNSPtr = "b.example.com"
			p.must(func() error { return updateRDNS(ctx, p.client, x, &want) })
			if err := readRDNS(ctx, p.client, &got); err != nil || got != want {
				t.Errorf("read %+v, %v; want %+v", got, err, want)
			}
			p.must(func() error { return deleteRDNS(ctx, p.client, want) })
			if err := readRDNS(ctx, p.client, &got); !errors.Is(err, providers.ErrGone) {
				t.Errorf("read after the end: %v, want %v", err, providers.ErrGone)
			}
			if all := p.names(x); len(all) != 0 {
				t.Errorf("listed after the end are %+v", all)
			}
		})
	}
}

// names are the names that are listed of the kind of holder that x has.
func (p *project) names(x rdns) []rdns {
	p.t.Helper()
	var all []rdns
	for got, err := range listRDNS(p.t.Context(), p.client, x) {
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, got)
	}
	return all
}

// addressOf is the address of a primary IP.
func (p *project) addressOf(name string) string {
	p.t.Helper()
	got, _, err := p.PrimaryIP.GetByName(p.t.Context(), name)
	if err != nil || got == nil {
		p.t.Fatal(got, err)
	}
	return address(got.IP)
}
