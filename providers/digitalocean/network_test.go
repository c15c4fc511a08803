package digitalocean

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

func TestWhoIsInTheWayOfANetworkIsNamed(t *testing.T) {
	for urn, want := range map[string]string{
		"do:droplet:86e2":      `droplet "x" (do:droplet:86e2)`,
		"do:dbaas:13f7":        `database cluster "x" (do:dbaas:13f7)`,
		"do:loadbalancer:fb29": `load balancer "x" (do:loadbalancer:fb29)`,
		"do:newthing:1:2":      `newthing "x" (do:newthing:1:2)`,
		"odd":                  `member "x" (odd)`,
	} {
		if got := describeMember(&godo.VPCMember{URN: urn, Name: "x"}); got != want {
			t.Errorf("%s is described as %s, want %s", urn, got, want)
		}
	}
	var by []string
	for i := range 12 {
		by = append(by, fmt.Sprintf("m%d;", i))
	}
	refusal := errors.New("refused")
	err := occupied(vpc{Name: "ml", ID: "0a"}, by, refusal)
	for _, part := range []string{`"ml"`, "0a", "m0;", "m9;", "and 2 more", "timeouts"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want %q in it", err, part)
		}
	}
	if strings.Contains(err.Error(), "m10;") || !errors.Is(err, refusal) || classify(err).Kind != providers.Busy {
		t.Errorf("error %v of kind %d, want ten names, the refusal and busy", err, classify(err).Kind)
	}
}

func TestDefaultNetworkIsProtected(t *testing.T) {
	if err := protectedVPC(vpc{Region: "fra1"}); err != nil {
		t.Error(err)
	}
	checkError(t, "default", protectedVPC(vpc{Region: "fra1", Default: true}), "destroy = false")
}

func TestNetworksOfARegionAreMadeOneAfterTheOther(t *testing.T) {
	a, b := lockVPC(vpc{Region: "fra1", Name: "a"}), lockVPC(vpc{Region: "fra1", Name: "b"})
	if a == "" || a != b || a == lockVPC(vpc{Region: "ams3"}) || lockVPC(vpc{ID: "0a", Region: "fra1"}) != "" {
		t.Error("want one lock for new networks of a region, and none for others")
	}
}

func TestCheckVPCPeering(t *testing.T) {
	for name, tc := range map[string]struct {
		name string
		ids  []string
		want string
	}{
		"two networks":   {"ml-1", []string{"a", "b"}, ""},
		"one, twice":     {"ml", []string{"a", "a"}, "two"},
		"three":          {"ml", []string{"a", "b", "c"}, "two"},
		"a dot, as VPCs": {"ml.1", []string{"a", "b"}, "name"},
	} {
		checkError(t, name, checkVPCPeering(nil, vpcPeering{Name: tc.name, VPCIDs: tc.ids}), tc.want)
	}
}

func TestCheckNATGateway(t *testing.T) {
	good := natGateway{Name: "ml", Type: "PUBLIC", Size: 1, VPCs: []natIngress{{VPCUUID: "a"}}}
	for name, tc := range map[string]struct {
		edit func(*natGateway)
		want string
	}{
		"smallest":         {func(*natGateway) {}, ""},
		"no name":          {func(x *natGateway) { x.Name = "" }, "name"},
		"private":          {func(x *natGateway) { x.Type = "PRIVATE" }, "PUBLIC"},
		"no size":          {func(x *natGateway) { x.Size = 0 }, "size"},
		"no network":       {func(x *natGateway) { x.VPCs = nil }, "vpcs"},
		"a network twice":  {func(x *natGateway) { x.VPCs = []natIngress{{VPCUUID: "a"}, {VPCUUID: "a"}} }, "two vpcs blocks"},
		"two networks":     {func(x *natGateway) { x.VPCs = []natIngress{{VPCUUID: "a"}, {VPCUUID: "b"}} }, ""},
		"spelled in small": {func(x *natGateway) { x.Type = "public"; normalNATGateway(x) }, ""},
	} {
		x := good
		tc.edit(&x)
		checkError(t, name, checkNATGateway(nil, x), tc.want)
	}
}

func TestNATGatewayStates(t *testing.T) {
	for state, want := range map[string]error{
		"ACTIVE": nil, "active": nil, "NEW": providers.ErrNotReady, "PROVISIONING": providers.ErrNotReady, "DELETING": providers.ErrNotReady,
		"ERROR": providers.ErrBroken, "INVALID": providers.ErrBroken,
	} {
		if err := settledNATGateway(&godo.VPCNATGateway{State: state}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", state, err, want)
		}
	}
}

func TestAssignmentIDs(t *testing.T) {
	for id, want := range map[string]string{
		"2001:db8::1,3": "2001:db8::1 3", "3-2001:db8::1": "2001:db8::1 3", "192.0.2.1,3": "192.0.2.1 3", "3-192.0.2.1": "192.0.2.1 3",
		"": "", "3": "", "2001:db8::1": "", "2001:db8::1,x": "", ",3": "",
	} {
		ip, droplet, err := parseAssignment(id)
		if got := fmt.Sprint(ip, " ", droplet); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q is read as %s, %v; want %q", id, got, err, want)
		}
	}
	checkError(t, "IPv4", checkReservedIPv6Assignment(nil, reservedIPv6Assignment{IP: "192.0.2.1"}), "IPv6")
	checkError(t, "IPv6", checkReservedIPv6Assignment(nil, reservedIPv6Assignment{IP: "2001:db8::1"}), "")
}

func TestSameAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"spelled alike":   {"2001:db8::1", "2001:db8::1", true},
		"spelled in full": {"2001:db8::1", "2001:0DB8:0:0:0:0:0:1", true},
		"another":         {"2001:db8::1", "2001:db8::2", false},
		"no address":      {"2001:db8::1", "x", false},
	} {
		if got := sameAddress(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}

func TestChosenBy(t *testing.T) {
	items := func(names ...string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for _, n := range names {
				err := error(nil)
				if n == "new" {
					err = providers.ErrNotReady
				}
				if n == "fails" {
					err = errors.New("no list")
				}
				if !yield(n, err) {
					return
				}
			}
		}
	}
	of := func(x string) (string, string) { return "id-" + x, x }
	for name, tc := range map[string]struct {
		id, name, want, err string
	}{
		"by id":          {"id-a", "", "a", ""},
		"by name":        {"", "a", "a", ""},
		"not ready":      {"", "new", "new", ""},
		"not there":      {"id-z", "", "", "none"},
		"twice":          {"", "b", "", "there are 2"},
		"by neither":     {"", "", "", "either"},
		"by both":        {"id-a", "a", "", "either"},
		"of a bad list":  {"", "fails", "", "no list"},
		"of a good list": {"id-b", "", "", "there are 2"},
	} {
		list := items("a", "b", "b", "new")
		if tc.name == "fails" {
			list = items("fails")
		}
		got, err := chosenBy(tc.id, tc.name, list, of)
		checkError(t, name, err, tc.err)
		if err == nil && got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
