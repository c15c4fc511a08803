package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/aws/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// account is a client of a fake account.
type account struct {
	*client
	clock *fakecloud.ManualClock

	mu      sync.Mutex
	actions []string // that changed something
	looks   []string // that did not
	fail    string   // the action that fails, once, without effect
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{clock: fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
	cloud := fake.New(fake.Options{Clock: a.clock.Now, Settle: time.Minute, Decide: a.decide, Log: func(e fakecloud.Entry) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if action := strings.TrimPrefix(e.Pattern, "ec2:"); !strings.HasPrefix(action, "Describe") {
			a.actions = append(a.actions, action)
		} else {
			a.looks = append(a.looks, action)
		}
	}})
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(server.Close)
	u := server.URL
	c, err := connect(t.Context(), settings{
		AccessKey: "AKIAEXAMPLE", SecretKey: "secret", Region: "eu-central-1", Endpoints: []endpoints{{EC2: u, STS: u}},
	}, providers.Env{Getenv: func(string) string { return "" }, Transport: server.Client().Transport, Pace: func(float64) {}, Isolated: true, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	a.client = c
	return a
}

func (a *account) decide(_ int64, r *http.Request) fakecloud.Fault {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil || a.fail == "" || !strings.Contains(string(body), "Action="+a.fail+"&") {
		return fakecloud.None
	}
	a.fail = ""
	return fakecloud.FailBefore
}

// changes returns what was called since the last time that changes something.
func (a *account) changes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.actions
	a.actions = nil
	return list
}

// A gateway that fails is told with its reason and counts as gone.
func TestFailedNATGateway(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	var list []string
	for s, err := range listSubnets(ctx, a.client, subnet{}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s.ID)
	}
	address := eip{Domain: "vpc"}
	if err := createEIP(ctx, a.client, &address, providers.Attempt{Token: "a"}); err != nil {
		t.Fatal(err)
	}
	good := natGateway{SubnetID: list[0], ConnectivityType: "public", AllocationID: address.ID}
	bad := good
	for _, g := range []*natGateway{&good, &bad} {
		token := "token-" + g.ID
		if g == &bad {
			token = "other"
		}
		if err := createNATGateway(ctx, a.client, g, providers.Attempt{Token: token}); providers.OperationOf(err) != g.ID || g.ID == "" {
			t.Fatalf("create of %q: %v, want an operation of its id", g.ID, err)
		}
	}
	results, err := operations(ctx, a.client, []string{good.ID, bad.ID})
	if err != nil || !errors.Is(results[0], providers.ErrNotReady) || !errors.Is(results[1], providers.ErrNotReady) {
		t.Errorf("at first: %v, %v", results, err)
	}
	a.clock.Advance(2 * time.Minute)
	results, err = operations(ctx, a.client, []string{bad.ID, good.ID})
	if err != nil || results[1] != nil || results[0] == nil || !strings.Contains(results[0].Error(), "Resource.AlreadyAssociated") {
		t.Errorf("at last: %v, %v: want the failure with its code, and nothing", results, err)
	}
	if err := readNATGateway(ctx, a.client, &bad); !errors.Is(err, providers.ErrGone) {
		t.Errorf("read of the failed one: %v, want %v", err, providers.ErrGone)
	}
	if err := readNATGateway(ctx, a.client, &good); err != nil {
		t.Error(err)
	}
	// The address is not free yet: a release is refused and asked again.
	if err := deleteEIP(ctx, a.client, address); err == nil || classify(err).Kind != providers.Busy {
		t.Errorf("release of the gateway's address: %v, want a refusal that is busy", err)
	}
}

// Somebody else's route and association are not taken for ours.
func TestTwinsAreRefused(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	network := vpc{CIDRBlock: "10.20.0.0/16", InstanceTenancy: "default"}
	if err := createVPC(ctx, a.client, &network, providers.Attempt{}); err != nil && !errors.Is(err, providers.ErrAgain) {
		t.Fatal(err)
	}
	part := subnet{VPCID: network.ID, CIDRBlock: "10.20.1.0/24"}
	gateway := internetGateway{VPCID: network.ID}
	table := routeTable{VPCID: network.ID}
	for _, err := range []error{
		createSubnet(ctx, a.client, &part, providers.Attempt{}),
		createInternetGateway(ctx, a.client, &gateway, providers.Attempt{}),
		createRouteTable(ctx, a.client, &table, providers.Attempt{}),
		attachInternetGateway(ctx, a.client, gateway),
	} {
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	r := route{RouteTableID: table.ID, DestinationIPv4: "0.0.0.0/0", hop: hop{GatewayID: gateway.ID}}
	use := routeTableAssociation{SubnetID: part.ID, RouteTableID: table.ID}
	first := errors.Join(createRoute(ctx, a.client, &r, providers.Attempt{}), createRouteTableAssociation(ctx, a.client, &use, providers.Attempt{}))
	if first != nil {
		t.Fatal(first)
	}
	for name, err := range map[string]error{
		"route":       createRoute(ctx, a.client, &r, providers.Attempt{}),
		"local route": createRoute(ctx, a.client, &route{RouteTableID: table.ID, DestinationIPv4: "10.20.0.0/16", hop: hop{GatewayID: gateway.ID}}, providers.Attempt{}),
		"association": createRouteTableAssociation(ctx, a.client, &use, providers.Attempt{}),
	} {
		if err == nil || classify(err).Kind != providers.Fatal {
			t.Errorf("the same %s again: %v, want a refusal", name, err)
		}
	}
	for _, id := range []string{use.ID, part.ID + "/" + table.ID} {
		x, err := importRouteTableAssociation(id)
		if err := errors.Join(err, readRouteTableAssociation(ctx, a.client, &x)); err != nil || x != use {
			t.Errorf("import of %s: %+v, %v, want %+v", id, x, err, use)
		}
	}
	again, err := importRoute(r.ID)
	if err := errors.Join(err, readRoute(ctx, a.client, &again)); err != nil || again.GatewayID != gateway.ID {
		t.Errorf("import of %s: %+v, %v", r.ID, again, err)
	}
}

func TestCanonicalSpelling(t *testing.T) {
	key := keyPair{PublicKey: "  ssh-ed25519 AAAAC3Nz me@home\n"}
	normalKeyPair(&key)
	if want := "ssh-ed25519 AAAAC3Nz"; key.PublicKey != want {
		t.Errorf("public_key %q, want %q", key.PublicKey, want)
	}
	for _, tt := range []struct {
		name     string
		have     groupRule
		protocol string
		from, to *int
	}{
		{"all protocols have no ports", groupRule{Protocol: "ALL", FromPort: new(0), ToPort: new(0)}, "-1", nil, nil},
		{"a number with a name", groupRule{Protocol: "17", FromPort: new(53), ToPort: new(53)}, "udp", new(53), new(53)},
		{"a number without one", groupRule{Protocol: "50"}, "50", nil, nil},
		{"all of ICMP", groupRule{Protocol: "icmp"}, "icmp", new(-1), new(-1)},
		{"port zero", groupRule{Protocol: "tcp", FromPort: new(0), ToPort: new(65535)}, "tcp", new(0), new(65535)},
	} {
		x := tt.have
		normalGroupRule(&x)
		if diff := cmp.Diff(groupRule{Protocol: tt.protocol, FromPort: tt.from, ToPort: tt.to}, x, cmp.AllowUnexported(groupRule{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestRouteID(t *testing.T) {
	for id, want := range map[string]destination{
		"rtb-1_0.0.0.0/0":     {ipv4: "0.0.0.0/0"},
		"rtb-1_2001:db8::/32": {ipv6: "2001:db8::/32"},
		"rtb-1_pl-0123":       {list: "pl-0123"},
	} {
		x, err := importRoute(id)
		if err != nil || x.destination() != want || x.RouteTableID != "rtb-1" || x.identity() != id {
			t.Errorf("%s is read as %+v, %v", id, x, err)
		}
	}
	if _, err := importRoute("rtb-1"); err == nil {
		t.Error("an id without a destination is taken")
	}
}

func TestNetworkChecks(t *testing.T) {
	rule := func(edit func(*groupRule)) error {
		x := groupRule{SecurityGroupID: "sg-1", Protocol: "tcp", FromPort: new(22), ToPort: new(22), CIDRIPv4: "10.0.0.0/8"}
		edit(&x)
		normalGroupRule(&x)
		return checkGroupRule(nil, x)
	}
	group := func(blocks ...groupBlock) error {
		return checkSecurityGroup(nil, securityGroup{Description: "d", Ingress: mergedBlocks(blocks)})
	}
	const ed25519 = "ssh-ed25519 AAAAC3Nz"
	tests := []struct {
		name string
		err  error
		want string // a part of the refusal; "" for none
	}{
		{"a subnet", checkSubnet(nil, subnet{CIDRBlock: "10.0.1.0/24", AvailabilityZone: "eu-central-1a"}), ""},
		{"a subnet with bits beyond its prefix", checkSubnet(nil, subnet{CIDRBlock: "10.0.1.1/24"}), "10.0.1.0/24"},
		{"a subnet in two zones", checkSubnet(nil, subnet{CIDRBlock: "10.0.1.0/24", AvailabilityZone: "a", AvailabilityZoneID: "b"}), "availability_zone_id"},
		{"the zone that a subnet has, by both names", checkSubnet(&subnet{}, subnet{CIDRBlock: "10.0.1.0/24", AvailabilityZone: "a", AvailabilityZoneID: "b"}), ""},
		{"a subnet with a wide IPv6 range", checkSubnet(nil, subnet{CIDRBlock: "10.0.1.0/24", IPv6CIDRBlock: "2001:db8::/56"}), "/64"},
		{"a subnet with unheard names", checkSubnet(nil, subnet{CIDRBlock: "10.0.1.0/24", NameType: "nice"}), "nice"},

		{"a NAT gateway", checkNATGateway(nil, natGateway{ConnectivityType: "public", AllocationID: "e"}), ""},
		{"a public NAT gateway without address", checkNATGateway(nil, natGateway{ConnectivityType: "public"}), "allocation_id"},
		{"a private NAT gateway with an address", checkNATGateway(nil, natGateway{ConnectivityType: "private", AllocationID: "e"}), "allocation_id"},
		{"an address of old", checkEIP(nil, eip{Domain: "standard"}), "standard"},

		{"a route", checkRoute(nil, route{DestinationIPv4: "0.0.0.0/0", hop: hop{GatewayID: "igw-1"}}), ""},
		{"a route for nothing", checkRoute(nil, route{hop: hop{GatewayID: "igw-1"}}), "destination_cidr_block"},
		{"a route to nowhere", checkRoute(nil, route{DestinationIPv4: "0.0.0.0/0"}), "gateway_id"},
		{"a route to two targets", checkRoute(nil, route{DestinationIPv4: "0.0.0.0/0", hop: hop{GatewayID: "igw-1", NATGatewayID: "nat-1"}}), "nat_gateway_id"},
		{"a table with a route to be known", checkRouteTable(nil, routeTable{Routes: []routeBlock{{CIDRBlock: "0.0.0.0/0"}, {}}}), ""},
		{"a table with two routes for one", checkRouteTable(nil, routeTable{Routes: []routeBlock{{CIDRBlock: "0.0.0.0/0"}, {CIDRBlock: "0.0.0.0/0", hop: hop{GatewayID: "igw-1"}}}}), "twice"},
		{"a table with a route to two targets", checkRouteTable(nil, routeTable{Routes: []routeBlock{{CIDRBlock: "0.0.0.0/0", hop: hop{GatewayID: "igw-1", NATGatewayID: "nat-1"}}}}), "one target"},
		{"an association", checkRouteTableAssociation(nil, routeTableAssociation{SubnetID: "s"}), ""},
		{"an association with two", checkRouteTableAssociation(nil, routeTableAssociation{SubnetID: "s", GatewayID: "g"}), "gateway_id"},

		{"a group with blocks", group(tcp(22, "10.0.0.0/8"), allOut()), ""},
		{"a group with a source to be known", group(tcp(22)), ""},
		{"a group with ports of all protocols", group(groupBlock{Protocol: "-1", FromPort: 22, ToPort: 22, CIDRBlocks: []string{"10.0.0.0/8"}}), ""},
		{"a group with one rule, described in two ways", group(tcp(22, "10.0.0.0/8"), groupBlock{Protocol: "tcp", FromPort: 22, ToPort: 22, Description: "d", CIDRBlocks: []string{"10.0.0.0/8"}}), "two blocks"},
		{"a group with bits beyond a prefix", group(tcp(22, "10.0.0.1/8")), "cidr_blocks"},
		{"a group with the name of an id", checkSecurityGroup(nil, securityGroup{Name: "sg-1", Description: "d"}), "sg-"},
		{"a group with two names", checkSecurityGroup(nil, securityGroup{Name: "a", NamePrefix: "b", Description: "d"}), "name_prefix"},

		{"a rule", rule(func(*groupRule) {}), ""},
		{"a rule with two other sides", rule(func(x *groupRule) { x.CIDRIPv6 = "::/0" }), "cidr_ipv6"},
		{"a rule without ports", rule(func(x *groupRule) { x.ToPort = nil }), "to_port"},
		{"a rule with a port that is none", rule(func(x *groupRule) { x.ToPort = new(65536) }), "65536"},
		{"a rule from high to low", rule(func(x *groupRule) { x.ToPort = new(21) }), "greater"},
		{"a rule of an unheard protocol", rule(func(x *groupRule) { x.Protocol = "http" }), "http"},
		{"a rule whose other side stays of a kind", checkGroupRule(&groupRule{CIDRIPv4: "0.0.0.0/0"}, groupRule{Protocol: "-1", CIDRIPv4: "10.0.0.0/8"}), ""},

		{"a key", checkKeyPair(nil, keyPair{PublicKey: ed25519}), ""},
		{"a private key", checkKeyPair(nil, keyPair{PublicKey: "-----BEGIN OPENSSH PRIVATE KEY-----"}), "private key"},
		{"a key that EC2 does not take", checkKeyPair(nil, keyPair{PublicKey: "ecdsa-sha2-nistp256 AAAAE2Vj"}), "ecdsa"},
	}
	for _, tt := range tests {
		if got := tt.err; (got == nil) != (tt.want == "") || got != nil && !strings.Contains(got.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, got, tt.want)
		}
	}
}

// A change of what has the address moves it, and can be sent twice.
func TestMoveEIP(t *testing.T) {
	a := newAccount(t)
	ctx := context.Background()
	images, err := a.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"amazon"}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(images.Images, func(i ec2types.Image) bool { return i.Architecture == ec2types.ArchitectureValuesX8664 })
	got, err := a.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: images.Images[i].ImageId, InstanceType: ec2types.InstanceTypeT3Micro, MinCount: aws.Int32(2), MaxCount: aws.Int32(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(time.Hour)
	one, two := aws.ToString(got.Instances[0].InstanceId), aws.ToString(got.Instances[1].InstanceId)
	was := eip{Domain: "vpc", Instance: one}
	if err := createEIP(ctx, a.client, &was, providers.Attempt{Token: "a"}); !errors.Is(err, providers.ErrAgain) {
		t.Fatalf("create: %v, want %v", err, providers.ErrAgain)
	}
	if err := readEIP(ctx, a.client, &was); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		instance string
		want     []string
	}{
		{one, []string{"AssociateAddress"}}, {two, []string{"AssociateAddress"}}, {"", []string{"DisassociateAddress"}},
	} {
		a.changes()
		want := was
		for range 2 {
			want = was
			want.Instance, want.NetworkInterface = step.instance, "" // unknown after a change
			if err := updateEIP(ctx, a.client, was, &want); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(step.want, a.changes()); diff != "" {
			t.Errorf("calls for %q (-want +got):\n%s", step.instance, diff)
		}
		if err := readEIP(ctx, a.client, &want); err != nil || want.Instance != step.instance || (want.AssociationID == "") != (step.instance == "") {
			t.Errorf("%+v, %v: want it at %q", want, err, step.instance)
		}
		was = want
	}
}

func TestRuleIsReplacedForAnotherKindOfPeer(t *testing.T) {
	range4 := groupRule{CIDRIPv4: "0.0.0.0/0"}
	for name, tt := range map[string]struct {
		want groupRule
		all  []string
	}{
		"another range":            {groupRule{CIDRIPv4: "10.0.0.0/8"}, nil},
		"a group":                  {groupRule{ReferencedGroup: "sg-1"}, []string{"cidr_ipv4", "referenced_security_group_id"}},
		"what is not known so far": {groupRule{}, nil},
	} {
		if got := groupRuleReplaces(range4, tt.want); !slices.Equal(got, tt.all) {
			t.Errorf("%s: replaced because of %v, want %v", name, got, tt.all)
		}
	}
}
