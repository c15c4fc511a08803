package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseUser struct {
	ID              string `cty:"id"                is:"computed"                doc:"UUID of the cluster, /user/ and the name."`
	ClusterID       string `cty:"cluster_id"        is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name            string `cty:"name"              is:"required,replace"        doc:"Name, unique in the cluster."`
	MySQLAuthPlugin string `cty:"mysql_auth_plugin" is:"default"                 doc:"How MySQL checks the password; a change makes a new one."`
	Role            string `cty:"role"              is:"computed"                doc:"Role: primary or normal."`
	Password        string `cty:"password"          is:"computed,sensitive,after=mysql_auth_plugin" doc:"Password, made by the API."`
	AccessCert      string `cty:"access_cert"       is:"computed,sensitive"      doc:"Client certificate, for Kafka only."`
	AccessKey       string `cty:"access_key"        is:"computed,sensitive"      doc:"Key of the client certificate, for Kafka only."`
}

var databaseUserType = providers.Resource[*client, databaseUser]{
	Type:   "digitalocean_database_user",
	Doc:    "A user of a managed cluster.",
	Create: createDatabaseUser,
	Read:   readDatabaseUser,
	Update: updateDatabaseUser,
	Delete: deleteDatabaseUser,
	List:   listDatabaseUsers,
	Import: func(id string) (databaseUser, error) {
		cluster, name, err := importDatabasePart(id, "user")
		return databaseUser{ID: cluster + "/user/" + name, ClusterID: cluster, Name: name}, err
	},
	Within:   func(x databaseUser) string { return x.ClusterID },
	Check:    checkDatabaseUser,
	Lock:     func(x databaseUser) string { return databaseLock(x.ClusterID) },
	ImportID: func(x databaseUser) string { return x.ClusterID + "," + x.Name },
	Natural:  func(x databaseUser) string { return x.Name },
	Given:    func(x databaseUser) bool { return x.Role == "primary" },
	Examples: []string{
		exampleMySQL + `

resource "digitalocean_database_user" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
}`,
		exampleMySQL + `

resource "digitalocean_database_user" "example" {
  cluster_id        = digitalocean_database_cluster.ml.id
  name              = "mlflow"
  mysql_auth_plugin = "mysql_native_password"
}`,
		exampleMySQL + `

resource "digitalocean_database_user" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "feast"
}`,
	},
}

const exampleMySQL = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-mysql"
  engine     = "mysql"
  version    = "8"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}`

func createDatabaseUser(ctx context.Context, c *client, x *databaseUser, _ providers.Attempt) error {
	req := &godo.DatabaseCreateUserRequest{Name: x.Name}
	if x.MySQLAuthPlugin != "" {
		req.MySQLSettings = &godo.DatabaseMySQLUserSettings{AuthPlugin: x.MySQLAuthPlugin}
	}
	got, _, err := c.Databases.CreateUser(ctx, x.ClusterID, req)
	if err != nil {
		return err
	}
	x.fill(x.ClusterID, got)
	return nil
}

func readDatabaseUser(ctx context.Context, c *client, x *databaseUser) error {
	cluster, name := databasePart(x.ID, "user")
	got, _, err := c.Databases.GetUser(ctx, cluster, name)
	if err != nil {
		return gone(err)
	}
	x.fill(cluster, got)
	return nil
}

// updateDatabaseUser changes the plugin, the only thing that can change. The
// API makes a new password each time: it is asked only when there is need.
func updateDatabaseUser(ctx context.Context, c *client, was databaseUser, x *databaseUser) error {
	want := x.MySQLAuthPlugin
	x.ID = was.ID
	if err := readDatabaseUser(ctx, c, x); err != nil || want == "" || want == x.MySQLAuthPlugin {
		return err
	}
	got, _, err := c.Databases.ResetUserAuth(ctx, was.ClusterID, was.Name, &godo.DatabaseResetUserAuthRequest{
		MySQLSettings: &godo.DatabaseMySQLUserSettings{AuthPlugin: want},
	})
	if err != nil {
		return err
	}
	x.fill(was.ClusterID, got)
	return nil
}

func deleteDatabaseUser(ctx context.Context, c *client, x databaseUser) error {
	_, err := c.Databases.DeleteUser(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func listDatabaseUsers(ctx context.Context, c *client, in databaseUser) iter.Seq2[databaseUser, error] {
	return inCluster(ctx, in.ClusterID, c.Databases.ListUsers, func(x *databaseUser, got *godo.DatabaseUser) error {
		x.fill(in.ClusterID, got)
		return nil
	})
}

func checkDatabaseUser(_ *databaseUser, x databaseUser) error {
	switch x.MySQLAuthPlugin {
	case "", godo.SQLAuthPluginNative, godo.SQLAuthPluginCachingSHA2:
		return nil
	}
	return fmt.Errorf("mysql_auth_plugin %q is neither %s nor %s", x.MySQLAuthPlugin, godo.SQLAuthPluginNative, godo.SQLAuthPluginCachingSHA2)
}

func (x *databaseUser) fill(cluster string, got *godo.DatabaseUser) {
	x.ID, x.ClusterID, x.Name = cluster+"/user/"+got.Name, cluster, got.Name
	x.Role = cmp.Or(got.Role, "normal")
	x.MySQLAuthPlugin = ""
	if got.MySQLSettings != nil {
		x.MySQLAuthPlugin = got.MySQLSettings.AuthPlugin
	}
	// Some engines, and a token that may not see credentials, show these only
	// in the answer to the create.
	x.Password = cmp.Or(got.Password, x.Password)
	x.AccessCert = cmp.Or(got.AccessCert, x.AccessCert)
	x.AccessKey = cmp.Or(got.AccessKey, x.AccessKey)
}
