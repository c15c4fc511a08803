package fake

import (
	"time"
)

// stateView is a state in an answer.
type stateView struct {
	Code int    `xml:"code"`
	Name string `xml:"name"`
}

func viewOf(s instanceState) stateView { return stateView{s.code(), string(s)} }

// reasonView says why an instance is in its state.
type reasonView struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

// mappingView is a volume of an instance in an answer.
type mappingView struct {
	Device string `xml:"deviceName"`
	Volume string `xml:"ebs>volumeId"`
	Status string `xml:"ebs>status"`
	At     string `xml:"ebs>attachTime"`
	Delete bool   `xml:"ebs>deleteOnTermination"`
}

// profileRef is an instance profile in an answer.
type profileRef struct {
	ARN string `xml:"arn"`
	ID  string `xml:"id"`
}

// placementView is where an instance runs.
type placementView struct {
	Zone    string `xml:"availabilityZone"`
	ZoneID  string `xml:"availabilityZoneId"`
	Group   string `xml:"groupName"`
	Tenancy string `xml:"tenancy"`
}

// instanceView is an instance in an answer.
type instanceView struct {
	ID             string             `xml:"instanceId"`
	Image          string             `xml:"imageId"`
	State          stateView          `xml:"instanceState"`
	PrivateDNS     string             `xml:"privateDnsName"`
	PublicDNS      string             `xml:"dnsName"`
	Reason         string             `xml:"reason"`
	Key            string             `xml:"keyName,omitempty"`
	LaunchIndex    int                `xml:"amiLaunchIndex"`
	ProductCodes   set[string]        `xml:"productCodes"`
	Type           string             `xml:"instanceType"`
	LaunchedAt     string             `xml:"launchTime"`
	Placement      placementView      `xml:"placement"`
	Monitoring     string             `xml:"monitoring>state"`
	Subnet         string             `xml:"subnetId,omitempty"`
	VPC            string             `xml:"vpcId,omitempty"`
	PrivateIP      string             `xml:"privateIpAddress,omitempty"`
	PublicIP       string             `xml:"ipAddress,omitempty"`
	Check          *bool              `xml:"sourceDestCheck"`
	Groups         set[groupName]     `xml:"groupSet"`
	StateReason    *reasonView        `xml:"stateReason"`
	Arch           string             `xml:"architecture"`
	RootType       string             `xml:"rootDeviceType"`
	Root           string             `xml:"rootDeviceName"`
	Disks          set[mappingView]   `xml:"blockDeviceMapping"`
	Virtualization string             `xml:"virtualizationType"`
	Lifecycle      string             `xml:"instanceLifecycle,omitempty"`
	Spot           string             `xml:"spotInstanceRequestId,omitempty"`
	ClientToken    string             `xml:"clientToken"`
	Tags           set[tagView]       `xml:"tagSet"`
	Hypervisor     string             `xml:"hypervisor"`
	Interfaces     set[interfaceView] `xml:"networkInterfaceSet"`
	Profile        *profileRef        `xml:"iamInstanceProfile"`
	EBSOptimized   bool               `xml:"ebsOptimized"`
	ENA            bool               `xml:"enaSupport"`
	Cores          int                `xml:"cpuOptions>coreCount"`
	Threads        int                `xml:"cpuOptions>threadsPerCore"`
	Capacity       string             `xml:"capacityReservationSpecification>capacityReservationPreference"`
	Hibernation    bool               `xml:"hibernationOptions>configured"`
	Enclave        bool               `xml:"enclaveOptions>enabled"`
	Metadata       metadataView       `xml:"metadataOptions"`
	Platform       string             `xml:"platformDetails"`
	Usage          string             `xml:"usageOperation"`
	UsageSince     string             `xml:"usageOperationUpdateTime"`
	HostnameType   string             `xml:"privateDnsNameOptions>hostnameType,omitempty"`
	ARecord        bool               `xml:"privateDnsNameOptions>enableResourceNameDnsARecord"`
	AAAARecord     bool               `xml:"privateDnsNameOptions>enableResourceNameDnsAAAARecord"`
	Recovery       string             `xml:"maintenanceOptions>autoRecovery"`
	BootMode       string             `xml:"currentInstanceBootMode"`
}

func (c *Cloud) instanceView(q *call, i *instance) instanceView {
	state := i.state(q.now)
	view := instanceView{ID: i.ID, Image: i.Image, State: viewOf(state), Key: i.KeyName, LaunchIndex: i.LaunchIndex, Type: i.Type,
		LaunchedAt: stamp(i.LaunchedAt), Placement: placementView{i.Zone, zoneID(i.Zone), "", i.Tenancy}, Monitoring: i.monitoring(),
		Arch: i.Arch, RootType: "ebs", Root: i.RootDevice, Virtualization: "hvm", Spot: i.Spot, ClientToken: i.ClientToken,
		Tags: tagViews(i.Tags), Hypervisor: "xen", EBSOptimized: i.EBSOptimized, ENA: true, Cores: i.Cores, Threads: i.Threads,
		Capacity: "open", Metadata: i.Metadata.view(), Platform: "Linux/UNIX", Usage: "RunInstances", UsageSince: stamp(i.CreatedAt),
		Recovery: "default", BootMode: "uefi"}
	if i.Spot != "" {
		view.Lifecycle = "spot"
	}
	view.Reason, view.StateReason = i.reason(state)
	if state == terminated {
		return view // its network and its disks are gone
	}
	view.Subnet, view.VPC = i.Subnet, i.VPC
	if s, found := c.s.EC2.Subnets.Find(i.Subnet); found {
		view.HostnameType, view.ARecord, view.AAAARecord = s.HostnameType, s.ARecord, s.AAAARecord
	}
	for _, n := range c.interfacesOf(i) {
		own := c.instanceInterface(n, state)
		check := own.Check
		view.Interfaces.Items = append(view.Interfaces.Items, own)
		view.PrivateIP, view.PrivateDNS, view.Groups, view.Check = own.IP, own.DNS, own.Groups, &check
		if own.Association != nil {
			view.PublicIP, view.PublicDNS = own.Association.IP, own.Association.DNS
		}
	}
	for _, v := range c.volumesOf(i) {
		a := v.attachmentView(q.now)
		view.Disks.Items = append(view.Disks.Items, mappingView{a.Device, v.ID, a.Status, a.At, a.Delete})
	}
	if u := c.profileOf(i); u != nil {
		view.Profile = &profileRef{u.ARN, u.ProfileID}
	}
	return view
}

func (i *instance) monitoring() string {
	if i.Monitoring {
		return "enabled"
	}
	return "disabled"
}

// reason is why i is not running.
func (i *instance) reason(s instanceState) (string, *reasonView) {
	at, code := i.Stopped, "Client.UserInitiatedShutdown"
	switch s {
	case pending:
		return "", &reasonView{"pending", "pending"}
	case running:
		return "", nil
	case shuttingDown, terminated:
		at = i.Terminated
	}
	return "User initiated (" + at.Format(time.DateTime) + " GMT)", &reasonView{code, code + ": User initiated shutdown"}
}

// instanceInterface is an interface as its instance shows it. A public address
// is there only while the machine runs, an Elastic one also when it is stopped.
func (c *Cloud) instanceInterface(n *networkInterface, s instanceState) interfaceView {
	view := c.interfaceView(n)
	view.Zone, view.Requester, view.Managed, view.Tags = "", "", nil, nil
	if s == pending {
		view.Association = nil
		view.Addresses.Items[0].Association = nil
		view.Attachment.Status = "attaching"
	}
	if view.Association != nil {
		view.Association.Allocation, view.Association.Association = "", ""
	}
	view.Attachment.Instance, view.Attachment.Owner = "", ""
	return view
}

// reservationView are the instances of one launch in an answer.
type reservationView struct {
	ID        string            `xml:"reservationId"`
	Owner     string            `xml:"ownerId"`
	Groups    set[groupName]    `xml:"groupSet"`
	Instances set[instanceView] `xml:"instancesSet"`
}

func (c *Cloud) reservationView(q *call, made []*instance) reservationView {
	return reservationView{ID: made[0].Reservation, Owner: c.o.Account,
		Instances: setOf(made, func(i *instance) instanceView { return c.instanceView(q, i) })}
}

// newReservationView is the answer of a launch: nothing runs yet.
func (c *Cloud) newReservationView(q *call, made []*instance) reservationView {
	view := c.reservationView(q, made)
	for n := range view.Instances.Items {
		i := &view.Instances.Items[n]
		i.State, i.StateReason = viewOf(pending), &reasonView{"pending", "pending"}
		i.PublicIP, i.PublicDNS, i.Disks.Items = "", "", nil
		for k := range i.Interfaces.Items {
			i.Interfaces.Items[k].Association, i.Interfaces.Items[k].Addresses.Items[0].Association = nil, nil
			i.Interfaces.Items[k].Attachment.Status = "attaching"
		}
	}
	return view
}
