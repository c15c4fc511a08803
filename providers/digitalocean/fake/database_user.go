package fake

import (
	"encoding/json"
	"net/http"
	"slices"
)

// dbUser is a user of a cluster.
type dbUser struct {
	Name     string          `json:"name"`
	Role     string          `json:"role"`
	Password string          `json:"password"`
	Plugin   string          `json:"auth_plugin,omitempty"` // of MySQL
	Settings json.RawMessage `json:"settings,omitempty"`
}

// dbUserSpec is the body of create, PUT and reset_auth.
type dbUserSpec struct {
	Name  string `json:"name"`
	MySQL *struct {
		Plugin string `json:"auth_plugin"`
	} `json:"mysql_settings"`
	Settings json.RawMessage `json:"settings"`
}

func (u *dbUser) view(d *database) map[string]any {
	v := map[string]any{"name": u.Name, "role": u.Role, "password": u.Password}
	if d.Engine == "mysql" {
		plugin := u.Plugin
		if plugin == "" {
			plugin = "caching_sha2_password"
		}
		v["mysql_settings"] = map[string]any{"auth_plugin": plugin}
	}
	if len(u.Settings) > 0 {
		v["settings"] = u.Settings
	}
	return v
}

// plugin reads and checks the wanted authentication.
func (in *dbUserSpec) plugin(d *database) (string, error) {
	if in.MySQL == nil {
		return "", nil
	}
	plugins := []string{"mysql_native_password", "caching_sha2_password"}
	if d.Engine != "mysql" || !slices.Contains(plugins, in.MySQL.Plugin) {
		return "", invalid("invalid auth plugin")
	}
	return in.MySQL.Plugin, nil
}

func (c *Cloud) createDBUser(q *request) (reply, error) {
	d, err := c.sqlDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in dbUserSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !dbName.MatchString(in.Name) {
		return reply{}, invalid("invalid user name")
	}
	if slices.ContainsFunc(d.Users, func(u *dbUser) bool { return u.Name == in.Name }) {
		return reply{}, invalid("user name is not available")
	}
	plugin, err := in.plugin(d)
	if err != nil {
		return reply{}, err
	}
	u := &dbUser{Name: in.Name, Role: "normal", Password: "AVNS_" + c.s.IDs.Text(19), Plugin: plugin, Settings: in.Settings}
	d.Users = append(d.Users, u)
	return created(map[string]any{"user": u.view(d)})
}

func (c *Cloud) listDBUsers(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, u := range d.Users {
		views = append(views, u.view(d))
	}
	return ok(map[string]any{"users": views})
}

// userInPath finds the user the path names.
func (c *Cloud) userInPath(q *request) (*database, *dbUser, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(d.Users, func(u *dbUser) bool { return u.Name == q.PathValue("name") })
	if i < 0 {
		return nil, nil, refusal(http.StatusNotFound, "not_found", "user not found")
	}
	return d, d.Users[i], nil
}

func (c *Cloud) readDBUser(q *request) (reply, error) {
	d, u, err := c.userInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"user": u.view(d)})
}

// updateDBUser changes the settings only; a name never changes.
func (c *Cloud) updateDBUser(q *request) (reply, error) {
	d, u, err := c.userInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	var in dbUserSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Settings == nil {
		return reply{}, invalid("settings is required")
	}
	u.Settings = in.Settings
	return created(map[string]any{"user": u.view(d)})
}

func (c *Cloud) deleteDBUser(q *request) (reply, error) {
	d, u, err := c.userInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	if u.Role == "primary" {
		return reply{}, invalid("the primary user cannot be deleted")
	}
	d.removeChild("database_user", u.Name)
	return noContent()
}

func (c *Cloud) resetDBUser(q *request) (reply, error) {
	d, u, err := c.userInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	var in dbUserSpec
	if len(q.body) > 0 {
		if err := q.decode(&in); err != nil {
			return reply{}, err
		}
	}
	plugin, err := in.plugin(d)
	if err != nil {
		return reply{}, err
	}
	if plugin != "" {
		u.Plugin = plugin
	}
	u.Password = "AVNS_" + c.s.IDs.Text(19)
	if u.Role == "primary" {
		d.Password = u.Password
	}
	return ok(map[string]any{"user": u.view(d)})
}
