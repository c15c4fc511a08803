package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseFirewall struct {
	ID        string                  `cty:"id"         is:"computed"                doc:"UUID of the cluster."`
	ClusterID string                  `cty:"cluster_id" is:"required,replace,ref=digitalocean_database_cluster,ref=digitalocean_database_replica.uuid" doc:"UUID of the cluster, or of a replica."`
	Rule      []databaseFirewallBlock `cty:"rule"       is:"required,set"            doc:"Who may connect; all others are kept out."`
}

type databaseFirewallBlock struct {
	Type      string `cty:"type"       is:"required" doc:"Kind of the source: ip_addr, droplet, k8s, tag or app."`
	Value     string `cty:"value"      is:"required,ref=digitalocean_droplet,ref=digitalocean_kubernetes_cluster,ref=digitalocean_tag.name,ref=digitalocean_app" doc:"IPv4 address or range, id, or name of the tag."`
	UUID      string `cty:"uuid"       is:"computed" doc:"UUID of the rule."`
	CreatedAt string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
}

var databaseFirewallType = providers.Resource[*client, databaseFirewall]{
	Type:   "digitalocean_database_firewall",
	Doc:    "The trusted sources of a managed cluster, all of them; not with digitalocean_database_firewall_rule.",
	Create: createDatabaseFirewall,
	Read:   readDatabaseFirewall,
	Update: updateDatabaseFirewall,
	Delete: deleteDatabaseFirewall,
	List:   listDatabaseFirewalls,
	// Terraform's id is that of the cluster and a time.
	Migrate: func(x *databaseFirewall) { x.ID = x.ClusterID },
	Within:  func(x databaseFirewall) string { return x.ClusterID },
	Check:   checkDatabaseFirewall,
	Lock:    func(x databaseFirewall) string { return databaseLock(x.ClusterID) },
	// All rules are written at once: twice is as good as once.
	Again:   true,
	Natural: func(x databaseFirewall) string { return x.ClusterID },
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_firewall" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  rule {
    type  = "ip_addr"
    value = "203.0.113.7"
  }
}`,
		exampleCluster + `

resource "digitalocean_tag" "mlflow" {
  name = "mlflow"
}

resource "digitalocean_database_firewall" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  rule {
    type  = "ip_addr"
    value = "203.0.113.7"
  }

  rule {
    type  = "tag"
    value = digitalocean_tag.mlflow.name
  }
}`,
	},
}

func createDatabaseFirewall(ctx context.Context, c *client, x *databaseFirewall, _ providers.Attempt) error {
	if err := putTrustedSources(ctx, c, x.ClusterID, sourcesOf(x.Rule, nil)); err != nil {
		return err
	}
	x.ID = x.ClusterID
	return nil
}

// A cluster without rules is open to everybody: it has no firewall.
func readDatabaseFirewall(ctx context.Context, c *client, x *databaseFirewall) error {
	got, err := trustedSources(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	if len(got) == 0 {
		return providers.ErrGone
	}
	x.fill(x.ID, got)
	return nil
}

// updateDatabaseFirewall keeps the UUIDs and descriptions of rules that stay.
func updateDatabaseFirewall(ctx context.Context, c *client, was databaseFirewall, x *databaseFirewall) error {
	x.ID = was.ID
	old, err := trustedSources(ctx, c, was.ClusterID)
	if err != nil {
		return err
	}
	if err := putTrustedSources(ctx, c, was.ClusterID, sourcesOf(x.Rule, old)); err != nil {
		return err
	}
	return readDatabaseFirewall(ctx, c, x)
}

func deleteDatabaseFirewall(ctx context.Context, c *client, x databaseFirewall) error {
	return gone(putTrustedSources(ctx, c, x.ClusterID, nil))
}

// sourcesOf returns rules as the API takes them, with what it knows of those
// among old.
func sourcesOf(rules []databaseFirewallBlock, old []trustedSource) []trustedSource {
	var out []trustedSource
	for _, r := range rules {
		s := trustedSource{Type: r.Type, Value: r.Value}
		if known, found := findSource(old, s); found {
			s = known
		}
		out = append(out, s)
	}
	return out
}

func listDatabaseFirewalls(ctx context.Context, c *client, in databaseFirewall) iter.Seq2[databaseFirewall, error] {
	return func(yield func(databaseFirewall, error) bool) {
		x := databaseFirewall{ID: in.ClusterID}
		if err := readDatabaseFirewall(ctx, c, &x); !errors.Is(err, providers.ErrGone) {
			yield(x, err)
		}
	}
}

func checkDatabaseFirewall(_ *databaseFirewall, x databaseFirewall) error {
	for _, r := range x.Rule {
		if err := checkSource(r.Type, r.Value); err != nil {
			return err
		}
	}
	return nil
}

func checkSource(kind, value string) error {
	kinds := []string{"ip_addr", "droplet", "k8s", "tag", "app"}
	if !slices.Contains(kinds, kind) {
		return fmt.Errorf("type %q of a rule is none of %s", kind, strings.Join(kinds, ", "))
	}
	if kind == "ip_addr" && !isIPv4(value) {
		return fmt.Errorf("%q is not an IPv4 address or range, the only ones that a database trusts", value)
	}
	return nil
}

func isIPv4(s string) bool {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr().Is4()
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func (x *databaseFirewall) fill(cluster string, got []trustedSource) {
	x.ID, x.ClusterID, x.Rule = cluster, cluster, nil
	for _, r := range got {
		x.Rule = append(x.Rule, databaseFirewallBlock{Type: r.Type, Value: r.Value, UUID: r.UUID, CreatedAt: r.CreatedAt})
	}
}
