package fake

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// maxDBRules is how many trusted sources a cluster can have.
const maxDBRules = 100

// dbRule is a trusted source of a cluster. Without any, everyone may connect.
type dbRule struct {
	UUID        string    `json:"uuid"`
	ClusterUUID string    `json:"cluster_uuid"`
	Type        string    `json:"type"`
	Value       string    `json:"value"`
	Description string    `json:"description,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
}

// rulesInPath are the rules of the cluster or replica with the id in the path.
func (c *Cloud) rulesInPath(q *request) (*[]*dbRule, error) {
	if _, r := c.findReplica(q.PathValue("id")); r != nil {
		return &r.Rules, nil
	}
	d, err := c.findDatabase(q)
	if err != nil {
		return nil, err
	}
	return &d.Rules, nil
}

func (c *Cloud) readDatabaseFirewall(q *request) (reply, error) {
	rules, err := c.rulesInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"rules": orEmpty(*rules)})
}

// setDatabaseFirewall replaces all rules.
func (c *Cloud) setDatabaseFirewall(q *request) (reply, error) {
	rules, err := c.rulesInPath(q)
	if err != nil {
		return reply{}, err
	}
	if d, r := c.findReplica(q.PathValue("id")); r != nil && r.status(q.now) != "online" {
		return reply{}, conflict("replica of %s is not online: %s", d.Name, r.status(q.now))
	} else if r == nil {
		if _, err := c.onlineDatabase(q); err != nil {
			return reply{}, err
		}
	}
	var in struct {
		Rules []dbRule `json:"rules"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkDBRules(q, in.Rules); err != nil {
		return reply{}, err
	}
	*rules = c.newRules(q, *rules, q.PathValue("id"), in.Rules)
	return noContent()
}

func (c *Cloud) checkDBRules(q *request, rules []dbRule) error {
	if len(rules) > maxDBRules {
		return invalid("a cluster can have at most %d rules", maxDBRules)
	}
	for i, r := range rules {
		if slices.ContainsFunc(rules[:i], func(o dbRule) bool { return o.Type == r.Type && o.Value == r.Value }) {
			return invalid("duplicate rule: %s %s", r.Type, r.Value)
		}
		if !c.trusts(q, r) {
			return invalid("invalid rule: %s %q", r.Type, r.Value)
		}
	}
	return nil
}

// trusts tells whether the source of r exists.
func (c *Cloud) trusts(q *request, r dbRule) bool {
	switch r.Type {
	case "ip_addr":
		_, err := netip.ParseAddr(r.Value)
		_, cidrErr := netip.ParsePrefix(r.Value)
		return err == nil || cidrErr == nil
	case "droplet":
		id, err := strconv.Atoi(r.Value)
		if err != nil {
			return false
		}
		_, err = c.liveDroplet(q, id)
		return err == nil
	case "tag":
		_, found := c.findTag(r.Value)
		return found
	case "k8s":
		k, found := c.s.Clusters.Find(r.Value)
		return found && !k.Hidden()
	case "app":
		_, found := c.s.Apps.Find(r.Value)
		return found
	}
	return false
}

// newRules returns rules to stand in the place of old. Those that stay keep their
// identity.
func (c *Cloud) newRules(q *request, old []*dbRule, id string, rules []dbRule) []*dbRule {
	var out []*dbRule
	for _, r := range rules {
		i := slices.IndexFunc(old, func(o *dbRule) bool { return o.Type == r.Type && o.Value == r.Value })
		if i >= 0 {
			old[i].Description = r.Description
			out = append(out, old[i])
			continue
		}
		r.UUID, r.ClusterUUID, r.CreatedAt = c.s.IDs.UUID(), id, q.now.Truncate(time.Second)
		out = append(out, &r)
	}
	return out
}
