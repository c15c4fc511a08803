package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverMount struct {
	ID      string   `cty:"id"      is:"computed"                         doc:"Id of the host, a colon and the path."`
	Host    string   `cty:"host"    is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Path    string   `cty:"path"    is:"required,replace"                 doc:"Absolute path of the directory, which is made if it is missing."`
	Device  string   `cty:"device"  is:"required,replace"                 doc:"Path such as /dev/disk/by-id/…, UUID=, LABEL=, a share, or tmpfs."`
	FSType  string   `cty:"fstype"  is:"required,replace"                 doc:"Type of its file system, such as ext4, xfs, tmpfs or nfs; none to bind."`
	Options []string `cty:"options" is:"optional"                         doc:"Options of the mount, such as noatime or bind; nofail is always there."`
	Format  bool     `cty:"format"  is:"optional"                         doc:"Whether to make the file system on a device that holds nothing at all."`
	Status  string   `cty:"status"  is:"computed"                         doc:"mounted, or what is wrong with it."`
}

const mounted = "mounted" // the status that is wanted

var mountType = thing[serverMount]{
	Resource: providers.Resource[*client, serverMount]{
		Type:  "server_mount",
		Doc:   "A file system at its place, now and after each start of the host. Destroying it unmounts: the data stays.",
		Check: checkMount,
		Explain: map[string]string{
			"device": "the old device is unmounted, and nothing on it is copied to the new one",
			"fstype": "the device is unmounted, and mounted again as what it holds: to have another file system there, move the data, and clear the device by hand",
			"path":   "it is unmounted there and mounted at the new path: what uses the old one has to be stopped",
		},
		Examples: []string{exampleHost + `
resource "server_mount" "models" {
  host   = server_host.gpu.id
  path   = "/srv/models"
  device = "/dev/disk/by-id/scsi-0DO_Volume_models"
  fstype = "ext4"
  format = true
}`, exampleHost + `
resource "server_mount" "models" {
  host    = server_host.gpu.id
  path    = "/srv/models"
  device  = "/dev/disk/by-id/scsi-0DO_Volume_models"
  fstype  = "ext4"
  format  = true
  options = ["noatime", "ro"]
}`, exampleHost + `
resource "server_mount" "models" {
  host    = server_host.gpu.id
  path    = "/scratch"
  device  = "tmpfs"
  fstype  = "tmpfs"
  options = ["size=8g"]
}`},
	},
	at:   func(x *serverMount) place { return place{&x.ID, &x.Host, &x.Path} },
	look: func(x serverMount) string { return call("mount_look", x.Path, x.Device) },
	see:  seeMount,
	put: func(_ *serverMount, x serverMount) (deed, error) {
		format := "no"
		if x.Format {
			format = "yes"
		}
		return deed{what: "mounting " + x.Path, call: call("mount_put", x.Path, x.Device, x.FSType, x.live(), x.line(), format)}, nil
	},
	drop: func(x serverMount) deed {
		return deed{what: "unmounting " + x.Path, call: call("mount_drop", x.Path, x.Device, x.FSType)}
	},
}

// live returns the options of the mount command.
func (x serverMount) live() string {
	if len(x.Options) == 0 {
		return "defaults"
	}
	return strings.Join(x.Options, ",")
}

// line returns the line of /etc/fstab. A disk that is missing is no reason not to
// start the host.
func (x serverMount) line() string {
	options, pass := x.live(), "0"
	if !slices.Contains(x.Options, "nofail") {
		options += ",nofail"
	}
	if strings.HasPrefix(x.FSType, "ext") {
		pass = "2" // is checked, after the root
	}
	return strings.Join([]string{x.Device, x.Path, x.FSType, options, "0", pass}, " ")
}

// seeMount fills in what is mounted and what is to be at the next start.
func seeMount(x *serverMount, a answer) error {
	line := strings.Fields(a.fact("fstab"))
	if len(line) == 3 {
		x.Device, x.FSType = line[0], line[1]
		x.recall(strings.Split(line[2], ","))
	}
	x.Status = x.status(strings.Fields(a.fact("mounted")), a.fact("device"), a.fact("bound") == "yes")
	switch {
	case len(line) == 3:
	case x.Device == "" || x.Status != mounted:
		return providers.ErrGone
	default:
		x.Status = "not in /etc/fstab: it will be gone after the next start"
	}
	return nil
}

// recall fills in the options, without those that are there without being asked for.
func (x *serverMount) recall(options []string) {
	options = slices.DeleteFunc(options, func(o string) bool {
		return (o == "nofail" || o == "defaults") && !slices.Contains(x.Options, o)
	})
	if !slices.Equal(options, x.Options) {
		x.Options = options
	}
}

// status says how what is mounted, as in "SOURCE TYPE OPTIONS", differs from x.
// device is where the name of its device leads.
func (x serverMount) status(have []string, device string, bound bool) string {
	if len(have) < 3 {
		return "not mounted"
	}
	source, kind, options := have[0], have[1], strings.Split(have[2], ",")
	family, _, _ := strings.Cut(kind, ".") // fuse.sshfs
	switch {
	case x.bind() && !bound:
		return "something else is mounted there"
	case x.bind():
	case source != device && !alikeTypes(kind, "tmpfs"):
		return source + " is mounted there"
	case !alikeTypes(x.FSType, kind) && !alikeTypes(x.FSType, family) && x.FSType != "auto":
		return "it is mounted as " + kind
	}
	if slices.Contains(options, "ro") && !slices.Contains(x.Options, "ro") {
		return "read-only: if it was not made so, the kernel has found errors on it (dmesg)"
	}
	return mounted
}

// alikeTypes reports whether two names of types mean the same: nfs becomes nfs4.
func alikeTypes(a, b string) bool {
	return a == b || strings.HasPrefix(a, "nfs") && strings.HasPrefix(b, "nfs")
}

// bind reports whether x shows a directory at a second place.
func (x serverMount) bind() bool {
	return slices.Contains(x.Options, "bind") || slices.Contains(x.Options, "rbind")
}

func checkMount(_ *serverMount, x serverMount) error {
	for _, word := range append([]string{x.Path, x.Device, x.FSType}, x.Options...) {
		if word == "" || strings.ContainsAny(word, " \t\n\\#\"'") || strings.HasPrefix(word, "-") {
			return fmt.Errorf("%q cannot stand in /etc/fstab", word)
		}
	}
	if err := checkPath("path", x.Path); err != nil {
		return err
	}
	for _, o := range x.Options {
		if strings.Contains(o, ",") {
			return fmt.Errorf("option %q is more than one: make it a list", o)
		}
	}
	disk := strings.HasPrefix(x.Device, "/dev/") || strings.HasPrefix(x.Device, "UUID=") || strings.HasPrefix(x.Device, "LABEL=") || strings.HasPrefix(x.Device, "PART")
	switch {
	case x.FSType == "swap":
		return errors.New("swap is not mounted: use a server_command")
	case x.bind() && x.FSType != "none":
		return fmt.Errorf("a bind has no file system of its own: fstype is none, and not %s", x.FSType)
	case x.bind() && !strings.HasPrefix(x.Device, "/"):
		return fmt.Errorf("a bind needs the path of a directory as its device, and %q is none", x.Device)
	case x.Format && !disk:
		return fmt.Errorf("format is for disks, and %s is none", x.Device)
	case x.Format && strings.Contains(x.Device, "="):
		return fmt.Errorf("an empty device does not answer to %s: name it by its path, such as /dev/disk/by-id/…", x.Device)
	case x.Format && (x.FSType == "auto" || x.FSType == "none"):
		return fmt.Errorf("format needs to know which file system to make, and fstype is %s", x.FSType)
	}
	return nil
}
