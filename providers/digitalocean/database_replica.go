package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// databaseAccess is how the default user reaches a cluster or a replica.
type databaseAccess struct {
	Host        string `cty:"host"         is:"computed"           doc:"Host name on the internet."`
	PrivateHost string `cty:"private_host" is:"computed"           doc:"Host name in the private network."`
	Port        int    `cty:"port"         is:"computed"           doc:"Port that it listens on."`
	URI         string `cty:"uri"          is:"computed,sensitive" doc:"URI on the internet, with user and password."`
	PrivateURI  string `cty:"private_uri"  is:"computed,sensitive" doc:"URI in the private network, with user and password."`
	Database    string `cty:"database"     is:"computed"           doc:"Name of the default database."`
	User        string `cty:"user"         is:"computed"           doc:"Name of the default user."`
	Password    string `cty:"password"     is:"computed,sensitive" doc:"Password of the default user."`
}

type databaseReplica struct {
	providers.Aside

	ID                 string   `cty:"id"                   is:"computed"           doc:"UUID of the cluster, /replicas/ and the name."`
	UUID               string   `cty:"uuid"                 is:"computed"           doc:"UUID of the replica, which its firewall takes as cluster_id."`
	ClusterID          string   `cty:"cluster_id"           is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster, a PostgreSQL or MySQL."`
	Name               string   `cty:"name"                 is:"required,replace"   doc:"Name, unique in the cluster."`
	Size               string   `cty:"size"                 is:"required"           doc:"Slug of the size, at least the cluster's; it only grows."`
	Region             string   `cty:"region"               is:"default,replace"    doc:"Slug of the region; the cluster's if absent."`
	Tags               []string `cty:"tags"                 is:"optional,replace,set,ref=digitalocean_tag.name" doc:"Tags of the replica."`
	PrivateNetworkUUID string   `cty:"private_network_uuid" is:"default,replace,ref=digitalocean_vpc" doc:"UUID of its network; the region's default if absent."`
	StorageSizeMiB     string   `cty:"storage_size_mib"     is:"default,after=size" doc:"Size of the disk in MiB; it only grows."`
	databaseAccess
}

var databaseReplicaType = providers.Resource[*client, databaseReplica]{
	Type:   "digitalocean_database_replica",
	Doc:    "A read-only copy of a managed PostgreSQL or MySQL.",
	Create: createDatabaseReplica,
	Read:   readDatabaseReplica,
	Update: updateDatabaseReplica,
	Delete: deleteDatabaseReplica,
	Find:   findDatabaseReplica,
	List:   listDatabaseReplicas,
	Mark:   providers.InTags,
	// Without a cluster there is no list.
	Collections: []databaseReplica{},
	Import: func(id string) (databaseReplica, error) {
		cluster, name, err := importDatabasePart(id, "/replicas/", "replica")
		return databaseReplica{ID: replicaID(cluster, name), ClusterID: cluster, Name: name}, err
	},
	Within:   func(x databaseReplica) string { return x.ClusterID },
	Spell:    spellDatabaseReplica,
	Check:    checkDatabaseReplica,
	Warn:     func(x databaseReplica) string { return withoutCredentials(x.Password) },
	Lock:     func(x databaseReplica) string { return databaseLock(x.ClusterID) },
	ImportID: func(x databaseReplica) string { return x.ClusterID + "," + x.Name },
	Natural:  func(x databaseReplica) string { return x.Name },
	// As observed, a new replica is not found for a while.
	Grace: 2 * time.Minute,
	Examples: []string{
		exampleCluster + `

resource "digitalocean_database_replica" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "reports"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
}`,
		exampleCluster + `

resource "digitalocean_database_replica" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "reports"
  size       = "db-s-1vcpu-2gb"
  region     = "fra1"
}`,
		exampleCluster + `

resource "digitalocean_database_replica" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "reports"
  size       = "db-s-1vcpu-2gb"
  region     = "ams3"
  tags       = ["reports"]
}`,
	},
}

func replicaID(cluster, name string) string { return cluster + "/replicas/" + name }

// createDatabaseReplica takes a 404 for a lost answer while the cluster is there:
// as observed, the replica may have been made all the same.
func createDatabaseReplica(ctx context.Context, c *client, x *databaseReplica, a providers.Attempt) error {
	got, _, err := c.Databases.CreateReplica(ctx, x.ClusterID, &godo.DatabaseCreateReplicaRequest{
		Name: x.Name, Region: x.Region, Size: x.Size, PrivateNetworkUUID: x.PrivateNetworkUUID,
		Tags: marked(x.Tags, a), StorageSizeMib: mib(x.StorageSizeMiB),
	})
	if gone(err) == providers.ErrGone {
		if _, _, look := c.Databases.Get(ctx, x.ClusterID); look == nil {
			return &doubtfulError{err}
		}
	}
	if err != nil {
		return err
	}
	x.fill(x.ClusterID, got)
	return nil
}

func readDatabaseReplica(ctx context.Context, c *client, x *databaseReplica) error {
	cluster, name := databasePart(x.ID, "replicas")
	got, _, err := c.Databases.GetReplica(ctx, cluster, name)
	if err != nil {
		return gone(err)
	}
	x.fill(cluster, got)
	return settledReplica(got)
}

// updateDatabaseReplica resizes: the API takes the replica's own id for that of a
// cluster with one node.
func updateDatabaseReplica(ctx context.Context, c *client, was databaseReplica, x *databaseReplica) error {
	now := databaseReplica{ID: was.ID, Tags: was.Tags}
	err := readDatabaseReplica(ctx, c, &now)
	if errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain
	}
	if err != nil {
		return err
	}
	var storage uint64
	if x.StorageSizeMiB != was.StorageSizeMiB && mib(x.StorageSizeMiB) > mib(now.StorageSizeMiB) {
		storage = mib(x.StorageSizeMiB)
	}
	if x.Size == now.Size && storage == 0 {
		*x = now
		return nil
	}
	_, err = c.Databases.Resize(ctx, now.UUID, &godo.DatabaseResizeRequest{SizeSlug: x.Size, NumNodes: 1, StorageSizeMib: storage})
	return cmp.Or(err, providers.ErrAgain)
}

func deleteDatabaseReplica(ctx context.Context, c *client, x databaseReplica) error {
	_, err := c.Databases.DeleteReplica(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func findDatabaseReplica(ctx context.Context, c *client, x *databaseReplica, a providers.Attempt) (bool, error) {
	all := inCluster(ctx, x.ClusterID, c.Databases.ListReplicas, func(x *godo.DatabaseReplica, got *godo.DatabaseReplica) error { *x = *got; return nil })
	for got, err := range all {
		if err != nil {
			return false, err
		}
		if slices.Contains(got.Tags, a.Token) && got.Name == x.Name {
			x.fill(x.ClusterID, &got)
			return true, nil
		}
	}
	return false, nil
}

func listDatabaseReplicas(ctx context.Context, c *client, in databaseReplica) iter.Seq2[databaseReplica, error] {
	return inCluster(ctx, in.ClusterID, c.Databases.ListReplicas, func(x *databaseReplica, got *godo.DatabaseReplica) error {
		x.fill(in.ClusterID, got)
		return settledReplica(got)
	})
}

func checkDatabaseReplica(was *databaseReplica, x databaseReplica) error {
	if err := checkTags(x.Tags); err != nil {
		return err
	}
	switch {
	case x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) == 0:
		return fmt.Errorf("storage_size_mib %q is not a number of MiB", x.StorageSizeMiB)
	case was != nil && x.Name == was.Name && x.Size == was.Size && x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) < mib(was.StorageSizeMiB):
		return fmt.Errorf("storage_size_mib %s: the disk has %s MiB and cannot shrink", x.StorageSizeMiB, was.StorageSizeMiB)
	}
	return nil
}

// spellDatabaseReplica keeps what a token may not see.
func spellDatabaseReplica(was databaseReplica, x *databaseReplica) {
	if x.Password == "" && was.Password != "" && x.UUID == was.UUID {
		x.Password, x.User, x.URI, x.PrivateURI = was.Password, was.User, was.URI, was.PrivateURI
	}
}

func (x *databaseReplica) fill(cluster string, got *godo.DatabaseReplica) {
	x.ID, x.UUID, x.ClusterID, x.Name = replicaID(cluster, got.Name), got.ID, cluster, got.Name
	x.Size, x.Region, x.PrivateNetworkUUID = got.Size, got.Region, got.PrivateNetworkUUID
	x.Tags, x.Owner = respelled(x.Tags, userTags(got.Tags)), ownerOf(got.Tags)
	x.StorageSizeMiB = ""
	if got.StorageSizeMib > 0 {
		x.StorageSizeMiB = strconv.FormatUint(got.StorageSizeMib, 10)
	}
	conn, private := cmp.Or(got.Connection, &godo.DatabaseConnection{}), cmp.Or(got.PrivateConnection, &godo.DatabaseConnection{})
	x.Host, x.Port, x.URI, x.Password = conn.Host, conn.Port, conn.URI, conn.Password
	x.Database, x.User = conn.Database, conn.User
	x.PrivateHost, x.PrivateURI = private.Host, private.URI
}

// settledReplica returns ErrNotReady while got is being made or changed.
func settledReplica(got *godo.DatabaseReplica) error {
	// The document tells of "active" as well as of "online".
	if got.Status != "online" && got.Status != "active" {
		return providers.ErrNotReady
	}
	return nil
}
