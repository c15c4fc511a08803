package fake

import (
	"slices"
	"strconv"
	"strings"
)

// disk is a zonal persistent disk.
type disk struct {
	head
	Zone                      string            `json:"zone,omitempty"`
	Type                      string            `json:"type,omitempty"`
	SizeGb                    int64s            `json:"sizeGb,omitempty"`
	Status                    string            `json:"status,omitempty"`
	SourceImage               string            `json:"sourceImage,omitempty"`
	SourceImageID             string            `json:"sourceImageId,omitempty"`
	SourceImageEncryptionKey  *encryptionKey    `json:"sourceImageEncryptionKey,omitempty"`
	SourceSnapshot            string            `json:"sourceSnapshot,omitempty"`
	SourceSnapshotID          string            `json:"sourceSnapshotId,omitempty"`
	SourceDisk                string            `json:"sourceDisk,omitempty"`
	SourceDiskID              string            `json:"sourceDiskId,omitempty"`
	DiskEncryptionKey         *encryptionKey    `json:"diskEncryptionKey,omitempty"`
	Labels                    map[string]string `json:"labels,omitempty"`
	LabelFingerprint          string            `json:"labelFingerprint,omitempty"`
	ProvisionedIops           int64s            `json:"provisionedIops,omitempty"`
	ProvisionedThroughput     int64s            `json:"provisionedThroughput,omitempty"`
	PhysicalBlockSizeBytes    int64s            `json:"physicalBlockSizeBytes,omitempty"`
	AccessMode                string            `json:"accessMode,omitempty" enum:"READ_ONLY_MANY,READ_WRITE_MANY,READ_WRITE_SINGLE"`
	Architecture              string            `json:"architecture,omitempty" enum:"ARCHITECTURE_UNSPECIFIED,ARM64,X86_64"`
	EnableConfidentialCompute bool              `json:"enableConfidentialCompute"`
	GuestOsFeatures           []*osFeature      `json:"guestOsFeatures,omitempty"`
	Licenses                  []string          `json:"licenses,omitempty"`
	LicenseCodes              []int64s          `json:"licenseCodes,omitempty"`
	Options                   string            `json:"options,omitempty"`
	ReplicaZones              []string          `json:"replicaZones,omitempty"`
	ResourcePolicies          []string          `json:"resourcePolicies,omitempty"`
	StoragePool               string            `json:"storagePool,omitempty"`
	Params                    *resourceParams   `json:"params,omitempty"`
	LastAttachTimestamp       string            `json:"lastAttachTimestamp,omitempty"`
	LastDetachTimestamp       string            `json:"lastDetachTimestamp,omitempty"`
	Users                     []string          `json:"users,omitempty"`
}

// encryptionKey is a key of the customer.
type encryptionKey struct {
	KmsKeyName           string `json:"kmsKeyName,omitempty"`
	KmsKeyServiceAccount string `json:"kmsKeyServiceAccount,omitempty"`
	RawKey               string `json:"rawKey,omitempty"`
	RsaEncryptedKey      string `json:"rsaEncryptedKey,omitempty"`
	Sha256               string `json:"sha256,omitempty"`
}

// osFeature is what the system on a disk can do.
type osFeature struct {
	Type string `json:"type,omitempty"`
}

func (d *disk) assign(m map[string]any) error { return fill(d, m) }

func (c *Cloud) disks() *family[*disk] {
	return &family[*disk]{
		c: c, collection: "disks", kind: "compute#disk", table: &c.s.Disks,
		fresh: func() *disk { return new(disk) }, takes: c.o.Settle, removal: c.o.Settle,
		complete: c.completeDisk, view: c.diskView, guard: c.guardDisk,
	}
}

func (c *Cloud) completeDisk(q *request, d *disk, _ *operation) error {
	if s := q.URL.Query().Get("sourceImage"); s != "" {
		d.SourceImage = s
	}
	return c.prepareDisk(q, d, "resource", "sizeGb", "type")
}

// prepareDisk fills and checks a disk that is to be made. The fields of errors
// are root with the names of its size and type.
func (c *Cloud) prepareDisk(q *request, d *disk, root, sizeField, typeField string) error {
	d.Zone = link("projects/" + q.project() + "/zones/" + q.PathValue("zone"))
	d.Status, d.Users, d.LabelFingerprint, d.Params = "READY", nil, "", nil
	if d.Type == "" {
		d.Type = "zones/" + q.PathValue("zone") + "/diskTypes/pd-standard"
	}
	path, err := q.reference(root+"."+typeField, d.Type, "diskTypes")
	if err != nil {
		return err
	}
	t, found := findDiskType(base(path))
	if !found || !strings.Contains(path, "/zones/"+q.PathValue("zone")+"/") || t.name == "local-ssd" {
		return invalidField(root+"."+typeField, d.Type, "The referenced diskType resource cannot be found.")
	}
	d.Type = link(path)
	least, err := c.fillSource(q, d, root)
	if err != nil {
		return err
	}
	switch {
	case d.SizeGb == 0 && least > 0:
		d.SizeGb = max(least, int64s(t.least))
	case d.SizeGb == 0:
		d.SizeGb = int64s(t.usual)
	case d.SizeGb < least:
		return invalidField(root+"."+sizeField, d.SizeGb, "Requested disk size cannot be smaller than the image size (%d GB)", least)
	}
	if err := d.checkSize(root + "." + sizeField); err != nil {
		return err
	}
	if len(d.ResourcePolicies) > 0 {
		return notFound(strings.TrimPrefix(shortLink(d.ResourcePolicies[0]), "/"))
	}
	if d.PhysicalBlockSizeBytes == 0 {
		d.PhysicalBlockSizeBytes = 4096
	}
	if d.PhysicalBlockSizeBytes != 4096 && d.PhysicalBlockSizeBytes != 16384 {
		return invalidField(root+".physicalBlockSizeBytes", d.PhysicalBlockSizeBytes, "Must be 4096 or 16384.")
	}
	if err := d.checkPerformance(root); err != nil {
		return err
	}
	if err := checkLabels(d.Labels); err != nil {
		return err
	}
	return c.diskQuota(q, t, int(d.SizeGb))
}

// fillSource finds what d is made from and returns its size in GB.
func (c *Cloud) fillSource(q *request, d *disk, root string) (int64s, error) {
	sources := 0
	for _, s := range []string{d.SourceImage, d.SourceSnapshot, d.SourceDisk} {
		if s != "" {
			sources++
		}
	}
	switch {
	case sources > 1:
		return 0, invalidField(root+".sourceImage", d.SourceImage, "At most one source can be specified.")
	case d.SourceSnapshot != "":
		path, err := q.reference(root+".sourceSnapshot", d.SourceSnapshot, "snapshots")
		if err != nil {
			return 0, err
		}
		return 0, notFound(path)
	case d.SourceDisk != "":
		src, err := referTo(c, q, c.s.Disks, root+".sourceDisk", d.SourceDisk, "disks")
		if err != nil {
			return 0, err
		}
		if src.Zone != d.Zone {
			return 0, invalidField(root+".sourceDisk", d.SourceDisk, "The source disk must be in the same zone.")
		}
		d.SourceDisk, d.SourceDiskID, d.Architecture = src.SelfLink, src.ID.String(), src.Architecture
		return src.SizeGb, nil
	case d.SourceImage != "":
		img, path, err := q.imageRef(root+".sourceImage", d.SourceImage)
		if err != nil {
			return 0, err
		}
		d.SourceImage, d.SourceImageID = link(path), fixedID(base(path)).String()
		d.Licenses = append(d.Licenses, link("projects/"+img.project+"/global/licenses/"+img.family))
		d.Architecture = "X86_64"
		if img.arm {
			d.Architecture = "ARM64"
		}
		for _, f := range []string{"UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "GVNIC", "SEV_CAPABLE"} {
			if !slices.ContainsFunc(d.GuestOsFeatures, func(have *osFeature) bool { return have.Type == f }) {
				d.GuestOsFeatures = append(d.GuestOsFeatures, &osFeature{f})
			}
		}
		return int64s(img.gb), nil
	}
	return 0, nil
}

func (d *disk) kind() diskType {
	t, _ := findDiskType(base(d.Type))
	return t
}

func (d *disk) checkSize(field string) error {
	t := d.kind()
	if int(d.SizeGb) < t.least || int(d.SizeGb) > t.most {
		return invalidField(field, d.SizeGb, "Disk size for disk type %s must be between %d GB and %d GB, inclusive.", t.name, t.least, t.most)
	}
	return nil
}

// checkPerformance fills the defaults of types where it can be chosen.
func (d *disk) checkPerformance(root string) error {
	t := d.kind()
	switch {
	case d.ProvisionedIops != 0 && !t.iops:
		return invalidField(root+".provisionedIops", d.ProvisionedIops, "Provisioned IOPS cannot be specified for disk type %s.", t.name)
	case d.ProvisionedThroughput != 0 && !t.throughput:
		return invalidField(root+".provisionedThroughput", d.ProvisionedThroughput, "Provisioned throughput cannot be specified for disk type %s.", t.name)
	case d.AccessMode != "" && t.metric != "HYPERDISK_TOTAL_GB":
		return invalidField(root+".accessMode", d.AccessMode, "Access mode cannot be specified for disk type %s.", t.name)
	}
	if t.metric == "HYPERDISK_TOTAL_GB" && d.AccessMode == "" {
		d.AccessMode = "READ_WRITE_SINGLE"
	}
	if t.iops && d.ProvisionedIops == 0 {
		d.ProvisionedIops = min(3000+6*d.SizeGb, 160_000)
	}
	if t.throughput && d.ProvisionedThroughput == 0 {
		d.ProvisionedThroughput = 140
	}
	if t.name == "hyperdisk-balanced" && (d.ProvisionedIops < 2000 || d.ProvisionedIops > max(3000, min(500*d.SizeGb, 160_000))) {
		return invalidField(root+".provisionedIops", d.ProvisionedIops, "Provisioned IOPS is outside of the range for the size of the disk.")
	}
	if t.throughput && (d.ProvisionedThroughput < 20 || d.ProvisionedThroughput > 2_400_000) {
		return invalidField(root+".provisionedThroughput", d.ProvisionedThroughput, "Provisioned throughput is outside of the valid range.")
	}
	return nil
}

// diskUsed sums the sizes of a quota's disks in a region.
func (c *Cloud) diskUsed(project, region, metric string) int {
	n := 0
	for _, d := range c.s.Disks {
		if strings.HasPrefix(d.Key(), "projects/"+project+"/zones/"+region+"-") && d.kind().metric == metric {
			n += int(d.SizeGb)
		}
	}
	return n
}

func (c *Cloud) diskQuota(q *request, t diskType, gb int) error {
	region := regionOf(q.PathValue("zone"))
	if c.diskUsed(q.project(), region, t.metric)+gb > c.o.Quota.DisksGB {
		return quotaExceeded(t.metric, c.o.Quota.DisksGB, "in region "+region)
	}
	return nil
}

// diskUsers are the links of the instances that have d.
func (c *Cloud) diskUsers(d *disk) []string {
	var out []string
	for _, i := range c.s.Instances {
		if slices.ContainsFunc(i.Disks, func(a *attachedDisk) bool { return a.Source == d.SelfLink }) {
			out = append(out, i.SelfLink)
		}
	}
	return out
}

func (c *Cloud) diskView(_ *request, d *disk) map[string]any {
	v := *d
	v.Users, v.LabelFingerprint = c.diskUsers(d), fingerprint(d.Labels)
	if o := c.pending(d.Key()); o != nil {
		switch o.OperationType {
		case "insert":
			v.Status = "CREATING"
		case "delete":
			v.Status = "DELETING"
		}
	}
	return visible(v)
}

func (c *Cloud) guardDisk(_ *request, d *disk, _ *operation) error {
	if users := c.diskUsers(d); len(users) > 0 {
		return inUse("disk", d.Key(), shortLink(users[0]))
	}
	return nil
}

func (c *Cloud) setDiskLabels(q *request) (reply, error) {
	return c.disks().change(q, "setLabels", func(d *disk) (err error) {
		d.Labels, err = q.newLabels(d.Labels)
		return err
	})
}

func (c *Cloud) resizeDisk(q *request) (reply, error) {
	var in struct {
		SizeGb int64s `json:"sizeGb"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.disks().change(q, "resizeDisk", func(d *disk) error {
		if in.SizeGb < d.SizeGb {
			return invalidField("sizeGb", in.SizeGb, "New disk size '%d' must be larger than existing size '%d'.", in.SizeGb, d.SizeGb)
		}
		grown := int(in.SizeGb - d.SizeGb)
		d.SizeGb = in.SizeGb
		if err := d.checkSize("sizeGb"); err != nil {
			return err
		}
		return c.diskQuota(q, d.kind(), grown)
	})
}

// updateDisk changes the fields of updateMask, or those that are sent.
func (c *Cloud) updateDisk(q *request) (reply, error) {
	query := q.URL.Query()
	fields := append(query["paths"], strings.FieldsFunc(query.Get("updateMask"), func(r rune) bool { return r == ',' })...)
	known := []string{"provisionedIops", "provisionedThroughput", "sizeGb", "accessMode", "labels", "architecture", "userLicenses"}
	for _, f := range fields {
		if !slices.Contains(known, camel(f)) {
			return fail(invalidField("paths", f, "The path cannot be updated."))
		}
	}
	return c.disks().patch(q, known, func(old, d *disk, sent map[string]any) error {
		for k := range sent {
			if len(fields) > 0 && !slices.ContainsFunc(fields, func(f string) bool { return camel(f) == k }) && slices.Contains(known, k) {
				return invalidField("paths", strings.Join(fields, ","), "The field %s is sent but not in the update mask.", strconv.Quote(k))
			}
		}
		if d.SizeGb < old.SizeGb {
			return invalidField("resource.sizeGb", d.SizeGb, "Disk size cannot be decreased.")
		}
		if err := checkLabels(d.Labels); err != nil {
			return err
		}
		if err := d.checkSize("resource.sizeGb"); err != nil {
			return err
		}
		return d.checkPerformance("resource")
	})
}

// camel is the JSON name of a field given in snake case.
func camel(s string) string {
	parts := strings.Split(s, "_")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}
