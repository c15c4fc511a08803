package fake

import (
	"fmt"
	"slices"
	"time"
)

// backupPolicy says when backups are taken. Nil is fine to check.
type backupPolicy struct {
	Plan    string `json:"plan"`
	Weekday string `json:"weekday,omitempty"`
	Hour    int    `json:"hour"`
}

// check fills the default weekday and refuses what the API's enums do not have.
func (p *backupPolicy) check() error {
	if p == nil {
		return nil
	}
	if p.Plan == "" {
		p.Plan = "daily"
	}
	if p.Plan == "weekly" && p.Weekday == "" {
		p.Weekday = "SUN"
	}
	days := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	switch {
	case p.Plan != "daily" && p.Plan != "weekly":
		return invalid("backup_policy.plan must be daily or weekly")
	case p.Plan == "daily" && p.Weekday != "":
		return invalid("backup_policy.weekday is for the weekly plan")
	case p.Plan == "weekly" && !slices.Contains(days, p.Weekday):
		return invalid("backup_policy.weekday is invalid")
	case p.Hour < 0 || p.Hour > 20 || p.Hour%4 != 0:
		return invalid("backup_policy.hour must be 0, 4, 8, 12, 16 or 20")
	}
	return nil
}

func (p *backupPolicy) view() map[string]any {
	v := map[string]any{"plan": p.Plan, "hour": p.Hour, "window_length_hours": 4, "retention_period_days": 7}
	if p.Plan == "weekly" {
		v["weekday"], v["retention_period_days"] = p.Weekday, 28
	}
	return v
}

// window is the next time a backup is taken, null without backups.
func (d *droplet) window(now time.Time) any {
	if !d.Backups || d.Policy == nil {
		return nil
	}
	day := now.UTC().Truncate(24 * time.Hour)
	start := day.Add(time.Duration(d.Policy.Hour) * time.Hour)
	if !start.After(now) {
		start = start.Add(24 * time.Hour)
	}
	return map[string]any{"start": stamp(start), "end": stamp(start.Add(4 * time.Hour))}
}

// newDropletView is d in the answer to its create: neither network nor VPC are known yet.
func (c *Cloud) newDropletView(q *request, d *droplet) map[string]any {
	v := c.dropletView(q, d)
	v["status"], v["locked"] = "new", true
	v["networks"] = map[string]any{"v4": []any{}, "v6": []any{}}
	delete(v, "vpc_uuid")
	if d.GPUMode != "" {
		v["gpu_partition_mode"] = d.GPUMode // which no other answer shows
	}
	return v
}

func (c *Cloud) dropletView(q *request, d *droplet) map[string]any {
	s, _ := findSize(d.SizeSlug)
	gpu, disks := s.gpuInfo()
	v := map[string]any{
		"id": d.ID, "name": d.Name, "memory": s.memory, "vcpus": s.vcpus, "disk": d.Disk, "disk_info": disks,
		"locked": c.pending(d.ID) != nil, "status": d.Status, "kernel": nil, "created_at": stamp(d.CreatedAt),
		"features": d.features(), "backup_ids": []int{}, "next_backup_window": d.window(q.now),
		"snapshot_ids": c.snapshotsOf(d), "image": c.imageByRef(d.Image), "volume_ids": c.volumesOf(d),
		"size": s.view(), "size_slug": d.SizeSlug, "region": regionView(d.Region), "tags": orEmpty(d.Tags),
		"networks": d.networks(), "vpc_uuid": d.VPC,
	}
	if gpu != nil {
		v["gpu_info"] = gpu
	}
	if q.now.Before(d.ActiveAt) {
		v["status"], v["locked"] = "new", true
	}
	// The API answers before the addresses are set, and without the key vpc_uuid then.
	if q.now.Before(d.CreatedAt.Add(c.o.Boot / 2)) {
		v["networks"] = map[string]any{"v4": []any{}, "v6": []any{}}
		delete(v, "vpc_uuid")
	}
	return v
}

func (d *droplet) features() []string {
	out := []string{}
	for _, f := range []struct {
		name string
		on   bool
	}{{"backups", d.Backups}, {"monitoring", d.Monitoring}, {"droplet_agent", d.Agent}, {"ipv6", d.IPv6 != ""}, {"private_networking", true}} {
		if f.on {
			out = append(out, f.name)
		}
	}
	return out
}

func (d *droplet) networks() map[string]any {
	v4 := []any{}
	if d.Public != "" {
		v4 = append(v4, map[string]any{"ip_address": d.Public, "netmask": "255.255.240.0", "gateway": "198.18.0.1", "type": "public"})
	}
	v4 = append(v4, map[string]any{"ip_address": d.Private, "netmask": "255.255.240.0", "gateway": "", "type": "private"})
	v6 := []any{}
	if d.IPv6 != "" {
		v6 = append(v6, map[string]any{"ip_address": d.IPv6, "netmask": 64, "gateway": "2001:db8::1", "type": "public"})
	}
	return map[string]any{"v4": v4, "v6": v6}
}

func v6Address(id int) string { return fmt.Sprintf("2001:db8:0:1010::%x:%x", id>>16, id&0xffff) }

func (c *Cloud) snapshotsOf(d *droplet) []int {
	out := []int{}
	for _, s := range c.s.Snapshots {
		if s.DropletID == d.ID {
			out = append(out, s.ID)
		}
	}
	return out
}

func (c *Cloud) volumesOf(d *droplet) []string {
	out := []string{}
	for _, v := range c.s.Volumes {
		if slices.Contains(v.DropletIDs, d.ID) {
			out = append(out, v.ID)
		}
	}
	return out
}

func (c *Cloud) readBackupPolicy(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	v := map[string]any{"droplet_id": d.ID, "backup_enabled": d.Backups}
	if d.Backups && d.Policy != nil {
		v["backup_policy"], v["next_backup_window"] = d.Policy.view(), d.window(q.now)
	}
	return ok(map[string]any{"policy": v})
}

func (c *Cloud) listDropletSnapshots(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	var own []*snapshot
	for _, s := range c.s.Snapshots {
		if s.DropletID == d.ID {
			own = append(own, s)
		}
	}
	return list(q, "snapshots", own, func(s *snapshot) map[string]any {
		i, _ := c.findImage(s.Key())
		return i.view()
	})
}

func (c *Cloud) listDropletFirewalls(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	own := slices.DeleteFunc(slices.Clone(c.s.Firewalls), func(f *firewall) bool { return !f.covers(d) })
	return list(q, "firewalls", own, func(f *firewall) map[string]any { return c.firewallView(q, f) })
}
