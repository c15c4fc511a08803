package server

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverAptRepository struct {
	ID            string            `cty:"id"            is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host          string            `cty:"host"          is:"required,replace,within,ref=server_host" doc:"Id of the server_host that uses it."`
	Name          string            `cty:"name"          is:"required,replace"                 doc:"Name of its file in /etc/apt/sources.list.d, without .sources."`
	URIs          []string          `cty:"uris"          is:"required"                         doc:"Where it is."`
	Suites        []string          `cty:"suites"        is:"required"                         doc:"Such as bookworm, or stable; a path that ends in / without components."`
	Components    []string          `cty:"components"    is:"optional"                         doc:"Such as main."`
	SignedBy      string            `cty:"signed_by"     is:"optional"                         doc:"Its key: the text of an .asc file, a .gpg file in base64, or a path there."`
	Architectures []string          `cty:"architectures" is:"optional"                         doc:"Such as amd64; those of the host if absent."`
	Types         []string          `cty:"types"         is:"optional"                         doc:"deb, deb-src or both; deb if absent."`
	Options       map[string]string `cty:"options"       is:"optional"                         doc:"Other fields, such as Enabled or Check-Valid-Until."`
	TakenOver     bool              `cty:"taken_over"    is:"computed"                         doc:"Whether one was there before, which destroying this puts back."`
}

var aptRepositoryType = thing[serverAptRepository]{
	Resource: providers.Resource[*client, serverAptRepository]{
		Type:    "server_apt_repository",
		Doc:     "A source of packages for apt, with its key. One with its name that is there already is taken over, and as it was again when this is destroyed. Packages from it stay.",
		Check:   checkAptRepository,
		Foresee: foreseeAptRepository,
		Explain: map[string]string{"name": "its file has another name"},
		Examples: []string{exampleHost + `
resource "server_apt_repository" "docker" {
  host       = server_host.gpu.id
  name       = "docker"
  uris       = ["https://download.docker.com/linux/debian"]
  suites     = ["bookworm"]
  components = ["stable"]
  signed_by  = <<-EOT
    -----BEGIN PGP PUBLIC KEY BLOCK-----

    mQINBFit2ioBEADhWpZ8/wvZ6hUTiXOwQHXMAlaFHcPH9hAtr4F1y2+OYdbtMuth
    -----END PGP PUBLIC KEY BLOCK-----
  EOT
}`, exampleHost + `
resource "server_apt_repository" "docker" {
  host          = server_host.gpu.id
  name          = "docker"
  uris          = ["https://download.docker.com/linux/debian"]
  suites        = ["bookworm"]
  components    = ["stable", "test"]
  signed_by     = "mQINBFit2ioBEADhWpZ8"
  architectures = ["amd64"]
  options = {
    Check-Valid-Until = "no"
  }
}`, exampleHost + `
resource "server_apt_repository" "docker" {
  host      = server_host.gpu.id
  name      = "container-tools"
  uris      = ["https://nvidia.github.io/libnvidia-container/stable/deb/amd64"]
  suites    = ["/"]
  types     = ["deb", "deb-src"]
  signed_by = server_file.key.path
}

resource "server_file" "key" {
  host           = server_host.gpu.id
  path           = "/usr/share/keyrings/nvidia.gpg"
  content_base64 = "mQINBFit2ioBEADhWpZ8"
}`},
	},
	at:   func(x *serverAptRepository) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverAptRepository) string { return call("apt_repository_look", x.Name) },
	see:  seeAptRepository,
	put: func(_ *serverAptRepository, x serverAptRepository) (deed, error) {
		key, ending := x.key()
		return deed{
			what: "adding the repository " + x.Name,
			call: call("apt_repository_put", x.Name, ending, base64.StdEncoding.EncodeToString(key)),
			data: []byte(x.source()),
		}, nil
	},
	drop: func(x serverAptRepository) deed {
		return deed{what: "removing the repository " + x.Name, call: call("apt_repository_drop", x.Name), last: x.TakenOver}
	},
}

// key returns the key that is put on the host, and the ending of its file; nil where
// signed_by is none.
func (x serverAptRepository) key() (key []byte, ending string) {
	switch {
	case x.SignedBy == "", strings.HasPrefix(x.SignedBy, "/"):
		return nil, ""
	case strings.Contains(x.SignedBy, beginKey):
		return []byte(strings.TrimSpace(x.SignedBy) + "\n"), "asc"
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(x.SignedBy), ""))
	if err != nil {
		return nil, ""
	}
	return b, "gpg"
}

const beginKey = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// keyFile returns the path of the file with a key.
func (x serverAptRepository) keyFile(ending string) string {
	return "/etc/apt/keyrings/" + x.Name + "." + ending
}

// source returns the text of the file.
func (x serverAptRepository) source() string {
	types, signedBy := x.Types, x.SignedBy
	if len(types) == 0 {
		types = []string{"deb"}
	}
	if _, ending := x.key(); ending != "" {
		signedBy = x.keyFile(ending)
	}
	text := "# Written by mlinfra.\n"
	for _, f := range []struct{ name, value string }{
		{"Types", strings.Join(types, " ")}, {"URIs", strings.Join(x.URIs, " ")}, {"Suites", strings.Join(x.Suites, " ")},
		{"Components", strings.Join(x.Components, " ")}, {"Architectures", strings.Join(x.Architectures, " ")}, {"Signed-By", signedBy},
	} {
		if f.value != "" {
			text += f.name + ": " + f.value + "\n"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.Options)) {
		text += name + ": " + x.Options[name] + "\n"
	}
	return text
}

// fieldsOf returns the fields of a file of sources. One that is there twice, as of a
// second source, has a number behind its name.
func fieldsOf(text string) map[string]string {
	fields := map[string]string{}
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		name, value, ok := strings.Cut(line, ":")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, "\t"):
			fields[last] += "\n" + strings.TrimSpace(line)
		case ok:
			last = name
			for n := 2; ; n++ {
				if _, twice := fields[last]; !twice {
					break
				}
				last = fmt.Sprintf("%s %d", name, n)
			}
			fields[last] = strings.TrimSpace(value)
		}
	}
	return fields
}

func seeAptRepository(x *serverAptRepository, a answer) error {
	switch a.fact("kind") {
	case "foreign":
		return noApt(x.Host)
	case "none":
		return providers.ErrGone
	}
	x.TakenOver = a.fact("made") == ""
	text, _ := a.bytes("source")
	fields := fieldsOf(text)
	take := func(name string) []string {
		value := strings.Fields(fields[name])
		delete(fields, name)
		return value
	}
	types := take("Types")
	if x.Types != nil || !slices.Equal(types, []string{"deb"}) {
		x.Types = types
	}
	x.URIs, x.Suites, x.Components, x.Architectures = take("URIs"), take("Suites"), take("Components"), take("Architectures")
	x.SignedBy = x.signedBy(fields["Signed-By"], a)
	delete(fields, "Signed-By")
	x.Options = nil
	if len(fields) > 0 {
		x.Options = fields
	}
	return nil
}

// signedBy returns the key that a source names, in the words of x where those say
// the same.
func (x serverAptRepository) signedBy(value string, a answer) string {
	for _, ending := range []string{"asc", "gpg"} {
		if value != x.keyFile(ending) {
			continue
		}
		key, _ := a.bytes(ending)
		was, form := x.key()
		switch {
		case form == ending && string(was) == key:
			return x.SignedBy
		case ending == "asc":
			return key
		}
		return base64.StdEncoding.EncodeToString([]byte(key))
	}
	return value
}

func noApt(host string) error {
	return fmt.Errorf("%s has no apt-get: a server_apt_repository is for Debian and Ubuntu only; write a file of /etc/yum.repos.d with a server_file", host)
}

func checkAptRepository(_ *serverAptRepository, x serverAptRepository) error {
	if !aptName.MatchString(x.Name) {
		return fmt.Errorf("name %q is no name of a file of sources: it has letters, digits, _, . and - only", x.Name)
	}
	for name, list := range map[string][]string{"uris": x.URIs, "suites": x.Suites, "components": x.Components, "architectures": x.Architectures, "types": x.Types} {
		if slices.ContainsFunc(list, func(v string) bool { return v == "" || strings.ContainsAny(v, " \t\r\n") }) {
			return fmt.Errorf("%s %q: each is one word", name, list)
		}
	}
	for _, uri := range x.URIs {
		if !strings.Contains(uri, ":/") {
			return fmt.Errorf("uris: %q is no URI such as https://download.docker.com/linux/debian", uri)
		}
	}
	flat := slices.ContainsFunc(x.Suites, func(s string) bool { return strings.HasSuffix(s, "/") })
	switch {
	case len(x.URIs) == 0 || len(x.Suites) == 0:
		return errors.New("uris and suites must not be empty")
	case flat && len(x.Components) > 0:
		return errors.New("a suite that ends in / is a path, which has no components")
	case !flat && len(x.Components) == 0:
		return errors.New("components must be set, such as main, unless suites are paths that end in /")
	case slices.ContainsFunc(x.Types, func(t string) bool { return t != "deb" && t != "deb-src" }):
		return fmt.Errorf("types %q: each is deb or deb-src", x.Types)
	}
	for name, value := range x.Options {
		if !aptField.MatchString(name) || strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("options: %q is no field with one line", name)
		}
		if slices.Contains([]string{"types", "uris", "suites", "components", "architectures", "signed-by"}, strings.ToLower(name)) {
			return fmt.Errorf("options: %s has an attribute of its own", name)
		}
	}
	return x.checkKey()
}

var (
	aptName  = providers.NewPattern(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	aptField = providers.NewPattern(`^[A-Za-z][A-Za-z-]*$`)
)

func (x serverAptRepository) checkKey() error {
	key, ending := x.key()
	switch {
	case strings.HasPrefix(x.SignedBy, "/"):
		return checkPath("signed_by", x.SignedBy)
	case x.SignedBy == "", ending == "asc":
		return nil
	case strings.HasPrefix(x.SignedBy, "http"):
		return errors.New("signed_by is the key itself, not where it is: fetch it with a data source http, or keep it in a file")
	case len(key) == 0 || key[0]&0x80 == 0: // what OpenPGP begins with
		return errors.New("signed_by is no key: give the text of its .asc file, as file() returns it, or its .gpg file, as filebase64() does")
	}
	return nil
}

// foreseeAptRepository refuses a host without apt, as far as it is known.
func foreseeAptRepository(ctx context.Context, c *client, was *serverAptRepository, want serverAptRepository) error {
	if was != nil {
		return nil
	}
	manager, err := c.packages(ctx, want.Host)
	if err == nil && manager != "apt-get" && manager != "?" {
		err = noApt(want.Host)
	}
	return err
}
