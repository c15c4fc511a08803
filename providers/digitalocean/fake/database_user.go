package fake

import (
	"encoding/base64"
	"slices"
	"strings"
)

// dbUser is a user of a cluster.
type dbUser struct {
	Name     string         `json:"name"`
	Role     string         `json:"role"`
	Password string         `json:"password"`
	Cert     string         `json:"access_cert,omitempty"` // of Kafka
	Key      string         `json:"access_key,omitempty"`
	Plugin   string         `json:"auth_plugin,omitempty"` // of MySQL
	Settings dbUserSettings `json:"settings"`
}

// dbUserSpec is the body of create, PUT and reset_auth.
type dbUserSpec struct {
	Name  string `json:"name"`
	MySQL *struct {
		Plugin string `json:"auth_plugin"`
	} `json:"mysql_settings"`
	Settings *dbUserSettings `json:"settings"`
}

// newDBUser returns a user with a password and what else its engine gives out.
func (c *Cloud) newDBUser(d *database, name, role string) *dbUser {
	u := &dbUser{Name: name, Role: role, Password: "AVNS_" + c.s.IDs.Text(19)}
	if role == "primary" {
		u.Password = d.Password
	}
	if d.Engine == "kafka" {
		u.Cert, u.Key = pem("CERTIFICATE", c.s.IDs.Text(30)), pem("PRIVATE KEY", c.s.IDs.Text(30))
	}
	return u
}

// pem returns a text that looks like PEM.
func pem(kind, content string) string {
	return "-----BEGIN " + kind + "-----\n" + base64.StdEncoding.EncodeToString([]byte(content)) + "\n-----END " + kind + "-----\n"
}

// userView shows u. Tokens without the scope see no secrets.
func (c *Cloud) userView(d *database, u *dbUser) map[string]any {
	v := map[string]any{"name": u.Name, "role": u.Role}
	if !c.o.NoCredentials {
		v["password"] = u.Password
	}
	if u.Cert != "" && !c.o.NoCredentials {
		v["access_cert"], v["access_key"] = u.Cert, u.Key
	}
	if d.engine().mysql() {
		plugin := u.Plugin
		if plugin == "" {
			plugin = "caching_sha2_password"
		}
		v["mysql_settings"] = map[string]any{"auth_plugin": plugin}
	}
	if s := u.Settings.view(d.engine()); s != nil {
		v["settings"] = s
	}
	return v
}

// laterView is userView after the create: MongoDB tells a password only once.
func (c *Cloud) laterView(d *database, u *dbUser) map[string]any {
	v := c.userView(d, u)
	if d.Engine == "mongodb" {
		delete(v, "password")
	}
	return v
}

// plugin reads and checks the wanted authentication.
func (in *dbUserSpec) plugin(d *database) (string, error) {
	if in.MySQL == nil {
		return "", nil
	}
	plugins := []string{"mysql_native_password", "caching_sha2_password"}
	if !d.engine().mysql() || !slices.Contains(plugins, in.MySQL.Plugin) {
		return "", invalid("invalid auth plugin")
	}
	return in.MySQL.Plugin, nil
}

func (c *Cloud) createDBUser(q *request) (reply, error) {
	d, err := c.servingDatabase(q)
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
	u := c.newDBUser(d, in.Name, "normal")
	u.Plugin = plugin
	if err := c.setUserSettings(d, u, in.Settings); err != nil {
		return reply{}, err
	}
	d.Users = append(d.Users, u)
	return created(map[string]any{"user": c.userView(d, u)})
}

func (c *Cloud) listDBUsers(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, u := range d.Users {
		views = append(views, c.laterView(d, u))
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
		return nil, nil, missing("user not found")
	}
	return d, d.Users[i], nil
}

func (c *Cloud) readDBUser(q *request) (reply, error) {
	d, u, err := c.userInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"user": c.laterView(d, u)})
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
	if err := c.setUserSettings(d, u, in.Settings); err != nil {
		return reply{}, err
	}
	return created(map[string]any{"user": c.laterView(d, u)})
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
	if i := slices.IndexFunc(d.Pools, func(p *dbPool) bool { return strings.EqualFold(p.User, u.Name) }); i >= 0 {
		return reply{}, invalid("user is used by the connection pool %s", d.Pools[i].Name)
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
	return ok(map[string]any{"user": c.userView(d, u)})
}
