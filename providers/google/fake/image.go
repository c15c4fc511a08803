package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// image is what a disk can be made from.
type image struct {
	project string
	family  string
	prefix  string // of the names, before the version
	suffix  string // after it
	gb      int
	arm     bool
}

// imageVersions are the versions every image has, newest last; the others are deprecated.
var imageVersions = []string{"v20260812", "v20261014"}

var imageFamilies = []image{
	{"cos-cloud", "cos-121-lts", "cos-121-18867-294-", "", 10, false},
	{"cos-cloud", "cos-stable", "cos-stable-125-19216-104-", "", 10, false},
	{"cos-cloud", "cos-arm64-stable", "cos-arm64-stable-125-19216-104-", "", 10, true},
	{"debian-cloud", "debian-11", "debian-11-bullseye-", "", 10, false},
	{"debian-cloud", "debian-12", "debian-12-bookworm-", "", 10, false},
	{"debian-cloud", "debian-12-arm64", "debian-12-bookworm-arm64-", "", 10, true},
	{"debian-cloud", "debian-13", "debian-13-trixie-", "", 10, false},
	{"debian-cloud", "debian-13-arm64", "debian-13-trixie-arm64-", "", 10, true},
	{"deeplearning-platform-release", "common-cpu", "common-cpu-", "-debian-11-py310", 50, false},
	{"deeplearning-platform-release", "common-cu128-ubuntu-2204-nvidia-570", "common-cu128-ubuntu-2204-nvidia-570-", "", 50, false},
	{"deeplearning-platform-release", "common-cu129-ubuntu-2204-nvidia-580", "common-cu129-ubuntu-2204-nvidia-580-", "", 50, false},
	{"deeplearning-platform-release", "pytorch-2-7-cu128-ubuntu-2204-nvidia-570", "pytorch-2-7-cu128-ubuntu-2204-nvidia-570-", "", 100, false},
	{"ml-images", "common-dl-gpu-debian-10", "c0-deeplearning-common-gpu-", "-debian-10", 50, false},
	{"ml-images", "tf-2-15-cpu", "tf-2-15-cpu-", "-debian-11", 50, false},
	{"rocky-linux-cloud", "rocky-linux-9", "rocky-linux-9-", "", 20, false},
	{"ubuntu-os-cloud", "ubuntu-2204-lts", "ubuntu-2204-jammy-", "", 10, false},
	{"ubuntu-os-cloud", "ubuntu-2204-lts-arm64", "ubuntu-2204-jammy-arm64-", "", 10, true},
	{"ubuntu-os-cloud", "ubuntu-2404-lts-amd64", "ubuntu-2404-noble-amd64-", "", 10, false},
	{"ubuntu-os-cloud", "ubuntu-2404-lts-arm64", "ubuntu-2404-noble-arm64-", "", 10, true},
}

// publicProject tells whether a project is one of those that publish images.
func publicProject(id string) bool {
	return slices.ContainsFunc(imageFamilies, func(i image) bool { return i.project == id })
}

func (i image) name(version string) string { return i.prefix + version + i.suffix }

func (i image) path(version string) string {
	return "projects/" + i.project + "/global/images/" + i.name(version)
}

func (i image) view(version string) map[string]any {
	arch := "X86_64"
	if i.arm {
		arch = "ARM64"
	}
	day := version[1:5] + "-" + version[5:7] + "-" + version[7:9]
	v := map[string]any{
		"kind": "compute#image", "id": fixedID(i.name(version)).String(), "name": i.name(version), "family": i.family,
		"creationTimestamp": day + "T10:00:00.000-08:00", "status": "READY", "sourceType": "RAW", "diskSizeGb": int64s(i.gb),
		"archiveSizeBytes": int64s(i.gb * 100_000_000), "architecture": arch, "selfLink": link(i.path(version)),
		"description": i.family + " built on " + day, "labelFingerprint": fingerprint(nil), "enableConfidentialCompute": false,
		"rawDisk": map[string]any{"source": "", "containerType": "TAR"}, "storageLocations": []string{"asia", "eu", "us"},
		"licenses": []string{link("projects/" + i.project + "/global/licenses/" + i.family)},
		"guestOsFeatures": []any{
			map[string]any{"type": "UEFI_COMPATIBLE"}, map[string]any{"type": "VIRTIO_SCSI_MULTIQUEUE"}, map[string]any{"type": "GVNIC"},
			map[string]any{"type": "SEV_CAPABLE"},
		},
	}
	if version != imageVersions[len(imageVersions)-1] {
		v["deprecated"] = map[string]any{"state": "DEPRECATED", "replacement": link(i.path(imageVersions[len(imageVersions)-1]))}
	}
	return v
}

func imageViews(project string) []map[string]any {
	var out []map[string]any
	for _, i := range imageFamilies {
		for _, version := range imageVersions {
			if i.project == project {
				out = append(out, decoded(i.view(version)))
			}
		}
	}
	return out
}

// decoded is m as filters see it: only JSON's own types.
func decoded(m map[string]any) map[string]any { return document(m) }

// findImage returns the image of a path, which may name a family.
func findImage(path string) (found image, version string, ok bool) {
	for _, i := range imageFamilies {
		newest := imageVersions[len(imageVersions)-1]
		if path == "projects/"+i.project+"/global/images/family/"+i.family {
			return i, newest, true
		}
		for _, v := range imageVersions {
			if path == i.path(v) {
				return i, v, true
			}
		}
	}
	return image{}, "", false
}

// familyView is how gcloud names the newest image of a family.
var familyView = providers.NewPattern(`/zones/[^/]+/imageFamilyViews/([^/]+)$`)

// imageRef finds the image a field names.
func (q *request) imageRef(field, value string) (found image, path string, err error) {
	value = familyView.ReplaceAllString(value, "/global/images/family/$1")
	family := strings.Contains(value, "/images/family/")
	path, err = q.reference(field, strings.Replace(value, "/images/family/", "/images/", 1), "images")
	if err != nil {
		return found, "", invalidField(field, value, "The URL is malformed.")
	}
	if family {
		path = strings.Replace(path, "/images/", "/images/family/", 1)
	}
	found, version, there := findImage(path)
	if !there {
		return found, "", notFound(path)
	}
	return found, found.path(version), nil
}

// images wraps handlers of images, which anyone may read in public projects.
func (c *Cloud) images(permission string, h handler) handler {
	checked := c.compute(permission, h)
	return func(q *request) (reply, error) {
		if publicProject(q.project()) {
			return h(q)
		}
		return checked(q)
	}
}

func (c *Cloud) readImage(q *request) (reply, error) {
	return fixed(q, "projects/"+q.project()+"/global/images/"+q.PathValue("name"), imageViews(q.project()))
}

func (c *Cloud) readImageFromFamily(q *request) (reply, error) {
	path := "projects/" + q.project() + "/global/images/family/" + q.PathValue("name")
	i, version, found := findImage(path)
	if !found {
		return fail(notFound(path))
	}
	return ok(i.view(version))
}

func (c *Cloud) listImages(q *request) (reply, error) {
	return page(q, "compute#imageList", q.project(), imageViews(q.project()))
}
