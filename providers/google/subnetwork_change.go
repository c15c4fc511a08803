package google

import (
	"context"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
)

// updateSubnetwork makes the first change that is missing: the API takes one
// at a time.
func updateSubnetwork(ctx context.Context, c *client, was subnetwork, x *subnetwork) error {
	x.ID = was.ID
	got, err := c.subnetwork(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	changes := subnetworkChanges(ctx, c, got, *x)
	switch len(changes) {
	case 0:
		return x.fill(got)
	case 1:
		return changes[0]()
	}
	return more(changes[0]())
}

// subnetworkChanges returns the calls that make got as x has it.
func subnetworkChanges(ctx context.Context, c *client, got *computepb.Subnetwork, x subnetwork) (calls []func() error) {
	project, region, name := part(x.ID, "projects"), part(x.ID, "regions"), lastPart(x.ID)
	if got.GetIpCidrRange() != x.IPCIDRRange {
		calls = append(calls, func() error {
			return started(c.subnetworks.ExpandIpCidrRange(ctx, &computepb.ExpandIpCidrRangeSubnetworkRequest{
				Project: project, Region: region, Subnetwork: name,
				SubnetworksExpandIpCidrRangeRequestResource: &computepb.SubnetworksExpandIpCidrRangeRequest{IpCidrRange: ptr(x.IPCIDRRange)},
			}))
		})
	}
	if x.PrivateIPGoogleAccess != nil && got.GetPrivateIpGoogleAccess() != *x.PrivateIPGoogleAccess {
		calls = append(calls, func() error {
			return started(c.subnetworks.SetPrivateIpGoogleAccess(ctx, &computepb.SetPrivateIpGoogleAccessSubnetworkRequest{
				Project: project, Region: region, Subnetwork: name,
				SubnetworksSetPrivateIpGoogleAccessRequestResource: &computepb.SubnetworksSetPrivateIpGoogleAccessRequest{PrivateIpGoogleAccess: x.PrivateIPGoogleAccess},
			}))
		})
	}
	for _, patch := range x.patches(got) {
		patch.Fingerprint = got.Fingerprint
		calls = append(calls, func() error {
			return started(c.subnetworks.Patch(ctx, &computepb.PatchSubnetworkRequest{Project: project, Region: region, Subnetwork: name, SubnetworkResource: patch}))
		})
	}
	return calls
}

// patches returns the changes of fields that make got as x has it. What is
// left to the cloud stays.
func (x subnetwork) patches(got *computepb.Subnetwork) (list []*computepb.Subnetwork) {
	have := subnetwork{}
	_ = have.fill(got) // which never fails
	spellSubnetwork(x, &have)
	if len(x.SecondaryIPRanges) > 0 {
		for _, ranges := range rangesOnTheWay(have.SecondaryIPRanges, x.SecondaryIPRanges) {
			list = append(list, &computepb.Subnetwork{SecondaryIpRanges: secondaryRanges(ranges)})
		}
	}
	if !sameLog(have.LogConfig, x.LogConfig) {
		list = append(list, &computepb.Subnetwork{LogConfig: x.logConfig()})
	}
	if x.Role != "" && have.Role != x.Role {
		list = append(list, &computepb.Subnetwork{Role: ptr(x.Role)})
	}
	if (x.StackType != "" && have.StackType != x.StackType) || (x.IPv6AccessType != "" && have.IPv6AccessType != x.IPv6AccessType) {
		list = append(list, &computepb.Subnetwork{StackType: text(x.StackType), Ipv6AccessType: text(x.IPv6AccessType)})
	}
	if x.PrivateIPv6GoogleAccess != "" && have.PrivateIPv6GoogleAccess != x.PrivateIPv6GoogleAccess {
		list = append(list, &computepb.Subnetwork{PrivateIpv6GoogleAccess: ptr(x.PrivateIPv6GoogleAccess)})
	}
	return list
}

// rangesOnTheWay returns what to have one after the other to get from have to
// want: the API does not add and remove in one request. What goes makes room
// first, unless nothing would be left: the client cannot send that.
func rangesOnTheWay(have, want []secondaryRange) [][]secondaryRange {
	kept := slices.DeleteFunc(slices.Clone(have), func(r secondaryRange) bool { return !slices.Contains(want, r) })
	switch {
	case slices.Equal(have, want):
		return nil
	case len(kept) == len(have), len(kept) == len(want):
		return [][]secondaryRange{want}
	case len(kept) > 0:
		return [][]secondaryRange{kept, want}
	}
	return [][]secondaryRange{append(slices.Clone(have), want...), want}
}

func sameLog(a, b []subnetworkLog) bool {
	return slices.EqualFunc(a, b, func(a, b subnetworkLog) bool {
		return a.AggregationInterval == b.AggregationInterval && a.Metadata == b.Metadata && a.FilterExpr == b.FilterExpr &&
			sameSampling(a.FlowSampling, b.FlowSampling) && slices.Equal(slices.Sorted(slices.Values(a.MetadataFields)), slices.Sorted(slices.Values(b.MetadataFields)))
	})
}

// sameSampling compares as the API does, which keeps single precision.
func sameSampling(a, b *float64) bool {
	return a == b || (a != nil && b != nil && float32(*a) == float32(*b))
}
