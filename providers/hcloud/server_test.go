package hcloud

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
)

// TestServerRunsAgainAfterAChange changes what needs a server off: it is off for that
// while only, and stays off where somebody has turned it off.
func TestServerRunsAgainAfterAChange(t *testing.T) {
	for name, edit := range map[string]func(*project, *server){
		"the type":             func(_ *project, x *server) { x.ServerType = "cx33" },
		"the type, not disk":   func(_ *project, x *server) { x.ServerType, x.KeepDisk = "cx33", true },
		"the placement group":  func(p *project, x *server) { x.PlacementGroupID = p.group() },
		"the public addresses": func(_ *project, x *server) { x.PublicNet = []publicNet{{IPv4Enabled: true, IPv4: x.PublicNet[0].IPv4}} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, fake.Options{})
			was := p.server(testServer)
			now := p.change(was, func(x *server) { edit(p, x) })
			if now.Status != "running" {
				t.Errorf("the server is %s, want running", now.Status)
			}
			if got := p.labels(now.ID); got[stoppedLabel] != "" || got[ownerLabel] != "lineage-1" || got[attemptLabel] != "attempt-1" {
				t.Errorf("labels %v, want the marks and no label of a stop", got)
			}
			if want := map[bool]int{true: 40, false: 80}[now.KeepDisk]; now.ServerType == "cx33" && now.PrimaryDiskSize != want {
				t.Errorf("the disk has %d GB, want %d", now.PrimaryDiskSize, want)
			}
		})
	}
	p := newProject(t, fake.Options{})
	was := p.server(testServer)
	p.must(func() error { return started(p.Server.Poweroff(t.Context(), p.raw(was.ID))) })
	p.read(&was)
	group := p.group()
	if now := p.change(was, func(x *server) { x.PlacementGroupID = group }); now.Status != "off" {
		t.Errorf("a server that was off is %s after a change, want off", now.Status)
	}
}

// TestServerThatARunHasStoppedIsStarted cuts a change off after each of its calls: who
// goes on with it, from what is there then, lets the server run.
func TestServerThatARunHasStoppedIsStarted(t *testing.T) {
	for calls := 1; ; calls++ {
		p := newProject(t, fake.Options{})
		was := p.server(testServer)
		want := was
		want.ServerType, want.PublicNet = "cx33", []publicNet{{IPv6Enabled: true, IPv6: was.PublicNet[0].IPv6}}
		again := true
		for n := 0; n < calls && again; n++ {
			x := want
			var err error
			if again, err = p.settled(updateServer(t.Context(), p.client, was, &x)); err != nil {
				t.Fatal(err)
			}
		}
		now := want
		p.read(&now)
		now = p.change(now, func(x *server) { x.ServerType, x.PublicNet = want.ServerType, want.PublicNet })
		if now.Status != "running" || now.ServerType != "cx33" || now.IPv4Address != "" || p.labels(now.ID)[stoppedLabel] != "" {
			t.Errorf("after %d calls and another run: %+v", calls, now)
		}
		if n := strings.Count(strings.Join(p.Inventory(), "\n"), "primary_ip "); n != 1 {
			t.Errorf("after %d calls and another run there are %d addresses, want 1", calls, n)
		}
		if !again {
			return
		}
	}
}

// TestServerOfARefusedTypeRunsAgain sells a type out between plan and apply.
func TestServerOfARefusedTypeRunsAgain(t *testing.T) {
	sold := map[string]bool{}
	p := newProject(t, fake.Options{NoStock: sold})
	was := p.server(testServer)
	sold["cx33"] = true
	want := was
	want.ServerType = "cx33"
	_, err := p.until(func() error {
		x := want
		return updateServer(t.Context(), p.client, was, &x)
	})
	checkError(t, "a type that is sold out", err, "not available")
	p.clock.Advance(5 * time.Second)
	if p.read(&was); was.Status != "running" {
		t.Errorf("the server is %s, want running", was.Status)
	}
}

// TestAddressesOfAServer goes from one to the next: those that came with the server go
// when it gives them back, others stay.
func TestAddressesOfAServer(t *testing.T) {
	p := newProject(t, fake.Options{})
	own := p.primaryIP("own", "ipv4")
	x := p.server(testServer)
	auto := x.PublicNet[0]
	for _, step := range []struct {
		name    string
		want    publicNet
		ipv4    func(publicNet) bool
		six     bool
		objects int // addresses that there are
	}{
		{"an address of the user's", publicNet{true, true, own, auto.IPv6}, func(n publicNet) bool { return n.IPv4 == own }, true, 2},
		{"none of IPv6", publicNet{true, false, own, 0}, func(n publicNet) bool { return n.IPv4 == own }, false, 1},
		{"a new one of either", publicNet{true, true, own, 0}, func(n publicNet) bool { return n.IPv4 == own }, true, 2},
		{"none at all", publicNet{false, false, 0, 0}, func(n publicNet) bool { return n.IPv4 == 0 }, false, 1},
		{"a new one", publicNet{true, false, 0, 0}, func(n publicNet) bool { return n.IPv4 != 0 && n.IPv4 != own }, false, 2},
	} {
		x = p.change(x, func(y *server) { y.PublicNet = []publicNet{step.want} })
		got := x.PublicNet[0]
		if !step.ipv4(got) || got.IPv6Enabled != step.six || x.Status != "running" {
			t.Errorf("%s: got %+v of a server that is %s", step.name, got, x.Status)
		}
		if n := strings.Count(strings.Join(p.Inventory(), "\n"), "primary_ip "); n != step.objects {
			t.Errorf("%s: there are %d addresses, want %d", step.name, n, step.objects)
		}
	}
}

// TestNetworksOfAServer goes from one to the next, and leaves alone what others do.
func TestNetworksOfAServer(t *testing.T) {
	p := newProject(t, fake.Options{})
	a, b := p.network("a", "10.0.0.0/16"), p.network("b", "10.1.0.0/16")
	x := p.server(testServer)
	subnet := text(int64(a)) + "-10.0.1.0/24"
	for _, step := range []struct {
		name string
		want []serverNet
		ips  string
	}{
		{"into a subnet", []serverNet{{SubnetID: subnet}}, "10.0.1.1"},
		{"with an address", []serverNet{{SubnetID: subnet, IP: "10.0.1.9"}}, "10.0.1.9"},
		{"with another one beside it", []serverNet{{NetworkID: a, IP: "10.0.1.9", AliasIPs: []string{"10.0.1.10"}}}, "10.0.1.9+10.0.1.10"},
		{"into a second network", []serverNet{{NetworkID: a, IP: "10.0.1.9", AliasIPs: []string{}}, {NetworkID: b}}, "10.0.1.9 10.1.1.1"},
		{"out of the first", []serverNet{{NetworkID: b}}, "10.1.1.1"},
	} {
		x = p.change(x, func(y *server) { y.Networks = step.want })
		var ips []string
		for _, n := range x.Networks {
			ips = append(ips, strings.Join(append([]string{n.IP}, n.AliasIPs...), "+"))
		}
		if got := strings.Join(ips, " "); got != step.ips {
			t.Errorf("%s: addresses %s, want %s", step.name, got, step.ips)
		}
	}
	// Another resource brings it into a; the server's own blocks stay as they were.
	link := serverNetwork{ServerID: p.number(x.ID), NetworkID: a}
	p.must(func() error { return createServerNetwork(t.Context(), p.client, &link, providers.Attempt{}) })
	if x = p.change(x, func(y *server) { y.Name = "other" }); len(x.Networks) != 2 {
		t.Errorf("after a change of the name the server is in %d networks, want 2", len(x.Networks))
	}
}

// TestServerBootsWhatIsWanted looks at the log of actions: each change resets once.
func TestServerBootsWhatIsWanted(t *testing.T) {
	p := newProject(t, fake.Options{})
	x := p.server(testServer)
	for _, step := range []struct {
		name, iso, rescue string
		log               string // the newest actions, the last one last
	}{
		{"a disc", "virtio-win-0.1.248.iso", "", "attach_iso reset_server"},
		{"another disc", "debian-12.5.0-amd64-netinst.iso", "", "detach_iso attach_iso reset_server"},
		{"no disc", "", "", "detach_iso reset_server"},
		{"the rescue system", "", "linux64", "enable_rescue reset_server"},
		{"and a disc", "26055", "linux64", "attach_iso enable_rescue reset_server"},
		{"nothing", "", "", "detach_iso reset_server"},
	} {
		was := x
		before := p.log(x.ID)
		x = p.change(was, func(y *server) { y.ISO, y.Rescue = step.iso, step.rescue })
		if got := strings.TrimSpace(strings.TrimPrefix(p.log(x.ID), before)); got != step.log {
			t.Errorf("%s: actions %q, want %q", step.name, got, step.log)
		}
	}
	was := x
	x = p.change(was, func(y *server) { y.Rescue = "linux64" })
	before := p.log(x.ID)
	x = p.change(x, func(y *server) { y.Rescue = "" })
	if got := strings.TrimSpace(strings.TrimPrefix(p.log(x.ID), before)); got != "reset_server" {
		t.Errorf("out of the rescue system that has started: actions %q, want a reset", got)
	}
	x.ISO = ""
	want := x
	want.ISO = "debian-12.5.0-arm64-netinst.iso"
	_, err := p.until(func() error { y := want; return updateServer(t.Context(), p.client, x, &y) })
	checkError(t, "a disc for another architecture", err, "is for arm")
}

// TestServerIsShutDownBeforeItGoes waits for the system, but not for ever.
func TestServerIsShutDownBeforeItGoes(t *testing.T) {
	for name, tc := range map[string]struct {
		settle, wait time.Duration // how long actions take, and when the deletion is called again
		want         providers.Kind
		gone         bool
	}{
		"that has stopped":        {time.Second, 3 * time.Second, 0, true},
		"that is stopping":        {2 * time.Second, 3 * time.Second, providers.Busy, false},
		"that does not stop soon": {40 * time.Second, 45 * time.Second, 0, true},
	} {
		p := newProject(t, fake.Options{Settle: tc.settle})
		x := p.server(testServer)
		x.ShutdownBeforeDeletion = true
		err := deleteServer(t.Context(), p.client, x)
		if !errors.Is(err, providers.ErrAgain) || !strings.HasSuffix(p.log(x.ID), shutdownCommand) {
			t.Fatalf("%s: %v: %s; want a shutdown", name, err, p.log(x.ID))
		}
		p.clock.Advance(tc.wait)
		switch err := deleteServer(t.Context(), p.client, x); {
		case tc.gone && providers.OperationOf(err) == "":
			t.Errorf("a server %s: %v, want its deletion", name, err)
		case !tc.gone && classify(err).Kind != tc.want:
			t.Errorf("a server %s: %v, want kind %v", name, err, tc.want)
		}
	}
}

func TestServerLeavesWhatIsNotItsOwn(t *testing.T) {
	p := newProject(t, fake.Options{})
	want := testServer
	want.PublicNet = []publicNet{{IPv4Enabled: true, IPv6Enabled: true, IPv4: p.primaryIP("own", "ipv4")}}
	x := p.server(want)
	v := volume{Name: "data", Size: 10, Location: "fsn1"}
	if _, err := p.settled(createVolume(t.Context(), p.client, &v, providers.Attempt{})); err != nil {
		t.Fatal(err)
	}
	p.must(func() error {
		return started(p.Volume.Attach(t.Context(), &hcloud.Volume{ID: int64(p.number(v.ID))}, serverOf(p.number(x.ID))))
	})
	left, err := serverLeaves(t.Context(), p.client, x)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, l := range left {
		kinds = append(kinds, l.Kind)
	}
	if got := strings.Join(kinds, ", "); got != "volume, primary IP" {
		t.Errorf("it leaves %q, want its volume and the address that is not its own", got)
	}
}

// TestPrimaryIPIsTakenFromARunningServer deletes an address: the server is off for
// that while, also when another run goes on with it.
func TestPrimaryIPIsTakenFromARunningServer(t *testing.T) {
	for calls := 1; ; calls++ {
		p := newProject(t, fake.Options{})
		ctx := t.Context()
		id := p.primaryIP("own", "ipv4")
		want := testServer
		want.PublicNet = []publicNet{{IPv4Enabled: true, IPv6Enabled: true, IPv4: id}}
		s := p.server(want)
		x, again := primaryIP{ID: text(int64(id))}, true
		for n := 0; n < calls && again; n++ {
			var err error
			if again, err = p.settled(deletePrimaryIP(ctx, p.client, x)); err != nil {
				t.Fatal(err)
			}
		}
		if again {
			p.must(func() error { return deletePrimaryIP(ctx, p.client, x) })
		}
		p.read(&s)
		if s.Status != "running" || s.IPv4Address != "" || p.labels(s.ID)[stoppedLabel] != "" || p.has(" own") {
			t.Errorf("after %d calls and another run: the server is %s, with %q and %v; %v", calls, s.Status, s.IPv4Address, p.labels(s.ID), p.Inventory())
		}
		if !again {
			return
		}
	}
}

func (p *project) number(id string) int {
	n, err := number(id)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(n)
}

// raw returns a server as the SDK has it.
func (p *project) raw(id string) *hcloud.Server {
	p.t.Helper()
	got, err := fetchServer(p.t.Context(), p.client, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// labels returns all labels of a server.
func (p *project) labels(id string) map[string]string { return p.raw(id).Labels }

// log returns the names of the actions on a server, the oldest first.
func (p *project) log(id string) string {
	p.t.Helper()
	actions, err := p.Server.Action.AllFor(p.t.Context(), p.raw(id), hcloud.ActionListOpts{Sort: []string{"id:asc"}})
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, a := range actions {
		names = append(names, a.Command)
	}
	return strings.Join(names, " ")
}

// group makes a placement group.
func (p *project) group() int {
	p.t.Helper()
	g := placementGroup{Name: "ml", Type: "spread"}
	if err := createPlacementGroup(p.t.Context(), p.client, &g, providers.Attempt{}); err != nil {
		p.t.Fatal(err)
	}
	return p.number(g.ID)
}

// primaryIP makes an address in fsn1.
func (p *project) primaryIP(name, kind string) int {
	p.t.Helper()
	x := primaryIP{Name: name, Type: kind, Location: "fsn1"}
	if err := createPrimaryIP(p.t.Context(), p.client, &x, providers.Attempt{}); err != nil {
		p.t.Fatal(err)
	}
	return p.number(x.ID)
}

// network makes a network whose second /24 is a subnet.
func (p *project) network(name, ipRange string) int {
	p.t.Helper()
	n := network{Name: name, IPRange: ipRange}
	if err := createNetwork(p.t.Context(), p.client, &n, providers.Attempt{}); err != nil {
		p.t.Fatal(err)
	}
	s := networkSubnet{NetworkID: p.number(n.ID), Type: "cloud", NetworkZone: "eu-central", IPRange: strings.Replace(ipRange, ".0.0/16", ".1.0/24", 1)}
	p.must(func() error { return createNetworkSubnet(p.t.Context(), p.client, &s, providers.Attempt{}) })
	return s.NetworkID
}
