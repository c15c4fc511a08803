package fake

import (
	"cmp"
	"time"
)

// The size of a volume in GB.
const (
	minVolume = 10
	maxVolume = 10240
)

// volume is a disk of a location, attached to one server at most.
type volume struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Size      int       `json:"size"`
	Location  string    `json:"location"`
	Format    *string   `json:"format"`
	Server    int64     `json:"server,omitempty"`
	Made      bool      `json:"made"` // its action create_volume has ended
	Protected bool      `json:"protected"`
	Labels    labels    `json:"labels"`
	CreatedAt time.Time `json:"created"`
}

func (v *volume) key() int64       { return v.ID }
func (v *volume) title() string    { return v.Name }
func (v *volume) subject() subject { return subject{v.ID, "volume"} }

func (v *volume) view() view {
	status := "creating"
	if v.Made {
		status = "available"
	}
	return view{
		"id": v.ID, "name": v.Name, "size": v.Size, "location": locationView(v.Location), "format": v.Format, "status": status,
		"server": orNull(v.Server), "linux_device": "/dev/disk/by-id/scsi-0HC_Volume_" + itoa(v.ID),
		"protection": view{"delete": v.Protected}, "labels": v.Labels.shown(), "created": stamp(v.CreatedAt),
	}
}

func (c *Cloud) volumeRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/volumes":                                c.createVolume,
		"GET /v1/volumes":                                 c.listVolumes,
		"GET /v1/volumes/{id}":                            c.readVolume,
		"PUT /v1/volumes/{id}":                            c.updateVolume,
		"DELETE /v1/volumes/{id}":                         c.deleteVolume,
		"POST /v1/volumes/{id}/actions/attach":            c.attachVolume,
		"POST /v1/volumes/{id}/actions/detach":            c.detachVolume,
		"POST /v1/volumes/{id}/actions/resize":            c.resizeVolume,
		"POST /v1/volumes/{id}/actions/change_protection": c.protectVolume,
		"GET /v1/volumes/{id}/actions":                    c.listActionsOf("volume"),
	}
}

func (c *Cloud) volumeEffects() map[string]effect {
	return map[string]effect{
		"create_volume": c.onVolume(func(v *volume, _ *action) { v.Made = true }),
		"attach_volume": c.onVolume(func(v *volume, a *action) { v.Server = a.of("server") }),
		"detach_volume": c.onVolume(func(v *volume, _ *action) { v.Server = 0 }),
		"resize_volume": c.onVolume(func(v *volume, a *action) { v.Size = brought[int](a) }),
	}
}

// onVolume is an effect on the volume of an action that is there still.
func (c *Cloud) onVolume(f func(*volume, *action)) effect {
	return func(a *action) {
		if v, found := c.s.Volumes.find(a.of("volume")); found {
			f(v, a)
		}
	}
}

// volumeSpec is the body of a create.
type volumeSpec struct {
	naming
	Size      int     `json:"size"`
	Server    *int64  `json:"server"`
	Location  *idName `json:"location"`
	Automount *bool   `json:"automount"`
	Format    *string `json:"format"`
}

func (c *Cloud) createVolume(q *request) (reply, error) {
	var in volumeSpec
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.Volumes, "volume"); err != nil {
		return fail(err)
	}
	place, err := c.placeOfVolume(&in)
	if err != nil {
		return fail(err)
	}
	v := &volume{ID: c.newID(), Name: *in.Name, Size: in.Size, Location: place, Format: in.Format, CreatedAt: q.now}
	give(&v.Labels, in.Labels)
	c.s.Volumes.add(v)
	made := c.start(q, "create_volume", c.o.Settle, nil, v.subject())
	next := []view{}
	if in.Server != nil {
		on := subject{*in.Server, "server"}
		busy := c.busy(on)
		a := c.start(q, "attach_volume", 2*c.o.Settle, nil, v.subject(), on)
		if busy {
			a.Failure = &actionFailure{"locked", "server is locked"} // as Terraform's provider has met it
		}
		next = append(next, a.view())
	}
	return created(view{"volume": v.view(), "action": made.view(), "next_actions": next})
}

// placeOfVolume returns the location of a new volume, unless what is asked for is
// refused.
func (c *Cloud) placeOfVolume(in *volumeSpec) (string, error) {
	switch {
	case in.Size < minVolume || in.Size > maxVolume:
		return "", invalid("size", "must be between %d and %d", minVolume, maxVolume)
	case in.Format != nil && *in.Format != "ext4" && *in.Format != "xfs":
		return "", invalid("format", "must be one of ext4, xfs")
	case len(c.s.Volumes) >= c.o.Quota.Volumes:
		return "", refusal("resource_limit_exceeded", "volume limit exceeded")
	case in.Server != nil && in.Location != nil:
		return "", invalid("location", "must not be given together with server")
	case in.Automount != nil && *in.Automount && in.Server == nil:
		return "", invalid("automount", "must not be given without server")
	case in.Server != nil:
		s, err := c.s.Servers.get("server", *in.Server)
		if err != nil {
			return "", err
		}
		return s.Location, c.checkVolumes(s)
	case in.Location == nil:
		return "", invalid("location", "is required without server")
	}
	l, found := findLocation(string(*in.Location))
	if !found {
		return "", invalid("location", "location %q does not exist", *in.Location)
	}
	return l.name, nil
}

func (c *Cloud) listVolumes(q *request) (reply, error) {
	return list(q, "volumes", c.s.Volumes, (*volume).view, "name", "status")
}

func (c *Cloud) readVolume(q *request) (reply, error) {
	return read(q, c.s.Volumes, "volume", (*volume).view)
}

func (c *Cloud) updateVolume(q *request) (reply, error) {
	return update(q, c.s.Volumes, "volume", func(v *volume) (*string, *labels) { return &v.Name, &v.Labels }, (*volume).view)
}

func (c *Cloud) deleteVolume(q *request) (reply, error) {
	v, err := inPath(q, c.s.Volumes, "volume")
	if err != nil {
		return fail(err)
	}
	switch {
	case v.Protected:
		return fail(refusal("protected", "volume deletion is protected"))
	case v.Server != 0:
		return fail(refusal("resource_in_use", "volume is still attached to a server"))
	}
	if err := c.idle(v.subject()); err != nil {
		return fail(err)
	}
	c.s.Volumes.drop(v.ID)
	return noContent()
}

func (c *Cloud) resizeVolume(q *request) (reply, error) {
	var in struct {
		Size int `json:"size"`
	}
	v, err := acted(c, q, c.s.Volumes, "volume", &in)
	if err != nil {
		return fail(err)
	}
	if in.Size <= v.Size || in.Size > maxVolume {
		return fail(invalid("size", "must be greater than %d and at most %d", v.Size, maxVolume))
	}
	return c.start(q, "resize_volume", c.o.Settle, in.Size, v.subject()).reply()
}

func (c *Cloud) protectVolume(q *request) (reply, error) {
	v, err := protect(c, q, c.s.Volumes, "volume", func(v *volume) *bool { return &v.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, v.subject()).reply()
}

// maxVolumes is how many volumes a server can have.
const maxVolumes = 16

// volumesOf returns the numbers of the volumes of a server.
func (c *Cloud) volumesOf(s *server) []int64 {
	ids := []int64{}
	for _, v := range c.s.Volumes {
		if v.Server == s.ID {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// checkVolumes refuses one more volume for a server that has as many as it can.
func (c *Cloud) checkVolumes(s *server) error {
	if len(c.volumesOf(s)) >= maxVolumes {
		return refusal("resource_limit_exceeded", "a server can have %d volumes", maxVolumes)
	}
	return nil
}

func (c *Cloud) attachVolume(q *request) (reply, error) {
	var in struct {
		Server    int64 `json:"server"`
		Automount *bool `json:"automount"`
	}
	v, err := acted(c, q, c.s.Volumes, "volume", &in)
	if err != nil {
		return fail(err)
	}
	s, err := c.s.Servers.get("server", in.Server)
	switch {
	case err != nil:
		return fail(err)
	case v.Server != 0:
		return fail(refusal("volume_already_attached", "volume is already attached to server %d", v.Server))
	case v.Location != s.Location:
		return fail(invalid("server", "server and volume must be in the same location"))
	}
	if err := cmp.Or(c.checkVolumes(s), c.idle(s.subject())); err != nil {
		return fail(err)
	}
	return c.start(q, "attach_volume", c.o.Settle, nil, v.subject(), s.subject()).reply()
}

func (c *Cloud) detachVolume(q *request) (reply, error) {
	v, err := acted(c, q, c.s.Volumes, "volume", nil)
	if err != nil {
		return fail(err)
	}
	on := subject{v.Server, "server"}
	if v.Server == 0 {
		return fail(invalid("volume", "is not attached to a server"))
	}
	if err := c.idle(on); err != nil {
		return fail(err)
	}
	return c.start(q, "detach_volume", c.o.Settle, nil, v.subject(), on).reply()
}
