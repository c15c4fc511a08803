package fake

import (
	"maps"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the account's content, the JSON file as it is.
type state struct {
	IDs       fakecloud.IDs       `json:"ids"`
	Addresses int                 `json:"addresses"` // public addresses given out
	Regions   []string            `json:"regions"`   // those that have got their default VPC
	Tokens    map[string]tokenUse `json:"tokens"`
	Sessions  table[*session]     `json:"sessions"`
	EC2       ec2State            `json:"ec2"`
	IAM       iamState            `json:"iam"`
	RDS       rdsState            `json:"rds"`
}

// table keeps the objects of one type.
type table[T fakecloud.Object] = fakecloud.Table[T]

// kinds are the tables by the kind's name in Inventory, Edit and Remove.
func (s *state) kinds() fakecloud.Kinds {
	all := fakecloud.Kinds{}
	for _, part := range []fakecloud.Kinds{s.EC2.kinds(), s.IAM.kinds(), s.RDS.kinds()} {
		maps.Copy(all, part)
	}
	return all
}

// Inventory returns a line "kind id name" for every live object, sorted. What
// the cloud made by itself is left out: default VPCs and what is in them, a
// VPC's default group and main route table, instances' network interfaces.
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	return c.kinds().Lines()
}

// Remove takes an object away behind the client's back, whatever depends on it.
// What is only a part of it, such as the network interface of an instance, goes too.
// Kinds and ids are those of Inventory. It reports whether the object was there.
func (c *Cloud) Remove(kind, id string) bool {
	c.Enter()
	defer c.Unlock()
	t, ok := c.kinds()[kind]
	if !ok {
		return false
	}
	for _, o := range t.Objects() {
		if o.Key() == id && t.Drop(id) {
			c.forget(o)
			return c.Save() == nil
		}
	}
	return false
}

// Edit changes the stored form of an object behind the client's back: the fields
// of its JSON. Numbers are float64. The kinds are those of Inventory, and those
// Inventory leaves out can be edited too.
func (c *Cloud) Edit(kind, id string, change func(map[string]any)) error {
	c.Enter()
	defer c.Unlock()
	if err := c.kinds().Edit(kind, id, change); err != nil {
		return err
	}
	return c.Save()
}

// settle makes happen what is due. It depends on the content and the clock only,
// so its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	c.settleEC2(now)
	c.settleIAM(now)
	c.settleRDS(now)
}

// newID makes an id such as vpc-0a1b2c3d4e5f60718.
func (c *Cloud) newID(prefix string) string {
	return prefix + "-0" + strings.ReplaceAll(c.s.IDs.UUID(), "-", "")[:16]
}

// publicAddress returns an IPv4 address nobody has, from the range for benchmarks.
func (c *Cloud) publicAddress() string {
	c.s.Addresses++
	return fakecloud.PublicIPv4(c.s.Addresses)
}
