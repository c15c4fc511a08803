package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseFirewallRule struct {
	ID          string `cty:"id"          is:"computed,after=type,after=value" doc:"UUID of the cluster, type and value, with slashes in between."`
	ClusterID   string `cty:"cluster_id"  is:"required,replace,ref=digitalocean_database_cluster,ref=digitalocean_database_replica.uuid" doc:"UUID of the cluster, or of a replica."`
	Type        string `cty:"type"        is:"required"         doc:"Kind of the source: ip_addr, droplet, k8s, tag or app."`
	Value       string `cty:"value"       is:"required,ref=digitalocean_droplet,ref=digitalocean_kubernetes_cluster,ref=digitalocean_tag.name,ref=digitalocean_app" doc:"IPv4 address or range, id, or name of the tag."`
	Description string `cty:"description" is:"optional"         doc:"What the rule is for."`
	UUID        string `cty:"uuid"        is:"computed,after=type,after=value" doc:"UUID of the rule."`
	CreatedAt   string `cty:"created_at"  is:"computed,after=type,after=value" doc:"Time of creation, RFC 3339."`
}

var databaseFirewallRuleType = providers.Resource[*client, databaseFirewallRule]{
	Type:     "digitalocean_database_firewall_rule",
	Doc:      "One trusted source of a managed cluster, beside those of others; not with digitalocean_database_firewall.",
	Create:   createDatabaseFirewallRule,
	Read:     readDatabaseFirewallRule,
	Update:   updateDatabaseFirewallRule,
	Delete:   deleteDatabaseFirewallRule,
	List:     listDatabaseFirewallRules,
	Import:   importDatabaseFirewallRule,
	ImportID: func(x databaseFirewallRule) string { return x.ID },
	Natural:  func(x databaseFirewallRule) string { return x.Type + "/" + x.Value },
	Within:   func(x databaseFirewallRule) string { return x.ClusterID },
	Check: func(_ *databaseFirewallRule, x databaseFirewallRule) error {
		return checkSource(x.Type, x.Value)
	},
	Lock: func(x databaseFirewallRule) string { return databaseLock(x.ClusterID) },
	// Who is let in twice is let in once.
	Again:     true,
	Redundant: true, // digitalocean_database_firewall has all of them
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_firewall_rule" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  type       = "ip_addr"
  value      = "203.0.113.0/24"
}`,
		exampleCluster + `

resource "digitalocean_database_firewall_rule" "example" {
  cluster_id  = digitalocean_database_cluster.ml.id
  type        = "ip_addr"
  value       = "203.0.113.0/24"
  description = "the office"
}`,
		exampleCluster + `

resource "digitalocean_tag" "mlflow" {
  name = "mlflow"
}

resource "digitalocean_database_firewall_rule" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  type       = "tag"
  value      = digitalocean_tag.mlflow.name
}`,
		exampleCluster + exampleOther + `

resource "digitalocean_database_firewall_rule" "example" {
  cluster_id = digitalocean_database_cluster.other.id
  type       = "ip_addr"
  value      = "203.0.113.0/24"
}`,
	},
}

func createDatabaseFirewallRule(ctx context.Context, c *client, x *databaseFirewallRule, _ providers.Attempt) error {
	got, err := mergeSource(ctx, c, x.ClusterID, nil, new(x.source()))
	if err != nil {
		return err
	}
	x.fill(x.ClusterID, got)
	return nil
}

func readDatabaseFirewallRule(ctx context.Context, c *client, x *databaseFirewallRule) error {
	cluster, kind, value := splitRuleID(x.ID)
	rules, err := trustedSources(ctx, c, cluster)
	if err != nil {
		return gone(err)
	}
	got, found := findSource(rules, trustedSource{Type: kind, Value: value})
	if !found {
		return providers.ErrGone
	}
	x.fill(cluster, got)
	return nil
}

// updateDatabaseFirewallRule writes another rule in the place of was, in one
// request: a cluster that has none in between is open to everybody.
func updateDatabaseFirewallRule(ctx context.Context, c *client, was databaseFirewallRule, x *databaseFirewallRule) error {
	got, err := mergeSource(ctx, c, was.ClusterID, new(was.source()), new(x.source()))
	if err != nil {
		return err
	}
	x.fill(was.ClusterID, got)
	return nil
}

func deleteDatabaseFirewallRule(ctx context.Context, c *client, x databaseFirewallRule) error {
	_, err := mergeSource(ctx, c, x.ClusterID, new(x.source()), nil)
	return gone(err)
}

// rounds is how often a rule is merged anew when somebody else wrote in between.
const rounds = 5

// mergeSource takes the rule drop away from those of a cluster and adds another,
// each unless it is nil, and returns what was added. The API only replaces all of
// them at once: what was read goes back with its ids, and another look shows
// whether somebody else has overwritten it.
func mergeSource(ctx context.Context, c *client, cluster string, drop, add *trustedSource) (trustedSource, error) {
	for range rounds {
		rules, err := trustedSources(ctx, c, cluster)
		if err != nil {
			return trustedSource{}, err
		}
		merged, got := merge(rules, drop, add)
		if slices.Equal(merged, rules) {
			return got, nil
		}
		if err := putTrustedSources(ctx, c, cluster, merged); err != nil {
			return got, err
		}
	}
	return trustedSource{}, fmt.Errorf("somebody else goes on replacing the trusted sources of the database cluster %s; a digitalocean_database_firewall owns all of them, and cannot stand beside single rules", cluster)
}

// merge returns rules without drop and with add, and add as it stands there.
func merge(rules []trustedSource, drop, add *trustedSource) (merged []trustedSource, got trustedSource) {
	merged = slices.Clone(rules)
	if drop != nil && (add == nil || !add.same(*drop)) {
		merged = slices.DeleteFunc(merged, drop.same)
	}
	if add == nil {
		return merged, got
	}
	if i := slices.IndexFunc(merged, add.same); i >= 0 {
		merged[i].Description = add.Description
		return merged, merged[i]
	}
	return append(merged, *add), *add
}

func listDatabaseFirewallRules(ctx context.Context, c *client, in databaseFirewallRule) iter.Seq2[databaseFirewallRule, error] {
	return func(yield func(databaseFirewallRule, error) bool) {
		rules, err := trustedSources(ctx, c, in.ClusterID)
		if err != nil && gone(err) != providers.ErrGone {
			yield(databaseFirewallRule{}, err)
			return
		}
		for _, r := range rules {
			var x databaseFirewallRule
			if x.fill(in.ClusterID, r); !yield(x, nil) {
				return
			}
		}
	}
}

func importDatabaseFirewallRule(id string) (databaseFirewallRule, error) {
	cluster, kind, value := splitRuleID(id)
	if cluster == "" || kind == "" || value == "" {
		return databaseFirewallRule{}, fmt.Errorf("%q is not the id of the cluster, the type and the value, such as 245bcfd0-7f31-4ce6-a2bc-475a116cca97/ip_addr/203.0.113.7", id)
	}
	return databaseFirewallRule{ID: id, ClusterID: cluster, Type: kind, Value: value}, nil
}

// splitRuleID splits an id; a value may have slashes of its own.
func splitRuleID(id string) (cluster, kind, value string) {
	cluster, rest, _ := strings.Cut(id, "/")
	kind, value, _ = strings.Cut(rest, "/")
	return cluster, kind, value
}

func (x databaseFirewallRule) source() trustedSource {
	return trustedSource{Type: x.Type, Value: x.Value, Description: x.Description}
}

func (x *databaseFirewallRule) fill(cluster string, got trustedSource) {
	*x = databaseFirewallRule{
		ID: cluster + "/" + got.Type + "/" + got.Value, ClusterID: cluster, Type: got.Type, Value: got.Value,
		Description: got.Description, UUID: got.UUID, CreatedAt: got.CreatedAt,
	}
}
