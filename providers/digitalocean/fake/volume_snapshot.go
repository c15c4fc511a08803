package fake

import "time"

// volumeSnapshot is a copy of a volume, which need not be there any more.
type volumeSnapshot struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	VolumeID  string    `json:"volume_id"`
	Regions   []string  `json:"regions"`
	MinDisk   int       `json:"min_disk_size"`
	FSType    string    `json:"filesystem_type"`
	FSLabel   string    `json:"filesystem_label"`
	Tags      []string  `json:"tags"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *volumeSnapshot) Key() string   { return s.ID }
func (s *volumeSnapshot) Title() string { return s.Name }

// view is what the API shows. What is billed is what was written, of which
// there is none here.
func (s *volumeSnapshot) view() map[string]any {
	return map[string]any{
		"id": s.ID, "name": s.Name, "created_at": stamp(s.CreatedAt), "regions": s.Regions, "min_disk_size": s.MinDisk,
		"size_gigabytes": 0, "resource_id": s.VolumeID, "resource_type": "volume", "tags": orEmpty(s.Tags),
	}
}

func (c *Cloud) createVolumeSnapshot(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == "" {
		return reply{}, badRequest("name is required")
	}
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	if err := c.volumeBusy(v); err != nil {
		return reply{}, err
	}
	s := &volumeSnapshot{ID: c.s.IDs.UUID(), Name: in.Name, VolumeID: v.ID, Regions: []string{v.Region}, MinDisk: v.Size,
		FSType: v.FSType, FSLabel: v.FSLabel, Tags: c.spell(in.Tags), CreatedAt: q.now}
	c.makeTags(in.Tags)
	c.s.VolumeSnapshots.Add(s)
	return created(map[string]any{"snapshot": s.view()})
}

// readVolumeOrSnapshots serves /volumes/{id}/snapshots and /volumes/snapshots/{id}:
// neither pattern is the narrower one.
func (c *Cloud) readVolumeOrSnapshots(q *request) (reply, error) {
	if q.PathValue("id") == "snapshots" {
		return c.showVolumeSnapshot(q.PathValue("sub"))
	}
	if q.PathValue("sub") != "snapshots" {
		return reply{}, notFound()
	}
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	var own []*volumeSnapshot
	for _, s := range c.s.VolumeSnapshots {
		if s.VolumeID == v.ID {
			own = append(own, s)
		}
	}
	return list(q, "snapshots", own, (*volumeSnapshot).view)
}

func (c *Cloud) showVolumeSnapshot(id string) (reply, error) {
	s, found := c.s.VolumeSnapshots.Find(id)
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"snapshot": s.view()})
}

func (c *Cloud) deleteVolumeSnapshot(q *request) (reply, error) {
	if !c.s.VolumeSnapshots.Drop(q.PathValue("sid")) {
		return reply{}, notFound()
	}
	return noContent()
}

// restoreVolume fills in what a volume has of the snapshot it starts from.
func (c *Cloud) restoreVolume(in *volumeSpec) error {
	if in.Snapshot == "" {
		return nil
	}
	s, found := c.s.VolumeSnapshots.Find(in.Snapshot)
	switch {
	case !found:
		return invalid("snapshot %s not found", in.Snapshot)
	case in.Region != "" && in.Region != s.Regions[0]:
		return invalid("snapshot %s is not in region %s", in.Snapshot, in.Region)
	case in.Size != 0 && in.Size < s.MinDisk:
		return invalid("size_gigabytes must be at least %d, the size of the snapshot", s.MinDisk)
	}
	in.Region = s.Regions[0]
	in.Size = max(in.Size, s.MinDisk)
	in.FSType, in.FSLabel = s.FSType, s.FSLabel
	return nil
}
