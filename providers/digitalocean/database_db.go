package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseDB struct {
	ID        string `cty:"id"         is:"computed"                doc:"UUID of the cluster, /database/ and the name."`
	ClusterID string `cty:"cluster_id" is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name      string `cty:"name"       is:"required,replace"        doc:"Name, unique in the cluster."`
}

var databaseDBType = providers.Resource[*client, databaseDB]{
	Type:   "digitalocean_database_db",
	Doc:    "A database in a managed cluster.",
	Holds:  "its tables",
	Create: createDatabaseDB,
	Read:   readDatabaseDB,
	Delete: deleteDatabaseDB,
	List:   listDatabaseDBs,
	Import: func(id string) (databaseDB, error) {
		cluster, name, err := importDatabasePart(id, "/database/", "database")
		return databaseDB{ID: cluster + "/database/" + name, ClusterID: cluster, Name: name}, err
	},
	Within:   func(x databaseDB) string { return x.ClusterID },
	Lock:     func(x databaseDB) string { return databaseLock(x.ClusterID) },
	ImportID: func(x databaseDB) string { return x.ClusterID + "," + x.Name },
	Natural:  func(x databaseDB) string { return x.Name },
	// Clusters are made with one.
	Given: func(x databaseDB) bool { return x.Name == "defaultdb" },
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_db" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "mlflow"
}`,
		exampleCluster + `

resource "digitalocean_database_db" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "feast"
}`,
	},
}

// exampleCluster is what the examples of a cluster's parts stand on.
const exampleCluster = `resource "digitalocean_database_cluster" "ml" {
  name       = "ml-metadata"
  engine     = "pg"
  version    = "16"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}`

func createDatabaseDB(ctx context.Context, c *client, x *databaseDB, _ providers.Attempt) error {
	got, _, err := c.Databases.CreateDB(ctx, x.ClusterID, &godo.DatabaseCreateDBRequest{Name: x.Name})
	if err != nil {
		return err
	}
	x.fill(x.ClusterID, got)
	return nil
}

func readDatabaseDB(ctx context.Context, c *client, x *databaseDB) error {
	cluster, name := databasePart(x.ID, "database")
	got, _, err := c.Databases.GetDB(ctx, cluster, name)
	if err != nil {
		return gone(err)
	}
	x.fill(cluster, got)
	return nil
}

func deleteDatabaseDB(ctx context.Context, c *client, x databaseDB) error {
	_, err := c.Databases.DeleteDB(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func listDatabaseDBs(ctx context.Context, c *client, in databaseDB) iter.Seq2[databaseDB, error] {
	return inCluster(ctx, in.ClusterID, c.Databases.ListDBs, func(x *databaseDB, got *godo.DatabaseDB) error {
		x.fill(in.ClusterID, got)
		return nil
	})
}

func (x *databaseDB) fill(cluster string, got *godo.DatabaseDB) {
	x.ID, x.ClusterID, x.Name = cluster+"/database/"+got.Name, cluster, got.Name
}

// databasePart splits the id of a part of a cluster, which has the kind in the
// middle.
func databasePart(id, kind string) (cluster, name string) {
	cluster, name, _ = strings.Cut(id, "/"+kind+"/")
	return cluster, name
}

// importDatabasePart takes the cluster, a comma and the name of what, or an id of
// ours with a separator between the two.
func importDatabasePart(id, between, what string) (cluster, name string, err error) {
	cluster, name, ok := strings.Cut(id, ",")
	if !ok {
		cluster, name, _ = strings.Cut(id, between)
	}
	if cluster == "" || name == "" {
		return "", "", fmt.Errorf("%q is not the id of the cluster, a comma and the name of the %s, such as 245bcfd0-7f31-4ce6-a2bc-475a116cca97,mlflow", id, what)
	}
	return cluster, name, nil
}

// inCluster lists what a cluster holds; a cluster that is gone holds nothing.
func inCluster[S, T any](ctx context.Context, cluster string, fetch func(context.Context, string, *godo.ListOptions) ([]S, *godo.Response, error), fill func(*T, *S) error) iter.Seq2[T, error] {
	return pages(ctx, func(ctx context.Context, opt *godo.ListOptions) ([]S, *godo.Response, error) {
		items, resp, err := fetch(ctx, cluster, opt)
		if gone(err) == providers.ErrGone {
			return nil, &godo.Response{}, nil
		}
		return items, resp, err
	}, fill)
}
