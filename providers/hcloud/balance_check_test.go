package hcloud

import (
	"strings"
	"testing"
)

// says demands that an error says something; "" demands that there is none.
func says(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("it is refused: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("the refusal is %v, want %q", err, want)
	}
}

func TestCheckVolume(t *testing.T) {
	there := &volume{Name: "data", Size: 20, Format: "ext4", Location: "fsn1"}
	for name, tt := range map[string]struct {
		was  *volume
		want volume
		says string
	}{
		"as it is":               {there, *there, ""},
		"at a server":            {nil, volume{Name: "data", Size: 10, Location: "fsn1", ServerID: 7}, ""},
		"without a name":         {nil, volume{Size: 10}, "name must not be empty"},
		"too small":              {nil, volume{Name: "data", Size: 9}, "10 to 10240 GB"},
		"too large":              {nil, volume{Name: "data", Size: 10241}, "10 to 10240 GB"},
		"with NTFS":              {nil, volume{Name: "data", Size: 10, Format: "ntfs"}, "neither ext4 nor xfs"},
		"shrinking":              {there, volume{Name: "data", Size: 10, Format: "ext4"}, "from 20 GB to 10 GB"},
		"formatted anew":         {there, volume{Name: "data", Size: 20, Format: "xfs"}, `from "ext4" to "xfs"`},
		"with a label of ours":   {nil, volume{Name: "data", Size: 10, Labels: map[string]string{ownerLabel: "x"}}, "mlinfra's own"},
		"with a label of no use": {nil, volume{Name: "data", Size: 10, Labels: map[string]string{"a b": "x"}}, `label "a b"`},
	} {
		t.Run(name, func(t *testing.T) { says(t, checkVolume(tt.was, tt.want), tt.says) })
	}
}

func TestCheckFirewallRule(t *testing.T) {
	world := []string{"0.0.0.0/0", "::/0"}
	for name, tt := range map[string]struct {
		rule firewallRule
		says string
	}{
		"a port":              {firewallRule{Direction: "in", Protocol: "tcp", Port: "22", SourceIPs: world}, ""},
		"any port":            {firewallRule{Direction: "in", Protocol: "udp", Port: "any", SourceIPs: world}, ""},
		"a range of ports":    {firewallRule{Direction: "out", Protocol: "tcp", Port: "80-85", DestinationIPs: world}, ""},
		"an address":          {firewallRule{Direction: "in", Protocol: "icmp", SourceIPs: []string{"192.0.2.7", "2001:DB8::1"}}, ""},
		"both ends":           {firewallRule{Direction: "in", Protocol: "tcp", Port: "22", SourceIPs: world, DestinationIPs: []string{"192.0.2.7/32"}}, ""},
		"no direction":        {firewallRule{Direction: "up", Protocol: "icmp", SourceIPs: world}, "neither in nor out"},
		"no protocol":         {firewallRule{Direction: "in", Protocol: "all", SourceIPs: world}, "none of tcp"},
		"no port":             {firewallRule{Direction: "in", Protocol: "tcp", SourceIPs: world}, "port has to be set"},
		"a port of ICMP":      {firewallRule{Direction: "in", Protocol: "icmp", Port: "8", SourceIPs: world}, `port "8" is for tcp and udp`},
		"a name of a port":    {firewallRule{Direction: "in", Protocol: "tcp", Port: "ssh", SourceIPs: world}, `port "ssh" is no port`},
		"ports that fall":     {firewallRule{Direction: "in", Protocol: "tcp", Port: "90-80", SourceIPs: world}, `port "90-80" is no port`},
		"a port beyond":       {firewallRule{Direction: "in", Protocol: "tcp", Port: "65536", SourceIPs: world}, "is no port"},
		"no sources":          {firewallRule{Direction: "in", Protocol: "icmp", DestinationIPs: world}, "source_ips has to be set"},
		"no destinations":     {firewallRule{Direction: "out", Protocol: "icmp", SourceIPs: world}, "destination_ips has to be set"},
		"a host in its range": {firewallRule{Direction: "in", Protocol: "icmp", SourceIPs: []string{"192.0.2.7/24"}}, "write 192.0.2.0/24, or 192.0.2.7/32"},
		"a name":              {firewallRule{Direction: "in", Protocol: "icmp", SourceIPs: []string{"office"}}, `"office" is no address`},
	} {
		t.Run(name, func(t *testing.T) { says(t, tt.rule.check(), tt.says) })
	}
}

func TestRulesAreSpelledAsTheAPIDoes(t *testing.T) {
	x := firewall{Rules: []firewallRule{{SourceIPs: []string{"2001:DB8:0::/32", "192.0.2.7", "192.0.2.7/32"}, DestinationIPs: []string{"::1"}}}}
	normalFirewall(&x)
	want := firewallRule{SourceIPs: []string{"192.0.2.7/32", "2001:db8::/32"}, DestinationIPs: []string{"::1/128"}}
	if !sameRules(x.Rules, []firewallRule{want}) {
		t.Errorf("the rule is %q, want %q", x.Rules[0], want)
	}
	if other := want; sameRules(x.Rules, []firewallRule{other, other}) {
		t.Error("one rule is said to be the same as two")
	}
}

func TestCheckFirewall(t *testing.T) {
	says(t, checkFirewall(nil, firewall{Name: "fw", ApplyTo: []appliedTo{{Server: 7}, {LabelSelector: "a=b"}}}), "")
	says(t, checkFirewall(nil, firewall{}), "name must not be empty")
	says(t, checkFirewall(nil, firewall{Name: "fw", ApplyTo: []appliedTo{{}}}), "either server or label_selector")
	says(t, checkFirewall(nil, firewall{Name: "fw", ApplyTo: []appliedTo{{Server: 7, LabelSelector: "a=b"}}}), "either server or label_selector")
	says(t, checkFirewall(nil, firewall{Name: "fw", Rules: make([]firewallRule, 51)}), "has 50 at most")
	says(t, checkFirewallAttachment(nil, firewallAttachment{FirewallID: 7}), "has to be set")
	says(t, checkFirewallAttachment(nil, firewallAttachment{FirewallID: 7, LabelSelectors: []string{""}}), "every server")
}

func TestCheckLBService(t *testing.T) {
	health := lbHealth{Protocol: "http", Port: 80, Interval: 15, Timeout: 10, Retries: 3}
	with := func(change func(*lbHealth)) lbService {
		h := health
		change(&h)
		return lbService{Protocol: "http", HealthCheck: []lbHealth{h}}
	}
	for name, tt := range map[string]struct {
		want lbService
		says string
	}{
		"the smallest":              {lbService{Protocol: "http"}, ""},
		"HTTPS":                     {lbService{Protocol: "https", HTTP: []lbHTTP{{RedirectHTTP: true, TimeoutIdle: 300}}}, ""},
		"a health check":            {with(func(*lbHealth) {}), ""},
		"no protocol":               {lbService{Protocol: "udp"}, `protocol "udp"`},
		"a port beyond":             {lbService{Protocol: "tcp", ListenPort: 65536}, "listen_port is 65536"},
		"HTTP of TCP":               {lbService{Protocol: "tcp", HTTP: []lbHTTP{{}}}, "drop the block"},
		"certificates of HTTP":      {lbService{Protocol: "http", HTTP: []lbHTTP{{Certificates: []int{7}}}}, "for protocol https"},
		"redirection of HTTP":       {lbService{Protocol: "http", HTTP: []lbHTTP{{RedirectHTTP: true}}}, "for protocol https"},
		"a short time":              {lbService{Protocol: "http", HTTP: []lbHTTP{{TimeoutIdle: 29}}}, "timeout_idle is 29"},
		"questions too often":       {with(func(h *lbHealth) { h.Interval, h.Timeout = 2, 1 }), "interval is 2"},
		"answers after questions":   {with(func(h *lbHealth) { h.Timeout = 16 }), "timeout is 16 and interval 15"},
		"too many failures":         {with(func(h *lbHealth) { h.Retries = 6 }), "retries is 6"},
		"a health check of nothing": {with(func(h *lbHealth) { h.Protocol = "icmp" }), `health_check: protocol "icmp"`},
		"a path of TCP": {with(func(h *lbHealth) {
			h.Protocol, h.HTTP = "tcp", []lbHealthHTTP{{Path: "/"}}
		}), "drop the block"},
		"a code that is none": {with(func(h *lbHealth) { h.HTTP = []lbHealthHTTP{{StatusCodes: []string{"2xx"}}} }), `status_codes: "2xx"`},
	} {
		t.Run(name, func(t *testing.T) { says(t, checkLBService(nil, tt.want), tt.says) })
	}
	says(t, (&lbService{Protocol: "tcp", ListenPort: 22}).complete(), "destination_port have to be set")
	says(t, (&lbService{Protocol: "https", HTTP: []lbHTTP{{}}}).complete(), "one of certificates")
	says(t, (&lbService{Protocol: "https", HTTP: []lbHTTP{{Certificates: []int{7}}}}).complete(), "")
}

func TestCheckLBTarget(t *testing.T) {
	for name, tt := range map[string]struct {
		want lbTarget
		says string
	}{
		"a server":                     {lbTarget{Type: "server", ServerID: 7, UsePrivateIP: true}, ""},
		"servers by labels":            {lbTarget{Type: "label_selector", LabelSelector: "a=b"}, ""},
		"an address":                   {lbTarget{Type: "ip", IP: "203.0.113.7"}, ""},
		"no type":                      {lbTarget{Type: "volume"}, `type "volume"`},
		"a server without a number":    {lbTarget{Type: "server"}, "needs server_id"},
		"a server by labels":           {lbTarget{Type: "server", LabelSelector: "a=b"}, "needs server_id"},
		"two of them":                  {lbTarget{Type: "ip", IP: "203.0.113.7", ServerID: 7}, "needs ip, and only"},
		"an address that is none":      {lbTarget{Type: "ip", IP: "x"}, `ip "x"`},
		"an address inside a network":  {lbTarget{Type: "ip", IP: "203.0.113.7", UsePrivateIP: true}, "use_private_ip is for"},
		"an address in other capitals": {lbTarget{Type: "ip", IP: "2001:DB8::1"}, ""},
	} {
		t.Run(name, func(t *testing.T) { says(t, checkLBTarget(nil, tt.want), tt.says) })
	}
}

func TestImportsOfParts(t *testing.T) {
	for _, id := range []string{"7__server__8", "7__label_selector__a=b__c", "7__ip__203.0.113.7"} {
		x, err := importLBTarget(id)
		if err != nil || lbTargetType.ImportID(x) != id {
			t.Errorf("%s is taken for %+v, %v", id, x, err)
		}
	}
	for _, id := range []string{"", "7__server", "7__server__x", "x__ip__203.0.113.7", "7__volume__8", "7__ip__"} {
		if x, err := importLBTarget(id); err == nil {
			t.Errorf("%q is taken for %+v", id, x)
		}
	}
	for _, id := range []string{"", "7", "7__", "__80", "7__http"} {
		if x, err := importLBService(id); err == nil {
			t.Errorf("%q is taken for %+v", id, x)
		}
	}
	for _, id := range []string{"", "7", "7-", "-8", "7-x"} {
		if x, err := importLBNetwork(id); err == nil {
			t.Errorf("%q is taken for %+v", id, x)
		}
	}
}

func TestCheckLBNetwork(t *testing.T) {
	for name, tt := range map[string]struct {
		want lbNetwork
		says string
	}{
		"in a network":                {lbNetwork{LoadBalancerID: 7, NetworkID: 8, IP: "10.0.1.5"}, ""},
		"in a subnet":                 {lbNetwork{LoadBalancerID: 7, SubnetID: "8-10.0.1.0/24", IP: "10.0.1.5"}, ""},
		"in both":                     {lbNetwork{LoadBalancerID: 7, NetworkID: 8, SubnetID: "8-10.0.1.0/24"}, ""},
		"in a subnet of another":      {lbNetwork{LoadBalancerID: 7, NetworkID: 9, SubnetID: "8-10.0.1.0/24"}, "of network 8, not of network_id 9"},
		"in no subnet":                {lbNetwork{LoadBalancerID: 7, SubnetID: "10.0.1.0/24"}, "subnet_id"},
		"at an address outside":       {lbNetwork{LoadBalancerID: 7, SubnetID: "8-10.0.1.0/24", IP: "10.0.2.5"}, "is not in subnet_id"},
		"at an address that is none":  {lbNetwork{LoadBalancerID: 7, NetworkID: 8, IP: "x"}, `ip "x"`},
		"at an address of the future": {lbNetwork{LoadBalancerID: 7, NetworkID: 8, IP: "2001:db8::1"}, "no IPv4 address"},
	} {
		t.Run(name, func(t *testing.T) { says(t, checkLBNetwork(nil, tt.want), tt.says) })
	}
}

func TestCheckCertificates(t *testing.T) {
	cert := strings.NewReplacer("\n    ", "\n")
	_, rest, _ := strings.Cut(exampleCertificate, "<<-EOT\n")
	pem, rest, _ := strings.Cut(rest, "  EOT")
	_, rest, _ = strings.Cut(rest, "<<-EOT\n")
	secret, _, _ := strings.Cut(rest, "  EOT")
	x := uploadedCertificate{Name: "api", Certificate: cert.Replace("\n" + pem), PrivateKey: cert.Replace("\n" + secret)}
	says(t, checkUploadedCertificate(nil, x), "")
	other := x
	other.PrivateKey = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"
	says(t, checkUploadedCertificate(nil, other), "are not a certificate and its key")
	if err := checkUploadedCertificate(nil, other); strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("the refusal shows the key: %v", err)
	}
	spelled := uploadedCertificate{Certificate: "Of ours:\r\n" + strings.ReplaceAll(x.Certificate, "\n", "\r\n")}
	if spellUploadedCertificate(x, &spelled); spelled.Certificate != x.Certificate {
		t.Error("a certificate with other ends of lines is another one")
	}
	says(t, checkManagedCertificate(nil, managedCertificate{Name: "api"}), "domain_names must not be empty")
	says(t, checkManagedCertificate(nil, managedCertificate{DomainNames: []string{"a.example.com"}}), "name must not be empty")
}
