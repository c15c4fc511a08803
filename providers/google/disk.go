package google

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	compute "cloud.google.com/go/compute/apiv1"
	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

type disk struct {
	providers.Aside

	ID                     string            `cty:"id"                        is:"computed"                     doc:"Path: projects/PROJECT/zones/ZONE/disks/NAME."`
	Name                   string            `cty:"name"                      is:"required,replace"             doc:"Name, unique in the zone."`
	Type                   string            `cty:"type"                      is:"else=pd-standard,replace"     doc:"Type such as pd-balanced, pd-ssd or hyperdisk-balanced."`
	Zone                   string            `cty:"zone"                      is:"default,replace"              doc:"Zone; absent means the provider's."`
	Project                string            `cty:"project"                   is:"default,replace"              doc:"Id of the project; absent means the provider's."`
	Size                   int               `cty:"size"                      is:"default"                      doc:"Size in GB; it grows in place and shrinks by a new disk."`
	Image                  string            `cty:"image"                     is:"optional,replace,blind"       doc:"Image or family that it starts from, such as debian-cloud/debian-12."`
	Snapshot               string            `cty:"snapshot"                  is:"optional,replace"             doc:"Name or URL of the snapshot that it starts from."`
	SourceDisk             string            `cty:"source_disk"               is:"optional,replace"             doc:"Path or URL of the disk that it is a copy of."`
	Description            string            `cty:"description"               is:"optional,replace"             doc:"Free text."`
	PhysicalBlockSizeBytes int               `cty:"physical_block_size_bytes" is:"default,replace"              doc:"Size of a block: 4096 or 16384."`
	ProvisionedIOPS        int               `cty:"provisioned_iops"          is:"default"                      doc:"Operations a second, of types where it can be chosen."`
	ProvisionedThroughput  int               `cty:"provisioned_throughput"    is:"default"                      doc:"MB a second, of types where it can be chosen."`
	AccessMode             string            `cty:"access_mode"               is:"default"                      doc:"READ_WRITE_SINGLE, READ_WRITE_MANY or READ_ONLY_MANY, of hyperdisks."`
	Architecture           string            `cty:"architecture"              is:"default,replace"              doc:"X86_64 or ARM64."`
	Labels                 map[string]string `cty:"labels"                    is:"optional,blind"               doc:"Labels by key."`
	TerraformLabels        map[string]string `cty:"terraform_labels"          is:"computed,blind"               doc:"Labels with the provider's default_labels."`
	EffectiveLabels        map[string]string `cty:"effective_labels"          is:"computed"                     doc:"All labels, also those that others have set."`
	LabelFingerprint       string            `cty:"label_fingerprint"         is:"computed,after=effective_labels" doc:"Fingerprint of the labels."`
	DiskID                 string            `cty:"disk_id"                   is:"computed"                     doc:"Number of the disk."`
	SourceImageID          string            `cty:"source_image_id"           is:"computed"                     doc:"Number of the image that it started from."`
	SourceSnapshotID       string            `cty:"source_snapshot_id"        is:"computed"                     doc:"Number of the snapshot that it started from."`
	SourceDiskID           string            `cty:"source_disk_id"            is:"computed"                     doc:"Number of the disk that it is a copy of."`
	Users                  []string          `cty:"users"                     is:"computed"                     doc:"URLs of the instances that have it."`
	CreationTimestamp      string            `cty:"creation_timestamp"        is:"computed"                     doc:"Time of creation, RFC 3339."`
	SelfLink               string            `cty:"self_link"                 is:"computed"                     doc:"URL of the disk."`
}

var diskType = providers.Resource[*client, disk]{
	Type:   "google_compute_disk",
	Doc:    "A persistent disk of one zone.",
	Holds:  "the files on it",
	Create: createDisk,
	Read:   readDisk,
	Import: func(id string) (x disk, err error) {
		x.ID, err = importPath("projects/PROJECT/zones/ZONE/disks/NAME", id, 1)
		return x, err
	},
	Migrate:  func(x *disk) { migrateLabels(x.Labels, &x.TerraformLabels) },
	Update:   updateDisk,
	Delete:   deleteDisk,
	List:     listDisks,
	Mark:     providers.InLabels,
	Within:   func(x disk) string { return x.Project },
	Spell:    spellDisk,
	Check:    checkDisk,
	Replaces: diskReplaces,
	Replay:   true,
	Examples: []string{
		`resource "google_compute_disk" "example" {
  name = "data"
  size = 10
}`,
		`resource "google_compute_disk" "example" {
  name = "data"
  size = 20

  labels = {
    team = "ml"
  }
}`,
		`resource "google_compute_disk" "example" {
  name        = "root"
  zone        = "europe-west4-a"
  type        = "pd-balanced"
  size        = 50
  image       = "debian-cloud/debian-12"
  description = "Starts a trainer."
}`,
	},
}

func createDisk(ctx context.Context, c *client, x *disk, a providers.Attempt) error {
	project, zone, err := c.projectZone(x.Project, x.Zone)
	if err != nil {
		return err
	}
	image, err := c.imageLink(ctx, project, x.Image)
	if err != nil {
		return err
	}
	place := "projects/" + project + "/zones/" + zone
	resource := &computepb.Disk{
		Name: ptr(x.Name), Description: text(x.Description), Type: ptr(linkIn(place+"/diskTypes/", x.Type)), SizeGb: whole(x.Size),
		SourceImage: text(image), SourceSnapshot: text(linkIn("projects/"+project+"/global/snapshots/", x.Snapshot)),
		SourceDisk: text(linkIn(place+"/disks/", x.SourceDisk)), PhysicalBlockSizeBytes: whole(x.PhysicalBlockSizeBytes),
		ProvisionedIops: whole(x.ProvisionedIOPS), ProvisionedThroughput: whole(x.ProvisionedThroughput),
		AccessMode: text(x.AccessMode), Architecture: text(x.Architecture), Labels: withOwner(x.EffectiveLabels, a.Owner),
	}
	err = started(c.disks.Insert(ctx, &computepb.InsertDiskRequest{Project: project, Zone: zone, DiskResource: resource, RequestId: requestID(a)}))
	if isAnswer(err) {
		x.ID, x.Project, x.Zone = place+"/disks/"+x.Name, project, zone
	}
	return err
}

func readDisk(ctx context.Context, c *client, x *disk) error {
	if err := c.locate(&x.ID); err != nil {
		return err
	}
	got, err := c.disk(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func (c *client) disk(ctx context.Context, id string) (*computepb.Disk, error) {
	return c.disks.Get(ctx, &computepb.GetDiskRequest{Project: part(id, "projects"), Zone: part(id, "zones"), Disk: lastPart(id)})
}

// updateDisk makes the first change that is missing.
func updateDisk(ctx context.Context, c *client, was disk, x *disk) error {
	x.ID = was.ID
	got, err := c.disk(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if !diskSettled(got) {
		return providers.ErrAgain
	}
	switch {
	case int64(x.Size) > got.GetSizeGb():
		return more(c.growDisk(ctx, x.ID, x.Size))
	case !maps.Equal(x.EffectiveLabels, userLabels(got.GetLabels())):
		return more(c.labelDisk(ctx, got, x.EffectiveLabels))
	}
	if patch, mask := x.patch(got); mask != "" {
		return more(started(c.disks.Update(ctx, &computepb.UpdateDiskRequest{
			Project: part(x.ID, "projects"), Zone: part(x.ID, "zones"), Disk: lastPart(x.ID), UpdateMask: ptr(mask), DiskResource: patch,
		})))
	}
	return x.fill(got)
}

func (c *client) growDisk(ctx context.Context, id string, gb int) error {
	return started(c.disks.Resize(ctx, &computepb.ResizeDiskRequest{
		Project: part(id, "projects"), Zone: part(id, "zones"), Disk: lastPart(id),
		DisksResizeRequestResource: &computepb.DisksResizeRequest{SizeGb: ptr(int64(gb))},
	}))
}

func (c *client) labelDisk(ctx context.Context, got *computepb.Disk, labels map[string]string) error {
	id := path(got.GetSelfLink())
	return started(c.disks.SetLabels(ctx, &computepb.SetLabelsDiskRequest{
		Project: part(id, "projects"), Zone: part(id, "zones"), Resource: lastPart(id),
		ZoneSetLabelsRequestResource: &computepb.ZoneSetLabelsRequest{Labels: withForeign(labels, got.GetLabels()), LabelFingerprint: got.LabelFingerprint},
	}))
}

// patch returns the fields in which got differs from what x asks for.
func (x *disk) patch(got *computepb.Disk) (*computepb.Disk, string) {
	patch, mask := &computepb.Disk{}, []string{}
	if x.ProvisionedIOPS != 0 && int64(x.ProvisionedIOPS) != got.GetProvisionedIops() {
		patch.ProvisionedIops, mask = whole(x.ProvisionedIOPS), append(mask, "provisionedIops")
	}
	if x.ProvisionedThroughput != 0 && int64(x.ProvisionedThroughput) != got.GetProvisionedThroughput() {
		patch.ProvisionedThroughput, mask = whole(x.ProvisionedThroughput), append(mask, "provisionedThroughput")
	}
	if x.AccessMode != "" && x.AccessMode != got.GetAccessMode() {
		patch.AccessMode, mask = ptr(x.AccessMode), append(mask, "accessMode")
	}
	return patch, strings.Join(mask, ",")
}

// deleteDisk is refused while the disk is attached: classify says busy.
func deleteDisk(ctx context.Context, c *client, x disk) error {
	return gone(started(c.disks.Delete(ctx, &computepb.DeleteDiskRequest{Project: part(x.ID, "projects"), Zone: part(x.ID, "zones"), Disk: lastPart(x.ID)})))
}

// listDisks leaves the disks of regions out, which are another type.
func listDisks(ctx context.Context, c *client, in disk) iter.Seq2[disk, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[disk](err)
	}
	it := c.disks.AggregatedList(ctx, &computepb.AggregatedListDisksRequest{Project: project, MaxResults: ptr(uint32(pageSize))})
	next := items(it.Next, func(p compute.DisksScopedListPair) []*computepb.Disk {
		return slices.DeleteFunc(p.Value.GetDisks(), func(d *computepb.Disk) bool { return d.GetZone() == "" })
	})
	return each(next, (*disk).fill)
}

func (x *disk) fill(got *computepb.Disk) error {
	if x.Name == "" {
		x.Image = got.GetSourceImage() // nothing is known but the id
	}
	x.ID, x.Name, x.SelfLink, x.DiskID = path(got.GetSelfLink()), got.GetName(), got.GetSelfLink(), number(got.GetId())
	x.Project, x.Zone, x.Type, x.Size = part(x.ID, "projects"), lastPart(got.GetZone()), lastPart(got.GetType()), int(got.GetSizeGb())
	x.Snapshot, x.SourceDisk, x.Description = got.GetSourceSnapshot(), got.GetSourceDisk(), got.GetDescription()
	x.PhysicalBlockSizeBytes, x.AccessMode, x.Architecture = int(got.GetPhysicalBlockSizeBytes()), got.GetAccessMode(), got.GetArchitecture()
	x.ProvisionedIOPS, x.ProvisionedThroughput = int(got.GetProvisionedIops()), int(got.GetProvisionedThroughput())
	x.Owner = got.GetLabels()[ownerLabel]
	x.EffectiveLabels, x.LabelFingerprint = userLabels(got.GetLabels()), got.GetLabelFingerprint()
	x.SourceImageID, x.SourceSnapshotID, x.SourceDiskID = got.GetSourceImageId(), got.GetSourceSnapshotId(), got.GetSourceDiskId()
	x.Users, x.CreationTimestamp = got.GetUsers(), got.GetCreationTimestamp()
	if !diskSettled(got) {
		return providers.ErrNotReady
	}
	return nil
}

func diskSettled(got *computepb.Disk) bool {
	return !slices.Contains([]string{"CREATING", "RESTORING", "DELETING"}, got.GetStatus())
}

func spellDisk(was disk, x *disk) {
	respell(was.Type, &x.Type)
	respell(was.Zone, &x.Zone)
	respell(was.Snapshot, &x.Snapshot)
	respell(was.SourceDisk, &x.SourceDisk)
	respellImage(was.Image, &x.Image)
}

// diskReplaces says that a disk does not shrink.
func diskReplaces(was, want disk) []string {
	if want.Size != 0 && want.Size < was.Size {
		return []string{"size"}
	}
	return nil
}

func checkDisk(_ *disk, want disk) error {
	if err := checkName(want.Name); err != nil {
		return err
	}
	sources := slices.DeleteFunc([]string{want.Image, want.Snapshot, want.SourceDisk}, func(s string) bool { return s == "" })
	switch {
	case len(sources) > 1:
		return errors.New("a disk starts from one thing: set only one of image, snapshot and source_disk")
	case want.PhysicalBlockSizeBytes != 0 && want.PhysicalBlockSizeBytes != 4096 && want.PhysicalBlockSizeBytes != 16384:
		return fmt.Errorf("physical_block_size_bytes %d is neither 4096 nor 16384", want.PhysicalBlockSizeBytes)
	case want.AccessMode != "" && !slices.Contains([]string{"READ_WRITE_SINGLE", "READ_WRITE_MANY", "READ_ONLY_MANY"}, want.AccessMode):
		return fmt.Errorf("access_mode %q is none of READ_WRITE_SINGLE, READ_WRITE_MANY and READ_ONLY_MANY", want.AccessMode)
	case want.Architecture != "" && want.Architecture != "X86_64" && want.Architecture != "ARM64":
		return fmt.Errorf("architecture %q is neither X86_64 nor ARM64", want.Architecture)
	}
	return nil
}

// projectZone returns where a zonal object is.
func (c *client) projectZone(ownProject, ownZone string) (project, zone string, err error) {
	if project, err = c.project(ownProject); err != nil {
		return "", "", err
	}
	zone, err = c.zone(ownZone)
	return project, zone, err
}

// whole returns nil for 0.
func whole(n int) *int64 {
	if n == 0 {
		return nil
	}
	return ptr(int64(n))
}

// number returns the number of an object.
func number(id uint64) string { return strconv.FormatUint(id, 10) }
