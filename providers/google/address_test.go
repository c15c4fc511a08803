package google

import "testing"

func TestCheckAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		was  *address
		x    address
		want string
	}{
		"external":                    {nil, address{Name: "a", AddressType: "EXTERNAL", NetworkTier: "STANDARD"}, ""},
		"internal":                    {nil, address{Name: "a", AddressType: "INTERNAL", Subnetwork: "s", Address: "10.0.0.7"}, ""},
		"another type":                {nil, address{Name: "a", AddressType: "internal"}, `address_type "internal"`},
		"internal with a tier":        {nil, address{Name: "a", AddressType: "INTERNAL", NetworkTier: "PREMIUM"}, `network_tier "PREMIUM"`},
		"internal that shows a tier":  {&address{}, address{Name: "a", AddressType: "INTERNAL", NetworkTier: "PREMIUM"}, ""},
		"external in a subnetwork":    {nil, address{Name: "a", AddressType: "EXTERNAL", Subnetwork: "s"}, "subnetwork"},
		"IPv6 in a subnetwork":        {nil, address{Name: "a", AddressType: "EXTERNAL", Subnetwork: "s", IPVersion: "IPV6", IPv6EndpointType: "VM"}, ""},
		"external for a purpose":      {nil, address{Name: "a", AddressType: "EXTERNAL", Purpose: "VPC_PEERING"}, "purpose"},
		"no address":                  {nil, address{Name: "a", AddressType: "INTERNAL", Address: "10.0.0.0/24"}, `address "10.0.0.0/24"`},
		"a name with a dash last":     {nil, address{Name: "a-", AddressType: "EXTERNAL"}, `name "a-"`},
		"a label with a capital":      {nil, address{Name: "a", AddressType: "EXTERNAL", Labels: map[string]string{"Team": "ml"}}, `"Team"`},
		"an unknown version":          {nil, address{Name: "a", AddressType: "EXTERNAL", IPVersion: "4"}, `ip_version "4"`},
		"an end point of another use": {nil, address{Name: "a", AddressType: "EXTERNAL", IPv6EndpointType: "LB"}, `ipv6_endpoint_type "LB"`},
	} {
		refuses(t, name, checkAddress(tc.was, tc.x), tc.want)
	}
}

func TestSpellAddressKeepsWhatTheUserWrote(t *testing.T) {
	for name, tc := range map[string]struct{ was, read, want string }{
		"IPv4 that is not shown":     {"IPV4", "", "IPV4"},
		"IPv4 that nobody asked for": {"", "IPV4", ""},
		"IPv6 instead":               {"", "IPV6", "IPV6"},
	} {
		x := address{IPVersion: tc.read}
		if spellAddress(address{IPVersion: tc.was}, &x); x.IPVersion != tc.want {
			t.Errorf("%s: %q, want %q", name, x.IPVersion, tc.want)
		}
	}
}
