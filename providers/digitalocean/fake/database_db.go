package fake

import (
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

var dbName = providers.NewPattern(`^[a-zA-Z0-9_-]{1,63}$`)

// servingDatabase is an online cluster that has users.
func (c *Cloud) servingDatabase(q *request) (*database, error) {
	d, err := c.onlineDatabase(q)
	if err == nil && d.engine().caching() {
		return nil, invalid("not supported for caching clusters")
	}
	return d, err
}

// sqlDatabase is one that has databases as well.
func (c *Cloud) sqlDatabase(q *request) (*database, error) {
	d, err := c.servingDatabase(q)
	if err == nil && d.engine().defaultDB == "" {
		return nil, invalid("not supported for %s clusters", d.Engine)
	}
	return d, err
}

func dbView(name string) map[string]any { return map[string]any{"name": name} }

func (c *Cloud) createDB(q *request) (reply, error) {
	d, err := c.sqlDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct{ Name string }
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !dbName.MatchString(in.Name) {
		return reply{}, invalid("invalid database name")
	}
	if slices.Contains(d.DBs, in.Name) {
		return reply{}, invalid("database name is not available")
	}
	d.DBs = append(d.DBs, in.Name)
	return created(map[string]any{"db": dbView(in.Name)})
}

func (c *Cloud) listDBs(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, n := range d.DBs {
		views = append(views, dbView(n))
	}
	return ok(map[string]any{"dbs": views})
}

// dbInPath finds the database the path names.
func (c *Cloud) dbInPath(q *request) (*database, string, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return nil, "", err
	}
	name := q.PathValue("name")
	if !slices.Contains(d.DBs, name) {
		return nil, "", missing("database not found")
	}
	return d, name, nil
}

func (c *Cloud) readDB(q *request) (reply, error) {
	_, name, err := c.dbInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"db": dbView(name)})
}

func (c *Cloud) deleteDB(q *request) (reply, error) {
	d, name, err := c.dbInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.sqlDatabase(q); err != nil {
		return reply{}, err
	}
	if i := slices.IndexFunc(d.Pools, func(p *dbPool) bool { return p.DB == name }); i >= 0 {
		return reply{}, invalid("database is used by the connection pool %s", d.Pools[i].Name)
	}
	d.removeChild("database_db", name)
	return noContent()
}
