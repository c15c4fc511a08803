package fake

import (
	"net/http"
	"slices"
)

// sqlDatabase is a database of an instance.
type sqlDatabase struct {
	Kind      string `json:"kind,omitempty"`
	Name      string `json:"name,omitempty"`
	Charset   string `json:"charset,omitempty"`
	Collation string `json:"collation,omitempty"`
	Etag      string `json:"etag,omitempty"`
	Instance  string `json:"instance,omitempty"`
	Project   string `json:"project,omitempty"`
	SelfLink  string `json:"selfLink,omitempty"`
	Own       bool   `json:"own,omitempty" wire:"-"` // it came with the instance
}

// ownDatabases are those every instance has.
func (i *sqlInstance) ownDatabases() []*sqlDatabase {
	names := []string{"postgres"}
	if !i.postgres() {
		names = []string{"information_schema", "mysql", "performance_schema", "sys"}
	}
	var out []*sqlDatabase
	for _, n := range names {
		d := &sqlDatabase{Name: n, Own: true}
		d.complete(i)
		out = append(out, d)
	}
	return out
}

// complete fills what a client may leave out.
func (d *sqlDatabase) complete(i *sqlInstance) {
	if d.Charset == "" {
		d.Charset = map[bool]string{true: "UTF8", false: "utf8mb4"}[i.postgres()]
	}
	if d.Collation == "" {
		d.Collation = map[bool]string{true: "en_US.UTF8", false: "utf8mb4_0900_ai_ci"}[i.postgres()]
	}
	d.Kind, d.Instance, d.Project = "sql#database", i.Name, i.Project
	d.SelfLink = i.SelfLink + "/databases/" + d.Name
	d.Etag = fingerprint(d.Name + d.Charset + d.Collation)
}

func (d *sqlDatabase) view() map[string]any {
	m := document(d)
	delete(m, "own")
	return m
}

func (i *sqlInstance) database(name string) (int, error) {
	n := slices.IndexFunc(i.Databases, func(d *sqlDatabase) bool { return d.Name == name })
	if n < 0 {
		return 0, refusal(http.StatusNotFound, "notFound", "Not Found")
	}
	return n, nil
}

func (c *Cloud) insertDatabase(q *request) (reply, error) {
	d := new(sqlDatabase)
	if err := q.decode("", d); err != nil {
		return fail(err)
	}
	return c.changeSQL(q, "CREATE_DATABASE", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		if d.Name == "" || len(d.Name) > 64 {
			return sqlInvalid("Invalid database name: %q", d.Name)
		}
		if i.MasterInstanceName != "" {
			return sqlInvalid("Databases cannot be created on a read replica")
		}
		if _, err := i.database(d.Name); err == nil {
			if i.postgres() {
				return sqlInvalid("failed to create database %s. Detail: pq: database \"%s\" already exists", d.Name, d.Name)
			}
			return sqlInvalid("failed to create database %s. Detail: Error 1007: Can't create database '%s'; database exists", d.Name, d.Name)
		}
		d.complete(i)
		i.Databases = append(i.Databases, d)
		return nil
	})
}

func (c *Cloud) listDatabases(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = i.running()
	}
	if err != nil {
		return fail(err)
	}
	var items []map[string]any
	for _, d := range i.Databases {
		items = append(items, d.view())
	}
	return ok(map[string]any{"kind": "sql#databasesList", "items": items})
}

func (c *Cloud) readDatabase(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = i.running()
	}
	if err != nil {
		return fail(err)
	}
	n, err := i.database(q.PathValue("name"))
	if err != nil {
		return fail(err)
	}
	return ok(i.Databases[n].view())
}

// patchDatabase changes charset and collation, which PostgreSQL cannot.
func (c *Cloud) patchDatabase(q *request) (reply, error) {
	in := new(sqlDatabase)
	if err := q.decode("", in); err != nil {
		return fail(err)
	}
	return c.changeSQL(q, "UPDATE_DATABASE", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		n, err := i.database(q.PathValue("name"))
		if err != nil {
			return err
		}
		d := i.Databases[n]
		charset, collation := d.Charset, d.Collation
		if in.Charset != "" {
			charset = in.Charset
		}
		if in.Collation != "" {
			collation = in.Collation
		}
		if i.postgres() && (charset != d.Charset || collation != d.Collation) {
			return sqlInvalid("Charset and collation of a PostgreSQL database cannot be changed")
		}
		d.Charset, d.Collation = charset, collation
		d.complete(i)
		return nil
	})
}

func (c *Cloud) deleteDatabase(q *request) (reply, error) {
	return c.changeSQL(q, "DELETE_DATABASE", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		n, err := i.database(q.PathValue("name"))
		if err != nil {
			return err
		}
		if i.Databases[n].Own {
			return sqlInvalid("failed to delete database \"%s\": it is a system database", i.Databases[n].Name)
		}
		i.Databases = slices.Delete(i.Databases, n, n+1)
		return nil
	})
}
