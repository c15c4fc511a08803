package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type domain struct {
	ID        string `cty:"id"         is:"computed"               doc:"Name of the domain."`
	Name      string `cty:"name"       is:"required,replace"       doc:"Name, such as example.com; unique among all accounts."`
	IPAddress string `cty:"ip_address" is:"optional,replace,blind,ref=digitalocean_droplet.ipv4_address,ref=digitalocean_reserved_ip.ip_address" doc:"Address for a first A record of the domain itself."`
	TTL       int    `cty:"ttl"        is:"computed"               doc:"Seconds that resolvers may keep answers."`
	Project   string `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN       string `cty:"urn"        is:"computed"               doc:"Uniform resource name."`
}

var domainType = inProject(providers.Resource[*client, domain]{
	Type:    "digitalocean_domain",
	Doc:     "A domain whose DNS records are kept at DigitalOcean.",
	Holds:   "its DNS records",
	Create:  createDomain,
	Read:    readDomain,
	Update:  updateDomain,
	Delete:  deleteDomain,
	List:    listDomains,
	Spell:   spellDomain,
	Check:   checkDomain,
	Natural: func(x domain) string { return strings.ToLower(x.Name) },
	Examples: []string{
		`resource "digitalocean_domain" "example" {
  name = "ml.example.com"
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_domain" "example" {
  name       = "ml.example.org"
  ip_address = "192.0.2.10"
  project    = digitalocean_project.example.id
}`,
	},
}, func(x *domain) (string, *string) { return x.URN, &x.Project })

func createDomain(ctx context.Context, c *client, x *domain, _ providers.Attempt) error {
	got, _, err := c.Domains.Create(ctx, &godo.DomainCreateRequest{Name: x.Name, IPAddress: x.IPAddress})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readDomain(ctx context.Context, c *client, x *domain) error {
	got, _, err := c.Domains.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

// updateDomain changes nothing: only the address, which an import cannot see,
// can differ, and it has served its purpose.
func updateDomain(ctx context.Context, c *client, was domain, x *domain) error {
	x.ID = was.ID
	return readDomain(ctx, c, x)
}

func deleteDomain(ctx context.Context, c *client, x domain) error {
	_, err := c.Domains.Delete(ctx, x.ID)
	return gone(err)
}

func listDomains(ctx context.Context, c *client, _ domain) iter.Seq2[domain, error] {
	return pages(ctx, c.Domains.List, (*domain).fill)
}

func (x *domain) fill(got *godo.Domain) error {
	x.ID, x.Name, x.TTL, x.URN = got.Name, got.Name, got.TTL, "do:domain:"+got.Name
	return nil
}

// spellDomain keeps the case of a name: DNS knows none.
func spellDomain(was domain, x *domain) {
	if strings.EqualFold(was.Name, x.Name) {
		x.Name = was.Name
	}
}

func checkDomain(_ *domain, x domain) error {
	if x.Name == "" || strings.HasSuffix(x.Name, ".") || !strings.Contains(x.Name, ".") {
		return fmt.Errorf("name %q is no domain such as example.com, without a dot at the end", x.Name)
	}
	if _, err := netip.ParseAddr(x.IPAddress); x.IPAddress != "" && err != nil {
		return fmt.Errorf("ip_address %q is not an IP address", x.IPAddress)
	}
	return nil
}
