package fake

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// packageCommands keep what is installed under "packages": the version, and hold
// behind it of what is held. What is known of packages stands in the catalog; that
// there are lists of them is a file for each source, as on a real host.
func packageCommands() map[string]func(p *process) int {
	return map[string]func(p *process) int{
		"apt-cache":  aptCache,
		"apt-get":    aptGet,
		"apt-mark":   aptMark,
		"dnf":        dnf,
		"dpkg":       func(*process) int { return 0 }, // nothing is ever half installed
		"dpkg-query": dpkgQuery,
		"rpm":        rpm,
		"yum":        dnf,
	}
}

// elsewhere reports whether a command is found on other families of systems only.
func elsewhere(name string) bool { return slices.Contains([]string{"dnf", "rpm", "yum"}, name) }

// software is a package that can be had.
type software struct {
	versions []string // the newest first
	needs    []string
	from     string // part of the URI of its source
}

const debian = "deb.debian.org"

// catalog returns the packages that sources have.
func catalog() map[string]software {
	all := map[string]software{
		"nginx":                    {versions: []string{"1.22.1-9", "1.22.0-3"}},
		"redis-server":             {versions: []string{"5:7.0.15-1~deb12u6"}},
		"docker.io":                {versions: []string{"20.10.24+dfsg1-1"}, needs: []string{"containerd"}},
		"containerd":               {versions: []string{"1.6.20~ds1-1"}},
		"docker-ce":                {versions: []string{"5:29.1.0-1", "5:28.5.2-1"}, needs: []string{"docker-ce-cli", "containerd.io"}, from: "download.docker.com"},
		"docker-ce-cli":            {versions: []string{"5:29.1.0-1", "5:28.5.2-1"}, from: "download.docker.com"},
		"docker-compose-plugin":    {versions: []string{"2.40.3-1"}, from: "download.docker.com"},
		"docker-buildx-plugin":     {versions: []string{"0.30.0-1"}, from: "download.docker.com"},
		"containerd.io":            {versions: []string{"2.1.5-1"}, from: "download.docker.com"},
		"nvidia-container-toolkit": {versions: []string{"1.18.0-1"}, from: "nvidia.github.io"},
		"grafana":                  {versions: []string{"12.2.1"}, from: "apt.grafana.com"},
		"caddy":                    {versions: []string{"2.10.2"}, from: "cloudsmith.io"},
		"postgresql-17":            {versions: []string{"17.6-1"}, from: "apt.postgresql.org"},
	}
	for name := range strings.FieldsSeq(`acl apache2 apt-transport-https aria2 autossh awscli bc bind9-dnsutils borgbackup btop bzip2 ca-certificates
		certbot chrony cmake cron cryptsetup curl dnsmasq dnsutils ethtool fail2ban ffmpeg fio fuse3 g++ gcc gdb git git-lfs gnupg gpg haproxy
		htop iftop iotop iperf3 ipset iptables iputils-ping jq keepalived kmod less libpq-dev locales logrotate lsof lvm2 make mdadm
		memcached moreutils mosh mtr-tiny nano ncdu netcat-openbsd net-tools nfs-common nfs-kernel-server nftables ninja-build nodejs npm
		nvme-cli nvtop openssh-server openssl parallel parted pciutils pigz pipx podman postgresql postgresql-client prometheus
		prometheus-node-exporter psmisc pv python3 python3-dev python3-pip python3-psycopg2 python3-venv rclone restic rsync rsyslog screen
		smartmontools socat sqlite3 strace sudo supervisor sysstat systemd-timesyncd tcpdump time tmux traceroute tree ufw unattended-upgrades
		unzip util-linux uuid-runtime valkey-server vim wget wireguard wireguard-go wireguard-tools xfsprogs xz-utils zfsutils-linux zip zstd zsh
		build-essential base-files bash coreutils iproute2`) {
		all[name] = software{versions: []string{"1.0-1"}}
	}
	return all
}

// known returns what a package is: of families with many members any name will do.
func known(name string) (software, bool) {
	name, _, _ = strings.Cut(name, ":")
	s, ok := catalog()[name]
	for _, family := range []string{"lib*", "python3-*", "linux-*", "nvidia-*", "cuda-*", "fonts-*", "golang-*", "postgresql-*", "php*"} {
		if in, _ := path.Match(family, name); in && !ok {
			s, ok = software{versions: []string{"1.0-1"}}, true
		}
	}
	s.from = cmp.Or(s.from, debian)
	return s, ok
}

// bornPackages are installed on a new host.
func bornPackages() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"base-files", "bash", "ca-certificates", "coreutils", "iproute2", "openssh-server", "python3", "sudo", "util-linux"} {
		all[name] = "1.0-1"
	}
	return all
}

const aptLists = "/var/lib/apt/lists/"

// listed reports whether the lists have a package. The host is locked.
func (h *Host) listed(name string) (software, bool) {
	s, ok := known(name)
	if !ok {
		return s, false
	}
	for file, n := range h.content.Files {
		if strings.HasPrefix(file, aptLists) && !n.Dir && strings.Contains(string(n.Content), s.from) {
			return s, true
		}
	}
	return s, false
}

// version returns that of a package which is installed. The host is locked.
func (h *Host) version(name string) (version string, held, ok bool) {
	text, ok := h.kept("packages")[name]
	version, hold, _ := strings.Cut(text, " ")
	return version, hold != "", ok
}

// dpkgQuery is dpkg-query -W -f FORMAT -- NAME...
func dpkgQuery(p *process) int {
	o, names := p.options("f")
	status := 0
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range names {
		if name == "--" {
			continue
		}
		version, held, ok := p.host.version(name)
		if !ok {
			status = p.fail("no packages found matching %s", name)
			continue
		}
		abbrev := "ii "
		if held {
			abbrev = "hi "
		}
		fmt.Fprint(p.out, strings.NewReplacer("${binary:Package}", name, "${db:Status-Abbrev}", abbrev, "${Version}", version, `\n`, "\n").Replace(o["f"]))
	}
	return status
}

// aptCache is apt-cache policy NAME...
func aptCache(p *process) int {
	if len(p.args) < 3 || p.args[1] != "policy" {
		return p.refuse(100, "E: Invalid operation %s", strings.Join(p.args[1:], " "))
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, name := range p.args[2:] {
		version, _, installed := p.host.version(name)
		s, ok := p.host.listed(name)
		if !ok && !installed {
			continue
		}
		candidate := version
		if ok {
			candidate = s.versions[0]
		}
		fmt.Fprintf(p.out, "%s:\n  Installed: %s\n  Candidate: %s\n  Version table:\n", name, orElse(version, "(none)"), candidate)
	}
	return 0
}

// aptMark is apt-mark hold|unhold NAME.
func aptMark(p *process) int {
	if len(p.args) != 3 || (p.args[1] != "hold" && p.args[1] != "unhold") {
		return p.refuse(100, "E: Invalid operation %s", strings.Join(p.args[1:], " "))
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	version, held, ok := p.host.version(p.args[2])
	switch hold := p.args[1] == "hold"; {
	case !ok:
		return p.aptFail("Can't select installed nor candidate version from package '%s'", p.args[2])
	case hold == held:
		fmt.Fprintf(p.out, "%s was already set on %s.\n", p.args[2], p.args[1])
		return 0
	case hold:
		version += " hold"
	}
	p.host.kept("packages")[p.args[2]] = version
	fmt.Fprintf(p.out, "%s set on hold.\n", p.args[2])
	return 0
}

// aptFail prints as apt-get does.
func (p *process) aptFail(format string, args ...any) int {
	fmt.Fprintf(p.err, "E: "+format+"\n", args...)
	return 100
}

// aptCall is what apt-get is called with.
type aptCall struct {
	verb    string
	names   []string
	flags   map[string]bool
	options map[string]string
}

func aptArgs(args []string) aptCall {
	c := aptCall{flags: map[string]bool{}, options: map[string]string{}}
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-o" && i+1 < len(args):
			i++
			name, value, _ := strings.Cut(args[i], "=")
			c.options[name] = value
		case strings.HasPrefix(a, "-"):
			c.flags[a] = true
		case c.verb == "":
			c.verb = a
		default:
			c.names = append(c.names, a)
		}
	}
	return c
}

func aptGet(p *process) int {
	c := aptArgs(p.args[1:])
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	switch {
	case p.host.Full:
		return p.aptFail("You don't have enough free space in /var/cache/apt/archives/.")
	case !c.flags["-y"] && !c.flags["-s"] && c.verb != "update":
		fmt.Fprintln(p.out, "Do you want to continue? [Y/n] Abort.")
		return 1
	case c.verb == "update":
		return p.aptUpdate(c)
	case c.verb == "install":
		return p.aptInstall(c)
	case c.verb == "remove":
		return p.aptRemove(c)
	}
	return p.aptFail("Invalid operation %s", c.verb)
}

// aptUpdate fetches the lists of all sources, or of those of one file.
func (p *process) aptUpdate(c aptCall) int {
	only := c.options["Dir::Etc::sourcelist"]
	status := 0
	for _, file := range slices.Sorted(maps.Keys(p.host.content.Files)) {
		if path.Dir(file) != "/etc/apt/sources.list.d" || path.Ext(file) != ".sources" || only != "" && file != only {
			continue
		}
		status = max(status, p.fetch(file, string(p.host.content.Files[file].Content)))
	}
	return status
}

// fetch fetches the lists of one file of sources. Names that end in .invalid lead
// nowhere.
func (p *process) fetch(file, text string) int {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			fields[name] = strings.TrimSpace(value)
		}
	}
	if fields["Types"] == "" || fields["URIs"] == "" || fields["Suites"] == "" {
		return p.aptFail("Malformed entry 1 in sources file %s (URI)", file)
	}
	key := fields["Signed-By"]
	for uri := range strings.FieldsSeq(fields["URIs"]) {
		_, host, _ := strings.Cut(uri, "://")
		host, _, _ = strings.Cut(host, "/")
		switch n := p.host.content.Files[key]; {
		case strings.HasSuffix(host, ".invalid"):
			return p.aptFail("Failed to fetch %s/dists/%s/InRelease  Could not resolve '%s'", uri, fields["Suites"], host)
		case key != "" && n == nil, key != "" && path.Ext(key) == ".asc" && !strings.HasPrefix(string(n.Content), "-----BEGIN PGP PUBLIC KEY BLOCK-----"):
			fmt.Fprintf(p.out, "W: GPG error: %s %s InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 7EA0A9C3F273FCD8\n", uri, fields["Suites"])
			return p.aptFail("The repository '%s %s InRelease' is not signed.", uri, fields["Suites"])
		}
		fmt.Fprintf(p.out, "Get:1 %s %s InRelease\n", uri, fields["Suites"])
		p.host.content.mkdirAll(aptLists)
		p.host.content.Files[aptLists+strings.NewReplacer("://", "_", "/", "_").Replace(uri)] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(uri)}
	}
	return 0
}

func (p *process) aptInstall(c aptCall) int {
	type choice struct{ name, version string }
	var chosen []choice
	for _, name := range c.names {
		name, version, _ := strings.Cut(name, "=")
		s, ok := p.host.listed(name)
		have, held, installed := p.host.version(name)
		if !ok {
			return p.aptFail("Unable to locate package %s", name)
		}
		i := slices.IndexFunc(s.versions, func(v string) bool { in, _ := path.Match(orElse(version, "*"), v); return in })
		switch {
		case i < 0:
			return p.aptFail("Version '%s' for '%s' was not found", version, name)
		case have == s.versions[i]:
			fmt.Fprintf(p.out, "%s is already the newest version (%s).\n", name, have)
			continue
		case held && !c.flags["--allow-change-held-packages"]:
			return p.aptFail("Held packages were changed and -y was used without --allow-change-held-packages.")
		case installed && slices.Index(s.versions, have) < i && !c.flags["--allow-downgrades"]:
			return p.aptFail("Packages were downgraded and -y was used without --allow-downgrades.")
		}
		chosen = append(chosen, choice{name, s.versions[i]})
		for _, need := range s.needs {
			if _, _, ok := p.host.version(need); !ok {
				s, _ := known(need)
				chosen = append(chosen, choice{need, s.versions[0]})
			}
		}
	}
	for _, n := range chosen {
		fmt.Fprintf(p.out, "Setting up %s (%s) ...\n", n.name, n.version)
		hold := ""
		if _, held, _ := p.host.version(n.name); held {
			hold = " hold"
		}
		p.host.installed(n.name, n.version+hold)
	}
	return 0
}

// packages returns the names of those that are installed. The host is locked.
func (h *Host) packages() []string { return slices.Sorted(maps.Keys(h.kept("packages"))) }

// goesWith returns the packages that cannot stay without one. The host is locked.
func (h *Host) goesWith(name string) []string {
	var all []string
	for _, other := range h.packages() {
		if s, _ := known(other); slices.Contains(s.needs, name) {
			all = append(all, other)
		}
	}
	return all
}

func (p *process) aptRemove(c aptCall) int {
	for _, name := range c.names {
		if _, ok := known(name); !ok {
			return p.aptFail("Unable to locate package %s", name)
		}
		for _, gone := range append(p.host.goesWith(name), name) {
			version, _, ok := p.host.version(gone)
			switch {
			case !ok:
				fmt.Fprintf(p.out, "Package '%s' is not installed, so not removed\n", gone)
			case c.flags["-s"]:
				fmt.Fprintf(p.out, "Remv %s [%s]\n", gone, version)
			default:
				fmt.Fprintf(p.out, "Removing %s (%s) ...\n", gone, version)
				p.host.uninstalled(gone)
			}
		}
	}
	return 0
}

// rpm knows rpm -q --qf FORMAT -- NAME... and rpm -e --test NAME.
func rpm(p *process) int {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.args[1] == "-e" && p.args[2] == "--test" {
		for _, other := range p.host.goesWith(p.args[3]) {
			version, _, _ := p.host.version(other)
			fmt.Fprintf(p.err, "error: Failed dependencies:\n\t%s is needed by (installed) %s-%s.x86_64\n", p.args[3], other, version)
		}
		return len(p.host.goesWith(p.args[3]))
	}
	status := 0
	for _, name := range p.args[5:] {
		version, _, ok := p.host.version(name)
		if !ok {
			fmt.Fprintf(p.out, "package %s is not installed\n", name)
			status = 1
			continue
		}
		fmt.Fprint(p.out, strings.NewReplacer("%{NAME}", name, "%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}", version, `\n`, "\n").Replace(p.args[3]))
	}
	return status
}

// dnf is dnf or yum: install, upgrade, downgrade, remove, list, clean and versionlock.
func dnf(p *process) int {
	c := aptArgs(p.args[1:])
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	name := strings.Join(c.names, " ")
	if c.verb != "versionlock" && c.verb != "list" && c.verb != "clean" && !c.flags["-y"] {
		return p.fail("Operation aborted.")
	}
	switch c.verb {
	case "install", "downgrade", "upgrade":
		return p.dnfInstall(c.verb, name)
	case "remove":
		for _, gone := range append(p.host.goesWith(name), name) {
			p.host.uninstalled(gone)
		}
	case "list":
		version, _, installed := p.host.version(name)
		if s, _ := known(name); installed && s.versions[0] != version {
			fmt.Fprintf(p.out, "Available Upgrades\n%s.x86_64    %s    appstream\n", name, s.versions[0])
			return 0
		}
		return p.fail("No matching Packages to list")
	case "clean":
	case "versionlock":
		return p.versionlock(c.names)
	default:
		return p.fail("No such command: %s.", c.verb)
	}
	return 0
}

func (p *process) dnfInstall(verb, spec string) int {
	var name string
	var s software
	for n := range catalog() {
		if in, _ := known(n); (spec == n || strings.HasPrefix(spec, n+"-")) && len(n) > len(name) {
			name, s = n, in
		}
	}
	if in, ok := known(spec); ok {
		name, s = spec, in
	}
	version := strings.TrimPrefix(strings.TrimPrefix(spec, name), "-")
	have, _, installed := p.host.version(name)
	i := slices.IndexFunc(s.versions, func(v string) bool {
		in, _ := path.Match(orElse(version, "*"), v)
		return in || strings.HasPrefix(v, version+"-")
	})
	locked := p.host.table(versionlocks)
	switch older := slices.Index(s.versions, have) < i; {
	case name == "" || i < 0:
		fmt.Fprintf(p.err, "Error: Unable to find a match: %s\n", spec)
		return 1
	case slices.ContainsFunc(locked, func(line []string) bool { return strings.HasPrefix(line[0], name+"-") }):
		return p.fail("All matches were filtered out by exclude filtering for argument: %s", spec)
	case installed && older && verb == "install" && path.Base(p.args[0]) == "yum":
		fmt.Fprintln(p.out, "Nothing to do")
		return 0
	}
	p.host.installed(name, s.versions[i])
	return 0
}

const versionlocks = "/etc/dnf/plugins/versionlock.list"

// versionlock is the plugin of dnf and yum, which is a package of its own.
func (p *process) versionlock(args []string) int {
	if _, _, ok := p.host.version("python3-dnf-plugin-versionlock"); !ok {
		return p.fail("No such command: versionlock. Please use /usr/bin/dnf --help")
	}
	name := args[1]
	lines := slices.DeleteFunc(p.host.table(versionlocks), func(line []string) bool { return strings.HasPrefix(line[0], name+"-") })
	if args[0] == "add" {
		version, _, ok := p.host.version(name)
		if !ok {
			return p.fail("No package found for: %s", name)
		}
		lines = append(lines, []string{name + "-0", version + ".*"})
	}
	p.host.setTable(versionlocks, lines)
	return 0
}
