package digitalocean

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"reflect"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseUser struct {
	ID              string         `cty:"id"                is:"computed"                doc:"UUID of the cluster, /user/ and the name."`
	ClusterID       string         `cty:"cluster_id"        is:"required,replace,ref=digitalocean_database_cluster" doc:"UUID of the cluster."`
	Name            string         `cty:"name"              is:"required,replace"        doc:"Name, unique in the cluster."`
	MySQLAuthPlugin string         `cty:"mysql_auth_plugin" is:"default" usual:"caching_sha2_password"                 doc:"How MySQL checks the password; a change makes a new one."`
	Settings        []userSettings `cty:"settings" is:"default,max=1" doc:"What the user may do, in the words of the engine."`
	Role            string         `cty:"role"              is:"computed"                doc:"Role: primary or normal."`
	Password        string         `cty:"password"          is:"computed,sensitive,after=mysql_auth_plugin" doc:"Password, made by the API."`
	AccessCert      string         `cty:"access_cert"       is:"computed,sensitive"      doc:"Client certificate, for Kafka only."`
	AccessKey       string         `cty:"access_key"        is:"computed,sensitive"      doc:"Key of the client certificate, for Kafka only."`
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
		cluster, name, err := importDatabasePart(id, "/user/", "user")
		return databaseUser{ID: cluster + "/user/" + name, ClusterID: cluster, Name: name}, err
	},
	Within: func(x databaseUser) string { return x.ClusterID },
	Spell:  spellDatabaseUser,
	Check:  checkDatabaseUser,
	Warn: func(x databaseUser) string {
		if x.Password != "" {
			return ""
		}
		return "its password is empty: the token lacks the scope database:view_credentials, or it is an older user of MongoDB, whose password only the create shows"
	},
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
		exampleKafka + `

resource "digitalocean_database_user" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "feast"

  settings {
    acl {
      topic      = "features"
      permission = "produce"
    }

    acl {
      topic      = "predictions.*"
      permission = "consume"
    }
  }
}`,
		exampleKafka + `

resource "digitalocean_database_user" "example" {
  cluster_id = digitalocean_database_cluster.ml.id
  name       = "feast"

  settings {
    acl {
      topic      = "features"
      permission = "produceconsume"
    }
  }
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
	body := userView{Settings: settingsView(x.Settings)}
	body.Name = x.Name
	if x.MySQLAuthPlugin != "" {
		body.MySQLSettings = &godo.DatabaseMySQLUserSettings{AuthPlugin: x.MySQLAuthPlugin}
	}
	var got struct{ User userView }
	if err := call(ctx, c, "POST", usersPath(x.ClusterID), body, &got); err != nil {
		return err
	}
	x.fill(x.ClusterID, &got.User)
	return nil
}

func readDatabaseUser(ctx context.Context, c *client, x *databaseUser) error {
	cluster, name := databasePart(x.ID, "user")
	var got struct{ User userView }
	if err := call(ctx, c, "GET", userPath(cluster, name), nil, &got); err != nil {
		return gone(err)
	}
	x.fill(cluster, &got.User)
	return nil
}

// updateDatabaseUser changes the plugin and the settings. The API makes a new
// password for each plugin: it is asked only when there is need.
func updateDatabaseUser(ctx context.Context, c *client, was databaseUser, x *databaseUser) error {
	plugin, settings := x.MySQLAuthPlugin, settingsView(x.Settings)
	x.ID = was.ID
	if err := readDatabaseUser(ctx, c, x); err != nil {
		return err
	}
	if plugin != "" && plugin != x.MySQLAuthPlugin {
		got, _, err := c.Databases.ResetUserAuth(ctx, was.ClusterID, was.Name, &godo.DatabaseResetUserAuthRequest{
			MySQLSettings: &godo.DatabaseMySQLUserSettings{AuthPlugin: plugin},
		})
		if err != nil {
			return err
		}
		x.MySQLAuthPlugin, x.Password = plugin, got.Password
	}
	if settings == nil || reflect.DeepEqual(settings, settingsView(was.Settings)) {
		return nil
	}
	body := map[string]any{"settings": settings}
	if err := call(ctx, c, "PUT", userPath(was.ClusterID, was.Name), body, nil); err != nil {
		return err
	}
	return readDatabaseUser(ctx, c, x)
}

func deleteDatabaseUser(ctx context.Context, c *client, x databaseUser) error {
	_, err := c.Databases.DeleteUser(ctx, x.ClusterID, x.Name)
	return gone(err)
}

func listDatabaseUsers(ctx context.Context, c *client, in databaseUser) iter.Seq2[databaseUser, error] {
	fetch := func(ctx context.Context, cluster string, opt *godo.ListOptions) ([]userView, *godo.Response, error) {
		var got struct {
			Users []userView
			Links *godo.Links
		}
		err := call(ctx, c, "GET", fmt.Sprintf("%s?page=%d&per_page=%d", usersPath(cluster), opt.Page, opt.PerPage), nil, &got)
		return got.Users, &godo.Response{Links: got.Links}, err
	}
	return inCluster(ctx, in.ClusterID, fetch, func(x *databaseUser, got *userView) error {
		x.fill(in.ClusterID, got)
		return nil
	})
}

func checkDatabaseUser(_ *databaseUser, x databaseUser) error {
	switch x.MySQLAuthPlugin {
	case "", godo.SQLAuthPluginNative, godo.SQLAuthPluginCachingSHA2:
	default:
		return fmt.Errorf("mysql_auth_plugin %q is neither %s nor %s", x.MySQLAuthPlugin, godo.SQLAuthPluginNative, godo.SQLAuthPluginCachingSHA2)
	}
	for _, s := range x.Settings {
		if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

// spellDatabaseUser keeps what some engines, and a token that may not see
// credentials, show only in the answer to the create.
func spellDatabaseUser(was databaseUser, x *databaseUser) {
	x.Password = cmp.Or(x.Password, was.Password)
	x.AccessCert = cmp.Or(x.AccessCert, was.AccessCert)
	x.AccessKey = cmp.Or(x.AccessKey, was.AccessKey)
	if len(x.Settings) == 0 {
		x.Settings = was.Settings
	}
	for i := range min(len(x.Settings), len(was.Settings)) {
		x.Settings[i].order(was.Settings[i])
	}
}

func (x *databaseUser) fill(cluster string, got *userView) {
	x.ID, x.ClusterID, x.Name = cluster+"/user/"+got.Name, cluster, got.Name
	x.Role = cmp.Or(got.Role, "normal")
	x.MySQLAuthPlugin = ""
	if got.MySQLSettings != nil {
		x.MySQLAuthPlugin = got.MySQLSettings.AuthPlugin
	}
	x.Password, x.AccessCert, x.AccessKey = got.Password, got.AccessCert, got.AccessKey
	x.Settings = got.Settings.settings()
}
