package fake

import (
	"slices"
	"strings"
	"sync"
)

// instanceType is a size of virtual machine.
type instanceType struct {
	name    string
	vcpus   int
	threads int // per core
	memory  int // MiB
	disk    int // GB of instance storage
	family  family
	gpus    int
}

// family is what the sizes of an instance type share.
type family struct {
	name    string
	quota   string // the class its vCPUs count for: standard, g, p, inf
	arch    string
	gpu     string // or accelerator
	gpuMem  int    // MiB, each
	maker   string
	regions []string // nil is everywhere
}

func (f family) burstable() bool { return f.name[0] == 't' }

// sizing is one size of a family: name, vCPUs, GiB, GB of disk, accelerators.
type sizing struct {
	name  string
	vcpus int
	gib   float64
	disk  int
	gpus  int
}

// ladder are the common sizes of families with the same memory for each vCPU.
func ladder(gibPerCPU float64) []sizing {
	var out []sizing
	for _, s := range []struct {
		name  string
		vcpus int
	}{{"large", 2}, {"xlarge", 4}, {"2xlarge", 8}, {"4xlarge", 16}, {"8xlarge", 32}, {"12xlarge", 48}, {"16xlarge", 64}, {"24xlarge", 96}} {
		out = append(out, sizing{s.name, s.vcpus, float64(s.vcpus) * gibPerCPU, 0, 0})
	}
	return out
}

func burstSizes(smallest int) []sizing {
	return []sizing{{"nano", smallest, 0.5, 0, 0}, {"micro", smallest, 1, 0, 0}, {"small", smallest, 2, 0, 0}, {"medium", 2, 4, 0, 0},
		{"large", 2, 8, 0, 0}, {"xlarge", 4, 16, 0, 0}, {"2xlarge", 8, 32, 0, 0}}
}

// generalTypes are the families without accelerators.
func generalTypes() []instanceType {
	var out []instanceType
	for _, f := range []struct {
		names string
		arch  string
		sizes []sizing
	}{
		{"t2", "x86_64", burstSizes(1)}, {"t3 t3a", "x86_64", burstSizes(2)}, {"t4g", "arm64", burstSizes(2)},
		{"m5 m5a m6i m6a m7i m7a", "x86_64", ladder(4)}, {"m6g m7g m8g", "arm64", ladder(4)},
		{"c5 c6i c6a c7i c7a", "x86_64", ladder(2)}, {"c6g c7g c8g", "arm64", ladder(2)},
		{"r5 r6i r6a r7i r7a", "x86_64", ladder(8)}, {"r6g r7g r8g", "arm64", ladder(8)},
	} {
		for name := range strings.FieldsSeq(f.names) {
			out = append(out, sized(family{name: name, quota: "standard", arch: f.arch}, f.sizes)...)
		}
	}
	return out
}

// acceleratedTypes are the families with GPUs or inference chips.
func acceleratedTypes() []instanceType {
	big := []string{"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-north-1", "ap-northeast-1", "ap-south-1"}
	gpu := func(name, quota, model string, mem int, regions []string, sizes ...sizing) []instanceType {
		maker := "NVIDIA"
		if quota == "inf" {
			maker = "AWS"
		}
		return sized(family{name, quota, "x86_64", model, mem, maker, regions}, sizes)
	}
	return slices.Concat(
		gpu("g4dn", "g", "T4", 16384, nil, sizing{"xlarge", 4, 16, 125, 1}, sizing{"2xlarge", 8, 32, 225, 1}, sizing{"4xlarge", 16, 64, 225, 1},
			sizing{"8xlarge", 32, 128, 900, 1}, sizing{"12xlarge", 48, 192, 900, 4}, sizing{"16xlarge", 64, 256, 900, 1}),
		gpu("g5", "g", "A10G", 24576, nil, sizing{"xlarge", 4, 16, 250, 1}, sizing{"2xlarge", 8, 32, 450, 1}, sizing{"4xlarge", 16, 64, 600, 1},
			sizing{"8xlarge", 32, 128, 900, 1}, sizing{"12xlarge", 48, 192, 3800, 4}, sizing{"16xlarge", 64, 256, 1900, 1},
			sizing{"24xlarge", 96, 384, 3800, 4}, sizing{"48xlarge", 192, 768, 7600, 8}),
		gpu("g6", "g", "L4", 22888, nil, sizing{"xlarge", 4, 16, 250, 1}, sizing{"2xlarge", 8, 32, 450, 1}, sizing{"4xlarge", 16, 64, 600, 1},
			sizing{"8xlarge", 32, 128, 900, 1}, sizing{"12xlarge", 48, 192, 3760, 4}, sizing{"16xlarge", 64, 256, 1880, 1},
			sizing{"24xlarge", 96, 384, 3760, 4}, sizing{"48xlarge", 192, 768, 7520, 8}),
		gpu("g6e", "g", "L40S", 45776, nil, sizing{"xlarge", 4, 32, 250, 1}, sizing{"2xlarge", 8, 64, 450, 1}, sizing{"4xlarge", 16, 128, 600, 1},
			sizing{"8xlarge", 32, 256, 900, 1}, sizing{"12xlarge", 48, 384, 3800, 4}, sizing{"16xlarge", 64, 512, 1900, 1},
			sizing{"24xlarge", 96, 768, 3800, 4}, sizing{"48xlarge", 192, 1536, 7600, 8}),
		gpu("p3", "p", "V100", 16384, nil, sizing{"2xlarge", 8, 61, 0, 1}, sizing{"8xlarge", 32, 244, 0, 4}, sizing{"16xlarge", 64, 488, 0, 8}),
		gpu("p4d", "p", "A100", 40960, big, sizing{"24xlarge", 96, 1152, 8000, 8}),
		gpu("p4de", "p", "A100", 81920, big[:3], sizing{"24xlarge", 96, 1152, 8000, 8}),
		gpu("p5", "p", "H100", 81920, big, sizing{"4xlarge", 16, 256, 3800, 1}, sizing{"48xlarge", 192, 2048, 30400, 8}),
		gpu("p5en", "p", "H200", 144384, big[:3], sizing{"48xlarge", 192, 2048, 30400, 8}),
		gpu("inf2", "inf", "Inferentia2", 32768, nil, sizing{"xlarge", 4, 16, 0, 1}, sizing{"8xlarge", 32, 128, 0, 1},
			sizing{"24xlarge", 96, 384, 0, 6}, sizing{"48xlarge", 192, 768, 0, 12}),
	)
}

func sized(f family, sizes []sizing) []instanceType {
	var out []instanceType
	for _, s := range sizes {
		t := instanceType{f.name + "." + s.name, s.vcpus, 2, int(s.gib * 1024), s.disk, f, s.gpus}
		if f.arch == "arm64" || f.name == "t2" || strings.HasSuffix(f.name, "7a") {
			t.threads = 1
		}
		out = append(out, t)
	}
	return out
}

func instanceTypes() []instanceType { return slices.Concat(generalTypes(), acceleratedTypes()) }

// typesByName is instanceTypes by name, made once: every launch counts the
// CPUs of all instances.
var typesByName = sync.OnceValue(func() map[string]instanceType {
	byName := map[string]instanceType{}
	for _, t := range instanceTypes() {
		byName[t.name] = t
	}
	return byName
})

func findType(name string) (instanceType, bool) {
	t, found := typesByName()[name]
	return t, found
}

// offered tells whether a region has t at all.
func (t instanceType) offered(region string) bool {
	return t.family.regions == nil || slices.Contains(t.family.regions, region)
}

// inStock tells whether there is a free machine of a type in a zone.
func (c *Cloud) inStock(typeName, zone string) bool {
	return !c.o.NoStock[typeName] && !c.o.NoStock[typeName+"@"+zone]
}
