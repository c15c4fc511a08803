package digitalocean

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseClusterLookup struct {
	ID                 string              `cty:"id"                   is:"computed"     doc:"UUID of the cluster."`
	Name               string              `cty:"name"                 is:"required"     doc:"Name of the cluster."`
	Engine             string              `cty:"engine"               is:"computed"     doc:"Engine, such as pg, mysql or valkey."`
	Version            string              `cty:"version"              is:"computed"     doc:"Major version of the engine."`
	Size               string              `cty:"size"                 is:"computed"     doc:"Slug of the nodes' size."`
	Region             string              `cty:"region"               is:"computed"     doc:"Slug of the region."`
	NodeCount          int                 `cty:"node_count"           is:"computed"     doc:"Number of nodes."`
	Tags               []string            `cty:"tags"                 is:"computed,set" doc:"Tags of the cluster."`
	PrivateNetworkUUID string              `cty:"private_network_uuid" is:"computed"     doc:"UUID of its network."`
	ProjectID          string              `cty:"project_id"           is:"computed"     doc:"UUID of its project."`
	StorageSizeMiB     string              `cty:"storage_size_mib"     is:"computed"     doc:"Size of the disk in MiB."`
	MaintenanceWindow  []maintenanceWindow `cty:"maintenance_window"   is:"computed"     doc:"When updates are installed."`
	databaseAccess
	MetricsEndpoints []string `cty:"metrics_endpoints" is:"computed"           doc:"URLs of the metrics, one a node."`
	UIHost           string   `cty:"ui_host"           is:"computed"           doc:"Host name of the dashboard, of OpenSearch."`
	UIPort           int      `cty:"ui_port"           is:"computed"           doc:"Port of the dashboard."`
	UIURI            string   `cty:"ui_uri"            is:"computed,sensitive" doc:"URI of the dashboard, with user and password."`
	UIDatabase       string   `cty:"ui_database"       is:"computed"           doc:"Name of the dashboard's database."`
	UIUser           string   `cty:"ui_user"           is:"computed"           doc:"Name of the dashboard's user."`
	UIPassword       string   `cty:"ui_password"       is:"computed,sensitive" doc:"Password of the dashboard's user."`
	URN              string   `cty:"urn"               is:"computed"           doc:"Uniform resource name."`
}

var databaseClusterData = providers.DataSource[*client, databaseClusterLookup]{
	Type: "digitalocean_database_cluster",
	Doc:  "A managed database cluster by its name.",
	Read: lookUpDatabaseCluster,
	Examples: []string{
		exampleCluster + `

data "digitalocean_database_cluster" "example" {
  name = digitalocean_database_cluster.ml.name
}`,
	},
}

func lookUpDatabaseCluster(ctx context.Context, c *client, x *databaseClusterLookup) error {
	for got, err := range pages(ctx, c.Databases.List, clusterStatus) {
		if got.Name == x.Name {
			x.fill(got)
			return err
		}
		if err != nil && !isState(err) {
			return err
		}
	}
	return fmt.Errorf("no database cluster is called %q", x.Name)
}

// clusterStatus fills x with what is in the list.
func clusterStatus(x *databaseCluster, got *godo.Database) error {
	x.fill(got)
	return settledCluster(got)
}

func (x *databaseClusterLookup) fill(got databaseCluster) {
	providers.Shape(x, got)
	x.Tags = userTags(got.Tags)
}
