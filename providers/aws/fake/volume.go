package fake

import (
	"slices"
	"time"
)

// volume is a disk of a zone, attached to one instance at most.
type volume struct {
	meta
	Zone       string        `json:"availability_zone"`
	Size       int           `json:"size"` // GiB
	Type       string        `json:"volume_type"`
	IOPS       int           `json:"iops"`
	Throughput int           `json:"throughput"` // MiB/s, of gp3
	Encrypted  bool          `json:"encrypted"`
	KMSKey     string        `json:"kms_key_id"`
	Snapshot   string        `json:"snapshot_id"`
	ReadyAt    time.Time     `json:"ready_at"`
	Attachment *attachment   `json:"attachment"`
	Change     *modification `json:"modification"` // the last one
	DeletedAt  time.Time     `json:"deleted_at"`
	GoneAt     time.Time     `json:"gone_at"`
}

// attachment is where a volume is attached, or being attached or detached.
type attachment struct {
	Instance string    `json:"instance_id"`
	Device   string    `json:"device"`
	At       time.Time `json:"at"`
	DoneAt   time.Time `json:"done_at"`
	FreeAt   time.Time `json:"free_at"` // when its detaching ends; zero while it stays
	Delete   bool      `json:"delete_on_termination"`
}

func (*volume) kind() kind {
	return kind{prefix: "vol", tagType: "volume", notFound: "InvalidVolume.NotFound", message: "The volume '%s' does not exist.",
		malformed: "InvalidVolumeID.Malformed"}
}

// Hidden is true for volumes that are on their way out.
func (v *volume) Hidden() bool { return !v.DeletedAt.IsZero() }

func (v *volume) state(now time.Time) string {
	switch {
	case !v.DeletedAt.IsZero():
		return "deleting"
	case now.Before(v.ReadyAt):
		return "creating"
	case v.Attachment != nil:
		return "in-use"
	}
	return "available"
}

func (a *attachment) state(now time.Time) string {
	switch {
	case !a.FreeAt.IsZero():
		return "detaching"
	case now.Before(a.DoneAt):
		return "attaching"
	}
	return "attached"
}

// attachmentView is an attachment in an answer.
type attachmentView struct {
	Volume   string `xml:"volumeId"`
	Instance string `xml:"instanceId"`
	Device   string `xml:"device"`
	Status   string `xml:"status"`
	At       string `xml:"attachTime"`
	Delete   bool   `xml:"deleteOnTermination"`
}

func (v *volume) attachmentView(now time.Time) attachmentView {
	a := v.Attachment
	return attachmentView{v.ID, a.Instance, a.Device, a.state(now), stamp(a.At), a.Delete}
}

// volumeView is a volume in an answer.
type volumeView struct {
	ID          string              `xml:"volumeId"`
	Size        int                 `xml:"size"`
	Snapshot    string              `xml:"snapshotId"`
	Zone        string              `xml:"availabilityZone"`
	ZoneID      string              `xml:"availabilityZoneId"`
	Status      string              `xml:"status"`
	Created     string              `xml:"createTime"`
	Attachments set[attachmentView] `xml:"attachmentSet"`
	Tags        set[tagView]        `xml:"tagSet"`
	Type        string              `xml:"volumeType"`
	IOPS        *int                `xml:"iops"`
	Throughput  *int                `xml:"throughput"`
	Encrypted   bool                `xml:"encrypted"`
	KMSKey      string              `xml:"kmsKeyId,omitempty"`
	MultiAttach bool                `xml:"multiAttachEnabled"`
}

func (v *volume) view(now time.Time) volumeView {
	out := volumeView{ID: v.ID, Size: v.Size, Snapshot: v.Snapshot, Zone: v.Zone, ZoneID: zoneID(v.Zone), Status: v.state(now),
		Created: stamp(v.CreatedAt), Tags: tagViews(v.Tags), Type: v.Type, Encrypted: v.Encrypted, KMSKey: v.KMSKey}
	if v.IOPS > 0 {
		out.IOPS = &v.IOPS
	}
	if v.Throughput > 0 {
		out.Throughput = &v.Throughput
	}
	if v.Attachment != nil {
		out.Attachments.Items = []attachmentView{v.attachmentView(now)}
	}
	return out
}

func (c *Cloud) volumeOperations() map[string]operation {
	return map[string]operation{
		"CreateVolume": c.createVolume, "DescribeVolumes": c.describeVolumes, "DeleteVolume": c.deleteVolume,
		"AttachVolume": c.attachVolume, "DetachVolume": c.detachVolume,
		"ModifyVolume": c.modifyVolume, "DescribeVolumesModifications": c.describeModifications,
	}
}

// diskParams say what a volume is like.
type diskParams struct {
	Encrypted  bool
	Iops       *int
	KmsKeyID   string `q:"KmsKeyId"`
	SnapshotID string `q:"SnapshotId"`
	Throughput *int
	VolumeType string `q:",enum=standard|io1|io2|gp2|gp3|sc1|st1"`
}

func (c *Cloud) createVolume(q *call) (any, error) {
	var in struct {
		AvailabilityZone   string
		AvailabilityZoneID string `q:"AvailabilityZoneId"`
		Size               *int
		MultiAttachEnabled bool
		ClientToken        string
		diskParams
		tagged
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.AvailabilityZone == "" && in.AvailabilityZoneID == "" {
		return nil, missingParameter("AvailabilityZone")
	}
	z, found := findZone(q.region, in.AvailabilityZone+in.AvailabilityZoneID)
	if !found {
		return nil, refusal("InvalidZone.NotFound", "The zone '%s' does not exist.", in.AvailabilityZone+in.AvailabilityZoneID)
	}
	if in.MultiAttachEnabled {
		return nil, refusal("UnsupportedOperation", "Multi-Attach is not enabled for this account")
	}
	tags, err := in.forType("volume")
	if err != nil {
		return nil, err
	}
	v, err := c.newDisk(q, in.diskParams, in.Size, "gp2")
	if err != nil {
		return nil, err
	}
	id, err := c.repeated(q)
	if err != nil {
		return nil, err
	}
	old, again := c.s.EC2.Volumes.Find(id)
	if again {
		return old.view(q.now), nil
	}
	if err := c.roomForVolumes(q, 1); err != nil {
		return nil, err
	}
	v.meta, v.Zone, v.ReadyAt = c.newMeta(q, v.kind(), tags), z.name, q.now.Add(c.o.Settle)
	c.s.EC2.Volumes.Add(v)
	c.remember(q, v.ID)
	view := v.view(q.now)
	view.Status = "creating"
	return view, nil
}

func (c *Cloud) roomForVolumes(q *call, n int) error {
	if len(c.s.EC2.Volumes.Where(func(v *volume) bool { return v.Region == q.region }))+n > c.o.Quota.Volumes {
		return refusal("VolumeLimitExceeded", "You have exceeded your maximum volume limit.")
	}
	return nil
}

// newDisk checks a volume's properties. Without a type it has fallback's.
func (c *Cloud) newDisk(q *call, in diskParams, size *int, fallback string) (*volume, error) {
	v := &volume{Type: in.VolumeType, Encrypted: in.Encrypted, Snapshot: in.SnapshotID}
	if v.Type == "" {
		v.Type = fallback
	}
	if in.SnapshotID != "" {
		all := images(q.region)
		i := slices.IndexFunc(all, func(i image) bool { return i.snapshot == in.SnapshotID })
		if i < 0 {
			return nil, refusal("InvalidSnapshot.NotFound", "The snapshot '%s' does not exist.", in.SnapshotID)
		}
		v.Size = all[i].size
	}
	switch {
	case size == nil && v.Size == 0:
		return nil, refusal("MissingParameter", "The request must contain the parameter size/snapshot")
	case size != nil && *size < v.Size:
		return nil, refusal("InvalidParameterValue", "Volume of size %dGB is smaller than snapshot '%s', expect size >= %dGB", *size, v.Snapshot, v.Size)
	case size != nil:
		v.Size = *size
	}
	if in.KmsKeyID != "" && !in.Encrypted {
		return nil, badMix("The parameter KmsKeyId requires the parameter Encrypted to be set.")
	}
	if in.Encrypted {
		v.KMSKey = in.KmsKeyID
		if v.KMSKey == "" {
			v.KMSKey = c.arn("kms", q.region, "key/"+idFrom("mrk", q.region)[4:])
		}
	}
	return v, v.setPerformance(in.Iops, in.Throughput)
}

// bounds are the limits of a volume type.
type bounds struct {
	minSize, maxSize int
	minIOPS, maxIOPS int // 0 where the parameter is not known
	ratio            int // IOPS for each GiB
}

func boundsOf(volumeType string) bounds {
	return map[string]bounds{
		"gp2": {1, 16384, 0, 0, 0}, "gp3": {1, 65536, 3000, 80000, 500}, "io1": {4, 16384, 100, 64000, 50},
		"io2": {4, 65536, 100, 256000, 1000}, "st1": {125, 16384, 0, 0, 0}, "sc1": {125, 16384, 0, 0, 0}, "standard": {1, 1024, 0, 0, 0},
	}[volumeType]
}

// The throughput of gp3 in MiB/s.
const (
	minThroughput = 125
	maxThroughput = 2000
)

// setPerformance checks v's size and sets IOPS and throughput; nil is the type's default.
func (v *volume) setPerformance(iops, throughput *int) error {
	b := boundsOf(v.Type)
	switch {
	case v.Size < b.minSize:
		return badValue("Volume of %dGiB is too small; minimum is %dGiB.", v.Size, b.minSize)
	case v.Size > b.maxSize:
		return badValue("Volume of %dGiB is too large for volume type %s; maximum is %dGiB.", v.Size, v.Type, b.maxSize)
	case iops != nil && b.maxIOPS == 0:
		return badMix("The parameter iops is not supported for %s volumes.", v.Type)
	case throughput != nil && v.Type != "gp3":
		return badMix("The parameter throughput is not supported for %s volumes.", v.Type)
	case iops == nil && b.maxIOPS > 0 && v.Type != "gp3":
		return refusal("MissingParameter", "The parameter iops must be specified for %s volumes.", v.Type)
	}
	v.IOPS, v.Throughput = 0, 0
	switch v.Type {
	case "gp2":
		v.IOPS = min(16000, max(100, 3*v.Size))
	case "gp3":
		v.IOPS, v.Throughput = 3000, minThroughput
	}
	if iops != nil {
		v.IOPS = *iops
	}
	if throughput != nil {
		v.Throughput = *throughput
	}
	switch {
	case b.maxIOPS == 0:
	case v.IOPS < b.minIOPS:
		return badValue("Volume iops of %d is too low; minimum is %d.", v.IOPS, b.minIOPS)
	case v.IOPS > b.maxIOPS:
		return badValue("Volume iops of %d is too high; maximum is %d.", v.IOPS, b.maxIOPS)
	// The baseline of gp3 is there whatever the size.
	case v.IOPS > b.minIOPS && v.IOPS > b.ratio*v.Size:
		return badValue("Iops to volume size ratio of %d is too high; maximum is %d.", v.IOPS/v.Size, b.ratio)
	}
	if v.Type == "gp3" && (v.Throughput < minThroughput || v.Throughput > maxThroughput || v.Throughput > v.IOPS/4) {
		return badValue("Throughput of %d MiB/s must be between %d and %d and at most a quarter of the iops.", v.Throughput, minThroughput, maxThroughput)
	}
	return nil
}

func (c *Cloud) describeVolumes(q *call) (any, error) {
	var in struct {
		IDs []string `q:"VolumeId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if len(in.IDs) > 0 && in.MaxResults != nil {
		return nil, badMix("The parameter volumesSet cannot be used with the parameter maxResults")
	}
	attached := func(get func(attachmentView) string) func(*volume) []string {
		return one(func(v *volume) string {
			if v.Attachment == nil {
				return ""
			}
			return get(v.attachmentView(q.now))
		})
	}
	found, next, err := list(c, q, c.s.EC2.Volumes, in.listing, in.IDs, fields[*volume]{
		"volume-id": one((*volume).Key), "availability-zone": one(func(v *volume) string { return v.Zone }),
		"availability-zone-id": one(func(v *volume) string { return zoneID(v.Zone) }),
		"create-time":          one(func(v *volume) string { return stamp(v.CreatedAt) }),
		"encrypted":            flag(func(v *volume) bool { return v.Encrypted }), "multi-attach-enabled": flag(func(*volume) bool { return false }),
		"size": one(func(v *volume) string { return itoa(v.Size) }), "snapshot-id": one(func(v *volume) string { return v.Snapshot }),
		"status": one(func(v *volume) string { return v.state(q.now) }), "volume-type": one(func(v *volume) string { return v.Type }),
		"attachment.instance-id":           attached(func(a attachmentView) string { return a.Instance }),
		"attachment.device":                attached(func(a attachmentView) string { return a.Device }),
		"attachment.status":                attached(func(a attachmentView) string { return a.Status }),
		"attachment.attach-time":           attached(func(a attachmentView) string { return a.At }),
		"attachment.delete-on-termination": attached(func(a attachmentView) string { return boolText(a.Delete) }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Volumes set[volumeView] `xml:"volumeSet"`
		Next    string          `xml:"nextToken,omitempty"`
	}{setOf(found, func(v *volume) volumeView { return v.view(q.now) }), next}, nil
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (c *Cloud) deleteVolume(q *call) (any, error) {
	var in struct {
		ID string `q:"VolumeId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.Volumes, in.ID)
	if err != nil {
		return nil, err
	}
	switch state := v.state(q.now); state {
	case "available":
	case "in-use":
		return nil, refusal("VolumeInUse", "Volume %s is currently attached to %s", v.ID, v.Attachment.Instance)
	default:
		return nil, refusal("IncorrectState", "The volume '%s' is '%s'", v.ID, state)
	}
	c.removeVolume(v, q.now)
	return done{true}, nil
}

// removeVolume begins a volume's deletion.
func (c *Cloud) removeVolume(v *volume, now time.Time) {
	v.Attachment, v.DeletedAt, v.GoneAt = nil, now, now.Add(c.o.DeleteLag)
	c.settleVolume(v, now)
}

// settleVolume ends what is due: a modification, a detachment, the volume.
func (c *Cloud) settleVolume(v *volume, now time.Time) {
	if v.Change != nil && !v.Change.Applied && due(v.Change.AppliedAt, now) {
		v.Change.Applied = true
		v.Size, v.Type, v.IOPS, v.Throughput = v.Change.Target.Size, v.Change.Target.Type, v.Change.Target.IOPS, v.Change.Target.Throughput
	}
	if v.Attachment != nil && due(v.Attachment.FreeAt, now) {
		v.Attachment = nil
	}
	if due(v.GoneAt, now) {
		c.s.EC2.Volumes.Drop(v.ID)
	}
}
