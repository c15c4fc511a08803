package fake

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// state is the content of all projects, the JSON file as it is.
type state struct {
	IDs         fakecloud.IDs          `json:"ids"`
	Addresses   int                    `json:"public_addresses"` // given out so far
	Projects    table[*project]        `json:"projects"`
	Operations  table[*operation]      `json:"operations"`
	Networks    table[*network]        `json:"networks"`
	Subnetworks table[*subnetwork]     `json:"subnetworks"`
	Firewalls   table[*firewall]       `json:"firewalls"`
	Addrs       table[*address]        `json:"addresses"`
	Routers     table[*router]         `json:"routers"`
	Disks       table[*disk]           `json:"disks"`
	Instances   table[*instance]       `json:"instances"`
	Buckets     table[*bucket]         `json:"buckets"`
	Objects     table[*bucketObject]   `json:"objects"`
	Accounts    table[*serviceAccount] `json:"service_accounts"`
	SQL         table[*sqlInstance]    `json:"sql_instances"`
	SQLOps      table[*sqlOperation]   `json:"sql_operations"`
	SQLNames    map[string]time.Time   `json:"sql_names"` // when a deleted name is free again
}

// table keeps the objects of one type.
type table[T fakecloud.Object] = fakecloud.Table[T]

// kinds are the tables by the name Inventory uses.
func (s *state) kinds() fakecloud.Kinds {
	return fakecloud.Kinds{
		"network": &s.Networks, "subnetwork": &s.Subnetworks, "firewall": &s.Firewalls, "address": &s.Addrs,
		"router": &s.Routers, "disk": &s.Disks, "instance": &s.Instances, "bucket": &s.Buckets, "object": &s.Objects,
		"service_account": &s.Accounts, "sql_instance": &s.SQL, "project": &s.Projects,
	}
}

// Inventory returns a line "kind id name" for every live object, sorted. What no
// client made is left out: the project with its default network and service
// account, operations, a Cloud SQL instance's own databases and users. The id of
// a Compute resource is its path, such as "projects/p/zones/z/instances/n"; NATs,
// bindings and the databases and users of an instance have "parent/name".
func (c *Cloud) Inventory() []string {
	c.Enter()
	defer c.Unlock()
	lines := c.s.kinds().Lines()
	add := func(kind, id, name string) { lines = append(lines, fakecloud.Line(kind, id, name)) }
	for _, o := range c.s.Routers {
		for _, n := range o.Nats {
			add("router_nat", o.Key()+"/"+n.Name, n.Name)
		}
	}
	for _, p := range c.s.Projects {
		for _, b := range p.Policy.lines() {
			add("iam_member", p.ID+"/"+b, "")
		}
	}
	for _, i := range c.s.SQL {
		for _, d := range i.Databases {
			if !d.Own {
				add("sql_database", i.Key()+"/"+d.Name, d.Name)
			}
		}
		for _, u := range i.Users {
			if !u.Own {
				add("sql_user", i.Key()+"/"+u.id(), u.Name)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// Remove takes an object away behind the client's back, whatever depends on it.
// Kinds and ids are those of Inventory. It reports whether the object was there.
func (c *Cloud) Remove(kind, id string) bool {
	c.Enter()
	defer c.Unlock()
	found := false
	if t, ok := c.s.kinds()[kind]; ok {
		found = t.Drop(id)
	} else {
		found = c.removePart(kind, id)
	}
	return c.Save() == nil && found
}

// removePart removes what is kept inside of another object.
func (c *Cloud) removePart(kind, id string) bool {
	parent, name := id[:max(0, strings.LastIndexByte(id, '/'))], id[strings.LastIndexByte(id, '/')+1:]
	switch kind {
	case "router_nat":
		r, ok := c.s.Routers.Find(parent)
		return ok && drop(&r.Nats, func(n *routerNat) bool { return n.Name == name })
	case "sql_database":
		i, ok := c.s.SQL.Find(parent)
		return ok && drop(&i.Databases, func(d *sqlDatabase) bool { return d.Name == name })
	case "sql_user":
		i, ok := c.s.SQL.Find(parent)
		return ok && drop(&i.Users, func(u *sqlUser) bool { return u.id() == name })
	case "iam_member":
		project, line, _ := strings.Cut(id, "/")
		p, ok := c.s.Projects.Find(project)
		return ok && p.Policy.removeLine(line)
	}
	return false
}

func drop[T any](list *[]T, match func(T) bool) bool {
	before := len(*list)
	*list = slices.DeleteFunc(*list, match)
	return len(*list) < before
}

// Edit changes the stored form of an object behind the client's back: the fields
// of its JSON, which are those of the API. 64-bit numbers are strings, as there.
// Kinds and ids are those of Inventory, without parts of other objects; those
// are fields of their parent ("nats", "databases", "users"; "policy" of the
// project).
func (c *Cloud) Edit(kind, id string, change func(map[string]any)) error {
	c.Enter()
	defer c.Unlock()
	if err := c.s.kinds().Edit(kind, id, change); err != nil {
		return err
	}
	return c.Save()
}

// settle makes happen what is due, in the order it was due. It depends on the
// content and the clock only, so its result need not be saved.
func (c *Cloud) settle(now time.Time) {
	var due []*operation
	for _, o := range c.s.Operations {
		if !o.Book.Finished && !now.Before(o.Book.EndsAt) {
			due = append(due, o)
		}
	}
	slices.SortStableFunc(due, func(a, b *operation) int { return a.Book.EndsAt.Compare(b.Book.EndsAt) })
	for _, o := range due {
		c.finish(o)
	}
	// The API forgets operations after two weeks.
	c.s.Operations = slices.DeleteFunc(c.s.Operations, func(o *operation) bool {
		return o.Book.Finished && now.Sub(o.Book.EndsAt) > 14*24*time.Hour
	})
	c.expireInstances(now)
	c.settleSQL(now)
	c.purgeAccounts(now)
}

// pacific is the zone of Compute's timestamps.
var pacific = time.FixedZone("", -8*60*60)

// stamp is Compute's form of a time, zulu that of the other APIs.
func stamp(t time.Time) string { return t.In(pacific).Format("2006-01-02T15:04:05.000-07:00") }
func zulu(t time.Time) string  { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// newID returns a number of 19 digits, as resources have it.
func (c *Cloud) newID() int64s { return int64s(c.s.IDs.Number(4_200_000_000_000_000_000)) }

// fingerprint identifies the content of v.
func fingerprint(v any) string {
	b, _ := json.Marshal(v)
	h := fnv.New64a()
	h.Write(b) //nolint:errcheck // never fails
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// publicAddress returns an IPv4 address nobody has, from the range for benchmarks.
func (c *Cloud) publicAddress() string {
	c.s.Addresses++
	return fakecloud.PublicIPv4(c.s.Addresses)
}

// base is the last part of a path or URL.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// byKey orders objects as lists do.
func byKey[T fakecloud.Object](a, b T) int { return cmp.Compare(a.Key(), b.Key()) }
