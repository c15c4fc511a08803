package fake

import (
	"fmt"
	"net/http"
	"slices"
)

// prepareDisks checks the disks of a new instance, fills what a client may
// leave out and returns the ones to be made.
func (c *Cloud) prepareDisks(q *request, i *instance, t machineType) ([]*disk, error) {
	if len(i.Disks) == 0 {
		return nil, invalidField("resource.disks", "", "No disks are specified.")
	}
	if !i.Disks[0].Boot {
		return nil, invalid("Boot disk must be the first disk attached to the instance.")
	}
	var made []*disk
	names := map[string]bool{}
	for n, a := range i.Disks {
		root := fmt.Sprintf("resource.disks[%d]", n)
		if n > 0 && a.Boot {
			return nil, invalidField(root+".boot", true, "Only one boot disk can be specified.")
		}
		a.settle(n)
		if names[a.DeviceName] {
			return nil, invalidField(root+".deviceName", a.DeviceName, "Device names must be unique within an instance.")
		}
		names[a.DeviceName] = true
		d, err := c.prepareAttached(q, i, a, root, t)
		if err != nil {
			return nil, err
		}
		a.InitializeParams = nil
		if d == nil {
			continue
		}
		if slices.ContainsFunc(made, func(other *disk) bool { return other.Name == d.Name }) {
			return nil, alreadyExists(d.Key())
		}
		made = append(made, d)
	}
	return made, nil
}

// settle fills what a client may leave out of the disk at index n.
func (a *attachedDisk) settle(n int) {
	a.Kind, a.Index, a.SavedState, a.Licenses, a.ShieldedInstanceInitialState = "compute#attachedDisk", n, "", nil, nil
	if a.Type == "" {
		a.Type = "PERSISTENT"
	}
	if a.Mode == "" {
		a.Mode = "READ_WRITE"
	}
	if a.Interface == "" {
		a.Interface = "SCSI"
	}
	if a.DeviceName == "" {
		a.DeviceName = fmt.Sprintf("%s-disk-%d", map[bool]string{true: "local-ssd", false: "persistent"}[a.Type == "SCRATCH"], n)
	}
}

// prepareAttached checks one disk of an instance. It returns the disk to be
// made, or nil when it is there already or has no life of its own.
func (c *Cloud) prepareAttached(q *request, i *instance, a *attachedDisk, root string, t machineType) (*disk, error) {
	if a.Type == "SCRATCH" {
		return nil, a.checkScratch(root, t)
	}
	switch {
	case a.Source != "" && a.InitializeParams != nil:
		return nil, invalidField(root, a.DeviceName, "Only one of source and initializeParams can be specified.")
	case a.Source != "":
		_, err := c.attach(q, a, root, t)
		return nil, err
	case a.InitializeParams == nil:
		return nil, required(root + ".source")
	}
	p := a.InitializeParams
	if a.Boot && p.SourceImage == "" && p.SourceSnapshot == "" {
		return nil, invalidField(root+".initializeParams.sourceImage", "", "A boot disk needs an image or a snapshot.")
	}
	if a.DiskSizeGb != 0 && p.DiskSizeGb == 0 {
		p.DiskSizeGb = a.DiskSizeGb
	}
	name := p.DiskName
	if name == "" {
		name = i.Name
		if !a.Boot {
			name = fmt.Sprintf("%s-%d", i.Name[:min(len(i.Name), 60)], a.Index)
		}
	}
	return c.newInstanceDisk(q, a, name, root, t)
}

// newInstanceDisk makes a disk from the parameters of a.
func (c *Cloud) newInstanceDisk(q *request, a *attachedDisk, name, root string, t machineType) (*disk, error) {
	p := a.InitializeParams
	if err := checkName(root+".initializeParams.diskName", name); err != nil {
		return nil, err
	}
	path := c.disks().path(q, name)
	if _, taken := c.s.Disks.Find(path); taken {
		return nil, alreadyExists(path)
	}
	d := &disk{
		head: head{Kind: "compute#disk", Name: name, Description: p.Description, SelfLink: link(path), CreationTimestamp: stamp(q.now)},
		Type: p.DiskType, SizeGb: p.DiskSizeGb, SourceImage: p.SourceImage, SourceSnapshot: p.SourceSnapshot, Labels: p.Labels,
		ProvisionedIops: p.ProvisionedIops, ProvisionedThroughput: p.ProvisionedThroughput, Architecture: p.Architecture,
		Licenses: p.Licenses, ResourcePolicies: p.ResourcePolicies, DiskEncryptionKey: a.DiskEncryptionKey,
		EnableConfidentialCompute: p.EnableConfidentialCompute, LastAttachTimestamp: stamp(q.now),
	}
	if err := c.prepareDisk(q, d, root+".initializeParams", "diskSizeGb", "diskType"); err != nil {
		return nil, err
	}
	if err := a.adopt(d, t); err != nil {
		return nil, err
	}
	return d, nil
}

// adopt makes a point to d, if machines of type t can have it.
func (a *attachedDisk) adopt(d *disk, t machineType) error {
	kind := d.kind()
	if !kind.fits(t.family()) {
		return invalid("[%s, %s] features are not compatible for creating instance.", t.name, kind.name)
	}
	if a.Boot && d.Architecture != "" && (d.Architecture == "ARM64") != t.arm() {
		return invalid("Requested boot disk architecture (%s) is not compatible with machine type architecture (%s).", d.Architecture,
			map[bool]string{true: "ARM64", false: "X86_64"}[t.arm()])
	}
	a.Source, a.DiskSizeGb, a.GuestOsFeatures, a.Licenses, a.Architecture = d.SelfLink, d.SizeGb, d.GuestOsFeatures, d.Licenses, d.Architecture
	if kind.metric == "HYPERDISK_TOTAL_GB" && slices.Contains(hyperdiskOnly, t.family()) {
		a.Interface = "NVME"
	}
	return nil
}

// attach checks that the disk a names can be attached, and returns it.
func (c *Cloud) attach(q *request, a *attachedDisk, root string, t machineType) (*disk, error) {
	path, err := q.reference(root+".source", a.Source, "disks")
	if err != nil {
		return nil, err
	}
	d, found := c.s.Disks.Find(path)
	if !found {
		return nil, notFound(path)
	}
	if o := c.pending(path); o != nil {
		return nil, notReady(path)
	}
	if base(d.Zone) != q.PathValue("zone") {
		return nil, invalidField(root+".source", a.Source, "Disk must be in the same zone as the instance.")
	}
	for _, user := range c.diskUsers(d) {
		if a.Mode != "READ_ONLY" || c.writes(user, d) {
			return nil, inUse("disk", path, shortLink(user))
		}
	}
	return d, a.adopt(d, t)
}

// writes tells whether the instance has d attached for writing.
func (c *Cloud) writes(instanceLink string, d *disk) bool {
	i, found := c.s.Instances.Find(shortLink(instanceLink))
	return found && slices.ContainsFunc(i.Disks, func(a *attachedDisk) bool { return a.Source == d.SelfLink && a.Mode == "READ_WRITE" })
}

// checkScratch checks a local SSD, which lives as long as its instance.
func (a *attachedDisk) checkScratch(root string, t machineType) error {
	local, _ := findDiskType("local-ssd")
	switch {
	case a.InitializeParams == nil || base(a.InitializeParams.DiskType) != "local-ssd":
		return invalidField(root+".initializeParams.diskType", "", "A scratch disk must be of type local-ssd.")
	case a.Boot:
		return invalidField(root+".boot", true, "A scratch disk cannot be the boot disk.")
	case !a.AutoDelete:
		return invalidField(root+".autoDelete", false, "Scratch disks must be deleted with their instance.")
	case !local.fits(t.family()):
		return invalid("[%s, local-ssd] features are not compatible for creating instance.", t.name)
	}
	a.DiskSizeGb = 375
	return nil
}

func (c *Cloud) attachDisk(q *request) (reply, error) {
	a := new(attachedDisk)
	if err := q.decode("resource", a); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "attachDisk", func(i *instance) error {
		index := 0
		for slices.ContainsFunc(i.Disks, func(have *attachedDisk) bool { return have.Index == index }) {
			index++
		}
		a.settle(index)
		status := c.statusAt(i, q.now)
		switch {
		case status != "RUNNING" && status != "TERMINATED":
			return notReady(i.Key())
		case a.InitializeParams != nil || a.Type == "SCRATCH":
			return invalidField("resource.initializeParams", "", "Cannot specify initializeParams when attaching a disk.")
		case a.Source == "":
			return required("resource.source")
		case a.Boot && status != "TERMINATED":
			return invalid("Boot disk can only be attached to a stopped instance.")
		case a.Boot && slices.ContainsFunc(i.Disks, func(have *attachedDisk) bool { return have.Boot }):
			return invalid("The instance already has a boot disk.")
		case i.diskNamed(a.DeviceName) >= 0:
			return refusal(http.StatusBadRequest, "invalid", "Invalid value for field 'resource.deviceName': '%s'. Device name is already in use.", a.DeviceName)
		}
		if _, err := c.attach(q, a, "resource", i.machine()); err != nil {
			return err
		}
		i.Disks = append(i.Disks, a)
		if a.Boot {
			i.Disks = append([]*attachedDisk{a}, i.Disks[:len(i.Disks)-1]...)
		}
		return nil
	})
}

func (i *instance) diskNamed(device string) int {
	return slices.IndexFunc(i.Disks, func(a *attachedDisk) bool { return a.DeviceName == device })
}

// deviceOf finds the disk the query parameter deviceName names.
func deviceOf(q *request, i *instance) (int, error) {
	name := q.URL.Query().Get("deviceName")
	if name == "" {
		return 0, required("deviceName")
	}
	n := i.diskNamed(name)
	if n < 0 {
		return 0, invalidField("deviceName", name, "No attached disk found with device name '%s'", name)
	}
	return n, nil
}

func (c *Cloud) detachDisk(q *request) (reply, error) {
	return c.instances().change(q, "detachDisk", func(i *instance) error {
		n, err := deviceOf(q, i)
		if err != nil {
			return err
		}
		switch {
		case i.Disks[n].Type == "SCRATCH":
			return invalid("Cannot detach a scratch disk.")
		case i.Disks[n].Boot && c.statusAt(i, q.now) != "TERMINATED":
			return invalid("Detaching the boot disk is not supported while the instance is running.")
		}
		i.Disks = slices.Delete(i.Disks, n, n+1)
		return nil
	})
}

func (c *Cloud) setDiskAutoDelete(q *request) (reply, error) {
	auto := q.URL.Query().Get("autoDelete")
	if auto != "true" && auto != "false" {
		return fail(required("autoDelete"))
	}
	return c.instances().change(q, "setDiskAutoDelete", func(i *instance) error {
		n, err := deviceOf(q, i)
		if err == nil {
			i.Disks[n].AutoDelete = auto == "true"
		}
		return err
	})
}
