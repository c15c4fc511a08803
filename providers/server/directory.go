package server

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverDirectory struct {
	ID           string `cty:"id"            is:"computed"                         doc:"Id of the host, a colon and the path."`
	Host         string `cty:"host"          is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Path         string `cty:"path"          is:"required,replace"                 doc:"Absolute path; missing directories above it are made."`
	Owner        string `cty:"owner"         is:"else=root"                        doc:"User who owns it: a name, or a number."`
	Group        string `cty:"group"         is:"else=root"                        doc:"Group that owns it: a name, or a number."`
	Mode         string `cty:"mode"          is:"else=0755"                        doc:"Permissions, octal, such as 0750."`
	ForceDestroy bool   `cty:"force_destroy" is:"else=false,blind"                 doc:"Whether destroying it deletes what is in it, and one that was there before."`
	TakenOver    bool   `cty:"taken_over"    is:"computed"                         doc:"Whether it was there before: then it stays when this is destroyed."`
}

var directoryType = thing[serverDirectory]{
	Resource: providers.Resource[*client, serverDirectory]{
		Type:  "server_directory",
		Doc:   "A directory on a host. One that is there already is taken over, and stays when this is destroyed.",
		Check: checkDirectory,
		Normal: func(x *serverDirectory) {
			if len(x.Mode) == 3 {
				x.Mode = octal(x.Mode)
			}
		},
		Explain: map[string]string{"path": "nothing is moved: move what is in it by hand, or with a server_command"},
		Examples: []string{exampleHost + `
resource "server_directory" "models" {
  host = server_host.gpu.id
  path = "/srv/models"
}`, exampleHost + `
resource "server_directory" "models" {
  host          = server_host.gpu.id
  path          = "/srv/models"
  group         = "users"
  mode          = "2770"
  force_destroy = true
}`, exampleHost + `
resource "server_directory" "models" {
  host          = server_host.gpu.id
  path          = "/data/models"
  force_destroy = true
}`},
	},
	at:   func(x *serverDirectory) place { return place{&x.ID, &x.Host, &x.Path} },
	look: func(x serverDirectory) string { return call("directory_look", x.Path) },
	see:  seeDirectory,
	put: func(_ *serverDirectory, x serverDirectory) (deed, error) {
		return deed{what: "making " + x.Path, call: call("directory_put", x.Path, x.Owner, x.Group, x.Mode)}, nil
	},
	drop: func(x serverDirectory) deed {
		if x.TakenOver && !x.ForceDestroy {
			return deed{}
		}
		return deed{what: "removing " + x.Path, call: call("directory_drop", x.Path, strconv.FormatBool(x.ForceDestroy))}
	},
}

func seeDirectory(x *serverDirectory, a answer) error {
	switch a.fact("kind") {
	case "none":
		return providers.ErrGone
	case "directory":
	default:
		return fmt.Errorf("%s on %s is a %s and no directory: move it out of the way", x.Path, x.Host, a.fact("kind"))
	}
	x.Owner, x.Group = called(x.Owner, a.fact("owner"), a.fact("uid")), called(x.Group, a.fact("group"), a.fact("gid"))
	x.Mode, x.TakenOver = octal(a.fact("mode")), a.fact("made") == ""
	return nil
}

// called returns what somebody with a name and a number is called, who may be
// meant by the number: that where it says the same, or where there is no name.
func called(meant, name, number string) string {
	if meant == number || name == "UNKNOWN" {
		return number
	}
	return name
}

func checkDirectory(_ *serverDirectory, x serverDirectory) error {
	if err := checkPath("path", x.Path); err != nil {
		return err
	}
	if x.ForceDestroy && isSystem(x.Path) {
		return fmt.Errorf("force_destroy: %s belongs to the system and is never removed with what is in it", x.Path)
	}
	return checkMode(x.Mode)
}

// isSystem reports whether a host is broken without what is in a directory.
func isSystem(dir string) bool {
	if dir == "/" || slices.Contains([]string{"/usr", "/var"}, path.Dir(dir)) {
		return true
	}
	for _, whole := range []string{"/bin", "/boot", "/dev", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", stateDir} {
		if dir == whole || strings.HasPrefix(dir, whole+"/") {
			return true
		}
	}
	return slices.Contains([]string{"/etc", "/etc/apt", "/etc/ssh", "/etc/systemd", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var"}, dir)
}
