package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/fake"
)

// redHat makes a host one of the family of Red Hat.
func redHat(h *fake.Host, manager string) {
	for _, name := range []string{"apt-get", "apt-cache", "apt-mark", "dpkg", "dpkg-query"} {
		h.Remove("/usr/bin/" + name)
	}
	for _, name := range []string{"rpm", manager} {
		h.WriteFile("/usr/bin/"+name, "")
	}
}

// TestPackages installs a package, changes its version, holds it and removes it.
func TestPackages(t *testing.T) {
	for _, manager := range []string{"apt", "dnf", "yum"} {
		t.Run(manager, func(t *testing.T) {
			c, h := testHost(t)
			old := "1.22.0*"
			if manager != "apt" {
				redHat(h, manager)
				old = "1.22.0" // the release may be left out
			}
			want := serverPackage{Host: hostID, Name: "nginx", State: present}
			x := brought(t, c, packageType, nil, want)
			if x.TakenOver || x.Installed != "1.22.1-9" || x.Hold {
				t.Fatalf("it is %+v", x)
			}
			was := x
			x.Version, x.Hold = old, true
			if manager != "apt" {
				refuses(t, packageType.bring(t.Context(), c, &was, x), "needs the plugin versionlock: add a server_package")
				brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: "python3-dnf-plugin-versionlock", State: present})
			}
			x = brought(t, c, packageType, &was, x)
			if x.Installed != "1.22.0-3" || x.Version != old || !x.Hold {
				t.Fatalf("of another version it is %+v", x)
			}
			was = x
			x.Version, x.State, x.Hold = "", latest, false
			x = brought(t, c, packageType, &was, x)
			if x.Installed != "1.22.1-9" || x.State != latest || x.Hold {
				t.Fatalf("of the latest version it is %+v", x)
			}
			was, x.State = x, present
			x.Version, x.Hold = "1.22.0-3", true
			was = brought(t, c, packageType, &was, x)
			if was.State, was.Version = latest, ""; true {
				if seen, _ := looked(t, c, packageType, was); seen.State != present {
					t.Errorf("an update that is there is not seen: %+v", seen)
				}
			}
			x.Version = "1.22.1-9"
			if seen, _ := looked(t, c, packageType, x); seen.Version != "1.22.0-3" {
				t.Errorf("another version is not seen: %+v", seen)
			}
			if err := packageType.take(t.Context(), c, x); err != nil {
				t.Fatal(err)
			}
			gone(t, c, packageType, x)
		})
	}
}

func TestPackagesThatWereThereStay(t *testing.T) {
	c, h := testHost(t)
	x := brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: "ca-certificates", State: present, Hold: true})
	if !x.TakenOver || !x.Hold || h.Runs("apt-get") > 0 {
		t.Errorf("it is %+v, after %d runs of apt-get", x, h.Runs("apt-get"))
	}
	if err := packageType.take(t.Context(), c, x); !errors.Is(err, providers.ErrGone) {
		t.Errorf("it is not forgotten: %v", err)
	}
	if _, err := looked(t, c, packageType, x); err != nil {
		t.Error(err)
	}
}

// TestPackagesThatCannotBeHad holds that the lists are fetched when they do not have
// a package, once, and that apt's own words come out.
func TestPackagesThatCannotBeHad(t *testing.T) {
	c, h := testHost(t)
	x := serverPackage{Host: hostID, Name: "ngnix", State: present}
	refuses(t, packageType.bring(t.Context(), c, nil, x), "installing ngnix on root@h failed", "E: Unable to locate package ngnix")
	if n := h.Runs("apt-get"); n != 2 { // update, install
		t.Errorf("%d runs of apt-get", n)
	}
	x.Name, x.Version = "nginx", "9*"
	refuses(t, packageType.bring(t.Context(), c, nil, x), "Version '9*' for 'nginx' was not found")
	if n := h.Runs("apt-get"); n != 5 { // install, update, install: the lists were fresh
		t.Errorf("%d runs of apt-get", n)
	}
	run(t, c, "test ! -e /var/lib/mlinfra/made/package/nginx/.made")
	// Lists that are an hour old are fetched first.
	run(t, c, "rm -f /var/lib/mlinfra/apt-updated /var/lib/apt/lists/*")
	x.Version = ""
	brought(t, c, packageType, nil, x)
	if n := h.Runs("apt-get"); n != 7 {
		t.Errorf("%d runs of apt-get", n)
	}
	brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: "git", State: present})
	if n := h.Runs("apt-get"); n != 8 {
		t.Errorf("%d runs of apt-get", n)
	}
}

// TestPackagesThatAreNeededStay holds that removing one package never removes others.
func TestPackagesThatAreNeededStay(t *testing.T) {
	for _, manager := range []string{"apt", "dnf"} {
		t.Run(manager, func(t *testing.T) {
			c, h := testHost(t)
			needs, needed := "docker.io", "containerd"
			if manager != "apt" {
				redHat(h, manager)
			}
			x := brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: needed, State: present})
			y := brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: needs, State: present})
			err := packageType.take(t.Context(), c, x)
			refuses(t, err, "containerd is needed by docker.io")
			if classify(err).Kind != providers.Busy {
				t.Errorf("what may go by itself is %v", classify(err).Kind)
			}
			run(t, c, "made_forget package docker.io")
			if err := packageType.take(t.Context(), c, x); err == nil || classify(err).Kind != providers.Fatal {
				t.Errorf("what somebody else has made is %v: %v", classify(err).Kind, err)
			}
			if err := packageType.take(t.Context(), c, y); err != nil {
				t.Fatal(err)
			}
			if err := packageType.take(t.Context(), c, x); err != nil {
				t.Fatal(err)
			}
			gone(t, c, packageType, x)
		})
	}
}

// remembering lets a client know what is in state.
func remembering(t *testing.T, c *client, all ...serverPackage) {
	t.Helper()
	var values []cty.Value
	for _, x := range all {
		v := map[string]cty.Value{}
		for _, a := range packageType.Erase().Schema.Attrs {
			v[a.Name] = cty.NullVal(a.Type)
		}
		v["host"], v["name"], v["state"] = cty.StringVal(x.Host), cty.StringVal(x.Name), cty.StringVal(x.State)
		values = append(values, cty.ObjectVal(v))
	}
	c.env.Stored = func(typ string) []cty.Value {
		if typ == "server_package" {
			return values
		}
		return nil
	}
}

// TestPackagesAreLookedAtTogether holds that one look at the database of packages
// does for all of a host.
func TestPackagesAreLookedAtTogether(t *testing.T) {
	for _, manager := range []string{"apt", "dnf"} {
		c, h := testHost(t)
		query := "dpkg-query"
		if manager != "apt" {
			redHat(h, manager)
			query = "rpm"
		}
		var all []serverPackage
		for _, name := range []string{"bash", "nginx", "sudo", "g++", "coreutils"} {
			all = append(all, serverPackage{Host: hostID, Name: name, State: present})
		}
		remembering(t, c, all...)
		ctx, sessions := providers.Remember(t.Context()), h.Sessions()
		for _, x := range all {
			err := packageType.read(ctx, c, &x)
			if there := x.Name != "nginx" && x.Name != "g++"; there != (err == nil) {
				t.Errorf("%s: %v", x.Name, err)
			}
		}
		if h.Runs(query) != 1 || h.Sessions()-sessions != 1 {
			t.Errorf("%d runs of %s in %d sessions", h.Runs(query), query, h.Sessions()-sessions)
		}
	}
}

func TestHostsWithoutPackages(t *testing.T) {
	c, h := testHost(t)
	h.Remove("/usr/bin/apt-get")
	x := serverPackage{Host: hostID, Name: "nginx", State: present}
	refuses(t, packageType.Foresee(t.Context(), c, nil, x), "root@h has none of apt-get, dnf and yum")
	refuses(t, packageType.bring(t.Context(), c, nil, x), "none of apt-get, dnf and yum")
	_, err := looked(t, c, packageType, x)
	refuses(t, err, "root@h has none of apt-get, dnf and yum")
	repository := serverAptRepository{Host: hostID, Name: "x", URIs: []string{"http://x"}, Suites: []string{"/"}}
	refuses(t, aptRepositoryType.Foresee(t.Context(), c, nil, repository), "root@h has no apt-get")
	refuses(t, aptRepositoryType.bring(t.Context(), c, nil, repository), "no apt-get")
	redHat(h, "dnf")
	if err := packageType.Foresee(t.Context(), c, nil, x); err != nil {
		t.Error(err)
	}
	for _, host := range []string{"", "root@other"} { // known after apply
		if err := packageType.Foresee(t.Context(), c, nil, serverPackage{Host: host}); err != nil {
			t.Error(err)
		}
		if err := aptRepositoryType.Foresee(t.Context(), c, nil, serverAptRepository{Host: host}); err != nil {
			t.Error(err)
		}
	}
}

func TestPackageIsChecked(t *testing.T) {
	for want, x := range map[string]serverPackage{
		"":                        {Name: "libstdc++6:i386", Version: "1:2.3-4+b1~rc*", State: present},
		"name \"nginx-\"":         {Name: "nginx-", State: present},
		"name \"-y\"":             {Name: "-y", State: present},
		"name \"nginx=1\"":        {Name: "nginx=1", State: present},
		"name \"a b\"":            {Name: "a b", State: present},
		"name \"\"":               {State: present},
		"version \"*\"":           {Name: "a", Version: "*", State: present},
		"version \"1 2\"":         {Name: "a", Version: "1 2", State: present},
		"version \"[1]\"":         {Name: "a", Version: "[1]", State: present},
		"state \"absent\"":        {Name: "a", State: "absent"},
		"state latest and vers":   {Name: "a", State: latest, Version: "1"},
		"state latest and hold e": {Name: "a", State: latest, Hold: true},
	} {
		if err := checkPackage(nil, x); want != "" {
			refuses(t, err, want)
		} else if err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"nginx", "g++", "libc6-dev", "0ad", "python3.11-venv", "NetworkManager", "a--b", "gcc-c++"} {
		if err := checkPackage(nil, serverPackage{Name: name, State: present}); err != nil {
			t.Error(err)
		}
	}
}

func dockerRepository() serverAptRepository {
	return serverAptRepository{
		Host: hostID, Name: "docker", URIs: []string{"https://download.docker.com/linux/debian"}, Suites: []string{"bookworm"}, Components: []string{"stable"},
		SignedBy: beginKey + "\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\n",
	}
}

func TestRepositories(t *testing.T) {
	c, h := testHost(t)
	const source = "/etc/apt/sources.list.d/docker.sources"
	x := brought(t, c, aptRepositoryType, nil, dockerRepository())
	read := func(path string) string { text, _ := h.ReadFile(path); return text }
	if got, want := read(source), "# Written by mlinfra.\nTypes: deb\nURIs: https://download.docker.com/linux/debian\nSuites: bookworm\nComponents: stable\nSigned-By: /etc/apt/keyrings/docker.asc\n"; got != want {
		t.Errorf("the source is %q, want %q", got, want)
	}
	brought(t, c, packageType, nil, serverPackage{Host: hostID, Name: "docker-ce", State: present})
	// What somebody has written by hand is seen, and repaired.
	h.WriteFile(source, read(source)+"Enabled: no\n\n# more\nTypes: deb-src\nURIs: http://x\nSuites: a\n b\n")
	seen, err := looked(t, c, aptRepositoryType, x)
	if err != nil || len(seen.Options) != 4 || seen.Options["Enabled"] != "no" || seen.Options["Suites 2"] != "a\nb" || seen.SignedBy != x.SignedBy {
		t.Errorf("it sees %+v, %v", seen, err)
	}
	h.Remove("/etc/apt/keyrings/docker.asc")
	if seen, _ = looked(t, c, aptRepositoryType, x); seen.SignedBy == x.SignedBy {
		t.Error("it does not see that the key is gone")
	}
	was := x
	x.SignedBy, x.Types = "mQINBFit\n 2ioBEADhWpZ8\n", []string{"deb", "deb-src"}
	x = brought(t, c, aptRepositoryType, &was, x)
	if got := run(t, c, "ls /etc/apt/keyrings; stat -c %a /etc/apt/keyrings/docker.gpg"); got != "docker.gpg\n644" || !strings.HasPrefix(x.SignedBy, "mQINBFit\n") {
		t.Errorf("there are the keys %q, and it is %q", got, x.SignedBy)
	}
	if err := aptRepositoryType.take(t.Context(), c, x); err != nil {
		t.Fatal(err)
	}
	gone(t, c, aptRepositoryType, x)
	if got := run(t, c, "ls /etc/apt/keyrings"); got != "" {
		t.Errorf("there are the keys %q", got)
	}
}

// TestBrokenRepositories holds that a source from which nothing can be fetched does
// not stay: it would be in the way of every apt-get update.
func TestBrokenRepositories(t *testing.T) {
	c, h := testHost(t)
	bad := dockerRepository()
	bad.URIs = []string{"https://packages.invalid/x"}
	refuses(t, aptRepositoryType.bring(t.Context(), c, nil, bad), "adding the repository docker on root@h failed", "Could not resolve 'packages.invalid'")
	gone(t, c, aptRepositoryType, bad)
	good := brought(t, c, aptRepositoryType, nil, dockerRepository())
	was := good
	bad.SignedBy = "/usr/share/keyrings/none.gpg"
	bad.URIs = good.URIs
	refuses(t, aptRepositoryType.bring(t.Context(), c, &was, bad), "NO_PUBKEY")
	seen, err := looked(t, c, aptRepositoryType, good)
	if err != nil || seen.SignedBy != good.SignedBy {
		t.Errorf("the one before does not come back: %+v, %v", seen, err)
	}
	if got := run(t, c, "ls /run/mlinfra | grep -c apt || :"); got != "0" {
		t.Errorf("copies are left behind: %s", got)
	}
	_ = h
}

func TestRepositoryIsChecked(t *testing.T) {
	change := func(f func(x *serverAptRepository)) serverAptRepository { x := dockerRepository(); f(&x); return x }
	for want, x := range map[string]serverAptRepository{
		"":                          dockerRepository(),
		"name \"../x\"":             change(func(x *serverAptRepository) { x.Name = "../x" }),
		"uris: \"docker.com\"":      change(func(x *serverAptRepository) { x.URIs = []string{"docker.com"} }),
		"uris and suites must not":  change(func(x *serverAptRepository) { x.Suites = nil }),
		"suites [\"a b\"]":          change(func(x *serverAptRepository) { x.Suites = []string{"a b"} }),
		"has no components":         change(func(x *serverAptRepository) { x.Suites = []string{"./"} }),
		"components must be set":    change(func(x *serverAptRepository) { x.Components = nil }),
		"each is deb or deb-src":    change(func(x *serverAptRepository) { x.Types = []string{"rpm"} }),
		"\"A B\" is no field":       change(func(x *serverAptRepository) { x.Options = map[string]string{"A B": "x"} }),
		"\"A\" is no field":         change(func(x *serverAptRepository) { x.Options = map[string]string{"A": "x\ny"} }),
		"Suites has an attribute o": change(func(x *serverAptRepository) { x.Options = map[string]string{"Suites": "x"} }),
		"the key itself, not where": change(func(x *serverAptRepository) { x.SignedBy = "https://download.docker.com/gpg" }),
		"signed_by is no key":       change(func(x *serverAptRepository) { x.SignedBy = "aGVsbG8=" }),
		"signed_by \"/a/\"":         change(func(x *serverAptRepository) { x.SignedBy = "/a/" }),
	} {
		if err := checkAptRepository(nil, x); want != "" {
			refuses(t, err, want)
		} else if err != nil {
			t.Error(err)
		}
	}
}
