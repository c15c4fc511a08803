package fake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// spacesKey opens buckets.
type spacesKey struct {
	AccessKey string        `json:"access_key"`
	Name      string        `json:"name"`
	Grants    []spacesGrant `json:"grants"`
	CreatedAt time.Time     `json:"created_at"`
}

type spacesGrant struct {
	Bucket     string `json:"bucket"`
	Permission string `json:"permission"`
}

func (k *spacesKey) Key() string   { return k.AccessKey }
func (k *spacesKey) Title() string { return k.Name }

// maxSpacesKeys is how many an account may have.
const maxSpacesKeys = 200

// madeKey is the form of access keys that the API makes.
var madeKey = providers.NewPattern(`^DO[0-9A-Z]{18}$`)

var spacesKeyName = providers.NewPattern(`^[a-zA-Z0-9][a-zA-Z0-9 _.-]{0,127}$`)

func (c *Cloud) spacesKeyRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/spaces/keys":        c.createSpacesKey,
		"GET /v2/spaces/keys":         c.listSpacesKeys,
		"GET /v2/spaces/keys/{id}":    c.readSpacesKey,
		"PUT /v2/spaces/keys/{id}":    c.updateSpacesKey,
		"PATCH /v2/spaces/keys/{id}":  c.updateSpacesKey,
		"DELETE /v2/spaces/keys/{id}": c.deleteSpacesKey,
	}
}

// spacesKeySpec is the body of create and update.
type spacesKeySpec struct {
	Name   string         `json:"name"`
	Grants *[]spacesGrant `json:"grants"`
}

// grants returns the wanted grants. Full access is all that counts beside others.
func (in *spacesKeySpec) grants() ([]spacesGrant, error) {
	if in.Grants == nil {
		return []spacesGrant{}, nil
	}
	for _, g := range *in.Grants {
		switch {
		case !slices.Contains([]string{"read", "readwrite", "fullaccess"}, g.Permission):
			return nil, badRequest("invalid permission: %q", g.Permission)
		case g.Permission == "fullaccess" && g.Bucket != "":
			return nil, badRequest("fullaccess does not take a bucket")
		case g.Permission != "fullaccess" && g.Bucket == "":
			return nil, badRequest("bucket is required")
		}
	}
	full := spacesGrant{Permission: "fullaccess"}
	if slices.Contains(*in.Grants, full) {
		return []spacesGrant{full}, nil
	}
	return orEmpty(*in.Grants), nil
}

func (k *spacesKey) full() bool {
	return slices.ContainsFunc(k.Grants, func(g spacesGrant) bool { return g.Permission == "fullaccess" })
}

// decodeSpacesKey reads the name and the grants that a body asks for.
func (q *request) decodeSpacesKey() (name string, grants []spacesGrant, err error) {
	var in spacesKeySpec
	if err := q.decode(&in); err != nil {
		return "", nil, err
	}
	if !spacesKeyName.MatchString(in.Name) {
		return "", nil, badRequest("invalid name")
	}
	grants, err = in.grants()
	return in.Name, grants, err
}

func (c *Cloud) createSpacesKey(q *request) (reply, error) {
	name, grants, err := q.decodeSpacesKey()
	if err != nil {
		return reply{}, err
	}
	if len(c.s.SpacesKeys) >= maxSpacesKeys {
		return reply{}, badRequest("the limit of %d keys has been reached", maxSpacesKeys)
	}
	k := &spacesKey{AccessKey: "DO" + strings.ToUpper(c.s.IDs.Text(18)), Name: name, Grants: grants, CreatedAt: q.now}
	c.s.SpacesKeys.Add(k)
	v := k.view()
	v["secret_key"] = c.s.IDs.Text(43)
	return created(map[string]any{"key": v})
}

func (k *spacesKey) view() map[string]any {
	return map[string]any{"name": k.Name, "access_key": k.AccessKey, "grants": k.Grants, "created_at": stamp(k.CreatedAt)}
}

func (c *Cloud) listSpacesKeys(q *request) (reply, error) {
	query := q.URL.Query()
	var all []*spacesKey
	for _, k := range c.s.SpacesKeys {
		granted := func(g spacesGrant) bool {
			return (query.Get("bucket") == "" || g.Bucket == query.Get("bucket")) && (query.Get("permission") == "" || g.Permission == query.Get("permission"))
		}
		if name := query.Get("name"); name != "" && k.Name != name {
			continue
		}
		if (query.Has("bucket") || query.Has("permission")) && !slices.ContainsFunc(k.Grants, granted) {
			continue
		}
		all = append(all, k)
	}
	return list(q, "keys", all, (*spacesKey).view)
}

// findSpacesKey finds the key the path names.
func (c *Cloud) findSpacesKey(q *request) (*spacesKey, error) {
	k, found := c.s.SpacesKeys.Find(q.PathValue("id"))
	if !found {
		return nil, missing("Not Found")
	}
	return k, nil
}

func (c *Cloud) readSpacesKey(q *request) (reply, error) {
	k, err := c.findSpacesKey(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"key": k.view()})
}

// updateSpacesKey takes away grants that are not named.
func (c *Cloud) updateSpacesKey(q *request) (reply, error) {
	k, err := c.findSpacesKey(q)
	if err != nil {
		return reply{}, err
	}
	name, grants, err := q.decodeSpacesKey()
	if err != nil {
		return reply{}, err
	}
	changed := spacesKey{k.AccessKey, name, grants, k.CreatedAt}
	if changed.full() != k.full() {
		return reply{}, badRequest("cannot convert between a full access key and a scoped key")
	}
	*k = changed
	return ok(map[string]any{"key": k.view()})
}

func (c *Cloud) deleteSpacesKey(q *request) (reply, error) {
	k, err := c.findSpacesKey(q)
	if err != nil {
		return reply{}, err
	}
	c.s.SpacesKeys.Drop(k.AccessKey)
	return noContent()
}

// opens reports whether k allows a request to a bucket, "" for the account, or
// a sub-resource of it.
func (k *spacesKey) opens(method, bucket string, setting bool) bool {
	if k.full() {
		return true
	}
	reads := method == http.MethodGet || method == http.MethodHead
	for _, g := range k.Grants {
		if bucket != "" && g.Bucket == bucket && (reads || g.Permission == "readwrite" && !setting) {
			return true
		}
	}
	return bucket == "" && reads && len(k.Grants) > 0
}
