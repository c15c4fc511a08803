package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// tag is a name that resources carry. The spelling of its first use is kept;
// comparisons ignore case.
type tag struct {
	Name string `json:"name"`
}

func (t *tag) Key() string   { return t.Name }
func (t *tag) Title() string { return "" }

var tagName = providers.NewPattern(`^[a-zA-Z0-9_\-:]{1,255}$`)

func checkTags(names []string) error {
	for _, n := range names {
		if !tagName.MatchString(n) {
			return invalid("Error validating resource tag: %q contains invalid characters", n)
		}
	}
	return nil
}

func hasTag(tags []string, name string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, name) })
}

func (c *Cloud) findTag(name string) (*tag, bool) {
	for _, t := range c.s.Tags {
		if strings.EqualFold(t.Name, name) {
			return t, true
		}
	}
	return nil, false
}

// spell returns names as the account spells them, each once.
func (c *Cloud) spell(names []string) []string {
	out := []string{}
	for _, n := range names {
		if t, found := c.findTag(n); found {
			n = t.Name
		}
		if !hasTag(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// makeTags creates the tags that do not exist.
func (c *Cloud) makeTags(names []string) {
	for _, n := range names {
		if _, found := c.findTag(n); !found {
			c.s.Tags.Add(&tag{Name: n})
		}
	}
}

func (c *Cloud) createTag(q *request) (reply, error) {
	var in struct {
		Name string `json:"name"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !tagName.MatchString(in.Name) {
		return reply{}, &causedError{http.StatusBadRequest, fmt.Sprintf("Error validating resource tag: %q contains invalid characters", in.Name)}
	}
	c.makeTags([]string{in.Name})
	t, _ := c.findTag(in.Name)
	return created(map[string]any{"tag": c.tagView(q, t)})
}

// taggable is a resource that carries tags.
type taggable struct {
	kind string // "droplets" and so on, as in a tag's counts
	id   string
	uri  string
	tags *[]string
}

func (c *Cloud) taggables(q *request) []taggable {
	var out []taggable
	for _, d := range c.visibleDroplets(q) {
		out = append(out, taggable{"droplets", d.Key(), "droplets/" + d.Key(), &d.Tags})
	}
	for _, s := range c.s.Snapshots {
		out = append(out, taggable{"images", s.Key(), "images/" + s.Key(), &s.Tags})
	}
	for _, i := range c.s.CustomImages {
		out = append(out, taggable{"images", i.Key(), "images/" + i.Key(), &i.Tags})
	}
	for _, s := range c.s.VolumeSnapshots {
		out = append(out, taggable{"volume_snapshots", s.ID, "snapshots/" + s.ID, &s.Tags})
	}
	for _, v := range c.s.Volumes {
		out = append(out, taggable{"volumes", v.ID, "volumes/" + v.ID, &v.Tags})
	}
	for _, d := range c.s.Databases {
		out = append(out, taggable{"databases", d.ID, "databases/" + d.ID, &d.Tags})
		for _, r := range d.Replicas {
			out = append(out, taggable{"databases", r.ID, "databases/" + d.ID + "/replicas/" + r.Name, &r.Tags})
		}
	}
	return out
}

func (c *Cloud) tagView(q *request, t *tag) map[string]any {
	counts := map[string]any{"count": 0}
	for _, kind := range []string{"droplets", "images", "volumes", "volume_snapshots", "databases"} {
		counts[kind] = map[string]any{"count": 0}
	}
	for _, r := range c.taggables(q) {
		if !hasTag(*r.tags, t.Name) {
			continue
		}
		for _, m := range []map[string]any{counts, counts[r.kind].(map[string]any)} {
			m["count"] = m["count"].(int) + 1
			m["last_tagged_uri"] = "https://api.digitalocean.com/v2/" + r.uri
		}
	}
	return map[string]any{"name": t.Name, "resources": counts}
}

// tagInPath wants the tag as it was first spelled, other than bodies do.
func (c *Cloud) tagInPath(q *request) (*tag, error) { return get(c.s.Tags, q.PathValue("name")) }

func (c *Cloud) readTag(q *request) (reply, error) {
	t, err := c.tagInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"tag": c.tagView(q, t)})
}

func (c *Cloud) listTags(q *request) (reply, error) {
	return list(q, "tags", c.s.Tags, func(t *tag) map[string]any { return c.tagView(q, t) })
}

// deleteTag takes the tag from everything that has it.
func (c *Cloud) deleteTag(q *request) (reply, error) {
	t, err := c.tagInPath(q)
	if err != nil {
		return reply{}, err
	}
	for _, r := range c.taggables(q) {
		untag(r.tags, t.Name)
	}
	for _, f := range c.s.Firewalls {
		untag(&f.Tags, t.Name)
	}
	c.s.Tags.Drop(t.Name)
	return noContent()
}

func untag(tags *[]string, name string) {
	*tags = slices.DeleteFunc(*tags, func(t string) bool { return strings.EqualFold(t, name) })
}

func (c *Cloud) tagResources(q *request) (reply, error) {
	return c.eachTagged(q, func(tags *[]string, name string) {
		if !hasTag(*tags, name) {
			*tags = append(*tags, name)
		}
	})
}

func (c *Cloud) untagResources(q *request) (reply, error) { return c.eachTagged(q, untag) }

// eachTagged applies change to the resources in the body, all or none.
func (c *Cloud) eachTagged(q *request, change func(tags *[]string, name string)) (reply, error) {
	t, err := c.tagInPath(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Resources []struct {
			ID   json.RawMessage `json:"resource_id"`
			Type string          `json:"resource_type"`
		} `json:"resources"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	all := c.taggables(q)
	var found []taggable
	for _, r := range in.Resources {
		i := slices.IndexFunc(all, func(x taggable) bool { return x.kind == r.Type+"s" && x.id == idOrName(r.ID) })
		if i < 0 {
			return reply{}, notFound()
		}
		found = append(found, all[i])
	}
	for _, r := range found {
		change(r.tags, t.Name)
	}
	return noContent()
}
