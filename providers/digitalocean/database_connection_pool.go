package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databasePool struct {
	ID          string `cty:"id"           is:"computed"                doc:"UUID of the cluster, a slash and the name."`
	ClusterID   string `cty:"cluster_id"   is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster, a PostgreSQL."`
	Name        string `cty:"name"         is:"required,replace"        doc:"Name, unique in the cluster; clients connect to it as a database."`
	Mode        string `cty:"mode"         is:"required"                doc:"When connections are given back: session, transaction or statement."`
	Size        int    `cty:"size"         is:"required"                doc:"Connections; all pools have 25 a GB of memory, less 3."`
	DBName      string `cty:"db_name"      is:"required,ref=digitalocean_database_db.name"     doc:"Name of the database."`
	User        string `cty:"user"         is:"optional,ref=digitalocean_database_user.name"   doc:"Name of the user; absent means the one that connects."`
	Host        string `cty:"host"         is:"computed"                doc:"Host name on the internet."`
	PrivateHost string `cty:"private_host" is:"computed"                doc:"Host name in the private network."`
	Port        int    `cty:"port"         is:"computed"                doc:"Port that the pool listens on."`
	URI         string `cty:"uri"          is:"computed,sensitive,after=user" doc:"URI on the internet, with user and password."`
	PrivateURI  string `cty:"private_uri"  is:"computed,sensitive,after=user" doc:"URI in the private network, with user and password."`
	Password    string `cty:"password"     is:"computed,sensitive,after=user" doc:"Password of the pool's user."`
}

var databasePoolType = providers.Resource[*client, databasePool]{
	Type:   "digitalocean_database_connection_pool",
	Doc:    "A pool of connections to a database of a managed PostgreSQL.",
	Create: createDatabasePool,
	Read:   readDatabasePool,
	Update: updateDatabasePool,
	Delete: deleteDatabasePool,
	List:   listDatabasePools,
	Import: func(id string) (databasePool, error) {
		cluster, name, err := importDatabasePart(id, "/", "pool")
		return databasePool{ID: cluster + "/" + name, ClusterID: cluster, Name: name}, err
	},
	Within:   func(x databasePool) string { return x.ClusterID },
	Spell:    spellDatabasePool,
	Check:    checkDatabasePool,
	Warn:     func(x databasePool) string { return withoutCredentials(x.Password) },
	Lock:     func(x databasePool) string { return databaseLock(x.ClusterID) },
	ImportID: func(x databasePool) string { return x.ClusterID + "," + x.Name },
	Natural:  func(x databasePool) string { return x.Name },
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_connection_pool" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
  mode       = "transaction"
  size       = 10
  db_name    = "defaultdb"
}`,
		exampleCluster + `

resource "digitalocean_database_db" "mlflow" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
}

resource "digitalocean_database_user" "mlflow" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
}

resource "digitalocean_database_connection_pool" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
  mode       = "session"
  size       = 22
  db_name    = digitalocean_database_db.mlflow.name
  user       = digitalocean_database_user.mlflow.name
}`,
		exampleCluster + `

resource "digitalocean_database_connection_pool" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "feast"
  mode       = "transaction"
  size       = 10
  db_name    = "defaultdb"
}`,
	},
}

func createDatabasePool(ctx context.Context, c *client, x *databasePool, _ providers.Attempt) error {
	got, _, err := c.Databases.CreatePool(ctx, x.ClusterID, &godo.DatabaseCreatePoolRequest{
		Name: x.Name, Mode: x.Mode, Size: x.Size, Database: x.DBName, User: x.User,
	})
	if err != nil {
		return err
	}
	x.fill(x.ClusterID, got)
	return nil
}

func readDatabasePool(ctx context.Context, c *client, x *databasePool) error {
	cluster, name, _ := strings.Cut(x.ID, "/")
	got, _, err := c.Databases.GetPool(ctx, cluster, name)
	if err != nil {
		return gone(err)
	}
	x.fill(cluster, got)
	return nil
}

// updateDatabasePool sends all that a pool is: the API replaces it.
func updateDatabasePool(ctx context.Context, c *client, was databasePool, x *databasePool) error {
	x.ID = was.ID
	if _, err := c.Databases.UpdatePool(ctx, was.ClusterID, was.Name, &godo.DatabaseUpdatePoolRequest{
		Mode: x.Mode, Size: x.Size, Database: x.DBName, User: x.User,
	}); err != nil {
		return err
	}
	return readDatabasePool(ctx, c, x)
}

func deleteDatabasePool(ctx context.Context, c *client, x databasePool) error {
	_, err := c.Databases.DeletePool(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func listDatabasePools(ctx context.Context, c *client, in databasePool) iter.Seq2[databasePool, error] {
	return inCluster(ctx, in.ClusterID, c.Databases.ListPools, func(x *databasePool, got *godo.DatabasePool) error {
		x.fill(in.ClusterID, got)
		return nil
	})
}

func checkDatabasePool(_ *databasePool, x databasePool) error {
	modes := []string{"session", "transaction", "statement"}
	switch {
	case len(x.Name) < 3 || len(x.Name) > 60:
		return fmt.Errorf("name %q of a pool has 3 to 60 characters", x.Name)
	case !slices.Contains(modes, x.Mode):
		return fmt.Errorf("mode %q is none of %s", x.Mode, strings.Join(modes, ", "))
	case x.Size < 1:
		return fmt.Errorf("size %d: a pool has at least one connection", x.Size)
	}
	return nil
}

// spellDatabasePool keeps what a token may not see.
func spellDatabasePool(was databasePool, x *databasePool) {
	if x.Password == "" && was.Password != "" && x.User == was.User {
		x.Password, x.URI, x.PrivateURI = was.Password, was.URI, was.PrivateURI
	}
}

func (x *databasePool) fill(cluster string, got *godo.DatabasePool) {
	x.ID, x.ClusterID, x.Name = cluster+"/"+got.Name, cluster, got.Name
	x.Mode, x.Size, x.DBName, x.User = got.Mode, got.Size, got.Database, got.User
	conn, private := cmp.Or(got.Connection, &godo.DatabaseConnection{}), cmp.Or(got.PrivateConnection, &godo.DatabaseConnection{})
	x.Host, x.Port, x.URI, x.Password = conn.Host, conn.Port, conn.URI, conn.Password
	x.PrivateHost, x.PrivateURI = private.Host, private.URI
}
