package fake

import (
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// maxVolumes is how many volumes an instance can have beside its interfaces.
const maxVolumes = 27

// deviceName is what a device may be called; the AMI's system gives it another name anyway.
var deviceName = providers.NewPattern(`^(/dev/)?(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}|hd[a-z][0-9]{0,2})$`)

func (c *Cloud) attachVolume(q *call) (any, error) {
	var in struct {
		VolumeID   string `q:"VolumeId,required"`
		InstanceID string `q:"InstanceId,required"`
		Device     string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.Volumes, in.VolumeID)
	if err != nil {
		return nil, err
	}
	i, err := lookup(c, q, c.s.EC2.Instances, in.InstanceID)
	if err != nil {
		return nil, err
	}
	if err := c.checkAttach(q, v, i, in.Device); err != nil {
		return nil, err
	}
	v.Attachment = &attachment{Instance: i.ID, Device: in.Device, At: q.now, DoneAt: q.now.Add(c.o.Settle)}
	view := v.attachmentView(q.now)
	view.Status = "attaching"
	return view, nil
}

func (c *Cloud) checkAttach(q *call, v *volume, i *instance, device string) error {
	if v.Attachment != nil {
		return refusal("VolumeInUse", "%s is already attached to an instance", v.ID)
	}
	if state := v.state(q.now); state != "available" {
		return refusal("IncorrectState", "%s is not 'available'.", v.ID)
	}
	if state := i.state(q.now); state != running && state != stopped && state != stopping {
		return refusal("IncorrectState", "Instance '%s' is not 'running'.", i.ID)
	}
	if v.Zone != i.Zone {
		return refusal("InvalidVolume.ZoneMismatch", "The volume '%s' is not in the same availability zone as instance '%s'", v.ID, i.ID)
	}
	if !deviceName.MatchString(device) {
		return badValue("Value (%s) for parameter device is invalid. %s is not a valid EBS device name.", device, device)
	}
	own := c.volumesOf(i)
	for _, other := range own {
		if strings.TrimPrefix(other.Attachment.Device, "/dev/") == strings.TrimPrefix(device, "/dev/") {
			return badValue("Invalid value '%s' for unixDevice. Attachment point %s is already in use", device, device)
		}
	}
	if len(own) >= maxVolumes {
		return refusal("AttachmentLimitExceeded", "The maximum number of attachments of instance '%s' has been reached", i.ID)
	}
	return nil
}

// volumesOf returns the volumes of an instance, those being detached too.
func (c *Cloud) volumesOf(i *instance) []*volume {
	return c.s.EC2.Volumes.Where(func(v *volume) bool { return v.Attachment != nil && v.Attachment.Instance == i.ID })
}

func (c *Cloud) detachVolume(q *call) (any, error) {
	var in struct {
		VolumeID   string `q:"VolumeId,required"`
		InstanceID string `q:"InstanceId"`
		Device     string
		Force      bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.Volumes, in.VolumeID)
	if err != nil {
		return nil, err
	}
	a := v.Attachment
	if a == nil {
		return nil, refusal("IncorrectState", "Volume '%s' is in the '%s' state.", v.ID, v.state(q.now))
	}
	if in.InstanceID != "" && in.InstanceID != a.Instance || in.Device != "" && in.Device != a.Device {
		return nil, refusal("InvalidAttachment.NotFound", "The volume '%s' is not attached to instance '%s' as device '%s'.", v.ID, in.InstanceID, in.Device)
	}
	if !a.FreeAt.IsZero() {
		return v.attachmentView(q.now), nil
	}
	if q.now.Before(a.DoneAt) {
		return nil, refusal("IncorrectState", "Volume '%s' is in the 'attaching' state.", v.ID)
	}
	if i, found := c.s.EC2.Instances.Find(a.Instance); found && i.RootDevice == a.Device && i.state(q.now) != stopped {
		return nil, refusal("OperationNotPermitted", "Unable to detach root volume '%s' from instance '%s'", v.ID, i.ID)
	}
	a.FreeAt = q.now.Add(c.o.Settle)
	view := v.attachmentView(q.now)
	c.settleVolume(v, q.now)
	return view, nil
}
