package fake

import (
	"maps"
	"slices"
	"strings"
)

// associated is what was made from within a cluster. Volumes and their snapshots
// bear its tag; load balancers are only known here.
type associated struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// associatedOf lists what was made from within k, by kind.
func (c *Cloud) associatedOf(k *cluster) map[string][]associated {
	out := map[string][]associated{"load_balancers": orEmpty(k.LoadBalancers), "volumes": {}, "volume_snapshots": {}}
	for _, v := range c.s.Volumes {
		if hasTag(v.Tags, k.tag()) {
			out["volumes"] = append(out["volumes"], associated{v.ID, v.Name})
		}
	}
	return out
}

func (c *Cloud) listAssociated(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	return ok(c.associatedOf(k))
}

func (c *Cloud) deleteCluster(q *request) (reply, error) { return c.removeCluster(q, nil) }

func (c *Cloud) deleteClusterAndAll(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	var ids []string
	for _, kind := range c.associatedOf(k) {
		for _, a := range kind {
			ids = append(ids, a.ID)
		}
	}
	return c.removeCluster(q, ids)
}

func (c *Cloud) deleteClusterAndSome(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	in := map[string][]string{}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	there := c.associatedOf(k)
	var ids []string
	for _, kind := range slices.Sorted(maps.Keys(in)) {
		for _, id := range in[kind] {
			if !slices.ContainsFunc(there[kind], func(a associated) bool { return a.ID == id }) {
				return reply{}, invalid("%s %s is not associated with the cluster", strings.TrimSuffix(kind, "s"), id)
			}
			ids = append(ids, id)
		}
	}
	return c.removeCluster(q, ids)
}

// removeCluster deletes the cluster in the path, which goes on being in its VPC for
// a while, and the volumes among ids.
func (c *Cloud) removeCluster(q *request, ids []string) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	if !k.Hidden() {
		k.DeletedAt = q.now
		c.s.Tags.Drop(k.tag())
	}
	for _, id := range ids {
		c.s.Volumes.Drop(id)
	}
	return noContent()
}
