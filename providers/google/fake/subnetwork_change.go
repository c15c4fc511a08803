package fake

import (
	"net/netip"
	"slices"
)

func (c *Cloud) patchSubnetwork(q *request) (reply, error) {
	raw, err := q.object()
	if err != nil {
		return fail(err)
	}
	f := c.subnetworks()
	s, err := f.find(q)
	if err != nil {
		return fail(err)
	}
	if err := checkFingerprint("resource.fingerprint", text(raw["fingerprint"]), s.print()); err != nil {
		return fail(err)
	}
	fields := []string{"secondaryIpRanges", "enableFlowLogs", "logConfig", "role", "purpose", "stackType", "ipv6AccessType",
		"privateIpv6GoogleAccess", "reservedInternalRange"}
	return f.patch(q, fields, func(old, s *subnetwork, sent map[string]any) error {
		s.Fingerprint = old.Fingerprint
		n, found := c.s.Networks.Find(shortLink(s.Network))
		if !found {
			return notFound(shortLink(s.Network))
		}
		if err := addedOrRemoved(old, s); err != nil {
			return err
		}
		if err := c.rangesUsed(old, s); err != nil {
			return err
		}
		if err := c.checkRanges(s, n); err != nil {
			return err
		}
		if _, logs := sent["enableFlowLogs"]; logs && sent["logConfig"] == nil && s.LogConfig != nil {
			s.LogConfig.Enable = s.EnableFlowLogs
		}
		return s.defaults(n)
	})
}

// checkFingerprint wants got to be the current fingerprint.
func checkFingerprint(field, got, current string) error {
	if got == "" {
		return required(field)
	}
	if got != current {
		return conditionNotMet("Invalid fingerprint.")
	}
	return nil
}

// addedOrRemoved refuses to add and remove secondary ranges at once, and to
// change one.
func addedOrRemoved(old, s *subnetwork) error {
	missing := func(from, in []*secondaryRange) (out []string) {
		for _, r := range from {
			if !slices.ContainsFunc(in, func(o *secondaryRange) bool { return o.IPCidrRange == r.IPCidrRange && o.RangeName == r.RangeName }) {
				out = append(out, r.IPCidrRange)
			}
		}
		return out
	}
	added, removed := missing(s.SecondaryIPRanges, old.SecondaryIPRanges), missing(old.SecondaryIPRanges, s.SecondaryIPRanges)
	if len(added) > 0 && len(removed) > 0 {
		return invalidField("resource.secondaryIpRanges", "", "Cannot add and remove secondary IP ranges in the same request. Added ranges: %v. Removed ranges: %v.", added, removed)
	}
	return nil
}

// rangesUsed refuses to take a secondary range away from instances.
func (c *Cloud) rangesUsed(old, s *subnetwork) error {
	kept := map[string]bool{}
	for _, r := range s.SecondaryIPRanges {
		kept[r.RangeName+r.IPCidrRange] = true
	}
	for _, r := range old.SecondaryIPRanges {
		if kept[r.RangeName+r.IPCidrRange] {
			continue
		}
		for _, i := range c.s.Instances {
			for _, nic := range i.NetworkInterfaces {
				for _, alias := range nic.AliasIPRanges {
					if nic.Subnetwork == s.SelfLink && alias.SubnetworkRangeName == r.RangeName {
						return inUse("subnetwork", s.Key(), i.Key())
					}
				}
			}
		}
	}
	return nil
}

func (c *Cloud) expandIPCidrRange(q *request) (reply, error) {
	var in struct {
		IPCidrRange string `json:"ipCidrRange"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.subnetworks().change(q, "expandIpCidrRange", func(s *subnetwork) error {
		wanted, err := parseRange("resource.ipCidrRange", in.IPCidrRange)
		if err != nil {
			return err
		}
		have := netip.MustParsePrefix(s.IPCidrRange)
		if wanted.Bits() >= have.Bits() || !wanted.Contains(have.Addr()) {
			return invalidField("resource.ipCidrRange", in.IPCidrRange,
				"New IP range must be larger than and contain the current range %s.", have)
		}
		n, found := c.s.Networks.Find(shortLink(s.Network))
		if !found {
			return notFound(shortLink(s.Network))
		}
		s.IPCidrRange = wanted.String()
		if err := c.checkRanges(s, n); err != nil {
			return err
		}
		return s.defaults(n)
	})
}

func (c *Cloud) setPrivateIPGoogleAccess(q *request) (reply, error) {
	var in struct {
		PrivateIPGoogleAccess bool `json:"privateIpGoogleAccess"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.subnetworks().change(q, "setPrivateIpGoogleAccess", func(s *subnetwork) error {
		s.PrivateIPGoogleAccess = in.PrivateIPGoogleAccess
		return nil
	})
}
