package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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

// object is anything with an id and a name.
type object interface {
	key() string
	title() string
}

// table keeps objects in the order they were made.
type table[T object] []T

func (t table[T]) find(id string) (found T, ok bool) {
	for _, x := range t {
		if x.key() == id {
			return x, true
		}
	}
	return found, false
}

func (t *table[T]) add(x T) { *t = append(*t, x) }

func (t *table[T]) drop(id string) bool {
	before := len(*t)
	*t = slices.DeleteFunc(*t, func(x T) bool { return x.key() == id })
	return len(*t) < before
}

// where returns the objects that test accepts.
func (t table[T]) where(test func(T) bool) []T {
	var out []T
	for _, x := range t {
		if test(x) {
			out = append(out, x)
		}
	}
	return out
}

// anyTable is a table whose type does not matter.
type anyTable interface {
	objects() []object
	drop(id string) bool
}

func (t *table[T]) objects() []object {
	out := make([]object, len(*t))
	for i, x := range *t {
		out[i] = x
	}
	return out
}

// kinds are the tables by the kind's name in Inventory, Edit and Remove.
func (s *state) kinds() map[string]anyTable {
	all := map[string]anyTable{}
	for _, part := range []map[string]anyTable{s.EC2.kinds(), s.IAM.kinds(), s.RDS.kinds()} {
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
	var lines []string
	for kind, t := range c.kinds() {
		for _, o := range t.objects() {
			if h, ok := o.(interface{ hidden() bool }); ok && h.hidden() {
				continue
			}
			lines = append(lines, strings.TrimSpace(kind+" "+o.key()+" "+o.title()))
		}
	}
	slices.Sort(lines)
	return lines
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
	for _, o := range t.objects() {
		if o.key() == id && t.drop(id) {
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
	t, ok := c.kinds()[kind]
	if !ok {
		return fmt.Errorf("no kind %q", kind)
	}
	for _, o := range t.objects() {
		if o.key() == id {
			if err := edit(o, change); err != nil {
				return err
			}
			return c.Save()
		}
	}
	return fmt.Errorf("no %s %q", kind, id)
}

// edit passes o through change as a map. Removed fields keep their value.
func edit(o object, change func(map[string]any)) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	// Maps are merged by Unmarshal; a changed one must replace the old.
	if r, ok := o.(interface{ common() *meta }); ok {
		r.common().Tags = nil
	}
	change(m)
	if b, err = json.Marshal(m); err != nil {
		return err
	}
	return json.Unmarshal(b, o)
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
	n := c.s.Addresses
	return fmt.Sprintf("198.%d.%d.%d", 18+n/65000%2, n/250%256, n%250+2)
}
