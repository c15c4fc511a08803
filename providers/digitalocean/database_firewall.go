package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseFirewall struct {
	ID        string                 `cty:"id"         is:"computed"                doc:"UUID of the cluster."`
	ClusterID string                 `cty:"cluster_id" is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Rule      []databaseFirewallRule `cty:"rule"       is:"required,set"            doc:"Who may connect; all others are kept out."`
}

type databaseFirewallRule struct {
	Type      string `cty:"type"       is:"required" doc:"Kind of the source: ip_addr, droplet, k8s, tag or app."`
	Value     string `cty:"value"      is:"required,ref=digitalocean_droplet,ref=digitalocean_kubernetes_cluster,ref=digitalocean_tag.name,ref=digitalocean_app" doc:"IPv4 address or range, id, or name of the tag."`
	UUID      string `cty:"uuid"       is:"computed" doc:"UUID of the rule."`
	CreatedAt string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
}

var databaseFirewallType = providers.Resource[*client, databaseFirewall]{
	Type:   "digitalocean_database_firewall",
	Doc:    "The trusted sources of a managed cluster, all of them.",
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
	if err := putDatabaseRules(ctx, c, x.ClusterID, x.Rule); err != nil {
		return err
	}
	x.ID = x.ClusterID
	return nil
}

// A cluster without rules is open to everybody: it has no firewall.
func readDatabaseFirewall(ctx context.Context, c *client, x *databaseFirewall) error {
	got, _, err := c.Databases.GetFirewallRules(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if len(got) == 0 {
		return providers.ErrGone
	}
	x.fill(x.ID, got)
	return nil
}

// updateDatabaseFirewall keeps the UUIDs of rules that stay.
func updateDatabaseFirewall(ctx context.Context, c *client, was databaseFirewall, x *databaseFirewall) error {
	x.ID = was.ID
	for i := range x.Rule {
		r := &x.Rule[i]
		r.UUID = ""
		for _, old := range was.Rule {
			if old.Type == r.Type && old.Value == r.Value {
				r.UUID = old.UUID
			}
		}
	}
	if err := putDatabaseRules(ctx, c, was.ClusterID, x.Rule); err != nil {
		return err
	}
	return readDatabaseFirewall(ctx, c, x)
}

func deleteDatabaseFirewall(ctx context.Context, c *client, x databaseFirewall) error {
	return gone(putDatabaseRules(ctx, c, x.ClusterID, nil))
}

func putDatabaseRules(ctx context.Context, c *client, cluster string, rules []databaseFirewallRule) error {
	req := &godo.DatabaseUpdateFirewallRulesRequest{Rules: []*godo.DatabaseFirewallRule{}}
	for _, r := range rules {
		req.Rules = append(req.Rules, &godo.DatabaseFirewallRule{UUID: r.UUID, Type: r.Type, Value: r.Value})
	}
	_, err := c.Databases.UpdateFirewallRules(ctx, cluster, req)
	return err
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
	kinds := []string{"ip_addr", "droplet", "k8s", "tag", "app"}
	for _, r := range x.Rule {
		if !slices.Contains(kinds, r.Type) {
			return fmt.Errorf("type %q of a rule is none of %s", r.Type, strings.Join(kinds, ", "))
		}
		if r.Type == "ip_addr" && !isIPv4(r.Value) {
			return fmt.Errorf("%q is not an IPv4 address or range, the only ones that a database trusts", r.Value)
		}
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

func (x *databaseFirewall) fill(cluster string, got []godo.DatabaseFirewallRule) {
	x.ID, x.ClusterID, x.Rule = cluster, cluster, nil
	for _, r := range got {
		x.Rule = append(x.Rule, databaseFirewallRule{
			Type: r.Type, Value: r.Value, UUID: r.UUID, CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339),
		})
	}
}
