package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseUserLookup struct {
	ID              string         `cty:"id"                is:"computed"           doc:"UUID of the cluster, /user/ and the name."`
	ClusterID       string         `cty:"cluster_id"        is:"required,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name            string         `cty:"name"              is:"required"           doc:"Name of the user."`
	MySQLAuthPlugin string         `cty:"mysql_auth_plugin" is:"computed"           doc:"How MySQL checks the password."`
	Settings        []userSettings `cty:"settings"          is:"computed"           doc:"What the user may do, in the words of the engine."`
	Role            string         `cty:"role"              is:"computed"           doc:"Role: primary or normal."`
	Password        string         `cty:"password"          is:"computed,sensitive" doc:"Password; MongoDB does not tell it again."`
	AccessCert      string         `cty:"access_cert"       is:"computed,sensitive" doc:"Client certificate, for Kafka only."`
	AccessKey       string         `cty:"access_key"        is:"computed,sensitive" doc:"Key of the client certificate, for Kafka only."`
}

var databaseUserData = providers.DataSource[*client, databaseUserLookup]{
	Type: "digitalocean_database_user",
	Doc:  "A user of a managed cluster by its name.",
	Read: lookUpDatabaseUser,
	Examples: []string{
		exampleCluster + `

data "digitalocean_database_user" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = digitalocean_database_cluster.ml.user
}`,
	},
}

func lookUpDatabaseUser(ctx context.Context, c *client, x *databaseUserLookup) error {
	got, err := lookUpPart(ctx, c, databaseUserType, databaseUser{ClusterID: x.ClusterID}, x.Name)
	if err != nil {
		return err
	}
	*x = databaseUserLookup(got)
	return nil
}
