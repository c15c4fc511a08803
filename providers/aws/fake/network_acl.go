package fake

import "strings"

// aclView is the network ACL of a VPC in an answer. Every VPC has the one it
// came with, which lets everything through; others cannot be made here.
type aclView struct {
	ID      string       `xml:"networkAclId"`
	VPC     string       `xml:"vpcId"`
	Default bool         `xml:"default"`
	Owner   string       `xml:"ownerId"`
	Tags    set[tagView] `xml:"tagSet"`
}

func (c *Cloud) aclOperations() map[string]operation {
	return map[string]operation{"DescribeNetworkAcls": c.describeACLs}
}

func (c *Cloud) describeACLs(q *call) (any, error) {
	var in listing
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var all []aclView
	for _, v := range c.s.EC2.VPCs.Where(func(v *vpc) bool { return c.seen(q, v) }) {
		all = append(all, aclView{ID: "acl-" + strings.TrimPrefix(v.ID, "vpc-"), VPC: v.ID, Default: true, Owner: c.o.Account})
	}
	f := fields[aclView]{
		"network-acl-id": one(func(a aclView) string { return a.ID }), "vpc-id": one(func(a aclView) string { return a.VPC }),
		"default": flag(func(a aclView) bool { return a.Default }), "owner-id": one(func(a aclView) string { return a.Owner }),
	}
	all, err := matchAny(all, in.Filters, func(name string) func(aclView) []string { return f[name] })
	if err != nil {
		return nil, err
	}
	part, next, err := page(all, in, 1000, func(i int, _ aclView) int { return i + 1 })
	if err != nil {
		return nil, err
	}
	return struct {
		ACLs set[aclView] `xml:"networkAclSet"`
		Next string       `xml:"nextToken,omitempty"`
	}{set[aclView]{part}, next}, nil
}
