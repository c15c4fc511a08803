package hcloud

import (
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

func TestCheckServer(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*server)
		want string
	}{
		"a server":           {func(*server) {}, ""},
		"a domain as a name": {func(x *server) { x.Name = "api.example.com" }, ""},
		"underscore":         {func(x *server) { x.Name = "a_b" }, "host name"},
		"dash at the end":    {func(x *server) { x.Name = "a-" }, "host name"},
		"no image":           {func(x *server) { x.Image = "" }, "image has to be set"},
		"long user data":     {func(x *server) { x.UserData = string(make([]byte, maxUserData+1)) }, "32769 bytes"},
		"rescue of yore":     {func(x *server) { x.Rescue = "linux32" }, "linux64"},
		"one protection":     {func(x *server) { x.DeleteProtection = true }, "set both"},
		"both protections":   {func(x *server) { x.DeleteProtection, x.RebuildProtection = true, true }, ""},
		"an address turned off": {func(x *server) {
			x.PublicNet = []publicNet{{IPv6Enabled: true, IPv4: 3}}
		}, "ipv4_enabled = true"},
		"a network twice": {func(x *server) {
			x.Networks = []serverNet{{NetworkID: 3}, {SubnetID: "3-10.0.1.0/24"}}
		}, "two blocks network"},
		"a subnet of another network": {func(x *server) {
			x.Networks = []serverNet{{NetworkID: 4, SubnetID: "3-10.0.1.0/24"}}
		}, "not in network_id 4"},
		"no id of a subnet": {func(x *server) { x.Networks = []serverNet{{SubnetID: "10.0.1.0/24"}} }, "subnet_id"},
		"an address of another subnet": {func(x *server) {
			x.Networks = []serverNet{{SubnetID: "3-10.0.1.0/24", IP: "10.0.2.5"}}
		}, "not in subnet_id"},
		"no address": {func(x *server) { x.Networks = []serverNet{{NetworkID: 3, AliasIPs: []string{"x"}}} }, "no IP address"},
		"waits for an address it does not have": {func(x *server) {
			x.PublicNet = []publicNet{{}}
			x.WaitFor = []providers.WaitFor{{SSH: true, Address: "public", Port: 22, Timeout: "1m"}}
		}, "no public address"},
		"a label of ours": {func(x *server) { x.Labels = map[string]string{stoppedLabel: "true"} }, "mlinfra's own"},
		"a bad label":     {func(x *server) { x.Labels = map[string]string{"a b": "c"} }, "a key has"},
		"a bad value":     {func(x *server) { x.Labels = map[string]string{"a": "-c"} }, "a value has"},
		"good labels":     {func(x *server) { x.Labels = map[string]string{"example.com/a_b": "", "c": "1.2"} }, ""},
	} {
		x := testServer
		tc.edit(&x)
		checkError(t, name, checkServer(nil, x), tc.want)
	}
	x := testServer
	x.Image = ""
	checkError(t, "an image that the API has forgotten", checkServer(&testServer, x), "")
}

func TestCheckNetworks(t *testing.T) {
	for name, tc := range map[string]struct {
		check error
		want  string
	}{
		"a network":          {checkNetwork(nil, network{Name: "ml", IPRange: "10.0.0.0/8"}), ""},
		"public range":       {checkNetwork(nil, network{Name: "ml", IPRange: "192.0.2.0/24"}), "not private"},
		"wider than private": {checkNetwork(nil, network{Name: "ml", IPRange: "172.16.0.0/11"}), "write 172.0.0.0/11"},
		"within":             {checkNetwork(nil, network{Name: "ml", IPRange: "10.0.0.1/16"}), "write 10.0.0.0/16"},
		"small":              {checkNetwork(nil, network{Name: "ml", IPRange: "10.0.0.0/25"}), "at least a /24"},
		"no range":           {checkNetwork(nil, network{Name: "ml", IPRange: "10.0.0.0"}), "CIDR"},
		"no name":            {checkNetwork(nil, network{IPRange: "10.0.0.0/16"}), "name"},
		"a subnet":           {checkNetworkSubnet(nil, networkSubnet{Type: "cloud", NetworkZone: "eu-central", IPRange: "10.0.0.0/30"}), ""},
		"a kind unknown":     {checkNetworkSubnet(nil, networkSubnet{Type: "lan", NetworkZone: "eu-central", IPRange: "10.0.0.0/30"}), "none of cloud"},
		"no vSwitch":         {checkNetworkSubnet(nil, networkSubnet{Type: "vswitch", NetworkZone: "eu-central", IPRange: "10.0.0.0/30"}), "needs vswitch_id"},
		"a vSwitch too many": {checkNetworkSubnet(nil, networkSubnet{Type: "cloud", NetworkZone: "eu-central", IPRange: "10.0.0.0/30", VSwitchID: 3}), "vswitch_id is for"},
		"no zone":            {checkNetworkSubnet(nil, networkSubnet{Type: "cloud", IPRange: "10.0.0.0/30"}), "network_zone"},
		"a route":            {checkNetworkRoute(nil, networkRoute{Destination: "0.0.0.0/0", Gateway: "10.0.0.5"}), ""},
		"to an address":      {checkNetworkRoute(nil, networkRoute{Destination: "10.0.0.7/24", Gateway: "10.0.0.5"}), "write 10.0.0.0/24"},
		"over IPv6":          {checkNetworkRoute(nil, networkRoute{Destination: "0.0.0.0/0", Gateway: "::1"}), "IPv4"},
		"an attachment":      {checkServerNetwork(nil, serverNetwork{ServerID: 3, NetworkID: 4}), ""},
		"to nothing":         {checkServerNetwork(nil, serverNetwork{ServerID: 3}), "subnet_id or network_id"},
		"an address":         {checkPrimaryIP(nil, primaryIP{Name: "a", Type: "ipv4", Location: "fsn1"}), ""},
		"nowhere":            {checkPrimaryIP(nil, primaryIP{Name: "a", Type: "ipv4"}), "location or assignee_id"},
		"of no kind":         {checkPrimaryIP(nil, primaryIP{Name: "a", Type: "v4", Location: "fsn1"}), "neither"},
		"for whom":           {checkPrimaryIP(nil, primaryIP{Name: "a", Type: "ipv4", AssigneeID: 3, AssigneeType: "volume"}), "only kind"},
	} {
		checkError(t, name, tc.check, tc.want)
	}
}

func TestReplacesNetwork(t *testing.T) {
	for name, tc := range map[string]struct {
		was, want string
		replaces  bool
	}{
		"the same":      {"10.0.0.0/16", "10.0.0.0/16", false},
		"grows":         {"10.0.0.0/16", "10.0.0.0/12", false},
		"shrinks":       {"10.0.0.0/12", "10.0.0.0/16", true},
		"begins before": {"10.1.0.0/16", "10.0.0.0/8", true},
		"elsewhere":     {"10.0.0.0/16", "192.168.0.0/16", true},
		"not known yet": {"10.0.0.0/16", "", false},
	} {
		if got := replacesNetwork(network{IPRange: tc.was}, network{IPRange: tc.want}); (len(got) > 0) != tc.replaces {
			t.Errorf("%s: %s to %s replaces %v, want it: %t", name, tc.was, tc.want, got, tc.replaces)
		}
	}
}

func TestRDNSIDs(t *testing.T) {
	for id, want := range map[string]rdns{
		"s-3-192.0.2.1":   {ServerID: 3, IPAddress: "192.0.2.1"},
		"p-4-2001:db8::1": {PrimaryIPID: 4, IPAddress: "2001:db8::1"},
		"f-5-192.0.2.1":   {FloatingIPID: 5, IPAddress: "192.0.2.1"},
		"l-6-192.0.2.1":   {LoadBalancerID: 6, IPAddress: "192.0.2.1"},
	} {
		got, err := parseRDNS(id)
		want.ID = id
		if err != nil || got != want || got.id() != id {
			t.Errorf("parseRDNS(%q) is %+v, %v; want %+v", id, got, err, want)
		}
	}
	for _, bad := range []string{"", "s-3", "x-3-192.0.2.1", "s-x-192.0.2.1", "s-3-x", "3-192.0.2.1"} {
		if _, err := parseRDNS(bad); err == nil {
			t.Errorf("parseRDNS(%q) has no error", bad)
		}
	}
	for name, tc := range map[string]struct {
		edit func(*rdns)
		want string
	}{
		"a name":         {func(*rdns) {}, ""},
		"of two":         {func(x *rdns) { x.FloatingIPID = 3 }, "exactly one"},
		"of none":        {func(x *rdns) { x.ServerID = 0 }, "exactly one"},
		"no address":     {func(x *rdns) { x.IPAddress = "192.0.2" }, "no IP address"},
		"spelled so":     {func(x *rdns) { x.IPAddress = "2001:DB8::1" }, "2001:db8::1"},
		"the usual name": {func(x *rdns) { x.DNSPtr = "static.1.2.0.192.clients.your-server.de" }, "leave it out"},
		"no name":        {func(x *rdns) { x.DNSPtr = "a b" }, "no domain name"},
	} {
		x := rdns{ServerID: 3, IPAddress: "192.0.2.1", DNSPtr: "api.example.com"}
		tc.edit(&x)
		checkError(t, name, checkRDNS(nil, x), tc.want)
	}
}

func TestIDsOfParts(t *testing.T) {
	network, ipRange, err := splitPart("3-10.0.1.0/24")
	if network != 3 || ipRange != "10.0.1.0/24" || err != nil {
		t.Errorf("splitPart is %d, %q, %v", network, ipRange, err)
	}
	server, of, err := splitServerNet("5-3")
	if server != 5 || of != 3 || err != nil {
		t.Errorf("splitServerNet is %d, %d, %v", server, of, err)
	}
	for _, bad := range []string{"", "3", "3-", "-10.0.1.0/24", "x-10.0.1.0/24", "3-10.0.1.0"} {
		if _, _, err := splitPart(bad); err == nil {
			t.Errorf("splitPart(%q) has no error", bad)
		}
		if _, _, err := splitServerNet(bad); err == nil {
			t.Errorf("splitServerNet(%q) has no error", bad)
		}
	}
}

// TestSpellServer keeps what the API does not show.
func TestSpellServer(t *testing.T) {
	was := server{UserData: "qvTGHdzF6KLavt4PO0gs2a6pQ00=", FirewallIDs: []int{1}, Networks: []serverNet{{NetworkID: 3, SubnetID: "3-10.0.1.0/24", IP: "10.0.1.5"}}}
	x := server{
		UserData: "hello", FirewallIDs: []int{1, 2}, IgnoreRemoteFirewallIDs: true,
		Networks: []serverNet{{NetworkID: 3, IP: "10.0.1.5"}, {NetworkID: 4, IP: "10.1.1.5"}},
	}
	spellServer(was, &x)
	if x.UserData != was.UserData || len(x.FirewallIDs) != 1 || x.Networks[0].SubnetID != was.Networks[0].SubnetID || x.Networks[1].SubnetID != "" {
		t.Errorf("got %+v", x)
	}
	moved := server{UserData: "other", FirewallIDs: []int{2}, Networks: []serverNet{{NetworkID: 3, IP: "10.0.2.5"}}}
	spellServer(was, &moved)
	if moved.UserData != "other" || moved.FirewallIDs[0] != 2 || moved.Networks[0].SubnetID != "" {
		t.Errorf("what has changed is spelled as before: %+v", moved)
	}
}
