package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type instance struct {
	providers.Aside

	ID                      string                `cty:"id"                        is:"computed"                 doc:"Path: projects/PROJECT/zones/ZONE/instances/NAME."`
	Name                    string                `cty:"name"                      is:"required,replace"         doc:"Name, unique in the zone."`
	MachineType             string                `cty:"machine_type"              is:"required"                 doc:"Type such as g2-standard-4; it changes while the instance is stopped."`
	Zone                    string                `cty:"zone"                      is:"default,replace"          doc:"Zone; absent means the provider's."`
	Project                 string                `cty:"project"                   is:"default,replace"          doc:"Id of the project; absent means the provider's."`
	BootDisk                []bootDisk            `cty:"boot_disk"                 is:"required,max=1"           doc:"The disk that it starts from."`
	AttachedDisks           []attachedDisk        `cty:"attached_disk"             is:"optional,blind"           doc:"Further disks; those of google_compute_attached_disk do not count."`
	ScratchDisks            []scratchDisk         `cty:"scratch_disk"              is:"optional"                 doc:"Local SSDs, which lose their content when it stops."`
	NetworkInterfaces       []networkInterface    `cty:"network_interface"         is:"required"                 doc:"Its connections to networks."`
	GuestAccelerators       []guestAccelerator    `cty:"guest_accelerator"         is:"default"                  doc:"GPUs that the machine type does not bring."`
	Scheduling              []scheduling          `cty:"scheduling"                is:"default,max=1"            doc:"What happens at maintenance, and whether it is a spot instance."`
	ServiceAccount          []instanceAccount     `cty:"service_account"           is:"optional,max=1"           doc:"Who it acts as; it changes while the instance is stopped."`
	ShieldedInstanceConfig  []shieldedConfig      `cty:"shielded_instance_config"  is:"default,max=1"            doc:"Shielded VM; it changes while the instance is stopped."`
	AdvancedMachineFeatures []machineFeatures     `cty:"advanced_machine_features" is:"optional,max=1"           doc:"Settings of the CPU; they change while the instance is stopped."`
	ReservationAffinity     []reservationAffinity `cty:"reservation_affinity"      is:"default,max=1"            doc:"Which reservations it uses."`
	CanIPForward            bool                  `cty:"can_ip_forward"            is:"else=false"               doc:"Whether it may pass on packets of others."`
	Tags                    []string              `cty:"tags"                      is:"optional,set"             doc:"Network tags, which firewalls and routes aim at."`
	Metadata                map[string]string     `cty:"metadata"                  is:"optional"                 doc:"Metadata by key, such as ssh-keys."`
	MetadataStartupScript   string                `cty:"metadata_startup_script"   is:"optional,replace"         doc:"Script that runs at each start; in metadata it changes in place."`
	MinCPUPlatform          string                `cty:"min_cpu_platform"          is:"default"                  doc:"Oldest CPU such as Intel Ice Lake; it changes while stopped."`
	DeletionProtection      bool                  `cty:"deletion_protection"       is:"else=false"               doc:"Whether the API refuses to delete it."`
	DesiredStatus           string                `cty:"desired_status"            is:"default"                  doc:"RUNNING, TERMINATED or SUSPENDED; absent leaves it as it is."`
	Hostname                string                `cty:"hostname"                  is:"optional,replace"         doc:"Full name that the system gets; absent means a name of Google's."`
	Description             string                `cty:"description"               is:"optional"                 doc:"Free text."`
	ResourcePolicies        []string              `cty:"resource_policies"         is:"optional"                 doc:"Names or URLs of policies, such as a schedule; at most one."`
	EnableDisplay           bool                  `cty:"enable_display"            is:"optional"                 doc:"Whether it has a display; it changes while stopped."`
	AllowStoppingForUpdate  bool                  `cty:"allow_stopping_for_update" is:"else=false,blind"         doc:"Whether changes may stop it and start it again."`
	Labels                  map[string]string     `cty:"labels"                    is:"optional,blind"           doc:"Labels by key."`
	TerraformLabels         map[string]string     `cty:"terraform_labels"          is:"computed,blind"           doc:"Labels with the provider's default_labels."`
	EffectiveLabels         map[string]string     `cty:"effective_labels"          is:"computed"                 doc:"All labels, also those that others have set."`

	LabelFingerprint    string `cty:"label_fingerprint"    is:"computed,after=effective_labels" doc:"Fingerprint of the labels."`
	TagsFingerprint     string `cty:"tags_fingerprint"     is:"computed,after=tags"             doc:"Fingerprint of the tags."`
	MetadataFingerprint string `cty:"metadata_fingerprint" is:"computed,after=metadata"         doc:"Fingerprint of the metadata."`
	InstanceID          string `cty:"instance_id"          is:"computed"                        doc:"Number of the instance."`
	CPUPlatform         string `cty:"cpu_platform"         is:"computed,after=machine_type,after=min_cpu_platform,after=desired_status" doc:"CPU that it has, while it runs."`
	CurrentStatus       string `cty:"current_status"       is:"computed,after=desired_status"   doc:"State: RUNNING, TERMINATED and others."`
	CreationTimestamp   string `cty:"creation_timestamp"   is:"computed"                        doc:"Time of creation, RFC 3339."`
	SelfLink            string `cty:"self_link"            is:"computed"                        doc:"URL of the instance."`
}

var instanceType = providers.Resource[*client, instance]{
	Type:   "google_compute_instance",
	Doc:    "A virtual machine.",
	Holds:  "the files on its boot disk",
	Create: createInstance,
	Read:   readInstance,
	Import: func(id string) (x instance, err error) {
		x.ID, err = importPath("projects/PROJECT/zones/ZONE/instances/NAME", id, 1)
		return x, err
	},
	Migrate:   func(x *instance) { migrateLabels(x.Labels, &x.TerraformLabels) },
	Update:    updateInstance,
	Delete:    deleteInstance,
	List:      listInstances,
	Mark:      providers.InLabels,
	Within:    func(x instance) string { return x.Project },
	Spell:     spellInstance,
	Check:     checkInstance,
	Replaces:  instanceReplaces,
	Protected: protectedInstance,
	Lock:      func(x instance) string { return instanceLock(x.Name) },
	Replay:    true,
	Examples: []string{
		`resource "google_compute_instance" "example" {
  name         = "worker"
  machine_type = "e2-small"

  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }

  network_interface {
    network = "default"
  }
}`,
		`resource "google_compute_disk" "example" {
  name = "data"
  size = 10
}

resource "google_compute_instance" "example" {
  name                      = "worker"
  machine_type              = "e2-standard-4"
  allow_stopping_for_update = true

  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }

  attached_disk {
    source = google_compute_disk.example.id
  }

  network_interface {
    network = "default"
    access_config {}
  }

  metadata = {
    enable-oslogin = "TRUE"
  }

  labels = {
    team = "ml"
  }
}`,
		`resource "google_compute_instance" "example" {
  name                    = "trainer"
  machine_type            = "n1-standard-4"
  zone                    = "europe-west4-b"
  tags                    = ["ssh"]
  metadata_startup_script = "nvidia-smi"

  boot_disk {
    initialize_params {
      image = "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"
      type  = "pd-ssd"
      size  = 100
    }
  }

  scratch_disk {
    interface = "NVME"
  }

  guest_accelerator {
    type  = "nvidia-tesla-t4"
    count = 1
  }

  scheduling {
    provisioning_model          = "SPOT"
    preemptible                 = true
    automatic_restart           = false
    instance_termination_action = "STOP"
  }

  service_account {
    scopes = ["cloud-platform"]
  }

  network_interface {
    network = "default"
    access_config {
      network_tier = "STANDARD"
    }
  }
}`,
	},
}

func createInstance(ctx context.Context, c *client, x *instance, a providers.Attempt) error {
	project, zone, err := c.projectZone(x.Project, x.Zone)
	if err != nil {
		return err
	}
	resource, err := x.request(ctx, c, project, zone)
	if err != nil {
		return err
	}
	resource.Labels = withOwner(resource.Labels, a.Owner)
	err = started(c.instances.Insert(ctx, &computepb.InsertInstanceRequest{Project: project, Zone: zone, InstanceResource: resource, RequestId: requestID(a)}))
	if !isAnswer(err) {
		return err
	}
	x.ID, x.Project, x.Zone = fmt.Sprintf("projects/%s/zones/%s/instances/%s", project, zone, x.Name), project, zone
	if x.DesiredStatus != "" && x.DesiredStatus != running {
		return more(err) // it starts in any case
	}
	return err
}

// readInstance asks for the boot disk only when nothing is known but the id:
// the instance does not show what it was made of.
func readInstance(ctx context.Context, c *client, x *instance) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	imported := x.Name == ""
	got, err := c.instance(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	err = x.fill(got)
	if !imported {
		x.fillAttached(got.GetDisks())
		return err
	}
	x.importAttached(got.GetDisks())
	if err != nil || len(x.BootDisk) == 0 {
		return err
	}
	d, err := c.disk(ctx, path(x.BootDisk[0].Source))
	if err != nil {
		return err
	}
	x.BootDisk[0].InitializeParams[0].fill(d)
	return nil
}

func (c *client) instance(ctx context.Context, id string) (*computepb.Instance, error) {
	return c.instances.Get(ctx, &computepb.GetInstanceRequest{Project: part(id, "projects"), Zone: part(id, "zones"), Instance: lastPart(id)})
}

func protectedInstance(x instance) error {
	if x.DeletionProtection {
		return errors.New("deletion_protection is true: set it to false and apply that first")
	}
	return nil
}

func deleteInstance(ctx context.Context, c *client, x instance) error {
	if err := protectedInstance(x); err != nil {
		return err
	}
	return gone(started(c.instances.Delete(ctx, &computepb.DeleteInstanceRequest{Project: part(x.ID, "projects"), Zone: part(x.ID, "zones"), Instance: lastPart(x.ID)})))
}

func listInstances(ctx context.Context, c *client, in instance) iter.Seq2[instance, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[instance](err)
	}
	next := items(c.allInstances(ctx, project), func(p compute.InstancesScopedListPair) []*computepb.Instance { return p.Value.GetInstances() })
	return each(next, (*instance).fill)
}

// allInstances lists the instances of all zones.
func (c *client) allInstances(ctx context.Context, project string) func() (compute.InstancesScopedListPair, error) {
	it := c.instances.AggregatedList(ctx, &computepb.AggregatedListInstancesRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	return it.Next
}

// fill takes what the instance itself shows; spellInstance adds what it does not.
func (x *instance) fill(got *computepb.Instance) error {
	x.ID, x.Name, x.SelfLink, x.InstanceID = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink(), number(got.GetId())
	x.Project, x.Zone, x.MachineType = part(x.ID, "projects"), lastPart(got.GetZone()), lastPart(got.GetMachineType())
	x.CanIPForward, x.DeletionProtection, x.EnableDisplay = got.GetCanIpForward(), got.GetDeletionProtection(), got.GetDisplayDevice().GetEnableDisplay()
	x.Hostname, x.Description, x.ResourcePolicies = got.GetHostname(), got.GetDescription(), slices.Clone(got.GetResourcePolicies())
	x.MinCPUPlatform, x.CPUPlatform, x.CreationTimestamp = got.GetMinCpuPlatform(), got.GetCpuPlatform(), got.GetCreationTimestamp()
	x.Owner = got.GetLabels()[ownerLabel]
	x.EffectiveLabels, x.LabelFingerprint = userLabels(got.GetLabels()), got.GetLabelFingerprint()
	x.Tags, x.TagsFingerprint = got.GetTags().GetItems(), got.GetTags().GetFingerprint()
	x.Metadata, x.MetadataStartupScript, x.MetadataFingerprint = metadataOf(got), "", got.GetMetadata().GetFingerprint()
	x.CurrentStatus, x.DesiredStatus = got.GetStatus(), headingFor(got.GetStatus())
	x.fillDisks(got.GetDisks())
	x.fillInterfaces(got.GetNetworkInterfaces())
	x.fillParts(got)
	if !instanceSettled(got) {
		return providers.ErrNotReady
	}
	return nil
}

// The states in which an instance can stay.
const (
	running    = "RUNNING"
	terminated = "TERMINATED"
	suspended  = "SUSPENDED"
)

// headingFor returns the state in which an instance will stay.
func headingFor(status string) string {
	switch status {
	case "PROVISIONING", "STAGING", "REPAIRING":
		return running
	case "STOPPING", "PENDING_STOP":
		return terminated
	case "SUSPENDING":
		return suspended
	}
	return status
}

func instanceSettled(got *computepb.Instance) bool {
	s := got.GetStatus()
	return s == running || s == terminated || s == suspended
}

// placeOf returns where an instance is, and its name.
func placeOf(got *computepb.Instance) (project, zone, name string) {
	id := path(got.GetSelfLink())
	return part(id, "projects"), part(id, "zones"), got.GetName()
}
