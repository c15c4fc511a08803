package google

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckFirewall(t *testing.T) {
	tcp := []traffic{{"tcp", []string{"22"}}}
	good := firewall{Name: "ssh", Direction: "INGRESS", Priority: 1000, SourceRanges: []string{"0.0.0.0/0"}, Allow: tcp}
	for name, tc := range map[string]struct {
		change func(*firewall)
		want   string
	}{
		"as it is":                     {func(*firewall) {}, ""},
		"no source":                    {func(x *firewall) { x.SourceRanges = nil }, "source_ranges"},
		"a tag is a source":            {func(x *firewall) { x.SourceRanges, x.SourceTags = nil, []string{"web"} }, ""},
		"egress from everywhere":       {func(x *firewall) { x.Direction, x.SourceRanges = "EGRESS", nil }, ""},
		"egress with a source":         {func(x *firewall) { x.Direction = "EGRESS" }, "direction EGRESS"},
		"another direction":            {func(x *firewall) { x.Direction = "ingress" }, `direction "ingress"`},
		"no block":                     {func(x *firewall) { x.Allow = nil }, "allow or a deny"},
		"blocks of both kinds":         {func(x *firewall) { x.Deny = tcp }, "one kind"},
		"tags beside accounts":         {func(x *firewall) { x.TargetTags, x.SourceServiceAccounts = []string{"web"}, []string{"a@b"} }, "source_tags and target_tags"},
		"a priority too low":           {func(x *firewall) { x.Priority = 65536 }, "priority 65536"},
		"the highest priority":         {func(x *firewall) { x.Priority = 0 }, ""},
		"an address":                   {func(x *firewall) { x.SourceRanges = []string{"192.0.2.1"} }, ""},
		"a range of IPv6":              {func(x *firewall) { x.SourceRanges = []string{"2001:db8::/32"} }, ""},
		"bits beyond a prefix":         {func(x *firewall) { x.SourceRanges = []string{"192.0.2.1/24"} }, `"192.0.2.1/24"`},
		"a destination without a mask": {func(x *firewall) { x.DestinationRanges = []string{"home"} }, `"home"`},
		"an unknown destination":       {func(x *firewall) { x.DestinationRanges = []string{""} }, ""},
		"a number as protocol":         {func(x *firewall) { x.Allow = []traffic{{"50", nil}} }, ""},
		"a number too large":           {func(x *firewall) { x.Allow = []traffic{{"256", nil}} }, `protocol "256"`},
		"protocols in capitals":        {func(x *firewall) { x.Allow = []traffic{{"TCP", []string{"1-65535"}}} }, ""},
		"ports of icmp":                {func(x *firewall) { x.Allow = []traffic{{"icmp", []string{"1"}}} }, "protocol icmp"},
		"ports upside down":            {func(x *firewall) { x.Allow = []traffic{{"tcp", []string{"90-80"}}} }, `"90-80"`},
		"a port too high":              {func(x *firewall) { x.Allow = []traffic{{"tcp", []string{"65536"}}} }, `"65536"`},
		"a port by name":               {func(x *firewall) { x.Allow = []traffic{{"tcp", []string{"ssh"}}} }, `"ssh"`},
		"a log of another kind":        {func(x *firewall) { x.LogConfig = []firewallLog{{"SOME"}} }, `metadata "SOME"`},
	} {
		want := good
		tc.change(&want)
		refuses(t, name, checkFirewall(nil, want), tc.want)
	}
}

func TestSpellFirewallKeepsWhatTheUserWrote(t *testing.T) {
	was := firewall{
		Network: "default", SourceRanges: []string{"192.0.2.1", "2001:DB8:0::/32"},
		Allow: []traffic{{"TCP", []string{"443", "80"}}, {"icmp", nil}},
	}
	read := firewall{
		Network: "https://www.googleapis.com/compute/v1/projects/p/global/networks/default", SourceRanges: []string{"192.0.2.1/32", "2001:db8::/32"},
		Allow: []traffic{{"tcp", []string{"80", "443"}}, {"icmp", nil}},
	}
	spellFirewall(was, &read)
	if diff := cmp.Diff(was, read); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
	other := firewall{SourceRanges: []string{"192.0.2.0/24"}, Allow: []traffic{{"tcp", []string{"80"}}}}
	want := firewall{SourceRanges: []string{"192.0.2.0/24"}, Allow: []traffic{{"tcp", []string{"80"}}}}
	if spellFirewall(was, &other); !cmp.Equal(want, other) {
		t.Errorf("what differs became %v", other)
	}
}
