package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// domain is a zone. Its records are in a table of their own.
type domain struct {
	Name string `json:"name"`
	TTL  int    `json:"ttl"`

	home
}

func (d *domain) Key() string   { return d.Name }
func (d *domain) Title() string { return "" }
func (d *domain) urn() string   { return "do:domain:" + d.Name }

// defaultTTL is that of records and domains.
const defaultTTL = 1800

// nameServers are those of every zone.
var nameServers = []string{"ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"}

var domainName = providers.NewPattern(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

func (c *Cloud) domainRoutes() map[string]handler {
	const records = "/v2/domains/{name}/records"
	return map[string]handler{
		"POST /v2/domains":            c.createDomain,
		"GET /v2/domains":             c.listDomains,
		"GET /v2/domains/{name}":      c.readDomain,
		"DELETE /v2/domains/{name}":   c.deleteDomain,
		"POST " + records:             c.createRecord,
		"GET " + records:              c.listRecords,
		"GET " + records + "/{id}":    c.readRecord,
		"PUT " + records + "/{id}":    c.updateRecord,
		"PATCH " + records + "/{id}":  c.updateRecord,
		"DELETE " + records + "/{id}": c.deleteRecord,
	}
}

func (c *Cloud) createDomain(q *request) (reply, error) {
	var in struct {
		Name      string `json:"name"`
		IPAddress string `json:"ip_address"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	in.Name = strings.ToLower(in.Name)
	if len(in.Name) > 253 || !domainName.MatchString(in.Name) {
		return reply{}, invalid("Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
	}
	if _, taken := c.s.Domains.Find(in.Name); taken || slices.Contains(c.o.TakenDomains, in.Name) {
		return reply{}, invalid("Name already exists")
	}
	addr, err := netip.ParseAddr(in.IPAddress)
	if in.IPAddress != "" && err != nil {
		return reply{}, invalid("Data needs to be a valid IP address")
	}
	d := &domain{Name: in.Name, TTL: defaultTTL, home: home{c.defaultProject().ID, q.now}}
	c.s.Domains.Add(d)
	c.addRecord(&record{Domain: d.Name, Type: "SOA", Name: "@", Data: "1800", TTL: defaultTTL, Default: true})
	for _, ns := range nameServers {
		c.addRecord(&record{Domain: d.Name, Type: "NS", Name: "@", Data: ns, TTL: defaultTTL, Default: true})
	}
	if in.IPAddress != "" {
		kind := "A"
		if addr.Is6() {
			kind = "AAAA"
		}
		c.addRecord(&record{Domain: d.Name, Type: kind, Name: "@", Data: addr.String(), TTL: defaultTTL})
	}
	v := d.view("")
	v["zone_file"] = nil // not written yet
	return created(map[string]any{"domain": v})
}

func (d *domain) view(zone string) map[string]any {
	return map[string]any{"name": d.Name, "ttl": d.TTL, "zone_file": zone}
}

// zone returns the zone file of d.
func (c *Cloud) zone(d *domain) string {
	var b strings.Builder
	fmt.Fprintf(&b, "$ORIGIN %s.\n$TTL %d\n", d.Name, d.TTL)
	fmt.Fprintf(&b, "%s. IN SOA ns1.digitalocean.com. hostmaster.%s. %d 10800 3600 604800 1800\n", d.Name, d.Name, d.AssignedAt.Unix())
	for _, r := range c.recordsOf(d) {
		if r.Type != "SOA" {
			fmt.Fprintf(&b, "%s %d IN %s %s\n", r.fqdn()+".", r.TTL, r.Type, r.zoneData())
		}
	}
	return b.String()
}

func (c *Cloud) listDomains(q *request) (reply, error) {
	return list(q, "domains", c.s.Domains, func(d *domain) map[string]any { return d.view(c.zone(d)) })
}

// findDomain finds the domain the path names.
func (c *Cloud) findDomain(q *request) (*domain, error) {
	return get(c.s.Domains, strings.ToLower(q.PathValue("name")))
}

func (c *Cloud) readDomain(q *request) (reply, error) {
	d, err := c.findDomain(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"domain": d.view(c.zone(d))})
}

// deleteDomain takes its records along.
func (c *Cloud) deleteDomain(q *request) (reply, error) {
	d, err := c.findDomain(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Records = slices.DeleteFunc(c.s.Records, func(r *record) bool { return r.Domain == d.Name })
	c.s.Domains.Drop(d.Name)
	return noContent()
}
