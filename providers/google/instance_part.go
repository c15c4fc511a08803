package google

import (
	"maps"
	"slices"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type bootDisk struct {
	AutoDelete       bool         `cty:"auto_delete"       is:"else=true"               doc:"Whether it is deleted with the instance."`
	DeviceName       string       `cty:"device_name"       is:"default,replace"         doc:"Name in /dev/disk/by-id, after google-."`
	Mode             string       `cty:"mode"              is:"else=READ_WRITE,replace" doc:"READ_WRITE or READ_ONLY."`
	Source           string       `cty:"source"            is:"default,replace"         doc:"Name or URL of a disk that exists; absent makes one."`
	InitializeParams []diskParams `cty:"initialize_params" is:"default,max=1"           doc:"What the disk is made of."`
}

// diskParams are shown by the disk, not by the instance, but for the size.
type diskParams struct {
	Image                 string            `cty:"image"                  is:"default,replace" doc:"Image or family, such as debian-cloud/debian-12."`
	Snapshot              string            `cty:"snapshot"               is:"default,replace" doc:"Name or URL of a snapshot, instead of an image."`
	Size                  int               `cty:"size"                   is:"default"         doc:"Size in GB; it can only grow."`
	Type                  string            `cty:"type"                   is:"default,replace" doc:"Type such as pd-balanced, pd-ssd or hyperdisk-balanced."`
	Labels                map[string]string `cty:"labels"                 is:"default"         doc:"Labels of the disk."`
	ProvisionedIOPS       int               `cty:"provisioned_iops"       is:"default,replace" doc:"Operations a second, of types where it can be chosen."`
	ProvisionedThroughput int               `cty:"provisioned_throughput" is:"default,replace" doc:"MB a second, of types where it can be chosen."`
}

type attachedDisk struct {
	Source     string `cty:"source"      is:"required"        doc:"Name, path or URL of the disk."`
	DeviceName string `cty:"device_name" is:"optional"        doc:"Name in /dev/disk/by-id, after google-; absent leaves it to Google."`
	Mode       string `cty:"mode"        is:"else=READ_WRITE" doc:"READ_WRITE or READ_ONLY."`
}

type scratchDisk struct {
	Interface  string `cty:"interface"   is:"required,replace" doc:"NVME or SCSI."`
	DeviceName string `cty:"device_name" is:"default,replace"  doc:"Name in /dev/disk/by-id, after google-."`
	Size       int    `cty:"size"        is:"else=375,replace" doc:"Size in GB: 375 or 3000."`
}

type guestAccelerator struct {
	Type  string `cty:"type"  is:"required,replace" doc:"Name or URL of the type, such as nvidia-tesla-t4."`
	Count int    `cty:"count" is:"required,replace" doc:"How many."`
}

type scheduling struct {
	ProvisioningModel         string        `cty:"provisioning_model"          is:"default,replace"    doc:"STANDARD, SPOT, FLEX_START or RESERVATION_BOUND."`
	Preemptible               bool          `cty:"preemptible"                 is:"else=false,replace" doc:"Whether Google may stop it at any time, as a spot instance."`
	AutomaticRestart          bool          `cty:"automatic_restart"           is:"else=true"          doc:"Whether Google starts it again; false for spot instances."`
	OnHostMaintenance         string        `cty:"on_host_maintenance"         is:"default"            doc:"MIGRATE or TERMINATE; the latter with GPUs."`
	InstanceTerminationAction string        `cty:"instance_termination_action" is:"default"            doc:"STOP or DELETE when its time is over or Google takes it back."`
	MaxRunDuration            []runDuration `cty:"max_run_duration"            is:"optional,max=1"     doc:"How long it may run."`
}

type runDuration struct {
	Seconds int `cty:"seconds" is:"required,replace" doc:"Seconds."`
	Nanos   int `cty:"nanos"   is:"else=0,replace"   doc:"Nanoseconds beside them."`
}

type instanceAccount struct {
	Email  string   `cty:"email"  is:"default"      doc:"E-mail address; absent means Compute Engine's own account."`
	Scopes []string `cty:"scopes" is:"required,set" doc:"Scopes, such as cloud-platform; roles limit what they allow."`
}

type shieldedConfig struct {
	EnableSecureBoot          bool `cty:"enable_secure_boot"          is:"else=false" doc:"Whether only signed systems start."`
	EnableVTPM                bool `cty:"enable_vtpm"                 is:"else=true"  doc:"Whether it has a virtual TPM."`
	EnableIntegrityMonitoring bool `cty:"enable_integrity_monitoring" is:"else=true"  doc:"Whether starts are compared with earlier ones."`
}

type machineFeatures struct {
	EnableNestedVirtualization bool   `cty:"enable_nested_virtualization" is:"optional"         doc:"Whether virtual machines run in it."`
	ThreadsPerCore             int    `cty:"threads_per_core"             is:"optional"         doc:"1 switches hyper-threading off."`
	VisibleCoreCount           int    `cty:"visible_core_count"           is:"optional"         doc:"How many cores it sees."`
	TurboMode                  string `cty:"turbo_mode"                   is:"optional"         doc:"ALL_CORE_MAX, or absent."`
	PerformanceMonitoringUnit  string `cty:"performance_monitoring_unit"  is:"optional"         doc:"STANDARD, ENHANCED or ARCHITECTURAL."`
	EnableUEFINetworking       bool   `cty:"enable_uefi_networking"       is:"optional,replace" doc:"Whether it can start from the network."`
}

type reservationAffinity struct {
	Type                string                `cty:"type"                 is:"required,replace" doc:"ANY_RESERVATION, SPECIFIC_RESERVATION or NO_RESERVATION."`
	SpecificReservation []specificReservation `cty:"specific_reservation" is:"optional,max=1"   doc:"The reservations to use."`
}

type specificReservation struct {
	Key    string   `cty:"key"    is:"required,replace" doc:"Key: compute.googleapis.com/reservation-name."`
	Values []string `cty:"values" is:"required,replace" doc:"Names of the reservations."`
}

func (p *diskParams) fill(got *computepb.Disk) {
	p.Image, p.Snapshot, p.Size, p.Type = got.GetSourceImage(), got.GetSourceSnapshot(), int(got.GetSizeGb()), lastPart(got.GetType())
	p.Labels, p.ProvisionedIOPS, p.ProvisionedThroughput = userLabels(got.GetLabels()), int(got.GetProvisionedIops()), int(got.GetProvisionedThroughput())
}

func (x *instance) fillDisks(disks []*computepb.AttachedDisk) {
	x.BootDisk, x.ScratchDisks = nil, nil
	for _, d := range disks {
		switch {
		case d.GetBoot():
			x.BootDisk = []bootDisk{{
				AutoDelete: d.GetAutoDelete(), DeviceName: d.GetDeviceName(), Mode: d.GetMode(), Source: d.GetSource(),
				InitializeParams: []diskParams{{Size: int(d.GetDiskSizeGb())}},
			}}
		case d.GetType() == scratch:
			x.ScratchDisks = append(x.ScratchDisks, scratchDisk{d.GetInterface(), d.GetDeviceName(), int(d.GetDiskSizeGb())})
		}
	}
}

// givenName is a name of a device that the API has given.
var givenName = providers.NewPattern(`^persistent-disk-\d+$`)

// attachedOf returns the further disks of an instance.
func attachedOf(disks []*computepb.AttachedDisk) []attachedDisk {
	var all []attachedDisk
	for _, d := range disks {
		if isExtra(d) {
			all = append(all, attachedDisk{d.GetSource(), d.GetDeviceName(), d.GetMode()})
		}
	}
	return all
}

// fillAttached brings those of the disks that the configuration has attached
// up to date. Others may be attached by a resource of their own.
func (x *instance) fillAttached(disks []*computepb.AttachedDisk) {
	all := attachedOf(disks)
	var own []attachedDisk
	for _, d := range x.AttachedDisks {
		n := attachedAt(all, d.Source)
		if n < 0 {
			continue
		}
		if d.Mode = all[n].Mode; d.DeviceName != "" {
			d.DeviceName = all[n].DeviceName
		}
		own = append(own, d)
	}
	x.AttachedDisks = own
}

// importAttached takes all disks for configured: nothing is known but the id.
func (x *instance) importAttached(disks []*computepb.AttachedDisk) {
	x.AttachedDisks = attachedOf(disks)
	for i, d := range x.AttachedDisks {
		if givenName.MatchString(d.DeviceName) {
			x.AttachedDisks[i].DeviceName = ""
		}
	}
}

func (x *instance) fillParts(got *computepb.Instance) {
	x.GuestAccelerators, x.ServiceAccount, x.AdvancedMachineFeatures, x.ReservationAffinity = nil, nil, nil, nil
	for _, a := range got.GetGuestAccelerators() {
		x.GuestAccelerators = append(x.GuestAccelerators, guestAccelerator{a.GetAcceleratorType(), int(a.GetAcceleratorCount())})
	}
	for _, a := range got.GetServiceAccounts() {
		x.ServiceAccount = append(x.ServiceAccount, instanceAccount{a.GetEmail(), slices.Clone(a.GetScopes())})
	}
	s := got.GetScheduling()
	x.Scheduling = []scheduling{{
		ProvisioningModel: s.GetProvisioningModel(), Preemptible: s.GetPreemptible(), AutomaticRestart: s.GetAutomaticRestart(),
		OnHostMaintenance: s.GetOnHostMaintenance(), InstanceTerminationAction: s.GetInstanceTerminationAction(),
	}}
	if d := s.GetMaxRunDuration(); d != nil {
		x.Scheduling[0].MaxRunDuration = []runDuration{{int(d.GetSeconds()), int(d.GetNanos())}}
	}
	shielded := got.GetShieldedInstanceConfig()
	x.ShieldedInstanceConfig = []shieldedConfig{{shielded.GetEnableSecureBoot(), shielded.GetEnableVtpm(), shielded.GetEnableIntegrityMonitoring()}}
	if f := got.GetAdvancedMachineFeatures(); f != nil {
		features := machineFeatures{
			f.GetEnableNestedVirtualization(), int(f.GetThreadsPerCore()), int(f.GetVisibleCoreCount()),
			f.GetTurboMode(), f.GetPerformanceMonitoringUnit(), f.GetEnableUefiNetworking(),
		}
		if features != (machineFeatures{}) {
			x.AdvancedMachineFeatures = []machineFeatures{features}
		}
	}
	if r := got.GetReservationAffinity(); r != nil {
		affinity := reservationAffinity{Type: r.GetConsumeReservationType()}
		if r.GetKey() != "" {
			affinity.SpecificReservation = []specificReservation{{r.GetKey(), r.GetValues()}}
		}
		x.ReservationAffinity = []reservationAffinity{affinity}
	}
}

// startupScript is the key of the metadata that metadata_startup_script sets.
const startupScript = "startup-script"

func metadataOf(got *computepb.Instance) map[string]string {
	items := map[string]string{}
	for _, item := range got.GetMetadata().GetItems() {
		items[item.GetKey()] = item.GetValue()
	}
	return items
}

// allMetadata returns the metadata with the startup script.
func (x *instance) allMetadata() map[string]string {
	all := map[string]string{}
	maps.Copy(all, x.Metadata)
	if x.MetadataStartupScript != "" {
		all[startupScript] = x.MetadataStartupScript
	}
	return all
}

// serviceScopes are the short names of scopes that gcloud has made known.
var serviceScopes = map[string]string{
	"bigquery": "bigquery", "cloud-platform": "cloud-platform", "cloud-source-repos": "source.full_control",
	"cloud-source-repos-ro": "source.read_only", "compute-ro": "compute.readonly", "compute-rw": "compute",
	"datastore": "datastore", "logging-write": "logging.write", "monitoring": "monitoring", "monitoring-read": "monitoring.read",
	"monitoring-write": "monitoring.write", "pubsub": "pubsub", "service-control": "servicecontrol",
	"service-management": "service.management.readonly", "sql": "sqlservice", "sql-admin": "sqlservice.admin",
	"storage-full": "devstorage.full_control", "storage-ro": "devstorage.read_only", "storage-rw": "devstorage.read_write",
	"taskqueue": "taskqueue", "trace": "trace.append", "useraccounts-ro": "cloud.useraccounts.readonly",
	"useraccounts-rw": "cloud.useraccounts", "userinfo-email": "userinfo.email",
}

// scopeURL returns the URL of a scope that may be given by its short name.
func scopeURL(scope string) string {
	if name, ok := serviceScopes[scope]; ok {
		return "https://www.googleapis.com/auth/" + name
	}
	return scope
}

func scopeURLs(scopes []string) []string {
	urls := make([]string, len(scopes))
	for i, s := range scopes {
		urls[i] = scopeURL(s)
	}
	slices.Sort(urls)
	return urls
}
