package fake

import (
	"fmt"
	"slices"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// checkAccelerators checks the GPUs that are asked for, and adds those built in.
func (i *instance) checkAccelerators(q *request, t machineType) error {
	zone := q.PathValue("zone")
	if len(i.GuestAccelerators) > 1 {
		return invalidField("resource.guestAccelerators", len(i.GuestAccelerators), "At most one accelerator type can be specified.")
	}
	for _, a := range i.GuestAccelerators {
		const field = "resource.guestAccelerators[0].acceleratorType"
		if a.AcceleratorType == "" {
			return required(field)
		}
		path, err := q.reference(field, a.AcceleratorType, "acceleratorTypes")
		if err != nil {
			return err
		}
		kind, found := findAccelerator(zone, base(path))
		switch {
		case !found:
			return notFound(path)
		case kind.added && t.family() != "n1":
			return invalid("[%s, %s] features are not compatible for creating instance.", t.name, kind.name)
		case !kind.added && t.gpu != kind.name:
			return invalid("[%s, %s] features are not compatible for creating instance.", t.name, kind.name)
		case !slices.Contains(kind.counts, a.AcceleratorCount), t.gpu != "" && a.AcceleratorCount != t.gpus:
			return invalidField("resource.guestAccelerators[0].acceleratorCount", a.AcceleratorCount,
				"The number of accelerators of type %s is not valid for machine type %s.", kind.name, t.name)
		}
		a.AcceleratorType = link(path)
	}
	if t.gpu != "" && len(i.GuestAccelerators) == 0 {
		path := "projects/" + q.project() + "/zones/" + zone + "/acceleratorTypes/" + t.gpu
		i.GuestAccelerators = []*guestAccelerator{{link(path), t.gpus}}
	}
	return nil
}

// checkScheduling fills and checks what happens at maintenance and preemption.
func (i *instance) checkScheduling(t machineType) error {
	if i.Scheduling == nil {
		i.Scheduling = &scheduling{}
	}
	s := i.Scheduling
	asked := s.OnHostMaintenance
	if err := s.complete(); err != nil {
		return err
	}
	gpu := len(i.GuestAccelerators) > 0
	switch {
	// Machine types with built-in GPUs default to TERMINATE; added ones do not.
	case gpu && t.gpu != "" && asked == "":
		s.OnHostMaintenance = "TERMINATE"
	case gpu && s.OnHostMaintenance != "TERMINATE":
		return invalid("Instances with guest accelerators do not support live migration.")
	}
	return nil
}

// complete fills the defaults of s and refuses what cannot be combined.
func (s *scheduling) complete() error {
	if s.ProvisioningModel == "SPOT" {
		s.Preemptible = true
	}
	if s.ProvisioningModel == "" {
		s.ProvisioningModel = map[bool]string{true: "SPOT", false: "STANDARD"}[s.Preemptible]
	}
	switch {
	case s.Preemptible && s.ProvisioningModel != "SPOT":
		return invalidField("resource.scheduling.provisioningModel", s.ProvisioningModel, "A preemptible instance must have the provisioning model SPOT.")
	case s.Preemptible && s.AutomaticRestart != nil && *s.AutomaticRestart:
		return invalid("Scheduling must have preemptible be false when AutomaticRestart is true.")
	case s.Preemptible && s.OnHostMaintenance == "MIGRATE":
		return invalid("Scheduling must have onHostMaintenance be TERMINATE when preemptible is true.")
	case !s.Preemptible && s.MaxRunDuration == nil && s.TerminationTime == "" && s.InstanceTerminationAction != "":
		return invalidField("resource.scheduling.instanceTerminationAction", s.InstanceTerminationAction,
			"You cannot specify a termination action for a VM instance that has the standard provisioning model (default) and no time limit.")
	}
	if s.AutomaticRestart == nil {
		restart := !s.Preemptible
		s.AutomaticRestart = &restart
	}
	if s.OnHostMaintenance == "" {
		s.OnHostMaintenance = map[bool]string{true: "TERMINATE", false: "MIGRATE"}[s.Preemptible]
	}
	if s.Preemptible && s.InstanceTerminationAction == "" {
		s.InstanceTerminationAction = "STOP"
	}
	return s.checkDuration()
}

func (s *scheduling) checkDuration() error {
	if s.MaxRunDuration == nil {
		return nil
	}
	seconds := s.MaxRunDuration.Seconds
	switch {
	case seconds < 30 || seconds > 120*24*3600:
		return invalidField("resource.scheduling.maxRunDuration", fmt.Sprintf("%ds", seconds), "Must be between 30 seconds and 120 days.")
	case s.TerminationTime != "":
		return invalidField("resource.scheduling.terminationTime", s.TerminationTime, "Only one of maxRunDuration and terminationTime can be specified.")
	case s.InstanceTerminationAction == "":
		return required("resource.scheduling.instanceTerminationAction")
	}
	return nil
}

// checkSecurity checks platform, Shielded and Confidential VM settings.
func (i *instance) checkSecurity(t machineType) error {
	if p := i.MinCPUPlatform; p != "" && !slices.Contains(cpuPlatforms, p) {
		return invalidField("resource.minCpuPlatform", p, "The minimum CPU platform is not available in the zone.")
	}
	if i.MinCPUPlatform != "" && (t.family() == "e2" || t.shared) {
		return invalid("[%s, min_cpu_platform] features are not compatible for creating instance.", t.name)
	}
	if i.MinCPUPlatform != "" {
		i.CPUPlatform = i.MinCPUPlatform
	}
	if conf := i.ConfidentialInstanceConfig; conf != nil && (conf.EnableConfidentialCompute || conf.ConfidentialInstanceType != "") {
		if !slices.Contains([]string{"n2d", "c2d", "c3", "c3d"}, t.family()) {
			return invalid("Confidential VM Instance is not supported by machine type %s.", t.name)
		}
		if i.Scheduling.OnHostMaintenance != "TERMINATE" && conf.ConfidentialInstanceType != "SEV" {
			return invalid("Confidential VM Instances do not support live migration; set onHostMaintenance to TERMINATE.")
		}
	}
	if i.ShieldedInstanceConfig == nil {
		i.ShieldedInstanceConfig = &shieldedConfig{EnableVtpm: true, EnableIntegrityMonitoring: true}
	}
	if s := i.ShieldedInstanceConfig; s.EnableIntegrityMonitoring && !s.EnableVtpm {
		return invalidField("resource.shieldedInstanceConfig.enableIntegrityMonitoring", true, "Integrity monitoring needs the vTPM.")
	}
	if i.ShieldedInstanceIntegrityPolicy == nil {
		i.ShieldedInstanceIntegrityPolicy = &integrityPolicy{UpdateAutoLearnPolicy: true}
	}
	if f := i.AdvancedMachineFeatures; f != nil && f.ThreadsPerCore != 0 && f.ThreadsPerCore != 1 && f.ThreadsPerCore != 2 {
		return invalidField("resource.advancedMachineFeatures.threadsPerCore", f.ThreadsPerCore, "Must be 1 or 2.")
	}
	if i.ReservationAffinity != nil && i.ReservationAffinity.ConsumeReservationType == "SPECIFIC_RESERVATION" {
		return notFound("reservations/" + fmt.Sprint(i.ReservationAffinity.Values))
	}
	if len(i.ResourcePolicies) > 0 {
		return notFound(shortLink(i.ResourcePolicies[0]))
	}
	return nil
}
