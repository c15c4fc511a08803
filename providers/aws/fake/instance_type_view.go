package fake

import (
	"slices"
	"strings"
)

// gpuView is a kind of accelerators in an answer.
type gpuView struct {
	Name   string `xml:"name"`
	Maker  string `xml:"manufacturer"`
	Count  int    `xml:"count"`
	Memory int    `xml:"memoryInfo>sizeInMiB"`
}

// gpusView are the GPUs of an instance type.
type gpusView struct {
	GPUs  set[gpuView] `xml:"gpus"`
	Total int          `xml:"totalGpuMemoryInMiB"`
}

// chipsView are the inference chips of an instance type. Its list is the only
// one in EC2 whose items are called members.
type chipsView struct {
	Chips []gpuView `xml:"accelerators>member"`
	Total int       `xml:"totalInferenceMemoryInMiB"`
}

// diskView is the instance storage of an instance type.
type diskView struct {
	Total int    `xml:"totalSizeInGB"`
	NVMe  string `xml:"nvmeSupport"`
}

// typeView is an instance type in an answer.
type typeView struct {
	Name           string      `xml:"instanceType"`
	Current        bool        `xml:"currentGeneration"`
	Free           bool        `xml:"freeTierEligible"`
	Usage          set[string] `xml:"supportedUsageClasses"`
	RootDevices    set[string] `xml:"supportedRootDeviceTypes"`
	Virtualization set[string] `xml:"supportedVirtualizationTypes"`
	BareMetal      bool        `xml:"bareMetal"`
	Hypervisor     string      `xml:"hypervisor"`
	Archs          set[string] `xml:"processorInfo>supportedArchitectures"`
	CPUs           int         `xml:"vCpuInfo>defaultVCpus"`
	Cores          int         `xml:"vCpuInfo>defaultCores"`
	Threads        int         `xml:"vCpuInfo>defaultThreadsPerCore"`
	Memory         int         `xml:"memoryInfo>sizeInMiB"`
	HasDisk        bool        `xml:"instanceStorageSupported"`
	Disk           *diskView   `xml:"instanceStorageInfo"`
	EBSOptimized   string      `xml:"ebsInfo>ebsOptimizedSupport"`
	EBSEncryption  string      `xml:"ebsInfo>encryptionSupport"`
	EBSNVMe        string      `xml:"ebsInfo>nvmeSupport"`
	ENA            string      `xml:"networkInfo>enaSupport"`
	IPv6           bool        `xml:"networkInfo>ipv6Supported"`
	GPU            *gpusView   `xml:"gpuInfo"`
	Chips          *chipsView  `xml:"inferenceAcceleratorInfo"`
	Hibernation    bool        `xml:"hibernationSupported"`
	Burstable      bool        `xml:"burstablePerformanceSupported"`
	DedicatedHosts bool        `xml:"dedicatedHostsSupported"`
	AutoRecovery   bool        `xml:"autoRecoverySupported"`
	BootModes      set[string] `xml:"supportedBootModes"`
}

func (t instanceType) view() typeView {
	old := t.family.name == "t2" || t.family.name == "p3"
	v := typeView{Name: t.name, Current: true, Free: slices.Contains([]string{"t2.micro", "t3.micro", "t4g.micro"}, t.name),
		Usage: set[string]{[]string{"on-demand", "spot"}}, RootDevices: set[string]{[]string{"ebs"}}, Virtualization: set[string]{[]string{"hvm"}},
		Hypervisor: "nitro", Archs: set[string]{[]string{t.family.arch}}, CPUs: t.vcpus, Cores: t.vcpus / t.threads, Threads: t.threads,
		Memory: t.memory, HasDisk: t.disk > 0, EBSOptimized: "default", EBSEncryption: "supported", EBSNVMe: "required", ENA: "required",
		IPv6: true, Burstable: t.family.burstable(), AutoRecovery: t.disk == 0, BootModes: set[string]{[]string{"legacy-bios", "uefi"}}}
	if old {
		v.Hypervisor, v.EBSNVMe, v.ENA, v.BootModes.Items = "xen", "unsupported", "unsupported", []string{"legacy-bios"}
	}
	if t.family.arch == "arm64" {
		v.BootModes.Items = []string{"uefi"}
	}
	if t.disk > 0 {
		v.Disk = &diskView{t.disk, "required"}
	}
	g := gpuView{t.family.gpu, t.family.maker, t.gpus, t.family.gpuMem}
	switch {
	case t.family.quota == "inf":
		v.Chips = &chipsView{[]gpuView{g}, g.Count * g.Memory}
	case t.gpus > 0:
		v.GPU = &gpusView{set[gpuView]{[]gpuView{g}}, g.Count * g.Memory}
	}
	return v
}

func (c *Cloud) describeTypes(q *call) (any, error) {
	var in struct {
		Names []string `q:"InstanceType"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Names) > 0 && in.MaxResults != nil {
		return nil, badMix("The parameter InstanceTypes cannot be used with the parameter MaxResults")
	}
	types := slices.DeleteFunc(instanceTypes(), func(t instanceType) bool { return !t.offered(q.region) })
	var unknown []string
	for _, name := range in.Names {
		if !slices.ContainsFunc(types, func(t instanceType) bool { return t.name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, refusal("InvalidInstanceType", "The following supplied instance types do not exist: [%s]", strings.Join(unknown, ", "))
	}
	if len(in.Names) > 0 {
		types = slices.DeleteFunc(types, func(t instanceType) bool { return !slices.Contains(in.Names, t.name) })
	} else if in.MaxResults == nil {
		most := 100 // what a page has without the parameter
		in.MaxResults = &most
	}
	types, err := matchAny(types, in.Filters, func(name string) func(instanceType) []string { return typeFields()[name] })
	if err != nil {
		return nil, err
	}
	part, next, err := page(types, in.listing, 100, func(i int, _ instanceType) int { return i + 1 })
	if err != nil {
		return nil, err
	}
	return struct {
		Types set[typeView] `xml:"instanceTypeSet"`
		Next  string        `xml:"nextToken,omitempty"`
	}{setOf(part, instanceType.view), next}, nil
}

func typeFields() fields[instanceType] {
	return fields[instanceType]{
		"instance-type":                               one(func(t instanceType) string { return t.name }),
		"processor-info.supported-architecture":       one(func(t instanceType) string { return t.family.arch }),
		"current-generation":                          flag(func(t instanceType) bool { return t.view().Current }),
		"bare-metal":                                  flag(func(instanceType) bool { return false }),
		"burstable-performance-supported":             flag(func(t instanceType) bool { return t.family.burstable() }),
		"free-tier-eligible":                          flag(func(t instanceType) bool { return t.view().Free }),
		"hypervisor":                                  one(func(t instanceType) string { return t.view().Hypervisor }),
		"instance-storage-supported":                  flag(func(t instanceType) bool { return t.disk > 0 }),
		"memory-info.size-in-mib":                     one(func(t instanceType) string { return itoa(t.memory) }),
		"vcpu-info.default-vcpus":                     one(func(t instanceType) string { return itoa(t.vcpus) }),
		"vcpu-info.default-cores":                     one(func(t instanceType) string { return itoa(t.vcpus / t.threads) }),
		"supported-usage-class":                       func(instanceType) []string { return []string{"on-demand", "spot"} },
		"supported-virtualization-type":               func(instanceType) []string { return []string{"hvm"} },
		"supported-root-device-type":                  func(instanceType) []string { return []string{"ebs"} },
		"ebs-info.ebs-optimized-support":              func(instanceType) []string { return []string{"default"} },
		"network-info.ena-support":                    one(func(t instanceType) string { return t.view().ENA }),
		"instance-storage-info.nvme-support":          one(func(t instanceType) string { return nvme(t) }),
		"vcpu-info.default-threads-per-core":          one(func(t instanceType) string { return itoa(t.threads) }),
		"processor-info.sustained-clock-speed-in-ghz": func(instanceType) []string { return nil },
	}
}

func nvme(t instanceType) string {
	if t.disk == 0 {
		return ""
	}
	return "required"
}
