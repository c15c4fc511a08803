package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type recordLookup struct {
	ID     string `cty:"id"     is:"computed" doc:"Number of the record."`
	Domain string `cty:"domain" is:"required,ref=digitalocean_domain.name,ref=digitalocean_domain" doc:"Domain that it is in."`
	Name   string `cty:"name"   is:"required" doc:"Name in the domain; @ is the domain itself."`
	Data   string `cty:"data"   is:"computed" doc:"Value; a host name has no dot at its end."`
	recordFacts
}

var recordData = providers.DataSource[*client, recordLookup]{
	Type: "digitalocean_record",
	Doc:  "A DNS record by its name.",
	Read: lookUpRecord,
	Examples: []string{
		recordType.Examples[0] + `

data "digitalocean_record" "example" {
  domain = digitalocean_domain.ml.name
  name   = digitalocean_record.example.name
}`,
	},
}

// lookUpRecord takes the first of several records of the name.
func lookUpRecord(ctx context.Context, c *client, x *recordLookup) error {
	wanted := record{Domain: x.Domain, Name: x.Name}
	for r, err := range providers.All(ctx, c, recordType, record{Domain: x.Domain}) {
		if err != nil {
			return err
		}
		if r.bareName() != wanted.bareName() {
			continue
		}
		f := foundRecordOf(r)
		x.ID, x.Data, x.recordFacts = r.ID, f.Value, f.recordFacts
		return nil
	}
	return fmt.Errorf("domain %q has no record that is named %q", x.Domain, x.Name)
}

type recordsLookup struct {
	ID      string        `cty:"id"      is:"computed"     doc:"The domain."`
	Domain  string        `cty:"domain"  is:"required,ref=digitalocean_domain.name,ref=digitalocean_domain" doc:"Domain whose records are wanted."`
	Filters []listFilter  `cty:"filter"  is:"optional,set" doc:"What a record has to match; all of them count."`
	Sorts   []listSort    `cty:"sort"    is:"optional"     doc:"What the records are ordered by, most important first."`
	Records []foundRecord `cty:"records" is:"computed"     doc:"The records that match."`
}

// recordFacts is what data sources show of a record beside its name and value.
type recordFacts struct {
	Type     string `cty:"type"     is:"computed" doc:"Type, such as A."`
	Priority int    `cty:"priority" is:"computed" doc:"Of MX and SRV: the lowest comes first."`
	Port     int    `cty:"port"     is:"computed" doc:"Of SRV: port of the service."`
	TTL      int    `cty:"ttl"      is:"computed" doc:"Seconds that resolvers may keep it."`
	Weight   int    `cty:"weight"   is:"computed" doc:"Of SRV: share among those of one priority."`
	Flags    int    `cty:"flags"    is:"computed" doc:"Of CAA: 0, or 128 for critical."`
	Tag      string `cty:"tag"      is:"computed" doc:"Of CAA: issue, issuewild or iodef."`
}

type foundRecord struct {
	ID     int    `cty:"id"     is:"computed" doc:"Number of the record."`
	Domain string `cty:"domain" is:"computed" doc:"Domain that it is in."`
	Name   string `cty:"name"   is:"computed" doc:"Name in the domain; @ is the domain itself."`
	Value  string `cty:"value"  is:"computed" doc:"Value; a host name has no dot at its end."`
	recordFacts
}

var recordsData = providers.DataSource[*client, recordsLookup]{
	Type: "digitalocean_records",
	Doc:  "The DNS records of a domain.",
	Read: lookUpRecords,
	Examples: []string{
		recordType.Examples[2] + `

data "digitalocean_records" "example" {
  domain     = digitalocean_domain.ml.name
  depends_on = [digitalocean_record.example]

  filter {
    key    = "type"
    values = ["MX"]
  }

  sort {
    key = "priority"
  }
}`,
	},
}

func lookUpRecords(ctx context.Context, c *client, x *recordsLookup) (err error) {
	x.ID = x.Domain
	x.Records, err = selected(viewed(providers.All(ctx, c, recordType, record{Domain: x.Domain}), foundRecordOf), x.Filters, x.Sorts)
	return err
}

// foundRecordOf shows r in the words of the API, which leaves out the last dot
// of a host name.
func foundRecordOf(r record) foundRecord {
	f := foundRecord{Domain: r.Domain, Name: r.Name, Value: r.Value, recordFacts: recordFacts{Type: r.Type, TTL: r.TTL, Tag: r.Tag}}
	f.ID, _ = number(r.ID) // the API's own
	if r.namesHost() && r.Value != "@" {
		f.Value = r.Value[:len(r.Value)-1]
	}
	for field, to := range map[string]*int{"priority": &f.Priority, "port": &f.Port, "weight": &f.Weight, "flags": &f.Flags} {
		if n := *r.numbers()[field]; n != nil {
			*to = *n
		}
	}
	return f
}
