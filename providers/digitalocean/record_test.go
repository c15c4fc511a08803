package digitalocean

import (
	"testing"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"
)

func TestRecordRequest(t *testing.T) {
	for name, tc := range map[string]struct {
		x    record
		want godo.DomainRecordEditRequest
	}{
		"a host with its dot": {record{Type: "CNAME", Name: "www", Value: "Host.example.net."},
			godo.DomainRecordEditRequest{Type: "CNAME", Name: "www", Data: "host.example.net."}},
		"one word is in the domain": {record{Type: "CNAME", Name: "www", Value: "web"},
			godo.DomainRecordEditRequest{Type: "CNAME", Name: "www", Data: "web.example.com."}},
		"the domain itself, in full": {record{Type: "MX", Name: "example.com.", Value: "example.com.", Priority: new(0)},
			godo.DomainRecordEditRequest{Type: "MX", Name: "@", Data: "@"}},
		"a name in full": {record{Type: "A", Name: "www.example.com.", Value: "192.0.2.1", TTL: 60},
			godo.DomainRecordEditRequest{Type: "A", Name: "www", Data: "192.0.2.1", TTL: 60}},
		"a long way of writing an address": {record{Type: "AAAA", Name: "@", Value: "2001:DB8:0::1"},
			godo.DomainRecordEditRequest{Type: "AAAA", Name: "@", Data: "2001:db8::1"}},
		"text stays as it is": {record{Type: "TXT", Name: "@", Value: "v=spf1 a:Mail.example.com -all"},
			godo.DomainRecordEditRequest{Type: "TXT", Name: "@", Data: "v=spf1 a:Mail.example.com -all"}},
		"an address to report to is no host": {record{Type: "CAA", Name: "@", Value: "mailto:ca@example.com", Flags: new(0), Tag: "iodef"},
			godo.DomainRecordEditRequest{Type: "CAA", Name: "@", Data: "mailto:ca@example.com", Tag: "iodef"}},
		"what the type does not have is left out": {record{Type: "A", Name: "www", Value: "192.0.2.1", Priority: new(5), Port: new(5), Weight: new(5), Flags: new(5), Tag: "issue"},
			godo.DomainRecordEditRequest{Type: "A", Name: "www", Data: "192.0.2.1"}},
		"all of SRV": {record{Type: "SRV", Name: "_db._tcp", Value: "@", Priority: new(1), Port: new(2), Weight: new(3)},
			godo.DomainRecordEditRequest{Type: "SRV", Name: "_db._tcp", Data: "@", Priority: 1, Port: 2, Weight: 3}},
	} {
		tc.x.Domain = "Example.com"
		if diff := cmp.Diff(&tc.want, tc.x.request()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRecordKeepsItsSpelling(t *testing.T) {
	for name, tc := range map[string]struct{ was, x record }{
		"a name in full":        {record{Type: "A", Name: "www.example.com.", Value: "192.0.2.1"}, record{Type: "A", Name: "www", Value: "192.0.2.1"}},
		"the domain itself":     {record{Type: "A", Name: "example.com.", Value: "192.0.2.1"}, record{Type: "A", Name: "@", Value: "192.0.2.1"}},
		"one word":              {record{Type: "CNAME", Name: "a", Value: "web"}, record{Type: "CNAME", Name: "a", Value: "web.example.com."}},
		"the domain as a value": {record{Type: "CNAME", Name: "a", Value: "example.com."}, record{Type: "CNAME", Name: "a", Value: "@"}},
		"capitals":              {record{Type: "MX", Name: "A", Value: "Mail.example.net."}, record{Type: "MX", Name: "a", Value: "mail.example.net."}},
		"an IPv6 address":       {record{Type: "AAAA", Name: "a", Value: "2001:DB8::0:1"}, record{Type: "AAAA", Name: "a", Value: "2001:db8::1"}},
		"zeros of a module":     {record{Type: "A", Name: "a", Value: "192.0.2.1", Priority: new(0), Flags: new(0), Tag: "issue"}, record{Type: "A", Name: "a", Value: "192.0.2.1"}},
	} {
		tc.was.Domain, tc.x.Domain = "example.com", "example.com"
		spellRecord(tc.was, &tc.x)
		if diff := cmp.Diff(tc.was, tc.x); diff != "" {
			t.Errorf("%s is not kept (-was +is):\n%s", name, diff)
		}
	}
}

func TestRecordShowsAnotherValue(t *testing.T) {
	for name, tc := range map[string]struct{ was, x record }{
		"another word":        {record{Type: "CNAME", Name: "a", Value: "web"}, record{Type: "CNAME", Name: "a", Value: "api.example.com."}},
		"capitals in text":    {record{Type: "TXT", Name: "a", Value: "Key"}, record{Type: "TXT", Name: "a", Value: "key"}},
		"a priority that has": {record{Type: "MX", Name: "a", Value: "@", Priority: new(1)}, record{Type: "MX", Name: "a", Value: "@", Priority: new(2)}},
	} {
		tc.was.Domain, tc.x.Domain = "example.com", "example.com"
		want := tc.x
		if spellRecord(tc.was, &tc.x); !cmp.Equal(want, tc.x) || cmp.Equal(tc.was, tc.x) {
			t.Errorf("%s: %+v is taken for %+v", name, tc.x, tc.was)
		}
	}
}

func TestCheckRecord(t *testing.T) {
	for name, tc := range map[string]struct {
		x    record
		want string
	}{
		"smallest":                  {record{Type: "A", Name: "@", Value: "192.0.2.1"}, ""},
		"unknown type":              {record{Type: "PTR", Name: "a", Value: "b."}, `"PTR"`},
		"small letters":             {record{Type: "a", Name: "a", Value: "192.0.2.1"}, `"a"`},
		"no name":                   {record{Type: "A", Value: "192.0.2.1"}, "@"},
		"IPv6 in A":                 {record{Type: "A", Name: "a", Value: "2001:db8::1"}, "IPv4"},
		"IPv4 in AAAA":              {record{Type: "AAAA", Name: "a", Value: "192.0.2.1"}, "IPv6"},
		"a host without its dot":    {record{Type: "CNAME", Name: "a", Value: "b.example.net"}, `"b.example.net."`},
		"one word":                  {record{Type: "CNAME", Name: "a", Value: "b"}, ""},
		"MX without priority":       {record{Type: "MX", Name: "a", Value: "@"}, "priority"},
		"MX with priority 0":        {record{Type: "MX", Name: "a", Value: "@", Priority: new(0)}, ""},
		"SRV without port":          {record{Type: "SRV", Name: "a", Value: "@", Priority: new(0), Weight: new(0)}, "port"},
		"CAA without flags":         {record{Type: "CAA", Name: "a", Value: "ca.example.", Tag: "issue"}, "flags"},
		"CAA without tag":           {record{Type: "CAA", Name: "a", Value: "ca.example.", Flags: new(0)}, "tag"},
		"CAA of another kind":       {record{Type: "CAA", Name: "a", Value: "ca.example.", Flags: new(0), Tag: "tell"}, `"tell"`},
		"CAA without its dot":       {record{Type: "CAA", Name: "a", Value: "ca.example", Flags: new(0), Tag: "issue"}, "dot"},
		"CAA with a mail address":   {record{Type: "CAA", Name: "a", Value: "mailto:a@b.example", Flags: new(0), Tag: "iodef"}, ""},
		"flags of more than a byte": {record{Type: "CAA", Name: "a", Value: "ca.example.", Flags: new(256), Tag: "issue"}, "256"},
		"port out of range":         {record{Type: "SRV", Name: "a", Value: "@", Priority: new(0), Weight: new(0), Port: new(65536)}, "65536"},
	} {
		tc.x.Domain = "example.com"
		checkError(t, name, checkRecord(nil, tc.x), tc.want)
	}
}

func TestCheckDomain(t *testing.T) {
	for name, tc := range map[string]struct {
		x    domain
		want string
	}{
		"smallest":        {domain{Name: "example.com"}, ""},
		"with a dot":      {domain{Name: "example.com."}, "without a dot"},
		"one word":        {domain{Name: "example"}, `"example"`},
		"no address":      {domain{Name: "example.com", IPAddress: "here"}, `"here"`},
		"an IPv6 address": {domain{Name: "example.com", IPAddress: "2001:db8::1"}, ""},
	} {
		checkError(t, name, checkDomain(nil, tc.x), tc.want)
	}
}

func TestImportRecord(t *testing.T) {
	for id, want := range map[string]string{"example.com,123": "", "123": "comma", "example.com,www": "comma", ",123": "comma"} {
		x, err := importRecord(id)
		checkError(t, id, err, want)
		if want == "" && (x.Domain != "example.com" || x.ID != "123") {
			t.Errorf("%s: %+v", id, x)
		}
	}
}
