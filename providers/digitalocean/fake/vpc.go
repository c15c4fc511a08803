package fake

import (
	"net/netip"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// vpc is a private network of a region.
type vpc struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Region      string    `json:"region"`
	IPRange     string    `json:"ip_range"`
	Default     bool      `json:"default"`
	Auto        bool      `json:"auto"` // made by the cloud, not by a client
	CreatedAt   time.Time `json:"created_at"`
	home
}

func (v *vpc) Key() string   { return v.ID }
func (v *vpc) Title() string { return v.Name }
func (v *vpc) Hidden() bool  { return v.Auto }

// vpcSpec is the body of create, PUT and PATCH. Nil fields were not sent.
type vpcSpec struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Region      string  `json:"region"`
	IPRange     string  `json:"ip_range"`
	Default     *bool   `json:"default"`
}

var vpcName = providers.NewPattern(`^[a-zA-Z0-9\-.]+$`)

func (c *Cloud) createVPC(q *request) (reply, error) {
	var in vpcSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == nil {
		return reply{}, invalid("name is required")
	}
	if err := c.checkVPC("", &in); err != nil {
		return reply{}, err
	}
	if !regionExists(in.Region) {
		return reply{}, invalid("Region is not available")
	}
	var wanted netip.Prefix
	if in.IPRange != "" {
		var err error
		if wanted, err = c.checkRange(in.IPRange); err != nil {
			return reply{}, err
		}
	}
	v := &vpc{Name: *in.Name, Region: in.Region, CreatedAt: q.now, home: home{c.defaultProject().ID, q.now}}
	give(&v.Description, in.Description)
	if _, found := c.defaultVPC(in.Region); !found {
		v.Default = c.o.Fresh
		if !c.o.Fresh {
			c.addDefaultVPC(q, in.Region, wanted)
		}
	}
	if !wanted.IsValid() {
		wanted = c.freeRange(wanted)
	}
	v.ID, v.IPRange = c.s.IDs.UUID(), wanted.String()
	c.s.VPCs.Add(v)
	return created(map[string]any{"vpc": v.view()})
}

// checkVPC refuses bad names and descriptions; id is the VPC that may keep its name.
func (c *Cloud) checkVPC(id string, in *vpcSpec) error {
	if in.Description != nil && len(*in.Description) > 255 {
		return invalid("description is too long (maximum is 255 characters)")
	}
	if in.Name == nil {
		return nil
	}
	if !vpcName.MatchString(*in.Name) {
		return invalid("Name can only contain alphanumeric characters, dashes, and periods")
	}
	for _, v := range c.s.VPCs {
		if v.Name == *in.Name && v.ID != id {
			return invalid("a VPC with the same name already exists in your account")
		}
	}
	return nil
}

// privateRanges are those of RFC 1918; reservedRanges are used by DigitalOcean itself.
var (
	privateRanges  = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
	reservedRanges = prefixes("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24")
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func (c *Cloud) checkRange(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p != p.Masked() {
		return p, invalid("ip_range is not a valid CIDR block: %s", s)
	}
	if p.Bits() < 16 || p.Bits() > 28 {
		return p, invalid("ip_range must be between /16 and /28")
	}
	inside := func(r netip.Prefix) bool { return r.Contains(p.Addr()) }
	if !slices.ContainsFunc(privateRanges, inside) {
		return p, invalid("ip_range must be in the private ranges of RFC1918")
	}
	if slices.ContainsFunc(reservedRanges, p.Overlaps) {
		return p, invalid("This range is reserved by DigitalOcean: %s", s)
	}
	if v := c.overlapping(p); v != nil {
		return p, invalid("This range/size overlaps with another VPC network in your account: %s %s.", v.Name, v.IPRange)
	}
	return p, nil
}

func (c *Cloud) overlapping(p netip.Prefix) *vpc {
	for _, v := range c.s.VPCs {
		if r, err := netip.ParsePrefix(v.IPRange); err == nil && r.Overlaps(p) {
			return v
		}
	}
	return nil
}

// freeRange returns an unused /20, also clear of avoid when that is valid.
func (c *Cloud) freeRange(avoid netip.Prefix) netip.Prefix {
	for n := 100 << 4; ; n++ {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 4), byte(n << 4), 0}), 20)
		taken := avoid.IsValid() && p.Overlaps(avoid) || slices.ContainsFunc(reservedRanges, p.Overlaps)
		if !taken && c.overlapping(p) == nil {
			return p
		}
	}
}

func (c *Cloud) defaultVPC(region string) (*vpc, bool) {
	for _, v := range c.s.VPCs {
		if v.Region == region && v.Default {
			return v, true
		}
	}
	return nil, false
}

func (c *Cloud) addDefaultVPC(q *request, region string, avoid netip.Prefix) *vpc {
	v := &vpc{ID: c.s.IDs.UUID(), Name: "default-" + region, Region: region, IPRange: c.freeRange(avoid).String(),
		Default: true, Auto: true, CreatedAt: q.now, home: home{c.defaultProject().ID, q.now}}
	c.s.VPCs.Add(v)
	return v
}

// knownVPC returns the VPC that the body of a request names.
func (c *Cloud) knownVPC(id string) (*vpc, error) {
	v, found := c.s.VPCs.Find(id)
	if !found {
		return nil, missing("VPC %s not found", id)
	}
	return v, nil
}

// networkFor returns the VPC with id, or the region's default, made if need be.
func (c *Cloud) networkFor(q *request, id, region string) (*vpc, error) {
	if id != "" {
		v, err := c.knownVPC(id)
		if err != nil {
			return nil, err
		}
		if v.Region != region {
			return nil, invalid("VPC %s is not in region %s", id, region)
		}
		return v, nil
	}
	if v, found := c.defaultVPC(region); found {
		return v, nil
	}
	return c.addDefaultVPC(q, region, netip.Prefix{}), nil
}

// privateAddress returns the first free host address of a VPC.
func (c *Cloud) privateAddress(id string) string {
	v, found := c.s.VPCs.Find(id)
	if !found {
		return ""
	}
	used := map[string]bool{}
	for _, d := range c.s.Droplets {
		used[d.Private] = true
	}
	for _, b := range c.s.LoadBalancers {
		used[b.IP] = true
	}
	for _, g := range c.s.NATGateways {
		for _, i := range g.VPCs {
			used[i.IP] = true
		}
	}
	// The first two addresses are the network's and its gateway's.
	a := netip.MustParsePrefix(v.IPRange).Addr().Next().Next()
	for used[a.String()] {
		a = a.Next()
	}
	return a.String()
}

// hosts is how many addresses v has for its members.
func (v *vpc) hosts() int {
	return 1<<(32-netip.MustParsePrefix(v.IPRange).Bits()) - 3
}

func (v *vpc) view() map[string]any {
	return map[string]any{
		"id": v.ID, "urn": "do:vpc:" + v.ID, "name": v.Name, "description": v.Description, "region": v.Region,
		"ip_range": v.IPRange, "default": v.Default, "created_at": stamp(v.CreatedAt),
	}
}

func (c *Cloud) findVPC(q *request) (*vpc, error) { return get(c.s.VPCs, q.PathValue("id")) }

func (c *Cloud) readVPC(q *request) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"vpc": v.view()})
}

func (c *Cloud) listVPCs(q *request) (reply, error) {
	return list(q, "vpcs", c.s.VPCs, (*vpc).view)
}

// replaceVPC is PUT: the name is required, and a missing description is empty.
func (c *Cloud) replaceVPC(q *request) (reply, error) {
	return c.updateVPC(q, func(in *vpcSpec) error {
		if in.Name == nil {
			return invalid("name is required")
		}
		if in.Description == nil {
			in.Description = new(string)
		}
		return nil
	})
}

func (c *Cloud) patchVPC(q *request) (reply, error) {
	return c.updateVPC(q, func(*vpcSpec) error { return nil })
}

func (c *Cloud) updateVPC(q *request, complete func(*vpcSpec) error) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	var in vpcSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := complete(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkVPC(v.ID, &in); err != nil {
		return reply{}, err
	}
	if in.Default != nil && !*in.Default && v.Default {
		return reply{}, invalid("The default VPC of a region can not be unset; make another one the default.")
	}
	give(&v.Name, in.Name)
	give(&v.Description, in.Description)
	if in.Default != nil && *in.Default && !v.Default {
		if old, found := c.defaultVPC(v.Region); found {
			old.Default = false
		}
		v.Default = true
	}
	return ok(map[string]any{"vpc": v.view()})
}

// deleteVPC refuses members with 409, as observed; the documentation says 403.
func (c *Cloud) deleteVPC(q *request) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	if v.Default {
		return reply{}, forbidden("Can not delete default VPCs")
	}
	if len(c.members(v)) > 0 {
		return reply{}, conflict("Can not delete VPC with members")
	}
	if err := c.checkUnattached(v); err != nil {
		return reply{}, err
	}
	c.s.VPCs.Drop(v.ID)
	return noContent()
}

// member is what a VPC knows of a resource in it.
type member struct {
	kind, urn, name string
	createdAt       time.Time
}

// members lists what is in v, Droplets that are being deleted included. A
// Droplet's URN here has a UUID that the rest of the API does not show.
func (c *Cloud) members(v *vpc) []member {
	var out []member
	for _, d := range c.s.Droplets {
		if d.VPC == v.ID {
			out = append(out, member{"droplet", "do:droplet:" + d.UUID, d.Name, d.CreatedAt})
		}
	}
	for _, d := range c.s.Databases {
		if d.VPC == v.ID {
			out = append(out, member{"database", d.urn(), d.Name, d.CreatedAt})
		}
		for _, r := range d.Replicas {
			if r.VPC == v.ID {
				out = append(out, member{"database", "do:dbaas:" + r.ID, r.Name, r.CreatedAt})
			}
		}
	}
	for _, b := range c.s.LoadBalancers {
		if b.VPC == v.ID {
			out = append(out, member{"loadbalancer", b.urn(), b.Spec.Name, b.CreatedAt})
		}
	}
	return append(out, c.kubernetesMembers(v.ID)...)
}

// checkUnattached refuses what is in the way of deleting v and is no member: the
// documented URNs of members have no kind for NAT gateways and peerings.
func (c *Cloud) checkUnattached(v *vpc) error {
	for _, g := range c.s.NATGateways {
		if slices.ContainsFunc(g.VPCs, func(i natIngress) bool { return i.VPC == v.ID }) {
			return conflict("Can not delete VPC with NAT gateways")
		}
	}
	for _, p := range c.s.Peerings {
		if slices.Contains(p.VPCs, v.ID) {
			return conflict("Can not delete VPC with peerings")
		}
	}
	return nil
}

func (c *Cloud) listVPCMembers(q *request) (reply, error) {
	v, err := c.findVPC(q)
	if err != nil {
		return reply{}, err
	}
	kind := q.URL.Query().Get("resource_type")
	members := slices.DeleteFunc(c.members(v), func(m member) bool { return kind != "" && m.kind != kind })
	return list(q, "members", members, func(m member) map[string]any {
		return map[string]any{"urn": m.urn, "name": m.name, "created_at": stamp(m.createdAt)}
	})
}
