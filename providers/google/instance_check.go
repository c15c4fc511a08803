package google

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// instanceReplaces says that an address changes only with its network.
func instanceReplaces(was, want instance) []string {
	for i := range min(len(was.NetworkInterfaces), len(want.NetworkInterfaces)) {
		w, n := was.NetworkInterfaces[i], want.NetworkInterfaces[i]
		if n.NetworkIP != "" && n.NetworkIP != w.NetworkIP && n.Network == w.Network && n.Subnetwork == w.Subnetwork {
			return []string{"network_interface"}
		}
	}
	return nil
}

func checkInstance(was *instance, want instance) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	script, ok := want.Metadata[startupScript]
	switch {
	case len(want.BootDisk) != 1 || len(want.NetworkInterfaces) == 0:
		return errors.New("an instance needs one boot_disk and at least one network_interface")
	case !slices.Contains([]string{"", running, terminated, suspended}, want.DesiredStatus):
		return fmt.Errorf("desired_status %q is none of RUNNING, TERMINATED and SUSPENDED", want.DesiredStatus)
	case ok && want.MetadataStartupScript != "" && script != want.MetadataStartupScript:
		return errors.New("metadata_startup_script and startup-script in metadata are the same thing: set only one of them")
	case len(want.ResourcePolicies) > 1:
		return fmt.Errorf("resource_policies has %d policies, an instance takes one", len(want.ResourcePolicies))
	}
	for _, check := range []func() error{want.checkDisks, want.checkScheduling} {
		if err := check(); err != nil {
			return err
		}
	}
	if was == nil {
		return want.checkSource()
	}
	return checkInstanceChange(*was, want)
}

func (x *instance) checkDisks() error {
	for _, d := range x.AttachedDisks {
		if d.Mode != "READ_WRITE" && d.Mode != "READ_ONLY" {
			return fmt.Errorf("mode %q of attached_disk %s is neither READ_WRITE nor READ_ONLY", d.Mode, lastPart(d.Source))
		}
	}
	for _, d := range x.ScratchDisks {
		if d.Interface != "NVME" && d.Interface != "SCSI" {
			return fmt.Errorf("interface %q of scratch_disk is neither NVME nor SCSI", d.Interface)
		}
	}
	return nil
}

// checkSource wants a new instance to start from one thing.
func (x *instance) checkSource() error {
	b := x.BootDisk[0]
	var p diskParams
	if len(b.InitializeParams) > 0 {
		p = b.InitializeParams[0]
	}
	sources := slices.DeleteFunc([]string{b.Source, p.Image, p.Snapshot}, func(s string) bool { return s == "" })
	if len(sources) > 1 {
		return errors.New("boot_disk starts from one thing: set only one of source, image and snapshot")
	}
	return nil
}

func (x *instance) checkScheduling() error {
	if len(x.Scheduling) == 0 {
		return nil
	}
	s := x.Scheduling[0]
	switch {
	case s.ProvisioningModel == "SPOT" && !s.Preemptible:
		return errors.New(`provisioning_model "SPOT" needs preemptible = true and automatic_restart = false in scheduling`)
	case s.Preemptible && s.AutomaticRestart:
		return errors.New("preemptible = true needs automatic_restart = false in scheduling")
	case s.Preemptible && s.OnHostMaintenance == "MIGRATE":
		return errors.New(`on_host_maintenance "MIGRATE" does not go with preemptible = true: it has to be TERMINATE`)
	case len(x.GuestAccelerators) > 0 && s.OnHostMaintenance == "MIGRATE":
		return errors.New(`on_host_maintenance "MIGRATE" does not go with guest_accelerator: it has to be TERMINATE`)
	case len(s.MaxRunDuration) > 0 && s.InstanceTerminationAction == "":
		return errors.New("max_run_duration needs instance_termination_action: STOP or DELETE")
	}
	return nil
}

func checkInstanceChange(was, want instance) error {
	if cold := coldChanges(was, was, want); len(cold) > 0 && !want.AllowStoppingForUpdate && was.CurrentStatus == running && want.DesiredStatus != terminated {
		return fmt.Errorf("a change of %s needs instance %s stopped: set allow_stopping_for_update = true to have it stopped and started again, or desired_status = \"TERMINATED\"", strings.Join(cold, ", "), want.Name)
	}
	for i := range min(len(was.NetworkInterfaces), len(want.NetworkInterfaces)) {
		if len(was.NetworkInterfaces[i].AliasIPRanges) > 0 && len(want.NetworkInterfaces[i].AliasIPRanges) == 0 {
			return fmt.Errorf("the last alias_ip_range of network_interface %d cannot be taken away in place: keep one, or replace the instance", i)
		}
	}
	old, now := was.BootDisk, want.BootDisk
	if len(old) > 0 && len(old[0].InitializeParams) > 0 && len(now[0].InitializeParams) > 0 {
		if from, to := old[0].InitializeParams[0].Size, now[0].InitializeParams[0].Size; to != 0 && to < from {
			return fmt.Errorf("size %d of boot_disk: a disk only grows, from %d GB; make a new instance to have less", to, from)
		}
	}
	return nil
}
