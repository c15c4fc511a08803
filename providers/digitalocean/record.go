package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type record struct {
	ID       string `cty:"id"       is:"computed" doc:"Number of the record."`
	Domain   string `cty:"domain"   is:"required,replace,ref=digitalocean_domain.name,ref=digitalocean_domain" doc:"Domain that it is in."`
	Type     string `cty:"type"     is:"required,replace" doc:"A, AAAA, CAA, CNAME, MX, NS, SRV or TXT."`
	Name     string `cty:"name"     is:"required" doc:"Name in the domain; @ is the domain itself."`
	Value    string `cty:"value"    is:"required,ref=digitalocean_droplet.ipv4_address,ref=digitalocean_reserved_ip.ip_address,ref=digitalocean_loadbalancer.ip" doc:"Value; a host name ends with a dot, @ is the domain itself."`
	Priority *int   `cty:"priority" is:"optional" doc:"Of MX and SRV: the lowest comes first."`
	Port     *int   `cty:"port"     is:"optional" doc:"Of SRV: port of the service."`
	Weight   *int   `cty:"weight"   is:"optional" doc:"Of SRV: share among those of one priority."`
	Flags    *int   `cty:"flags"    is:"optional" doc:"Of CAA: 0, or 128 for critical."`
	Tag      string `cty:"tag"      is:"optional" doc:"Of CAA: issue, issuewild or iodef."`
	TTL      int    `cty:"ttl"      is:"default" usual:"1800" doc:"Seconds that resolvers may keep it; 1800 if absent."`
	FQDN     string `cty:"fqdn"     is:"computed,after=name" doc:"Name with the domain."`
}

var recordType = providers.Resource[*client, record]{
	Type:     "digitalocean_record",
	Doc:      "A DNS record of a domain.",
	Create:   createRecord,
	Read:     readRecord,
	Update:   updateRecord,
	Delete:   deleteRecord,
	List:     listRecords,
	Import:   importRecord,
	ImportID: func(x record) string { return x.Domain + "," + x.ID },
	Within:   func(x record) string { return strings.ToLower(x.Domain) },
	Natural:  func(x record) string { return strings.Join([]string{x.Type, x.bareName(), x.data()}, " ") },
	Spell:    spellRecord,
	Check:    checkRecord,
	// They come with the domain, and cannot go before it.
	Given: func(x record) bool { return x.Type == "SOA" || x.Type == "NS" && x.Name == "@" },
	Examples: []string{
		exampleDomain + `

resource "digitalocean_record" "example" {
  domain = digitalocean_domain.ml.name
  type   = "A"
  name   = "mlflow"
  value  = "192.0.2.10"
}`,
		exampleDomain + `

resource "digitalocean_record" "example" {
  domain = digitalocean_domain.ml.name
  type   = "A"
  name   = "tracking"
  value  = "192.0.2.11"
  ttl    = 300
}`,
		exampleDomain + `

resource "digitalocean_record" "example" {
  domain   = digitalocean_domain.ml.name
  type     = "MX"
  name     = "@"
  value    = "mail.example.com."
  priority = 10
}`,
	},
}

// exampleDomain is what the examples of records stand on.
const exampleDomain = `resource "digitalocean_domain" "ml" {
  name = "ml.example.com"
}`

// recordFields are what records of a type have beside a name, a value and a TTL.
var recordFields = map[string][]string{
	"A": nil, "AAAA": nil, "CNAME": nil, "NS": nil, "TXT": nil, "SOA": nil,
	"MX": {"priority"}, "SRV": {"priority", "port", "weight"}, "CAA": {"flags", "tag"},
}

func (x *record) has(field string) bool { return slices.Contains(recordFields[x.Type], field) }

// numbers are the numeric fields by name.
func (x *record) numbers() map[string]**int {
	return map[string]**int{"priority": &x.Priority, "port": &x.Port, "weight": &x.Weight, "flags": &x.Flags}
}

func createRecord(ctx context.Context, c *client, x *record, _ providers.Attempt) error {
	got, _, err := c.Domains.CreateRecord(ctx, x.Domain, x.request())
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readRecord(ctx context.Context, c *client, x *record) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	got, _, err := c.Domains.Record(ctx, x.Domain, id)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateRecord sends every field: the API would check the stored value without
// its last dot, and refuse it.
func updateRecord(ctx context.Context, c *client, was record, x *record) error {
	id, err := number(was.ID)
	if err != nil {
		return err
	}
	got, _, err := c.Domains.EditRecord(ctx, was.Domain, id, x.request())
	if err != nil {
		return err
	}
	return x.fill(got)
}

func deleteRecord(ctx context.Context, c *client, x record) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.Domains.DeleteRecord(ctx, x.Domain, id)
	return gone(err)
}

// listRecords shows a domain that is gone as an empty one.
func listRecords(ctx context.Context, c *client, in record) iter.Seq2[record, error] {
	return pages(ctx, func(ctx context.Context, opt *godo.ListOptions) ([]godo.DomainRecord, *godo.Response, error) {
		items, resp, err := c.Domains.Records(ctx, in.Domain, opt)
		if gone(err) == providers.ErrGone {
			return nil, &godo.Response{}, nil
		}
		return items, resp, err
	}, func(x *record, got *godo.DomainRecord) error {
		x.Domain = in.Domain
		return x.fill(got)
	})
}

// importRecord takes the domain, a comma and the number.
func importRecord(id string) (record, error) {
	const form = "the domain, a comma and the number of the record, such as example.com,12345678"
	domain, n, err := halves(id, form)
	if _, bad := strconv.Atoi(n); err == nil && bad != nil {
		err = fmt.Errorf("%q is not %s", id, form)
	}
	return record{ID: n, Domain: domain}, err
}

func (x *record) request() *godo.DomainRecordEditRequest {
	req := &godo.DomainRecordEditRequest{Type: x.Type, Name: x.bareName(), Data: x.data(), TTL: x.TTL}
	for field, to := range map[string]*int{"priority": &req.Priority, "port": &req.Port, "weight": &req.Weight, "flags": &req.Flags} {
		if n := *x.numbers()[field]; n != nil && x.has(field) {
			*to = *n
		}
	}
	if x.has("tag") {
		req.Tag = x.Tag
	}
	return req
}

func (x *record) fill(got *godo.DomainRecord) error {
	x.ID, x.Type, x.Name, x.Value = strconv.Itoa(got.ID), got.Type, got.Name, got.Data
	x.TTL, x.Tag = got.TTL, got.Tag
	for field, n := range map[string]int{"priority": got.Priority, "port": got.Port, "weight": got.Weight, "flags": got.Flags} {
		if *x.numbers()[field] = nil; x.has(field) {
			*x.numbers()[field] = &n
		}
	}
	// The API leaves out the last dot of a host name, and asks for it.
	if x.namesHost() && x.Value != "@" && !strings.HasSuffix(x.Value, ".") {
		x.Value += "."
	}
	x.FQDN = x.Domain
	if name := x.bareName(); name != "@" {
		x.FQDN = name + "." + x.Domain
	}
	return nil
}

// namesHost reports whether the value is the name of a host.
func (x *record) namesHost() bool {
	return slices.Contains([]string{"CNAME", "MX", "NS", "SRV"}, x.Type) || x.Type == "CAA" && x.Tag != "iodef"
}

// bareName is the name without the domain, which may be written in full with
// a dot at its end.
func (x *record) bareName() string {
	absolute, ok := strings.CutSuffix(strings.ToLower(x.Name), ".")
	domain := strings.ToLower(x.Domain)
	switch {
	case ok && absolute == domain:
		return "@"
	case ok:
		return strings.TrimSuffix(absolute, "."+domain)
	}
	return absolute
}

// data is the value as the API wants it: a host name with all its parts and a
// dot at its end. A single word is a name of the domain.
func (x *record) data() string {
	switch {
	case x.Type == "AAAA":
		if addr, err := netip.ParseAddr(x.Value); err == nil {
			return addr.String()
		}
	case !x.namesHost() || x.Value == "@" || x.Value == "":
	case strings.EqualFold(x.Value, x.Domain+"."):
		return "@"
	case !strings.Contains(x.Value, "."):
		return strings.ToLower(x.Value + "." + x.Domain + ".")
	default:
		return strings.ToLower(x.Value)
	}
	return x.Value
}

// spellRecord keeps the spelling of names, and what records of the type do not
// have: modules set it for all of them.
func spellRecord(was record, x *record) {
	if strings.EqualFold(was.Domain, x.Domain) {
		x.Domain = was.Domain
	}
	if was.Type != x.Type {
		return
	}
	if was.bareName() == x.bareName() {
		x.Name = was.Name
	}
	for field, n := range x.numbers() {
		if !x.has(field) {
			*n = *was.numbers()[field]
		}
	}
	if !x.has("tag") {
		x.Tag = was.Tag
	}
	if was.data() == x.data() {
		x.Value = was.Value
	}
}

func checkRecord(_ *record, x record) error {
	if _, known := recordFields[x.Type]; !known {
		return fmt.Errorf("type %q is none of A, AAAA, CAA, CNAME, MX, NS, SRV, TXT and SOA", x.Type)
	}
	if x.Name == "" || x.Value == "" || x.Domain == "" {
		return errors.New("domain, name and value must not be empty: the domain itself is called @")
	}
	for _, field := range recordFields[x.Type] {
		if n := x.numbers()[field]; n != nil && *n == nil || field == "tag" && x.Tag == "" {
			return fmt.Errorf("a record of type %s needs %s", x.Type, field)
		}
	}
	for _, field := range []string{"priority", "port", "weight", "flags"} {
		highest := 65535
		if field == "flags" {
			highest = 255
		}
		if n := *x.numbers()[field]; n != nil && (*n < 0 || *n > highest) {
			return fmt.Errorf("%s %d is not between 0 and %d", field, *n, highest)
		}
	}
	if x.Tag != "" && !slices.Contains([]string{"issue", "issuewild", "iodef"}, x.Tag) {
		return fmt.Errorf("tag %q is none of issue, issuewild and iodef", x.Tag)
	}
	if x.TTL < 0 {
		return fmt.Errorf("ttl %d is not at least 1", x.TTL)
	}
	return checkRecordValue(x)
}

func checkRecordValue(x record) error {
	addr, err := netip.ParseAddr(x.Value)
	switch {
	case x.Type == "A" && (err != nil || !addr.Is4()):
		return fmt.Errorf("value %q of an A record is not an IPv4 address", x.Value)
	case x.Type == "AAAA" && (err != nil || !addr.Is6()):
		return fmt.Errorf("value %q of an AAAA record is not an IPv6 address", x.Value)
	case x.namesHost() && strings.Contains(x.Value, ".") && !strings.HasSuffix(x.Value, "."):
		return fmt.Errorf("value %q of a %s record needs a dot at its end: %q, or %q if it is in the domain", x.Value, x.Type, x.Value+".", x.Value+"."+x.Domain+".")
	}
	return nil
}
