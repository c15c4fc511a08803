package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

type serverPackage struct {
	ID        string `cty:"id"                is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host      string `cty:"host"              is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Name      string `cty:"name"              is:"required,replace"                 doc:"Name of the package, in the words of apt, dnf or yum."`
	Version   string `cty:"version"           is:"optional"                         doc:"Its version, whose end may be *; any if absent."`
	State     string `cty:"state"             is:"else=present"                     doc:"present, or latest: then an update that the host knows of is a change."`
	Hold      bool   `cty:"hold"              is:"else=false"                       doc:"Whether updates of the system leave its version alone."`
	Installed string `cty:"installed_version" is:"computed,after=version,after=state" doc:"The version that is there."`
	TakenOver bool   `cty:"taken_over"        is:"computed"                         doc:"Whether it was there before: then it stays when this is destroyed."`
}

const (
	present = "present"
	latest  = "latest"
)

var packageType = thing[serverPackage]{
	Resource: providers.Resource[*client, serverPackage]{
		Type:    "server_package",
		Doc:     "A package of a host's system, by apt, dnf or yum. One that is there already is taken over, and stays when this is destroyed; so do dependencies and configuration files.",
		Check:   checkPackage,
		Foresee: foreseePackage,
		Examples: []string{exampleHost + `
resource "server_package" "nginx" {
  host = server_host.gpu.id
  name = "nginx"
}`, exampleHost + `
resource "server_package" "nginx" {
  host    = server_host.gpu.id
  name    = "nginx"
  version = "1.22.0*"
  hold    = true
}`, exampleHost + `
resource "server_package" "nginx" {
  host  = server_host.gpu.id
  name  = "redis-server"
  state = "latest"
}`},
	},
	at:   func(x *serverPackage) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverPackage) string { return call("package_look", x.Name, x.Version, x.State) },
	see:  seePackage,
	put: func(_ *serverPackage, x serverPackage) (deed, error) {
		return deed{what: "installing " + x.Name, call: call("package_put", x.Name, x.Version, x.State, strconv.FormatBool(x.Hold))}, nil
	},
	drop: func(x serverPackage) deed {
		if x.TakenOver {
			return deed{}
		}
		return deed{what: "removing " + x.Name, call: call("package_drop", x.Name)}
	},
	first: func(all []serverPackage) string {
		names := make([]string, len(all))
		for i, x := range all {
			names[i] = x.Name
		}
		return call("package_first", names...)
	},
}

func seePackage(x *serverPackage, a answer) error {
	switch {
	case a.fact("manager") == "":
		return noManager(x.Host)
	case a.fact("kind") == "none":
		return providers.ErrGone
	}
	x.Installed, x.Hold, x.TakenOver = a.fact("version"), a.fact("held") == "true", a.fact("made") == ""
	if x.Version != "" && a.fact("fits") == "" {
		x.Version = x.Installed
	}
	if x.State == "" || x.State == latest && a.fact("newest") != x.Installed {
		x.State = present
	}
	return nil
}

func noManager(host string) error {
	return fmt.Errorf("%s has none of apt-get, dnf and yum: mlinfra installs packages on Debian, Ubuntu and the family of Red Hat only; use a server_command", host)
}

var (
	packageName    = providers.NewPattern(`^[A-Za-z0-9][A-Za-z0-9+._]*(-+[A-Za-z0-9+._]+)*(:[a-z0-9]+)?$`)
	packageVersion = providers.NewPattern(`^[A-Za-z0-9][A-Za-z0-9.+:~^_-]*\*?$`)
)

func checkPackage(_ *serverPackage, x serverPackage) error {
	switch {
	case !packageName.MatchString(x.Name):
		return fmt.Errorf("name %q is no name of a package such as nginx: its version has an attribute of its own", x.Name)
	case x.Version != "" && !packageVersion.MatchString(x.Version):
		return fmt.Errorf("version %q is no version such as 1.22.1-9 or 1.22.*", x.Version)
	case x.State != present && x.State != latest:
		return fmt.Errorf("state %q is neither present nor latest: remove the block to remove the package", x.State)
	case x.State == latest && x.Version != "":
		return errors.New("state latest and version exclude each other")
	case x.State == latest && x.Hold:
		return errors.New("state latest and hold exclude each other")
	}
	return nil
}

// foreseePackage refuses a host that has no packages, as far as it is known.
func foreseePackage(ctx context.Context, c *client, was *serverPackage, want serverPackage) error {
	if was != nil {
		return nil
	}
	manager, err := c.packages(ctx, want.Host)
	if err == nil && manager == "" {
		err = noManager(want.Host)
	}
	return err
}

// packages returns what installs packages on a host that is known; "?" for another.
func (c *client) packages(ctx context.Context, host string) (string, error) {
	if host == "" {
		return "?", nil // known after apply
	}
	if _, err := c.machine(host); err != nil {
		return "?", nil // to be made
	}
	a, err := c.ask(ctx, host, hostLook)
	return a.fact("packages"), err
}
