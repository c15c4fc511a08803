package fake

import (
	"slices"
	"strings"
)

// textValue is an attribute in an answer; nil where there is no value.
type textValue struct {
	Value string `xml:"value,omitempty"`
}

// attributeView is one attribute of an instance in an answer: all but one are nil.
type instanceAttributeView struct {
	ID           string            `xml:"instanceId"`
	Type         *textValue        `xml:"instanceType"`
	Kernel       *textValue        `xml:"kernel"`
	Ramdisk      *textValue        `xml:"ramdisk"`
	UserData     *textValue        `xml:"userData"`
	NoTerminate  *boolValue        `xml:"disableApiTermination"`
	NoStop       *boolValue        `xml:"disableApiStop"`
	OnShutdown   *textValue        `xml:"instanceInitiatedShutdownBehavior"`
	Root         *textValue        `xml:"rootDeviceName"`
	Disks        *set[mappingView] `xml:"blockDeviceMapping"`
	Codes        *set[string]      `xml:"productCodes"`
	Check        *boolValue        `xml:"sourceDestCheck"`
	Groups       *set[groupName]   `xml:"groupSet"`
	EBSOptimized *boolValue        `xml:"ebsOptimized"`
	SRIOV        *textValue        `xml:"sriovNetSupport"`
	ENA          *boolValue        `xml:"enaSupport"`
	Enclave      *enclaveView      `xml:"enclaveOptions"`
}

// enclaveView tells whether an instance can have enclaves.
type enclaveView struct {
	Enabled bool `xml:"enabled"`
}

func (c *Cloud) describeInstanceAttribute(q *call) (any, error) {
	var in struct {
		ID        string `q:"InstanceId,required"`
		Attribute string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	i, err := lookup(c, q, c.s.EC2.Instances, in.ID)
	if err != nil {
		return nil, err
	}
	v := instanceAttributeView{ID: i.ID}
	whole := c.instanceView(q, i)
	switch in.Attribute {
	case "instanceType":
		v.Type = &textValue{i.Type}
	case "kernel":
		v.Kernel = &textValue{}
	case "ramdisk":
		v.Ramdisk = &textValue{}
	case "userData":
		v.UserData = &textValue{i.UserData}
	case "disableApiTermination":
		v.NoTerminate = &boolValue{i.NoTerminate}
	case "disableApiStop":
		v.NoStop = &boolValue{i.NoStop}
	case "instanceInitiatedShutdownBehavior":
		v.OnShutdown = &textValue{i.OnShutdown}
	case "rootDeviceName":
		v.Root = &textValue{i.RootDevice}
	case "blockDeviceMapping":
		v.Disks = &whole.Disks
	case "productCodes":
		v.Codes = &set[string]{}
	case "sourceDestCheck":
		v.Check = &boolValue{whole.Check != nil && *whole.Check}
	case "groupSet":
		v.Groups = &whole.Groups
	case "ebsOptimized":
		v.EBSOptimized = &boolValue{i.EBSOptimized}
	case "sriovNetSupport":
		v.SRIOV = &textValue{}
	case "enaSupport":
		v.ENA = &boolValue{true}
	case "enclaveOptions":
		v.Enclave = &enclaveView{}
	default:
		return nil, badValue("Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return v, nil
}

// textParam is a text attribute as a parameter.
type textParam struct {
	Value string `q:",required"`
}

// attributeParams are the parameters of ModifyInstanceAttribute. One of them is
// changed in a call.
type attributeParams struct {
	ID              string `q:"InstanceId,required"`
	Attribute       string
	Value           *string
	SourceDestCheck *switchParam
	NoTerminate     *switchParam `q:"DisableApiTermination"`
	NoStop          *switchParam `q:"DisableApiStop"`
	EbsOptimized    *switchParam
	InstanceType    *textParam
	UserData        *struct {
		Value string
	}
	OnShutdown *textParam `q:"InstanceInitiatedShutdownBehavior"`
	Groups     []string   `q:"GroupId"`
	Mappings   []struct {
		DeviceName string `q:",required"`
		Ebs        *struct {
			VolumeID            string `q:"VolumeId"`
			DeleteOnTermination *bool
		} `q:",required"`
	} `q:"BlockDeviceMapping"`
}

// spread puts the pair Attribute and Value into the parameter it stands for.
func (in *attributeParams) spread() error {
	if in.Attribute == "" {
		return nil
	}
	if in.Value == nil {
		return missingParameter("Value")
	}
	switches := map[string]**switchParam{"sourceDestCheck": &in.SourceDestCheck, "disableApiTermination": &in.NoTerminate,
		"disableApiStop": &in.NoStop, "ebsOptimized": &in.EbsOptimized}
	if p := switches[in.Attribute]; p != nil {
		b, err := parseBool(*in.Value)
		*p = &switchParam{b}
		if err != nil {
			return badValue("Invalid value '%s' for %s", *in.Value, in.Attribute)
		}
		return nil
	}
	switch in.Attribute {
	case "instanceType":
		in.InstanceType = &textParam{*in.Value}
	case "instanceInitiatedShutdownBehavior":
		in.OnShutdown = &textParam{*in.Value}
	case "userData":
		in.UserData = &struct{ Value string }{*in.Value}
	default:
		return badValue("Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return nil
}

func (c *Cloud) modifyInstanceAttribute(q *call) (any, error) {
	var in attributeParams
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := in.spread(); err != nil {
		return nil, err
	}
	i, err := lookup(c, q, c.s.EC2.Instances, in.ID)
	if err != nil {
		return nil, err
	}
	if !i.Terminated.IsZero() {
		return nil, badState(i, i.state(q.now))
	}
	wanted := 0
	for _, there := range []bool{in.SourceDestCheck != nil, in.NoTerminate != nil, in.NoStop != nil, in.EbsOptimized != nil,
		in.InstanceType != nil, in.UserData != nil, in.OnShutdown != nil, in.Groups != nil, in.Mappings != nil} {
		if there {
			wanted++
		}
	}
	if wanted != 1 {
		return nil, badMix("Fields for multiple attribute types specified; exactly one attribute can be modified at a time.")
	}
	return done{true}, c.setAttribute(q, i, in)
}

// setAttribute changes the one attribute that in has.
func (c *Cloud) setAttribute(q *call, i *instance, in attributeParams) error {
	switch {
	case in.SourceDestCheck != nil:
		for _, n := range c.interfacesOf(i) {
			n.NoCheck = !in.SourceDestCheck.Value
		}
	case in.NoTerminate != nil:
		if in.NoTerminate.Value && i.Spot != "" {
			return refusal("UnsupportedOperation", "The operation is not supported for a Spot Instance.")
		}
		i.NoTerminate = in.NoTerminate.Value
	case in.NoStop != nil:
		i.NoStop = in.NoStop.Value
	case in.EbsOptimized != nil:
		if err := mustBeStopped(q, i, "ebsOptimized"); err != nil {
			return err
		}
		i.EBSOptimized = in.EbsOptimized.Value
	case in.InstanceType != nil:
		return c.setType(q, i, in.InstanceType.Value)
	case in.UserData != nil:
		if err := mustBeStopped(q, i, "userData"); err != nil {
			return err
		}
		if err := checkUserData(in.UserData.Value); err != nil {
			return err
		}
		i.UserData = in.UserData.Value
	case in.OnShutdown != nil:
		if v := in.OnShutdown.Value; v != "stop" && v != "terminate" {
			return badValue("Value (%s) for parameter instanceInitiatedShutdownBehavior is invalid. Valid values: stop, terminate", v)
		}
		i.OnShutdown = in.OnShutdown.Value
	case in.Groups != nil:
		groups, err := c.groupsIn(q, i.VPC, in.Groups)
		if err != nil {
			return err
		}
		for _, n := range c.interfacesOf(i) {
			n.Groups = slices.Clone(groups)
		}
	default:
		return c.setMappings(i, in)
	}
	return nil
}

func mustBeStopped(q *call, i *instance, attribute string) error {
	if i.state(q.now) != stopped {
		return refusal("IncorrectInstanceState", "The instance '%s' is not in the 'stopped' state; its %s cannot be changed.", i.ID, attribute)
	}
	return nil
}

func (c *Cloud) setType(q *call, i *instance, name string) error {
	if err := mustBeStopped(q, i, "instanceType"); err != nil {
		return err
	}
	t, found := findType(name)
	switch {
	case !found:
		return badValue("Invalid value '%s' for InstanceType.", name)
	case !t.offered(q.region):
		return refusal("Unsupported", "The requested configuration is currently not supported. Please check the documentation for supported configurations.")
	case t.family.arch != i.Arch:
		return badValue("The architecture '%s' of the specified instance type does not match the architecture '%s' of the instance.", t.family.arch, i.Arch)
	}
	i.Type, i.Threads, i.Cores = name, t.threads, t.vcpus/t.threads
	switch {
	case !t.family.burstable():
		i.Credits = ""
	case i.Credits == "":
		i.Credits = "unlimited"
	}
	return nil
}

// setMappings changes which volumes go with the instance.
func (c *Cloud) setMappings(i *instance, in attributeParams) error {
	own := c.volumesOf(i)
	found := make([]*volume, len(in.Mappings))
	for n, m := range in.Mappings {
		at := slices.IndexFunc(own, func(v *volume) bool {
			return strings.TrimPrefix(v.Attachment.Device, "/dev/") == strings.TrimPrefix(m.DeviceName, "/dev/")
		})
		if at < 0 {
			return refusal("InvalidInstanceAttributeValue", "No device is currently mapped at %s", m.DeviceName)
		}
		found[n] = own[at]
	}
	for n, m := range in.Mappings {
		if m.Ebs.DeleteOnTermination != nil {
			found[n].Attachment.Delete = *m.Ebs.DeleteOnTermination
		}
	}
	return nil
}
