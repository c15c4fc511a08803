package fake

import (
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// maxVolumes is how many volumes a Droplet can have, maxVolumeSize what one can hold in GiB.
const (
	maxVolumes    = 15
	maxVolumeSize = 16384
)

// volume is block storage of a region, attached to one Droplet at most.
type volume struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Region      string    `json:"region"`
	Size        int       `json:"size_gigabytes"`
	FSType      string    `json:"filesystem_type"`
	FSLabel     string    `json:"filesystem_label"`
	DropletIDs  []int     `json:"droplet_ids"`
	Tags        []string  `json:"tags"`
	CreatedAt   time.Time `json:"created_at"`
	home
}

func (v *volume) Key() string   { return v.ID }
func (v *volume) Title() string { return v.Name }
func (v *volume) urn() string   { return "do:volume:" + v.ID }

// volumeSpec is the body of POST /v2/volumes.
type volumeSpec struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Region      string   `json:"region"`
	Size        int      `json:"size_gigabytes"`
	Snapshot    string   `json:"snapshot_id"`
	FSType      string   `json:"filesystem_type"`
	FSLabel     string   `json:"filesystem_label"`
	Tags        []string `json:"tags"`
	Project     string   `json:"project_id"`
}

var volumeName = providers.NewPattern(`^[a-z][a-z0-9-]{0,63}$`)

func (c *Cloud) createVolume(q *request) (reply, error) {
	var in volumeSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.restoreVolume(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkVolume(&in); err != nil {
		return reply{}, err
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return reply{}, err
	}
	v := &volume{ID: c.s.IDs.UUID(), Name: in.Name, Description: in.Description, Region: in.Region, Size: in.Size,
		FSType: in.FSType, FSLabel: in.FSLabel, Tags: c.spell(in.Tags), CreatedAt: q.now, home: project}
	c.makeTags(in.Tags)
	c.s.Volumes.Add(v)
	return created(map[string]any{"volume": v.view()})
}

func (c *Cloud) checkVolume(in *volumeSpec) error {
	labels := map[string]int{"ext4": 16, "xfs": 12}
	switch {
	case !volumeName.MatchString(in.Name):
		return invalid("name must be lowercase and be composed only of numbers, letters and \"-\", up to a limit of 64 characters; it must begin with a letter")
	case !regionExists(in.Region):
		return invalid("region not found")
	case in.Size < 1 || in.Size > maxVolumeSize:
		return invalid("size_gigabytes must be between 1 and %d", maxVolumeSize)
	case in.FSType != "" && labels[in.FSType] == 0:
		return invalid("filesystem_type must be ext4 or xfs")
	case in.FSType == "" && in.FSLabel != "":
		return invalid("filesystem_label may only be used with filesystem_type")
	case in.FSType != "" && len(in.FSLabel) > labels[in.FSType]:
		return invalid("filesystem_label is too long")
	case len(c.s.Volumes) >= c.o.Quota.Volumes:
		return invalid("failed to create volume: volume limit exceeded")
	}
	if _, taken := c.volumeNamed(in.Name, in.Region); taken {
		return conflict("failed to create volume: volume already exists")
	}
	return checkTags(in.Tags)
}

func (c *Cloud) volumeNamed(name, region string) (*volume, bool) {
	for _, v := range c.s.Volumes {
		if v.Name == name && v.Region == region {
			return v, true
		}
	}
	return nil, false
}

func (v *volume) view() map[string]any {
	return map[string]any{
		"id": v.ID, "name": v.Name, "description": v.Description, "region": regionView(v.Region),
		"size_gigabytes": v.Size, "filesystem_type": v.FSType, "filesystem_label": v.FSLabel,
		"droplet_ids": orEmpty(v.DropletIDs), "tags": orEmpty(v.Tags), "created_at": stamp(v.CreatedAt),
	}
}

func (c *Cloud) findVolume(q *request) (*volume, error) { return get(c.s.Volumes, q.PathValue("id")) }

func (c *Cloud) readVolume(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"volume": v.view()})
}

func (c *Cloud) listVolumes(q *request) (reply, error) {
	name, region := q.URL.Query().Get("name"), q.URL.Query().Get("region")
	found := slices.DeleteFunc(slices.Clone(c.s.Volumes), func(v *volume) bool {
		return name != "" && v.Name != name || region != "" && v.Region != region
	})
	return list(q, "volumes", found, (*volume).view)
}

func (c *Cloud) deleteVolume(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	return c.removeVolume(v)
}

func (c *Cloud) deleteVolumeByName(q *request) (reply, error) {
	v, found := c.volumeNamed(q.URL.Query().Get("name"), q.URL.Query().Get("region"))
	if !found {
		return reply{}, notFound()
	}
	return c.removeVolume(v)
}

func (c *Cloud) removeVolume(v *volume) (reply, error) {
	if len(v.DropletIDs) > 0 || c.volumeBusy(v) != nil {
		return reply{}, conflict("attached volume cannot be deleted")
	}
	c.s.Volumes.Drop(v.ID)
	return noContent()
}

// volumeChange is the body of the volume actions.
type volumeChange struct {
	Type      string   `json:"type"`
	Name      string   `json:"volume_name"`
	Region    string   `json:"region"`
	DropletID int      `json:"droplet_id"`
	Size      int      `json:"size_gigabytes"`
	Tags      []string `json:"tags"`
}

func (c *Cloud) createVolumeAction(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	var in volumeChange
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	return c.actOnVolume(q, v, &in)
}

func (c *Cloud) createVolumeActionByName(q *request) (reply, error) {
	var in volumeChange
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	i := slices.IndexFunc(c.s.Volumes, func(v *volume) bool {
		return v.Name == in.Name && (in.Region == "" || v.Region == in.Region)
	})
	if i < 0 {
		return reply{}, notFound()
	}
	return c.actOnVolume(q, c.s.Volumes[i], &in)
}

func (c *Cloud) actOnVolume(q *request, v *volume, in *volumeChange) (reply, error) {
	if in.Region != "" && in.Region != v.Region {
		return reply{}, invalid("volume is not in region %s", in.Region)
	}
	if err := c.volumeBusy(v); err != nil {
		return reply{}, err
	}
	a := action{ResourceType: "volume", Region: v.Region, VolumeID: v.ID}
	var err error
	switch in.Type {
	case "attach":
		a.Type, a.DropletID = "attach_volume", in.DropletID
		err = c.checkAttach(q, v, in.DropletID)
	case "detach":
		a.Type, a.DropletID = "detach_volume", in.DropletID
		err = c.checkDetach(v, in.DropletID)
	case "resize":
		a.Type, a.GiB = "resize", in.Size
		if in.Size <= v.Size || in.Size > maxVolumeSize {
			err = invalid("size_gigabytes must be larger than %d and at most %d", v.Size, maxVolumeSize)
		}
	default:
		err = invalid("%q is not a valid action type.", in.Type)
	}
	if err == nil {
		err = checkTags(in.Tags)
	}
	if err != nil {
		return reply{}, err
	}
	c.makeTags(in.Tags)
	v.Tags = c.spell(append(v.Tags, in.Tags...))
	return accepted(map[string]any{"action": c.start(q, a, c.o.Settle).view()})
}

func (c *Cloud) checkAttach(q *request, v *volume, dropletID int) error {
	d, err := c.liveDroplet(q, dropletID)
	switch {
	case err != nil:
		return err
	case slices.Contains(v.DropletIDs, dropletID):
		return invalid("This volume is already attached")
	case len(v.DropletIDs) > 0:
		return invalid("This volume is already attached to another Droplet")
	case d.Region != v.Region:
		return invalid("Droplet and volume must be in the same region")
	case !d.DeletedAt.IsZero():
		return invalid("Droplet already has a pending event.")
	case len(c.volumesOf(d)) >= maxVolumes:
		return invalid("Droplet has reached the maximum number of attached volumes (%d)", maxVolumes)
	}
	return c.pending(dropletID)
}

func (c *Cloud) checkDetach(v *volume, dropletID int) error {
	if !slices.Contains(v.DropletIDs, dropletID) {
		return invalid("Attachment not found")
	}
	return c.pending(dropletID)
}

// volumeBusy refuses while an action on v has not ended.
func (c *Cloud) volumeBusy(v *volume) error {
	for _, a := range c.s.Actions {
		if a.Status == inProgress && a.VolumeID == v.ID {
			return invalid("Volume already has a pending event.")
		}
	}
	return nil
}

// finishVolume applies what a brings to v. A Droplet that went meanwhile gets nothing.
func (c *Cloud) finishVolume(v *volume, a *action) {
	switch a.Type {
	case "attach_volume":
		if _, there := c.s.Droplets.Find(itoa(a.DropletID)); there {
			v.DropletIDs = []int{a.DropletID}
		}
	case "detach_volume":
		v.DropletIDs = nil
	case "resize":
		v.Size = a.GiB
	}
}

func (c *Cloud) listVolumeActions(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "actions", c.actionsWhere(func(a *action) bool { return a.VolumeID == v.ID }), (*action).view)
}

func (c *Cloud) readVolumeAction(q *request) (reply, error) {
	v, err := c.findVolume(q)
	if err != nil {
		return reply{}, err
	}
	return c.oneAction(q, func(a *action) bool { return a.VolumeID == v.ID })
}
