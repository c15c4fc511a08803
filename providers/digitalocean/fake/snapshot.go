package fake

// snapshotView is s as /v2/snapshots shows it; /v2/images has it too, as an image.
func snapshotView(s *snapshot) map[string]any {
	return map[string]any{
		"id": s.key(), "name": s.Name, "created_at": stamp(s.CreatedAt), "regions": []string{s.Region},
		"min_disk_size": s.MinDisk, "size_gigabytes": 2.36, "resource_id": itoa(s.DropletID), "resource_type": "droplet",
		"tags": orEmpty(s.Tags),
	}
}

// listSnapshots knows those of Droplets only: no volume has any here.
func (c *Cloud) listSnapshots(q *request) (reply, error) {
	var found []*snapshot
	switch q.URL.Query().Get("resource_type") {
	case "", "droplet":
		found = c.s.Snapshots
	case "volume":
	default:
		return reply{}, invalid("resource_type must be droplet or volume")
	}
	return list(q, "snapshots", found, snapshotView)
}

func (c *Cloud) readSnapshot(q *request) (reply, error) {
	s, found := c.s.Snapshots.find(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"snapshot": snapshotView(s)})
}

func (c *Cloud) deleteSnapshot(q *request) (reply, error) {
	if !c.s.Snapshots.drop(q.PathValue("id")) {
		return reply{}, notFound()
	}
	return noContent()
}
