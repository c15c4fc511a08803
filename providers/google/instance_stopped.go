package google

import (
	"context"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"
)

// coldSteps change what can only be changed while an instance is stopped, by
// the names of attributes.
var coldSteps = map[string]func(context.Context, *client, instanceChange) error{
	"machine_type":              setMachineType,
	"min_cpu_platform":          setMinCPUPlatform,
	"service_account":           setServiceAccount,
	"shielded_instance_config":  setShieldedConfig,
	"advanced_machine_features": setMachineFeatures,
	"enable_display":            setDisplay,
	"network_interface":         moveInterface,
}

// coldChanges names the attributes in which now differs from want and that
// change only while an instance is stopped. What want leaves open stays.
func coldChanges(was, now, want instance) []string {
	var names []string
	add := func(differs bool, name string) {
		if differs {
			names = append(names, name)
		}
	}
	add(!sameLink(now.MachineType, want.MachineType), "machine_type")
	add(want.MinCPUPlatform != "" && now.MinCPUPlatform != want.MinCPUPlatform, "min_cpu_platform")
	add(!sameAccount(now.ServiceAccount, want.ServiceAccount), "service_account")
	add(len(want.ShieldedInstanceConfig) > 0 && !slices.Equal(now.ShieldedInstanceConfig, want.ShieldedInstanceConfig), "shielded_instance_config")
	add(now.features() != want.features(), "advanced_machine_features")
	add(now.EnableDisplay != want.EnableDisplay, "enable_display")
	add(movedInterface(was, now, want) >= 0, "network_interface")
	return names
}

func sameAccount(now, want []instanceAccount) bool {
	if noAccount(now) || noAccount(want) {
		return noAccount(now) == noAccount(want)
	}
	return (want[0].Email == "" || want[0].Email == now[0].Email) && sameSet(scopeURLs(now[0].Scopes), scopeURLs(want[0].Scopes))
}

func (x *instance) features() machineFeatures {
	if len(x.AdvancedMachineFeatures) == 0 {
		return machineFeatures{}
	}
	return x.AdvancedMachineFeatures[0]
}

// movedInterface returns the number of the first interface that goes to
// another network, -1 for none. What was not changed has come from the cloud
// and moves along.
func movedInterface(was, now, want instance) int {
	for i, w := range want.NetworkInterfaces {
		if i >= len(was.NetworkInterfaces) || i >= len(now.NetworkInterfaces) {
			break
		}
		before, n := was.NetworkInterfaces[i], now.NetworkInterfaces[i]
		if (w.Subnetwork != "" && !sameLink(w.Subnetwork, before.Subnetwork) && !sameLink(w.Subnetwork, n.Subnetwork)) ||
			(w.Network != "" && !sameLink(w.Network, before.Network) && !sameLink(w.Network, n.Network)) {
			return i
		}
	}
	return -1
}

func setMachineType(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetMachineType(ctx, &computepb.SetMachineTypeInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		InstancesSetMachineTypeRequestResource: &computepb.InstancesSetMachineTypeRequest{
			MachineType: ptr(linkIn("projects/"+project+"/zones/"+zone+"/machineTypes/", u.want.MachineType)),
		},
	}))
}

func setMinCPUPlatform(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	return started(c.instances.SetMinCpuPlatform(ctx, &computepb.SetMinCpuPlatformInstanceRequest{
		Project: project, Zone: zone, Instance: name,
		InstancesSetMinCpuPlatformRequestResource: &computepb.InstancesSetMinCpuPlatformRequest{MinCpuPlatform: ptr(u.want.MinCPUPlatform)},
	}))
}

func setServiceAccount(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	req := &computepb.InstancesSetServiceAccountRequest{}
	for _, a := range u.want.ServiceAccount {
		req.Email, req.Scopes = text(a.email()), scopeURLs(a.Scopes)
	}
	return started(c.instances.SetServiceAccount(ctx, &computepb.SetServiceAccountInstanceRequest{
		Project: project, Zone: zone, Instance: name, InstancesSetServiceAccountRequestResource: req,
	}))
}

func setShieldedConfig(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	return started(c.instances.UpdateShieldedInstanceConfig(ctx, &computepb.UpdateShieldedInstanceConfigInstanceRequest{
		Project: project, Zone: zone, Instance: name, ShieldedInstanceConfigResource: u.want.ShieldedInstanceConfig[0].request(),
	}))
}

func setMachineFeatures(ctx context.Context, c *client, u instanceChange) error {
	return c.put(ctx, u.got, func(i *computepb.Instance) { i.AdvancedMachineFeatures = u.want.featuresRequest() })
}

func setDisplay(ctx context.Context, c *client, u instanceChange) error {
	project, zone, name := placeOf(u.got)
	return started(c.instances.UpdateDisplayDevice(ctx, &computepb.UpdateDisplayDeviceInstanceRequest{
		Project: project, Zone: zone, Instance: name, DisplayDeviceResource: &computepb.DisplayDevice{EnableDisplay: ptr(u.want.EnableDisplay)},
	}))
}

// moveInterface connects an interface to another network. It has to give its
// external address back before; changeAccess gives it one again.
func moveInterface(ctx context.Context, c *client, u instanceChange) error {
	n := movedInterface(u.was, u.now, u.want)
	have, want, before := u.got.GetNetworkInterfaces()[n], u.want.NetworkInterfaces[n], u.was.NetworkInterfaces[n]
	if len(have.GetAccessConfigs()) > 0 {
		return c.removeAccess(ctx, u.got, have)
	}
	project, zone, name := placeOf(u.got)
	nic := &computepb.NetworkInterface{Fingerprint: have.Fingerprint}
	if !sameLink(want.Network, before.Network) {
		nic.Network = text(linkIn("projects/"+project+"/global/networks/", want.Network))
	}
	if want.Subnetwork != "" && !sameLink(want.Subnetwork, before.Subnetwork) {
		nic.Subnetwork = ptr(want.subnetworkLink(project, regionOf(zone)))
		if nic.Network == nil {
			got, err := c.subnetwork(ctx, *nic.Subnetwork)
			if err != nil {
				return err
			}
			nic.Network = got.Network
		}
	}
	if want.NetworkIP != before.NetworkIP {
		nic.NetworkIP = text(want.NetworkIP)
	}
	return started(c.instances.UpdateNetworkInterface(ctx, &computepb.UpdateNetworkInterfaceInstanceRequest{
		Project: project, Zone: zone, Instance: name, NetworkInterface: have.GetName(), NetworkInterfaceResource: nic,
	}))
}
