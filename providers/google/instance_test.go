package google

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckNewInstance(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*instance)
		want   string
	}{
		"as it is":              {func(*instance) {}, ""},
		"a name in capitals":    {func(x *instance) { x.Name = "Worker" }, `name "Worker"`},
		"an unknown state":      {func(x *instance) { x.DesiredStatus = "OFF" }, `desired_status "OFF"`},
		"two scripts":           {func(x *instance) { x.MetadataStartupScript, x.Metadata = "a", map[string]string{startupScript: "b"} }, "metadata_startup_script"},
		"the same script twice": {func(x *instance) { x.MetadataStartupScript, x.Metadata = "a", map[string]string{startupScript: "a"} }, ""},
		"two sources":           {func(x *instance) { x.BootDisk[0].Source = "d" }, "only one of source"},
		"two policies":          {func(x *instance) { x.ResourcePolicies = []string{"a", "b"} }, "2 policies"},
		"a mode of a disk":      {func(x *instance) { x.AttachedDisks = []attachedDisk{{Source: "d", Mode: "RW"}} }, `mode "RW"`},
		"spot":                  {func(x *instance) { x.Scheduling = []scheduling{{ProvisioningModel: "SPOT", Preemptible: true}} }, ""},
		"spot, not preemptible": {func(x *instance) { x.Scheduling = []scheduling{{ProvisioningModel: "SPOT"}} }, "preemptible = true"},
		"spot that restarts":    {func(x *instance) { x.Scheduling = []scheduling{{Preemptible: true, AutomaticRestart: true}} }, "automatic_restart = false"},
		"GPUs that migrate": {func(x *instance) {
			x.GuestAccelerators, x.Scheduling = []guestAccelerator{{"nvidia-tesla-t4", 1}}, []scheduling{{OnHostMaintenance: "MIGRATE"}}
		}, "TERMINATE"},
		"an end without action": {func(x *instance) { x.Scheduling = []scheduling{{MaxRunDuration: []runDuration{{Seconds: 60}}}} }, "instance_termination_action"},
	} {
		x := testInstance()
		tc.change(&x)
		refuses(t, name, checkInstance(nil, x), tc.want)
	}
}

func TestCheckChangedInstance(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*instance)
		want   string
	}{
		"labels":                       {func(x *instance) { x.Labels = map[string]string{"a": "b"} }, ""},
		"a type":                       {func(x *instance) { x.MachineType = "e2-medium" }, "machine_type needs instance worker stopped: set allow_stopping_for_update"},
		"a type, with leave":           {func(x *instance) { x.MachineType, x.AllowStoppingForUpdate = "e2-medium", true }, ""},
		"a type and the end":           {func(x *instance) { x.MachineType, x.DesiredStatus = "e2-medium", terminated }, ""},
		"another spelling of the type": {func(x *instance) { x.MachineType = "zones/z/machineTypes/e2-small" }, ""},
		"an account":                   {func(x *instance) { x.ServiceAccount = []instanceAccount{{Scopes: []string{"cloud-platform"}}} }, "service_account"},
		"a smaller disk":               {func(x *instance) { x.BootDisk[0].InitializeParams[0].Size = 10 }, "size 10"},
		"no alias any more":            {func(x *instance) { x.NetworkInterfaces[0].AliasIPRanges = nil }, "alias_ip_range"},
	} {
		was, x := testInstance(), testInstance()
		was.NetworkInterfaces[0].AliasIPRanges = []aliasRange{{IPCIDRRange: "/24"}}
		x.NetworkInterfaces[0].AliasIPRanges = []aliasRange{{IPCIDRRange: "/24"}}
		was.CurrentStatus, x.AllowStoppingForUpdate = running, false
		tc.change(&x)
		refuses(t, name, checkInstance(&was, x), tc.want)
	}
}

func TestInstanceReplaces(t *testing.T) {
	was, want := testInstance(), testInstance()
	was.NetworkInterfaces[0].NetworkIP, want.NetworkInterfaces[0].NetworkIP = "10.0.0.2", "10.0.0.3"
	if got := instanceReplaces(was, want); len(got) != 1 {
		t.Errorf("another address replaces for %v, want network_interface", got)
	}
	want.NetworkInterfaces[0].Subnetwork = "other"
	if got := instanceReplaces(was, want); len(got) > 0 {
		t.Errorf("another address in another network replaces for %v", got)
	}
}

func TestSpellInstance(t *testing.T) {
	const url = "https://www.googleapis.com/compute/v1/projects/p/"
	was := instance{
		MachineType: "e2-small", MinCPUPlatform: "Automatic", Metadata: map[string]string{startupScript: "date"},
		BootDisk:          []bootDisk{{InitializeParams: []diskParams{{Image: "debian-12", Type: "pd-ssd", Labels: map[string]string{"a": "b"}}}}},
		NetworkInterfaces: []networkInterface{{Network: "default", AliasIPRanges: []aliasRange{{IPCIDRRange: "/24"}}}},
		GuestAccelerators: []guestAccelerator{{"nvidia-tesla-t4", 1}},
		ServiceAccount:    []instanceAccount{{Scopes: []string{"cloud-platform"}}},
		AttachedDisks:     []attachedDisk{{Source: "data"}},
	}
	x := instance{
		MachineType: url + "zones/z/machineTypes/e2-small", MetadataStartupScript: "date",
		BootDisk:          []bootDisk{{Source: url + "zones/z/disks/d", InitializeParams: []diskParams{{Size: 10}}}},
		NetworkInterfaces: []networkInterface{{Network: url + "global/networks/default", AliasIPRanges: []aliasRange{{IPCIDRRange: "10.4.0.0/24"}}}},
		GuestAccelerators: []guestAccelerator{{url + "zones/z/acceleratorTypes/nvidia-tesla-t4", 1}},
		ServiceAccount:    []instanceAccount{{"a@b", []string{"https://www.googleapis.com/auth/cloud-platform"}}},
		AttachedDisks:     []attachedDisk{{Source: url + "zones/z/disks/data"}},
	}
	want := was
	want.BootDisk = []bootDisk{{Source: url + "zones/z/disks/d", InitializeParams: []diskParams{{Image: "debian-12", Type: "pd-ssd", Size: 10, Labels: map[string]string{"a": "b"}}}}}
	want.ServiceAccount = []instanceAccount{{"a@b", []string{"cloud-platform"}}}
	spellInstance(was, &x)
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("spelled (-want +got):\n%s", diff)
	}
}

func TestTheStartupScriptStaysWhereItWas(t *testing.T) {
	was := instance{MetadataStartupScript: "date"}
	x := instance{Metadata: map[string]string{startupScript: "uptime", "a": "b"}}
	spellInstance(was, &x)
	if want := (instance{MetadataStartupScript: "uptime", Metadata: map[string]string{"a": "b"}}); !cmp.Equal(want, x) {
		t.Errorf("got %+v, want %+v", x, want)
	}
	// One that is another, in another place, makes a new instance.
	was, x = instance{Metadata: map[string]string{startupScript: "date"}}, instance{MetadataStartupScript: "uptime"}
	spellInstance(was, &x)
	if x.MetadataStartupScript != "uptime" || len(x.Metadata) > 0 {
		t.Errorf("got %+v, want the script where it is", x)
	}
}

func TestAliasesOnTheWay(t *testing.T) {
	list := func(ranges ...string) (all []aliasRange) {
		for _, r := range ranges {
			all = append(all, aliasRange{IPCIDRRange: r})
		}
		return all
	}
	for _, tc := range []struct{ have, want, next []aliasRange }{
		{nil, list("a"), list("a")},
		{list("a"), list("a", "b"), list("a", "b")},
		{list("a", "b"), list("b"), list("b")},
		{list("a", "b"), list("b", "c"), list("b")},
		{list("a"), list("b"), list("a", "b")},
	} {
		if got := aliasesOnTheWay(tc.have, tc.want); !slices.Equal(got, tc.next) {
			t.Errorf("from %v to %v: %v, want %v", tc.have, tc.want, got, tc.next)
		}
	}
}
