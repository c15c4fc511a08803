package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseCALookup struct {
	ID          string `cty:"id"          is:"computed" doc:"UUID of the cluster."`
	ClusterID   string `cty:"cluster_id"  is:"required,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Certificate string `cty:"certificate" is:"computed" doc:"Certificate to check the cluster's with, in PEM."`
}

var databaseCAData = providers.DataSource[*client, databaseCALookup]{
	Type: "digitalocean_database_ca",
	Doc:  "The certificate authority of a managed cluster.",
	Read: lookUpDatabaseCA,
	Examples: []string{
		exampleCluster + `

data "digitalocean_database_ca" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
}`,
	},
}

func lookUpDatabaseCA(ctx context.Context, c *client, x *databaseCALookup) error {
	got, _, err := c.Databases.GetCA(ctx, x.ClusterID)
	if err != nil {
		return err
	}
	x.ID, x.Certificate = x.ClusterID, string(got.Certificate)
	return nil
}
