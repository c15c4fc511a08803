package google

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"google.golang.org/api/sqladmin/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type sqlDatabase struct {
	ID             string `cty:"id"              is:"computed"          doc:"Path: projects/PROJECT/instances/INSTANCE/databases/NAME."`
	Name           string `cty:"name"            is:"required,replace"  doc:"Name, unique in the instance."`
	Instance       string `cty:"instance"        is:"required,replace"  doc:"Name of the Cloud SQL instance."`
	Project        string `cty:"project"         is:"default,replace"   doc:"Id of the project; absent means the provider's."`
	Charset        string `cty:"charset"         is:"default"           doc:"Character set, such as UTF8 or utf8mb4."`
	Collation      string `cty:"collation"       is:"default"           doc:"Collation, such as en_US.UTF8."`
	DeletionPolicy string `cty:"deletion_policy" is:"else=DELETE,blind" doc:"DELETE, PREVENT, or ABANDON to forget it and leave it there."`
	SelfLink       string `cty:"self_link"       is:"computed"          doc:"URL of the database."`
}

var sqlDatabaseType = providers.Resource[*client, sqlDatabase]{
	Type:   "google_sql_database",
	Doc:    "A database in a Cloud SQL instance.",
	Holds:  "its tables",
	Create: createSQLDatabase,
	Read:   readSQLDatabase,
	Import: func(id string) (x sqlDatabase, err error) {
		x.ID, err = importPath("projects/PROJECT/instances/INSTANCE/databases/NAME", id, 2)
		x.DeletionPolicy = "DELETE"
		return x, err
	},
	Update: updateSQLDatabase,
	Delete: deleteSQLDatabase,
	List:   listSQLDatabases,
	Within: func(x sqlDatabase) string { return x.Project + "/" + lastPart(x.Instance) },
	Spell:  spellSQLDatabase,
	Check:  func(_ *sqlDatabase, x sqlDatabase) error { return checkDeletionPolicy(x.DeletionPolicy) },
	Lock:   func(x sqlDatabase) string { return sqlLock(x.Instance) },
	// An instance that is stopped lists nothing.
	Shallow: true,
	Examples: []string{
		exampleSQL + `

resource "google_sql_database" "example" {
  instance = google_sql_database_instance.ml.name
  name     = "mlflow"
}`,
		exampleSQL + `

resource "google_sql_database" "example" {
  instance  = google_sql_database_instance.ml.name
  name      = "mlflow"
  collation = "utf8mb4_bin"
}`,
		exampleSQL + `

resource "google_sql_database" "example" {
  instance = google_sql_database_instance.ml.name
  name     = "feast"
}`,
	},
}

// exampleSQL is what the examples of an instance's parts stand on.
const exampleSQL = `resource "google_sql_database_instance" "ml" {
  database_version    = "MYSQL_8_0"
  deletion_protection = false

  settings {
    tier = "db-f1-micro"
  }
}`

func createSQLDatabase(ctx context.Context, c *client, x *sqlDatabase, _ providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	instance := lastPart(x.Instance)
	err = startedSQL(c.sql.Databases.Insert(project, instance, &sqladmin.Database{
		Name: x.Name, Project: project, Instance: instance, Charset: x.Charset, Collation: x.Collation,
	}).Context(ctx).Do())
	if isAnswer(err) {
		x.ID, x.Project = sqlDatabaseID(project, instance, x.Name), project
	}
	return err
}

func sqlDatabaseID(project, instance, name string) string {
	return "projects/" + project + "/instances/" + instance + "/databases/" + name
}

func readSQLDatabase(ctx context.Context, c *client, x *sqlDatabase) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	project, instance := part(x.ID, "projects"), part(x.ID, "instances")
	got, err := c.sql.Databases.Get(project, instance, x.name()).Context(ctx).Do()
	if err != nil {
		return c.sqlPart(ctx, project, instance, err)
	}
	x.fill(got)
	return nil
}

// sqlPart says what an error means for a part of an instance. One that is
// stopped shows nothing, and keeps all.
func (c *client) sqlPart(ctx context.Context, project, instance string, err error) error {
	if !strings.Contains(err.Error(), "is not running") {
		return gone(err)
	}
	_, err = c.sql.Instances.Get(project, instance).Context(ctx).Do()
	return gone(err)
}

func updateSQLDatabase(ctx context.Context, c *client, was sqlDatabase, x *sqlDatabase) error {
	x.ID = was.ID
	if strings.EqualFold(x.Charset, was.Charset) && x.Collation == was.Collation {
		return nil // deletion_policy is ours alone
	}
	project, instance := part(x.ID, "projects"), part(x.ID, "instances")
	return c.busySQL(ctx, project, instance, startedSQL(c.sql.Databases.Patch(project, instance, x.name(), &sqladmin.Database{
		Charset: x.Charset, Collation: x.Collation,
	}).Context(ctx).Do()))
}

func deleteSQLDatabase(ctx context.Context, c *client, x sqlDatabase) error {
	if err := mayDelete(x.DeletionPolicy, "database "+x.Name); err != nil {
		return err
	}
	project, instance := part(x.ID, "projects"), part(x.ID, "instances")
	return gone(c.busySQL(ctx, project, instance, startedSQL(c.sql.Databases.Delete(project, instance, x.name()).Context(ctx).Do())))
}

func listSQLDatabases(ctx context.Context, c *client, in sqlDatabase) iter.Seq2[sqlDatabase, error] {
	return sqlParts(ctx, c, in.Project, in.Instance, func(project, instance string) ([]*sqladmin.Database, error) {
		got, err := c.sql.Databases.List(project, instance).Context(ctx).Do()
		if err != nil {
			return nil, err
		}
		return got.Items, nil
	}, (*sqlDatabase).fill)
}

// sqlParts lists what an instance holds. While it is at work something may be on
// its way that no list shows yet.
func sqlParts[S, T any](ctx context.Context, c *client, project, instance string, list func(project, instance string) ([]S, error), fill func(*T, S)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		project, err := c.project(project)
		instance := lastPart(instance)
		var items []S
		if err == nil {
			err = c.idleSQL(ctx, project, instance)
		}
		if err == nil {
			items, err = list(project, instance)
		}
		if err != nil && gone(err) != providers.ErrGone {
			yield(*new(T), err)
			return
		}
		for _, item := range items {
			var x T
			fill(&x, item)
			if !yield(x, nil) {
				return
			}
		}
	}
}

// idleSQL fails, busy, while an operation on an instance goes on.
func (c *client) idleSQL(ctx context.Context, project, instance string) error {
	op, err := c.runningSQL(ctx, project, instance)
	if err == nil && op != nil {
		return &operationError{op.Name, "operationInProgress", op.OperationType + " of " + instance + " goes on"}
	}
	return err
}

// name returns what follows the last part of the path before it: names may have
// slashes.
func (x *sqlDatabase) name() string {
	_, name, _ := strings.Cut(x.ID, "/databases/")
	return name
}

func (x *sqlDatabase) fill(got *sqladmin.Database) {
	x.ID, x.Name = sqlDatabaseID(got.Project, got.Instance, got.Name), got.Name
	x.Instance, x.Project, x.SelfLink = got.Instance, got.Project, got.SelfLink
	x.Charset, x.Collation = got.Charset, got.Collation
}

func spellSQLDatabase(was sqlDatabase, x *sqlDatabase) {
	respell(was.Project, &x.Project)
	respell(was.Instance, &x.Instance)
	if strings.EqualFold(was.Charset, x.Charset) {
		x.Charset = was.Charset
	}
}

func checkDeletionPolicy(policy string) error {
	if known := []string{"DELETE", "ABANDON", "PREVENT"}; !slices.Contains(known, policy) {
		return fmt.Errorf("deletion_policy %q is none of %s", policy, strings.Join(known, ", "))
	}
	return nil
}

// mayDelete returns why something is not deleted; ErrGone makes the engine
// forget what is to be abandoned.
func mayDelete(policy, what string) error {
	switch policy {
	case "PREVENT":
		return fmt.Errorf("deletion_policy of %s is PREVENT: set it to DELETE, apply, and delete it then", what)
	case "ABANDON":
		return providers.ErrGone
	}
	return nil
}
