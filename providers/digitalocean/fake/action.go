package fake

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// The states of an action; the fake has no "errored".
const (
	inProgress = "in-progress"
	completed  = "completed"
)

// action is an event in the cloud. Its effect happens when it ends, in finish.
type action struct {
	ID           int       `json:"id"`
	Type         string    `json:"type"`
	Status       string    `json:"status"`
	StartedAt    time.Time `json:"started_at"`
	EndsAt       time.Time `json:"ends_at"`
	ResourceType string    `json:"resource_type"`
	Region       string    `json:"region_slug"`

	// What the action is about. A Droplet can take part in one action at a time.
	DropletID int    `json:"droplet_id,omitempty"`
	VolumeID  string `json:"volume_id,omitempty"`
	IP        string `json:"ip,omitempty"`
	ImageID   int    `json:"image_id,omitempty"`

	// What the action brings.
	Size string `json:"size,omitempty"`
	Disk bool   `json:"disk,omitempty"`
	Name string `json:"name,omitempty"`
	GiB  int    `json:"gib,omitempty"`
	Made int    `json:"made,omitempty"` // id of what it makes

	Image  *imageRef     `json:"image,omitempty"`
	Policy *backupPolicy `json:"backup_policy,omitempty"`
}

func (a *action) Key() string   { return itoa(a.ID) }
func (a *action) Title() string { return a.Type }
func (a *action) Hidden() bool  { return true }

// start records a, which ends after d, and returns it.
func (c *Cloud) start(q *request, a action, d time.Duration) *action {
	a.ID = c.s.IDs.Number(36_000_000)
	a.Status, a.StartedAt, a.EndsAt = inProgress, q.now, q.now.Add(d)
	c.s.Actions.Add(&a)
	return &a
}

// finish ends a and applies what it brings, unless its subject is gone.
func (c *Cloud) finish(a *action) {
	a.Status = completed
	switch a.ResourceType {
	case "droplet":
		if d, ok := c.s.Droplets.Find(itoa(a.DropletID)); ok {
			c.finishDroplet(d, a)
		}
	case "volume":
		if v, ok := c.s.Volumes.Find(a.VolumeID); ok {
			c.finishVolume(v, a)
		}
	case "image":
		c.finishTransfer(a)
	case "reserved_ip":
		if r, ok := c.s.ReservedIPs.Find(a.IP); ok {
			c.finishReservedIP(r, a)
		}
	case "reserved_ipv6":
		if r, ok := c.s.ReservedIPv6s.Find(a.IP); ok {
			c.finishReservedIPv6(r, a)
		}
	}
}

func (a *action) view() map[string]any {
	v := map[string]any{
		"id": a.ID, "type": a.Type, "status": a.Status, "started_at": stamp(a.StartedAt), "completed_at": nil,
		"resource_id": nil, "resource_type": a.ResourceType, "region": regionView(a.Region), "region_slug": a.Region,
	}
	if a.Status == completed {
		v["completed_at"] = stamp(a.EndsAt)
	}
	switch a.ResourceType {
	case "droplet":
		v["resource_id"] = a.DropletID
	case "image":
		v["resource_id"] = a.ImageID
	case "reserved_ip":
		// The id of a reserved IP is its address as a number.
		if ip, err := netip.ParseAddr(a.IP); err == nil {
			v["resource_id"] = binary.BigEndian.Uint32(ip.AsSlice())
		}
	case "reserved_ipv6":
		v["resource_id"] = a.ID // which id such an address has is not documented
	}
	return v
}

// actionsWhere returns the actions that match, newest first as the API lists them.
func (c *Cloud) actionsWhere(match func(*action) bool) []*action {
	var out []*action
	for i := len(c.s.Actions) - 1; i >= 0; i-- {
		if match(c.s.Actions[i]) {
			out = append(out, c.s.Actions[i])
		}
	}
	return out
}

func (c *Cloud) listActions(q *request) (reply, error) {
	return list(q, "actions", c.actionsWhere(func(*action) bool { return true }), (*action).view)
}

func (c *Cloud) readAction(q *request) (reply, error) {
	return c.oneAction(q, func(*action) bool { return true })
}

// oneAction answers the action named in the path, if it matches.
func (c *Cloud) oneAction(q *request, match func(*action) bool) (reply, error) {
	a, found := c.s.Actions.Find(q.PathValue("aid"))
	if !found || !match(a) {
		return reply{}, notFound()
	}
	return ok(map[string]any{"action": a.view()})
}

// pending refuses when the Droplet takes part in an action that has not ended.
func (c *Cloud) pending(dropletID int) error {
	for _, a := range c.s.Actions {
		if a.Status == inProgress && a.DropletID == dropletID {
			return invalid("Droplet already has a pending event.")
		}
	}
	return nil
}
