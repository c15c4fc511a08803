package google

import (
	"context"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
)

// request returns the instance as it is to be made in a zone.
func (x *instance) request(ctx context.Context, c *client, project, zone string) (*computepb.Instance, error) {
	place := "projects/" + project + "/zones/" + zone
	boot, err := x.bootRequest(ctx, c, project, place)
	if err != nil {
		return nil, err
	}
	i := &computepb.Instance{
		Name: ptr(x.Name), Description: text(x.Description), Hostname: text(x.Hostname), MachineType: ptr(linkIn(place+"/machineTypes/", x.MachineType)),
		Disks: append([]*computepb.AttachedDisk{boot}, x.diskRequests(place)...), Labels: x.EffectiveLabels,
		Metadata: &computepb.Metadata{Items: metadataItems(x.allMetadata())}, Tags: &computepb.Tags{Items: x.Tags},
		CanIpForward: ptr(x.CanIPForward), DeletionProtection: ptr(x.DeletionProtection), Scheduling: x.schedulingRequest(),
		ResourcePolicies: x.policyLinks(project, zone), AdvancedMachineFeatures: x.featuresRequest(),
	}
	if !automatic(x.MinCPUPlatform) {
		i.MinCpuPlatform = ptr(x.MinCPUPlatform)
	}
	for _, n := range x.NetworkInterfaces {
		i.NetworkInterfaces = append(i.NetworkInterfaces, n.request(project, regionOf(zone)))
	}
	for _, a := range x.GuestAccelerators {
		i.GuestAccelerators = append(i.GuestAccelerators, &computepb.AcceleratorConfig{
			AcceleratorType: ptr(linkIn(place+"/acceleratorTypes/", a.Type)), AcceleratorCount: ptr(int32(a.Count)),
		})
	}
	for _, a := range x.ServiceAccount {
		if email := a.email(); email != "" {
			i.ServiceAccounts = append(i.ServiceAccounts, &computepb.ServiceAccount{Email: ptr(email), Scopes: scopeURLs(a.Scopes)})
		}
	}
	if len(x.ShieldedInstanceConfig) > 0 {
		i.ShieldedInstanceConfig = x.ShieldedInstanceConfig[0].request()
	}
	if x.EnableDisplay {
		i.DisplayDevice = &computepb.DisplayDevice{EnableDisplay: ptr(true)}
	}
	for _, r := range x.ReservationAffinity {
		i.ReservationAffinity = &computepb.ReservationAffinity{ConsumeReservationType: ptr(r.Type)}
		for _, s := range r.SpecificReservation {
			i.ReservationAffinity.Key, i.ReservationAffinity.Values = ptr(s.Key), s.Values
		}
	}
	return i, nil
}

// email returns who an instance acts as. Without scopes an absent account is
// none.
func (a instanceAccount) email() string {
	if a.Email == "" && len(a.Scopes) > 0 {
		return "default"
	}
	return a.Email
}

func (x *instance) bootRequest(ctx context.Context, c *client, project, place string) (*computepb.AttachedDisk, error) {
	b := x.BootDisk[0]
	d := &computepb.AttachedDisk{
		Boot: ptr(true), AutoDelete: ptr(b.AutoDelete), DeviceName: text(b.DeviceName), Mode: ptr(b.Mode),
		Source: text(linkIn(place+"/disks/", b.Source)),
	}
	if b.Source != "" {
		return d, nil
	}
	var p diskParams
	if len(b.InitializeParams) > 0 {
		p = b.InitializeParams[0]
	}
	image, err := c.imageLink(ctx, project, p.Image)
	if err != nil {
		return nil, err
	}
	d.InitializeParams = &computepb.AttachedDiskInitializeParams{
		SourceImage: text(image), SourceSnapshot: text(linkIn("projects/"+project+"/global/snapshots/", p.Snapshot)),
		DiskSizeGb: whole(p.Size), DiskType: text(linkIn(place+"/diskTypes/", p.Type)), Labels: p.Labels,
		ProvisionedIops: whole(p.ProvisionedIOPS), ProvisionedThroughput: whole(p.ProvisionedThroughput),
	}
	return d, nil
}

func (x *instance) diskRequests(place string) []*computepb.AttachedDisk {
	var disks []*computepb.AttachedDisk
	for _, s := range x.ScratchDisks {
		disks = append(disks, &computepb.AttachedDisk{
			Type: ptr(scratch), AutoDelete: ptr(true), Interface: ptr(s.Interface), DeviceName: text(s.DeviceName),
			InitializeParams: &computepb.AttachedDiskInitializeParams{DiskType: ptr(place + "/diskTypes/local-ssd"), DiskSizeGb: whole(s.Size)},
		})
	}
	for _, a := range x.AttachedDisks {
		disks = append(disks, a.request(place))
	}
	return disks
}

func (a attachedDisk) request(place string) *computepb.AttachedDisk {
	return &computepb.AttachedDisk{Source: ptr(linkIn(place+"/disks/", a.Source)), DeviceName: text(a.DeviceName), Mode: ptr(a.Mode)}
}

func (x *instance) schedulingRequest() *computepb.Scheduling {
	if len(x.Scheduling) == 0 {
		return nil
	}
	s := x.Scheduling[0]
	out := &computepb.Scheduling{
		ProvisioningModel: text(s.ProvisioningModel), Preemptible: ptr(s.Preemptible), AutomaticRestart: ptr(s.AutomaticRestart),
		OnHostMaintenance: text(s.OnHostMaintenance), InstanceTerminationAction: text(s.InstanceTerminationAction),
	}
	for _, d := range s.MaxRunDuration {
		out.MaxRunDuration = &computepb.Duration{Seconds: ptr(int64(d.Seconds))}
		if d.Nanos != 0 {
			out.MaxRunDuration.Nanos = ptr(int32(d.Nanos))
		}
	}
	return out
}

func (s shieldedConfig) request() *computepb.ShieldedInstanceConfig {
	return &computepb.ShieldedInstanceConfig{
		EnableSecureBoot: ptr(s.EnableSecureBoot), EnableVtpm: ptr(s.EnableVTPM), EnableIntegrityMonitoring: ptr(s.EnableIntegrityMonitoring),
	}
}

func (x *instance) featuresRequest() *computepb.AdvancedMachineFeatures {
	if len(x.AdvancedMachineFeatures) == 0 {
		return nil
	}
	f := x.AdvancedMachineFeatures[0]
	out := &computepb.AdvancedMachineFeatures{TurboMode: text(f.TurboMode), PerformanceMonitoringUnit: text(f.PerformanceMonitoringUnit)}
	if f.EnableNestedVirtualization {
		out.EnableNestedVirtualization = ptr(true)
	}
	if f.ThreadsPerCore != 0 {
		out.ThreadsPerCore = ptr(int32(f.ThreadsPerCore))
	}
	if f.VisibleCoreCount != 0 {
		out.VisibleCoreCount = ptr(int32(f.VisibleCoreCount))
	}
	if f.EnableUEFINetworking {
		out.EnableUefiNetworking = ptr(true)
	}
	return out
}

func (x *instance) policyLinks(project, zone string) []string {
	var links []string
	for _, p := range x.ResourcePolicies {
		links = append(links, linkIn("projects/"+project+"/regions/"+regionOf(zone)+"/resourcePolicies/", p))
	}
	return links
}

// metadataItems are sorted, so that equal metadata make equal requests.
func metadataItems(metadata map[string]string) []*computepb.Items {
	var items []*computepb.Items
	for key, value := range metadata {
		items = append(items, &computepb.Items{Key: ptr(key), Value: ptr(value)})
	}
	slices.SortFunc(items, func(a, b *computepb.Items) int {
		if a.GetKey() < b.GetKey() {
			return -1
		}
		return 1
	})
	return items
}
