package fake

import "strings"

// size is a Droplet size. Transfer is in TB and 0 where the price list has none.
type size struct {
	slug     string
	vcpus    int
	memory   int // MB
	disk     int // GB
	transfer float64
	hourly   float64
	monthly  float64
}

// sizes are the Droplet sizes with list prices in USD (August 2025; GPU sizes
// before the change of August 2026), cheapest first as the API lists them.
var sizes = []size{
	{"s-1vcpu-512mb-10gb", 1, 512, 10, 0.5, 0.00595, 4},
	{"s-1vcpu-1gb", 1, 1024, 25, 1, 0.00893, 6},
	{"s-1vcpu-1gb-amd", 1, 1024, 25, 1, 0.01042, 7},
	{"s-1vcpu-1gb-intel", 1, 1024, 25, 1, 0.01042, 7},
	{"s-1vcpu-1gb-35gb-intel", 1, 1024, 35, 0, 0.0119, 8},
	{"s-1vcpu-2gb", 1, 2048, 50, 2, 0.01786, 12},
	{"s-1vcpu-2gb-amd", 1, 2048, 50, 2, 0.02083, 14},
	{"s-1vcpu-2gb-intel", 1, 2048, 50, 2, 0.02083, 14},
	{"s-1vcpu-2gb-70gb-intel", 1, 2048, 70, 0, 0.02381, 16},
	{"s-2vcpu-2gb", 2, 2048, 60, 3, 0.02679, 18},
	{"s-2vcpu-2gb-amd", 2, 2048, 60, 3, 0.03125, 21},
	{"s-2vcpu-2gb-intel", 2, 2048, 60, 3, 0.03125, 21},
	{"s-2vcpu-2gb-90gb-intel", 2, 2048, 90, 0, 0.03571, 24},
	{"s-2vcpu-4gb", 2, 4096, 80, 4, 0.03571, 24},
	{"s-2vcpu-4gb-amd", 2, 4096, 80, 4, 0.04167, 28},
	{"s-2vcpu-4gb-intel", 2, 4096, 80, 4, 0.04167, 28},
	{"s-2vcpu-4gb-120gb-intel", 2, 4096, 120, 0, 0.04762, 32},
	{"s-2vcpu-8gb-amd", 2, 8192, 100, 0, 0.0625, 42},
	{"c-2", 2, 4096, 25, 0, 0.0625, 42},
	{"c2-2vcpu-4gb", 2, 4096, 50, 0, 0.06994, 47},
	{"s-2vcpu-8gb-160gb-intel", 2, 8192, 160, 0, 0.07143, 48},
	{"s-4vcpu-8gb", 4, 8192, 160, 5, 0.07143, 48},
	{"s-4vcpu-8gb-amd", 4, 8192, 160, 5, 0.08333, 56},
	{"s-4vcpu-8gb-intel", 4, 8192, 160, 5, 0.08333, 56},
	{"g-2vcpu-8gb", 2, 8192, 25, 0, 0.09375, 63},
	{"s-4vcpu-8gb-240gb-intel", 4, 8192, 240, 0, 0.09524, 64},
	{"gd-2vcpu-8gb", 2, 8192, 50, 0, 0.10119, 68},
	{"g-2vcpu-8gb-intel", 2, 8192, 30, 0, 0.1131, 76},
	{"gd-2vcpu-8gb-intel", 2, 8192, 60, 0, 0.11756, 79},
	{"s-4vcpu-16gb-amd", 4, 16384, 200, 0, 0.125, 84},
	{"m-2vcpu-16gb", 2, 16384, 50, 0, 0.125, 84},
	{"c-4", 4, 8192, 50, 0, 0.125, 84},
	{"c2-4vcpu-8gb", 4, 8192, 100, 0, 0.13988, 94},
	{"s-4vcpu-16gb-320gb-intel", 4, 16384, 320, 0, 0.14286, 96},
	{"s-8vcpu-16gb", 8, 16384, 320, 6, 0.14286, 96},
	{"m-2vcpu-16gb-intel", 2, 16384, 50, 0, 0.14732, 99},
	{"m3-2vcpu-16gb", 2, 16384, 150, 0, 0.15476, 104},
	{"c-4-intel", 4, 8192, 50, 0, 0.1622, 109},
	{"m3-2vcpu-16gb-intel", 2, 16384, 150, 0, 0.16369, 110},
	{"s-8vcpu-16gb-amd", 8, 16384, 320, 6, 0.16667, 112},
	{"s-8vcpu-16gb-intel", 8, 16384, 320, 6, 0.16667, 112},
	{"c2-4vcpu-8gb-intel", 4, 8192, 100, 0, 0.18155, 122},
	{"g-4vcpu-16gb", 4, 16384, 50, 0, 0.1875, 126},
	{"s-8vcpu-16gb-480gb-intel", 8, 16384, 480, 0, 0.19048, 128},
	{"so-2vcpu-16gb-intel", 2, 16384, 300, 0, 0.19494, 131},
	{"so-2vcpu-16gb", 2, 16384, 300, 0, 0.19494, 131},
	{"m6-2vcpu-16gb", 2, 16384, 300, 0, 0.19494, 131},
	{"gd-4vcpu-16gb", 4, 16384, 100, 0, 0.20238, 136},
	{"so1_5-2vcpu-16gb-intel", 2, 16384, 450, 0, 0.20685, 139},
	{"g-4vcpu-16gb-intel", 4, 16384, 60, 0, 0.2247, 151},
	{"gd-4vcpu-16gb-intel", 4, 16384, 120, 0, 0.23512, 158},
	{"so1_5-2vcpu-16gb", 2, 16384, 450, 0, 0.24256, 163},
	{"s-8vcpu-32gb-amd", 8, 32768, 400, 0, 0.25, 168},
	{"m-4vcpu-32gb", 4, 32768, 100, 0, 0.25, 168},
	{"c-8", 8, 16384, 100, 0, 0.25, 168},
	{"c2-8vcpu-16gb", 8, 16384, 200, 0, 0.27976, 188},
	{"s-8vcpu-32gb-640gb-intel", 8, 32768, 640, 0, 0.28571, 192},
	{"m-4vcpu-32gb-intel", 4, 32768, 100, 0, 0.29464, 198},
	{"m3-4vcpu-32gb", 4, 32768, 300, 0, 0.30952, 208},
	{"c-8-intel", 8, 16384, 100, 0, 0.3244, 218},
	{"m3-4vcpu-32gb-intel", 4, 32768, 300, 0, 0.32738, 220},
	{"c2-8vcpu-16gb-intel", 8, 16384, 200, 0, 0.3631, 244},
	{"g-8vcpu-32gb", 8, 32768, 100, 0, 0.375, 252},
	{"so-4vcpu-32gb-intel", 4, 32768, 600, 0, 0.38988, 262},
	{"so-4vcpu-32gb", 4, 32768, 600, 0, 0.38988, 262},
	{"m6-4vcpu-32gb", 4, 32768, 600, 0, 0.38988, 262},
	{"gd-8vcpu-32gb", 8, 32768, 200, 0, 0.40476, 272},
	{"so1_5-4vcpu-32gb-intel", 4, 32768, 900, 0, 0.41369, 278},
	{"g-8vcpu-32gb-intel", 8, 32768, 120, 0, 0.4494, 302},
	{"gd-8vcpu-32gb-intel", 8, 32768, 240, 0, 0.47173, 317},
	{"so1_5-4vcpu-32gb", 4, 32768, 900, 0, 0.48512, 326},
	{"m-8vcpu-64gb", 8, 65536, 200, 0, 0.5, 336},
	{"c-16", 16, 32768, 200, 0, 0.5, 336},
	{"c2-16vcpu-32gb", 16, 32768, 400, 0, 0.55952, 376},
	{"m-8vcpu-64gb-intel", 8, 65536, 200, 0, 0.58929, 396},
	{"m3-8vcpu-64gb", 8, 65536, 600, 0, 0.61905, 416},
	{"c-16-intel", 16, 32768, 200, 0, 0.6503, 437},
	{"m3-8vcpu-64gb-intel", 8, 65536, 600, 0, 0.65476, 440},
	{"c2-16vcpu-32gb-intel", 16, 32768, 400, 0, 0.72768, 489},
	{"g-16vcpu-64gb", 16, 65536, 200, 0, 0.75, 504},
	{"so-8vcpu-64gb-intel", 8, 65536, 1200, 0, 0.77976, 524},
	{"so-8vcpu-64gb", 8, 65536, 1200, 0, 0.77976, 524},
	{"m6-8vcpu-64gb", 8, 65536, 1200, 0, 0.77976, 524},
	{"gd-16vcpu-64gb", 16, 65536, 400, 0, 0.80952, 544},
	{"so1_5-8vcpu-64gb-intel", 8, 65536, 1800, 0, 0.82738, 556},
	{"gpu-4000adax1-20gb", 8, 32768, 500, 0, 0.76, 565.44},
	{"g-16vcpu-64gb-intel", 16, 65536, 240, 0, 0.9003, 605},
	{"gd-16vcpu-64gb-intel", 16, 65536, 480, 0, 0.94345, 634},
	{"so1_5-8vcpu-64gb", 8, 65536, 1800, 0, 0.97024, 652},
	{"m-16vcpu-128gb", 16, 131072, 400, 0, 1, 672},
	{"c-32", 32, 65536, 400, 0, 1, 672},
	{"c2-32vcpu-64gb", 32, 65536, 800, 0, 1.11905, 752},
	{"m-16vcpu-128gb-intel", 16, 131072, 400, 0, 1.17857, 792},
	{"m3-16vcpu-128gb", 16, 131072, 1200, 0, 1.2381, 832},
	{"c-32-intel", 32, 65536, 400, 0, 1.3006, 874},
	{"m3-16vcpu-128gb-intel", 16, 131072, 1200, 0, 1.30952, 880},
	{"c2-32vcpu-64gb-intel", 32, 65536, 800, 0, 1.45536, 978},
	{"c-48", 48, 98304, 600, 0, 1.5, 1008},
	{"m-24vcpu-192gb", 24, 196608, 600, 0, 1.5, 1008},
	{"g-32vcpu-128gb", 32, 131072, 400, 0, 1.5, 1008},
	{"so-16vcpu-128gb-intel", 16, 131072, 2400, 0, 1.55952, 1048},
	{"so-16vcpu-128gb", 16, 131072, 2400, 0, 1.55952, 1048},
	{"m6-16vcpu-128gb", 16, 131072, 2400, 0, 1.55952, 1048},
	{"gd-32vcpu-128gb", 32, 131072, 800, 0, 1.61905, 1088},
	{"so1_5-16vcpu-128gb-intel", 16, 131072, 3600, 0, 1.65476, 1112},
	{"c2-48vcpu-96gb", 48, 98304, 1200, 0, 1.67857, 1128},
	{"gpu-l40sx1-48gb", 8, 65536, 500, 0, 1.57, 1168.08},
	{"gpu-6000adax1-48gb", 8, 65536, 500, 0, 1.57, 1168.08},
	{"m-24vcpu-192gb-intel", 24, 196608, 600, 0, 1.76786, 1188},
	{"g-32vcpu-128gb-intel", 32, 131072, 480, 0, 1.8006, 1210},
	{"m3-24vcpu-192gb", 24, 196608, 1800, 0, 1.85714, 1248},
	{"g-40vcpu-160gb", 40, 163840, 500, 0, 1.875, 1260},
	{"gd-32vcpu-128gb-intel", 32, 131072, 960, 0, 1.8869, 1268},
	{"so1_5-16vcpu-128gb", 16, 131072, 3600, 0, 1.94048, 1304},
	{"c-48-intel", 48, 98304, 600, 0, 1.9494, 1310},
	{"m3-24vcpu-192gb-intel", 24, 196608, 1800, 0, 1.96429, 1320},
	{"m-32vcpu-256gb", 32, 262144, 800, 0, 2, 1344},
	{"gd-40vcpu-160gb", 40, 163840, 1000, 0, 2.02381, 1360},
	{"c2-48vcpu-96gb-intel", 48, 98304, 1200, 0, 2.18155, 1466},
	{"gpu-mi300x1-192gb", 20, 245760, 720, 0, 1.99, 1480.56},
	{"so-24vcpu-192gb-intel", 24, 196608, 3600, 0, 2.33929, 1572},
	{"so-24vcpu-192gb", 24, 196608, 3600, 0, 2.33929, 1572},
	{"m6-24vcpu-192gb", 24, 196608, 3600, 0, 2.33929, 1572},
	{"m-32vcpu-256gb-intel", 32, 262144, 800, 0, 2.35714, 1584},
	{"c-60-intel", 60, 122880, 750, 0, 2.43899, 1639},
	{"m3-32vcpu-256gb", 32, 262144, 2400, 0, 2.47619, 1664},
	{"so1_5-24vcpu-192gb-intel", 24, 196608, 5400, 0, 2.48214, 1668},
	{"m3-32vcpu-256gb-intel", 32, 262144, 2400, 0, 2.61905, 1760},
	{"g-48vcpu-192gb-intel", 48, 196608, 720, 0, 2.6994, 1814},
	{"c2-60vcpu-120gb-intel", 60, 122880, 1500, 0, 2.72917, 1834},
	{"gd-48vcpu-192gb-intel", 48, 196608, 1440, 0, 2.82887, 1901},
	{"so1_5-24vcpu-192gb", 24, 196608, 5400, 0, 2.91071, 1956},
	{"so-32vcpu-256gb-intel", 32, 262144, 4800, 0, 3.11905, 2096},
	{"so-32vcpu-256gb", 32, 262144, 4800, 0, 3.11905, 2096},
	{"m6-32vcpu-256gb", 32, 262144, 4800, 0, 3.11905, 2096},
	{"so1_5-32vcpu-256gb-intel", 32, 262144, 7200, 0, 3.30952, 2224},
	{"g-60vcpu-240gb-intel", 60, 245760, 900, 0, 3.37649, 2269},
	{"m-48vcpu-384gb-intel", 48, 393216, 1200, 0, 3.53571, 2376},
	{"gd-60vcpu-240gb-intel", 60, 245760, 1800, 0, 3.53869, 2378},
	{"gpu-h100x1-80gb", 20, 245760, 720, 0, 3.39, 2522.16},
	{"gpu-h200x1-141gb", 24, 245760, 720, 0, 3.44, 2559.36},
	{"so1_5-32vcpu-256gb", 32, 262144, 7200, 0, 3.88095, 2608},
	{"m3-48vcpu-384gb-intel", 48, 393216, 3600, 0, 3.92857, 2640},
	{"so-48vcpu-384gb-intel", 48, 393216, 7000, 0, 4.67857, 3144},
	{"gpu-mi300x8-1536gb", 160, 1966080, 2046, 0, 15.92, 11844.48},
	{"gpu-h100x8-640gb", 160, 1966080, 2046, 0, 23.92, 17796.48},
	{"gpu-h200x8-1128gb", 192, 1966080, 2046, 0, 27.52, 20474.88},
}

// gpuSizes says what is special about a GPU size.
var gpuSizes = map[string]struct {
	model   string
	count   int
	vram    int // GiB, of all GPUs
	scratch int // GiB, disk that does not survive a power off; 0 for none
	regions string
}{
	"gpu-4000adax1-20gb": {"nvidia_rtx4000_ada", 1, 20, 0, "nyc2 tor1"},
	"gpu-6000adax1-48gb": {"nvidia_rtx6000_ada", 1, 48, 0, "nyc2 tor1"},
	"gpu-l40sx1-48gb":    {"nvidia_l40s", 1, 48, 0, "nyc2 tor1"},
	"gpu-mi300x1-192gb":  {"amd_mi300x", 1, 192, 5120, "nyc2 atl1"},
	"gpu-mi300x8-1536gb": {"amd_mi300x", 8, 1536, 40960, "nyc2 atl1"},
	"gpu-h100x1-80gb":    {"nvidia_h100", 1, 80, 5120, "nyc2 tor1 ams3"},
	"gpu-h100x8-640gb":   {"nvidia_h100", 8, 640, 40960, "nyc2 tor1 ams3"},
	"gpu-h200x1-141gb":   {"nvidia_h200", 1, 141, 5120, "nyc2 atl1"},
	"gpu-h200x8-1128gb":  {"nvidia_h200", 8, 1128, 40960, "nyc2 atl1"},
}

// sizeFamilies maps a slug's prefix to the API's description and the regions
// that have the family; "" is every region.
var sizeFamilies = []struct{ prefix, description, regions string }{
	{"gpu-", "GPU", ""},
	{"s-", "Basic", ""},
	{"c-", "CPU-Optimized", ""},
	{"c2-", "CPU-Optimized 2x SSD", ""},
	{"g-", "General Purpose", ""},
	{"gd-", "General Purpose 2x SSD", ""},
	{"m-", "Memory-Optimized", ""},
	{"m3-", "Memory-Optimized 3x SSD", "nyc1 nyc3 ams3 sfo3 sgp1 lon1 fra1 tor1 blr1 syd1"},
	{"m6-", "Memory-Optimized 6x SSD", "nyc1 nyc3 ams3 sfo3 sgp1 lon1 fra1 tor1 blr1 syd1"},
	{"so-", "Storage-Optimized", "nyc1 nyc3 ams3 sfo3 sgp1 lon1 fra1 tor1"},
	{"so1_5-", "Storage-Optimized 1.5x SSD", "nyc1 nyc3 ams3 sfo3 sgp1 lon1 fra1 tor1"},
}

func findSize(slug string) (size, bool) {
	for _, s := range sizes {
		if s.slug == slug {
			return s, true
		}
	}
	return size{}, false
}

func (s size) gpu() bool {
	_, ok := gpuSizes[s.slug]
	return ok
}

func (s size) description() string {
	for _, f := range sizeFamilies {
		if strings.HasPrefix(s.slug, f.prefix) {
			return f.description
		}
	}
	return ""
}

// regions returns the regions that offer s.
func (s size) regions() []string {
	if g, ok := gpuSizes[s.slug]; ok {
		return strings.Fields(g.regions)
	}
	for _, f := range sizeFamilies {
		if strings.HasPrefix(s.slug, f.prefix) && f.regions != "" {
			return strings.Fields(f.regions)
		}
	}
	return regionSlugs()
}

func diskInfo(kind string, gib int) map[string]any {
	return map[string]any{"type": kind, "size": map[string]any{"amount": gib, "unit": "gib"}}
}

// gpuInfo returns the API's gpu_info and disk_info of a size.
func (s size) gpuInfo() (gpu any, disks []any) {
	g, ok := gpuSizes[s.slug]
	if !ok {
		return nil, []any{diskInfo("local", s.disk)}
	}
	disks = []any{diskInfo("boot", s.disk)}
	if g.scratch > 0 {
		disks = append(disks, diskInfo("scratch", g.scratch))
	}
	v := map[string]any{"count": g.count, "model": g.model, "vram": map[string]any{"amount": g.vram, "unit": "gib"}}
	if modes := s.partitions(); len(modes) > 0 {
		v["supported_partition_modes"] = modes
	}
	return v, disks
}

// partitions are the ways in which the GPU of s can be split.
func (s size) partitions() []string {
	if gpuSizes[s.slug].model == "amd_mi300x" {
		return []string{"PARTITION_MODE_SPX_NPS1", "PARTITION_MODE_DPX_NPS2"}
	}
	return nil
}

// view is the API's size object. Sizes without stock stay listed, as in reality.
func (s size) view() map[string]any {
	v := map[string]any{
		"slug": s.slug, "memory": s.memory, "vcpus": s.vcpus, "disk": s.disk, "transfer": s.transfer,
		"price_monthly": s.monthly, "price_hourly": s.hourly, "regions": s.regions(),
		"available": true, "description": s.description(),
	}
	gpu, disks := s.gpuInfo()
	v["disk_info"] = disks
	if gpu != nil {
		v["gpu_info"] = gpu
	}
	return v
}

func (c *Cloud) listSizes(q *request) (reply, error) {
	return list(q, "sizes", sizes, size.view)
}
