package fake

import "time"

// modification is a change of a volume while it is used. It goes from modifying
// to optimizing, where the new size is there, to completed.
type modification struct {
	Original  performance `json:"original"`
	Target    performance `json:"target"`
	StartedAt time.Time   `json:"started_at"`
	AppliedAt time.Time   `json:"applied_at"`
	EndsAt    time.Time   `json:"ends_at"`
	Applied   bool        `json:"applied"`
}

// performance is what can be modified.
type performance struct {
	Size       int    `json:"size"`
	Type       string `json:"volume_type"`
	IOPS       int    `json:"iops"`
	Throughput int    `json:"throughput"`
}

func (v *volume) performance() performance {
	return performance{v.Size, v.Type, v.IOPS, v.Throughput}
}

func (m *modification) state(now time.Time) string {
	switch {
	case !due(m.AppliedAt, now):
		return "modifying"
	case !due(m.EndsAt, now):
		return "optimizing"
	}
	return "completed"
}

// progress is in percent.
func (m *modification) progress(now time.Time) int {
	whole := m.EndsAt.Sub(m.StartedAt)
	if whole <= 0 || !now.Before(m.EndsAt) {
		return 100
	}
	return int(100 * now.Sub(m.StartedAt) / whole)
}

// modificationView is a modification in an answer.
type modificationView struct {
	Volume             string `xml:"volumeId"`
	State              string `xml:"modificationState"`
	TargetSize         int    `xml:"targetSize"`
	TargetIOPS         int    `xml:"targetIops"`
	TargetType         string `xml:"targetVolumeType"`
	TargetThroughput   *int   `xml:"targetThroughput"`
	TargetMulti        bool   `xml:"targetMultiAttachEnabled"`
	OriginalSize       int    `xml:"originalSize"`
	OriginalIOPS       int    `xml:"originalIops"`
	OriginalType       string `xml:"originalVolumeType"`
	OriginalThroughput *int   `xml:"originalThroughput"`
	OriginalMulti      bool   `xml:"originalMultiAttachEnabled"`
	Progress           int    `xml:"progress"`
	Started            string `xml:"startTime"`
	Ended              string `xml:"endTime,omitempty"`
}

func (v *volume) modificationView(now time.Time) modificationView {
	m := v.Change
	view := modificationView{Volume: v.ID, State: m.state(now), TargetSize: m.Target.Size, TargetIOPS: m.Target.IOPS, TargetType: m.Target.Type,
		OriginalSize: m.Original.Size, OriginalIOPS: m.Original.IOPS, OriginalType: m.Original.Type,
		Progress: m.progress(now), Started: stamp(m.StartedAt)}
	if m.Target.Throughput > 0 {
		view.TargetThroughput = &m.Target.Throughput
	}
	if m.Original.Throughput > 0 {
		view.OriginalThroughput = &m.Original.Throughput
	}
	if view.State == "completed" {
		view.Ended = stamp(m.EndsAt)
	}
	return view
}

func (c *Cloud) modifyVolume(q *call) (any, error) {
	var in struct {
		VolumeID   string `q:"VolumeId,required"`
		Size       *int
		VolumeType string `q:",enum=standard|io1|io2|gp2|gp3|sc1|st1"`
		Iops       *int
		Throughput *int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	v, err := lookup(c, q, c.s.EC2.Volumes, in.VolumeID)
	if err != nil {
		return nil, err
	}
	if state := v.state(q.now); state != "available" && state != "in-use" {
		return nil, refusal("IncorrectState", "The volume '%s' is '%s'", v.ID, state)
	}
	if err := c.mayModify(q, v); err != nil {
		return nil, err
	}
	target := *v
	if in.VolumeType != "" {
		target.Type = in.VolumeType
	}
	if target.Type == "standard" || v.Type == "standard" {
		return nil, refusal("UnsupportedOperation", "Volume type 'standard' cannot be modified")
	}
	if in.Size != nil {
		target.Size = *in.Size
	}
	if target.Size < v.Size {
		return nil, badValue("New size cannot be smaller than existing size")
	}
	// What is not said stays, if the type still has it.
	iops, throughput := in.Iops, in.Throughput
	if iops == nil && boundsOf(target.Type).maxIOPS > 0 && boundsOf(v.Type).maxIOPS > 0 {
		iops = &v.IOPS
	}
	if throughput == nil && target.Type == "gp3" && v.Type == "gp3" {
		throughput = &v.Throughput
	}
	if err := target.setPerformance(iops, throughput); err != nil {
		return nil, err
	}
	if in.Size == nil && in.VolumeType == "" && in.Iops == nil && in.Throughput == nil {
		return nil, refusal("MissingParameter", "At least one of size, volumeType, iops and throughput must be specified")
	}
	v.Change = &modification{Original: v.performance(), Target: target.performance(), StartedAt: q.now,
		AppliedAt: q.now.Add(c.o.Settle), EndsAt: q.now.Add(2 * c.o.Settle)}
	view := v.modificationView(q.now)
	view.State, view.Progress, view.Ended = "modifying", 0, ""
	c.settleVolume(v, q.now)
	return struct {
		Change modificationView `xml:"volumeModification"`
	}{view}, nil
}

// mayModify refuses while a modification is not over, and for hours after it.
func (c *Cloud) mayModify(q *call, v *volume) error {
	switch {
	case v.Change == nil:
		return nil
	case !due(v.Change.EndsAt, q.now):
		return refusal("IncorrectModificationState", "Cannot modify volume %s in modification state %s", v.ID, v.Change.state(q.now))
	case q.now.Before(v.Change.StartedAt.Add(c.o.VolumeModifyGap)):
		return refusal("VolumeModificationRateExceeded", "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.")
	}
	return nil
}

func (c *Cloud) describeModifications(q *call) (any, error) {
	var in struct {
		IDs []string `q:"VolumeId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, err := byID(c, q, c.s.EC2.Volumes, in.IDs)
	if err != nil {
		return nil, err
	}
	var views []modificationView
	for _, v := range found {
		if v.Change != nil {
			views = append(views, v.modificationView(q.now))
		} else if len(in.IDs) > 0 {
			return nil, refusal("InvalidVolumeModification.NotFound", "Modification for volume '%s' does not exist.", v.ID)
		}
	}
	type mv = modificationView
	f := fields[mv]{
		"volume-id": one(func(m mv) string { return m.Volume }), "modification-state": one(func(m mv) string { return m.State }),
		"target-size": one(func(m mv) string { return itoa(m.TargetSize) }), "original-size": one(func(m mv) string { return itoa(m.OriginalSize) }),
		"target-volume-type": one(func(m mv) string { return m.TargetType }), "original-volume-type": one(func(m mv) string { return m.OriginalType }),
		"target-iops": one(func(m mv) string { return itoa(m.TargetIOPS) }), "original-iops": one(func(m mv) string { return itoa(m.OriginalIOPS) }),
		"start-time": one(func(m mv) string { return m.Started }),
	}
	if views, err = matchAny(views, in.Filters, func(name string) func(mv) []string { return f[name] }); err != nil {
		return nil, err
	}
	part, next, err := page(views, in.listing, 500, func(i int, _ mv) int { return i + 1 })
	if err != nil {
		return nil, err
	}
	return struct {
		Changes set[mv] `xml:"volumeModificationSet"`
		Next    string  `xml:"nextToken,omitempty"`
	}{set[mv]{part}, next}, nil
}
