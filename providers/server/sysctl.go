package server

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverSysctl struct {
	ID    string `cty:"id"    is:"computed"                         doc:"Id of the host, a colon and the key."`
	Host  string `cty:"host"  is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Key   string `cty:"key"   is:"required,replace"                 doc:"The variable of the kernel, such as net.ipv4.ip_forward."`
	Value string `cty:"value" is:"required"                         doc:"Its value, now and after each start of the host."`
}

var sysctlType = thing[serverSysctl]{
	Resource: providers.Resource[*client, serverSysctl]{
		Type:   "server_sysctl",
		Doc:    "A variable of the kernel. When it is destroyed, the variable has the value of before again.",
		Check:  checkSysctl,
		Normal: func(x *serverSysctl) { x.Value = spaced(x.Value) },
		Examples: []string{exampleHost + `
resource "server_sysctl" "forward" {
  host  = server_host.gpu.id
  key   = "net.ipv4.ip_forward"
  value = 1
}`, exampleHost + `
resource "server_sysctl" "forward" {
  host  = server_host.gpu.id
  key   = "net.ipv4.ip_forward"
  value = 0
}`, exampleHost + `
resource "server_sysctl" "forward" {
  host  = server_host.gpu.id
  key   = "net.ipv4.tcp_rmem"
  value = "4096 131072 33554432"
}`},
	},
	at:   func(x *serverSysctl) place { return place{&x.ID, &x.Host, &x.Key} },
	look: func(x serverSysctl) string { return call("sysctl_look", x.paths()...) },
	see:  seeSysctl,
	put: func(_ *serverSysctl, x serverSysctl) (deed, error) {
		return deed{what: "setting " + x.Key, call: call("sysctl_put", append(x.paths(), x.Key, x.Value)...)}, nil
	},
	drop: func(x serverSysctl) deed {
		return deed{what: "restoring " + x.Key, call: call("sysctl_drop", x.paths()...)}
	},
}

// swap exchanges the dots and slashes of a key, which makes a path of it and back.
func swap(key string) string { return strings.NewReplacer(".", "/", "/", ".").Replace(key) }

// paths returns where the kernel has the variable, and the file that sets it when
// the host starts. Dots stand between the parts of a key, and a slash where a part
// has a dot of its own: those change places in paths.
func (x serverSysctl) paths() []string {
	return []string{"/proc/sys/" + swap(x.Key), "/etc/sysctl.d/60-mlinfra-" + strings.ReplaceAll(x.Key, "/", "_") + ".conf"}
}

// seeSysctl fills in the value: that of the file, or of the kernel if that has
// another one.
func seeSysctl(x *serverSysctl, a answer) error {
	if len(a.facts("file")) == 0 {
		return providers.ErrGone
	}
	if live := a.facts("live"); len(live) > 0 && spaced(live[0]) != x.Value {
		x.Value = spaced(live[0])
		return nil
	}
	x.Value = spaced(a.fact("file"))
	return nil
}

// spaced returns text with one space between its words, as most variables of the
// kernel that are lists can be written.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

func checkSysctl(_ *serverSysctl, x serverSysctl) error {
	if i := strings.IndexAny(x.Key, "./"); i > 0 && x.Key[i] == '/' {
		return fmt.Errorf("key %q has slashes between its parts: write %s", x.Key, swap(x.Key))
	}
	letters := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
	for part := range strings.SplitSeq(x.Key, ".") {
		if part == "" || strings.Trim(part, letters+"/") != "" || strings.HasPrefix(part, "/") {
			return fmt.Errorf("key %q is no variable of the kernel such as net.ipv4.ip_forward", x.Key)
		}
	}
	switch {
	case !strings.Contains(x.Key, "."):
		return fmt.Errorf("key %q has no dot; a key is like net.ipv4.ip_forward", x.Key)
	case x.Value == "true", x.Value == "false":
		return fmt.Errorf("value %s is nothing that the kernel takes: write 1 or 0", x.Value)
	case spaced(x.Value) == "":
		return errors.New("value is empty")
	case strings.ContainsFunc(x.Value, func(r rune) bool { return r < ' ' && r != '\t' }):
		return errors.New("value is of more than one line")
	}
	return nil
}
