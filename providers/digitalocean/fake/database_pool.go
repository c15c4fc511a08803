package fake

import (
	"fmt"
	"slices"
)

// dbPool is a pool of connections to a database of a PostgreSQL cluster.
type dbPool struct {
	Name string `json:"name"`
	Mode string `json:"mode"`
	Size int    `json:"size"`
	DB   string `json:"db"`
	User string `json:"user"`
}

// poolPort is where PgBouncer listens.
const poolPort = 25061

// poolDatabase is a cluster that can have pools.
func (c *Cloud) poolDatabase(q *request) (*database, error) {
	d, err := c.findDatabase(q)
	if err == nil && !d.engine().postgres() {
		return nil, invalid("connection pools are for PostgreSQL clusters only")
	}
	return d, err
}

func (c *Cloud) createPool(q *request) (reply, error) {
	d, err := c.poolDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	var p dbPool
	if err := q.decode(&p); err != nil {
		return reply{}, err
	}
	if len(p.Name) < 3 || len(p.Name) > 60 || !dbName.MatchString(p.Name) {
		return reply{}, invalid("invalid pool name: must be between 3 and 60 characters")
	}
	if slices.ContainsFunc(d.Pools, func(o *dbPool) bool { return o.Name == p.Name }) {
		return reply{}, invalid("pool name is not available")
	}
	if err := d.checkPool(&p, 0); err != nil {
		return reply{}, err
	}
	d.Pools = append(d.Pools, &p)
	return created(map[string]any{"pool": c.poolView(d, &p)})
}

// checkPool refuses what the cluster cannot serve; freed connections come back.
func (d *database) checkPool(p *dbPool, freed int) error {
	free := 25*dbMemory(d.Size) - 3 + freed
	for _, o := range d.Pools {
		free -= o.Size
	}
	switch {
	case !slices.Contains([]string{"session", "transaction", "statement"}, p.Mode):
		return invalid("invalid pool mode")
	case p.Size < 1:
		return invalid("invalid pool size")
	case p.Size > free:
		return invalid("pool size %d exceeds the %d backend connections that are left", p.Size, free)
	case !slices.Contains(d.DBs, p.DB):
		return invalid("database %q does not exist", p.DB)
	case p.User != "" && !slices.ContainsFunc(d.Users, func(u *dbUser) bool { return u.Name == p.User }):
		return invalid("user %q does not exist", p.User)
	}
	return nil
}

func (c *Cloud) poolView(d *database, p *dbPool) map[string]any {
	return map[string]any{"name": p.Name, "mode": p.Mode, "size": p.Size, "db": p.DB, "user": p.User,
		"connection": c.poolConnection(d, p, ""), "private_connection": c.poolConnection(d, p, "private-")}
}

// poolConnection names the pool as if it was a database.
func (c *Cloud) poolConnection(d *database, p *dbPool, prefix string) map[string]any {
	user, password := d.engine().primary, d.Password
	if p.User != "" {
		user = p.User
		for _, u := range d.Users {
			if u.Name == user {
				password = u.Password
			}
		}
	}
	host := d.host(prefix)
	v := map[string]any{"database": p.Name, "host": host, "port": poolPort, "ssl": true,
		"uri": fmt.Sprintf("postgresql://%s:%d/%s?sslmode=require", host, poolPort, p.Name)}
	if !c.o.NoCredentials {
		v["user"], v["password"] = user, password
		v["uri"] = fmt.Sprintf("postgresql://%s:%s@%s:%d/%s?sslmode=require", user, password, host, poolPort, p.Name)
	}
	return v
}

func (c *Cloud) listPools(q *request) (reply, error) {
	d, err := c.poolDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, p := range d.Pools {
		views = append(views, c.poolView(d, p))
	}
	return ok(map[string]any{"pools": views})
}

// poolInPath finds the pool that the path names.
func (c *Cloud) poolInPath(q *request) (*database, *dbPool, error) {
	d, err := c.poolDatabase(q)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(d.Pools, func(p *dbPool) bool { return p.Name == q.PathValue("name") })
	if i < 0 {
		return nil, nil, missing("pool not found")
	}
	return d, d.Pools[i], nil
}

func (c *Cloud) readPool(q *request) (reply, error) {
	d, p, err := c.poolInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"pool": c.poolView(d, p)})
}

// updatePool replaces all but the name.
func (c *Cloud) updatePool(q *request) (reply, error) {
	d, p, err := c.poolInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	in := dbPool{}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := d.checkPool(&in, p.Size); err != nil {
		return reply{}, err
	}
	in.Name = p.Name
	*p = in
	return noContent()
}

func (c *Cloud) deletePool(q *request) (reply, error) {
	d, p, err := c.poolInPath(q)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.onlineDatabase(q); err != nil {
		return reply{}, err
	}
	d.removeChild("database_pool", p.Name)
	return noContent()
}
