package google

import (
	"strings"
	"testing"

	"cloud.google.com/go/compute/apiv1/computepb"
	"github.com/google/go-cmp/cmp"
)

// refuses demands that err names all of want, or that there is no error when
// want is "".
func refuses(t *testing.T, name string, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want != "":
		t.Errorf("%s: nothing is refused, want %q", name, want)
	case err != nil && want == "":
		t.Errorf("%s: refused: %v", name, err)
	case err != nil && !strings.Contains(err.Error(), want):
		t.Errorf("%s: refused with %q, want %q", name, err, want)
	}
}

func TestCheckSubnetwork(t *testing.T) {
	ranges := func(pairs ...string) []secondaryRange {
		list := []secondaryRange{}
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, secondaryRange{pairs[i], pairs[i+1]})
		}
		return list
	}
	good := subnetwork{Name: "ml", IPCIDRRange: "10.0.0.0/20"}
	for name, tc := range map[string]struct {
		was    []secondaryRange // of an object with the range 10.0.0.0/20; nil for a new one
		change func(*subnetwork)
		want   string
	}{
		"as it is":              {nil, func(*subnetwork) {}, ""},
		"a range that grows":    {ranges(), func(x *subnetwork) { x.IPCIDRRange = "10.0.0.0/16" }, ""},
		"a new range":           {nil, func(x *subnetwork) { x.IPCIDRRange = "10.1.0.0/24" }, ""},
		"bits beyond a prefix":  {nil, func(x *subnetwork) { x.IPCIDRRange = "10.1.0.1/24" }, "10.1.0.0/24"},
		"a range too small":     {nil, func(x *subnetwork) { x.IPCIDRRange = "10.1.0.0/30" }, "/29"},
		"a name in capitals":    {nil, func(x *subnetwork) { x.Name = "ML" }, `name "ML"`},
		"a range that is taken": {nil, func(x *subnetwork) { x.SecondaryIPRanges = ranges("pods", "10.0.8.0/24") }, "overlaps with 10.0.0.0/20"},
		"ranges that overlap": {nil, func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("pods", "10.8.0.0/16", "services", "10.8.4.0/22")
		}, "10.8.4.0/22 of services"},
		"a name that stands twice": {nil, func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("pods", "10.8.0.0/16", "pods", "10.9.0.0/16")
		}, "stands twice"},
		"ranges that are not known yet": {nil, func(x *subnetwork) { x.SecondaryIPRanges = ranges("pods", "", "", "10.9.0.0/16") }, ""},
		"another range instead of the last": {ranges("pods", "10.8.0.0/16"), func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("more", "10.9.0.0/16")
		}, ""},
		"the last range changed": {ranges("pods", "10.8.0.0/16"), func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("pods", "10.9.0.0/16")
		}, "secondary_ip_range pods"},
		"the last range given to another": {ranges("pods", "10.8.0.0/16"), func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("more", "10.8.0.0/20")
		}, "secondary_ip_range more"},
		"one of two ranges changed": {ranges("pods", "10.8.0.0/16", "services", "10.9.0.0/20"), func(x *subnetwork) {
			x.SecondaryIPRanges = ranges("pods", "10.10.0.0/16", "services", "10.9.0.0/20")
		}, ""},
		"metadata fields without custom": {nil, func(x *subnetwork) {
			x.LogConfig = []subnetworkLog{{"INTERVAL_5_SEC", nil, "INCLUDE_ALL_METADATA", []string{"src_vpc"}, "true"}}
		}, "CUSTOM_METADATA"},
		"too much logged": {nil, func(x *subnetwork) {
			x.LogConfig = []subnetworkLog{{"INTERVAL_5_SEC", ptr(1.5), "INCLUDE_ALL_METADATA", nil, "true"}}
		}, "flow_sampling 1.5"},
		"an unknown interval": {nil, func(x *subnetwork) {
			x.LogConfig = []subnetworkLog{{"5s", nil, "INCLUDE_ALL_METADATA", nil, "true"}}
		}, `aggregation_interval "5s"`},
		"two stacks without a kind of IPv6": {nil, func(x *subnetwork) { x.StackType = "IPV4_IPV6" }, "ipv6_access_type"},
	} {
		var was *subnetwork
		if tc.was != nil {
			was = &subnetwork{Name: "ml", IPCIDRRange: "10.0.0.0/20", SecondaryIPRanges: tc.was}
		}
		want := good
		tc.change(&want)
		refuses(t, name, checkSubnetwork(was, want), tc.want)
	}
}

func TestRangesOnTheWayNeverAddAndRemoveAtOnce(t *testing.T) {
	a, b, c, d := secondaryRange{"a", "10.1.0.0/16"}, secondaryRange{"b", "10.2.0.0/16"}, secondaryRange{"c", "10.3.0.0/16"}, secondaryRange{"d", "10.4.0.0/16"}
	type list = []secondaryRange
	for name, tc := range map[string]struct {
		have, want list
		steps      []list
	}{
		"nothing changes":             {list{a, b}, list{a, b}, nil},
		"one comes":                   {list{a}, list{a, b}, []list{{a, b}}},
		"the first comes":             {nil, list{a}, []list{{a}}},
		"one goes":                    {list{a, b}, list{b}, []list{{b}}},
		"one goes and one comes":      {list{a, b}, list{b, c}, []list{{b}, {b, c}}},
		"all go, others come":         {list{a, b}, list{c, d}, []list{{a, b, c, d}, {c, d}}},
		"the last goes, one comes":    {list{a}, list{b}, []list{{a, b}, {b}}},
		"one stays, most are changed": {list{a, b, c}, list{d, a}, []list{{a}, {d, a}}},
	} {
		if diff := cmp.Diff(tc.steps, rangesOnTheWay(tc.have, tc.want)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSpellSubnetworkKeepsWhatTheUserWrote(t *testing.T) {
	was := subnetwork{
		Network: "ml", Region: "https://www.googleapis.com/compute/v1/projects/p/regions/europe-west3",
		SecondaryIPRanges: []secondaryRange{{"b", "10.2.0.0/16"}, {"a", "10.1.0.0/16"}},
		LogConfig:         []subnetworkLog{{FlowSampling: ptr(0.123456789)}},
	}
	read := subnetwork{
		Network: "https://www.googleapis.com/compute/v1/projects/p/global/networks/ml", Region: "europe-west3",
		SecondaryIPRanges: []secondaryRange{{"a", "10.1.0.0/16"}, {"b", "10.2.0.0/16"}},
		LogConfig:         []subnetworkLog{{FlowSampling: ptr(decimal(0.123456789))}},
	}
	spellSubnetwork(was, &read)
	if diff := cmp.Diff(was, read); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
	other := subnetwork{Network: "projects/p/global/networks/other", LogConfig: []subnetworkLog{{FlowSampling: ptr(0.2)}}}
	spellSubnetwork(was, &other)
	if want := "projects/p/global/networks/other"; other.Network != want || *other.LogConfig[0].FlowSampling != 0.2 {
		t.Errorf("another network and sampling became %s and %v", other.Network, *other.LogConfig[0].FlowSampling)
	}
}

func TestDecimalIsWhatTheAPIWrites(t *testing.T) {
	for _, want := range []float64{0, 0.1, 0.5, 0.7, 1} {
		if got := decimal(float32(want)); got != want {
			t.Errorf("decimal of the float32 %v is %v", want, got)
		}
	}
}

func TestSubnetworkLeavesToTheCloudWhatIsNotConfigured(t *testing.T) {
	got := &computepb.Subnetwork{
		IpCidrRange: ptr("10.0.0.0/20"), Role: ptr("ACTIVE"), StackType: ptr("IPV4_IPV6"), Ipv6AccessType: ptr("EXTERNAL"),
		PrivateIpGoogleAccess: ptr(true), PrivateIpv6GoogleAccess: ptr("DISABLE_GOOGLE_ACCESS"),
		SecondaryIpRanges: []*computepb.SubnetworkSecondaryRange{{RangeName: ptr("pods"), IpCidrRange: ptr("10.8.0.0/16")}},
	}
	x := subnetwork{ID: "projects/p/regions/r/subnetworks/s", IPCIDRRange: "10.0.0.0/20"}
	if calls := subnetworkChanges(t.Context(), nil, got, x); len(calls) != 0 {
		t.Errorf("%d changes, want none", len(calls))
	}
	x.IPCIDRRange, x.PrivateIPGoogleAccess, x.LogConfig = "10.0.0.0/16", ptr(false), []subnetworkLog{{Metadata: customMetadata}}
	if calls := subnetworkChanges(t.Context(), nil, got, x); len(calls) != 3 {
		t.Errorf("%d changes, want those of the range, the access and the log", len(calls))
	}
}

func TestSubnetworkIsReplacedUnlessItGrows(t *testing.T) {
	for want, replaced := range map[string]bool{"10.0.0.0/20": false, "10.0.0.0/16": false, "10.0.0.0/24": true, "10.1.0.0/16": true, "": false} {
		got := subnetworkType.Replaces(subnetwork{IPCIDRRange: "10.0.0.0/20"}, subnetwork{IPCIDRRange: want})
		if (len(got) > 0) != replaced {
			t.Errorf("10.0.0.0/20 to %q replaces because of %v, want %v", want, got, replaced)
		}
	}
}
