package fake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Host is one machine. Its exported fields are what is wrong with it; they are set
// before it is called.
type Host struct {
	Down     bool   // nobody answers
	Closed   bool   // lets nobody in
	Rootless bool   // sudo asks for a password
	Full     bool   // its disk is full
	System   string // what uname says; "" is Linux

	cloud *Cloud
	addr  string
	keys  []ssh.Signer

	mu               sync.Mutex
	content          *content
	born             map[string]bool // lines of the inventory when it was made
	locks            map[string]*sync.Mutex
	logins, sessions int
	next             int // process id
	alive            map[int]int
}

// content is what a host is made of, as it is kept.
type content struct {
	Files map[string]*node `json:"files"`
	// Kept holds what commands of a family keep beside files, by the family.
	Kept map[string]map[string]string `json:"kept"`
	Born []string                     `json:"born"` // lines of the inventory when it was made
}

func newContent(addr string) *content {
	c := &content{Files: map[string]*node{}, Kept: map[string]map[string]string{}}
	for _, dir := range []string{
		"/", "/boot", "/dev", "/etc", "/etc/apt/sources.list.d", "/etc/apt/keyrings", "/etc/sysctl.d", "/etc/systemd/system", "/home", "/media", "/mnt", "/opt", "/proc/sys/kernel/random",
		"/root", "/run/systemd/system", "/srv", "/sys/block/sda", "/tmp", "/usr/bin", "/usr/local/bin", "/usr/sbin", "/var/lib", "/var/log",
	} {
		c.mkdirAll(dir)
	}
	for path, text := range map[string]string{
		"/etc/os-release":                 "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
		"/etc/machine-id":                 fmt.Sprintf("%x\n", signer("machine " + addr).PublicKey().Marshal()[19:35]),
		"/etc/hostname":                   "host-" + strings.ReplaceAll(strings.ReplaceAll(addr, ".", "-"), ":", "-") + "\n",
		"/proc/sys/kernel/hostname":       "host-" + strings.ReplaceAll(strings.ReplaceAll(addr, ".", "-"), ":", "-") + "\n",
		"/proc/sys/kernel/random/boot_id": "3f0c6e6e-0000-4000-8000-000000000001\n",
		"/proc/meminfo":                   "MemTotal:       65781760 kB\nMemFree:        60000000 kB\n",
		"/proc/cpuinfo":                   "processor\t: 0\nprocessor\t: 1\n",
		"/sys/block/sda/size":             "1000215216\n",
		"/etc/fstab":                      "/dev/sda / ext4 errors=remount-ro 0 1\n",
		"/proc/mounts":                    "/dev/sda / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw 0 0\n",
	} {
		c.Files[path] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(text)}
	}
	c.addNetwork(addr)
	for path, text := range accounts() {
		c.Files[path] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(text)}
	}
	c.addKnobs()
	c.addDisk("/dev/sda", "ext4")
	c.addDisk("/dev/sdb", "")
	for name := range commands {
		c.Files["/usr/bin/"+name] = &node{Mode: 0o755, Owner: "root", Group: "root"}
	}
	return c
}

func (c *Cloud) newHost(addr string, saved *content) *Host {
	h := &Host{cloud: c, addr: addr, keys: c.hostKeys(addr), content: saved, locks: map[string]*sync.Mutex{}, alive: map[int]int{}, born: map[string]bool{}, next: 100}
	for name := range commands {
		if saved.Files["/usr/bin/"+name] == nil {
			saved.Files["/usr/bin/"+name] = &node{Mode: 0o755, Owner: "root", Group: "root"}
		}
	}
	if saved.Born == nil {
		saved.Born = h.lines()
	}
	for _, line := range saved.Born {
		h.born[line] = true
	}
	return h
}

// kept returns what a family of commands keeps.
func (h *Host) kept(family string) map[string]string {
	if h.content.Kept[family] == nil {
		h.content.Kept[family] = map[string]string{}
	}
	return h.content.Kept[family]
}

// count adds one to a number of h.
func (h *Host) count(n *int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*n++
}

// Logins returns how often somebody has logged in.
func (h *Host) Logins() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logins
}

// Sessions returns how many commands have been run over SSH.
func (h *Host) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions
}

// inventory returns what is there that was not there at first.
func (h *Host) inventory() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(h.lines(), func(line string) bool { return h.born[line] })
}

// lines names all there is, but not what steps keep of themselves, nor what they
// have run in.
func (h *Host) lines() []string {
	all := h.accountLines()
	for path, n := range h.content.Files {
		if strings.HasPrefix(path, "/var/lib/mlinfra") || strings.HasPrefix(path, "/run/mlinfra") || strings.HasPrefix(path, "/usr/bin/") || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, journals) || n.Dir {
			continue
		}
		all = append(all, "file "+path)
		if strings.HasPrefix(path, knobs) || path == "/etc/fstab" || path == "/proc/mounts" {
			for line := range strings.Lines(string(n.Content)) {
				all = append(all, "line "+path+" "+strings.TrimSpace(line))
			}
		}
	}
	for family, kept := range h.content.Kept {
		for _, name := range slices.Sorted(maps.Keys(kept)) {
			all = append(all, family+" "+name)
		}
	}
	return all
}

// ReadFile returns the content of a file; false when there is none.
func (h *Host) ReadFile(path string) (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.content.Files[path]
	if n == nil || n.Dir {
		return "", false
	}
	return string(n.Content), true
}

// WriteFile writes a file, as somebody would who is logged in.
func (h *Host) WriteFile(path, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := h.content.Files[path]; n != nil {
		n.Content = []byte(text)
		return
	}
	h.content.Files[path] = &node{Mode: 0o644, Owner: "root", Group: "root", Content: []byte(text)}
}

// Remove removes a file, as somebody would who is logged in.
func (h *Host) Remove(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.content.Files, path)
}
