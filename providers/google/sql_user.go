package google

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"google.golang.org/api/sqladmin/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type sqlUser struct {
	ID             string   `cty:"id"              is:"computed"                 doc:"Name, host and instance, with slashes in between."`
	Name           string   `cty:"name"            is:"required,replace"         doc:"Name; of IAM users the address."`
	Instance       string   `cty:"instance"        is:"required,replace"         doc:"Name of the Cloud SQL instance."`
	Host           string   `cty:"host"            is:"default,replace"          doc:"From where MySQL lets it in; absent means anywhere."`
	Project        string   `cty:"project"         is:"default,replace"          doc:"Id of the project; absent means the provider's."`
	Type           string   `cty:"type"            is:"else=BUILT_IN,replace"    doc:"BUILT_IN, CLOUD_IAM_USER, _SERVICE_ACCOUNT or _GROUP."`
	Password       string   `cty:"password"        is:"optional,sensitive,blind" doc:"Password of a built-in user."`
	DatabaseRoles  []string `cty:"database_roles"  is:"optional,blind"           doc:"Roles in the database, such as cloudsqlsuperuser."`
	DeletionPolicy string   `cty:"deletion_policy" is:"else=DELETE,blind"        doc:"DELETE, PREVENT, or ABANDON to forget it and leave it there."`
	IAMEmail       string   `cty:"iam_email"       is:"computed"                 doc:"Address of an IAM user of MySQL."`
}

var sqlUserType = providers.Resource[*client, sqlUser]{
	Type:   "google_sql_user",
	Doc:    "A user of a Cloud SQL instance.",
	Create: createSQLUser,
	Read:   readSQLUser,
	Import: importSQLUser,
	Update: updateSQLUser,
	Delete: deleteSQLUser,
	List:   listSQLUsers,
	Within: func(x sqlUser) string { return x.Project + "/" + lastPart(x.Instance) },
	Spell:  spellSQLUser,
	Check:  checkSQLUser,
	Lock:   func(x sqlUser) string { return sqlLock(x.Instance) },
	// An instance that is stopped lists nothing.
	Shallow: true,
	Examples: []string{
		exampleSQL + `

resource "google_sql_user" "example" {
  instance = google_sql_database_instance.ml.name
  name     = "mlflow"
  password = "correct-horse-battery"
}`,
		exampleSQL + `

resource "google_sql_user" "example" {
  instance = google_sql_database_instance.ml.name
  name     = "mlflow"
  password = "staple-correct-horse"
}`,
		exampleSQL + `

resource "google_sql_user" "example" {
  instance = google_sql_database_instance.ml.name
  name     = "feast"
  host     = "203.0.113.7"
  password = "staple-correct-horse"
}`,
	},
}

// createSQLUser looks first: the API takes a second create of a user as a new
// password. Only who came with the instance may be taken over that way.
func createSQLUser(ctx context.Context, c *client, x *sqlUser, _ providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	instance := lastPart(x.Instance)
	server, err := c.sql.Instances.Get(project, instance).Context(ctx).Do()
	if err != nil {
		return err
	}
	name, host := x.Name, x.Host
	switch mysql := isMySQL(server.DatabaseVersion); {
	case mysql:
		name, host = x.mysqlName(), cmp.Or(host, "%")
	case host != "":
		return fmt.Errorf("host %q is for MySQL, not for %s: leave it out", host, server.DatabaseVersion)
	}
	there, err := c.sqlUser(ctx, project, instance, *x)
	if err != nil {
		return err
	}
	if root, _ := rootOf(server.DatabaseVersion); there != nil && there.Host == host && name != root {
		return fmt.Errorf("user %s of %s exists already: choose another name, or delete it", name, instance)
	}
	user := &sqladmin.User{Name: x.Name, Host: x.Host, Instance: instance, Project: project, Password: x.Password, DatabaseRoles: x.DatabaseRoles}
	if x.Type != "BUILT_IN" {
		user.Type = x.Type
	}
	err = startedSQL(c.sql.Users.Insert(project, instance, user).Context(ctx).Do())
	if isAnswer(err) {
		x.ID, x.Host, x.Project = sqlUserID(name, host, instance), host, project
	}
	return err
}

// sqlUserID is as in Terraform's provider: PostgreSQL's users have two slashes.
func sqlUserID(name, host, instance string) string { return name + "/" + host + "/" + instance }

func readSQLUser(ctx context.Context, c *client, x *sqlUser) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	got, err := c.sqlUser(ctx, project, lastPart(x.Instance), *x)
	switch {
	case err != nil:
		return c.sqlPart(ctx, project, lastPart(x.Instance), err)
	case got == nil:
		return providers.ErrGone
	}
	x.fill(project, got)
	return nil
}

// importSQLUser takes the project, the instance, of MySQL the host, and the name.
func importSQLUser(id string) (sqlUser, error) {
	parts := strings.Split(id, "/")
	x := sqlUser{Type: "BUILT_IN", DeletionPolicy: "DELETE"}
	switch {
	case slices.Contains(parts, "") || len(parts) < 3 || len(parts) > 4:
		return x, fmt.Errorf("%q is neither PROJECT/INSTANCE/NAME nor, of MySQL, PROJECT/INSTANCE/HOST/NAME", id)
	case len(parts) == 4:
		x.Host = parts[2]
	}
	x.Project, x.Instance, x.Name = parts[0], parts[1], parts[len(parts)-1]
	return x, nil
}

// sqlUser returns the user as the API shows it; nil if there is none.
func (c *client) sqlUser(ctx context.Context, project, instance string, x sqlUser) (*sqladmin.User, error) {
	got, err := c.sql.Users.List(project, instance).Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(got.Items, func(u *sqladmin.User) bool {
		named := u.Name == x.Name || (u.Host != "" && u.Name == x.mysqlName())
		return named && (x.Host == "" || u.Host == x.Host)
	})
	if i < 0 {
		return nil, nil
	}
	return got.Items[i], nil
}

// mysqlName is what MySQL calls the user: of the address of a person or a
// service account it takes the part before the @.
func (x *sqlUser) mysqlName() string {
	if x.Type == "CLOUD_IAM_USER" || x.Type == "CLOUD_IAM_SERVICE_ACCOUNT" {
		name, _, _ := strings.Cut(x.Name, "@")
		return name
	}
	return x.Name
}

func updateSQLUser(ctx context.Context, c *client, was sqlUser, x *sqlUser) error {
	x.ID = was.ID
	roles := !slices.Equal(was.DatabaseRoles, x.DatabaseRoles)
	if was.Password == x.Password && !roles {
		return nil // deletion_policy is ours alone
	}
	instance := lastPart(was.Instance)
	there, err := c.sqlUser(ctx, was.Project, instance, was)
	switch {
	case err != nil:
		return gone(err)
	case there == nil:
		return providers.ErrGone
	}
	call := c.sql.Users.Update(was.Project, instance, &sqladmin.User{Name: there.Name, Password: x.Password, Type: there.Type}).Name(there.Name).Host(there.Host)
	if roles {
		call.DatabaseRoles(x.DatabaseRoles...).RevokeExistingRoles(true)
	}
	return c.busySQL(ctx, was.Project, instance, startedSQL(call.Context(ctx).Do()))
}

func deleteSQLUser(ctx context.Context, c *client, x sqlUser) error {
	if err := mayDelete(x.DeletionPolicy, "user "+x.Name); err != nil {
		return err
	}
	instance := lastPart(x.Instance)
	there, err := c.sqlUser(ctx, x.Project, instance, x)
	switch {
	case err != nil:
		return gone(err)
	case there == nil:
		return providers.ErrGone
	}
	return gone(c.busySQL(ctx, x.Project, instance, startedSQL(c.sql.Users.Delete(x.Project, instance).Name(there.Name).Host(there.Host).Context(ctx).Do())))
}

func listSQLUsers(ctx context.Context, c *client, in sqlUser) iter.Seq2[sqlUser, error] {
	return sqlParts(ctx, c, in.Project, in.Instance, func(project, instance string) ([]*sqladmin.User, error) {
		got, err := c.sql.Users.List(project, instance).Context(ctx).Do()
		if err != nil {
			return nil, err
		}
		return got.Items, nil
	}, func(x *sqlUser, got *sqladmin.User) { x.fill(cmp.Or(in.Project, c.settings.Project), got) })
}

func (x *sqlUser) fill(project string, got *sqladmin.User) {
	x.ID, x.Name, x.Instance = sqlUserID(got.Name, got.Host, got.Instance), got.Name, got.Instance
	x.Host, x.Project, x.IAMEmail = got.Host, project, got.IamEmail
	x.Type = cmp.Or(got.Type, "BUILT_IN") // not shown of built-in users
}

func spellSQLUser(was sqlUser, x *sqlUser) {
	respell(was.Project, &x.Project)
	respell(was.Instance, &x.Instance)
	if x.Name == was.mysqlName() || x.mysqlName() == was.Name {
		x.Name = was.Name
	}
}

func checkSQLUser(_ *sqlUser, want sqlUser) error {
	known := []string{"BUILT_IN", "CLOUD_IAM_USER", "CLOUD_IAM_SERVICE_ACCOUNT", "CLOUD_IAM_GROUP"}
	switch {
	case !slices.Contains(known, want.Type):
		return fmt.Errorf("type %q is none of %s", want.Type, strings.Join(known, ", "))
	case want.Type != "BUILT_IN" && want.Password != "":
		return fmt.Errorf("password: users of type %s have none", want.Type)
	}
	return checkDeletionPolicy(want.DeletionPolicy)
}
