package fake

import (
	"slices"
	"time"
)

// imageIDs is what the numbers of private images begin at.
const imageIDs = 210_000_000

// snapshot is an image of a Droplet, private to the account.
type snapshot struct {
	ID           int       `json:"id"`
	Name         string    `json:"name"`
	DropletID    int       `json:"droplet_id"`
	Regions      []string  `json:"regions"`
	MinDisk      int       `json:"min_disk_size"`
	Distribution string    `json:"distribution"`
	Tags         []string  `json:"tags"`
	CreatedAt    time.Time `json:"created_at"`
}

func (s *snapshot) Key() string   { return itoa(s.ID) }
func (s *snapshot) Title() string { return s.Name }

// view is s as /v2/snapshots shows it; /v2/images has it too, as an image.
func (s *snapshot) view() map[string]any {
	return map[string]any{
		"id": s.Key(), "name": s.Name, "created_at": stamp(s.CreatedAt), "regions": s.Regions,
		"min_disk_size": s.MinDisk, "size_gigabytes": 2.36, "resource_id": itoa(s.DropletID), "resource_type": "droplet",
		"tags": orEmpty(s.Tags),
	}
}

// viewer is what the API shows.
type viewer interface{ view() map[string]any }

func (c *Cloud) snapshotRoutes() map[string]handler {
	return map[string]handler{
		"GET /v2/snapshots":                  c.listSnapshots,
		"GET /v2/snapshots/{id}":             c.readSnapshot,
		"DELETE /v2/snapshots/{id}":          c.deleteSnapshot,
		"POST /v2/volumes/{id}/snapshots":    c.createVolumeSnapshot,
		"GET /v2/volumes/{id}/{sub}":         c.readVolumeOrSnapshots,
		"DELETE /v2/volumes/snapshots/{sid}": c.deleteVolumeSnapshot,
	}
}

func (c *Cloud) listSnapshots(q *request) (reply, error) {
	kind := q.URL.Query().Get("resource_type")
	if kind != "" && kind != "droplet" && kind != "volume" {
		return reply{}, invalid("resource_type must be droplet or volume")
	}
	var found []viewer
	for _, s := range c.s.Snapshots {
		if kind != "volume" {
			found = append(found, s)
		}
	}
	for _, s := range c.s.VolumeSnapshots {
		region := q.URL.Query().Get("region")
		if kind != "droplet" && (region == "" || slices.Contains(s.Regions, region)) {
			found = append(found, s)
		}
	}
	return list(q, "snapshots", found, viewer.view)
}

func (c *Cloud) readSnapshot(q *request) (reply, error) {
	if s, found := c.s.Snapshots.Find(q.PathValue("id")); found {
		return ok(map[string]any{"snapshot": s.view()})
	}
	return c.showVolumeSnapshot(q.PathValue("id"))
}

func (c *Cloud) deleteSnapshot(q *request) (reply, error) {
	if !c.s.Snapshots.Drop(q.PathValue("id")) && !c.s.VolumeSnapshots.Drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	return noContent()
}
