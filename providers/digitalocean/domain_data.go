package digitalocean

import (
	"context"
	"fmt"

	"github.com/mlinfra/mlinfra/providers"
)

type domainLookup struct {
	ID       string `cty:"id"        is:"computed" doc:"Name of the domain."`
	Name     string `cty:"name"      is:"required" doc:"Name of the domain."`
	TTL      int    `cty:"ttl"       is:"computed" doc:"Seconds that resolvers may keep answers."`
	URN      string `cty:"urn"       is:"computed" doc:"Uniform resource name."`
	ZoneFile string `cty:"zone_file" is:"computed" doc:"All records as a zone file."`
}

var domainData = providers.DataSource[*client, domainLookup]{
	Type: "digitalocean_domain",
	Doc:  "A domain of the account by its name.",
	Read: lookUpDomain,
	Examples: []string{
		domainType.Examples[0] + `

data "digitalocean_domain" "example" {
  name = digitalocean_domain.example.name
}`,
	},
}

// lookUpDomain reads the one: lists show the same, and the zone file is long.
func lookUpDomain(ctx context.Context, c *client, x *domainLookup) error {
	got, _, err := c.Domains.Get(ctx, x.Name)
	if gone(err) == providers.ErrGone {
		return fmt.Errorf("no domain is named %q", x.Name)
	}
	if err != nil {
		return err
	}
	*x = domainLookup{ID: got.Name, Name: x.Name, TTL: got.TTL, URN: "do:domain:" + got.Name, ZoneFile: got.ZoneFile}
	return nil
}

type domainsLookup struct {
	ID      string        `cty:"id"      is:"computed"     doc:"Always domains."`
	Filters []listFilter  `cty:"filter"  is:"optional,set" doc:"What a domain has to match; all of them count."`
	Sorts   []listSort    `cty:"sort"    is:"optional"     doc:"What the domains are ordered by, most important first."`
	Domains []foundDomain `cty:"domains" is:"computed"     doc:"The domains that match."`
}

type foundDomain struct {
	Name string `cty:"name" is:"computed" doc:"Name of the domain."`
	TTL  int    `cty:"ttl"  is:"computed" doc:"Seconds that resolvers may keep answers."`
	URN  string `cty:"urn"  is:"computed" doc:"Uniform resource name."`
}

var domainsData = providers.DataSource[*client, domainsLookup]{
	Type: "digitalocean_domains",
	Doc:  "The domains of the account.",
	Read: lookUpDomains,
	Examples: []string{
		`data "digitalocean_domains" "example" {
  filter {
    key      = "name"
    values   = ["example.com"]
    match_by = "substring"
  }

  sort {
    key = "name"
  }
}`,
	},
}

func lookUpDomains(ctx context.Context, c *client, x *domainsLookup) (err error) {
	items := viewed(providers.All(ctx, c, domainType, domain{}), func(d domain) foundDomain {
		return foundDomain{Name: d.Name, TTL: d.TTL, URN: d.URN}
	})
	x.ID = "domains"
	x.Domains, err = selected(items, x.Filters, x.Sorts)
	return err
}
