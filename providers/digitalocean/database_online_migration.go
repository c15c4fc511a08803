package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseMigration struct {
	ID                      string            `cty:"id"                         is:"computed"                 doc:"UUID of the migration."`
	ClusterID               string            `cty:"cluster_id"                 is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster that is filled."`
	Source                  []migrationSource `cty:"source"                     is:"required,blind,max=1" doc:"Server that the data comes from."`
	SourcePasswordWO        string            `cty:"source_password_wo"         is:"optional,writeonly"       doc:"Password of the source, in place of source.password; kept nowhere."`
	SourcePasswordWOVersion int               `cty:"source_password_wo_version" is:"optional,replace,blind"   doc:"Another number starts anew, with the password of then."`
	DisableSSL              bool              `cty:"disable_ssl"                is:"optional,replace,blind"   doc:"Whether the source is reached without TLS."`
	IgnoreDBs               []string          `cty:"ignore_dbs"                 is:"optional,replace,blind,set" doc:"Names of databases that stay out."`
	Status                  string            `cty:"status"                     is:"computed"                 doc:"State: running, syncing, done, canceled or error."`
	CreatedAt               string            `cty:"created_at"                 is:"computed"                 doc:"Time of the start, RFC 3339."`
}

type migrationSource struct {
	Host     string `cty:"host"     is:"required"           doc:"Host name of the server."`
	Port     int    `cty:"port"     is:"required"           doc:"Port that it listens on."`
	DBName   string `cty:"db_name"  is:"required"           doc:"Name of its default database."`
	Username string `cty:"username" is:"required"           doc:"Name of the user to log in as."`
	Password string `cty:"password" is:"optional,sensitive" doc:"Password of the user; state seals it, source_password_wo keeps it out."`
}

var databaseMigrationType = providers.Resource[*client, databaseMigration]{
	Type:   "digitalocean_database_online_migration",
	Doc:    "Copying another server's data into a cluster, and going on with what changes there.",
	Create: createDatabaseMigration,
	Read:   readDatabaseMigration,
	// Only what the API never shows can differ without a replacement.
	Update: func(ctx context.Context, c *client, was databaseMigration, x *databaseMigration) error {
		x.ID = was.ID
		return readDatabaseMigration(ctx, c, x)
	},
	Delete: deleteDatabaseMigration,
	List:   listDatabaseMigrations,
	Import: func(id string) (databaseMigration, error) { return databaseMigration{ClusterID: id}, nil },
	Within: func(x databaseMigration) string { return x.ClusterID },
	Check:  checkDatabaseMigration,
	// Of one that was imported nobody knows the source.
	Replaces: func(was, want databaseMigration) []string {
		if len(was.Source) > 0 && !slices.Equal(was.Source, want.Source) {
			return []string{"source"}
		}
		return nil
	},
	Lock: func(x databaseMigration) string { return databaseLock(x.ClusterID) },
	// A cluster has one at a time.
	Unique:    true,
	ImportID:  func(x databaseMigration) string { return x.ClusterID },
	Natural:   func(x databaseMigration) string { return x.ClusterID },
	Redundant: true, // something that is done, and nothing that is there
	Examples: []string{
		exampleMySQL + `

resource "digitalocean_database_online_migration" "example" {
  cluster_id         = digitalocean_database_cluster.ml.id
  source_password_wo = "of-the-old-server"

  source {
    host     = "db.example.com"
    port     = 3306
    db_name  = "defaultdb"
    username = "root"
  }
}`,
		exampleMySQL + `

resource "digitalocean_database_online_migration" "example" {
  cluster_id                 = digitalocean_database_cluster.ml.id
  source_password_wo         = "another"
  source_password_wo_version = 2
  ignore_dbs                 = ["scratch"]

  source {
    host     = "db.example.com"
    port     = 3306
    db_name  = "defaultdb"
    username = "root"
  }
}`,
		exampleMySQL + `

resource "digitalocean_database_online_migration" "example" {
  cluster_id = digitalocean_database_cluster.ml.id

  source {
    host     = "db.example.com"
    port     = 3306
    db_name  = "defaultdb"
    username = "root"
    password = "of-the-old-server"
  }
}`,
	},
}

func createDatabaseMigration(ctx context.Context, c *client, x *databaseMigration, _ providers.Attempt) error {
	s := x.Source[0]
	got, _, err := c.Databases.StartOnlineMigration(ctx, x.ClusterID, &godo.DatabaseStartOnlineMigrationRequest{
		Source: &godo.DatabaseOnlineMigrationConfig{
			Host: s.Host, Port: s.Port, DatabaseName: s.DBName, Username: s.Username, Password: cmp.Or(x.SourcePasswordWO, s.Password),
		},
		DisableSSL: x.DisableSSL, IgnoreDBs: x.IgnoreDBs,
	})
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

// readDatabaseMigration sees only the latest of a cluster: another one is not x.
func readDatabaseMigration(ctx context.Context, c *client, x *databaseMigration) error {
	got, _, err := c.Databases.GetOnlineMigrationStatus(ctx, x.ClusterID)
	if err != nil {
		return gone(err)
	}
	if got.ID == "" || (x.ID != "" && x.ID != got.ID) || got.Status == "canceled" {
		return providers.ErrGone
	}
	x.fill(got)
	return settledMigration(got)
}

func deleteDatabaseMigration(ctx context.Context, c *client, x databaseMigration) error {
	_, err := c.Databases.StopOnlineMigration(ctx, x.ClusterID, x.ID)
	return gone(err)
}

func listDatabaseMigrations(ctx context.Context, c *client, in databaseMigration) iter.Seq2[databaseMigration, error] {
	return func(yield func(databaseMigration, error) bool) {
		x := databaseMigration{ClusterID: in.ClusterID}
		if err := readDatabaseMigration(ctx, c, &x); !errors.Is(err, providers.ErrGone) {
			yield(x, err)
		}
	}
}

func checkDatabaseMigration(_ *databaseMigration, x databaseMigration) error {
	for _, s := range x.Source {
		switch {
		case s.Password != "" && x.SourcePasswordWO != "":
			return errors.New("source.password and source_password_wo say the same: leave one out")
		case s.Port < 1 || s.Port > 65535:
			return fmt.Errorf("port %d of the source is none: 1 to 65535", s.Port)
		}
	}
	return nil
}

func (x *databaseMigration) fill(got *godo.DatabaseOnlineMigrationStatus) {
	x.ID, x.Status, x.CreatedAt = got.ID, got.Status, got.CreatedAt
}

// settledMigration returns ErrNotReady until the first copy is made, and
// ErrBroken when it has failed.
func settledMigration(got *godo.DatabaseOnlineMigrationStatus) error {
	switch got.Status {
	case "running":
		return providers.ErrNotReady
	case "error":
		return fmt.Errorf("the migration %w: the source could not be reached or read; check its address, user and password, and that it lets the cluster in", providers.ErrBroken)
	}
	return nil
}
