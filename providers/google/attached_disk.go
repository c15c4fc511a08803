package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type diskAttachment struct {
	ID         string `cty:"id"          is:"computed"                doc:"Path of the instance, a slash, name of the disk."`
	Disk       string `cty:"disk"        is:"required,replace"        doc:"Name, path or URL of the disk."`
	Instance   string `cty:"instance"    is:"required,replace"        doc:"Name, path or URL of the instance."`
	Project    string `cty:"project"     is:"default,replace"         doc:"Project of the instance; absent means that of its path or the provider's."`
	Zone       string `cty:"zone"        is:"default,replace"         doc:"Zone of the instance; absent means that of its path or the provider's."`
	DeviceName string `cty:"device_name" is:"default,replace"         doc:"Name in /dev/disk/by-id, after google-."`
	Mode       string `cty:"mode"        is:"else=READ_WRITE,replace" doc:"READ_WRITE or READ_ONLY."`
}

var attachedDiskType = providers.Resource[*client, diskAttachment]{
	Type:   "google_compute_attached_disk",
	Doc:    "The attachment of a disk to an instance of its zone.",
	Create: createAttachedDisk,
	Read:   readAttachedDisk,
	Import: func(id string) (x diskAttachment, err error) {
		x.ID, err = importPath("projects/PROJECT/zones/ZONE/instances/INSTANCE/DISK", id, 2)
		return x, err
	},
	Delete: deleteAttachedDisk,
	List:   listAttachedDisks,
	Within: func(x diskAttachment) string { return x.Project },
	Spell:  spellAttachedDisk,
	Check:  checkAttachedDisk,
	Lock:   func(x diskAttachment) string { return instanceLock(x.Instance) },
	Again:  true,
	Examples: []string{
		attachmentExample + `

resource "google_compute_attached_disk" "example" {
  instance = google_compute_instance.example.id
  disk     = google_compute_disk.example.id
}`,
		attachmentExample + `

resource "google_compute_attached_disk" "example" {
  instance    = google_compute_instance.example.name
  disk        = google_compute_disk.example.self_link
  device_name = "data"
  mode        = "READ_ONLY"
}`,
	},
}

// attachmentExample is what an attachment needs.
const attachmentExample = `resource "google_compute_disk" "example" {
  name = "data"
  size = 10
}

resource "google_compute_instance" "example" {
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
}`

// createAttachedDisk looks first: a disk that is there already is refused.
func createAttachedDisk(ctx context.Context, c *client, x *diskAttachment, _ providers.Attempt) error {
	id, err := c.instanceOf(x)
	if err != nil {
		return err
	}
	got, err := c.instance(ctx, id)
	if err != nil {
		return err
	}
	want := attachedDisk{Source: x.Disk, DeviceName: x.DeviceName, Mode: x.Mode}
	all := attachedOf(got.GetDisks())
	if n := attachedAt(all, want.Source); n < 0 || all[n].differs(want) {
		err = c.attach(ctx, got, want)
	}
	if isAnswer(err) {
		x.ID, x.Project, x.Zone = id+"/"+lastPart(x.Disk), part(id, "projects"), part(id, "zones")
	}
	return err
}

func readAttachedDisk(ctx context.Context, c *client, x *diskAttachment) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.attachedTo(ctx, x)
	if err != nil {
		return gone(err)
	}
	for _, d := range got.GetDisks() {
		if isExtra(d) && lastPart(d.GetSource()) == lastPart(x.ID) {
			return x.fill(got, d)
		}
	}
	return providers.ErrGone
}

func deleteAttachedDisk(ctx context.Context, c *client, x diskAttachment) error {
	got, err := c.attachedTo(ctx, &x)
	if err != nil {
		return gone(err)
	}
	for _, d := range got.GetDisks() {
		if isExtra(d) && lastPart(d.GetSource()) == lastPart(x.ID) {
			return gone(c.detach(ctx, got, d.GetDeviceName()))
		}
	}
	return providers.ErrGone
}

func (c *client) attachedTo(ctx context.Context, x *diskAttachment) (*computepb.Instance, error) {
	return c.instance(ctx, strings.TrimSuffix(x.ID, "/"+lastPart(x.ID)))
}

func (c *client) attach(ctx context.Context, got *computepb.Instance, d attachedDisk) error {
	project, zone, name := placeOf(got)
	return started(c.instances.AttachDisk(ctx, &computepb.AttachDiskInstanceRequest{
		Project: project, Zone: zone, Instance: name, AttachedDiskResource: d.request("projects/" + project + "/zones/" + zone),
	}))
}

func (c *client) detach(ctx context.Context, got *computepb.Instance, device string) error {
	project, zone, name := placeOf(got)
	return started(c.instances.DetachDisk(ctx, &computepb.DetachDiskInstanceRequest{Project: project, Zone: zone, Instance: name, DeviceName: device}))
}

func listAttachedDisks(ctx context.Context, c *client, in diskAttachment) iter.Seq2[diskAttachment, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[diskAttachment](err)
	}
	type attached struct {
		to   *computepb.Instance
		disk *computepb.AttachedDisk
	}
	next := items(c.allInstances(ctx, project), func(p compute.InstancesScopedListPair) (all []attached) {
		for _, i := range p.Value.GetInstances() {
			for _, d := range i.GetDisks() {
				if isExtra(d) {
					all = append(all, attached{i, d})
				}
			}
		}
		return all
	})
	return each(next, func(x *diskAttachment, a attached) error { return x.fill(a.to, a.disk) })
}

// isExtra reports whether a disk can be detached from a running instance.
func isExtra(d *computepb.AttachedDisk) bool { return !d.GetBoot() && d.GetType() != scratch }

const scratch = "SCRATCH"

func (x *diskAttachment) fill(to *computepb.Instance, d *computepb.AttachedDisk) error {
	x.Instance, x.Disk = path(to.GetSelfLink()), path(d.GetSource())
	x.ID, x.Project, x.Zone = x.Instance+"/"+lastPart(x.Disk), part(x.Instance, "projects"), part(x.Instance, "zones")
	x.DeviceName, x.Mode = d.GetDeviceName(), d.GetMode()
	return nil
}

func spellAttachedDisk(was diskAttachment, x *diskAttachment) {
	respell(was.Instance, &x.Instance)
	respell(was.Disk, &x.Disk)
	respell(was.Zone, &x.Zone)
}

func checkAttachedDisk(_ *diskAttachment, want diskAttachment) error {
	switch {
	case want.Disk == "" || want.Instance == "":
		return errors.New("disk and instance must not be empty")
	case !slices.Contains([]string{"READ_WRITE", "READ_ONLY"}, want.Mode):
		return fmt.Errorf("mode %q is neither READ_WRITE nor READ_ONLY", want.Mode)
	}
	return nil
}

// instanceOf returns the path of the instance. What a URL says counts more
// than project and zone.
func (c *client) instanceOf(x *diskAttachment) (string, error) {
	project, zone := part(x.Instance, "projects"), part(x.Instance, "zones")
	if project == "" {
		project = x.Project
	}
	if zone == "" {
		zone = x.Zone
	}
	project, zone, err := c.projectZone(project, zone)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("projects/%s/zones/%s/instances/%s", project, zone, lastPart(x.Instance)), nil
}

// instanceLock names an instance in any spelling.
func instanceLock(ref string) string { return "instance " + lastPart(ref) }
