package fake

import (
	"time"
)

// instanceState is where an instance is in its life.
type instanceState string

const (
	pending      instanceState = "pending"
	running      instanceState = "running"
	shuttingDown instanceState = "shutting-down"
	terminated   instanceState = "terminated"
	stopping     instanceState = "stopping"
	stopped      instanceState = "stopped"
)

// code is the API's number for a state.
func (s instanceState) code() int {
	return map[instanceState]int{pending: 0, running: 16, shuttingDown: 32, terminated: 48, stopping: 64, stopped: 80}[s]
}

// instance is a virtual machine. Its volumes and interfaces name it.
type instance struct {
	meta
	Reservation  string          `json:"reservation_id"`
	LaunchIndex  int             `json:"ami_launch_index"`
	Image        string          `json:"image_id"`
	Type         string          `json:"instance_type"`
	Arch         string          `json:"architecture"`
	KeyName      string          `json:"key_name"`
	VPC          string          `json:"vpc_id"`
	Subnet       string          `json:"subnet_id"`
	Zone         string          `json:"availability_zone"`
	Tenancy      string          `json:"tenancy"`
	RootDevice   string          `json:"root_device_name"`
	UserData     string          `json:"user_data"` // base64
	ClientToken  string          `json:"client_token"`
	Metadata     metadataOptions `json:"metadata_options"`
	Monitoring   bool            `json:"monitoring"`
	EBSOptimized bool            `json:"ebs_optimized"`
	Credits      string          `json:"cpu_credits"` // of burstable types
	Cores        int             `json:"core_count"`
	Threads      int             `json:"threads_per_core"`
	NoTerminate  bool            `json:"disable_api_termination"`
	NoStop       bool            `json:"disable_api_stop"`
	OnShutdown   string          `json:"instance_initiated_shutdown_behavior"`
	Spot         string          `json:"spot_instance_request_id"`

	LaunchedAt time.Time `json:"launched_at"` // or last started
	ReadyAt    time.Time `json:"ready_at"`
	Stopped    time.Time `json:"stopped"` // when it was told to
	StoppedAt  time.Time `json:"stopped_at"`
	Terminated time.Time `json:"terminated"` // when it was told to
	GoneAt     time.Time `json:"gone_at"`
	Cleaned    bool      `json:"cleaned"` // has lost its volumes and interfaces
}

func (*instance) kind() kind {
	return kind{prefix: "i", tagType: "instance", notFound: "InvalidInstanceID.NotFound", message: "The instance ID '%s' does not exist",
		malformed: "InvalidInstanceID.Malformed"}
}

func (i *instance) Hidden() bool { return !i.Terminated.IsZero() }

func (i *instance) state(now time.Time) instanceState {
	switch {
	case due(i.GoneAt, now):
		return terminated
	case !i.Terminated.IsZero():
		return shuttingDown
	case due(i.StoppedAt, now):
		return stopped
	case !i.Stopped.IsZero():
		return stopping
	case now.Before(i.ReadyAt):
		return pending
	}
	return running
}

// settleInstance takes from a terminated instance what it had, and forgets it
// an hour later.
func (c *Cloud) settleInstance(i *instance, now time.Time) {
	if !due(i.GoneAt, now) {
		return
	}
	if !i.Cleaned {
		i.Cleaned = true
		c.clean(i)
	}
	if due(i.GoneAt.Add(visibleAfter), now) {
		c.s.EC2.Instances.Drop(i.ID)
	}
}

// clean ends what i had, as of its end.
func (c *Cloud) clean(i *instance) {
	for _, v := range c.volumesOf(i) {
		if v.Attachment.Delete {
			c.removeVolume(v, i.GoneAt)
		} else {
			v.Attachment = nil
		}
	}
	for _, n := range c.interfacesOf(i) {
		c.dropInterface(n.ID)
	}
	for _, u := range c.s.EC2.Associations.Where(func(u *profileUse) bool { return u.Instance == i.ID }) {
		c.s.EC2.Associations.Drop(u.ID)
	}
	if s, found := c.s.EC2.Spots.Find(i.Spot); found {
		s.instanceGone(i.GoneAt)
	}
}

func (c *Cloud) instanceOperations() map[string]operation {
	return map[string]operation{
		"RunInstances": c.runInstances, "DescribeInstances": c.describeInstances,
		"StartInstances": c.startInstances, "StopInstances": c.stopInstances, "TerminateInstances": c.terminateInstances,
		"MonitorInstances": c.monitorInstances, "UnmonitorInstances": c.unmonitorInstances,
		"DescribeInstanceAttribute": c.describeInstanceAttribute, "ModifyInstanceAttribute": c.modifyInstanceAttribute,
		"ModifyInstanceMetadataOptions":        c.modifyMetadataOptions,
		"ModifyInstanceCreditSpecification":    c.modifyCredits,
		"DescribeInstanceCreditSpecifications": c.describeCredits,
	}
}
