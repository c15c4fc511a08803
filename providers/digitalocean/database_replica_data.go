package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseReplicaLookup struct {
	ID                 string   `cty:"id"                   is:"computed"           doc:"UUID of the cluster, /replicas/ and the name."`
	ClusterID          string   `cty:"cluster_id"           is:"required,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name               string   `cty:"name"                 is:"required"           doc:"Name of the replica."`
	UUID               string   `cty:"uuid"                 is:"computed"           doc:"UUID of the replica."`
	Size               string   `cty:"size"                 is:"computed"           doc:"Slug of the size."`
	Region             string   `cty:"region"               is:"computed"           doc:"Slug of the region."`
	Tags               []string `cty:"tags"                 is:"computed,set"       doc:"Tags of the replica."`
	PrivateNetworkUUID string   `cty:"private_network_uuid" is:"computed"           doc:"UUID of its network."`
	StorageSizeMiB     string   `cty:"storage_size_mib"     is:"computed"           doc:"Size of the disk in MiB."`
	Host               string   `cty:"host"                 is:"computed"           doc:"Host name on the internet."`
	PrivateHost        string   `cty:"private_host"         is:"computed"           doc:"Host name in the private network."`
	Port               int      `cty:"port"                 is:"computed"           doc:"Port that it listens on."`
	URI                string   `cty:"uri"                  is:"computed,sensitive" doc:"URI on the internet, with user and password."`
	PrivateURI         string   `cty:"private_uri"          is:"computed,sensitive" doc:"URI in the private network, with user and password."`
	Database           string   `cty:"database"             is:"computed"           doc:"Name of the default database."`
	User               string   `cty:"user"                 is:"computed"           doc:"Name of the default user."`
	Password           string   `cty:"password"             is:"computed,sensitive" doc:"Password of the default user."`
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
	*x = databaseReplicaLookup{
		ID: got.ID, ClusterID: got.ClusterID, Name: got.Name, UUID: got.UUID, Size: got.Size, Region: got.Region, Tags: got.Tags,
		PrivateNetworkUUID: got.PrivateNetworkUUID, StorageSizeMiB: got.StorageSizeMiB, Host: got.Host, PrivateHost: got.PrivateHost,
		Port: got.Port, URI: got.URI, PrivateURI: got.PrivateURI, Database: got.Database, User: got.User, Password: got.Password,
	}
	return nil
}
