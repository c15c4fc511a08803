package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestServiceChecks holds that what cannot be right is refused before anything is
// done, in words that say what to write instead.
func TestServiceChecks(t *testing.T) {
	const service = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n"
	sysctl := func(key, value string) error { return checkSysctl(nil, serverSysctl{Key: key, Value: value}) }
	mount := func(path, device, fstype string, format bool, options ...string) error {
		return checkMount(nil, serverMount{Path: path, Device: device, FSType: fstype, Format: format, Options: options})
	}
	unit := func(x serverUnit) error { return checkUnit(nil, x) }
	container := func(change func(x *serverContainer)) error {
		x := serverContainer{Name: "web", Image: "nginx", Pull: "missing", Restart: "no"}
		change(&x)
		return checkContainer(nil, x)
	}
	for _, c := range []struct {
		name string
		err  error
		want string // "" for no error
	}{
		{"a variable of the kernel", sysctl("net.ipv4.conf.eth0/5.rp_filter", "2"), ""},
		{"a variable without a dot", sysctl("swappiness", "2"), "has no dot"},
		{"a variable that leaves /proc/sys", sysctl("vm.../etc", "2"), "no variable"},
		{"a path for a variable", sysctl("/proc/sys/vm/swappiness", "2"), "no variable"},
		{"a key with slashes", sysctl("net/ipv4/conf/eth0.5/forwarding", "1"), "write net.ipv4.conf.eth0/5.forwarding"},
		{"a value of HCL", sysctl("vm.swappiness", "true"), "write 1 or 0"},
		{"no value", sysctl("vm.swappiness", " "), "value is empty"},
		{"two lines", sysctl("kernel.core_pattern", "a\nb"), "more than one line"},

		{"a disk", mount("/srv/m", "/dev/sdb", "ext4", true, "noatime"), ""},
		{"a share", mount("/srv/m", "10.0.0.2:/models", "nfs4", false), ""},
		{"a bind", mount("/srv/m", "/data/m", "none", false, "bind"), ""},
		{"a bind of a file system", mount("/srv/m", "/data/m", "ext4", false, "bind"), "fstype is none"},
		{"a bind of a share", mount("/srv/m", "host:/m", "none", false, "bind"), "path of a directory"},
		{"a path with a space", mount("/srv/my models", "/dev/sdb", "ext4", false), "cannot stand in /etc/fstab"},
		{"the root", mount("/", "/dev/sdb", "ext4", false), "no absolute path"},
		{"two options in one", mount("/srv/m", "/dev/sdb", "ext4", false, "ro,noatime"), "make it a list"},
		{"swap", mount("/srv/m", "/dev/sdb", "swap", false), "swap is not mounted"},
		{"a format of memory", mount("/srv/m", "tmpfs", "tmpfs", true), "tmpfs is none"},
		{"a format by label", mount("/srv/m", "LABEL=m", "ext4", true), "does not answer to LABEL=m"},
		{"a format of anything", mount("/srv/m", "/dev/sdb", "auto", true), "which file system"},

		{"a service", unit(serverUnit{Name: "a.service", Content: service, Enabled: true, Running: true}), ""},
		{"an instance", unit(serverUnit{Name: `dev-disk\x2da@1.service`, Content: service}), ""},
		{"no ending", unit(serverUnit{Name: "mlflow"}), "no name of a unit"},
		{"a path", unit(serverUnit{Name: "../a.service"}), "no name of a unit"},
		{"an option", unit(serverUnit{Name: "-h.service"}), "no name of a unit"},
		{"a template", unit(serverUnit{Name: "worker@.service"}), "such as worker@1.service"},
		{"nothing says what starts it", unit(serverUnit{Name: "a.service", Content: "[Service]\nExecStart=/bin/x", Enabled: true}), "no section [Install]"},
		{"what ends by itself", unit(serverUnit{Name: "a.service", Content: "[Service]\nType=oneshot\nExecStart=/bin/x", Running: true}), "ends by itself"},
		{"what ends and remains", unit(serverUnit{Name: "a.service", Content: "[Service]\nType=oneshot\nRemainAfterExit=true\nExecStart=/bin/x", Running: true}), ""},
		{"no assignment", unit(serverUnit{Name: "a.service", Content: "[Service]\nExecStart /bin/x"}), "line 2"},
		{"a masked service that runs", unit(serverUnit{Name: "a.service", Masked: true, Running: true}), "have to be false"},
		{"a masked service with content", unit(serverUnit{Name: "a.service", Masked: true, Content: service}), "neither content"},
		{"a drop-in elsewhere", unit(serverUnit{Name: "a.service", DropIns: map[string]string{"../x.conf": ""}}), "limits.conf"},

		{"a container", container(func(x *serverContainer) {
			x.Ports = []string{"80", "8080:80/tcp", "127.0.0.1:5000-5002:5000-5002", "[::1]:1:1", "10.0.0.1::80/udp"}
			x.Volumes, x.Networks = []string{"/srv/m:/m:ro,z", "cache:/cache"}, []string{"host"}
			x.Memory, x.CPUs, x.ShmSize, x.Options = "512MiB", "0.5", "8gb", []string{"--init", "--ulimit=memlock=-1"}
		}), ""},
		{"a name", container(func(x *serverContainer) { x.Name = "-x" }), "no name of a container"},
		{"a name of one character", container(func(x *serverContainer) { x.Name = "x" }), "two characters or more"},
		{"an image", container(func(x *serverContainer) { x.Image = "--privileged" }), "image"},
		{"a port", container(func(x *serverContainer) { x.Ports = []string{"http"} }), "127.0.0.1:5000:5000"},
		{"a volume", container(func(x *serverContainer) { x.Volumes = []string{"./m:/m"} }), "/srv/models:/models:ro"},
		{"a policy", container(func(x *serverContainer) { x.Restart = "often" }), "unless-stopped"},
		{"when to pull", container(func(x *serverContainer) { x.Pull = "sometimes" }), "missing, always or never"},
		{"an option in two words", container(func(x *serverContainer) { x.Options = []string{"-v", "/:/host"} }), "in one word"},
		{"an option with an attribute", container(func(x *serverContainer) { x.Options = []string{"--volume=/:/host"} }), "an attribute of its own"},
		{"a container that removes itself", container(func(x *serverContainer) { x.Options = []string{"--rm"} }), "go on running"},
		{"a secret of two lines", container(func(x *serverContainer) { x.Secrets = map[string]string{"KEY": "a\nb"} }), "more than one line"},
		{"a label of ours", container(func(x *serverContainer) { x.Labels = map[string]string{"mlinfra.recipe": ""} }), "is for mlinfra"},
		{"memory", container(func(x *serverContainer) { x.Memory = "much" }), "memory: \"much\" is no size"},
		{"processors", container(func(x *serverContainer) { x.CPUs = "0" }), "no number such as 1.5"},
		{"a time", container(func(x *serverContainer) { x.Healthcheck = []containerHealth{{Command: "x", Interval: "10"}} }), "no time such as 10s"},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.want)
		}
	}
}

// TestUnitWords holds that command lines are read as systemd reads them.
func TestUnitWords(t *testing.T) {
	for text, want := range map[string]string{
		`/bin/a b  c`:           `'/bin/a' 'b' 'c'`,
		`a "b c" 'd "e"' f\sg`:  `'a' 'b c' 'd "e"' 'f g'`,
		`a $B ${C} x${D}y $$E`:  `'a' ${B-} "${C-}" 'x'"${D-}"'y' '$''E'`,
		`a '' it\'s $1 a$B`:     `'a' '' 'it'\''s' '$''1' 'a''$''B'`,
		`sh -c "for i; do :; "`: `'sh' '-c' 'for i; do :; '`,
		`a ; b`:                 "several commands",
		`a "b`:                  "not closed",
		`a \x41`:                "not understood",
		"a \\":                  `ends with a \`,
	} {
		words, err := unitWords(text)
		for i, w := range words {
			words[i] = shellWord(w)
		}
		got := strings.Join(words, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestParseUnit holds that unit files are read as systemd reads them.
func TestParseUnit(t *testing.T) {
	got, err := parseUnit("# a\n[Unit]\nDescription = a = b\n\n[Service]\nExecStart=/bin/a \\\n# in between\n  b\n; c\nExecStart=\n")
	want := []setting{{"Unit", "Description", "a = b"}, {"Service", "ExecStart", "/bin/a  b"}, {"Service", "ExecStart", ""}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for text, want := range map[string]time.Duration{"5": 5 * time.Second, "100ms": 100 * time.Millisecond, "1min 30s": 90 * time.Second, "0.5": time.Second / 2} {
		if got, err := span(text); got != want || err != nil {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
	if got, err := specifiers("%p %i %n %N 100%% %t", "a@b.service"); got != "a b a@b.service a@b 100% /run" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestPlainRefusals holds that what only systemd can do is refused without it, and
// that what does no harm is left out.
func TestPlainRefusals(t *testing.T) {
	for content, want := range map[string]string{
		"ExecStart=/bin/a": "",
		"ExecStart=/bin/a\nProtectSystem=strict\nMemoryMax=1G":    "ignored ProtectSystem, MemoryMax",
		"ExecStart=/bin/a\nExecStart=\nExecStart=/bin/b":          "",
		"ExecStart=/bin/a\nExecStart=/bin/b":                      "has one ExecStart",
		"Type=forking\nExecStart=/bin/a":                          "do not leave their process",
		"Type=oneshot\nExecStart=/bin/a":                          "do not leave their process",
		"ExecStart=/bin/a %u":                                     "%u is not understood",
		"ExecStart=+/bin/a":                                       "begins with +",
		"ExecStart=/bin/a\nDynamicUser=yes":                       "DynamicUser=yes: it is not understood",
		"ExecStart=/bin/a\nStandardOutput=append:/var/log/a":      "its log only",
		"ExecStart=/bin/a\nEnvironment=1A=b":                      "no variable",
		"ExecStart=/bin/a\nRestart=sometimes":                     "Restart=sometimes",
		"ExecStart=/bin/a\nRestartSec=soon":                       "no time",
		"ExecStart=/bin/a\nRootDirectory=/chroot":                 "RootDirectory=/chroot: it is not understood",
		"ExecStart=/bin/a\nExecStop=/bin/b":                       "ExecStop=/bin/b: it is not understood",
		"ExecStart=/bin/a\nLimitNOFILE=1024:infinity\nUMask=0077": "",
	} {
		s, err := serverUnit{Name: "a.service", Content: "[Service]\n" + content}.plain()
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case len(s.ignored) > 0:
			got = "ignored " + strings.Join(s.ignored, ", ")
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

// TestSysctls holds that a variable is watched in the kernel and in its file, and
// has its old value when it is removed.
func TestSysctls(t *testing.T) {
	b, h := fakeBench(t)
	x := serverSysctl{Host: "root@203.0.113.5", Key: "net.ipv4.conf.eth0/5.forwarding", Value: "1"}
	const live, file = "/proc/sys/net/ipv4/conf/eth0.5/forwarding", "/etc/sysctl.d/60-mlinfra-net.ipv4.conf.eth0_5.forwarding.conf"
	x = madeOn(b, sysctlType, x)
	if text, _ := h.ReadFile(file); text != "# before: 0\nnet.ipv4.conf.eth0/5.forwarding = 1\n" {
		t.Errorf("the file has %q", text)
	}
	h.WriteFile(live, "0\n")
	if got := seenOn(b, sysctlType, x); got.Value != "0" {
		t.Errorf("the kernel has 0, and a look shows %s", got.Value)
	}
	h.WriteFile(live, "1\n")
	h.WriteFile(file, "# before: 0\nnet.ipv4.conf.eth0/5.forwarding = 2\n")
	if got := seenOn(b, sysctlType, x); got.Value != "2" {
		t.Errorf("the file has 2, and a look shows %s", got.Value)
	}
	x = madeOn(b, sysctlType, x) // again: what was before stays known
	droppedFrom(b, sysctlType, x)
	if text, _ := h.ReadFile(live); text != "0\n" {
		t.Errorf("after the removal it is %q", text)
	}
	for _, c := range []struct{ key, value, want string }{
		{"vm.swappiness", "sixty", "vm.swappiness is 60 still"},
		{"vm.no_such", "1", "a module may have to be loaded"},
	} {
		err := sysctlType.bring(t.Context(), b.c, nil, serverSysctl{Host: x.Host, Key: c.key, Value: c.value})
		refuses(t, err, c.want)
	}
	if text, _ := h.ReadFile("/proc/sys/vm/swappiness"); text != "60\n" {
		t.Errorf("after a refusal it is %q", text)
	}
}

// TestMountStatus holds that what is wrong with a mount is said.
func TestMountStatus(t *testing.T) {
	b, h := fakeBench(t)
	x := madeOn(b, mountType, serverMount{Host: "root@203.0.113.5", Path: "/srv/m", Device: "/dev/sdb", FSType: "ext4", Format: true, Options: []string{"noatime"}})
	before, _ := h.ReadFile("/proc/mounts")
	fstab, _ := h.ReadFile("/etc/fstab")
	if !strings.HasSuffix(fstab, "# mlinfra /srv/m made\n/dev/sdb /srv/m ext4 noatime,nofail 0 2\n") {
		t.Errorf("/etc/fstab has %q", fstab)
	}
	for mounts, want := range map[string]string{
		"":                                     "not mounted",
		before:                                 mounted,
		"/dev/sdc /srv/m ext4 rw 0 0\n":        "/dev/sdc is mounted there",
		"/dev/sdb /srv/m ext4 ro 0 0\n":        "read-only: if it was not made so, the kernel has found errors on it (dmesg)",
		"/dev/sdb /srv/m xfs rw 0 0\n":         "it is mounted as xfs",
		before + "tmpfs /srv/m tmpfs rw 0 0\n": "it is mounted as tmpfs",
		"/dev/sdb /srv/models ext4 rw,a 0 0\n": "not mounted",
	} {
		h.WriteFile("/proc/mounts", mounts)
		if got := seenOn(b, mountType, x); got.Status != want {
			t.Errorf("%q is %q, want %q", mounts, got.Status, want)
		}
	}
	h.WriteFile("/proc/mounts", before)
	h.WriteFile("/etc/fstab", "/dev/sda / ext4 defaults 0 1\n")
	if got := seenOn(b, mountType, x); !strings.HasPrefix(got.Status, "not in /etc/fstab") {
		t.Errorf("without its line it is %q", got.Status)
	}
	h.WriteFile("/etc/fstab", "# by hand\n/dev/sda / ext4 defaults 0 1\n\n/dev/sdb\t/srv/m ext4 ro 0 0\n# mlinfra /srv/m2\n/dev/sdc /srv/m2 ext4 ro 0 0")
	if got := seenOn(b, mountType, x); !slices.Equal(got.Options, []string{"ro"}) {
		t.Errorf("options of another line are %q", got.Options)
	}
	madeOn(b, mountType, x)
	want := "# by hand\n/dev/sda / ext4 defaults 0 1\n\n# mlinfra /srv/m2\n/dev/sdc /srv/m2 ext4 ro 0 0\n# mlinfra /srv/m\n/dev/sdb /srv/m ext4 noatime,nofail 0 2\n"
	if fstab, _ = h.ReadFile("/etc/fstab"); fstab != want {
		t.Errorf("/etc/fstab (-want +got):\n%s", cmp.Diff(want, fstab))
	}
	droppedFrom(b, mountType, x)
	refuses(t, mountType.bring(t.Context(), b.c, nil, serverMount{Host: x.Host, Path: "/srv/m", Device: "/dev/sdx", FSType: "ext4"}), "there is no disk /dev/sdx: is it attached?")
}

// TestUnits holds that units are brought about, say why they do not run, and are as
// they were before when they are removed.
func TestUnits(t *testing.T) {
	b, h := fakeBench(t)
	journal := func(name string) string { text, _ := h.ReadFile("/var/log/journal/" + name); return text }
	text := func(command string) string {
		return "[Service]\nExecStart=" + command + "\n[Install]\nWantedBy=multi-user.target\n"
	}
	unit := func(x serverUnit) serverUnit {
		x.Host = "root@203.0.113.5"
		return unitOf(x)
	}
	x := unit(serverUnit{Name: "a.service", Content: text("/usr/bin/sleep 1"), Enabled: true, Running: true})
	madeOn(b, unitType, x)
	madeOn(b, unitType, x)
	if got := journal("a.service"); got != "Started a.service.\n" {
		t.Errorf("twice the same leaves the journal %q", got)
	}
	for _, c := range []struct {
		what string
		x    serverUnit
		want string // what the journal has more
	}{
		{"a value", serverUnit{Content: x.Content, RestartOn: []string{"1"}}, "Stopped a.service.\nStarted a.service.\n"},
		{"another value", serverUnit{Content: x.Content + "# 1\n", RestartOn: []string{"2"}, Reload: true}, "Stopped a.service.\nStarted a.service.\n"},
		{"a drop-in", serverUnit{Content: x.Content, DropIns: map[string]string{"r.conf": "[Service]\nExecReload=/usr/bin/true\n"}}, "Stopped a.service.\nStarted a.service.\n"},
		{"a value that reloads", serverUnit{Content: x.Content, DropIns: map[string]string{"r.conf": "[Service]\nExecReload=/usr/bin/true\n"}, RestartOn: []string{"3"}, Reload: true}, "Reloaded a.service.\n"},
		{"no drop-in", serverUnit{Content: x.Content, RestartOn: []string{"3"}, Reload: true}, "Stopped a.service.\nStarted a.service.\n"},
	} {
		had := journal("a.service")
		c.x.Name, c.x.Enabled, c.x.Running = "a.service", true, true
		want := unit(c.x)
		got := madeOn(b, unitType, want)
		if diff := cmp.Diff(want.DropIns, got.DropIns); got.StartedWith != want.StartedWith || !got.Running || diff != "" && len(want.DropIns)+len(got.DropIns) > 0 {
			t.Errorf("%s: a look shows %+v", c.what, got)
		}
		if more := strings.TrimPrefix(journal("a.service"), had); more != c.want {
			t.Errorf("%s: the journal says %q, want %q", c.what, more, c.want)
		}
	}
	h.WriteFile("/etc/systemd/system/a.service", text("/usr/bin/true"))
	if got := seenOn(b, unitType, x); got.Content != text("/usr/bin/true") {
		t.Errorf("a change by hand shows as %q", got.Content)
	}
	refuses(t, unitType.bring(t.Context(), b.c, nil, unit(serverUnit{Name: "a.service", Content: text("/opt/mlflow"), Enabled: true, Running: true})),
		"a.service does not run: it is failed", "Failed to locate executable /opt/mlflow", "status=203/EXEC")
	if got := seenOn(b, unitType, x); got.Running || got.StartedWith != "owed" || got.ActiveState != "failed" {
		t.Errorf("a unit that does not start is %+v", got)
	}
	refuses(t, unitType.bring(t.Context(), b.c, nil, unit(serverUnit{Name: "b.service", Content: text("/usr/bin/false") + "[Service]\nRestart=always\n", Running: true})), "b.service does not run: it is activating (auto-restart)")
	refuses(t, unitType.bring(t.Context(), b.c, nil, unit(serverUnit{Name: "nginx.service", Running: true})), "there is no unit nginx.service", "server_package")
	droppedFrom(b, unitType, x)
}

// TestUnitsOfPackages holds that a unit which a package has brought is as it was
// when what mlinfra says of it is removed.
func TestUnitsOfPackages(t *testing.T) {
	b, h := fakeBench(t)
	const file = "[Service]\nExecStart=/usr/bin/sleep 1\n[Install]\nWantedBy=multi-user.target\n"
	state := func() string {
		return b.run("root@203.0.113.5", "systemctl show -p ActiveState,UnitFileState,LoadState --value -- cron.service; ls /etc/systemd/system | grep -v wants || true")
	}
	unit := func(x serverUnit) serverUnit {
		x.Host, x.Name = "root@203.0.113.5", "cron.service"
		return unitOf(x)
	}
	for _, prepare := range []string{
		"true",
		"systemctl enable cron.service; systemctl start cron.service",
		"systemctl mask cron.service",
	} {
		h.WriteFile("/usr/lib/systemd/system/cron.service", file)
		b.run("root@203.0.113.5", prepare)
		before := state()
		for _, x := range []serverUnit{
			{Enabled: true, Running: true},
			{DropIns: map[string]string{"a.conf": "[Service]\nNice=1\n"}, Enabled: true, Running: true},
			{},
			{Masked: true},
		} {
			x = unit(x)
			if got := madeOn(b, unitType, x); got.Content != "" || got.Running != x.Running || got.Enabled != x.Enabled || got.Masked != x.Masked {
				t.Errorf("after %s: %+v becomes %+v", prepare, x, got)
			}
		}
		x := unit(serverUnit{})
		for range 2 {
			if err := unitType.take(t.Context(), b.c, x); err == nil || err.Error() != "does not exist" {
				t.Errorf("the removal says %v", err)
			}
		}
		if after := state(); after != before {
			t.Errorf("after %s it was\n%s\nand it is\n%s", prepare, before, after)
		}
		b.run("root@203.0.113.5", "systemctl unmask cron.service; systemctl disable cron.service; systemctl stop cron.service")
	}
}

// TestContainers holds that a container is made anew when it is to be another one,
// and that the old one comes back when the new one does not run.
func TestContainers(t *testing.T) {
	b, h := fakeBench(t)
	container := func(change func(*serverContainer)) serverContainer {
		x := serverContainer{Host: "root@203.0.113.5", Name: "web", Image: "nginx:1", Pull: "missing", Restart: "always", Running: true, Networks: []string{"bridge"}}
		if change != nil {
			change(&x)
		}
		x.MadeFrom = x.Image + strings.Join(x.Command, " ") + x.Memory
		return x
	}
	first := madeOn(b, containerType, container(nil))
	ids := func() string { return b.run(first.Host, "docker inspect -f '{{.State.Status}} {{.Config.Image}}' web") }
	b.run(first.Host, "docker stop web")
	if got := seenOn(b, containerType, first); got.Running {
		t.Error("a stopped container runs")
	}
	if err := containerType.bring(t.Context(), b.c, &first, first); err != nil || ids() != "running nginx:1" {
		t.Errorf("it is started: %v, %s", err, ids())
	}
	for _, c := range []struct {
		what string
		x    serverContainer
		want string
	}{
		{"an image that ends at once", container(func(x *serverContainer) { x.Image = "crash:1" }), "the end of what it has printed:"},
		{"a command that ends at once", container(func(x *serverContainer) { x.Command = []string{"false"} }), "web is exited, with exit code 1"},
		{"an image that is not there", container(func(x *serverContainer) { x.Image = "missing:1" }), "manifest unknown"},
		{"an image that is not to be pulled", container(func(x *serverContainer) { x.Image, x.Pull = "nginx:2", "never" }), "No such image: nginx:2"},
		{"a network that is not there", container(func(x *serverContainer) { x.Command, x.Networks = []string{"a"}, []string{"bridge", "ml"} }), "network ml not found"},
		{"GPUs without a driver", container(func(x *serverContainer) { x.Command, x.GPUs = []string{"b"}, "all" }), "capabilities: [[gpu]]"},
		{"an option that is none", container(func(x *serverContainer) { x.Command, x.Options = []string{"c"}, []string{"--no-such=1"} }), "unknown flag: --no-such"},
		{"a check that fails", container(func(x *serverContainer) {
			x.Command, x.Healthcheck = []string{"d"}, []containerHealth{{Command: "false", Interval: "1s", Timeout: "1s", Within: "3s"}}
		}), "web is unhealthy after 3 seconds; its healthcheck says:"},
	} {
		err := containerType.bring(t.Context(), b.c, &first, c.x)
		refuses(t, err, c.want)
		if ids() != "running nginx:1" {
			t.Errorf("after %s it is %s", c.what, ids())
		}
		if left := b.run(first.Host, "for c in web.mlinfra-old web.mlinfra-new; do docker inspect -f left $c 2>/dev/null || :; done; ls /run/mlinfra"); strings.Contains(left, "left") || strings.Contains(left, "env.") {
			t.Errorf("after %s there is %s", c.what, left)
		}
	}
	second := container(func(x *serverContainer) {
		x.Image, x.Memory, x.Secrets = "nginx:2", "1g", map[string]string{"TOKEN": "a b=c"}
	})
	second = madeOn(b, containerType, second)
	if env, running := h.Container("web"); !running || !slices.Equal(env, []string{"TOKEN=a b=c"}) {
		t.Errorf("its environment is %q, it runs: %v", env, running)
	}
	b.run(first.Host, "docker update --memory=2147483648 --restart=no web")
	changed := seenOn(b, containerType, second)
	if changed.Memory != "2147483648" || changed.Restart != "no" {
		t.Errorf("what docker update has changed shows as %s, %s", changed.Memory, changed.Restart)
	}
	if err := containerType.bring(t.Context(), b.c, &changed, second); err != nil {
		t.Error(err)
	}
	staysOn(b, containerType, second)
	h.WriteFile("/var/run/docker.off", "")
	if got := seenOn(b, containerType, second); got.Running {
		t.Error("without its daemon it runs")
	}
	refuses(t, containerType.bring(t.Context(), b.c, &changed, second), "docker does not answer", "docker.service")
	h.Remove("/var/run/docker.off")
	// What a host that went down in an exchange has left is undone.
	b.run(first.Host, "docker rename web web.mlinfra-old; touch /e; docker create --name=web --env-file=/e --label-file=/e --pull=never nginx:1; docker create --name=web.mlinfra-new --env-file=/e --label-file=/e nginx:1")
	madeOn(b, containerType, second)
	if ids() != "running nginx:2" {
		t.Errorf("after an exchange that was cut off it is %s", ids())
	}
	droppedFrom(b, containerType, second)
	h.Remove("/usr/bin/docker")
	refuses(t, containerType.bring(t.Context(), b.c, nil, second), "docker is not installed: add a server_package")
}

// TestParseSize holds that sizes mean what docker takes them for.
func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "512m": 512 << 20, "1.5g": 3 << 29, "2GiB": 2 << 30, "64kb": 64 << 10, "1000": 1000, "1t": 1 << 40} {
		if got, err := parseSize(text); got != want || err != nil {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
}
