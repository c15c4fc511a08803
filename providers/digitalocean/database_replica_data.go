package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseReplicaLookup struct {
	ID                 string   `cty:"id"                   is:"computed"     doc:"UUID of the cluster, /replicas/ and the name."`
	ClusterID          string   `cty:"cluster_id"           is:"required,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name               string   `cty:"name"                 is:"required"     doc:"Name of the replica."`
	UUID               string   `cty:"uuid"                 is:"computed"     doc:"UUID of the replica."`
	Size               string   `cty:"size"                 is:"computed"     doc:"Slug of the size."`
	Region             string   `cty:"region"               is:"computed"     doc:"Slug of the region."`
	Tags               []string `cty:"tags"                 is:"computed,set" doc:"Tags of the replica."`
	PrivateNetworkUUID string   `cty:"private_network_uuid" is:"computed"     doc:"UUID of its network."`
	StorageSizeMiB     string   `cty:"storage_size_mib"     is:"computed"     doc:"Size of the disk in MiB."`
	databaseAccess
}

var databaseReplicaData = providers.DataSource[*client, databaseReplicaLookup]{
	Type: "digitalocean_database_replica",
	Doc:  "A read-only copy of a managed cluster by its name.",
	Read: lookUpDatabaseReplica,
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_replica" "reports" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "reports"
  size       = "db-s-1vcpu-1gb"
}

data "digitalocean_database_replica" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = digitalocean_database_replica.reports.name
}`,
	},
}

func lookUpDatabaseReplica(ctx context.Context, c *client, x *databaseReplicaLookup) error {
	got, err := lookUpPart(ctx, c, databaseReplicaType, databaseReplica{ClusterID: x.ClusterID}, x.Name)
	if err != nil {
		return err
	}
	providers.Shape(x, got)
	return nil
}
