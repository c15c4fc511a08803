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
	ID          string `cty:"id"          is:"computed"         doc:"UUID of the cluster, type and value, with slashes in between."`
	ClusterID   string `cty:"cluster_id"  is:"required,replace,ref=digitalocean_database_cluster,ref=digitalocean_database_replica.uuid" doc:"UUID of the cluster, or of a replica."`
	Type        string `cty:"type"        is:"required,replace" doc:"Kind of the source: ip_addr, droplet, k8s, tag or app."`
	Value       string `cty:"value"       is:"required,replace,ref=digitalocean_droplet,ref=digitalocean_kubernetes_cluster,ref=digitalocean_tag.name,ref=digitalocean_app" doc:"IPv4 address or range, id, or name of the tag."`
	Description string `cty:"description" is:"optional"         doc:"What the rule is for."`
	UUID        string `cty:"uuid"        is:"computed"         doc:"UUID of the rule."`
	CreatedAt   string `cty:"created_at"  is:"computed"         doc:"Time of creation, RFC 3339."`
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
	Again: true,
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
	},
}

func createDatabaseFirewallRule(ctx context.Context, c *client, x *databaseFirewallRule, _ providers.Attempt) error {
	got, err := mergeSource(ctx, c, x.ClusterID, x.source(), present)
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

// updateDatabaseFirewallRule changes the description, all that can change.
func updateDatabaseFirewallRule(ctx context.Context, c *client, was databaseFirewallRule, x *databaseFirewallRule) error {
	got, err := mergeSource(ctx, c, was.ClusterID, x.source(), present)
	if err != nil {
		return err
	}
	x.fill(was.ClusterID, got)
	return nil
}

func deleteDatabaseFirewallRule(ctx context.Context, c *client, x databaseFirewallRule) error {
	_, err := mergeSource(ctx, c, x.ClusterID, x.source(), absent)
	return gone(err)
}

// presence is what is wanted of a rule.
type presence bool

const (
	present presence = true
	absent  presence = false
)

// rounds is how often a rule is merged anew when somebody else wrote in between.
const rounds = 5

// mergeSource adds a rule to those of a cluster, or takes it away. The API only
// replaces all of them at once: what was read goes back with its ids, and another
// look shows whether somebody else has overwritten it.
func mergeSource(ctx context.Context, c *client, cluster string, r trustedSource, want presence) (trustedSource, error) {
	for range rounds {
		rules, err := trustedSources(ctx, c, cluster)
		if err != nil {
			return r, err
		}
		got, found := findSource(rules, r)
		if presence(found) == want && (!found || got.Description == r.Description) {
			return got, nil
		}
		others := slices.DeleteFunc(rules, r.same)
		if want == present {
			r.UUID = got.UUID
			others = append(others, r)
		}
		if err := putTrustedSources(ctx, c, cluster, others); err != nil {
			return r, err
		}
	}
	return r, fmt.Errorf("%s %s: somebody else goes on replacing the trusted sources of cluster %s; a digitalocean_database_firewall owns all of them, and cannot stand beside single rules", r.Type, r.Value, cluster)
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
