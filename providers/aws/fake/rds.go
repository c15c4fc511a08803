package fake

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// rdsState is what RDS has, all regions together.
type rdsState struct {
	Instances table[*dbInstance]    `json:"db_instances"`
	Groups    table[*dbSubnetGroup] `json:"db_subnet_groups"`
	Snapshots table[*dbSnapshot]    `json:"db_snapshots"`
}

func (s *rdsState) kinds() fakecloud.Kinds {
	return fakecloud.Kinds{"db_instance": &s.Instances, "db_subnet_group": &s.Groups, "db_snapshot": &s.Snapshots}
}

// settleRDS makes happen what is due.
func (c *Cloud) settleRDS(now time.Time) {
	for _, d := range slices.Clone(c.s.RDS.Instances) {
		c.settleDB(d, now)
	}
	// Interfaces go with their instance, also with one that Remove took.
	for _, i := range slices.Clone(c.s.EC2.Interfaces) {
		owned := func(d *dbInstance) bool { return slices.Contains(d.Interfaces, i.ID) }
		if i.Requester == rdsRequester && !slices.ContainsFunc(c.s.RDS.Instances, owned) {
			c.dropInterface(i.ID)
		}
	}
}

// rdsRequester is RDS as the owner of network interfaces.
const rdsRequester = "amazon-rds"

func (c *Cloud) rdsService() service {
	all := map[string]operation{}
	for _, family := range []map[string]operation{
		c.dbOperations(), c.dbGroupOperations(), c.dbSnapshotOperations(), c.dbTagOperations(), c.dbEngineOperations(),
	} {
		maps.Copy(all, family)
	}
	return c.queryService("rds", dialect{version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/",
		missing: missingParameter, deny: denyQuery, denied: deniedQuery}, all)
}

// dbMeta is what every RDS object has. Names are lower case, and unique in a region.
type dbMeta struct {
	ARN       string            `json:"arn"`
	Name      string            `json:"name"`
	Region    string            `json:"region"`
	CreatedAt time.Time         `json:"created_at"`
	Tags      map[string]string `json:"tags"`
}

func (m *dbMeta) Key() string     { return m.ARN }
func (m *dbMeta) Title() string   { return m.Name }
func (m *dbMeta) inRDS() *dbMeta  { return m }
func (m *dbMeta) dbName() string  { return m.Name }
func (m *dbMeta) tagList() dbTags { return dbTagsOf(m.Tags) }

// dbObject is an RDS object.
type dbObject interface {
	fakecloud.Object
	inRDS() *dbMeta
}

func (c *Cloud) newDBMeta(q *call, kind, name string, tags map[string]string) dbMeta {
	return dbMeta{ARN: c.arn("rds", q.region, kind+":"+name), Name: name, Region: q.region, CreatedAt: q.now, Tags: tags}
}

// dbSeen returns the objects of q's region that the API knows by now, by name.
func dbSeen[T dbObject](c *Cloud, q *call, t table[T]) []T {
	out := t.Where(func(x T) bool {
		m := x.inRDS()
		return m.Region == q.region && !q.now.Before(m.CreatedAt.Add(c.o.EventualLag))
	})
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(a.inRDS().Name, b.inRDS().Name) })
	return out
}

// dbFind returns the object with that name or ARN.
func dbFind[T dbObject](c *Cloud, q *call, t table[T], name string) (found T, ok bool) {
	for _, x := range dbSeen(c, q, t) {
		if m := x.inRDS(); m.Name == strings.ToLower(name) || m.ARN == name {
			return x, true
		}
	}
	return found, false
}

// dbTaken tells whether a name is in use in q's region, seen or not.
func dbTaken[T dbObject](q *call, t table[T], name string) bool {
	return slices.ContainsFunc(t, func(x T) bool { return x.inRDS().Region == q.region && x.inRDS().Name == name })
}

func dbNotFound(code, format string, args ...any) error {
	return refusalWith(http.StatusNotFound, code, format, args...)
}

var dbNamePattern = providers.NewPattern(`^[a-z](-?[a-z0-9])*$`)

// checkDBName returns an identifier in lower case.
func checkDBName(param, name string, longest int) (string, error) {
	name = strings.ToLower(name)
	if len(name) > longest || !dbNamePattern.MatchString(name) {
		return "", badValue("The parameter %s is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.", param)
	}
	return name, nil
}

// dbFilter is a condition on a list.
type dbFilter struct {
	Name   string   `q:",required"`
	Values []string `q:",item=Value"`
}

// dbPage asks for a page of a list.
type dbPage struct {
	Filters    []dbFilter `q:",item=Filter"`
	Marker     string
	MaxRecords *int
}

// page returns the part of items that p asks for, and where the next one begins.
// The items are in the order of their names.
func dbPageOf[T any](p dbPage, items []T, name func(T) string) ([]T, string, error) {
	size := 100
	if p.MaxRecords != nil {
		size = *p.MaxRecords
	}
	if size < 20 || size > 100 {
		return nil, "", badValue("Invalid value %d for MaxRecords. Must be between 20 and 100", size)
	}
	after, err := base64.RawURLEncoding.DecodeString(p.Marker)
	if err != nil {
		return nil, "", badValue("The specified marker is invalid: %s", p.Marker)
	}
	items = slices.DeleteFunc(slices.Clone(items), func(x T) bool { return name(x) <= string(after) })
	if len(items) <= size {
		return items, "", nil
	}
	return items[:size], base64.RawURLEncoding.EncodeToString([]byte(name(items[size-1]))), nil
}

// dbFiltered returns the items that pass all filters. known has the values of an
// item for each filter's name.
func dbFiltered[T any](filters []dbFilter, items []T, known map[string]func(T) []string) ([]T, error) {
	for _, f := range filters {
		values, found := known[f.Name]
		if !found {
			return nil, badValue("Unrecognized filter name: %s", f.Name)
		}
		if len(f.Values) == 0 {
			return nil, badValue("The filter %s must have values", f.Name)
		}
		items = slices.DeleteFunc(slices.Clone(items), func(x T) bool {
			return !slices.ContainsFunc(values(x), func(v string) bool { return slices.Contains(f.Values, v) })
		})
	}
	return items, nil
}
