package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// image is a machine image. The catalogue is the same in every region, but for the ids.
type image struct {
	id, snapshot string
	name         string
	description  string
	arch         string
	owner, alias string
	root         string // device
	size         int    // GiB of the root volume
	created      time.Time
	tokens       bool // wants IMDSv2
}

func (i image) kind() kind {
	return kind{prefix: "ami", notFound: "InvalidAMIID.NotFound", message: "The image id '[%s]' does not exist", malformed: "InvalidAMIID.Malformed"}
}

// idFrom makes an id that depends on the words only.
func idFrom(prefix string, words ...string) string {
	sum := sha256.Sum256([]byte(prefix + "\n" + strings.Join(words, "\n")))
	return prefix + "-0" + hex.EncodeToString(sum[:8])
}

// line is a series of images; %D in names is the day, %d the day with dashes.
type line struct {
	name, description string
	owner, alias      string
	root              string
	size              int
	tokens            bool
	archs             map[string]string // what the name calls them
	days              []string
}

const (
	amazonLinux  = "137112412989"
	canonical    = "099720109477"
	deepLearning = "898082745236"
)

func lines() []line {
	both := map[string]string{"x86_64": "x86_64", "arm64": "arm64"}
	debian := map[string]string{"x86_64": "amd64", "arm64": "arm64"}
	days := []string{"20250610", "20251022", "20260315", "20260820", "20261012"}
	return []line{
		{"al2023-ami-2023.9.%D.0-kernel-6.1-%A", "Amazon Linux 2023 AMI 2023.9.%D.0 %A HVM kernel-6.1", amazonLinux, "amazon", "/dev/xvda", 8, true, both, days},
		{"al2023-ami-minimal-2023.9.%D.0-kernel-6.1-%A", "Amazon Linux 2023 AMI 2023.9.%D.0 %A Minimal HVM kernel-6.1", amazonLinux, "amazon", "/dev/xvda", 2, true, both, days},
		{"ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-%A-server-%D", "Canonical, Ubuntu, 22.04 LTS, %A jammy image build on %d", canonical, "", "/dev/sda1", 8, false, debian, days},
		{"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-%A-server-%D", "Canonical, Ubuntu, 24.04, %A noble image", canonical, "", "/dev/sda1", 8, true, debian, days},
		{"ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-noble-24.04-%A-minimal-%D", "Canonical, Ubuntu Minimal, 24.04, %A noble minimal image", canonical, "", "/dev/sda1", 8, true, debian, days},
		{"Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.7 (Ubuntu 22.04) %D", "Supported EC2 instances: G4dn, G5, G6, Gr6, G6e, P4, P4de, P5, P5e, P5en", deepLearning, "amazon", "/dev/sda1", 75, true, map[string]string{"x86_64": ""}, days},
		{"Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) %D", "Supported EC2 instances: G4dn, G5, G6, Gr6, G6e, P4d, P4de, P5, P5e, P5en", deepLearning, "amazon", "/dev/sda1", 75, true, map[string]string{"x86_64": ""}, days},
		{"Deep Learning Base AMI with Single CUDA (Amazon Linux 2023) %D", "Supported EC2 instances: G4dn, G5, G6, Gr6, G6e, P4d, P4de, P5, P5e, P5en", deepLearning, "amazon", "/dev/xvda", 75, true, map[string]string{"x86_64": ""}, days},
		{"Deep Learning AMI Neuron (Ubuntu 22.04) %D", "Supported EC2 instances: Inf1, Inf2, Trn1, Trn2", deepLearning, "amazon", "/dev/sda1", 100, true, map[string]string{"x86_64": ""}, days},
	}
}

// images are all images of a region, oldest first.
func images(region string) []image {
	var out []image
	for _, l := range lines() {
		for _, arch := range sortedKeys(l.archs) {
			for _, day := range l.days {
				t, _ := time.Parse("20060102", day)
				fill := strings.NewReplacer("%D", day, "%d", t.Format("2006-01-02"), "%A", l.archs[arch])
				name := fill.Replace(l.name)
				out = append(out, image{id: idFrom("ami", region, name), snapshot: idFrom("snap", region, name), name: name, description: fill.Replace(l.description),
					arch: arch, owner: l.owner, alias: l.alias, root: l.root, size: l.size, created: t.Add(7 * time.Hour), tokens: l.tokens})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b image) int { return a.created.Compare(b.created) })
	return out
}

func findImage(region, id string) (image, error) {
	for _, i := range images(region) {
		if i.id == id {
			return i, nil
		}
	}
	return image{}, image{}.kind().unknown(id)
}

// imageDisk is the root volume of an image in an answer.
type imageDisk struct {
	Device   string `xml:"deviceName"`
	Delete   bool   `xml:"ebs>deleteOnTermination"`
	Snapshot string `xml:"ebs>snapshotId"`
	Size     int    `xml:"ebs>volumeSize"`
	Type     string `xml:"ebs>volumeType"`
	Secret   bool   `xml:"ebs>encrypted"`
}

// imageView is an image in an answer.
type imageView struct {
	ID             string         `xml:"imageId"`
	Location       string         `xml:"imageLocation"`
	State          string         `xml:"imageState"`
	Owner          string         `xml:"imageOwnerId"`
	Alias          string         `xml:"imageOwnerAlias,omitempty"`
	Created        string         `xml:"creationDate"`
	Public         bool           `xml:"isPublic"`
	Arch           string         `xml:"architecture"`
	Type           string         `xml:"imageType"`
	SRIOV          string         `xml:"sriovNetSupport"`
	Name           string         `xml:"name"`
	Description    string         `xml:"description"`
	RootType       string         `xml:"rootDeviceType"`
	Root           string         `xml:"rootDeviceName"`
	Disks          set[imageDisk] `xml:"blockDeviceMapping"`
	Virtualization string         `xml:"virtualizationType"`
	Tags           set[tagView]   `xml:"tagSet"`
	Hypervisor     string         `xml:"hypervisor"`
	ENA            bool           `xml:"enaSupport"`
	BootMode       string         `xml:"bootMode"`
	IMDS           string         `xml:"imdsSupport,omitempty"`
	Platform       string         `xml:"platformDetails"`
	Usage          string         `xml:"usageOperation"`
	Deprecated     string         `xml:"deprecationTime"`
}

// imageLife is how long an image lives until it is deprecated.
const imageLife = 2 * 365 * 24 * time.Hour

func (i image) view() imageView {
	v := imageView{ID: i.id, Location: i.owner + "/" + i.name, State: "available", Owner: i.owner, Alias: i.alias, Created: stamp(i.created),
		Public: true, Arch: i.arch, Type: "machine", SRIOV: "simple", Name: i.name, Description: i.description, RootType: "ebs", Root: i.root,
		Disks: set[imageDisk]{[]imageDisk{{i.root, true, i.snapshot, i.size, i.volumeType(), false}}}, Virtualization: "hvm", Hypervisor: "xen",
		ENA: true, BootMode: "uefi-preferred", Platform: "Linux/UNIX", Usage: "RunInstances", Deprecated: stamp(i.created.Add(imageLife))}
	if i.alias != "" {
		v.Location = i.alias + "/" + i.name
	}
	if i.arch == "arm64" {
		v.BootMode = "uefi"
	}
	if i.tokens {
		v.IMDS = "v2.0"
	}
	return v
}

// volumeType is the type of the root volume.
func (i image) volumeType() string {
	if strings.Contains(i.name, "hvm-ssd/") {
		return "gp2"
	}
	return "gp3"
}

func imageFields() fields[image] {
	view := func(get func(imageView) string) func(image) []string {
		return one(func(i image) string { return get(i.view()) })
	}
	return fields[image]{
		"name": view(func(v imageView) string { return v.Name }), "image-id": view(func(v imageView) string { return v.ID }),
		"architecture": view(func(v imageView) string { return v.Arch }), "owner-alias": view(func(v imageView) string { return v.Alias }),
		"owner-id": view(func(v imageView) string { return v.Owner }), "description": view(func(v imageView) string { return v.Description }),
		"state": view(func(v imageView) string { return v.State }), "image-type": view(func(v imageView) string { return v.Type }),
		"virtualization-type": view(func(v imageView) string { return v.Virtualization }), "hypervisor": view(func(v imageView) string { return v.Hypervisor }),
		"root-device-type": view(func(v imageView) string { return v.RootType }), "root-device-name": view(func(v imageView) string { return v.Root }),
		"is-public": flag(func(image) bool { return true }), "ena-support": flag(func(image) bool { return true }),
		"creation-date":                    view(func(v imageView) string { return v.Created }),
		"platform":                         func(image) []string { return nil }, // only Windows has one
		"block-device-mapping.volume-type": one(image.volumeType), "block-device-mapping.snapshot-id": one(func(i image) string { return i.snapshot }),
		"manifest-location": view(func(v imageView) string { return v.Location }), "tag-key": func(image) []string { return nil },
	}
}

func (c *Cloud) describeImages(q *call) (any, error) {
	var in struct {
		IDs               []string `q:"ImageId"`
		Owners            []string `q:"Owner"`
		ExecutableBy      []string
		IncludeDeprecated bool
		IncludeDisabled   bool
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	all := images(q.region)
	for _, id := range in.IDs {
		if _, err := findImage(q.region, id); err != nil {
			return nil, err
		}
	}
	found := slices.DeleteFunc(all, func(i image) bool {
		deprecated := q.now.After(i.created.Add(imageLife)) && !in.IncludeDeprecated && len(in.IDs) == 0
		private := len(in.ExecutableBy) > 0 && !slices.Contains(in.ExecutableBy, "all")
		return i.created.After(q.now) || deprecated || private || len(in.IDs) > 0 && !slices.Contains(in.IDs, i.id) ||
			len(in.Owners) > 0 && !slices.Contains(in.Owners, i.owner) && (i.alias == "" || !slices.Contains(in.Owners, i.alias))
	})
	found, err := matchAny(found, in.Filters, func(name string) func(image) []string {
		if strings.HasPrefix(name, "tag:") {
			return func(image) []string { return nil }
		}
		return imageFields()[name]
	})
	if err != nil {
		return nil, err
	}
	part, next, err := page(found, in.listing, 1000, func(i int, _ image) int { return i + 1 })
	if err != nil {
		return nil, err
	}
	return struct {
		Images set[imageView] `xml:"imagesSet"`
		Next   string         `xml:"nextToken,omitempty"`
	}{setOf(part, image.view), next}, nil
}
