package fake

import (
	"strconv"
	"time"
)

// dbMigration copies another server's data into a cluster, and goes on with what
// changes there.
type dbMigration struct {
	ID        string    `json:"id"`
	Failed    bool      `json:"failed"`
	CreatedAt time.Time `json:"created_at"`
}

// wrongPassword is what no source accepts.
const wrongPassword = "wrong"

func (m *dbMigration) view(q *request, settle time.Duration) map[string]any {
	status := "running"
	if !q.now.Before(m.CreatedAt.Add(settle)) {
		status = "syncing"
		if m.Failed {
			status = "error"
		}
	}
	return map[string]any{"id": m.ID, "status": status, "created_at": stamp(m.CreatedAt)}
}

func (c *Cloud) startMigration(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Source struct {
			Host, DBName, Username, Password string
			Port                             int
		} `json:"source"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	e, s := d.engine(), in.Source
	switch {
	case !e.sql() && !e.caching():
		return reply{}, invalid("online migration is not available for %s clusters", d.Engine)
	case s.Host == "" || s.Port < 1 || s.Port > 65535 || s.Password == "":
		return reply{}, invalid("invalid source %s", s.Host+":"+strconv.Itoa(s.Port))
	case d.Migration != nil && !d.Migration.Failed:
		return reply{}, invalid("an online migration is running already")
	}
	d.Migration = &dbMigration{ID: c.s.IDs.UUID(), Failed: s.Password == wrongPassword, CreatedAt: q.now}
	return ok(d.Migration.view(q, c.o.Settle))
}

// migrationInPath is the latest of the cluster that the path names.
func (c *Cloud) migrationInPath(q *request) (*database, error) {
	d, err := c.findDatabase(q)
	if err == nil && (d.Migration == nil || q.PathValue("name") != "" && q.PathValue("name") != d.Migration.ID) {
		err = missing("online migration not found")
	}
	return d, err
}

func (c *Cloud) readMigration(q *request) (reply, error) {
	d, err := c.migrationInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(d.Migration.view(q, c.o.Settle))
}

func (c *Cloud) stopMigration(q *request) (reply, error) {
	d, err := c.migrationInPath(q)
	if err != nil {
		return reply{}, err
	}
	d.Migration = nil
	return noContent()
}
