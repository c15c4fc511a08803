package google

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/compute/apiv1/computepb"

	"github.com/mlinfra/mlinfra/providers"
)

// imageName is what a reference to an image says. A name alone may be that of
// an image or of a family.
type imageName struct {
	project string // "" for the own one
	name    string
	family  bool // it is a family
	exact   bool // it is an image
}

// parseImage reads all spellings of Terraform's provider:
//
//	https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261014
//	projects/debian-cloud/global/images/family/debian-12
//	global/images/family/debian-12, family/debian-12
//	debian-cloud/debian-12, debian/debian-12
//	debian-12
func parseImage(ref string) imageName {
	n := imageName{project: part(ref, "projects"), name: lastPart(ref)}
	rest := strings.TrimSuffix(path(ref), n.name)
	switch {
	case strings.HasSuffix(rest, "family/"):
		n.family = true
	case strings.HasSuffix(rest, "images/"):
		n.exact = true
	case rest != "":
		n.project = strings.TrimSuffix(rest, "/")
	}
	if full, ok := publicProjects[n.project]; ok {
		n.project = full
	}
	return n
}

// publicProjects are where Google and others publish images, by how their
// names begin.
var publicProjects = map[string]string{
	"centos": "centos-cloud", "cos": "cos-cloud", "debian": "debian-cloud", "fedora-coreos": "fedora-coreos-cloud",
	"opensuse": "opensuse-cloud", "rhel": "rhel-cloud", "rocky-linux": "rocky-linux-cloud", "sles": "suse-cloud",
	"ubuntu": "ubuntu-os-cloud", "windows": "windows-cloud", "windows-sql": "windows-sql-cloud",
}

// isPublic reports whether images of a project bear their version, so that a
// name without is that of a family.
func isPublic(project string) bool {
	for _, public := range publicProjects {
		if project == public {
			return true
		}
	}
	return slices.Contains([]string{"deeplearning-platform-release", "ml-images", "ubuntu-os-pro-cloud", "ubuntu-os-accelerator-images"}, project)
}

// publicProject returns where an image of such a name may be published; "" for
// nowhere.
func publicProject(name string) string {
	best := ""
	for prefix := range publicProjects {
		if strings.HasPrefix(name, prefix+"-") && len(prefix) > len(best) {
			best = prefix
		}
	}
	return publicProjects[best]
}

var imageVersion = providers.NewPattern(`-v\d{8}(-|$)`)

func (n imageName) image() string { return "projects/" + n.project + "/global/images/" + n.name }
func (n imageName) asFamily() string {
	return "projects/" + n.project + "/global/images/family/" + n.name
}

// public returns the link of a name in a project that publishes images.
func (n imageName) public() string {
	if imageVersion.MatchString(n.name) {
		return n.image()
	}
	return n.asFamily()
}

// imageLink returns a reference as the API takes it. It asks the API only when
// a name may be that of an image or of a family.
func (c *client) imageLink(ctx context.Context, project, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	n := parseImage(ref)
	own := n.project == ""
	if own {
		n.project = project
	}
	switch {
	case n.exact:
		return n.image(), nil
	case n.family && !own:
		return n.asFamily(), nil
	case isPublic(n.project):
		return n.public(), nil
	}
	if !n.family {
		_, err := c.images.Get(ctx, &computepb.GetImageRequest{Project: n.project, Image: n.name})
		if err == nil {
			return n.image(), nil
		} else if !notFound(err) {
			return "", err
		}
	}
	_, err := c.images.GetFromFamily(ctx, &computepb.GetFromFamilyImageRequest{Project: n.project, Family: n.name})
	switch public := publicProject(n.name); {
	case err == nil:
		return n.asFamily(), nil
	case !notFound(err):
		return "", err
	case own && public != "":
		n.project = public
		return n.public(), nil
	}
	return "", fmt.Errorf("image %q: project %s has no image and no family of the name %s", ref, n.project, n.name)
}

// respellImage gives x the spelling of was when both mean the same.
func respellImage(was string, x *string) {
	if was != "" && *x != "" && sameImage(was, *x) {
		*x = was
	}
}

// sameImage reports whether two references mean the same. An image that is
// known exactly, as after an import, is the same as its family.
func sameImage(was, now string) bool {
	a, b := parseImage(was), parseImage(now)
	if a.project != b.project && a.project != "" && b.project != "" {
		return false
	}
	if a.name == b.name {
		return !(a.family && b.exact) && !(a.exact && b.family)
	}
	return a.exact && !b.exact && imageVersion.MatchString(a.name) && ofFamily(a.name, b.name)
}

// ofFamily reports whether an image seems to belong to a family, by its name:
// debian-12-bookworm-v20261014 to debian-12, ubuntu-2204-jammy-v20261014 to
// ubuntu-2204-lts.
func ofFamily(image, family string) bool {
	words := strings.Split(image, "-")
	for _, arch := range []string{"arm64", "amd64"} {
		if slices.Contains(words, arch) != slices.Contains(strings.Split(family, "-"), arch) {
			return false
		}
	}
	for word := range strings.SplitSeq(family, "-") {
		i := slices.Index(words, word)
		if i < 0 && word != "lts" {
			return false
		}
		words = words[i+1:]
	}
	return true
}
