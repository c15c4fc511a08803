package aws

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestLike(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"web", "web", true}, {"web", "Web", false}, {"web", "web-1", false},
		{"*", "", true}, {"*", "a\nb", true}, {"web*", "web", true}, {"web*", "web-1", true}, {"*web", "my-web", true}, {"*web", "my-web-1", false},
		{"a*b*c", "a-b-b-c", true}, {"a*b*c", "a-c-b", false}, {"**", "x", true},
		{"?", "a", true}, {"?", "", false}, {"?", "ä", true}, {"web-?", "web-12", false}, {"w?b*", "web-12", true},
		{`web\*`, "web*", true}, {`web\*`, "web-1", false}, {`web\?`, "web?", true}, {`web\?`, "web1", false},
		{`a\\b`, `a\b`, true}, {`a\\*`, `a\bc`, true}, {`\a`, "a", true}, {`a\`, `a\`, true}, {`a\`, "a", false},
		{"10.0.0.0/16", "10.0.0.0/16", true}, {"10.0.0.0/16", "10x0.0.0/16", false}, {"[a-z]+", "abc", false},
	} {
		if got := like(tt.pattern, tt.s); got != tt.want {
			t.Errorf("like(%q, %q) is %v", tt.pattern, tt.s, got)
		}
	}
}

func TestFiltersAreKnown(t *testing.T) {
	for _, tt := range []struct {
		name   string
		filter ec2types.Filter
		want   bool
	}{
		{"a text", filter("vpc-id", "vpc-1", "vpc-*"), true},
		{"a tag", filter("tag:Name", "x"), true},
		{"the key of a tag", filter("tag-key", "Name"), true},
		{"a switch", filter("is-default", "true", "false"), true},
		{"a switch in other words", filter("is-default", "t*"), false},
		{"an unheard name", filter("block-public-access", "x"), false},
		{"a name in capitals", filter("VPC-ID", "x"), false},
		{"no values", filter("vpc-id"), false},
	} {
		if got := vpcFilters.know([]ec2types.Filter{filter("state", "available"), tt.filter}); got != tt.want {
			t.Errorf("%s: known is %v", tt.name, got)
		}
	}
}

// network makes two networks beside the default one, with a subnet in each.
func (a *account) network(t *testing.T) (vpcs [2]vpc, subnets [2]subnet) {
	t.Helper()
	for i, name := range []string{"ml", "ml*"} {
		tags := map[string]string{"Name": name, fmt.Sprint("only-", i): ""}
		vpcs[i] = vpc{CIDRBlock: fmt.Sprintf("10.%d.0.0/16", 20+i), InstanceTenancy: "default", EnableDNSSupport: true, tagging: tagging{TagsAll: tags}}
		if err := createVPC(t.Context(), a.client, &vpcs[i], providers.Attempt{Token: fmt.Sprint("vpc", i)}); err != nil {
			t.Fatal(err)
		}
		subnets[i] = subnet{VPCID: vpcs[i].ID, CIDRBlock: fmt.Sprintf("10.%d.1.0/24", 20+i), AvailabilityZone: []string{"eu-central-1a", "eu-central-1b"}[i], tagging: tagging{TagsAll: tags}}
		if err := createSubnet(t.Context(), a.client, &subnets[i], providers.Attempt{Token: fmt.Sprint("subnet", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return vpcs, subnets
}

// TestFiltersAgree asks the API and chooses from the list by the same filters.
func TestFiltersAgree(t *testing.T) {
	a := newAccount(t)
	vpcs, subnets := a.network(t) // pending: the clock stands still
	askVPCs := func(ctx context.Context, filters []ec2types.Filter) (ids []string, err error) {
		list, err := matchingVPCs(ctx, a.client, "", filters)
		for _, v := range list {
			ids = append(ids, aws.ToString(v.VpcId))
		}
		return ids, err
	}
	subnetIDs := func(ctx context.Context, filters []ec2types.Filter) ([]string, error) {
		if providers.Remembers(ctx) {
			return chooseSubnets(ctx, a.client, filters)
		}
		return askSubnets(ctx, a.client, filters)
	}
	v, s := vpcs[0].ID, subnets[1].ID
	both := [][]ec2types.Filter{
		nil,
		{filter("vpc-id", v)}, {filter("vpc-id", v[:8]+"*")}, {filter("vpc-id", v, "vpc-0")}, {filter("vpc-id", "VPC-*")},
		{filter("state", "pending")}, {filter("state", "available")}, {filter("state", "avail*", "pend???")},
		{filter("owner-id", "*")}, {filter("owner-id", "1")},
		{filter("tag:Name", "ml")}, {filter("tag:Name", "ml*")}, {filter("tag:Name", `ml\*`)}, {filter("tag:Name", "ML")}, {filter("tag:name", "ml")},
		{filter("tag:only-0", "")}, {filter("tag:only-0", "*")}, {filter("tag:only-0", "?")}, {filter("tag-key", "only-1")}, {filter("tag-key", "only-*")},
		{filter("tag:"+markTag, "*")},
		{filter("tag:Name", "*"), filter("tag-key", "only-1")}, {filter("tag:Name", "ml"), filter("tag-key", "only-1")},
		{filter("ipv6-cidr-block-association.ipv6-cidr-block", "*")},
	}
	ofVPCs := [][]ec2types.Filter{
		{filter("is-default", "true")}, {filter("isDefault", "false")}, {filter("is-default", "true", "false")},
		{filter("cidr", "10.20.0.0/16")}, {filter("cidr-block", "10.2?.0.0/16")}, {filter("cidrBlock", "10.20.0.0")},
		{filter("cidr-block-association.cidr-block", "10.*")},
	}
	ofSubnets := [][]ec2types.Filter{
		{filter("subnet-id", s)}, {filter("subnet-arn", "*/"+s)}, {filter("availability-zone", "eu-central-1b")}, {filter("availabilityZone", "*a")},
		{filter("availability-zone-id", "euc1-az3")}, {filter("availabilityZoneId", "euc1-*")}, {filter("default-for-az", "true")}, {filter("defaultForAz", "false")},
		{filter("map-public-ip-on-launch", "false")}, {filter("cidr-block", "10.21.*")}, {filter("cidr", "*")}, {filter("cidrBlock", "10.20.1.0/24")},
		{filter("vpc-id", v), filter("default-for-az", "false"), filter("availability-zone", "eu-central-1a", "eu-central-1b")},
	}
	for _, kind := range []struct {
		name    string
		list    func(context.Context, []ec2types.Filter) ([]string, error)
		know    func([]ec2types.Filter) bool
		filters [][]ec2types.Filter
	}{
		{"DescribeVpcs", askVPCs, vpcFilters.know, slices.Concat(both, ofVPCs)},
		{"DescribeSubnets", subnetIDs, subnetFilters.know, slices.Concat(both, ofSubnets)},
	} {
		plan := providers.Remember(t.Context())
		sizes := map[int]bool{}
		for _, filters := range kind.filters {
			want, err := kind.list(t.Context(), filters)
			got, err2 := kind.list(plan, filters)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" || !kind.know(filters) {
				t.Errorf("%s by %v: known %v, chosen and what the API chooses (-api +here):\n%s", kind.name, named(filters), kind.know(filters), diff)
			}
			sizes[len(got)] = true
		}
		if len(sizes) < 4 {
			t.Errorf("%s: the filters tell too little apart: %v objects", kind.name, sizes)
		}
		looks := len(a.looksOf(kind.name))
		if want := len(kind.filters) + 1; looks != want {
			t.Errorf("%s was called %d times, want %d: one by one, and one list", kind.name, looks, want)
		}
	}
}

func named(filters []ec2types.Filter) (list []string) {
	for _, f := range filters {
		list = append(list, fmt.Sprint(aws.ToString(f.Name), f.Values))
	}
	return list
}

// looksOf returns what was asked by an action.
func (a *account) looksOf(action string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.looks), func(l string) bool { return l != action })
}

// TestPlanSharesLists reads several of each kind as a plan does.
func TestPlanSharesLists(t *testing.T) {
	a := newAccount(t)
	vpcs, subnets := a.network(t)
	a.looks = nil
	plan := providers.Remember(t.Context())
	for _, x := range []vpcLookup{{Default: true}, {ID: vpcs[0].ID}, {CIDRBlock: "10.21.0.0/16"}, {Tags: map[string]string{"Name": `ml\*`}}} {
		if err := lookUpVPC(plan, a.client, &x); err != nil || x.MainRouteTableID == "" || !x.EnableDNSSupport {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for _, x := range []vpcLookup{{}, {Tags: map[string]string{"Name": "x"}}, {ID: vpcs[0].ID, CIDRBlock: "10.21.0.0/16"}} {
		if err := lookUpVPC(plan, a.client, &x); err == nil {
			t.Errorf("%+v is taken, and not exactly one matches", x)
		}
	}
	for i := range vpcs {
		v := vpc{ID: vpcs[i].ID, DefaultRouteTableID: "rtb-1"}
		s := subnet{ID: subnets[i].ID}
		if err := readSubnet(plan, a.client, &s); s.CIDRBlock != subnets[i].CIDRBlock {
			t.Errorf("%+v: %v", s, err)
		}
		if err := readVPC(plan, a.client, &v); v.CIDRBlock != vpcs[i].CIDRBlock {
			t.Errorf("%+v: %v", v, err)
		}
		x := subnetsLookup{Filter: []filterBlock{{"vpc-id", []string{v.ID}}}}
		if err := lookUpSubnets(plan, a.client, &x); err != nil || !slices.Equal(x.IDs, []string{s.ID}) {
			t.Errorf("subnets of %s: %v, %v", v.ID, x.IDs, err)
		}
	}
	for _, action := range []string{"DescribeVpcs", "DescribeSubnets", "DescribeRouteTables"} {
		if n := len(a.looksOf(action)); n != 1 {
			t.Errorf("%s is called %d times, want one list for all", action, n)
		}
	}
	// What a list does not show is asked for: lists may lag.
	if err := lookUpVPC(plan, a.client, &vpcLookup{ID: "vpc-0123"}); err == nil || classify(err).Kind != providers.Missing {
		t.Errorf("an id of nothing: %v", err)
	}
	if err := readVPC(plan, a.client, &vpc{ID: "vpc-0123"}); err != providers.ErrGone {
		t.Errorf("a network that has gone: %v", err)
	}
}
