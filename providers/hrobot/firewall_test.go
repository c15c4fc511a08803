package hrobot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers/hrobot/fake"
)

func TestCheckFirewall(t *testing.T) {
	with := func(r firewallRule) firewall {
		return firewall{ServerNumber: 321, Status: "active", InputRules: []firewallRule{{Action: "accept"}, r}}
	}
	for name, tc := range map[string]struct {
		want firewall
		err  string
	}{
		"nothing passes":             {firewall{ServerNumber: 321, Status: "active"}, "lets nothing through"},
		"disabled":                   {firewall{ServerNumber: 321, Status: "disabled"}, ""},
		"status":                     {firewall{ServerNumber: 321, Status: "on"}, `status "on" is neither`},
		"no server":                  {firewall{Status: "disabled"}, "server_number 0"},
		"action":                     {with(firewallRule{Name: "x", Action: "drop"}), `input_rule 2 "x": action "drop" is neither accept nor discard`},
		"a rule without a name":      {with(firewallRule{Action: "drop"}), `input_rule 2: action`},
		"name":                       {with(firewallRule{Name: "SSH (in)", Action: "accept"}), "only letters, digits"},
		"protocol without a version": {with(firewallRule{Protocol: "tcp", Action: "accept"}), `protocol "tcp" needs ip_version`},
		"unknown protocol":           {with(firewallRule{IPVersion: "ipv4", Protocol: "sctp", Action: "accept"}), "is none of tcp"},
		"address without a version":  {with(firewallRule{SrcIP: "192.0.2.1", Action: "accept"}), "src_ip and dst_ip need"},
		"address of IPv6":            {with(firewallRule{IPVersion: "ipv6", DstIP: "2001:db8::1", Action: "accept"}), "addresses of IPv6 cannot be filtered"},
		"no address":                 {with(firewallRule{IPVersion: "ipv4", SrcIP: "here", Action: "accept"}), `src_ip "here" is not`},
		"flags of UDP":               {with(firewallRule{IPVersion: "ipv4", Protocol: "udp", TCPFlags: "ack", Action: "accept"}), `needs protocol = "tcp"`},
		"flags":                      {with(firewallRule{IPVersion: "ipv4", Protocol: "tcp", TCPFlags: "established", Action: "accept"}), "is not syn, fin"},
		"ports":                      {with(firewallRule{DstPort: "1024:65535", Action: "accept"}), `dst_port "1024:65535" is not`},
		"ports upside down":          {with(firewallRule{SrcPort: "90-80", Action: "accept"}), "is not a port or a range"},
		"a high port":                {with(firewallRule{SrcPort: "65536", Action: "accept"}), "is not a port or a range"},
		"all of it": {with(firewallRule{Name: "a-z A_Z.0+1@x", IPVersion: "ipv4", Protocol: "tcp", TCPFlags: "syn|fin&ack",
			SrcIP: "192.0.2.0/24", DstIP: "192.0.2.1", SrcPort: "0-65535", DstPort: "22", Action: "discard"}), ""},
	} {
		err := checkFirewall(nil, tc.want)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", name, err, tc.err)
		}
	}
}

func TestSameRules(t *testing.T) {
	both := []firewallRule{{Name: "a", DstPort: "80", Action: "accept"}, {Action: "discard"}}
	apart := []firewallRule{
		{Name: "a", IPVersion: "ipv4", DstPort: "80", Action: "accept"}, {Name: "a", IPVersion: "ipv6", DstPort: "80", Action: "accept"},
		{IPVersion: "ipv4", Action: "discard"}, {IPVersion: "ipv6", Action: "discard"},
	}
	short := []firewallRule{{IPVersion: "ipv4", SrcIP: "192.0.2.1", Action: "accept"}}
	long := []firewallRule{{IPVersion: "ipv4", SrcIP: "192.0.2.1/32", Action: "accept"}}
	for name, tc := range map[string]struct{ was, now, want []firewallRule }{
		"one for each version":    {both, apart, both},
		"an address as a network": {short, long, short},
		"another order":           {both, []firewallRule{apart[2], apart[3], apart[0], apart[1]}, []firewallRule{apart[2], apart[3], apart[0], apart[1]}},
		"only IPv4 is left":       {both, []firewallRule{apart[0], apart[2]}, []firewallRule{apart[0], apart[2]}},
		"one more":                {short, append(long, both...), append(long, both...)},
		"none of either":          {nil, nil, nil},
	} {
		if diff := cmp.Diff(tc.want, sameRules(tc.was, tc.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFirewallCuts(t *testing.T) {
	ssh := firewallRule{IPVersion: "ipv4", Protocol: "tcp", DstPort: "22", Action: "accept"}
	for name, tc := range map[string]struct {
		rules []firewallRule
		warns bool
	}{
		"only SSH":                  {[]firewallRule{ssh}, true},
		"answers of TCP":            {[]firewallRule{ssh, {IPVersion: "ipv4", Protocol: "tcp", TCPFlags: "ack", DstPort: "32768-65535", Action: "accept"}}, false},
		"everything":                {[]firewallRule{{Action: "accept"}}, false},
		"high ports":                {[]firewallRule{ssh, {DstPort: "32768-60999", Action: "accept"}}, false},
		"too few ports":             {[]firewallRule{ssh, {DstPort: "40000-65535", Action: "accept"}}, true},
		"answers are discarded":     {[]firewallRule{ssh, {DstPort: "32768-65535", Action: "discard"}}, true},
		"answers of one host":       {[]firewallRule{ssh, {IPVersion: "ipv4", SrcIP: "192.0.2.1", Action: "accept"}}, true},
		"only the beginning":        {[]firewallRule{{IPVersion: "ipv4", Protocol: "tcp", TCPFlags: "syn", Action: "accept"}}, true},
		"answers of UDP alone":      {[]firewallRule{{IPVersion: "ipv4", Protocol: "udp", Action: "accept"}}, true},
		"no rule for what comes in": {nil, true},
	} {
		got := firewallCuts(firewall{ServerNumber: 321, Status: "active", InputRules: tc.rules})
		if (got != "") != tc.warns {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := firewallCuts(firewall{Status: "disabled"}); got != "" {
		t.Errorf("disabled: %q", got)
	}
}

// TestFirewallStays: a configuration that goes opens no server.
func TestFirewallStays(t *testing.T) {
	a := newAccount(t, fake.Options{})
	x := firewall{ServerNumber: 321, Status: "active", WhitelistHOS: true, InputRules: []firewallRule{{Action: "accept"}}}
	if err := updateFirewall(t.Context(), a.client, firewall{}, &x); err != nil {
		t.Fatal(err)
	}
	a.calls = nil
	_ = firewallType.Delete(t.Context(), a.client, x)
	got := firewall{ServerNumber: 321}
	if err := readFirewall(t.Context(), a.client, &got); err != nil || got.Status != "active" || len(a.calls) > 0 {
		t.Errorf("it is %q after %v (%v)", got.Status, a.calls, err)
	}
}

// TestListFirewall: a server that can have no firewall has none; other refusals are
// told.
func TestListFirewall(t *testing.T) {
	for code, refused := range map[string]bool{"FIREWALL_NOT_AVAILABLE": false, "FIREWALL_PORT_NOT_FOUND": false, "RATE_LIMIT_EXCEEDED": true} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"error":{"status":404,"code":%q,"message":"no firewall"}}`, code)
		}))
		c := &client{http: server.Client(), endpoint: server.URL}
		told := false
		for _, err := range listFirewall(t.Context(), c, firewall{ServerNumber: 321}) {
			told = err != nil
		}
		server.Close()
		if told != refused {
			t.Errorf("%s: an error is told: %t, want %t", code, told, refused)
		}
	}
}

func TestProtectedVSwitch(t *testing.T) {
	if err := protectedVSwitch(vSwitch{Name: "ml", CloudNetworks: []cloudNetwork{{ID: 1}}}); err != nil {
		t.Errorf("one that nothing was ordered for: %v", err)
	}
	err := protectedVSwitch(vSwitch{Name: "ml", Subnets: []vSwitchNet{{IP: "192.0.2.0", Mask: 28}}})
	if err == nil || !strings.Contains(err.Error(), `vSwitch "ml" has networks that were ordered for it, such as 192.0.2.0/28`) {
		t.Errorf("got %v", err)
	}
}
