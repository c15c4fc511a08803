package fake

import (
	"net/netip"
	"slices"
	"strings"
)

// record is one line of a zone. Data that names a host is absolute without its
// last dot, or "@" for the domain itself.
type record struct {
	ID       int    `json:"id"`
	Domain   string `json:"domain"`
	Type     string `json:"type"`
	Name     string `json:"name"`
	Data     string `json:"data"`
	Priority int    `json:"priority"`
	Port     int    `json:"port"`
	TTL      int    `json:"ttl"`
	Weight   int    `json:"weight"`
	Flags    int    `json:"flags"`
	Tag      string `json:"tag"`
	Default  bool   `json:"default,omitempty"` // came with the domain
}

func (r *record) Key() string   { return itoa(r.ID) }
func (r *record) Title() string { return r.fqdn() }
func (r *record) Hidden() bool  { return r.Default }

func (r *record) fqdn() string {
	if r.Name == "@" {
		return r.Domain
	}
	return r.Name + "." + r.Domain
}

// recordSpec is the body of create and update. Absent fields stay.
type recordSpec struct {
	Type     *string `json:"type"`
	Name     *string `json:"name"`
	Data     *string `json:"data"`
	Priority *int    `json:"priority"`
	Port     *int    `json:"port"`
	TTL      *int    `json:"ttl"`
	Weight   *int    `json:"weight"`
	Flags    *int    `json:"flags"`
	Tag      *string `json:"tag"`
}

// recordTypes are those of the API; true means that the data names a host.
var recordTypes = map[string]bool{
	"A": false, "AAAA": false, "TXT": false, "SOA": false, "CAA": true, "CNAME": true, "MX": true, "NS": true, "SRV": true,
}

// uses reports whether records of a type have a field.
func (r *record) uses(field string) bool {
	return slices.Contains(map[string][]string{
		"priority": {"MX", "SRV"}, "port": {"SRV"}, "weight": {"SRV"}, "flags": {"CAA"}, "tag": {"CAA"},
	}[field], r.Type)
}

// namesHost reports whether the data of r names a host.
func (r *record) namesHost() bool { return recordTypes[r.Type] && r.Tag != "iodef" }

// zoneData is the data as zone files write it.
func (r *record) zoneData() string {
	if !r.namesHost() {
		return r.Data
	}
	if r.Data == "@" {
		return r.Domain + "."
	}
	return r.Data + "."
}

func (c *Cloud) addRecord(r *record) {
	r.ID = c.s.IDs.Number(300_000_000)
	c.s.Records.Add(r)
}

func (c *Cloud) recordsOf(d *domain) []*record {
	var out []*record
	for _, r := range c.s.Records {
		if r.Domain == d.Name {
			out = append(out, r)
		}
	}
	return out
}

// view has null for what records of the type do not have.
func (r *record) view() map[string]any {
	v := map[string]any{"id": r.ID, "type": r.Type, "name": r.Name, "data": r.Data, "ttl": r.TTL}
	for field, value := range map[string]any{"priority": r.Priority, "port": r.Port, "weight": r.Weight, "flags": r.Flags, "tag": r.Tag} {
		if v[field] = nil; r.uses(field) {
			v[field] = value
		}
	}
	return v
}

func (c *Cloud) createRecord(q *request) (reply, error) {
	d, err := c.findDomain(q)
	if err != nil {
		return reply{}, err
	}
	var in recordSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	r := &record{Domain: d.Name, TTL: defaultTTL}
	if err := c.setRecord(r, &in); err != nil {
		return reply{}, err
	}
	c.addRecord(r)
	c.shareTTL(r)
	return created(map[string]any{"domain_record": r.view()})
}

// setRecord brings what in says into r, or refuses it.
func (c *Cloud) setRecord(r *record, in *recordSpec) error {
	give(&r.Type, in.Type)
	give(&r.Tag, in.Tag)
	if _, known := recordTypes[r.Type]; !known || r.Type == "SOA" && !r.Default {
		return invalid("Type is not included in the list")
	}
	for field, got := range map[string]bool{"priority": in.Priority != nil, "port": in.Port != nil, "flags": in.Flags != nil, "tag": in.Tag != nil} {
		if r.ID == 0 && r.uses(field) && !got {
			return invalid("%s can't be blank", strings.ToUpper(field[:1])+field[1:])
		}
	}
	for _, f := range []struct {
		name    string
		field   *int
		value   *int
		lowest  int
		highest int
	}{
		{"Priority", &r.Priority, in.Priority, 0, 65535}, {"Port", &r.Port, in.Port, 0, 65535}, {"Weight", &r.Weight, in.Weight, 0, 65535},
		{"Flags", &r.Flags, in.Flags, 0, 255}, {"TTL", &r.TTL, in.TTL, 1, 1<<31 - 1},
	} {
		give(f.field, f.value)
		if *f.field < f.lowest || *f.field > f.highest {
			return invalid("%s must be between %d and %d", f.name, f.lowest, f.highest)
		}
	}
	if r.uses("tag") && !slices.Contains([]string{"issue", "issuewild", "iodef"}, r.Tag) {
		return invalid("Tag is not included in the list")
	}
	if err := r.setName(in.Name); err != nil {
		return err
	}
	if err := r.setData(in.Data); err != nil {
		return err
	}
	return c.checkAlias(r)
}

// setName takes a name in the domain, or an absolute one that ends in it.
func (r *record) setName(name *string) error {
	if name == nil {
		if r.Name == "" {
			r.Name = "@"
		}
		return nil
	}
	n := strings.ToLower(*name)
	if absolute, ok := strings.CutSuffix(n, "."); ok {
		switch rest, inside := strings.CutSuffix(absolute, "."+r.Domain); {
		case absolute == r.Domain:
			n = "@"
		case inside:
			n = rest
		default:
			return invalid("Name must be inside the domain")
		}
	}
	if n == "" || strings.ContainsAny(n, " \t/") || len(n) > 253 {
		return invalid("Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, ., _ and -)")
	}
	r.Name = n
	return nil
}

// setData checks the data. Without any the one there is stays, and is checked
// as if it had been sent: the API refuses it then, as it lacks its dot.
func (r *record) setData(data *string) error {
	value := r.Data
	give(&value, data)
	if value == "" {
		return invalid("Data can't be blank")
	}
	addr, err := netip.ParseAddr(value)
	switch {
	case r.Type == "A" && (err != nil || !addr.Is4()):
		return invalid("Data needs to be a valid IPv4 address")
	case r.Type == "AAAA" && (err != nil || !addr.Is6()):
		return invalid("Data needs to be a valid IPv6 address")
	case r.Type == "AAAA":
		value = addr.String()
	case r.Type == "TXT" && len(value) > 4096:
		return invalid("Data is too long (maximum is 4096 characters)")
	case r.namesHost() && value != "@":
		absolute, ok := strings.CutSuffix(strings.ToLower(value), ".")
		if !ok {
			return invalid("Data needs to end with a dot (.)")
		}
		if value = absolute; value == r.Domain {
			value = "@"
		}
	}
	r.Data = value
	return nil
}

// checkAlias keeps an alias the only record of its name.
func (c *Cloud) checkAlias(r *record) error {
	for _, other := range c.s.Records {
		switch {
		case other.ID == r.ID || other.Domain != r.Domain || other.Name != r.Name:
		case r.Type == "CNAME":
			return invalid("CNAME records cannot share a name with other records")
		case other.Type == "CNAME":
			return invalid("records cannot share a name with a CNAME record")
		}
	}
	return nil
}

// shareTTL gives the TTL of r to all records of its name and type: DNS has one.
func (c *Cloud) shareTTL(r *record) {
	for _, other := range c.s.Records {
		if other.Domain == r.Domain && other.Name == r.Name && other.Type == r.Type {
			other.TTL = r.TTL
		}
	}
}

func (c *Cloud) listRecords(q *request) (reply, error) {
	d, err := c.findDomain(q)
	if err != nil {
		return reply{}, err
	}
	name, kind := q.URL.Query().Get("name"), q.URL.Query().Get("type")
	all := slices.DeleteFunc(c.recordsOf(d), func(r *record) bool {
		return name != "" && r.fqdn() != name || kind != "" && r.Type != kind
	})
	return list(q, "domain_records", all, (*record).view)
}

// findRecord finds the record the path names.
func (c *Cloud) findRecord(q *request) (*record, error) {
	d, err := c.findDomain(q)
	if err != nil {
		return nil, err
	}
	r, found := c.s.Records.Find(q.PathValue("id"))
	if !found || r.Domain != d.Name {
		return nil, notFound()
	}
	return r, nil
}

func (c *Cloud) readRecord(q *request) (reply, error) {
	r, err := c.findRecord(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"domain_record": r.view()})
}

func (c *Cloud) updateRecord(q *request) (reply, error) {
	r, err := c.findRecord(q)
	if err != nil {
		return reply{}, err
	}
	var in recordSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	changed := *r
	if err := c.setRecord(&changed, &in); err != nil {
		return reply{}, err
	}
	*r = changed
	c.shareTTL(r)
	return ok(map[string]any{"domain_record": r.view()})
}

func (c *Cloud) deleteRecord(q *request) (reply, error) {
	r, err := c.findRecord(q)
	if err != nil {
		return reply{}, err
	}
	if r.Type == "SOA" {
		return reply{}, invalid("The SOA record cannot be deleted")
	}
	c.s.Records.Drop(r.Key())
	return noContent()
}
