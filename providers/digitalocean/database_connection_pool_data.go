package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databasePoolLookup struct {
	ID          string `cty:"id"           is:"computed"           doc:"UUID of the cluster, a slash and the name."`
	ClusterID   string `cty:"cluster_id"   is:"required,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name        string `cty:"name"         is:"required"           doc:"Name of the pool."`
	Mode        string `cty:"mode"         is:"computed"           doc:"When connections are given back."`
	Size        int    `cty:"size"         is:"computed"           doc:"Number of connections."`
	DBName      string `cty:"db_name"      is:"computed"           doc:"Name of the database."`
	User        string `cty:"user"         is:"computed"           doc:"Name of the user; none means the one that connects."`
	Host        string `cty:"host"         is:"computed"           doc:"Host name on the internet."`
	PrivateHost string `cty:"private_host" is:"computed"           doc:"Host name in the private network."`
	Port        int    `cty:"port"         is:"computed"           doc:"Port that the pool listens on."`
	URI         string `cty:"uri"          is:"computed,sensitive" doc:"URI on the internet, with user and password."`
	PrivateURI  string `cty:"private_uri"  is:"computed,sensitive" doc:"URI in the private network, with user and password."`
	Password    string `cty:"password"     is:"computed,sensitive" doc:"Password of the pool's user."`
}

var databasePoolData = providers.DataSource[*client, databasePoolLookup]{
	Type: "digitalocean_database_connection_pool",
	Doc:  "A pool of connections to a managed PostgreSQL by its name.",
	Read: lookUpDatabasePool,
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_connection_pool" "mlflow" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
  mode       = "transaction"
  size       = 10
  db_name    = "defaultdb"
}

data "digitalocean_database_connection_pool" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = digitalocean_database_connection_pool.mlflow.name
}`,
	},
}

func lookUpDatabasePool(ctx context.Context, c *client, x *databasePoolLookup) error {
	got, err := lookUpPart(ctx, c, databasePoolType, databasePool{ClusterID: x.ClusterID}, x.Name)
	if err != nil {
		return err
	}
	*x = databasePoolLookup(got)
	return nil
}
