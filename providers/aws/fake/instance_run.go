package fake

import (
	"net/http"
	"slices"
	"strings"
)

// launch is a checked RunInstances call: all that its instances share.
type launch struct {
	instance instance
	subnet   *subnet
	groups   []string
	public   bool   // gets a public address
	address  string // private, "" for any
	keep     bool   // the interface
	text     string // the interface's description
	disks    []launchDisk
	profile  *profileUse
	spot     *spotRequest
	tags     map[string]map[string]string
	count    int
}

// launchDisk is a volume of a launch.
type launchDisk struct {
	volume volume
	device string
	delete bool
}

func (c *Cloud) runInstances(q *call) (any, error) {
	var in launchParams
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	reservation, err := c.repeated(q)
	if err != nil {
		return nil, err
	}
	if reservation != "" {
		made := c.s.EC2.Instances.Where(func(i *instance) bool { return i.Reservation == reservation })
		if len(made) == 0 {
			return nil, refusal("IdempotentInstanceTerminated", "The instance that was launched with this client token has been terminated.")
		}
		return c.reservationView(q, made), nil
	}
	l, err := c.planLaunch(q, &in)
	if err != nil {
		return nil, err
	}
	l.instance.Reservation = c.newID("r")
	var made []*instance
	for n := range l.count {
		made = append(made, c.launchOne(q, l, n))
	}
	c.remember(q, l.instance.Reservation)
	return c.newReservationView(q, made), nil
}

// planLaunch refuses what cannot be launched. It changes nothing.
func (c *Cloud) planLaunch(q *call, in *launchParams) (*launch, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	tags, err := in.forTypes("instance", "volume", "network-interface", "spot-instances-request")
	if err != nil {
		return nil, err
	}
	img, err := findImage(q.region, in.ImageID)
	if err != nil {
		return nil, err
	}
	t, err := c.launchType(q, in, img)
	if err != nil {
		return nil, err
	}
	if in.KeyName != "" {
		if _, err := c.keyNamed(q, in.KeyName); err != nil {
			return nil, err
		}
	}
	l := &launch{tags: tags, instance: instance{Image: img.id, Type: t.name, Arch: t.family.arch, KeyName: in.KeyName, RootDevice: img.root,
		UserData: in.UserData, ClientToken: in.ClientToken, EBSOptimized: in.EbsOptimized, NoTerminate: in.DisableAPITermination,
		NoStop: in.DisableAPIStop, OnShutdown: in.ShutdownBehavior, Tenancy: in.Placement.Tenancy, LaunchedAt: q.now, ReadyAt: q.now.Add(c.o.Boot)}}
	if l.instance.OnShutdown == "" {
		l.instance.OnShutdown = "stop"
	}
	l.instance.Monitoring = in.Monitoring != nil && in.Monitoring.Enabled
	l.instance.Metadata = newMetadata(img).with(in.MetadataOptions)
	if err := l.setCPU(in, t); err != nil {
		return nil, err
	}
	if err := c.placeLaunch(q, l, in, t); err != nil {
		return nil, err
	}
	if l.disks, err = c.launchDisks(q, in.Mappings, img); err != nil {
		return nil, err
	}
	if in.IamInstanceProfile != nil {
		if l.profile, err = c.profileFor(q, *in.IamInstanceProfile); err != nil {
			return nil, err
		}
	}
	if l.spot, err = c.spotFor(q, in); err != nil {
		return nil, err
	}
	if l.count, err = c.launchCount(q, in, t, l.spot != nil); err != nil {
		return nil, err
	}
	l.count = min(l.count, c.free(l.subnet))
	if err := c.roomForVolumes(q, l.count*len(l.disks)); err != nil {
		return nil, err
	}
	if !c.inStock(t.name, l.subnet.Zone) {
		return nil, noCapacity(t.name, l.subnet.Zone)
	}
	return l, nil
}

func noCapacity(typeName, zone string) error {
	return refusalWith(http.StatusInternalServerError, "InsufficientInstanceCapacity",
		"We currently do not have sufficient %s capacity in the Availability Zone you requested (%s). Our system will be working on provisioning additional capacity.", typeName, zone)
}

// launchType finds the type, m1.small in the real API's memory, and checks it against the image.
func (c *Cloud) launchType(q *call, in *launchParams, img image) (instanceType, error) {
	name := in.InstanceType
	if name == "" {
		name = "m1.small" // the API's default, which no current image can run on
	}
	t, found := findType(name)
	switch {
	case in.InstanceType != "" && !found:
		return t, badValue("Invalid value '%s' for InstanceType.", name)
	case !found || !t.offered(q.region):
		return t, refusal("Unsupported", "The requested configuration is currently not supported. Please check the documentation for supported configurations.")
	case t.family.arch != img.arch:
		return t, badValue("The architecture '%s' of the specified instance type does not match the architecture '%s' of the specified AMI. "+
			"Specify an instance type and an AMI that have matching architectures, and try again.", t.family.arch, img.arch)
	}
	return t, nil
}

// setCPU sets credits and cores.
func (l *launch) setCPU(in *launchParams, t instanceType) error {
	i := &l.instance
	if t.family.burstable() {
		i.Credits = "unlimited"
		if t.family.name == "t2" {
			i.Credits = "standard"
		}
	}
	if in.CreditSpecification != nil {
		if !t.family.burstable() {
			return refusal("InvalidParameterCombination", "The parameter CreditSpecification is not supported for the instance type %s.", t.name)
		}
		i.Credits = in.CreditSpecification.CPUCredits
	}
	i.Threads, i.Cores = t.threads, t.vcpus/t.threads
	if o := in.CPUOptions; o != nil {
		if o.CoreCount == nil || o.ThreadsPerCore == nil {
			return badMix("CpuOptions need both CoreCount and ThreadsPerCore")
		}
		if *o.CoreCount < 1 || *o.CoreCount > i.Cores || *o.ThreadsPerCore < 1 || *o.ThreadsPerCore > i.Threads {
			return badValue("CpuOptions of %d cores with %d threads are not supported by %s", *o.CoreCount, *o.ThreadsPerCore, t.name)
		}
		i.Cores, i.Threads = *o.CoreCount, *o.ThreadsPerCore
	}
	return nil
}

// placeLaunch finds subnet, groups and addresses.
func (c *Cloud) placeLaunch(q *call, l *launch, in *launchParams, t instanceType) error {
	public, keep, text := in.fromInterface()
	var err error
	if l.subnet, err = c.launchSubnet(q, in, t); err != nil {
		return err
	}
	s, v := l.subnet, &vpc{}
	if v, err = lookup(c, q, c.s.EC2.VPCs, s.VPC); err != nil {
		return err
	}
	if l.groups, err = c.launchGroups(q, in, v); err != nil {
		return err
	}
	l.public, l.keep, l.text, l.address = s.PublicIP, keep, text, in.PrivateIPAddress
	if public != nil {
		l.public = *public
	}
	if l.address != "" {
		if _, err := c.privateAddress(s, l.address, nil); err != nil {
			return err
		}
	}
	l.instance.VPC, l.instance.Subnet, l.instance.Zone = v.ID, s.ID, s.Zone
	if l.instance.Tenancy == "" {
		l.instance.Tenancy = v.Tenancy
	}
	if free := c.free(s); free < in.MinCount {
		return refusal("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", s.ID)
	}
	return nil
}

// launchSubnet finds the subnet: the named one, or the default one of a zone
// that is named or has stock.
func (c *Cloud) launchSubnet(q *call, in *launchParams, t instanceType) (*subnet, error) {
	wanted := in.Placement.AvailabilityZone + in.Placement.AvailabilityZoneID
	z, found := findZone(q.region, wanted)
	if wanted != "" && !found {
		return nil, badValue("Invalid availability zone: [%s]", wanted)
	}
	if in.SubnetID != "" {
		s, err := lookup(c, q, c.s.EC2.Subnets, in.SubnetID)
		if err == nil && wanted != "" && s.Zone != z.name {
			err = badValue("The specified subnet '%s' is not in the availability zone '%s'", s.ID, z.name)
		}
		return s, err
	}
	var first *subnet
	for _, s := range c.s.EC2.Subnets {
		if !s.Default || s.Region != q.region || wanted != "" && s.Zone != z.name {
			continue
		}
		if c.inStock(t.name, s.Zone) {
			return s, nil
		}
		if first == nil {
			first = s
		}
	}
	if first == nil {
		return nil, refusal("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
	}
	return first, nil
}

// launchGroups finds the groups; the VPC's default one if none are named.
func (c *Cloud) launchGroups(q *call, in *launchParams, v *vpc) ([]string, error) {
	ids := slices.Clone(in.GroupIDs)
	for _, name := range in.GroupNames {
		if !v.Default {
			return nil, badMix("The parameter groupName cannot be used with the parameter subnet")
		}
		g, err := c.groupByName(q, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, g.ID)
	}
	return c.groupsIn(q, v.ID, ids)
}

// groupsIn checks groups for an interface in a VPC and leaves each once.
func (c *Cloud) groupsIn(q *call, vpcID string, ids []string) ([]string, error) {
	var out []string
	for _, id := range ids {
		g, err := lookup(c, q, c.s.EC2.Groups, id)
		if err != nil {
			return nil, err
		}
		if g.VPC != vpcID {
			return nil, refusal("InvalidParameter", "Security group %s and subnet belong to different networks.", id)
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if len(out) > c.o.Quota.GroupsPerENI {
		return nil, refusal("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")
	}
	if len(out) == 0 {
		for _, g := range c.s.EC2.Groups {
			if g.VPC == vpcID && g.Builtin {
				return []string{g.ID}, nil
			}
		}
	}
	return out, nil
}

// launchDisks merges the mappings of a call with those of the image.
func (c *Cloud) launchDisks(q *call, mappings []mappingParams, img image) ([]launchDisk, error) {
	root := launchDisk{volume: volume{Size: img.size, Type: img.volumeType(), Snapshot: img.snapshot}, device: img.root, delete: true}
	if err := root.volume.setPerformance(nil, nil); err != nil {
		return nil, err
	}
	disks := []launchDisk{root}
	for _, m := range mappings {
		name := strings.TrimPrefix(m.DeviceName, "/dev/")
		if m.DeviceName == "" || !deviceName.MatchString(m.DeviceName) {
			return nil, refusal("InvalidBlockDeviceMapping", "'%s' is not a valid device name", m.DeviceName)
		}
		at := slices.IndexFunc(disks, func(d launchDisk) bool { return strings.TrimPrefix(d.device, "/dev/") == name })
		switch {
		case at > 0:
			return nil, refusal("InvalidBlockDeviceMapping", "The device '%s' is used in more than one block-device mapping", m.DeviceName)
		case m.NoDevice != nil && at == 0:
			return nil, refusal("InvalidBlockDeviceMapping", "The root device '%s' cannot be suppressed", m.DeviceName)
		case m.NoDevice != nil || m.VirtualName != "":
			continue // devices the image does not have, or disks of the machine
		case m.Ebs == nil:
			return nil, refusal("InvalidBlockDeviceMapping", "The device '%s' has neither ebs nor virtualName nor noDevice", m.DeviceName)
		}
		d, err := c.launchDisk(q, m, at == 0, img)
		if err != nil {
			return nil, err
		}
		if at == 0 {
			disks[0] = d
		} else {
			disks = append(disks, d)
		}
	}
	return disks, nil
}

func (c *Cloud) launchDisk(q *call, m mappingParams, root bool, img image) (launchDisk, error) {
	params, fallback := m.Ebs.diskParams, "gp2"
	if root {
		if params.SnapshotID != "" && params.SnapshotID != img.snapshot {
			return launchDisk{}, refusal("InvalidBlockDeviceMapping", "snapshotId cannot be modified on root device")
		}
		params.SnapshotID, fallback = img.snapshot, img.volumeType()
	}
	v, err := c.newDisk(q, params, m.Ebs.VolumeSize, fallback)
	if err != nil {
		return launchDisk{}, err
	}
	// Volumes of the mapping go with the instance unless the call says otherwise.
	return launchDisk{*v, m.DeviceName, m.Ebs.DeleteOnTermination == nil || *m.Ebs.DeleteOnTermination}, nil
}

// launchOne makes one instance with its interface, volumes and spot request.
func (c *Cloud) launchOne(q *call, l *launch, index int) *instance {
	i := l.instance
	i.meta, i.LaunchIndex = c.newMeta(q, i.kind(), copyOf(l.tags["instance"])), index
	c.s.EC2.Instances.Add(&i)
	ip, _ := c.privateAddress(l.subnet, l.address, nil) // there is room: planLaunch looked
	n := c.addInterface(q, l.subnet, ip, slices.Clone(l.groups))
	n.Instance, n.Builtin, n.Keep, n.Description, n.WantsPublic, n.Tags = i.ID, true, l.keep, l.text, l.public, copyOf(l.tags["network-interface"])
	if l.public {
		n.PublicIP = c.publicAddress()
	}
	for _, d := range l.disks {
		v := d.volume
		v.meta, v.Zone = c.newMeta(q, v.kind(), copyOf(l.tags["volume"])), l.subnet.Zone
		v.Attachment = &attachment{Instance: i.ID, Device: d.device, At: q.now, DoneAt: i.ReadyAt, Delete: d.delete}
		c.s.EC2.Volumes.Add(&v)
	}
	if l.profile != nil {
		u := *l.profile
		u.meta, u.Instance = c.newMeta(q, u.kind(), nil), i.ID
		u.Builtin = true
		c.s.EC2.Associations.Add(&u)
	}
	if l.spot != nil {
		s := *l.spot
		s.meta, s.Instance, s.Zone = c.newMeta(q, s.kind(), copyOf(l.tags["spot-instances-request"])), i.ID, i.Zone
		s.Type, s.Image, s.Subnet = i.Type, i.Image, i.Subnet
		c.s.EC2.Spots.Add(&s)
		i.Spot = s.ID
	}
	return &i
}

func copyOf(tags map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range tags {
		out[k] = v
	}
	return out
}
