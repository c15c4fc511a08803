package fake

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// droplet is a virtual machine. Status is what it settles to; while it boots
// the API says "new".
type droplet struct {
	ID         int           `json:"id"`
	UUID       string        `json:"uuid"` // in the member lists of VPCs only
	Name       string        `json:"name"`
	Region     string        `json:"region"`
	SizeSlug   string        `json:"size_slug"`
	Disk       int           `json:"disk"`
	Image      imageRef      `json:"image"`
	Status     string        `json:"status"` // active, off
	VPC        string        `json:"vpc_uuid"`
	Public     string        `json:"public_ipv4"`
	Private    string        `json:"private_ipv4"`
	IPv6       string        `json:"ipv6"`
	Tags       []string      `json:"tags"`
	SSHKeys    []int         `json:"ssh_keys"`
	UserData   string        `json:"user_data"`
	Backups    bool          `json:"backups"`
	Policy     *backupPolicy `json:"backup_policy"`
	Monitoring bool          `json:"monitoring"`
	Agent      bool          `json:"droplet_agent"`
	CreatedAt  time.Time     `json:"created_at"`
	ActiveAt   time.Time     `json:"active_at"`
	DeletedAt  time.Time     `json:"deleted_at"`
	Pool       string        `json:"pool,omitempty"` // that it is a member of
	GPUMode    string        `json:"gpu_partition_mode,omitempty"`
	home
}

func (d *droplet) Key() string   { return itoa(d.ID) }
func (d *droplet) Title() string { return d.Name }
func (d *droplet) Hidden() bool  { return !d.DeletedAt.IsZero() }
func (d *droplet) urn() string   { return "do:droplet:" + itoa(d.ID) }

// visible tells whether the API still knows d.
func (d *droplet) visible(now time.Time, o Options) bool {
	return d.DeletedAt.IsZero() || now.Before(d.DeletedAt.Add(o.DeleteLag))
}

// gone tells whether nothing depends on d any more.
func (d *droplet) gone(now time.Time, o Options) bool {
	return !d.DeletedAt.IsZero() && !now.Before(d.DeletedAt.Add(o.DeleteLag+o.MemberLag))
}

// dropletSpec is the body of POST /v2/droplets.
type dropletSpec struct {
	Name     string            `json:"name"`
	Names    []string          `json:"names"`
	Region   string            `json:"region"`
	Size     string            `json:"size"`
	Image    json.RawMessage   `json:"image"`
	SSHKeys  []json.RawMessage `json:"ssh_keys"`
	Backups  bool              `json:"backups"`
	Policy   *backupPolicy     `json:"backup_policy"`
	IPv6     bool              `json:"ipv6"`
	Monitor  bool              `json:"monitoring"`
	Tags     []string          `json:"tags"`
	UserData string            `json:"user_data"`
	Volumes  []json.RawMessage `json:"volumes"`
	VPC      string            `json:"vpc_uuid"`
	Agent    *bool             `json:"with_droplet_agent"`
	Public   *bool             `json:"public_networking"`
	Project  string            `json:"project_id"`
	GPUMode  string            `json:"gpu_partition_mode"`
}

var hostname = providers.NewPattern(`^[a-zA-Z0-9]?[a-z0-9A-Z.\-]*[a-z0-9A-Z]$`)

const maxUserData = 64 << 10

func (c *Cloud) createDroplets(q *request) (reply, error) {
	var in dropletSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	names := in.Names
	if in.Names == nil {
		names = []string{in.Name}
	}
	base, volumes, err := c.checkDroplet(q, &in, names)
	if err != nil {
		return reply{}, err
	}
	c.makeTags(in.Tags)
	var views, links []any
	for _, name := range names {
		d, a := c.addDroplet(q, base, name)
		for _, v := range volumes {
			v.DropletIDs = []int{d.ID}
		}
		views = append(views, c.newDropletView(q, d))
		links = append(links, map[string]any{"id": a.ID, "rel": "create", "href": "https://" + q.Host + "/v2/actions/" + itoa(a.ID)})
	}
	body := map[string]any{"droplet": views[0], "links": map[string]any{"actions": links}}
	if in.Names != nil {
		delete(body, "droplet")
		body["droplets"] = views
	}
	return accepted(body)
}

// checkDroplet refuses what cannot be made and returns what all of them share.
func (c *Cloud) checkDroplet(q *request, in *dropletSpec, names []string) (*droplet, []*volume, error) {
	if err := c.checkNames(q, names); err != nil {
		return nil, nil, err
	}
	s, err := c.placeDroplet(in)
	if err != nil {
		return nil, nil, err
	}
	if in.GPUMode != "" && !slices.Contains(s.partitions(), in.GPUMode) {
		return nil, nil, invalid("gpu_partition_mode is not supported by this size.")
	}
	img, err := c.bootImage(idOrName(in.Image), in.Region, s.disk)
	if err != nil {
		return nil, nil, err
	}
	if len(in.UserData) > maxUserData {
		return nil, nil, invalid("user_data is too long (maximum is 64 KiB)")
	}
	keys, err := c.bootKeys(q, in.SSHKeys)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, nil, err
	}
	if in.Backups && in.Policy == nil {
		in.Policy = &backupPolicy{Plan: "daily"}
	}
	if err := in.Policy.check(); err != nil {
		return nil, nil, err
	}
	volumes, err := c.bootVolumes(in, len(names))
	if err != nil {
		return nil, nil, err
	}
	project, err := c.homeFor(q, in.Project)
	if err != nil {
		return nil, nil, err
	}
	network, err := c.networkFor(q, in.VPC, in.Region)
	if err != nil {
		return nil, nil, err
	}
	if len(c.members(network))+len(names) > network.hosts() {
		return nil, nil, invalid("VPC %s has no free addresses", network.ID)
	}
	d := &droplet{Region: in.Region, SizeSlug: in.Size, Disk: s.disk, Image: img, Status: "active", VPC: network.ID,
		Tags: c.spell(in.Tags), SSHKeys: keys, UserData: in.UserData, Backups: in.Backups, Policy: in.Policy,
		Monitoring: in.Monitor, GPUMode: in.GPUMode, Agent: in.Agent == nil || *in.Agent, home: project}
	if in.Public == nil || *in.Public {
		d.Public = "wanted"
		if in.IPv6 {
			d.IPv6 = "wanted"
		}
	}
	return d, volumes, nil
}

func (c *Cloud) checkNames(q *request, names []string) error {
	if len(names) < 1 || len(names) > 10 {
		return invalid("You can create between 1 and 10 Droplets at once.")
	}
	for _, name := range names {
		if name == "" {
			return invalid("Name is required")
		}
		if len(name) > 255 || !hostname.MatchString(name) {
			return invalid("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
		}
	}
	if len(c.visibleDroplets(q))+len(names) > c.o.Quota.Droplets {
		return invalid("creating this/these droplet(s) will exceed your droplet limit")
	}
	return nil
}

// placeDroplet finds the size and fixes a region that was left open.
func (c *Cloud) placeDroplet(in *dropletSpec) (size, error) {
	s, found := findSize(in.Size)
	if !found {
		return size{}, invalid("You specified an invalid size for Droplet creation.")
	}
	if !regionExists(in.Region) {
		i := slices.IndexFunc(regionSlugs(), func(r string) bool {
			return strings.HasPrefix(r, in.Region) && c.inStock(s, r)
		})
		if i < 0 {
			return size{}, invalid("You specified an invalid region for Droplet creation.")
		}
		in.Region = regionSlugs()[i]
	}
	if !c.inStock(s, in.Region) {
		return size{}, invalid("Size is not available in this region.")
	}
	return s, nil
}

func (c *Cloud) inStock(s size, region string) bool {
	return slices.Contains(s.regions(), region) && !c.o.NoStock[s.slug] && !c.o.NoStock[s.slug+"@"+region]
}

func (c *Cloud) bootImage(name, region string, disk int) (imageRef, error) {
	i, found := c.findImage(name)
	if !found || i.custom != nil && i.custom.Status != "available" {
		return imageRef{}, invalid("You specified an invalid image for Droplet creation.")
	}
	if !slices.Contains(i.regions, region) {
		return imageRef{}, invalid("The image is not available in the requested region.")
	}
	if i.minDisk > disk {
		return imageRef{}, invalid("The image requires a disk of at least %d GB.", i.minDisk)
	}
	return i.ref, nil
}

func (c *Cloud) bootKeys(q *request, wanted []json.RawMessage) ([]int, error) {
	var ids []int
	for _, raw := range wanted {
		k, found := c.findKey(idOrName(raw))
		if !found || q.now.Before(k.CreatedAt.Add(c.o.KeyLag)) {
			return nil, invalid("%s are invalid key identifiers for Droplet creation.", idOrName(raw))
		}
		ids = append(ids, k.ID)
	}
	return ids, nil
}

// bootVolumes finds the volumes to attach. They are named by id, or by {id} or {name} objects.
func (c *Cloud) bootVolumes(in *dropletSpec, droplets int) ([]*volume, error) {
	if len(in.Volumes) > 0 && droplets > 1 {
		return nil, invalid("Volumes can only be attached when creating a single Droplet.")
	}
	if len(in.Volumes) > maxVolumes {
		return nil, invalid("A Droplet can have at most %d volumes.", maxVolumes)
	}
	var out []*volume
	for _, raw := range in.Volumes {
		var byField struct{ ID, Name string }
		id := idOrName(raw)
		if id == "" && json.Unmarshal(raw, &byField) == nil {
			id = byField.ID
		}
		v, found := c.s.Volumes.Find(id)
		if !found && byField.Name != "" {
			v, found = c.volumeNamed(byField.Name, in.Region)
		}
		switch {
		case !found:
			return nil, invalid("volume %s not found", id)
		case v.Region != in.Region:
			return nil, invalid("volume %s is not in region %s", id, in.Region)
		case len(v.DropletIDs) > 0 || slices.Contains(out, v):
			return nil, invalid("volume %s is already attached to a droplet", id)
		}
		out = append(out, v)
	}
	return out, nil
}

func (c *Cloud) addDroplet(q *request, base *droplet, name string) (*droplet, *action) {
	d := *base
	d.ID, d.UUID, d.Name = c.s.IDs.Number(440_000_000), c.s.IDs.UUID(), name
	d.CreatedAt, d.ActiveAt = q.now, q.now.Add(c.o.Boot)
	d.Tags, d.SSHKeys = slices.Clone(base.Tags), slices.Clone(base.SSHKeys)
	if d.Public != "" {
		d.Public = c.publicAddress()
	}
	if d.IPv6 != "" {
		d.IPv6 = v6Address(d.ID)
	}
	d.Private = c.privateAddress(d.VPC)
	c.s.Droplets.Add(&d)
	return &d, c.start(q, action{Type: "create", ResourceType: "droplet", Region: d.Region, DropletID: d.ID}, c.o.Boot)
}

func (c *Cloud) findDroplet(q *request) (*droplet, error) {
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	return c.liveDroplet(q, id)
}

func (c *Cloud) liveDroplet(q *request, id int) (*droplet, error) {
	d, found := c.s.Droplets.Find(itoa(id))
	if !found || !d.visible(q.now, c.o) {
		return nil, notFound()
	}
	return d, nil
}

func (c *Cloud) visibleDroplets(q *request) []*droplet {
	var out []*droplet
	for _, d := range c.s.Droplets {
		if d.visible(q.now, c.o) {
			out = append(out, d)
		}
	}
	return out
}

func (c *Cloud) readDroplet(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"droplet": c.dropletView(q, d)})
}

func (c *Cloud) listDroplets(q *request) (reply, error) {
	query := q.URL.Query()
	tagged, name, kind := query.Get("tag_name"), query.Get("name"), query.Get("type")
	if tagged != "" && (name != "" || kind != "") {
		return reply{}, invalid("tag_name can not be combined with name or type")
	}
	if kind != "" && kind != "droplets" && kind != "gpus" {
		return reply{}, invalid("type must be droplets or gpus")
	}
	droplets := slices.DeleteFunc(c.visibleDroplets(q), func(d *droplet) bool {
		s, _ := findSize(d.SizeSlug)
		switch {
		case tagged != "":
			return !hasTag(d.Tags, tagged)
		case name != "" && !strings.EqualFold(name, d.Name):
			return true
		}
		// Without a type, GPU Droplets are left out.
		return s.gpu() != (kind == "gpus")
	})
	return list(q, "droplets", droplets, func(d *droplet) map[string]any { return c.dropletView(q, d) })
}

func (c *Cloud) deleteDroplet(q *request) (reply, error) {
	d, err := c.findDroplet(q)
	if err != nil {
		return reply{}, err
	}
	if !d.DeletedAt.IsZero() {
		return noContent()
	}
	if err := c.pending(d.ID); err != nil {
		return reply{}, err
	}
	d.DeletedAt = q.now
	return noContent()
}

func (c *Cloud) deleteDropletsByTag(q *request) (reply, error) {
	tagged := q.URL.Query().Get("tag_name")
	if tagged == "" {
		return reply{}, invalid("tag_name is required")
	}
	for _, d := range c.visibleDroplets(q) {
		if hasTag(d.Tags, tagged) && d.DeletedAt.IsZero() {
			d.DeletedAt = q.now
		}
	}
	return noContent()
}

// purge ends d for good: volumes and reserved IPs stay, without it. Firewalls
// keep naming it, as observed in the real cloud.
func (c *Cloud) purge(d *droplet) {
	c.s.Droplets.Drop(d.Key())
	for _, v := range c.s.Volumes {
		v.DropletIDs = slices.DeleteFunc(v.DropletIDs, func(id int) bool { return id == d.ID })
	}
	for _, r := range c.s.ReservedIPs {
		if r.DropletID == d.ID {
			r.DropletID = 0
		}
	}
	for _, r := range c.s.ReservedIPv6s {
		if r.DropletID == d.ID {
			r.DropletID = 0
		}
	}
	for _, b := range c.s.LoadBalancers {
		b.Spec.DropletIDs = slices.DeleteFunc(b.Spec.DropletIDs, func(id int) bool { return id == d.ID })
	}
	for _, a := range c.s.Actions {
		if a.DropletID == d.ID {
			a.Status = completed
		}
	}
}

// Droplet is what a droplet has that is running, as its metadata service tells it.
type Droplet struct {
	Name, Public, Private, UserData string
	Reserved                        string // its reserved IP; "" for none
}

// Droplets returns the droplets that run, for tests that let real machines stand
// for them.
func (c *Cloud) Droplets() []Droplet {
	c.Lock()
	defer c.Unlock()
	now := c.o.Clock.Now()
	var all []Droplet
	for _, d := range c.s.Droplets {
		if !d.visible(now, c.o) || now.Before(d.ActiveAt) {
			continue
		}
		up := Droplet{Name: d.Name, Public: d.Public, Private: d.Private, UserData: d.UserData}
		for _, r := range c.s.ReservedIPs {
			if r.DropletID == d.ID {
				up.Reserved = r.IP
			}
		}
		all = append(all, up)
	}
	return all
}
