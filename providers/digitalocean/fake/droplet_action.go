package fake

import "encoding/json"

// dropletChange is the body of POST /v2/droplets/{id}/actions.
type dropletChange struct {
	Type   string          `json:"type"`
	Size   string          `json:"size"`
	Disk   bool            `json:"disk"`
	Name   string          `json:"name"`
	Image  json.RawMessage `json:"image"`
	Policy *backupPolicy   `json:"backup_policy"`
}

func (c *Cloud) createDropletAction(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	var in dropletChange
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	a, err := c.checkDropletAction(d, &in)
	if err != nil {
		return reply{}, err
	}
	return created(map[string]any{"action": c.start(q, a, c.o.Settle).view()})
}

// createDropletActionsByTag acts on all Droplets with a tag, or on none of them.
func (c *Cloud) createDropletActionsByTag(q *request) (reply, error) {
	var in dropletChange
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	var wanted []action
	for _, d := range c.visibleDroplets(q) {
		if !hasTag(d.Tags, q.URL.Query().Get("tag_name")) {
			continue
		}
		a, err := c.checkDropletAction(d, &in)
		if err != nil {
			return reply{}, err
		}
		wanted = append(wanted, a)
	}
	views := []any{}
	for _, a := range wanted {
		views = append(views, c.start(q, a, c.o.Settle).view())
	}
	return created(map[string]any{"actions": views})
}

// checkDropletAction refuses what d cannot do now and returns the action.
func (c *Cloud) checkDropletAction(d *droplet, in *dropletChange) (action, error) {
	a := action{Type: in.Type, ResourceType: "droplet", Region: d.Region, DropletID: d.ID, Name: in.Name}
	if err := c.pending(d.ID); err != nil {
		return a, err
	}
	if !d.DeletedAt.IsZero() {
		return a, invalid("Droplet already has a pending event.")
	}
	var err error
	switch in.Type {
	case "power_on":
		if d.Status == "active" {
			err = invalid("Droplet is already powered on.")
		}
	case "power_off", "shutdown", "reboot", "power_cycle", "password_reset":
		if d.Status == "off" {
			err = invalid("Droplet is already powered off.")
		}
	case "resize":
		a.Size, a.Disk = in.Size, in.Disk
		err = c.checkResize(d, in)
	case "rename":
		if in.Name == "" || len(in.Name) > 255 || !hostname.MatchString(in.Name) {
			err = invalid("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
		}
	case "snapshot":
		if in.Name == "" {
			err = invalid("Name is required")
			break
		}
		a.Made = c.s.IDs.Number(imageIDs)
	case "rebuild":
		var ref imageRef
		ref, err = c.bootImage(idOrName(in.Image), d.Region, d.Disk)
		a.Image = &ref
	case "enable_ipv6":
		if d.IPv6 != "" {
			err = invalid("IPv6 is already enabled.")
		}
	case "enable_private_networking":
	case "enable_backups", "disable_backups", "change_backup_policy":
		err = checkBackups(d, in, &a)
	default:
		err = invalid("%q is not a valid action type.", in.Type)
	}
	return a, err
}

func checkBackups(d *droplet, in *dropletChange, a *action) error {
	if in.Type == "enable_backups" && in.Policy == nil {
		in.Policy = &backupPolicy{Plan: "daily"}
	}
	a.Policy = in.Policy
	switch {
	case in.Type == "enable_backups" && d.Backups:
		return invalid("Backups are already enabled.")
	case in.Type != "enable_backups" && !d.Backups:
		return invalid("Backups are not enabled.")
	case in.Type == "change_backup_policy" && in.Policy == nil:
		return invalid("backup_policy is required")
	}
	return in.Policy.check()
}

func (c *Cloud) checkResize(d *droplet, in *dropletChange) error {
	to, found := findSize(in.Size)
	switch {
	case !found:
		return invalid("You specified an invalid size for Droplet resize.")
	case !c.inStock(to, d.Region):
		return invalid("Size is not available in this region.")
	case d.Status != "off":
		return invalid("Droplet must be powered off to resize.")
	case to.slug == d.SizeSlug && (!in.Disk || to.disk == d.Disk):
		return invalid("Droplet already has this size.")
	case to.disk < d.Disk:
		return invalid("Size can not be smaller than the Droplet's original size")
	}
	return nil
}

// finishDroplet applies what a brings to d.
func (c *Cloud) finishDroplet(d *droplet, a *action) {
	switch a.Type {
	case "power_on", "reboot", "power_cycle":
		d.Status = "active"
	case "power_off", "shutdown":
		d.Status = "off"
	case "resize":
		d.SizeSlug = a.Size
		if s, _ := findSize(a.Size); a.Disk {
			d.Disk = s.disk
		}
	case "rename":
		d.Name = a.Name
	case "rebuild":
		d.Image = *a.Image
	case "enable_ipv6":
		d.IPv6 = v6Address(d.ID)
	case "enable_backups", "change_backup_policy":
		d.Backups, d.Policy = true, a.Policy
	case "disable_backups":
		d.Backups, d.Policy = false, nil
	case "snapshot":
		distribution, _ := c.imageByRef(d.Image)["distribution"].(string)
		// Its time is that of the action's start, as Terraform's provider relies on.
		c.s.Snapshots.Add(&snapshot{ID: a.Made, Name: a.Name, DropletID: d.ID, Regions: []string{d.Region},
			MinDisk: d.Disk, Distribution: distribution, CreatedAt: a.StartedAt})
	}
}

func (c *Cloud) listDropletActions(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "actions", c.actionsWhere(ofDroplet(d)), (*action).view)
}

func (c *Cloud) readDropletAction(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	return c.oneAction(q, ofDroplet(d))
}

func ofDroplet(d *droplet) func(*action) bool {
	return func(a *action) bool { return a.ResourceType == "droplet" && a.DropletID == d.ID }
}
